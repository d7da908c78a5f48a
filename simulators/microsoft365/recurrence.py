"""Expansion of a series into its occurrences, in the series' own zone.

Source: Graph, resources recurrencePattern and recurrenceRange.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from dateutil import rrule  # type: ignore[import-untyped]

from simulators.microsoft365.model import Content, Event, Instance, Recurrence
from simulators.microsoft365.zones import to_utc, to_wall

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEXES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
# A zone is never more than this away from UTC, and a moved wall clock never more than a day.
_MARGIN = timedelta(days=2)


@lru_cache(maxsize=2048)
def _rule(recurrence: Recurrence, first: datetime) -> Any:
    """Build the rule; `first` is the naive wall-clock start on the range's start date."""
    more: dict[str, Any] = {"dtstart": first, "interval": recurrence.interval, "cache": True}
    days = [WEEKDAYS.index(day) for day in recurrence.days_of_week]
    # Outlook takes the last day of a month that has no such day; rrule would leave it out.
    month_day: dict[str, Any] = {
        "bymonthday": list(range(min(recurrence.day_of_month, 28), recurrence.day_of_month + 1)),
        "bysetpos": -1,
    }
    set_day: dict[str, Any] = {"byweekday": days, "bysetpos": INDEXES[recurrence.index]}
    match recurrence.type:
        case "daily":
            frequency = rrule.DAILY
        case "weekly":
            frequency = rrule.WEEKLY
            more |= {"byweekday": days, "wkst": WEEKDAYS.index(recurrence.first_day_of_week)}
        case "absoluteMonthly":
            frequency = rrule.MONTHLY
            more |= month_day
        case "relativeMonthly":
            frequency = rrule.MONTHLY
            more |= set_day
        case "absoluteYearly":
            frequency = rrule.YEARLY
            more |= month_day | {"bymonth": recurrence.month}
        case _:
            frequency = rrule.YEARLY
            more |= set_day | {"bymonth": recurrence.month}
    if recurrence.range_type == "numbered":
        more["count"] = recurrence.number_of_occurrences
    elif recurrence.range_type == "endDate":
        more["until"] = datetime.combine(date.fromisoformat(recurrence.end_date), time.max)
    return rrule.rrule(frequency, **more)


def _rule_of(recurrence: Recurrence, start: datetime) -> Any:
    first_day = date.fromisoformat(recurrence.start_date)
    return _rule(recurrence, datetime.combine(first_day, start.time()))


def first_start(recurrence: Recurrence, start: datetime) -> datetime | None:
    """Give the wall-clock start of the first occurrence, or None for an empty series.

    Args:
        recurrence: Pattern and range.
        start: Naive wall-clock start as written; only its time of day counts.
    """
    found: datetime | None = next(iter(_rule_of(recurrence, start)), None)
    return found


def _at(event: Event, start: datetime) -> Content:
    """Give the series' content for the occurrence at a wall-clock start."""
    shift = start - event.content.start
    return replace(event.content, start=start, end=event.content.end + shift)


def occurrence_at(event: Event, original: datetime) -> Instance | None:
    """Give one living occurrence by the instant at which the pattern has it, else None."""
    if event.recurrence is None or original in event.cancelled:
        return None
    if original in event.exceptions:
        return Instance(
            event=event, kind="exception", content=event.exceptions[original], original=original
        )
    wall = to_wall(original, event.content.start_zone)
    rule = _rule_of(event.recurrence, event.content.start)
    starts = rule.between(wall - timedelta(hours=3), wall + timedelta(hours=3), inc=True)
    for start in starts:
        if to_utc(start, event.content.start_zone) == original:
            return Instance(
                event=event, kind="occurrence", content=_at(event, start), original=original
            )
    return None


def instances(event: Event, begin: datetime, end: datetime) -> list[Instance]:
    """List what an event shows in a window: itself, or its occurrences and exceptions.

    Args:
        event: A single event or a series.
        begin: Start of the half-open window, aware UTC.
        end: End of the window, aware UTC.

    Returns:
        Those that overlap the window, sorted by start; one without length counts by its start.
    """
    if event.recurrence is None:
        alone = Instance(event=event, kind="singleInstance", content=event.content)
        return [alone] if overlaps(alone.content, begin, end) else []
    length = event.content.ends_at - event.content.starts_at
    zone = event.content.start_zone
    after = to_wall(max(begin - length - _MARGIN, _EARLIEST), zone)
    before = to_wall(end + _MARGIN, zone)
    found = [
        Instance(event=event, kind="exception", content=content, original=original)
        for original, content in event.exceptions.items()
        if overlaps(content, begin, end)
    ]
    for start in _rule_of(event.recurrence, event.content.start).between(after, before, inc=True):
        original = to_utc(start, zone)
        if original in event.cancelled or original in event.exceptions:
            continue
        content = _at(event, start)
        if overlaps(content, begin, end):
            found.append(
                Instance(event=event, kind="occurrence", content=content, original=original)
            )
    return sorted(found, key=lambda instance: instance.content.starts_at)


_EARLIEST = to_utc(datetime(1900, 1, 1), "UTC")  # noqa: DTZ001 - the zone is the second argument


def overlaps(content: Content, begin: datetime, end: datetime) -> bool:
    """Tell whether an event's time lies at least partly in a half-open window."""
    starts_at, ends_at = content.starts_at, content.ends_at
    return starts_at < end and (ends_at > begin or starts_at == ends_at >= begin)


def neighbours(event: Event, original: datetime) -> tuple[Content | None, Content | None]:
    """Give the living occurrences before and after one, None where there is none."""
    year = timedelta(days=366 * max(1, event.recurrence.interval if event.recurrence else 1))
    around = instances(event, original - year, original + year)
    places = {i.original: i.content for i in around if i.original is not None}
    before = max((place for place in places if place < original), default=None)
    after = min((place for place in places if place > original), default=None)
    return (
        None if before is None else places[before],
        None if after is None else places[after],
    )
