"""Everything that the booking product knows, and what people do in it.

Office people's acts keep the overlap rules, unless they force it, and know no other limits.
Overlaps: a `single` Account without overbooking takes one item at a time, whatever its kind; with
overbooking it takes everything. A `multiple` Account takes any number of Appointments at one time,
but a Reserve or an Event shares its time with nothing.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from simulators.booking.keeping import Keeping
from simulators.booking.model import (
    Account,
    AppointmentVersion,
    Item,
    ItemField,
    ItemKind,
    ItemStatus,
    Location,
    Named,
    Notice,
    NoticeType,
    ProblemType,
    Refusal,
    StaffMember,
)
from simulators.booking.schedule import Schedule
from simulators.common.clock import SimulatedClock


@dataclass(slots=True, kw_only=True)
class AccountRecord:
    """An Account with all that belongs to it, by id."""

    account: Account
    locations: dict[str, Location] = field(default_factory=dict)
    staff: dict[str, StaffMember] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)


class BookingState:
    """The booking product without its wire.

    Args:
        clock: what time it is there.
        tell: is given every change, for the webhooks.

    Attributes:
        keeping: how finely writes are kept, and how soon reads see them.
    """

    def __init__(self, clock: SimulatedClock, tell: Callable[[Notice], None]) -> None:
        self.clock = clock
        self._tell = tell
        self._records: dict[str, AccountRecord] = {}
        self._numbers = count(1)
        self.keeping = Keeping()
        self._ids = count(1)

    def reset(self) -> None:
        """Forget everything, silently."""
        self._records.clear()
        self.keeping = Keeping()

    # People and places

    def accounts(self) -> tuple[AccountRecord, ...]:
        """Give every Account with all that belongs to it."""
        return tuple(self._records.values())

    def account(self, account_id: str) -> AccountRecord:
        """Give one Account with all that belongs to it.

        Raises:
            Refusal: not_found.
        """
        record = self._records.get(account_id)
        if record is None:
            raise Refusal(ProblemType.NOT_FOUND, f"There is no Account {account_id}.")
        return record

    def put_account(self, account: Account) -> None:
        """Create the Account, or save it anew."""
        record = self._records.get(account.id)
        if record is None:
            self._records[account.id] = AccountRecord(account=account)
        else:
            record.account = account
        self._notify(NoticeType.ACCOUNT_CHANGED, account.id)

    def remove_account(self, account_id: str) -> None:
        """Remove the Account with everything in it."""
        self.account(account_id)
        del self._records[account_id]
        self._notify(NoticeType.ACCOUNT_CHANGED, account_id)

    def put_location(self, account_id: str, location: Location) -> None:
        """Create the Location, or save it anew."""
        self.account(account_id).locations[location.id] = location
        self._notify(NoticeType.LOCATION_CHANGED, account_id, location_id=location.id)

    def remove_location(self, account_id: str, location_id: str) -> None:
        """Remove the Location; Staff Members there lose it.

        Raises:
            Refusal: not_found.
        """
        record = self.account(account_id)
        if record.locations.pop(location_id, None) is None:
            raise Refusal(ProblemType.NOT_FOUND, f"There is no Location {location_id}.")
        self._notify(NoticeType.LOCATION_REMOVED, account_id, location_id=location_id)
        for member in list(record.staff.values()):
            if location_id in member.location_ids:
                left = tuple(other for other in member.location_ids if other != location_id)
                self.put_staff(account_id, replace(member, location_ids=left))

    def staff_member(self, account_id: str, staff_id: str) -> StaffMember:
        """Give one Staff Member.

        Raises:
            Refusal: not_found.
        """
        member = self.account(account_id).staff.get(staff_id)
        if member is None:
            raise Refusal(ProblemType.NOT_FOUND, f"There is no Staff Member {staff_id}.")
        return member

    def find_staff(self, staff_id: str) -> tuple[Account, StaffMember] | None:
        """Look a Staff Member up in all Accounts, by `staff_id` or `account_id/staff_id`."""
        wanted_account, _, wanted_staff = staff_id.rpartition("/")
        for record in self._records.values():
            if wanted_account in ("", record.account.id) and wanted_staff in record.staff:
                return record.account, record.staff[wanted_staff]
        return None

    def put_staff(self, account_id: str, member: StaffMember) -> None:
        """Create the Staff Member with an empty schedule, or save the profile anew."""
        record = self.account(account_id)
        record.staff[member.id] = member
        if member.id not in record.schedules:
            record.schedules[member.id] = Schedule(
                secrets.token_hex(4), self._numbers, self.clock, lambda: self.keeping
            )
        self._notify(NoticeType.STAFF_CHANGED, account_id, staff_id=member.id)

    def remove_staff(self, account_id: str, staff_id: str) -> None:
        """Remove the Staff Member and the schedule.

        Raises:
            Refusal: not_found.
        """
        self.staff_member(account_id, staff_id)
        record = self.account(account_id)
        del record.staff[staff_id], record.schedules[staff_id]
        self._notify(NoticeType.STAFF_REMOVED, account_id, staff_id=staff_id)

    # Schedules

    def schedule(self, account_id: str, staff_id: str) -> Schedule:
        """Give one Staff Member's schedule, to read.

        Raises:
            Refusal: not_found.
        """
        self.staff_member(account_id, staff_id)
        return self.account(account_id).schedules[staff_id]

    def item(self, account_id: str, staff_id: str, item_id: str) -> Item:
        """Give one item.

        Raises:
            Refusal: not_found.
        """
        return self.schedule(account_id, staff_id).get(item_id)

    def new_id(self, prefix: str) -> str:
        """Give an id that no item has yet."""
        return f"{prefix}-{next(self._ids):06d}"

    def add_item(self, account_id: str, staff_id: str, item: Item, *, force: bool = False) -> Item:
        """Put a new item into a schedule.

        Args:
            account_id: the Account.
            staff_id: whose schedule.
            item: its version is given anew.
            force: whether it goes in though the time is taken.

        Raises:
            Refusal: not_found, slot_taken, or bad_request for an id that is in use.
        """
        schedule = self.schedule(account_id, staff_id)
        if any(other.holds(item.id) for other in self.account(account_id).schedules.values()):
            raise Refusal(ProblemType.BAD_REQUEST, f"The id {item.id} is in use.")
        if not force:
            self._refuse_overlap(account_id, schedule, item)
        saved = schedule.save(item)
        self._notify_item(account_id, staff_id, saved.id, saved.version)
        return saved

    def book_appointment(
        self,
        account_id: str,
        staff_id: str,
        *,
        start: datetime,
        end: datetime,
        customer: str = "Customer",
        service: str = "Service",
        location_id: str | None = None,
        fields: Iterable[ItemField] = (),
        force: bool = False,
    ) -> Item:
        """Book an Appointment; raises what `add_item` raises."""
        appointment = Item(
            id=self.new_id("apt"),
            kind=ItemKind.APPOINTMENT,
            start=start,
            end=end,
            customer=Named(name=customer),
            service=Named(name=service),
            location_id=location_id,
            fields=tuple(fields),
        )
        return self.add_item(account_id, staff_id, appointment, force=force)

    def add_reserve(
        self,
        account_id: str,
        staff_id: str,
        *,
        start: datetime,
        end: datetime,
        title: str = "Reserved",
        notes: str | None = None,
        force: bool = False,
    ) -> Item:
        """Block time by hand; raises what `add_item` raises."""
        reserve = Item(
            id=self.new_id("rsv"),
            kind=ItemKind.RESERVE,
            start=start,
            end=end,
            title=title,
            notes=notes,
        )
        return self.add_item(account_id, staff_id, reserve, force=force)

    def add_event(
        self, account_id: str, staff_id: str, *, start: datetime, end: datetime, title: str
    ) -> Item:
        """Put a group Event into the schedule; raises what `add_item` raises."""
        event = Item(id=self.new_id("evt"), kind=ItemKind.EVENT, start=start, end=end, title=title)
        return self.add_item(account_id, staff_id, event)

    def save_item(self, account_id: str, staff_id: str, item: Item, *, force: bool = False) -> Item:
        """Save an item that is in the schedule, with or without a difference.

        Raises:
            Refusal: not_found; slot_taken if it has moved to where the time is taken.
        """
        schedule = self.schedule(account_id, staff_id)
        before = schedule.get(item.id)
        moved = (before.start, before.end) != (item.start, item.end)
        if moved and item.status is not ItemStatus.CANCELLED and not force:
            self._refuse_overlap(account_id, schedule, item)
        saved = schedule.save(item)
        self._notify_item(account_id, staff_id, saved.id, saved.version)
        return saved

    def move(
        self,
        account_id: str,
        staff_id: str,
        item_id: str,
        *,
        start: datetime,
        end: datetime,
        force: bool = False,
    ) -> Item:
        """Move an item; raises what `save_item` raises."""
        item = replace(self.item(account_id, staff_id, item_id), start=start, end=end)
        return self.save_item(account_id, staff_id, item, force=force)

    def set_status(self, account_id: str, staff_id: str, item_id: str, status: ItemStatus) -> Item:
        """Cancel, complete, mark as no-show, or book again; raises what `save_item` raises."""
        item = replace(self.item(account_id, staff_id, item_id), status=status)
        return self.save_item(account_id, staff_id, item)

    def delete_item(self, account_id: str, staff_id: str, item_id: str) -> None:
        """Delete an item for good, whatever it is.

        Raises:
            Refusal: not_found.
        """
        schedule = self.schedule(account_id, staff_id)
        schedule.get(item_id)
        schedule.remove(item_id)
        self._notify_item(account_id, staff_id, item_id)

    def reassign(
        self,
        account_id: str,
        staff_id: str,
        item_id: str,
        *,
        to_staff_id: str,
        force: bool = False,
    ) -> Item:
        """Give an item to another Staff Member of the Account; it keeps its id.

        Raises:
            Refusal: not_found, or slot_taken in the other schedule.
        """
        item = self.item(account_id, staff_id, item_id)
        target = self.schedule(account_id, to_staff_id)
        if to_staff_id == staff_id:
            return self.save_item(account_id, staff_id, item)
        if item.status is not ItemStatus.CANCELLED and not force:
            self._refuse_overlap(account_id, target, item)
        self.schedule(account_id, staff_id).remove(item_id)
        saved = target.save(item)
        self._notify_item(account_id, staff_id, item_id)
        self._notify_item(account_id, to_staff_id, item_id, saved.version)
        return saved

    def expire_cursors(self, account_id: str | None = None, staff_id: str | None = None) -> None:
        """Make the change cursors too old: of one schedule, one Account, or all."""
        for record in self._records.values():
            for owner, schedule in record.schedules.items():
                if account_id in (None, record.account.id) and staff_id in (None, owner):
                    schedule.expire_cursors()

    def _refuse_overlap(self, account_id: str, schedule: Schedule, item: Item) -> None:
        account = self.account(account_id).account
        single = account.appointment_version is AppointmentVersion.SINGLE
        if single and account.overbooking:
            return
        for other in schedule.taken_by(item.start, item.end, besides=item.id):
            both_appointments = {item.kind, other.kind} == {ItemKind.APPOINTMENT}
            if single or not both_appointments:
                raise Refusal(ProblemType.SLOT_TAKEN, "The time is taken.")

    def _notify_item(
        self, account_id: str, staff_id: str, item_id: str, version: str | None = None
    ) -> None:
        named = self.keeping.names_items
        self._tell(
            Notice(
                type=NoticeType.ITEMS_CHANGED,
                account_id=account_id,
                staff_id=staff_id,
                item_id=item_id if named else None,
                version=version if named else None,
            )
        )

    def _notify(
        self,
        kind: NoticeType,
        account_id: str,
        *,
        staff_id: str | None = None,
        location_id: str | None = None,
    ) -> None:
        self._tell(
            Notice(type=kind, account_id=account_id, staff_id=staff_id, location_id=location_id)
        )
