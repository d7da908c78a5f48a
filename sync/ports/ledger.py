"""What is kept for one person's sync: lease, Links, cursors, activity."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.domain.actions import ActivityEntry, Tell
from sync.domain.model import (
    Interval,
    Link,
    LinkKey,
    PersonKey,
)


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
    """Where both change feeds go on, and the span that both were opened over (R11.4)."""

    outlook: str
    booking: str
    anchored: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All that is kept for one person's sync; ``cursors`` is ``None`` before the first read."""

    links: tuple[Link, ...]
    cursors: Cursors | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChange:
    """What one record writes in one transaction (at most 90 rows together)."""

    keep: tuple[Link, ...] = ()
    drop: tuple[LinkKey, ...] = ()
    activity: tuple[ActivityEntry, ...] = ()
    tells: tuple[Tell, ...] = ()


class LedgerRepository(Protocol):
    """Lease, Links, cursors, activity and things to tell: one partition for each person."""

    async def acquire(self, person: PersonKey, *, seconds: float) -> Lease | None:
        """Takes the person's lease; ``None`` while somebody else holds it."""
        ...

    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs a lease.

        Raises:
            LeaseLost: Somebody else took it.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Gives the lease back; one that is lost already is fine."""
        ...

    async def read(self, person: PersonKey) -> Ledger:
        """Reads all Links and the cursors."""
        ...

    async def record(self, lease: Lease, change: LedgerChange) -> None:
        """Writes Links, activity and tells together, or nothing.

        Raises:
            LeaseLost: The lease is not held any more.
        """
        ...

    async def save_cursors(self, lease: Lease, cursors: Cursors | None) -> None:
        """Writes the cursors, ``None`` forgets them.

        Raises:
            LeaseLost: The lease is not held any more.
        """
        ...

    async def bundle_tells(self, lease: Lease, bundle: str) -> int:
        """Puts all tells that have no bundle yet into this one; gives how many it now holds.

        Raises:
            LeaseLost: The lease is not held any more.
        """
        ...

    async def open_bundles(self, person: PersonKey) -> tuple[str, ...]:
        """Names the bundles that hold tells: their mails are not known to be sent (R9.5)."""
        ...

    async def tells(self, person: PersonKey, bundle: str) -> tuple[Tell, ...]:
        """Reads a bundle; empty once it was forgotten."""
        ...

    async def forget_bundle(self, person: PersonKey, bundle: str) -> None:
        """Deletes a bundle's tells after their mail was sent."""
        ...

    async def activity(
        self, person: PersonKey, *, cursor: str | None, limit: int
    ) -> tuple[tuple[ActivityEntry, ...], str | None]:
        """Reads a page of activity, newest first, and where the next page starts."""
        ...

    async def forget(self, person: PersonKey) -> None:
        """Deletes everything but the lease and activity."""
        ...
