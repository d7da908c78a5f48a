"""What the messages about a sync say (R9.2, R9.3, R9.8, R11.7); pure.

Each function takes a ``Context`` and what the message is made from, and gives a ``Letter``.
"""

from collections.abc import Mapping
from datetime import datetime

from notifications.letters import Button, Context, Letter, Row, Section
from notifications.names import plain_name, unlinked
from sync.engine.reasons import SkipReason, explain
from sync.engine.telling import ActivityAction, Direction, Tell
from sync.engine.texts import OWN_TITLES
from sync.messages import MomentInFull, Several, SpanInFull, said, said_many
from sync.people.people import Connection, LastSync

_ACTION_LABELS = {
    ActivityAction.CREATED: said("Created"),
    ActivityAction.UPDATED: said("Updated"),
    ActivityAction.MOVED: said("Moved"),
    ActivityAction.DELETED: said("Removed"),
    ActivityAction.PUT_BACK: said("Put back"),
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
            _done_section(said("In Outlook"), Direction.TO_OUTLOOK, last_sync.counts),
            _done_section(
                said("In {product}", product=name), Direction.TO_BOOKING, last_sync.counts
            ),
        )
        if section.rows
    )
    left_out = _left_out_section(last_sync.counts)
    heading = said("Your Outlook calendar is in sync")
    subject = said("{product}: your Outlook calendar is in sync", product=name)
    is_all_well = not (waiting or asked or tells)
    if not is_all_well:
        # Something is not in sync: the subject may not say that all is well.
        left = _open(waiting, asked, blocked, refused)
        heading = said("Your calendars were compared; {left}", left=left)
        subject = said("{product}: your calendars were compared; {left}", product=name, left=left)
    paragraphs = [
        context.greeting,
        said(
            "Both calendars were compared; this ended on {time}.",
            time=MomentInFull(last_sync.ended_at, context.zone),
        ),
    ]
    if asked:
        paragraphs.append(
            said_many(
                "{count} appointment is not cancelled until you answer on the settings page.",
                "{count} appointments are not cancelled until you answer on the settings page.",
                asked,
            )
        )
    if waiting:
        paragraphs.append(
            said_many(
                "{count} item could not be synced yet. The settings page says which, and why.",
                "{count} items could not be synced yet. The settings page says which, and why.",
                waiting,
            )
        )
    if tells:
        paragraphs.append(
            said(
                "What could not be done is listed below; times are those of {zone}.",
                zone=context.zone,
            )
        )
    if not done and not is_all_well:
        paragraphs.append(said("Nothing else had to be changed."))
    elif not done:
        paragraphs.append(said("They agreed already: nothing had to be changed."))
    return Letter(
        subject=subject,
        heading=heading,
        paragraphs=tuple(paragraphs),
        sections=(
            *done,
            *(_tell_section(context, tell) for tell in (*blocked, *refused)),
            *((left_out,) if left_out.rows else ()),
        ),
        button=Button(label=said("Open my settings page"), url=context.settings_url),
        about=context.about,
        stop=said(
            "You chose to be told when a resync is completed. That can be changed at any time on "
            "your settings page."
        ),
        stop_url=context.settings_url,
    )


