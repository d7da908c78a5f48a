"""What became of an action, as values: the Link to keep, the activity, what to tell.

Pure: the executor makes the call, these functions say what its answer means for the record.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sync.domain.actions import (
    Action,
    ActivityAction,
    ActivityEntry,
    ActivityResult,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    DeleteReserve,
    Direction,
    Done,
    KeepLink,
    MoveBookingItem,
    MoveMeeting,
    Outcome,
    RemoveBookingItem,
    Tell,
    UpdateEvent,
    UpdateReserve,
)
from sync.domain.content import reserve_fingerprint
from sync.domain.model import (
    Interval,
    Link,
    LinkState,
    Origin,
    OutlookItemId,
    Refusal,
    outlook_key,
)
from sync.domain.reasons import SkipReason, explain

#: The booking product's word for a time that is taken, which it alone judges (R8.7).
_TAKEN = "slot_taken"
#: A refusal that will not change by itself: the item is parked after some tries (case 39).
_IMPOSSIBLE = "bad_request"

_DIRECTIONS: dict[type[Action], Direction] = {
    CreateEvent: Direction.TO_OUTLOOK,
    UpdateEvent: Direction.TO_OUTLOOK,
    DeleteEvent: Direction.TO_OUTLOOK,
    MoveMeeting: Direction.TO_OUTLOOK,
    CreateReserve: Direction.TO_BOOKING,
    UpdateReserve: Direction.TO_BOOKING,
    DeleteReserve: Direction.TO_BOOKING,
    MoveBookingItem: Direction.TO_BOOKING,
    RemoveBookingItem: Direction.TO_BOOKING,
}
_OTHER = {
    Direction.TO_OUTLOOK: Direction.TO_BOOKING,
    Direction.TO_BOOKING: Direction.TO_OUTLOOK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of activity before it has a time: what was done to which moment."""

    action: ActivityAction
    interval: Interval


def written(interval: Interval, before: Interval, *, is_put_back: bool) -> Happened:
    """Names a write of text and time by what a person sees of it."""
    if is_put_back:
        return Happened(action=ActivityAction.PUT_BACK, interval=interval)
    moved = interval != before
    return Happened(
        action=ActivityAction.MOVED if moved else ActivityAction.UPDATED, interval=interval
    )


def done(
    action: Action,
    link: Link | None,
    happened: Happened,
    now: datetime,
    *,
    also: tuple[Link, ...] = (),
    again: bool = False,
) -> Done:
    """Records an action that took effect."""
    entry = ActivityEntry(
        at=now,
        direction=_DIRECTIONS[type(action)],
        action=happened.action,
        result=ActivityResult.OK,
        title=action.title,
        start=happened.interval.start,
    )
    return Done(
        outcome=Outcome.DONE,
        key=action.link.key,
        link=None if link is None else replace(link, seen_at=now),
        also=also,
        again=again,
        activity=(entry,),
    )


def noted(action: Action, link: Link, tell: Tell, now: datetime) -> Done:
    """Records a try that will not stand, before it is put back.

    The tell goes with its state in the Link: a put back that is cut short is finished without
    telling again (R9.3).
    """
    span = tell.new or tell.old
    undone = _DIRECTIONS[type(action)]
    is_try = isinstance(action, MoveBookingItem | MoveMeeting)
    # What is put back on one side was tried towards the other (case 22).
    direction = undone if is_try else _OTHER[undone]
    entry = ActivityEntry(
        at=now,
        direction=direction,
        action=ActivityAction.UPDATED if tell.new is None else ActivityAction.MOVED,
        result=ActivityResult.REFUSED,
        title=tell.title,
        reason=tell.reason,
        start=None if span is None else span.start,
    )
    return Done(
        outcome=Outcome.REFUSED,
        key=link.key,
        link=replace(link, told=tell.state),
        tells=(tell,),
        activity=(entry,),
    )


