"""Why something was taken away, as a line of activity says it (R12.1). Pure.

Only sentences may live here; what is taken away, and when, is decided in the two tables.
"""

from sync.engine.cases import Case, Scene
from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem
from sync.engine.links import Kind, Side
from sync.engine.reasons import SkipReason, explain
from sync.engine.taking_part import booking_reason, inwards_reason, outlook_reason, window_reason
from sync.words import msgid


def why_removed(case: Case, scene: Scene, *, makes_room: bool) -> str:
    """Says why an item of the schedule goes: it was cancelled from Outlook, or was a Reserve.

    Args:
        case: As it was when the call went out.
        scene: What it is judged under.
        makes_room: The Reserve can't follow its Meeting, and others may want its time (R7.5).
    """
    if case.link.origin is Side.BOOKING:
        if case.link.kind is Kind.APPOINTMENT:
            return msgid("You deleted its event in Outlook, so the appointment was cancelled.")
        return msgid("You deleted its event in Outlook.")
    if makes_room:
        return msgid("Its meeting has moved to a time that is taken.")
    policy = scene.policy
    match case.outlook:
        case Gone():
            return msgid("The meeting was deleted in Outlook.")
        case Elsewhere():
            return msgid("You moved the meeting into another calendar.")
        case OutlookItem() as meeting:
            reason = outlook_reason(meeting, policy) or window_reason(meeting, policy.window)
        case _:
            reason = inwards_reason(policy)
    return _sentence(reason)


def why_no_event(case: Case, scene: Scene) -> str:
    """Says why an event of ours goes: its item is gone, or takes no part any more."""
    match case.booking:
        case Gone():
            return msgid("It is not in your schedule any more.")
        case BookingItem() as item:
            return _sentence(booking_reason(item, scene.policy))
        case _:
            return ""


def _sentence(reason: SkipReason | None) -> str:
    return "" if reason is None else explain(reason).sentence
