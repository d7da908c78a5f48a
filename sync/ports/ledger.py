"""What is kept for one person's sync: lease, Links, cursors, activity, and the note of wake-ups."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sync.engine.links import Link
from sync.engine.telling import ActivityEntry, Tell
from sync.errors import ContractBroken, LeaseLost, NewerFormat
from sync.ports.raising import may_raise
from sync.words import Interval, LinkKey, PersonKey

#: No lease is taken for longer: one that runs further ahead was dated by a clock that was wrong,
#: and does not count as held.
LONGEST_LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write for a person until ``expires_at``; ``token`` fences the ledger.

    Every write to the ledger names the lease and fails with ``LeaseLost`` once another holds it.
    """

    person: PersonKey
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursors:
    """Where both change feeds go on, the span that both were opened over, and when they were read.

    ``read_at`` is when the round began whose end the cursors mark: an event made later is not
    known to be covered by them. ``outlook`` is ``None`` where Graph could not give one (the plain
    view was read): the next read is a full one.
    """

    outlook: str | None
    booking: str
    anchored: Interval
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a sync needs of the ledger: Links in any order, and the cursors if there are any."""

    links: tuple[Link, ...]
    cursors: Cursors | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The lease, and all that it guards as it stands: read after the lease was taken.

    ``was_cut``: the one before was never given back: its worker died, or took too long.
    """

    lease: Lease
    ledger: Ledger
    was_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChange:
    """What one record writes, all of it or nothing (at most 60 rows of activity and tells).

    A line of ``deeds`` takes the place of the one with the same time and action, if there is one.
    ``echoes`` are versions that our own writes were answered with (etags, booking versions),
    and ends of events that we deleted (``deletion_of``).
    """

    keep: tuple[Link, ...] = ()
    drop: tuple[LinkKey, ...] = ()
    activity: tuple[ActivityEntry, ...] = ()
    deeds: tuple[ActivityEntry, ...] = ()
    tells: tuple[Tell, ...] = ()
    echoes: tuple[str, ...] = ()


class LedgerRepository(Protocol):
    """Lease, Links, cursors, activity and things to tell: one partition for each person.

    Whatever reads what was kept may raise ``NewerFormat``, where a newer release has written it,
    and ``ContractBroken``, where nobody can read it.
    """

    async def want(self, person: PersonKey) -> bool:
        """Notes that a sync is wanted; ``True`` when a job has to be queued for it (R11.2).

        A storm costs one job: while the note stands, a process queues at most one a minute.
        """
        ...

    async def wrote(self, person: PersonKey, version: str) -> bool | None:
        """Says whether a version (an etag, a booking version) is one that our own write made.

        ``None`` where it is not known to be, and a sync runs that may be about to note it.
        """
        ...

    def heard(self, person: PersonKey, version: str) -> None:
        """Notes in this process, at once, that a version is our own write's (``wrote``)."""
        ...

    @may_raise(NewerFormat, ContractBroken)
    async def open(self, person: PersonKey, *, seconds: float) -> Opened | None:
        """Takes the person's lease, ends all notes, and reads what lies ahead.

        Links whose both sides lie in weeks that have passed are left unread (``passed``), unless
        they wait for something.

        Returns:
            ``None`` while somebody else holds the lease: that a job was turned away is noted then,
            and whoever holds it is told so by ``close``.
        """
        ...

    @may_raise(NewerFormat, ContractBroken)
    async def passed(self, person: PersonKey) -> tuple[Link, ...]:
        """Reads the Links that ``open`` left unread."""
        ...

    @may_raise(LeaseLost)
    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs a lease.

        Raises:
            LeaseLost: Somebody else took it.
        """
        ...

    @may_raise(LeaseLost)
    async def record(self, lease: Lease, change: LedgerChange) -> None:
        """Writes Links, activity and tells together, or nothing.

        Raises:
            LeaseLost: The lease is not held any more.
            ValueError: More rows of activity and tells than fit, or a Link twice.
        """
        ...

    @may_raise(LeaseLost)
    async def forget_cursors(self, lease: Lease, *, only_outlook: bool = False) -> None:
        """Forgets the cursors: the next sync reads in full.

        With ``only_outlook`` it hears first what the booking product's feed has to tell (R8.4).

        Raises:
            LeaseLost: The lease is not held any more.
        """
        ...

    async def close(self, lease: Lease, *, cursors: Cursors | None = None) -> bool:
        """Writes the cursors (``None`` leaves them as they are) and gives the lease back.

        A lease that is lost already is fine; nothing is written then.

        Returns:
            Whether a job was turned away since the lease was taken: another has to be queued.
        """
        ...

    @may_raise(NewerFormat, ContractBroken)
    async def read(self, person: PersonKey) -> Ledger:
        """Reads all Links, passed ones too, without the lease: for pages."""
        ...

    @may_raise(LeaseLost)
    async def bundle_tells(self, lease: Lease, bundle: str) -> int:
        """Puts all tells that have no bundle yet into this one; gives how many it now holds.

        Raises:
            LeaseLost: The lease is not held any more.
        """
        ...

    async def open_bundles(self, person: PersonKey) -> tuple[str, ...]:
        """Names the bundles that hold tells: their mails are not known to be sent (R9.5)."""
        ...

    @may_raise(NewerFormat)
    async def tells(self, person: PersonKey, bundle: str) -> tuple[Tell, ...]:
        """Reads a bundle; empty once it was forgotten. What nobody can read is passed over."""
        ...

    async def forget_bundle(self, person: PersonKey, bundle: str) -> None:
        """Deletes a bundle's tells after their mail was sent."""
        ...

    @may_raise(NewerFormat)
    async def activity(
        self, person: PersonKey, *, cursor: str | None, limit: int
    ) -> tuple[tuple[str, ActivityEntry], ...]:
        """Reads up to ``limit`` lines of activity, newest first, each with its place.

        A place is a cursor: what is older than its line follows. What nobody can read is passed
        over; fewer lines than asked for are the last.
        """
        ...

    async def trim(self, person: PersonKey) -> bool:
        """Deletes activity that is not shown any more; says whether any is left.

        Closing the lease does so too, once a day; this is for somebody who syncs nothing.
        """
        ...

    async def forget(self, person: PersonKey) -> None:
        """Deletes everything but the lease and activity."""
        ...

    async def erase(self, person: PersonKey) -> None:
        """Deletes everything, the lease and activity too: whoever holds it writes nothing more."""
        ...
