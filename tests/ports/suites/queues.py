"""What every ``JobQueue`` has to do: run on the fake and on the storage queues.

A subclass gives the fixture ``inbox``: a queue, and how to take from it.
"""

from abc import ABC, abstractmethod

from sync.ports import AccountCause, AccountJob, Cause, JobQueue, MailJob, MailKind, SyncJob
from sync.words import AccountId, PersonKey, StaffId

ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
SYNC = SyncJob(person=ANN, cause=Cause.OUTLOOK_CHANGED, attempt=3)
ACCOUNT = AccountJob(cause=AccountCause.SWEEP_SHARD, shard=15)
MAIL = MailJob(kind=MailKind.NOT_UPDATED, person=ANN, key="a key/ä", reference="bundle")


class Inbox(ABC):
    """A queue and its other end."""

    jobs: JobQueue

    @abstractmethod
    async def syncs(self) -> list[SyncJob]:
        """Takes all sync jobs that are visible."""

    @abstractmethod
    async def accounts(self) -> list[AccountJob]:
        """Takes all account jobs that are visible."""

    @abstractmethod
    async def mails(self) -> list[MailJob]:
        """Takes all mail jobs that are visible."""


class JobQueueContract:
    """The suite."""

    async def test_each_kind_of_job_comes_out_as_it_went_in(self, inbox: Inbox) -> None:
        await inbox.jobs.sync(SYNC)
        await inbox.jobs.account(ACCOUNT)
        await inbox.jobs.mail(MAIL)

        assert await inbox.syncs() == [SYNC]
        assert await inbox.accounts() == [ACCOUNT]
        assert await inbox.mails() == [MAIL]

    async def test_equal_jobs_are_queued_each(self, inbox: Inbox) -> None:
        await inbox.jobs.sync(SYNC)
        await inbox.jobs.sync(SYNC)

        assert await inbox.syncs() == [SYNC, SYNC]

    async def test_r11_6_a_job_with_a_delay_is_not_visible_yet(self, inbox: Inbox) -> None:
        await inbox.jobs.sync(SYNC, delay=30.5)
        await inbox.jobs.account(ACCOUNT, delay=3600)
        await inbox.jobs.mail(MAIL, delay=0.1)

        assert await inbox.syncs() == []
        assert await inbox.accounts() == []
        assert await inbox.mails() == []
