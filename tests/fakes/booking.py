"""The booking product in memory: what the connector may do, and what the office does.

It keeps the rules of the contract: versions, idempotency keys, cancelled items that stay readable,
overlaps by the Account's preferences, refusals, and a change feed that reports our own writes too.
``tests/ports/suites/booking_gateway.py`` holds it to what the real gateway does.
"""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate

from sync.engine.items import (
    BookingField,
    BookingItem,
    BookingKind,
    BookingStatus,
    Refusal,
    ReserveContent,
)
from sync.errors import ContractBroken, Gone, ResyncRequired, Unreadable
from sync.people.people import Account, Location, StaffMember
from sync.ports import BookingChanges, BookingListing, StaffListing
from sync.words import AccountId, BookingItemId, Interval, LocationId, PersonKey
from tests.fakes.booking_store import (
    KEY_LIFE,
    AccountRecord,
    BookingStore,
    Policy,
    Schedule,
    Troubles,
    in_order,
    malformed,
)

__all__ = ["WRITES", "FakeBooking", "Policy"]

WRITES = ("create_reserve", "update_item", "remove_item")


def _port[S: BookingStore, **P, T](
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
        if self.failures:
            raise self.failures.pop(0)
        result = await method(self, *args, **kwargs)
        if self.after is not None:
            self.after(name, person)
        return result

    return wrapper


class FakeBooking(BookingStore):
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
        stale_reads: For so many seconds after a write all reads show what was before; the feed
            tells the newest in a later round.
        grain: The grid onto which times that the connector writes are put, ends too.
        trims: Whether titles lose blanks around them, and line breaks and runs of blanks in them.
        notes_limit: After how many characters notes are cut.
        says_modified: Whether items tell when they were last modified (in whole seconds).
        trouble: Items that can't be asked for, for good, each with what makes the error.
        write_trouble: The same for moving and removing them.
        unreadable: Items that listings and the feed can't read.
        unreadable_people: Staff Members whose profile can't be read.
        failures: What the next calls raise, one by each; then all is well.
    """

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
            account.id, AccountRecord(account, multiple, overbooking)
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
        self._schedules.setdefault(person, Schedule())
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
        self._drop(person, item_id)

    def reassign(self, person: PersonKey, item_id: BookingItemId, to: PersonKey) -> BookingItem:
        """Gives an item to another Staff Member; it keeps its id."""
        item = self._schedules[person].items[item_id]
        self.delete(person, item_id)
        return self._save(to, item)

    def expire_cursors(self, person: PersonKey) -> None:
        """Makes all cursors given out so far too old."""
        schedule = self._schedules[person]
        schedule.generation += 1

    def schedule(self, person: PersonKey) -> tuple[BookingItem, ...]:
        """Gives what stands in a schedule, without the cancelled, oldest start first."""
        return tuple(
            item
            for item in in_order(self._schedules[person].items.values())
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
    async def staff(self, account_id: AccountId) -> StaffListing:
        """Lists the Staff Members of an Account."""
        there = {x: member for x, member in self._staff.items() if x.account_id == account_id}
        ill = there.keys() & self.unreadable_people
        members = {x.staff_id: member for x, member in there.items() if x not in ill}
        return StaffListing(members=members, unreadable=frozenset(x.staff_id for x in ill))

    @_port
    async def staff_member(self, person: PersonKey) -> StaffMember | None:
        """Reads one profile."""
        if person in self.unreadable_people:
            raise ContractBroken(f"the profile of {person} can't be read")
        return self._staff.get(person)

    @_port
    async def items(self, person: PersonKey, interval: Interval) -> BookingListing:
        """Lists the items that overlap ``interval``."""
        schedule, now = self._schedule(person), self._clock.now()
        states = [schedule.visible(item_id, now) for item_id in schedule.past]
        found = [item for item in states if item is not None and item.interval.overlaps(interval)]
        return BookingListing(
            items=in_order(item for item in found if item.id not in self.unreadable),
            cursor=schedule.cursor(schedule.visible_end(now)),
            unreadable=frozenset(item.id for item in found) & self.unreadable,
        )

    @_port
    async def changes(self, person: PersonKey, cursor: str) -> BookingChanges:
        """Reads what changed since the cursor."""
        schedule, now = self._schedule(person), self._clock.now()
        after = schedule.place(cursor)
        if after is None:
            raise ResyncRequired("the cursor is too old")
        if person in self.stale:
            return BookingChanges(items=(), deleted=frozenset(), cursor=cursor)
        end = max(schedule.visible_end(now), after)
        changed = dict.fromkeys(schedule.feed[max(after - self.repeats, 0) : end])
        states = {item_id: schedule.visible(item_id, now) for item_id in changed}
        there = [item for item in states.values() if item is not None]
        return BookingChanges(
            items=tuple(item for item in there if item.id not in self.unreadable),
            deleted=frozenset(item_id for item_id, item in states.items() if item is None),
            cursor=schedule.cursor(end),
            unreadable=frozenset(item.id for item in there) & self.unreadable,
        )

    @_port
    async def item(self, person: PersonKey, item_id: BookingItemId) -> BookingItem | None:
        """Asks for one item."""
        _trouble(self.trouble, item_id)
        schedule = self._schedules.get(person)
        item = schedule.visible(item_id, self._clock.now()) if schedule else None
        if item is not None and item_id in self.unreadable:
            raise Unreadable(f"the item {item_id} can't be read", code="unreadable_item")
        return item

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
        kept = self._kept_text(content)
        reserve = BookingItem(
            id=self._new_id("rsv"),
            kind=BookingKind.RESERVE,
            version="",
            interval=self._kept_interval(interval),
            title=kept.title,
            notes=kept.notes or None,
            external_ref=external_ref,
        )
        refusal = (
            self._not_permitted("create_reserve")
            or malformed(reserve)
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
        interval: Interval | None = None,
        content: ReserveContent | None = None,
        version: str | None = None,
    ) -> BookingItem | Refusal:
        """Moves an item, writes a Reserve's title and notes, or both."""
        _trouble(self.write_trouble, item_id)
        item = self._writable(person, item_id)
        refusal = self._unwritable(item, "update_item", version)
        if refusal is not None:
            return refusal
        changed = item
        if interval is not None:
            changed = replace(changed, interval=self._kept_interval(interval))
        if content is not None:
            if item.kind is not BookingKind.RESERVE:
                return Refusal(code="not_permitted", detail="Only a Reserve has a title.")
            kept = self._kept_text(content)
            changed = replace(changed, title=kept.title, notes=kept.notes)
        refusal = malformed(changed)
        if refusal is None and changed.interval != item.interval:
            refusal = self._beyond_limits(changed) or self._taken(person, changed)
        return refusal if refusal is not None else self._save(person, changed)

    @_port
    async def remove_item(
        self, person: PersonKey, item_id: BookingItemId, *, version: str | None = None
    ) -> Refusal | None:
        """Deletes a Reserve or cancels an Appointment; one that is gone already is fine."""
        _trouble(self.write_trouble, item_id)
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


def _trouble(troubles: Troubles, item_id: BookingItemId) -> None:
    """Fails a call where the item that it asks for is in trouble."""
    if item_id in troubles:
        error = troubles[item_id]()
        raise error
