"""What the Outlook in memory holds, and the journal from which its change feed is told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sync.domain.model import (
    Calendar,
    CalendarId,
    EventContent,
    Interval,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
    PersonKey,
    Refusal,
)
from sync.domain.people import Subscription
from sync.errors import SyncError
from sync.ports import Clock

type Hook = Callable[[str, PersonKey], None]
type Listener = Callable[[str, str], None]

#: The methods of the gateway that write events.
WRITES = ("create_event", "update_event", "delete_event")


@dataclass(slots=True)
class Stored:
    """A single event, or a series with its instances by id.

    ``item`` holds the true text even while private. ``entered`` and ``changed`` are places in the
    mailbox's journal; ``created`` keeps its order over drags.
    """

    item: OutlookItem
    calendar: CalendarId
    created: int
    entered: int
    changed: int
    mark: str | None = None
    transaction: str | None = None
    instances: dict[OutlookItemId, OutlookItem] | None = None


@dataclass(slots=True)
class Watch:
    """A subscription and the calendar that it watches."""

    subscription: Subscription
    calendar: CalendarId


@dataclass(slots=True)
class Mailbox:
    """One person's mailbox.

    ``journal`` holds each change's calendar and event in order; ``buried`` tells of an event that
    left a calendar when it had entered it. Cursors before ``oldest`` are too old.
    """

    address: str
    calendars: dict[CalendarId, Calendar] = field(default_factory=dict)
    events: dict[OutlookItemId, Stored] = field(default_factory=dict)
    series_of: dict[OutlookItemId, OutlookItemId] = field(default_factory=dict)
    journal: list[tuple[CalendarId, OutlookItemId]] = field(default_factory=list)
    buried: dict[tuple[CalendarId, OutlookItemId], int] = field(default_factory=dict)
    transactions: dict[str, OutlookItemId] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    oldest: int = 0
    lost: type[SyncError] | None = None


class OutlookStore:
    """Mailboxes by person, and every write to them."""

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

    def default(self, person: PersonKey) -> CalendarId:
        """Gives the person's default calendar."""
        calendars = self.mailboxes[person].calendars.values()
        return next(calendar.id for calendar in calendars if calendar.is_default)

    def find(self, mailbox: Mailbox, item_id: OutlookItemId) -> Stored | None:
        """Finds an event or the series of an occurrence."""
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
        """Puts a single event into a calendar."""
        mailbox = self.mailboxes[person]
        if calendar not in mailbox.calendars:
            raise KeyError(calendar)
        number = self.number()
        item = OutlookItem(
            id=OutlookItemId(f"AAMk/{number}+="), etag="", interval=interval, **fields
        )
        stored = Stored(
            item=item,
            calendar=calendar,
            created=number,
            entered=len(mailbox.journal) + 1,
            changed=0,
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
        """Takes an event away, or one occurrence out of its series."""
        if stored.instances is not None and item_id != stored.item.id:
            del stored.instances[item_id]
            self.changed(mailbox, stored)
        else:
            self.bury(mailbox, stored)

    def bury(self, mailbox: Mailbox, stored: Stored) -> None:
        """Takes an event out of its calendar, and notes it for the feed."""
        del mailbox.events[stored.item.id]
        mailbox.buried[stored.calendar, stored.item.id] = stored.entered
        mailbox.journal.append((stored.calendar, stored.item.id))
        self._tell(mailbox, stored.calendar)

    def changed(self, mailbox: Mailbox, stored: Stored) -> None:
        """Notes a change: a new etag, a line in the journal, a word to the subscription."""
        stored.item = replace(stored.item, etag=f'W/"{self.number()}"')
        mailbox.journal.append((stored.calendar, stored.item.id))
        stored.changed = len(mailbox.journal)
        self._tell(mailbox, stored.calendar)

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


def shown(item: OutlookItem, etag: str) -> OutlookItem:
    """Gives an item as the gateway shows it: no private text, the master's etag."""
    if not item.is_normal:
        return replace(item, etag=etag, subject=None, body=None)
    return item if item.etag == etag else replace(item, etag=etag)


def text_fields(content: EventContent) -> dict[str, str]:
    """Gives what a content writes into an event; the body comes back as text, never as written."""
    return {"subject": content.subject, "body": content.body_html}
