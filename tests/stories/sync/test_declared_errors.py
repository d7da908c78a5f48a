"""L10 and L5 by exhaustion: each error that a port declares, at each call of a few stories.

Once: what comes out is what the undisturbed story brought, told once. For good, at one method: no
calendar loses anything by it, the page is honest, the call is not hammered, and all is in step
after it ends. For good, about one item: everything else ends as if nothing were.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from sync.errors import AuthorizationLost, MailboxLost, Rejected, SyncError
from sync.people.people import ConnectionState, SyncResult
from sync.ports import Cause
from sync.ports.raising import declared
from sync.words import PersonKey
from tests.stories.sync.declared import PORTS, errors_of, made, told_of
from tests.stories.sync.moments import at
from tests.stories.sync.stories import STORIES, Story, is_synced, outcome
from tests.stories.sync.wire import Call, Worker, working
from tests.stories.sync.world import World

#: Of many calls of one method the first, the last and one between; ``LAWS=all``: every one.
ALL = os.environ.get("LAWS") == "all"
SOME = 3


async def _one_of_each(world: World) -> PersonKey:
    """A person with one of each kind, and one change of each kind on either side."""
    anna = await world.started_person()
    booking, outlook = world.booking, world.outlook
    items = {hour: booking.book(anna, at(hour), customer=f"Customer {hour}") for hour in range(6)}
    items[70] = booking.book(anna, at(70), customer="Later")
    items[6] = booking.block(anna, at(6), title="Stocktaking")
    meetings = {hour: outlook.meet(anna, at(hour), subject=f"M {hour}") for hour in range(30, 34)}
    series = outlook.repeat(anna, at(60), count=3, subject="Weekly")
    other = outlook.add_calendar(anna, "Private")
    await world.sync(anna)
    world.clock.advance(600)
    event = {hour: world.event_of(anna, item).id for hour, item in items.items()}
    booking.move(anna, items[1].id, at(11))
    outlook.move(anna, event[2], at(12))
    outlook.delete(anna, event[3])
    booking.cancel(anna, items[4].id)
    outlook.drag(anna, event[6], other)
    outlook.move(anna, meetings[30], at(40))
    outlook.delete(anna, meetings[31])
    reserves = {item.title: item.id for item in world.reserves(anna)}
    booking.move(anna, reserves["M 32"], at(42))
    outlook.delete(anna, outlook.occurrences(anna, series)[1])
    outlook.meet(anna, at(50), subject="New")
    outlook.meet(anna, at(70), subject="Onto a customer")
    booking.book(anna, at(52), customer="New")
    return anna


async def _wake(world: World, person: PersonKey) -> None:
    await world.sync(person, Cause.OUTLOOK_CHANGED)


async def _before_the_first_sync(world: World) -> PersonKey:
    anna = world.add_person()
    world.booking.book(anna, at(52), customer="Ada")
    world.booking.block(anna, at(54), title="Stocktaking")
    world.outlook.meet(anna, at(56), subject="Lunch")
    world.outlook.meet(anna, at(52), subject="Taken")
    await world.app.choices.start(anna, world.settings(anna))
    return anna


async def _work(world: World, person: PersonKey) -> None:
    del person
    await world.settle()


_KNOWN = {story.name: story for story in STORIES}
ONE_OF_EACH = Story(name="one of each", begin=_one_of_each, finish=_wake)
FIRST = Story(name="first sync", begin=_before_the_first_sync, finish=_work)
DISCONNECT = _KNOWN["disconnect"]
TOLD = (ONE_OF_EACH, FIRST, DISCONNECT, _KNOWN["calendar id changed"])


def test_l10_the_ports_declare_what_their_docstrings_tell() -> None:
    for port in PORTS.values():
        for method, told in told_of(port):
            assert told <= declared(port, method), f"{port.__name__}.{method}"


async def _work_off(world: World) -> None:
    """Works off everything, Accounts too, and lets an hour pass in which the timers run."""
    await world.settle()
    while (job := world.jobs.take_account()) is not None:
        with working(Worker()):
            await world.app.administration.reconcile(job)
        await world.settle()
    for _ in range(5):
        world.clock.advance(900)
        await world.sweep_all()


async def _repair(world: World, person: PersonKey) -> None:
    """Does what the page asks for: signing in again."""
    connection = world.connection(person)
    if connection.state is ConnectionState.RECONNECT_NEEDED or connection.left_behind:
        await world.sign_in_again(person)
        await _work_off(world)


async def _clean(story: Story) -> tuple[list[str], dict[str, object]]:
    world = World()
    person = await story.begin(world)
    calls: list[str] = []
    world.wire.before = lambda call: calls.append(str(call))
    await story.finish(world, person)
    world.wire.calm()
    await _work_off(world)
    return calls, outcome(world, person)


def _differing(
    expected: dict[str, object], got: dict[str, object], *ignored: str
) -> dict[str, object]:
    return {
        name: (expected[name], got[name])
        for name in got
        if name not in ignored and got[name] != expected[name]
    }


# --- once, at each call ---


def _once(calls: list[str]) -> Iterator[tuple[int, type[SyncError]]]:
    for call in dict.fromkeys(calls):
        places = [place for place, each in enumerate(calls) if each == call]
        if not ALL and len(places) > SOME:
            places = [places[0], places[len(places) // 2], places[-1]]
        for place in places:
            for error in errors_of(call):
                yield place, error


@pytest.mark.parametrize("story", TOLD, ids=lambda story: story.name)
async def test_l10_whichever_declared_error_a_call_ends_with_once_all_is_in_step_after_it(
    story: Story,
) -> None:
    calls, expected = await _clean(story)

    for place, error in _once(calls):
        world = World()
        person = await story.begin(world)
        seen = 0

        def trouble(
            call: Call, *, at: int = place, kind: type[SyncError] = error
        ) -> SyncError | None:
            nonlocal seen
            seen += 1
            return made(kind) if seen == at + 1 and str(call) == calls[at] else None

        world.wire.before = trouble
        await story.finish(world, person)
        world.wire.calm()
        await _work_off(world)
        await _repair(world, person)

        # A refused sign-in has a mail and a line of its own, that of the sign-in after it, and
        # leaves a subscription that nobody can end; a refused mail is told to nobody.
        ignored = {
            AuthorizationLost: ["mails", "subscriptions", "deeds"],
            Rejected: ["told", "mails", "problem"],
        }.get(error, [])
        differing = _differing(expected, outcome(world, person), *ignored)
        assert differing == {}, f"{error.__name__} at call {place}: {calls[place]}"
        written = world.writes()
        if is_synced(world, person):
            await world.sync(person, Cause.SWEEP)
        assert written == world.writes(), f"{error.__name__} at call {place}: {calls[place]}"


# --- for good, at one method ---


def _is_honest(world: World, person: PersonKey, waiting: int) -> bool:
    """Says whether the page tells that something is not as it should be."""
    connection = world.connection(person)
    last = connection.last_sync
    is_failing = last is not None and last.result is SyncResult.FAILED
    return connection.waiting > waiting or (connection.problem is not None and is_failing)


@pytest.mark.parametrize("story", [ONE_OF_EACH, FIRST, DISCONNECT], ids=lambda story: story.name)
async def test_l10_r11_8_whichever_declared_error_a_method_ends_with_for_hours_nothing_is_lost(
    story: Story,
) -> None:
    calls, expected = await _clean(story)
    methods = [
        call for call in dict.fromkeys(calls) if call.split(".")[0] in {"booking", "outlook"}
    ]

    for method, error in ((each, error) for each in methods for error in errors_of(each)):
        if error is AuthorizationLost:
            continue
        said = f"{error.__name__} of {method}"
        world = World()
        person = await story.begin(world)
        before = outcome(world, person)
        tried: Counter[str] = Counter()

        def trouble(
            call: Call,
            *,
            at: str = method,
            kind: type[SyncError] = error,
            tries: Counter[str] = tried,
        ) -> SyncError | None:
            if str(call) != at:
                return None
            tries[f"{call.args} {sorted(call.kwargs.items())}"] += 1
            return made(kind)

        world.wire.before = trouble
        await story.finish(world, person)
        await _work_off(world)
        tried.clear()
        await _work_off(world)

        during = outcome(world, person)
        assert _harm(before, during, expected) == [], said
        is_done = _differing(expected, during, "links", "told", "mails", "subscriptions") == {}
        assert is_done or _is_honest(world, person, story is ONE_OF_EACH), said
        # In the second hour nothing is asked for more than now and then (R11.9).
        assert max(tried.values(), default=0) <= 8, said
        world.wire.calm()
        await _work_off(world)
        await _work_off(world)
        await _repair(world, person)

        # A subscription that could not be ended while the mailbox was lost ends by itself.
        ends_alone = {"subscriptions"} if method == "outlook.unsubscribe" else set()
        # A loss that lasts is a deed of its own, and so is what is pressed after it.
        of_its_own = {"deeds"} if error in {AuthorizationLost, MailboxLost} else set()
        ignored = ("told", *ends_alone, *of_its_own)
        assert _differing(expected, outcome(world, person), *ignored) == {}, said


def _harm(
    before: dict[str, object], during: dict[str, object], after: dict[str, object]
) -> list[object]:
    """Gives what stands in the schedule, or is missing there, that no undisturbed run explains."""
    was, now, will = (set(cast("list[Any]", each["schedule"])) for each in (before, during, after))
    return [*((was & will) - now), *(now - was - will)]


# --- for good, about one item ---

ITEM_CALLS = (
    "booking.item",
    "booking.update_item",
    "booking.remove_item",
    "booking.create_reserve",
    "outlook.get_event",
    "outlook.find",
    "outlook.create_event",
    "outlook.update_event",
    "outlook.delete_event",
)


def _names(call: Call) -> str:
    """Names the one item that a call is about."""
    of = call.kwargs.get("mark") or call.kwargs.get("external_ref")
    return str(of or call.args[-1])


@pytest.mark.parametrize("method", ITEM_CALLS)
async def test_l5_r11_8_trouble_with_one_item_changes_nothing_for_any_other(method: str) -> None:
    _, expected = await _clean(ONE_OF_EACH)
    whole = World()
    person = await _one_of_each(whole)
    about: dict[str, None] = {}
    whole.wire.before = lambda call: (
        about.update({_names(call): None}) if str(call) == method else None
    )
    await _wake(whole, person)
    assert about

    for item in list(about) if ALL else list(about)[:2]:
        for error in errors_of(method):
            if error is AuthorizationLost:
                continue
            said = f"{error.__name__} of {method} about {item}"
            world = World()
            person = await _one_of_each(world)
            before = outcome(world, person)

            def trouble(
                call: Call, *, of: str = item, kind: type[SyncError] = error
            ) -> SyncError | None:
                is_it = str(call) == method and _names(call) == of
                return made(kind) if is_it else None

            world.wire.before = trouble
            await _wake(world, person)
            await _work_off(world)

            during = outcome(world, person)
            assert _harm(before, during, expected) == [], said
            assert _missing(expected, during) <= 1, said
            world.wire.calm()
            await _work_off(world)
            await _work_off(world)

            assert _differing(expected, outcome(world, person), "told") == {}, said


def _missing(expected: dict[str, object], got: dict[str, object]) -> int:
    """Counts the items that are not where they should be on the worse of both sides."""
    schedules = [Counter(cast("list[Any]", each["schedule"])) for each in (expected, got)]
    calendars = [
        Counter(
            item
            for calendar in cast("dict[str, list[Any]]", each["calendars"]).values()
            for item in calendar
        )
        for each in (expected, got)
    ]
    return max((one - other).total() for one, other in (schedules, calendars))
