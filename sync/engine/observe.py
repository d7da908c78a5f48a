"""Step 1, observe: both change feeds, side by side, or both calendars in full."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sync.engine.blame import of_side
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.links import Side
from sync.engine.window import Window
from sync.errors import CalendarLost, ResyncRequired, SyncError, Unavailable, Unreadable
from sync.people.people import Leaving
from sync.ports import (
    BookingChanges,
    BookingGateway,
    BookingListing,
    CalendarGateway,
    Cursors,
    OutlookRound,
)
from sync.words import CalendarId, Interval, OutlookItemId, PersonKey

#: The change feeds are opened this much beyond the Window, so that it can roll on without being
#: read in full each day (docs/adr/0004-rolling-window.md).
SLACK = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What both sides told, over which span, and where their feeds go on."""

    booking: BookingRead
    outlook: OutlookRead
    cursors: Cursors
    is_full: bool


def is_anchor_old(person: PersonKey, cursors: Cursors, window: Window) -> bool:
    """Says whether the feeds have to be opened anew before the Window outgrows them (R11.4).

    The day is spread over people by their key, between one and eight days ahead of need.
    """
    spread = int(sha256(str(person).encode()).hexdigest()[:4], 16) / 0xFFFF
    margin = timedelta(days=1) + timedelta(days=7) * spread
    return cursors.anchored.end - window.interval.end < margin


class Observer:
    """Reads one person's two calendars.

    Args:
        person: Whose.
        calendar_id: The synced calendar.
        booking: The booking product.
        outlook: The person's Outlook.
    """

    def __init__(
        self,
        *,
        person: PersonKey,
        calendar_id: CalendarId,
        booking: BookingGateway,
        outlook: CalendarGateway,
    ) -> None:
        self._person = person
        self._calendar_id = calendar_id
        self._booking = booking
        self._outlook = outlook

    async def changes(self, cursors: Cursors, now: datetime) -> Observed | None:
        """Reads what changed; ``None`` where a cursor is not accepted any more: read in full.

        Raises:
            CalendarLost, MailboxLost, AuthorizationLost, TransientError, Unreadable: From Outlook.
            Gone: The booking product has no such Staff Member.
        """
        if cursors.outlook is None:
            return None
        try:
            booked, feed = await _both(
                self._booking.changes(self._person, cursors.booking),
                self._outlook.read_changes(self._calendar_id, cursors.outlook),
            )
        except ResyncRequired:
            return None
        # A feed that gives the same cursor again has covered nothing since.
        is_on = feed.cursor != cursors.outlook
        read_at = now if is_on else cursors.read_at
        return _observed(booked, feed, cursors.anchored, read_at, late=None)

    async def also(self, observed: Observed, wanted: frozenset[OutlookItemId]) -> Observed:
        """Adds what the calendar shows of events that the feed need not tell of (R8.10).

        Where it can't be read, they are asked for by themselves.
        """
        span = observed.cursors.anchored
        try:
            view = await self._outlook.read_all(self._calendar_id, span, plain=True)
        except SyncError:
            return observed
        feed = observed.outlook
        told = {event.id for event in feed.items} | feed.removed
        more = [event for event in view.items if event.id in wanted - told]
        return replace(observed, outlook=replace(feed, items=(*feed.items, *more)))

    async def everything(
        self,
        window: Window,
        cursors: Cursors | None,
        *,
        plain: bool,
        leaving: Leaving | None,
    ) -> Observed:
        """Reads both calendars in full and opens both feeds anew.

        What the old feeds still have to tell is heard first: a listing shows nothing outside its
        span, and a pair that has passed is asked for by nobody (R8.1, R8.4).

        Args:
            window: The Window; the feeds are opened a little beyond it.
            cursors: The ones before, if there are any.
            plain: Reading has failed time and again: Outlook's plain view is read at once, and the
                booking product's old feed is not insisted on.
            leaving: The calendar that the person leaves; its feed is heard once more (R5.9).
        """
        told = await self._told_last(leaving, cursors, or_never=plain)
        horizon = Interval(window.now, window.interval.end + SLACK)
        # Of a feed that could give no cursor the last time, nothing is waited for again.
        is_shy = cursors is not None and cursors.outlook is None
        late, feed = await _both(
            self._late(cursors, or_never=plain), self._view(horizon, plain=plain, or_plain=is_shy)
        )
        booked = await of_side(Side.BOOKING, self._booking.items(self._person, horizon))
        observed = _observed(booked, feed, horizon, window.now, late=late)
        return replace(observed, outlook=replace(observed.outlook, late=told))

    async def _told_last(
        self, leaving: Leaving | None, cursors: Cursors | None, *, or_never: bool
    ) -> frozenset[OutlookItemId]:
        """Gives what the old feed tells of: it is that of the calendar that is left, before."""
        if cursors is None or cursors.outlook is None:
            return frozenset()
        is_left = leaving is not None and cursors.read_at <= leaving.since
        calendar_id = leaving.calendar_id if leaving and is_left else self._calendar_id
        try:
            feed = await of_side(
                Side.OUTLOOK, self._outlook.read_changes(calendar_id, cursors.outlook)
            )
        except (ResyncRequired, CalendarLost, Unreadable):
            return frozenset()
        except Exception:
            # Also what nobody foresaw: time and again in vain, it is not insisted on (R11.8).
            if not or_never:
                raise
            return frozenset()
        return frozenset(event.id for event in feed.items) | feed.removed

    async def _view(self, horizon: Interval, *, plain: bool, or_plain: bool) -> OutlookRound:
        try:
            return await self._outlook.read_all(self._calendar_id, horizon, plain=plain)
        except Unavailable:
            if plain or not or_plain:
                raise
        return await self._outlook.read_all(self._calendar_id, horizon, plain=True)

    async def _late(self, cursors: Cursors | None, *, or_never: bool) -> BookingChanges | None:
        if cursors is None:
            return None
        try:
            return await self._booking.changes(self._person, cursors.booking)
        except ResyncRequired:
            return None
        except SyncError:
            # Where it fails time and again the listing alone has to do (R11.8).
            if not or_never:
                raise
            return None


def _observed(
    booked: BookingListing | BookingChanges,
    feed: OutlookRound,
    horizon: Interval,
    now: datetime,
    *,
    late: BookingChanges | None,
) -> Observed:
    is_full = isinstance(booked, BookingListing)
    before = () if late is None else late.items
    listed = {item.id for item in booked.items}
    deleted = booked.deleted if isinstance(booked, BookingChanges) else frozenset()
    if late is not None:
        # Told of, and not listed a moment later where it should be: it went in between, and the
        # listing's cursor has passed that (R11.5).
        in_span = {item.id for item in before if item.interval.overlaps(horizon)}
        deleted |= (late.deleted | (in_span - booked.unreadable)) - listed
    return Observed(
        booking=BookingRead(
            items=(
                *(item for item in before if item.id not in listed | deleted),
                *booked.items,
            ),
            deleted=deleted,
            unreadable=booked.unreadable,
            is_full=is_full,
        ),
        outlook=OutlookRead(
            items=feed.items, removed=feed.removed, series=feed.series, is_full=is_full
        ),
        cursors=Cursors(outlook=feed.cursor, booking=booked.cursor, anchored=horizon, read_at=now),
        is_full=is_full,
    )


async def _both[A, B](booking: Awaitable[A], outlook: Awaitable[B]) -> tuple[A, B]:
    """Waits for both; if one fails the other is ended, and the first failure is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            one = group.create_task(of_side(Side.BOOKING, booking))
            other = group.create_task(of_side(Side.OUTLOOK, outlook))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return one.result(), other.result()
