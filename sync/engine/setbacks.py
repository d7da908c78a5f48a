"""A call that did not do what was wanted: no answer, another state, a refusal. Pure."""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import (
    TO_OUTLOOK,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    RemoveItem,
    Write,
    WriteEvent,
    WriteItem,
)
from sync.engine.answers import Lost, Settled, entry_of
from sync.engine.cases import SETTLING, Absent, Case, Scene
from sync.engine.items import BookingItem, Refusal
from sync.engine.links import Intent, Link, Op, Side, Why
from sync.engine.refusals import why
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction
from sync.engine.what_was_tried import try_state

#: Writes of one item that met another state, in one run, before it waits (case 70).
TRIES = 3


def lost(case: Case, answer: Lost, scene: Scene) -> Settled:
    """The intent stays: both sides are asked for before anything else is done about it."""
    hold = waits.unwritten(case, answer.code, scene.now, wait=answer.wait)
    intent = case.link.intent
    if answer.code == waits.THROTTLED and hold.tries == 1:
        # The pause of the person is wait enough, the first time (R11.6).
        hold = replace(hold, at=scene.now)
    if intent is not None and intent.op is Op.CREATE and intent.side is Side.OUTLOOK:
        # It may have been made, and no search shows it yet (R8.10, R11.5).
        hold = waits.at_least(hold, SETTLING, scene.now)
    link = replace(case.link, hold=hold)
    return Settled(key=link.key, case=replace(case, link=link, is_stored=True, is_over=True))


def met(case: Case, action: Write, scene: Scene) -> Settled:
    """Something else stands there: it is read again and decided again, some times (case 23).

    What was to be deleted and is not there may have another id by now, or have gone by a call whose
    answer was lost: it is looked for before that is believed, and the intent stays (R8.10).
    """
    tries = case.tries + 1
    intent = case.link.intent if isinstance(action, DeleteEvent) else None
    link = replace(case.link, intent=intent)
    if tries >= TRIES:
        hold = waits.unwritten(case, "changes_all_the_time", scene.now)
        waiting = replace(link, hold=hold)
        return Settled(
            key=link.key,
            case=replace(case, link=waiting, tries=tries, is_stored=True, is_over=True),
        )
    again = replace(case, link=link, tries=tries, is_stored=True, is_stale=False)
    if isinstance(action, TO_OUTLOOK):
        again = replace(again, outlook=Absent(), is_read=False, is_shown=False)
    else:
        again = replace(again, booking=Absent())
    return Settled(key=link.key, case=again)


def refused(case: Case, action: Write, refusal: Refusal, scene: Scene) -> Settled:
    """A refusal by the booking product may not be final yet (R8.16); any other one waits."""
    link = case.link
    if isinstance(action, WriteItem | CreateReserve) and not _is_put_back(action):
        before = replace(link, intent=None)
        return Settled(
            key=link.key,
            case=replace(
                case, link=before, refusal=refusal, refused_at=scene.freed, is_stored=True
            ),
        )
    if isinstance(action, WriteEvent) and action.is_meeting:
        # The Meeting stays where it is, so the Reserve goes back to it (R8.5).
        before = replace(link, intent=None)
        told = replace(refusal, detail=why(refusal))
        return Settled(key=link.key, case=replace(case, link=before, refusal=told))
    of = _state_of(case, action)
    hold = waits.refused(case, refusal.code, of, scene.now)
    is_new = link.hold is None or link.hold.why is not Why.REFUSED or link.hold.of != of
    link = replace(link, intent=link.intent if link.is_leftover else None, hold=hold)
    if isinstance(action, RemoveItem) and link.origin is Side.BOOKING:
        # Refused: the event is made again, and that is told (R8.2).
        return _not_removed(case, action, refusal, scene)
    entry = ActivityEntry(
        at=scene.now,
        direction=Direction.TO_OUTLOOK if isinstance(action, TO_OUTLOOK) else Direction.TO_BOOKING,
        action=_name(action),
        result=ActivityResult.FAILED if isinstance(action, TO_OUTLOOK) else ActivityResult.REFUSED,
        title=action.title,
        reason=why(refusal),
        start=link.interval.start,
        waits_for=link.key,
    )
    return Settled(
        key=link.key,
        case=replace(case, link=link, is_stored=True, is_over=True),
        activity=(entry,) if is_new else (),
    )


def _state_of(case: Case, action: Write) -> str:
    """Gives the state that was refused, where there is one: another is a new try (R7.5)."""
    match action:
        case CreateEvent():
            return action.item.version
        case WriteEvent(booking=BookingItem() as item):
            return item.version
        case WriteEvent(is_put_back=True):
            return try_state(case.outlook)
        case WriteEvent():
            return "" if case.link.base is None else case.link.base.booking.version
        case WriteItem() if isinstance(case.booking, BookingItem):
            return case.booking.version
        case _:
            return ""


def _not_removed(case: Case, action: RemoveItem, refusal: Refusal, scene: Scene) -> Settled:
    link = case.link
    intent = Intent(op=Op.CREATE, side=Side.OUTLOOK, interval=link.interval)
    tell = None if action.tell is None else replace(action.tell, reason=why(refusal))
    remade = replace(
        link,
        base=None,
        outlook_id=None,
        uid=None,
        generation="",
        intent=intent,
        hold=None,
        told=link.told if tell is None else tell.state,
    )
    also: tuple[Link, ...] = ()
    if link.outlook_id is not None:
        also = (waits.ended(link, link.outlook_id, scene.now),)
    entry = replace(
        entry_of(action, ActivityAction.DELETED, link.interval, scene),
        result=ActivityResult.REFUSED,
        reason=why(refusal),
    )
    return Settled(
        key=link.key,
        # What stands in the booking product is read for it: the refusal may have a reason there.
        case=replace(case, link=remade, booking=Absent(), outlook=None),
        also=also,
        activity=(entry,),
        tells=() if tell is None or link.told == tell.state else (tell,),
    )


def _is_put_back(action: WriteItem | CreateReserve) -> bool:
    return isinstance(action, WriteItem) and action.is_put_back


def _name(action: Write) -> ActivityAction:
    match action:
        case CreateEvent() | CreateReserve():
            return ActivityAction.CREATED
        case WriteEvent() | WriteItem():
            return ActivityAction.UPDATED
        case DeleteEvent() | RemoveItem():
            return ActivityAction.DELETED
