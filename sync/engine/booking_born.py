"""Section 8, first table: Appointments and Reserves born in the booking product. Pure.

``decide`` is the way in. It looks at one case and at what it is judged under, never at other cases:
what several of them mean together is for ``plan.py`` to say.
"""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import Decision, Drop, Note, Skip, WriteEvent
from sync.engine.booking_born_actions import (
    creation,
    deletion,
    dragged_tell,
    made_again,
    untold,
)
from sync.engine.booking_born_moves import has_moved, moved, reshaped
from sync.engine.cases import (
    SETTLING,
    Absent,
    Case,
    Scene,
    Trouble,
    as_read,
    at_left,
    is_due,
    is_left,
    is_settling,
)
from sync.engine.deletions import of_deleted
from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem
from sync.engine.links import Base, Hold, Known, Link, Op, Why, given_back, known_event, known_item
from sync.engine.reasons import SkipReason, explain
from sync.engine.taking_part import booking_reason, left_out_reason
from sync.engine.telling import Tell
from sync.engine.texts import booking_title, event_content, event_fingerprint
from sync.engine.what_was_tried import (
    is_own_move,
    is_series,
    must_be_remade,
    shape_of,
    title_of,
    try_state,
    what_was_tried,
)
from sync.words import msgid


def decide(case: Case, scene: Scene) -> Decision:
    """Decides one row of the table; a side that is ``None`` was not reported: it is the same."""
    link = case.link
    if case.waits_for(Why.ENDED):
        return Drop(link=link, rule="R6.1") if is_due(case, scene) else None
    if link.is_leftover:
        # What is left over of an event that was made again (R8.9, R8.12).
        is_waiting = link.hold is not None and case.outlook is None and not is_due(case, scene)
        return None if is_waiting else _end(case, "R8.12", scene)
    if isinstance(case.booking, Trouble):
        return waits.unread(case, case.booking, scene)
    if link.base is None:
        return _alone(case, scene)
    return _pair(case, link.base, scene)


# --- an item without an event ---


def _alone(case: Case, scene: Scene) -> Decision:
    """Decides about an item that has no event, or whose event is being made (R6.1, R11.5)."""
    link, item, event = case.link, case.booking, case.outlook
    begun = link.intent is not None and link.intent.op is Op.CREATE
    if not isinstance(item, BookingItem | Gone):
        return waits.read_late(case, scene) if case.is_stale else None
    if begun and isinstance(event, Trouble | Absent):
        hold = waits.unreadable(case, event.code or "not_searched", scene.now)
        return waits.wait(case, waits.at_least(hold, SETTLING, scene.now))
    reason = left_out_reason(item, scene.policy)
    if begun and isinstance(event, OutlookItem):
        return _adopted(case, event, scene)
    ends = isinstance(item, Gone) or booking_reason(item, scene.policy) is not None
    if begun and isinstance(event, Elsewhere):
        # Dragged away before anybody recorded it: made again under another mark (R8.12).
        if ends or isinstance(item, Gone):
            return deletion(case, event.outlook_id, "R8.12")
        return made_again(case, item, "R8.12", dragged_tell(case, item, event), scene)
    if begun and isinstance(event, Gone) and not waits.is_looked_for_twice(link, scene):
        # A search may be older than what was made a moment ago (R8.10, R11.5).
        hold = waits.settling(scene.now, scene.now)
        return None if case.waits_for(Why.STALE, Why.UNREADABLE) else waits.wait(case, hold)
    if isinstance(item, Gone) or reason not in {None, SkipReason.BEYOND_WINDOW}:
        if case.is_stored:
            # What was found of it may not have been deleted yet (R11.5).
            return _end(case, "R6.1", scene)
        if isinstance(item, Gone) or reason is None:
            return None
        return Skip(item=item, reason=reason)
    if reason is None or begun:
        return _create(case, item, scene)
    if not scene.horizon.overlaps(item.interval):
        # Beyond what the feeds cover a later full read meets it (R11.4).
        return Drop(link=link, rule="R11.4") if case.is_stored else Skip(item=item, reason=reason)
    hold = Hold(
        why=Why.BEYOND,
        since=link.hold.since if link.hold is not None else scene.now,
        at=item.interval.start - (scene.policy.window.interval.end - scene.now),
    )
    beyond = replace(link, interval=item.interval, hold=hold, intent=None)
    if beyond == link:
        return Skip(item=item, reason=reason)
    return Note(link=beyond, rule="R11.4")


