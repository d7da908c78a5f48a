"""Step 4, plan: what both sides are, and were when they last agreed, gives what to do. Pure.

The two tables of section 8 are ``booking_born.py`` and ``outlook_born.py``; here stands what
several Links mean together: many cancellations at once (R11.7), and moves that are judged by where
everything ends (R8.16). Preview, explanation and the real plan are this one function.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sync.engine import booking_born, outlook_born, waits
from sync.engine.actions import (
    TO_BOOKING,
    WRITES,
    CreateReserve,
    Decision,
    DeleteEvent,
    Drop,
    Note,
    RemoveItem,
    Skip,
    Wait,
    Write,
    WriteItem,
)
from sync.engine.booking_born_moves import put_back
from sync.engine.cases import Absent, Case, Scene, Trouble, is_answered
from sync.engine.items import Gone, Refusal
from sync.engine.links import Hold, Kind, Link, Op, Side, Why, is_begun
from sync.engine.refusals import TAKEN, after_refused_creation, after_refused_update, why
from sync.people.people import Held
from sync.words import Interval, LinkKey

#: So many cancellations are done without a question; more are asked about (R11.7).
UNASKED = 5
#: So few are always done, however few there are in the Window.
FEW = 3
#: Cancellations count together for so long.
TOGETHER = timedelta(minutes=10)
#: A deletion after an answer is looked at so much later, while that is carried out.
_UNTIL_ANSWERED = timedelta(minutes=1)
#: So many removals at once are believed without a second look in full.
HARMLESS = 10
#: What may free its time soon, and how often that is believed of what can't be read.
_MAY_GO = frozenset({Why.UNPROVEN, Why.STALE})
_LOOKED_FOR = 3
#: What a cancellation leaves behind for those ten minutes and longer: its event's Link.
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do now.

    Attributes:
        writes: Calls, in the order in which they free time for each other; those of one ``lot`` of
            the booking side may run side by side.
        lots: Number of the lot of each write that goes to the booking product, by Link.
        notes: What is only recorded.
        skips: What was left out.
        held: The question that stands after this (R11.7).
    """

    writes: tuple[Write, ...]
    lots: dict[LinkKey, int]
    notes: tuple[Note | Wait | Drop, ...]
    skips: tuple[Skip, ...]
    held: Held | None


def plan(scene: Scene) -> Plan:
    """Decides what to do about every Link, and about every item that no Link names."""
    before = scene.cases
    scene = replace(scene, cases={key: waits.read_again(case) for key, case in before.items()})
    decided = {
        key: None if case.is_over else _decide(case, scene) for key, case in scene.cases.items()
    }
    _tell_ours(decided, scene)
    held = _hold_many(decided, scene)
    steps = _in_turn(decided, scene)
    steps += [
        Note(link=case.link, rule="R11.8")
        for key, case in scene.cases.items()
        if case is not before[key] and isinstance(decided[key], Skip | None)
    ]
    writes = [step for step in steps if isinstance(step, WRITES)]
    to_booking = [action for action in writes if isinstance(action, TO_BOOKING)]
    lots = _lots(to_booking)
    return Plan(
        writes=tuple(sorted(writes, key=lambda each: lots.get(each.link.key, 0))),
        lots=lots,
        notes=tuple(step for step in steps if isinstance(step, Note | Wait | Drop)),
        skips=tuple(step for step in steps if isinstance(step, Skip)),
        held=held,
    )


def is_mass_deletion(todo: Plan, scene: Scene) -> bool:
    """Says whether a plan removes more than half of the linked items, and more than 10 (R11.7)."""
    removals = sum(isinstance(action, RemoveItem | DeleteEvent) for action in todo.writes)
    removals += sum(
        isinstance(note, Wait) and note.hold.why in {*_MAY_GO, Why.HELD} for note in todo.notes
    )
    linked = sum(case.link.base is not None for case in scene.cases.values())
    return removals > HARMLESS and removals * 2 > linked


def _decide(case: Case, scene: Scene) -> Decision:
    if case.link.origin is Side.BOOKING:
        return booking_born.decide(case, scene)
    return outlook_born.decide(case, scene)


# --- what may be an event of ours (R11.5) ---


