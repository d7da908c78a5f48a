"""Who an event is, and what proves that it is gone (cases 48 to 55; R8.10 to R8.12, R11.7)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sync.engine.items import BookingItem, Refusal
from sync.engine.links import Why
from sync.errors import Unreadable
from sync.people.people import ConnectionState, HeldAnswer, SyncResult
from sync.ports import Cause, MailKind
from sync.words import OutlookItemId, PersonKey, ShowAs
from tests.fakes.booking import Policy
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.stillness import (
    KINDS,
    TROUBLES,
    assert_quiet,
    complaints,
    hours_later,
    in_step,
    mails,
    make,
    one_job,
    seen,
    spans,
)
from tests.stories.sync.wire import Call, Crash
from tests.stories.sync.world import World

DAY = 24 * 3600


def _dies_before(name: str) -> Callable[[Call], BaseException | None]:
    return lambda call: Crash() if str(call) == name else None


async def _unchanged(world: World, person: PersonKey, copies: int = 0) -> None:
    """Syncs, and asserts that this and what follows writes nothing and tells nobody."""
    schedule, written = world.booking.schedule(person), world.writes()
    await world.sync(person, Cause.OUTLOOK_CHANGED)
    assert world.booking.schedule(person) == schedule
    assert world.writes() == written
    assert complaints(world, person) == 0
    await assert_quiet(world, person, copies=copies)


# --- 48: dragged away and back ---


@pytest.mark.parametrize("series", [False, True])
async def test_r8_10_case_48_a_meeting_dragged_away_and_back_keeps_its_reserve(
    world: World,
    series: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    drawer = world.outlook.add_calendar(anna, "Drawer")
    make = world.outlook.repeat if series else world.outlook.meet
    meeting = make(anna, at(20))
    await world.sync(anna)
    world.clock.advance(120)
    away = world.outlook.drag(anna, meeting, drawer)
    world.outlook.drag(anna, away, world.calendar(anna))

    await _unchanged(world, anna)


@pytest.mark.parametrize("trouble", [None, *TROUBLES])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS)
async def test_r8_12_case_48_dragged_away_it_is_found_in_whichever_calendar_it_is(
    world: World, kind: str, place: int, trouble: str | None
) -> None:
    """Several calendars are searched at once, and another one may not be readable."""
    anna, item, _ = await in_step(world, kind)
    others = [world.outlook.add_calendar(anna, name) for name in ("One", "Two", "Three")]
    world.outlook.drag(anna, world.event_of(anna, item).id, others[place])
    if trouble is not None:
        world.outlook.trouble[others[(place + 1) % 3]] = TROUBLES[trouble]

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert at(20) == world.event_of(anna, item).interval
    assert world.outlook.items(anna, others[place]) == ()
    assert spans(world, anna) == [at(20)]
    assert mails(world, anna, MailKind.NOT_UPDATED) == 1
    await assert_quiet(world, anna)


async def test_r8_10_what_a_lost_answer_said_is_known_at_the_second_look(world: World) -> None:
    """Seed 14007006: where the item was before has passed meanwhile, and all was laid to rest."""
    anna, _, event = await in_step(world, hour=2)
    world.outlook.move(anna, event, on_day(3))
    world.wire.after = lambda call: Crash() if str(call) == "booking.update_item" else None
    await one_job(world, anna)
    world.wire.calm()
    world.clock.advance(4 * 3600)
    world.outlook.delete(anna, event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == []
    await assert_quiet(world, anna)


@pytest.mark.parametrize("how", ["undone", "dragged", "mailbox moved"])
async def test_r8_10_a_passed_meeting_with_another_id_that_is_moved_ahead_keeps_its_reserve(
    world: World, how: str
) -> None:
    """Seed 9002891: no read expects what has passed, so nothing told that its old id was gone."""
    anna = await world.started_person()
    calendar = world.calendar(anna)
    meeting = world.outlook.meet(anna, at(2))
    await world.sync(anna)
    (reserve,) = world.reserves(anna)
    world.clock.advance(120)
    # A round that is read in full: whatever was made before it is covered by the feed.
    world.outlook.expire_cursors(anna)
    await world.sync(anna)
    world.clock.advance(6 * 3600)
    match how:
        case "undone":
            world.outlook.delete(anna, meeting)
            meeting = world.outlook.restore(anna, meeting)
        case "dragged":
            drawer = world.outlook.add_calendar(anna, "Drawer")
            meeting = world.outlook.drag(anna, meeting, drawer)
            meeting = world.outlook.drag(anna, meeting, calendar)
        case _:
            meeting = world.outlook.move_mailbox(anna)[meeting]
    world.outlook.expire_cursors(anna)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.outlook.move(anna, meeting, at(20))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert [(reserve.id, at(20))] == [(x.id, x.interval) for x in world.reserves(anna)]
    world.booking.move(anna, reserve.id, at(22))
    await world.sync(anna)
    assert spans(world, anna) == seen(world, anna) == [at(22)]
    await assert_quiet(world, anna)


@pytest.mark.parametrize("why", ["left alone", "taken", "beyond"])
async def test_r8_10_a_meeting_that_waits_is_followed_to_its_new_id(world: World, why: str) -> None:
    """The feed tells of the new id once; nothing else is to be recorded of the Meeting then."""
    anna = await world.started_person()
    busy = world.booking.block(anna, at(20), title="Busy") if why == "taken" else None
    meeting = world.outlook.meet(anna, on_day(95) if why == "beyond" else at(20))
    await world.sync(anna)
    if why == "left alone":
        world.booking.delete(anna, world.reserves(anna)[0].id)
        await world.sync(anna)
    assert world.reserves(anna) == []
    links = len(world.links(anna))

    new = _away_and_back(world, anna, meeting)
    await one_job(world, anna)

    assert world.link_of(anna, new).hold is not None
    assert links == len(world.links(anna))
    if busy is not None:
        world.booking.delete(anna, busy.id)
    world.outlook.edit(anna, new, subject="Another", interval=at(22))
    await world.sync(anna)
    assert [at(22)] == [reserve.interval for reserve in world.reserves(anna)]
    world.outlook.expire_cursors(anna)
    await world.sync(anna)
    assert len(world.reserves(anna)) == 1
    await assert_quiet(world, anna)


# --- beyond what the feeds are opened over ---


async def _far_off(world: World) -> tuple[PersonKey, BookingItem, OutlookItemId]:
    """Gives a person whose item was moved to day 120, in Outlook, and its event (R8.10)."""
    anna, item, event = await in_step(world)
    world.outlook.move(anna, event, on_day(120))
    await world.sync(anna)
    assert spans(world, anna) == [on_day(120)]
    world.clock.advance(120)
    return anna, item, event


async def test_r8_12_an_event_beyond_the_horizon_that_is_dragged_away_comes_back(
    world: World,
) -> None:
    """No feed tells of it (Graph: calendarView delta), so each full read asks."""
    anna, item, event = await _far_off(world)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    world.outlook.drag(anna, event, drawer)
    world.outlook.expire_cursors(anna)

    await world.sync(anna)

    assert seen(world, anna, drawer) == []
    assert seen(world, anna) == spans(world, anna) == [on_day(120)]
    assert world.event_of(anna, item).id != event
    await assert_quiet(world, anna)


async def test_r8_10_an_event_beyond_the_horizon_that_is_deleted_needs_both_looks(
    world: World,
) -> None:
    anna, _, event = await _far_off(world)
    world.outlook.delete(anna, event)
    world.outlook.expire_cursors(anna)

    await one_job(world, anna)
    assert spans(world, anna) == [on_day(120)]
    world.clock.advance(61)
    await world.sync(anna)

    assert spans(world, anna) == []
    await assert_quiet(world, anna)


async def test_r8_10_an_item_beyond_the_horizon_that_is_gone_takes_its_event_along(
    world: World,
) -> None:
    anna, item, _ = await _far_off(world)
    world.booking.delete(anna, item.id)
    world.booking.expire_cursors(anna)

    await world.sync(anna)

    assert seen(world, anna) == []
    await assert_quiet(world, anna)


async def test_r8_8_what_lies_beyond_the_horizon_is_asked_for_and_stays(world: World) -> None:
    anna, _, _ = await _far_off(world)
    written = world.writes()
    world.outlook.expire_cursors(anna)
    world.booking.expire_cursors(anna)

    await world.sync(anna)

    assert written == world.writes()
    assert seen(world, anna) == spans(world, anna) == [on_day(120)]


# --- 49: deleted and undone ---


@pytest.mark.parametrize("lag", [0, 3])
@pytest.mark.parametrize("after", [0, 1, 30, 59])
async def test_r8_10_case_49_undone_within_the_second_look_nothing_has_happened(
    world: World, after: int, lag: int
) -> None:
    anna, item, event = await in_step(world)
    world.outlook.delete(anna, event)
    await one_job(world, anna)
    assert world.link_of(anna, item.id).hold is not None
    world.clock.advance(after)
    world.outlook.lag(anna, lag if after + lag < 60 else 0)
    back = world.outlook.restore(anna, event)

    await world.settle()

    await _unchanged(world, anna)
    assert world.event_of(anna, item).id == back


async def test_r8_10_case_49_undone_at_another_time_the_appointment_is_moved(
    world: World,
) -> None:
    anna, _, event = await in_step(world)
    world.outlook.delete(anna, event)
    await one_job(world, anna)
    world.outlook.move(anna, world.outlook.restore(anna, event), at(30))

    await world.settle()

    assert spans(world, anna) == seen(world, anna) == [at(30)]
    await assert_quiet(world, anna)


async def test_r8_10_case_49_deleted_undone_and_deleted_again_needs_two_looks_anew(
    world: World,
) -> None:
    anna, _, event = await in_step(world)
    world.outlook.delete(anna, event)
    await one_job(world, anna)
    world.clock.advance(30)
    back = world.outlook.restore(anna, event)
    await one_job(world, anna)
    world.clock.advance(20)
    world.outlook.delete(anna, back)
    await one_job(world, anna)
    world.clock.advance(20)
    await one_job(world, anna)
    still = spans(world, anna)

    await world.settle()

    assert still == [at(20)]
    assert spans(world, anna) == []
    await assert_quiet(world, anna)


@pytest.mark.parametrize("series", [False, True])
async def test_r8_10_case_49_a_meeting_deleted_and_undone_keeps_its_reserve(
    world: World,
    series: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    make = world.outlook.repeat if series else world.outlook.meet
    meeting = make(anna, at(20))
    await world.sync(anna)
    world.clock.advance(120)
    world.outlook.delete(anna, meeting)
    world.outlook.restore(anna, meeting)

    await _unchanged(world, anna)


async def test_r8_10_case_49_a_meeting_undone_after_its_reserve_went_has_one_again(
    world: World,
) -> None:
    anna, meeting = await world.met(at(20))
    world.clock.advance(120)
    world.outlook.delete(anna, meeting)
    await world.sync(anna)
    assert world.reserves(anna) == []

    world.outlook.restore(anna, meeting)
    await world.sync(anna)

    assert [at(20)] == [reserve.interval for reserve in world.reserves(anna)]
    await assert_quiet(world, anna)


# --- 50: the mailbox is moved ---


@pytest.mark.parametrize("feed_tells", [False, True])
@pytest.mark.parametrize("keeps_marks", [False, True])
async def test_r8_10_case_50_a_moved_mailbox_changes_nothing(
    world: World,
    keeps_marks: bool,  # noqa: FBT001 - a case
    feed_tells: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    items = [make(world, anna, KINDS[hour % 2], 20 + hour) for hour in range(8)]
    world.outlook.meet(anna, at(40))
    world.outlook.meet(anna, at(41), has_attendees=True, is_organizer=False)
    series = world.outlook.repeat(anna, at(42), count=5)
    await world.sync(anna)
    world.outlook.move(anna, world.outlook.occurrences(anna, series)[1], on_day(9))
    await world.sync(anna)
    world.clock.advance(120)
    schedule, written = world.booking.schedule(anna), world.writes()

    renamed = world.outlook.move_mailbox(anna, keeps_marks=keeps_marks, feed_tells=feed_tells)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert schedule == world.booking.schedule(anna)
    assert written == world.writes()
    assert complaints(world, anna) == 0
    assert {world.event_of(anna, item).id for item in items} <= set(renamed.values())
    await assert_quiet(world, anna, missing=0 if keeps_marks else len(items))


@pytest.mark.parametrize("feed_tells", [False, True])
async def test_r8_10_case_50_what_changed_while_the_mailbox_moved_is_followed(
    world: World,
    feed_tells: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    by_office, by_person, deleted = (make(world, anna, "appointment", h) for h in (20, 22, 24))
    meeting = world.outlook.meet(anna, at(40))
    await world.sync(anna)
    world.clock.advance(120)
    moved, gone = (world.event_of(anna, item).id for item in (by_person, deleted))

    new = world.outlook.move_mailbox(anna, feed_tells=feed_tells)
    world.booking.move(anna, by_office.id, at(30))
    world.outlook.move(anna, new[moved], at(32))
    world.outlook.delete(anna, new[gone])
    world.outlook.move(anna, new[meeting], at(44))
    await world.sync(anna)

    assert spans(world, anna) == seen(world, anna) == [at(30), at(32), at(44)]
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


async def test_r8_10_case_50_a_mailbox_moved_twice_is_still_the_same(world: World) -> None:
    anna, item, _ = await in_step(world)
    world.outlook.meet(anna, at(40))
    await world.sync(anna)
    world.clock.advance(120)

    world.outlook.move_mailbox(anna)
    world.outlook.move_mailbox(anna, feed_tells=True)
    await _unchanged(world, anna)
    world.outlook.move_mailbox(anna, feed_tells=True)
    await _unchanged(world, anna)

    assert at(20) == world.event_of(anna, item).interval


# --- what is to be deleted and is not there under its id ---


def _away_and_back(world: World, person: PersonKey, event: OutlookItemId) -> OutlookItemId:
    """Drags an event into another calendar and back; gives its new id."""
    drawer = world.outlook.add_calendar(person, "Drawer")
    away = world.outlook.drag(person, event, drawer)
    return world.outlook.drag(person, away, world.calendar(person))


def _elsewhere(world: World, person: PersonKey, event: OutlookItemId) -> OutlookItemId:
    return world.outlook.drag(person, event, world.outlook.add_calendar(person, "Drawer"))


def _moved_mailbox(world: World, person: PersonKey, event: OutlookItemId) -> OutlookItemId:
    return world.outlook.move_mailbox(person)[event]


RENAMES = [_away_and_back, _elsewhere, _moved_mailbox]


@pytest.mark.parametrize("rename", RENAMES)
@pytest.mark.parametrize("kind", KINDS)
async def test_r8_10_an_event_to_be_deleted_is_looked_for_under_another_id(
    world: World, kind: str, rename: Callable[[World, PersonKey, OutlookItemId], OutlookItemId]
) -> None:
    """No read shows the new id yet; the deletion says that the old one is not there."""
    anna, item, _ = await in_step(world, kind)
    world.outlook.lag(anna, 10)
    rename(world, anna, world.event_of(anna, item).id)
    world.booking.cancel(anna, item.id)

    await world.sync(anna)

    events = world.outlook.mailboxes[anna].events
    assert events == {}
    assert world.reserves(anna) == []
    assert world.links_alive(anna) == ()


async def test_r8_10_an_event_to_be_deleted_that_became_a_series_meanwhile_goes(
    world: World,
) -> None:
    anna, item, _ = await in_step(world)
    world.outlook.lag(anna, 10)
    new = _moved_mailbox(world, anna, world.event_of(anna, item).id)
    world.booking.cancel(anna, item.id)
    await one_job(world, anna)
    world.outlook.make_series(anna, new)

    await world.sync(anna)

    assert seen(world, anna) == []
    assert world.reserves(anna) == []
    await assert_quiet(world, anna)


@pytest.mark.parametrize("feed_tells", [False, True])
async def test_r8_11_what_is_left_over_of_a_series_is_known_after_the_mailbox_moved(
    world: World,
    feed_tells: bool,  # noqa: FBT001 - a case
) -> None:
    """The worker died between making the event again and deleting the old one."""
    anna, item, _ = await in_step(world)
    world.outlook.make_series(anna, world.event_of(anna, item).id)
    world.wire.before = _dies_before("outlook.delete_event")
    await one_job(world, anna)
    world.wire.calm()
    world.outlook.move_mailbox(anna, feed_tells=feed_tells)
    world.clock.advance(120)

    await world.sync(anna)

    assert seen(world, anna) == [at(20)]
    assert world.reserves(anna) == []
    await assert_quiet(world, anna)


async def test_r8_9_what_is_left_over_and_can_not_be_deleted_is_tried_again(
    world: World,
) -> None:
    anna, item, _ = await in_step(world)
    series = world.event_of(anna, item).id
    world.outlook.make_series(anna, series)
    world.outlook.refused = {series: Refusal(code="bad_request", detail="No.")}
    await world.sync(anna)
    assert len(seen(world, anna)) > 1
    asked = world.outlook.calls["delete_event"]
    await one_job(world, anna)
    assert asked == world.outlook.calls["delete_event"], "not before it is due (R11.9)"

    world.outlook.refused = {}
    await hours_later(world, anna)

    assert seen(world, anna) == [at(20)]
    await assert_quiet(world, anna)


@pytest.mark.parametrize("by", ["office", "both"])
@pytest.mark.parametrize("shape", ["single", "series"])
@pytest.mark.parametrize("kind", KINDS)
async def test_r6_1_an_event_taken_out_of_the_bin_after_its_item_went_goes_again(
    world: World, kind: str, shape: str, by: str
) -> None:
    """It is no Meeting: the item that it showed is not there any more (also seed 11005370)."""
    anna, item, event = await in_step(world, kind)
    if by == "both":
        world.clock.advance(120)
        world.outlook.delete(anna, event)
    world.booking.cancel(anna, item.id)
    await world.sync(anna)
    back = world.outlook.restore(anna, event)
    if shape == "series":
        world.outlook.make_series(anna, back)

    await world.sync(anna)

    assert seen(world, anna) == []
    assert world.reserves(anna) == []
    await assert_quiet(world, anna)


async def test_r10_1_a_disconnect_looks_for_an_event_under_another_id(world: World) -> None:
    """While reads are late it is not believed that nothing is there (R8.10, R10.5)."""
    anna, item, _ = await in_step(world)
    world.outlook.lag(anna, 10)
    _away_and_back(world, anna, world.event_of(anna, item).id)

    await world.service.disconnect(anna)
    await world.settle()

    assert seen(world, anna) == []
    assert world.links(anna) == ()
    assert world.connection(anna).left_behind == 0


@pytest.mark.parametrize("place", ["calendar", "drawer"])
async def test_r10_1_a_disconnect_removes_what_came_out_of_the_bin_just_before(
    world: World, place: str
) -> None:
    anna, item, _ = await in_step(world)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    event = world.event_of(anna, item).id
    world.booking.cancel(anna, item.id)
    await world.sync(anna)
    back = world.outlook.restore(anna, event)
    if place == "drawer":
        world.outlook.drag(anna, back, drawer)

    await world.service.disconnect(anna)
    await world.settle()

    assert seen(world, anna) == seen(world, anna, drawer) == []
    assert world.connection(anna).left_behind == 0


# --- 51 and 52: feed and read contradict each other ---


@pytest.mark.parametrize("to", [30, 24 * 120], ids=["nearby", "day 120"])
@pytest.mark.parametrize("kind", KINDS)
async def test_r8_10_case_51_moved_and_once_not_found_is_moved_in_the_end(
    world: World, kind: str, to: int
) -> None:
    anna, _, event = await in_step(world, kind)
    world.outlook.move(anna, event, at(to))
    world.outlook.vanished_once.add(event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == [at(to)]
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


async def test_r8_10_case_51_a_meeting_once_not_found_keeps_its_reserve(world: World) -> None:
    anna, meeting = await world.met(at(20))
    world.clock.advance(120)
    world.outlook.vanished_once.add(meeting)
    world.outlook.false_removals.add(meeting)
    written = world.writes()

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert written == world.writes()
    await assert_quiet(world, anna)


def _hide(world: World, event: OutlookItemId, *, from_searches: bool) -> None:
    """Makes reads of one event answer 404, whatever the feed shows."""
    world.outlook.vanished.add(event)

    def answer(call: Call, found: Any) -> Any:
        if from_searches and str(call) == "outlook.find":
            return tuple(each for each in found if each.item.id != event)
        return found

    world.wire.answer = answer


@pytest.mark.parametrize("searches", ["find it", "find nothing"])
@pytest.mark.parametrize("reads", ["feed", "in full"])
@pytest.mark.parametrize("kind", KINDS)
async def test_r8_10_case_52_shown_by_the_feed_and_never_readable_cancels_nothing(
    world: World, kind: str, reads: str, searches: str
) -> None:
    anna, item, event = await in_step(world, kind)
    _hide(world, event, from_searches=searches == "find nothing")
    world.outlook.move(anna, event, at(30))
    if reads == "in full":
        world.outlook.expire_cursors(anna)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    await hours_later(world, anna, 3)
    world.outlook.meet(anna, at(60))
    other = world.booking.book(anna, at(62))
    await world.sync(anna)

    link = world.link_of(anna, item.id)
    assert spans(world, anna) == [at(20), at(60), at(62)]
    assert at(62) == world.event_of(anna, other).interval
    assert link.hold is not None
    assert link.hold.why is Why.UNREADABLE
    assert world.connection(anna).waiting == 1
    last = world.connection(anna).last_sync
    assert last is not None
    assert last.result is SyncResult.PARTIAL
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)

    world.outlook.vanished.clear()
    world.wire.calm()
    await hours_later(world, anna)
    assert spans(world, anna) == [at(30), at(60), at(62)]
    assert world.connection(anna).waiting == 0
    await assert_quiet(world, anna)


async def test_r8_10_case_52_what_could_not_be_read_and_is_then_deleted_is_cancelled(
    world: World,
) -> None:
    anna, _, event = await in_step(world)
    _hide(world, event, from_searches=True)
    world.outlook.move(anna, event, at(30))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == []
    await assert_quiet(world, anna)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_r8_10_case_52_another_trouble_in_between_does_not_prove_it_gone(
    world: World, trouble: str
) -> None:
    anna, _, event = await in_step(world)
    _hide(world, event, from_searches=True)
    world.outlook.move(anna, event, at(30))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.outlook.trouble[event] = TROUBLES[trouble]
    await hours_later(world, anna)
    world.outlook.trouble.clear()

    await hours_later(world, anna, 3)

    assert spans(world, anna) == [at(20)]
    assert world.connection(anna).waiting == 1
    await assert_quiet(world, anna)


@pytest.mark.parametrize("searches", ["find it", "find nothing"])
@pytest.mark.parametrize("change", ["moved", "touched", "renamed", "freed"])
@pytest.mark.parametrize("series", [False, True])
async def test_r8_10_case_52_a_meeting_shown_and_never_readable_keeps_its_reserve(
    world: World,
    series: bool,  # noqa: FBT001 - a case
    change: str,
    searches: str,
) -> None:
    anna = await world.started_person()
    meeting = world.outlook.meet(anna, at(20))
    if series:
        world.outlook.make_series(anna, meeting)
        meeting = world.outlook.occurrences(anna, meeting)[0]
    await world.sync(anna)
    world.clock.advance(120)
    count = len(world.reserves(anna))
    _hide(world, meeting, from_searches=searches == "find nothing")

    if change == "freed":
        # What can't be confirmed takes nothing away (R8.10).
        world.outlook.edit(anna, meeting, show_as=ShowAs.FREE)
    elif change == "moved":
        world.outlook.move(anna, meeting, at(22))
    elif change == "renamed":
        world.outlook.edit(anna, meeting, subject="Renamed")
    else:
        world.outlook.touch(anna, meeting)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    await hours_later(world, anna, 2)

    assert count == len(world.reserves(anna))
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


# --- 53: a copy is not the original ---


@pytest.mark.parametrize("place", ["where it is", "elsewhere", "another calendar"])
@pytest.mark.parametrize("between", [False, True])
async def test_r8_11_case_53_a_copy_whose_original_is_deleted_saves_no_appointment(
    world: World,
    between: bool,  # noqa: FBT001 - a case
    place: str,
) -> None:
    anna, item, _ = await in_step(world)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    event = world.event_of(anna, item).id
    is_here = place != "another calendar"
    copied = world.outlook.copy(anna, event, calendar=None if is_here else drawer)
    if place == "elsewhere":
        world.outlook.move(anna, copied, at(30))
    if between:
        await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.outlook.delete(anna, event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.clock.advance(120)
    await world.sync(anna)

    where = {"where it is": [at(20)], "elsewhere": [at(30)], "another calendar": []}[place]
    assert spans(world, anna) == [each.interval for each in world.reserves(anna)] == where
    assert len(world.outlook.items(anna, None if is_here else drawer)) == 1
    await assert_quiet(world, anna, copies=1)


# --- 54: many at once ---


async def _many(
    world: World, count: int, of: int | None = None
) -> tuple[PersonKey, list[BookingItem], list[OutlookItemId]]:
    anna = await world.started_person()
    items = [world.booking.book(anna, on_day(5 + place)) for place in range(of or count)]
    await world.sync(anna)
    world.clock.advance(120)
    return anna, items, [world.event_of(anna, item).id for item in items]


async def _cancel(world: World, person: PersonKey) -> None:
    await world.service.answer_held(person, HeldAnswer.CANCEL)
    await world.settle()


async def _put_back(world: World, person: PersonKey) -> None:
    await world.service.answer_held(person, HeldAnswer.PUT_BACK)
    await world.settle()


async def _say_nothing(world: World, person: PersonKey) -> None:
    del person
    world.clock.advance(DAY - 900)
    await world.sweep_all()
    world.clock.advance(900)
    await world.settle()


@pytest.mark.parametrize(
    ("answer", "stays"), [(_cancel, False), (_put_back, True), (_say_nothing, True)]
)
@pytest.mark.parametrize(("count", "of"), [(8, 8), (8, 20), (6, 30), (3, 4), (3, 5), (20, 20)])
async def test_r11_7_case_54_many_deleted_at_once_are_asked_about(
    world: World,
    count: int,
    of: int,
    answer: Callable[[World, PersonKey], Awaitable[None]],
    stays: bool,  # noqa: FBT001 - a case
) -> None:
    anna, items, events = await _many(world, count, of)
    for event in events[:count]:
        world.outlook.delete(anna, event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    await hours_later(world, anna, 2)

    held = world.connection(anna).held
    assert len(spans(world, anna)) == of
    assert held is not None
    assert held.count == count
    assert mails(world, anna, MailKind.HELD) == 1

    await answer(world, anna)

    there = items if stays else items[count:]
    assert spans(world, anna) == seen(world, anna) == [item.interval for item in there]
    assert world.connection(anna).held is None
    assert mails(world, anna, MailKind.HELD) == 1
    assert complaints(world, anna) == 1
    await assert_quiet(world, anna)


@pytest.mark.parametrize(("count", "of"), [(1, 1), (2, 2), (5, 20), (3, 6), (4, 9)])
async def test_r11_7_case_54_a_few_are_cancelled_without_a_question(
    world: World, count: int, of: int
) -> None:
    anna, items, events = await _many(world, count, of)
    for event in events[:count]:
        world.outlook.delete(anna, event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == [item.interval for item in items[count:]]
    assert mails(world, anna, MailKind.HELD) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("pace", [30, 60, 90])
async def test_r11_7_case_54_deleted_one_after_another_they_are_asked_about_as_well(
    world: World, pace: int
) -> None:
    anna, _, events = await _many(world, 8, 20)
    for event in events[:8]:
        world.outlook.delete(anna, event)
        await one_job(world, anna)
        world.clock.advance(pace)

    await world.settle()

    held = world.connection(anna).held
    assert held is not None
    assert len(spans(world, anna)) >= 15
    assert mails(world, anna, MailKind.HELD) == 1
    await _put_back(world, anna)
    assert spans(world, anna) == seen(world, anna)
    await assert_quiet(world, anna)


@pytest.mark.parametrize("answer", [_cancel, _put_back])
async def test_r11_7_case_54_what_is_undone_drops_out_and_what_is_deleted_joins(
    world: World, answer: Callable[[World, PersonKey], Awaitable[None]]
) -> None:
    anna, items, events = await _many(world, 8, 20)
    for event in events[:8]:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    for event in events[:4]:
        world.outlook.restore(anna, event)
    world.outlook.delete(anna, events[8])
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    held = world.connection(anna).held
    await answer(world, anna)

    assert held is not None
    assert held.count == 5
    gone = items[4:9] if answer is _cancel else []
    there = [item.interval for item in items if item not in gone]
    assert spans(world, anna) == seen(world, anna) == there
    assert mails(world, anna, MailKind.HELD) == 1
    await assert_quiet(world, anna)


@pytest.mark.parametrize("answer", [HeldAnswer.CANCEL, HeldAnswer.PUT_BACK])
async def test_r11_7_case_54_an_answer_is_none_about_what_is_deleted_after_it(
    world: World, answer: HeldAnswer
) -> None:
    anna, items, events = await _many(world, 16, 30)
    for event in events[:8]:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.clock.advance(30)
    await world.service.answer_held(anna, answer)
    for event in events[8:16]:
        world.outlook.delete(anna, event)
    await world.settle()
    await hours_later(world, anna, 2)

    held = world.connection(anna).held
    there = items[8:] if answer is HeldAnswer.CANCEL else items
    assert spans(world, anna) == [item.interval for item in there]
    assert held is not None
    assert (held.count, held.answer) == (8, None)
    assert mails(world, anna, MailKind.HELD) == 2

    await _put_back(world, anna)

    assert spans(world, anna) == seen(world, anna) == [item.interval for item in there]
    assert world.connection(anna).held is None
    await assert_quiet(world, anna)


async def test_r11_7_r11_8_a_question_stands_though_its_events_can_not_be_asked_for_for_a_while(
    world: World,
) -> None:
    anna, items, events = await _many(world, 8, 8)
    for event in events:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    held = world.connection(anna).held
    assert held is not None

    for event in events:
        world.outlook.trouble[event] = lambda: Unreadable("HTTP 500", code="http_500")
    world.booking.edit(anna, items[0].id)
    await world.sync(anna)
    await world.service.resync(anna)
    await world.settle()
    world.outlook.trouble.clear()
    await hours_later(world, anna, 2)

    # What the office saved meanwhile was told once, and is not forgotten (R8.3, seed 40010231).
    asked = world.connection(anna).held
    assert asked == replace(held, count=7)
    assert seen(world, anna) == [items[0].interval]
    assert mails(world, anna, MailKind.HELD) == 1
    assert len(spans(world, anna)) == 8
    await _cancel(world, anna)
    assert spans(world, anna) == [items[0].interval]


async def test_r11_7_r11_9_a_question_out_of_time_is_not_looked_at_each_second(
    world: World,
) -> None:
    """What waits for more than an answer has a time of its own (seed 44008051)."""
    anna, _, events = await _many(world, 8, 8)
    for event in events:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    for event in events:
        world.outlook.trouble[event] = lambda: Unreadable("HTTP 500", code="http_500")
    await world.service.resync(anna)
    await world.settle()

    world.clock.advance(DAY)
    before = world.outlook.calls["read_changes"]
    await hours_later(world, anna, 2)

    assert world.outlook.calls["read_changes"] - before < 30


async def test_r11_7_a_call_in_doubt_does_not_make_what_is_held_be_looked_at_time_and_again(
    world: World,
) -> None:
    """Seed 11001259: each sync tried again whatever had been refused (R7.5, R8.8)."""
    anna, items, events = await _many(world, 8)
    world.outlook.meet(anna, items[0].interval)
    world.booking.policy = Policy(refuse_calls=frozenset({"update_item"}))
    world.outlook.move(anna, events[0], on_day(40))
    world.wire.after = lambda call: Crash() if str(call) == "outlook.update_event" else None
    await one_job(world, anna)
    world.wire.calm()
    for event in events:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert world.connection(anna).held is not None
    await assert_quiet(world, anna, missing=8)


async def test_r11_7_case_54_all_undone_ends_the_question(world: World) -> None:
    anna, items, events = await _many(world, 8)
    for event in events:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    for event in events:
        world.outlook.restore(anna, event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert world.connection(anna).held is None
    assert spans(world, anna) == seen(world, anna) == [item.interval for item in items]
    await assert_quiet(world, anna)


async def test_r11_7_case_54_what_the_office_does_to_held_ones_counts(world: World) -> None:
    anna, items, events = await _many(world, 8)
    for event in events:
        world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.booking.move(anna, items[0].id, on_day(40))
    world.booking.cancel(anna, items[1].id)
    await world.sync(anna)

    held = world.connection(anna).held
    assert seen(world, anna) == [on_day(40)]
    assert held is not None
    assert held.count == 6
    await _cancel(world, anna)
    assert spans(world, anna) == seen(world, anna) == [on_day(40)]
    await assert_quiet(world, anna)


async def test_r11_7_case_54_reserves_and_meetings_are_no_question(world: World) -> None:
    anna = await world.started_person()
    for place in range(8):
        world.booking.block(anna, on_day(5 + place))
        world.outlook.meet(anna, on_day(5.5 + place))
    await world.sync(anna)
    world.clock.advance(120)
    for item in world.outlook.items(anna):
        world.outlook.delete(anna, item.id)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == []
    assert mails(world, anna, MailKind.HELD) == 0
    await assert_quiet(world, anna)


# --- 55: other calendars in trouble ---


async def _in_trouble(
    world: World, where: str, trouble: str, kind: str
) -> tuple[PersonKey, Sequence[BookingItem]]:
    anna, item, _ = await in_step(world, kind)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    world.outlook.add_calendar(anna, "Other")
    world.outlook.trouble[{"list": "calendars", "one": drawer}[where]] = TROUBLES[trouble]
    world.outlook.delete(anna, world.event_of(anna, item).id)
    return anna, [item]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("where", ["list", "one"])
@pytest.mark.parametrize("kind", KINDS)
async def test_r8_10_case_55_a_deletion_waits_while_other_calendars_cannot_be_read(
    world: World, kind: str, where: str, trouble: str
) -> None:
    anna, _ = await _in_trouble(world, where, trouble, kind)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.outlook.meet(anna, on_day(6))
    other = world.booking.book(anna, on_day(7))
    await world.sync(anna)
    await hours_later(world, anna, 6)

    connection = world.connection(anna)
    assert spans(world, anna) == [at(20), on_day(6), on_day(7)]
    assert on_day(7) == world.event_of(anna, other).interval
    assert connection.state is ConnectionState.ACTIVE
    assert connection.problem is None
    assert connection.waiting == 1
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna, missing=1)

    world.outlook.trouble.clear()
    await hours_later(world, anna)
    assert spans(world, anna) == [on_day(6), on_day(7)]
    assert world.connection(anna).waiting == 0
    await assert_quiet(world, anna)


async def test_r8_10_case_55_the_other_calendar_deleted_meanwhile_holds_nothing(
    world: World,
) -> None:
    anna, item, _ = await in_step(world)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    world.outlook.drag(anna, world.event_of(anna, item).id, drawer)
    world.outlook.delete_calendar(anna, drawer)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == []
    assert world.connection(anna).state is ConnectionState.ACTIVE
    await assert_quiet(world, anna)
