"""Somebody in the booking product, whatever stands behind it, for the contract's tests."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

from sync.engine.items import BookingItem, Refusal, ReserveContent
from sync.ports import BookingGateway
from sync.words import AccountId, BookingItemId, Interval, PersonKey, StaffId

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
BEN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ben"))
NOBODY = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("nobody"))
NOWHERE = PersonKey(account_id=AccountId("acc-9"), staff_id=StaffId("ann"))
WINDOW = Interval(NOW, NOW + timedelta(days=90))


def at(hour: float, hours: float = 1) -> Interval:
    """Gives a span that begins so many hours after ``NOW``."""
    start = NOW + timedelta(hours=hour)
    return Interval(start, start + timedelta(hours=hours))


class Office(ABC):
    """Somebody in the booking product, where it is ``NOW``.

    There are the Account ``acc-1`` (one item at a time) with the Location ``loc-1``, and in it
    ``ann`` (``ann@example.org``) and ``ben`` (no address), both with empty schedules.
    """

    gateway: BookingGateway

    @abstractmethod
    def book(self, person: PersonKey, interval: Interval) -> BookingItemId:
        """Books an Appointment of ``Kim`` for ``Massage`` with the field ``Room``: ``2``."""

    @abstractmethod
    def block(self, person: PersonKey, interval: Interval) -> BookingItemId:
        """Makes a Reserve ``Lunch`` by hand."""

    @abstractmethod
    def add_event(self, person: PersonKey, interval: Interval) -> BookingItemId:
        """Makes a group Event ``Yoga``."""

    @abstractmethod
    def move(self, person: PersonKey, item_id: BookingItemId, interval: Interval) -> None:
        """Moves an item."""

    @abstractmethod
    def save(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Saves an item as it is."""

    @abstractmethod
    def cancel(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Cancels an item."""

    @abstractmethod
    def delete(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Deletes an item for good."""

    @abstractmethod
    def reassign(self, person: PersonKey, item_id: BookingItemId, to: PersonKey) -> None:
        """Gives an item to somebody else."""

    @abstractmethod
    def remove_staff(self, person: PersonKey) -> None:
        """Removes a Staff Member."""

    @abstractmethod
    def expire_cursors(self, person: PersonKey) -> None:
        """Makes all cursors too old."""

    @abstractmethod
    def forbid_everything(self) -> None:
        """Permits the connector no write any more."""

    @abstractmethod
    def allow_overlaps(self) -> None:
        """Turns the Account's overbooking preference on."""

    @abstractmethod
    def keep_a_grid(self, minutes: int) -> None:
        """Puts times that the connector writes onto a grid."""

    @abstractmethod
    def trim_texts(self, notes_limit: int) -> None:
        """Trims titles that the connector writes, and cuts notes."""

    @abstractmethod
    def keep_modified_secret(self) -> None:
        """Tells of no item any more when it was modified."""

    @abstractmethod
    def garble(self, item_id: BookingItemId) -> None:
        """Makes an item one that nobody can read."""

    @abstractmethod
    def garble_profile(self, person: PersonKey) -> None:
        """Makes a Staff Member's profile one that nobody can read."""

    @abstractmethod
    def lag(self, seconds: float) -> None:
        """Hides each write from all reads for so long."""

    @abstractmethod
    def pass_time(self, hours: float) -> None:
        """Lets time go by."""


async def reserve(
    office: Office, interval: Interval, *, key: str = "k", title: str = "Busy", notes: str = ""
) -> BookingItem | Refusal:
    """Makes a Reserve for Ann as the connector does."""
    return await office.gateway.create_reserve(
        ANN,
        content=ReserveContent(title=title, notes=notes),
        interval=interval,
        external_ref=f"ref-{key}",
        idempotency_key=key,
    )


async def made(office: Office, interval: Interval, *, key: str = "k") -> BookingItem:
    """Makes a Reserve that must not be refused."""
    item = await reserve(office, interval, key=key)
    assert isinstance(item, BookingItem)
    return item
