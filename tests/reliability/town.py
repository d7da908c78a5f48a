"""Many people whose sync runs, what they do meanwhile, and what is measured of it.

What is true afterwards is asked of the oracle of `tests/e2e/chaos.py`, and of the mailbox.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copy
from time import perf_counter

import httpx

from benchmarks.figures import median, percentile
from simulators.host.process import ROOT, FunctionsProcess
from tests.e2e.chaos import MARK, Chaos, Weather, begin, wrong_afterwards
from tests.e2e.product import Product, meeting, open_member, open_product, tomorrow
from tests.e2e.storage import count_poisoned

#: People who go through the doors at the same time.
AT_THE_DOORS = 6
#: Seconds between two looks for what has arrived.
LOOK = 0.1
#: Deletions in Outlook by one person: more would be asked about (R11.7), and nobody answers here.
MOST_DELETIONS = 2
#: Seconds between two sweeps while people act: the timer of production, hurried.
SWEEP = 20.0
#: Where only what waits its time is waited for, and nothing has gone on for `STILL` seconds, the
#: clocks jump ahead, further each time.
STILL = 1.0
SHORTEST_JUMP, LONGEST_JUMP = timedelta(seconds=5), timedelta(minutes=5)
#: Seconds in which both sides have to agree once all faults are over, by the clocks that jump.
PATIENCE = 7200.0
#: What may be told of an item again and again: as often as somebody did it.
_TOLD_AS = {
    "drags_away": "into another calendar",
    "makes_all_day": "last all day",
    "deletes_event": "You deleted",
}
_MEGABYTE = 1024 * 1024
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is under way to the other side.

    Attributes:
        name: The customer's, or the Meeting's subject.
        whose: The person.
        began: When it was made, by the world's clock.
        item_id: Of what was booked; empty for a Meeting.
    """

    name: str
    whose: Chaos
    began: datetime
    item_id: str = ""


