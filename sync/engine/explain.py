"""Why an item is, or is not, on the other side: by the planner itself, in plain words (R12.2).

Both calendars are read as they are now, merged with the Links and planned as a sync does; what a
plan would do is "on its way", what it leaves out has its reason. Nothing is written.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from sync.engine.cases import Absent, Case, Scene, Trouble
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.items import BookingItem, BookingStatus, OutlookItem, OutlookKind
from sync.engine.links import Link, Side, Why
from sync.engine.merge import merge
from sync.engine.plan import plan
from sync.engine.reading import Reading, SyncConfig, policy_of
from sync.engine.reasons import SkipReason, explain
from sync.engine.report import is_waiting
from sync.engine.texts import UNREAD_TITLE, UNSEEN_MEETING, booking_title, meeting_title
from sync.engine.verdicts import Found, Search, Verdict, page_of
from sync.engine.waits import reason_of
from sync.errors import SyncError
from sync.people.not_allowed import not_syncing, reconnect_needed, require_active, while_reading
from sync.people.people import Connection, SyncSettings
from sync.ports.outside import Outside
from sync.words import Interval, PersonKey, msgid


class Explainer:
    """Judges items for the person who asks.

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

    async def explain(
        self,
        person: PersonKey,
        search: Search,
        *,
        midnight: Callable[[datetime], datetime] = lambda date: date,
    ) -> Found:
        """Judges the items of both calendars that are looked for; a pair is one for each side.

        Args:
            person: Whose calendars.
            search: Which of them.
            midnight: Gives when a date begins for the person: an all-day item has dates, which
                are midnights in UTC.

        Raises:
            Rejected: 409 ``not_active``, ``not_syncing``, ``reconnect_needed`` or ``mailbox_lost``.
        """
        connection, settings = await self._syncing(person)
        outlook = self._calendars.open(person)
        interval = search.interval
        with while_reading():
            listing = await self._booking.items(person, interval)
            feed = await outlook.read_all(settings.calendar_id, interval)
        links = (await self._ledger.read(person)).links
        empty = await self._scene(connection, settings, interval)
        scene = merge(
            empty,
            links,
            # In full: what a Link names and nobody showed is missing on that side.
            BookingRead(items=listing.items, unreadable=listing.unreadable, is_full=True),
            OutlookRead(items=feed.items, series=feed.series, is_full=True),
        )
        seen: dict[str, OutlookItem] = {event.id: event for event in feed.items}
        return page_of(_verdicts(scene, interval, midnight, seen), search)

    async def waiting(self, person: PersonKey) -> tuple[Verdict, ...]:
        """Names the items that could not be synced, with their reasons (R5.8)."""
        return await self._named(person, is_waiting)

    async def held(self, person: PersonKey) -> tuple[Verdict, ...]:
        """Names the Appointments whose cancellation waits for an answer (R11.7)."""
        return await self._named(person, _is_held)

    async def _named(
        self, person: PersonKey, wanted: Callable[[Link], bool]
    ) -> tuple[Verdict, ...]:
        """Gives verdicts about held Links; titles are kept nowhere, so each item is read.

        One that can't be read is named by what is known of it.
        """
        _, settings = await self._syncing(person)
        links = [link for link in (await self._ledger.read(person)).links if wanted(link)]
        found = await asyncio.gather(*(self._of_link(person, settings, link) for link in links))
        return _sorted(found)

    async def _of_link(self, person: PersonKey, settings: SyncSettings, link: Link) -> Verdict:
        item: BookingItem | OutlookItem | None = None
        try:
            if link.origin is Side.BOOKING and link.booking_id is not None:
                item = await self._booking.item(person, link.booking_id)
            elif link.outlook_id is not None:
                gateway = self._calendars.open(person)
                item = await gateway.get_event(settings.calendar_id, link.outlook_id)
        except SyncError:
            item = None
        span = link.interval if item is None else item.interval
        return _verdict(link.origin, item, span, synced=False, reason=reason_of(link))

    async def _scene(
        self, connection: Connection, settings: SyncSettings, interval: Interval
    ) -> Scene:
        policy = await policy_of(connection, settings, self._locations, self._clock, self._config)
        if connection.connection_id is None:
            raise not_syncing()
        reading = Reading(
            person=connection.person,
            connection_id=connection.connection_id,
            calendar_id=settings.calendar_id,
            policy=policy,
            config=self._config,
            held=connection.held,
            leaving=connection.leaving,
        )
        return reading.scene(interval, self._ids, retry=False)

    async def _syncing(self, person: PersonKey) -> tuple[Connection, SyncSettings]:
        stored = await self._connections.get(person)
        connection = require_active(None if stored is None else stored.value)
        if connection.is_syncing and connection.settings is not None:
            return connection, connection.settings
        if connection.problem is not None and connection.problem.code == "reconnect_needed":
            raise reconnect_needed()
        raise not_syncing()


