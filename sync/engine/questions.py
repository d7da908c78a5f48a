"""Step 3, question: what has to be asked before anything may follow (R8.10). Pure.

Absence is proven here and nowhere else: by id, then by mark and uid in the synced calendar, then in
the person's other own calendars; of an occurrence by its master as well (R8.17). ``answered`` takes
an answer in; asked again, ``questions`` gives what is still open. An ask that fails is that
Link's trouble and nobody else's (R11.8).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sync.engine.cases import (
    Absent,
    Case,
    Scene,
    Trouble,
    believed,
    is_covered,
    is_due,
)
from sync.engine.items import BookingItem, Elsewhere, Found, Gone, OutlookItem, OutlookKind
from sync.engine.links import Link, Op, Side, Why, begun_over
from sync.engine.marks import event_mark, reserve_ref
from sync.engine.merge import differs, followed, with_event, with_item
from sync.engine.taking_part import booking_reason, outlook_reason
from sync.engine.waits import NOT_READABLE
from sync.words import BookingItemId, CalendarId, Interval, LinkKey, OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskItem:
    """Asks for one item of the booking product; answered by it, or ``None`` for a 404."""

    key: LinkKey
    item_id: BookingItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReserve:
    """Searches the schedule for a Reserve of ours; answered by what bears the reference."""

    key: LinkKey
    ref: str
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEvent:
    """Asks for one event by a calendar's path; answered by it, or ``None`` for a 404."""

    key: LinkKey
    calendar_id: CalendarId
    item_id: OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMaster:
    """Asks for the master of an occurrence that is not found (R8.17)."""

    key: LinkKey
    item_id: OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Looks in one calendar for an event by its mark and its uid; answered by what was found."""

    key: LinkKey
    calendar_id: CalendarId
    mark: str
    uid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCalendars:
    """Asks which other own calendars there are; answered by their ids."""


type Ask = AskItem | AskReserve | AskEvent | AskMaster | Search | AskCalendars
type Answer = (
    BookingItem | OutlookItem | tuple[Found, ...] | tuple[CalendarId, ...] | Trouble | None
)


def questions(scene: Scene, covered_since: datetime | None) -> tuple[Ask, ...]:
    """Gives all that can be asked at once; empty when nothing is left to ask.

    Args:
        scene: What is known.
        covered_since: When the round began whose end the cursors marked: the feed need not tell
            of an event made after it. ``None`` before the first.
    """
    asks: dict[Ask, None] = {}
    for case in scene.cases.values():
        if case.is_over:
            continue
        for ask in _of(case, scene, covered_since):
            asks[ask] = None
    return tuple(asks)


def answered(scene: Scene, ask: Ask, answer: Answer) -> Scene:
    """Takes an answer in."""
    if isinstance(ask, AskCalendars):
        others = answer if isinstance(answer, Trouble) else _calendar_ids(answer)
        return replace(scene, others=others)
    case = scene.cases[ask.key]
    cases = dict(scene.cases)
    cases[ask.key] = after = _answered(case, ask, believed(answer, scene.now), scene)
    event_id = after.link.outlook_id
    if event_id != case.link.outlook_id:
        # What was taken for something new is this Link's event under its new id.
        for key in [k for k, c in cases.items() if k != ask.key and not c.is_stored]:
            # So are the occurrences, where the event was made a series (R8.9).
            if event_id in {cases[key].link.outlook_id, cases[key].link.series}:
                del cases[key]
    return replace(scene, cases=cases)


def _of(case: Case, scene: Scene, covered_since: datetime | None) -> Iterator[Ask]:
    """Gives what is open about one Link."""
    link = case.link
    if case.waits_for(Why.ENDED):
        return
    if link.is_leftover:
        # It is deleted by its id, and asked for only where that was not there (R8.10).
        if isinstance(case.outlook, Absent):
            yield from _of_absence(case, case.outlook, scene)
        return
    due = is_due(case, scene) or link.intent is not None or _ends_a_wait(case)
    if link.booking_id is not None and _asks_item(case, due=due):
        yield AskItem(key=link.key, item_id=link.booking_id)
    if link.intent is not None and link.intent.op is Op.CREATE:
        yield from _of_creation(case, scene)
    elif link.outlook_id is not None:
        if isinstance(case.outlook, Absent):
            yield from _of_absence(case, case.outlook, scene)
        elif _asks_event(case, scene, covered_since, due=due):
            yield AskEvent(key=link.key, calendar_id=_place(link, scene), item_id=link.outlook_id)


def _place(link: Link, scene: Scene) -> CalendarId:
    """Gives where an event is asked for: what is being moved is where it was (R5.9)."""
    return link.leaves or scene.calendar_id


def _ends_a_wait(case: Case) -> bool:
    """Says whether something is told of what waits: the other side may have changed meanwhile.

    While one side could not be read or written, what the other one told was heard and not done.
    """
    sights = (case.booking, case.outlook)
    is_told = any(sight is not None and not isinstance(sight, Trouble) for sight in sights)
    return is_told and case.waits_for(Why.UNREADABLE, Why.REFUSED, Why.STALE, Why.WAITS)


def _asks_item(case: Case, *, due: bool) -> bool:
    if isinstance(case.booking, Absent):
        return True
    if case.booking is not None or case.is_stale:
        return False
    base = case.link.base
    if due or (base is not None and not base.text and case.link.origin is Side.BOOKING):
        return True
    # An event that is gone, elsewhere or a series may have to be made again: from what there is.
    remade = isinstance(case.outlook, Gone | Elsewhere) or (
        isinstance(case.outlook, OutlookItem) and case.outlook.kind is not OutlookKind.SINGLE
    )
    return remade and case.link.origin is Side.BOOKING


def _asks_event(case: Case, scene: Scene, covered_since: datetime | None, *, due: bool) -> bool:
    """Says whether an event that is not missed has to be read by itself."""
    link, event = case.link, case.outlook
    if case.is_read or isinstance(event, Trouble | Gone | Elsewhere):
        return False
    if isinstance(event, OutlookItem):
        # What would move or take away something in the booking product is always read.
        if link.base is None or not case.is_stored:
            return False
        if link.origin is Side.BOOKING:
            return differs(link, event, scene)
        return outlook_reason(event, scene.policy) is not None
    if case.is_stale:
        return False
    if due or _needs_counterpart(case, scene):
        return True
    if case.waits_for(Why.UNPROVEN, Why.HELD) and isinstance(case.booking, BookingItem):
        return True
    # Made since the feed was opened, and not told of: it may be gone again (Graph: event delta).
    return not is_covered(link, covered_since) and case.is_stored and link.base is not None


def _needs_counterpart(case: Case, scene: Scene) -> bool:
    """Says whether the decision about the booking side needs the event as it is."""
    item, base = case.booking, case.link.base
    if base is None:
        return False
    if case.link.origin is Side.BOOKING:
        # Dragged away before the feed tells, it has another id (R8.12).
        return isinstance(item, Gone) or (
            isinstance(item, BookingItem) and booking_reason(item, scene.policy) is not None
        )
    return isinstance(item, BookingItem) and item.interval != base.booking.interval


def _of_absence(case: Case, absent: Absent, scene: Scene) -> Iterator[Ask]:
    link = case.link
    if link.outlook_id is None or absent.code:
        return
    if not absent.is_read:
        yield AskEvent(key=link.key, calendar_id=_place(link, scene), item_id=link.outlook_id)
        return
    if link.series is not None:
        if case.master is None:
            yield AskMaster(key=link.key, item_id=link.series)
        return
    yield from _searches(case, absent, scene, others=link.origin is Side.BOOKING)


def _of_creation(case: Case, scene: Scene) -> Iterator[Ask]:
    """Looks for what a doubtful creation may have made (R11.5)."""
    link, intent = case.link, case.link.intent
    if intent is None:
        return
    if intent.side is Side.BOOKING:
        if case.booking is None and link.booking_id is None:
            ref = reserve_ref(scene.connection_id, link)
            yield AskReserve(key=link.key, ref=ref, interval=begun_over(link))
        if case.outlook is None and link.outlook_id is not None and not case.is_stale:
            yield AskEvent(key=link.key, calendar_id=scene.calendar_id, item_id=link.outlook_id)
        elif isinstance(case.outlook, Absent):
            yield from _of_absence(case, case.outlook, scene)
    elif case.outlook is None or isinstance(case.outlook, Absent):
        absent = case.outlook or Absent()
        if not absent.code:
            yield from _searches(case, absent, scene, others=True)


def _searches(case: Case, absent: Absent, scene: Scene, *, others: bool) -> Iterator[Ask]:
    link = case.link
    mark = event_mark(scene.connection_id, link)
    if scene.calendar_id not in absent.searched:
        yield Search(key=link.key, calendar_id=scene.calendar_id, mark=mark, uid=link.uid)
        return
    if not others:
        return
    if scene.others is None:
        yield AskCalendars()
        return
    if isinstance(scene.others, Trouble):
        return
    for calendar_id in scene.others:
        if calendar_id not in absent.searched:
            yield Search(key=link.key, calendar_id=calendar_id, mark=mark, uid=link.uid)


def _answered(case: Case, ask: Ask, answer: Answer, scene: Scene) -> Case:
    match ask, answer:
        case (AskItem(), Trouble()):
            return replace(case, booking=answer)
        case (AskItem(), None):
            return replace(case, booking=Gone())
        case (AskItem(), BookingItem()):
            return with_item(case, answer)
        case (AskReserve(), Trouble()):
            return replace(case, booking=answer)
        case (AskReserve(), BookingItem()):
            return replace(case, booking=answer, link=replace(case.link, booking_id=answer.id))
        case (AskReserve(), _):
            return replace(case, booking=Gone())
        case (AskEvent(), Trouble()):
            if isinstance(case.outlook, Absent):
                return replace(case, outlook=replace(case.outlook, code=answer.code))
            return replace(case, outlook=answer)
        case (AskEvent(), None):
            return _not_found(case)
        case (AskEvent(), OutlookItem()) if ask.calendar_id != scene.calendar_id:
            return _elsewhere(case, ask.calendar_id, answer, scene)
        case (AskEvent(), OutlookItem()):
            return with_event(case, answer, is_read=True)
        case (AskMaster(), _):
            return _of_master(case, answer)
        case (Search(), Trouble() | tuple()):
            return _searched(case, ask, answer, scene)
        case _:
            raise TypeError(f"{type(ask).__name__} is answered by {type(answer).__name__}")


def _not_found(case: Case) -> Case:
    """A read says 404; where the feed shows the event, that contradicts it (R8.10).

    A feed that has shown it tells of its end as well, and until then goes on to contradict.
    """
    hold = case.link.hold
    was_shown = hold is not None and hold.why is Why.UNREADABLE and hold.code == NOT_READABLE
    is_shown = case.is_shown and isinstance(case.outlook, OutlookItem)
    if is_shown or (was_shown and not isinstance(case.outlook, Absent)):
        return replace(case, outlook=Trouble(code=NOT_READABLE), is_read=True)
    return replace(case, outlook=Absent(is_read=True))


def _of_master(case: Case, answer: Answer) -> Case:
    """An occurrence is gone if its own path says 404 and its master can be read, or is gone."""
    if isinstance(answer, Trouble):
        return replace(case, master=answer, outlook=replace(_absent(case), code=answer.code))
    master = answer if isinstance(answer, OutlookItem) else Gone()
    return replace(case, master=master, outlook=Gone())


def _searched(case: Case, ask: Search, answer: tuple[object, ...] | Trouble, scene: Scene) -> Case:
    """Takes in what one calendar holds; nothing anywhere is the proof."""
    found = () if isinstance(answer, Trouble) else answer
    ours = _ours(case.link, [each for each in found if isinstance(each, Found)], ask.mark)
    event = believed(ours, scene.now)
    if event is not None:
        if event.problem is not None:
            return replace(case, outlook=Trouble(code=event.problem))
        if ask.calendar_id == scene.calendar_id:
            return with_event(followed(case, event, scene.now), event)
        return _elsewhere(case, ask.calendar_id, event, scene)
    if not isinstance(case.outlook, Absent | None):
        # It was found in another calendar, which was searched at the same time.
        return case
    absent = _absent(case)
    if isinstance(answer, Trouble):
        return replace(case, outlook=replace(absent, code=answer.code))
    searched = absent.searched | {ask.calendar_id}
    return replace(case, outlook=replace(absent, searched=searched))


def _elsewhere(case: Case, calendar_id: CalendarId, event: OutlookItem, scene: Scene) -> Case:
    """Takes in an event of another calendar; what was read older than known says nothing (R8.15).

    Made after another calendar was chosen, by a run that did not know it yet, it leaves as well.
    """
    link, leaving = case.link, scene.leaving
    is_leaving = leaving is not None and leaving.calendar_id == calendar_id
    leaves = calendar_id if is_leaving else link.leaves
    base, there = link.base, Elsewhere(calendar_id=calendar_id, outlook_id=event.id)
    is_old = base is not None and base.outlook.is_newer_than(event.etag, event.modified)
    if not is_old and event.problem is None:
        there = replace(there, event=event)
    link = replace(link, uid=event.uid or link.uid, leaves=leaves)
    return replace(case, link=link, outlook=there)


def _absent(case: Case) -> Absent:
    """Gives what is known of an event that is looked for; what was begun was never told of."""
    return case.outlook if isinstance(case.outlook, Absent) else Absent(is_read=True)


def proven(scene: Scene) -> Scene:
    """Turns what was searched for everywhere in vain into proof, once nothing is left to ask."""
    cases = dict(scene.cases)
    for key, case in scene.cases.items():
        absent = case.outlook
        if not isinstance(absent, Absent) or not absent.is_read or absent.code:
            continue
        if case.link.series is not None:
            continue
        wants_others = case.link.origin is Side.BOOKING
        if scene.calendar_id not in absent.searched:
            continue
        if wants_others and isinstance(scene.others, Trouble):
            cases[key] = replace(case, outlook=replace(absent, code=scene.others.code))
        elif not wants_others or _are_searched(scene, absent):
            cases[key] = replace(case, outlook=Gone())
    return replace(scene, cases=cases)


def _are_searched(scene: Scene, absent: Absent) -> bool:
    return isinstance(scene.others, tuple) and set(scene.others) <= absent.searched


def _ours(link: Link, found: Iterable[Found], mark: str) -> OutlookItem | None:
    """Picks the event of a Link: by its uid, where that is known; else the oldest with its mark.

    A copy bears the mark as well, and is a Meeting of its own: its uid is another (R8.11).
    """
    if link.uid:
        ours = [each for each in found if each.item.uid == link.uid]
    else:
        ours = [each for each in found if each.mark == mark]
    oldest = min(
        ours,
        key=lambda each: (each.created is None, str(each.created), each.item.id),
        default=None,
    )
    return None if oldest is None else oldest.item


def _calendar_ids(answer: Answer) -> tuple[CalendarId, ...]:
    ids: tuple[CalendarId, ...] = ()
    if isinstance(answer, tuple):
        ids = tuple(CalendarId(each) for each in answer if isinstance(each, str))
    return ids
