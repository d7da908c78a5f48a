"""What Start Sync would do, from the real calendars and without a write (R5.6).

The same reading and the same plan as a sync's; only nothing is applied.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sync.engine.difference import Change, difference
from sync.engine.items import OutlookItem
from sync.engine.merge import merge
from sync.engine.observe import Observer
from sync.engine.reading import Reading, SyncConfig, policy_of
from sync.engine.reasons import SkipReason, explain
from sync.people.connection_states import is_synced
from sync.people.not_allowed import (
    already_syncing,
    require_account,
    require_active,
    unknown_calendar,
    while_reading,
)
from sync.people.people import SyncSettings
from sync.ports import (
    BookingGateway,
    CalendarGateways,
    Clock,
    ConnectionRepository,
    IdFactory,
    LocationRepository,
)
from sync.words import ConnectionId, PersonKey

#: Items named on each side (contract: PreviewSide).
NAMED = 20
#: Reasons that are no news to anybody: the master behind occurrences, what lies outside.
_UNSAID = {SkipReason.SERIES_MASTER, SkipReason.PAST, SkipReason.BEYOND_WINDOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewItem:
    """An item that would be made, with the title that it would have."""

    title: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSide:
    """How many items would be made on a side, and the first of them by start."""

    count: int
    first: tuple[PreviewItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """How many Meetings one reason would leave out."""

    rule: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What Start Sync would do (contract: Preview)."""

    to_outlook: PreviewSide
    to_booking: PreviewSide
    left_out: tuple[LeftOut, ...]


class Previewer:
    """Plans a first sync that never runs.

    Args:
        booking: The booking product.
        calendars: The person's Outlook.
        connections: Who is signed in.
        locations: Where the plugin is enabled.
        ids: Generations, which go nowhere.
        clock: Now.
        config: What the settings say.
    """

    def __init__(
        self,
        *,
        booking: BookingGateway,
        calendars: CalendarGateways,
        connections: ConnectionRepository,
        locations: LocationRepository,
        ids: IdFactory,
        clock: Clock,
        config: SyncConfig,
    ) -> None:
        self._booking = booking
        self._calendars = calendars
        self._connections = connections
        self._locations = locations
        self._ids = ids
        self._clock = clock
        self._config = config

    async def preview(self, person: PersonKey, settings: SyncSettings) -> Preview:
        """Reads both calendars and says what a first sync would make and leave out.

        Raises:
            Rejected: 409 ``not_active``, ``not_authorized``, ``reconnect_needed``,
                ``already_syncing`` or ``mailbox_lost``; 400 ``unknown_calendar``.
        """
        stored = await self._connections.get(person)
        connection = require_active(None if stored is None else stored.value)
        if is_synced(connection):
            raise already_syncing("Your calendar is synced already: there is nothing to preview.")
        require_account(connection)
        outlook = self._calendars.open(person)
        policy = await policy_of(connection, settings, self._locations, self._clock, self._config)
        reading = Reading(
            person=person,
            connection_id=ConnectionId("preview"),
            calendar_id=settings.calendar_id,
            policy=policy,
            config=self._config,
        )
        observer = Observer(
            person=person,
            calendar_id=settings.calendar_id,
            booking=self._booking,
            outlook=outlook,
        )
        with while_reading():
            own = {each.id for each in await outlook.calendars() if each.may_be_chosen}
            if settings.calendar_id not in own:
                raise unknown_calendar()
            observed = await observer.everything(policy.window, None, plain=False)
        empty = reading.scene(observed.cursors.anchored, self._ids, retry=True)
        found = difference(merge(empty, (), observed.booking, observed.outlook))
        left_out = Counter(
            skip.reason
            for skip in found.left_out
            if isinstance(skip.item, OutlookItem)
            and skip.reason not in _UNSAID
            and policy.window.holds(skip.item.interval)
        )
        return Preview(
            to_outlook=_side(found.to_outlook),
            to_booking=_side(found.to_booking),
            left_out=tuple(
                LeftOut(rule=explain(reason).rule, reason=explain(reason).sentence, count=count)
                for reason, count in left_out.most_common()
            ),
        )


def _side(change: Change) -> PreviewSide:
    first = [
        PreviewItem(title=each.title, start=each.interval.start, end=each.interval.end)
        for each in change.added[:NAMED]
    ]
    return PreviewSide(count=len(change.added), first=tuple(first))
