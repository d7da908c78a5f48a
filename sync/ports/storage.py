"""What is kept beside the ledger: Connections, Locations, claims, log-ins under way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.errors import AlreadyExists, Changed, ContractBroken
from sync.people.people import (
    Connection,
    EnabledLocations,
    MicrosoftAccount,
    Subscription,
)
from sync.ports.raising import may_raise
from sync.words import AccountId, CalendarId, PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored[T]:
    """A value as read, with the row's etag for the conditional write."""

    value: T
    etag: str


class ConnectionRepository(Protocol):
    """The Connections of all people."""

    @may_raise(ContractBroken)
    async def get(self, person: PersonKey) -> Stored[Connection] | None:
        """Reads a Connection; ``None`` for somebody never activated."""
        ...

    @may_raise(Changed, AlreadyExists)
    async def put(self, connection: Connection, etag: str | None) -> Stored[Connection]:
        """Writes a Connection; with ``etag`` ``None`` it must not exist yet.

        Raises:
            Changed: The row has another etag.
            AlreadyExists: ``etag`` was ``None`` and there is a row.
        """
        ...

    @may_raise(Changed)
    async def delete(self, person: PersonKey, etag: str) -> None:
        """Deletes a Connection.

        Raises:
            Changed: The row has another etag, or is gone.
        """
        ...

    @may_raise(ContractBroken)
    async def of_account(self, account_id: AccountId) -> tuple[Connection, ...]:
        """Lists the Connections of an Account."""
        ...

    async def version_of_account(self, account_id: AccountId) -> str:
        """Gives what is another text once a Connection of the Account was written or deleted."""
        ...

    async def due(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists the people of a shard (0 to 15) whose ``due_at`` is at or before the time."""
        ...

    async def expiring(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists the people of a shard whose subscription ends at or before the time."""
        ...


class LocationRepository(Protocol):
    """Where the plugin is enabled."""

    @may_raise(ContractBroken)
    async def get(self, account_id: AccountId) -> Stored[EnabledLocations] | None:
        """Reads an Account's enabled Locations; ``None`` where it never had any."""
        ...

    @may_raise(Changed)
    async def put(self, enabled: EnabledLocations, etag: str | None) -> None:
        """Writes them.

        Raises:
            Changed: The row has another etag (or exists, with ``etag`` ``None``).
        """
        ...


class CalendarClaims(Protocol):
    """Which person a calendar serves: one at most, over all Accounts (R5.2)."""

    async def claim(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> bool:
        """Takes a calendar for a person; ``False`` while another person has it. Repeatable."""
        ...

    async def release(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> None:
        """Gives a calendar back if this person has it."""
        ...


class SubscriptionIndex(Protocol):
    """Finds the person behind a Graph subscription id."""

    async def put(self, subscription: Subscription, person: PersonKey) -> None:
        """Writes or replaces an entry."""
        ...

    async def find(self, subscription_id: str, client_state: str) -> PersonKey | None:
        """Gives the person if the id is known and the client state fits (constant time)."""
        ...

    async def drop(self, subscription_id: str) -> None:
        """Deletes an entry if there is one."""
        ...

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the entries that were last written before a time (as the storage's clock has it).

        Args:
            part: Two hex digits: one of 256 parts of all entries.
            before: Long enough ago that no subscription lives that was not renewed since.
        """
        ...


class FlowRepository(Protocol):
    """What a browser's log-in needs between two requests: sealed, short-lived (R4.4)."""

    async def save(self, flow_id: str, content: str, expires_at: datetime) -> None:
        """Writes or replaces a flow."""
        ...

    @may_raise(ContractBroken)
    async def load(self, flow_id: str) -> str | None:
        """Reads a flow; ``None`` where there is none or it has expired."""
        ...

    async def drop(self, flow_id: str) -> bool:
        """Deletes a flow; ``False`` where it was gone already: somebody used it first."""
        ...

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the flows that ended at or before a time: nobody came back for them.

        Args:
            part: One hex digit or more: a sixteenth of all flows, or less.
            before: Now, or some time ago.
        """
        ...


class SentMails(Protocol):
    """Which mails were sent: never twice for one cause (R9.5)."""

    async def was_sent(self, key: str) -> bool:
        """Says whether a mail was marked as sent."""
        ...

    async def mark_sent(self, key: str) -> None:
        """Marks a mail as sent; harmless when repeated."""
        ...

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the marks that were set before a time (as the storage's clock has it).

        Args:
            part: Two hex digits: one of 256 parts of all marks.
            before: Long enough ago that no cause can come again.
        """
        ...
