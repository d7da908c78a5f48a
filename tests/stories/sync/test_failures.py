"""What breaks, comes twice, late or out of order, through the whole service (R11, R10.3, R10.4)."""

import asyncio
from typing import Any

import pytest

from sync.engine.items import BookingStatus, Refusal
from sync.engine.links import Link
from sync.errors import AuthorizationLost, MailboxLost, ResyncRequired, Throttled, Unavailable
from sync.people.people import ConnectionState
from sync.ports import Cause, MailKind, SyncJob
from sync.words import Interval, OutlookItemId, PersonKey, ShowAs
from tests.fakes.booking import Policy
from tests.fakes.queues import Queued
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.stillness import assert_quiet, hours_later, one_job
from tests.stories.sync.wire import Call, Crash
from tests.stories.sync.world import SOUTH, World


def fail_once(world: World, name: str, error: BaseException, *, when: str) -> None:
    """Lets the first call of this name fail, before or after its effect."""
    errors = [error]

    def trouble(call: Call) -> BaseException | None:
        return errors.pop() if str(call) == name and errors else None

    setattr(world.wire, when, trouble)


async def lose_for_good(world: World) -> None:
    """Lets the three looks over ten minutes go by (R10.6)."""
    for _ in range(3):
        world.clock.advance(301)
        await world.settle()


def job(person: PersonKey, cause: Cause = Cause.BOOKING_CHANGED) -> SyncJob:
    return SyncJob(person=person, cause=cause)


