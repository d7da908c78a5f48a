"""Finds the person behind a Graph subscription id (R11.1)."""

from hmac import compare_digest

from sync.adapters.tables.client import SUBSCRIPTIONS, Tables
from sync.adapters.tables.keys import digest
from sync.adapters.tables.rows import make_row, person_columns, person_of
from sync.adapters.tables.single import SingleRows
from sync.domain.model import PersonKey
from sync.domain.people import Subscription


class TableSubscriptions:
    """Fulfils ``sync.ports.SubscriptionIndex``; keeps only the client state's hash."""

    def __init__(self, tables: Tables) -> None:
        self._rows = SingleRows(tables, SUBSCRIPTIONS)

    async def put(self, subscription: Subscription, person: PersonKey) -> None:
        """Writes or replaces an entry."""
        partition, row = _keys(subscription.id)
        state = digest(subscription.client_state)
        await self._rows.upsert(
            make_row(partition, row, ClientState=state, **person_columns(person))
        )

    async def find(self, subscription_id: str, client_state: str) -> PersonKey | None:
        """Gives the person if the id is known and the client state fits (constant time)."""
        found = await self._rows.get(*_keys(subscription_id))
        if found is None or not compare_digest(found.value["ClientState"], digest(client_state)):
            return None
        return person_of(found.value)

    async def drop(self, subscription_id: str) -> None:
        """Deletes an entry if there is one."""
        await self._rows.delete(*_keys(subscription_id))


def _keys(subscription_id: str) -> tuple[str, str]:
    row = digest(subscription_id)
    return row[:2], row
