"""Spans of time by words, counted from the fake clock's start (a Monday, 08:00 UTC)."""

from datetime import timedelta

from sync.words import Interval
from tests.fakes.clock import START


def at(hours: float, *, length: float = 1) -> Interval:
    """Gives a span that begins ``hours`` after the start and lasts ``length`` hours."""
    begin = START + timedelta(hours=hours)
    return Interval(begin, begin + timedelta(hours=length))


def on_day(days: float, *, length: float = 1) -> Interval:
    """Gives a span that begins ``days`` after the start."""
    return at(days * 24, length=length)
