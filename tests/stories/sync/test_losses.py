"""A calendar or mailbox that is not there for a moment is no loss (R10.6)."""

from collections.abc import Callable

import pytest

from sync.errors import MailboxLost, Unreadable
from sync.people.people import ConnectionState
from sync.ports import Cause, MailKind
from sync.words import PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.world import World

type Hide = Callable[[World, PersonKey], Callable[[], None]]


def hide_mailbox(world: World, person: PersonKey) -> Callable[[], None]:
    """Takes the mailbox away; gives what brings it back."""
    world.outlook.lose(person, MailboxLost)
    return lambda: world.outlook.lose(person, None)


def hide_calendar(world: World, person: PersonKey) -> Callable[[], None]:
    """Takes the synced calendar away; gives what brings it back."""
    choices = world.connection(person).settings
    assert choices is not None
    calendars = world.outlook.mailboxes[person].calendars
    calendar = calendars.pop(choices.calendar_id)
    return lambda: calendars.update({calendar.id: calendar})


missing = pytest.mark.parametrize("hide", [hide_mailbox, hide_calendar])


async def person_with_both(world: World) -> PersonKey:
    """Starts a person whose own calendar has an Appointment's event and a Meeting."""
    anna = world.add_person()
    work = world.outlook.add_calendar(anna, "Work")
    world.booking.book(anna, at(30))
    world.outlook.meet(anna, at(40), calendar=work)
    await world.start(anna, calendar_id=work)
    assert len(world.links_alive(anna)) == 2
    return anna


def disconnections(world: World) -> int:
    return [job.kind for job, _ in world.mailed].count(MailKind.DISCONNECTED)


@missing
async def test_r10_6_nothing_is_removed_before_the_third_look_in_ten_minutes(
    world: World, hide: Hide
) -> None:
    anna = await person_with_both(world)
    written = world.writes()
    hide(world, anna)
    begun = world.clock.now()
    await world.sync(anna)

    while (world.clock.now() - begun).total_seconds() < 590:
        assert world.connection(anna).state is ConnectionState.ACTIVE
        assert world.connection(anna).missing is not None
        assert written == world.writes()
        # However often somebody presses Resync: looks that follow each other count as one.
        await world.waker.wake(anna, Cause.RESYNC)
        world.clock.advance(20)
        while (job := world.jobs.take_sync()) is not None:
            await world.deliver(job)
    world.clock.advance(30)
    await world.settle()

    assert not world.connection(anna).is_syncing
    assert world.reserves(anna) == []
    assert len(world.booking.schedule(anna)) == 1
    assert disconnections(world) == 1


@missing
async def test_r10_6_what_is_there_again_at_the_second_look_was_never_lost(
    world: World, hide: Hide
) -> None:
    anna = await person_with_both(world)
    written = world.writes()
    show_again = hide(world, anna)
    await world.sync(anna)
    show_again()
    world.clock.advance(301)
    await world.settle()

    assert world.connection(anna).missing is None
    assert world.connection(anna).problem is None

    # Missing anew it is looked for three times anew.
    hide(world, anna)
    for _ in range(2):
        await world.sync(anna)
        world.clock.advance(301)
    assert world.connection(anna).state is ConnectionState.ACTIVE
    assert written == world.writes()
    assert disconnections(world) == 0


@missing
async def test_r10_6_the_person_and_the_administrator_read_since_when(
    world: World, hide: Hide
) -> None:
    anna = await person_with_both(world)
    hide(world, anna)
    for _ in range(2):
        await world.sync(anna)
        world.clock.advance(301)

    problem = world.connection(anna).problem
    assert problem is not None
    assert problem.code == "microsoft_unreachable"
    assert problem.message.startswith("Microsoft can't be reached properly since 2026-11-23 08:")


async def test_r10_6_a_refusal_of_everything_is_no_loss_however_long_it_lasts(
    world: World,
) -> None:
    anna = await person_with_both(world)
    written = world.writes()
    world.outlook.lose(anna, Unreadable)
    for _ in range(12):
        await world.sync(anna)
        world.clock.advance(3600)

    assert world.connection(anna).state is ConnectionState.ACTIVE
    assert world.connection(anna).failing is not None
    assert written == world.writes()

    world.outlook.lose(anna, None)
    await world.sync(anna)

    assert world.connection(anna).failing is None
    assert written == world.writes()
    assert disconnections(world) == 0
