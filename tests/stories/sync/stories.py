"""Stories in which one sync has everything to do: what fails in them is known by its call.

A story is told in three parts: ``begin`` brings a world to rest, ``change`` does what people do on
both sides, ``finish`` lets the product work. ``outcome`` is what must come out of it, however often
the work dies: ids and versions apart, both calendars and what the person was told.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sync.engine.telling import ActivityAction
from sync.errors import AuthorizationLost
from sync.people.people import ConnectionState
from sync.ports import Cause
from sync.words import PersonKey
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """``begin`` and ``change`` bring about what ``finish`` has to settle."""

    name: str
    begin: Callable[[World], Awaitable[PersonKey]]
    finish: Callable[[World, PersonKey], Awaitable[None]]


async def _full_calendars(world: World) -> PersonKey:
    """A person who syncs, with two of each kind on both sides, and other people's time."""
    anna = await world.started_person()
    for hour in range(2, 12):
        world.booking.book(anna, at(hour), customer=f"Customer {hour}")
    for hour in range(30, 38):
        world.outlook.meet(anna, at(hour), subject=f"Meeting {hour}")
    world.outlook.meet(anna, at(38), subject="Team", has_attendees=True)
    world.outlook.repeat(anna, at(60), count=3, subject="Weekly")
    world.booking.block(anna, at(40), title="Stocktaking")
    await world.sync(anna)
    # What is younger is asked for with more care, and so in another order.
    world.clock.advance(600)
    return anna


