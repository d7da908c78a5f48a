"""A host for the functions, for machines that don't have the Azure one.

It drives `function_app.py` through the worker library that Azure uses itself, and answers as the
Azure host does: HTTP routes with their function keys, queue triggers, timers, and
`POST /admin/functions/{name}` to fire one by hand. It listens on 127.0.0.1 only.

    python -m simulators.functions_host --port 7071
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from aiohttp import web
from azure.storage.queue.aio import QueueClient

from simulators.common.logs import configure_logs
from simulators.common.ports import port_is_taken
from simulators.common.serving import stop_signal
from simulators.host.http_functions import MAX_BODY_BYTES, HttpFunctions
from simulators.host.queues import QUEUE_OPTIONS, QueueListener
from simulators.host.settings import (
    HostError,
    expand,
    read_host_options,
    read_settings,
    storage_connection,
)
from simulators.host.timers import TimerLoop
from simulators.host.worker import InvocationFailed, LoadedFunction, invoke_queue, load_functions

log = logging.getLogger(__name__)

DEFAULT_LEASE = timedelta(seconds=10)
GRACE = timedelta(seconds=5)
"""How long a stop waits for what is running."""


class FunctionsHost:
    """The host of one function app; one for each process, as the worker library is.

    Args:
        app_dir: the folder with function_app.py and host.json.
        settings: the app's settings, which become the process's environment.
        port: on 127.0.0.1; 0 takes a free one, see `base_url`.
        lease: how long a message of a killed host stays invisible.
    """

    def __init__(
        self,
        app_dir: Path,
        settings: Mapping[str, str],
        port: int,
        *,
        lease: timedelta = DEFAULT_LEASE,
    ) -> None:
        self._app_dir = app_dir
        self._settings = dict(settings)
        self._port = port
        self._lease = lease
        self._options = read_host_options(app_dir)
        self._functions: dict[str, LoadedFunction] = {}
        self._timers: dict[str, TimerLoop] = {}
        self._listeners: list[QueueListener] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = AsyncExitStack()

    @property
    def base_url(self) -> str:
        """Where the host answers, once started."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Loads the app, listens, and starts the queue and timer functions.

        Raises:
            HostError: the app, a setting or the port stands in the way.
        """
        if self._port and port_is_taken(self._port):
            raise HostError(f"Port {self._port} is taken: choose another with --port.")
        os.environ.update(self._settings)
        self._functions = {each.name: each for each in load_functions(self._app_dir)}
        for function in self._functions.values():
            kind = function.trigger["type"]
            if kind == "queueTrigger":
                self._listeners.append(await self._listener(function))
            elif kind == "timerTrigger":
                schedule = expand(function.trigger["schedule"], self._settings)
                self._timers[function.name] = TimerLoop(
                    function, schedule=schedule, guard=self._guard
                )
            elif kind != "httpTrigger":
                raise HostError(f"{function.name}: this host has no {kind}.")
        await self._listen()
        for listener in self._listeners:
            self._spawn(listener.run())
        for timer in self._timers.values():
            self._spawn(timer.run())
        log.info("host.listening", extra={"url": self.base_url, "functions": len(self._functions)})

    async def stop(self) -> None:
        """Takes nothing new, waits for what is running, puts unfinished messages back."""
        for timer in self._timers.values():
            timer.stop()
        await asyncio.gather(*(listener.stop(GRACE) for listener in self._listeners))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE.total_seconds())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._open.aclose()
        log.info("host.stopped")

    async def _listen(self) -> None:
        http = HttpFunctions(
            (each for each in self._functions.values() if each.trigger["type"] == "httpTrigger"),
            prefix=self._options.route_prefix,
            key=self._settings.get("LOCAL_FUNCTION_KEY") or "local-key",
            guard=self._guard,
        )
        server = web.Application(client_max_size=MAX_BODY_BYTES)
        server.router.add_post("/admin/functions/{name}", self._fire_by_hand)
        server.router.add_route("*", "/{path:(?s:.*)}", http.handle)
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=GRACE.total_seconds())
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = runner.addresses[0][1]

    async def _listener(self, function: LoadedFunction) -> QueueListener:
        connection = storage_connection(
            self._settings, function.trigger.get("connection") or "AzureWebJobsStorage"
        )
        name = expand(function.trigger["queueName"], self._settings)
        try:
            queue, poison = (
                QueueClient.from_connection_string(connection, each, **QUEUE_OPTIONS)
                for each in (name, f"{name}-poison")
            )
        except ValueError as error:
            raise HostError(f"{function.name}: its storage connection: {error}") from None
        return QueueListener(
            function,
            queue=await self._open.enter_async_context(queue),
            poison=await self._open.enter_async_context(poison),
            options=self._options.queues,
            lease=self._lease,
            guard=self._guard,
        )

    async def _fire_by_hand(self, request: web.Request) -> web.Response:
        """Starts a queue or timer function and answers 202 at once, as Azure's admin route does."""
        function = self._functions.get(request.match_info["name"])
        if function is None:
            return web.Response(status=404)
        if function.trigger["type"] == "httpTrigger":
            return web.Response(status=400, text="This function is called by its route.")
        if function.name in self._timers:
            self._spawn(self._timers[function.name].fire())
            return web.Response(status=202)
        try:
            text = (await request.json())["input"]
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400, text='The body must be {"input": "the message"}.')
        self._spawn(self._run_message(function, str(text)))
        return web.Response(status=202)

    async def _run_message(self, function: LoadedFunction, text: str) -> None:
        now = datetime.now(UTC)
        call = invoke_queue(
            function,
            text=text,
            message_id="by-hand",
            pop_receipt="",
            dequeue_count=1,
            inserted=now,
            expires=now + timedelta(days=7),
            next_visible=now,
        )
        try:
            await self._guard(function, call)
        except InvocationFailed:
            return  # told by the guard; what is fired by hand is not repeated

    async def _guard[T](self, function: LoadedFunction, call: Awaitable[T]) -> T:
        """Runs an invocation within the function's time, and logs how it ended."""
        began = perf_counter()
        outcome = "ok"
        try:
            async with asyncio.timeout(self._options.function_timeout.total_seconds()):
                return await call
        except TimeoutError:
            outcome = "timeout"
            raise InvocationFailed("The function took longer than host.json allows.", "") from None
        except InvocationFailed as failure:
            outcome = "failed"
            log.error(  # noqa: TRY400 - the traceback of interest is the function's, not ours
                "function.raised", extra={"function": function.name, "error": str(failure)}
            )
            log.debug("function.traceback\n%s", failure.trace)
            raise
        finally:
            if function.trigger["type"] != "httpTrigger":
                took = round((perf_counter() - began) * 1000)
                fields = {"function": function.name, "outcome": outcome, "ms": took}
                log.info("function.ended", extra=fields)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def serve(host: FunctionsHost, *, stop_with_stdin: bool) -> None:
    """Runs the host until SIGTERM, SIGINT or, if asked for, the end of standard input."""
    stopping, loop = stop_signal(), asyncio.get_running_loop()
    if stop_with_stdin:

        def read() -> None:
            if not os.read(sys.stdin.fileno(), 4096):
                stopping.set()

        loop.add_reader(sys.stdin, read)
    await host.start()
    await stopping.wait()
    if stop_with_stdin:
        loop.remove_reader(sys.stdin)
    await host.stop()
    # The Azure host ends a worker without asking the app, which so has no moment to close its
    # clients: what they leave open ends with the process and is no news.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m simulators.functions_host", description=__doc__
    )
    parser.add_argument("--port", type=int, default=7071, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--app", type=Path, default=Path(), help="folder of function_app.py")
    parser.add_argument(
        "--lease",
        type=float,
        default=DEFAULT_LEASE.total_seconds(),
        help="seconds until a message of a killed host is taken up again",
    )
    parser.add_argument("--log-level", default="INFO", help="DEBUG shows tracebacks")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when stdin ends")
    given = parser.parse_args()
    configure_logs(given.log_level, with_libraries=True)
    app_dir = given.app.resolve()
    try:
        settings = read_settings(app_dir, os.environ)
        host = FunctionsHost(app_dir, settings, given.port, lease=timedelta(seconds=given.lease))
        os.chdir(app_dir)
        asyncio.run(serve(host, stop_with_stdin=given.stop_with_stdin))
    except HostError as error:
        log.error("host.failed: %s", error)  # noqa: TRY400 - the sentence says all
        return 1
    return 0
