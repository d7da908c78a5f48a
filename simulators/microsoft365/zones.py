"""Time zone names as the calendar service takes them.

Source: Graph, resource dateTimeTimeZone: every Windows zone name, plus a closed list of IANA names.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

# Amsterdam, Brussels, Madrid, Rome, Vienna, Zurich and Stockholm are missing on purpose.
LISTED_IANA_NAMES = frozenset(
    """
    Etc/GMT+12 Etc/GMT+11 Pacific/Honolulu America/Anchorage America/Santa_Isabel
    America/Los_Angeles America/Phoenix America/Chihuahua America/Denver America/Guatemala
    America/Chicago America/Mexico_City America/Regina America/Bogota America/New_York
    America/Indiana/Indianapolis America/Caracas America/Asuncion America/Halifax America/Cuiaba
    America/La_Paz America/Santiago America/St_Johns America/Sao_Paulo
    America/Argentina/Buenos_Aires America/Cayenne America/Godthab America/Montevideo America/Bahia
    Etc/GMT+2 Atlantic/Azores Atlantic/Cape_Verde Africa/Casablanca Etc/GMT Europe/London
    Atlantic/Reykjavik Europe/Berlin Europe/Budapest Europe/Paris Europe/Warsaw Africa/Lagos
    Africa/Windhoek Europe/Bucharest Asia/Beirut Africa/Cairo Asia/Damascus Africa/Johannesburg
    Europe/Kiev Europe/Kyiv Europe/Istanbul Asia/Jerusalem Asia/Amman Asia/Baghdad
    Europe/Kaliningrad Asia/Riyadh Africa/Nairobi Asia/Tehran Asia/Dubai Asia/Baku Europe/Moscow
    Indian/Mauritius Asia/Tbilisi Asia/Yerevan Asia/Kabul Asia/Karachi Asia/Tashkent Asia/Kolkata
    Asia/Colombo Asia/Kathmandu Asia/Almaty Asia/Dhaka Asia/Yekaterinburg Asia/Rangoon Asia/Yangon
    Asia/Bangkok Asia/Novosibirsk Asia/Shanghai Asia/Krasnoyarsk Asia/Singapore Australia/Perth
    Asia/Taipei Asia/Ulaanbaatar Asia/Irkutsk Asia/Tokyo Asia/Seoul Australia/Adelaide
    Australia/Darwin Australia/Brisbane Australia/Sydney Pacific/Port_Moresby Australia/Hobart
    Asia/Yakutsk Pacific/Guadalcanal Asia/Vladivostok Pacific/Auckland Etc/GMT-12 Pacific/Fiji
    Asia/Magadan Pacific/Tongatapu Pacific/Apia Pacific/Kiritimati
    """.split()  # noqa: SIM905 - a list of a hundred literals reads worse
)
WINDOWS_NAMES = tuple(sorted(win_tz))
_IANA_BY_LOWER = {name.lower(): name for name in LISTED_IANA_NAMES}
_WINDOWS_BY_LOWER = {name.lower(): zone for name, zone in win_tz.items()}


@lru_cache(maxsize=512)
def resolve(name: str, *, any_iana: bool = False) -> ZoneInfo | None:
    """Find the zone behind a name, compared without case.

    Args:
        name: A Windows zone name, "UTC", or an IANA name of the closed list.
        any_iana: Whether IANA names outside the list work as well, as they often do in the field.

    Returns:
        The zone with its daylight-saving rules, or None for a name that the service refuses.
    """
    lowered = name.strip().lower()
    if lowered == "utc":
        return ZoneInfo("UTC")
    if lowered in _WINDOWS_BY_LOWER:
        return ZoneInfo(_WINDOWS_BY_LOWER[lowered])
    if lowered in _IANA_BY_LOWER:
        return ZoneInfo(_IANA_BY_LOWER[lowered])
    if any_iana:
        try:
            return ZoneInfo(name)
        except (ValueError, KeyError, OSError):
            return None
    return None


def to_utc(wall: datetime, zone: str) -> datetime:
    """Give the instant of a naive wall-clock time in a named zone as aware UTC.

    Raises:
        ValueError: The zone name is unknown even outside the closed list.
    """
    return wall.replace(tzinfo=_known(zone)).astimezone(UTC)


def to_wall(instant: datetime, zone: str) -> datetime:
    """Give the naive wall-clock time of an aware instant in a named zone.

    Raises:
        ValueError: The zone name is unknown even outside the closed list.
    """
    return instant.astimezone(_known(zone)).replace(tzinfo=None)


def times_json(start: datetime, end: datetime, zone: str) -> dict[str, Any]:
    """Give the `start` and `end` of an event's JSON, from wall-clock times in a named zone."""
    return {
        name: {"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": zone}
        for name, at in (("start", start), ("end", end))
    }


def _known(zone: str) -> ZoneInfo:
    found = resolve(zone, any_iana=True)
    if found is None:
        raise ValueError(f"unknown time zone {zone}")
    return found
