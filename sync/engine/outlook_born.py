"""Section 8, second table: Meetings born in Outlook and the Reserves that stand for them. Pure.

``decide`` is the way in. It looks at one case and at what it is judged under, never at other cases:
what several of them mean together is for ``plan.py`` to say.
"""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import (
    Decision,
    Drop,
    Note,
    RemoveItem,
    Skip,
    WriteEvent,
    WriteItem,
)
from sync.engine.cases import (
    SETTLING,
    Absent,
    BookingSight,
    Case,
    OutlookSight,
    Scene,
    Trouble,
    is_settling,
)
from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem, OutlookKind, ReserveContent
from sync.engine.links import Base, Hold, Known, Link, Op, Why, given_back, known_event, known_item
from sync.engine.outlook_born_actions import beyond_window, content_of, creation, meeting_state
from sync.engine.reasons import SkipReason, explain
from sync.engine.taking_part import inwards_reason, outlook_reason, window_reason
from sync.engine.telling import Tell
from sync.engine.texts import UNSEEN_MEETING, meeting_title, reserve_fingerprint
from sync.engine.what_was_tried import span_of
from sync.words import msgid


def decide(case: Case, scene: Scene) -> Decision:
    """Decides one row of the table; a side that is ``None`` was not reported: it is the same."""
    link = case.link
    if isinstance(case.booking, Trouble):
        return waits.unread(case, case.booking, scene)
    meeting = _meeting_of(case.outlook)
    if isinstance(meeting, Trouble) and inwards_reason(scene.policy) is not None:
        # No Meeting at all takes part, whatever it says (R2.4, R2.5).
        meeting = None
    if isinstance(meeting, Trouble | Absent):
        return waits.unread(case, meeting, scene)
    if link.base is not None:
        return _pair(case, link.base, meeting, scene)
    if link.intent is not None and isinstance(case.booking, BookingItem):
        return _adopted(case, case.booking, meeting, scene)
    return _alone(case, meeting, scene)


def _meeting_of(sight: OutlookSight) -> OutlookItem | Gone | Trouble | Absent | None:
    # A Meeting in another calendar is gone from the one that is synced.
    return Gone() if isinstance(sight, Elsewhere) else sight


# --- a Meeting without a Reserve ---


def _alone(case: Case, meeting: OutlookItem | Gone | None, scene: Scene) -> Decision:
    """Decides about a Meeting that has no Reserve (R7.1, R7.5, R8.6, R11.4)."""
    link = case.link
    # While no Meeting at all takes part it is not forgotten that one is left alone (R8.6).
    is_kept = case.stands_for(Why.LEFT_ALONE) and inwards_reason(scene.policy) is not None
    if link.hold is not None and is_kept and not isinstance(meeting, Gone):
        kept = replace(link, hold=link.hold.standing)
        return None if kept == link else Note(link=kept, rule="R8.6")
    if meeting is None:
        gone = inwards_reason(scene.policy)
        is_over = gone is not None and case.is_stored
        return Drop(link=link, rule="R2.4") if is_over else None
    reason = None if isinstance(meeting, Gone) else _reason(meeting, scene)
    if (isinstance(meeting, Gone) or reason is not None) and _is_in_doubt(case, scene):
        # Its Reserve may have been made, and no listing shows it yet (R8.15, R11.5).
        return waits.wait(case, _looked_for_again(link, scene))
    if isinstance(meeting, Gone):
        return Drop(link=link, rule="R7.1") if case.is_stored else None
    if reason is SkipReason.BEYOND_WINDOW and scene.horizon.overlaps(meeting.interval):
        return _beyond(case, meeting, scene)
    if reason is not None:
        if case.is_stored:
            return Drop(link=link, rule=explain(reason).rule)
        return Skip(item=meeting, reason=reason)
    if link.hold is not None and case.waits_for(Why.LEFT_ALONE) and not link.hold.of:
        # Left alone by an earlier release: as it is seen first is how it was (R8.6).
        seen = replace(link, hold=replace(link.hold, of=meeting_state(meeting, scene)))
        return Note(link=seen, rule="R8.6")
    if link.hold is not None and not waits.may_try(case, meeting_state(meeting, scene), scene):
        return Skip(item=meeting, reason=waits.reason_of(link))
    # Once it has changed it is left alone no more, whatever becomes of the call (R8.6).
    is_changed = case.waits_for(Why.LEFT_ALONE)
    return creation(replace(link, hold=None) if is_changed else link, meeting, scene)


def _is_in_doubt(case: Case, scene: Scene) -> bool:
    intent = case.link.intent
    is_begun = intent is not None and intent.op is Op.CREATE and case.is_stored
    return is_begun and scene.now - _looked_for_again(case.link, scene).since < SETTLING


def _looked_for_again(link: Link, scene: Scene) -> Hold:
    hold = link.hold
    is_on = hold is not None and hold.why in {Why.STALE, Why.UNREADABLE}
    since = hold.since if hold is not None and is_on else scene.now
    return Hold(why=Why.STALE, since=since, at=since + SETTLING)


