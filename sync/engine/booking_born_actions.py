"""How the actions of the first table are made: what each of them carries (R6.1, R8.9, R8.12). Pure.

What is done, and when, is decided in ``booking_born.py``.
"""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import CreateEvent, DeleteEvent, WriteEvent
from sync.engine.cases import SETTLING, Case, OutlookSight, Scene, is_left
from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem
from sync.engine.links import Base, Hold, Intent, Link, Op, Side, Why, replaced
from sync.engine.telling import Tell
from sync.engine.texts import booking_title, event_content, event_fingerprint
from sync.engine.what_was_tried import title_of, try_state
from sync.words import OutlookItemId, msgid


def creation(
    link: Link,
    item: BookingItem,
    rule: str,
    scene: Scene,
    *,
    tell: Tell | None = None,
    is_put_back: bool = False,
) -> CreateEvent:
    """Makes the event of an item; the Link says beforehand what will be written (R11.5).

    One that was begun keeps what it was begun with: its repeat may be answered with the first.
    """
    content = event_content(item, scene.product)
    begun = link.intent is not None and link.intent.op is Op.CREATE and link.generation
    intent = Intent(
        op=Op.CREATE,
        side=Side.OUTLOOK,
        interval=item.interval,
        text=event_fingerprint(content),
        version=item.version,
        older=replaced(link, item.version),
    )
    fresh = replace(
        link,
        interval=item.interval,
        outlook_id=None,
        uid=None,
        generation=link.generation if begun else scene.nonce,
        base=None,
        intent=link.intent if begun else intent,
        hold=_kept(link.hold, scene),
        leaves=None,
    )
    return CreateEvent(
        link=fresh,
        rule=rule,
        title=booking_title(item),
        tell=tell,
        item=item,
        content=content,
        is_put_back=is_put_back,
    )


def _kept(hold: Hold | None, scene: Scene) -> Hold | None:
    """Keeps how often a creation was tried in vain: the next wait is longer (R11.9).

    Who dies at this one looks again when what it may have made can be found (R11.5).
    """
    if hold is not None and hold.why is Why.UNREADABLE:
        return replace(hold, at=scene.now + SETTLING)
    return hold if hold is not None and hold.why is Why.REFUSED else None


def made_again(
    case: Case, item: BookingItem, rule: str, tell: Tell | None, scene: Scene
) -> CreateEvent:
    """Makes the event again; what the person made of the old one becomes a Link of its own."""
    event, link = case.outlook, case.link
    fresh = replace(link, intent=None, hold=None)
    made = creation(
        fresh,
        item,
        rule,
        scene,
        tell=untold(link, tell),
        is_put_back=not is_left(case),
    )
    there = _id_of(event)
    left = [] if there is None else [waits.to_be_deleted(link, there)]
    if (
        link.outlook_id is not None
        and not isinstance(event, OutlookItem)
        and link.outlook_id != there
    ):
        left.append(waits.ended(link, link.outlook_id, scene.now))
    return replace(made, left=tuple(left), was_deleted=isinstance(event, Gone))


def _id_of(event: OutlookSight) -> OutlookItemId | None:
    match event:
        case OutlookItem():
            return event.id
        case Elsewhere():
            return event.outlook_id
        case _:
            return None


def time_put_back(
    case: Case, base: Base, event: OutlookItem, *, tell: Tell | None, rule: str, title: str
) -> WriteEvent:
    """Puts an event back to the time that its item has, and nothing else (R6.5)."""
    return WriteEvent(
        link=replace(case.link, base=base),
        rule=rule,
        title=title,
        tell=untold(case.link, tell),
        outlook_id=event.id,
        etag=event.etag,
        shows=base.booking.interval,
        interval=base.booking.interval,
        is_put_back=True,
    )


def deletion(case: Case, outlook_id: OutlookItemId, rule: str) -> DeleteEvent:
    """Deletes an event of ours under the id that it has now; where it had none, it is noted."""
    link = replace(case.link, outlook_id=case.link.outlook_id or outlook_id)
    return DeleteEvent(
        link=link, rule=rule, title=title_of(case.booking, case.outlook), outlook_id=outlook_id
    )


def dragged_tell(case: Case, item: BookingItem, event: Elsewhere) -> Tell | None:
    """Says that an event may not be dragged into another calendar (R8.12).

    What is in a calendar that the person leaves was not dragged: no news (R5.9).
    """
    if is_left(case):
        return None
    base = case.link.base
    return Tell(
        title=booking_title(item),
        tried=msgid("You moved the event into another calendar."),
        reason=msgid("Only the calendar that is synced can show the schedule."),
        now=msgid("The event is back in the synced calendar."),
        state=try_state(event),
        old=item.interval if base is None else base.outlook.interval,
    )


def untold(link: Link, tell: Tell | None) -> Tell | None:
    """Gives what was not told of this state before (R9.3)."""
    return None if tell is None or link.told == tell.state else tell
