"""What a person made of an event's time or shape: it follows, or is put back (R8.1, R8.9). Pure.

When it comes to that is decided in ``booking_born.py``.
"""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import Decision, WriteItem
from sync.engine.booking_born_actions import deletion, made_again, time_put_back, untold
from sync.engine.cases import Case, Scene, is_left
from sync.engine.items import BookingItem, OutlookItem, OutlookKind
from sync.engine.links import Base, Why
from sync.engine.reasons import SkipReason, explain
from sync.engine.telling import Tell
from sync.engine.what_was_tried import BACK, MOVED, title_of, try_state
from sync.people.people import AccessType
from sync.words import msgid


def has_moved(base: Base, event: OutlookItem) -> bool:
    """Says whether an event is at a time that neither side agreed on."""
    return event.interval not in {base.outlook.interval, base.booking.interval}


def moved(
    case: Case, base: Base, item: BookingItem | None, event: OutlookItem, scene: Scene
) -> Decision:
    """Same | moved: put to the booking product, also into the past (R8.1, R8.13).

    Moved just before another calendar was chosen, an event lies in the one that is left (R5.9).
    """
    link = case.link
    tell = Tell(
        title=title_of(item, event),
        tried=MOVED,
        reason="",
        now=BACK,
        state=try_state(event),
        old=base.outlook.interval,
        new=event.interval,
    )
    if case.waits_for(Why.PUT_BACK) and link.hold is not None and link.hold.of == tell.state:
        # Refused and told, but the put back was cut short.
        return _back(case, base, event, scene, tell=None, rule="R8.1")
    if scene.policy.access_type is AccessType.VIEW_ONLY:
        reason = explain(SkipReason.VIEW_ONLY).sentence
        return _back(case, base, event, scene, tell=replace(tell, reason=reason), rule="R2.4")
    if link.booking_id is None:
        return None
    return WriteItem(
        link=replace(link, base=base),
        rule="R8.1",
        title=tell.title,
        tell=tell,
        booking_id=link.booking_id,
        version=base.booking.version,
        shows=event.interval,
        interval=event.interval,
        event=event,
    )


def put_back(case: Case, action: WriteItem, reason: str, scene: Scene) -> Decision:
    """A move that stays refused: the event goes back to where it was, and that is told (R8.1)."""
    base, event = action.link.base, action.event
    if base is None or event is None or action.tell is None:
        return None
    tell = replace(action.tell, reason=reason)
    return _back(case, base, event, scene, tell=tell, rule=action.rule)


def _back(
    case: Case, base: Base, event: OutlookItem, scene: Scene, *, tell: Tell | None, rule: str
) -> Decision:
    """Puts an event back; from a calendar that is left it goes on as its item is (R5.9)."""
    item, title = case.booking, title_of(case.booking, event)
    if not is_left(case):
        return time_put_back(case, base, event, tell=tell, rule=rule, title=title)
    if not isinstance(item, BookingItem):
        return waits.read_late(case, scene)
    if scene.policy.window.has_passed(item.interval):
        # It would have to be made again in the past, where nothing is made (R11.4).
        return replace(deletion(case, event.id, rule), tell=untold(case.link, tell), title=title)
    return made_again(case, item, rule, tell, scene)


def reshaped(
    case: Case,
    base: Base,
    item: BookingItem | None,
    event: OutlookItem,
    scene: Scene,
    *,
    shape: str,
) -> Decision:
    """Same | made all-day, or a series: put right, or made again (R8.9)."""
    tell = Tell(
        title=title_of(item, event),
        tried=shape,
        reason=msgid("An item of the schedule has one start and one end."),
        now=BACK,
        state=try_state(event),
        old=base.outlook.interval,
    )
    if event.kind is OutlookKind.SINGLE and not is_left(case):
        return time_put_back(case, base, event, tell=tell, rule="R8.9", title=tell.title)
    # A series can't be narrowed to one event with certainty, and what is left goes on as its item
    # is (R5.9): it is made again.
    if item is None:
        return waits.read_late(case, scene)
    return made_again(case, item, "R8.9", tell, scene)
