"""A world for each test, in which the product itself never breaks."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.world import World

_TESTS = Path(__file__).parents[2]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def nothing_breaks_but_ports(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test in which the last catch of R11.8 had to catch an error of the product's own.

    The next run heals what it broke, so that nothing else would show it. What a port of a test
    raises is not the product's own.
    """
    yield
    broken = [
        record.exc_text or record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR and not _is_raised_by_a_port(record)
    ]
    assert not broken, "\n".join(broken)


def _is_raised_by_a_port(record: logging.LogRecord) -> bool:
    """Says whether an error comes from a file of the tests."""
    if record.exc_info is None or record.exc_info[2] is None:
        return False
    raised_in = traceback.extract_tb(record.exc_info[2])[-1].filename
    return Path(raised_in).is_relative_to(_TESTS)
