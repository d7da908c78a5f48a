"""Step 6, settle: what an answer means for the Link, the activity and the person. Pure.

``settled`` is the way in: it hands what did not do what was wanted to ``setbacks.py``.
"""

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
from sync.engine.answers import Lost, Met, Outcome, Settled, entry_of
from sync.engine.cases import Case, Scene, believed
from sync.engine.causes import why_no_event, why_removed
from sync.engine.items import (
    BookingItem,
    Elsewhere,
    Gone,
    OutlookItem,
    Refusal,
    deletion_of,
)
from sync.engine.links import Base, Intent, Kind, Known, Link, Side, known_event, known_item
from sync.engine.plan import CANCELLED
from sync.engine.setbacks import lost, met, refused
from sync.engine.telling import (
    ActivityAction,
    ActivityEntry,
    ActivityResult,
    Direction,
    Tell,
)
from sync.engine.texts import UNREAD_TITLE, event_content, event_fingerprint, reserve_fingerprint
from sync.words import OutlookItemId, msgid

# --- after a call ---


def settled(case: Case, action: Write, outcome: Outcome, scene: Scene) -> Settled:
    """Gives what an answer means.

    Args:
        case: As it was when the call went out, its Link as ``intended`` recorded it.
        action: What was asked for.
        outcome: The answer; ``None`` is: gone, as wanted.
        scene: What it is judged under.
    """
    if isinstance(outcome, Lost):
        return lost(case, outcome, scene)
    if isinstance(outcome, Met):
        return met(case, action, scene)
    if isinstance(outcome, Refusal):
        return refused(case, action, outcome, scene)
    match action, believed(outcome, scene.now):
        case CreateEvent(), OutlookItem() as event:
            return _made_event(case, action, event, scene)
        case WriteEvent(), OutlookItem() as event:
            return _wrote_event(case, action, event, scene)
        case CreateReserve(), BookingItem() as item:
            return _made_reserve(case, action, item, scene)
        case WriteItem(), BookingItem() as item:
            return _wrote_item(case, action, item, scene)
        case DeleteEvent(), _:
            why = why_no_event(case, scene)
            done = deleted(case, case.link, action.title, scene, of=action.outlook_id, why=why)
            return replace(done, echoes=(deletion_of(action.outlook_id),))
        case RemoveItem(), _:
            return _removed(case, action, scene)
        case _:
            raise TypeError(f"{type(action).__name__} was answered by {type(outcome).__name__}")


def _made_event(case: Case, action: CreateEvent, event: OutlookItem, scene: Scene) -> Settled:
    item, asked = action.item, asked_first(action)
    base = Base(
        booking=_as_asked(known_item(item, None), asked),
        outlook=known_event(event, None),
        interval=asked.interval,
        # Of an item that changed since nobody tells again: an unknown text has it asked for.
        text=asked.text if item.version == asked.version else "",
    )
    link = replace(
        case.link,
        base=base,
        interval=item.interval,
        outlook_id=event.id,
        uid=event.uid,
        made=scene.now,
    )
    done = ActivityAction.PUT_BACK if action.is_put_back else ActivityAction.CREATED
    return _done(case, link, action, done, item=item, event=event, scene=scene)


def asked_first(action: CreateEvent | CreateReserve) -> Intent:
    """Gives what was asked for first under a creation's key: that may be what is there (R11.5)."""
    if action.link.intent is None:
        raise TypeError("a creation has its intent from the table")
    return action.link.intent


def _as_asked(origin: Known, asked: Intent) -> Known:
    """Gives the side where it was born as it was then: what changed since is still to be shown."""
    if origin.version == asked.version:
        return replace(origin, older=asked.older)
    return Known(version=asked.version, interval=asked.interval, older=asked.older)


def _wrote_event(case: Case, action: WriteEvent, event: OutlookItem, scene: Scene) -> Settled:
    link, base, item = case.link, case.link.base, action.booking
    if base is None:
        return lost(case, Lost(code="no_base"), scene)
    moved = action.shows != base.booking.interval or action.interval is not None
    if action.is_meeting and item is not None:
        # The Meeting stands where its Reserve was put; both agree from here on (R8.5).
        base = Base(
            booking=known_item(item, base),
            outlook=known_event(event, base).after(action.etag),
            interval=event.interval,
            text=base.text,
        )
        link = replace(link, base=base, interval=event.interval)
        return _done(case, link, action, ActivityAction.MOVED, item=item, event=event, scene=scene)
    text = base.text if action.content is None else event_fingerprint(action.content)
    base = Base(
        booking=base.booking if item is None else known_item(item, base),
        outlook=known_event(event, base).after(action.etag),
        interval=action.shows,
        text=text,
    )
    link = replace(link, base=base, interval=action.shows, uid=event.uid or link.uid)
    if action.is_put_back:
        done = ActivityAction.PUT_BACK
    else:
        done = ActivityAction.MOVED if moved else ActivityAction.UPDATED
    return _done(case, link, action, done, item=item, event=event, scene=scene)


def _made_reserve(case: Case, action: CreateReserve, item: BookingItem, scene: Scene) -> Settled:
    meeting, asked = action.meeting, asked_first(action)
    base = Base(
        booking=known_item(item, None),
        outlook=_as_asked(known_event(meeting, None), asked),
        interval=asked.interval,
        text=asked.text,
    )
    link = replace(
        case.link,
        base=base,
        interval=meeting.interval,
        booking_id=item.id,
        made=scene.now,
    )
    return _done(case, link, action, ActivityAction.CREATED, item=item, event=meeting, scene=scene)


