"""What the host is told of a function that fails: it logs errors whole, with what led to them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sync.errors import SyncError

_log = logging.getLogger(__name__)


class FunctionFailed(Exception):  # noqa: N818 - a fact, not the error
    """An error that nobody foresaw, by its kind: its message may quote what it was given (R7.3)."""


@contextmanager
def without_quotations(function: str) -> Iterator[None]:
    """Lets errors through, those of ours without what led to them, any other by its kind.

    Raises:
        SyncError: As it came; a library's error behind it may hold a whole address.
        FunctionFailed: Something else came; its place is logged.
    """
    try:
        yield
    except SyncError as error:
        raise error from None
    except Exception as error:  # noqa: BLE001 - the last catch before the host
        _log.exception("function.failed", extra={"function": function})
        raise FunctionFailed(type(error).__name__) from None
