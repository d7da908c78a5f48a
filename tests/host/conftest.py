"""The functions host as a child process, on a function app of the tests' own."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.functions_process import FunctionsProcess

APP = Path(__file__).parent / "app"


def settings_of(storage: str) -> dict[str, str]:
    """Gives the settings of the test app; `storage` is a connection string."""
    return {
        "AzureWebJobsStorage": storage,
        "JOBS_QUEUE": "jobs",
        "TICK_SCHEDULE": "0 0 0 1 1 *",
        "LOCAL_FUNCTION_KEY": "the-key",
    }


def free_ports(count: int) -> list[int]:
    """Gives ports that nothing listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def settings(storage_account: str) -> dict[str, str]:
    """Gives the settings of the test app, with an empty storage of its own."""
    return settings_of(storage_account)


@pytest.fixture
async def functions(settings: dict[str, str]) -> AsyncIterator[FunctionsProcess]:
    """Starts the test app's functions, and ends them with the test."""
    process = FunctionsProcess(app_dir=APP, settings=settings)
    await process.start()
    yield process
    await process.stop()
