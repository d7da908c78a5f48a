"""Which mails were sent: never twice for one cause (R9.5)."""

from sync.adapters.tables.client import SENT_MAILS, Tables
from sync.adapters.tables.keys import digest
from sync.adapters.tables.rows import make_row
from sync.adapters.tables.single import SingleRows
from sync.errors import AlreadyExists
from sync.ports import IdFactory


class TableSentMails:
    """Fulfils ``sync.ports.SentMails``; a cause is kept as its hash.

    Args:
        tables: The connection.
        ids: Marks each claim, so that one repeated by the client is known as its own.
    """

    def __init__(self, tables: Tables, *, ids: IdFactory) -> None:
        self._rows = SingleRows(tables, SENT_MAILS)
        self._ids = ids

    async def claim(self, key: str) -> bool:
        """Marks a mail as being sent; ``False`` where it was marked before."""
        partition, row = _keys(key)
        mark = self._ids.new()
        try:
            await self._rows.create(make_row(partition, row, ClaimedBy=mark))
        except AlreadyExists:
            found = await self._rows.get(partition, row)
            return found is not None and found.value["ClaimedBy"] == mark
        return True

    async def unclaim(self, key: str) -> None:
        """Takes a mark back after a failure that certainly sent nothing."""
        await self._rows.delete(*_keys(key))


def _keys(key: str) -> tuple[str, str]:
    row = digest(key)
    return row[:2], row
