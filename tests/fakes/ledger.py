"""The ledger in memory, with the fences of the real one."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sync.engine.links import Link
from sync.engine.telling import ActivityEntry, Tell
from sync.errors import LeaseLost
from sync.outside.tables.packs import is_ahead
from sync.outside.tables.rows import from_json, to_json
from sync.ports import Clock, Cursors, IdFactory, Lease, Ledger, LedgerChange, Opened
from sync.ports.ledger import LONGEST_LEASE
from sync.words import LinkKey, PersonKey
from tests.fakes.hooks import Hooked, hooked

MAX_TOLD = 60
ACTIVITY_DAYS = 90
ACTIVITY_ROWS = 500
MAX_ECHOES = 200
#: The number of lines that their time and action name.
DEED = 0
LOST_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class Partition:
    """All that is kept for one person.

    ``token`` is ``None`` while no lease is held. ``is_wanted`` is the note of wake-ups, which
    stands until a sync begins; ``queued_at`` is when somebody was last told to queue a job.
    ``activity`` and ``tells`` are in the order of writing with a number of their own; a tell's
    bundle is empty while it has none.
    """

    token: str | None = None
    expires_at: datetime | None = None
    is_wanted: bool = True
    turned_away: bool = False
    queued_at: datetime | None = None
    links: dict[LinkKey, Link] = field(default_factory=dict)
    cursors: Cursors | None = None
    echoes: list[str] = field(default_factory=list)
    activity: list[tuple[int, ActivityEntry]] = field(default_factory=list)
    tells: list[tuple[str, Tell]] = field(default_factory=list)
    written: int = 0


class FakeLedger(Hooked):
    """A dict of partitions. A lease that ran out still holds until somebody else takes it.

    What is kept goes through the text that the tables hold, so that what no text carries is not
    there for tests either.
    """

    def __init__(self, clock: Clock, ids: IdFactory) -> None:
        super().__init__()
        self.clock = clock
        self.ids = ids
        self.partitions: dict[PersonKey, Partition] = {}
        self.heard_versions: set[tuple[PersonKey, str]] = set()

    def of(self, person: PersonKey) -> Partition:
        """Gives a person's partition for a test to look into."""
        return self.partitions.setdefault(person, Partition())

    @hooked
    async def want(self, person: PersonKey) -> bool:
        """Notes a wish; ``True`` where none was noted, or its job counts as lost."""
        partition, now = self.of(person), self.clock.now()
        queued_at = partition.queued_at
        is_lost = queued_at is None or now - queued_at >= LOST_AFTER
        if partition.is_wanted and not is_lost:
            return False
        partition.is_wanted, partition.queued_at = True, now
        return True

    @hooked
    async def wrote(self, person: PersonKey, version: str) -> bool | None:
        """Looks into the newest echoes, and what this process heard."""
        if version in self.of(person).echoes or (person, version) in self.heard_versions:
            return True
        return None if self._is_held(person) else False

    def heard(self, person: PersonKey, version: str) -> None:
        """Notes a version of our own at once."""
        self.heard_versions.add((person, version))

    @hooked
    async def open(self, person: PersonKey, *, seconds: float) -> Opened | None:
        """Takes the lease with a new token if none is held or the old one ran out."""
        partition, now = self.of(person), self.clock.now()
        if self._is_held(person):
            partition.turned_away = True
            return None
        partition.is_wanted = partition.turned_away = False
        was_cut = partition.token is not None
        lease = self._lease(person, self.ids.new(), seconds)
        links = tuple(link for link in _sorted(partition) if is_ahead(link, now))
        ledger = Ledger(links=links, cursors=partition.cursors)
        return Opened(lease=lease, ledger=ledger, was_cut=was_cut)

    @hooked
    async def passed(self, person: PersonKey) -> tuple[Link, ...]:
        """Gives the Links that ``open`` leaves out."""
        now = self.clock.now()
        return tuple(link for link in _sorted(self.of(person)) if not is_ahead(link, now))

    @hooked
    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs under the same token."""
        self._fence(lease)
        return self._lease(lease.person, lease.token, seconds)

    @hooked
    async def close(self, lease: Lease, *, cursors: Cursors | None = None) -> bool:
        """Writes cursors and gives the lease back if it is still held."""
        partition = self.partitions.get(lease.person)
        if partition is None or partition.token != lease.token:
            return False
        partition.token = partition.expires_at = None
        if cursors is not None:
            partition.cursors = from_json(to_json(cursors), Cursors)
        return partition.turned_away

    @hooked
    async def read(self, person: PersonKey) -> Ledger:
        """Gives Links by key, and the cursors."""
        partition = self.of(person)
        return Ledger(links=_sorted(partition), cursors=partition.cursors)

    @hooked
    async def record(self, lease: Lease, change: LedgerChange) -> None:
        """Writes all or nothing."""
        kept = {link.key for link in change.keep}
        if kept & set(change.drop) or len(kept) < len(change.keep):
            raise ValueError("a record names a Link twice")
        told = len(change.activity) + len(change.deeds) + len(change.tells)
        if told > MAX_TOLD:
            raise ValueError(f"a record of {told} lines, at most {MAX_TOLD} go")
        partition = self._fence(lease)
        partition.links.update({link.key: from_json(to_json(link), Link) for link in change.keep})
        for key in change.drop:
            partition.links.pop(key, None)
        for entry in change.activity:
            partition.written += 1
            read = from_json(to_json(entry), ActivityEntry)
            partition.activity.append((partition.written, read))
        for deed in change.deeds:
            read = from_json(to_json(deed), ActivityEntry)
            names = [(number, entry.at, entry.action) for number, entry in partition.activity]
            if (DEED, deed.at, deed.action) in names:
                partition.activity[names.index((DEED, deed.at, deed.action))] = (DEED, read)
            else:
                partition.activity.append((DEED, read))
        del partition.activity[:-ACTIVITY_ROWS]
        partition.tells.extend(("", from_json(to_json(tell), Tell)) for tell in change.tells)
        partition.echoes.extend(change.echoes)
        del partition.echoes[:-MAX_ECHOES]

    @hooked
    async def forget_cursors(self, lease: Lease, *, only_outlook: bool = False) -> None:
        """Forgets both cursors, or Outlook's."""
        partition = self._fence(lease)
        if partition.cursors is not None and only_outlook:
            partition.cursors = replace(partition.cursors, outlook=None)
        else:
            partition.cursors = None

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
    ) -> tuple[tuple[str, ActivityEntry], ...]:
        """Gives lines, newest first, of what is not older than 90 days."""
        since = self.clock.now() - timedelta(days=ACTIVITY_DAYS)
        lines = [(_place(*line), line[1]) for line in self.of(person).activity]
        shown = [line for line in lines if line[1].at >= since]
        shown.sort(key=lambda line: line[0], reverse=True)
        return tuple(line for line in shown if cursor is None or line[0] < cursor)[:limit]

    @hooked
    async def trim(self, person: PersonKey) -> bool:
        """Deletes lines of more than 90 days ago."""
        partition = self.of(person)
        since = self.clock.now() - timedelta(days=ACTIVITY_DAYS)
        partition.activity = [line for line in partition.activity if line[1].at >= since]
        return bool(partition.activity)

    @hooked
    async def forget(self, person: PersonKey) -> None:
        """Deletes Links, cursors and tells."""
        partition = self.of(person)
        partition.links, partition.cursors, partition.tells = {}, None, []

    @hooked
    async def erase(self, person: PersonKey) -> None:
        """Deletes the partition."""
        self.partitions.pop(person, None)

    def _is_held(self, person: PersonKey) -> bool:
        partition, now = self.of(person), self.clock.now()
        until = partition.expires_at
        if partition.token is None or until is None:
            return False
        return now < until <= now + LONGEST_LEASE

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


def _sorted(partition: Partition) -> tuple[Link, ...]:
    return tuple(link for _, link in sorted(partition.links.items()))


def _place(number: int, entry: ActivityEntry) -> str:
    what = entry.action if number == DEED else ""
    return f"{entry.at.timestamp():020.6f}-{number:09}{what}"
