"""What the Outlook in memory holds, and the journal from which its change feed is told.

Writes work on what is true; reads see what has become visible: with a lag, each write is hidden
from the feed, from single reads and from searches for a while (Graph: delta overview, and reports
of reads that follow a PATCH). Nothing is skipped: a later round tells what was hidden.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sync.engine.items import EventContent, OutlookItem, OutlookKind, Refusal
from sync.errors import SyncError
from sync.people.people import Subscription
from sync.ports import Clock
from sync.words import Calendar, CalendarId, Interval, OutlookItemId, PersonKey

type Hook = Callable[[str, PersonKey], None]
type Listener = Callable[[str, str], None]
type Troubles = dict[str, Callable[[], Exception]]

#: The methods of the gateway that write events.
WRITES = ("create_event", "update_event", "delete_event")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOWHERE = Interval(_EPOCH, _EPOCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A single event or a series as a read sees it."""

    item: OutlookItem
    calendar: CalendarId
    born: datetime
    mark: str | None
    instances: dict[OutlookItemId, OutlookItem] | None


@dataclass(slots=True)
class Stored:
    """A single event, or a series with its instances by id.

    ``item`` holds the true text even while private. ``entered`` and ``changed`` are places in the
    mailbox's journal; ``created`` keeps its order over drags; ``born`` is ``createdDateTime``.
    """

    item: OutlookItem
    calendar: CalendarId
    created: int
    entered: int
    changed: int
    born: datetime
    mark: str | None = None
    transaction: str | None = None
    instances: dict[OutlookItemId, OutlookItem] | None = None

    def view(self) -> View:
        """Gives what a read sees from now on."""
        return View(
            item=self.item,
            calendar=self.calendar,
            born=self.born,
            mark=self.mark,
            instances=None if self.instances is None else dict(self.instances),
        )


@dataclass(slots=True)
class Watch:
    """A subscription and the calendar that it watches."""

    subscription: Subscription
    calendar: CalendarId


@dataclass(slots=True)
class Mailbox:
    """One person's mailbox.

    ``journal`` holds each change's calendar and event in order, ``shown_at`` when each becomes
    visible, and ``past`` what each event was then (``None``: away); ``buried`` tells of an event
    that left a calendar when it had entered it. Cursors of an older ``generation`` are too old.
    ``failures`` are raised by the next calls, one by each.
    """

    address: str
    calendars: dict[CalendarId, Calendar] = field(default_factory=dict)
    events: dict[OutlookItemId, Stored] = field(default_factory=dict)
    series_of: dict[OutlookItemId, OutlookItemId] = field(default_factory=dict)
    journal: list[tuple[CalendarId, OutlookItemId]] = field(default_factory=list)
    shown_at: list[datetime] = field(default_factory=list)
    past: dict[OutlookItemId, list[tuple[datetime, View | None]]] = field(default_factory=dict)
    buried: dict[tuple[CalendarId, OutlookItemId], int] = field(default_factory=dict)
    deleted: dict[OutlookItemId, Stored] = field(default_factory=dict)
    transactions: dict[str, OutlookItemId] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    lag: timedelta = timedelta()
    generation: int = 0
    lost: type[SyncError] | None = None
    failures: list[SyncError] = field(default_factory=list)

    def visible_end(self, now: datetime) -> int:
        """Gives how far in the journal a read sees."""
        return bisect_right(self.shown_at, now)

    def visible(self, event_id: OutlookItemId, now: datetime) -> View | None:
        """Gives a single event or series as a read sees it; ``None`` where it sees none."""
        for shown_at, view in reversed(self.past.get(event_id, ())):
            if shown_at <= now:
                return view
        return None

    def visible_in(self, calendar: CalendarId, now: datetime) -> list[View]:
        """Lists what a read sees in a calendar."""
        views = (self.visible(event_id, now) for event_id in self.past)
        return [view for view in views if view is not None and view.calendar == calendar]

    def visible_of(self, item_id: OutlookItemId, now: datetime) -> View | None:
        """Gives an event, or the series of an occurrence, as a read sees it."""
        view = self.visible(item_id, now)
        if view is None:
            series = self.visible(self.series_of.get(item_id, OutlookItemId("")), now)
            if series is not None and series.instances and item_id in series.instances:
                return series
        return view


