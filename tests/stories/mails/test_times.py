from datetime import UTC, datetime

import pytest

from sync.messages import ENGLISH
from sync.words import Interval


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "Monday 23 November 2026, 09:05 (EST)"),
        ("Europe/Berlin", "Monday 23 November 2026, 15:05 (CET)"),
        ("Asia/Kathmandu", "Monday 23 November 2026, 19:50 (UTC+05:45)"),
        ("America/Sao_Paulo", "Monday 23 November 2026, 11:05 (UTC-03:00)"),
        ("Pacific/Kiritimati", "Tuesday 24 November 2026, 04:05 (UTC+14:00)"),
        ("Nowhere/At_All", "Monday 23 November 2026, 14:05 (UTC)"),
        ("../etc/passwd", "Monday 23 November 2026, 14:05 (UTC)"),
        ("Europe", "Monday 23 November 2026, 14:05 (UTC)"),
        ("", "Monday 23 November 2026, 14:05 (UTC)"),
    ],
)
def test_r12_4_an_instant_is_said_in_the_persons_time_zone(zone: str, words: str) -> None:
    assert ENGLISH.in_full(utc(23, 14, 5), zone) == words


def test_a_span_within_a_day_names_the_day_once() -> None:
    words = ENGLISH.span_in_full(Interval(utc(23, 14), utc(23, 15)), "America/New_York")

    assert words == "Monday 23 November 2026, 09:00 to 10:00 (EST)"


def test_a_span_over_midnight_names_both_days() -> None:
    words = ENGLISH.span_in_full(Interval(utc(24, 3), utc(24, 7)), "America/New_York")

    assert words == "Monday 23 November 2026, 22:00 to Tuesday 24 November 2026, 02:00 (EST)"


def test_a_span_over_the_doubled_hour_names_both_offsets() -> None:
    words = ENGLISH.span_in_full(Interval(utc(1, 5, 30), utc(1, 6, 30)), "America/New_York")

    assert words == "Sunday 1 November 2026, 01:30 (EDT) to 01:30 (EST)"
