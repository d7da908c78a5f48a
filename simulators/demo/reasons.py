"""Why something was left out or put back, as far as both sides show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.booking.model import AccessType
from simulators.demo.sides import Person, Side, SideItem

_NOT_BY_DEFAULT = ("free", "tentative", "working elsewhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """A write of the connector that the booking product has refused.

    Attributes:
        operation: the contract's operationId.
        item: the booking item's id; None for a Reserve that was not made.
        detail: the booking product's sentence.
    """

    operation: str
    item: str | None
    detail: str

    def sentence(self, items: Mapping[str, SideItem]) -> str:
        """Says what was refused, with what both sides hold."""
        if self.item is None:
            waiting = [one for one in items.values() if _finds_its_time_taken(one, items)]
            what = f"“{waiting[0].title}”" if len(waiting) == 1 else "a Meeting"
            return f"No time for {what}: {self.detail} It waits until that is free."
        title = items[self.item].title if self.item in items else "An item"
        what = "may not go" if self.operation == "removeItem" else "may not change"
        return f"“{title}” {what}: {self.detail}"


def left_out(item: SideItem, person: Person) -> str:
    """Says why a Meeting blocks no time, and what to do; empty where it does, or nobody knows."""
    if item.side is not Side.OUTLOOK or item.is_copy:
        return ""
    if person.member.access_type is AccessType.VIEW_ONLY:
        return "Left out: nothing comes from Outlook for who may only view."
    if item.all_day:
        return "Left out: all-day Meetings block no time; for a day away set a Day Off."
    shown = next((word for word in _NOT_BY_DEFAULT if word in item.notes), None)
    if shown is not None and item.partner is None:
        return f"Left out: it shows as {shown}, which blocks time only if the settings say so."
    return ""


def put_back(tried: SideItem, person: Person, refused: str | None) -> str:
    """Says why a copy was put back.

    Args:
        tried: the copy as somebody left it.
        person: whose.
        refused: what the booking product said of it; None where it refused nothing.
    """
    if refused is not None:
        return f"The booking product refused: {refused}"
    if tried.side is Side.BOOKING:
        return "Only a Meeting of one's own without attendees is moved from here."
    if person.member.access_type is AccessType.VIEW_ONLY:
        return "Who may only view changes nothing from Outlook."
    if tried.all_day:
        return "An all-day event has no place in the schedule."
    return "The booking product's side counts."


def _finds_its_time_taken(item: SideItem, items: Mapping[str, SideItem]) -> bool:
    if item.side is not Side.OUTLOOK or item.is_copy or item.partner is not None or item.all_day:
        return False
    return any(
        other.start < item.end and item.start < other.end
        for other in items.values()
        if other.side is Side.BOOKING and not other.gone
    )
