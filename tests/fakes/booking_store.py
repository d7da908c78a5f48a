"""What the booking product in memory holds, and the rules by which it takes a write.

Writes work on what is true; reads see what has become visible, which lags where a test wants so.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sync.engine.items import BookingItem, BookingKind, BookingStatus, Refusal, ReserveContent
from sync.errors import Changed, Gone
from sync.people.people import Account, Location, StaffMember
from sync.ports import Clock
from sync.words import AccountId, BookingItemId, Interval, LocationId, PersonKey

type Hook = Callable[[str, PersonKey | None], None]
type Troubles = dict[BookingItemId, Callable[[], Exception]]

KEY_LIFE = timedelta(hours=24)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the connector is not permitted.

    ``refuse_calls`` holds names of writing methods. The limits in time are those of the simulated
    booking product: nothing into the past, nothing that is completed, no further than a number of
    days ahead (``None``: no limit).
    """

    refuse_past: bool = True
    refuse_completed: bool = True
    max_days_ahead: int | None = None
    refuse_calls: frozenset[str] = frozenset()


@dataclass(slots=True)
class Schedule:
    """One Staff Member's items by id, and the ids of all changes in order.

    A cursor is a place in ``feed``; those of an older ``generation`` are too old. ``shown_at`` says
    when each change becomes visible, ``past`` what each item was then (``None``: deleted).
    """

    items: dict[BookingItemId, BookingItem] = field(default_factory=dict)
    feed: list[BookingItemId] = field(default_factory=list)
    shown_at: list[datetime] = field(default_factory=list)
    past: dict[BookingItemId, list[tuple[datetime, BookingItem | None]]] = field(
        default_factory=dict
    )
    generation: int = 0
    keys: dict[str, tuple[datetime, BookingItem]] = field(default_factory=dict)

    def cursor(self, place: int) -> str:
        """Gives the cursor that stands for a place."""
        return f"{place}.{self.generation}"

    def place(self, cursor: str) -> int | None:
        """Gives the place that a cursor stands for; ``None`` where it is too old."""
        place, generation = cursor.split(".")
        return int(place) if int(generation) == self.generation else None

    def visible_end(self, now: datetime) -> int:
        """Gives how far in the feed a read sees."""
        return bisect_right(self.shown_at, now)

    def visible(self, item_id: BookingItemId, now: datetime) -> BookingItem | None:
        """Gives an item as a read sees it; ``None`` where it sees none."""
        for shown_at, item in reversed(self.past.get(item_id, ())):
            if shown_at <= now:
                return item
        return None

    def note(self, item_id: BookingItemId, now: datetime, lag: timedelta) -> None:
        """Notes a change; changes become visible in their order."""
        shown_at = max([now + lag, *self.shown_at[-1:]])
        self.feed.append(item_id)
        self.shown_at.append(shown_at)
        states = self.past.setdefault(item_id, [])
        # Of what is visible already only the newest can still be read.
        seen = sum(at <= now for at, _ in states)
        del states[: max(seen - 1, 0)]
        states.append((shown_at, self.items.get(item_id)))


@dataclass(slots=True)
class AccountRecord:
    """An Account with its preferences and Locations."""

    account: Account
    multiple: bool
    overbooking: bool
    locations: dict[LocationId, Location] = field(default_factory=dict)


