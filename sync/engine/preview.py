"""What Start Sync, or saving other choices, would do: read, and without a write (R5.6, R5.9).

The same reading and the same plan as a sync's; only nothing is applied.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sync.engine.cases import Scene
from sync.engine.difference import Change, Difference, Named, difference
from sync.engine.items import OutlookItem
from sync.engine.links import Link, removal_counts
from sync.engine.merge import merge
from sync.engine.observe import Observed, Observer
from sync.engine.reading import Reading, SyncConfig, policy_of
from sync.engine.reasons import SkipReason, explain
from sync.engine.taking_part import Policy
from sync.people.connection_states import is_synced
from sync.people.not_allowed import require_account, require_active, unknown_calendar, while_reading
from sync.people.people import Connection, SyncSettings
from sync.ports.outside import Outside
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
    """What would be made, taken away and left out (contract: Preview).

    ``taken``: Meetings whose time is taken in the schedule already, as far as can be seen.
    """

    to_outlook: PreviewSide
    to_booking: PreviewSide
    removed_from_outlook: int
    removed_from_booking: int
    taken: tuple[PreviewItem, ...]
    left_out: tuple[LeftOut, ...]


class Previewer:
    """Plans a sync that never runs.

    Args:
        outside: The ports.
        config: What the settings say.
    """

    def __init__(self, outside: Outside, *, config: SyncConfig) -> None:
        self._booking = outside.booking
        self._calendars = outside.calendars
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._locations = outside.locations
        self._ids = outside.ids
        self._clock = outside.clock
        self._config = config

    async def preview(self, person: PersonKey, settings: SyncSettings) -> Preview:
        """Reads both calendars and says what a first sync, or the next one, would do.

        Raises:
            Rejected: 409 ``not_active``, ``not_authorized``, ``reconnect_needed`` or
                ``mailbox_lost``; 400 ``unknown_calendar``.
        """
        stored = await self._connections.get(person)
        connection = require_active(None if stored is None else stored.value)
        require_account(connection)
        outlook = self._calendars.open(person)
        wanted = await self._reading(connection, settings)
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
            observed = await observer.everything(
                wanted.policy.window, None, plain=False, leaving=None
            )
        links = (await self._ledger.read(person)).links if is_synced(connection) else ()
        before = connection.settings
        if before is None or before.calendar_id != settings.calendar_id:
            # All of it is made in the new calendar, and goes from the one before (R5.9).
            found = difference(self._scene(wanted, (), observed))
            return _preview(found, wanted.policy, gone=removal_counts(links, wanted.policy.window))
        current = await self._reading(connection, before)
        found = difference(
            self._scene(wanted, links, observed), self._scene(current, links, observed)
        )
        gone = (len(found.to_outlook.removed), len(found.to_booking.removed))
        return _preview(found, wanted.policy, gone=gone)

    async def _reading(self, connection: Connection, settings: SyncSettings) -> Reading:
        policy = await policy_of(connection, settings, self._locations, self._clock, self._config)
        return Reading(
            person=connection.person,
            connection_id=connection.connection_id or ConnectionId("preview"),
            calendar_id=settings.calendar_id,
            policy=policy,
            config=self._config,
        )

    def _scene(self, reading: Reading, links: Iterable[Link], observed: Observed) -> Scene:
        empty = reading.scene(observed.cursors.anchored, self._ids, retry=True)
        return merge(empty, links, observed.booking, observed.outlook)


def _preview(found: Difference, policy: Policy, *, gone: tuple[int, int]) -> Preview:
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
        removed_from_outlook=gone[0],
        removed_from_booking=gone[1],
        taken=_named(found.taken),
        left_out=tuple(
            LeftOut(rule=explain(reason).rule, reason=explain(reason).sentence, count=count)
            for reason, count in left_out.most_common()
        ),
    )


def _side(change: Change) -> PreviewSide:
    return PreviewSide(count=len(change.added), first=_named(change.added[:NAMED]))


def _named(items: Iterable[Named]) -> tuple[PreviewItem, ...]:
    return tuple(
        PreviewItem(title=each.title, start=each.interval.start, end=each.interval.end)
        for each in items
    )