def _is_held(link: Link) -> bool:
    return link.hold is not None and link.hold.standing.why is Why.HELD


def _verdicts(
    scene: Scene,
    interval: Interval,
    midnight: Callable[[datetime], datetime],
    seen: Mapping[str, OutlookItem],
) -> Iterator[tuple[str, Verdict]]:
    """Judges each item of both sides by what a plan would do about its Link, with its id."""
    todo = plan(scene)
    skipped = {id(skip.item): skip.reason for skip in todo.skips}
    begun = {action.link.key for action in todo.writes}
    for case in scene.cases.values():
        for side, item in ((Side.BOOKING, case.booking), (Side.OUTLOOK, case.outlook)):
            if isinstance(item, Trouble):
                yield from _unread(side, case, seen, interval)
            if not isinstance(item, BookingItem | OutlookItem):
                continue
            span = item.interval
            if isinstance(item, OutlookItem) and item.is_all_day:
                span = Interval(midnight(span.start), midnight(span.end))
            if not span.overlaps(interval) or _is_no_item(item):
                continue
            reason = skipped.get(id(item)) or _reason(case, is_begun=case.link.key in begun)
            if reason is None:
                yield item.id, _synced(side, case, item)
            else:
                yield item.id, _verdict(side, item, span, synced=False, reason=reason)


def _unread(
    side: Side, case: Case, seen: Mapping[str, OutlookItem], interval: Interval
) -> Iterator[tuple[str, Verdict]]:
    """Judges an item that is there and can't be read, by what is known of it (R11.8).

    Both sides listed what overlaps the span: where its time can't be read, it stands first.
    """
    link = case.link
    item_id = link.booking_id if side is Side.BOOKING else link.outlook_id
    if item_id is None:
        return
    is_known = link.interval.overlaps(interval)
    span = link.interval if is_known else Interval(interval.start, interval.start)
    reason, event = SkipReason.NOT_READABLE, seen.get(item_id)
    yield item_id, _verdict(side, event, span, synced=False, reason=reason)


def _reason(case: Case, *, is_begun: bool) -> SkipReason | None:
    """Gives why a pair is none, ``None`` where it is one and a plan would leave it as it is."""
    hold = case.link.hold
    if case.waits_for(Why.ENDED):
        return SkipReason.OWN_EVENT
    if hold is not None and (is_waiting(case.link) or case.link.base is None):
        return reason_of(case.link)
    if case.link.base is None:
        return SkipReason.ON_ITS_WAY
    if case.link.origin is Side.BOOKING and isinstance(case.outlook, Absent):
        return SkipReason.HELD if _is_held(case.link) else SkipReason.TO_BE_PROVEN
    is_missed = isinstance(case.booking, Absent) or isinstance(case.outlook, Absent)
    return SkipReason.ON_ITS_WAY if is_missed or is_begun else None


def _is_no_item(item: BookingItem | OutlookItem) -> bool:
    if isinstance(item, BookingItem):
        return item.status is BookingStatus.CANCELLED
    return item.kind is OutlookKind.MASTER


def _synced(side: Side, case: Case, item: BookingItem | OutlookItem) -> Verdict:
    is_own = case.link.origin is side
    if side is Side.BOOKING:
        said = (
            msgid("It is in your Outlook calendar.")
            if is_own
            else msgid("It stands for your Outlook meeting.")
        )
    else:
        said = (
            msgid("It blocks its time in your schedule.")
            if is_own
            else msgid("It shows an item of your schedule.")
        )
    rule = "R6.1" if case.link.origin is Side.BOOKING else "R7.1"
    return Verdict(
        side=side,
        title=_title(item, side),
        start=item.interval.start,
        end=item.interval.end,
        synced=True,
        rule=rule,
        reason=said,
    )


def _verdict(
    side: Side,
    item: BookingItem | OutlookItem | None,
    interval: Interval,
    *,
    synced: bool,
    reason: SkipReason,
) -> Verdict:
    said = explain(reason)
    return Verdict(
        side=side,
        title=_title(item, side),
        start=interval.start,
        end=interval.end,
        synced=synced,
        rule=said.rule,
        reason=said.in_full,
    )


def _title(item: BookingItem | OutlookItem | None, side: Side) -> str:
    match item:
        case BookingItem():
            return booking_title(item)
        case OutlookItem():
            return meeting_title(item)
        case None if side is Side.BOOKING:
            return UNREAD_TITLE
        case None:
            return UNSEEN_MEETING


def _sorted(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts, key=lambda each: (each.start, each.side, each.title)))
