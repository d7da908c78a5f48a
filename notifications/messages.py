"""What the messages say (R9.1 to R9.4, R10.3, R11.7); pure.

Each function takes a ``Context`` and what the message is made from, and gives a ``Letter``.
"""

from collections.abc import Mapping
from datetime import datetime

from notifications.causes import cause_of
from notifications.letters import CONNECTOR, Button, Context, Letter, Row, Section, plural
from notifications.names import plain_name, unlinked
from notifications.times import moment, span
from sync.engine.reasons import SkipReason, explain
from sync.engine.telling import ActivityAction, Direction, Tell
from sync.people.people import (
    Connection,
    Invitation,
    LastSync,
    PendingContact,
)

_ACTION_LABELS = {
    ActivityAction.CREATED: "Created",
    ActivityAction.UPDATED: "Updated",
    ActivityAction.MOVED: "Moved",
    ActivityAction.DELETED: "Removed",
    ActivityAction.PUT_BACK: "Put back",
}
#: A longer list is not read in a mail; the settings page has all of it.
_LISTED = 50
#: Nobody misses these: they are cancelled, or what stands for them is on the other side already.
_NOT_MISSED = {
    SkipReason.BOOKING_CANCELLED,
    SkipReason.OWN_EVENT,
    SkipReason.SERIES_MASTER,
    SkipReason.MADE_FROM_MEETING,
}


def invitation(context: Context, invited: Invitation, link: str) -> Letter:
    """Invites a person to connect (R9.1)."""
    name = context.product.name
    return Letter(
        subject=f"Connect your Outlook calendar with {name}",
        heading="Connect your Outlook calendar",
        paragraphs=(
            context.greeting,
            (
                f"An administrator of {name} has activated {CONNECTOR} for you. It shows your "
                "appointments in your Outlook calendar, and can block the time of your Outlook "
                f"meetings in {name}."
            ),
            (
                f"Open the link, sign in with Microsoft, log in to {name}, and choose the "
                "calendar. Nothing is synced before you press Start Sync."
            ),
        ),
        button=Button(label="Connect my calendar", url=link),
        notes=(
            (
                f"The link is for you alone and is good until "
                f"{moment(invited.expires_at, context.zone)}. After that, open {CONNECTOR} from "
                f"your own profile in {name}, or ask your administrator for a new invitation."
            ),
        ),
        about=context.about,
        stop="You don't have to do anything if you don't want to connect. To get no more "
        "invitations, ask your administrator to deactivate you.",
    )


def confirm_contact(context: Context, asked: PendingContact, link: str) -> Letter:
    """Asks whether mail may go to an address: the only message to it until it is confirmed (R5.3).

    Whoever reads it may be a stranger: nothing in it can be chosen freely but two short names.
    """
    name = context.product.name
    who = plain_name(context.connection.staff.name)
    return Letter(
        subject=f"{name}: confirm your e-mail address",
        heading="Confirm your e-mail address",
        paragraphs=(
            "Hello,",
            (
                f"{who} asked for messages about a calendar that is synced with {name} to be sent "
                "to this address. Nothing else is sent here before you confirm it."
            ),
        ),
        button=Button(label="Confirm this address", url=link),
        notes=(f"The link is good until {moment(asked.expires_at, context.zone)}.",),
        about=context.about,
        stop="If you did not ask for this, do nothing: you get no other message, and this address "
        "is not used.",
    )


