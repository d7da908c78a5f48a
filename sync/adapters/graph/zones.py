"""Times of Graph to instants (R6.4): Windows and IANA zone names resolved, in pure functions.

Source: Graph, dateTimeTimeZone.
"""

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

_WINDOWS = {name.lower(): iana for name, iana in win_tz.items()}
_UTC_NAMES = frozenset({"utc", "etc/utc", "tzone://microsoft/utc"})


class UnknownZone(ValueError):  # noqa: N818 - it says what happened
    """A time bears a zone name that nobody can resolve, such as a custom zone of an old item."""


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """Finds a time zone by its Windows or IANA name, in any case.

    Raises:
        UnknownZone: It is neither.
    """
    lowered = name.lower()
    if lowered in _UTC_NAMES:
        return UTC
    try:
        return ZoneInfo(_WINDOWS.get(lowered, name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(name) from error


def instant_of(date_time: str, zone: str) -> datetime:
    """Gives the aware UTC instant of a ``dateTimeTimeZone``.

    Args:
        date_time: ISO 8601 with up to seven fraction digits; an offset in it wins over the zone.
        zone: Windows or IANA name.

    Raises:
        UnknownZone: The zone can't be resolved.
        ValueError: The time can't be read.
    """
    time = datetime.fromisoformat(date_time)
    if time.tzinfo is None:
        time = time.replace(tzinfo=zone_of(zone))
    return time.astimezone(UTC)


def midnight_of(date_time: str) -> datetime:
    """Gives midnight UTC of the date in a time: all-day items are dates, not instants.

    Raises:
        ValueError: The date can't be read.
    """
    day = date.fromisoformat(date_time[:10])
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def written(instant: datetime) -> str:
    """Writes an instant as Graph takes it beside the zone name UTC: no offset in it."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat()


def stamp(instant: datetime) -> str:
    """Writes an instant with its ``Z``, for query parameters and expiries."""
    return f"{written(instant)}Z"
