"""Why something waits, and when it is looked at again (R8.10, R11.8, R11.9). Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from sync.engine.actions import Note, Wait
from sync.engine.cases import SETTLING, Absent, Case, Scene, Trouble, is_due
from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem
from sync.engine.links import Hold, Intent, Link, Op, Side, Why, outlook_key
from sync.engine.reasons import SkipReason
from sync.engine.what_was_tried import title_of
from sync.words import Interval, OutlookItemId

#: A read that was older than our own write is looked at again after so long (R8.15, R11.10).
LOOK_AGAIN = timedelta(seconds=20)
#: The first wait of something that can't be read or written; each next one is twice as long.
FIRST = timedelta(seconds=10)
LONGEST = timedelta(hours=1)
#: The code of an event that the feed shows and a read says is not there.
NOT_READABLE = "not_readable"
#: The code of a call that is asked for less often, by a side that may bear all others.
THROTTLED = "throttled"
#: Looks or calls in vain after which something is no passing trouble any more.
PARKED = 3
#: How long a deleted event of ours is remembered, so that a late report of it means nothing.
ENDED_KEPT = timedelta(days=2)

_SAID = {
    Why.TAKEN: SkipReason.TIME_TAKEN,
    Why.REFUSED: SkipReason.REFUSED,
    Why.UNREADABLE: SkipReason.NOT_READABLE,
    Why.UNPROVEN: SkipReason.TO_BE_PROVEN,
    Why.HELD: SkipReason.HELD,
    Why.LEFT_ALONE: SkipReason.LEFT_ALONE,
    Why.BEYOND: SkipReason.BEYOND_WINDOW,
}
#: What stands for one version of what it is about: another version is a new try.
_UNTIL_ANOTHER_STATE = frozenset({Why.TAKEN, Why.REFUSED, Why.LEFT_ALONE})
#: Of an event that waits so it may have been told, and not be done yet, that it moved ahead.
_MAY_BE_AHEAD = (Why.UNREADABLE, Why.STALE, Why.WAITS, Why.REFUSED, Why.PUT_BACK)
#: What only says that nothing is known for now; all else is known, and stays so.
_UNKNOWN = frozenset({Why.UNREADABLE, Why.STALE})
#: What is known of an event that is not there.
OF_DELETIONS = (Why.UNPROVEN, Why.HELD)
#: A side that can be judged by.
_SEEN = (BookingItem, OutlookItem, Gone, Elsewhere)
_MOMENT = timedelta(seconds=1)
#: What an administrator counts as an item that could not be synced (contract: waiting).
IN_TROUBLE = frozenset({Why.TAKEN, Why.REFUSED, Why.UNREADABLE})


def wait(case: Case, hold: Hold) -> Wait:
    """Lets a Link wait; its twin stays as it is (R11.8)."""
    step = Wait(link=case.link, rule="R11.8", hold=hold)
    waiting = replace(case.link, hold=hold)
    if reason_of(waiting) is SkipReason.LEFT_BEHIND and is_parked(waiting) > is_parked(case.link):
        # The others move on without it, and that is said once (R5.9).
        title = title_of(case.booking, case.outlook)
        return replace(step, title=title, left_out=SkipReason.LEFT_BEHIND)
    return step


def is_parked(link: Link) -> bool:
    """Says whether something can't be read or written for more than a moment (R11.8)."""
    hold = link.hold
    return hold is not None and hold.why is Why.UNREADABLE and hold.tries >= PARKED


def reason_of(link: Link) -> SkipReason:
    """Gives the reason that a person reads."""
    hold = link.hold
    if hold is None:
        return SkipReason.ON_ITS_WAY
    if hold.why is Why.UNREADABLE and link.leaves is not None and link.outlook_id is not None:
        return SkipReason.LEFT_BEHIND
    return _SAID.get(hold.why) or _SAID.get(hold.standing.why, SkipReason.ON_ITS_WAY)


def unreadable(case: Case, code: str, now: datetime) -> Hold:
    """Waits for something that can't be read, with growing distance."""
    hold = case.link.hold
    was_shown = hold is not None and hold.why is Why.UNREADABLE and hold.code == NOT_READABLE
    if was_shown and not isinstance(case.outlook, Absent):
        # Another trouble in between does not make the feed's word forgotten (R8.10).
        code = NOT_READABLE
    over = _stays(case.link)
    if over is not None and over.why in OF_DELETIONS and case.is_shown:
        # Something shows the event: another deletion begins anew (R8.10).
        over = None
    hold = replace(_growing(case, Why.UNREADABLE, now, code=code, of=""), over=over)
    sights = [sight for sight in (case.booking, case.outlook) if isinstance(sight, Trouble)]
    return at_least(hold, _asked_for(max((each.wait for each in sights), default=0)), now)


def unread(case: Case, sight: Trouble | Absent, scene: Scene) -> Wait:
    """Waits with what can't be read, or could not be looked for everywhere (R8.10, R11.8)."""
    return wait(case, unreadable(case, sight.code or "not_searched", scene.now))


def _asked_for(seconds: float) -> timedelta:
    return min(timedelta(seconds=seconds), LONGEST)


def unwritten(case: Case, code: str, now: datetime, *, wait: float = 0.0) -> Hold:
    """Waits for something that can't be written; a cancellation stays proven (R8.10)."""
    hold = at_least(unreadable(case, code, now), _asked_for(wait), now)
    # A try that was lost is a try all the same: what was refused before does not end it.
    return hold if hold.standing.why in OF_DELETIONS else replace(hold, over=None)


def refused(case: Case, code: str, of: str, now: datetime) -> Hold:
    """Waits after a refusal that is not about a taken time, with growing distance."""
    return _growing(case, Why.REFUSED, now, code=code, of=of)


