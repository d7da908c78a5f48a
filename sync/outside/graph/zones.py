"""Times of Graph to instants (R6.4): Windows and IANA zone names resolved, in pure functions.

Source: Graph, dateTimeTimeZone.
"""

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

#: Years in which anybody has appointments; what lies outside can't be true (R7.6).
EARLIEST, LATEST = 2000, 2100
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


def instant_of(date_time: str, zone: str | None) -> datetime:
    """Gives the aware UTC instant of a ``dateTimeTimeZone``.

    Args:
        date_time: ISO 8601 with up to seven fraction digits; an offset in it wins over the zone.
        zone: Windows or IANA name; ``None`` where there is none.

    Raises:
        UnknownZone: The zone can't be resolved.
        ValueError: The time can't be read.
        OverflowError: It lies at the edge of the calendar.
    """
    time = datetime.fromisoformat(date_time)
    if time.tzinfo is None:
        if zone is None:
            raise UnknownZone("a time without a zone")
        time = time.replace(tzinfo=zone_of(zone))
    return time.astimezone(UTC)


def utc_moment(value: object) -> datetime | None:
    """Reads a time stamp of Graph's own (``lastModifiedDateTime``), which is UTC.

    Returns:
        ``None`` where it is no text, no time, says "never" (year 1), or can't be true: one from
        the year 9999 would make all that is read later older than it (R8.15, R7.6).
    """
    if not isinstance(value, str):
        return None
    try:
        moment = instant_of(value, "UTC")
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment.year <= LATEST else None


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


def written_in(instant: datetime, zone: str) -> tuple[str, str]:
    """Writes an instant in a zone: local time and zone name (R6.5).

    It is UTC where the name can't be resolved, and in the second of two equal hours, which the
    zone's own time can't tell: the instant comes first (R6.4).

    Args:
        instant: What to write.
        zone: The name as Graph gave it.
    """
    try:
        text = instant.astimezone(zone_of(zone)).replace(tzinfo=None).isoformat()
        if _is_plain(zone) and instant_of(text, zone) == instant:
            return text, zone
    except (UnknownZone, OverflowError):
        pass
    return written(instant), "UTC"


def _is_plain(zone: str) -> bool:
    """Says whether Graph takes a zone name that it gave: the inner names of Exchange it doesn't."""
    return not zone.lower().startswith("tzone:")


def stamp(instant: datetime) -> str:
    """Writes an instant with its ``Z``, for query parameters and expiries."""
    return f"{written(instant)}Z"
