"""Queue triggers: polling, leases on messages, repeats after failures, the poison queue.

As the Azure host does it: a batch is fetched when few messages are running, each message stays
invisible while it runs, a success deletes it, a failure makes it visible again after the
visibility time, and the last allowed failure moves it to `<queue>-poison`.
Source: Azure Functions, "Azure Queue storage trigger", read 2026-11.
"""

import asyncio
import base64
import binascii
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from simulators.host.settings import QueueOptions
from simulators.host.worker import Guard, InvocationFailed, LoadedFunction, invoke_queue

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1  # seconds after the first poll that finds nothing; it doubles up to the maximum
# The client's own choice waits 15 seconds and more before it asks again.
QUEUE_OPTIONS: dict[str, Any] = {
    "retry_total": 2,
    "initial_backoff": 1,
    "increment_base": 1,
    "random_jitter_range": 1,
}
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class QueueListener:
    """Drives one queue function.

    Args:
        function: what runs for each message.
        queue: the queue; it need not exist yet.
        poison: where messages go that keep failing; made when first needed.
        options: host.json.
        lease: how long a fetched message stays invisible, renewed at a third of it while the
            function runs. After a crash the message comes back when it has passed. (On Azure 10
            minutes; here short, so that a restart is seen to lose nothing.)
        guard: see `Guard`.
    """

    def __init__(
        self,
        function: LoadedFunction,
        *,
        queue: QueueClient,
        poison: QueueClient,
        options: QueueOptions,
        lease: timedelta,
        guard: Guard[None],
    ) -> None:
        self._function = function
        self._queue = queue
        self._poison = poison
        self._options = options
        self._lease = max(1, round(lease.total_seconds()))
        self._guard = guard
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Polls until `stop`; returns when no message is running any more."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            if len(self._running) > self._options.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                continue
            messages = await self._fetch()
            if self._stopping.is_set():
                await asyncio.gather(*(self._show_again(m, timedelta(0)) for m in messages))
                return
            for message in messages:
                task = asyncio.create_task(self._handle(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if messages:
                pause = FIRST_PAUSE
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, self._options.max_polling_interval.total_seconds())

    async def stop(self, grace: timedelta) -> None:
        """Fetches no more, lets running messages end within `grace`, puts the others back."""
        self._stopping.set()
        if self._running:
            await asyncio.wait(self._running, timeout=grace.total_seconds())
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _fetch(self) -> list[QueueMessage]:
        try:
            pages = self._queue.receive_messages(
                messages_per_page=self._options.batch_size, visibility_timeout=self._lease
            ).by_page()
            page = await anext(pages, None)
            return [message async for message in page] if page is not None else []
        except ResourceNotFoundError:
            return []
        except AzureError as error:
            log.warning(
                "queue.poll_failed",
                extra={"queue": self._queue.queue_name, "error": type(error).__name__},
            )
            return []

    async def _handle(self, message: QueueMessage) -> None:
        ended = asyncio.Event()
        renewal = asyncio.create_task(self._renew(message, ended))
        try:
            done = await self._invoke(message)
        except asyncio.CancelledError:
            ended.set()
            await renewal
            await self._show_again(message, timedelta(0))
            log.info("queue.message_put_back", extra={"function": self._function.name})
            raise
        ended.set()
        # A renewal under way changes the pop receipt: it has to end, and not by being cut off.
        await renewal
        try:
            if done:
                await self._queue.delete_message(message)
            elif (message.dequeue_count or 0) >= self._options.max_dequeue_count:
                await self._to_poison(message)
            else:
                await self._show_again(message, self._options.visibility_timeout)
        except AzureError as error:
            log.warning(
                "queue.message_lost_its_lease",
                extra={"function": self._function.name, "error": type(error).__name__},
            )

    async def _invoke(self, message: QueueMessage) -> bool:
        """Runs the function; says whether it succeeded."""
        if (message.dequeue_count or 0) > self._options.max_dequeue_count:
            return False
        try:
            text = self._text(message)
            call = invoke_queue(
                self._function,
                text=text,
                message_id=message.id,
                pop_receipt=message.pop_receipt or "",
                dequeue_count=message.dequeue_count or 1,
                inserted=message.inserted_on or _NEVER,
                expires=message.expires_on or _NEVER,
                next_visible=message.next_visible_on or _NEVER,
            )
            await self._guard(self._function, call)
        except (InvocationFailed, UnicodeDecodeError, binascii.Error):
            return False
        return True

    def _text(self, message: QueueMessage) -> str:
        content = str(message.content)
        return (
            base64.b64decode(content, validate=True).decode() if self._options.base64 else content
        )

    async def _renew(self, message: QueueMessage, ended: asyncio.Event) -> None:
        while not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), self._lease / 3)
            except TimeoutError:
                with suppress(AzureError):
                    renewed = await self._queue.update_message(
                        message, visibility_timeout=self._lease
                    )
                    message.pop_receipt = renewed.pop_receipt

    async def _show_again(self, message: QueueMessage, after: timedelta) -> None:
        with suppress(ResourceNotFoundError):
            await self._queue.update_message(
                message, visibility_timeout=round(after.total_seconds())
            )

    async def _to_poison(self, message: QueueMessage) -> None:
        with suppress(ResourceExistsError):
            await self._poison.create_queue()
        await self._poison.send_message(message.content)
        await self._queue.delete_message(message)
        log.error(
            "queue.message_poisoned",
            extra={"function": self._function.name, "message_id": message.id},
        )
