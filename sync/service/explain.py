"""Why an item is, or is not, on the other side: by rule, in plain words (R12.2).

Both calendars are read as they are now and judged by the rules of a sync; the Links say what was
done about them. Nothing is written.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.domain.content import booking_title, meeting_title
from sync.domain.model import (
    BookingItem,
    BookingStatus,
    Interval,
    Link,
    LinkState,
    Origin,
    OutlookItem,
    OutlookKind,
    PersonKey,
)
from sync.domain.people import Connection, SyncSettings
from sync.domain.reasons import SkipReason, explain
from sync.domain.rules import Policy, booking_reason, outlook_reason, window_reason
from sync.errors import SyncError
from sync.ports import (
    BookingGateway,
    CalendarGateways,
    Clock,
    ConnectionRepository,
    LedgerRepository,
    LocationRepository,
)
from sync.service.ending import SyncConfig, is_waiting
from sync.service.policies import policy_of
from sync.service.refusals import not_syncing, reconnect_needed, require_active, while_reading


class Side(StrEnum):
    """Where an item lives (contract: Verdict.side)."""

    BOOKING = "booking"
    OUTLOOK = "outlook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One item and why it is, or is not, on the other side (contract: Verdict)."""

    side: Side
    title: str
    start: datetime
    end: datetime
    synced: bool
    rule: str
    reason: str


class Explainer:
    """Judges items one by one, for the person who asks.

    Args:
        booking: The booking product.
        calendars: The person's Outlook.
        connections: What is connected.
        ledger: Links.
        locations: Where the plugin is enabled.
        clock: Now.
        config: What the settings say.
    """

    def __init__(
        self,
        *,
        booking: BookingGateway,
        calendars: CalendarGateways,
        connections: ConnectionRepository,
        ledger: LedgerRepository,
        locations: LocationRepository,
        clock: Clock,
        config: SyncConfig,
    ) -> None:
        self._booking = booking
        self._calendars = calendars
        self._connections = connections
        self._ledger = ledger
        self._locations = locations
        self._clock = clock
        self._config = config

    async def explain(self, person: PersonKey, interval: Interval) -> tuple[Verdict, ...]:
        """Judges every item of both calendars that overlaps a span, by start.

        Raises:
            Rejected: 409 ``not_active``, ``not_syncing``, ``reconnect_needed`` or ``mailbox_lost``.
        """
        connection, settings = await self._syncing(person)
        policy = await policy_of(connection, settings, self._locations, self._clock, self._config)
        outlook = self._calendars.open(person)
        with while_reading():
            listing = await self._booking.items(person, interval)
            feed = await outlook.read_all(settings.calendar_id, interval)
        links = (await self._ledger.read(person)).links
        verdicts = [
            _of_booking_item(item, links, policy)
            for item in listing.items
            if item.status is not BookingStatus.CANCELLED
        ]
        verdicts += [
            _of_outlook_item(item, links, policy)
            for item in feed.items
            if item.kind is not OutlookKind.MASTER
        ]
        return tuple(sorted(verdicts, key=lambda each: (each.start, each.side, each.title)))

    async def waiting(self, person: PersonKey) -> tuple[Verdict, ...]:
        """Names the items that could not be synced, with their reasons (R5.8).

        Titles are kept nowhere, so each item is read; one that can't be read now is left out.
        """
        connection, settings = await self._syncing(person)
        policy = await policy_of(connection, settings, self._locations, self._clock, self._config)
        links = (await self._ledger.read(person)).links
        verdicts = []
        for link in links:
            if is_waiting(link.state, link.reason):
                try:
                    verdict = await self._of_waiting(link, links, policy, person)
                except SyncError:
                    continue
                if verdict is not None:
                    verdicts.append(verdict)
        return tuple(sorted(verdicts, key=lambda each: (each.start, each.side, each.title)))

    async def _of_waiting(
        self, link: Link, links: tuple[Link, ...], policy: Policy, person: PersonKey
    ) -> Verdict | None:
        if link.origin is Origin.BOOKING and link.booking_id is not None:
            item = await self._booking.item(person, link.booking_id)
            return None if item is None else _of_booking_item(item, links, policy)
        if link.outlook_id is None:
            return None
        calendar_id = policy.settings.calendar_id
        event = await self._calendars.open(person).get_event(calendar_id, link.outlook_id)
        return None if event is None else _of_outlook_item(event, links, policy)

    async def _syncing(self, person: PersonKey) -> tuple[Connection, SyncSettings]:
        stored = await self._connections.get(person)
        connection = require_active(None if stored is None else stored.value)
        if connection.is_syncing and connection.settings is not None:
            return connection, connection.settings
        if connection.problem is not None and connection.problem.code == "reconnect_needed":
            raise reconnect_needed()
        raise not_syncing()


