"""A simulated service's own clock: the machine's time, moved or held still."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True, kw_only=True)
class SimulatedClock:
    """Tells the time to one simulated service.

    Attributes:
        offset: added to wall time, or to the time at which it is held; negative goes back.
        wall: gives aware wall time.
        held_at: aware UTC time at which it is held still; None lets it run.
    """

    offset: timedelta = timedelta()
    wall: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    held_at: datetime | None = None

    def now(self) -> datetime:
        """Give the simulated instant, in UTC."""
        return (self.held_at or self.wall()) + self.offset

    def set(self, now: datetime, *, hold: bool = False) -> None:
        """Move the clock to an aware time, and hold it there if asked."""
        self.offset = timedelta() if hold else now.astimezone(UTC) - self.wall()
        self.held_at = now.astimezone(UTC) if hold else None

    def advance(self, step: timedelta) -> None:
        """Move the clock on by a step."""
        self.offset += step

    def reset(self) -> None:
        """Tell wall time again."""
        self.offset, self.held_at = timedelta(), None