def sync_completed(context: Context, last_sync: LastSync, tells: tuple[Tell, ...] = ()) -> Letter:
    """Says what a first sync or Resync did (R9.2), and what it could not do: one mail (R9.8).

    ``counts`` is read by its keys: ``to_outlook.created`` and the like, and
    ``left_out.all_day`` and the like for what took no part.
    """
    name, waiting = context.product.name, context.connection.waiting
    blocked = tuple(tell for tell in tells if _is_blocking(tell))
    refused = tuple(tell for tell in tells if not _is_blocking(tell))
    # They wait as well, and are named.
    waiting = max(waiting - len(blocked), 0)
    asked = _asked(context.connection)
    done = tuple(
        section
        for section in (
            _done_section("In Outlook", Direction.TO_OUTLOOK, last_sync.counts),
            _done_section(f"In {name}", Direction.TO_BOOKING, last_sync.counts),
        )
        if section.rows
    )
    left_out = _left_out_section(last_sync.counts)
    heading = "Your Outlook calendar is in sync"
    is_all_well = not (waiting or asked or tells)
    if not is_all_well:
        # Something is not in sync: the subject may not say that all is well.
        heading = f"Your calendars were compared; {_open(waiting, asked, blocked, refused)}"
    paragraphs = [
        context.greeting,
        f"Both calendars were compared; this ended on {moment(last_sync.ended_at, context.zone)}.",
    ]
    if asked:
        paragraphs.append(
            f"{plural(asked, 'appointment is', 'appointments are')} not cancelled until you answer "
            "on the settings page."
        )
    if waiting:
        paragraphs.append(
            f"{plural(waiting, 'item', 'items')} could not be synced yet. The settings page "
            "says which, and why."
        )
    if tells:
        paragraphs.append(
            f"What could not be done is listed below; times are those of "
            f"{context.connection.staff.time_zone}."
        )
    if not done and not is_all_well:
        paragraphs.append("Nothing else had to be changed.")
    elif not done:
        paragraphs.append("They agreed already: nothing had to be changed.")
    return Letter(
        subject=f"{name}: {heading[0].lower()}{heading[1:]}",
        heading=heading,
        paragraphs=tuple(paragraphs),
        sections=(
            *done,
            *(_tell_section(context, tell) for tell in (*blocked, *refused)),
            *((left_out,) if left_out.rows else ()),
        ),
        button=Button(label="Open my settings page", url=context.settings_url),
        about=context.about,
        stop="You chose to be told when a resync is completed. That can be changed at any time on "
        "your settings page.",
        stop_url=context.settings_url,
    )


def not_updated(context: Context, tells: tuple[Tell, ...]) -> Letter:
    """Says what could not be updated from Outlook, all of one sync (R9.3)."""
    name = context.product.name
    zone = context.connection.staff.time_zone
    if all(_is_blocking(tell) for tell in tells):
        # Nothing that the person did: a Meeting stands where the schedule is full (R7.5).
        said = _blocked_words(tells)
        intro = (
            f"These meetings of your Outlook calendar could not block their time in {name}. "
            f"Times are those of {zone}."
        )
    else:
        said = _refused_words(tells)
        intro = (
            "What you did could not be carried over to the other calendar. This is where "
            f"everything stands now; times are those of {zone}."
        )
    return Letter(
        subject=f"{name}: {said}",
        heading=said,
        paragraphs=(context.greeting, intro),
        sections=tuple(_tell_section(context, tell) for tell in tells),
        button=Button(label="Open my settings page", url=context.settings_url),
        about=context.about,
        stop="You chose to be told when an item cannot be updated from Outlook. That can be "
        "changed at any time on your settings page.",
        stop_url=context.settings_url,
    )


def held(context: Context, tells: tuple[Tell, ...], until: datetime) -> Letter:
    """Asks whether many appointments are to be cancelled (R11.7).

    Args:
        context: Of the person.
        tells: The appointments whose events were deleted, each with its time.
        until: When they are put back if nobody has answered.
    """
    name = context.product.name
    wait = f"{plural(len(tells), 'appointment waits', 'appointments wait')} for your answer"
    rest = len(tells) - _LISTED
    return Letter(
        subject=f"{name}: {wait}",
        heading=wait,
        paragraphs=(
            context.greeting,
            (
                "So many events were deleted from your Outlook calendar at once that this may "
                "have been a mistake. To carry it over would cancel the appointments below in "
                f"{name}. Nothing is cancelled until you answer."
            ),
            (
                f"If there is no answer by {moment(until, context.zone)}, the events are put back "
                "into your Outlook calendar and the appointments stay."
            ),
        ),
        sections=tuple(_held_section(context, tell) for tell in tells[:_LISTED]),
        button=Button(label="Answer on my settings page", url=context.settings_url),
        notes=(f"And {rest} more: your settings page shows all of them.",) if rest > 0 else (),
        about=context.about,
        stop="This message is always sent before many appointments would be cancelled at once. "
        "Which other messages you get is set on your settings page.",
        stop_url=context.settings_url,
    )


