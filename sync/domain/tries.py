"""What a person did to an event of ours, in words and as a fingerprint (R8.1 to R8.3, R8.9, R9.3).

Only descriptions may live here; what follows from a try is decided in ``booking_born.py``.
"""

from sync.domain.content import booking_title
from sync.domain.model import BookingItem, Elsewhere, Gone, Interval, Link, OutlookItem, OutlookKind

#: The Outlook side of a Link as far as it was reported; ``None`` is: not reported, the same.
type Seen = OutlookItem | Gone | Elsewhere | None


def shape_of(event: OutlookItem) -> str | None:
    """Says what an event was made into that no item of a schedule can be (R8.9)."""
    if event.kind is not OutlookKind.SINGLE:
        return "You made the event repeat."
    if event.is_all_day:
        return "You made the event last all day."
    if event.problem is not None:
        return "You gave the event a time that can't be understood."
    return None


def what_was_tried(link: Link, event: Seen, wanted: Interval) -> str | None:
    """Says what the person did to an event; ``None`` where it is as it was, or as it should be."""
    match event:
        case None:
            return None
        case Gone():
            return "You deleted the event in Outlook."
        case Elsewhere():
            return "You moved the event into another calendar."
        case OutlookItem():
            shape = shape_of(event)
            if shape is not None or event.interval in {link.interval, wanted}:
                return shape
            return "You moved the event in Outlook."


def state_of(event: Seen) -> str:
    """Tells one thing that the person did to an event from another."""
    match event:
        case OutlookItem():
            span = f"{event.interval.start.isoformat()} {event.interval.end.isoformat()}"
            return f"{event.kind} {event.is_all_day} {span}"
        case Elsewhere():
            return f"elsewhere {event.outlook_id}"
        case _:
            return "gone"


def title_of(item: BookingItem | Gone | None, event: Seen) -> str:
    """Gives the title as in Outlook (R9.3); private text was never read."""
    if isinstance(event, OutlookItem) and event.is_normal and event.subject:
        return event.subject
    return booking_title(item) if isinstance(item, BookingItem) else "An item of your schedule"
