"""What a feed leaves open is asked for by itself: absence is proven here and nowhere else (R8.10).

That is: whatever a feed calls removed, what a series is re-sent without, what a full read doesn't
show, what was never reported since it was made, and what was being made when something broke.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sync.domain import outlook_born
from sync.domain.marks import event_mark, reserve_ref
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    Elsewhere,
    Gone,
    Interval,
    Link,
    LinkKey,
    LinkState,
    Origin,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
)
from sync.domain.rules import booking_reason, outlook_reason
from sync.domain.snapshot import MAX_TRIES
from sync.ports import (
    BookingChanges,
    BookingGateway,
    BookingListing,
    CalendarGateway,
    OutlookRound,
)
from sync.service.policies import Reading

#: A new event may be missing from a list, and even from a read, for so long (FACTS 5.6, 10.10).
SETTLING = timedelta(seconds=30)
#: No feed lags for so long.
_REPORTED_BY = timedelta(hours=1)
#: A feed may report what was before a write that is younger than this.
_LAG = timedelta(minutes=5)


@dataclass(slots=True, kw_only=True)
class Sides:
    """What is known so far while a Snapshot is being put together."""

    booking: dict[BookingItemId, BookingItem | Gone] = field(default_factory=dict)
    outlook: dict[OutlookItemId, OutlookItem | Gone | Elsewhere] = field(default_factory=dict)
    found: dict[LinkKey, OutlookItem | Elsewhere | BookingItem] = field(default_factory=dict)
    changed: bool = False
    look_again: bool = False


class Asking:
    """Takes what the feeds report, and asks for what they leave open."""

    def __init__(
        self,
        *,
        reading: Reading,
        booking: BookingGateway,
        outlook: CalendarGateway,
        links: tuple[Link, ...],
    ) -> None:
        self.sides = Sides()
        self._reading = reading
        self._booking = booking
        self._outlook = outlook
        self._links = links
        self._by_booking = {link.booking_id: link for link in links if link.booking_id}
        self._by_outlook = {
            link.outlook_id: link
            for link in links
            if link.outlook_id and link.state is not LinkState.ENDED
        }

    async def take_booking(self, booked: BookingListing | BookingChanges) -> None:
        """Takes reported items; those that the feed calls deleted are asked for if linked."""
        is_feed = isinstance(booked, BookingChanges)
        for item in booked.items:
            self.sides.booking[item.id] = item
            # Our own writes count too: who made one may have died before trying what it frees.
            self.sides.changed |= is_feed
        if isinstance(booked, BookingChanges):
            for item_id in sorted(booked.deleted):
                self.sides.changed = True
                if item_id in self._by_booking:
                    await self._ask_booking(item_id)

    async def take_outlook(self, feed: OutlookRound, anchored: Interval) -> None:
        """Takes reported items; removals, and what a series was re-sent without, are proven."""
        for item in feed.items:
            link = self._by_outlook.get(item.id)
            if link is None:
                self.sides.outlook[item.id] = item
                if outlook_reason(item, self._reading.policy) is None and not self._is_ended(item):
                    self.sides.changed = True
            elif self._is_doubtful(link, item):
                self.sides.changed = True
                await self._prove(link)
            else:
                self.sides.changed |= link.state is LinkState.LINKED and self._differs(link, item)
                self.sides.outlook[item.id] = item
        missing = {
            link.outlook_id
            for link in self._by_outlook.values()
            if link.interval.overlaps(anchored)
            # A series that is gone is told of by its master alone.
            and (link.series_id in feed.removed or _is_missing(link, feed.series))
        }
        for item_id in sorted(feed.removed | {item_id for item_id in missing if item_id}):
            link = self._by_outlook.get(item_id)
            if link is not None:
                self.sides.changed = True
                await self._prove(link)

    async def take_absent(self) -> None:
        """Asks for every linked item that a full read did not show, unless it has passed."""
        window = self._reading.policy.window
        for link in self._links:
            if link.state is LinkState.ENDED or window.has_passed(link.interval):
                continue
            if link.booking_id is not None and link.booking_id not in self.sides.booking:
                await self._ask_booking(link.booking_id)
            if link.outlook_id is None or link.outlook_id in self.sides.outlook:
                continue
            # One that the feed has reported before is there to be asked for; the new cursor will
            # not tell of its deletion again.
            if not (link.unseen and self._is_settling(link)):
                await self._prove(link)

    async def take_unseen(self) -> None:
        """Asks for what no saved cursor covers: the feed would not tell of its deletion."""
        for link in self._links:
            if not link.unseen or link.outlook_id is None or link.outlook_id in self.sides.outlook:
                continue
            if not self._is_settling(link):
                await self._prove(link)

    def beyond_and_there(self, anchored: Interval) -> frozenset[OutlookItemId]:
        """Names events that were asked for and lie where the feed reports removals only."""
        now = self._reading.policy.window.now
        return frozenset(
            link.outlook_id
            for link in self._links
            if link.unseen
            and link.outlook_id is not None
            and isinstance(self.sides.outlook.get(link.outlook_id), OutlookItem)
            and not link.interval.overlaps(anchored)
            and link.seen_at is not None
            and now - link.seen_at > _REPORTED_BY
        )

    async def take_doubtful(self, doubtful: frozenset[LinkKey]) -> None:
        """Asks for both sides of Links whose last action met another state."""
        for link in self._links:
            if link.key in doubtful:
                if link.booking_id is not None:
                    await self._ask_booking(link.booking_id)
                await self._prove(link)

    async def take_unfinished(self, *, retry: bool) -> None:
        """Asks for what Links without a twin need to be decided again."""
        window = self._reading.policy.window
        for link in self._links:
            match link.state:
                case LinkState.CREATING:
                    await self._ask_both(link)
                    await self._find_twin(link)
                case LinkState.UPCOMING if not window.is_beyond(link.interval):
                    await self._ask_both(link)
                case LinkState.WAITING if retry:
                    await self._ask_both(link)
                case LinkState.PARKED | LinkState.LINKED if link.reason is not None and retry:
                    if link.tries < MAX_TRIES or self._reading.is_resync:
                        await self._ask_both(link)

    async def take_counterparts(self) -> None:
        """Asks for the other side where the decision about a change needs it whole."""
        for link in self._links:
            if link.state is not LinkState.LINKED or link.booking_id is None:
                continue
            if link.origin is Origin.BOOKING:
                if link.outlook_id not in self.sides.outlook and self._has_ended(link):
                    # Dragged away before the feed tells, it has another id (R8.12).
                    await self._prove(link)
                event = self.sides.outlook.get(link.outlook_id) if link.outlook_id else None
                remade = isinstance(event, Gone | Elsewhere) or (
                    isinstance(event, OutlookItem) and event.kind is not OutlookKind.SINGLE
                )
                if remade and link.booking_id not in self.sides.booking:
                    await self._ask_booking(link.booking_id)
            else:
                reserve = self.sides.booking.get(link.booking_id)
                moved = isinstance(reserve, BookingItem) and reserve.interval != link.interval
                if moved and link.outlook_id not in self.sides.outlook:
                    await self._prove(link)

    def _has_ended(self, link: Link) -> bool:
        """Says whether the item of an event is gone or takes no part any more."""
        item = self.sides.booking.get(link.booking_id) if link.booking_id else None
        return isinstance(item, Gone) or (
            item is not None and booking_reason(item, self._reading.policy) is not None
        )

    async def _ask_both(self, link: Link) -> None:
        if link.booking_id is not None and link.booking_id not in self.sides.booking:
            await self._ask_booking(link.booking_id)
        if link.outlook_id is not None and link.outlook_id not in self.sides.outlook:
            await self._prove(link)

    async def _ask_booking(self, item_id: BookingItemId) -> None:
        item = await self._booking.item(self._reading.person, item_id)
        self.sides.booking[item_id] = Gone() if item is None else item

    async def _prove(self, link: Link) -> None:
        """Asks for an event itself; where it is not, looks whether it was dragged (R8.12)."""
        if link.outlook_id is None:
            return
        calendar_id = self._reading.calendar_id
        event = await self._outlook.get_event(calendar_id, link.outlook_id)
        side: OutlookItem | Gone | Elsewhere = Gone() if event is None else event
        if event is None and link.origin is Origin.BOOKING:
            mark = event_mark(self._reading.connection_id, link)
            side = await self._outlook.find_elsewhere(calendar_id, mark) or side
        self.sides.outlook[link.outlook_id] = side

    async def _find_twin(self, link: Link) -> None:
        if not link.generation:
            return
        connection_id = self._reading.connection_id
        if link.origin is Origin.BOOKING:
            mark, calendar_id = event_mark(connection_id, link), self._reading.calendar_id
            event = await self._outlook.find_by_mark(calendar_id, mark)
            # The person may have dragged it away before anybody recorded it (R8.12).
            twin = event or await self._outlook.find_elsewhere(calendar_id, mark)
            if twin is not None:
                self.sides.found[link.key] = twin
            return
        ref = reserve_ref(connection_id, link)
        reserve = _with_ref(self.sides.booking.values(), ref)
        if reserve is None:
            listing = await self._booking.items(self._reading.person, link.interval)
            reserve = _with_ref(listing.items, ref)
        if reserve is not None:
            self.sides.found[link.key] = reserve

    def _differs(self, link: Link, item: OutlookItem) -> bool:
        """Says whether a report could lead to a write; a new etag alone never does."""
        if (
            item.interval != link.interval
            or item.is_all_day
            or item.kind is OutlookKind.MASTER
            or item.problem is not None
        ):
            return True
        if link.origin is Origin.BOOKING:
            return item.kind is not OutlookKind.SINGLE
        return outlook_born.has_changed(link, item, self._reading.policy) or (
            outlook_reason(item, self._reading.policy) is not None
        )

    def _is_doubtful(self, link: Link, item: OutlookItem) -> bool:
        """Says whether a report has to be confirmed by a read before anything follows from it.

        A feed lags behind recent writes (Graph: delta query overview), so it may show a pair as it
        was before our own. What would move or delete an Appointment or a Reserve is always read.
        """
        if link.state is not LinkState.LINKED or not self._differs(link, item):
            return False
        if link.origin is Origin.BOOKING:
            return True
        now = self._reading.policy.window.now
        is_recent = link.seen_at is not None and now - link.seen_at < _LAG
        return is_recent or outlook_reason(item, self._reading.policy) is not None

    def _is_settling(self, link: Link) -> bool:
        """Says whether an event is too young for its absence to prove anything."""
        now = self._reading.policy.window.now
        is_young = link.seen_at is not None and now - link.seen_at < SETTLING
        self.sides.look_again |= is_young
        return is_young

    def _is_ended(self, item: OutlookItem) -> bool:
        return any(
            link.state is LinkState.ENDED and link.outlook_id == item.id for link in self._links
        )


def _with_ref(items: Iterable[BookingItem | Gone], ref: str) -> BookingItem | None:
    for item in items:
        if isinstance(item, BookingItem) and item.external_ref == ref:
            return item
    return None


def _is_missing(link: Link, series: Mapping[OutlookItemId, frozenset[OutlookItemId]]) -> bool:
    """Says whether the series of an occurrence was re-sent without it."""
    if link.series_id is None or link.series_id not in series:
        return False
    return link.outlook_id not in series[link.series_id]
