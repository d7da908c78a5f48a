"""The Connections: one partition for each Account, one row for each person.

Partition keys begin with the hash of the Account, so that its first hex digit makes 16 ranges
that timers ask one by one. ``DueAt`` and ``SubscriptionEndsAt`` are columns for those questions;
all else is JSON.
"""

from datetime import datetime

from sync.outside.tables.client import CONNECTIONS, Tables
from sync.outside.tables.keys import account_partition, key_part, shard_bounds
from sync.outside.tables.rows import (
    Row,
    from_json,
    make_row,
    person_columns,
    person_of,
    row_text,
    time_text,
    to_json,
)
from sync.outside.tables.single import SingleRows
from sync.people.people import Connection
from sync.ports import Stored
from sync.words import AccountId, PersonKey

_PERSON = ("AccountId", "StaffId")


class TableConnections:
    """Fulfils ``sync.ports.ConnectionRepository``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = SingleRows(tables, CONNECTIONS)

    async def get(self, person: PersonKey) -> Stored[Connection] | None:
        """Reads a Connection; ``None`` for somebody never activated."""
        found = await self._rows.get(
            account_partition(person.account_id), key_part(person.staff_id)
        )
        return None if found is None else Stored(value=_connection(found.value), etag=found.etag)

    async def put(self, connection: Connection, etag: str | None) -> Stored[Connection]:
        """Writes a Connection; with ``etag`` ``None`` it must not exist yet.

        Raises:
            Changed: The row has another etag.
            AlreadyExists: ``etag`` was ``None`` and there is a row.
        """
        row = _row(connection)
        if etag is None:
            return Stored(value=connection, etag=await self._rows.create(row))
        return Stored(value=connection, etag=await self._rows.replace(row, etag))

    async def delete(self, person: PersonKey, etag: str) -> None:
        """Deletes a Connection.

        Raises:
            Changed: The row has another etag, or is gone.
        """
        keys = account_partition(person.account_id), key_part(person.staff_id)
        await self._rows.delete_known(*keys, etag)

    async def of_account(self, account_id: AccountId) -> tuple[Connection, ...]:
        """Lists the Connections of an Account by Staff Member's id."""
        rows = await self._rows.query(
            "PartitionKey eq @partition", partition=account_partition(account_id)
        )
        return tuple(_connection(row) for row in rows)

    async def due(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists the people of a shard (0 to 15) whose ``due_at`` is at or before the time."""
        return await self._at_or_before("DueAt", shard, before)

    async def expiring(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists the people of a shard whose subscription ends at or before the time."""
        return await self._at_or_before("SubscriptionEndsAt", shard, before)

    async def _at_or_before(
        self, column: str, shard: int, before: datetime
    ) -> tuple[PersonKey, ...]:
        first, end = shard_bounds(shard)
        rows = await self._rows.query(
            f"PartitionKey ge @first and PartitionKey lt @end and {column} le @before",
            columns=_PERSON,
            first=first,
            end=end,
            before=time_text(before),
        )
        return tuple(person_of(row) for row in rows)


def _row(connection: Connection) -> Row:
    person, due_at = connection.person, connection.due_at
    subscription = connection.subscription
    return make_row(
        account_partition(person.account_id),
        key_part(person.staff_id),
        to_json(connection),
        **person_columns(person),
        DueAt=None if due_at is None else time_text(due_at),
        SubscriptionEndsAt=None if subscription is None else time_text(subscription.expires_at),
    )


def _connection(row: Row) -> Connection:
    return from_json(row_text(row), Connection)
