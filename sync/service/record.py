"""Step 6, record: what an action brought is written right after it, under the lease.

A Link of something about to be made is written before it is made, so that nothing is ever made
twice for want of a record (R11.5).
"""

from dataclasses import replace

from sync.domain.actions import (
    Action,
    CreateEvent,
    CreateReserve,
    DropLink,
    KeepLink,
    Outcome,
    UpdateEvent,
    UpdateReserve,
)
from sync.domain.actions import Done as DoneAction
from sync.domain.model import Link, LinkKey
from sync.ports import Clock, Cursors, Lease, LedgerChange, LedgerRepository
from sync.service import outcomes

#: For how long a lease is taken; a killed worker's person is free again after it (R11.2).
LEASE_SECONDS = 30.0
#: Rows that one transaction may hold (Table Storage: 100, the lease's row among them).
_ROWS = 90
#: Rows that one outcome writes at the most: a Link or two, activity, a tell.
_ROWS_PER_OUTCOME = 5


class Recorder:
    """Writes one person's ledger while holding the lease.

    Args:
        ledger: Where to.
        lease: The right to write; prolonged here as the work goes on.
        clock: Says when that has to be.
    """

    def __init__(self, *, ledger: LedgerRepository, lease: Lease, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._written: dict[LinkKey, Link | None] = {}
        self.lease = lease

    async def hold(self) -> None:
        """Makes sure that the lease outlasts the next calls to the outside.

        Raises:
            LeaseLost: Somebody else works for this person: nothing may be written any more.
        """
        left = (self.lease.expires_at - self._clock.now()).total_seconds()
        if left < LEASE_SECONDS * 2 / 3:
            self.lease = await self._ledger.prolong(self.lease, seconds=LEASE_SECONDS)

    async def intend(self, actions: tuple[Action, ...]) -> None:
        """Writes the Links of what is about to be made, and what is told about it."""
        now = self._clock.now()
        notes = []
        for action in actions:
            link = action.link
            if isinstance(action, UpdateEvent | UpdateReserve) and action.content is not None:
                if action.tell is not None:
                    # The executor notes it together with the tell.
                    continue
                # Which text stands there is not known until the write is recorded: should the
                # record be lost, a text that is changed back must not look as if it were there.
                link = replace(link, content="")
            elif not isinstance(action, CreateEvent | CreateReserve):
                continue
            if isinstance(action, CreateEvent) and action.tell is not None:
                notes.append(outcomes.noted(action, link, action.tell, now))
            else:
                notes.append(DoneAction(outcome=Outcome.DONE, key=link.key, link=link))
        await self.record(tuple(notes))

    async def record(self, done: tuple[DoneAction, ...]) -> None:
        """Writes outcomes, as many in one transaction as fit."""
        step = _ROWS // _ROWS_PER_OUTCOME
        for start in range(0, len(done), step):
            part = [each for each in done[start : start + step] if _has_rows(each)]
            keep: dict[LinkKey, Link] = {}
            for each in part:
                for link in (each.link, *each.also):
                    if link is not None:
                        keep[link.key] = link
            drop = {
                each.key for each in part if each.link is None and each.outcome is not Outcome.STALE
            }
            change = LedgerChange(
                keep=tuple(keep.values()),
                drop=tuple(sorted(drop - keep.keys())),
                activity=tuple(entry for each in part for entry in each.activity),
                tells=tuple(tell for each in part for tell in each.tells),
            )
            if part:
                await self._ledger.record(self.lease, change)
                self._written |= keep
                self._written |= dict.fromkeys(change.drop)

    def as_written(self, links: tuple[Link, ...]) -> tuple[Link, ...]:
        """Gives the Links as they stand after all that was recorded here since they were read."""
        known = {link.key: link for link in links} | self._written
        return tuple(link for _, link in sorted(known.items()) if link is not None)

    async def save_cursors(self, cursors: Cursors | None) -> None:
        """Writes the cursors, after everything that follows from them is written."""
        await self._ledger.save_cursors(self.lease, cursors)

    async def bundle_tells(self, bundle: str) -> int:
        """Closes what is to be told into one message; gives how many items it has (R9.3)."""
        return await self._ledger.bundle_tells(self.lease, bundle)


def only_records(action: Action) -> bool:
    """Says whether an action changes the ledger and nothing else."""
    return isinstance(action, KeepLink | DropLink)


def relinked(link: Link) -> DoneAction:
    """Records a Link that was changed without an action."""
    return DoneAction(outcome=Outcome.DONE, key=link.key, link=replace(link))


def _has_rows(done: DoneAction) -> bool:
    return done.outcome is not Outcome.STALE or bool(done.activity or done.tells)