def _of_booking_item(item: BookingItem, links: tuple[Link, ...], policy: Policy) -> Verdict:
    link = next((each for each in links if each.booking_id == item.id), None)
    if link is not None and link.reason is not None:
        return _left_out(Side.BOOKING, item, SkipReason.REFUSED)
    if link is not None and link.state is LinkState.LINKED:
        if link.origin is Origin.OUTLOOK:
            return _synced(Side.BOOKING, item, "R7.1", "It stands for your Outlook meeting.")
        return _synced(Side.BOOKING, item, "R6.1", "It is in your Outlook calendar.")
    reason = booking_reason(item, policy) or window_reason(item, policy.window)
    return (
        _on_its_way(Side.BOOKING, item) if reason is None else _left_out(Side.BOOKING, item, reason)
    )


def _of_outlook_item(item: OutlookItem, links: tuple[Link, ...], policy: Policy) -> Verdict:
    link = next((each for each in links if each.outlook_id == item.id), None)
    if link is not None and link.origin is Origin.BOOKING:
        return _synced(Side.OUTLOOK, item, "R6.1", "It shows an item of your schedule.")
    reason = outlook_reason(item, policy) or window_reason(item, policy.window)
    if reason is not None:
        return _left_out(Side.OUTLOOK, item, reason)
    match link.state if link is not None else None:
        case LinkState.LINKED if link is not None and link.reason is None:
            return _synced(Side.OUTLOOK, item, "R7.1", "It blocks its time in your schedule.")
        case LinkState.DETACHED:
            return _left_out(Side.OUTLOOK, item, SkipReason.LEFT_ALONE)
        case LinkState.WAITING:
            return _left_out(Side.OUTLOOK, item, SkipReason.TIME_TAKEN)
        case LinkState.PARKED | LinkState.LINKED:
            return _left_out(Side.OUTLOOK, item, SkipReason.REFUSED)
        case _:
            return _on_its_way(Side.OUTLOOK, item)


def _synced(side: Side, item: BookingItem | OutlookItem, rule: str, reason: str) -> Verdict:
    return _verdict(side, item, synced=True, rule=rule, reason=reason)


def _left_out(side: Side, item: BookingItem | OutlookItem, reason: SkipReason) -> Verdict:
    said = explain(reason)
    return _verdict(side, item, synced=False, rule=said.rule, reason=said.sentence)


def _on_its_way(side: Side, item: BookingItem | OutlookItem) -> Verdict:
    sentence = "It is on its way; the next sync takes it along."
    return _verdict(side, item, synced=False, rule="R11.1", reason=sentence)


def _verdict(
    side: Side, item: BookingItem | OutlookItem, *, synced: bool, rule: str, reason: str
) -> Verdict:
    title = booking_title(item) if isinstance(item, BookingItem) else meeting_title(item)
    return Verdict(
        side=side,
        title=title,
        start=item.interval.start,
        end=item.interval.end,
        synced=synced,
        rule=rule,
        reason=reason,
    )
