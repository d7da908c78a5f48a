"""The Link: that an item on one side stands for an item on the other, and what both were at last.

Only values may live here. A Link holds ids, times and fingerprints, never a text of a calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sync.engine.items import BookingItem, OutlookItem
from sync.engine.window import Window
from sync.words import BookingItemId, CalendarId, Interval, LinkKey, OutlookItemId

#: Versions of a side that are remembered as replaced: two writes in a second are seen now and then.
OLDER_KEPT = 4


class Side(StrEnum):
    """One of the two calendars (contract: Verdict.side)."""

    BOOKING = "booking"
    OUTLOOK = "outlook"

    @property
    def other(self) -> "Side":
        """Gives the side across."""
        return Side.OUTLOOK if self is Side.BOOKING else Side.BOOKING


class Kind(StrEnum):
    """What is linked: an Appointment needs the most proof before it goes (R8.10)."""

    APPOINTMENT = "appointment"
    RESERVE = "reserve"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A side as it last gave itself back when both agreed (R8.14).

    ``version`` is the booking product's version or Graph's etag; ``older`` are versions that this
    one has replaced, newest last: a read that shows one of them is no news (R8.15). ``modified`` is
    ``None`` where that side can't say.
    """

    version: str
    interval: Interval
    modified: datetime | None = None
    older: tuple[str, ...] = ()

    def follows(self, before: "Known") -> "Known":
        """Gives this version with all that it has replaced, the newest few."""
        if self.version == before.version:
            if (self.interval, self.modified) == (before.interval, before.modified):
                return before
            return replace(self, older=before.older)
        older = tuple(each for each in before.older if each != self.version)
        return replace(self, older=(*older, before.version)[-OLDER_KEPT:])

    def after(self, version: str | None) -> "Known":
        """Gives this as what has replaced a version that was read, and was never agreed on."""
        if not version or version in {self.version, *self.older}:
            return self
        return replace(self, older=(*self.older, version)[-OLDER_KEPT:])

    def is_newer_than(self, version: str, modified: datetime | None) -> bool:
        """Says whether what a read shows was before this (R8.15): by when, else by its version.

        A version may come again: one that tells what an item is, of what it is once more.
        """
        if version == self.version:
            return False
        if modified is not None and self.modified is not None and modified != self.modified:
            return modified < self.modified
        return version in self.older


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What both sides were when they last agreed, each in its own words.

    ``interval`` is the time that the twin was last asked to show, ``text`` the fingerprint of the
    text last written to it: empty while nobody knows what stands there (R11.5).
    """

    booking: Known
    outlook: Known
    interval: Interval
    text: str


class Op(StrEnum):
    """What one call does to one side."""

    CREATE = "create"
    WRITE = "write"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that is about to be made, or was, and nobody knows how it ended (R11.5).

    ``interval`` and ``text`` are what is wanted; an empty ``text`` is: the text stays as it is.
    ``version`` is that of the origin's item from which it was decided, ``older`` those that it has
    replaced: while a twin is made anew there is no base that knows them (R8.15).
    """

    op: Op
    side: Side
    interval: Interval
    text: str = ""
    version: str = ""
    older: tuple[str, ...] = ()