async def _all_kinds_of_changes(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    booking, outlook = world.booking, world.outlook
    items = {item.customer_name or item.title: item for item in booking.schedule(anna)}
    event = {name: world.event_of(anna, item).id for name, item in items.items() if _native(item)}
    other = outlook.add_calendar(anna, "Private")
    # Booking to Outlook.
    booking.edit(anna, items["Customer 2"].id, interval=at(14), customer_name="Grace")
    booking.cancel(anna, items["Customer 3"].id)
    booking.book(anna, at(15), customer="New")
    outlook.move(anna, event["Customer 4"], at(16))
    outlook.move(anna, event["Customer 5"], at(6))
    outlook.delete(anna, event["Customer 6"])
    outlook.make_all_day(anna, event["Customer 7"])
    outlook.make_series(anna, event["Customer 8"])
    outlook.move(anna, event["Customer 9"], at(17))
    booking.move(anna, items["Customer 9"].id, at(18))
    outlook.drag(anna, event["Customer 10"], other)
    outlook.delete(anna, event["Stocktaking"])
    # Outlook to booking.
    meeting = {x.subject: x.id for x in outlook.items(anna) if x.series_id is None}
    reserve = {x.title: x.id for x in world.reserves(anna)}
    outlook.meet(anna, at(50), subject="New meeting")
    outlook.meet(anna, at(11), subject="Onto a customer")
    outlook.move(anna, meeting["Meeting 30"], at(51))
    outlook.move(anna, meeting["Meeting 31"], at(40))
    outlook.delete(anna, meeting["Meeting 32"])
    outlook.make_private(anna, meeting["Meeting 33"])
    outlook.move(anna, meeting["Meeting 36"], on_day(95))
    booking.move(anna, reserve["Meeting 34"], at(52))
    booking.delete(anna, reserve["Meeting 35"])
    booking.move(anna, reserve["Team"], at(53))
    series = next(x.series_id for x in outlook.items(anna) if x.subject == "Weekly")
    assert series is not None
    outlook.delete(anna, outlook.occurrences(anna, series)[1])
    return anna


def _native(item: Any) -> bool:
    return item.external_ref is None


async def _wake(world: World, person: PersonKey) -> None:
    await world.sync(person)


async def _before_the_first_sync(world: World) -> PersonKey:
    anna = world.add_person()
    world.booking.book(anna, at(2), customer="Ada")
    world.booking.block(anna, at(4), title="Stocktaking")
    world.outlook.meet(anna, at(6), subject="Lunch")
    world.outlook.meet(anna, at(2), subject="Taken")
    await world.app.choices.start(anna, world.settings(anna))
    return anna


async def _damage_before_a_resync(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    for item in world.outlook.items(anna)[2:6]:
        world.outlook.delete(anna, item.id)
    for reserve in world.reserves(anna)[:3]:
        world.booking.move(anna, reserve.id, at(100 + int(reserve.id[-2:])))
    world.booking.book(anna, at(70), customer="Late")
    await world.service.resync(anna)
    return anna


async def _disconnected(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    await world.service.disconnect(anna)
    return anna


async def _tokens_refused(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    world.outlook.lose(anna, AuthorizationLost)
    await world.waker.wake(anna, Cause.BOOKING_CHANGED)
    return anna


async def _calendar_under_a_new_id(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    world.outlook.renew_calendar_id(anna, world.calendar(anna))
    world.booking.book(anna, at(70), customer="Late")
    await world.waker.wake(anna, Cause.BOOKING_CHANGED)
    return anna


async def _calendar_deleted(world: World) -> PersonKey:
    anna = world.add_person()
    calendar = world.outlook.add_calendar(anna, "Work")
    world.outlook.meet(anna, at(4), calendar=calendar, subject="Lunch")
    world.booking.book(anna, at(2), customer="Ada")
    await world.start(anna, calendar_id=calendar)
    world.outlook.delete_calendar(anna, calendar)
    await world.waker.wake(anna, Cause.BOOKING_CHANGED)
    return anna


async def _another_calendar(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    work = world.outlook.add_calendar(anna, "Work")
    world.outlook.meet(anna, at(80), calendar=work, subject="Board")
    await world.app.choices.change(anna, world.settings(anna, calendar_id=work))
    return anna


async def _other_choices(world: World) -> PersonKey:
    anna = await _full_calendars(world)
    choices = world.settings(anna, sync_meetings=False, sync_reserves=False)
    await world.app.choices.change(anna, choices)
    return anna


async def _work_off(world: World, person: PersonKey) -> None:
    del person
    await world.settle()


#: Lines about the sync as a whole: each is there once (R12.1).
WHOLE = frozenset(
    {
        ActivityAction.STARTED,
        ActivityAction.RESYNCED,
        ActivityAction.SETTINGS_CHANGED,
        ActivityAction.DISCONNECTED,
        ActivityAction.RECONNECTED,
        ActivityAction.HELD,
        ActivityAction.ANSWERED,
    }
)
STORIES = (
    Story(name="all kinds of changes", begin=_all_kinds_of_changes, finish=_wake),
    Story(name="first sync", begin=_before_the_first_sync, finish=_work_off),
    Story(name="resync of damage", begin=_damage_before_a_resync, finish=_work_off),
    Story(name="disconnect", begin=_disconnected, finish=_work_off),
    Story(name="another calendar", begin=_another_calendar, finish=_work_off),
    Story(name="other choices", begin=_other_choices, finish=_work_off),
    Story(name="tokens refused", begin=_tokens_refused, finish=_work_off),
    Story(name="calendar id changed", begin=_calendar_under_a_new_id, finish=_work_off),
    Story(name="calendar deleted", begin=_calendar_deleted, finish=_work_off),
)


def outcome(world: World, person: PersonKey) -> dict[str, object]:
    """Gives all that a person would notice, in an order of its own."""
    connection = world.connection(person)
    calendars = world.outlook.mailboxes[person].calendars.values()
    return {
        "schedule": sorted(
            (item.interval.start, item.interval.end, item.kind, _title(item), item.notes or "")
            for item in world.booking.schedule(person)
        ),
        "calendars": {
            calendar.name: sorted(
                (x.interval.start, x.interval.end, x.subject or "", x.is_all_day, x.kind)
                for x in world.outlook.items(person, calendar.id)
            )
            for calendar in calendars
        },
        "links": Counter(
            (link.base is not None, link.intent is not None, link.hold and link.hold.why)
            for link in world.links_alive(person)
        ),
        "state": connection.state,
        "problem": connection.problem,
        "left": connection.left_behind,
        "resync wanted": connection.resync_wanted,
        "told": sorted((x.title, x.tried, x.reason, x.state) for x in world.tells(person)),
        "mails": Counter(job.kind for job, _ in world.mailed if job.kind != "not_updated"),
        "deeds": sorted(
            # How much of it was done by its end, and how much after, depends on what dies.
            (entry.action, entry.count if entry.action is ActivityAction.DISCONNECTED else None)
            for entry in world.activity(person)
            if entry.action in WHOLE
        ),
        "subscriptions": len(world.outlook.subscriptions(person)),
        "claims": sorted(str(owner) for owner in world.claims.claims.values()),
        "lease": world.ledger.of(person).token,
    }


def is_synced(world: World, person: PersonKey) -> bool:
    """Says whether a further sync has anything to compare."""
    return world.connection(person).state is ConnectionState.ACTIVE


def _title(item: Any) -> str:
    return item.title or f"{item.customer_name} - {item.service_name}"