def not_updated(context: Context, tells: tuple[Tell, ...]) -> Letter:
    """Says what could not be updated from Outlook, all of one sync (R9.3)."""
    name = context.product.name
    if all(_is_blocking(tell) for tell in tells):
        # Nothing that the person did: a Meeting stands where the schedule is full (R7.5).
        heading = _blocked_words(tells)
        subject = said_many(
            "{product}: {count} meeting could not block time",
            "{product}: {count} meetings could not block time",
            len(tells),
            product=name,
        )
        intro = said(
            "These meetings of your Outlook calendar could not block their time in {product}. "
            "Times are those of {zone}.",
            product=name,
            zone=context.zone,
        )
    else:
        heading = _refused_words(tells)
        subject = said_many(
            "{product}: {count} change could not be made",
            "{product}: {count} changes could not be made",
            len(tells),
            product=name,
        )
        intro = said(
            "What you did could not be carried over to the other calendar. This is where "
            "everything stands now; times are those of {zone}.",
            zone=context.zone,
        )
    return Letter(
        subject=subject,
        heading=heading,
        paragraphs=(context.greeting, intro),
        sections=tuple(_tell_section(context, tell) for tell in tells),
        button=Button(label=said("Open my settings page"), url=context.settings_url),
        about=context.about,
        stop=said(
            "You chose to be told when an item cannot be updated from Outlook. That can be changed "
            "at any time on your settings page."
        ),
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
    many = len(tells)
    rest = len(tells) - _LISTED
    return Letter(
        subject=said_many(
            "{product}: {count} appointment waits for your answer",
            "{product}: {count} appointments wait for your answer",
            many,
            product=name,
        ),
        heading=_waiting_words(many),
        paragraphs=(
            context.greeting,
            said(
                "So many events were deleted from your Outlook calendar at once that this may "
                "have been a mistake. To carry it over would cancel the appointments below in "
                "{product}. Nothing is cancelled until you answer.",
                product=name,
            ),
            said(
                "If there is no answer by {time}, the events are put back into your Outlook "
                "calendar and the appointments stay.",
                time=MomentInFull(until, context.zone),
            ),
        ),
        sections=tuple(_held_section(context, tell) for tell in tells[:_LISTED]),
        button=Button(label=said("Answer on my settings page"), url=context.settings_url),
        notes=(_more(rest),) if rest > 0 else (),
        about=context.about,
        stop=said(
            "This message is always sent before many appointments would be cancelled at once. "
            "Which other messages you get is set on your settings page."
        ),
        stop_url=context.settings_url,
    )


def _asked(connection: Connection) -> int:
    """Gives how many appointments wait for the person's answer (R11.7)."""
    held = connection.held
    return 0 if held is None or held.answer is not None else held.count


def _waiting_words(count: int) -> str:
    return said_many(
        "{count} appointment waits for your answer",
        "{count} appointments wait for your answer",
        count,
    )


def _blocked_words(blocked: tuple[Tell, ...]) -> str:
    return said_many(
        "{count} meeting could not block time",
        "{count} meetings could not block time",
        len(blocked),
    )


def _refused_words(refused: tuple[Tell, ...]) -> str:
    return said_many(
        "{count} change could not be made", "{count} changes could not be made", len(refused)
    )


def _more(count: int) -> str:
    return said_many(
        "And {count} more: your settings page shows all of them.",
        "And {count} more: your settings page shows all of them.",
        count,
    )


def _open(
    waiting: int, asked: int, blocked: tuple[Tell, ...], refused: tuple[Tell, ...]
) -> Several:
    parts = []
    if asked:
        parts.append(_waiting_words(asked))
    if blocked:
        parts.append(_blocked_words(blocked))
    if refused:
        parts.append(_refused_words(refused))
    if waiting:
        parts.append(
            said_many(
                "{count} item could not be synced", "{count} items could not be synced", waiting
            )
        )
    return Several(parts)


def _done_section(heading: str, direction: Direction, counts: Mapping[str, int]) -> Section:
    rows = (
        Row(label=label, value=str(counts.get(f"{direction}.{action}", 0)))
        for action, label in _ACTION_LABELS.items()
    )
    return Section(heading=heading, rows=tuple(row for row in rows if row.value != "0"))


def _left_out_section(counts: Mapping[str, int]) -> Section:
    rows = (
        Row(
            label=said_many("{count} item", "{count} items", count),
            value=said(explain(reason).sentence),
        )
        for reason in SkipReason
        if (count := counts.get(f"left_out.{reason}", 0)) and reason not in _NOT_MISSED
    )
    return Section(heading=said("Left out, and why"), rows=tuple(rows))


def _held_section(context: Context, tell: Tell) -> Section:
    rows = (Row(label=said("Time"), value=SpanInFull(tell.old, context.zone)),) if tell.old else ()
    return Section(heading=_title(tell), rows=rows)


def _is_blocking(tell: Tell) -> bool:
    """Says whether it is about a Meeting that should block time, not about a change."""
    return tell.old is None and tell.new is not None


def _title(tell: Tell) -> str:
    return said(tell.title) if tell.title in OWN_TITLES else plain_name(tell.title)


def _tell_section(context: Context, tell: Tell) -> Section:
    zone = context.zone
    is_blocking = _is_blocking(tell)
    rows: list[Row] = []
    if tell.tried and not is_blocking:
        rows.append(Row(label=said("What you did"), value=_sentence(tell.tried)))
    if tell.old is not None:
        label = said("Time") if tell.new is None else said("Old time")
        rows.append(Row(label=label, value=SpanInFull(tell.old, zone)))
    if tell.new is not None:
        label = said("Time") if is_blocking else said("New time")
        rows.append(Row(label=label, value=SpanInFull(tell.new, zone)))
    if tell.reason:
        rows.append(Row(label=said("Why not"), value=_sentence(tell.reason)))
    if tell.now:
        rows.append(Row(label=said("Now"), value=_sentence(tell.now)))
    return Section(heading=_title(tell), rows=tuple(rows))


def _sentence(kept: str) -> str:
    """Gives a sentence that was kept; the booking product may have written it (R9.7)."""
    return said(unlinked(kept))
