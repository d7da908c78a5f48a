"""Each person's token cache, sealed."""

from sync.outside.tables.client import TOKEN_CACHES, Tables
from sync.outside.tables.keys import account_partition, key_part
from sync.outside.tables.rows import make_row, row_text
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.single import SingleRows
from sync.ports import Stored
from sync.words import PersonKey


class TableTokenCaches:
    """Fulfils ``sync.ports.TokenCaches``.

    Args:
        tables: The connection.
        sealer: Seals the caches; one moved to another person's row doesn't open.
    """

    def __init__(self, tables: Tables, *, sealer: Sealer) -> None:
        self._rows = SingleRows(tables, TOKEN_CACHES)
        self._sealer = sealer

    async def load(self, person: PersonKey) -> Stored[str] | None:
        """Opens a person's cache; ``None`` where there is none.

        Raises:
            ContractBroken: It does not open.
        """
        found = await self._rows.get(*_keys(person))
        if found is None:
            return None
        text = self._sealer.open(row_text(found.value), _identity(person))
        return Stored(value=text, etag=found.etag)

    async def save(self, person: PersonKey, text: str, etag: str | None) -> Stored[str]:
        """Seals and writes a cache; with ``etag`` ``None`` whatever was there before.

        Raises:
            Changed: The row has another etag.
        """
        row = make_row(*_keys(person), self._sealer.seal(text, _identity(person)))
        if etag is None:
            return Stored(value=text, etag=await self._rows.upsert(row))
        return Stored(value=text, etag=await self._rows.replace(row, etag))

    async def delete(self, person: PersonKey) -> None:
        """Destroys a person's cache if there is one."""
        await self._rows.delete(*_keys(person))


def _keys(person: PersonKey) -> tuple[str, str]:
    return account_partition(person.account_id), key_part(person.staff_id)


def _identity(person: PersonKey) -> str:
    return f"{person}|tokens"
