"""What is recorded before a call, and of what needs none (R9.3, R11.5). Pure.

``intended`` is the Link as it is written before a call, ``noted`` what a step without one brings;
what an answer means is said in ``settle.py``.
"""

from dataclasses import dataclass, field, replace

from sync.engine.actions import (
    TO_OUTLOOK,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    Drop,
    Note,
    RemoveItem,
    Wait,
    Write,
    WriteEvent,
    WriteItem,
)
from sync.engine.answers import Settled
from sync.engine.cases import Case, Scene
from sync.engine.links import Hold, Intent, Link, Op, Side, Why
from sync.engine.reasons import SkipReason, explain
from sync.engine.settle import asked_first, deleted
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction, Tell
from sync.engine.texts import event_fingerprint, reserve_fingerprint
from sync.engine.waits import ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """What is recorded before a call: Links, and what is told of a try that will not stand."""

    link: Link
    also: tuple[Link, ...] = ()
    activity: tuple[ActivityEntry, ...] = ()
    tells: tuple[Tell, ...] = field(default=())


def intended(action: Write, scene: Scene) -> Intended:
    """Gives what is to be recorded before a call: a death after it loses nothing (R11.5)."""
    link = replace(action.link, intent=_intent(action))
    also: tuple[Link, ...] = ()
    if isinstance(action, CreateEvent):
        also = action.left
    is_try = isinstance(action, WriteItem) and not action.is_put_back
    if action.tell is None or is_try or isinstance(action, RemoveItem) or _is_follow(action):
        return Intended(link=link, also=also)
    # A try that will not stand is told with the intent to put it back: once, whatever dies (R9.3).
    tell = action.tell
    hold = link.hold
    if isinstance(action, WriteEvent | WriteItem):
        hold = Hold(why=Why.PUT_BACK, since=scene.now, of=tell.state)
    entry = _tried(action, tell, scene)
    return Intended(
        link=replace(link, told=tell.state, hold=hold),
        also=also,
        activity=(entry,),
        tells=(tell,),
    )


def _is_follow(action: Write) -> bool:
    return isinstance(action, WriteEvent) and action.is_meeting


def _intent(action: Write) -> Intent:
    match action:
        case CreateEvent() | CreateReserve():
            return asked_first(action)
        case WriteEvent():
            text = "" if action.content is None else event_fingerprint(action.content)
            return Intent(op=Op.WRITE, side=Side.OUTLOOK, interval=action.shows, text=text)
        case WriteItem():
            text = "" if action.content is None else reserve_fingerprint(action.content)
            return Intent(op=Op.WRITE, side=Side.BOOKING, interval=action.shows, text=text)
        case DeleteEvent():
            return Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=action.link.interval)
        case RemoveItem():
            return Intent(op=Op.DELETE, side=Side.BOOKING, interval=action.link.interval)


def _tried(action: Write, tell: Tell, scene: Scene) -> ActivityEntry:
    span = tell.new or tell.old
    undone = Side.OUTLOOK if isinstance(action, TO_OUTLOOK) else Side.BOOKING
    return ActivityEntry(
        at=scene.now,
        # What is put back on one side was tried towards the other (case 22).
        direction=_towards(undone.other),
        action=_what(action, tell),
        result=ActivityResult.REFUSED,
        title=tell.title,
        reason=tell.reason,
        start=None if span is None else span.start,
    )


def _what(action: Write, tell: Tell) -> ActivityAction:
    if isinstance(action, CreateEvent) and action.was_deleted:
        return ActivityAction.DELETED
    return ActivityAction.UPDATED if tell.new is None else ActivityAction.MOVED


def noted(case: Case, step: Note | Wait | Drop, scene: Scene) -> Settled:
    """Gives what a step without a call records."""
    link = case.link
    if isinstance(step, Drop):
        # A deletion whose answer was lost, and that took effect, is told as any other.
        if link.intent is not None and link.intent.op is Op.DELETE:
            return deleted(case, link, step.title, scene)
        also: tuple[Link, ...] = ()
        if link.origin is Side.BOOKING and link.outlook_id is not None and not link.has_ended:
            # Both sides are gone; out of the bin again, its event is no Meeting (R6.1).
            also = (ended(link, link.outlook_id, scene.now),)
        return Settled(key=link.key, case=None, also=also)
    activity: tuple[ActivityEntry, ...] = ()
    if step.left_out is not None:
        activity = (_left_out_entry(step, step.left_out, scene),)
    if isinstance(step, Note):
        after = replace(case, link=step.link, is_stored=True, refusal=None)
        return Settled(key=link.key, case=after, activity=activity)
    told = step.link.told
    if step.tell is not None:
        told, activity = step.tell.state, (_refused_entry(step, step.tell, scene),)
    waiting = replace(step.link, hold=step.hold, told=told)
    return Settled(
        key=link.key,
        case=replace(case, link=waiting, refusal=None, is_over=True, is_stored=True),
        activity=activity,
        tells=() if step.tell is None else (step.tell,),
    )


def _left_out_entry(step: Note | Wait, why: SkipReason, scene: Scene) -> ActivityEntry:
    """Says once that something takes no part, or waits, and why."""
    is_ours = step.link.origin is Side.BOOKING
    return ActivityEntry(
        at=scene.now,
        direction=_towards(Side.OUTLOOK if is_ours else Side.BOOKING),
        action=ActivityAction.LEFT_OUT,
        result=ActivityResult.OK,
        title=step.title,
        reason=explain(why).sentence,
        start=step.link.interval.start,
        waits_for=step.link.key,
    )


def _refused_entry(step: Wait, tell: Tell, scene: Scene) -> ActivityEntry:
    if tell.old is None:
        action = ActivityAction.CREATED
    else:
        action = ActivityAction.UPDATED if tell.new == tell.old else ActivityAction.MOVED
    span = tell.new or step.link.interval
    return ActivityEntry(
        at=scene.now,
        direction=Direction.TO_BOOKING,
        action=action,
        result=ActivityResult.REFUSED,
        title=step.title,
        reason=tell.reason,
        start=span.start,
        waits_for=step.link.key,
    )


def _towards(side: Side) -> Direction:
    return Direction.TO_OUTLOOK if side is Side.OUTLOOK else Direction.TO_BOOKING
