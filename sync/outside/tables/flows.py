"""What a browser's log-in needs between two requests: sealed and short-lived (R4.4)."""

from datetime import datetime

from sync.outside.tables.client import FLOWS, Tables
from sync.outside.tables.keys import digest, part_bounds
from sync.outside.tables.rows import make_row, read_time, row_text, time_text
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.single import SingleRows
from sync.ports import Clock


class TableFlows:
    """Fulfils ``sync.ports.FlowRepository``.

    Args:
        tables: The connection.
        sealer: Seals the contents.
        clock: Decides what has expired.
    """

    def __init__(self, tables: Tables, *, sealer: Sealer, clock: Clock) -> None:
        self._rows = SingleRows(tables, FLOWS)
        self._sealer = sealer
        self._clock = clock

    async def save(self, flow_id: str, content: str, expires_at: datetime) -> None:
        """Writes or replaces a flow."""
        partition, row = _keys(flow_id)
        sealed = self._sealer.seal(content, _identity(row))
        await self._rows.upsert(make_row(partition, row, sealed, ExpiresAt=time_text(expires_at)))

    async def load(self, flow_id: str) -> str | None:
        """Reads a flow; ``None`` where there is none or it has expired."""
        partition, row = _keys(flow_id)
        found = await self._rows.get(partition, row)
        if found is None or read_time(found.value["ExpiresAt"]) <= self._clock.now():
            return None
        return self._sealer.open(row_text(found.value), _identity(row))

    async def drop(self, flow_id: str) -> bool:
        """Deletes a flow; ``False`` where it was gone already: somebody used it first."""
        return (await self._rows.take(*_keys(flow_id))).was_there

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the flows of one part that ended at or before a time."""
        first, end = part_bounds(part)
        ended = await self._rows.query(
            "PartitionKey ge @first and PartitionKey lt @end and ExpiresAt le @before",
            columns=("PartitionKey", "RowKey"),
            first=first,
            end=end,
            before=time_text(before),
        )
        await self._rows.delete_all(ended)


def _keys(flow_id: str) -> tuple[str, str]:
    row = digest(flow_id)
    return row[:2], row


def _identity(row: str) -> str:
    return f"flow {row}"
