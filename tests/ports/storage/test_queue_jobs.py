"""The storage queues, on the storage emulator."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

from sync.config import StorageSettings
from sync.errors import Unavailable
from sync.outside.queues.jobs import (
    ACCOUNT_JOBS,
    MAIL_JOBS,
    QUEUE_OPTIONS,
    SYNC_JOBS,
    QueueJobs,
)
from sync.ports import AccountJob, MailJob, SyncJob
from sync.ports.job_texts import (
    decode_account,
    decode_mail,
    decode_sync,
    encode_account,
    encode_mail,
    encode_sync,
)
from tests.ports.suites.queues import SYNC, Inbox, JobQueueContract


def queue_jobs(connection_string: str, *, options: Mapping[str, Any] = QUEUE_OPTIONS) -> QueueJobs:
    return QueueJobs(
        StorageSettings(connection_string=connection_string),
        options=options,
        encode_sync=encode_sync,
        encode_account=encode_account,
        encode_mail=encode_mail,
    )


class QueueInbox(Inbox):
    """Takes messages as the functions host does: base64 of UTF-8."""

    def __init__(self, jobs: QueueJobs, service: QueueServiceClient) -> None:
        self.jobs = jobs
        self.service = service

    async def syncs(self) -> list[SyncJob]:
        return await self._take(SYNC_JOBS, decode_sync)

    async def accounts(self) -> list[AccountJob]:
        return await self._take(ACCOUNT_JOBS, decode_account)

    async def mails(self) -> list[MailJob]:
        return await self._take(MAIL_JOBS, decode_mail)

    async def _take[T](self, queue: str, decode: Callable[[str], T]) -> list[T]:
        messages = self.service.get_queue_client(queue).receive_messages()
        return [decode(b64decode(message.content).decode()) async for message in messages]


class TestQueueJobs(JobQueueContract):
    @pytest.fixture
    async def inbox(self, storage_account: str) -> AsyncIterator[QueueInbox]:
        jobs = queue_jobs(storage_account)
        async with QueueServiceClient.from_connection_string(storage_account) as service:
            yield QueueInbox(jobs, service)
        await jobs.close()

    async def test_a_job_never_expires(self, inbox: QueueInbox) -> None:
        await inbox.jobs.sync(SYNC)

        (message,) = await inbox.service.get_queue_client(SYNC_JOBS).peek_messages()

        assert message.expires_on is not None
        assert message.expires_on.year == 9999

    async def test_a_queue_is_made_at_its_first_job(self, inbox: QueueInbox) -> None:
        with pytest.raises(ResourceNotFoundError):
            await inbox.syncs()

        await inbox.jobs.sync(SYNC)

        assert [queue.name async for queue in inbox.service.list_queues()] == [SYNC_JOBS]

    async def test_a_queue_that_many_jobs_find_missing_is_made_once(
        self, inbox: QueueInbox
    ) -> None:
        made: list[str] = []
        assert isinstance(inbox.jobs, QueueJobs)
        client = inbox.jobs._open(SYNC_JOBS)
        create = client.create_queue

        async def count() -> None:
            made.append(SYNC_JOBS)
            await create()

        client.create_queue = count  # type: ignore[method-assign, assignment]

        await asyncio.gather(*(inbox.jobs.sync(SYNC) for _ in range(10)))

        assert made == [SYNC_JOBS]
        assert await inbox.syncs() == [SYNC] * 10

    async def test_a_closed_connection_opens_again(self, storage_account: str) -> None:
        jobs = queue_jobs(storage_account)
        await jobs.sync(SYNC)
        await jobs.close()
        await jobs.close()

        await jobs.sync(SYNC)

        await jobs.close()


async def test_a_storage_that_is_not_there_is_unavailable(
    storage_account: str, unused_tcp_port: int
) -> None:
    before, _, after = storage_account.partition("QueueEndpoint=")
    _, _, tables = after.partition(";")
    nowhere = f"{before}QueueEndpoint=http://127.0.0.1:{unused_tcp_port}/account;{tables}"
    jobs = queue_jobs(nowhere, options={"retry_total": 0})

    with pytest.raises(Unavailable):
        await jobs.sync(SYNC)
    await jobs.close()
