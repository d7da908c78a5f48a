"""The functions as they are, in a process whose clock is moved by a file.

The host is pointed here instead of at the real app: the product knows nothing of it. All that the
product and its libraries take for the time is moved (tokens, signed webhooks, sessions, leases);
waiting is not.
"""

import os
import time
from datetime import UTC, datetime, timedelta, tzinfo
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Self

import standardwebhooks.webhooks

from simulators.host.process import ROOT
from sync.outside.clock import SystemClock

_FILE = Path(os.environ["CLOCK_FILE"])
_time = time.time


def _ahead() -> float:
    return float(_FILE.read_text() or 0)


class _Moved(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(seconds=_ahead())


def _now(self: SystemClock) -> datetime:  # noqa: ARG001 - a method
    return datetime.now(UTC) + timedelta(seconds=_ahead())


time.time = lambda: _time() + _ahead()
SystemClock.now = _now  # type: ignore[method-assign]
standardwebhooks.webhooks.datetime = _Moved  # type: ignore[attr-defined]

_spec = spec_from_file_location("real_function_app", ROOT / "function_app.py")
assert _spec is not None
assert _spec.loader is not None
_real = module_from_spec(_spec)
_spec.loader.exec_module(_real)
app = _real.app