def _wrote_item(case: Case, action: WriteItem, item: BookingItem, scene: Scene) -> Settled:
    link, base, event = case.link, case.link.base, action.event
    if base is None:
        return lost(case, Lost(code="no_base"), scene)
    freed = action.interval is not None and item.interval != base.booking.interval
    if link.origin is Side.OUTLOOK:
        text = base.text if action.content is None else reserve_fingerprint(action.content)
        seen = case.booking.version if isinstance(case.booking, BookingItem) else None
        booking = known_item(item, base).after(seen)
        if action.interval is None:
            # A time that comes back with a mere text is the office's move, still to be judged.
            booking = replace(booking, interval=base.booking.interval)
        after = Base(
            booking=booking,
            outlook=base.outlook if event is None else known_event(event, base),
            interval=action.shows,
            text=text,
        )
        shown = base.outlook.interval if event is None else event.interval
        link = replace(link, base=after, interval=shown)
        if action.is_put_back:
            done = ActivityAction.PUT_BACK
        else:
            moved = action.interval is not None
            done = ActivityAction.MOVED if moved else ActivityAction.UPDATED
        entry = entry_of(action, done, action.shows, scene)
        step = _done(case, link, action, done, item=item, event=event, scene=scene)
        return replace(step, activity=(entry,), freed=freed)
    # Fields that tell the time change with it: an unknown text makes the event be written anew.
    content = event_fingerprint(event_content(item, scene.product))
    after = Base(
        booking=known_item(item, base).after(action.version),
        outlook=base.outlook if event is None else known_event(event, base),
        interval=action.shows,
        text=base.text if content == base.text else "",
    )
    is_nothing_left = item.interval == base.booking.interval
    link = replace(link, base=after, interval=item.interval)
    tells: tuple[Tell, ...] = ()
    if is_nothing_left and action.tell is not None and case.link.told != action.tell.state:
        # The booking product put the move back onto where it was: nothing is left of it (R8.14).
        said = msgid("The booking product keeps coarser times, so the item stays where it was.")
        tells = (replace(action.tell, reason=said),)
    done_move = _done(case, link, action, ActivityAction.MOVED, item=item, event=event, scene=scene)
    after_move = done_move.case
    if after_move is not None and isinstance(case.outlook, Elsewhere):
        # It is still where it was moved, in the calendar that the person leaves (R5.9).
        after_move = replace(after_move, outlook=case.outlook)
    return replace(done_move, case=after_move, tells=tells, freed=freed)


def _removed(case: Case, action: RemoveItem, scene: Scene) -> Settled:
    link = case.link
    why = why_removed(case, scene, makes_room=action.rule == "R7.5")
    if link.origin is Side.OUTLOOK or link.outlook_id is None:
        entry = entry_of(action, ActivityAction.DELETED, link.interval, scene)
        entry = replace(entry, reason=why)
        after = action.after
        return Settled(
            key=link.key,
            case=None
            if after is None
            else replace(case, link=after, booking=Gone(), is_stored=True),
            activity=(entry,),
            freed=True,
            is_done=True,
        )
    return deleted(case, link, action.title, scene, freed=True, why=why)


def deleted(
    case: Case,
    link: Link,
    title: str,
    scene: Scene,
    *,
    of: OutlookItemId | None = None,
    freed: bool = False,
    why: str = "",
) -> Settled:
    """Both sides are gone, or the one that was to go; the event is remembered for a while."""
    event_id = of or link.outlook_id
    is_cancelled = link.intent is not None and link.intent.side is Side.BOOKING
    code = CANCELLED if is_cancelled and link.kind is Kind.APPOINTMENT else ""
    also: tuple[Link, ...] = ()
    if event_id is not None and link.origin is Side.BOOKING:
        also = (waits.ended(link, event_id, scene.now, code=code),)
    to_booking = is_cancelled or link.origin is Side.OUTLOOK
    entry = ActivityEntry(
        at=scene.now,
        direction=Direction.TO_BOOKING if to_booking else Direction.TO_OUTLOOK,
        action=ActivityAction.DELETED,
        result=ActivityResult.OK,
        title=title or UNREAD_TITLE,
        reason=why,
        start=link.interval.start,
    )
    # What the person made of an event that was put back: that has its own lines already.
    is_left_over = link.origin is Side.BOOKING and link.booking_id is None
    own = also[0].key == link.key if also else False
    return Settled(
        key=link.key,
        case=replace(case, link=also[0]) if own else None,
        also=() if own else also,
        activity=() if is_left_over else (entry,),
        freed=freed,
        is_done=True,
    )


def _done(
    case: Case,
    link: Link,
    action: Write,
    done: ActivityAction,
    *,
    item: BookingItem | None,
    event: OutlookItem | None,
    scene: Scene,
) -> Settled:
    """Records an action that took effect; both sides are what they are known to be now."""
    link = replace(link, intent=None, hold=None, told="")
    wrote_event = isinstance(action, TO_OUTLOOK)
    echo = event.etag if wrote_event and event is not None else None
    if not wrote_event and item is not None:
        echo = item.version
    return Settled(
        key=link.key,
        case=Case(link=link, booking=item, outlook=event, is_read=True, tries=case.tries),
        activity=(entry_of(action, done, link.interval, scene),),
        echoes=() if not echo else (echo,),
        is_done=True,
    )