def _beyond(case: Case, meeting: OutlookItem, scene: Scene) -> Decision:
    beyond = beyond_window(case.link, meeting, scene)
    if beyond == case.link:
        return Skip(item=meeting, reason=SkipReason.BEYOND_WINDOW)
    return Note(link=beyond, rule="R11.4")


def _adopted(
    case: Case, reserve: BookingItem, meeting: OutlookItem | Gone | None, scene: Scene
) -> Decision:
    """The Reserve is there although nobody recorded it: a pair like any other (R11.5)."""
    link, intent = case.link, case.link.intent
    if intent is None:
        return None
    base = Base(
        booking=Known(
            version=reserve.version, interval=reserve.interval, modified=reserve.modified
        ),
        outlook=Known(version=intent.version, interval=intent.interval, older=intent.older),
        interval=intent.interval,
        text=intent.text,
    )
    adopted = replace(link, base=base, intent=None, hold=None, booking_id=reserve.id)
    step = _pair(replace(case, link=adopted), base, meeting, scene)
    return Note(link=adopted, rule="R11.5") if step is None else step


# --- a pair ---


def _pair(case: Case, base: Base, meeting: OutlookItem | Gone | None, scene: Scene) -> Decision:
    link, reserve = case.link, case.booking
    if waits.has_passed(case, base.outlook.interval, (meeting, reserve), scene):
        return waits.laid_to_rest(link)

    if isinstance(meeting, OutlookItem) and _passed_together(meeting, reserve, scene):
        # Our own move into the past, whose record was lost: nothing is left to do (R8.5, R11.5).
        return _at_rest(case, base, meeting)

    # gone, or no longer qualifies | anything: the Reserve is deleted.
    why_not = (
        _reason(meeting, scene)
        if isinstance(meeting, OutlookItem)
        else inwards_reason(scene.policy)
    )
    if isinstance(meeting, Gone) or why_not is not None:
        return _removal(case, meeting, why_not, scene)
    if isinstance(reserve, Absent):
        return None
    if isinstance(reserve, Gone) and is_settling(link, scene.now):
        # Made a moment ago: a read may be older than that, whatever the Meeting does (R8.15).
        return waits.too_young(case, scene)
    # Our own deletion, whose answer was lost, is not the office's: it is made again (R8.6, R11.5).
    is_ours = isinstance(reserve, Gone) and link.intent is not None and link.intent.op is Op.DELETE
    if isinstance(meeting, OutlookItem) and (is_ours or _has_changed(base, meeting, scene)):
        return _changed(case, base, meeting, scene)
    if case.is_stale and (meeting is None or reserve is None):
        return waits.read_late(case, scene)

    match reserve:
        # same | deleted: the Meeting is left alone until it changes (R8.6).
        case Gone():
            return _left_alone(case, base, meeting, scene)
        # same | moved (R8.5)
        case BookingItem() if reserve.interval != base.booking.interval:
            return _moved(case, base, meeting, reserve, scene)
        # same | same; title and notes edited in the booking product stay (R8.13).
        case _:
            return _at_rest(case, base, meeting)


def _passed_together(meeting: OutlookItem, reserve: BookingSight, scene: Scene) -> bool:
    return (
        isinstance(reserve, BookingItem)
        and inwards_reason(scene.policy) is None
        and meeting.interval == reserve.interval
        and scene.policy.window.has_passed(meeting.interval)
    )


def _at_rest(case: Case, base: Base, meeting: OutlookItem | None) -> Decision:
    link, reserve = case.link, case.booking
    item = reserve if isinstance(reserve, BookingItem) else None
    both = given_back(base, item, meeting)
    waits_no_more = meeting is not None and (link.hold is not None or bool(link.told))
    is_written = link.intent is not None and (meeting is not None or item is not None)
    if both is link.base and not waits_no_more and not is_written:
        # Most Links are as they were: of those nothing is made anew.
        return None
    rested = replace(
        link,
        base=both,
        intent=None,
        hold=None if meeting is not None else link.hold,
        told="" if meeting is not None else link.told,
    )
    return Note(link=rested, rule="R8.8")


def _has_changed(base: Base, meeting: OutlookItem, scene: Scene) -> bool:
    """Compares what the Reserve would say with what it was asked to say; an etag is no change."""
    text = reserve_fingerprint(content_of(meeting, scene))
    return meeting.interval != base.outlook.interval or text != base.text


