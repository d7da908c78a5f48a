"""What of a log line leaves the process (R7.3), whoever wrote it."""

import logging

import pytest

from sync.monitor import exported

CANARY = "kanarienvogel"


def failed(logger: str, level: int = logging.ERROR) -> logging.LogRecord:
    """Gives the line of an error whose message, as its text, quotes a calendar."""
    try:
        int(CANARY)
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    return logging.LogRecord(logger, level, __file__, 7, "%s", (CANARY,), info)


def test_r7_3_an_error_of_ours_is_exported_with_its_place_and_without_its_message() -> None:
    record = failed("sync.engine.run")
    record.msg, record.args, record.person = "sync.run_failed", (), "acme/anna"

    line = exported(record)

    assert line is not None
    assert (line.getMessage(), line.exc_info) == ("sync.run_failed", None)
    assert vars(line)["person"] == "acme/anna"
    assert vars(line)["error"] == "ValueError"
    assert "in failed" in vars(line)["stack"]
    assert CANARY not in str(vars(line))
    assert record.exc_info is not None


@pytest.mark.parametrize("logger", ["asyncio", "aiohttp.client", "a.library.to.come", "root"])
def test_r7_3_of_a_library_only_that_it_warned_and_where(logger: str) -> None:
    line = exported(failed(logger, logging.WARNING))

    assert line is not None
    assert line.getMessage() == "library.warned"
    assert vars(line)["logger"] == logger
    assert vars(line)["place"] == "test_lines:7"
    assert CANARY not in str(vars(line))


@pytest.mark.parametrize(
    ("logger", "level"),
    [
        ("httpx", logging.INFO),
        ("asyncio", logging.DEBUG),
        ("azure.core.pipeline", logging.ERROR),
        ("opentelemetry.sdk", logging.ERROR),
    ],
)
def test_what_libraries_tell_and_what_exporting_itself_logs_stays(logger: str, level: int) -> None:
    assert exported(failed(logger, level)) is None


def test_a_line_of_ours_is_exported_as_it_is() -> None:
    record = logging.LogRecord("notifications.courier", 20, __file__, 7, "mail.sent", (), None)

    assert exported(record) is record
