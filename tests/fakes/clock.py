"""Time and ids that a test sets: nothing here ever waits."""

from datetime import UTC, datetime, timedelta

from tests.fakes.hooks import Hooked, hooked

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class FakeClock(Hooked):
    """A clock that stands still until it is set; ``sleep`` advances it and notes the seconds."""

    def __init__(self, now: datetime = START) -> None:
        super().__init__()
        self.time = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Gives the time that was set."""
        return self.time

    @hooked
    async def sleep(self, seconds: float) -> None:
        """Advances the clock at once."""
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Moves the clock on."""
        self.time += timedelta(seconds=seconds)


class FakeIds:
    """Counts: 32 hex characters, each id once."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        """Gives the next number."""
        self.count += 1
        return f"{self.count:032x}"
