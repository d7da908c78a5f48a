"""Times of Graph to instants."""

from datetime import UTC, datetime

import pytest
from tzlocal.windows_tz import win_tz

from sync.outside.graph.zones import (
    UnknownZone,
    instant_of,
    midnight_of,
    stamp,
    utc_moment,
    written,
    written_in,
    zone_of,
)


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


@pytest.mark.parametrize(
    ("instant", "zone", "told"),
    [
        ("2026-07-02T07:00:00", "W. Europe Standard Time", ("2026-07-02T09:00:00", None)),
        ("2026-07-02T07:00:00", "Europe/Vienna", ("2026-07-02T09:00:00", None)),
        ("2026-07-02T07:00:00", "UTC", ("2026-07-02T07:00:00", None)),
        ("2026-07-02T07:00:00", "tzone://Microsoft/Custom", ("2026-07-02T07:00:00", "UTC")),
        ("2026-07-02T07:00:00", "tzone://Microsoft/Utc", ("2026-07-02T07:00:00", "UTC")),
        # The doubled hour: its first half can be told in the zone, its second can't.
        ("2026-10-25T00:30:00", "Europe/Vienna", ("2026-10-25T02:30:00", None)),
        ("2026-10-25T01:30:00", "Europe/Vienna", ("2026-10-25T01:30:00", "UTC")),
    ],
)
def test_r6_5_an_instant_is_written_in_a_zone_where_that_tells_it(
    instant: str, zone: str, told: tuple[str, str | None]
) -> None:
    moment = datetime.fromisoformat(instant).replace(tzinfo=UTC)

    assert written_in(moment, zone) == (told[0], told[1] or zone)


def test_time_stamps_of_graph_are_utc_or_nothing() -> None:
    assert utc_moment("2026-03-02T09:00:00") == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert utc_moment("0001-01-01T00:00:00+14:00") is None
