"""How the booking, identity and mailbox simulators listen, count requests and read JSON."""

import json
import ssl
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

LOG_LENGTH = 1000
"""Requests kept one by one; the counts go on beyond it."""


class ControlError(Exception):
    """What was asked of a control endpoint makes no sense; answered as 400 with the message."""


@dataclass(slots=True)
class RequestLog:
    """Which operations were called, how often, and the newest of them one by one.

    Attributes:
        counts: calls by operation name since the last `clear`.
        entries: the newest calls, oldest first.
    """

    counts: Counter[str] = field(default_factory=Counter)
    entries: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))

    def note(self, operation: str, **details: object) -> None:
        """Count one call and keep its details (JSON values)."""
        self.counts[operation] += 1
        self.entries.append({"operation": operation, **details})

    def clear(self) -> None:
        """Forget everything."""
        self.counts.clear()
        self.entries.clear()

    def as_json(self) -> dict[str, object]:
        """Give `{"counts": {...}, "total": n, "value": [...]}`."""
        return {
            "counts": dict(self.counts),
            "total": self.counts.total(),
            "value": list(self.entries),
        }


class LoopbackServer:
    """One aiohttp application on one loopback port.

    Args:
        application: what answers.
        tls: for https; None serves plain http.
    """

    def __init__(self, application: web.Application, tls: ssl.SSLContext | None = None) -> None:
        self._application = application
        self._tls = tls
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen, and return the address without a trailing slash.

        Args:
            host: a loopback address.
            port: 0 takes a free one.
        """
        runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, host, port, ssl_context=self._tls).start()
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening, and cut what is open; does nothing when it isn't listening."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        # A TLS connection that is merely closed waits for the other side's good-bye, which an
        # idle client never says; test_identity_msal.py would leak its sockets.
        for connection in runner.server.connections if runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()
        await runner.cleanup()


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read the body as a JSON object; an empty body is an empty object.

    Raises:
        ControlError: it is something else.
    """
    body = await request.read()
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ControlError(f"the body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ControlError("the body must be a JSON object")
    return value


def drop_connection(request: web.Request) -> None:
    """Cut the connection, so that the caller learns nothing of what became of the call."""
    if request.transport is not None:
        request.transport.abort()


def is_allowed_redirect(uri: str, registered: Iterable[str]) -> bool:
    """Say whether a log-in may return there: a registered address, or loopback if none is."""
    known = tuple(registered)
    if known:
        return uri in known
    return urlsplit(uri).hostname in {"127.0.0.1", "localhost", "::1"}


@web.middleware
async def control_errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Turn a `ControlError` into 400 `{"error": message}`."""
    try:
        response: web.StreamResponse = await handler(request)
    except ControlError as error:
        return web.json_response({"error": str(error)}, status=400)
    return response
