"""What is recorded before a call, what its answer means, and what a step without one brings."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync.engine.actions import (
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
from sync.engine.answers import Lost, Met, Settled
from sync.engine.cases import Absent, Case
from sync.engine.intend import Intended, intended, noted
from sync.engine.items import BookingField, BookingItem, Gone, OutlookItem, Refusal, ReserveContent
from sync.engine.links import Base, Hold, Intent, Kind, Known, Link, Op, Side, Why
from sync.engine.reasons import SkipReason, explain
from sync.engine.settle import settled
from sync.engine.telling import (
    ActivityAction,
    ActivityEntry,
    ActivityResult,
    Direction,
    Tell,
)
from sync.engine.texts import event_content, event_fingerprint, reserve_fingerprint
from sync.engine.waits import ended, to_be_deleted
from sync.engine.what_was_tried import try_state
from sync.words import Interval, OutlookItemId
from tests.laws.engine.rows import (
    AGO,
    BEGUN,
    CONTENT,
    EVENT,
    ITEM,
    LINK,
    MEETING,
    MEETING_LINK,
    MINUTE,
    NOW,
    RESERVE,
    RESERVE_BEGUN,
    SAID,
    SCENE,
    SECOND,
    SOUTH,
    VIEWER,
    base_of,
    booked,
    dragged,
    met,
    moved,
    waiting,
    writing,
)
from tests.stories.sync.moments import at

BASE, MEETING_BASE = base_of(LINK), base_of(MEETING_LINK)
TELL = Tell(
    title="Ada", tried="Tried.", reason="Refused.", now="Stands.", state="state",
    old=at(4), new=at(8),
)  # fmt: skip
OTHER = event_content(replace(ITEM, customer_name="Grace"), SCENE.product)
DINNER = ReserveContent(title="Dinner", notes="Fish")


def line(
    action: ActivityAction,
    direction: Direction = Direction.TO_OUTLOOK,
    result: ActivityResult = ActivityResult.OK,
    **more: Any,
) -> ActivityEntry:
    """Gives a line of activity as it is where nothing else is said."""
    parts = {"title": "Ada - Cut", "start": at(4).start, **more}
    return ActivityEntry(at=NOW, direction=direction, action=action, result=result, **parts)


def create_event(**more: Any) -> CreateEvent:
    parts: dict[str, Any] = {"link": BEGUN, "rule": "R6.1", "title": "Ada - Cut", **more}
    return CreateEvent(item=ITEM, content=CONTENT, **parts)


def write_event(**more: Any) -> WriteEvent:
    parts: dict[str, Any] = {
        "link": LINK, "rule": "R6.1", "title": "Ada - Cut", "etag": "w1",
        "shows": at(6), "interval": at(6), **more,
    }  # fmt: skip
    return WriteEvent(outlook_id=EVENT.id, **parts)


def write_item(**more: Any) -> WriteItem:
    parts: dict[str, Any] = {
        "link": LINK, "rule": "R8.1", "title": "Ada - Cut", "version": "v1",
        "shows": at(8), "interval": at(8), "booking_id": ITEM.id, "tell": TELL, **more,
    }  # fmt: skip
    return WriteItem(**parts)


def write_reserve(**more: Any) -> WriteItem:
    parts: dict[str, Any] = {
        "link": MEETING_LINK, "rule": "R8.4", "title": "Lunch", "shows": at(8),
        "interval": at(8), "booking_id": RESERVE.id, "event": MEETING, **more,
    }  # fmt: skip
    return WriteItem(**parts)


DELETE = DeleteEvent(link=LINK, rule="R6.1", title="Ada - Cut", outlook_id=EVENT.id)
REMOVE = RemoveItem(
    link=LINK, rule="R8.2", title="Ada - Cut", tell=TELL, booking_id=ITEM.id, version="v1"
)
REMOVE_RESERVE = RemoveItem(link=MEETING_LINK, rule="R8.4", title="Lunch", booking_id=RESERVE.id)
CREATE_RESERVE = CreateReserve(
    link=RESERVE_BEGUN, rule="R7.1", title="Lunch", meeting=MEETING, content=SAID
)


# --- before a call (R11.5) ---


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (create_event(), BEGUN.intent),
        (CREATE_RESERVE, RESERVE_BEGUN.intent),
        (write_event(), Intent(op=Op.WRITE, side=Side.OUTLOOK, interval=at(6))),
        (write_event(content=OTHER),
         Intent(op=Op.WRITE, side=Side.OUTLOOK, interval=at(6), text=event_fingerprint(OTHER))),
        (write_reserve(), Intent(op=Op.WRITE, side=Side.BOOKING, interval=at(8))),
        (write_reserve(content=DINNER),
         Intent(op=Op.WRITE, side=Side.BOOKING, interval=at(8),
                text=reserve_fingerprint(DINNER))),
        (DELETE, Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=at(4))),
        (REMOVE_RESERVE, Intent(op=Op.DELETE, side=Side.BOOKING, interval=at(4))),
    ],
)  # fmt: skip
def test_r11_5_what_is_about_to_be_called_is_recorded_before(action: Write, intent: Intent) -> None:
    assert intended(action, SCENE) == Intended(link=replace(action.link, intent=intent))


def test_r8_12_what_is_left_of_an_old_event_is_recorded_with_the_intent() -> None:
    left = (to_be_deleted(LINK, EVENT.id),)

    assert intended(create_event(left=left), SCENE) == Intended(link=BEGUN, also=left)


@pytest.mark.parametrize(
    "action",
    [
        write_item(),
        REMOVE,
        write_event(link=MEETING_LINK, rule="R8.5", is_meeting=True, tell=TELL),
    ],
)
def test_r9_3_what_may_still_stand_is_not_told_before_the_call(action: Write) -> None:
    before = intended(action, SCENE)

    assert (before.activity, before.tells, before.link.told) == ((), (), "")
    assert before.link.hold is None


PUT_BACK = Hold(why=Why.PUT_BACK, since=NOW, of="state")


@pytest.mark.parametrize(
    ("action", "hold", "direction", "done"),
    [
        (write_event(rule="R8.1", tell=TELL, is_put_back=True), PUT_BACK,
         Direction.TO_BOOKING, ActivityAction.MOVED),
        (write_event(rule="R8.9", tell=TELL, is_put_back=True), PUT_BACK,
         Direction.TO_BOOKING, ActivityAction.MOVED),
        (write_event(rule="R8.9", tell=replace(TELL, new=None), is_put_back=True), PUT_BACK,
         Direction.TO_BOOKING, ActivityAction.UPDATED),
        (write_reserve(tell=TELL, is_put_back=True), PUT_BACK,
         Direction.TO_OUTLOOK, ActivityAction.MOVED),
        (create_event(tell=TELL, was_deleted=True), None,
         Direction.TO_BOOKING, ActivityAction.DELETED),
        (create_event(tell=replace(TELL, new=None)), None,
         Direction.TO_BOOKING, ActivityAction.UPDATED),
    ],
)  # fmt: skip
def test_r9_3_a_try_that_will_not_stand_is_told_with_the_intent_to_put_it_back(
    action: Write, hold: Hold | None, direction: Direction, done: ActivityAction
) -> None:
    before = intended(action, SCENE)

    assert action.tell is not None
    assert before.tells == (action.tell,)
    assert before.link.told == "state"
    assert before.link.hold == hold
    where = at(8) if action.tell.new is not None else at(4)
    assert before.activity == (
        line(
            done,
            direction,
            ActivityResult.REFUSED,
            title="Ada",
            reason="Refused.",
            start=where.start,
        ),
    )


def test_r11_9_what_is_told_ends_no_wait_of_a_creation() -> None:
    link = waiting(BEGUN, Why.UNREADABLE, tries=3)

    assert intended(create_event(link=link, tell=TELL), SCENE).link.hold == link.hold


def test_r12_1_a_try_without_a_time_has_none_in_its_line() -> None:
    (entry,) = intended(create_event(tell=replace(TELL, new=None, old=None)), SCENE).activity

    assert entry.start is None


# --- steps without a call ---


def test_r6_1_of_a_dropped_link_its_event_is_remembered_and_a_deletion_is_told() -> None:
    drop = Drop(link=LINK, rule="R6.1")
    forgotten = Settled(key=LINK.key, case=None, also=(ended(LINK, EVENT.id, NOW),))

    assert noted(booked(), drop, SCENE) == forgotten
    written = writing(LINK, Op.WRITE, Side.OUTLOOK)
    assert noted(booked(written), drop, SCENE) == forgotten
    nowhere = replace(LINK, outlook_id=None)
    assert noted(booked(nowhere), drop, SCENE) == Settled(key=LINK.key, case=None)
    deleting = writing(LINK, Op.DELETE, Side.OUTLOOK)
    told = noted(booked(deleting, outlook=Gone()), drop, SCENE)
    assert told == Settled(
        key=LINK.key,
        case=None,
        also=(ended(LINK, EVENT.id, NOW),),
        activity=(line(ActivityAction.DELETED, title="An item of your schedule"),),
        is_done=True,
    )


def test_r11_5_a_reserve_that_was_deleted_before_a_death_is_told_as_any_other() -> None:
    deleting = writing(MEETING_LINK, Op.DELETE, Side.BOOKING)

    step = noted(
        met(deleting, booking=Gone(), outlook=Gone()),
        Drop(link=deleting, rule="R8.4"),
        SCENE,
    )

    title = "An item of your schedule"
    assert step == Settled(
        key=MEETING_LINK.key,
        case=None,
        activity=(line(ActivityAction.DELETED, Direction.TO_BOOKING, title=title),),
        is_done=True,
    )


def test_r7_5_what_waits_is_kept_told_once_and_left_alone_in_this_run() -> None:
    hold = Hold(why=Why.TAKEN, since=NOW, of="state")
    step = Wait(link=replace(LINK, told="before"), rule="R7.5", title="Lunch", hold=hold)
    case = booked(refusal=Refusal(code="slot_taken"), is_stored=False)

    kept = replace(LINK, told="before", hold=hold)
    waits = replace(case, link=kept, refusal=None, is_stored=True, is_over=True)
    assert noted(case, step, SCENE) == Settled(key=LINK.key, case=waits)
    told = noted(case, replace(step, tell=TELL), SCENE)
    assert told.case == replace(waits, link=replace(kept, told="state"))
    assert told.tells == (TELL,)


@pytest.mark.parametrize(
    ("tell", "done", "hour"),
    [
        (TELL, ActivityAction.MOVED, 8),
        (replace(TELL, new=TELL.old), ActivityAction.UPDATED, 4),
        (replace(TELL, old=None), ActivityAction.CREATED, 8),
        (replace(TELL, old=None, new=None), ActivityAction.CREATED, 4),
    ],
)
def test_r12_1_a_refusal_says_what_was_tried_and_for_when(
    tell: Tell, done: ActivityAction, hour: float
) -> None:
    hold = Hold(why=Why.TAKEN, since=NOW, of="state")
    step = Wait(link=LINK, rule="R7.5", title="Lunch", hold=hold, tell=tell)

    assert noted(booked(), step, SCENE).activity == (
        line(
            done,
            Direction.TO_BOOKING,
            ActivityResult.REFUSED,
            title="Lunch",
            reason="Refused.",
            start=at(hour).start,
            waits_for=LINK.key,
        ),
    )


def test_r8_6_what_is_only_noted_is_written_and_shown_where_a_person_should_learn_of_it() -> None:
    after = replace(MEETING_LINK, booking_id=None)
    case = met(is_stored=False, refusal=Refusal(code="slot_taken"))

    step = Note(link=after, rule="R8.6", title="Lunch")
    known = replace(case, link=after, is_stored=True, refusal=None)
    assert noted(case, step, SCENE) == Settled(key=MEETING_LINK.key, case=known)
    shown = noted(case, replace(step, left_out=SkipReason.LEFT_ALONE), SCENE)
    assert shown == Settled(
        key=MEETING_LINK.key,
        case=known,
        activity=(
            line(
                ActivityAction.LEFT_OUT,
                Direction.TO_BOOKING,
                title="Lunch",
                reason=explain(SkipReason.LEFT_ALONE).sentence,
                waits_for=MEETING_LINK.key,
            ),
        ),
    )


# --- an event was made or written ---

NEW_EVENT = OutlookItem(
    id=OutlookItemId("new"), etag="w9", interval=at(6), uid="new uid", modified=NOW
)


@pytest.mark.parametrize("is_put_back", [True, False])
def test_r8_14_a_made_event_is_known_as_it_was_given_back(*, is_put_back: bool) -> None:
    before = replace(waiting(BEGUN, Why.UNREADABLE), told="x", interval=at(1))
    case = booked(before, outlook=None, tries=2)

    after = settled(case, create_event(is_put_back=is_put_back), NEW_EVENT, SCENE)

    link = replace(
        LINK,
        outlook_id=NEW_EVENT.id,
        uid="new uid",
        made=NOW,
        base=Base(
            booking=Known(version="v1", interval=at(4)),
            outlook=Known(version="w9", interval=at(6), modified=NOW),
            interval=at(4),
            text=event_fingerprint(CONTENT),
        ),
    )
    done = ActivityAction.PUT_BACK if is_put_back else ActivityAction.CREATED
    assert after == Settled(
        key=LINK.key,
        case=Case(link=link, booking=ITEM, outlook=NEW_EVENT, is_read=True, tries=2),
        activity=(line(done),),
        echoes=("w9",),
        is_done=True,
    )


def test_r11_5_what_an_event_says_of_an_item_that_changed_since_it_was_begun_is_unknown() -> None:
    """Seed 22005229: nobody tells of that change again, so the item has to be asked for."""
    action = replace(create_event(), item=replace(ITEM, version="v2"))

    after = settled(booked(BEGUN, outlook=None), action, NEW_EVENT, SCENE)

    assert after.case is not None
    base = base_of(after.case.link)
    assert (base.booking.version, base.text) == ("v1", "")


WRITTEN = replace(EVENT, etag="w2", interval=at(6), modified=NOW, uid=None)
LATER = replace(ITEM, version="v2", interval=at(6))


@pytest.mark.parametrize(
    ("changes", "done"),
    [
        ({}, ActivityAction.MOVED),
        ({"is_put_back": True}, ActivityAction.PUT_BACK),
        ({"interval": None}, ActivityAction.MOVED),
        ({"interval": None, "shows": at(4)}, ActivityAction.UPDATED),
        ({"interval": at(4), "shows": at(4)}, ActivityAction.MOVED),
        ({"content": OTHER, "interval": None, "shows": at(4)}, ActivityAction.UPDATED),
    ],
)
@pytest.mark.parametrize("item", [LATER, None])
def test_r8_14_a_written_event_is_known_as_it_was_given_back(
    changes: dict[str, Any], done: ActivityAction, item: BookingItem | None
) -> None:
    action = write_event(booking=item, etag="w1b", **changes)
    link = replace(
        waiting(writing(LINK, Op.WRITE, Side.OUTLOOK), Why.UNREADABLE), told="x", interval=at(1)
    )

    after = settled(booked(link), action, WRITTEN, SCENE)

    text = event_fingerprint(OTHER) if "content" in changes else BASE.text
    new = Known(version="v2", interval=at(6), older=("v1",))
    agreed = Base(
        booking=BASE.booking if item is None else new,
        outlook=Known(version="w2", interval=at(6), modified=NOW, older=("w1", "w1b")),
        interval=action.shows,
        text=text,
    )
    assert after == Settled(
        key=LINK.key,
        case=Case(
            link=replace(LINK, base=agreed, interval=action.shows),
            booking=item,
            outlook=WRITTEN,
            is_read=True,
        ),
        activity=(line(done, start=action.shows.start),),
        echoes=("w2",),
        is_done=True,
    )
    other = settled(booked(link), action, replace(WRITTEN, uid="u2"), SCENE)
    assert other.case is not None
    assert other.case.link.uid == "u2"


def test_r8_5_a_meeting_that_followed_its_reserve_stands_where_that_is() -> None:
    reserve = replace(RESERVE, version="v2", interval=at(6))
    action = write_event(
        link=MEETING_LINK, rule="R8.5", title="Lunch", booking=reserve, event=MEETING,
        etag="w1b", is_meeting=True,
    )  # fmt: skip
    meeting = replace(MEETING, etag="w2", interval=at(6.25), modified=NOW)
    link = replace(waiting(writing(MEETING_LINK, Op.WRITE, Side.OUTLOOK), Why.STALE), told="x")

    after = settled(met(link), action, meeting, SCENE)

    agreed = Base(
        booking=Known(version="v2", interval=at(6), older=("v1",)),
        outlook=Known(version="w2", interval=at(6.25), modified=NOW, older=("w1", "w1b")),
        interval=at(6.25),
        text=MEETING_BASE.text,
    )
    assert after == Settled(
        key=MEETING_LINK.key,
        case=Case(
            link=replace(MEETING_LINK, base=agreed, interval=at(6.25)),
            booking=reserve,
            outlook=meeting,
            is_read=True,
        ),
        activity=(line(ActivityAction.MOVED, title="Lunch", start=at(6.25).start),),
        echoes=("w2",),
        is_done=True,
    )


# --- a Reserve or an Appointment was made or written ---


def test_r8_14_a_made_reserve_is_known_as_it_was_given_back() -> None:
    reserve = replace(RESERVE, version="v9", interval=at(4.25), modified=NOW)
    link = replace(waiting(RESERVE_BEGUN, Why.UNREADABLE), told="x", interval=at(1))

    after = settled(met(link, booking=None), CREATE_RESERVE, reserve, SCENE)

    agreed = Base(
        booking=Known(version="v9", interval=at(4.25), modified=NOW),
        outlook=Known(version="w1", interval=at(4), modified=AGO),
        interval=at(4),
        text=MEETING_BASE.text,
    )
    assert after == Settled(
        key=MEETING_LINK.key,
        case=Case(
            link=replace(MEETING_LINK, base=agreed, made=NOW),
            booking=reserve,
            outlook=MEETING,
            is_read=True,
        ),
        activity=(line(ActivityAction.CREATED, Direction.TO_BOOKING, title="Lunch"),),
        echoes=("v9",),
        is_done=True,
    )


@pytest.mark.parametrize(
    ("changes", "given", "done", "freed"),
    [
        ({}, at(8), ActivityAction.MOVED, True),
        ({}, at(4), ActivityAction.MOVED, False),
        ({"is_put_back": True}, at(8), ActivityAction.PUT_BACK, True),
        ({"interval": None, "shows": at(4), "content": DINNER}, at(4),
         ActivityAction.UPDATED, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("event", [replace(MEETING, etag="w2", interval=at(8)), None])
def test_r8_14_a_written_reserve_is_known_as_it_was_given_back(
    changes: dict[str, Any],
    given: Interval,
    done: ActivityAction,
    event: OutlookItem | None,
    *,
    freed: bool,
) -> None:
    action = write_reserve(event=event, **changes)
    link = replace(waiting(writing(MEETING_LINK, Op.WRITE, Side.BOOKING), Why.REFUSED), told="x")
    seen = replace(RESERVE, version="v1b")
    reserve = replace(RESERVE, version="v2", interval=given)

    after = settled(met(link, booking=seen), action, reserve, SCENE)

    text = reserve_fingerprint(DINNER) if "content" in changes else MEETING_BASE.text
    outlook = Known(version="w2", interval=at(8), modified=AGO, older=("w1",))
    agreed = Base(
        booking=Known(version="v2", interval=given, older=("v1", "v1b")),
        outlook=MEETING_BASE.outlook if event is None else outlook,
        interval=action.shows,
        text=text,
    )
    shown = at(4) if event is None else at(8)
    assert after == Settled(
        key=MEETING_LINK.key,
        case=Case(
            link=replace(MEETING_LINK, base=agreed, interval=shown),
            booking=reserve,
            outlook=event,
            is_read=True,
        ),
        activity=(line(done, Direction.TO_BOOKING, title="Lunch", start=action.shows.start),),
        echoes=("v2",),
        freed=freed,
        is_done=True,
    )


def test_r8_4_a_time_that_comes_back_with_a_mere_text_is_the_office_s_move() -> None:
    action = write_reserve(interval=None, shows=at(4), content=DINNER)
    reserve = replace(RESERVE, version="v2", interval=at(6))

    after = settled(met(booking=None), action, reserve, SCENE)

    assert after.case is not None
    assert after.freed is False
    known = base_of(after.case.link).booking
    assert known == Known(version="v2", interval=at(4), older=("v1",))


def moved_item(
    given: Interval, action: WriteItem, link: Link = LINK, **changes: Any
) -> tuple[Settled, Link, BookingItem]:
    before = replace(waiting(writing(link, Op.WRITE, Side.BOOKING), Why.REFUSED))
    item = replace(ITEM, version="v2", interval=given, **changes)
    after = settled(booked(before), action, item, SCENE)
    assert after.case is not None
    return after, after.case.link, item


@pytest.mark.parametrize("event", [replace(EVENT, etag="w2", interval=at(8)), None])
def test_r8_1_a_moved_item_is_known_as_it_was_given_back(event: OutlookItem | None) -> None:
    action = write_item(event=event, version="v1b")

    after, link, item = moved_item(at(8), action, replace(LINK, told="x"))

    outlook = Known(version="w2", interval=at(8), modified=AGO, older=("w1",))
    agreed = Base(
        booking=Known(version="v2", interval=at(8), older=("v1", "v1b")),
        outlook=BASE.outlook if event is None else outlook,
        interval=at(8),
        text=BASE.text,
    )
    assert link == replace(LINK, base=agreed, interval=at(8))
    assert after == Settled(
        key=LINK.key,
        case=Case(link=link, booking=item, outlook=event, is_read=True),
        activity=(line(ActivityAction.MOVED, Direction.TO_BOOKING, start=at(8).start),),
        echoes=("v2",),
        freed=True,
        is_done=True,
    )


def test_r8_14_a_move_that_the_grid_takes_back_is_told_once() -> None:
    said = "The booking product keeps coarser times, so the item stays where it was."

    after, link, _ = moved_item(at(4), write_item())

    assert after.tells == (replace(TELL, reason=said),)
    assert after.freed is False
    assert link.interval == at(4)
    assert base_of(link).interval == at(8)
    told, _, _ = moved_item(at(4), write_item(), replace(LINK, told="state"))
    assert told.tells == ()
    silent, _, _ = moved_item(at(4), write_item(tell=None))
    assert silent.tells == ()


def test_r6_5_a_moved_item_whose_text_tells_its_time_has_its_event_written_anew() -> None:
    _, link, _ = moved_item(
        at(8), write_item(), fields=(BookingField(label="Phone", value="at eight"),)
    )

    assert base_of(link).text == ""


# --- something was taken away ---


@pytest.mark.parametrize(
    ("link", "known", "why"),
    [
        (LINK, {"booking": Gone()}, "It is not in your schedule any more."),
        (
            LINK,
            {"booking": replace(ITEM, location_id=SOUTH)},
            explain(SkipReason.LOCATION_NOT_ENABLED).sentence,
        ),
        (LINK, {"booking": ITEM}, ""),
        (LINK, {"booking": None}, ""),
    ],
)
def test_r6_1_a_deleted_event_is_remembered_and_shown(
    link: Link, known: dict[str, Any], why: str
) -> None:
    deleting = writing(link, Op.DELETE, Side.OUTLOOK)

    after = settled(booked(deleting, **known), DELETE, None, SCENE)

    assert after == Settled(
        key=link.key,
        case=None,
        also=(ended(link, EVENT.id, NOW),),
        activity=(line(ActivityAction.DELETED, reason=why),),
        echoes=("deleted event",),
        is_done=True,
    )


def test_r8_12_an_event_is_remembered_under_the_id_by_which_it_was_deleted() -> None:
    away = replace(DELETE, outlook_id=OutlookItemId("dragged"))

    after = settled(booked(booking=Gone(), outlook=dragged()), away, None, SCENE)

    assert after.also == (ended(LINK, OutlookItemId("dragged"), NOW),)
    assert after.echoes == ("deleted dragged",)


def test_an_answer_or_an_intent_that_can_not_be_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="WriteEvent was answered by BookingItem"):
        settled(booked(), write_event(), ITEM, SCENE)
    with pytest.raises(TypeError, match="a creation has its intent from the table"):
        intended(create_event(link=replace(BEGUN, intent=None)), SCENE)


def test_r8_12_what_was_left_over_is_deleted_without_a_line_and_remembered_in_its_place() -> None:
    left = to_be_deleted(LINK, OutlookItemId("left"))
    case = Case(link=left)
    action = DeleteEvent(link=left, rule="R8.12", title="Ada", outlook_id=OutlookItemId("left"))

    after = settled(case, action, None, SCENE)

    assert after == Settled(
        key=left.key,
        case=Case(link=ended(left, OutlookItemId("left"), NOW)),
        echoes=("deleted left",),
        is_done=True,
    )


@pytest.mark.parametrize(
    ("kind", "code", "why"),
    [
        (Kind.APPOINTMENT, "cancelled",
         "You deleted its event in Outlook, so the appointment was cancelled."),
        (Kind.RESERVE, "", "You deleted its event in Outlook."),
    ],
)  # fmt: skip
def test_r8_2_a_cancelled_item_is_shown_and_its_event_remembered(
    kind: Kind, code: str, why: str
) -> None:
    link = replace(writing(LINK, Op.DELETE, Side.BOOKING), kind=kind)

    after = settled(booked(link, outlook=Gone()), REMOVE, None, SCENE)

    assert after == Settled(
        key=LINK.key,
        case=None,
        also=(ended(link, EVENT.id, NOW, code=code),),
        activity=(line(ActivityAction.DELETED, Direction.TO_BOOKING, reason=why),),
        freed=True,
        is_done=True,
    )


@pytest.mark.parametrize(
    ("sight", "rule", "why"),
    [
        (Gone(), "R8.4", "The meeting was deleted in Outlook."),
        (dragged(), "R8.4", "You moved the meeting into another calendar."),
        (replace(MEETING, is_cancelled=True), "R7.1", explain(SkipReason.CANCELLED).sentence),
        (replace(MEETING, interval=at(-6)), "R7.1", explain(SkipReason.PAST).sentence),
        (None, "R8.4", ""),
        (MEETING, "R7.5", "Its meeting has moved to a time that is taken."),
    ],
)
@pytest.mark.parametrize("after", [None, replace(MEETING_LINK, booking_id=None, base=None)])
def test_r12_1_a_removed_reserve_is_shown_with_its_reason(
    sight: Any, rule: str, why: str, after: Link | None
) -> None:
    case = met(writing(MEETING_LINK, Op.DELETE, Side.BOOKING), outlook=sight, is_stored=False)

    step = settled(case, replace(REMOVE_RESERVE, rule=rule, after=after), None, SCENE)

    kept = None
    if after is not None:
        kept = replace(case, link=after, booking=Gone(), is_stored=True)
    assert step == Settled(
        key=MEETING_LINK.key,
        case=kept,
        activity=(line(ActivityAction.DELETED, Direction.TO_BOOKING, title="Lunch", reason=why),),
        freed=True,
        is_done=True,
    )


def test_r2_4_a_reserve_that_goes_with_the_right_is_shown_with_that_reason() -> None:
    for sight in (MEETING, None):
        case = met(writing(MEETING_LINK, Op.DELETE, Side.BOOKING), outlook=sight)

        (entry,) = settled(case, REMOVE_RESERVE, None, VIEWER).activity

        assert entry.reason == explain(SkipReason.VIEW_ONLY).sentence


# --- what did not do what was wanted ---


def unwritten(code: str, wait: timedelta, **more: Any) -> Hold:
    return Hold(why=Why.UNREADABLE, since=NOW, at=NOW + wait, **{"tries": 1, "code": code, **more})


@pytest.mark.parametrize(
    ("link", "lost", "hold"),
    [
        (writing(LINK, Op.WRITE, Side.OUTLOOK), Lost(code="http_500"),
         unwritten("http_500", 10 * SECOND)),
        (writing(LINK, Op.WRITE, Side.OUTLOOK), Lost(code="http_500", wait=90),
         unwritten("http_500", 90 * SECOND)),
        (writing(LINK, Op.WRITE, Side.BOOKING), Lost(code="throttled"),
         unwritten("throttled", 0 * SECOND)),
        (replace(writing(LINK, Op.WRITE, Side.BOOKING),
                 hold=unwritten("throttled", 0 * SECOND)), Lost(code="throttled"),
         unwritten("throttled", 20 * SECOND, tries=2)),
        (BEGUN, Lost(code="http_500"), unwritten("http_500", 30 * SECOND)),
        (RESERVE_BEGUN, Lost(code="http_500"), unwritten("http_500", 10 * SECOND)),
        (writing(LINK, Op.DELETE, Side.OUTLOOK), Lost(code="http_500"),
         unwritten("http_500", 10 * SECOND)),
        (writing(waiting(LINK, Why.UNPROVEN), Op.DELETE, Side.BOOKING), Lost(code="http_500"),
         unwritten("http_500", 10 * SECOND, over=Hold(why=Why.UNPROVEN, since=AGO))),
    ],
)  # fmt: skip
def test_r11_5_a_lost_answer_keeps_the_intent_and_waits(link: Link, lost: Lost, hold: Hold) -> None:
    case = booked(link, is_stored=False)

    after = settled(case, write_event(), lost, SCENE)

    waits = replace(case, link=replace(link, hold=hold), is_stored=True, is_over=True)
    assert after == Settled(key=link.key, case=waits)


@pytest.mark.parametrize(
    ("action", "op", "side"),
    [
        (write_event(), Op.WRITE, Side.OUTLOOK),
        (write_item(), Op.WRITE, Side.BOOKING),
        (DELETE, Op.DELETE, Side.OUTLOOK),
        (REMOVE, Op.DELETE, Side.BOOKING),
    ],
)
def test_case_23_what_met_another_state_is_read_again_some_times(
    action: Write, op: Op, side: Side
) -> None:
    link = writing(LINK, op, side)
    before = link if isinstance(action, DeleteEvent) else LINK
    case = booked(link, is_stored=False, is_stale=True, is_shown=True)

    after = settled(case, action, Met(), SCENE)

    again = replace(case, link=before, tries=1, is_stored=True, is_stale=False)
    if side is Side.OUTLOOK:
        again = replace(again, outlook=Absent(), is_read=False, is_shown=False)
    else:
        again = replace(again, booking=Absent())
    assert after == Settled(key=LINK.key, case=again)
    second = settled(replace(case, tries=1), action, Met(), SCENE)
    assert second.case is not None
    assert second.case.is_over is False
    third = settled(replace(case, tries=2), action, Met(), SCENE)
    hold = unwritten("changes_all_the_time", 10 * SECOND)
    assert third == Settled(
        key=LINK.key,
        case=replace(case, link=replace(before, hold=hold), tries=3, is_stored=True, is_over=True),
    )


NO = Refusal(code="not_permitted", detail="You may not.")


@pytest.mark.parametrize("action", [write_item(), write_reserve(), CREATE_RESERVE])
def test_r8_16_a_refused_time_is_not_final_yet(action: Write) -> None:
    link = replace(action.link, intent=RESERVE_BEGUN.intent)
    case = Case(link=link, is_stored=False)

    after = settled(case, action, NO, replace(SCENE, freed=3))

    assert after == Settled(
        key=link.key,
        case=replace(
            case,
            link=replace(link, intent=None),
            refusal=NO,
            refused_at=3,
            is_stored=True,
        ),
    )


def test_r8_5_a_meeting_that_may_not_be_moved_has_its_reserve_put_back_with_the_reason() -> None:
    action = write_event(link=MEETING_LINK, is_meeting=True)
    case = met(writing(MEETING_LINK, Op.WRITE, Side.OUTLOOK))

    after = settled(case, action, Refusal(code="slot_taken", detail="x"), SCENE)

    told = Refusal(code="slot_taken", detail="The booking product says that this time is taken.")
    assert after == Settled(
        key=MEETING_LINK.key, case=replace(case, link=MEETING_LINK, refusal=told)
    )


def refused_hold(of: str, tries: int = 1) -> Hold:
    return Hold(
        why=Why.REFUSED,
        since=NOW,
        at=NOW + 10 * SECOND * 2 ** (tries - 1),
        of=of,
        tries=tries,
        code="not_permitted",
    )


@pytest.mark.parametrize(
    ("action", "of", "done", "direction", "result"),
    [
        (create_event(), "v1", ActivityAction.CREATED, Direction.TO_OUTLOOK,
         ActivityResult.FAILED),
        (write_event(booking=LATER), "v2", ActivityAction.UPDATED, Direction.TO_OUTLOOK,
         ActivityResult.FAILED),
        (write_event(), "v1", ActivityAction.UPDATED, Direction.TO_OUTLOOK,
         ActivityResult.FAILED),
        (DELETE, "", ActivityAction.DELETED, Direction.TO_OUTLOOK, ActivityResult.FAILED),
        (replace(REMOVE_RESERVE, title="Ada - Cut"), "", ActivityAction.DELETED,
         Direction.TO_BOOKING, ActivityResult.REFUSED),
        (write_reserve(is_put_back=True, title="Ada - Cut"), "", ActivityAction.UPDATED,
         Direction.TO_BOOKING, ActivityResult.REFUSED),
    ],
)  # fmt: skip
def test_r11_8_a_refused_write_waits_and_is_shown_once(
    action: Write,
    of: str,
    done: ActivityAction,
    direction: Direction,
    result: ActivityResult,
) -> None:
    link = replace(action.link, intent=RESERVE_BEGUN.intent)
    case = Case(link=link, is_stored=False)

    after = settled(case, action, NO, SCENE)

    waits = replace(action.link, intent=None, hold=refused_hold(of))
    assert after == Settled(
        key=link.key,
        case=replace(case, link=waits, is_stored=True, is_over=True),
        activity=(line(done, direction, result, reason="You may not.", waits_for=link.key),),
    )
    again = settled(Case(link=waits), action, NO, SCENE)
    assert again.activity == ()
    assert again.case is not None
    assert again.case.link.hold == refused_hold(of, tries=2)
    for other in (replace(refused_hold(of), of="v0"), unwritten("x", MINUTE)):
        shown = settled(Case(link=replace(waits, hold=other)), action, NO, SCENE)
        assert len(shown.activity) == 1


def test_r7_5_a_refused_put_back_is_known_by_what_was_to_be_put_back() -> None:
    """Seed 22011221: known by nothing, it was tried again whatever was read."""
    event = moved(EVENT, at(8))
    reserve = replace(RESERVE, version="v2", interval=at(6))

    of_event = settled(booked(outlook=event), write_event(is_put_back=True), NO, SCENE)
    of_reserve = settled(met(booking=reserve), write_reserve(is_put_back=True), NO, SCENE)

    for after, state in ((of_event, try_state(event)), (of_reserve, "v2")):
        assert after.case is not None
        assert after.case.link.hold == refused_hold(state)


def test_r8_12_a_refused_deletion_of_what_was_left_over_keeps_its_intent() -> None:
    left = to_be_deleted(LINK, EVENT.id)

    after = settled(Case(link=left), replace(DELETE, link=left), NO, SCENE)

    assert after.case is not None
    assert after.case.link == replace(left, hold=refused_hold(""))


def test_r8_2_a_refused_cancellation_has_the_event_made_again_and_that_is_told() -> None:
    link = waiting(writing(LINK, Op.DELETE, Side.BOOKING), Why.UNPROVEN)
    case = booked(link, outlook=Gone())

    after = settled(case, REMOVE, NO, SCENE)

    remade = replace(
        LINK,
        base=None,
        outlook_id=None,
        uid=None,
        generation="",
        intent=Intent(op=Op.CREATE, side=Side.OUTLOOK, interval=at(4)),
        told="state",
    )
    tell = replace(TELL, reason="You may not.")
    assert after == Settled(
        key=LINK.key,
        case=replace(case, link=remade, booking=Absent(), outlook=None),
        also=(ended(LINK, EVENT.id, NOW),),
        activity=(
            line(
                ActivityAction.DELETED,
                Direction.TO_BOOKING,
                ActivityResult.REFUSED,
                reason="You may not.",
            ),
        ),
        tells=(tell,),
    )
    told = settled(replace(case, link=replace(link, told="state")), REMOVE, NO, SCENE)
    assert told.tells == ()
    silent = settled(
        replace(case, link=replace(link, told="before", outlook_id=None)),
        replace(REMOVE, tell=None),
        NO,
        SCENE,
    )
    assert silent.tells == ()
    assert silent.also == ()
    assert silent.case is not None
    assert silent.case.link.told == "before"
