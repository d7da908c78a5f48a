"""Which mails were sent: never twice for one cause (R9.5)."""

from datetime import datetime

from sync.outside.tables.client import SENT_MAILS, Tables
from sync.outside.tables.keys import digest
from sync.outside.tables.rows import make_row
from sync.outside.tables.single import SingleRows


class TableSentMails:
    """Fulfils ``sync.ports.SentMails``; a cause is kept as its hash."""

    def __init__(self, tables: Tables) -> None:
        self._rows = SingleRows(tables, SENT_MAILS)

    async def was_sent(self, key: str) -> bool:
        """Says whether a mail was marked as sent."""
        return await self._rows.get(*_keys(key)) is not None

    async def mark_sent(self, key: str) -> None:
        """Marks a mail as sent; harmless when repeated."""
        await self._rows.upsert(make_row(*_keys(key)))

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the marks of one part that were set before a time."""
        await self._rows.forget(part, before)


def _keys(key: str) -> tuple[str, str]:
    row = digest(key)
    return row[:2], row
