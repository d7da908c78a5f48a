"""The booking product in memory: what the connector may do, and what the office does.

It keeps the rules of the contract: versions, idempotency keys, cancelled items that stay readable,
overlaps by the Account's preferences, refusals, and a change feed that reports our own writes too.
``tests/contracts/booking_gateway.py`` holds it to what the real gateway does.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate

from sync.domain.model import (
    AccountId,
    BookingField,
    BookingItem,
    BookingItemId,
    BookingKind,
    BookingStatus,
    Interval,
    LocationId,
    PersonKey,
    Refusal,
    ReserveContent,
)
from sync.domain.people import Account, Location, StaffMember
from sync.errors import Changed, Gone, ResyncRequired
from sync.ports import BookingChanges, BookingListing, Clock

type Hook = Callable[[str, PersonKey | None], None]

WRITES = ("create_reserve", "update_item", "remove_item")
KEY_LIFE = timedelta(hours=24)


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
class _Schedule:
    """One Staff Member's items by id, and the ids of all changes in order.

    A cursor is a place in ``feed``; those before ``oldest`` are too old.
    """

    items: dict[BookingItemId, BookingItem] = field(default_factory=dict)
    feed: list[BookingItemId] = field(default_factory=list)
    oldest: int = 0
    keys: dict[str, tuple[datetime, BookingItem]] = field(default_factory=dict)


@dataclass(slots=True)
class _AccountRecord:
    account: Account
    multiple: bool
    overbooking: bool
    locations: dict[LocationId, Location] = field(default_factory=dict)


def _port[S: "FakeBooking", **P, T](
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Counts a call and runs the hooks around its effect."""
    name = method.__name__

    @wraps(method)
    async def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        person = args[0] if isinstance(args[0], PersonKey) else None
        self.calls[name] += 1
        if self.before is not None:
            self.before(name, person)
        result = await method(self, *args, **kwargs)
        if self.after is not None:
            self.after(name, person)
        return result

    return wrapper


