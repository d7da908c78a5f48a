"""Each row of section 8 on the planner itself: what is read and asked gives this plan, exactly."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from sync.engine import actions
from sync.engine.actions import Action, CreateEvent, Note, Wait
from sync.engine.cases import Scene
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.intend import intended, noted
from sync.engine.items import BookingItem, Found, OutlookItem, OutlookKind
from sync.engine.links import Hold, Kind, Known, Link, Why, outlook_key
from sync.engine.marks import event_mark
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
from sync.engine.reasons import SkipReason
from sync.engine.settle import settled
from sync.engine.telling import Tell
from sync.engine.texts import (
    booking_title,
    event_content,
    event_fingerprint,
    reserve_content,
    reserve_fingerprint,
)
from sync.engine.waits import ended, to_be_deleted
from sync.engine.what_was_tried import span_of
from sync.words import CalendarId, Interval, OutlookItemId
from tests.laws.engine.rows import (
    BLOCK,
    DAY,
    EVENT,
    HOUR,
    ITEM,
    LINK,
    MEETING,
    MEETING_LINK,
    MINUTE,
    NOW,
    RESERVE,
    SCENE,
    THERE,
    base_of,
    event_made,
    reserve_made,
)
from tests.section_8.table import (
    BACK,
    CASES,
    LOOKS_AGAIN,
    RESERVE_BACK,
    YOU_DELETED,
    YOU_MOVED,
    YOU_MOVED_RESERVE,
)
from tests.section_8.words import BEYOND, SAME, TAKEN, WAS, Act, Born, Does, Row, Step, Told

SERIES = OutlookItemId("series")
AGAIN, COPY, AWAY = OutlookItemId("again"), OutlookItemId("copy"), OutlookItemId("dragged")


@dataclass(slots=True, kw_only=True)
class Pair:
    """What stands in both calendars now, and the Link as it was when they agreed."""

    row: Row
    link: Link
    item: BookingItem | None
    event: OutlookItem | None
    calendar: CalendarId = SCENE.calendar_id
    copy: OutlookItem | None = None
    now: datetime = NOW
    reads: str = ""
    asked: set[str] = field(default_factory=set)

    @property
    def here(self) -> tuple[OutlookItem, ...]:
        """Gives what the synced calendar shows within what the feeds are opened over."""
        shown = () if self.calendar == THERE else (self.event,)
        there = [each for each in (*shown, self.copy) if each is not None]
        return tuple(each for each in there if SCENE.horizon.overlaps(each.interval))


def agreed(row: Row, born: Born) -> Pair:
    """Gives a pair in step since an hour."""
    now = NOW + 6 * HOUR if row.has_passed else NOW
    if not row.is_of_booking:
        meeting, link = MEETING, MEETING_LINK
        if born is Born.OCCURRENCE:
            meeting = replace(meeting, kind=OutlookKind.OCCURRENCE, series_id=SERIES)
            link = replace(link, series=SERIES)
        meeting = replace(
            meeting,
            has_attendees=born is Born.ATTENDED,
            is_organizer=born is not Born.FOREIGN,
        )
        return Pair(row=row, link=link, item=RESERVE, event=meeting, now=now)
    if born is Born.APPOINTMENT:
        return Pair(row=row, link=LINK, item=ITEM, event=EVENT, now=now)
    text = event_fingerprint(event_content(BLOCK, SCENE.product))
    link = replace(LINK, kind=Kind.RESERVE, base=replace(base_of(LINK), text=text))
    return Pair(row=row, link=link, item=BLOCK, event=EVENT, now=now)


def done_by_the_office(pair: Pair, act: Act) -> None:
    """Does what a row says in the booking product."""
    assert pair.item is not None
    if act.does is Does.DELETES:
        pair.item = None
    elif act != SAME:
        pair.item = replace(pair.item, version="v2", **act.changes(pair.item))


def done_by_the_person(pair: Pair, act: Act) -> None:
    """Does what a row says in Outlook."""
    assert pair.event is not None
    event = replace(pair.event, etag="w2", modified=NOW)
    match act.does:
        case Does.DELETES:
            pair.event = None
        case Does.COPIES:
            assert act.to is not None
            pair.copy = replace(event, id=COPY, uid="its own", interval=act.to)
        case Does.REPEATS:
            pair.event = replace(event, kind=OutlookKind.MASTER)
        case Does.DRAGS:
            pair.event, pair.calendar = replace(event, id=AWAY), THERE
        case Does.DRAGS_BACK | Does.UNDOES:
            pair.event = replace(event, id=AGAIN, **act.edits(event))
        case Does.HIDES:
            # Private text is never read (R7.3).
            pair.event = replace(event, subject=None, body=None, **act.edits(event))
        case _ if act != SAME:
            pair.event = replace(event, **act.edits(event))


# --- what is read and asked ---


def read(pair: Pair, link: Link, reads: str) -> Scene:
    """Gives what is known when all has been read and asked; ``reads`` is how."""
    policy = replace(
        SCENE.policy,
        access_type=pair.row.may,
        settings=replace(SCENE.policy.settings, on_outlook_delete=pair.row.chose),
        window=replace(SCENE.policy.window, now=pair.now),
    )
    scene = replace(SCENE, policy=policy, others=None)
    seen = () if pair.item is None else (pair.item,)
    if reads == "nothing new":
        booking = BookingRead(items=())
        outlook = OutlookRead(items=(), series={})
    elif reads == "in full":
        listed = tuple(each for each in seen if SCENE.horizon.overlaps(each.interval))
        booking = BookingRead(items=listed, is_full=True)
        outlook = OutlookRead(items=pair.here, series={}, is_full=True)
    else:
        is_new = pair.row.office != SAME
        assert pair.link.booking_id is not None
        gone = frozenset() if pair.item is not None else frozenset({pair.link.booking_id})
        booking = BookingRead(items=seen if is_new else (), deleted=gone)
        told = tuple(each for each in pair.here if each.etag == "w2")
        is_told = any(each.id == pair.link.outlook_id for each in pair.here)
        assert pair.link.outlook_id is not None
        removed = frozenset() if is_told else frozenset({pair.link.outlook_id})
        outlook = OutlookRead(items=told, removed=removed, series={})
    return ask(pair, merge(scene, (link,), booking, outlook))


def ask(pair: Pair, scene: Scene) -> Scene:
    """Asks until nothing is left to ask."""
    done: set[Ask] = set()
    while asks := [each for each in questions(scene, None) if each not in done]:
        done.update(asks)
        pair.asked.update(_word(each) for each in asks)
        for each in asks:
            scene = answered(scene, each, answer(pair, each))
        scene = proven(scene)
    return scene


#: What may be asked for, as the rows name it.
ASKED = ("item", "event", "calendar", "others")


def _asked(pair: Pair) -> str:
    words = " ".join(word for word in ASKED if word in pair.asked)
    pair.asked.clear()
    return words


def _word(asked: Ask) -> str:
    match asked:
        case AskItem() | AskReserve():
            return "item"
        case AskEvent():
            return "event"
        case AskCalendars():
            return "others"
        case Search():
            return "others" if asked.calendar_id == THERE else "calendar"
        case AskMaster():
            return "calendar"


def answer(pair: Pair, asked: Ask) -> Answer:
    """Gives what the two sides answer."""
    event, item = pair.event, pair.item
    match asked:
        case AskItem():
            return item if item is not None and item.id == asked.item_id else None
        case AskReserve():
            return item if item is not None and item.external_ref == asked.ref else None
        case AskEvent():
            there = [x for x in (event, pair.copy) if x is not None and x.id == asked.item_id]
            return there[0] if there and asked.calendar_id == pair.calendar else None
        case AskMaster():
            return replace(MEETING, id=SERIES, kind=OutlookKind.MASTER)
        case AskCalendars():
            return (THERE,)
        case Search():
            mark = event_mark(SCENE.connection_id, pair.link) if pair.row.is_of_booking else None
            events = (event, pair.copy) if asked.calendar_id == pair.calendar else ()
            return tuple(Found(item=x, mark=mark, created=NOW) for x in events if x is not None)


# --- what is expected ---

#: What is told if what is asked for is refused.
READY = {
    "R8.1": Told(YOU_MOVED, "", BACK),
    "R8.2": Told(YOU_DELETED, "", BACK),
    "R8.5": Told(YOU_MOVED_RESERVE, "", RESERVE_BACK),
}


def expected(pair: Pair, step: Step, link: Link) -> Action:
    """Gives the action that a step is, with all that it carries."""
    row, item, event = pair.row, pair.item, pair.copy or pair.event
    rule, tell, title = step.rule, _tell(pair, step), _title(pair, step)
    is_of_item = row.is_of_booking and pair.copy is None
    by_office = row.office != SAME
    match step.does:
        case actions.Drop:
            return actions.Drop(link=link, rule=rule)
        case actions.Wait:
            hold = _waits(pair, link, rule)
            return Wait(link=link, rule=rule, title=title, tell=tell, hold=hold)
        case actions.DeleteEvent:
            assert event is not None
            return actions.DeleteEvent(link=link, rule=rule, title=title, outlook_id=event.id)
        case actions.RemoveItem:
            assert pair.link.booking_id is not None
            return actions.RemoveItem(
                link=link,
                rule=rule,
                title=title,
                tell=tell,
                booking_id=pair.link.booking_id,
                version=item.version if item is not None and is_of_item else None,
                after=_left(link, row, rule),
            )
        case actions.CreateEvent:
            assert item is not None
            return _made_again(pair, step, link, item)
    assert event is not None
    said = reserve_content(event, details=True)
    match step.does:
        case actions.WriteEvent:
            assert item is not None
            return actions.WriteEvent(
                link=link,
                rule=rule,
                title=title,
                tell=tell,
                outlook_id=event.id,
                etag=event.etag,
                shows=step.to or item.interval,
                interval=step.to,
                content=event_content(item, SCENE.product) if step.text else None,
                booking=item if by_office else None,
                event=None if is_of_item else event,
                is_put_back=is_of_item and rule != "R6.1",
                is_meeting=not is_of_item,
            )
        case actions.WriteItem:
            assert item is not None
            return actions.WriteItem(
                link=link,
                rule=rule,
                title=title,
                tell=tell,
                booking_id=item.id,
                version=item.version if is_of_item else None,
                shows=step.to or event.interval,
                interval=step.to,
                content=said if step.text else None,
                event=event,
                is_put_back=rule == "R8.5",
            )
        case actions.CreateReserve:
            return reserve_made(link, event, rule)
    if rule == "R8.6":
        hold = Hold(why=Why.LEFT_ALONE, since=NOW, of=_state(event))
        alone = replace(link, booking_id=None, base=None, hold=hold)
        return Note(link=alone, rule=rule, title=title, left_out=SkipReason.LEFT_ALONE)
    return Note(link=_as_seen(pair, link), rule=rule)


def _title(pair: Pair, step: Step) -> str:
    """Gives how people know it: as in Outlook, where it was seen there (R9.3, R12.1)."""
    row, item = pair.row, pair.item
    seen = None if pair.calendar == THERE else pair.copy or pair.event
    if step.rule == "R11.8":
        return ""
    if not row.is_of_booking or pair.copy is not None:
        is_read = row.person != SAME or pair.reads == "in full" or step.rule != "R8.6"
        if seen is None or not is_read:
            return "A meeting in Outlook"
        return reserve_content(seen, details=True).title
    booked = "An item of your schedule" if item is None else booking_title(item)
    is_of_item = step.does is actions.WriteEvent and row.office != SAME
    return booked if seen is None or is_of_item else str(seen.subject)


def _tell(pair: Pair, step: Step) -> Tell | None:
    """Gives what a step tells, or would tell if it were refused."""
    row, item, event = pair.row, pair.item, pair.event
    is_tried = step.does is not CreateEvent and step.to != WAS
    told = READY.get(step.rule, row.told) if is_tried else row.told
    is_silent = step.rule in {"R8.4", "R11.5", "R11.8"} or step.does is Note
    if told is None or is_silent or (step.rule == "R7.5" and step.does is not Wait):
        return None
    old: Interval | None = WAS
    new: Interval | None = None
    state = "gone"
    if event is not None and row.person.to is not None:
        new = event.interval
    if step.does is Wait:
        assert event is not None
        old, state = None, _state(event)
    elif not row.is_of_booking:
        assert item is not None
        new, state = item.interval, span_of(item.interval)
    elif event is not None:
        shape = f"{event.kind} {event.is_all_day} {span_of(event.interval)}"
        state = f"elsewhere {event.id}" if pair.calendar == THERE else shape
    if step.rule == "R8.3":
        state = f"v2 {state}"
    is_named_by_item = pair.calendar == THERE or event is None
    assert item is not None
    title = booking_title(item) if is_named_by_item else _title(pair, replace(step, does=Note))
    return Tell(
        title=title,
        tried=told.tried,
        reason=told.reason,
        now=told.now,
        state=state,
        old=old,
        new=new,
    )


def _state(meeting: OutlookItem) -> str:
    said = reserve_content(meeting, details=True)
    return f"{reserve_fingerprint(said)} {span_of(meeting.interval)}"


def _waits(pair: Pair, link: Link, rule: str) -> Hold:
    if rule == "R7.5":
        assert pair.event is not None
        return Hold(why=Why.TAKEN, since=NOW, of=_state(pair.event), code="slot_taken")
    # What may have been made is looked for twice, and so is what may be gone.
    why, wait = (Why.UNPROVEN, MINUTE) if link.intent is None else (Why.STALE, MINUTE / 2)
    return Hold(why=why, since=pair.now, at=pair.now + wait)


def _left(link: Link, row: Row, rule: str) -> Link | None:
    """Gives the Link of a Meeting that goes on waiting without its Reserve (R7.5, R11.4)."""
    without = replace(link, base=None, booking_id=None)
    if rule == "R7.5":
        return replace(without, interval=TAKEN)
    if row.person.to != BEYOND:
        return None
    hold = Hold(why=Why.BEYOND, since=NOW, at=BEYOND.start - 90 * DAY)
    return replace(without, hold=hold, interval=BEYOND)


def _made_again(pair: Pair, step: Step, link: Link, item: BookingItem) -> CreateEvent:
    # A refused removal is followed by a creation like any other; what was told is told.
    is_put_back = step.rule != "R11.5"
    left = []
    if is_put_back and pair.event is not None:
        left.append(to_be_deleted(pair.link, pair.event.id))
    if is_put_back and (pair.event is None or pair.calendar == THERE):
        left.append(ended(pair.link, EVENT.id, NOW))
    return event_made(
        link,
        item,
        step.rule,
        tell=_tell(pair, step),
        is_put_back=is_put_back,
        was_deleted=is_put_back and pair.event is None,
        left=tuple(left),
    )


def _as_seen(pair: Pair, link: Link) -> Link:
    """Gives a Link that knows both sides as they are, and waits for nothing."""
    base, item, event = base_of(pair.link), pair.item, pair.event
    assert item is not None
    assert event is not None
    if item.version == "v2":
        known = Known(version="v2", interval=item.interval, older=("v1",))
        base = replace(base, booking=known)
    if event.etag == "w2":
        known = Known(version="w2", interval=event.interval, modified=NOW, older=("w1",))
        base = replace(base, outlook=known)
    return replace(link, base=replace(base, interval=item.interval), interval=item.interval)


# --- the rows ---


@pytest.mark.parametrize("reads", ["by feed", "in full"])
@pytest.mark.parametrize(("row", "born"), CASES, ids=[row.told_of(born) for row, born in CASES])
def test_section_8(row: Row, born: Born, reads: str) -> None:
    tells: list[Tell] = []
    looks: list[str] = []
    for pair, step, action, link in played(row, born, reads, tells, looks):
        assert action == expected(pair, step, link)
    if reads == "by feed":
        # A second look asks for all of it anew (R8.10).
        again = row.steps[:1] == (LOOKS_AGAIN,)
        assert looks[: 1 + again] == [row.asked] * (1 + again)
    assert [Told(x.tried, x.reason, x.now) for x in tells] == ([row.told] if row.told else [])

    # What was told of this state before is not told again (R9.3).
    told: list[Tell] = []
    list(played(row, born, reads, told, [], told=tells[0].state if tells else ""))
    assert told == []


def played(
    row: Row,
    born: Born,
    reads: str,
    tells: list[Tell],
    looks: list[str],
    *,
    told: str = "",
) -> Iterator[tuple[Pair, Step, Action, Link]]:
    """Plays a row step by step: gives each with its action, and the Link as it was known then.

    What is told, and what was asked for at each look, is added to the lists.
    """
    pair = agreed(row, born)
    pair.reads, pair.link = reads, replace(pair.link, told=told)
    done_by_the_office(pair, row.office)
    done_by_the_person(pair, row.person)
    key = pair.link.key if pair.copy is None else outlook_key(COPY)
    scene = read(pair, pair.link, reads)
    looks.append(_asked(pair))
    for step in row.steps:
        todo = plan(scene)
        steps: tuple[Action, ...] = (*todo.writes, *todo.notes)
        (action,) = steps
        yield pair, step, action, scene.cases[key].link
        scene = _after(pair, action, step, scene, tells)
        looks.append(_asked(pair))
    todo = plan(scene)
    assert row.steps or (todo.writes, todo.notes) == ((), ())


def _after(pair: Pair, action: Action, step: Step, scene: Scene, tells: list[Tell]) -> Scene:
    """Gives what is known after an action, with what was asked then; what is told is added."""
    case = scene.cases[action.link.key]
    if isinstance(action, Note | Wait | actions.Drop):
        done = noted(case, action, scene)
    else:
        begun = intended(action, scene)
        tells += begun.tells
        case = replace(case, link=begun.link, is_stored=True)
        if step.refused is None and step is pair.row.steps[-1]:
            return scene
        done = settled(case, action, step.refused, scene)
    tells += done.tells
    if isinstance(action, Wait) and action.hold.at is not None and done.case is not None:
        pair.now = action.hold.at
        return read(pair, done.case.link, "nothing new")
    cases = {key: each for key, each in scene.cases.items() if key != action.link.key}
    if done.case is not None:
        cases[action.link.key] = done.case
    return ask(pair, replace(scene, cases=cases, freed=scene.freed + bool(done.freed)))
