"""The functions host as a child process, on a function app of the tests' own."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.common.ports import port_is_taken
from simulators.host.process import FunctionsProcess

APP = Path(__file__).parent / "app"


def settings_of(storage: str) -> dict[str, str]:
    """Gives the settings of the test app; `storage` is a connection string."""
    return {
        "AzureWebJobsStorage": storage,
        "JOBS_QUEUE": "jobs",
        "TICK_SCHEDULE": "0 0 0 1 1 *",
        "LOCAL_FUNCTION_KEY": "the-key",
    }


def free_base() -> int:
    """Gives the first of ten ports in a row that nothing listens on."""
    while True:
        base = 20_000 + 10 * secrets.randbelow(1_200)
        if not any(port_is_taken(port) for port in range(base, base + 10)):
            return base


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
