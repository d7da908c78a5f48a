"""Which person a calendar serves: the row that is there first wins (R5.2)."""

from sync.errors import AlreadyExists, Unavailable
from sync.outside.tables.client import CLAIMS, Tables
from sync.outside.tables.keys import digest
from sync.outside.tables.rows import make_row, person_columns, person_of
from sync.outside.tables.single import SingleRows
from sync.people.people import MicrosoftAccount
from sync.words import CalendarId, PersonKey

_TRIES = 5


class TableClaims:
    """Fulfils ``sync.ports.CalendarClaims``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = SingleRows(tables, CLAIMS)

    async def claim(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> bool:
        """Takes a calendar for a person; ``False`` while another person has it. Repeatable."""
        partition, row = _keys(microsoft, calendar_id)
        for _ in range(_TRIES):
            try:
                await self._rows.create(make_row(partition, row, **person_columns(person)))
            except AlreadyExists:
                found = await self._rows.get(partition, row)
                if found is not None:
                    return person_of(found.value) == person
                # Given back between the two looks: free again.
            else:
                return True
        raise Unavailable("a calendar's claim does not settle")

    async def release(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> None:
        """Gives a calendar back if this person has it."""
        partition, row = _keys(microsoft, calendar_id)
        found = await self._rows.get(partition, row)
        if found is not None and person_of(found.value) == person:
            await self._rows.delete(partition, row, etag=found.etag)


def _keys(microsoft: MicrosoftAccount, calendar_id: CalendarId) -> tuple[str, str]:
    row = digest(microsoft.id, calendar_id)
    return row[:2], row