def _tell_ours(decided: dict[LinkKey, Decision], scene: Scene) -> None:
    """Keeps what a Link may stand for from being taken for a new Meeting.

    While the search for an event whose creation nobody recorded is not answered, every new single
    event may be the one; while that for a Meeting is not, another of its uid. Found, it is neither.
    """
    cases = scene.cases.values()
    ours = [case for case in cases if case.link.origin is Side.BOOKING]
    # A Reserve that was begun may be there as well: its Meeting is no new one either.
    pairs = [
        case for case in cases if case.link.base is not None or is_begun(case.link, Side.BOOKING)
    ]
    ids = {case.link.outlook_id for case in (*ours, *pairs) if case.link.outlook_id}
    missed = {case.link.uid for case in pairs if case.link.uid and _is_missed(case)}
    is_doubtful = any(
        case.link.base is None
        and case.link.intent is not None
        and case.link.intent.op is Op.CREATE
        and isinstance(case.outlook, Absent | Trouble)
        for case in ours
    )
    for key, step in decided.items():
        case = scene.cases[key]
        link = case.link
        if link.origin is Side.BOOKING or link.base is not None or link.intent is not None:
            continue
        if link.outlook_id in ids:
            decided[key] = Drop(link=link, rule="R11.5") if case.is_stored else None
            continue
        is_new = link.series is None and (not case.is_stored or case.waits_for(Why.UNREADABLE))
        may_be_known = is_doubtful or link.uid in missed
        if may_be_known and is_new and isinstance(step, CreateReserve):
            hold = waits.unreadable(case, "not_searched", scene.now)
            decided[key] = Wait(link=link, rule="R11.5", hold=hold)


def _is_missed(case: Case) -> bool:
    """Says whether a Meeting is looked for, and nobody could say where it is (R8.10)."""
    is_waiting = case.outlook is None and case.waits_for(Why.UNREADABLE)
    is_single = case.link.origin is Side.OUTLOOK and case.link.series is None
    return is_single and (is_waiting or isinstance(case.outlook, Absent | Trouble))


# --- many cancellations at once (R11.7) ---


def _hold_many(decided: dict[LinkKey, Decision], scene: Scene) -> Held | None:
    """Turns cancellations into a question where there are many; gives the question that stands."""
    pending = [key for key, step in decided.items() if _would_cancel(step, scene.cases[key])]
    held = scene.held
    if held is not None and is_answered(held, scene):
        # It is none about what was deleted after it: that is judged once this question is over.
        for key in pending:
            decided[key] = _answered(decided[key], scene.cases[key], scene)
        is_open = any(scene.cases[key].stands_for(Why.HELD) for key in pending)
        return held if is_open else None
    if held is None and not _are_many(pending, scene):
        return None
    if not pending:
        return None
    for key in pending:
        decided[key] = _held(decided[key], scene.cases[key], scene)
    since = scene.now if held is None else held.since
    return Held(since=since, count=len(pending))


def _answered(step: Decision, case: Case, scene: Scene) -> Decision:
    """Carries an answer out where it was asked about; anything else waits until that is done."""
    if case.stands_for(Why.HELD):
        # Its second look is still to come: it stays one that was asked about.
        if isinstance(step, Wait) and step.hold.why is Why.UNPROVEN:
            return replace(step, hold=replace(step.hold, why=Why.HELD))
        return step
    if isinstance(step, RemoveItem):
        hold = waits.at_least(waits.unproven(case, scene), _UNTIL_ANSWERED, scene.now)
        return Wait(link=step.link, rule="R11.7", hold=hold)
    return step


def _would_cancel(step: Decision, case: Case) -> bool:
    """Says whether a case is on its way to cancelling an Appointment."""
    if case.link.kind is not Kind.APPOINTMENT:
        return False
    if isinstance(step, RemoveItem):
        return True
    if isinstance(step, Wait):
        return step.hold.standing.why in waits.OF_DELETIONS
    # Not looked at in this run, or waiting since it was: it goes on waiting as it does.
    is_unseen = case.outlook is None or isinstance(case.outlook, Gone)
    return step is None and is_unseen and case.stands_for(*waits.OF_DELETIONS)


def _are_many(pending: list[LinkKey], scene: Scene) -> bool:
    done = sum(_was_cancelled_lately(case.link, scene) for case in scene.cases.values())
    total = len(pending) + done
    window = scene.policy.window
    there = done + sum(
        case.link.kind is Kind.APPOINTMENT
        and case.link.base is not None
        and window.holds(case.link.base.booking.interval)
        for case in scene.cases.values()
    )
    return total > UNASKED or (total >= FEW and total * 2 > there)


def _was_cancelled_lately(link: Link, scene: Scene) -> bool:
    hold = link.hold
    return (
        hold is not None
        and hold.why is Why.ENDED
        and hold.code == CANCELLED
        and scene.now - hold.since < TOGETHER
    )


def _held(step: Decision, case: Case, scene: Scene) -> Decision:
    """Lets a cancellation wait for the answer; one that does so, or is not looked at, goes on."""
    hold = case.link.hold
    link = step.link if isinstance(step, RemoveItem | Wait) else case.link
    now = step.hold if isinstance(step, Wait) else hold if step is None else None
    # What can't be looked for just now is looked for again: it may have changed (R8.3).
    covers = None if now is None or now.over is None else now
    goes_on = step is None or (case.waits_for(Why.HELD) and not covers)
    # Of a cancellation that died, and is asked about again, nothing is in doubt any more (R8.8).
    if case.stands_for(Why.HELD) and goes_on and link.intent == case.link.intent:
        return None
    is_missed = hold is not None and case.stands_for(*waits.OF_DELETIONS)
    since = hold.standing.since if hold is not None and is_missed else scene.now
    asked = Hold(why=Why.HELD, since=since)
    waiting = asked if covers is None else replace(covers, over=asked)
    return Wait(link=link, rule="R11.7", hold=waiting)


