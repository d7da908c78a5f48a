"""All that the fakes keep of one person."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sync.outside.tables.person_rows import OF_NOBODY
from sync.ports import ReadableRow
from sync.words import PersonKey
from tests.fakes.hooks import Hooked, hooked

if TYPE_CHECKING:
    from tests.fakes.outside import Memory


class FakePersonRows(Hooked):
    """Looks into the dicts of the other fakes; named as the tables are."""

    def __init__(self, memory: "Memory") -> None:
        super().__init__()
        self._memory = memory

    @property
    def of_nobody(self) -> Mapping[str, str]:
        """Says the same as the tables do."""
        return OF_NOBODY

    @hooked
    async def read(
        self, person: PersonKey, limited: tuple[str, ...]
    ) -> Mapping[str, tuple[ReadableRow, ...]]:
        """Gives what is found, as text."""
        return {
            table: tuple({"row": str(each)} for each in found)
            for table, found in self._found(person, limited).items()
        }

    @hooked
    async def delete(self, person: PersonKey, limited: tuple[str, ...]) -> Mapping[str, int]:
        """Deletes what is found but for the Connection."""
        memory, found = self._memory, self._found(person, limited)
        del found["connections"]
        memory.ledger.partitions.pop(person, None)
        memory.microsoft.tokens.pop(person, None)
        for calendar in found["claims"]:
            del memory.claims.claims[calendar]
        for subscription_id in found["subscriptions"]:
            del memory.index.entries[subscription_id]
        for key in found["maillimits"]:
            del memory.limits.tallies[key]
        return {table: len(rows) for table, rows in found.items()}

    def _found(self, person: PersonKey, limited: tuple[str, ...]) -> dict[str, list[Any]]:
        memory = self._memory
        of = memory.ledger.partitions.get(person)
        kept = [] if of is None else [*of.links.values(), *of.activity, *of.tells, of.cursors]
        return {
            "connections": [row for who, row in memory.connections.rows.items() if who == person],
            "tokencaches": ["tokens"] if person in memory.microsoft.tokens else [],
            "ledger": [each for each in kept if each is not None],
            "claims": [each for each, whose in memory.claims.claims.items() if whose == person],
            "subscriptions": [
                each for each, (_, whose) in memory.index.entries.items() if whose == person
            ],
            "maillimits": [key for key in limited if key in memory.limits.tallies],
        }