@dataclass(slots=True)
class Lag:
    """Seconds from a change to the other side's showing it.

    Attributes:
        out: To Outlook.
        back: To the booking product.
        under_way: What has not arrived yet.
    """

    product: Product
    out: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    under_way: list[Change] = field(default_factory=list)

    def look(self) -> None:
        """Notes what has arrived."""
        if not self.under_way:
            return
        now = self.product.now()
        marks = {
            mark.split(":")[1]
            for event in self.product.run.graph.state.events.values()
            for key, mark in event.content.extended.items()
            if MARK in key
        }
        left = []
        for one in self.under_way:
            if one.item_id in marks:
                self.out.append((now - one.began).total_seconds())
            elif not one.item_id and _is_made(self.product, one):
                self.back.append((now - one.began).total_seconds())
            else:
                left.append(one)
        self.under_way = left

    async def watch(self) -> None:
        """Looks until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK)

    def start_over(self) -> None:
        """Forgets what was measured, and what is under way."""
        self.out, self.back, self.under_way = [], [], []

    def rows(self) -> list[tuple[str, str]]:
        """Gives median and 95 of 100 for the table."""
        return [
            (f"s {name}: n, median, 95 of 100, longest", _spread(values))
            for name, values in (("to Outlook", self.out), ("to the booking product", self.back))
            if values
        ]


@dataclass(slots=True)
class Meter:
    """Memory and CPU of the functions' processes, looked at every half second (Linux only)."""

    hosts: list[FunctionsProcess]
    most: float = 0.0
    last: float = 0.0
    cpu: dict[int, float] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)

    def look(self) -> None:
        """Notes what each process has now."""
        for host in self.hosts:
            with suppress(OSError, IndexError):
                place = Path(f"/proc/{host.pid}")
                pages = int((place / "statm").read_text().split()[1])
                self.last = pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE
                self.most = max(self.most, self.last)
                user, system = (place / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
                ticks = os.sysconf("SC_CLK_TCK")
                self.cpu[host.pid] = (int(user) + int(system)) / ticks

    async def watch(self) -> None:
        """Looks until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(0.5)


@dataclass(slots=True)
class Town:
    """People and what is measured.

    Attributes:
        product: The product.
        people: Everybody, synced.
        rng: Of the history.
        weather: The faults.
        lag: Of the changes that are made to be waited for.
        meter: Of the functions.
        clock: The file that moves the functions' clock.
        max_age: After so long everybody is due for a sweep.
        figures: Rows of the table, in their order.
        changes: Made on either side.
    """

    product: Product
    rng: random.Random
    weather: Weather
    lag: Lag
    meter: Meter
    clock: Path
    max_age: timedelta
    people: list[Chaos] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    changes: int = 0
    number: int = 0
    _seen: tuple[int, int] = (0, 0)
    _still_since: float = 0.0
    _jump: timedelta = SHORTEST_JUMP

    # People

    async def settle(self, count: int) -> None:
        """Takes on so many people, and has each go through the doors as in a browser."""
        began = perf_counter()
        first = len(self.people)
        staff = [self.product.hire(f"P{number:04}") for number in range(first, first + count)]
        await self.product.activate(*staff)
        doors, done = asyncio.Semaphore(AT_THE_DOORS), 0

        async def come(one: str) -> Chaos:
            nonlocal done
            async with doors, open_member(self.product, one) as member:
                await member.sign_in()
                await member.start()
            done += 1
            if done % 50 == 0:
                say(f"{done} of {count} people have pressed Start Sync")
            return begin(self.product, [member], self.rng)[0]

        self.people += await asyncio.gather(*map(come, staff))
        await self.product.quiet()
        rows = (await self.product.ask("GET", "/staff")).json()["value"]
        states = Counter(row["state"] for row in rows if row["staff_id"] in set(staff))
        assert states == {"active": count}, states
        took = perf_counter() - began
        self.note("people through the doors", f"{count} in {took:.0f} s")

    # What they do

    def act(self) -> None:
        """Lets somebody do something."""
        one = self.rng.choice(self.people)
        before = len(one.done)
        if one.done.count("deletes_event") >= MOST_DELETIONS:
            one.acts = [act for act in one.acts if act != one.deletes_event]
        one.act()
        self.changes += len(one.done) - before

    def probe(self) -> None:
        """Makes a change on a free time, and has its arrival awaited."""
        one = self.rng.choice(self.people)
        self.number += 1
        name, staff = f"Probe{self.number}", one.member.staff
        # Each has an hour of its own, on days that nothing else is planned on.
        place = one.done.count("probe")
        at = tomorrow(place % 24, days=36 + place // 24)
        began = self.product.now()
        if self.number % 2:
            state, account = self.product.run.booking.state, self.product.account
            item = state.book_appointment(
                account, staff, start=at, end=at + _HOUR, customer=name, service="Cut"
            )
            change = Change(name, one, began, item.id)
        else:
            one.truth.meetings.add(name)
            self.product.run.graph.acts.create(one.member.address, meeting(name, at))
            change = Change(name, one, began)
        one.done.append("probe")
        self.changes += 1
        self.lag.under_way.append(change)

    async def live(
        self, *, until: asyncio.Event, pause: float, faults: bool, sweep_each: float
    ) -> None:
        """Lets people act, each second change one to be waited for, until told to end."""
        step, swept = 0, perf_counter()
        while not until.is_set():
            if faults and step % 10 == 0:
                self.weather.change()
            if perf_counter() - swept > sweep_each:
                swept = perf_counter()
                with suppress(httpx.HTTPError):  # the functions may be down
                    await self.product.servers.post("/admin/functions/sweep")
            (self.probe if step % 2 else self.act)()
            step += 1
            await asyncio.sleep(self.rng.uniform(0, 2 * pause))
        self.weather.clear()

    @asynccontextmanager
    async def life(
        self, name: str, *, pause: float = 0.2, faults: bool = True, sweep_each: float = SWEEP
    ) -> AsyncIterator[None]:
        """Lets people act as long as the block goes on.

        Args:
            name: Of these changes, for the table.
            pause: Seconds between two changes, on average.
            faults: Whether the weather is bad.
            sweep_each: Seconds between two sweeps.
        """
        until, began, before = asyncio.Event(), perf_counter(), self.changes
        living = asyncio.create_task(
            self.live(until=until, pause=pause, faults=faults, sweep_each=sweep_each)
        )
        try:
            yield
        finally:
            until.set()
            await living
        took = perf_counter() - began
        made = self.changes - before
        self.note(f"changes {name}", f"{made} in {took:.0f} s, {made / took:.1f} a second")

    def tell_lag(self, name: str) -> None:
        """Adds the lag so far to the table, and begins anew."""
        for row, value in self.lag.rows():
            self.note(f"{row}, {name}" if name else row, value)
        self.lag.start_over()

    # Afterwards

    async def sweep_all(self) -> None:
        """Has everybody looked at, as the timer does in the course of `max_age`."""
        self.pass_time(self.max_age)
        await self.product.sweep()

    async def agree(self) -> list[str]:
        """Waits until both sides of everybody agree; gives what is wrong where they don't.

        Everybody is looked at again and again by the sweep, as the timer does, for at most
        `PATIENCE`; what waits its time is waited for.
        """
        self.weather.clear()
        began = self.product.now()
        while True:
            await self.sweep_all()
            wrong = [what for one in self.people for what in one.wrong()]
            took = (self.product.now() - began).total_seconds()
            if not wrong or took > PATIENCE:
                break
            say(f"after {took:.0f} s {len(wrong)} still differ, such as {wrong[0]}")
        self.note("until all agreed, by the clocks", f"{took:.0f} s")
        self.pass_time(self.max_age)
        return [*await wrong_afterwards(self.product, self.people), *self.mailed_twice()]

    def mailed_twice(self) -> list[str]:
        """Names whoever was told one thing in two mails, or was not told at all."""
        found = []
        for one in self.people:
            mails = self.product.mails(one.member.address)
            kinds = Counter(_kind(mail["subject"], mail["text"]) for mail in mails)
            found += [
                f"{one.member.staff} has {kinds[kind]} mails: {kind}"
                for kind in ("invitation", "first sync")
                if kinds[kind] != 1
            ]
            told = [section for mail in mails for section in _sections(mail["text"])]
            for act, words in _TOLD_AS.items():
                count = sum(words in section for section in told)
                if count > one.done.count(act):
                    found.append(f"{one.member.staff} was told {count} times: {words}")
            # Each other one names its times: told again, it is the same.
            found += [
                f"{one.member.staff} was told {count} times: {section}"
                for section, count in Counter(told).items()
                if count > 1 and not any(words in section for words in _TOLD_AS.values())
            ]
        return found

    async def finish(self) -> list[str]:
        """Waits for agreement, shows the table and what is wrong; gives the latter."""
        wrong = await self.agree()
        self.lag.look()
        poisoned = await count_poisoned(self.product.run.azurite.connection_string())
        jobs = Counter(
            line.split(" outcome=", 1)[1].split()[0]
            for line in self.product.logs
            if "function.ended function=sync_jobs" in line
        )
        self.meter.look()
        cpu, took = sum(self.meter.cpu.values()), perf_counter() - self.meter.began
        overtaken = len(self.lag.under_way)
        self.tell_lag("")
        self.figures += [
            ("changed again on their way", str(overtaken)),
            ("sync jobs", f"{jobs.total()}, of them failed {jobs.total() - jobs['ok']}"),
            ("messages given up", str(poisoned)),
            ("mails", str(len(self.product.run.mailbox.post_office.mails()))),
            ("functions: memory now, at most, MB", f"{self.meter.last:.0f}, {self.meter.most:.0f}"),
            ("functions: CPU, of all time, s", f"{cpu:.0f} of {took:.0f}"),
            ("wrong", str(len(wrong))),
        ]
        width = max(len(name) for name, _ in self.figures)
        for name, value in self.figures:
            say(f"  {name:{width}}  {value}")
        for what in wrong:
            say(f"wrong: {what}")
        return wrong

    def note(self, name: str, value: str) -> None:
        """Adds a row to the table, and says it."""
        self.figures.append((name, value))
        say(f"{name}: {value}")

    # Clocks

    def move_functions(self, ahead: timedelta) -> None:
        """Moves the functions' clock, all hosts' alike."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(ahead.total_seconds()))
        new.replace(self.clock)

    def pass_time(self, step: timedelta) -> None:
        """Lets time pass everywhere: functions, storage, both sides, Microsoft's sign-in."""
        run = self.product.run
        self.product.ahead += step
        self.move_functions(self.product.ahead)
        run.azurite.advance(step)
        run.graph.state.clock.advance(step)
        run.booking.clock.advance(step)
        run.booking.webhooks.wall.advance(step)
        run.identity.directory.offset += step

    def hurry(self) -> None:
        """Lets time pass at a look for what waits, where nothing has gone on for a while.

        A message that is being worked on would show itself again.
        """
        seen = len(self.product.logs), self.product.calls().total()
        if seen != self._seen:
            self._seen, self._still_since, self._jump = seen, perf_counter(), SHORTEST_JUMP
        elif perf_counter() - self._still_since > STILL:
            self.pass_time(self._jump)
            self._still_since, self._jump = perf_counter(), min(2 * self._jump, LONGEST_JUMP)


@asynccontextmanager
async def open_town(
    folder: Path, *, seed: int, people: int, storage: bool = False, max_age: int = 1
) -> AsyncIterator[Town]:
    """Starts the product with so many people whose sync runs.

    Args:
        folder: For files of this run.
        seed: Of the history.
        people: How many.
        storage: Whether the emulator keeps everything in files, and can be restarted.
        max_age: Seconds after which everybody is due for a sweep.
    """
    app, clock, kept = folder / "app", folder / "ahead", folder / "storage"
    for place in (app, kept):
        place.mkdir()
    copy(ROOT / "host.json", app)
    copy(Path(__file__).parent / "moved_clock" / "function_app.py", app)
    clock.write_text("0")
    opened = open_product(
        folder,
        app_dir=app,
        storage=kept if storage else None,
        CLOCK_FILE=str(clock),
        SYNC_MAX_AGE_SECONDS=str(max_age),
    )
    async with opened as product, asyncio.TaskGroup() as tasks:
        product.patience = PATIENCE
        rng = random.Random(seed)  # noqa: S311 - a history has to come again
        town = Town(
            product=product,
            rng=rng,
            weather=Weather(product, rng),
            lag=Lag(product),
            meter=Meter([product.functions]),
            clock=clock,
            max_age=timedelta(seconds=max_age),
        )
        product.hurry = town.hurry
        # Its repeats go by the machine's clock, which nobody hurries.
        product.run.graph.poster.longest_gap = 4.0
        watching = [tasks.create_task(one.watch()) for one in (town.lag, town.meter)]
        await town.settle(people)
        yield town
        for task in watching:
            task.cancel()


def say(text: str) -> None:
    """Shows a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _is_made(product: Product, change: Change) -> bool:
    return any(item.title == change.name for item in product.made(change.whose.member.staff))


def _spread(values: list[float]) -> str:
    middle, most = median(values), percentile(values, 95)
    return f"{len(values)}, {middle:.2f}, {most:.2f}, {max(values):.2f}"


def _sections(text: str) -> list[str]:
    """Gives what a mail tells of each item."""
    return [part.split("\n\n")[0] for part in text.split("\n* ")[1:]]


def _kind(subject: str, text: str) -> str:
    if "/connect?invitation=" in text:
        return "invitation"
    # There is nothing at the first sync; whoever resyncs is not among these people.
    return "first sync" if "Both calendars were compared" in text else subject
