"""Step 3, load: both sides and the Links become one Snapshot.

By the change feeds, or in full. What they leave open is asked for item by item in ``proof.py``.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sync.domain.model import (
    Interval,
    LinkKey,
    OutlookItemId,
    PersonKey,
)
from sync.domain.rules import Policy
from sync.domain.snapshot import Snapshot
from sync.errors import ResyncRequired
from sync.ports import (
    BookingChanges,
    BookingGateway,
    BookingListing,
    CalendarGateway,
    Cursors,
    IdFactory,
    Ledger,
)
from sync.service.policies import Reading
from sync.service.proof import Asking

#: The change feeds are opened this much beyond the Window, so that it can roll on without being
#: read in full each day (docs/adr/0004-rolling-window.md).
SLACK = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A Snapshot, and the cursors to save once all that follows from it is done.

    ``look_again`` asks for another sync soon: something was made too recently to be judged.
    ``covered`` are events whose deletion the feed will tell of, from these cursors on.
    """

    snapshot: Snapshot
    cursors: Cursors | None
    is_full: bool
    look_again: bool
    covered: frozenset[OutlookItemId]


def is_anchor_old(person: PersonKey, cursors: Cursors, policy: Policy) -> bool:
    """Says whether the feeds have to be opened anew before the Window outgrows them (R11.4).

    The day is spread over people by their key, between one and eight days ahead of need.
    """
    spread = int(sha256(str(person).encode()).hexdigest()[:4], 16) / 0xFFFF
    margin = timedelta(days=1) + timedelta(days=7) * spread
    return cursors.anchored.end - policy.window.interval.end < margin


class Loader:
    """Reads one person's two calendars, as often as a run needs it.

    Args:
        reading: Whose and under what choices.
        booking: The booking product.
        outlook: The person's Outlook.
        ids: Gives the generation of twins to be made.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        booking: BookingGateway,
        outlook: CalendarGateway,
        ids: IdFactory,
    ) -> None:
        self._reading = reading
        self._booking = booking
        self._outlook = outlook
        self._ids = ids

    async def load(
        self, ledger: Ledger, *, in_full: bool, doubtful: frozenset[LinkKey] = frozenset()
    ) -> Loaded:
        """Reads both sides into a Snapshot.

        Args:
            ledger: Links and cursors as far as this run has come.
            in_full: Read everything and open both feeds anew.
            doubtful: Links whose last action met another state: both sides are asked for.

        Raises:
            CalendarLost, MailboxLost, AuthorizationLost, TransientError: From the gateways.
            Gone: The booking product has no such Staff Member.
        """
        reading, cursors = self._reading, ledger.cursors
        booked: BookingListing | BookingChanges
        late: BookingChanges | None = None
        if not in_full and cursors is not None:
            try:
                booked = await self._booking.changes(reading.person, cursors.booking)
                feed = await self._outlook.read_changes(reading.calendar_id, cursors.outlook)
            except ResyncRequired:
                in_full = True
            else:
                anchored = cursors.anchored
        if in_full or cursors is None:
            in_full = True
            window = reading.policy.window
            anchored = Interval(window.now, window.interval.end + SLACK)
            late = await self._last_changes(cursors)
            booked = await self._booking.items(reading.person, anchored)
            feed = await self._outlook.read_all(reading.calendar_id, anchored)

        asking = Asking(
            reading=reading, booking=self._booking, outlook=self._outlook, links=ledger.links
        )
        if late is not None:
            await asking.take_booking(late)
        await asking.take_booking(booked)
        await asking.take_outlook(feed, anchored)
        if in_full:
            await asking.take_absent()
        await asking.take_unseen()
        await asking.take_doubtful(doubtful)
        sides = asking.sides
        # A full read stands for all the changes that no feed told of (R7.5).
        retry = sides.changed or in_full or reading.is_resync
        await asking.take_unfinished(retry=retry)
        await asking.take_counterparts()
        return Loaded(
            snapshot=Snapshot(
                policy=reading.policy,
                product=reading.product,
                nonce=self._ids.new(),
                links=ledger.links,
                booking=sides.booking,
                outlook=sides.outlook,
                horizon=anchored,
                found=sides.found,
                retry=retry,
                is_resync=reading.is_resync,
            ),
            cursors=None
            if feed.cursor is None
            else Cursors(outlook=feed.cursor, booking=booked.cursor, anchored=anchored),
            is_full=in_full,
            look_again=sides.look_again,
            covered=frozenset(item.id for item in feed.items) | asking.beyond_and_there(anchored),
        )

    async def _last_changes(self, cursors: Cursors | None) -> BookingChanges | None:
        """Reads what the old feed still has to tell: a listing shows nothing outside its span.

        A pair that has passed is asked for by nobody, so a Reserve of it that the office moved far
        ahead is met here or never (R8.4).
        """
        if cursors is None:
            return None
        try:
            return await self._booking.changes(self._reading.person, cursors.booking)
        except ResyncRequired:
            return None
