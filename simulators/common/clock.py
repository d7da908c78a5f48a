"""The simulated service's own clock: the machine's time, moved or held still."""

from datetime import UTC, datetime, timedelta


class SimClock:
    """Tells the time to the whole simulated service.

    `offset` moves it against the machine's time; `frozen_at` (aware UTC) holds it still.
    """

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.frozen_at: datetime | None = None

    def now(self) -> datetime:
        """Give the simulated time, aware UTC."""
        base = self.frozen_at if self.frozen_at is not None else datetime.now(UTC)
        return base + self.offset

    def set(self, now: datetime, *, hold: bool = False) -> None:
        """Move the clock to an aware time, and hold it there if asked."""
        self.offset = timedelta(0) if hold else now.astimezone(UTC) - datetime.now(UTC)
        self.frozen_at = now.astimezone(UTC) if hold else None

    def advance(self, step: timedelta) -> None:
        """Move the clock on by a step."""
        self.offset += step
