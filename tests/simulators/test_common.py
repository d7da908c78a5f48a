"""What all simulators have in common: the control door, the clock, and how often faults strike."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from simulators.booking import BookingSimulator
from simulators.common.clock import SimulatedClock
from simulators.common.faults import FaultBoard, FaultRule
from simulators.mailbox import MailboxSimulator
from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.faults import Faults

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=[BookingSimulator, GraphSimulator, MailboxSimulator])
async def door(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    simulator = request.param()
    url = await simulator.start()
    async with httpx.AsyncClient(base_url=f"{url.removesuffix('/v1.0')}/_sim") as client:
        yield client
    await simulator.stop()


async def test_every_door_counts_forgets_and_says_what_was_wrong(door: httpx.AsyncClient) -> None:
    empty = await door.get("/requests")
    cleared = await door.delete("/requests")
    reset = await door.post("/reset")
    no_object = await door.put("/faults", content=b"[]")
    no_json = await door.put("/faults", content=b"{")

    assert empty.json() == {"counts": {}, "total": 0, "value": []}
    assert (cleared.status_code, reset.status_code, reset.json()) == (204, 200, {})
    assert (no_object.status_code, no_json.status_code) == (400, 400)
    assert no_object.json() == {"error": "the body must be a JSON object"}


async def test_a_clock_is_held_moved_and_read() -> None:
    for simulator in (BookingSimulator(), GraphSimulator()):
        url = (await simulator.start()).removesuffix("/v1.0")
        async with httpx.AsyncClient(base_url=f"{url}/_sim") as client:
            held = await client.put("/clock", json={"now": NOW.isoformat(), "hold": True})
            moved = await client.put("/clock", json={"advance_seconds": 90})
            naive = await client.put("/clock", json={"now": "2026-11-23T12:00:00"})
            nothing = await client.put("/clock", json={"hour": 12})
        await simulator.stop()

        assert held.json() == {"now": NOW.isoformat(), "offset_seconds": 0, "held": True}
        assert moved.json()["now"] == (NOW + timedelta(seconds=90)).isoformat()
        assert (naive.status_code, nothing.status_code) == (400, 400)


async def test_what_the_product_refuses_people_has_its_status_at_the_door() -> None:
    simulator = BookingSimulator()
    async with httpx.AsyncClient(base_url=f"{await simulator.start()}/_sim") as client:
        unknown = await client.delete("/accounts/nobody")
    await simulator.stop()

    assert unknown.status_code == 404
    assert unknown.json() == {"error": "There is no Account nobody."}


async def test_the_calls_of_one_person_are_told_apart() -> None:
    simulator = GraphSimulator()
    url = await simulator.start()
    for name in ("ada", "ben"):
        user = simulator.state.add_user(f"{name}@practice.example", name)
        simulator.state.tokens[name] = user.user_id
    async with httpx.AsyncClient() as client:
        for name in ("ada", "ada", "ben"):
            await client.get(f"{url}/me", headers={"Authorization": f"Bearer {name}"})
        control = url.replace("/v1.0", "/_sim/requests")
        ben = (await client.get(control, params={"user": "ben@practice.example"})).json()
        every = (await client.get(control)).json()
    await simulator.stop()

    assert (ben["counts"], ben["total"], len(ben["value"])) == ({"GET /me": 1}, 1, 1)
    assert every["counts"] == {"GET /me": 3}


def test_a_clock_goes_on_from_where_it_is_set_and_stands_still_where_it_is_held() -> None:
    wall = [NOW]
    clock = SimulatedClock(wall=lambda: wall[0])

    clock.set(NOW + timedelta(days=1))
    wall[0] += timedelta(hours=1)
    gone_on = clock.now()
    clock.set(NOW, hold=True)
    wall[0] += timedelta(hours=1)
    held = clock.now()
    clock.reset()

    assert gone_on == NOW + timedelta(days=1, hours=1)
    assert held == NOW
    assert clock.now() == wall[0]


@pytest.mark.parametrize("kind", ["rule", "switch"])
def test_a_fault_lets_some_pass_and_then_strikes_so_often(kind: str) -> None:
    limits: dict[str, Any] = {"skip": 2, "times": 1}
    if kind == "rule":
        board = FaultBoard(["status"])
        board.add(FaultRule(kind="status", operations=("read",), **limits))
        board.strike("status", "write")
        struck = [board.strike("status", "read") is not None for _ in range(4)]
    else:
        switches = Faults()
        switches.set("throttle", method="GET", **limits)
        switches.strike("throttle", method="PATCH")
        struck = [switches.strike("throttle", method="get") is not None for _ in range(4)]

    assert struck == [False, False, True, False]
