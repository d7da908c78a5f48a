"""What one run knows: each Link with what was seen of both sides, and under what it is judged.

Only values may live here. A side that was not reported is ``None``: it is as it was when both
sides last agreed. Everything else a run knows about a side is one of the sights below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sync.engine.items import BookingItem, Elsewhere, Gone, OutlookItem, Refusal
from sync.engine.links import Link, Side, Why
from sync.engine.taking_part import Policy
from sync.engine.texts import Product
from sync.people.people import Held, Leaving
from sync.words import CalendarId, ConnectionId, Interval, LinkKey

#: Clocks differ by less; what was changed later than this from now can't be true (R7.6).
_CLOCKS_DIFFER = timedelta(days=1)
#: A new event may be missing from a list, and even from a read, for so long (FACTS 5.6, 10.10).
SETTLING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Something says that it is not there: no proof yet (R8.10).

    ``is_read``: it was asked for by id, and the answer was 404. ``searched`` are the calendars in
    which neither its mark nor its uid was found. ``code`` names what kept a look from being made.
    """

    is_read: bool = False
    searched: frozenset[CalendarId] = frozenset()
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """It could not be read or understood: it waits, its twin stays (R11.8).

    ``wait`` is how many seconds the other side asked for, if it did.
    """

    code: str
    wait: float = 0.0


type BookingSight = BookingItem | Gone | Absent | Trouble | None
type OutlookSight = OutlookItem | Gone | Elsewhere | Absent | Trouble | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One Link and what is known of its sides now.

    Attributes:
        link: As it stands; of an item that no Link names, one that is not stored yet.
        booking: What was seen in the booking product.
        outlook: What was seen in Outlook.
        is_stored: The ledger has this Link.
        is_read: The event was read by itself, not only told of by the feed.
        is_shown: The feed shows the event: a read that says 404 contradicts it (R8.10).
        is_stale: A read was older than our own write (R8.15).
        master: What the master of an occurrence's series answered (R8.17).
        refusal: The other side's no to the newest try, not final yet (R8.16).
        refused_at: How much had been freed by then (``Scene.freed``).
        tries: Writes of this run that met another state than planned.
        is_over: Nothing more is done about it in this run: it waits.
    """

    link: Link
    booking: BookingSight = None
    outlook: OutlookSight = None
    is_stored: bool = True
    is_read: bool = False
    is_shown: bool = False
    is_stale: bool = False
    master: OutlookItem | Gone | Trouble | None = None
    refusal: Refusal | None = None
    refused_at: int = 0
    tries: int = 0
    is_over: bool = False

    def waits_for(self, *whys: Why) -> bool:
        """Says whether the Link is held for one of these reasons."""
        return self.link.hold is not None and self.link.hold.why in whys

    def stands_for(self, *whys: Why) -> bool:
        """Says the same, also while it can't be read for now."""
        return self.link.hold is not None and self.link.hold.standing.why in whys


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All cases of one person, and what they are judged under.

    Attributes:
        policy: Choices, rights and Window.
        product: How the booking product is named.
        connection_id: Part of every mark.
        calendar_id: The synced calendar.
        horizon: The span that the feeds were opened over; what lies outside is met by a later
            full read (R11.4).
        nonce: A new generation, for twins made by this run.
        cancel_after: Between the two looks that prove a deletion (R8.10).
        held_for: How long held cancellations wait for an answer (R11.7).
        cases: By the Link's key.
        leaving: The calendar that the person's items are moved out of, if any are (R5.9).
        others: The person's other own calendars; ``None`` while nobody asked, a ``Trouble`` where
            they can't be listed.
        held: The question that stands (R11.7).
        retry: Something changed since the last sync: what was refused is tried again (R7.5).
        is_resync: A person asked for a full comparison.
        freed: Times that were freed by this run so far (R8.16).
    """

    policy: Policy
    product: Product
    connection_id: ConnectionId
    calendar_id: CalendarId
    horizon: Interval
    nonce: str
    cancel_after: timedelta
    held_for: timedelta
    cases: Mapping[LinkKey, Case] = field(default_factory=dict)
    leaving: Leaving | None = None
    others: tuple[CalendarId, ...] | Trouble | None = None
    held: Held | None = None
    retry: bool = False
    is_resync: bool = False
    freed: int = 0

    @property
    def now(self) -> datetime:
        """Gives the time at which this run judges."""
        return self.policy.window.now


def is_left(case: Case) -> bool:
    """Says whether an event is where the person leaves, and nobody dragged it there (R5.9)."""
    sight = case.outlook
    return isinstance(sight, Elsewhere) and sight.calendar_id == case.link.leaves


def leaving(link: Link, scene: Scene) -> Link:
    """Notes what has to leave a calendar: all of ours made before another one was chosen (R5.9).

    While it is not where it moves to, nobody can tell its deletion from the move.
    """
    move = scene.leaving
    if link.leaves == scene.calendar_id:
        link = replace(link, leaves=None)
    if move is None or link.origin is Side.OUTLOOK or link.has_ended or link.leaves is not None:
        return link
    is_before = link.made is None or link.made <= move.since
    return replace(link, leaves=move.calendar_id) if is_before else link


def at_left(case: Case) -> OutlookItem | None:
    """Gives an event as it was read where the person leaves (R5.9); ``None`` where it was not."""
    return as_read(case.outlook) if is_left(case) else None


def as_read(sight: OutlookSight) -> OutlookItem | None:
    """Gives an event as it was read, in whichever calendar of the person's."""
    if isinstance(sight, Elsewhere):
        return sight.event
    return sight if isinstance(sight, OutlookItem) else None


def is_due(case: Case, scene: Scene) -> bool:
    """Says whether what a Link waits for is to be looked at again now."""
    hold = case.link.hold
    if hold is None:
        return False
    if hold.at is not None and hold.at <= scene.now:
        return True
    match hold.why:
        case Why.TAKEN:
            return scene.retry or scene.is_resync
        case Why.REFUSED | Why.UNREADABLE:
            return scene.is_resync
        case Why.HELD:
            return scene.held is None or is_answered(scene.held, scene)
        case _:
            return False


def is_answered(held: Held, scene: Scene) -> bool:
    """Says whether a question about cancellations is over: answered, or out of time (R11.7)."""
    return held.answer is not None or scene.now >= held.since + scene.held_for


def is_settling(link: Link, now: datetime) -> bool:
    """Says whether an event is too young for its absence to prove anything (R8.10)."""
    return link.made is not None and now - link.made < SETTLING


def is_expected(link: Link, scene: Scene) -> bool:
    """Says whether what a Link names is asked for where a full read did not show it.

    Also beyond the horizon, where no feed tells of its end: few were moved there (R8.10).
    """
    spans = [link.interval]
    if link.base is not None:
        spans += [link.base.booking.interval, link.base.outlook.interval]
    return any(not scene.policy.window.has_passed(span) for span in spans)


def is_covered(link: Link, covered_since: datetime | None) -> bool:
    """Says whether the feed tells of the end of what a Link names (Graph: event delta).

    It need not tell of what was made after the round began whose end the cursor marks.
    """
    return covered_since is None or link.made is None or link.made < covered_since - SETTLING


def believed[T](seen: T, now: datetime) -> T:
    """Gives an item or event without a time of change that is still to come (R7.6).

    All that is read of it later would be older than that, and no news (R8.15).
    """
    if not isinstance(seen, BookingItem | OutlookItem) or seen.modified is None:
        return seen
    return replace(seen, modified=None) if seen.modified > now + _CLOCKS_DIFFER else seen
