"""Questions that every scenario ends with: is all quiet, and does nothing stand there twice?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sync.engine.items import BookingItem, OutlookKind
from sync.engine.links import Side
from sync.errors import ContractBroken, Unavailable, Unreadable
from sync.ports import Cause, MailKind
from sync.words import CalendarId, Interval, OutlookItemId, PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.world import World

#: What can go wrong with one object, as the gateways say it and as nobody foresaw it.
TROUBLES: dict[str, Callable[[], Exception]] = {
    "http_500": lambda: Unreadable("HTTP 500", code="http_500"),
    "http_403": lambda: Unreadable("HTTP 403", code="http_403"),
    "http_400": lambda: Unreadable("HTTP 400", code="http_400"),
    "unavailable": lambda: Unavailable("HTTP 503"),
    "contract_broken": lambda: ContractBroken("no JSON"),
    "unforeseen": lambda: ValueError("nobody foresaw this"),
}


#: What an event of ours may stand for.
KINDS = ["appointment", "reserve"]


async def in_step(
    world: World, kind: str = "appointment", hour: float = 20
) -> tuple[PersonKey, BookingItem, OutlookItemId]:
    """Gives a person, an item of theirs, and its event, which is old enough to be missed."""
    person = await world.started_person()
    item = make(world, person, kind, hour)
    await world.sync(person)
    world.clock.advance(120)
    return person, item, world.event_of(person, item).id


def make(world: World, person: PersonKey, kind: str, hour: float = 20) -> BookingItem:
    """Books an Appointment, or blocks the time."""
    if kind == "appointment":
        return world.booking.book(person, at(hour))
    return world.booking.block(person, at(hour), title="Stocktaking")


async def assert_quiet(
    world: World, person: PersonKey, *, copies: int = 0, missing: int = 0
) -> None:
    """Asserts that further syncs write nothing, and that nothing stands there twice.

    Args:
        world: All of it.
        person: Whose calendars.
        copies: Events that bear a mark of ours because the person copied them.
        missing: Events of ours that are gone, or bear no mark any more.
    """
    written = world.writes()
    await world.sync(person, Cause.BOOKING_CHANGED)
    await world.sync(person, Cause.OUTLOOK_CHANGED)
    assert world.writes() == written, "a sync without a change wrote something"
    assert_no_doubles(world, person, copies=copies, missing=missing)


def assert_no_doubles(
    world: World, person: PersonKey, *, copies: int = 0, missing: int = 0
) -> None:
    """Asserts that each Link has twins of its own, and that there are no others of ours."""
    links = world.links_alive(person)
    for ids in ([x.booking_id for x in links], [x.outlook_id for x in links]):
        there = [each for each in ids if each is not None]
        assert len(there) == len(set(there)), "two Links name one item"
    stored = world.outlook.mailboxes[person].events.values()
    marked = sum(each.mark is not None for each in stored) - copies + missing
    born_here = [x for x in links if x.origin is Side.BOOKING and x.base is not None]
    assert marked == len(born_here), f"{marked} events of ours for {len(born_here)} Links"
    twins = [x for x in links if x.origin is Side.OUTLOOK and x.booking_id is not None]
    reserves = world.reserves(person)
    assert len(reserves) == len(twins), f"{len(reserves)} Reserves for {len(twins)} Links"


def spans(world: World, person: PersonKey) -> list[Interval]:
    """Gives when everything in the schedule is, oldest start first."""
    return [item.interval for item in world.booking.schedule(person)]


def seen(world: World, person: PersonKey, calendar: CalendarId | None = None) -> list[Interval]:
    """Gives when everything in a calendar is, oldest start first."""
    return [item.interval for item in world.outlook.items(person, calendar)]


def mails(world: World, person: PersonKey, kind: MailKind) -> int:
    """Counts a person's mails of a kind."""
    return sum(job.person == person and job.kind is kind for job, _ in world.mailed)


def complaints(world: World, person: PersonKey) -> int:
    """Counts the mails that a person got but for reports of a first sync or Resync."""
    return sum(
        job.person == person and job.kind is not MailKind.SYNC_COMPLETED for job, _ in world.mailed
    )


async def one_job(world: World, person: PersonKey, cause: Cause = Cause.OUTLOOK_CHANGED) -> None:
    """Wakes a person and runs that one job: nothing that is due later."""
    await world.waker.wake(person, cause)
    job = world.jobs.take_sync()
    assert job is not None
    await world.deliver(job)


async def hours_later(world: World, person: PersonKey, hours: float = 1.1) -> None:
    """Lets hours pass in which only the timer and what is due wake this person."""
    del person
    for _ in range(round(hours * 4)):
        world.clock.advance(900)
        await world.sweep_all()


def make_single(world: World, person: PersonKey, series_id: OutlookItemId) -> None:
    """Turns a series into a single event again, under the master's id, as Outlook does."""
    mailbox = world.outlook.mailboxes[person]
    stored = mailbox.events[series_id]
    stored.instances = None
    stored.item = replace(stored.item, kind=OutlookKind.SINGLE)
    world.outlook.changed(mailbox, stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Puts times onto a grid, as a booking product or an Outlook does."""

    seconds: int

    def __call__(self, interval: Interval) -> Interval:
        """Gives a span whose ends are on the grid."""
        start, end = (
            at.fromtimestamp(at.timestamp() - at.timestamp() % self.seconds, tz=at.tzinfo)
            for at in (interval.start, interval.end)
        )
        return Interval(start, end)
