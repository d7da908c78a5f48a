"""What a person did to an item, in words and as a fingerprint (R8.1 to R8.5, R8.9, R9.3). Pure.

Only descriptions may live here; what follows from a try is decided in the two tables.
"""

from datetime import timedelta

from sync.engine.cases import BookingSight, OutlookSight
from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem, OutlookKind
from sync.engine.links import Base, Link, Op, Side
from sync.engine.texts import UNREAD_TITLE, booking_title
from sync.words import Interval, msgid

MOVED = msgid("You moved the event in Outlook.")
BACK = msgid("The event is back in Outlook as it was.")
#: The booking product may put a move onto a grid this coarse (R8.14).
GRID = timedelta(minutes=30)


def shape_of(event: OutlookItem) -> str | None:
    """Says what an event was made into that no item of a schedule can be (R8.9)."""
    if event.kind is not OutlookKind.SINGLE:
        return msgid("You made the event repeat.")
    if event.is_all_day:
        return msgid("You made the event last all day.")
    return None


def what_was_tried(base: Base, event: OutlookSight, wanted: Interval) -> str | None:
    """Says what the person did to an event; ``None`` where it is as it was, or as it should be."""
    match event:
        case Gone():
            return msgid("You deleted the event in Outlook.")
        case Elsewhere():
            return msgid("You moved the event into another calendar.")
        case OutlookItem():
            shape = shape_of(event)
            if shape is not None or event.interval in {base.outlook.interval, wanted}:
                return shape
            return MOVED
        case _:
            return None


def try_state(event: OutlookSight) -> str:
    """Tells one thing that the person did to an event from another."""
    match event:
        case OutlookItem():
            return f"{event.kind} {event.is_all_day} {span_of(event.interval)}"
        case Elsewhere():
            return f"elsewhere {event.outlook_id}"
        case _:
            return "gone"


def span_of(interval: Interval) -> str:
    """Writes a span as part of a fingerprint."""
    return f"{interval.start.isoformat()} {interval.end.isoformat()}"


def title_of(item: BookingSight, event: OutlookSight) -> str:
    """Gives the title as in Outlook (R9.3); private text was never read."""
    if isinstance(event, OutlookItem) and event.is_normal and event.subject:
        return event.subject
    return booking_title(item) if isinstance(item, BookingItem) else UNREAD_TITLE


def must_be_remade(event: OutlookSight) -> bool:
    """Says whether an event can't be put right, and has to be made again."""
    return isinstance(event, Gone | Elsewhere) or is_series(event)


def is_series(event: OutlookSight) -> bool:
    """Says whether an event was made to repeat."""
    return isinstance(event, OutlookItem) and event.kind is not OutlookKind.SINGLE


def is_own_move(link: Link, item: BookingItem) -> bool:
    """Says whether a change is our own move whose answer was lost, maybe rounded (R8.14)."""
    intent = link.intent
    if intent is None or intent.side is not Side.BOOKING or intent.op is not Op.WRITE:
        return False
    asked = intent.interval
    off = max(abs(item.interval.start - asked.start), abs(item.interval.end - asked.end))
    return off < GRID
