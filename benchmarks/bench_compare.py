"""The product beside others that do the same work, in one run on one machine.

Each takes 200 items from each side to the other, then finds nothing, then takes one moved item
over; each call to either side takes 50 or 250 ms. docs/benchmarks.md says what is not equal.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figures, median
from benchmarks.others.plain import Task
from benchmarks.others.vdirsyncer import Spent, is_installed, open_folders
from benchmarks.scenes import (
    FULL,
    address_of,
    fill,
    is_moved,
    move_ahead,
    open_quiet_stage,
    quiet_jobs,
    quiet_moves,
    slow_down,
    speed_up,
    undisturbed,
)
from benchmarks.tally import Costs, Tally, cpu_of
from simulators.host.process import ROOT
from sync.engine.cases import SETTLING
from tests.e2e.product import Product, tomorrow

REPETITIONS = 3
LATENCIES = (0.05, 0.25)
EACH = 200
IDLE_ROUNDS = 10
MOVES = 4
PRODUCT = "product"
VDIRSYNCER = "vdirsyncer"
#: By name: the library, and how many calls are in flight on each side.
PLAIN = {
    "msgraph-sdk, one call at a time": ("sdk", 1),
    "msgraph-sdk, four at a time": ("sdk", 4),
    "O365, one call at a time": ("o365", 1),
    "O365, four at a time": ("o365", 4),
}
OTHERS = (*PLAIN, VDIRSYNCER)
FIRST, IDLE, MOVE = WORKS = ("first sync", "idle round", "one change")
#: Of the product alone.
SETTLED = "first job after the half minute in which events settle"
_IDLE_SECONDS = 5
_WARM_UP = 5

type Found = dict[str, Spent]
"""By work, what it took; means over rounds."""
type Measure = Callable[[str, int, float], Awaitable[Found]]
"""Takes a name that nobody has, the number of items of each side, and the latency."""


def run() -> Figures:
    """Measures; takes about forty minutes."""
    if not is_installed():
        sys.exit("What the product is compared with is not installed: make bench-compare")
    return _figures(asyncio.run(_measure()))


async def _measure() -> dict[tuple[str, float], list[Found]]:
    found: dict[tuple[str, float], list[Found]] = defaultdict(list)
    async with AsyncExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        tally = Tally()
        stage = await opened.enter_async_context(open_quiet_stage(tally))
        # The first jobs import and connect.
        await quiet_jobs(tally, stage.product, stage.member.staff, _WARM_UP)
        measures: dict[str, Measure] = {PRODUCT: await _product(tally, stage.product)}
        scripts = _Scripts(stage.product, folder)
        for name, (library, at_once) in PLAIN.items():
            worker = await opened.enter_async_context(_open_worker(library, at_once))
            measures[name] = scripts.measure(worker)
        measures[VDIRSYNCER] = _Folders(folder).measure
        for number, measure in enumerate(measures.values()):
            await measure(f"Warm{number}", _WARM_UP, 0)
        for repetition in range(REPETITIONS):
            for latency in LATENCIES:
                for number, (name, measure) in enumerate(measures.items()):
                    who = f"P{repetition}x{round(latency * 1000)}x{number}"
                    found[name, latency].append(await measure(who, EACH, latency))
                    took = found[name, latency][-1][FIRST].seconds
                    done = f"{repetition + 1} of {REPETITIONS}, {round(latency * 1000)} ms a call"
                    print(f"{done}, {name}: first sync {took:.1f} s", file=sys.stderr, flush=True)
    return found


async def _product(tally: Tally, product: Product) -> Measure:
    before = cpu_of(product)
    await asyncio.sleep(_IDLE_SECONDS)
    idle = (cpu_of(product) - before) / _IDLE_SECONDS

    def each(costs: Costs, count: int) -> Spent:
        return Spent(
            seconds=costs.milliseconds / 1000 / count,
            cpu=costs.net(idle) / count,
            calls=_graph_calls(costs.calls) / count,
        )

    async def measure(name: str, count: int, latency: float) -> Found:
        """CPU and calls of the first sync hold the job that follows it, its time does not."""
        first = await undisturbed(tally, product, name, each=count, latency=latency)
        # Until then each job asks for every event by itself, and so does the next one.
        await asyncio.sleep(SETTLING.total_seconds() + 1)
        slow_down(product, first.staff, latency)
        found = {
            FIRST: replace(each(first.costs, 1), seconds=first.milliseconds / 1000),
            SETTLED: each(await quiet_jobs(tally, product, first.staff, 1), 1),
            IDLE: each(await quiet_jobs(tally, product, first.staff, IDLE_ROUNDS), IDLE_ROUNDS),
            MOVE: each(await quiet_moves(tally, product, first.staff, MOVES), MOVES),
        }
        speed_up(product)
        return found

    return measure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    process: Process

    async def round(self, task: Task) -> tuple[float, float]:
        """Runs a round; gives seconds and CPU milliseconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
        line = await self.process.stdout.readline()
        assert line, "the worker has ended: see above"
        seconds, cpu = json.loads(line)
        return seconds, cpu


@asynccontextmanager
async def _open_worker(library: str, at_once: int) -> AsyncIterator[_Worker]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.others.worker"]
    process = await asyncio.create_subprocess_exec(
        *command, library, str(at_once), stdin=PIPE, stdout=PIPE, cwd=ROOT
    )
    assert process.stdin is not None
    try:
        yield _Worker(process=process)
    finally:
        process.stdin.close()
        await process.wait()


