"""Fills the calendars of a small practice, so that there is something to look at and to sync."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from simulators.microsoft365.acts import Acts
from simulators.microsoft365.model import User
from simulators.microsoft365.recurrence import WEEKDAYS
from simulators.microsoft365.state import State
from simulators.microsoft365.zones import times_json, to_wall

ZONE = "Eastern Standard Time"
_NAMES = ("Ada Berg", "Ben Cole", "Cleo Dunn", "Dan Ebert")


def seed_calendars(
    acts: Acts, state: State, addresses: Sequence[str], *, now: datetime
) -> dict[str, list[str]]:
    """Fill the calendars of four people; those whom the state doesn't know yet are made.

    Each gets single, recurring (weekly, one occurrence moved and one deleted), private, all-day,
    free, tentative and out-of-office Meetings. The first shares a calendar with the second to read
    and one with the third to edit.

    Args:
        acts: What people do in Outlook.
        state: The mailboxes.
        addresses: Four addresses.
        now: The time from which the days count, aware.

    Returns:
        The ordinary ids of what was made, by address.

    Raises:
        ValueError: There are not four addresses.
    """
    if len(addresses) != len(_NAMES):
        raise ValueError("four addresses are needed")
    people = [
        state.find_user(address) or state.add_user(address, name, time_zone=ZONE)
        for address, name in zip(addresses, _NAMES, strict=True)
    ]
    made = {user.address: _fill(acts, user, now, shift) for shift, user in enumerate(people)}
    first, second, third = (user.address for user in people[:3])
    acts.add_calendar(first, "Practice holidays")
    acts.add_calendar(first, "Front desk")
    acts.add_calendar(first, "Public holidays", read_only=True)
    acts.share_calendar(first, "Practice holidays", second, "read")
    acts.share_calendar(first, "Front desk", third, "write")
    desk = _event("Stock delivery", now, day=3, hour=8, minutes=30)
    made[first].append(acts.create(first, desk, calendar="Front desk"))
    return made


def _fill(acts: Acts, user: User, now: datetime, shift: int) -> list[str]:
    hour = 9 + shift
    singles: tuple[dict[str, Any], ...] = (
        _event("Supplier call", now, day=1, hour=hour, minutes=30),
        _event("Lunch with the accountant", now, day=2, hour=12, minutes=60, showAs="tentative"),
        _event("Dentist", now, day=3, hour=15, minutes=45, sensitivity="private"),
        _event("Reading time", now, day=4, hour=16, minutes=60, showAs="free"),
        _event("Training in another town", now, day=8, hour=9, minutes=420, showAs="oof"),
        _all_day("Holiday", now, day=12, days=2, showAs="oof"),
    )
    made = [acts.create(user.address, body) for body in singles]
    series = _event("Team meeting", now, day=1, hour=hour + 2, minutes=45)
    starts = datetime.fromisoformat(series["start"]["dateTime"])
    series["recurrence"] = {
        "pattern": {
            "type": "weekly",
            "interval": 1,
            "daysOfWeek": [WEEKDAYS[starts.weekday()]],
        },
        "range": {"type": "noEnd", "startDate": starts.date().isoformat()},
    }
    master = acts.create(user.address, series)
    occurrences = acts.occurrences(master, now, now + timedelta(days=40))
    moved = acts.instance(occurrences[1]).content
    acts.move(
        occurrences[1],
        moved.starts_at + timedelta(hours=2),
        moved.ends_at + timedelta(hours=2),
    )
    acts.delete(occurrences[2])
    invitation = _event("Regional managers", now, day=5, hour=hour, minutes=60)
    invitation["attendees"] = [{"emailAddress": {"address": user.address, "name": user.name}}]
    organizer = {"name": "Regional Office", "address": "regional@example.com"}
    made.append(acts.create(user.address, invitation, organizer=organizer, response="accepted"))
    return [*made, master]


def _event(
    subject: str, now: datetime, *, day: int, hour: int, minutes: int, **more: str
) -> dict[str, Any]:
    begin = to_wall(now, ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)
    begin += timedelta(days=day)
    return {
        "subject": subject,
        "body": {"contentType": "text", "content": f"{subject}: bring your notes."},
        **times_json(begin, begin + timedelta(minutes=minutes), ZONE),
        **more,
    }


def _all_day(subject: str, now: datetime, *, day: int, days: int, **more: str) -> dict[str, Any]:
    body = _event(subject, now, day=day, hour=0, minutes=days * 24 * 60, **more)
    return body | {"isAllDay": True}
