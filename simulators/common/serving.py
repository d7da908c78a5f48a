"""How the simulators listen, and what they answer alike."""

import asyncio
import signal
import ssl
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web


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


def retry_after(value: float | str | None) -> dict[str, str]:
    """Give a Retry-After header as it is: seconds, or any text; None leaves it out."""
    return {} if value is None else {"Retry-After": str(value)}


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


def stop_signal() -> asyncio.Event:
    """Give an event that SIGTERM or SIGINT sets, in place of what they do otherwise."""
    stopping = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopping.set)
    return stopping