def _changed(case: Case, base: Base, meeting: OutlookItem, scene: Scene) -> Decision:
    """Changed | same, changed or deleted: Outlook wins (R8.4)."""
    link, reserve = case.link, case.booking
    content = content_of(meeting, scene)
    text = reserve_fingerprint(content)
    if isinstance(reserve, Gone) or link.booking_id is None:
        return creation(replace(link, hold=None), meeting, scene)
    if isinstance(reserve, BookingItem) and _agrees(reserve, meeting, content):
        # Both sides agree already: our own write, whose record was lost (R11.5).
        agreed = Base(
            booking=known_item(reserve, base),
            outlook=known_event(meeting, base),
            interval=meeting.interval,
            text=text,
        )
        return Note(
            link=replace(
                link, base=agreed, interval=meeting.interval, intent=None, hold=None, told=""
            ),
            rule="R11.5",
        )
    if not waits.may_try(case, meeting_state(meeting, scene), scene):
        return Skip(item=meeting, reason=SkipReason.REFUSED)
    is_there = isinstance(reserve, BookingItem) and reserve.interval != base.booking.interval
    moves = meeting.interval != base.interval or is_there
    return WriteItem(
        link=link,
        rule="R8.4",
        title=content.title,
        booking_id=link.booking_id,
        shows=meeting.interval,
        interval=meeting.interval if moves else None,
        content=None if text == base.text else content,
        event=meeting,
    )


def _moved(
    case: Case, base: Base, meeting: OutlookItem | None, reserve: BookingItem, scene: Scene
) -> Decision:
    """Same | moved: the Meeting is moved if it is the person's alone, else put back (R8.5)."""
    if meeting is None:
        return None
    if not waits.may_try(case, reserve.version, scene):
        return Skip(item=meeting, reason=SkipReason.REFUSED)
    link = case.link
    tell = Tell(
        title=meeting_title(meeting),
        tried=msgid("You moved its reserved time in the booking product."),
        reason=msgid(
            "The meeting is somebody else's, has attendees or is part of a series, so it can "
            "only be moved in Outlook."
        ),
        now=msgid("The reserved time is back where the meeting is."),
        state=span_of(reserve.interval),
        old=base.booking.interval,
        new=reserve.interval,
    )
    is_own = meeting.is_organizer and not meeting.has_attendees
    is_refused = case.refusal is not None or case.waits_for(Why.PUT_BACK)
    if is_own and meeting.kind is OutlookKind.SINGLE and not is_refused:
        return WriteEvent(
            link=link,
            rule="R8.5",
            title=tell.title,
            tell=replace(tell, reason=""),
            outlook_id=meeting.id,
            etag=meeting.etag,
            shows=reserve.interval,
            interval=reserve.interval,
            booking=reserve,
            event=meeting,
            is_meeting=True,
        )
    if case.refusal is not None:
        tell = replace(tell, reason=case.refusal.detail)
    is_told = link.told == tell.state
    return WriteItem(
        link=link,
        rule="R8.5",
        title=tell.title,
        tell=None if is_told else tell,
        booking_id=reserve.id,
        shows=base.interval,
        interval=base.interval,
        event=meeting,
        is_put_back=True,
    )


def _left_alone(case: Case, base: Base, meeting: OutlookItem | None, scene: Scene) -> Note:
    # It is as it was when both agreed: else Outlook would have won.
    state = f"{base.text} {span_of(base.outlook.interval)}"
    return Note(
        link=replace(
            case.link,
            booking_id=None,
            base=None,
            intent=None,
            hold=Hold(why=Why.LEFT_ALONE, since=scene.now, of=state),
        ),
        rule="R8.6",
        title=UNSEEN_MEETING if meeting is None else meeting_title(meeting),
        left_out=SkipReason.LEFT_ALONE,
    )


def _removal(
    case: Case, meeting: OutlookItem | Gone | None, why_not: SkipReason | None, scene: Scene
) -> Decision:
    """Deletes the Reserve; a Meeting that only left the Window is remembered (R11.4)."""
    link = case.link
    rule = explain(why_not).rule if why_not is not None else "R8.4"
    after = None
    if (
        why_not is SkipReason.BEYOND_WINDOW
        and isinstance(meeting, OutlookItem)
        and scene.horizon.overlaps(meeting.interval)
    ):
        after = beyond_window(link, meeting, scene)
    is_gone = isinstance(case.booking, Gone) and not is_settling(link, scene.now)
    if is_gone or link.booking_id is None:
        if after is not None:
            return Note(link=after, rule=rule)
        return Drop(link=link, rule=rule)
    if not waits.may_try(case, "", scene):
        return None
    title = meeting_title(meeting) if isinstance(meeting, OutlookItem) else UNSEEN_MEETING
    return RemoveItem(link=link, rule=rule, title=title, booking_id=link.booking_id, after=after)


def _agrees(reserve: BookingItem, meeting: OutlookItem, content: ReserveContent) -> bool:
    said = (reserve.title, reserve.notes or "")
    return reserve.interval == meeting.interval and said == (content.title, content.notes)


def _reason(meeting: OutlookItem, scene: Scene) -> SkipReason | None:
    return outlook_reason(meeting, scene.policy) or window_reason(meeting, scene.policy.window)
