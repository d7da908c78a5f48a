"""Sends jobs into storage queues, where the functions host takes them from."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from sync.config import StorageSettings
from sync.outside.azure_storage import CLIENT_OPTIONS, credential, open_transport, storage_faults
from sync.ports import AccountJob, MailJob, SyncJob
from sync.telemetry import carried

if TYPE_CHECKING:
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

SYNC_JOBS = "sync-jobs"
ACCOUNT_JOBS = "account-jobs"
MAIL_JOBS = "mail-jobs"

FOREVER = -1

# The client's own choice waits 15 seconds and more: too long for who posts a notification.
QUEUE_OPTIONS: dict[str, Any] = CLIENT_OPTIONS | {
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
}


class QueueJobs:
    """Fulfils ``sync.ports.JobQueue``; a queue that is missing is made at the first message.

    Args:
        settings: Where the storage is.
        encode_sync: Writes a job and the trace that it belongs to; the other two likewise.
        options: How patient the client is.
    """

    def __init__(
        self,
        settings: StorageSettings,
        *,
        encode_sync: Callable[[SyncJob, str], str],
        encode_account: Callable[[AccountJob, str], str],
        encode_mail: Callable[[MailJob, str], str],
        options: Mapping[str, Any] = QUEUE_OPTIONS,
    ) -> None:
        self._settings = settings
        self._options = options
        self._encode_sync = encode_sync
        self._encode_account = encode_account
        self._encode_mail = encode_mail
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: QueueServiceClient | None = None
        self._clients: dict[str, QueueClient] = {}
        self._lock = asyncio.Lock()
        self._made: set[str] = set()

    async def sync(self, job: SyncJob, *, delay: float = 0) -> None:
        """Queues a person's sync, visible after ``delay`` seconds."""
        await self._send(SYNC_JOBS, self._encode_sync(job, carried(delay)), delay)

    async def account(self, job: AccountJob, *, delay: float = 0) -> None:
        """Queues work on an Account or a shard."""
        await self._send(ACCOUNT_JOBS, self._encode_account(job, carried(delay)), delay)

    async def mail(self, job: MailJob, *, delay: float = 0) -> None:
        """Queues a message."""
        await self._send(MAIL_JOBS, self._encode_mail(job, carried(delay)), delay)

    async def close(self) -> None:
        """Closes the connection; the next use opens it again."""
        service, self._service = self._service, None
        self._clients = {}
        if service is not None:
            await service.close()

    async def _send(self, queue: str, text: str, delay: float) -> None:
        client = self._open(queue)
        async with storage_faults():
            try:
                await _put(client, text, delay)
            except ResourceNotFoundError:
                await self._create(queue)
                await _put(client, text, delay)

    async def _create(self, queue: str) -> None:
        client = self._open(queue)
        async with self._lock:
            # Of many jobs that find it missing at once, one makes it.
            if queue in self._made:
                return
            with suppress(ResourceExistsError):
                await client.create_queue()
            self._made.add(queue)

    def _open(self, queue: str) -> "QueueClient":
        # The import takes 0.3 seconds, which an instance that only answers pages doesn't need.
        from azure.storage.queue import TextBase64EncodePolicy  # noqa: PLC0415

        # An HTTP session belongs to the loop it was opened in: another loop gets its own.
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._service, self._clients = loop, None, {}
            self._lock = asyncio.Lock()
        if queue not in self._clients:
            if self._service is None:
                self._service = self._connect()
            # The functions host reads base64.
            self._clients[queue] = self._service.get_queue_client(
                queue, message_encode_policy=TextBase64EncodePolicy()
            )
        return self._clients[queue]

    def _connect(self) -> "QueueServiceClient":
        from azure.storage.queue.aio import QueueServiceClient  # noqa: PLC0415

        options = {**self._options, "transport": open_transport(**self._options)}
        if self._settings.connection_string is not None:
            return QueueServiceClient.from_connection_string(
                self._settings.connection_string, **options
            )
        return QueueServiceClient(
            self._settings.queue_url,
            credential=credential(self._settings),
            **options,
        )


async def _put(client: "QueueClient", text: str, delay: float) -> None:
    # A job of a person in trouble may wait longer than the seven days that messages live else.
    await client.send_message(text, visibility_timeout=ceil(delay), time_to_live=FOREVER)
