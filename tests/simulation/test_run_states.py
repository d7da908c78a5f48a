"""What a run leaves behind that could not be finished (R5.8, R11.2, R11.6, R12.3)."""

import pytest

from sync.domain.model import PersonKey
from sync.domain.people import SyncResult
from sync.errors import ContractBroken, Throttled, Unavailable
from sync.ports import Cause, SyncJob
from tests.simulation.world import World


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
    assert (failed.problem.code, failed.last_sync.result) == ("unreachable", SyncResult.FAILED)
    assert failed.due_at is not None
    assert (mended.problem, mended.last_sync and mended.last_sync.result) == (None, SyncResult.OK)


async def test_r12_3_an_answer_that_cant_be_read_is_shown_and_left_to_the_queue(
    world: World,
) -> None:
    anna = await world.started_person()

    def garble(call: str, person: PersonKey) -> None:
        raise ContractBroken(f"{call} of {person}")

    world.outlook.before = garble
    with pytest.raises(ContractBroken):
        await world.runner.run(SyncJob(person=anna, cause=Cause.BOOKING_CHANGED))

    problem = world.connection(anna).problem
    assert problem is not None
    assert problem.code == "unreadable"
