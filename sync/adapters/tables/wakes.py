"""Notes of wake-ups: a storm of them costs point reads and a few writes (R11.2)."""

from datetime import timedelta

from sync.adapters.tables.client import WAKES, Tables
from sync.adapters.tables.keys import account_partition, key_part
from sync.adapters.tables.rows import Row, make_row, read_time, time_text
from sync.adapters.tables.single import SingleRows
from sync.domain.model import PersonKey
from sync.errors import AlreadyExists, Changed
from sync.ports import Clock, IdFactory

LOST_AFTER = timedelta(minutes=1)


class TableWakes:
    """Fulfils ``sync.ports.Wakes``.

    Args:
        tables: The connection.
        clock: Decides when a note counts as lost.
        ids: Marks each note, so that one repeated by the client is known as its own.
    """

    def __init__(self, tables: Tables, *, clock: Clock, ids: IdFactory) -> None:
        self._rows = SingleRows(tables, WAKES)
        self._clock = clock
        self._ids = ids

    async def want(self, person: PersonKey) -> bool:
        """Notes that a sync is wanted; ``True`` when a job has to be queued for it."""
        partition, key = _keys(person)
        found = await self._rows.get(partition, key)
        if found is not None and self._is_fresh(found.value):
            return False
        mark = self._ids.new()
        row = make_row(partition, key, WantedAt=time_text(self._clock.now()), WantedBy=mark)
        try:
            if found is None:
                await self._rows.create(row)
            else:
                await self._rows.replace(row, found.etag)
        except (AlreadyExists, Changed):
            # Somebody noted it first, unless the client repeated a write that had taken effect.
            found = await self._rows.get(partition, key)
            if found is None or not self._is_fresh(found.value):
                # A job has started in between; whether it reads late enough nobody knows.
                return True
            return bool(found.value.get("WantedBy") == mark)
        return True

    async def started(self, person: PersonKey) -> None:
        """Notes that a job begins to read: later wake-ups need another job."""
        await self._rows.upsert(make_row(*_keys(person), WantedAt=""))

    def _is_fresh(self, row: Row) -> bool:
        wanted_at = str(row.get("WantedAt", ""))
        return wanted_at != "" and self._clock.now() - read_time(wanted_at) < LOST_AFTER


def _keys(person: PersonKey) -> tuple[str, str]:
    return account_partition(person.account_id), key_part(person.staff_id)
