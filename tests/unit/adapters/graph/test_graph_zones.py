"""Times of Graph to instants."""

from datetime import UTC, datetime

import pytest
from tzlocal.windows_tz import win_tz

from sync.adapters.graph.zones import UnknownZone, instant_of, midnight_of, stamp, written, zone_of


@pytest.mark.parametrize(
    ("time", "zone", "instant"),
    [
        ("2026-03-02T09:00:00.0000000", "UTC", "2026-03-02T09:00:00"),
        ("2026-03-02T09:00:00", "W. Europe Standard Time", "2026-03-02T08:00:00"),
        ("2026-07-02T09:00:00", "Europe/Vienna", "2026-07-02T07:00:00"),
        ("2026-07-02T09:00:00", "Eastern Standard Time", "2026-07-02T13:00:00"),
        ("2026-07-02T09:00:00", "Nepal Standard Time", "2026-07-02T03:15:00"),
        ("2026-07-02T09:00:00", "Line Islands Standard Time", "2026-07-01T19:00:00"),
        ("2026-07-02T09:00:00", "tzone://Microsoft/Utc", "2026-07-02T09:00:00"),
        ("2026-07-02T09:00:00Z", "Eastern Standard Time", "2026-07-02T09:00:00"),
        # The doubled hour is taken as the first of the two.
        ("2026-10-25T02:30:00", "W. Europe Standard Time", "2026-10-25T00:30:00"),
    ],
)
def test_case_27_windows_and_iana_zones_give_the_instant(
    time: str, zone: str, instant: str
) -> None:
    assert instant_of(time, zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_every_windows_zone_is_known() -> None:
    for name in win_tz:
        zone_of(name)


@pytest.mark.parametrize("name", ["tzone://Microsoft/Custom", "Mars/Olympus", "", "../etc/passwd"])
def test_case_28_a_zone_that_nobody_knows_is_told(name: str) -> None:
    with pytest.raises(UnknownZone):
        instant_of("2026-03-02T09:00:00", name)


def test_an_all_day_time_is_its_date() -> None:
    midnight = midnight_of("2026-03-02T00:00:00.0000000")

    assert midnight == datetime(2026, 3, 2, tzinfo=UTC)


def test_instants_are_written_without_and_with_their_zone() -> None:
    instant = datetime.fromisoformat("2026-03-02T09:00:00+01:00")

    assert written(instant) == "2026-03-02T08:00:00"
    assert stamp(instant) == "2026-03-02T08:00:00Z"