def _create(case: Case, item: BookingItem, scene: Scene) -> Decision:
    """Makes the event, unless it was refused and nothing has changed since (R7.5)."""
    link = case.link
    if not waits.may_try(case, item.version, scene):
        return Skip(item=item, reason=SkipReason.REFUSED)
    rule = "R11.5" if link.intent is not None else "R6.1"
    return creation(link, item, rule, scene)


def _adopted(case: Case, event: OutlookItem, scene: Scene) -> Decision:
    """The event is there although nobody recorded it: from here on it is a pair like any other."""
    link, intent = case.link, case.link.intent
    if intent is None:
        return None
    base = Base(
        booking=Known(version=intent.version, interval=intent.interval, older=intent.older),
        outlook=Known(version=event.etag, interval=intent.interval, modified=event.modified),
        interval=intent.interval,
        text=intent.text,
    )
    adopted = replace(
        link, base=base, intent=None, hold=None, outlook_id=event.id, uid=event.uid, made=scene.now
    )
    step = _pair(replace(case, link=adopted), base, scene)
    return Note(link=adopted, rule="R11.5") if step is None else step


# --- a pair ---


def _pair(case: Case, base: Base, scene: Scene) -> Decision:
    link, item, event = case.link, case.booking, case.outlook
    window, left = scene.policy.window, at_left(case)
    no_part = booking_reason(item, scene.policy) if isinstance(item, BookingItem) else None
    is_everywhere = isinstance(item, Gone) or no_part is not None or left is not None
    # What has to go, or to follow, is looked at in whichever calendar it is (R5.9, R8.12).
    there = as_read(event) if is_everywhere else event
    if waits.has_passed(case, base.booking.interval, (item, there), scene):
        return waits.laid_to_rest(link)

    # gone | anything: the event is deleted.
    if isinstance(item, Gone) or no_part is not None:
        rule = explain(no_part).rule if no_part is not None else "R6.1"
        return _end(case, rule, scene)
    if isinstance(item, Absent | Trouble):
        return None
    is_ahead = left is not None and not (window.has_passed(left.interval) or shape_of(left))
    has_passed = isinstance(item, BookingItem) and window.has_passed(item.interval)
    if has_passed and must_be_remade(event) and not is_ahead:
        # It would have to be made again in the past, where nothing is made (R11.4).
        return _end(case, "R11.4", scene)
    is_changed = isinstance(item, BookingItem) and item.version != base.booking.version
    if isinstance(item, BookingItem) and is_changed and not is_own_move(link, item):
        return _changed(case, base, item, scene)
    if isinstance(item, BookingItem) and is_changed:
        # Our own move, whose answer was lost: what the booking product has now is the answer.
        base = replace(base, booking=known_item(item, base))

    match event:
        case Trouble() | Absent():
            return waits.unread(case, event, scene)
        # same | deleted (R8.2)
        case Gone():
            return of_deleted(case, base, item, scene)
        # same | dragged into another calendar (R8.12)
        case Elsewhere():
            if item is None:
                return waits.read_late(case, scene)
            if left is not None and (shape := shape_of(left)) is not None:
                return reshaped(case, base, item, left, scene, shape=shape)
            if left is not None and has_moved(base, left):
                return moved(case, base, item, left, scene)
            return made_again(case, item, "R8.12", dragged_tell(case, item, event), scene)
        # What was refused to be put back waits, unless the person did something else (R11.9).
        case OutlookItem() if not waits.may_try(case, try_state(event), scene):
            return None
        # same | made all-day, or a series (R8.9)
        case OutlookItem() if (shape := shape_of(event)) is not None:
            return reshaped(case, base, item, event, scene, shape=shape)
        # same | moved (R8.1)
        case OutlookItem() if has_moved(base, event):
            return moved(case, base, item, event, scene)
    if case.is_stale:
        return waits.read_late(case, scene)
    return _shown(case, base, item, event, scene)


