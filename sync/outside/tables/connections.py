"""The Connections: one partition for each Account, one row for each person.

Partition keys begin with the hash of the Account, so that its first hex digit makes 16 ranges
that timers ask one by one. ``DueAt`` and ``SubscriptionEndsAt`` are columns for those questions;
all else is JSON. Contact addresses that are not the profile's stand sealed in ``Addresses``, and
their JSON lacks them: release 1.0 can't read such a row, and so writes nothing over it.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

from sync.errors import ContractBroken
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
from sync.outside.tables.sealing import Sealer, row_identity
from sync.outside.tables.single import SingleRows
from sync.people.people import Connection, Contact
from sync.ports import Stored
from sync.words import AccountId, PersonKey

_PERSON = ("AccountId", "StaffId")
_ADDRESSES = "Addresses"
#: Of a row whose addresses are sealed.
_SEALED_VERSION = 2


class TableConnections:
    """Fulfils ``sync.ports.ConnectionRepository``.

    Args:
        tables: The connection.
        sealer: Seals contact addresses; those moved to another person's row don't open.
    """

    def __init__(self, tables: Tables, *, sealer: Sealer) -> None:
        self._rows = SingleRows(tables, CONNECTIONS)
        self._sealer = sealer

    async def get(self, person: PersonKey) -> Stored[Connection] | None:
        """Reads a Connection; ``None`` for somebody never activated."""
        found = await self._rows.get(
            account_partition(person.account_id), key_part(person.staff_id)
        )
        return None if found is None else Stored(value=self._read(found.value), etag=found.etag)

    async def put(self, connection: Connection, etag: str | None) -> Stored[Connection]:
        """Writes a Connection; with ``etag`` ``None`` it must not exist yet.

        Raises:
            Changed: The row has another etag.
            AlreadyExists: ``etag`` was ``None`` and there is a row.
        """
        row = self._row(connection)
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
        return tuple(self._read(row) for row in rows)

    async def version_of_account(self, account_id: AccountId) -> str:
        """Gives what is another text once a Connection of the Account was written or deleted.

        Asks for keys and etags only: one request for each thousand people.
        """
        rows = await self._rows.scan(
            "PartitionKey eq @partition",
            columns=("RowKey",),
            partition=account_partition(account_id),
        )
        marks = "\n".join(f"{row.value['RowKey']} {row.etag}" for row in rows)
        return sha256(marks.encode()).hexdigest()

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

    def _read(self, row: Row) -> Connection:
        return from_json(readable_text(self._sealer, row), Connection)

    def _row(self, connection: Connection) -> Row:
        person, due_at = connection.person, connection.due_at
        subscription = connection.subscription
        text, sealed = self._texts(connection)
        row = make_row(
            account_partition(person.account_id),
            key_part(person.staff_id),
            text,
            **person_columns(person),
            DueAt=None if due_at is None else time_text(due_at),
            SubscriptionEndsAt=None if subscription is None else time_text(subscription.expires_at),
        )
        return row if sealed is None else row | {_ADDRESSES: sealed, "V": _SEALED_VERSION}

    def _texts(self, connection: Connection) -> tuple[str, str | None]:
        """Gives the text that may lie open, and that of the addresses, sealed, if there are any."""
        text, settings = to_json(connection), connection.settings
        is_own = settings is not None and settings.contact_email != (connection.staff.email or "")
        if settings is None or not (is_own or connection.contact != Contact()):
            return text, None
        content = from_json(text, dict[str, Any])
        addresses = {
            "contact": content.pop("contact"),
            "contact_email": content["settings"].pop("contact_email"),
        }
        if connection.contact.unread:
            return to_json(content), connection.contact.unread
        return to_json(content), self._sealer.seal(to_json(addresses), _identity(connection.person))


def _identity(person: PersonKey) -> str:
    return row_identity(
        CONNECTIONS, account_partition(person.account_id), key_part(person.staff_id)
    )


def readable_text(sealer: Sealer, row: Row) -> str:
    """Gives the JSON of a Connection with its contact addresses.

    Those that no key opens are kept as they are, until others are chosen: mail goes to the
    profile's address meanwhile, and a key that was only forgotten brings them back.
    """
    text, sealed = row_text(row), row.get(_ADDRESSES)
    if sealed is None:
        return text
    content = from_json(text, dict[str, Any])
    try:
        identity = row_identity(CONNECTIONS, row["PartitionKey"], row["RowKey"])
        addresses = from_json(sealer.open(sealed, identity), dict[str, Any])
    except ContractBroken:
        email = content["staff"].get("email") or ""
        addresses = {"contact": {"unread": sealed}, "contact_email": email}
    content["contact"] = addresses["contact"]
    content["settings"]["contact_email"] = addresses["contact_email"]
    return to_json(content)
