"""Meetings born in Outlook, beyond the rows of section 8, and R7, through the whole service."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.items import Refusal
from sync.engine.telling import ActivityResult
from sync.errors import Unreadable
from sync.people.people import AccessType
from sync.ports import Cause
from sync.words import ShowAs
from tests.fakes.booking import Policy
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.stillness import hours_later
from tests.stories.sync.world import World


async def test_r7_1_case_10_a_busy_or_out_of_office_meeting_blocks_the_same_time(
    world: World,
) -> None:
    anna = world.add_person()
    for place, show_as in enumerate(ShowAs):
        world.outlook.meet(anna, at(2 + place), show_as=show_as, subject=show_as)

    await world.start(anna)

    assert [reserve.title for reserve in world.reserves(anna)] == ["busy", "oof"]


async def test_case_10_busy_to_free_removes_and_free_to_busy_makes_the_reserve(
    world: World,
) -> None:
    anna, meeting = await world.met(at(2))
    seen = [len(world.reserves(anna))]

    for show_as in (ShowAs.FREE, ShowAs.BUSY):
        world.outlook.edit(anna, meeting, show_as=show_as)
        await world.sync(anna, Cause.OUTLOOK_CHANGED)
        seen.append(len(world.reserves(anna)))

    assert seen == [1, 0, 1]


async def test_case_11_an_all_day_meeting_that_becomes_timed_blocks(world: World) -> None:
    anna, meeting = await world.met(on_day(1, length=24), is_all_day=True)

    world.outlook.edit(anna, meeting, is_all_day=False, interval=at(30))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert [at(30)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r7_4_case_25_each_occurrence_is_one_reserve_and_follows_by_itself(
    world: World,
) -> None:
    anna = await world.started_person()
    series = world.outlook.repeat(anna, at(2), count=5)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    made = [reserve.interval for reserve in world.reserves(anna)]
    occurrences = world.outlook.occurrences(anna, series)

    world.outlook.move(anna, occurrences[1], at(7 * 24 + 5))
    world.outlook.delete(anna, occurrences[2])
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    weeks = [at(2 + 168 * week) for week in range(5)]
    assert weeks == made
    assert [weeks[0], at(173), weeks[3], weeks[4]] == [x.interval for x in world.reserves(anna)]


async def test_case_25_a_whole_series_shifted_keeps_its_count_without_orphans(
    world: World,
) -> None:
    anna = await world.started_person()
    series = world.outlook.repeat(anna, at(2), count=5)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.outlook.move(anna, series, at(4))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert [at(4 + 168 * week) for week in range(5)] == [x.interval for x in world.reserves(anna)]


async def test_case_26_a_series_without_end_is_bounded_by_the_window(world: World) -> None:
    anna = world.add_person()
    world.outlook.repeat(anna, at(2), count=300)

    await world.start(anna)

    assert len(world.reserves(anna)) == 13


async def test_r7_4_a_meeting_longer_than_a_day_is_one_reserve(world: World) -> None:
    anna = world.add_person()
    world.outlook.meet(anna, at(20, length=50))

    await world.start(anna)

    assert [at(20, length=50)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r7_5_case_13_taken_time_is_told_once_and_tried_again_when_something_changes(
    world: World,
) -> None:
    anna = await world.started_person()
    appointment = world.booking.book(anna, at(2))
    world.outlook.meet(anna, at(2), subject="Lunch")
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    refused = world.booking.calls["create_reserve"]

    await world.sync(anna)
    quiet = world.booking.calls["create_reserve"]
    world.booking.book(anna, at(40))
    await world.sync(anna)
    still = len(world.reserves(anna))
    world.booking.cancel(anna, appointment.id)
    await world.sync(anna)

    assert refused == quiet
    assert still == 0
    assert [at(2)] == [reserve.interval for reserve in world.reserves(anna)]
    assert len(world.tells(anna)) == 1
    assert sum(x.result is ActivityResult.REFUSED for x in world.activity(anna)) == 1
    assert world.connection(anna).waiting == 0


async def test_two_meetings_that_swap_their_times_both_block(world: World) -> None:
    """Each is refused for the other's sake at first; freeing both solves it (R7.5)."""
    anna = await world.started_person()
    one, two = world.outlook.meet(anna, at(2)), world.outlook.meet(anna, at(4))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.outlook.move(anna, one, at(4))
    world.outlook.move(anna, two, at(2))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    await world.sync(anna, Cause.SWEEP)

    assert [at(2), at(4)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r8_6_a_deleted_reserve_stays_away_until_the_meeting_changes(world: World) -> None:
    anna, meeting = await world.met(at(2))

    world.booking.delete(anna, world.reserves(anna)[0].id)
    await world.sync(anna)
    world.outlook.touch(anna, meeting)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    left_alone = len(world.reserves(anna))
    world.outlook.move(anna, meeting, at(5))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert left_alone == 0
    assert [at(5)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r8_6_who_may_only_view_for_a_while_is_given_no_deleted_reserve_again(
    world: World,
) -> None:
    """The Meeting has not changed: that no Meeting took part meanwhile says nothing of it."""
    anna, meeting = await world.met(at(2))
    world.booking.delete(anna, world.reserves(anna)[0].id)
    await world.sync(anna)

    for access in (AccessType.VIEW_ONLY, AccessType.STAFF):
        world.set_access(anna, access)
        await world.sync(anna, Cause.SWEEP)
        world.outlook.touch(anna, meeting)
        await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert world.reserves(anna) == []
    world.outlook.move(anna, meeting, at(5))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    assert [at(5)] == [reserve.interval for reserve in world.reserves(anna)]


@pytest.mark.parametrize("trouble", ["values", "reads"])
async def test_r8_6_r11_8_what_is_left_alone_stays_so_though_it_can_not_be_read_for_a_while(
    world: World, trouble: str
) -> None:
    anna, meeting = await world.met(at(12))
    world.booking.delete(anna, world.reserves(anna)[0].id)
    await world.sync(anna)

    if trouble == "values":
        world.outlook.spoil(anna, meeting)
        await world.sync(anna, Cause.OUTLOOK_CHANGED)
        world.outlook.spoil(anna, meeting, None)
    else:
        world.outlook.false_removals.add(meeting)
        world.outlook.trouble[meeting] = lambda: Unreadable("HTTP 500", code="http_500")
        await world.sync(anna, Cause.OUTLOOK_CHANGED)
        world.outlook.trouble.clear()
    assert world.connection(anna).waiting == 1
    await hours_later(world, anna)

    assert world.reserves(anna) == []
    assert world.connection(anna).waiting == 0
    assert world.jobs.syncs == []
    world.outlook.move(anna, meeting, at(15))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    assert [at(15)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r7_5_r11_8_a_taken_time_is_told_once_though_its_meeting_can_not_be_read_for_a_while(
    world: World,
) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(12))
    meeting = world.outlook.meet(anna, at(12))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    (key,) = [link.key for link in world.links(anna) if link.outlook_id == meeting]
    taken = world.ledger.of(anna).links[key].hold
    before = len(world.tells(anna)), len(world.activity(anna))

    world.outlook.spoil(anna, meeting)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.outlook.spoil(anna, meeting, None)
    await hours_later(world, anna)

    assert world.ledger.of(anna).links[key].hold == taken
    assert (len(world.tells(anna)), len(world.activity(anna))) == before


async def test_r8_6_what_an_earlier_release_left_alone_stays_so(world: World) -> None:
    """It did not say as it was: it is taken for what it is seen to be first."""
    anna, meeting = await world.met(at(2))
    world.booking.delete(anna, world.reserves(anna)[0].id)
    await world.sync(anna)
    links = world.ledger.of(anna).links
    for key, link in links.items():
        assert link.hold is not None
        links[key] = replace(link, hold=replace(link.hold, of=""))

    await world.service.resync(anna)
    await world.settle()
    left_alone = world.reserves(anna)
    world.outlook.move(anna, meeting, at(5))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert left_alone == []
    assert [at(5)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_case_15_the_same_meeting_in_two_calendars_gives_two_reserves(world: World) -> None:
    anna, bert = await world.started_person("anna"), await world.started_person("bert")
    for person in (anna, bert):
        world.outlook.meet(person, at(2), subject="Team")
        await world.sync(person, Cause.OUTLOOK_CHANGED)

    assert [len(world.reserves(anna)), len(world.reserves(bert))] == [1, 1]


async def test_r2_5_view_only_removes_reserves_and_the_way_back_makes_them_again(
    world: World,
) -> None:
    anna = await world.started_person()
    world.outlook.meet(anna, at(2))
    item = world.booking.book(anna, at(5))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    world.set_access(anna, AccessType.VIEW_ONLY)
    await world.sync(anna, Cause.SWEEP)
    without = len(world.reserves(anna))
    world.set_access(anna, AccessType.STAFF)
    await world.sync(anna, Cause.SWEEP)

    assert without == 0
    assert len(world.reserves(anna)) == 1
    assert at(5) == world.event_of(anna, item).interval


async def test_case_28_a_meeting_that_cant_be_read_waits_while_the_rest_syncs(
    world: World,
) -> None:
    anna = world.add_person()
    world.outlook.meet(anna, at(2), problem="unknown time zone")
    world.outlook.meet(anna, at(4))

    await world.start(anna)

    assert [at(4)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_case_39_an_item_that_is_always_refused_is_parked_after_some_tries(
    world: World,
) -> None:
    anna = await world.started_person()
    world.outlook.refused["Impossible - Service"] = Refusal(code="errorinvalidrequest")
    world.booking.book(anna, at(2), customer="Impossible")
    for hour in range(4, 12):
        world.booking.book(anna, at(hour))
        await world.sync(anna)

    assert len(world.outlook.items(anna)) == 8
    # Tried again with growing distance, and not with each change (R11.8).
    assert world.outlook.calls["create_event"] <= 8 + 8
    assert world.connection(anna).waiting == 1


async def test_r11_4_case_29_a_meeting_on_day_95_is_there_six_days_later(world: World) -> None:
    anna = world.add_person()
    world.outlook.meet(anna, on_day(95))
    item = world.booking.book(anna, on_day(95.2))
    await world.start(anna)
    full = world.outlook.calls["read_all"]
    before = (len(world.reserves(anna)), len(world.events(anna)))

    for _ in range(6):
        world.clock.advance(timedelta(days=1).total_seconds())
        await world.sync(anna, Cause.SWEEP)

    assert before == (0, 0)
    assert [on_day(95)] == [reserve.interval for reserve in world.reserves(anna)]
    assert on_day(95.2) == world.event_of(anna, item).interval
    assert full == world.outlook.calls["read_all"]


async def test_r11_4_the_feeds_are_opened_anew_before_the_window_outgrows_them(
    world: World,
) -> None:
    anna, meeting = await world.met(on_day(118))

    for _ in range(30):
        world.clock.advance(timedelta(days=1).total_seconds())
        await world.sync(anna, Cause.SWEEP)

    assert [on_day(118)] == [reserve.interval for reserve in world.reserves(anna)]
    assert world.link_of(anna, meeting).base is not None
    assert world.outlook.calls["read_all"] <= 6


async def test_case_30_items_at_the_edges_of_the_window_are_never_doubled(world: World) -> None:
    anna = world.add_person()
    world.outlook.meet(anna, at(-1))
    world.outlook.meet(anna, on_day(90))
    world.booking.book(anna, at(-1))
    world.booking.book(anna, on_day(90, length=2))

    await world.start(anna)
    for _ in range(3):
        await world.sync(anna, Cause.SWEEP)

    assert (world.reserves(anna), world.events(anna)) == ([], [])


async def test_a_refusal_to_delete_keeps_the_reserve_and_tries_again(world: World) -> None:
    anna, meeting = await world.met(at(2))
    world.booking.policy = Policy(refuse_calls=frozenset({"remove_item"}))
    world.outlook.delete(anna, meeting)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    waiting = world.connection(anna).waiting

    world.booking.policy = Policy()
    world.booking.book(anna, at(50))
    await world.sync(anna)

    assert waiting == 1
    assert world.reserves(anna) == []


async def test_r8_4_a_passed_reserve_moved_far_ahead_is_met_by_a_full_read_too(
    world: World,
) -> None:
    anna, meeting = await world.met(at(38))
    world.clock.advance(timedelta(days=12).total_seconds())
    await world.sync(anna, Cause.SWEEP)

    world.booking.move(anna, world.reserves(anna)[0].id, on_day(150))
    world.outlook.delete(anna, meeting)
    await world.service.resync(anna)
    await world.settle()

    assert world.reserves(anna) == []
