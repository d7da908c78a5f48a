"""The functions host as a child process, for the launcher and for tests that kill and restart it.

process = FunctionsProcess(app_dir=ROOT, settings={...})
await process.start()
... process.base_url ...
await process.kill()      # as a crash: nothing is put back
await process.start()     # again, on the same port
await process.stop()      # as a shutdown: what is running may end
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0
_LISTENING = "host.listening url="


class FunctionsProcessError(RuntimeError):
    """The functions did not start; the message holds the last lines that they logged."""


class FunctionsProcess:
    """One functions host in a process of its own.

    Args:
        app_dir: the folder with function_app.py and host.json.
        settings: the app's settings; they win over this process's environment.
        port: on 127.0.0.1; 0 takes a free one at the first start and keeps it.
        lease: how long a message of a killed host stays invisible; a host that stalls for longer
            loses the messages that it is working on.
        on_log: called with each logged line.
    """

    def __init__(
        self,
        *,
        app_dir: Path = ROOT,
        settings: Mapping[str, str],
        port: int = 0,
        lease: timedelta = timedelta(seconds=5),
        on_log: Callable[[str], None] | None = None,
    ) -> None:
        self._app_dir = app_dir
        self._settings = dict(settings)
        self._port = port
        self._lease = lease
        self._on_log = on_log
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self.logs: list[str] = []

    @property
    def base_url(self) -> str:
        """Where the functions answer, once started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the child is there."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The child's process id; 0 when there is none."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Starts the host and returns when it listens.

        Raises:
            FunctionsProcessError: it ended, or did not come up in time.
        """
        self._up = asyncio.Event()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "simulators.functions_host",
            f"--port={self._port}",
            f"--app={self._app_dir}",
            f"--lease={self._lease.total_seconds()}",
            "--stop-with-stdin",
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            limit=1 << 20,
            cwd=ROOT,
            env=os.environ | self._settings,
            # Ctrl-C belongs to the parent, which ends the child itself and in its own order.
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), START_SECONDS)
        if not self.logs or not any(_LISTENING in line for line in self.logs[-20:]):
            await self.kill()
            raise FunctionsProcessError("The functions did not start: " + "\n".join(self.logs[-5:]))

    async def stop(self) -> None:
        """Ends the host as a shutdown does, and waits until it is gone."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
        try:
            await asyncio.wait_for(self._gone(), STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Ends the host as a crash does (SIGKILL), and waits until it is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self._gone()

    def let_go(self) -> None:
        """Closes the child's standard input, as this process's end does."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def ended(self) -> None:
        """Waits until the host has ended, for whatever reason."""
        if self._process is not None:
            await self._process.wait()

    async def _gone(self) -> None:
        if self._process is None:
            return
        self.let_go()
        await self._process.wait()
        if self._reading is not None:
            await self._reading
        self._process = None

    async def _read(self, process: Process) -> None:
        """Keeps the child's lines, and notes the address when it is said."""
        if process.stdout is None:
            return
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.logs.append(line)
            if _LISTENING in line:
                address = line.split(_LISTENING, 1)[1].split()[0]
                self._port = int(address.rsplit(":", 1)[1])
                self._up.set()
            if self._on_log is not None:
                self._on_log(line)
        self._up.set()