def unproven(case: Case, scene: Scene) -> Hold:
    """Waits for the look that proves a deletion; the first look that proved it is ``since``."""
    hold, now = case.link.hold, scene.now
    is_on = hold is not None and case.stands_for(*OF_DELETIONS)
    since = hold.standing.since if hold is not None and is_on else now
    return Hold(why=Why.UNPROVEN, since=since, at=max(since + scene.cancel_after, now + _MOMENT))


def at_least(hold: Hold, wait: timedelta, now: datetime) -> Hold:
    """Gives a hold that lasts so long."""
    return replace(hold, at=now + wait if hold.at is None else max(hold.at, now + wait))


def settling(made: datetime, now: datetime) -> Hold:
    """Waits until what was just made has to be there if it is (R8.10)."""
    return Hold(why=Why.STALE, since=now, at=made + SETTLING)


def too_young(case: Case, scene: Scene) -> Wait:
    """Waits with what follows from the absence of what was made a moment ago (R8.10, R8.15)."""
    return wait(case, settling(case.link.made or scene.now, scene.now))


def stale(case: Case, now: datetime) -> Hold:
    """Looks again at what was read older than it is known to be (R8.15)."""
    hold = case.link.hold
    tries = hold.tries + 1 if hold is not None and hold.why is Why.STALE else 1
    wait = min(LOOK_AGAIN * 2 ** min(tries - 1, 10), LONGEST)
    return Hold(why=Why.STALE, since=now, at=now + wait, tries=tries, over=_stays(case.link))


def read_late(case: Case, scene: Scene) -> Wait:
    """Waits with what was read older than it is known to be (R8.15)."""
    return wait(case, stale(case, scene.now))


def _stays(link: Link) -> Hold | None:
    """Gives what is known of an item, and not forgotten while it can't be read."""
    hold = link.hold
    return None if hold is None or hold.standing.why in _UNKNOWN else hold.standing


def read_again(case: Case) -> Case:
    """Gives a case of which both sides are known again: what it waited for before stands.

    What is known of a deletion counts in any case, and its tries go on being counted (R8.10).
    """
    link, hold = case.link, case.link.hold
    if hold is None or hold.over is None or hold.over.why in OF_DELETIONS:
        return case
    if case.is_stale or case.is_over:
        return case
    sides = ((link.booking_id, case.booking), (link.outlook_id, case.outlook))
    if any(name and not isinstance(sight, _SEEN) for name, sight in sides):
        return case
    return replace(case, link=replace(link, hold=hold.over))


def _growing(case: Case, why: Why, now: datetime, *, code: str, of: str) -> Hold:
    hold = case.link.hold
    goes_on = hold is not None and hold.why is why and (not of or hold.of in {"", of})
    tries = (hold.tries if hold is not None and goes_on else 0) + 1
    since = hold.since if hold is not None and goes_on else now
    wait = min(FIRST * 2 ** min(tries - 1, 10), LONGEST)
    return Hold(why=why, since=since, at=now + wait, of=of, tries=tries, code=code)


def to_be_deleted(link: Link, event_id: OutlookItemId) -> Link:
    """Gives the Link of an event of ours that has to go, and that another stands for, or none."""
    intent = Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=link.interval)
    return replace(_of_the_event_alone(link, event_id), intent=intent)


def ended(link: Link, event_id: OutlookItemId, now: datetime, *, code: str = "") -> Link:
    """Remembers an event of ours that is deleted: a late report of it is no Meeting (R6.1).

    Its uid is kept: undone, or told of under another id, it is the same event (R8.10).
    """
    hold = Hold(why=Why.ENDED, since=now, at=now + ENDED_KEPT, code=code)
    return replace(_of_the_event_alone(link, event_id), hold=hold)


def _of_the_event_alone(link: Link, event_id: OutlookItemId) -> Link:
    return Link(
        key=outlook_key(event_id),
        origin=Side.BOOKING,
        kind=link.kind,
        interval=link.interval,
        outlook_id=event_id,
        uid=link.uid,
    )


def is_to_be_gone(case: Case) -> bool:
    """Says whether it is no news that an event is not there."""
    return case.waits_for(Why.ENDED) or case.link.is_leftover


def is_looked_for_twice(link: Link, scene: Scene) -> bool:
    """Says whether a creation in doubt was looked for again, after a wait long enough."""
    hold = link.hold
    is_doubt = hold is not None and hold.why in {Why.STALE, Why.UNREADABLE}
    return is_doubt and hold is not None and hold.at is not None and hold.at <= scene.now


def may_try(case: Case, state: str, scene: Scene) -> bool:
    """Says whether what was refused, or left alone, in this state is tried again (R7.5, R8.6)."""
    hold = case.link.hold
    if hold is None or hold.why not in _UNTIL_ANOTHER_STATE or hold.of != state:
        return True
    return is_due(case, scene)


def has_passed(case: Case, agreed: Interval, sides: tuple[object, ...], scene: Scene) -> bool:
    """Says whether a pair has passed on both sides, as far as they are known (R11.4).

    Of an event that waits, or can't be read, something is open: it may have been moved to come.
    """
    if isinstance(case.outlook, Trouble | Absent) and case.outlook.code:
        return False
    if case.outlook is None and case.waits_for(*_MAY_BE_AHEAD):
        return False
    spans = [side.interval for side in sides if isinstance(side, BookingItem | OutlookItem)]
    return all(scene.policy.window.has_passed(span) for span in (agreed, *spans))


def laid_to_rest(link: Link) -> Note | None:
    """Leaves what has passed as it is, linked for R10.1 (R11.4)."""
    rested = replace(link, intent=None, hold=None)
    return None if rested == link else Note(link=rested, rule="R11.4")
