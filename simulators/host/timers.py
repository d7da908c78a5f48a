"""Timer triggers: six-field schedules in UTC, one run at a time."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime

from croniter import CroniterError, croniter

from simulators.host.settings import HostError
from simulators.host.worker import Guard, InvocationFailed, LoadedFunction, invoke_timer

log = logging.getLogger(__name__)


class TimerLoop:
    """Drives one timer function.

    Args:
        function: what runs.
        schedule: NCRONTAB with seconds, its settings already put in.
        guard: see `Guard`.

    Raises:
        HostError: the schedule can't be read.
    """

    def __init__(self, function: LoadedFunction, *, schedule: str, guard: Guard[None]) -> None:
        fields = len(schedule.split())
        if fields not in {5, 6}:
            raise HostError(f"{function.name}: the schedule {schedule!r} needs six fields.")
        try:
            # NCRONTAB takes a day that suits both of its day fields; cron takes either.
            self._times = croniter(
                schedule, datetime.now(UTC), second_at_beginning=fields == 6, day_or=False
            )
        except CroniterError as error:
            raise HostError(
                f"{function.name}: the schedule {schedule!r} can't be read: {error}"
            ) from None
        self._function = function
        self._guard = guard
        self._last: datetime | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Fires at each scheduled time until `stop`; times that pass during a run are left out."""
        while True:
            now = datetime.now(UTC)
            self._times.set_current(now)
            upcoming: datetime = self._times.get_next(datetime)
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    self._stopping.wait(), max(0.0, (upcoming - now).total_seconds())
                )
            if self._stopping.is_set():
                return
            await self.fire()

    async def fire(self) -> None:
        """Runs the function once, now; a failure is logged and not repeated."""
        last, self._last = self._last, datetime.now(UTC)
        self._times.set_current(self._last)
        upcoming: datetime = self._times.get_next(datetime)
        with suppress(InvocationFailed):
            await self._guard(
                self._function,
                invoke_timer(self._function, last=last, upcoming=upcoming.isoformat()),
            )

    def stop(self) -> None:
        """Lets the run under way end, and fires no more."""
        self._stopping.set()
