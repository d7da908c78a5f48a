"""A write carries only what changes; a series follows what it becomes (cases 75 to 77; R6.5)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from sync.engine.items import BookingItem
from sync.ports import Cause
from sync.words import OutlookItemId, PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.stillness import (
    KINDS,
    Grid,
    assert_quiet,
    complaints,
    in_step,
    make,
    make_single,
    one_job,
    seen,
    spans,
)
from tests.stories.sync.wire import Call, Crash
from tests.stories.sync.world import World

TEAMS = "Join: https://teams.example.com/l/meetup-join/1\nCall her first."


async def _noted(world: World, kind: str) -> tuple[PersonKey, BookingItem, OutlookItemId]:
    """Gives a person, an item, and its event to which the person has added a note."""
    anna, item, event = await in_step(world, kind)
    world.outlook.edit(anna, event, body=f"{world.event_of(anna, item).body}{TEAMS}")
    return anna, item, event


def _note(world: World, person: PersonKey, item: BookingItem) -> bool:
    return TEAMS in str(world.event_of(person, item).body)


# --- 75: what the person added stays ---


@pytest.mark.parametrize("grain", [1, 15])
@pytest.mark.parametrize("kind", KINDS)
async def test_r6_5_case_75_the_person_s_move_keeps_it_though_it_is_rounded(
    world: World, kind: str, grain: int
) -> None:
    anna, item, event = await _noted(world, kind)
    world.booking.grain = timedelta(minutes=grain)

    world.outlook.move(anna, event, at(22 + 20.5 / 60))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert _note(world, anna, item)
    assert spans(world, anna) == seen(world, anna)
    await assert_quiet(world, anna)


@pytest.mark.parametrize("kind", KINDS)
async def test_r6_5_case_75_a_resync_and_a_save_with_the_same_values_keep_it(
    world: World, kind: str
) -> None:
    anna, item, _ = await _noted(world, kind)
    written = world.writes()

    world.booking.edit(anna, item.id)
    await world.sync(anna)
    await world.service.resync(anna)
    await world.settle()

    assert _note(world, anna, item)
    assert written == world.writes()
    await assert_quiet(world, anna)


@pytest.mark.parametrize("grid", [60, 900])
async def test_r6_5_case_75_a_move_that_outlook_rounds_keeps_it(world: World, grid: int) -> None:
    anna, item, _ = await _noted(world, "appointment")
    world.outlook.rounding = Grid(seconds=grid)

    world.booking.move(anna, item.id, at(22 + 20.5 / 60))
    await world.sync(anna)

    assert _note(world, anna, item)
    await assert_quiet(world, anna)


# --- 76: a Meeting keeps its zone ---


@pytest.mark.parametrize("times", [1, 3])
async def test_r6_5_case_76_a_meeting_moved_through_its_reserve_keeps_zone_and_text(
    world: World, times: int
) -> None:
    anna, meeting = await world.met(at(20), subject="Review", body=TEAMS)
    world.clock.advance(120)
    sent: list[tuple[object, object]] = []

    def watch(call: Call) -> None:
        if str(call) == "outlook.update_event":
            sent.append((call.kwargs["keeps_zone"], call.kwargs["content"]))

    world.wire.before = watch
    for step in range(times):
        world.booking.move(anna, world.reserves(anna)[0].id, at(22 + step))
        await world.sync(anna)

    assert sent == [(True, None)] * times
    (shown,) = world.outlook.items(anna)
    assert (shown.id, shown.subject, shown.body) == (meeting, "Review", TEAMS)
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("kind", KINDS)
async def test_r6_5_case_76_an_event_of_ours_is_written_in_utc(world: World, kind: str) -> None:
    anna = await world.started_person()
    item = make(world, anna, kind)
    await world.sync(anna)
    sent: list[object] = []

    def watch(call: Call) -> None:
        if str(call) == "outlook.update_event":
            sent.append(call.kwargs["keeps_zone"])

    world.wire.before = watch
    world.booking.move(anna, item.id, at(22))
    await world.sync(anna)

    assert sent == [False]


@pytest.mark.parametrize("grain", [0, 15])
async def test_r6_5_case_76_made_weekly_afterwards_each_occurrence_is_where_it_is_in_outlook(
    world: World, grain: int
) -> None:
    """Across the change of the clocks an occurrence is an hour off the first one's instant."""
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain) if grain else None
    meeting = world.outlook.meet(anna, at(20))
    await world.sync(anna)
    world.clock.advance(120)
    world.booking.move(anna, world.reserves(anna)[0].id, at(22))
    await world.sync(anna)

    world.outlook.make_series(anna, meeting, count=8)
    for late in world.outlook.occurrences(anna, meeting)[5:]:
        where = next(x for x in world.outlook.items(anna) if x.id == late).interval
        earlier = timedelta(hours=-1)
        moved = type(where)(where.start + earlier, where.end + earlier)
        world.outlook.move(anna, late, moved)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna)
    assert len(spans(world, anna)) == 8
    await assert_quiet(world, anna)


