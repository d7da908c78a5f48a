"""Words for people in place of the contract's bare words.

Only tables of messages may live here, and what is made of them.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from sync.engine.lines import Line
from sync.engine.telling import ActivityAction, ActivityResult, Direction
from sync.engine.texts import OWN_TITLES
from sync.kept_texts import APPOINTMENTS
from sync.messages import said, said_many, zone_of
from sync.people.people import AccessType, ConnectionState, HeldAnswer, SyncResult
from sync.words import msgid

STATES: dict[str, str] = {
    ConnectionState.INACTIVE: msgid("Not activated"),
    ConnectionState.INVITED: msgid("Waiting for sign-in"),
    ConnectionState.AUTHORIZED: msgid("Signed in, not syncing"),
    ConnectionState.STARTING: msgid("First sync running"),
    ConnectionState.ACTIVE: msgid("Syncing"),
    ConnectionState.RECONNECT_NEEDED: msgid("Sign-in needed"),
    ConnectionState.DISCONNECTING: msgid("Disconnecting"),
}

#: Which colour a state has: ``good``, ``busy``, ``bad`` or ``quiet``.
STATE_TONES: dict[str, str] = {
    ConnectionState.INACTIVE: "quiet",
    ConnectionState.INVITED: "quiet",
    ConnectionState.AUTHORIZED: "quiet",
    ConnectionState.STARTING: "busy",
    ConnectionState.ACTIVE: "good",
    ConnectionState.RECONNECT_NEEDED: "bad",
    ConnectionState.DISCONNECTING: "busy",
}

INVITATIONS: dict[str, str] = {
    "none": msgid("Not invited yet: send an invitation."),
    "sent": msgid("Invitation sent. The next step is theirs: the link in the mail."),
    "expired": msgid("Invitation expired: send it again."),
    "failed": msgid(
        "Invitation could not be sent. Check the address in the profile, then send it again."
    ),
    "no_email": msgid(
        "No e-mail address: cannot be invited. Add one to the profile, or have them open the "
        "calendar sync from there."
    ),
}

#: What fails, said to the person themself; the stored sentence is the administrators'.
PROBLEMS: dict[str, str] = {
    "reconnect_needed": msgid(
        "Microsoft does not accept the sign-in any more, so syncing has stopped."
    ),
    "calendar_unclear": msgid(
        "The synced calendar was not found, and several others could be meant. Sign in again, or "
        "disconnect and choose one."
    ),
    "calendar_gone": msgid(
        "The synced calendar does not exist any more. Please choose another one."
    ),
    "mailbox_gone": msgid(
        "The Microsoft account has no mailbox any more. Please use another account."
    ),
    "calendar_in_use": msgid(
        "The calendar used before serves another account now. Please choose another one."
    ),
    "unreachable": msgid(
        "One of the calendars could not be reached for some time. It is tried again by itself."
    ),
    "mail_failed": msgid(
        "A message to you could not be sent. Please check your contact e-mail address."
    ),
}

#: What fails since a time, by the problem's code (R11.8).
FAILING: dict[str, str] = {
    "unreachable": msgid(
        "Outlook or the booking calendar can't be reached properly since {since}. It is tried "
        "again by itself, and nothing is removed."
    ),
    "booking_unreachable": msgid(
        "The booking product can't be reached properly since {since}. It is tried again by "
        "itself, and nothing is removed."
    ),
    "microsoft_unreachable": msgid(
        "Microsoft can't be reached properly since {since}. It is tried again by itself, and "
        "nothing is removed."
    ),
    "unreadable": msgid(
        "Outlook or the booking calendar has given answers that can't be understood since "
        "{since}. Support has to look at it; it is tried again by itself."
    ),
    "sign_in_unreadable": msgid(
        "The Microsoft sign-in that is stored here can't be opened since {since}. Sign in again, "
        "and syncing goes on by itself; nothing is removed."
    ),
    "unforeseen": msgid(
        "The sync has broken off for a reason that nobody foresaw since {since}. Support has to "
        "look at it; it is tried again by itself."
    ),
}

SYNC_RESULTS: dict[str, str] = {
    "none": "",
    SyncResult.OK: msgid("Everything is in step"),
    SyncResult.PARTIAL: msgid("Done, some items are waiting"),
    SyncResult.FAILED: msgid("Broken off"),
}

#: The same where it fails now: how it ended then says nothing about today (R11.8).
SYNC_RESULTS_THEN: dict[str, str] = SYNC_RESULTS | {
    SyncResult.OK: msgid("Everything was in step then"),
}

#: What becomes of held cancellations once the person has answered (R11.7).
BEING_DONE: dict[str, str] = {
    HeldAnswer.CANCEL: msgid("Being done: the appointments are being cancelled."),
    HeldAnswer.PUT_BACK: msgid(
        "Being done: the events are being put back into your Outlook calendar."
    ),
}

ACTIONS: dict[str, str] = {
    ActivityAction.CREATED: msgid("Created"),
    ActivityAction.UPDATED: msgid("Updated"),
    ActivityAction.MOVED: msgid("Moved"),
    ActivityAction.DELETED: msgid("Deleted"),
    ActivityAction.PUT_BACK: msgid("Put back"),
    ActivityAction.LEFT_OUT: msgid("Left out"),
    ActivityAction.STARTED: msgid("Sync started"),
    ActivityAction.RESYNCED: msgid("Resync"),
    ActivityAction.SETTINGS_CHANGED: msgid("Settings changed"),
    ActivityAction.DISCONNECTED: msgid("Disconnected"),
    ActivityAction.RECONNECTED: msgid("Signed in again with Microsoft"),
    ActivityAction.HELD: msgid("Held back, and you were asked"),
    ActivityAction.ANSWERED: msgid("No longer held back"),
}

#: The same where it was refused or failed.
NOT_DONE: dict[str, str] = {
    ActivityAction.CREATED: msgid("Could not be created"),
    ActivityAction.UPDATED: msgid("Could not be updated"),
    ActivityAction.MOVED: msgid("Could not be moved"),
    ActivityAction.DELETED: msgid("Could not be deleted"),
    ActivityAction.PUT_BACK: msgid("Could not be put back"),
    ActivityAction.LEFT_OUT: msgid("Could not be left out"),
}

#: Said as they stand: about the sync as a whole, with a reason that counts, or a title that does.
_OF_THE_WHOLE = {
    ActivityAction.STARTED,
    ActivityAction.RESYNCED,
    ActivityAction.SETTINGS_CHANGED,
    ActivityAction.DISCONNECTED,
    ActivityAction.RECONNECTED,
    ActivityAction.HELD,
    ActivityAction.ANSWERED,
}

RESULTS: dict[str, str] = {
    ActivityResult.OK: "",
    ActivityResult.REFUSED: msgid("Refused"),
    ActivityResult.FAILED: msgid("Failed"),
}

DIRECTIONS: dict[str, str] = {
    Direction.TO_OUTLOOK: msgid("in Outlook"),
    Direction.TO_BOOKING: msgid("in the booking calendar"),
    Direction.BOTH: msgid("in both calendars"),
}

SHOW_AS: dict[str, str] = {
    "free": msgid("Free"),
    "tentative": msgid("Tentative"),
    "busy": msgid("Busy"),
    "oof": msgid("Out of office"),
    "workingElsewhere": msgid("Working elsewhere"),
}


ACCESS_TYPES: dict[str, str] = {
    AccessType.HQ_ADMIN: msgid("HQ administrator"),
    AccessType.LOCATION_ADMIN: msgid("Location administrator"),
    AccessType.STAFF: msgid("Staff"),
    AccessType.VIEW_ONLY: msgid("View only"),
}


def titled(title: str, more: int = 0) -> str:
    """Gives a title as it is shown: ours as a message, anybody else's as it stands."""
    shown = said(title) if title in OWN_TITLES else title
    count = APPOINTMENTS.count(title)
    if count is not None:
        shown = said_many(APPOINTMENTS.text, APPOINTMENTS.many or APPOINTMENTS.text, count)
    if more:
        return said_many("{title} and {count} more", "{title} and {count} more", more, title=shown)
    return shown


def say_done(line: Line) -> str:
    """Says what a line of activity is about, on which side, and of how many items."""
    if line.action is ActivityAction.DISCONNECTED and line.count is None:
        return msgid("Disconnecting")
    if line.action in _OF_THE_WHOLE:
        return ACTIONS[line.action]
    words = ACTIONS if line.result is ActivityResult.OK else NOT_DONE
    done = said(
        "{done} {where}", done=said(words[line.action]), where=said(DIRECTIONS[line.direction])
    )
    if line.count is None:
        return done
    items = said_many("{count} item", "{count} items", line.count)
    return said("{done}: {items}", done=done, items=items)


def midnight_in(zone: str) -> Callable[[datetime], datetime]:
    """Gives what says when a date, a midnight in UTC, begins in a zone."""
    where = zone_of(zone)
    return lambda date: date.astimezone(UTC).replace(tzinfo=where)


def say_zone(name: str) -> str:
    """Names the zone that times are said in (R12.5)."""
    return getattr(zone_of(name), "key", "UTC").replace("_", " ")


def iso(moment: datetime) -> str:
    """Gives an instant as RFC 3339 in UTC, to the second, for machines."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
