"""Posts to the URLs of subscriptions: the validation handshake, notifications, repeats.

Source: Graph, change notifications delivery by webhooks. What waits for one URL goes out together,
many in one post; a post that isn't answered with 2xx is repeated with growing gaps for four hours.
"""

import asyncio
import secrets
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from simulators.common.outbox import Outbox
from simulators.microsoft365.errors import bad_request

DEADLINE_SECONDS = 10.0
GIVE_UP_SECONDS = 4 * 3600.0


class Poster(Outbox):
    """Sends what subscriptions are owed, from tasks of its own.

    Attributes:
        first_gap: Seconds before the first repeat; each further gap is twice as long.
        longest_gap: Seconds beyond which the gaps grow no more.
        deadline: Seconds that a URL has for its answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first_gap = 1.0
        self.longest_gap = GIVE_UP_SECONDS
        self.deadline = DEADLINE_SECONDS
        self._queues: dict[str, list[dict[str, Any]]] = {}

    async def stop(self) -> None:
        """Drop whatever waits, and close the client."""
        await super().stop()
        self._queues.clear()

    async def validate(self, url: str) -> None:
        """Ask a URL whether it wants to be posted to (5.2).

        Raises:
            GraphError: 400; no answer in time, or another than the token as plain text.
        """
        token = f"Validation: Testing client application reachability {secrets.token_hex(8)} +/=&"
        asked = f"{url}{'&' if '?' in url else '?'}validationToken={quote(token, safe='')}"
        try:
            async with self._client().post(
                # The URL is sent as it is written: yarl would escape it another way.
                _as_written(asked),
                data=b"",
                headers={"Content-Type": "text/plain; charset=utf-8"},
                timeout=aiohttp.ClientTimeout(total=self.deadline),
                allow_redirects=False,
            ) as answer:
                text = await answer.text()
                right = answer.content_type == "text/plain" and text == token
                if answer.status == 200 and right:
                    return
        except TimeoutError as error:
            raise bad_request(
                "Subscription validation request timed out.", code="InvalidRequest"
            ) from error
        except aiohttp.ClientError as error:
            raise _not_validated() from error
        raise _not_validated()

    def post(self, url: str, notification: dict[str, Any], *, delay: float = 0.0) -> None:
        """Put a notification in the post.

        Args:
            url: Where to.
            notification: One element of `value`.
            delay: Seconds before it goes out.
        """
        if self._session is None:
            return
        if delay > 0:
            self._spawn(self._later(url, notification, delay))
        else:
            self._enqueue(url, notification)

    def _enqueue(self, url: str, notification: dict[str, Any]) -> None:
        waiting = self._queues.setdefault(url, [])
        waiting.append(notification)
        if len(waiting) == 1:
            self._spawn(self._drain(url))

    async def _later(self, url: str, notification: dict[str, Any], delay: float) -> None:
        await asyncio.sleep(delay)
        self._enqueue(url, notification)

    async def _drain(self, url: str) -> None:
        await asyncio.sleep(0)
        together = self._queues.pop(url, [])
        gap, waited = self.first_gap, 0.0
        while together and not await self._deliver(url, together):
            if waited > GIVE_UP_SECONDS:
                return
            await asyncio.sleep(gap)
            waited += gap
            gap = min(gap * 2, self.longest_gap)

    async def _deliver(self, url: str, together: list[dict[str, Any]]) -> bool:
        try:
            async with self._client().post(
                _as_written(url),
                json={"value": together},
                timeout=aiohttp.ClientTimeout(total=self.deadline),
                allow_redirects=False,
            ) as answer:
                return 200 <= answer.status < 300
        except (TimeoutError, aiohttp.ClientError):
            return False

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the simulator has not been started")
        return self._session


def _as_written(url: str) -> URL:
    return URL(url, encoded=True)


def _not_validated() -> Exception:
    return bad_request(
        "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
        "this request.",
        code="ValidationError",
    )
