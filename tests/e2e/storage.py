"""The running product's storage, looked at from outside."""

from collections.abc import Iterable, Mapping
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueServiceClient

QUEUES = ("sync-jobs", "account-jobs", "mail-jobs")
_LONG_AGO = "2026-01-01T00:00:00.000000Z"


async def count_messages(connection_string: str) -> int:
    """Counts the messages that wait or are being worked on, in all queues together."""
    return await _count(connection_string, QUEUES)


async def _count(connection_string: str, names: Iterable[str]) -> int:
    count = 0
    async with QueueServiceClient.from_connection_string(connection_string) as queues:
        for name in names:
            try:
                found = await queues.get_queue_client(name).get_queue_properties()
            except ResourceNotFoundError:  # it is made for its first message
                continue
            count += found.approximate_message_count or 0
    return count


async def read_tables(connection_string: str) -> dict[str, list[Mapping[str, Any]]]:
    """Reads every row of every table, raw."""
    async with TableServiceClient.from_connection_string(connection_string) as service:
        return {
            table.name: [
                dict(row) async for row in service.get_table_client(table.name).list_entities()
            ]
            async for table in service.list_tables()
        }


async def read_column(connection_string: str, table: str, name: str) -> list[Any]:
    """Reads one column of all rows of a table."""
    async with TableServiceClient.from_connection_string(connection_string) as service:
        rows = service.get_table_client(table).list_entities(select=[name])
        return [row.get(name) async for row in rows]


async def count_poisoned(connection_string: str) -> int:
    """Counts the messages that were given up."""
    return await _count(connection_string, [f"{name}-poison" for name in QUEUES])


async def end_leases(connection_string: str) -> None:
    """Lets every lease on a person's ledger have run out."""
    async with TableServiceClient.from_connection_string(connection_string) as service:
        ledger = service.get_table_client("ledger")
        async for row in ledger.query_entities("Token ne ''"):
            await ledger.update_entity(dict(row) | {"ExpiresAt": _LONG_AGO}, mode=UpdateMode.MERGE)