class FakeBooking:
    """Fulfils ``BookingGateway`` for any number of Accounts and people.

    Args:
        clock: For the past, the limits, and the life of idempotency keys.

    Attributes:
        before: Told of each call and person before its effect; what it raises, the call raises.
        after: The same after the effect: a call that timed out after it took effect.
        calls: Calls by name since the fake was made; clear it as you like.
        policy: What the connector is not permitted.
        stale: People whose change feed lags: it reports nothing, and keeps the cursor.
        repeats: How many changes before the cursor the feed reports again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[AccountId, _AccountRecord] = {}
        self._staff: dict[PersonKey, StaffMember] = {}
        self._schedules: dict[PersonKey, _Schedule] = {}
        self._numbers = 0
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.calls: Counter[str] = Counter()
        self.policy = Policy()
        self.stale: set[PersonKey] = set()
        self.repeats = 0

    @property
    def writes(self) -> int:
        """Calls that could write, refused ones among them."""
        return sum(self.calls[name] for name in WRITES)

    # --- what the office does ---

    def put_account(
        self, account: Account, *, multiple: bool = False, overbooking: bool = False
    ) -> None:
        """Makes an Account, or changes its preferences."""
        record = self._accounts.setdefault(
            account.id, _AccountRecord(account, multiple, overbooking)
        )
        record.account, record.multiple, record.overbooking = account, multiple, overbooking

    def put_location(self, account_id: AccountId, location: Location) -> None:
        """Makes or changes a Location."""
        self._accounts[account_id].locations[location.id] = location

    def remove_location(self, account_id: AccountId, location_id: LocationId) -> None:
        """Takes a Location away from the Account and from its people."""
        del self._accounts[account_id].locations[location_id]
        for person, member in self._staff.items():
            if person.account_id == account_id:
                left = member.location_ids - {location_id}
                self._staff[person] = replace(member, location_ids=left)

    def put_staff(self, account_id: AccountId, member: StaffMember) -> PersonKey:
        """Makes a Staff Member with an empty schedule, or changes the profile."""
        person = PersonKey(account_id=account_id, staff_id=member.id)
        self._staff[person] = member
        self._schedules.setdefault(person, _Schedule())
        return person

    def remove_staff(self, person: PersonKey) -> None:
        """Removes a Staff Member with the schedule."""
        del self._staff[person], self._schedules[person]

    def book(
        self,
        person: PersonKey,
        interval: Interval,
        *,
        customer: str = "Customer",
        service: str = "Service",
        location_id: LocationId | None = None,
        fields: Iterable[BookingField] = (),
    ) -> BookingItem:
        """Books an Appointment; the office may book over anything."""
        return self._save(
            person,
            BookingItem(
                id=self._new_id("apt"),
                kind=BookingKind.APPOINTMENT,
                version="",
                interval=interval,
                customer_name=customer,
                service_name=service,
                location_id=location_id,
                fields=tuple(fields),
            ),
        )

    def block(
        self,
        person: PersonKey,
        interval: Interval,
        *,
        title: str = "Reserved",
        notes: str | None = None,
        kind: BookingKind = BookingKind.RESERVE,
    ) -> BookingItem:
        """Makes a Reserve (or, by ``kind``, an Event) by hand."""
        return self._save(
            person,
            BookingItem(
                id=self._new_id("rsv" if kind is BookingKind.RESERVE else "evt"),
                kind=kind,
                version="",
                interval=interval,
                title=title,
                notes=notes,
            ),
        )

    def edit(self, person: PersonKey, item_id: BookingItemId, **changes: Any) -> BookingItem:
        """Saves an item with other fields, or with none: the version changes all the same."""
        return self._save(person, replace(self._schedules[person].items[item_id], **changes))

    def move(self, person: PersonKey, item_id: BookingItemId, interval: Interval) -> BookingItem:
        """Moves an item."""
        return self.edit(person, item_id, interval=interval)

    def cancel(self, person: PersonKey, item_id: BookingItemId) -> BookingItem:
        """Cancels an item: it stays readable and listed."""
        return self.edit(person, item_id, status=BookingStatus.CANCELLED)

    def delete(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Deletes an item for good."""
        schedule = self._schedules[person]
        del schedule.items[item_id]
        schedule.feed.append(item_id)

    def reassign(self, person: PersonKey, item_id: BookingItemId, to: PersonKey) -> BookingItem:
        """Gives an item to another Staff Member; it keeps its id."""
        item = self._schedules[person].items[item_id]
        self.delete(person, item_id)
        return self._save(to, item)

    def expire_cursors(self, person: PersonKey) -> None:
        """Makes all cursors given out so far too old."""
        schedule = self._schedules[person]
        schedule.feed.append(BookingItemId(""))
        schedule.oldest = len(schedule.feed)

    def schedule(self, person: PersonKey) -> tuple[BookingItem, ...]:
        """Gives what stands in a schedule, without the cancelled, oldest start first."""
        return tuple(
            item
            for item in _in_order(self._schedules[person].items.values())
            if item.status is not BookingStatus.CANCELLED
        )

    # --- what the connector may do ---

    @_port
    async def account(self, account_id: AccountId) -> Account | None:
        """Reads an Account."""
        record = self._accounts.get(account_id)
        return record.account if record else None

    @_port
    async def locations(self, account_id: AccountId) -> tuple[Location, ...]:
        """Lists the Locations of an Account."""
        record = self._accounts.get(account_id)
        return tuple(record.locations.values()) if record else ()

    @_port
    async def staff(self, account_id: AccountId) -> tuple[StaffMember, ...]:
        """Lists the Staff Members of an Account."""
        return tuple(
            member for person, member in self._staff.items() if person.account_id == account_id
        )

    @_port
    async def staff_member(self, person: PersonKey) -> StaffMember | None:
        """Reads one profile."""
        return self._staff.get(person)

    @_port
    async def items(self, person: PersonKey, interval: Interval) -> BookingListing:
        """Lists the items that overlap ``interval``."""
        schedule = self._schedule(person)
        found = [item for item in schedule.items.values() if item.interval.overlaps(interval)]
        return BookingListing(items=_in_order(found), cursor=str(len(schedule.feed)))

    @_port
    async def changes(self, person: PersonKey, cursor: str) -> BookingChanges:
        """Reads what changed since the cursor."""
        schedule = self._schedule(person)
        after = int(cursor)
        if after < schedule.oldest:
            raise ResyncRequired("the cursor is too old")
        if person in self.stale:
            return BookingChanges(items=(), deleted=frozenset(), cursor=cursor)
        changed = dict.fromkeys(schedule.feed[max(after - self.repeats, schedule.oldest) :])
        return BookingChanges(
            items=tuple(schedule.items[id_] for id_ in changed if id_ in schedule.items),
            deleted=frozenset(id_ for id_ in changed if id_ not in schedule.items),
            cursor=str(len(schedule.feed)),
        )

    @_port
    async def item(self, person: PersonKey, item_id: BookingItemId) -> BookingItem | None:
        """Asks for one item."""
        schedule = self._schedules.get(person)
        return schedule.items.get(item_id) if schedule else None

    @_port
    async def create_reserve(
        self,
        person: PersonKey,
        *,
        content: ReserveContent,
        interval: Interval,
        external_ref: str,
        idempotency_key: str,
    ) -> BookingItem | Refusal:
        """Makes a Reserve; a repeated key gives the first answer, even if the Reserve is gone."""
        if len(external_ref) > 256 or len(idempotency_key) > 128:
            raise ValueError("external_ref or idempotency_key is too long")
        schedule = self._schedule(person)
        first = schedule.keys.get(idempotency_key)
        if first is not None and self._clock.now() - first[0] < KEY_LIFE:
            return first[1]
        reserve = BookingItem(
            id=self._new_id("rsv"),
            kind=BookingKind.RESERVE,
            version="",
            interval=interval,
            title=content.title,
            notes=content.notes or None,
            external_ref=external_ref,
        )
        refusal = (
            self._not_permitted("create_reserve")
            or _malformed(reserve)
            or self._beyond_limits(reserve)
            or self._taken(person, reserve)
        )
        if refusal is not None:
            return refusal
        saved = self._save(person, reserve)
        schedule.keys[idempotency_key] = (self._clock.now(), saved)
        return saved

    @_port
    async def update_item(
        self,
        person: PersonKey,
        item_id: BookingItemId,
        *,
        interval: Interval,
        content: ReserveContent | None = None,
        version: str | None = None,
    ) -> BookingItem | Refusal:
        """Moves an item, with ``content`` also writes a Reserve's title and notes."""
        item = self._writable(person, item_id)
        refusal = self._unwritable(item, "update_item", version)
        if refusal is not None:
            return refusal
        changed = replace(item, interval=interval)
        if content is not None:
            if item.kind is not BookingKind.RESERVE:
                return Refusal(code="not_permitted", detail="Only a Reserve has a title.")
            changed = replace(changed, title=content.title, notes=content.notes)
        refusal = _malformed(changed)
        if refusal is None and interval != item.interval:
            refusal = self._beyond_limits(changed) or self._taken(person, changed)
        return refusal if refusal is not None else self._save(person, changed)

    @_port
    async def remove_item(
        self, person: PersonKey, item_id: BookingItemId, *, version: str | None = None
    ) -> Refusal | None:
        """Deletes a Reserve or cancels an Appointment; one that is gone already is fine."""
        try:
            item = self._writable(person, item_id)
        except Gone:
            return None
        refusal = self._unwritable(item, "remove_item", version)
        if refusal is not None:
            return refusal
        if item.kind is BookingKind.RESERVE:
            self.delete(person, item_id)
        else:
            self.cancel(person, item_id)
        return None

    # --- the rules behind it ---

    def _new_id(self, prefix: str) -> BookingItemId:
        self._numbers += 1
        return BookingItemId(f"{prefix}-{self._numbers:06d}")

    def _save(self, person: PersonKey, item: BookingItem) -> BookingItem:
        self._numbers += 1
        saved = replace(item, version=f"v{self._numbers}")
        schedule = self._schedules[person]
        schedule.items[item.id] = saved
        schedule.feed.append(item.id)
        return saved

    def _schedule(self, person: PersonKey) -> _Schedule:
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


def _malformed(item: BookingItem) -> Refusal | None:
    long = len(item.title or "") > 255 or len(item.notes or "") > 4000
    if long or not item.interval.has_length:
        return Refusal(code="bad_request", detail="This is not accepted.")
    return None


def _in_order(items: Iterable[BookingItem]) -> tuple[BookingItem, ...]:
    return tuple(sorted(items, key=lambda item: (item.interval.start, item.id)))
