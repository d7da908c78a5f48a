"""Each port as the simulation names it, what it says of its errors, and how one is made."""

import inspect
from collections.abc import Iterator

from sync import errors
from sync.errors import Rejected, SyncError, TransientError, Unreadable
from sync.ports import (
    BookingGateway,
    CalendarClaims,
    CalendarGateway,
    ConnectionRepository,
    EmailSender,
    JobQueue,
    LedgerRepository,
    LocationRepository,
    MailLimits,
    MicrosoftSignIn,
    SentMails,
    SubscriptionIndex,
)
from sync.ports.raising import declared

PORTS: dict[str, type] = {
    "booking": BookingGateway,
    "outlook": CalendarGateway,
    "connections": ConnectionRepository,
    "locations": LocationRepository,
    "ledger": LedgerRepository,
    "claims": CalendarClaims,
    "index": SubscriptionIndex,
    "sign_in": MicrosoftSignIn,
    "sent": SentMails,
    "limits": MailLimits,
    "jobs": JobQueue,
    "email": EmailSender,
}


def errors_of(call: str) -> tuple[type[SyncError], ...]:
    """Gives what a call may end with, in the order of their names."""
    port, _, method = call.partition(".")
    return tuple(sorted(declared(PORTS[port], method), key=lambda each: each.__name__))


def made(error: type[SyncError]) -> SyncError:
    """Makes an error as an adapter would."""
    if issubclass(error, TransientError):
        return error("declared", retry_after=5)
    if error is Unreadable:
        return Unreadable("declared", code="http_403")
    if error is Rejected:
        return Rejected(status=400, code="bad_request", detail="No.")
    return error("declared")


def told_of(port: type) -> Iterator[tuple[str, frozenset[type[SyncError]]]]:
    """Reads from the docstrings of a port what each method raises."""
    for name, method in vars(port).items():
        if not inspect.iscoroutinefunction(method):
            continue
        raises = (inspect.getdoc(method) or "").partition("Raises:")[2].partition("Returns:")[0]
        named = {line.split(":")[0].strip() for line in raises.splitlines() if ":" in line}
        words = {word.strip() for each in named for word in each.split(",")}
        found = {getattr(errors, word, None) for word in words}
        yield (
            name,
            frozenset(
                each for each in found if isinstance(each, type) and issubclass(each, SyncError)
            ),
        )
