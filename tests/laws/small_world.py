"""One Link between two calendars so small that all that can happen to it can be told at once.

The real ``merge``, ``questions``, ``plan``, ``intended``, ``noted`` and ``settled`` are in the
loop; what answers them is a schedule of one item and a mailbox of one event, which may round,
refuse, lag and lose answers. ``Small.round`` is one sync; between rounds everything goes through
the ledger alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sync.engine.actions import (
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    RemoveItem,
    Write,
    WriteEvent,
    WriteItem,
)
from sync.engine.answers import Met, Outcome, Settled
from sync.engine.cases import Case, Scene, Trouble
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.intend import intended, noted
from sync.engine.items import BookingItem, BookingKind, Found, OutlookItem, OutlookKind, Refusal
from sync.engine.links import Base, Hold, Intent, Kind, Known, Link, Op, Side, Why
from sync.engine.links import booking_key as key_of_item
from sync.engine.links import outlook_key as key_of_event
from sync.engine.marks import event_mark, reserve_ref
from sync.engine.merge import merge
from sync.engine.plan import plan
from sync.engine.questions import (
    Answer,
    Ask,
    AskCalendars,
    AskEvent,
    AskItem,
    AskMaster,
    AskReserve,
    Search,
    answered,
    proven,
    questions,
)
from sync.engine.settle import settled
from sync.engine.taking_part import Policy
from sync.engine.telling import ActivityEntry, Tell
from sync.engine.texts import (
    Product,
    event_content,
    event_fingerprint,
    reserve_content,
    reserve_fingerprint,
)
from sync.engine.window import Window
from sync.people.people import AccessType, OnOutlookDelete, SyncSettings
from sync.words import (
    BookingItemId,
    CalendarId,
    ConnectionId,
    Interval,
    LinkKey,
    LocationId,
    OutlookItemId,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRODUCT = Product(name="Desk", tag="D")
CONNECTION = ConnectionId("c")
HERE, THERE = CalendarId("here"), CalendarId("there")
ITEM, EVENT = BookingItemId("i1"), OutlookItemId("e1")
CANARY = "canary-4711"
HORIZON = Interval(NOW, NOW + timedelta(days=104))


def at(hours: float) -> Interval:
    """Gives an hour, so many hours from now."""
    return Interval(NOW + HOUR * hours, NOW + HOUR * (hours + 1))


def policy(access: AccessType, on_delete: OnOutlookDelete, now: datetime) -> Policy:
    """Gives choices and rights."""
    return Policy(
        settings=SyncSettings(
            calendar_id=HERE, contact_email="a@example.com", on_outlook_delete=on_delete
        ),
        access_type=access,
        enabled_locations=frozenset({LocationId("north")}),
        window=Window(now=now, days=90),
    )


@dataclass(slots=True)
class Small:
    """The two calendars, the ledger, and how the ports behave.

    Attributes:
        links: The ledger.
        item: The one item of the schedule.
        event: The one event, and in which calendar it is.
        refuses: Writes to the booking product that are refused, with the code.
        grain: The booking product's grid.
        dies_at: The write during which the process dies, counted from one; ``None``: never.
        takes_effect: Whether that write takes effect before.
        deleted: What was taken away: ``item`` or ``event``, with the time.
    """

    access: AccessType = AccessType.STAFF
    on_delete: OnOutlookDelete = OnOutlookDelete.CANCEL
    now: datetime = NOW
    links: dict[LinkKey, Link] = field(default_factory=dict)
    item: BookingItem | None = None
    event: OutlookItem | None = None
    calendar: CalendarId = HERE
    mark: str | None = None
    refuses: str = ""
    grain: timedelta = timedelta(0)
    dies_at: int | None = None
    takes_effect: bool = False
    lists_fail: bool = False
    reads_404: int = 0
    stale: OutlookItem | None = None
    writes: int = 0
    number: int = 100
    deleted: list[tuple[str, datetime]] = field(default_factory=list)
    tells: list[Tell] = field(default_factory=list)
    activity: list[ActivityEntry] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    leftovers: set[OutlookItemId] = field(default_factory=set)

    # --- one sync ---

    def scene(self, *, shuffled: bool = False) -> Scene:
        """Reads both sides in full and asks until nothing is open."""
        known = policy(self.access, self.on_delete, self.now)
        scene = Scene(
            policy=known,
            product=PRODUCT,
            connection_id=CONNECTION,
            calendar_id=HERE,
            horizon=HORIZON,
            nonce=f"n{self.number}",
            cancel_after=timedelta(seconds=60),
            held_for=timedelta(days=1),
        )
        links = list(self.links.values())
        if shuffled:
            links.reverse()
        shown = self.stale if self.stale is not None else self.event
        events = (shown,) if shown is not None and self.calendar == HERE else ()
        items = () if self.item is None else (self.item,)
        scene = merge(
            scene,
            links,
            BookingRead(items=items, is_full=True),
            OutlookRead(items=events, series={}, is_full=True),
        )
        done: set[Ask] = set()
        while asks := [ask for ask in questions(scene, None) if ask not in done]:
            done.update(asks)
            for ask in asks:
                scene = answered(scene, ask, self._answer(ask))
            scene = proven(scene)
        return scene

    def round(self) -> int:
        """Plays one sync to its end or to a death; gives how many calls could write."""
        before = self.writes
        scene = self.scene()
        for _ in range(8):
            todo = plan(scene)
            cases = dict(scene.cases)
            for note in todo.notes:
                result = noted(cases[note.link.key], note, scene)
                self._record(cases, result)
            scene = replace(scene, cases=cases)
            if not todo.writes:
                break
            for action in todo.writes:
                intent = intended(action, scene)
                self._keep(intent.link, *intent.also)
                self.tells += intent.tells
                self.activity += intent.activity
                case = replace(cases[action.link.key], link=intent.link, is_stored=True)
                cases[action.link.key] = case
                for link in intent.also:
                    cases[link.key] = Case(link=link)
                self.writes += 1
                is_last = self.dies_at is not None and self.writes >= self.dies_at
                if is_last and not self.takes_effect:
                    self.dies_at = None
                    return self.writes - before
                outcome = self._carry(action, intent.link)
                if is_last:
                    self.dies_at = None
                    return self.writes - before
                result = settled(case, action, outcome, scene)
                if result.freed:
                    scene = replace(scene, freed=scene.freed + 1)
                self._record(cases, result)
            scene = replace(scene, cases=cases)
            done: set[Ask] = set()
            while asks := [ask for ask in questions(scene, None) if ask not in done]:
                done.update(asks)
                for ask in asks:
                    scene = answered(scene, ask, self._answer(ask))
                scene = proven(scene)
        return self.writes - before

    def settle(self, rounds: int = 12) -> None:
        """Lets syncs come as what waits falls due, until nothing is due any more."""
        for _ in range(rounds):
            before, deadly = dict(self.links), self.dies_at
            self.round()
            # No feed and no read lags for so long.
            self.stale = None
            due = [x.hold.at for x in self.links.values() if x.hold and x.hold.at]
            soon = [time for time in due if time < self.now + timedelta(hours=2)]
            # The job of a process that died comes again.
            if before == self.links and not soon and deadly == self.dies_at:
                return
            self.now = max(self.now + timedelta(seconds=31), min(soon, default=self.now))

    def _record(self, cases: dict[LinkKey, Case], result: Settled) -> None:
        key, case = result.key, result.case
        if case is None:
            cases.pop(key, None)
            self.links.pop(key, None)
        else:
            cases[case.link.key] = case
            self._keep(case.link)
        for link in result.also:
            cases[link.key] = Case(link=link)
            self._keep(link)
        self.tells += result.tells
        self.activity += result.activity

    def _keep(self, *links: Link) -> None:
        for link in links:
            self.links[link.key] = link

    # --- what the two sides answer ---

    def _answer(self, ask: Ask) -> Answer:
        match ask:
            case AskItem():
                return self.item if self.item and self.item.id == ask.item_id else None
            case AskReserve():
                fits = self.item is not None and self.item.external_ref == ask.ref
                return self.item if fits else None
            case AskEvent() | AskMaster():
                if self.reads_404:
                    self.reads_404 -= 1
                    self.looks.append(self.now)
                    return None
                shown = self.stale if self.stale is not None else self.event
                if shown is None or shown.id != ask.item_id or self.calendar != HERE:
                    self.looks.append(self.now)
                    return None
                return shown
            case Search():
                if self.lists_fail:
                    return Trouble(code="http_403")
                if self.event is None or self.calendar != ask.calendar_id:
                    return ()
                if self.event.uid == ask.uid or self.mark == ask.mark:
                    return (Found(item=self.event, mark=self.mark, created=NOW),)
                return ()
            case AskCalendars():
                return Trouble(code="http_500") if self.lists_fail else (THERE,)

    def _carry(self, action: Write, link: Link) -> Outcome:
        self.number += 1
        match action:
            case CreateEvent():
                mark = event_mark(CONNECTION, link)
                if self.event is not None and self.mark == mark:
                    return self.event
                if self.event is not None:
                    self._must_be_left_over(self.event.id)
                    self.leftovers.add(self.event.id)
                self.mark, self.calendar = mark, HERE
                self.event = OutlookItem(
                    id=OutlookItemId(f"e{self.number}"),
                    etag=f"w{self.number}",
                    interval=action.item.interval,
                    subject=action.content.subject,
                    uid=f"u{self.number}",
                    modified=self.now,
                )
                return self.event
            case WriteEvent():
                if (
                    self.event is None
                    or self.event.id != action.outlook_id
                    or self.calendar != HERE
                ):
                    return Met()
                if action.etag and action.etag != self.event.etag:
                    return Met()
                written = replace(self.event, etag=f"w{self.number}", modified=self.now)
                if action.interval is not None:
                    written = replace(written, interval=action.interval, is_all_day=False)
                self.event, self.stale = written, None
                return written
            case DeleteEvent():
                self.leftovers.discard(action.outlook_id)
                if self.event is not None and self.event.id == action.outlook_id:
                    self.event = None
                    self.deleted.append(("event", self.now))
                return None
            case CreateReserve():
                if self.refuses:
                    return Refusal(code=self.refuses)
                ref = reserve_ref(CONNECTION, link)
                if self.item is not None and self.item.external_ref == ref:
                    return self.item
                if self.item is not None:
                    raise AssertionError("a second Reserve is made")
                self.item = BookingItem(
                    id=BookingItemId(f"i{self.number}"),
                    kind=BookingKind.RESERVE,
                    version=f"v{self.number}",
                    interval=self._on_grid(action.meeting.interval),
                    title=action.content.title,
                    notes=action.content.notes,
                    external_ref=ref,
                )
                return self.item
            case WriteItem():
                if self.item is None or self.item.id != action.booking_id:
                    return Met()
                if action.version is not None and action.version != self.item.version:
                    return Met()
                if self.refuses:
                    return Refusal(code=self.refuses)
                wanted = action.interval or self.item.interval
                self.item = replace(
                    self.item, interval=self._on_grid(wanted), version=f"v{self.number}"
                )
                return self.item
            case RemoveItem():
                if self.item is None or self.item.id != action.booking_id:
                    return None
                if action.version is not None and action.version != self.item.version:
                    return Met()
                if self.refuses:
                    return Refusal(code=self.refuses)
                self.item = None
                self.deleted.append(("item", self.now))
                return None

    def _must_be_left_over(self, event_id: OutlookItemId) -> None:
        ends = [x.outlook_id for x in self.links.values() if x.intent and x.intent.op is Op.DELETE]
        if event_id not in ends:
            raise AssertionError("a second event is made")

    def _on_grid(self, interval: Interval) -> Interval:
        if not self.grain:
            return interval
        off = (interval.start - NOW) % self.grain
        return Interval(interval.start - off, interval.end - off)


# --- all that can have happened to one pair ---


def booking_pair(kind: BookingKind) -> Small:
    """Gives an item and its event, in step since an hour."""
    world = Small()
    world.item = BookingItem(
        id=ITEM, kind=kind, version="v1", interval=at(4), customer_name="Ada", title="Block"
    )
    world.event = OutlookItem(
        id=EVENT,
        etag="w1",
        interval=at(4),
        subject=event_content(world.item, PRODUCT).subject,
        uid="u1",
        modified=NOW - HOUR,
    )
    link = Link(
        key=key_of_item(ITEM),
        origin=Side.BOOKING,
        kind=Kind.APPOINTMENT if kind is BookingKind.APPOINTMENT else Kind.RESERVE,
        interval=at(4),
        booking_id=ITEM,
        outlook_id=EVENT,
        uid="u1",
        generation="g",
        made=NOW - HOUR,
        base=Base(
            booking=Known(version="v1", interval=at(4)),
            outlook=Known(version="w1", interval=at(4), modified=NOW - HOUR, older=("w0",)),
            interval=at(4),
            text=event_fingerprint(event_content(world.item, PRODUCT)),
        ),
    )
    world.mark = event_mark(CONNECTION, link)
    world.links = {link.key: link}
    return world


def outlook_pair() -> Small:
    """Gives a Meeting and its Reserve, in step since an hour."""
    world = Small()
    world.event = OutlookItem(
        id=EVENT, etag="w1", interval=at(4), subject="Lunch", uid="u1", modified=NOW - HOUR
    )
    content = reserve_content(world.event, details=True)
    link = Link(
        key=key_of_event(EVENT),
        origin=Side.OUTLOOK,
        kind=Kind.MEETING,
        interval=at(4),
        booking_id=ITEM,
        outlook_id=EVENT,
        uid="u1",
        generation="g",
        made=NOW - HOUR,
        base=Base(
            booking=Known(version="v1", interval=at(4)),
            outlook=Known(version="w1", interval=at(4), modified=NOW - HOUR, older=("w0",)),
            interval=at(4),
            text=reserve_fingerprint(content),
        ),
    )
    world.item = BookingItem(
        id=ITEM,
        kind=BookingKind.RESERVE,
        version="v1",
        interval=at(4),
        title=content.title,
        notes=content.notes,
        external_ref=reserve_ref(CONNECTION, link),
    )
    world.links = {link.key: link}
    return world


BOOKING_ACTS = ("same", "saved", "moved", "renamed", "gone", "passed")
OUTLOOK_ACTS = (
    "same", "touched", "moved", "far", "all-day", "series", "gone", "elsewhere", "new id",
    "private", "free", "unreadable", "passed",
)  # fmt: skip
HOLDS = ("none", "unproven young", "unproven old", "refused", "unreadable", "stale", "put back")
INTENTS = ("none", "write booking", "write outlook", "delete")
PORTS = ("accepts", "taken", "forbidden", "grid", "404 once", "lists fail", "lags")


def act_in_booking(world: Small, act: str) -> None:
    """Lets the office do something."""
    item = world.item
    assert item is not None
    match act:
        case "saved":
            world.item = replace(item, version="v2")
        case "moved":
            world.item = replace(item, version="v2", interval=at(6))
        case "renamed":
            world.item = replace(item, version="v2", customer_name="Grace", title="Other")
        case "gone":
            world.item = None
        case "passed":
            world.item = replace(item, version="v2", interval=at(-6))
        case _:
            pass


def act_in_outlook(world: Small, act: str) -> None:
    """Lets the person do something."""
    event = world.event
    assert event is not None
    new = replace(event, etag="w2", modified=NOW)
    match act:
        case "touched":
            world.event = new
        case "moved":
            world.event = replace(new, interval=at(8))
        case "far":
            world.event = replace(new, interval=at(24 * 120))
        case "all-day":
            day = NOW.replace(hour=0)
            span = Interval(day, day + timedelta(days=1))
            world.event = replace(new, is_all_day=True, interval=span)
        case "series":
            world.event = replace(new, kind=OutlookKind.MASTER)
        case "gone":
            world.event = None
        case "elsewhere":
            world.event, world.calendar = replace(new, id=OutlookItemId("e2")), THERE
        case "new id":
            world.event = replace(new, id=OutlookItemId("e2"))
        case "private":
            world.event = replace(new, is_normal=False, subject=None, body=None)
        case "free":
            world.event = replace(new, is_cancelled=True)
        case "unreadable":
            world.event = replace(new, problem="unreadable_time")
        case "passed":
            world.event = replace(new, interval=at(-6))
        case _:
            pass


def with_hold(world: Small, hold: str) -> None:
    """Leaves the Link waiting for something."""
    ((key, link),) = world.links.items()
    minute = timedelta(minutes=1)
    chosen = {
        "unproven young": Hold(why=Why.UNPROVEN, since=NOW - minute / 2, at=NOW + minute / 2),
        "unproven old": Hold(why=Why.UNPROVEN, since=NOW - 2 * minute, at=NOW - minute),
        "refused": Hold(why=Why.REFUSED, since=NOW - HOUR, at=NOW + HOUR / 2, of="v2", tries=3),
        "unreadable": Hold(why=Why.UNREADABLE, since=NOW - HOUR, at=NOW - minute, tries=3),
        "stale": Hold(why=Why.STALE, since=NOW - minute, at=NOW - minute),
        "put back": Hold(why=Why.PUT_BACK, since=NOW - minute, of="something else"),
    }.get(hold)
    world.links[key] = replace(link, hold=chosen)


def with_intent(world: Small, intent: str) -> None:
    """Leaves a call whose end nobody recorded, and that did not take effect."""
    ((key, link),) = world.links.items()
    chosen = {
        "write booking": Intent(op=Op.WRITE, side=Side.BOOKING, interval=at(8)),
        "write outlook": Intent(op=Op.WRITE, side=Side.OUTLOOK, interval=at(6), text="t"),
        "delete": Intent(op=Op.DELETE, side=link.origin, interval=at(4)),
    }.get(intent)
    world.links[key] = replace(link, intent=chosen)


def with_port(world: Small, port: str) -> None:
    """Makes the ports behave so."""
    match port:
        case "taken":
            world.refuses = "slot_taken"
        case "forbidden":
            world.refuses = "not_permitted"
        case "grid":
            world.grain = timedelta(hours=3)
        case "404 once":
            world.reads_404 = 1
        case "lists fail":
            world.lists_fail = True
        case "lags":
            # What the feed and single reads show is from before our own last write.
            old = OutlookItem(
                id=EVENT,
                etag="w0",
                interval=at(2),
                subject="Old",
                uid="u1",
                modified=NOW - 2 * HOUR,
            )
            world.stale = old
        case _:
            pass


type Told = tuple[str, str, str, str, str, str, str, str]


def combinations() -> Iterator[Told]:
    """Names every combination: kind, rights, choice, acts on both sides, hold, intent, port."""
    for kind in ("appointment", "reserve", "meeting"):
        for access in ("staff", "view_only"):
            for choice in ("cancel", "put_back"):
                if kind == "meeting" and choice == "put_back":
                    continue
                for booking in BOOKING_ACTS:
                    for outlook in OUTLOOK_ACTS:
                        for hold in HOLDS:
                            for intent in INTENTS:
                                for port in PORTS:
                                    yield (
                                        kind, access, choice, booking, outlook, hold, intent, port,
                                    )  # fmt: skip


def build(told: Told) -> Small:
    """Builds the world of a combination."""
    kind, access, choice, booking, outlook, hold, intent, port = told
    world = outlook_pair() if kind == "meeting" else booking_pair(BookingKind(kind))
    world.access = AccessType(access)
    world.on_delete = OnOutlookDelete(choice)
    act_in_booking(world, booking)
    act_in_outlook(world, outlook)
    with_hold(world, hold)
    with_intent(world, intent)
    with_port(world, port)
    return world
