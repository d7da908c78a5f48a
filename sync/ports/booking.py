"""The booking product's API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sync.engine.items import BookingItem, Refusal, ReserveContent
from sync.errors import Changed, ContractBroken, Gone, ResyncRequired, Unreadable
from sync.people.people import (
    Account,
    Location,
    StaffMember,
)
from sync.ports.raising import may_raise
from sync.words import AccountId, BookingItemId, Interval, PersonKey, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingListing:
    """All items that overlap the span asked for, and where the change feed goes on from.

    ``unreadable`` names items that are there and can't be read: each its own trouble (R11.8).
    """

    items: tuple[BookingItem, ...]
    cursor: str
    unreadable: frozenset[BookingItemId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingChanges:
    """What changed since a cursor, all pages: newest states, and ids the feed calls deleted.

    ``unreadable`` as in ``BookingListing``.
    """

    items: tuple[BookingItem, ...]
    deleted: frozenset[BookingItemId]
    cursor: str
    unreadable: frozenset[BookingItemId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffListing:
    """The Staff Members of an Account, those that could be read by their id.

    ``unreadable`` names people who are there and can't be read: each their own trouble (R11.8).
    """

    members: Mapping[StaffId, StaffMember]
    unreadable: frozenset[StaffId] = frozenset()


class BookingGateway(Protocol):
    """The booking product's API (contract: booking-api.openapi.yaml)."""

    @may_raise(ContractBroken)
    async def account(self, account_id: AccountId) -> Account | None:
        """Reads an Account; ``None`` where there is none."""
        ...

    @may_raise(ContractBroken)
    async def locations(self, account_id: AccountId) -> tuple[Location, ...]:
        """Lists the Locations of an Account; empty where there is no such Account."""
        ...

    @may_raise(ContractBroken)
    async def staff(self, account_id: AccountId) -> StaffListing:
        """Lists the Staff Members of an Account; empty where there is no such Account."""
        ...

    @may_raise(ContractBroken)
    async def staff_member(self, person: PersonKey) -> StaffMember | None:
        """Reads one profile; ``None`` where there is none."""
        ...

    @may_raise(Gone, ContractBroken)
    async def items(self, person: PersonKey, interval: Interval) -> BookingListing:
        """Lists a schedule's items that overlap ``interval``; cancelled ones are among them.

        Raises:
            Gone: There is no such Staff Member.
        """
        ...

    @may_raise(ResyncRequired, Gone, ContractBroken)
    async def changes(self, person: PersonKey, cursor: str) -> BookingChanges:
        """Reads a schedule's changes since the cursor.

        Raises:
            ResyncRequired: The cursor is too old.
            Gone: There is no such Staff Member.
        """
        ...

    @may_raise(Unreadable)
    async def item(self, person: PersonKey, item_id: BookingItemId) -> BookingItem | None:
        """Asks for one item; ``None`` is the answer 404."""
        ...

    @may_raise(Gone, Changed, ContractBroken)
    async def create_reserve(
        self,
        person: PersonKey,
        *,
        content: ReserveContent,
        interval: Interval,
        external_ref: str,
        idempotency_key: str,
    ) -> BookingItem | Refusal:
        """Makes a Reserve; a repeat with the same key answers with the first one, literally."""
        ...

    @may_raise(Gone, Changed, ContractBroken)
    async def update_item(
        self,
        person: PersonKey,
        item_id: BookingItemId,
        *,
        interval: Interval | None = None,
        content: ReserveContent | None = None,
        version: str | None = None,
    ) -> BookingItem | Refusal:
        """Moves an item, writes a Reserve's title and notes, or both: no more (R6.5).

        The answer is what the booking product keeps, which may be coarser (R8.14).

        Raises:
            Gone: It is not there.
            Changed: Its version is not ``version`` any more.
        """
        ...

    @may_raise(Changed, ContractBroken)
    async def remove_item(
        self, person: PersonKey, item_id: BookingItemId, *, version: str | None = None
    ) -> Refusal | None:
        """Deletes a Reserve or cancels an Appointment; one that is gone already is fine.

        Raises:
            Changed: Its version is not ``version`` any more.
        """
        ...
