"""Graph JSON of an event, read into `Content`: the checks of a write.

Source: Graph, create event, update event, dateTimeTimeZone, recurrencePattern, recurrenceRange.
"""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from simulators.microsoft365.bodies import keep
from simulators.microsoft365.errors import GraphError, bad_request
from simulators.microsoft365.model import Content, Recurrence
from simulators.microsoft365.recurrence import INDEXES, WEEKDAYS
from simulators.microsoft365.zones import resolve

_WALL = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?$")
_ENUMS = {
    "showas": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "importance": ("low", "normal", "high"),
}
_KEPT_AS_SENT = ("categories", "reminderMinutesBeforeStart", "onlineMeetingProvider")
_FLAGS = (
    "isReminderOn",
    "hideAttendees",
    "allowNewTimeProposals",
    "responseRequested",
    "isOnlineMeeting",
)
_PATTERNS = {
    "daily": (),
    "weekly": ("daysOfWeek",),
    "absoluteMonthly": ("dayOfMonth",),
    "relativeMonthly": ("daysOfWeek",),
    "absoluteYearly": ("dayOfMonth", "month"),
    "relativeYearly": ("daysOfWeek", "month"),
}


def invalid(message: str) -> GraphError:
    """Refuse a value as the calendar service does."""
    return bad_request(message, code="ErrorInvalidRequest")


def read_time(value: Any, name: str, *, any_iana: bool) -> tuple[datetime, str]:
    """Read a dateTimeTimeZone: naive wall-clock time and zone name.

    Raises:
        GraphError: 400; the time bears an offset or is none, or the zone is not on the list.
    """
    text, zone = value.get("dateTime"), value.get("timeZone") or "UTC"
    if not isinstance(text, str) or not _WALL.match(text):
        raise invalid(f"The value '{text}' of {name}.dateTime is not a date and time without zone.")
    if resolve(zone, any_iana=any_iana) is None:
        raise GraphError(
            400,
            "TimeZoneNotSupportedException",
            f"A valid TimeZone value must be specified. The following is not: {zone}.",
        )
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None), zone
    except ValueError as error:
        raise invalid(f"The value '{text}' of {name}.dateTime is not a time.") from error


def choose(value: Any, allowed: tuple[str, ...], name: str) -> str:
    """Find an enumeration's value, compared without case.

    Raises:
        GraphError: 400, there is no such value.
    """
    for option in allowed:
        if isinstance(value, str) and value.lower() == option.lower():
            return option
    raise bad_request(f"Cannot convert the value '{value}' of {name} to the expected type.")


def read_recurrence(value: dict[str, Any], *, start: datetime, zone: str) -> Recurrence:
    """Read a patternedRecurrence.

    Args:
        value: The JSON.
        start: The event's own wall-clock start, whose date the range must begin with.
        zone: The event's zone, the default of the range's.

    Raises:
        GraphError: 400; a needed member is missing or a value is out of its limits.
    """
    pattern, span = value.get("pattern") or {}, value.get("range") or {}
    kind = choose(pattern.get("type"), tuple(_PATTERNS), "recurrence.pattern.type")
    for member in _PATTERNS[kind]:
        if not pattern.get(member):
            raise invalid(f"recurrence.pattern.{member} is required for {kind}.")
    interval = pattern.get("interval", 1)
    day, month = pattern.get("dayOfMonth") or 0, pattern.get("month") or 0
    if not 1 <= interval <= 99 or not 0 <= day <= 31 or not 0 <= month <= 12:
        raise invalid("A number of recurrence.pattern is out of its limits.")
    range_type = choose(span.get("type"), ("endDate", "noEnd", "numbered"), "recurrence.range.type")
    start_date = span.get("startDate") or start.date().isoformat()
    if start_date != start.date().isoformat():
        raise invalid("recurrence.range.startDate must be the date of start.")
    end_date = "0001-01-01"
    count = 0
    if range_type == "endDate":
        end_date = span.get("endDate") or ""
        if not end_date or date.fromisoformat(end_date) < start.date():
            raise invalid("recurrence.range.endDate must not be before startDate.")
    if range_type == "numbered":
        count = span.get("numberOfOccurrences") or 0
        if not 1 <= count <= 999:
            raise invalid("recurrence.range.numberOfOccurrences must be positive.")
    return Recurrence(
        type=kind,
        interval=interval,
        month=month,
        day_of_month=day,
        days_of_week=tuple(
            choose(d, WEEKDAYS, "recurrence.pattern.daysOfWeek")
            for d in pattern.get("daysOfWeek") or ()
        ),
        first_day_of_week=choose(
            pattern.get("firstDayOfWeek") or "sunday", WEEKDAYS, "recurrence.pattern.firstDayOfWeek"
        ),
        index=choose(pattern.get("index") or "first", tuple(INDEXES), "recurrence.pattern.index"),
        range_type=range_type,
        start_date=start_date,
        end_date=end_date,
        number_of_occurrences=count,
        recurrence_time_zone=span.get("recurrenceTimeZone") or zone,
    )


