"""What the services need from the outside, as Protocols.

Every port is async; every call may raise ``Throttled`` or ``Unavailable`` besides what its
docstring names. A write that ends with ``Unavailable`` may have taken effect.
"""

from sync.ports.basics import Clock, IdFactory, Signer
from sync.ports.booking import BookingChanges, BookingGateway, BookingListing, StaffListing
from sync.ports.jobs import (
    AccountCause,
    AccountJob,
    Cause,
    JobQueue,
    MailJob,
    MailKind,
    SyncJob,
)
from sync.ports.ledger import (
    Cursors,
    Lease,
    Ledger,
    LedgerChange,
    LedgerRepository,
    Opened,
)
from sync.ports.mail import EmailSender, Mail
from sync.ports.mail_limits import (
    Limit,
    MailLimits,
    confirmations_for,
    confirmations_to,
    free_from,
    invitations_to,
    mails_to,
)
from sync.ports.outlook import CalendarGateway, CalendarGateways, OutlookRound
from sync.ports.person_rows import PersonRows, ReadableRow
from sync.ports.sign_in import (
    LoggedIn,
    LogIn,
    LogInRefused,
    MicrosoftSignIn,
    Prompt,
    SignIn,
    SignInRefused,
    TokenCaches,
)
from sync.ports.storage import (
    CalendarClaims,
    ConnectionRepository,
    FlowRepository,
    LocationRepository,
    SentMails,
    Stored,
    SubscriptionIndex,
)

__all__ = [
    "AccountCause",
    "AccountJob",
    "BookingChanges",
    "BookingGateway",
    "BookingListing",
    "CalendarClaims",
    "CalendarGateway",
    "CalendarGateways",
    "Cause",
    "Clock",
    "ConnectionRepository",
    "Cursors",
    "EmailSender",
    "FlowRepository",
    "IdFactory",
    "JobQueue",
    "Lease",
    "Ledger",
    "LedgerChange",
    "LedgerRepository",
    "Limit",
    "LocationRepository",
    "LogIn",
    "LogInRefused",
    "LoggedIn",
    "Mail",
    "MailJob",
    "MailKind",
    "MailLimits",
    "MicrosoftSignIn",
    "Opened",
    "OutlookRound",
    "PersonRows",
    "Prompt",
    "ReadableRow",
    "SentMails",
    "SignIn",
    "SignInRefused",
    "Signer",
    "StaffListing",
    "Stored",
    "SubscriptionIndex",
    "SyncJob",
    "TokenCaches",
    "confirmations_for",
    "confirmations_to",
    "free_from",
    "invitations_to",
    "mails_to",
]
