"""The budgets: what a sync may cost, and what it does cost on the running product.

Storage requests are counted where they arrive, without the host's polls and renewals of messages.
CPU is that of the functions' process, without what it takes when idle.
"""

import asyncio
from math import ceil

from benchmarks.bench_latency import times_of
from benchmarks.figures import Figures, median, percentile
from benchmarks.scenes import (
    FirstSync,
    add_passed,
    changes,
    disconnect,
    first_sync,
    open_quiet_stage,
    quiet_day,
    quiet_jobs,
    undisturbed,
)
from benchmarks.stage import Stage
from benchmarks.tally import Costs, Tally, cpu_of

QUIET_JOBS = 40
ROUNDS = 4
PASSED = 5_000
IDLE_SECONDS = 5
AT_ONCE = 4
_EACH = 200

#: What is to be reached, by the figure's name.
TO_REACH: Figures = {
    "job that finds nothing: storage requests": 8,
    "job that finds nothing: CPU ms": 18,
    "change with its echo: jobs": 1,
    "change with its echo: storage requests": 14,
    "change with its echo: CPU ms": 50,
    "first sync of 200 + 200 at 250 ms a call, to the least possible": 1.25,
    "first sync of 200 + 200 at 50 ms a call, to the least possible": 2,
    "first sync of 200 + 200: storage requests": 120,
    "first sync of 200 + 200: CPU ms an item": 6,
    "first sync of 1,000 + 1,000: jobs": 10,
    "job that finds nothing, 5,000 passed items to none: CPU": 1.1,
    "disconnect of 200 items at 50 ms a call: s": 3.5,
    "change to other side: median, s": 0.4,
    "change to other side: 95 of 100, s": 0.6,
    "healthy person: jobs a day that find nothing": 3,
    "looks at a whole Account a day": 1,
    "requests at a time on one mailbox": AT_ONCE,
}


def run() -> Figures:
    """Measures; takes about five minutes."""
    figures = asyncio.run(_measure())
    return {name: figures[name] for name in TO_REACH}


async def _measure() -> Figures:
    tally = Tally()
    async with open_quiet_stage(tally) as stage:
        figures = await _of_one_person(tally, stage)
        figures |= await _of_many_items(tally, stage, figures.pop("idle"))
        peaks = stage.product.run.graph.service.most_in_flight
        figures["requests at a time on one mailbox"] = max(peaks.values())
    day = await quiet_day()
    figures["healthy person: jobs a day that find nothing"] = day.jobs
    figures["looks at a whole Account a day"] = day.account_looks
    return figures


async def _of_one_person(tally: Tally, stage: Stage) -> Figures:
    product, staff = stage.product, stage.member.staff
    await quiet_jobs(tally, product, staff, 5)  # the first ones import and connect
    before = cpu_of(product)
    await asyncio.sleep(IDLE_SECONDS)
    idle = (cpu_of(product) - before) / IDLE_SECONDS
    quiet = await quiet_jobs(tally, product, staff, QUIET_JOBS)
    await changes(tally, stage, 0)  # the first ones look their subscription up
    rounds = [await changes(tally, stage, number) for number in range(1, ROUNDS + 1)]
    costs = [one for each in rounds for one in each.values()]
    out, back = await times_of(stage, 4 * (ROUNDS + 1))
    return {
        "idle": idle,
        "job that finds nothing: storage requests": round(quiet.requests.total() / QUIET_JOBS, 1),
        "job that finds nothing: CPU ms": round(quiet.net(idle) / QUIET_JOBS, 1),
        "change with its echo: jobs": max(one.jobs for one in costs),
        "change with its echo: storage requests": max(one.requests.total() for one in costs),
        "change with its echo: CPU ms": round(_mean([one.net(idle) for one in costs]), 1),
        "change to other side: median, s": round(median(out + back), 2),
        "change to other side: 95 of 100, s": round(percentile(out + back, 95), 2),
    }


async def _of_many_items(tally: Tally, stage: Stage, idle: float) -> Figures:
    product, staff = stage.product, stage.member.staff
    slow = await undisturbed(tally, product, "Cara", each=_EACH, latency=0.25)
    fast = await undisturbed(tally, product, "Dora", each=_EACH, latency=0.05)
    removed = await disconnect(tally, product, "Gabi", latency=0.05)
    large = await first_sync(tally, product, "Iris", each=1_000)
    none = await quiet_jobs(tally, product, staff, QUIET_JOBS)
    await add_passed(product, staff, PASSED)
    await quiet_jobs(tally, product, staff, 1)  # the first one meets them
    passed = await quiet_jobs(tally, product, staff, QUIET_JOBS)
    return {
        "first sync of 200 + 200 at 250 ms a call, to the least possible": _to_least(slow, 0.25),
        "first sync of 200 + 200 at 50 ms a call, to the least possible": _to_least(fast, 0.05),
        "first sync of 200 + 200: storage requests": slow.costs.requests.total(),
        "first sync of 200 + 200: CPU ms an item": round(fast.costs.net(idle) / fast.items, 1),
        "first sync of 1,000 + 1,000: jobs": large.costs.jobs,
        "disconnect of 200 items at 50 ms a call: s": round(removed.milliseconds / 1000, 1),
        "job that finds nothing, 5,000 passed items to none: CPU": _ratio(passed, none, idle),
    }


def _to_least(one: FirstSync, latency: float) -> float:
    """Compares with both sides at once, four calls at a time on each, and nothing between."""
    calls = ceil(one.items / 2 / AT_ONCE) + one.reads
    return round(one.milliseconds / 1000 / (calls * latency), 2)


def _ratio(one: Costs, other: Costs, idle: float) -> float:
    return round(one.net(idle) / other.net(idle), 2)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
