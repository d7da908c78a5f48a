"""What was done to a sync as a whole, as lines of activity (R12.1): one line each, whatever dies.

A line is named by its time and action. It is written when a job first meets the deed, and again in
its place when it is carried out, with what that brought: counted from the lines that were written
together with what they tell of. So whoever dies writes the same line again.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sync.engine.cases import Scene, is_answered
from sync.engine.links import Link, removal_counts
from sync.engine.record import Recorder
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction
from sync.engine.texts import REMOVED_EVENTS, REMOVED_RESERVES, THE_CALENDAR
from sync.kept_texts import APPOINTMENTS, CREATED, DELETED, LEFT_THERE, MOVED, PUT_BACK, UPDATED
from sync.people.people import Connection, Deed, DeedKind, Goal, Held, HeldAnswer, SyncSettings
from sync.ports import LedgerRepository
from sync.words import PersonKey, msgid

_PAGE = 200
#: What counts as a change of an item.
_CHANGES = {
    ActivityAction.CREATED: CREATED,
    ActivityAction.UPDATED: UPDATED,
    ActivityAction.MOVED: MOVED,
    ActivityAction.PUT_BACK: PUT_BACK,
    ActivityAction.DELETED: DELETED,
}
_SIDES = {
    Direction.TO_OUTLOOK: msgid("In Outlook"),
    Direction.TO_BOOKING: msgid("In the booking calendar"),
    Direction.BOTH: msgid("In both calendars"),
}
#: How a change of each choice is named in the activity.
CHOICES = {
    "calendar_id": msgid("Outlook calendar"),
    "contact_email": msgid("Contact e-mail address"),
    "notify_resync_completed": msgid("Mail after a resync"),
    "notify_update_failed": msgid("Mail when a change in Outlook can't be taken over"),
    "sync_reserves": msgid("Reserves to Outlook"),
    "sync_meetings": msgid("Outlook meetings to the booking calendar"),
    "sync_meeting_details": msgid("Text of meetings"),
    "on_outlook_delete": msgid("What deleting in Outlook does"),
    "show_as": msgid("Show As that blocks time"),
}
_OF_MAIL = frozenset({"contact_email", "notify_resync_completed", "notify_update_failed"})
_BECAME = {True: msgid("yes"), False: msgid("no")}
_NOT_DONE = msgid("The calendar was disconnected before that was done.")
_GONE = {
    "calendar_gone": msgid("The calendar does not exist any more."),
    "mailbox_gone": msgid("The mailbox does not exist any more."),
}
#: What a question begins and ends with, also without an answer.
_OF_QUESTIONS = frozenset(
    {
        ActivityAction.HELD,
        ActivityAction.ANSWERED,
        ActivityAction.STARTED,
        ActivityAction.DISCONNECTED,
        ActivityAction.RECONNECTED,
    }
)


async def note_begun(recorder: Recorder, connection: Connection) -> None:
    """Writes the lines of what is to be carried out, without what it will bring."""
    lines = []
    for deed in connection.deeds:
        is_end = deed.what is DeedKind.DISCONNECTED
        said = (
            msgid("What was synced is being removed.") if is_end else _said_first(deed, connection)
        )
        lines.append(_line(deed, connection, said))
    if lines:
        await recorder.write(deeds=lines)


async def note_synced(
    recorder: Recorder,
    ledger: LedgerRepository,
    connection: Connection,
    standing: Mapping[str, int],
) -> None:
    """Says what each deed brought that a sync has carried out.

    Args:
        recorder: Holds the lease.
        ledger: What was done since.
        connection: As the sync met it.
        standing: What a first sync has made, by ``direction.action``.
    """
    lines = []
    for deed in connection.deeds:
        if _is_of_mail(deed):
            lines.append(_line(deed, connection, _said_first(deed, connection)))
            continue
        is_first = deed.what is DeedKind.STARTED
        done = standing if is_first else await _done_since(ledger, connection, deed)
        nothing = (
            msgid("Nothing was there to sync.") if is_first else msgid("Nothing had to be changed.")
        )
        said = f"{_said_first(deed, connection)} {_say(done) or nothing}".strip()
        lines.append(_line(deed, connection, said, sum(done.values())))
    if lines:
        await recorder.write(deeds=lines)


async def note_removed(
    recorder: Recorder, ledger: LedgerRepository, connection: Connection, *, left: int
) -> None:
    """Says what a removal has removed, and of all else that it was not carried out.

    ``left`` is how many items could not be removed (R10.5).
    """
    lines = []
    for deed in connection.deeds:
        said, count = _said_first(deed, connection), None
        if deed.what is DeedKind.DISCONNECTED:
            done = await _done_since(ledger, connection, deed)
            removed = {name: many for name, many in done.items() if name.endswith("deleted")}
            stays = LEFT_THERE.of(left) if left else ""
            parts = (_why(connection), _say(removed) or msgid("Nothing had to be removed."), stays)
            said, count = " ".join(part for part in parts if part), sum(removed.values())
        elif deed.what is not DeedKind.RECONNECTED and not _is_of_mail(deed):
            said = f"{said} {_NOT_DONE}".strip()
        lines.append(_line(deed, connection, said, count))
    if lines:
        await recorder.write(deeds=lines)


def removed_items(links: Sequence[Link], at: datetime) -> tuple[ActivityEntry, ...]:
    """Gives the lines of items that a removal has taken away; nothing knows their titles.

    ``at`` is when the job began, so that what it removes bit by bit is read as one.
    """
    events, reserves = removal_counts(links)
    return tuple(
        ActivityEntry(
            at=at,
            direction=direction,
            action=ActivityAction.DELETED,
            result=ActivityResult.OK,
            title=title,
            reason=msgid("The calendar was disconnected."),
            count=count,
        )
        for direction, count, title in (
            (Direction.TO_OUTLOOK, events, REMOVED_EVENTS),
            (Direction.TO_BOOKING, reserves, REMOVED_RESERVES),
        )
        if count
    )


async def note_question(
    recorder: Recorder, ledger: LedgerRepository, held: Held, scene: Scene
) -> None:
    """Notes that the person is asked about held cancellations, once (R11.7)."""
    if await _newest(recorder, ledger) is not ActivityAction.HELD:
        entry = _of_question(ActivityAction.HELD, Direction.TO_BOOKING, held, scene)
        reason = msgid("Their events were deleted in Outlook, many at once.")
        await recorder.write(activity=[replace(entry, reason=reason)])


async def note_answer(
    recorder: Recorder, ledger: LedgerRepository, held: Held, scene: Scene
) -> None:
    """Notes what came of the question, once (R11.7)."""
    if held.answer is HeldAnswer.CANCEL:
        said = msgid("You chose to cancel them.")
    elif held.answer is HeldAnswer.PUT_BACK:
        said = msgid("You chose to put them back.")
    elif is_answered(held, scene):
        said = msgid("There was no answer in time, so they were put back.")
    else:
        said = msgid("What was deleted is there again.")
    if await _newest(recorder, ledger) is not ActivityAction.ANSWERED:
        entry = _of_question(ActivityAction.ANSWERED, Direction.BOTH, held, scene)
        await recorder.write(activity=[replace(entry, reason=said)])


async def _newest(recorder: Recorder, ledger: LedgerRepository) -> ActivityAction | None:
    """Gives the newest line that begins or ends a question."""
    async for entry in _newest_first(ledger, recorder.lease.person):
        if entry.action in _OF_QUESTIONS:
            return entry.action
    return None


async def _done_since(ledger: LedgerRepository, connection: Connection, deed: Deed) -> Counter[str]:
    """Counts what was changed since a deed, by ``direction.action``."""
    done: Counter[str] = Counter()
    async for entry in _newest_first(ledger, connection.person):
        if entry.at < deed.at:
            break
        if entry.action in _CHANGES and entry.result is ActivityResult.OK:
            done[f"{entry.direction}.{entry.action}"] += entry.count or 1
    return done


async def _newest_first(
    ledger: LedgerRepository, person: PersonKey
) -> AsyncIterator[ActivityEntry]:
    place: str | None = None
    while page := await ledger.activity(person, cursor=place, limit=_PAGE):
        for _, entry in page:
            yield entry
        place = page[-1][0]


def _line(deed: Deed, connection: Connection, said: str, count: int | None = None) -> ActivityEntry:
    return ActivityEntry(
        at=deed.at,
        direction=Direction.BOTH,
        action=ActivityAction(deed.what.value),
        result=ActivityResult.OK,
        title=connection.calendar_name or THE_CALENDAR,
        reason=said,
        count=count,
    )


def _of_question(
    action: ActivityAction, direction: Direction, held: Held, scene: Scene
) -> ActivityEntry:
    return ActivityEntry(
        at=scene.now,
        direction=direction,
        action=action,
        result=ActivityResult.OK,
        title=APPOINTMENTS.of(held.count),
        count=held.count,
    )


def _is_of_mail(deed: Deed) -> bool:
    """Says whether nothing but mail was chosen otherwise: that counts at once (R5.9)."""
    return bool(deed.changed) and set(deed.changed) <= _OF_MAIL


def _said_first(deed: Deed, connection: Connection) -> str:
    settings = connection.settings
    if settings is None:
        return ""
    return " ".join(_choice(name, settings) for name in deed.changed if name in CHOICES)


def _choice(name: str, settings: SyncSettings) -> str:
    """Says what became of a choice, where that is one word; never an address."""
    value = getattr(settings, name)
    word = _BECAME[value] if isinstance(value, bool) else msgid("changed")
    return f"{CHOICES[name]}: {word}."


def _why(connection: Connection) -> str:
    """Says why everything was removed, where it was not the person's own doing."""
    problem = connection.problem
    if problem is not None and problem.code in _GONE:
        return _GONE[problem.code]
    is_own_doing = connection.goal is Goal.AUTHORIZED
    return "" if is_own_doing else msgid("The calendar sync is not activated for you any more.")


def _say(done: Mapping[str, int]) -> str:
    """Says how many items were changed on each side; nothing where none were."""
    sentences = []
    for direction, side in _SIDES.items():
        parts = [
            form.of(done[name])
            for action, form in _CHANGES.items()
            if done.get(name := f"{direction}.{action}")
        ]
        if parts:
            sentences.append(f"{side}: {', '.join(parts)}.")
    return " ".join(sentences)
