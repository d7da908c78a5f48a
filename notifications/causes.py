"""Why a calendar was disconnected, in words for the person (R9.4, R10.3, R10.4); pure."""

from dataclasses import dataclass

from sync.people.people import Connection, ConnectionState
from sync.words import msgid


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a calendar was disconnected; the texts may name the ``{product}``."""

    what: str
    meaning: str
    button: str
    heading: str = msgid("Your Outlook calendar is disconnected")
    subject: str = msgid("{product}: your Outlook calendar is disconnected")


_RECONNECT = msgid("Your Outlook calendar has to be reconnected")
_RECONNECT_SUBJECT = msgid("{product}: your Outlook calendar has to be reconnected")

#: By the code of the Connection's problem; ``deactivated`` and ``ended`` where there is none.
_CAUSES = {
    "reconnect_needed": Cause(
        heading=_RECONNECT,
        subject=_RECONNECT_SUBJECT,
        what=msgid(
            "Microsoft does not let the calendar sync into your account any more. That happens "
            "after a new password, when consent is withdrawn, or when an account is closed."
        ),
        meaning=msgid(
            "Nothing was removed from either calendar, but no change is carried over until you "
            "sign in again with the same Microsoft account. Then the sync goes on by itself."
        ),
        button=msgid("Sign in again"),
    ),
    "calendar_unclear": Cause(
        heading=_RECONNECT,
        subject=_RECONNECT_SUBJECT,
        what=msgid(
            "The Outlook calendar that was synced can't be found under its old id, and several "
            "others could be meant."
        ),
        meaning=msgid(
            "Nothing was removed from either calendar, but no change is carried over now. Sign "
            "in again if the calendar is back, or disconnect it on your settings page and choose "
            "one."
        ),
        button=msgid("Sign in again"),
    ),
    "calendar_gone": Cause(
        what=msgid("The Outlook calendar that was synced can't be found any more."),
        meaning=msgid(
            "The sync has ended. Time that was blocked in {product} for your Outlook meetings is "
            "free again. To go on, choose a calendar and press Start Sync."
        ),
        button=msgid("Choose a calendar"),
    ),
    "mailbox_gone": Cause(
        what=msgid("The mailbox of your Microsoft account can't be reached any more."),
        meaning=msgid(
            "The sync has ended. Time that was blocked in {product} for your Outlook meetings is "
            "free again. To go on, sign in with an account that has a mailbox."
        ),
        button=msgid("Connect again"),
    ),
    "deactivated": Cause(
        what=msgid(
            "The calendar sync is not active for you any more: an administrator of {product} "
            "switched it off, or you don't work at a location that has it."
        ),
        meaning=msgid(
            "What was synced is removed from both calendars; your own meetings and appointments "
            "stay. Ask an administrator of {product} if you want to connect again. Once you are "
            "activated, this is the way back."
        ),
        button=msgid("Connect again"),
    ),
    "ended": Cause(
        what=msgid("The sync of your Outlook calendar with {product} has ended."),
        meaning=msgid(
            "What was synced is removed from both calendars; your own meetings and "
            "appointments stay."
        ),
        button=msgid("Connect again"),
    ),
}


def cause_of(code: str, connection: Connection) -> Cause:
    """Gives the texts for a problem's code; one not known is told by the Connection's state."""
    return _CAUSES.get(code) or _CAUSES[_code_of(connection.state, active=connection.active)]


def _code_of(state: ConnectionState, *, active: bool) -> str:
    if state is ConnectionState.RECONNECT_NEEDED:
        return "reconnect_needed"
    return "ended" if active and state is not ConnectionState.INACTIVE else "deactivated"
