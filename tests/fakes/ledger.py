"""The ledger in memory, with the fences of the real one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync.domain.actions import ActivityEntry, Tell
from sync.domain.model import Link, LinkKey, PersonKey
from sync.errors import LeaseLost
from sync.ports import Clock, Cursors, IdFactory, Lease, Ledger, LedgerChange
from tests.fakes.hooks import Hooked, hooked

MAX_ROWS = 90
ACTIVITY_DAYS = 90
ACTIVITY_ROWS = 500


@dataclass(slots=True)
class Partition:
    """All that is kept for one person.

    ``token`` is ``None`` while no lease is held. ``activity`` and ``tells`` are in the order of
    writing with a number of their own; a tell's bundle is empty while it has none.
    """

    token: str | None = None
    expires_at: datetime | None = None
    links: dict[LinkKey, Link] = field(default_factory=dict)
    cursors: Cursors | None = None
    activity: list[tuple[int, ActivityEntry]] = field(default_factory=list)
    tells: list[tuple[str, Tell]] = field(default_factory=list)
    written: int = 0


class FakeLedger(Hooked):
    """A dict of partitions. A lease that ran out still holds until somebody else takes it."""

    def __init__(self, clock: Clock, ids: IdFactory) -> None:
        super().__init__()
        self.clock = clock
        self.ids = ids
        self.partitions: dict[PersonKey, Partition] = {}

    def of(self, person: PersonKey) -> Partition:
        """Gives a person's partition for a test to look into."""
        return self.partitions.setdefault(person, Partition())

    @hooked
    async def acquire(self, person: PersonKey, *, seconds: float) -> Lease | None:
        """Takes the lease with a new token if none is held or the old one ran out."""
        partition, now = self.of(person), self.clock.now()
        held_until = partition.expires_at
        if partition.token is not None and held_until is not None and held_until > now:
            return None
        return self._lease(person, self.ids.new(), seconds)

    @hooked
    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs under the same token."""
        self._fence(lease)
        return self._lease(lease.person, lease.token, seconds)

    @hooked
    async def release(self, lease: Lease) -> None:
        """Gives the lease back if it is still held."""
        partition = self.of(lease.person)
        if partition.token == lease.token:
            partition.token = partition.expires_at = None

    @hooked
    async def read(self, person: PersonKey) -> Ledger:
        """Gives Links by key, and the cursors."""
        partition = self.of(person)
        links = tuple(link for _, link in sorted(partition.links.items()))
        return Ledger(links=links, cursors=partition.cursors)

    @hooked
    async def record(self, lease: Lease, change: LedgerChange) -> None:
        """Writes all or nothing."""
        kept = {link.key for link in change.keep}
        if kept & set(change.drop) or len(kept) < len(change.keep):
            raise ValueError("a record names a Link twice")
        rows = (*change.keep, *change.drop, *change.activity, *change.tells)
        if len(rows) > MAX_ROWS:
            raise ValueError(f"a record of {len(rows)} rows, at most {MAX_ROWS} go")
        partition = self._fence(lease)
        partition.links.update({link.key: link for link in change.keep})
        for key in change.drop:
            partition.links.pop(key, None)
        for entry in change.activity:
            partition.written += 1
            partition.activity.append((partition.written, entry))
        del partition.activity[:-ACTIVITY_ROWS]
        partition.tells.extend(("", tell) for tell in change.tells)

    @hooked
    async def save_cursors(self, lease: Lease, cursors: Cursors | None) -> None:
        """Writes or forgets the cursors."""
        self._fence(lease).cursors = cursors

    @hooked
    async def bundle_tells(self, lease: Lease, bundle: str) -> int:
        """Names the open tells' bundle and counts it."""
        partition = self._fence(lease)
        partition.tells = [(name or bundle, tell) for name, tell in partition.tells]
        return sum(name == bundle for name, _ in partition.tells)

    @hooked
    async def open_bundles(self, person: PersonKey) -> tuple[str, ...]:
        """Names bundles in the order of their first tell."""
        return tuple(dict.fromkeys(name for name, _ in self.of(person).tells if name))

    @hooked
    async def tells(self, person: PersonKey, bundle: str) -> tuple[Tell, ...]:
        """Reads a bundle in the order of telling."""
        return tuple(tell for name, tell in self.of(person).tells if name == bundle)

    @hooked
    async def forget_bundle(self, person: PersonKey, bundle: str) -> None:
        """Deletes a bundle."""
        partition = self.of(person)
        partition.tells = [(name, tell) for name, tell in partition.tells if name != bundle]

    @hooked
    async def activity(
        self, person: PersonKey, *, cursor: str | None, limit: int
    ) -> tuple[tuple[ActivityEntry, ...], str | None]:
        """Gives a page, newest first, of what is not older than 90 days."""
        since = self.clock.now() - timedelta(days=ACTIVITY_DAYS)
        rows = sorted(
            ((entry.at, number), entry)
            for number, entry in self.of(person).activity
            if entry.at >= since
        )[::-1]
        if cursor is not None:
            rows = [row for row in rows if _cursor(row[0]) < cursor]
        page = rows[:limit]
        goes_on = len(rows) > limit
        return tuple(entry for _, entry in page), _cursor(page[-1][0]) if goes_on else None

    @hooked
    async def forget(self, person: PersonKey) -> None:
        """Deletes Links, cursors and tells."""
        partition = self.of(person)
        partition.links, partition.cursors, partition.tells = {}, None, []

    def _lease(self, person: PersonKey, token: str, seconds: float) -> Lease:
        partition = self.of(person)
        partition.token = token
        partition.expires_at = self.clock.now() + timedelta(seconds=seconds)
        return Lease(person=person, token=token, expires_at=partition.expires_at)

    def _fence(self, lease: Lease) -> Partition:
        partition = self.of(lease.person)
        if partition.token != lease.token:
            raise LeaseLost(f"another holds the lease on {lease.person}")
        return partition


def _cursor(place: tuple[datetime, int]) -> str:
    return f"{place[0].timestamp():020.6f}-{place[1]:09}"
