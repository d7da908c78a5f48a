"""Every table in memory, with the etags, conflicts and expiries of the real ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sync.errors import AlreadyExists, Changed
from sync.people.people import Connection, EnabledLocations, MicrosoftAccount, Subscription
from sync.ports import Clock, Limit, Stored, free_from
from sync.words import AccountId, CalendarId, PersonKey
from tests.fakes.hooks import Hooked, hooked
from tests.fakes.ledger import FakeLedger

__all__ = [
    "FakeClaims",
    "FakeConnections",
    "FakeFlows",
    "FakeLedger",
    "FakeLocations",
    "FakeMailLimits",
    "FakeSentMails",
    "FakeSubscriptionIndex",
    "FakeTokenCaches",
]


class _Rows[K, V](Hooked):
    """Values under a key, each with an etag that changes at every write."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[K, Stored[V]] = {}
        self._etags = 0

    def _write(self, key: K, value: V) -> Stored[V]:
        self._etags += 1
        self.rows[key] = Stored(value=value, etag=f'W/"{self._etags}"')
        return self.rows[key]

    def _expect(self, key: K, etag: str) -> None:
        row = self.rows.get(key)
        if row is None or row.etag != etag:
            raise Changed(f"{key} has another etag")


class FakeConnections(_Rows[PersonKey, Connection]):
    """Connections in a dict."""

    @hooked
    async def get(self, person: PersonKey) -> Stored[Connection] | None:
        """Reads a row."""
        return self.rows.get(person)

    @hooked
    async def put(self, connection: Connection, etag: str | None) -> Stored[Connection]:
        """Writes a row under the etag's condition."""
        person = connection.person
        if etag is not None:
            self._expect(person, etag)
        elif person in self.rows:
            raise AlreadyExists(f"{person} has a row")
        return self._write(person, connection)

    @hooked
    async def delete(self, person: PersonKey, etag: str) -> None:
        """Deletes a row under the etag's condition."""
        self._expect(person, etag)
        del self.rows[person]

    @hooked
    async def of_account(self, account_id: AccountId) -> tuple[Connection, ...]:
        """Lists an Account's people by id."""
        return tuple(
            row.value
            for person, row in sorted(self.rows.items(), key=lambda item: item[0].staff_id)
            if person.account_id == account_id
        )

    @hooked
    async def version_of_account(self, account_id: AccountId) -> str:
        """Names who has a row, and its etag."""
        return str(
            [
                (person.staff_id, row.etag)
                for person, row in self.rows.items()
                if person.account_id == account_id
            ]
        )

    @hooked
    async def due(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists whose ``due_at`` has come."""
        return tuple(
            row.value.person
            for row in self._of_shard(shard)
            if row.value.due_at is not None and row.value.due_at <= before
        )

    @hooked
    async def expiring(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists whose subscription ends."""
        return tuple(
            row.value.person
            for row in self._of_shard(shard)
            if row.value.subscription is not None and row.value.subscription.expires_at <= before
        )

    def _of_shard(self, shard: int) -> list[Stored[Connection]]:
        people = sorted(self.rows, key=str)
        return [self.rows[person] for person in people if shard_of(person.account_id) == shard]


def shard_of(account_id: AccountId) -> int:
    """Gives the shard of an Account: the first hex digit of its hash."""
    return int(sha256(account_id.encode()).hexdigest()[0], 16)


class FakeLocations(_Rows[AccountId, EnabledLocations]):
    """Enabled Locations in a dict."""

    @hooked
    async def get(self, account_id: AccountId) -> Stored[EnabledLocations] | None:
        """Reads a row."""
        return self.rows.get(account_id)

    @hooked
    async def put(self, enabled: EnabledLocations, etag: str | None) -> None:
        """Writes a row under the etag's condition."""
        account_id = enabled.account_id
        if etag is not None:
            self._expect(account_id, etag)
        elif account_id in self.rows:
            raise Changed(f"{account_id} has a row")
        self._write(account_id, enabled)


class FakeTokenCaches(_Rows[PersonKey, str]):
    """Token caches in a dict, not sealed."""

    @hooked
    async def load(self, person: PersonKey) -> Stored[str] | None:
        """Reads a row."""
        return self.rows.get(person)

    @hooked
    async def save(self, person: PersonKey, text: str, etag: str | None) -> Stored[str]:
        """Writes a row, with an etag under its condition."""
        if etag is not None:
            self._expect(person, etag)
        return self._write(person, text)

    @hooked
    async def delete(self, person: PersonKey) -> None:
        """Deletes a row."""
        self.rows.pop(person, None)


class FakeClaims(Hooked):
    """Claims in a dict: Microsoft account and calendar to person."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: dict[tuple[str, CalendarId], PersonKey] = {}

    @hooked
    async def claim(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> bool:
        """The first wins, again and again."""
        return self.claims.setdefault((microsoft.id, calendar_id), person) == person

    @hooked
    async def release(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> None:
        """Gives back what this person has."""
        if self.claims.get((microsoft.id, calendar_id)) == person:
            del self.claims[microsoft.id, calendar_id]


class FakeSubscriptionIndex(Hooked):
    """Subscriptions in a dict by id; ``clock`` is the storage's own."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.entries: dict[str, tuple[Subscription, PersonKey]] = {}
        self.written_at: dict[str, datetime] = {}

    @hooked
    async def put(self, subscription: Subscription, person: PersonKey) -> None:
        """Writes or replaces."""
        self.entries[subscription.id] = (subscription, person)
        self.written_at[subscription.id] = self.clock.now()

    @hooked
    async def find(self, subscription_id: str, client_state: str) -> PersonKey | None:
        """Gives the person if both fit."""
        entry = self.entries.get(subscription_id)
        if entry is None or entry[0].client_state != client_state:
            return None
        return entry[1]

    @hooked
    async def drop(self, subscription_id: str) -> None:
        """Deletes."""
        self.entries.pop(subscription_id, None)

    @hooked
    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the old entries of a part."""
        for subscription_id in list(self.entries):
            is_old = self.written_at[subscription_id] < before
            if is_old and part_of(subscription_id) == part:
                del self.entries[subscription_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow's content and when it ends."""

    content: str
    expires_at: datetime


class FakeFlows(Hooked):
    """Flows in a dict, not sealed."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.flows: dict[str, Flow] = {}

    @hooked
    async def save(self, flow_id: str, content: str, expires_at: datetime) -> None:
        """Writes or replaces."""
        self.flows[flow_id] = Flow(content=content, expires_at=expires_at)

    @hooked
    async def load(self, flow_id: str) -> str | None:
        """Reads what has not expired."""
        flow = self.flows.get(flow_id)
        if flow is None or flow.expires_at <= self.clock.now():
            return None
        return flow.content

    @hooked
    async def drop(self, flow_id: str) -> bool:
        """Deletes; only the first gets ``True``."""
        return self.flows.pop(flow_id, None) is not None

    @hooked
    async def forget(self, part: str, before: datetime) -> None:
        """Deletes what has ended of a part."""
        for flow_id, flow in list(self.flows.items()):
            if flow.expires_at <= before and part_of(flow_id).startswith(part):
                del self.flows[flow_id]


class FakeSentMails(Hooked):
    """Keys and when they were set; ``clock`` is the storage's own."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.marks: dict[str, datetime] = {}

    @hooked
    async def was_sent(self, key: str) -> bool:
        """Looks for the mark."""
        return key in self.marks

    @hooked
    async def mark_sent(self, key: str) -> None:
        """Sets the mark."""
        self.marks[key] = self.clock.now()

    @hooked
    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the old marks of a part."""
        for key in [key for key, at in self.marks.items() if part_of(key) == part and at < before]:
            del self.marks[key]


def part_of(key: str) -> str:
    """Gives the part of a key: the first two hex digits of its hash."""
    return sha256(key.encode()).hexdigest()[:2]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted for one key, by name, and when it was last written."""

    written_at: datetime
    taken: dict[str, datetime]


class FakeMailLimits(Hooked):
    """Tallies in a dict; ``clock`` is the storage's own."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.tallies: dict[str, Tally] = {}

    @hooked
    async def take(
        self, key: str, name: str, limits: tuple[Limit, ...], at: datetime
    ) -> datetime | None:
        """Counts, or gives from when it would."""
        longest = max((limit.span for limit in limits), default=timedelta())
        tally = self.tallies.get(key)
        kept = {} if tally is None else dict(tally.taken)
        kept = {known: time for known, time in kept.items() if time + longest > at}
        if name in kept:
            return None
        later = free_from(kept.values(), limits, at)
        if later is None:
            self.tallies[key] = Tally(written_at=self.clock.now(), taken=kept | {name: at})
        return later

    @hooked
    async def give_back(self, key: str, name: str) -> None:
        """Uncounts."""
        if key in self.tallies:
            self.tallies[key].taken.pop(name, None)

    @hooked
    async def forget(self, part: str, before: datetime) -> None:
        """Deletes the old tallies of a part."""
        old = [key for key, tally in self.tallies.items() if tally.written_at < before]
        for key in old:
            if part_of(key) == part:
                del self.tallies[key]