@pytest.mark.parametrize("graph", ["remembers transactions", "forgets them"])
@pytest.mark.parametrize("error", [Unavailable("timed out"), Crash()])
async def test_r11_5_case_1_a_creation_that_timed_out_after_its_effect_makes_one_event(
    world: World, error: BaseException, graph: str
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.outlook.forgets_transactions = graph == "forgets them"
    fail_once(world, "outlook.create_event", error, when="after")

    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert len(world.outlook.items(anna)) == 1


@pytest.mark.parametrize("error", [Unavailable("timed out"), Crash()])
async def test_r11_5_a_reserve_whose_creation_timed_out_after_its_effect_is_one(
    world: World, error: BaseException
) -> None:
    anna = await world.started_person()
    world.outlook.meet(anna, at(2))
    fail_once(world, "booking.create_reserve", error, when="after")

    await world.sync(anna)

    assert [at(2)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r11_5_a_creation_found_a_day_later_makes_no_second_reserve(world: World) -> None:
    """The idempotency key of the booking product is forgotten by then."""
    anna = await world.started_person()
    world.outlook.meet(anna, on_day(3))
    fail_once(world, "booking.create_reserve", Crash(), when="after")
    await world.deliver(job(anna))

    world.clock.advance(25 * 3600)
    await world.settle()

    assert [on_day(3)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r11_5_an_event_found_by_its_mark_is_watched_until_the_feed_reports_it(
    world: World,
) -> None:
    """Made and deleted between two rounds, the feed would never tell of it."""
    anna = await world.started_person()
    world.booking.book(anna, at(20))
    fail_once(world, "outlook.create_event", Crash(), when="after")
    world.outlook.stale.add(anna)
    await world.sync(anna)

    world.outlook.delete(anna, world.outlook.items(anna)[0].id)
    world.outlook.stale.clear()
    world.clock.advance(60)
    await world.sync(anna)

    assert world.booking.schedule(anna) == ()


async def test_r8_2_an_event_deleted_before_any_feed_reported_it_is_missed_hours_later(
    world: World,
) -> None:
    """Made and deleted between two rounds, and the next sync is the sweep's (seed 476)."""
    anna, item = await world.booked(at(20))
    world.outlook.delete(anna, world.event_of(anna, item).id)

    world.clock.advance(5 * 3600)
    await world.sync(anna, Cause.SWEEP)

    assert world.booking.schedule(anna) == ()


async def test_r8_2_an_event_reported_by_a_round_whose_cursor_was_lost_is_still_watched(
    world: World,
) -> None:
    """Made and deleted after the cursor that counts, it would never be told of (seed 5620)."""
    anna, item = await world.booked(at(20))
    world.outlook.touch(anna, world.event_of(anna, item).id)
    fail_once(world, "ledger.close", Crash(), when="before")
    await world.deliver(job(anna))

    world.outlook.delete(anna, world.event_of(anna, item).id)
    world.clock.advance(300)
    await world.settle()

    assert world.booking.schedule(anna) == ()


async def test_r8_4_a_meeting_linked_by_a_run_that_lost_its_cursor_is_still_watched(
    world: World,
) -> None:
    """For the feed it was made and deleted between two rounds (seed 5179)."""
    anna = await world.started_person()
    meeting = world.outlook.meet(anna, at(20))
    fail_once(world, "ledger.close", Crash(), when="before")
    await world.deliver(job(anna))
    made = len(world.reserves(anna))

    world.outlook.delete(anna, meeting)
    world.clock.advance(300)
    await world.settle()

    assert made == 1
    assert world.reserves(anna) == []


async def test_r11_4_an_event_to_be_made_again_just_beyond_the_window_is_made(
    world: World,
) -> None:
    """It was forgotten, and the item met again by the next full read only (seed 2471)."""
    anna, item = await world.booked(at(20))
    world.booking.move(anna, item.id, on_day(90.1))
    await world.sync(anna)
    world.booking.edit(anna, item.id, status=BookingStatus.NO_SHOW)
    await world.sync(anna)

    world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)

    assert on_day(90.1) == world.event_of(anna, item).interval


async def test_r8_9_a_series_made_of_an_event_that_nobody_recorded_is_ours(world: World) -> None:
    """Its occurrences were taken for Meetings (seed 8609)."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(20))
    fail_once(world, "outlook.create_event", Crash(), when="after")
    await world.deliver(job(anna))

    world.outlook.make_series(anna, world.outlook.items(anna)[0].id)
    world.clock.advance(300)
    await world.settle()

    assert world.reserves(anna) == []
    assert [at(20)] == [each.interval for each in world.outlook.items(anna)]
    assert at(20) == world.event_of(anna, item).interval


async def test_r8_12_an_event_dragged_before_anybody_recorded_it_is_one(world: World) -> None:
    """It stayed in the other calendar, and another one was made (seed 109660)."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(20))
    fail_once(world, "outlook.create_event", Crash(), when="after")
    await world.deliver(job(anna))
    drawer = world.outlook.add_calendar(anna, "Drawer")

    world.outlook.drag(anna, world.outlook.items(anna)[0].id, drawer)
    world.clock.advance(300)
    await world.settle()

    assert world.outlook.items(anna, drawer) == ()
    assert at(20) == world.event_of(anna, item).interval


async def test_r8_12_an_event_dragged_as_its_item_is_cancelled_is_removed_all_the_same(
    world: World,
) -> None:
    """The feed has not told of the drag yet, and the id of the event is another (seed 249)."""
    anna, item = await world.booked(at(20))
    drawer = world.outlook.add_calendar(anna, "Drawer")
    world.outlook.drag(anna, world.event_of(anna, item).id, drawer)
    world.outlook.stale.add(anna)

    world.booking.cancel(anna, item.id)
    await world.sync(anna)

    assert world.outlook.items(anna, drawer) == ()


async def test_r8_4_a_reserve_that_may_neither_move_nor_go_is_not_forgotten(
    world: World,
) -> None:
    """A second Reserve was made beside it as soon as that was allowed again (seed 681)."""
    anna, meeting = await world.met(at(20))
    world.booking.policy = Policy(refuse_calls=frozenset({"update_item", "remove_item"}))

    world.outlook.move(anna, meeting, at(22))
    await world.sync(anna)
    refused = [reserve.interval for reserve in world.reserves(anna)]
    world.booking.policy = Policy()
    world.booking.book(anna, at(40))
    await world.sync(anna)

    assert [at(20)] == refused
    assert [at(22)] == [reserve.interval for reserve in world.reserves(anna)]
    assert len(world.tells(anna)) == 1


async def test_r9_3_a_put_back_that_is_refused_time_and_again_is_told_once(world: World) -> None:
    """Two states of one Link took turns, and each was news again (seed 400742)."""
    anna = await world.started_person()
    world.outlook.meet(anna, at(20), has_attendees=True)
    await world.sync(anna)
    world.booking.policy = Policy(refuse_calls=frozenset({"update_item", "remove_item"}))

    world.booking.move(anna, world.reserves(anna)[0].id, at(22))
    for hour in range(40, 46):
        world.booking.book(anna, at(hour))
        await world.sync(anna)

    assert len(world.tells(anna)) == 1


async def test_r7_5_time_that_a_full_read_finds_free_is_tried_again(world: World) -> None:
    """The change that freed it was never told of: the cursor had died (seed 1876)."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(20))
    world.outlook.meet(anna, at(20))
    await world.sync(anna)
    world.booking.cancel(anna, item.id)
    world.booking.expire_cursors(anna)

    await world.sync(anna)

    assert [at(20)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r7_5_time_freed_by_a_run_that_died_is_tried_again_by_the_next(
    world: World,
) -> None:
    """The feed then shows only our own write, which is a change all the same (seed 23795)."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(20))
    world.outlook.meet(anna, at(20))
    await world.sync(anna)
    world.outlook.move(anna, world.event_of(anna, item).id, at(30))
    fail_once(world, "ledger.record", Crash(), when="after")

    await world.sync(anna)
    await world.sync(anna)

    assert [at(20)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r11_2_case_2_two_deliveries_of_one_message_at_once_make_one_event(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.wire.pauses = lambda _: 1

    await asyncio.gather(world.deliver(job(anna)), world.deliver(job(anna)))
    await world.settle()

    assert world.outlook.calls["create_event"] == 1
    assert at(2) == world.event_of(anna, item).interval


async def test_r11_2_case_74_a_job_that_meets_another_ends_and_is_followed(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    late: list[Any] = []

    def meet(call: Call) -> None:
        if str(call) == "booking.changes" and not late:
            # It is read already when the second job comes: that one ends, the first goes on.
            late.append(world.booking.book(anna, at(6)))
            world.jobs.syncs.extend(_queued(world, anna))

    world.wire.after = meet
    await asyncio.gather(world.deliver(job(anna)), world.deliver(job(anna)))
    world.wire.calm()
    followers = len(world.jobs.syncs)
    await world.settle()

    assert followers == 2
    assert at(2) == world.event_of(anna, item).interval
    assert at(6) == world.event_of(anna, late[0]).interval


async def test_r11_2_who_lost_the_lease_writes_nothing_more_to_the_ledger(world: World) -> None:
    anna = await world.started_person()
    for hour in range(2, 8):
        world.booking.book(anna, at(hour))
    stolen = False

    def steal(call: Call) -> None:
        nonlocal stolen
        if str(call) == "outlook.create_event" and not stolen:
            stolen = True
            world.clock.advance(90)
            world.ledger.of(anna).token = "somebody else"
            world.ledger.of(anna).expires_at = world.clock.now()

    world.wire.before = steal
    await world.deliver(job(anna))
    linked = [x for x in world.links(anna) if x.base is not None]
    world.wire.calm()
    await world.settle()

    assert linked == []
    assert len(world.outlook.items(anna)) == 6


async def test_r11_2_case_36_a_storm_of_notifications_costs_a_few_reads(world: World) -> None:
    anna = await world.started_person()
    world.outlook.meet(anna, at(2))
    before = world.outlook.calls["read_changes"]

    for _ in range(500):
        await world.waker.wake(anna, Cause.OUTLOOK_CHANGED)
    queued = len(world.jobs.syncs)
    storm = 500

    def notify(_: Call) -> None:
        nonlocal storm
        if storm:
            storm -= 1
            # A notification comes in another process, which knows nothing of this job.
            note = world.ledger.want(anna)
            with pytest.raises(StopIteration) as wanted:
                note.send(None)
            if wanted.value.value:
                world.jobs.syncs.extend(_queued(world, anna))

    while storm:
        world.wire.before = notify
        await world.settle()

    assert queued == 1
    assert world.outlook.calls["read_changes"] - before <= 500 / 7


def _queued(world: World, person: PersonKey) -> list[Queued[SyncJob]]:
    return [Queued(job=job(person), visible_at=world.clock.now())]


async def test_case_3_edits_while_a_sync_is_running_end_in_two_writes_at_most(
    world: World,
) -> None:
    anna, item = await world.booked(at(2))
    world.booking.move(anna, item.id, at(3))
    before = world.outlook.writes
    edits = 5

    def edit(call: Call) -> None:
        nonlocal edits
        if edits and call.port == "outlook":
            for _ in range(edits):
                world.booking.move(anna, item.id, at(3 + edits))
                edits -= 1

    world.wire.before = edit
    await world.sync(anna)
    await world.sync(anna)

    assert at(4) == world.event_of(anna, item).interval
    assert world.outlook.writes - before <= 2


async def test_case_3_what_changes_after_the_reading_is_met_by_the_next_sync(
    world: World,
) -> None:
    anna, item = await world.booked(at(2))
    world.booking.move(anna, item.id, at(3))
    before = world.outlook.writes
    fail = ["outlook.update_event"]

    def edit(call: Call) -> None:
        if str(call) in fail:
            fail.clear()
            world.booking.move(anna, item.id, at(9))

    world.wire.before = edit
    await world.sync(anna)
    await world.sync(anna)

    assert at(9) == world.event_of(anna, item).interval
    assert world.outlook.writes - before == 2


async def test_case_23_an_edit_that_lands_while_we_write_is_read_and_decided_again(
    world: World,
) -> None:
    anna, item = await world.booked(at(2))
    event = world.event_of(anna, item).id
    world.booking.edit(anna, item.id, customer_name="Grace")
    lands = [True]

    def edit(call: Call) -> None:
        if str(call) == "outlook.update_event" and lands:
            lands.clear()
            world.outlook.move(anna, event, at(7))

    world.wire.before = edit
    await world.sync(anna)

    shown = world.event_of(anna, item)
    assert (at(2), "Grace - Service") == (shown.interval, shown.subject)
    assert [at(2)] == [each.interval for each in world.booking.schedule(anna)]
    assert [tell.tried for tell in world.tells(anna)] == ["You moved the event in Outlook."]


async def test_case_23_an_item_that_changes_while_it_is_moved_is_not_overwritten(
    world: World,
) -> None:
    anna, item = await world.booked(at(2))
    world.outlook.move(anna, world.event_of(anna, item).id, at(7))
    lands = [True]

    def edit(call: Call) -> None:
        if str(call) == "booking.update_item" and lands:
            lands.clear()
            world.booking.move(anna, item.id, at(9))

    world.wire.before = edit
    await world.sync(anna)

    assert [at(9)] == [each.interval for each in world.booking.schedule(anna)]
    assert at(9) == world.event_of(anna, item).interval


@pytest.mark.parametrize("side", ["booking", "outlook"])
async def test_case_31_a_cursor_that_is_refused_leads_to_a_full_read_and_keeps_links(
    world: World, side: str
) -> None:
    anna = await world.started_person()
    for hour in range(2, 6):
        world.booking.book(anna, at(hour))
        world.outlook.meet(anna, at(hour + 10))
    await world.sync(anna)
    links, written = [_pair(x) for x in world.links(anna)], world.writes()

    getattr(world, side).expire_cursors(anna)
    await world.sync(anna)

    assert links == [_pair(x) for x in world.links(anna)]
    assert written == world.writes()
    assert world.outlook.calls["read_all"] == 2


def _pair(link: Link) -> tuple[object, ...]:
    return link.key, link.hold, link.booking_id, link.outlook_id, link.generation


async def test_case_31_a_cursor_that_dies_again_in_the_full_read_deletes_nothing(
    world: World,
) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(2))
    await world.sync(anna)
    world.outlook.expire_cursors(anna)
    fail_once(world, "outlook.read_all", Unavailable("in the middle of paging"), when="before")

    await world.sync(anna)

    assert len(world.outlook.items(anna)) == 1
    assert len(world.booking.schedule(anna)) == 1


async def test_case_32_a_death_in_the_middle_of_a_round_advances_no_cursor(world: World) -> None:
    anna = await world.started_person()
    world.outlook.meet(anna, at(2))
    before = world.ledger.of(anna).cursors
    fail_once(world, "outlook.read_changes", Crash(), when="after")

    await world.deliver(job(anna))
    after_death = world.ledger.of(anna).cursors
    await world.settle()

    assert before == after_death
    assert [at(2)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_case_32_no_cursor_is_saved_before_all_that_follows_is_done(world: World) -> None:
    anna = await world.started_person()
    for hour in range(2, 8):
        world.outlook.meet(anna, at(hour))
    before = world.ledger.of(anna).cursors
    fail_once(world, "booking.create_reserve", Crash(), when="after")

    await world.deliver(job(anna))

    assert before == world.ledger.of(anna).cursors


async def test_case_33_repeated_reports_and_foreign_removals_mean_nothing(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    meeting = world.outlook.meet(anna, at(4))
    await world.sync(anna)
    written = world.writes()

    world.outlook.repeats = world.booking.repeats = 50
    world.outlook.touch(anna, meeting)
    world.outlook.false_removals |= {
        meeting,
        world.event_of(anna, item).id,
        OutlookItemId("unknown"),
    }
    await world.sync(anna)

    assert written == world.writes()
    assert len(world.links(anna)) == 2


async def test_r11_7_case_34_a_feed_that_calls_all_removed_is_read_again_in_full(
    world: World,
) -> None:
    anna = await world.started_person()
    for hour in range(2, 14):
        world.booking.book(anna, at(hour))
        world.outlook.meet(anna, at(hour + 20))
    await world.sync(anna)
    reads, written = world.outlook.calls["read_all"], world.writes()
    truth = {item.id: item for item in world.outlook.items(anna)}

    # For one round Graph also answers 404 for each of them; the full read knows better.
    world.outlook.false_removals |= set(truth)

    def gone(call: Call, answer: Any) -> Any:
        is_blind = world.outlook.calls["read_all"] == reads
        if is_blind and str(call) == "outlook.find":
            return ()
        return None if is_blind and str(call) == "outlook.get_event" else answer

    world.wire.answer = gone
    await world.sync(anna)

    assert reads + 1 == world.outlook.calls["read_all"]
    assert written == world.writes()


async def test_r11_7_a_mass_deletion_that_is_true_is_carried_out_after_the_full_read(
    world: World,
) -> None:
    anna = await world.started_person()
    for hour in range(2, 14):
        world.outlook.meet(anna, at(hour))
    await world.sync(anna)
    reads = world.outlook.calls["read_all"]

    for item in world.outlook.items(anna):
        world.outlook.delete(anna, item.id)
    await world.sync(anna)

    assert reads + 1 == world.outlook.calls["read_all"]
    assert world.reserves(anna) == []


async def test_case_34_a_full_read_with_far_fewer_items_deletes_nothing(world: World) -> None:
    anna = await world.started_person()
    for hour in range(2, 14):
        world.booking.book(anna, at(hour))
        world.outlook.meet(anna, at(hour + 20))
    await world.sync(anna)
    world.clock.advance(600)
    written = world.writes()

    def poor(call: Call, answer: Any) -> Any:
        if str(call) != "outlook.read_all":
            return answer
        return type(answer)(
            items=answer.items[:1], removed=frozenset(), series={}, cursor=answer.cursor
        )

    world.wire.answer = poor
    world.outlook.expire_cursors(anna)
    await world.sync(anna)

    assert written == world.writes()
    assert len(world.links(anna)) == 24


async def test_r11_6_case_38_one_throttled_mailbox_waits_and_the_others_run(world: World) -> None:
    anna, bert = await world.started_person("anna"), await world.started_person("bert")
    for person in (anna, bert):
        world.booking.book(person, at(2))
        await world.waker.wake(person, Cause.BOOKING_CHANGED)
    start = world.clock.now()
    calls: list[tuple[PersonKey | None, float]] = []

    def trouble(call: Call) -> BaseException | None:
        if call.port != "outlook":
            return None
        waited = (world.clock.now() - start).total_seconds()
        calls.append((call.person, waited))
        is_busy = call.person == anna and waited < 120
        return Throttled("slow down", retry_after=120) if is_busy else None

    world.wire.before = trouble
    # A wake-up in the meantime is no reason to disturb the mailbox.
    for _ in range(3):
        taken = world.jobs.take_sync()
        if taken is not None:
            await world.deliver(taken)
    await world.deliver(job(anna, Cause.OUTLOOK_CHANGED))
    await world.settle()

    assert [(anna, 0)] == [each for each in calls if each[0] == anna and each[1] < 120]
    assert all(waited == 0 for person, waited in calls if person == bert)
    assert len(world.outlook.items(anna)) == len(world.outlook.items(bert)) == 1


async def test_r11_6_a_pause_that_a_clock_an_hour_ahead_has_dated_holds_up_nobody(
    world: World,
) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(40))
    world.clock.advance(3600)
    world.wire.before = lambda call: Throttled("slow down") if call.port == "outlook" else None
    await world.deliver(job(anna, Cause.BOOKING_CHANGED))
    world.wire.calm()
    world.jobs.syncs.clear()
    assert not world.events(anna)

    world.clock.advance(-3600)
    await world.deliver(job(anna, Cause.OUTLOOK_CHANGED))

    assert len(world.events(anna)) == 1


async def test_r11_3_a_lost_notification_costs_delay_but_no_data(world: World) -> None:
    anna = await world.started_person()
    world.outlook.meet(anna, at(5))
    world.booking.book(anna, at(7))

    world.clock.advance(3700)
    await world.sweep_all()

    assert [at(5)] == [reserve.interval for reserve in world.reserves(anna)]
    assert len(world.events(anna)) == 1


async def test_r11_3_who_could_not_be_reached_for_long_is_tried_again_by_the_sweep(
    world: World,
) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(40))
    world.wire.before = lambda call: Unavailable("down") if call.port == "booking" else None
    await world.sync(anna)
    problem = world.connection(anna).problem
    world.wire.calm()

    world.clock.advance(3700)
    await world.sweep_all()

    assert problem is not None
    assert problem.code == "booking_unreachable"
    assert world.connection(anna).problem is None
    assert len(world.events(anna)) == 1


async def test_r10_3_case_41_refused_tokens_stop_all_retries_with_one_mail(world: World) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(2))
    world.outlook.meet(anna, at(4))
    await world.sync(anna)
    before = world.booking.schedule(anna), world.outlook.items(anna)

    world.outlook.lose(anna, AuthorizationLost)
    calls = world.outlook.calls.total()
    for _ in range(5):
        await world.sync(anna)
        await world.deliver(job(anna))
        world.clock.advance(3700)
        await world.sweep_all()

    assert ConnectionState.RECONNECT_NEEDED is world.connection(anna).state
    assert world.outlook.calls.total() - calls == 1
    assert before == (world.booking.schedule(anna), world.outlook.items(anna))
    assert [job.kind for job, _ in world.mailed].count(MailKind.DISCONNECTED) == 1


async def test_case_41_an_unreachable_service_is_not_a_disconnect(world: World) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(2))
    world.wire.before = lambda call: Unavailable("down") if call.port == "outlook" else None

    await world.sync(anna)

    assert ConnectionState.ACTIVE is world.connection(anna).state
    assert MailKind.DISCONNECTED not in [job.kind for job, _ in world.mailed]


async def test_r10_3_signing_in_again_resumes_without_doubles(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(20))
    world.outlook.meet(anna, at(24))
    await world.sync(anna)
    world.outlook.lose(anna, AuthorizationLost)
    await world.sync(anna)
    world.booking.move(anna, item.id, at(30))

    world.outlook.lose(anna, None)
    await world.sign_in_again(anna)
    await world.settle()

    assert at(30) == world.event_of(anna, item).interval
    assert len(world.outlook.items(anna)) == 2
    assert len(world.reserves(anna)) == 1


async def test_r10_4_a_calendar_under_a_new_id_is_taken_on(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.outlook.meet(anna, at(4))
    await world.sync(anna)
    written = world.writes()

    world.outlook.renew_calendar_id(anna, world.calendar(anna))
    await world.sync(anna)

    assert written == world.writes()
    assert at(2) == world.event_of(anna, item).interval
    assert list(world.claims.claims.values()) == [anna]


async def test_r11_5_a_reserve_that_a_dead_worker_deleted_is_made_again(world: World) -> None:
    """The Meeting blocks time again before anybody records the deletion; nobody else did it."""
    anna, meeting = await world.met(at(20))
    world.clock.advance(120)
    world.outlook.edit(anna, meeting, show_as=ShowAs.FREE)
    world.wire.after = lambda call: Crash() if call.method == "remove_item" else None
    await one_job(world, anna)
    world.wire.calm()
    assert world.reserves(anna) == []

    world.outlook.edit(anna, meeting, show_as=ShowAs.BUSY)
    world.clock.advance(120)
    await world.sync(anna)

    assert [at(20)] == [reserve.interval for reserve in world.reserves(anna)]
    await assert_quiet(world, anna)


@pytest.mark.parametrize("was_linked", [False, True])
async def test_r11_5_an_item_given_away_between_its_feed_and_the_listing_has_no_event(
    world: World,
    was_linked: bool,  # noqa: FBT001 - a case
) -> None:
    """The old feed told of it, the listing does not show it, and the new cursor has passed it."""
    anna = await world.started_person()
    bert = await world.started_person("bert")
    item = world.booking.book(anna, at(20))
    if was_linked:
        await world.sync(anna)
        world.booking.edit(anna, item.id)

    def given_away(call: Call) -> None:
        if str(call) == "booking.items" and call.person == anna:
            world.wire.calm()
            world.booking.reassign(anna, item.id, bert)

    world.outlook.expire_cursors(anna)
    world.wire.before = given_away
    await world.sync(anna)
    await world.sync(bert)

    assert world.outlook.items(anna) == ()
    assert [at(20)] == [event.interval for event in world.outlook.items(bert)]
    await assert_quiet(world, anna)


async def test_r10_4_what_was_moved_just_before_its_calendar_had_a_new_id_is_heard(
    world: World,
) -> None:
    """The full read under the new id was older than the move; its feed tells of it (R8.15)."""
    anna, item = await world.booked(at(2))
    world.clock.advance(3600)
    await world.sync(anna)
    world.outlook.lag(anna, 3)
    world.outlook.move(anna, world.event_of(anna, item).id, at(30))
    world.outlook.renew_calendar_id(anna, world.calendar(anna))
    await one_job(world, anna)
    await one_job(world, anna)

    world.clock.advance(5)
    await world.sync(anna)

    assert at(30) == world.booking.schedule(anna)[0].interval
    await assert_quiet(world, anna)


async def test_r10_4_what_the_office_did_before_a_calendar_had_a_new_id_is_heard(
    world: World,
) -> None:
    """No listing shows a passed Meeting's Reserve at day 120: its own feed tells of it (R8.4)."""
    anna = await world.started_person()
    world.outlook.meet(anna, at(2))
    await world.sync(anna)
    world.clock.advance(24 * 3600)
    await world.sync(anna)
    (reserve,) = world.reserves(anna)

    world.booking.move(anna, reserve.id, on_day(120))
    world.outlook.renew_calendar_id(anna, world.calendar(anna))
    await world.sync(anna)

    assert world.reserves(anna) == []
    await assert_quiet(world, anna)


async def test_r10_4_two_calendars_that_could_be_meant_are_none(world: World) -> None:
    anna = world.add_person()
    work = world.outlook.add_calendar(anna, "Work")
    world.booking.book(anna, at(2))
    await world.start(anna, calendar_id=work)

    world.outlook.renew_calendar_id(anna, work)
    world.outlook.add_calendar(anna, "Work")
    await world.sync(anna)
    await lose_for_good(world)

    assert ConnectionState.RECONNECT_NEEDED is world.connection(anna).state
    assert len(world.booking.schedule(anna)) == 1


@pytest.mark.parametrize("what", ["calendar", "mailbox"])
async def test_r10_4_a_lost_calendar_or_mailbox_disconnects_and_removes_reserves(
    world: World, what: str
) -> None:
    anna = world.add_person()
    work = world.outlook.add_calendar(anna, "Work")
    world.outlook.meet(anna, at(4), calendar=work)
    world.booking.book(anna, at(2))
    await world.start(anna, calendar_id=work)

    if what == "calendar":
        world.outlook.delete_calendar(anna, work)
    else:
        world.outlook.lose(anna, MailboxLost)
    await world.sync(anna)
    first = world.connection(anna).state
    await lose_for_good(world)

    assert ConnectionState.ACTIVE is first
    assert world.reserves(anna) == []
    assert len(world.booking.schedule(anna)) == 1
    assert not world.connection(anna).is_syncing
    assert [job.kind for job, _ in world.mailed].count(MailKind.DISCONNECTED) == 1


async def test_case_37_an_ended_subscription_is_made_anew_and_the_gap_caught_up(
    world: World,
) -> None:
    anna = await world.started_person()
    world.outlook.end_subscriptions(anna)
    world.outlook.meet(anna, on_day(9))

    world.clock.advance(7 * 24 * 3600)
    await world.sync(anna, Cause.RENEWAL)

    assert len(world.outlook.subscriptions(anna)) == 1
    assert len(world.reserves(anna)) == 1


async def test_r11_5_a_message_that_comes_late_or_twice_finds_nothing_to_do(world: World) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(2))
    await world.sync(anna)
    written = world.writes()

    for cause in Cause:
        await world.deliver(job(anna, cause))
        await world.settle()

    assert written == world.writes()


async def test_r8_10_a_full_read_that_begins_while_a_cursor_dies_asks_for_what_is_missing(
    world: World,
) -> None:
    anna, item = await world.booked(on_day(20))
    world.clock.advance(600)
    # Moved beyond all feeds by the person, just as the feed has to be opened anew.
    world.outlook.move(anna, world.event_of(anna, item).id, on_day(150))
    fail_once(world, "outlook.read_changes", ResyncRequired("gone"), when="before")

    await world.sync(anna)

    assert [on_day(150)] == [each.interval for each in world.booking.schedule(anna)]


async def test_r6_4_case_27_the_instant_is_the_same_on_both_sides_over_three_syncs(
    world: World,
) -> None:
    """Times in the hours that a clock change doubles or skips, as instants (Graph tells UTC)."""
    anna = await world.started_person()
    changes = [on_day(124.75), on_day(-29.7), on_day(60.03)]
    spans = [Interval(x.start, x.end) for x in changes if x.start > world.clock.now()]
    for span in spans[1:]:
        world.booking.book(anna, span)
    world.outlook.meet(anna, on_day(61.5))
    written = []

    for _ in range(3):
        await world.sync(anna)
        written.append(world.writes())

    assert spans[1:] == [item.interval for item in world.events(anna)]
    assert [on_day(61.5)] == [reserve.interval for reserve in world.reserves(anna)]
    assert written[0] == written[2]


@pytest.mark.parametrize("feed", ["too old", "goes on"])
async def test_r8_9_a_passed_event_made_a_series_stays_ours_when_the_mailbox_moves(
    world: World, feed: str
) -> None:
    """Seed 951: its occurrences to come were taken for Meetings under their new ids."""
    anna, item = await world.booked(at(2))
    event = world.event_of(anna, item)
    world.clock.advance(24 * 3600)
    await world.sync(anna)
    world.outlook.make_series(anna, event.id, count=3)
    await world.sync(anna)
    assert world.reserves(anna) == []

    world.outlook.move_mailbox(anna, feed_tells=feed == "goes on")
    await world.sync(anna)

    assert world.reserves(anna) == []


async def test_r8_15_a_reserve_that_a_late_read_does_not_show_yet_is_not_taken_for_deleted(
    world: World,
) -> None:
    """Seed 10871: it stayed for ever once its Meeting was gone."""
    anna = await world.started_person()
    meeting = world.outlook.meet(anna, at(2))
    world.booking.stale_reads = 20
    await world.runner.run(job(anna))
    assert len(world.reserves(anna)) == 1
    await world.service.resync(anna)
    await world.runner.run(job(anna, Cause.RESYNC))

    assert world.link_of(anna, meeting).base is not None
    world.outlook.delete(anna, meeting)
    await world.sync(anna)

    assert world.reserves(anna) == []


async def test_r8_4_a_move_that_comes_back_with_a_written_text_is_still_judged(
    world: World,
) -> None:
    """Seed 10147: the office moved a Reserve in the moment in which its text was written."""
    anna, meeting = await world.met(at(2), has_attendees=True)
    reserve = world.reserves(anna)[0]
    world.clock.advance(600)
    world.outlook.edit(anna, meeting, subject="Renamed")

    def move(call: Call) -> BaseException | None:
        if str(call) == "booking.update_item" and call.kwargs["interval"] is None:
            world.wire.before = None
            world.booking.move(anna, reserve.id, at(5))
        return None

    world.wire.before = move
    await world.sync(anna)

    assert [(at(2), "Renamed")] == [(x.interval, x.title) for x in world.reserves(anna)]


@pytest.mark.parametrize("feed", ["too old", "goes on"])
async def test_r8_10_an_event_followed_to_a_new_id_by_a_run_that_died_is_still_watched(
    world: World, feed: str
) -> None:
    """Seeds 10300, 10385: the feed tells nothing of what came and went between two rounds."""
    anna, item = await world.booked(at(2))
    world.clock.advance(600)
    await world.sync(anna)
    old = world.event_of(anna, item).id
    new = world.outlook.move_mailbox(anna, feed_tells=feed == "goes on")[old]
    fail_once(world, "ledger.close", Crash(), when="before")
    await world.deliver(job(anna))
    assert world.link_of(anna, item.id).outlook_id == new
    drawer = world.outlook.add_calendar(anna, "Drawer")
    world.outlook.drag(anna, new, drawer)
    world.clock.advance(300)

    await world.sync(anna)

    assert world.outlook.items(anna, drawer) == ()
    assert [at(2)] == [event.interval for event in world.events(anna)]


async def test_r11_5_an_event_in_doubt_whose_search_fails_is_not_taken_for_a_meeting(
    world: World,
) -> None:
    """Seed 11389: a Reserve was made of it, and the Appointment moved after that."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    fail_once(world, "outlook.create_event", Crash(), when="after")
    await world.deliver(job(anna))
    fail_once(world, "outlook.find", Unavailable("simulated"), when="before")
    world.clock.advance(300)

    await world.sync(anna)

    assert world.reserves(anna) == []
    assert world.event_of(anna, item).interval == at(2)
    assert [link.booking_id for link in world.links_alive(anna)] == [item.id]


async def test_r8_10_an_event_that_no_read_shows_yet_goes_with_its_item(world: World) -> None:
    """Seed 20195: it was taken for gone, and for a Meeting as the feed told of it."""
    anna = await world.started_person()
    item = world.booking.block(anna, at(2))
    world.outlook.lag(anna, 20)
    await world.runner.run(job(anna))
    world.booking.delete(anna, item.id)

    await world.sync(anna)

    assert world.outlook.items(anna) == ()
    assert world.reserves(anna) == []


async def test_r11_5_a_creation_in_doubt_is_not_repeated_while_searches_lag(world: World) -> None:
    """Seed 31920: Graph forgot the transaction, and the search was older than the event."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.outlook.forgets_transactions = True
    world.outlook.lag(anna, 20)
    fail_once(world, "outlook.create_event", Unavailable("timed out"), when="after")

    await world.sync(anna)

    assert len(world.outlook.items(anna)) == 1
    assert world.event_of(anna, item).interval == at(2)


async def test_r8_10_what_a_slow_run_made_is_as_young_as_it_is(world: World) -> None:
    """Seed 32693: its age was counted from the beginning of the run that made it."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.outlook.lag(anna, 20)

    def takes_long(call: Call) -> BaseException | None:
        if str(call) == "outlook.create_event":
            world.clock.advance(200)
        return None

    world.wire.before = takes_long
    await world.deliver(job(anna))
    world.wire.before = None
    made = world.link_of(anna, item.id).made

    assert made == world.clock.now()
    await world.service.resync(anna)
    await world.settle()
    assert len(world.outlook.items(anna)) == 1


async def test_r11_8_a_passed_event_moved_ahead_that_can_t_be_read_is_asked_for_again(
    world: World,
) -> None:
    """Seed 30602: it passed for both sides while it could not be read, and was forgotten."""
    anna, item = await world.booked(at(2))
    event = world.event_of(anna, item)
    world.clock.advance(6 * 3600)
    world.outlook.move(anna, event.id, at(9))
    fail_once(world, "outlook.get_event", Unavailable("simulated"), when="before")

    await world.sync(anna)

    assert world.event_of(anna, item).interval == world.booking.schedule(anna)[0].interval


async def test_r8_15_what_our_own_write_replaced_is_older_though_nobody_agreed_on_it(
    world: World,
) -> None:
    """Seed 51302: told of once more it was believed, and the newest state was not any more."""
    anna, meeting = await world.met(at(2))
    world.clock.advance(600)
    world.outlook.touch(anna, meeting)
    touched = world.outlook.items(anna)[0]
    world.booking.move(anna, world.reserves(anna)[0].id, at(5))

    await world.sync(anna)

    base = world.link_of(anna, meeting).base
    assert base is not None
    assert at(5) == world.outlook.items(anna)[0].interval
    assert base.outlook.is_newer_than(touched.etag, touched.modified)


async def test_r8_15_an_event_that_a_late_feed_never_told_of_is_watched(world: World) -> None:
    """Seed 51728: the feed gave the same cursor again, and counted as having told of it."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.outlook.stale.add(anna)
    await world.sync(anna)
    world.clock.advance(600)
    await world.sync(anna)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    world.outlook.drag(anna, world.event_of(anna, item).id, drawer)
    world.outlook.stale.clear()
    world.clock.advance(600)

    await world.sync(anna)

    assert world.outlook.items(anna, drawer) == ()
    assert len(world.events(anna)) == 1


async def test_r7_5_a_time_freed_by_an_item_that_takes_no_part_is_tried_again(
    world: World,
) -> None:
    """Seed 52312: the item stood at a Location that is not enabled."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2), location_id=SOUTH)
    world.outlook.meet(anna, at(2))
    await world.sync(anna)
    assert world.reserves(anna) == []

    world.booking.move(anna, item.id, at(5))
    await world.sync(anna)

    assert [at(2)] == [reserve.interval for reserve in world.reserves(anna)]


async def test_r8_15_a_reserve_in_doubt_that_no_listing_shows_yet_goes_with_its_meeting(
    world: World,
) -> None:
    """Seed 70926: the Meeting became all-day, and its Reserve stood for nothing."""
    anna = await world.started_person()
    meeting = world.outlook.meet(anna, at(2))
    world.booking.stale_reads = 20
    fail_once(world, "booking.create_reserve", Unavailable("timed out"), when="after")
    await world.deliver(job(anna))
    world.outlook.make_all_day(anna, meeting)

    await world.sync(anna)
    world.clock.advance(600)
    await world.sync(anna)

    assert world.reserves(anna) == []


async def test_r11_8_a_passed_pair_that_waits_to_be_read_is_not_laid_to_rest(
    world: World,
) -> None:
    """Seed 30602: the office moved the item ahead, and the next run forgot the wait."""
    anna, item = await world.booked(at(2))
    world.clock.advance(6 * 3600)
    world.booking.move(anna, item.id, on_day(5))
    world.outlook.touch(anna, world.event_of(anna, item).id)
    event_id = world.event_of(anna, item).id
    world.outlook.trouble[event_id] = lambda: Unavailable("simulated")
    world.outlook.move(anna, event_id, at(9))
    await world.deliver(job(anna))
    world.outlook.trouble.clear()
    await world.deliver(job(anna))

    await world.sync(anna)

    assert world.event_of(anna, item).interval == on_day(5)


async def test_r8_1_a_refused_move_is_put_back_though_a_worker_dies_and_the_time_is_free_by_then(
    world: World,
) -> None:
    """It was told that it stands where it was: it does not move a moment later."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    taken = world.booking.book(anna, at(5))
    await world.sync(anna)
    world.outlook.move(anna, world.event_of(anna, item).id, at(5))
    fail_once(world, "outlook.update_event", Crash(), when="before")
    await world.deliver(job(anna))
    world.booking.cancel(anna, taken.id)

    await world.sync(anna)

    assert world.event_of(anna, item).interval == at(2)
    assert [at(2)] == [each.interval for each in world.booking.schedule(anna)]
    assert len(world.tells(anna)) == 1


@pytest.mark.parametrize("act", ["renamed", "moved", "both"])
async def test_r11_5_a_meeting_that_changed_while_its_reserve_was_in_doubt_is_shown_as_it_is(
    world: World, act: str
) -> None:
    """Seed 16002516: the one that nobody saw yet took the time of the one made beside it."""
    anna = await world.started_person()
    meeting = world.outlook.meet(anna, at(2), subject="Lunch")
    world.booking.stale_reads = 20
    fail_once(world, "booking.create_reserve", Unavailable("timed out"), when="after")
    await world.deliver(job(anna))
    if act != "moved":
        world.outlook.edit(anna, meeting, subject="Dinner")
    if act != "renamed":
        world.outlook.move(anna, meeting, at(5))

    await world.sync(anna)

    (event,) = world.outlook.items(anna)
    assert [(event.interval, event.subject)] == [
        (x.interval, x.title) for x in world.reserves(anna)
    ]
    assert world.tells(anna) == []


@pytest.mark.parametrize("act", ["renamed", "moved", "both"])
async def test_r11_5_an_item_that_changed_while_its_event_was_in_doubt_is_shown_as_it_is(
    world: World, act: str
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2), customer="Ada")
    world.outlook.lag(anna, 20)
    fail_once(world, "outlook.create_event", Unavailable("timed out"), when="after")
    await world.deliver(job(anna))
    if act != "moved":
        item = world.booking.edit(anna, item.id, customer_name="Grace")
    if act != "renamed":
        item = world.booking.move(anna, item.id, at(5))

    await world.sync(anna)

    assert [(item.interval, f"{item.customer_name} - Service")] == [
        (event.interval, event.subject) for event in world.outlook.items(anna)
    ]


@pytest.mark.parametrize("trouble", [Throttled("wait"), Unavailable("no answer"), Crash()])
async def test_r8_12_an_event_found_elsewhere_whose_item_is_gone_goes_though_the_call_fails(
    world: World, trouble: BaseException
) -> None:
    """Seed 16008382: nobody had recorded it, and it was found and then forgotten."""
    anna = await world.started_person()
    drawer = world.outlook.add_calendar(anna, "Drawer")
    item = world.booking.book(anna, at(2))
    fail_once(world, "outlook.create_event", Crash(), when="after")
    await world.deliver(job(anna))
    (event,) = world.outlook.items(anna)
    world.outlook.drag(anna, event.id, drawer)
    world.booking.delete(anna, item.id)
    fail_once(world, "outlook.delete_event", trouble, when="before")
    world.wire.after = None

    await world.sync(anna)
    world.clock.advance(3600)
    await world.sync(anna, Cause.SWEEP)

    assert world.outlook.items(anna, drawer) == ()


@pytest.mark.parametrize("ending", ["moved", "deleted", "disconnected"])
async def test_r11_5_a_reserve_made_at_another_time_than_it_was_begun_for_is_found(
    world: World, ending: str
) -> None:
    """Seed 17006600: the first try had no effect, the Meeting moved, and the second one died."""
    anna = await world.started_person()
    meeting = world.outlook.meet(anna, at(2))
    fail_once(world, "booking.create_reserve", Unavailable("refused"), when="before")
    await world.deliver(job(anna))
    world.outlook.move(anna, meeting, on_day(3))
    world.wire.before = None
    fail_once(world, "booking.create_reserve", Crash(), when="after")
    await world.deliver(job(anna))
    world.wire.after = None
    assert len(world.reserves(anna)) == 1

    match ending:
        case "moved":
            world.outlook.move(anna, meeting, on_day(5))
        case "deleted":
            world.outlook.delete(anna, meeting)
        case _:
            await world.service.disconnect(anna)
    await world.sync(anna)
    world.clock.advance(120)
    await world.sync(anna, Cause.SWEEP)

    left = [on_day(5)] if ending == "moved" else []
    assert left == [reserve.interval for reserve in world.reserves(anna)]


async def test_r8_16_a_move_that_waits_for_a_time_is_not_forgotten_as_its_item_passes(
    world: World,
) -> None:
    """Seed 22003579: a sync before the wait was over took the pair for passed on both sides."""
    anna = await world.started_person()
    passed = world.booking.book(anna, at(2))
    deleted = world.booking.book(anna, at(12))
    await world.sync(anna)
    world.clock.advance(6 * 3600)
    world.outlook.delete(anna, world.event_of(anna, deleted).id)
    world.outlook.move(anna, world.event_of(anna, passed).id, at(12))
    await world.deliver(job(anna))
    await world.deliver(job(anna))

    await world.sync(anna)

    assert world.event_of(anna, passed).interval == at(12)
    assert [at(12)] == [item.interval for item in world.booking.schedule(anna)]


async def test_r11_9_a_put_back_that_outlook_refuses_is_not_forgotten_as_its_item_passes(
    world: World,
) -> None:
    anna = await world.started_person()
    passed = world.booking.book(anna, at(2))
    world.booking.book(anna, at(12))
    await world.sync(anna)
    event = world.event_of(anna, passed)
    world.clock.advance(6 * 3600)
    world.outlook.move(anna, event.id, at(12))
    world.outlook.refused[event.id] = Refusal(code="no", detail="It is locked.")
    await world.deliver(job(anna))
    written = world.writes()
    # Neither is it tried at every sync, though each reads the event (R8.8).
    for _ in range(3):
        await world.deliver(job(anna))
    assert world.writes() == written
    world.outlook.refused.clear()

    world.clock.advance(3600)
    await world.sweep_all()

    assert world.event_of(anna, passed).interval == at(2)
    await world.collect_mails()
    assert len(world.tells(anna)) == 1


@pytest.mark.parametrize("act", ["renamed", "moved", "both"])
async def test_r11_5_what_changed_while_its_event_was_in_doubt_outlasts_a_run_that_breaks_off(
    world: World, act: str
) -> None:
    """Seed 22005229: the change was told while the event was in doubt, and by nobody again."""
    anna = await world.started_person()
    items = [world.booking.book(anna, at(2)), world.booking.book(anna, at(8))]
    # No list shows what was made, so it is asked for again, and answered with the first.
    world.outlook.stale.add(anna)
    world.wire.answer = lambda call, answer: () if str(call) == "outlook.find" else answer
    world.wire.after = lambda call: (
        Unavailable("timed out") if str(call) == "outlook.create_event" else None
    )
    await world.deliver(job(anna))
    world.wire.after = None
    for place, item in enumerate(items):
        if act != "moved":
            world.booking.edit(anna, item.id, customer_name=f"Grace {place}")
        if act != "renamed":
            world.booking.move(anna, item.id, at(20 + 4 * place))
    await world.deliver(job(anna))
    world.clock.advance(31)
    fail_once(world, "outlook.create_event", Throttled("simulated"), when="before")
    await world.deliver(job(anna))
    world.outlook.stale.clear()
    world.wire.answer = None
    world.clock.advance(31)

    await world.sync(anna)

    assert [(x.interval, f"{x.customer_name} - Service") for x in world.booking.schedule(anna)] == [
        (event.interval, event.subject) for event in world.outlook.items(anna)
    ]


async def test_r11_9_a_reserve_that_can_not_be_put_back_is_not_tried_at_every_sync(
    world: World,
) -> None:
    """Seed 22011221: the Meeting was younger than the feed, so each sync read and tried it."""
    anna = await world.started_person()
    world.outlook.meet(anna, at(20), has_attendees=True)
    await world.sync(anna)
    (reserve,) = world.reserves(anna)
    world.booking.move(anna, reserve.id, at(30))
    taken = world.booking.book(anna, at(20))
    await world.sync(anna)
    await world.deliver(job(anna))
    written = world.writes()

    for _ in range(3):
        await world.deliver(job(anna))
    assert world.writes() == written
    (reserve,) = world.reserves(anna)
    assert reserve.interval == at(30)

    world.booking.cancel(anna, taken.id)
    world.clock.advance(3600)
    await world.sweep_all()

    (reserve,) = world.reserves(anna)
    assert reserve.interval == at(20)


async def test_r11_5_an_event_in_doubt_whose_item_is_gone_is_looked_for_while_searches_lag(
    world: World,
) -> None:
    """Seed 22013756: one search that was older than the event let it be forgotten."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.outlook.lag(anna, 20)
    fail_once(world, "outlook.create_event", Unavailable("timed out"), when="after")
    await world.deliver(job(anna))
    world.booking.delete(anna, item.id)

    await world.sync(anna)

    assert world.outlook.items(anna) == ()
    assert world.reserves(anna) == []


async def test_r8_4_a_change_that_was_told_while_its_reserve_could_not_be_read_is_not_forgotten(
    world: World,
) -> None:
    """Seed 22017696: told once more of the deleted Reserve, it was left alone as it had been."""
    anna, meeting = await world.met(at(20), subject="Lunch")
    world.clock.advance(600)
    world.booking.repeats = 5
    world.booking.delete(anna, world.reserves(anna)[0].id)
    world.outlook.edit(anna, meeting, subject="Dinner")
    fail_once(world, "booking.item", Unavailable("simulated"), when="before")
    await world.deliver(job(anna))
    await world.deliver(job(anna))

    await world.sync(anna)

    assert [reserve.title for reserve in world.reserves(anna)] == ["Dinner"]


async def test_r8_10_a_meeting_whose_search_fails_is_not_taken_for_another_one(
    world: World,
) -> None:
    """Seed 23014651: it had passed, and was moved ahead under another id."""
    anna, meeting = await world.met(at(2))
    world.clock.advance(6 * 3600)
    meeting = world.outlook.move_mailbox(anna)[meeting]
    world.outlook.move(anna, meeting, at(20))
    world.outlook.expire_cursors(anna)
    fail_once(world, "outlook.find", Unavailable("simulated"), when="before")
    await world.deliver(job(anna))
    assert len(world.reserves(anna)) == 1

    await world.sync(anna)

    assert [at(20)] == [reserve.interval for reserve in world.reserves(anna)]
    assert [meeting] == [link.outlook_id for link in world.links_alive(anna)]


@pytest.mark.parametrize("ends", ["sync", "disconnect"])
async def test_r11_5_r11_8_a_reserve_in_doubt_may_be_what_can_not_be_read(
    world: World, ends: str
) -> None:
    """The listing that is searched for it leaves out what can't be read (seed 44003272)."""
    anna = await world.started_person()
    fail_once(world, "booking.create_reserve", Crash(), when="after")
    world.outlook.meet(anna, at(20), subject="Lunch")
    await world.deliver(job(anna))
    (reserve,) = world.reserves(anna)
    world.booking.unreadable.add(reserve.id)
    made = world.booking.calls["create_reserve"]

    if ends == "disconnect":
        await world.service.disconnect(anna)
        await world.settle()

        assert world.connection(anna).left_behind == 1
    else:
        await hours_later(world, anna, 2)

        assert world.booking.calls["create_reserve"] == made
        world.booking.unreadable.clear()
        await hours_later(world, anna, 2)
        assert [item.id for item in world.reserves(anna)] == [reserve.id]
