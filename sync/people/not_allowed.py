"""What people are told when their Connection doesn't allow what they ask (contract: Problem)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sync.errors import AuthorizationLost, CalendarLost, MailboxLost, Rejected
from sync.messages import MomentInFull, said
from sync.people.connection_states import signed_in, takes_part
from sync.people.people import Connection, ConnectionState, MicrosoftAccount
from sync.words import PersonKey, msgid

INVITED_ENOUGH = said(
    "This person was sent an invitation a moment ago, or enough of them for today."
)


def require_active(connection: Connection | None) -> Connection:
    """Gives the Connection of somebody who takes part (R2.6).

    Raises:
        Rejected: 409 ``not_active``.
    """
    if connection is None or not takes_part(connection):
        raise Rejected(
            status=409,
            code="not_active",
            detail=msgid(
                "The calendar sync is not activated for you. Ask an administrator of the booking "
                "product to activate it."
            ),
        )
    return connection


def require_account(connection: Connection | None) -> MicrosoftAccount:
    """Gives the Microsoft account of somebody who takes part and is signed in.

    Raises:
        Rejected: 409 ``not_active``, ``reconnect_needed`` or ``not_authorized``.
    """
    known = require_active(connection)
    account = signed_in(known)
    if account is not None:
        return account
    if known.state is ConnectionState.RECONNECT_NEEDED:
        raise reconnect_needed()
    raise not_authorized()


def not_authorized() -> Rejected:
    """The person has to sign in with Microsoft first."""
    return Rejected(
        status=409,
        code="not_authorized",
        detail=msgid("No Microsoft account is connected. Sign in with Microsoft first."),
    )


def reconnect_needed() -> Rejected:
    """Microsoft refuses the tokens of somebody who syncs (R10.3)."""
    return Rejected(
        status=409,
        code="reconnect_needed",
        detail=msgid(
            "Microsoft gives no access to your calendar any more. Sign in with the same "
            "Microsoft account again."
        ),
    )


def not_syncing() -> Rejected:
    """There is no calendar to compare or to disconnect."""
    return Rejected(
        status=409,
        code="not_syncing",
        detail=msgid("No Outlook calendar is connected at the moment."),
    )


def nothing_held() -> Rejected:
    """There is no such question to answer: answered, undone, or out of time (R11.7)."""
    return Rejected(
        status=409,
        code="nothing_held",
        detail=msgid("Nothing waits for your answer any more."),
    )


def held_changed() -> Rejected:
    """More appointments have joined the question than somebody has seen (R11.7)."""
    return Rejected(
        status=409,
        code="held_changed",
        detail=msgid(
            "More appointments wait for your answer by now, and nothing was cancelled. Please look "
            "at the list again."
        ),
    )


def already_syncing(detail: str) -> Rejected:
    """A calendar is connected, or still being removed."""
    return Rejected(status=409, code="already_syncing", detail=detail)


def disconnect_first() -> Rejected:
    """Another Microsoft account while one is in use (R4.3)."""
    return Rejected(
        status=409,
        code="disconnect_first",
        detail=msgid(
            "Your calendar is synced with another Microsoft account. Disconnect first, then "
            "sign in with this one."
        ),
    )


def never_activated(person: PersonKey) -> Rejected:
    """Neither a Connection nor a profile is there."""
    return Rejected(
        status=404,
        code="unknown_staff",
        detail=said("The booking product does not know the Staff Member {id}.", id=person.staff_id),
    )


def unknown_calendar() -> Rejected:
    """The calendar is not among those that may be chosen (R5.1)."""
    return Rejected(
        status=400,
        code="unknown_calendar",
        detail=msgid("This calendar is not one that you own and can edit. Choose another one."),
    )


def mailbox_lost() -> Rejected:
    """The Microsoft account has no mailbox."""
    return Rejected(
        status=409,
        code="mailbox_lost",
        detail=msgid(
            "Microsoft says that this account has no mailbox. Sign in with an account that has one."
        ),
    )


def too_many(code: str, what: str, *, at: datetime, now: datetime, zone: str) -> Rejected:
    """A limit of mails is reached (R3.6, R9.7).

    Args:
        code: The problem's bare type.
        what: Of which there were enough, as a sentence.
        at: From when it goes again.
        now: Now.
        zone: The time zone of who reads it, an IANA name.
    """
    # Rounded up: at the minute that is named it has to go.
    shown = at + timedelta(minutes=1, microseconds=-1)
    return Rejected(
        status=429,
        code=code,
        detail=said(
            "{what} It goes again from {time} on.", what=what, time=MomentInFull(shown, zone)
        ),
        retry_after=max((at - now).total_seconds(), 1),
    )


@contextmanager
def while_reading() -> Iterator[None]:
    """Turns what a person's own page meets in Outlook into what they are told.

    Raises:
        Rejected: 409 ``reconnect_needed`` or ``mailbox_lost``; 400 ``unknown_calendar``.
    """
    try:
        yield
    except AuthorizationLost as error:
        raise reconnect_needed() from error
    except MailboxLost as error:
        raise mailbox_lost() from error
    except CalendarLost as error:
        raise unknown_calendar() from error