def read_changes(value: dict[str, Any], before: Content, *, any_iana: bool = False) -> Content:
    """Lay what a write sends over what an event holds.

    Members that are not sent keep their value; lists are replaced whole; extended properties are
    merged by id.

    Args:
        value: The JSON of a POST or PATCH.
        before: The content so far, or the defaults of a new event.
        any_iana: Whether every IANA zone name is good.

    Raises:
        GraphError: 400; a value that the service refuses.
    """
    changes: dict[str, Any] = {}
    if value.get("start") is not None:
        changes["start"], changes["start_zone"] = read_time(
            value["start"], "start", any_iana=any_iana
        )
    if value.get("end") is not None:
        changes["end"], changes["end_zone"] = read_time(value["end"], "end", any_iana=any_iana)
    if "subject" in value:
        changes["subject"] = value["subject"] or ""
    if isinstance(value.get("body"), dict):
        body = value["body"]
        changes["body"] = keep(body.get("content") or "", body.get("contentType") or "text")
    for member, field in (
        ("showAs", "show_as"),
        ("sensitivity", "sensitivity"),
        ("importance", "importance"),
    ):
        if value.get(member) is not None:
            changes[field] = choose(value[member], _ENUMS[member.lower()], member)
    if value.get("isAllDay") is not None:
        changes["is_all_day"] = _flag(value["isAllDay"])
    if value.get("attendees") is not None:
        changes["attendees"] = tuple(_attendee(attendee) for attendee in value["attendees"])
        if len(changes["attendees"]) > 500:
            raise invalid("An event has at most 500 attendees.")
    if value.get("singleValueExtendedProperties") is not None:
        changes["extended"] = before.extended | {
            extended_id(prop.get("id")): prop.get("value") or ""
            for prop in value["singleValueExtendedProperties"]
        }
    more = dict(before.more)
    more.update({name: value[name] for name in _KEPT_AS_SENT if value.get(name) is not None})
    more.update({name: _flag(value[name]) for name in _FLAGS if value.get(name) is not None})
    # It can be switched on, not off.
    more["isOnlineMeeting"] = bool(
        before.more.get("isOnlineMeeting") or more.get("isOnlineMeeting")
    )
    _read_places(value, more)
    after = replace(before, more=more, **changes)
    _check_times(after)
    return after


def extended_id(value: Any) -> str:
    """Check the id of an extended property: type, GUID, Name or Id; or a property tag.

    Raises:
        GraphError: 400, it has none of the forms.
    """
    named = r"^\w+ \{[0-9a-fA-F-]{36}\} (Name \S.*|Id 0x[0-9a-fA-F]+)$"
    tagged = r"^\w+ 0x[0-9a-fA-F]{1,8}$"
    if not isinstance(value, str) or not (re.match(named, value) or re.match(tagged, value)):
        raise bad_request(
            f"PropertyId values may only be in one of the known formats: {value}",
            code="RequestBroker--ParseUri",
        )
    return value


def _flag(value: bool | str) -> bool:  # noqa: FBT001 - it is the value that is read
    return value if isinstance(value, bool) else value.lower() == "true"


def _read_places(value: dict[str, Any], more: dict[str, Any]) -> None:
    if isinstance(value.get("location"), dict):
        more["location"] = value["location"]
        more["locations"] = [value["location"]] if value["location"].get("displayName") else []
    elif value.get("locations") is not None:
        more["locations"] = value["locations"]
        more["location"] = value["locations"][0] if value["locations"] else {"displayName": ""}


def _attendee(value: dict[str, Any]) -> dict[str, Any]:
    email = value.get("emailAddress") or {}
    address = email.get("address")
    if not address:
        raise invalid("An attendee needs an address.")
    return {
        "type": choose(
            value.get("type") or "required", ("required", "optional", "resource"), "type"
        ),
        "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
        "emailAddress": {"name": email.get("name") or address, "address": address},
    }


def _check_times(content: Content) -> None:
    if content.is_all_day:
        midnights = (content.start, content.end)
        if content.start_zone.lower() != content.end_zone.lower() or any(
            (m.hour, m.minute, m.second, m.microsecond) != (0, 0, 0, 0) for m in midnights
        ):
            raise invalid(
                "The Event.Start and Event.End of an event marked as All day must be at midnight, "
                "in the same time zone."
            )
        if content.end - content.start < timedelta(days=1):
            raise invalid("The duration of an event marked as All day must be at least 24 hours.")
    elif content.ends_at < content.starts_at:
        raise bad_request(
            "The end of an event must not be before its start.",
            code="ErrorPropertyValidationFailure",
        )
