"""Fixtures that give tests a real storage emulator, one for each test process."""

from collections.abc import Iterator
from itertools import count

import pytest

from simulators.azurite import Azurite

ACCOUNTS = 500


@pytest.fixture(scope="session")
def azurite_server() -> Iterator[Azurite]:
    """Starts the emulator when the first test asks for it, and ends it with the session."""
    with Azurite(accounts=ACCOUNTS) as server:
        yield server


@pytest.fixture(scope="session")
def azurite(azurite_server: Azurite) -> str:
    """Gives the connection string of the emulator's default account, shared by all tests."""
    return azurite_server.connection_string()


@pytest.fixture(scope="session")
def _account_numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def storage_account(azurite_server: Azurite, _account_numbers: Iterator[int]) -> str:
    """Gives the connection string of an account that no other test has used: it is empty."""
    return azurite_server.connection_string(azurite_server.accounts[next(_account_numbers)])
