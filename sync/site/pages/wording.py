"""Words for people in place of the contract's bare words, and times in a person's zone.

Only tables of words and pure formatting may live here.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.engine.lines import Line
from sync.engine.telling import ActivityAction, ActivityResult, Direction
from sync.people.people import AccessType, ConnectionState, HeldAnswer, SyncResult

STATES: dict[str, str] = {
    ConnectionState.INACTIVE: "Not activated",
    ConnectionState.INVITED: "Waiting for sign-in",
    ConnectionState.AUTHORIZED: "Signed in, not syncing",
    ConnectionState.STARTING: "First sync running",
    ConnectionState.ACTIVE: "Syncing",
    ConnectionState.RECONNECT_NEEDED: "Sign-in needed",
    ConnectionState.DISCONNECTING: "Disconnecting",
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
    "none": "Not invited yet: send an invitation.",
    "sent": "Invitation sent. The next step is theirs: the link in the mail.",
    "expired": "Invitation expired: send it again.",
    "failed": "Invitation could not be sent. Check the address in the profile, then send it again.",
    "no_email": "No e-mail address: cannot be invited. Add one to the profile, or have them open "
    "Connect-Up from there.",
}

#: What fails, said to the person themself; the stored sentence is the administrators'.
PROBLEMS: dict[str, str] = {
    "reconnect_needed": "Microsoft does not accept the sign-in any more, so syncing has stopped.",
    "calendar_unclear": "The synced calendar was not found, and several others could be meant. "
    "Sign in again, or disconnect and choose one.",
    "calendar_gone": "The synced calendar does not exist any more. Please choose another one.",
    "mailbox_gone": "The Microsoft account has no mailbox any more. Please use another account.",
    "calendar_in_use": "The calendar used before serves another account now. Please choose "
    "another one.",
    "unreachable": "One of the calendars could not be reached for some time. It is tried again by "
    "itself.",
    "mail_failed": "A message to you could not be sent. Please check your contact e-mail address.",
}

#: What fails since a time, by the problem's code: said before "since ...", and after (R11.8).
FAILING: dict[str, tuple[str, str]] = {
    "unreachable": (
        "Outlook or the booking calendar can't be reached properly",
        "It is tried again by itself, and nothing is removed.",
    ),
    "microsoft_unreachable": (
        "Microsoft can't be reached properly",
        "It is tried again by itself, and nothing is removed.",
    ),
    "unreadable": (
        "Outlook or the booking calendar has given answers that can't be understood",
        "Support has to look at it; it is tried again by itself.",
    ),
    "unforeseen": (
        "The sync has broken off for a reason that nobody foresaw",
        "Support has to look at it; it is tried again by itself.",
    ),
}

SYNC_RESULTS: dict[str, str] = {
    "none": "",
    SyncResult.OK: "Everything is in step",
    SyncResult.PARTIAL: "Done, some items are waiting",
    SyncResult.FAILED: "Broken off",
}

#: The same where it fails now: how it ended then says nothing about today (R11.8).
SYNC_RESULTS_THEN: dict[str, str] = SYNC_RESULTS | {
    SyncResult.OK: "Everything was in step then",
}

#: What becomes of held cancellations once the person has answered (R11.7).
BEING_DONE: dict[str, str] = {
    HeldAnswer.CANCEL: "Being done: the appointments are being cancelled.",
    HeldAnswer.PUT_BACK: "Being done: the events are being put back into your Outlook calendar.",
}

ACTIONS: dict[str, str] = {
    ActivityAction.CREATED: "Created",
    ActivityAction.UPDATED: "Updated",
    ActivityAction.MOVED: "Moved",
    ActivityAction.DELETED: "Deleted",
    ActivityAction.PUT_BACK: "Put back",
    ActivityAction.LEFT_OUT: "Left out",
    ActivityAction.STARTED: "Sync started",
    ActivityAction.RESYNCED: "Resync",
    ActivityAction.SETTINGS_CHANGED: "Settings changed",
    ActivityAction.DISCONNECTED: "Disconnected",
    ActivityAction.RECONNECTED: "Signed in again with Microsoft",
    ActivityAction.HELD: "Held back, and you were asked",
    ActivityAction.ANSWERED: "No longer held back",
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
    ActivityResult.REFUSED: "Refused",
    ActivityResult.FAILED: "Failed",
}

DIRECTIONS: dict[str, str] = {
    Direction.TO_OUTLOOK: "in Outlook",
    Direction.TO_BOOKING: "in the booking calendar",
    Direction.BOTH: "in both calendars",
}

#: Seconds of a unit and its names, the largest first.
_UNITS = (
    (86_400, "day", "days"),
    (3_600, "hour", "hours"),
    (60, "minute", "minutes"),
)

SHOW_AS: dict[str, str] = {
    "free": "Free",
    "tentative": "Tentative",
    "busy": "Busy",
    "oof": "Out of office",
    "workingElsewhere": "Working elsewhere",
}


ACCESS_TYPES: dict[str, str] = {
    AccessType.HQ_ADMIN: "HQ administrator",
    AccessType.LOCATION_ADMIN: "Location administrator",
    AccessType.STAFF: "Staff",
    AccessType.VIEW_ONLY: "View only",
}


def say_done(line: Line) -> str:
    """Says what a line of activity is about, on which side, and of how many items."""
    action = ACTIONS[line.action]
    if line.action in _OF_THE_WHOLE:
        is_going_on = line.action is ActivityAction.DISCONNECTED and line.count is None
        return "Disconnecting" if is_going_on else action
    if line.result is not ActivityResult.OK:
        action = f"Could not be {action.lower()}"
    many = "" if line.count is None else f": {count(line.count, 'item', 'items')}"
    return f"{action} {DIRECTIONS[line.direction]}{many}"


def zone_of(name: str) -> ZoneInfo:
    """Gives a time zone; UTC where the name is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def midnight_in(zone: str) -> Callable[[datetime], datetime]:
    """Gives what says when a date, a midnight in UTC, begins in a zone."""
    where = zone_of(zone)
    return lambda date: date.astimezone(UTC).replace(tzinfo=where)


def say_time(moment: datetime, zone: str) -> str:
    """Says an instant in a zone so that no order of day and month can be mistaken."""
    local = moment.astimezone(zone_of(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def say_moment(moment: datetime, zone: str) -> str:
    """Says an instant of the last months in a zone: without weekday and year."""
    local = moment.astimezone(zone_of(zone))
    return f"{local.day} {local:%b, %H:%M}"


def say_span(start: datetime, end: datetime, zone: str) -> str:
    """Says a span in a zone; the day once where both ends share it."""
    first, last = (moment.astimezone(zone_of(zone)) for moment in (start, end))
    if first.date() == last.date():
        return f"{say_time(start, zone)}\N{EN DASH}{last:%H:%M}"
    return f"{say_time(start, zone)} \N{EN DASH} {say_time(end, zone)}"


def say_zone(name: str) -> str:
    """Names the zone that times are said in (R12.5)."""
    return zone_of(name).key.replace("_", " ")


def say_ago(moment: datetime, now: datetime) -> str:
    """Says how long ago an instant was, in the largest unit of which there is a whole one."""
    seconds = int((now - moment).total_seconds())
    for size, one, many in _UNITS:
        if seconds >= size:
            return f"{count(seconds // size, one, many)} ago"
    return "just now"


def iso(moment: datetime) -> str:
    """Gives an instant as RFC 3339 in UTC, to the second, for machines."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def count(number: int, one: str, many: str) -> str:
    """Says a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