def refused(
    action: Action,
    link: Link,
    refusal: Refusal,
    now: datetime,
    *,
    tell: Tell | None = None,
    also: tuple[Link, ...] = (),
    again: bool = False,
) -> Done:
    """Records an action that the other side refused."""
    direction = _DIRECTIONS[type(action)]
    is_rule = direction is Direction.TO_BOOKING
    match action:
        case CreateEvent() | CreateReserve():
            tried = ActivityAction.CREATED
        case MoveMeeting() | MoveBookingItem():
            tried = ActivityAction.MOVED
        case UpdateEvent() | UpdateReserve():
            tried = ActivityAction.UPDATED
        case _:
            tried = ActivityAction.DELETED
    entry = ActivityEntry(
        at=now,
        direction=direction,
        action=tried,
        result=ActivityResult.REFUSED if is_rule else ActivityResult.FAILED,
        title=action.title,
        reason=why(refusal),
        start=link.interval.start,
    )
    return Done(
        outcome=Outcome.REFUSED,
        key=action.link.key,
        link=replace(link, seen_at=now),
        also=also,
        again=again,
        refusal=refusal,
        tells=() if tell is None else (tell,),
        activity=(entry,),
    )


def waiting(
    action: CreateReserve | UpdateReserve,
    refusal: Refusal,
    now: datetime,
    *,
    is_kept: bool = False,
) -> Done:
    """Keeps a Meeting whose Reserve was refused; told once for each of its states (R7.5).

    ``is_kept``: the Reserve stands where it was, because its removal was refused as well.
    """
    link, interval = action.link, action.interval
    text = link.content if action.content is None else reserve_fingerprint(action.content)
    state = f"{text}:{interval.start.isoformat()}:{interval.end.isoformat()}"
    if is_kept and isinstance(action, UpdateReserve) and action.is_put_back:
        # Of the put back the person was told already, and is not told at each further try.
        state = link.told or "" if action.tell is None else action.tell.state
        stuck = replace(link, told=state, tries=link.tries + 1, reason=refusal.code)
        return refused(action, stuck, refusal, now)
    tried = replace(link, told=state, tries=link.tries + 1, reason=refusal.code)
    without = replace(
        tried,
        state=LinkState.PARKED if refusal.code == _IMPOSSIBLE else LinkState.WAITING,
        interval=interval,
        content=text,
        booking_id=None,
        booking_version=None,
        outlook_etag=action.etag,
    )
    stands = (
        "Its reserved time is as it was before." if is_kept else "The meeting is in Outlook only."
    )
    tell = Tell(
        title=action.title,
        tried="Your Outlook meeting should block this time.",
        reason=why(refusal),
        now=f"{stands} It is tried again when something changes.",
        state=state,
        new=interval,
    )
    after = tried if is_kept else without
    if state == link.told:
        # One of many tries: neither a mail nor the activity says it again.
        return replace(refused(action, after, refusal, now), activity=())
    return refused(action, after, refusal, now, tell=tell)


def kept(action: KeepLink, now: datetime) -> Done:
    """Records a Link without a write; a Meeting that is left alone is told in the activity."""
    link = replace(action.link, seen_at=action.link.seen_at or now)
    if action.left_out is None:
        return Done(outcome=Outcome.DONE, key=link.key, link=link)
    entry = ActivityEntry(
        at=now,
        direction=Direction.TO_BOOKING,
        action=ActivityAction.LEFT_OUT,
        result=ActivityResult.OK,
        title=action.title,
        reason=explain(action.left_out).sentence,
        start=link.interval.start,
    )
    return Done(outcome=Outcome.DONE, key=link.key, link=link, activity=(entry,))


def ended(link: Link, outlook_id: OutlookItemId, now: datetime) -> Link:
    """Remembers a deleted event of ours: a late report of it is no Meeting (R6.1)."""
    return Link(
        key=outlook_key(outlook_id),
        origin=Origin.BOOKING,
        state=LinkState.ENDED,
        interval=link.interval,
        outlook_id=outlook_id,
        seen_at=now,
    )


def why(refusal: Refusal) -> str:
    """Says in a sentence why the other side refused."""
    if refusal.code == _TAKEN:
        return "The booking product says that this time is taken."
    return refusal.detail or explain(SkipReason.REFUSED).sentence


def told(tell: Tell | None, refusal: Refusal) -> Tell | None:
    """Completes what the person is told with the other side's reason."""
    return None if tell is None else replace(tell, reason=why(refusal))
