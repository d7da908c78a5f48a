"""Whose calendars are read, and under what choices and rights they are judged now."""

from dataclasses import dataclass

from sync.domain.content import Product
from sync.domain.model import CalendarId, ConnectionId, PersonKey
from sync.domain.people import Connection, SyncSettings
from sync.domain.rules import Policy
from sync.domain.window import Window
from sync.ports import Clock, LocationRepository
from sync.service.ending import SyncConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose calendars to read, and under what choices."""

    person: PersonKey
    connection_id: ConnectionId
    calendar_id: CalendarId
    policy: Policy
    product: Product
    is_resync: bool


async def policy_of(
    connection: Connection,
    settings: SyncSettings,
    locations: LocationRepository,
    clock: Clock,
    config: SyncConfig,
) -> Policy:
    """Puts together choices, rights, enabled Locations and the Window from now on."""
    enabled = await locations.get(connection.person.account_id)
    return Policy(
        settings=settings,
        access_type=connection.staff.access_type,
        enabled_locations=frozenset() if enabled is None else enabled.value.location_ids,
        window=Window(now=clock.now(), days=config.window_days),
    )