class Why(StrEnum):
    """Why a Link waits.

    TAKEN: the Reserve was refused because the time is taken (R7.5).
    REFUSED: the other side refuses it for another reason; tried again with growing distance.
    UNREADABLE: it can't be read or understood (R11.8); asked for with growing distance.
    UNPROVEN: its event can't be found; to be looked for once more (R8.10).
    STALE: a read was older than our own write (R8.15); to be looked at again.
    WAITS: a move into a time whose cancellation waits for its second look (R8.16).
    HELD: its cancellation waits for the person's answer (R11.7).
    LEFT_ALONE: the Reserve was deleted in the booking product (R8.6).
    BEYOND: it lies beyond the Window (R11.4).
    PUT_BACK: a move will not stand and that is told: what was moved goes back (R8.1, R8.5).
    ENDED: the event was ours and is deleted; a late report of it is no Meeting (R6.1).
    """

    TAKEN = "taken"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    UNPROVEN = "unproven"
    STALE = "stale"
    WAITS = "waits"
    HELD = "held"
    LEFT_ALONE = "left_alone"
    BEYOND = "beyond"
    PUT_BACK = "put_back"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a Link waits, of which state, since when, and when it is looked at again.

    ``of`` is the state that the hold is about; another state ends it. Which one depends on ``why``:
    of TAKEN and LEFT_ALONE what the Meeting says and when (``meeting_state``); of REFUSED that or
    the item's version; of PUT_BACK what the person tried (``try_state``); else empty. ``at`` is
    ``None`` where only a change or a person ends it. ``code`` is the machine's word of a refusal or
    trouble, for the page's sentence. ``over`` is what it waited for before it could not be read, or
    was read too old: that is not forgotten, and stands again once both sides are known (R8.6,
    R8.15, R11.7).
    """

    why: Why
    since: datetime
    at: datetime | None = None
    of: str = ""
    tries: int = 0
    code: str = ""
    over: "Hold | None" = None

    @property
    def standing(self) -> "Hold":
        """Gives what is known of the item, whatever can't be read of it for now."""
        return self if self.over is None else self.over


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One item of one side, its twin on the other, and how they stand.

    Attributes:
        key: Its name in the ledger, and part of the mark.
        origin: The side on which it was born.
        kind: What it is.
        interval: Where the origin's item was when last seen (its twin, while moved alone).
        booking_id: The item of the booking product; ``None`` while there is none.
        outlook_id: Where the event was last; it may change (R8.10).
        uid: Its ``iCalUId``: with the mark what an event of ours is known by.
        series: The id of its series, where it is an occurrence.
        generation: New each time the twin is made anew: keeps creation keys and marks apart.
        made: When the event was first seen or made, or its Reserve: no feed opened before tells of
            its end, and no read yet has to show it (R8.10, R8.15).
        base: ``None`` until both sides have agreed once.
        intent: A call whose end is not recorded.
        hold: Why it waits.
        told: Fingerprint of the state of which the person was last told: once for each (R7.5).
        leaves: The calendar that its event is still to be moved out of (R5.9), ``None`` if none.
    """

    key: LinkKey
    origin: Side
    kind: Kind
    interval: Interval
    booking_id: BookingItemId | None = None
    outlook_id: OutlookItemId | None = None
    uid: str | None = None
    series: OutlookItemId | None = None
    generation: str = ""
    made: datetime | None = None
    base: Base | None = None
    intent: Intent | None = None
    hold: Hold | None = None
    told: str = ""
    leaves: CalendarId | None = None

    @property
    def has_ended(self) -> bool:
        """Says whether it only remembers an event of ours that is deleted (R6.1)."""
        return self.hold is not None and self.hold.why is Why.ENDED

    @property
    def is_leftover(self) -> bool:
        """Says whether it is only about an event of ours that has to go (R8.9, R8.12)."""
        intent = self.intent
        return self.booking_id is None and intent is not None and intent.op is Op.DELETE


def known_item(item: BookingItem, before: Base | None) -> Known:
    """Gives the booking side as it gave itself back."""
    known = Known(version=item.version, interval=item.interval, modified=item.modified)
    return known if before is None else known.follows(before.booking)


def known_event(event: OutlookItem, before: Base | None) -> Known:
    """Gives the Outlook side as it gave itself back."""
    known = Known(version=event.etag, interval=event.interval, modified=event.modified)
    return known if before is None else known.follows(before.outlook)


def given_back(base: Base, item: BookingItem | None, event: OutlookItem | None) -> Base:
    """Gives what was agreed on as both sides now give it back; the same where nothing differs."""
    booking = base.booking if item is None else known_item(item, base)
    outlook = base.outlook if event is None else known_event(event, base)
    if booking is base.booking and outlook is base.outlook:
        return base
    return replace(base, booking=booking, outlook=outlook)


def replaced(link: Link, version: str) -> tuple[str, ...]:
    """Gives the versions of the origin's item that one has replaced, the newest few (R8.15)."""
    if link.base is None:
        return () if link.intent is None else link.intent.older
    known = link.base.booking if link.origin is Side.BOOKING else link.base.outlook
    return replace(known, version=version).follows(known).older


def booking_key(item_id: BookingItemId) -> LinkKey:
    """Gives the key of the Link that an item born in the booking product has."""
    return LinkKey(f"b-{item_id}")


def outlook_key(item_id: OutlookItemId) -> LinkKey:
    """Gives the key of the Link that a Meeting has: Graph ids hold characters no table key may."""
    return LinkKey(f"o-{sha256(item_id.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}")


def link_of_item(item_id: BookingItemId, interval: Interval) -> Link:
    """Gives the Link of an item that none names yet."""
    return Link(
        key=booking_key(item_id),
        origin=Side.BOOKING,
        # What is said of the item comes with it (``merge.with_item``).
        kind=Kind.APPOINTMENT,
        interval=interval,
        booking_id=item_id,
    )


def may_have_twin(link: Link) -> bool:
    """Says whether something of ours may exist on the other side, known or not."""
    if link.has_ended:
        return False
    if link.intent is not None and link.intent.op is Op.CREATE:
        return True
    return bool(link.outlook_id if link.origin is Side.BOOKING else link.booking_id)


def is_begun(link: Link, side: Side) -> bool:
    """Says whether a creation on a side may have taken effect without a record (R11.5)."""
    return link.intent is not None and link.intent.op is Op.CREATE and link.intent.side is side


def begun_over(link: Link) -> Interval:
    """Gives the span in which what a creation began may lie: it may have moved since (R11.5)."""
    spans = [link.interval] if link.intent is None else [link.interval, link.intent.interval]
    return Interval(min(span.start for span in spans), max(span.end for span in spans))


def removal_counts(links: Iterable[Link], window: Window | None = None) -> tuple[int, int]:
    """Counts the events and the Reserves that Links stand for; with a Window, of what lies ahead.

    Source: R5.9, R10.1.
    """
    here = [link for link in links if window is None or not window.has_passed(link.interval)]
    events = sum(
        link.origin is Side.BOOKING and bool(link.outlook_id) and not link.has_ended
        for link in here
    )
    reserves = sum(link.origin is Side.OUTLOOK and bool(link.booking_id) for link in here)
    return events, reserves
