"""What a simulated product sends by itself: posts from tasks of their own."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp


class Outbox:
    """The posts that are on their way."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many posts are on their way."""
        return len(self._tasks)

    async def start(self) -> None:
        """Be ready to send."""
        # The system's proxies are none of the simulated product's business.
        self._session = aiohttp.ClientSession(trust_env=False)

    async def stop(self) -> None:
        """Give up what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def idle(self) -> None:
        """Wait until nothing is on its way any more, repeats included."""
        while self._tasks:
            # Not ``gather``: it gives no turn for tasks that have ended, and would spin for ever
            # on one whose end is not noted yet.
            await asyncio.wait(self._tasks)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
