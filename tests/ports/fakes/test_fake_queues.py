"""The queues in memory under the contract of the real ones."""

from collections.abc import Callable

import pytest

from sync.ports import AccountJob, MailJob, SyncJob
from tests.fakes.clock import FakeClock
from tests.fakes.queues import FakeJobQueue
from tests.ports.suites.queues import SYNC, Inbox, JobQueueContract


class FakeInbox(Inbox):
    """The lists themselves."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.fake = FakeJobQueue(self.clock)
        self.jobs = self.fake

    async def syncs(self) -> list[SyncJob]:
        return _all(self.fake.take_sync)

    async def accounts(self) -> list[AccountJob]:
        return _all(self.fake.take_account)

    async def mails(self) -> list[MailJob]:
        return _all(self.fake.take_mail)


class TestFakeJobQueue(JobQueueContract):
    @pytest.fixture
    def inbox(self) -> FakeInbox:
        return FakeInbox()

    async def test_a_delayed_job_is_visible_when_its_time_has_come(self, inbox: FakeInbox) -> None:
        await inbox.jobs.sync(SYNC, delay=30)
        inbox.clock.advance(30)

        assert await inbox.syncs() == [SYNC]


def _all[T](take: Callable[[], T | None]) -> list[T]:
    return list(iter(take, None))
