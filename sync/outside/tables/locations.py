"""Where the plugin is enabled: one row for each Account."""

from sync.errors import AlreadyExists, Changed
from sync.outside.tables.client import LOCATIONS, Tables
from sync.outside.tables.keys import account_partition
from sync.outside.tables.rows import from_json, make_row, row_text, to_json
from sync.outside.tables.single import SingleRows
from sync.people.people import EnabledLocations
from sync.ports import Stored
from sync.words import AccountId

_ROW = "enabled"


class TableLocations:
    """Fulfils ``sync.ports.LocationRepository``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = SingleRows(tables, LOCATIONS)

    async def get(self, account_id: AccountId) -> Stored[EnabledLocations] | None:
        """Reads an Account's enabled Locations; ``None`` where it never had any."""
        found = await self._rows.get(account_partition(account_id), _ROW)
        if found is None:
            return None
        return Stored(value=from_json(row_text(found.value), EnabledLocations), etag=found.etag)

    async def put(self, enabled: EnabledLocations, etag: str | None) -> None:
        """Writes them.

        Raises:
            Changed: The row has another etag (or exists, with ``etag`` ``None``).
        """
        row = make_row(account_partition(enabled.account_id), _ROW, to_json(enabled))
        if etag is not None:
            await self._rows.replace(row, etag)
            return
        try:
            await self._rows.create(row)
        except AlreadyExists as error:
            raise Changed(f"{enabled.account_id} has enabled Locations already") from error
