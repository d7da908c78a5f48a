"""What a run leaves behind that could not be finished (R5.8, R11.2, R11.6, R12.3)."""

from datetime import timedelta
from itertools import pairwise

import pytest

from sync.errors import ContractBroken, SignInUnreadable, Throttled, Unavailable, Unreadable
from sync.people.people import SyncResult
from sync.ports import Cause, SyncJob
from sync.words import PersonKey
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.wire import Call
from tests.stories.sync.world import World


async def test_r11_6_a_storm_while_a_mailbox_rests_queues_no_more_than_one_job(
    world: World,
) -> None:
    anna = await world.started_person()

    def throttle(call: str, person: PersonKey) -> None:
        raise Throttled(f"{call} of {person}", retry_after=120)

    world.outlook.before = throttle
    await world.waker.wake(anna, Cause.OUTLOOK_CHANGED)
    job = world.jobs.take_sync()
    assert job is not None
    await world.runner.run(job)
    for _ in range(50):
        await world.waker.wake(anna, Cause.OUTLOOK_CHANGED)
        while (job := world.jobs.take_sync()) is not None:
            await world.runner.run(job)

    assert len(world.jobs.syncs) <= 2


async def test_r5_8_a_sync_that_fails_time_and_again_says_so_and_the_sweep_goes_on(
    world: World,
) -> None:
    anna = await world.started_person()

    def fail(call: str, person: PersonKey) -> None:
        raise Unavailable(f"{call} of {person}")

    world.outlook.before = fail
    await world.sync(anna)
    failed = world.connection(anna)
    world.outlook.before = None
    await world.sync(anna, Cause.SWEEP)
    mended = world.connection(anna)

    assert failed.problem is not None
    assert failed.last_sync is not None
    assert failed.problem.code == "microsoft_unreachable"
    assert failed.last_sync.result is SyncResult.FAILED
    assert failed.due_at is not None
    assert (mended.problem, mended.last_sync and mended.last_sync.result) == (None, SyncResult.OK)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ContractBroken("garbled"), "unreadable"),
        (SignInUnreadable("no key"), "sign_in_unreadable"),
        (Unreadable("forbidden", code="http_403"), "microsoft_unreachable"),
        (Unavailable("HTTP 503"), "microsoft_unreachable"),
        (ZeroDivisionError("nobody foresaw this"), "unforeseen"),
    ],
)
async def test_r11_8_case_72_what_fails_again_is_shown_and_never_last_sync_ok(
    world: World, error: Exception, code: str
) -> None:
    anna = await world.started_person()

    def fail(_call: str, _person: PersonKey) -> None:
        raise error

    world.outlook.before = fail
    await world.runner.run(SyncJob(person=anna, cause=Cause.BOOKING_CHANGED))
    first = world.connection(anna).problem
    world.clock.advance(5)
    await world.runner.run(SyncJob(person=anna, cause=Cause.BOOKING_CHANGED, attempt=1))

    connection = world.connection(anna)
    assert first is None
    assert connection.problem is not None
    assert code == connection.problem.code
    assert "nobody foresaw this" not in connection.problem.message
    assert connection.last_sync is not None
    assert SyncResult.FAILED is connection.last_sync.result


@pytest.mark.parametrize(
    ("port", "code"),
    [
        ("booking.changes", "booking_unreachable"),
        ("booking.create_reserve", "booking_unreachable"),
        ("outlook.read_changes", "microsoft_unreachable"),
        ("outlook.create_event", "microsoft_unreachable"),
        ("outlook.get_event", "microsoft_unreachable"),
        ("ledger.record", "unreachable"),
    ],
)
async def test_r11_8_what_can_not_be_reached_is_named(world: World, port: str, code: str) -> None:
    """Whatever the call was, and whichever step of the sync made it."""
    anna, item = await world.booked(at(30))
    world.clock.advance(600)
    world.outlook.move(anna, world.event_of(anna, item).id, at(32))
    for hour in (4, 6, 8):
        world.booking.book(anna, at(hour))
        world.outlook.meet(anna, at(hour + 10))

    def fail(call: Call) -> BaseException | None:
        return Throttled("429") if str(call) == port else None

    world.wire.before = fail
    for attempt in range(2):
        world.clock.advance(900)
        await world.deliver(SyncJob(person=anna, cause=Cause.RESYNC, attempt=attempt))

    problem = world.connection(anna).problem
    assert problem is not None
    assert problem.code == code


async def test_r11_9_case_73_waits_grow_and_all_is_in_step_a_minute_after_an_outage(
    world: World,
) -> None:
    anna = await world.started_person()
    world.booking.book(anna, at(4))
    begun = world.clock.now()

    def fail(call: str, person: PersonKey) -> None:
        raise Unavailable(f"{call} of {person}")

    world.outlook.before = fail
    await world.waker.wake(anna, Cause.BOOKING_CHANGED)
    tries = []
    while world.clock.now() < begun + timedelta(minutes=10):
        tries.append(world.clock.now())
        job = world.jobs.take_sync()
        assert job is not None
        await world.runner.run(job)
        world.clock.time = min(queued.visible_at for queued in world.jobs.syncs)
        assert len(world.jobs.syncs) == 1
    world.outlook.before = None
    while (job := world.jobs.take_sync()) is not None:
        await world.runner.run(job)

    gaps = [(b - a).total_seconds() for a, b in pairwise(tries)]
    assert gaps[0] < gaps[3] < gaps[5]
    assert max(gaps) < 60
    assert len(world.outlook.items(anna)) == 1
    assert world.connection(anna).problem is None


@pytest.mark.parametrize(("items", "asked"), [(20, 20), (21, 0)])
async def test_r8_10_many_that_are_new_are_read_at_once_and_few_one_by_one(
    world: World, items: int, asked: int
) -> None:
    """No feed need tell of the end of what was made since it was opened."""
    anna = world.add_person()
    for number in range(items):
        world.booking.book(anna, on_day(1 + number))

    await world.start(anna)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    rounds = world.outlook.calls["read_changes"] + world.outlook.calls["read_all"]

    assert world.outlook.calls["get_event"] <= asked * rounds
    assert (world.outlook.calls["get_event"] > 0) == (asked > 0)
    world.clock.advance(120)
    world.outlook.meet(anna, at(30))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.clock.advance(120)
    world.outlook.meet(anna, at(33))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.outlook.calls.clear()
    await world.sync(anna, Cause.BOOKING_CHANGED)
    # Nothing but what was new in the round before.
    assert world.outlook.calls == {"read_changes": 1, "get_event": 1}


async def test_r7_5_a_look_at_many_that_are_new_tries_nothing_again_that_was_refused(
    world: World,
) -> None:
    anna = world.add_person()
    for number in range(25):
        world.booking.book(anna, on_day(1 + number))
    world.outlook.meet(anna, on_day(1))
    await world.start(anna)
    tried = world.booking.calls["create_reserve"]

    await world.sync(anna, Cause.SWEEP)

    assert tried == world.booking.calls["create_reserve"]


async def test_r11_8_where_the_calendar_can_not_be_listed_many_that_are_new_are_asked_for(
    world: World,
) -> None:
    anna = world.add_person()
    items = [world.booking.book(anna, on_day(1 + number)) for number in range(25)]
    await world.start(anna)
    event = world.event_of(anna, items[0]).id
    world.outlook.delete(anna, event)
    world.wire.before = lambda call: (
        Unreadable("no list") if str(call) == "outlook.read_all" else None
    )

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert len(world.booking.schedule(anna)) == 24
    assert world.connection(anna).problem is None
