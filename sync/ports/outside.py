"""All ports together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sync.ports import (
    BookingGateway,
    CalendarClaims,
    CalendarGateways,
    Clock,
    ConnectionRepository,
    EmailSender,
    FlowRepository,
    IdFactory,
    JobQueue,
    LedgerRepository,
    LocationRepository,
    LogIn,
    MailLimits,
    MicrosoftSignIn,
    PersonRows,
    SentMails,
    Signer,
    SubscriptionIndex,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that the product needs from the outside, one for each port.

    ``closers`` end the connections to the storage, for a command; the functions keep theirs.
    """

    clock: Clock
    ids: IdFactory
    signer: Signer
    booking: BookingGateway
    calendars: CalendarGateways
    microsoft: MicrosoftSignIn
    booking_log_in: LogIn
    connections: ConnectionRepository
    locations: LocationRepository
    ledger: LedgerRepository
    claims: CalendarClaims
    subscriptions: SubscriptionIndex
    flows: FlowRepository
    sent: SentMails
    limits: MailLimits
    rows: PersonRows
    jobs: JobQueue
    email: EmailSender
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()