def disconnected(context: Context, code: str) -> Letter:
    """Says that a calendar was disconnected, or that Microsoft ended the access (R9.4).

    Args:
        context: Of the person.
        code: Of the problem that led to it, or ``deactivated``; one that is not known here is
            told by the state of the Connection.
    """
    name = context.product.name
    connection = context.connection
    cause = cause_of(code, connection)
    return Letter(
        subject=f"{name}: {cause.heading[0].lower()}{cause.heading[1:]}",
        heading=cause.heading,
        paragraphs=(
            context.greeting,
            cause.what.format(product=name),
            cause.meaning.format(product=name),
        ),
        button=Button(label=cause.button, url=context.connect_url),
        about=context.about,
        stop="This message is always sent when a calendar is disconnected without your own doing. "
        "Which other messages you get is set on your settings page.",
        stop_url=context.settings_url,
    )


def reconnected(context: Context) -> Letter:
    """Says that a broken Connection works again (R10.3)."""
    name = context.product.name
    return Letter(
        subject=f"{name}: your Outlook calendar is connected again",
        heading="Your Outlook calendar is connected again",
        paragraphs=(
            context.greeting,
            (
                "You signed in with Microsoft again. Both calendars are being compared, and "
                "everything that changed meanwhile is caught up with. Nothing is made twice."
            ),
        ),
        button=Button(label="Open my settings page", url=context.settings_url),
        about=context.about,
        stop="This message is always sent after a calendar was reconnected. If it was not you who "
        "signed in, disconnect the calendar on your settings page.",
        stop_url=context.settings_url,
    )


def _asked(connection: Connection) -> int:
    """Gives how many appointments wait for the person's answer (R11.7)."""
    held = connection.held
    return 0 if held is None or held.answer is not None else held.count


def _blocked_words(blocked: tuple[Tell, ...]) -> str:
    return f"{plural(len(blocked), 'meeting', 'meetings')} could not block time"


def _refused_words(refused: tuple[Tell, ...]) -> str:
    return f"{plural(len(refused), 'change', 'changes')} could not be made"


def _open(waiting: int, asked: int, blocked: tuple[Tell, ...], refused: tuple[Tell, ...]) -> str:
    parts = []
    if asked:
        parts.append(
            plural(asked, "appointment waits for your answer", "appointments wait for your answer")
        )
    if blocked:
        parts.append(_blocked_words(blocked))
    if refused:
        parts.append(_refused_words(refused))
    if waiting:
        parts.append(plural(waiting, "item could not be synced", "items could not be synced"))
    return ", ".join(parts)


def _done_section(heading: str, direction: Direction, counts: Mapping[str, int]) -> Section:
    rows = (
        Row(label=label, value=str(counts.get(f"{direction}.{action}", 0)))
        for action, label in _ACTION_LABELS.items()
    )
    return Section(heading=heading, rows=tuple(row for row in rows if row.value != "0"))


def _left_out_section(counts: Mapping[str, int]) -> Section:
    rows = (
        Row(label=plural(count, "item", "items"), value=explain(reason).sentence)
        for reason in SkipReason
        if (count := counts.get(f"left_out.{reason}", 0)) and reason not in _NOT_MISSED
    )
    return Section(heading="Left out, and why", rows=tuple(rows))


def _held_section(context: Context, tell: Tell) -> Section:
    rows = () if tell.old is None else (Row(label="Time", value=span(tell.old, context.zone)),)
    return Section(heading=plain_name(tell.title), rows=rows)


def _is_blocking(tell: Tell) -> bool:
    """Says whether it is about a Meeting that should block time, not about a change."""
    return tell.old is None and tell.new is not None


def _tell_section(context: Context, tell: Tell) -> Section:
    zone = context.zone
    old = None if tell.old is None else span(tell.old, zone)
    new = None if tell.new is None else span(tell.new, zone)
    is_blocking = _is_blocking(tell)
    rows = (
        ("What you did", "" if is_blocking else tell.tried),
        ("Time" if new is None else "Old time", old),
        ("Time" if is_blocking else "New time", new),
        ("Why not", tell.reason),
        ("Now", tell.now),
    )
    return Section(
        heading=plain_name(tell.title),
        rows=tuple(Row(label=label, value=unlinked(value)) for label, value in rows if value),
    )
