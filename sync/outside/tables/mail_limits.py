"""How many mails went where of late, one row for each key (R3.6, R9.7).

A key is kept as its HMAC: whoever reads the table can't try addresses against it.
"""

import hmac
from datetime import datetime, timedelta

import msgspec

from sync.errors import AlreadyExists, Changed, Unavailable
from sync.outside.tables.client import MAIL_LIMITS, Tables
from sync.outside.tables.keys import digest
from sync.outside.tables.rows import from_json, make_row, row_text, to_json
from sync.outside.tables.single import SingleRows
from sync.ports import Limit, free_from

#: Lost writes in a row after which the mail had better come later.
_TRIES = 10


class _Taken(msgspec.Struct, frozen=True):
    """One mail: the hash of its name, and when it goes."""

    name: str
    at: datetime


class TableMailLimits:
    """Fulfils ``sync.ports.MailLimits``.

    Args:
        tables: The connection.
        secret: Keys the HMAC; another one begins to count anew.
    """

    def __init__(self, tables: Tables, *, secret: str) -> None:
        self._rows = SingleRows(tables, MAIL_LIMITS)
        self._secret = f"connect-up.mail-limits.{secret}".encode()

    async def take(
        self, key: str, name: str, limits: tuple[Limit, ...], at: datetime
    ) -> datetime | None:
        """Counts one mail at a time, or gives from when it would be counted."""
        partition, row = self.place(key)
        longest = max((limit.span for limit in limits), default=timedelta())
        for _ in range(_TRIES):
            taken, etag = await self._read(partition, row)
            kept = [each for each in taken if each.at + longest > at]
            named = digest(name)[:32]
            if any(each.name == named for each in kept):
                return None
            later = free_from((each.at for each in kept), limits, at)
            if later is not None:
                return later
            if await self._write(partition, row, [*kept, _Taken(named, at)], etag):
                return None
        raise Unavailable("a limit of mails does not settle")

    async def give_back(self, key: str, name: str) -> None:
        """Uncounts a mail."""
        partition, row = self.place(key)
        named = digest(name)[:32]
        for _ in range(_TRIES):
            taken, etag = await self._read(partition, row)
            kept = [each for each in taken if each.name != named]
            if len(kept) == len(taken) or await self._write(partition, row, kept, etag):
                return
        raise Unavailable("a limit of mails does not settle")

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the rows of one part that were last written before a time."""
        await self._rows.forget(part, before)

    def place(self, key: str) -> tuple[str, str]:
        """Gives the keys of the row in which mails are counted."""
        row = hmac.digest(self._secret, key.encode(), "sha256").hex()
        return row[:2], row

    async def _read(self, partition: str, row: str) -> tuple[list[_Taken], str | None]:
        found = await self._rows.get(partition, row)
        if found is None:
            return [], None
        return from_json(row_text(found.value), list[_Taken]), found.etag

    async def _write(self, partition: str, row: str, taken: list[_Taken], etag: str | None) -> bool:
        written = make_row(partition, row, to_json(taken))
        try:
            if etag is None:
                await self._rows.create(written)
            else:
                await self._rows.replace(written, etag)
        except (AlreadyExists, Changed):
            return False
        return True
