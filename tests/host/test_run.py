"""`make run`, with the tests' own function app in the place of the product."""

import asyncio
import os
import signal
import stat
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from simulators.run_settings import Ports
from tests.host.conftest import APP, free_base

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds after which a test gives up


@pytest.fixture
def ports() -> Ports:
    base = free_base()
    return Ports.from_env({"CONNECTUP_PORT_BASE": str(base)})


@asynccontextmanager
async def launched(base: str, folder: Path) -> AsyncIterator[Process]:
    """Starts the launcher; what is left of it at the end is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators.run",
        f"--app={APP}",
        f"--folder={folder}",
        stdout=PIPE,
        stderr=STDOUT,
        cwd=ROOT,
        env=os.environ
        | {"CONNECTUP_PORT_BASE": base, "JOBS_QUEUE": "jobs", "TICK_SCHEDULE": "0 0 0 1 1 *"},
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
    ports: Ports, tmp_path: Path, number: signal.Signals
) -> None:
    async with launched(str(ports.functions), tmp_path) as process:
        text = await said(process, "Ctrl-C ends everything")
        async with httpx.AsyncClient() as client:
            functions = await client.get(f"http://127.0.0.1:{ports.functions}/echo/fixed")
            booking = await client.get(f"http://127.0.0.1:{ports.booking}/")
            mailbox = await client.get(f"http://127.0.0.1:{ports.mailbox}/")

        process.send_signal(number)
        rest, _ = await process.communicate()

        assert [each.status_code for each in (functions, booking, mailbox)] == [200, 200, 200]
        pages = (
            ports.functions,
            ports.booking,
            ports.graph,
            ports.sign_in,
            ports.mailbox,
            ports.demo,
        )
        for port in pages:
            assert f"127.0.0.1:{port}" in text
        assert process.returncode == 0
        assert b"Traceback" not in rest
        for port in asdict(ports).values():
            await closed(port)


async def test_nothing_is_left_when_it_is_killed(ports: Ports, tmp_path: Path) -> None:
    async with launched(str(ports.functions), tmp_path) as process:
        await said(process, "Ctrl-C ends everything")

        process.kill()

        for port in asdict(ports).values():
            await closed(port)


async def test_a_wrong_base_ends_it_with_one_sentence(tmp_path: Path) -> None:
    async with launched("not-a-port", tmp_path) as process:
        output, _ = await process.communicate()

    assert process.returncode == 1
    assert b"run.failed: CONNECTUP_PORT_BASE must be a port up to 65526" in output
    assert b"Traceback" not in output


async def test_an_emulator_that_ends_by_itself_ends_it_with_one_sentence(
    ports: Ports, tmp_path: Path
) -> None:
    async with launched(str(ports.functions), tmp_path) as process:
        await said(process, "Ctrl-C ends everything")

        os.kill(child_of(process.pid, "azurite"), signal.SIGKILL)
        output, _ = await process.communicate()

    assert process.returncode == 1
    assert b"run.failed: The storage emulator ended by itself." in output
    assert b"Traceback" not in output


async def test_what_is_answered_goes_to_a_file_and_variables_to_another(
    ports: Ports, tmp_path: Path
) -> None:
    env_file = tmp_path / "env"
    async with launched(str(ports.functions), tmp_path) as process:
        text = await said(process, "Ctrl-C ends everything")
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{ports.functions}/echo/fixed")
        variables = env_file.read_text()
        mode = stat.S_IMODE(env_file.stat().st_mode)

        process.send_signal(signal.SIGINT)
        rest, _ = await process.communicate()

    assert "For the commands of docs/integrating.md: . " in text
    assert f"export CONNECTOR=http://127.0.0.1:{ports.functions}" in variables
    assert mode == 0o600
    assert not env_file.exists()
    assert "path=/echo/fixed" in (tmp_path / "access.log").read_text()
    assert b"/echo/fixed" not in rest


async def test_a_folder_that_can_not_be_written_ends_it_with_one_sentence(
    ports: Ports, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    async with launched(str(ports.functions), tmp_path / "file" / "run") as process:
        output, _ = await process.communicate()

    assert process.returncode == 1
    assert b"can't be written: Not a directory." in output
    assert b"Traceback" not in output


def child_of(parent: int, what: str) -> int:
    """Gives the id of a child process whose command line holds a word (Linux only)."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rsplit(")", 1)[1].split()
            line = (status.parent / "cmdline").read_text()
            if int(fields[1]) == parent and what in line:
                return int(status.parent.name)
    raise AssertionError(f"no child of {parent} is a {what}")
