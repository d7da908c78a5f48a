"""L7 by exhaustion: where an order exists in which all moves go through, all end moved (R8.16)."""

from collections.abc import Iterator
from itertools import permutations, product

import pytest

from sync.ports import Cause, MailKind
from sync.words import PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.stillness import assert_quiet, mails
from tests.stories.sync.world import World

#: Rows that are moved in one sync, and slots that they may be moved to: one more than there are.
ROWS = 3
SLOTS = range(ROWS + 1)
FIRST = 20

type Moves = tuple[int, ...]
type Kinds = tuple[str, ...]


def _cases() -> Iterator[tuple[Kinds, Moves]]:
    """Gives each way to move three rows among four slots, each row of each kind."""
    for kinds in product(("appointment", "meeting"), repeat=ROWS):
        for moves in permutations(SLOTS, ROWS):
            if any(to != row for row, to in enumerate(moves)):
                yield kinds, moves


def _stuck(kinds: Kinds, moves: Moves) -> set[int]:
    """Gives the rows of rings of Appointments alone: no order lets them through."""
    stuck: set[int] = set()
    for row in range(ROWS):
        ring, place = [row], moves[row]
        while place < ROWS and place not in ring:
            ring.append(place)
            place = moves[place]
        if place == row and len(ring) > 1 and all(kinds[each] == "appointment" for each in ring):
            stuck.update(ring)
    return stuck


async def _moved(world: World, kinds: Kinds, moves: Moves) -> tuple[PersonKey, list[str]]:
    anna = await world.started_person()
    items: list[str] = [
        world.booking.book(anna, at(FIRST + row)).id
        if kind == "appointment"
        else world.outlook.meet(anna, at(FIRST + row), subject=f"Meeting {row}")
        for row, kind in enumerate(kinds)
    ]
    await world.sync(anna)
    world.clock.advance(120)
    # The last one first, and all before the product looks.
    for row in reversed(range(ROWS)):
        link = world.link_of(anna, items[row])
        assert link.outlook_id is not None
        world.outlook.move(anna, link.outlook_id, at(FIRST + moves[row]))
    return anna, items


@pytest.mark.parametrize("kinds", sorted({kinds for kinds, _ in _cases()}), ids="-".join)
async def test_l7_r8_16_moves_that_some_order_lets_through_all_end_moved(kinds: Kinds) -> None:
    for moves in [each for case, each in _cases() if case == kinds]:
        world = World()
        anna, items = await _moved(world, kinds, moves)
        stuck = _stuck(kinds, moves)
        written = world.booking.writes

        await world.sync(anna, Cause.OUTLOOK_CHANGED)

        for row, item in enumerate(items):
            link = world.link_of(anna, item)
            to = at(FIRST + (row if row in stuck else moves[row]))
            event = next(x for x in world.outlook.items(anna) if x.id == link.outlook_id)
            booked = next(x for x in world.booking.schedule(anna) if x.id == link.booking_id)
            assert (to, to) == (event.interval, booked.interval), f"{moves}: {row}"
        told = {tell.title for tell in world.tells(anna)}
        assert len(world.tells(anna)) == len(stuck), f"{moves}: {told}"
        assert mails(world, anna, MailKind.NOT_UPDATED) == bool(stuck), moves
        # Each row is tried at most once for each that may free its time, and once more.
        assert world.booking.writes - written <= ROWS * (ROWS + 1), moves
        await assert_quiet(world, anna)
