"""How often something may be done, counted where all instances see it (R3.6, R9.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from unicodedata import normalize

from sync.errors import ContractBroken
from sync.ports.raising import may_raise
from sync.words import AccountId, PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many within any span of this length."""

    count: int
    span: timedelta


def free_from(
    times: Iterable[datetime], limits: tuple[Limit, ...], at: datetime
) -> datetime | None:
    """Gives when one more fits, ``None`` where it does at ``at``.

    Args:
        times: When it was done, in any order; times to come are bookings and count as well.
        limits: All of them have to hold.
        at: When it is wanted.
    """
    known = sorted(times)
    later = [
        known[-limit.count] + limit.span
        for limit in limits
        if len(known) >= limit.count and known[-limit.count] + limit.span > at
    ]
    return max(later, default=None)


def invitations_to(person: PersonKey) -> str:
    """Gives the key under which a person's invitations are counted (R3.6)."""
    return f"invitations:{person}"


def confirmations_to(address: str) -> str:
    """Gives the key under which an address's confirmation mails are counted (R9.7)."""
    return f"confirmation:{_mailbox(address)}"


def confirmations_for(account_id: AccountId) -> str:
    """Gives the key under which an Account's confirmation mails are counted (R9.7)."""
    return f"confirmations:{account_id}"


def mails_to(address: str) -> str:
    """Gives the key under which an address's mails of any kind are counted (R9.7)."""
    return f"address:{_mailbox(address)}"


def _mailbox(address: str) -> str:
    """Gives what an address's mails are counted under: one for all spellings of a mailbox.

    Most of the world takes capitals, wide letters and what stands behind a plus (RFC 5233) for the
    same mailbox: whoever may choose addresses would else fill it without a limit.
    """
    local, _, domain = normalize("NFKC", address).lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


class MailLimits(Protocol):
    """Counts mails by whatever a rule limits them by: an address, a person, an Account.

    Keys may hold addresses; what is stored tells nothing of them. What lies further back than the
    longest span asked for is forgotten.
    """

    @may_raise(ContractBroken)
    async def take(
        self, key: str, name: str, limits: tuple[Limit, ...], at: datetime
    ) -> datetime | None:
        """Counts one mail at a time, unless a limit forbids it.

        Args:
            key: What the limits are about.
            name: Of the mail: one that was taken is taken, however often it is asked for.
            limits: All of them have to hold.
            at: When it goes; may lie ahead.

        Returns:
            ``None`` where it is taken; else from when it would be, and nothing is counted.
        """
        ...

    @may_raise(ContractBroken)
    async def give_back(self, key: str, name: str) -> None:
        """Uncounts a mail that does not go after all; harmless where it was not counted."""
        ...

    async def forget(self, part: str, before: datetime) -> None:
        """Deletes what was last counted before a time (as the storage's clock has it).

        Args:
            part: Two hex digits: one of 256 parts of all keys.
            before: Long enough ago that no limit reaches back to it.
        """
        ...
