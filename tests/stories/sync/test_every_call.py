"""R11.5 and R11.6 by exhaustion: every port call of a sync fails once, in every way.

A clean run counts the calls of a story. Then the story is told again and again, and at each call in
turn the process dies, the answer is lost, or the other side asks for rest. What comes out must be
what the clean run brought: nothing doubled, nothing lost, each cause told once.
"""

from collections.abc import Callable

import pytest

from sync.errors import Throttled, Unavailable
from sync.ports import Cause
from tests.stories.sync.stories import STORIES, Story, is_synced, outcome
from tests.stories.sync.wire import Call, Crash
from tests.stories.sync.world import World

type Failure = Callable[[], BaseException]

#: What happens at a call, and whether before or after its effect.
FAILURES: dict[str, tuple[str, Failure]] = {
    "the process dies before it": ("before", Crash),
    "the process dies after it": ("after", Crash),
    "nobody is reached": ("before", lambda: Unavailable("unreachable")),
    "the answer is lost": ("after", lambda: Unavailable("lost")),
    "the other side asks for rest": (
        "before",
        lambda: Throttled("slow down", retry_after=120),
    ),
}


async def tell(story: Story, place: int, when: str, failure: Failure) -> tuple[World, str]:
    """Tells a story with one failing call; gives the world after it, and the call's name."""
    world = World()
    person = await story.begin(world)
    seen: list[str] = []

    def trouble(call: Call) -> BaseException | None:
        seen.append(str(call))
        return failure() if len(seen) == place else None

    setattr(world.wire, when, trouble)
    await story.finish(world, person)
    world.wire.calm()
    # What a lost message left undone is the sweep's to find (R11.3).
    world.clock.advance(3700)
    await world.sweep_all()
    return world, seen[place - 1] if place <= len(seen) else ""


async def clean_run(story: Story) -> tuple[int, dict[str, object]]:
    """Counts the calls of a story that nothing disturbs, and gives what came out."""
    world = World()
    person = await story.begin(world)
    calls = 0

    def count(_: Call) -> None:
        nonlocal calls
        calls += 1

    world.wire.before = count
    await story.finish(world, person)
    world.wire.calm()
    world.clock.advance(3700)
    await world.sweep_all()
    return calls, outcome(world, person)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
@pytest.mark.parametrize("what", list(FAILURES))
async def test_r11_5_r11_6_whichever_call_fails_the_outcome_is_the_same(
    story: Story, what: str
) -> None:
    calls, expected = await clean_run(story)
    when, failure = FAILURES[what]

    for place in range(1, calls + 1):
        world, call = await tell(story, place, when, failure)
        (person,) = world.connections.rows

        got = outcome(world, person)
        differing = {
            name: (expected[name], got[name]) for name in got if got[name] != expected[name]
        }
        assert differing == {}, f"{what}, call {place}: {call}"
        written = world.writes()
        if is_synced(world, person):
            await world.sync(person, Cause.SWEEP)
        assert written == world.writes(), f"{what}, call {place}: {call}"
