"""Paths of the service: what they name, however they are spelt.

Names take any case; `/me` and `/users/{id}` are one; the delta function has four spellings.
"""

from dataclasses import dataclass

from simulators.microsoft365.errors import GraphError, bad_request
from simulators.microsoft365.messages import Request

_DELTA = frozenset({"delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"})
_NAMES = {
    name.lower(): name
    for name in ("events", "calendarView", "calendars", "calendar", "instances", "cancel")
}
_PLACES = ("/me", "/me/calendars/{id}")
_INSIDE = (
    "",
    "/events",
    "/events/{id}",
    "/events/{id}/instances",
    "/events/{id}/cancel",
    "/calendarView",
    "/calendarView/delta()",
)
_SHAPES = frozenset(place + inside for place in _PLACES for inside in _INSIDE) | {
    "/me/calendars",
    "/me/translateExchangeIds",
}
TIME_ZONES = "/me/outlook/supportedtimezones"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a path names.

    Args:
        shape: The path with `{id}` for ids, in the spelling of the description.
        rest: What comes after the calendar or the person.
        calendar_id: The calendar's id in the path; "" for `/me/calendar`; None for no calendar.
    """

    shape: str
    rest: tuple[str, ...]
    calendar_id: str | None


def read_path(request: Request) -> Target:
    """Take a path apart.

    Raises:
        GraphError: 400, it is none that the service has, as with an id that is not escaped.
    """
    parts = request.segments
    head = parts[0].lower() if parts else ""
    if head == "subscriptions":
        tail = ("{id}", *(part.lower() for part in parts[2:])) if len(parts) > 1 else ()
        return Target(shape="/" + "/".join(("subscriptions", *tail)), rest=parts, calendar_id=None)
    if head == "me":
        rest = parts[1:]
    elif head == "users" and len(parts) > 1:
        rest = parts[2:]
    else:
        raise no_such_path(request)
    calendar_id: str | None = None
    shape = ["/me"]
    if rest and rest[0].lower() == "calendar":
        rest, calendar_id = rest[1:], ""
        shape += ["calendars", "{id}"]
    elif len(rest) > 1 and rest[0].lower() == "calendars":
        rest, calendar_id = rest[2:], rest[1]
        shape += ["calendars", "{id}"]
    for place, part in enumerate(rest):
        if place == 1 and rest[0].lower() == "events":
            shape.append("{id}")
        elif part.lower() in _DELTA:
            shape.append("delta()")
        else:
            shape.append(_NAMES.get(part.lower(), part))
    whole = "/".join(shape)
    # An id that was not escaped makes segments that no path has.
    if whole not in _SHAPES and not whole.lower().startswith(TIME_ZONES):
        raise no_such_path(request)
    return Target(shape=whole, rest=rest, calendar_id=calendar_id)


def no_such_path(request: Request) -> GraphError:
    """Refuse a path that the service does not have."""
    return bad_request(
        f"Resource not found for the segment in '{request.raw_path}'.",
        code="RequestBroker--ParseUri",
    )