class BookingStore:
    """Accounts, people and schedules; ``FakeBooking`` tells what the switches do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[AccountId, AccountRecord] = {}
        self._staff: dict[PersonKey, StaffMember] = {}
        self._schedules: dict[PersonKey, Schedule] = {}
        self._numbers = 0
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.calls: Counter[str] = Counter()
        self.policy = Policy()
        self.stale: set[PersonKey] = set()
        self.repeats = 0
        self.stale_reads = 0.0
        self.grain: timedelta | None = None
        self.trims = False
        self.notes_limit: int | None = None
        self.says_modified = True
        self.trouble: Troubles = {}
        self.write_trouble: Troubles = {}
        self.unreadable: set[BookingItemId] = set()
        self.unreadable_people: set[PersonKey] = set()
        self.failures: list[Exception] = []

    def _new_id(self, prefix: str) -> BookingItemId:
        self._numbers += 1
        return BookingItemId(f"{prefix}-{self._numbers:06d}")

    def _save(self, person: PersonKey, item: BookingItem) -> BookingItem:
        self._numbers += 1
        now = self._clock.now()
        modified = now - (now - _EPOCH) % _SECOND if self.says_modified else None
        saved = replace(item, version=f"v{self._numbers}", modified=modified)
        schedule = self._schedules[person]
        schedule.items[item.id] = saved
        schedule.note(item.id, now, timedelta(seconds=self.stale_reads))
        return saved

    def _drop(self, person: PersonKey, item_id: BookingItemId) -> None:
        schedule = self._schedules[person]
        del schedule.items[item_id]
        schedule.note(item_id, self._clock.now(), timedelta(seconds=self.stale_reads))

    def _kept_interval(self, interval: Interval) -> Interval:
        """Puts a span onto the grid; what would be left without length fills one field of it."""
        if self.grain is None or not interval.has_length:
            return interval
        start, end = (at - (at - _EPOCH) % self.grain for at in (interval.start, interval.end))
        return Interval(start, max(end, start + self.grain))

    def _kept_text(self, content: ReserveContent) -> ReserveContent:
        """Trims a title, and cuts notes."""
        title = " ".join(content.title.split()) if self.trims else content.title
        return ReserveContent(title=title, notes=content.notes[: self.notes_limit])

    def _schedule(self, person: PersonKey) -> Schedule:
        schedule = self._schedules.get(person)
        if schedule is None:
            raise Gone(f"there is no Staff Member {person}")
        return schedule

    def _writable(self, person: PersonKey, item_id: BookingItemId) -> BookingItem:
        schedule = self._schedules.get(person)
        item = schedule.items.get(item_id) if schedule else None
        # A cancelled item is readable, but gone for whoever wants to write it.
        if item is None or item.status is BookingStatus.CANCELLED:
            raise Gone(f"there is no item {item_id}")
        return item

    def _unwritable(self, item: BookingItem, call: str, version: str | None) -> Refusal | None:
        refusal = self._not_permitted(call)
        if refusal is not None:
            return refusal
        if version is not None and version != item.version:
            raise Changed(f"the item {item.id} has changed")
        if item.kind is BookingKind.EVENT:
            return Refusal(code="not_permitted", detail="A group Event may not be changed.")
        done = item.status in {BookingStatus.COMPLETED, BookingStatus.NO_SHOW}
        if done and self.policy.refuse_completed:
            return Refusal(code="not_permitted", detail="The Appointment is over.")
        return None

    def _not_permitted(self, call: str) -> Refusal | None:
        if call in self.policy.refuse_calls:
            return Refusal(code="not_permitted", detail="This is not permitted.")
        return None

    def _beyond_limits(self, item: BookingItem) -> Refusal | None:
        now = self._clock.now()
        reserve = item.kind is BookingKind.RESERVE
        decisive = item.interval.end if reserve else item.interval.start
        if self.policy.refuse_past and decisive <= now:
            return Refusal(code="not_permitted", detail="The time has passed.")
        days = self.policy.max_days_ahead
        if days is not None and item.interval.end > now + timedelta(days=days):
            return Refusal(code="not_permitted", detail=f"Only {days} days ahead may be booked.")
        return None

    def _taken(self, person: PersonKey, item: BookingItem) -> Refusal | None:
        record = self._accounts[person.account_id]
        if record.overbooking and not record.multiple:
            return None
        for other in self._schedules[person].items.values():
            if (
                other.id == item.id
                or other.status is BookingStatus.CANCELLED
                or not other.interval.overlaps(item.interval)
            ):
                continue
            appointments = {item.kind, other.kind} == {BookingKind.APPOINTMENT}
            if not (record.multiple and appointments):
                return Refusal(code="slot_taken", detail="The time is taken.")
        return None


def malformed(item: BookingItem) -> Refusal | None:
    long = len(item.title or "") > 255 or len(item.notes or "") > 4000
    if long or not item.interval.has_length:
        return Refusal(code="bad_request", detail="This is not accepted.")
    return None


def in_order(items: Iterable[BookingItem]) -> tuple[BookingItem, ...]:
    return tuple(sorted(items, key=lambda item: (item.interval.start, item.id)))
