"""What people fill in on the Outlook pages, read into Graph JSON of an event."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from simulators.common.pages import read_wall
from simulators.microsoft365.bodies import as_text
from simulators.microsoft365.model import Content
from simulators.microsoft365.recurrence import WEEKDAYS
from simulators.microsoft365.zones import times_json, to_wall

SHOW_AS = {
    "free": "Free",
    "tentative": "Tentative",
    "busy": "Busy",
    "oof": "Out of office",
    "workingElsewhere": "Working elsewhere",
}
MOST_WEEKS = 52


def new_event(form: Mapping[str, str], zone: str) -> dict[str, Any]:
    """Reads the form of a new event.

    Args:
        form: `subject`, `start`, `end` (wall-clock, to the minute), `show_as`, `body`, `attendees`
            (addresses with commas between), `weeks`, and `all_day`, `private` where ticked.
        zone: the mailbox's zone.

    Raises:
        ValueError: a time or number can't be read, or the end is not after the start.
    """
    start, end = read_times(form)
    event = {
        "subject": form.get("subject", ""),
        "body": {"contentType": "text", "content": form.get("body", "")},
        "showAs": form.get("show_as") or "busy",
        "sensitivity": "private" if "private" in form else "normal",
        "isAllDay": "all_day" in form,
        **times_json(start, end, zone),
    }
    invited = [one.strip() for one in form.get("attendees", "").split(",") if one.strip()]
    if invited:
        event["attendees"] = [{"emailAddress": {"address": address}} for address in invited]
    weeks = int(form.get("weeks") or 1)
    if not 1 <= weeks <= MOST_WEEKS:
        raise ValueError(f"A series has 1 to {MOST_WEEKS} weeks.")
    if weeks > 1:
        event["recurrence"] = {
            "pattern": {
                "type": "weekly",
                "interval": 1,
                "daysOfWeek": [WEEKDAYS[start.weekday()]],
            },
            "range": {
                "type": "numbered",
                "startDate": start.date().isoformat(),
                "numberOfOccurrences": weeks,
            },
        }
    return event


def changed_event(form: Mapping[str, str], before: Content, zone: str) -> dict[str, Any]:
    """Reads the form of an event that is there: only what differs, as Outlook sends it.

    Args:
        form: as for a new event, without `attendees` and `weeks`.
        before: what the form was filled with.
        zone: the mailbox's zone.

    Raises:
        ValueError: a time can't be read, or the end is not after the start.
    """
    start, end = read_times(form)
    all_day, private = "all_day" in form, "private" in form
    body = form.get("body", "")
    changes: dict[str, Any] = {}
    if (start, end, all_day) != (*wall_times(before, zone), before.is_all_day):
        changes |= {"isAllDay": all_day, **times_json(start, end, zone)}
    if form.get("subject", "") != before.subject:
        changes["subject"] = form.get("subject", "")
    if form.get("show_as", before.show_as) != before.show_as:
        changes["showAs"] = form["show_as"]
    if private != (before.sensitivity == "private"):
        changes["sensitivity"] = "private" if private else "normal"
    if body.split() != as_text(before.body).split():
        changes["body"] = {"contentType": "text", "content": body}
    return changes


def wall_times(content: Content, zone: str) -> tuple[datetime, datetime]:
    """Gives start and end on the mailbox's clock; of an all-day event its dates as they are."""
    if content.is_all_day:
        return content.start, content.end
    return to_wall(content.starts_at, zone), to_wall(content.ends_at, zone)


def read_times(form: Mapping[str, str]) -> tuple[datetime, datetime]:
    """Reads `start` and `end`, naive; of an all-day event the end is a day that it still has.

    Raises:
        ValueError: unreadable, or the end is not after the start.
    """
    start, end = (read_wall(form, name) for name in ("start", "end"))
    if "all_day" in form:
        begin = datetime.combine(start.date(), time())
        over = end if end.time() == time() and end > begin else _midnight_after(end)
        start, end = begin, over
    if end <= start:
        raise ValueError("The end must be after the start.")
    return start, end


def _midnight_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + timedelta(days=1), time())