def _shown(
    case: Case, base: Base, item: BookingItem | None, event: OutlookItem | None, scene: Scene
) -> Decision:
    """Same | same: nothing, unless the event does not show yet what was agreed on (R8.14)."""
    link = case.link
    if event is None and case.stands_for(*waits.OF_DELETIONS):
        # It is missed, and nothing was looked at now: there is nothing to write to (R8.10).
        return None
    wanted = base.booking.interval if item is None else item.interval
    content = None
    if item is not None and event_fingerprint(event_content(item, scene.product)) != base.text:
        content = event_content(item, scene.product)
    # One that was moved, and whose item has followed it unrecorded, shows it already (R6.5).
    is_behind = wanted != base.interval and (event is None or event.interval != wanted)
    if (content is not None or is_behind) and link.outlook_id is not None:
        if not waits.may_try(case, base.booking.version, scene):
            return None
        return WriteEvent(
            link=replace(link, base=base),
            rule="R8.14",
            title=title_of(item, event),
            outlook_id=link.outlook_id,
            etag=base.outlook.version if event is None else event.etag,
            shows=wanted,
            interval=wanted if is_behind else None,
            content=content,
            booking=item,
        )
    both = given_back(base, item, event)
    if wanted != base.interval:
        both = replace(both, interval=wanted)
    # What is told of an event that waits stays told until it is seen (R9.3).
    told = link.told if event is None and link.hold is not None else ""
    span = link.interval if item is None else item.interval
    if both is not link.base or told != link.told or span != link.interval:
        link = replace(link, base=both, told=told, interval=span)
    return _at_rest(case, link)


def _at_rest(case: Case, link: Link) -> Decision:
    """Writes the Link where something of it has changed; what it waited for is over.

    What an event is waited for ends only when the event was seen.
    """
    if isinstance(case.outlook, OutlookItem) or link.intent is not None:
        link = replace(link, intent=None, hold=None)
    return None if link == case.link else Note(link=link, rule="R8.8")


def _changed(case: Case, base: Base, item: BookingItem, scene: Scene) -> Decision:
    """Changed | same: the event is updated; changed | moved or deleted: booking wins (R8.3)."""
    link, event = case.link, case.outlook
    if isinstance(event, Trouble | Absent):
        return waits.unread(case, event, scene)
    there = at_left(case) if is_left(case) else event
    tried = what_was_tried(base, there, item.interval)
    tell = None
    if tried is not None:
        new = there.interval if isinstance(there, OutlookItem) and not shape_of(there) else None
        tell = Tell(
            title=title_of(item, event),
            tried=tried,
            reason=msgid("It was changed in the booking product at the same time."),
            now=msgid("It stands as in the booking product."),
            state=f"{item.version} {try_state(event)}",
            old=base.outlook.interval,
            new=new,
        )
    if isinstance(event, Gone | Elsewhere) or is_series(event):
        if isinstance(event, Gone) and is_settling(link, scene.now):
            return waits.too_young(case, scene)
        return made_again(case, item, "R8.3", tell, scene)
    content = event_content(item, scene.product)
    has_text = event_fingerprint(content) == base.text
    if event is None:
        has_time = item.interval == base.interval
    else:
        same = event.interval == base.outlook.interval and item.interval == base.interval
        has_time = shape_of(event) is None and (same or event.interval == item.interval)
    if has_time and has_text:
        # A save with identical values, or our own move whose record was lost: nothing to write.
        outlook = base.outlook if event is None else known_event(event, base)
        agreed = Base(
            booking=known_item(item, base), outlook=outlook, interval=item.interval, text=base.text
        )
        rested = replace(link, base=agreed, interval=item.interval, told="", intent=None)
        return _at_rest(case, rested)
    if not waits.may_try(case, item.version, scene):
        return Skip(item=item, reason=SkipReason.REFUSED)
    if link.outlook_id is None:
        return None
    return WriteEvent(
        link=link,
        rule="R6.1" if tried is None else "R8.3",
        title=booking_title(item),
        tell=untold(link, tell),
        outlook_id=link.outlook_id,
        etag=base.outlook.version if event is None else event.etag,
        shows=item.interval,
        interval=None if has_time else item.interval,
        content=None if has_text else content,
        booking=item,
        is_put_back=tried is not None,
    )


def _end(case: Case, rule: str, scene: Scene) -> Decision:
    """The item is gone or takes no part: so does its event."""
    link, event = case.link, case.outlook
    # Made a moment ago it may be there all the same, and is deleted by its id (R8.10, R8.15).
    is_gone = isinstance(event, Gone) and not is_settling(link, scene.now)
    if is_gone or link.outlook_id is None:
        return Drop(link=link, rule=rule)
    if isinstance(event, Absent):
        return waits.unread(case, event, scene)
    if not waits.may_try(case, "", scene):
        return None
    outlook_id = event.outlook_id if isinstance(event, Elsewhere) else link.outlook_id
    return deletion(case, outlook_id, rule)