class _Scripts:
    """The plain scripts, on people of whom the product knows nothing."""

    def __init__(self, product: Product, folder: Path) -> None:
        self._product = product
        self._folder = folder
        self._people: dict[str, str] = {}
        graph = product.run.graph.service
        known = graph.token_check
        graph.token_check = lambda token: self._people.get(token) or known(token)

    def measure(self, worker: _Worker) -> Measure:
        """Gives how one of them is measured."""

        async def measure(name: str, count: int, latency: float) -> Found:
            webhooks = self._product.run.booking.webhooks
            # The product would answer each webhook while somebody else's time is taken.
            url, webhooks.url = webhooks.url, None
            try:
                return await self._measure(worker, name, count, latency)
            finally:
                webhooks.url = url
                speed_up(self._product)

        return measure

    async def _measure(self, worker: _Worker, name: str, count: int, latency: float) -> Found:
        product = self._product
        staff = product.hire(name)
        fill(product, staff, appointments=count, meetings=count)
        task = self._task(staff)
        await product.quiet()
        slow_down(product, staff, latency)
        before = _graph_calls(product.calls())
        seconds, cpu = await worker.round(task)
        # The next round reads back what the first has written.
        _, after = await worker.round(task)
        calls = _graph_calls(product.calls()) - before
        assert len(product.events(address_of(product, staff))) == 2 * count
        assert len(product.items(staff)) == 2 * count
        return {
            FIRST: Spent(seconds=seconds, cpu=cpu + after, calls=calls),
            IDLE: await self._rounds(worker, task, IDLE_ROUNDS),
            MOVE: await self._rounds(worker, task, MOVES, moved=staff),
        }

    async def _rounds(
        self, worker: _Worker, task: Task, count: int, *, moved: str | None = None
    ) -> Spent:
        """Gives the mean of some rounds, before each of which somebody's Appointment may move."""
        before = _graph_calls(self._product.calls())
        took = []
        for number in range(count):
            item = move_ahead(self._product, moved, number) if moved else None
            took.append(await worker.round(task))
            assert not (moved and item) or is_moved(self._product, moved, item)
        return Spent(
            seconds=sum(seconds for seconds, _ in took) / count,
            cpu=sum(cpu for _, cpu in took) / count,
            calls=(_graph_calls(self._product.calls()) - before) / count,
        )

    def _task(self, staff: str) -> Task:
        product, settings = self._product, self._product.run.settings()
        address = address_of(product, staff)
        self._people[f"token-{staff}"] = address
        begin = datetime.now(UTC).replace(microsecond=0)
        return Task(
            graph=product.run.graph.base_url,
            token=f"token-{staff}",
            calendar=product.run.graph.acts.calendar(address).calendar_id,
            schedule=f"{settings['BOOKING_API_URL']}/accounts/{product.account}/staff/{staff}",
            booking_token=settings["BOOKING_API_TOKEN"],
            begin=f"{begin:%Y-%m-%dT%H:%M:%SZ}",
            end=f"{begin + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}",
            state=str(self._folder / f"{staff}.json"),
        )


class _Folders:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def measure(self, name: str, count: int, latency: float) -> Found:
        """Measures ``vdirsyncer``, which has a process for each round."""
        opened = open_folders(self._folder / name, first=tomorrow(0), each=count, latency=latency)
        async with opened as folders:
            first = await folders.sync()
            assert folders.events() == (2 * count, 2 * count)
            idle = [await folders.sync() for _ in range(IDLE_ROUNDS)]
            moves = []
            for number in range(MOVES):
                folders.write(number, FULL + number)
                moves.append(await folders.sync())
                assert folders.has(f"ada{number}", FULL + number)
            return {FIRST: first, IDLE: _mean(idle), MOVE: _mean(moves)}


def _mean(rounds: list[Spent]) -> Spent:
    count = len(rounds)
    return Spent(
        seconds=sum(one.seconds for one in rounds) / count,
        cpu=sum(one.cpu for one in rounds) / count,
        calls=sum(one.calls for one in rounds) / count,
    )


def _graph_calls(calls: dict[str, int]) -> int:
    return sum(count for name, count in calls.items() if name.startswith("graph"))


def _figures(found: dict[tuple[str, float], list[Found]]) -> Figures:
    """Gives medians over the repetitions, and what the product takes to what each other takes."""
    figures: Figures = {}
    for work in WORKS:
        for latency in LATENCIES:
            head = f"{work} at {round(latency * 1000)} ms a call"
            medians = {
                name: _medians([one[work] for one in found[name, latency]])
                for name in (PRODUCT, *OTHERS)
            }
            for name, spent in medians.items():
                figures[f"{head}, {name}: s"] = round(spent.seconds, 3)
                figures[f"{head}, {name}: CPU ms"] = round(spent.cpu, 1)
                figures[f"{head}, {name}: calls"] = round(spent.calls, 1)
            ours = medians[PRODUCT]
            for name in OTHERS:
                other = medians[name]
                figures[f"{head}, {PRODUCT} to {name}: s"] = round(ours.seconds / other.seconds, 2)
                figures[f"{head}, {PRODUCT} to {name}: CPU"] = round(ours.cpu / other.cpu, 2)
    for latency in LATENCIES:
        settled = _medians([one[SETTLED] for one in found[PRODUCT, latency]])
        head = f"{SETTLED} at {round(latency * 1000)} ms a call"
        figures[f"{head}: s"] = round(settled.seconds, 3)
        figures[f"{head}: CPU ms"] = round(settled.cpu, 1)
        figures[f"{head}: calls"] = round(settled.calls, 1)
    return figures


def _medians(spent: list[Spent]) -> Spent:
    return Spent(
        seconds=median([one.seconds for one in spent]),
        cpu=median([one.cpu for one in spent]),
        calls=median([one.calls for one in spent]),
    )
