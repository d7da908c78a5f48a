"""Finds the person behind a Graph subscription id (R11.1)."""

from collections import OrderedDict
from datetime import datetime
from hmac import compare_digest

from sync.outside.tables.client import SUBSCRIPTIONS, Tables
from sync.outside.tables.keys import digest
from sync.outside.tables.rows import make_row, person_columns, person_of
from sync.outside.tables.single import SingleRows
from sync.people.people import Subscription
from sync.words import PersonKey

#: Entries that one process remembers; each is some hundred bytes.
_REMEMBERED = 20_000


class TableSubscriptions:
    """Fulfils ``sync.ports.SubscriptionIndex``; keeps only the client state's hash.

    An entry never changes, so each process remembers those that it has read: one that was dropped
    since wakes somebody for nothing.
    """

    def __init__(self, tables: Tables) -> None:
        self._rows = SingleRows(tables, SUBSCRIPTIONS)
        self._known: OrderedDict[str, tuple[str, PersonKey]] = OrderedDict()

    async def put(self, subscription: Subscription, person: PersonKey) -> None:
        """Writes or replaces an entry."""
        partition, row = _keys(subscription.id)
        state = digest(subscription.client_state)
        await self._rows.upsert(
            make_row(partition, row, ClientState=state, **person_columns(person))
        )

    async def find(self, subscription_id: str, client_state: str) -> PersonKey | None:
        """Gives the person if the id is known and the client state fits (constant time)."""
        known = self._known.get(subscription_id)
        if known is None:
            found = await self._rows.get(*_keys(subscription_id))
            if found is None:
                return None
            known = (str(found.value["ClientState"]), person_of(found.value))
            self._remember(subscription_id, known)
        state, person = known
        return person if compare_digest(state, digest(client_state)) else None

    async def drop(self, subscription_id: str) -> None:
        """Deletes an entry if there is one."""
        self._known.pop(subscription_id, None)
        await self._rows.delete(*_keys(subscription_id))

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the entries of one part that were last written before a time."""
        await self._rows.forget(part, before)

    def _remember(self, subscription_id: str, known: tuple[str, PersonKey]) -> None:
        self._known[subscription_id] = known
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _keys(subscription_id: str) -> tuple[str, str]:
    row = digest(subscription_id)
    return row[:2], row
