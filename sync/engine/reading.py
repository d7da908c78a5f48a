"""Whose calendars are read, and under what choices, rights and times they are judged."""

from dataclasses import dataclass
from datetime import timedelta

from sync.engine.cases import Scene
from sync.engine.taking_part import Policy
from sync.engine.texts import Product
from sync.engine.window import Window
from sync.people.people import Connection, Held, Leaving, SyncSettings
from sync.ports import Clock, IdFactory, LocationRepository
from sync.words import CalendarId, ConnectionId, Interval, PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncConfig:
    """What the settings say about syncing.

    Attributes:
        product: How the booking product is named.
        window_days: Days of the Window.
        max_age_seconds: After so long without a sync the sweep wakes the person (R11.3).
        cancel_after_seconds: Between the two looks that prove a deletion (R8.10).
        held_for_seconds: How long held cancellations wait for an answer (R11.7).
        lost_after_seconds: From the first to the third look at what is missing (R10.6).
    """

    product: Product
    window_days: int
    max_age_seconds: int
    cancel_after_seconds: int
    held_for_seconds: int
    lost_after_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose calendars to read, and under what choices."""

    person: PersonKey
    connection_id: ConnectionId
    calendar_id: CalendarId
    policy: Policy
    config: SyncConfig
    is_resync: bool = False
    held: Held | None = None
    leaving: Leaving | None = None

    def scene(self, horizon: Interval, ids: IdFactory, *, retry: bool) -> Scene:
        """Gives a scene without cases."""
        return Scene(
            policy=self.policy,
            product=self.config.product,
            connection_id=self.connection_id,
            calendar_id=self.calendar_id,
            horizon=horizon,
            nonce=ids.new(),
            cancel_after=timedelta(seconds=self.config.cancel_after_seconds),
            held_for=timedelta(seconds=self.config.held_for_seconds),
            held=self.held,
            leaving=self.leaving,
            retry=retry,
            is_resync=self.is_resync,
        )


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
