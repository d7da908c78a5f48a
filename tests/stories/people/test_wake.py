"""One job for a storm (R11.2)."""

import pytest

from sync.errors import Unavailable
from sync.people.waker import Waker
from sync.ports import Cause, SyncJob
from tests.fakes.outside import Memory
from tests.ports.suites.storage import ANN, BEN


class Setting(Memory):
    """A waker and what it works with."""

    def __init__(self) -> None:
        super().__init__()
        self.waker = Waker(self.outside())


@pytest.fixture
def setting() -> Setting:
    return Setting()


async def test_r11_2_a_storm_for_one_person_queues_one_job(setting: Setting) -> None:
    for _ in range(50):
        await setting.waker.wake(ANN, Cause.OUTLOOK_CHANGED)
    await setting.waker.wake(BEN, Cause.SWEEP)

    assert [queued.job for queued in setting.jobs.syncs] == [
        SyncJob(person=ANN, cause=Cause.OUTLOOK_CHANGED),
        SyncJob(person=BEN, cause=Cause.SWEEP),
    ]


async def test_r11_2_a_wake_up_during_a_sync_queues_one_to_follow(setting: Setting) -> None:
    await setting.waker.wake(ANN, Cause.STARTED)
    assert await setting.ledger.open(ANN, seconds=30) is not None

    await setting.waker.wake(ANN, Cause.OUTLOOK_CHANGED)
    await setting.waker.wake(ANN, Cause.BOOKING_CHANGED)

    assert len(setting.jobs.syncs) == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_r11_5_a_queue_that_failed_is_asked_again_by_a_wake_up_a_minute_later(
    setting: Setting, when: str
) -> None:
    def fail(method: str) -> None:
        raise Unavailable(method)

    setattr(setting.jobs, when, fail)
    with pytest.raises(Unavailable):
        await setting.waker.wake(ANN, Cause.OUTLOOK_CHANGED)
    setattr(setting.jobs, when, None)
    setting.jobs.syncs.clear()
    setting.clock.advance(60)

    await setting.waker.wake(ANN, Cause.OUTLOOK_CHANGED)

    assert len(setting.jobs.syncs) == 1
