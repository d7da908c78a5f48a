"""What the services need from the outside, as Protocols.

Every port is async; every call may raise ``Throttled`` or ``Unavailable`` besides what its
docstring names. A write that ends with ``Unavailable`` may have taken effect.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sync.domain.actions import ActivityEntry, Tell
from sync.domain.model import (
    AccountId,
    BookingItem,
    BookingItemId,
    Calendar,
    CalendarId,
    Elsewhere,
    EventContent,
    Interval,
    Link,
    LinkKey,
    OutlookItem,
    OutlookItemId,
    PersonKey,
    Refusal,
    ReserveContent,
    StaffId,
)
from sync.domain.people import (
    Account,
    Connection,
    EnabledLocations,
    Location,
    MicrosoftAccount,
    StaffMember,
    Subscription,
)

# --- time and identity ---


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Gives the aware UTC time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class IdFactory(Protocol):
    """The only source of new ids."""

    def new(self) -> str:
        """Gives an unguessable id of 32 characters 0-9 a-f."""
        ...


# --- Outlook ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRound:
    """One finished round of the Outlook change feed (or a full read).

    Attributes:
        items: Newest state of each reported item, occurrences joined with their series. Masters
            are in it too, with ``kind`` MASTER.
        removed: Ids that the feed called removed: no proof of anything (R8.10).
        series: For each series mentioned, all ids of its occurrences and exceptions in the
            round: a known one that is missing may have been deleted.
        cursor: Where the next round starts; ``None`` where the feed could not give one.
    """

    items: tuple[OutlookItem, ...]
    removed: frozenset[OutlookItemId]
    series: dict[OutlookItemId, frozenset[OutlookItemId]]
    cursor: str | None


class CalendarGateway(Protocol):
    """One person's Outlook, reached with that person's tokens.

    Every method may raise ``AuthorizationLost`` and ``MailboxLost``; those with a calendar id
    ``CalendarLost`` where the calendar itself answers 404.
    """

    async def calendars(self) -> tuple[Calendar, ...]:
        """Lists all calendars, also shared and read-only ones."""
        ...

    async def read_all(self, calendar_id: CalendarId, interval: Interval) -> OutlookRound:
        """Reads everything that overlaps ``interval`` and starts a change feed over it."""
        ...

    async def read_changes(self, calendar_id: CalendarId, cursor: str) -> OutlookRound:
        """Reads what changed since the cursor.

        Raises:
            ResyncRequired: The cursor is not accepted any more.
        """
        ...

    async def get_event(
        self, calendar_id: CalendarId, item_id: OutlookItemId
    ) -> OutlookItem | None:
        """Asks for one item by the calendar's own path; ``None`` is the answer 404 for the item."""
        ...

    async def find_by_mark(self, calendar_id: CalendarId, mark: str) -> OutlookItem | None:
        """Searches the calendar for the oldest event that bears exactly this mark (R11.5)."""
        ...

    async def find_elsewhere(self, calendar_id: CalendarId, mark: str) -> Elsewhere | None:
        """Searches the person's other own calendars for an event with this mark (R8.12)."""
        ...

    async def create_event(
        self,
        calendar_id: CalendarId,
        *,
        content: EventContent,
        interval: Interval,
        mark: str,
        transaction_id: str,
    ) -> OutlookItem | Refusal:
        """Makes an event without attendees that shows as busy (R6.3).

        A repeat with the same ``transaction_id`` (a UUID) answers with the first event.
        """
        ...

    async def update_event(
        self,
        calendar_id: CalendarId,
        item_id: OutlookItemId,
        *,
        interval: Interval,
        content: EventContent | None = None,
        etag: str | None = None,
    ) -> OutlookItem | Refusal:
        """Writes time (and text) of an event, never as all-day.

        Raises:
            Gone: It is not there.
            Changed: Its etag is not ``etag`` any more.
        """
        ...

    async def delete_event(self, item_id: OutlookItemId) -> Refusal | None:
        """Deletes an event wherever it is; one that is gone already is fine."""
        ...

    async def subscribe(
        self, calendar_id: CalendarId, *, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Makes the one subscription for this calendar; an older one of ours is deleted first.

        The answer's ``expires_at`` is what Graph granted.
        """
        ...

    async def renew(self, subscription: Subscription, expires_at: datetime) -> Subscription:
        """Prolongs and reauthorizes a subscription.

        Raises:
            Gone: It has ended; a new one has to be made.
        """
        ...

    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription; one that is gone already is fine."""
        ...


class CalendarGateways(Protocol):
    """Opens Outlook for a person."""

    def open(self, person: PersonKey) -> CalendarGateway:
        """Gives the person's gateway; tokens are fetched at the first call."""
        ...


# --- Microsoft sign-in ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in that Microsoft confirmed; ``tokens`` is the serialised cache, secret."""

    account: MicrosoftAccount
    tokens: str


class SignInRefused(StrEnum):
    """Why a sign-in with Microsoft brought nothing (R4.2)."""

    DECLINED = "declined"
    ADMIN_CONSENT = "admin_consent"
    MISSING_SCOPE = "missing_scope"
    FAILED = "failed"


class TokenCaches(Protocol):
    """The serialised token cache of each person, sealed at rest."""

    async def load(self, person: PersonKey) -> "Stored[str] | None":
        """Opens a person's cache; ``None`` where there is none."""
        ...

    async def save(self, person: PersonKey, text: str, etag: str | None) -> "Stored[str]":
        """Seals and writes a cache; with ``etag`` ``None`` whatever was there before.

        Raises:
            Changed: The row has another etag.
        """
        ...

    async def delete(self, person: PersonKey) -> None:
        """Destroys a person's cache if there is one."""
        ...


class MicrosoftSignIn(Protocol):
    """The OAuth code flow with Microsoft (R4.1, R4.4)."""

    async def begin(self, *, login_hint: str | None = None) -> tuple[str, str]:
        """Starts a flow: gives the address to send the browser to, and the secret flow text."""
        ...

    async def finish(self, flow: str, query: dict[str, str]) -> SignIn | SignInRefused:
        """Ends a flow with what Microsoft sent along.

        Raises:
            UntrustedRequest: State, nonce or code don't belong to this flow.
        """
        ...

    async def remember(self, person: PersonKey, sign_in: SignIn) -> None:
        """Stores the tokens for the person, sealed; replaces older ones."""
        ...

    async def forget(self, person: PersonKey) -> None:
        """Destroys the person's tokens (R3.3)."""
        ...


# --- the booking product ---


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingListing:
    """All items that overlap the span asked for, and where the change feed goes on from."""

    items: tuple[BookingItem, ...]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingChanges:
    """What changed since a cursor, all pages: newest states, and ids the feed calls deleted."""

    items: tuple[BookingItem, ...]
    deleted: frozenset[BookingItemId]
    cursor: str


class BookingGateway(Protocol):
    """The booking product's API (contract: booking-api.openapi.yaml)."""

    async def account(self, account_id: AccountId) -> Account | None:
        """Reads an Account; ``None`` where there is none."""
        ...

    async def locations(self, account_id: AccountId) -> tuple[Location, ...]:
        """Lists the Locations of an Account; empty where there is no such Account."""
        ...

    async def staff(self, account_id: AccountId) -> tuple[StaffMember, ...]:
        """Lists the Staff Members of an Account; empty where there is no such Account."""
        ...

    async def staff_member(self, person: PersonKey) -> StaffMember | None:
        """Reads one profile; ``None`` where there is none."""
        ...

    async def items(self, person: PersonKey, interval: Interval) -> BookingListing:
        """Lists a schedule's items that overlap ``interval``; cancelled ones are among them.

        Raises:
            Gone: There is no such Staff Member.
        """
        ...

    async def changes(self, person: PersonKey, cursor: str) -> BookingChanges:
        """Reads a schedule's changes since the cursor.

        Raises:
            ResyncRequired: The cursor is too old.
            Gone: There is no such Staff Member.
        """
        ...

    async def item(self, person: PersonKey, item_id: BookingItemId) -> BookingItem | None:
        """Asks for one item; ``None`` is the answer 404."""
        ...

    async def create_reserve(
        self,
        person: PersonKey,
        *,
        content: ReserveContent,
        interval: Interval,
        external_ref: str,
        idempotency_key: str,
    ) -> BookingItem | Refusal:
        """Makes a Reserve; a repeat with the same key answers with the first one, literally."""
        ...

    async def update_item(
        self,
        person: PersonKey,
        item_id: BookingItemId,
        *,
        interval: Interval,
        content: ReserveContent | None = None,
        version: str | None = None,
    ) -> BookingItem | Refusal:
        """Moves an item, with ``content`` also writes a Reserve's title and notes.

        Raises:
            Gone: It is not there.
            Changed: Its version is not ``version`` any more.
        """
        ...

    async def remove_item(
        self, person: PersonKey, item_id: BookingItemId, *, version: str | None = None
    ) -> Refusal | None:
        """Deletes a Reserve or cancels an Appointment; one that is gone already is fine.

        Raises:
            Changed: Its version is not ``version`` any more.
        """
        ...


# --- what is kept for one person's sync ---


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored[T]:
    """A value as read, with the row's etag for the conditional write."""

    value: T
    etag: str


class ConnectionRepository(Protocol):
    """The Connections of all people."""

    async def get(self, person: PersonKey) -> Stored[Connection] | None:
        """Reads a Connection; ``None`` for somebody never activated."""
        ...

    async def put(self, connection: Connection, etag: str | None) -> Stored[Connection]:
        """Writes a Connection; with ``etag`` ``None`` it must not exist yet.

        Raises:
            Changed: The row has another etag.
            AlreadyExists: ``etag`` was ``None`` and there is a row.
        """
        ...

    async def of_account(self, account_id: AccountId) -> tuple[Connection, ...]:
        """Lists the Connections of an Account."""
        ...

    async def due(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists the people of a shard (0 to 15) whose ``due_at`` is at or before the time."""
        ...

    async def expiring(self, shard: int, before: datetime) -> tuple[PersonKey, ...]:
        """Lists the people of a shard whose subscription ends at or before the time."""
        ...


class LocationRepository(Protocol):
    """Where the plugin is enabled."""

    async def get(self, account_id: AccountId) -> Stored[EnabledLocations] | None:
        """Reads an Account's enabled Locations; ``None`` where it never had any."""
        ...

    async def put(self, enabled: EnabledLocations, etag: str | None) -> None:
        """Writes them.

        Raises:
            Changed: The row has another etag (or exists, with ``etag`` ``None``).
        """
        ...


class CalendarClaims(Protocol):
    """Which person a calendar serves: one at most, over all Accounts (R5.2)."""

    async def claim(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> bool:
        """Takes a calendar for a person; ``False`` while another person has it. Repeatable."""
        ...

    async def release(
        self, microsoft: MicrosoftAccount, calendar_id: CalendarId, person: PersonKey
    ) -> None:
        """Gives a calendar back if this person has it."""
        ...


class SubscriptionIndex(Protocol):
    """Finds the person behind a Graph subscription id."""

    async def put(self, subscription: Subscription, person: PersonKey) -> None:
        """Writes or replaces an entry."""
        ...

    async def find(self, subscription_id: str, client_state: str) -> PersonKey | None:
        """Gives the person if the id is known and the client state fits (constant time)."""
        ...

    async def drop(self, subscription_id: str) -> None:
        """Deletes an entry if there is one."""
        ...


class FlowRepository(Protocol):
    """What a browser's log-in needs between two requests: sealed, short-lived (R4.4)."""

    async def save(self, flow_id: str, content: str, expires_at: datetime) -> None:
        """Writes or replaces a flow."""
        ...

    async def load(self, flow_id: str) -> str | None:
        """Reads a flow; ``None`` where there is none or it has expired."""
        ...

    async def drop(self, flow_id: str) -> bool:
        """Deletes a flow; ``False`` where it was gone already: somebody used it first."""
        ...


class SentMails(Protocol):
    """Which mails were sent: never twice for one cause (R9.5)."""

    async def claim(self, key: str) -> bool:
        """Marks a mail as being sent; ``False`` where it was marked before."""
        ...

    async def unclaim(self, key: str) -> None:
        """Takes a mark back after a failure that certainly sent nothing."""
        ...


# --- signing ---


class Signer(Protocol):
    """Signs short JSON values that travel through browsers and mails (R3.4, R4.4)."""

    def sign(self, purpose: str, value: dict[str, str]) -> str:
        """Gives a URL-safe token; values signed for another purpose don't verify."""
        ...

    def verify(self, purpose: str, token: str) -> dict[str, str]:
        """Gives the signed value back.

        Raises:
            UntrustedRequest: The token is malformed or not ours.
        """
        ...


# --- queues ---


class Cause(StrEnum):
    """Why a sync was asked for."""

    BOOKING_CHANGED = "booking_changed"
    OUTLOOK_CHANGED = "outlook_changed"
    STARTED = "started"
    RESYNC = "resync"
    DISCONNECTED = "disconnected"
    SWEEP = "sweep"
    RENEWAL = "renewal"
    SUBSCRIPTION_REMOVED = "subscription_removed"
    REAUTHORIZE = "reauthorize"
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
    """What an account job has to look at."""

    STAFF_CHANGED = "staff_changed"
    LOCATIONS_CHANGED = "locations_changed"
    SWEEP_SHARD = "sweep_shard"
    RENEWAL_SHARD = "renewal_shard"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountJob:
    """Says which Account (or which shard of all people, for timers) to look at.

    ``staff_id`` narrows it to one person; ``shard`` is set for the two timer causes only.
    """

    cause: AccountCause
    account_id: AccountId | None = None
    staff_id: StaffId | None = None
    shard: int | None = None


class MailKind(StrEnum):
    """The five messages (section 9)."""

    INVITATION = "invitation"
    SYNC_COMPLETED = "sync_completed"
    NOT_UPDATED = "not_updated"
    DISCONNECTED = "disconnected"
    RECONNECTED = "reconnected"


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


class Wakes(Protocol):
    """Collapses a storm of wake-ups into one queued job (R11.2)."""

    async def want(self, person: PersonKey) -> bool:
        """Notes that a sync is wanted; ``True`` when a job has to be queued for it.

        A note older than a minute without a job having started counts as lost.
        """
        ...

    async def started(self, person: PersonKey) -> None:
        """Notes that a job begins to read: later wake-ups need another job."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A rendered message to one address."""

    to: str
    subject: str
    text: str
    html: str


class EmailSender(Protocol):
    """Sends one mail."""

    async def send(self, mail: Mail, *, operation_id: str) -> None:
        """Hands a mail over; a repeat with the same ``operation_id`` (a UUID) sends once.

        Raises:
            Rejected: The service refuses this mail for good.
        """
        ...