class OutlookStore:
    """Mailboxes by person, and every write to them; ``FakeOutlook`` tells what the switches do."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.mailboxes: dict[PersonKey, Mailbox] = {}
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.on_change: Listener | None = None
        self.calls: Counter[str] = Counter()
        self.stale: set[PersonKey] = set()
        self.repeats = 0
        self.forgets_transactions = False
        self.false_removals: set[OutlookItemId] = set()
        self.trouble: Troubles = {}
        self.write_trouble: Troubles = {}
        self.vanished: set[OutlookItemId] = set()
        self.vanished_once: set[OutlookItemId] = set()
        self.rounding: Callable[[Interval], Interval] | None = None
        self.modified_grain = timedelta(seconds=1)
        self.refused: dict[str, Refusal] = {}
        self.longest = timedelta(minutes=10_080)
        self._numbers = 0

    @property
    def writes(self) -> int:
        """Calls that could write events, refused ones among them."""
        return sum(self.calls[name] for name in WRITES)

    def number(self) -> int:
        """Gives the next number."""
        self._numbers += 1
        return self._numbers

    def stamp(self) -> datetime:
        """Gives the time as the server writes it into ``modified`` and ``created``."""
        now = self.clock.now()
        return now - (now - _EPOCH) % self.modified_grain if self.modified_grain else now

    def default(self, person: PersonKey) -> CalendarId:
        """Gives the person's default calendar."""
        calendars = self.mailboxes[person].calendars.values()
        return next(calendar.id for calendar in calendars if calendar.is_default)

    def find(self, mailbox: Mailbox, item_id: OutlookItemId) -> Stored | None:
        """Finds an event or the series of an occurrence, as it truly is."""
        stored = mailbox.events.get(item_id)
        if stored is not None:
            return stored
        series = mailbox.events.get(mailbox.series_of.get(item_id, OutlookItemId("")))
        if series is None or series.instances is None or item_id not in series.instances:
            return None
        return series

    def item_of(self, mailbox: Mailbox, item_id: OutlookItemId) -> OutlookItem:
        """Gives the true state of an event or occurrence."""
        stored = self.find(mailbox, item_id)
        if stored is None:
            raise KeyError(item_id)
        if stored.instances is not None and item_id != stored.item.id:
            return stored.instances[item_id]
        return stored.item

    def insert(
        self,
        person: PersonKey,
        calendar: CalendarId,
        interval: Interval,
        *,
        mark: str | None = None,
        transaction: str | None = None,
        **fields: Any,
    ) -> Stored:
        """Puts a single event into a calendar; its uid is new unless ``fields`` name one."""
        mailbox = self.mailboxes[person]
        if calendar not in mailbox.calendars:
            raise KeyError(calendar)
        number = self.number()
        fields.setdefault("uid", f"040000008200E00074C5B7101A82E008{number:08X}")
        item = OutlookItem(
            id=OutlookItemId(f"AAMk/{number}+="), etag="", interval=interval, **fields
        )
        stored = Stored(
            item=item,
            calendar=calendar,
            created=number,
            entered=len(mailbox.journal) + 1,
            changed=0,
            born=self.stamp(),
            mark=mark,
            transaction=transaction,
        )
        mailbox.events[item.id] = stored
        if transaction is not None:
            mailbox.transactions[transaction] = item.id
        self.changed(mailbox, stored)
        return stored

    def write(
        self, mailbox: Mailbox, stored: Stored, item_id: OutlookItemId, changes: dict[str, Any]
    ) -> None:
        """Writes fields of an event, of one occurrence, or of a series with all of it."""
        if stored.instances is not None and item_id != stored.item.id:
            if changes:
                stored.instances[item_id] = replace(
                    stored.instances[item_id], kind=OutlookKind.EXCEPTION, **changes
                )
        else:
            before = stored.item.interval
            stored.item = replace(stored.item, **changes)
            if stored.instances is not None and changes:
                self._take_along(stored, before, changes)
        self.changed(mailbox, stored)

    def remove(self, mailbox: Mailbox, stored: Stored, item_id: OutlookItemId) -> None:
        """Deletes an event, or one occurrence out of its series."""
        if stored.instances is not None and item_id != stored.item.id:
            del stored.instances[item_id]
            self.changed(mailbox, stored)
        else:
            mailbox.deleted[item_id] = stored
            self.bury(mailbox, stored)

    def bury(self, mailbox: Mailbox, stored: Stored) -> None:
        """Takes an event out of its calendar, and notes it for the feed."""
        del mailbox.events[stored.item.id]
        mailbox.buried[stored.calendar, stored.item.id] = stored.entered
        self._note(mailbox, stored.calendar, stored.item.id, None)
        self._tell(mailbox, stored.calendar)

    def revive(self, mailbox: Mailbox, stored: Stored, *, is_change: bool = True) -> None:
        """Puts an event that was taken out into ``stored.calendar``, with all ids new."""
        stored.entered = len(mailbox.journal) + 1
        stored.item = replace(stored.item, id=OutlookItemId(f"AAMk/{self.number()}+="))
        mailbox.events[stored.item.id] = stored
        if stored.instances is not None:
            moved = [
                replace(
                    instance,
                    id=OutlookItemId(f"{stored.item.id}.{self.number()}"),
                    series_id=stored.item.id,
                )
                for instance in stored.instances.values()
            ]
            stored.instances = {instance.id: instance for instance in moved}
            mailbox.series_of.update(dict.fromkeys(stored.instances, stored.item.id))
        if stored.transaction is not None:
            mailbox.transactions[stored.transaction] = stored.item.id
        self.changed(mailbox, stored, is_change=is_change)

    def changed(self, mailbox: Mailbox, stored: Stored, *, is_change: bool = True) -> None:
        """Notes a change: a new etag, a line in the journal, a word to the subscription.

        Without ``is_change`` the etag is new and ``modified`` is not: nobody changed anything.
        """
        modified = self.stamp() if is_change else stored.item.modified
        stored.item = replace(stored.item, etag=f'W/"{self.number()}"', modified=modified)
        self._note(mailbox, stored.calendar, stored.item.id, stored.view())
        stored.changed = len(mailbox.journal)
        self._tell(mailbox, stored.calendar)

    def _note(
        self, mailbox: Mailbox, calendar: CalendarId, event_id: OutlookItemId, view: View | None
    ) -> None:
        """Writes the journal's next line; lines become visible in their order."""
        now = self.clock.now()
        shown_at = now + mailbox.lag
        if mailbox.shown_at:
            shown_at = max(shown_at, mailbox.shown_at[-1])
        mailbox.journal.append((calendar, event_id))
        mailbox.shown_at.append(shown_at)
        states = mailbox.past.setdefault(event_id, [])
        # Of what is visible already only the newest can still be read.
        seen = sum(at <= now for at, _ in states)
        del states[: max(seen - 1, 0)]
        states.append((shown_at, view))

    def _tell(self, mailbox: Mailbox, calendar: CalendarId) -> None:
        if self.on_change is None:
            return
        now = self.clock.now()
        for watch in list(mailbox.watches.values()):
            if watch.calendar == calendar and watch.subscription.expires_at > now:
                self.on_change(watch.subscription.id, watch.subscription.client_state)

    def _take_along(self, stored: Stored, before: Interval, changes: dict[str, Any]) -> None:
        """Writes a master's changes into its occurrences; a moved series loses its exceptions."""
        assert stored.instances is not None
        span = stored.item.interval
        shift = span.start - before.start
        others = {name: value for name, value in changes.items() if name != "interval"}
        for occurrence_id, occurrence in stored.instances.items():
            start = occurrence.interval.start + shift
            interval = Interval(start, start + (span.end - span.start))
            stored.instances[occurrence_id] = replace(
                occurrence, interval=interval, kind=OutlookKind.OCCURRENCE, **others
            )


def shown(item: OutlookItem, of: OutlookItem) -> OutlookItem:
    """Gives an item as the gateway shows it: no private text, of an occurrence the master's etag.

    Where an item can't be read, its time means nothing.
    """
    changes: dict[str, Any] = {}
    if item is not of:
        changes |= {"etag": of.etag, "uid": of.uid, "modified": of.modified}
    if not item.is_normal:
        changes |= {"subject": None, "body": None}
    if item.problem is not None:
        changes["interval"] = _NOWHERE
    return replace(item, **changes) if changes else item


def text_fields(content: EventContent) -> dict[str, str]:
    """Gives what a content writes into an event; the body comes back as text, never as written."""
    return {"subject": content.subject, "body": content.body_html}
