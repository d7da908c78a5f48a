"""Readable logs for the launcher and the functions host: one line for each record."""

import logging
import os
import sys
import traceback
from typing import override

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# They tell each request or poll, some with the text of what they carry.
_NOISY = (
    "azure",
    "httpx",
    "httpcore",
    "msal",
    "urllib3",
    "aiohttp.access",
    "asyncio",
    "opentelemetry",
)


class OneLineFormatter(logging.Formatter):
    """Time, level, event and its fields on one line; an exception as its type and place.

    The whole traceback follows only when the root logger's level is DEBUG.
    """

    def __init__(self) -> None:
        super().__init__(datefmt="%H:%M:%S")

    @override
    def format(self, record: logging.LogRecord) -> str:
        parts = [
            self.formatTime(record, self.datefmt),
            f"{record.levelname:7}",
            record.getMessage(),
        ]
        parts += [f"{key}={value}" for key, value in vars(record).items() if key not in _STANDARD]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            parts.append(describe_error(error))
        line = " ".join(part.replace("\n", " | ") for part in parts)
        if error is not None and logging.getLogger().isEnabledFor(logging.DEBUG):
            line += "\n" + "".join(traceback.format_exception(error)).rstrip()
        return line


def describe_error(error: BaseException) -> str:
    """Gives `Type: message (file:line)` of an error, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.relpath(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def configure_logs(level: str, *, with_libraries: bool = False) -> None:
    """Sends everything from `level` on to standard output, one line each.

    Libraries are kept quiet, unless what is run has to see to that itself, as on Azure.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(OneLineFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in () if with_libraries else _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
