"""Instants in words: in the person's time zone, in a form that reads one way everywhere.

The month is a word and the clock has 24 hours, so that nobody has to know a locale to tell day from
month or morning from evening (R12.4). Names of days and months don't depend on the process' locale.
"""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from sync.words import Interval

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def zone_of(name: str) -> tzinfo:
    """Gives the time zone of an IANA name, UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    # ZoneInfo answers an unknown name with KeyError, a malformed one with ValueError, and one
    # that names a folder of its data with OSError.
    except (KeyError, ValueError, OSError):
        return UTC


def moment(at: datetime, zone: tzinfo) -> str:
    """Gives ``Tuesday 24 November 2026, 09:00 (EST)``."""
    local = at.astimezone(zone)
    return f"{_day(local)}, {_clock(local)} ({_zone_name(local)})"


def span(interval: Interval, zone: tzinfo) -> str:
    """Gives ``Tuesday 24 November 2026, 09:00 to 10:00 (EST)``, both days where they differ."""
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    first = f"{_day(start)}, {_clock(start)}"
    last = _clock(end) if start.date() == end.date() else f"{_day(end)}, {_clock(end)}"
    # Across a clock change the same hour may come twice: each end then names its own.
    if _zone_name(start) != _zone_name(end):
        return f"{first} ({_zone_name(start)}) to {last} ({_zone_name(end)})"
    return f"{first} to {last} ({_zone_name(end)})"


def _day(local: datetime) -> str:
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def _clock(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def _zone_name(local: datetime) -> str:
    name = local.tzname() or "UTC"
    if name[0] not in "+-":
        return name
    # Zones without letters of their own are named by their offset: "+0545".
    return f"UTC{name[:3]}:{name[3:] or '00'}"
