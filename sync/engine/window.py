"""The Window: from now until a number of days from now, half-open, UTC.

Only questions about time spans may live here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.words import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From ``now`` until ``days`` days later; what overlaps it takes part (R6.1, R7.1)."""

    now: datetime
    days: int

    @property
    def interval(self) -> Interval:
        """Gives the span ``[now, now + days)``."""
        return Interval(self.now, self.now + timedelta(days=self.days))

    def holds(self, interval: Interval) -> bool:
        """Says whether a span takes part: it starts before the Window's end and ends after now."""
        return interval.overlaps(self.interval)

    def has_passed(self, interval: Interval) -> bool:
        """Says whether a span lies before the Window; such an item is left as it is (R11.4)."""
        return interval.end <= self.now and not self.holds(interval)

    def is_beyond(self, interval: Interval) -> bool:
        """Says whether a span starts at the Window's end or later."""
        return interval.start >= self.interval.end
