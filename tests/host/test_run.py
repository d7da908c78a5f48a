"""`make run`, with the tests' own function app in the place of the product."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.host.conftest import APP, free_ports

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds after which a test gives up
PARTS = (
    "FUNCTIONS",
    "BOOKING",
    "GRAPH",
    "IDENTITY",
    "MAILBOX",
    "DEMO",
    "SIGN_IN",
    "BLOB",
    "QUEUE",
    "TABLE",
)


@pytest.fixture
def ports() -> dict[str, int]:
    return dict(zip(PARTS, free_ports(len(PARTS)), strict=True))


@asynccontextmanager
async def launched(ports: dict[str, int]) -> AsyncIterator[Process]:
    """Starts the launcher; what is left of it at the end is killed."""
    own = {f"CONNECTUP_PORT_{part}": str(port) for part, port in ports.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators.run",
        f"--app={APP}",
        stdout=PIPE,
        stderr=STDOUT,
        cwd=ROOT,
        env=os.environ | own | {"JOBS_QUEUE": "jobs", "TICK_SCHEDULE": "0 0 0 1 1 *"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: Process, wanted: str) -> str:
    """Reads the launcher's output up to a line, and gives all of it."""
    text = ""
    assert process.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for raw in process.stdout:
                text += raw.decode()
                if wanted in text:
                    return text
    raise AssertionError(text)


async def closed(port: int) -> None:
    """Waits until nothing listens on a port any more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_starts_every_part_names_the_addresses_and_ends_them_all(
    ports: dict[str, int], number: signal.Signals
) -> None:
    async with launched(ports) as process:
        text = await said(process, "Ctrl-C ends everything")
        async with httpx.AsyncClient() as client:
            functions = await client.get(f"http://127.0.0.1:{ports['FUNCTIONS']}/echo/fixed")
            booking = await client.get(f"http://127.0.0.1:{ports['BOOKING']}/")
            mailbox = await client.get(f"http://127.0.0.1:{ports['MAILBOX']}/")

        process.send_signal(number)
        rest, _ = await process.communicate()

        assert [each.status_code for each in (functions, booking, mailbox)] == [200, 200, 200]
        for part in ("FUNCTIONS", "BOOKING", "GRAPH", "SIGN_IN", "MAILBOX", "DEMO"):
            assert f"127.0.0.1:{ports[part]}" in text
        assert process.returncode == 0
        assert b"Traceback" not in rest
        for port in ports.values():
            await closed(port)


async def test_nothing_is_left_when_it_is_killed(ports: dict[str, int]) -> None:
    async with launched(ports) as process:
        await said(process, "Ctrl-C ends everything")

        process.kill()

        for port in ports.values():
            await closed(port)


async def test_a_wrong_port_ends_it_with_one_sentence(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    del ports["GRAPH"]
    monkeypatch.setenv("CONNECTUP_PORT_GRAPH", "not-a-port")

    async with launched(ports) as process:
        output, _ = await process.communicate()

    assert process.returncode == 1
    assert b"run.failed: CONNECTUP_PORT_GRAPH must be a port, not 'not-a-port'" in output
    assert b"Traceback" not in output
