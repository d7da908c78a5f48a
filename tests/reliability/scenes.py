"""The six scenes: each lets people act and does its harm meanwhile; the town judges."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from time import perf_counter

from simulators.common.faults import FaultRule
from tests.e2e.product import open_beside
from tests.reliability.town import PATIENCE, Town, say

_HOUR = timedelta(hours=1)
#: A day of an outage goes by in steps of this length, as long as it takes.
_STEP = timedelta(minutes=30)
#: Share of the jumps that kill.
_DIES = 0.3
_PACE = 0.15
_LOOK = 0.2
_STEP_SECONDS = 1.5
#: Seconds that a burst of changes has to arrive on the other side.
_PATIENCE = 300


async def people(town: Town, moments: int) -> None:
    """Everybody acts, in calm and with faults; then each second person at the same moment."""
    for name, faults in (("in calm", False), ("with faults", True)):
        async with town.life(name, pause=_PACE, faults=faults, sweep_each=inf):
            await asyncio.sleep(moments / 2 * _PACE)
        await town.product.quiet()
        town.lag.look()
        town.note(f"left to the sweep {name}", str(len(town.lag.under_way)))
        town.tell_lag(name)
        await town.sweep_all()
    burst = len(town.people) // 2
    for _ in range(burst):
        town.probe()
    began, left = perf_counter(), burst
    while left and perf_counter() - began < _PATIENCE:
        await asyncio.sleep(_LOOK)
        town.lag.look()
        left = len(town.lag.under_way)
    took = perf_counter() - began
    town.note(
        f"{burst} changes at one moment", f"{took:.0f} s, {(burst - left) / took:.1f} a second"
    )
    town.tell_lag("at one moment")


async def kills(town: Town, moments: int) -> None:
    """The functions are killed (SIGKILL) at random moments, and started again."""
    town.note("kills", str(moments))
    async with town.life("under kills", pause=0.3):
        for moment in range(moments):
            await asyncio.sleep(town.rng.uniform(0, 3))
            await town.product.crash()
            if (moment + 1) % 10 == 0:
                say(f"killed {moment + 1} times")


async def emulator(town: Town, moments: int) -> None:
    """The storage ends and comes again, everything kept, while people act."""
    town.note("restarts of the storage", str(moments))
    async with town.life("under restarts"):
        for moment in range(moments):
            await asyncio.sleep(town.rng.uniform(1, 6))
            began = perf_counter()
            await asyncio.to_thread(town.product.run.azurite.restart)
            say(f"restart {moment + 1}: away for {perf_counter() - began:.1f} s")


async def clock(town: Town, moments: int) -> None:
    """The functions' clock jumps an hour ahead, back, or right; some jumps kill them as well."""
    town.note("jumps of an hour", str(moments))
    async with town.life("under jumps"):
        for moment in range(moments):
            await asyncio.sleep(town.rng.uniform(1, 4))
            ahead = town.rng.choice((-1, 0, 1)) * _HOUR
            # What a killed one has left behind was dated by the clock before the jump.
            dies = town.rng.random() < _DIES
            if dies:
                await town.product.functions.kill()
            town.move_functions(ahead)
            if dies:
                await town.product.functions.start()
            say(f"jump {moment + 1}: {ahead / _HOUR:+.0f} h{', killed' if dies else ''}")
        town.move_functions(timedelta())


async def outage(town: Town, moments: int) -> None:
    """Outlook, then the booking product, answers nothing for a day; people go on acting."""
    for side in ("Outlook", "booking product"):
        town.note(f"hours without {side}", str(moments))
        for step in range(2 * moments):
            if step in {0, moments}:
                _go_away(town, side, silently=step > 0)
            for _ in range(town.rng.randint(0, 2)):
                town.act()
            town.pass_time(_STEP)
            for timer in ("sweep", "renewal"):
                await town.product.servers.post(f"/admin/functions/{timer}")
            await asyncio.sleep(_STEP_SECONDS)
            if step % 12 == 0:
                say(f"{step / 2:.0f} hours without {side}")
        _come_back(town)
        began, wrong = town.product.now(), ["not looked yet"]
        while wrong and (town.product.now() - began).total_seconds() < PATIENCE:
            await town.product.sweep()
            wrong = [what for one in town.people for what in one.wrong()]
        took = (town.product.now() - began).total_seconds()
        town.note(f"until all agreed after {side}, by the clocks", f"{took:.0f} s")


def _go_away(town: Town, side: str, *, silently: bool) -> None:
    """Has a side answer nothing but 503, or nothing at all."""
    _come_back(town)
    run = town.product.run
    gone = FaultRule(kind="timeout_before_effect" if silently else "status", status=503)
    if side == "booking product":
        run.booking.api.faults.add(gone)
    elif silently:
        run.graph.faults.set("timeout_before_effect", drop=True)
        run.identity.faults.add(FaultRule(kind="unavailable"))
    else:
        run.graph.faults.set("error", status=503)


def _come_back(town: Town) -> None:
    run = town.product.run
    run.graph.faults.clear()
    run.booking.api.faults.clear()
    run.identity.faults.clear()


async def two_hosts(town: Town, moments: int) -> None:
    """Two hosts share the storage; one is killed again and again, and nobody ends its leases."""
    async with open_beside(town.product) as other:
        town.meter.hosts.append(other)
        town.note("kills of one of two hosts", str(moments))
        async with town.life("of two hosts", pause=0.2):
            for moment in range(moments):
                await asyncio.sleep(town.rng.uniform(3, 8))
                one = town.rng.choice((other, town.product.functions))
                await one.kill()
                await asyncio.sleep(town.rng.uniform(0, 3))
                await one.start()
                say(f"killed {moment + 1} times")
        await town.product.quiet()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a command plays.

    Attributes:
        play: The scene, for a town and a number of moments.
        people: Who live there, unless told otherwise.
        moments: Changes, kills, restarts, jumps, or hours; unless told otherwise.
        keeps: Whether the storage can be restarted.
        max_age: Seconds after which everybody is due for a sweep.
    """

    play: Callable[[Town, int], Awaitable[None]]
    people: int
    moments: int
    keeps: bool = False
    max_age: int = 1


SCENES = {
    "people": Scene(play=people, people=1000, moments=1000, max_age=3600),
    "kills": Scene(play=kills, people=10, moments=200),
    "emulator": Scene(play=emulator, people=10, moments=30, keeps=True),
    "clock": Scene(play=clock, people=10, moments=40),
    "outage": Scene(play=outage, people=10, moments=24),
    "two-hosts": Scene(play=two_hosts, people=20, moments=20),
}
