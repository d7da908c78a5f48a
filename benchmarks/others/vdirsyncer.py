"""A calendar in a folder and one on a CalDAV server, kept alike by ``vdirsyncer``."""

import asyncio
import json
import resource
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from simulators.host.process import ROOT

#: What requirements-bench.txt is installed into.
PROGRAMS = ROOT / ".venv-bench" / "bin"
_HOUR = timedelta(hours=1)
_CONFIG = """\
[general]
status_path = "{folder}/status"

[pair both]
a = "here"
b = "there"
collections = null

[storage here]
type = "filesystem"
path = "{folder}/here"
fileext = ".ics"

[storage there]
type = "caldav"
url = "http://127.0.0.1:{port}/bench/calendar/"
username = "bench"
password = "bench"
"""
_EVENT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//benchmark//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}
DTSTART:{start:%Y%m%dT%H%M%SZ}
DTEND:{end:%Y%m%dT%H%M%SZ}
SUMMARY:{summary}
END:VEVENT
END:VCALENDAR
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a round took: seconds, milliseconds of CPU, calls to the server."""

    seconds: float
    cpu: float
    calls: float


@dataclass(slots=True, kw_only=True)
class Folders:
    """The two calendars.

    Attributes:
        folder: With all files.
        first: When the earliest event begins.
        requests: That the server has got so far.
    """

    folder: Path
    first: datetime
    requests: int = 0

    async def sync(self) -> Spent:
        """Runs a round as a process of its own, as the tool is used."""
        return await self._run("sync")

    async def discover(self) -> None:
        """Finds the calendar on the server, which the tool wants to do once."""
        await self._run("discover", "--no-list")

    def write(self, number: int, hour: int) -> None:
        """Writes an event of the folder, an hour long, so many hours after the earliest."""
        self._put(self.folder / "here", f"ada{number}", hour)

    def events(self) -> tuple[int, int]:
        """Counts the events on both sides."""
        here, there = (len(list(place.glob("*.ics"))) for place in self._places())
        return here, there

    def has(self, summary: str, hour: int) -> bool:
        """Says whether the server's event of that name begins then."""
        start = self.first + hour * _HOUR
        texts = [path.read_text() for path in self._places()[1].glob("*.ics")]
        found = [text for text in texts if f"SUMMARY:{summary}" in text.splitlines()]
        return [f"DTSTART:{start:%Y%m%dT%H%M%SZ}" in text for text in found] == [True]

    def fill(self, each: int) -> None:
        """Makes events on both sides, an hour for each."""
        here, there = self._places()
        for place in (here, there, self.folder / "status"):
            place.mkdir(parents=True)
        (there / ".Radicale.props").write_text(json.dumps({"tag": "VCALENDAR"}))
        for number in range(each):
            self._put(here, f"ada{number}", 2 * number)
            self._put(there, f"supplier{number}", 2 * number + 1)

    def configure(self, port: int) -> None:
        """Writes the tool's configuration."""
        text = _CONFIG.format(folder=self.folder, port=port)
        (self.folder / "config").write_text(text)

    def _places(self) -> tuple[Path, Path]:
        there = self.folder / "server" / "collection-root" / "bench" / "calendar"
        return self.folder / "here", there

    def _put(self, place: Path, name: str, hour: int) -> None:
        start = self.first + hour * _HOUR
        text = _EVENT.format(
            uid=f"{name}@bench", stamp=self.first, start=start, end=start + _HOUR, summary=name
        )
        (place / f"{name}.ics").write_text(text.replace("\n", "\r\n"), newline="")

    async def _run(self, *arguments: str) -> Spent:
        before, calls, began = _children_cpu(), self.requests, perf_counter()
        command = [str(PROGRAMS / "vdirsyncer"), "-c", str(self.folder / "config"), *arguments]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
        seconds, cpu = perf_counter() - began, _children_cpu() - before
        # The server's last line may still be on its way.
        await asyncio.sleep(0.1)
        return Spent(seconds=seconds, cpu=cpu, calls=self.requests - calls)


@asynccontextmanager
async def open_folders(
    folder: Path, *, first: datetime, each: int, latency: float
) -> AsyncIterator[Folders]:
    """Fills both calendars and serves the second; the server ends with the block.

    Args:
        folder: An empty one.
        first: When the earliest event begins.
        each: How many events on each side.
        latency: Seconds that each call to the server takes longer.
    """
    folders = Folders(folder=folder, first=first)
    folders.fill(each)
    script = Path(__file__).with_name("caldav_server.py")
    server = await asyncio.create_subprocess_exec(
        str(PROGRAMS / "python"), str(script), str(folder / "server"), str(latency), stdout=PIPE
    )
    assert server.stdout is not None
    output = server.stdout

    async def count() -> None:
        async for _ in output:
            folders.requests += 1

    folders.configure(int(await output.readline()))
    counting = asyncio.create_task(count())
    try:
        await folders.discover()
        yield folders
    finally:
        server.terminate()
        await server.wait()
        await counting


def is_installed() -> bool:
    """Says whether requirements-bench.txt is installed."""
    return (PROGRAMS / "vdirsyncer").is_file()


def _children_cpu() -> float:
    """Gives the CPU milliseconds of child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000
