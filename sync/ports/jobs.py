"""Jobs, and the queues that carry them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sync.words import AccountId, PersonKey, StaffId


class Cause(StrEnum):
    """Why a sync was asked for; ``DUE`` is: something that waits is to be looked at again."""

    BOOKING_CHANGED = "booking_changed"
    OUTLOOK_CHANGED = "outlook_changed"
    STARTED = "started"
    RESYNC = "resync"
    DISCONNECTED = "disconnected"
    SWEEP = "sweep"
    RENEWAL = "renewal"
    SUBSCRIPTION_REMOVED = "subscription_removed"
    REAUTHORIZE = "reauthorize"
    DUE = "due"
    ANSWERED = "answered"
    CHOSEN_ANEW = "chosen_anew"
    CONTINUED = "continued"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncJob:
    """Says whose sync to run and why, never what to change (R11.1).

    ``attempt`` counts tries that ended with a passing failure; the delay grows with it.
    """

    person: PersonKey
    cause: Cause
    attempt: int = 0


class AccountCause(StrEnum):
    """What an account job has to look at, or which operation on many it goes on with (R3.5)."""

    STAFF_CHANGED = "staff_changed"
    LOCATIONS_CHANGED = "locations_changed"
    SWEEP_SHARD = "sweep_shard"
    RENEWAL_SHARD = "renewal_shard"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountJob:
    """Says which Account (or which shard of all people, for timers) to look at.

    ``staff_id`` narrows it to one person; ``shard`` is set for the two timer causes only. The other
    three are for activating and deactivating: whom, for which administrator, and when that was
    asked for, so that a job that comes late or twice undoes no later decision.
    """

    cause: AccountCause
    account_id: AccountId | None = None
    staff_id: StaffId | None = None
    shard: int | None = None
    staff_ids: tuple[StaffId, ...] = ()
    acting: StaffId | None = None
    asked_at: datetime | None = None


class MailKind(StrEnum):
    """The messages (section 9)."""

    INVITATION = "invitation"
    SYNC_COMPLETED = "sync_completed"
    NOT_UPDATED = "not_updated"
    DISCONNECTED = "disconnected"
    RECONNECTED = "reconnected"
    HELD = "held"
    CONFIRM_CONTACT = "confirm_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailJob:
    """Says which message to send to whom and for which cause; never an address or a text.

    ``key`` names the cause: two jobs with one key send one mail. ``reference`` is what the
    message is made from: an invitation's id, a bundle of tells, a problem's code.
    """

    kind: MailKind
    person: PersonKey
    key: str
    reference: str = ""

    @property
    def mark(self) -> str:
        """Gives what the mail is marked by as sent."""
        return f"{self.kind}:{self.person}:{self.key}"


class JobQueue(Protocol):
    """Sends jobs; every queue delivers at least once."""

    async def sync(self, job: SyncJob, *, delay: float = 0) -> None:
        """Queues a person's sync, visible after ``delay`` seconds."""
        ...

    async def account(self, job: AccountJob, *, delay: float = 0) -> None:
        """Queues work on an Account or a shard."""
        ...

    async def mail(self, job: MailJob, *, delay: float = 0) -> None:
        """Queues a message."""
        ...