# --- 77: a series becomes something else ---


def _single(world: World, person: PersonKey, series: OutlookItemId) -> None:
    make_single(world, person, series)


def _single_elsewhere(world: World, person: PersonKey, series: OutlookItemId) -> None:
    make_single(world, person, series)
    world.outlook.move(person, series, at(22))


def _shorter(world: World, person: PersonKey, series: OutlookItemId) -> None:
    for occurrence in world.outlook.occurrences(person, series)[2:]:
        world.outlook.delete(person, occurrence)


def _other_pattern(world: World, person: PersonKey, series: OutlookItemId) -> None:
    world.outlook.make_series(person, series, every=timedelta(days=1), count=3)


def _deleted(world: World, person: PersonKey, series: OutlookItemId) -> None:
    world.outlook.delete(person, series)


def _moved(world: World, person: PersonKey, series: OutlookItemId) -> None:
    world.outlook.move(person, series, at(23))


BECOMES = [_single, _single_elsewhere, _shorter, _other_pattern, _deleted, _moved]


@pytest.mark.parametrize("reads", ["feed", "in full", "lagging", "late"])
@pytest.mark.parametrize("exceptions", [False, True])
@pytest.mark.parametrize("becomes", BECOMES)
async def test_r8_17_case_77_what_a_series_becomes_is_followed(
    world: World,
    becomes: Callable[[World, PersonKey, OutlookItemId], None],
    exceptions: bool,  # noqa: FBT001 - a case
    reads: str,
) -> None:
    anna = await world.started_person()
    series = world.outlook.repeat(anna, at(20), count=5)
    if exceptions:
        world.outlook.move(anna, world.outlook.occurrences(anna, series)[3], at(26 + 21 * 24))
    other = world.outlook.repeat(anna, at(30), count=5)
    await world.sync(anna)
    world.clock.advance(120)
    assert len(spans(world, anna)) == 10
    if reads == "lagging":
        world.outlook.lag(anna, 5)

    becomes(world, anna, series)
    if reads == "in full":
        world.outlook.expire_cursors(anna)
    if reads == "late":
        await one_job(world, anna, Cause.BOOKING_CHANGED)
        world.clock.advance(3700)
        await world.sweep_all()
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna)
    assert len(world.outlook.occurrences(anna, other)) == 5
    assert world.outlook.writes == 0
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("reads", ["feed", "in full", "lagging"])
async def test_r8_17_case_77_a_single_meeting_becomes_a_series_and_single_again(
    world: World, reads: str
) -> None:
    anna, meeting = await world.met(at(20))
    world.clock.advance(120)
    if reads == "lagging":
        world.outlook.lag(anna, 5)

    for _ in range(2):
        world.outlook.make_series(anna, meeting, count=4)
        if reads == "in full":
            world.outlook.expire_cursors(anna)
        await world.sync(anna, Cause.OUTLOOK_CHANGED)
        assert spans(world, anna) == seen(world, anna)
        assert len(spans(world, anna)) == 4
        await assert_quiet(world, anna)

        make_single(world, anna, meeting)
        if reads == "in full":
            world.outlook.expire_cursors(anna)
        await world.sync(anna, Cause.OUTLOOK_CHANGED)
        assert spans(world, anna) == seen(world, anna) == [at(20)]
        await assert_quiet(world, anna)
    assert world.outlook.writes == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_r8_17_case_77_an_event_of_ours_made_a_series_and_single_again_is_nothing(
    world: World, kind: str
) -> None:
    anna, _, event = await in_step(world, kind)
    written = world.writes()
    world.outlook.make_series(anna, event)
    make_single(world, anna, event)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert written == world.writes()
    assert complaints(world, anna) == 0
    assert spans(world, anna) == seen(world, anna) == [at(20)]
    await assert_quiet(world, anna)


async def test_r8_17_case_77_the_office_deleted_one_reserve_before_the_series_became_single(
    world: World,
) -> None:
    anna = await world.started_person()
    series = world.outlook.repeat(anna, at(20), count=4)
    await world.sync(anna)
    world.clock.advance(120)
    world.booking.delete(anna, world.reserves(anna)[2].id)
    await world.sync(anna)

    make_single(world, anna, series)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == [at(20)]
    await assert_quiet(world, anna)


async def test_r6_5_a_move_that_nobody_recorded_is_not_written_into_the_event_that_shows_it(
    world: World,
) -> None:
    """The item has followed its event, and the worker died: both sides agree already."""
    anna, item, _ = await in_step(world)
    world.outlook.move(anna, world.event_of(anna, item).id, at(22))
    world.wire.after = lambda call: Crash() if str(call) == "booking.update_item" else None
    await one_job(world, anna)
    world.wire.calm()
    written = world.outlook.writes

    await world.sync(anna)

    assert spans(world, anna) == seen(world, anna) == [at(22)]
    assert world.outlook.writes == written
    await assert_quiet(world, anna)
