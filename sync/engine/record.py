"""Step 7, record: what an action brought is written right after it, under the lease."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync.engine.answers import Settled
from sync.engine.intend import Intended
from sync.engine.links import Link
from sync.engine.telling import ActivityEntry, Tell
from sync.ports import Clock, Lease, LedgerChange, LedgerRepository
from sync.words import LinkKey

#: For how long a lease is taken; a killed worker's person is free again after it (R11.2).
LEASE_SECONDS = 30.0
#: Rows of activity and tells that one transaction takes (``LedgerRepository.record``).
ROWS = 60


@dataclass(slots=True)
class _Draft:
    """One transaction while it is being put together; the last word on each Link counts."""

    keep: dict[LinkKey, Link] = field(default_factory=dict)
    drop: dict[LinkKey, None] = field(default_factory=dict)
    activity: list[ActivityEntry] = field(default_factory=list)
    deeds: list[ActivityEntry] = field(default_factory=list)
    tells: list[Tell] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.activity) + len(self.deeds) + len(self.tells)

    def put(self, link: Link) -> None:
        self.keep[link.key] = link
        self.drop.pop(link.key, None)

    def remove(self, key: LinkKey) -> None:
        self.keep.pop(key, None)
        self.drop[key] = None


class Recorder:
    """Writes one person's ledger while holding the lease.

    Args:
        ledger: Where to.
        lease: The right to write; prolonged here as the work goes on.
        clock: Says when that has to be.

    Attributes:
        has_told: Whether something was written that is to be told.
    """

    def __init__(self, *, ledger: LedgerRepository, lease: Lease, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self.lease = lease
        self.has_told = False

    async def hold(self) -> None:
        """Makes sure that the lease outlasts the next calls to the outside.

        Raises:
            LeaseLost: Somebody else works for this person: nothing may be written any more.
        """
        left = (self.lease.expires_at - self._clock.now()).total_seconds()
        if left < LEASE_SECONDS * 2 / 3:
            self.lease = await self._ledger.prolong(self.lease, seconds=LEASE_SECONDS)

    async def fence(self) -> None:
        """Makes sure that the lease is still held, just before something that it doesn't guard.

        Raises:
            LeaseLost: Somebody else works for this person.
        """
        self.lease = await self._ledger.prolong(self.lease, seconds=LEASE_SECONDS)

    def heard(self, version: str) -> None:
        """Notes at once that a version is our own: its notification may be here in a moment."""
        self._ledger.heard(self.lease.person, version)

    async def record(
        self, *, intended: Sequence[Intended] = (), settled: Sequence[Settled] = ()
    ) -> None:
        """Writes intents and outcomes, as many in one transaction as fit; outcomes first.

        Raises:
            LeaseLost: Another holds the lease.
        """
        await self.hold()
        draft = _Draft()
        for result in settled:
            if draft.rows + len(result.activity) + len(result.tells) > ROWS:
                draft = await self._flush(draft)
            if result.case is None:
                draft.remove(result.key)
            else:
                if result.case.link.key != result.key:
                    draft.remove(result.key)
                draft.put(result.case.link)
            for link in result.also:
                draft.put(link)
            draft.activity += result.activity
            draft.tells += result.tells
            draft.echoes += result.echoes
        for intent in intended:
            if draft.rows + len(intent.activity) + len(intent.tells) > ROWS:
                draft = await self._flush(draft)
            draft.put(intent.link)
            for link in intent.also:
                draft.put(link)
            draft.activity += intent.activity
            draft.tells += intent.tells
        await self._flush(draft)

    async def write(
        self,
        *,
        keep: Iterable[Link] = (),
        activity: Iterable[ActivityEntry] = (),
        deeds: Iterable[ActivityEntry] = (),
    ) -> None:
        """Writes Links and lines of activity that no action brought."""
        draft = _Draft(activity=list(activity), deeds=list(deeds))
        for link in keep:
            draft.put(link)
        await self.hold()
        await self._flush(draft)

    async def tell(self, tells: tuple[Tell, ...], bundle: str) -> None:
        """Writes what is told in one message of its own, and closes its bundle (R11.7)."""
        for start in range(0, len(tells), ROWS):
            await self._ledger.record(self.lease, LedgerChange(tells=tells[start : start + ROWS]))
        await self._ledger.bundle_tells(self.lease, bundle)

    async def bundle_tells(self, bundle: str) -> int:
        """Closes what is to be told into one message; gives how many items it has (R9.3)."""
        return await self._ledger.bundle_tells(self.lease, bundle)

    async def _flush(self, draft: _Draft) -> _Draft:
        if draft.keep or draft.drop or draft.rows or draft.echoes:
            self.has_told |= bool(draft.tells)
            await self._ledger.record(
                self.lease,
                LedgerChange(
                    keep=tuple(draft.keep.values()),
                    drop=tuple(draft.drop),
                    activity=tuple(draft.activity),
                    deeds=tuple(draft.deeds),
                    tells=tuple(draft.tells),
                    echoes=tuple(draft.echoes),
                ),
            )
        return _Draft()
