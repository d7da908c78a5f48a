"""Reads a person's activity in pages (R12.1)."""

from dataclasses import dataclass

from sync.engine.lines import Line, Standing, merged, of_one_sync
from sync.engine.telling import ActivityEntry
from sync.people.people import Connection
from sync.ports import LedgerRepository

#: So many lines are read at once; many may become one.
_READ = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage:
    """Lines, newest first, and where the next page starts; ``None`` where there is none."""

    lines: tuple[Line, ...]
    following: str | None


async def read_activity(
    ledger: LedgerRepository, connection: Connection, *, cursor: str | None, limit: int
) -> ActivityPage:
    """Reads a page: some more lines than ``limit`` where one sync wrote them.

    Args:
        ledger: Lines, and what they wait for.
        connection: Whose activity.
        cursor: Where an earlier page said that the next one starts.
        limit: Lines that are enough.

    Raises:
        ContractBroken: Nobody can read what was kept.
        NewerFormat: A newer release has written it.
    """
    found: list[tuple[str, ActivityEntry]] = []
    standing = Standing(held=connection.held, links={})
    place, is_end = cursor, False
    while True:
        page = await ledger.activity(connection.person, cursor=place, limit=_READ)
        found += page
        is_end = len(page) < _READ
        if not standing.links and any(entry.waits_for is not None for _, entry in page):
            links = (await ledger.read(connection.person)).links
            standing = Standing(held=connection.held, links={link.key: link for link in links})
        syncs = list(of_one_sync(found))
        # More lines of the last sync may follow on the next page.
        whole = syncs if is_end else syncs[:-1]
        lines: list[Line] = []
        for last, entries in whole:
            lines += merged(entries, standing)
            if len(lines) >= limit:
                has_more = not is_end or last != found[-1][0]
                return ActivityPage(lines=tuple(lines), following=last if has_more else None)
        if is_end:
            return ActivityPage(lines=tuple(lines), following=None)
        place = page[-1][0]