# --- moves are judged by where everything ends (R8.16) ---


def _in_turn(decided: dict[LinkKey, Decision], scene: Scene) -> list[Decision]:
    """Lets first tries and whatever frees time go first; what stays refused comes last.

    A refusal is final only when nothing is left that could free the time it wants.
    """
    refused = {
        key: case.refusal
        for key, case in scene.cases.items()
        if case.refusal is not None and _is_tried(decided.get(key))
    }
    if not refused:
        return list(decided.values())
    now = {key: step for key, step in decided.items() if key not in refused}
    frees = any(isinstance(step, RemoveItem | WriteItem) for step in now.values())
    again = {key: decided[key] for key in refused if scene.cases[key].refused_at < scene.freed}
    if frees or again:
        return [*now.values(), *again.values()]
    # A Reserve of ours that stands where its Meeting is not any more makes room for others.
    opening = [
        step
        for key, refusal in refused.items()
        if (step := _opening(scene.cases[key], decided[key], refusal)) is not None
    ]
    if opening:
        return [*now.values(), *opening]
    last = [_final(scene.cases[key], decided[key], refused[key], scene) for key in refused]
    return [*now.values(), *last]


def _is_tried(step: Decision) -> bool:
    """Says whether a step asks for what was refused; a put back is what follows from it (R8.5)."""
    is_put_back = isinstance(step, WriteItem) and step.is_put_back
    return isinstance(step, WriteItem | CreateReserve) and not is_put_back


def _opening(case: Case, step: Decision, refusal: Refusal) -> Decision:
    """A Reserve that can't follow its Meeting is taken away (R7.5, R8.16)."""
    if case.link.origin is not Side.OUTLOOK or not isinstance(step, WriteItem):
        return None
    if step.event is None or refusal.code != TAKEN:
        return None
    after = replace(case.link, base=None, booking_id=None, hold=None, interval=step.shows)
    return RemoveItem(
        link=case.link,
        rule="R7.5",
        title=step.title,
        booking_id=step.booking_id,
        after=after,
    )


def _final(case: Case, step: Decision, refusal: Refusal, scene: Scene) -> Decision:
    """What follows from a refusal that stays."""
    if refusal.code == TAKEN and isinstance(step, WriteItem | CreateReserve):
        wanted = step.shows if isinstance(step, WriteItem) else step.meeting.interval
        until = _freed_soon(wanted, scene)
        if until is not None:
            return Wait(link=case.link, rule="R8.16", hold=until)
    if isinstance(step, CreateReserve):
        return after_refused_creation(case, step, refusal, scene)
    if isinstance(step, WriteItem) and case.link.origin is Side.BOOKING:
        return put_back(case, step, why(refusal), scene)
    if isinstance(step, WriteItem):
        return after_refused_update(case, step, refusal, scene)
    return step


def _freed_soon(wanted: Interval, scene: Scene) -> Hold | None:
    """Gives the wait for a time whose cancellation waits for its second look (R8.16).

    An event that could not be looked for just now may be on its way to that as well.
    """
    times = [
        hold.at
        for case in scene.cases.values()
        if (hold := case.link.hold) is not None
        and hold.at is not None
        and (hold.why in _MAY_GO or (hold.why is Why.UNREADABLE and hold.tries <= _LOOKED_FOR))
        and case.link.base is not None
        and case.link.base.booking.interval.overlaps(wanted)
    ]
    if not times:
        return None
    return Hold(why=Why.WAITS, since=scene.now, at=max(times) + timedelta(seconds=1))


def _lots(actions: Sequence[Write]) -> dict[LinkKey, int]:
    """Puts the booking product's writes into lots: what frees time goes before what takes it."""
    lots: dict[LinkKey, int] = {}
    movers: list[WriteItem] = []
    for action in actions:
        if isinstance(action, RemoveItem):
            lots[action.link.key] = 0
        elif isinstance(action, WriteItem):
            movers.append(action)
    lot = 1
    where = {each.link.key: _where(each.link) for each in movers}
    while movers:
        free = [
            each
            for each in movers
            if not any(
                other is not each and where[other.link.key].overlaps(each.shows) for other in movers
            )
        ]
        # In a ring nobody can go first: a Reserve of ours is the one to make room.
        ring = [each for each in movers if each.link.origin is Side.OUTLOOK] or movers
        going = free or ring
        for each in going:
            lots[each.link.key] = lot
        gone = {each.link.key for each in going}
        movers = [each for each in movers if each.link.key not in gone]
        lot += 1
    for action in actions:
        if isinstance(action, CreateReserve):
            lots[action.link.key] = lot
    return lots


def _where(link: Link) -> Interval:
    return link.interval if link.base is None else link.base.booking.interval
