"""What the budgets are measured on, acted out on the running product.

Each scene gives what it cost; the benchmark prints it, and a test holds the counts.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.stage import HOUR, Stage
from benchmarks.tally import Costs, Tally
from simulators.booking.model import Item, Notice, NoticeType
from simulators.common.faults import FaultRule
from sync.config import StorageSettings
from sync.engine.links import Base, Kind, Known, Link, Side, booking_key
from sync.outside.clock import RandomIds, SystemClock
from sync.outside.tables.client import Tables
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.sealing import Sealer
from sync.people.sweep import SHARDS
from sync.ports import AccountCause, LedgerChange
from sync.words import AccountId, BookingItemId, Interval, OutlookItemId, PersonKey, StaffId
from tests.e2e.product import (
    Product,
    eventually,
    meeting,
    open_member,
    open_product,
    open_synced,
    tomorrow,
)
from tests.stories.sync.world import World

#: A timer that never comes by itself: what it wakes would count.
NEVER = "0 0 0 1 1 *"
#: Hours that the items of a full schedule take, two for each pair.
FULL = 400
SWEEP_EVERY = timedelta(minutes=5)
_FINISHED = re.compile(r"sync\.run_finished person=(\S+) cause=(\w+) .*milliseconds=(\d+)")
_LOT = 200
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSync:
    """What a first sync cost.

    Attributes:
        staff: Whose it was.
        items: Made on both sides together.
        milliseconds: From its first line to its last.
        reads: Calls that read, on the side with more of them.
        costs: Of it, and of the job that follows it.
        is_disturbed: A call failed by itself, and the sync began anew: its times say nothing.
    """

    staff: str
    items: int
    milliseconds: int
    reads: int
    costs: Costs
    is_disturbed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day costs a healthy person to whom nothing happens."""

    jobs: int
    account_looks: int


@asynccontextmanager
async def open_quiet_stage(tally: Tally) -> AsyncIterator[Stage]:
    """Starts the product, its timers still, with somebody whose calendars are empty."""
    with TemporaryDirectory() as folder:
        async with (
            open_product(
                Path(folder),
                on_storage=tally.on_storage,
                SYNC_MAX_AGE_SECONDS="3600",
                SWEEP_SCHEDULE=NEVER,
                RENEWAL_SCHEDULE=NEVER,
            ) as product,
            open_synced(product, product.hire("Bea")) as member,
        ):
            yield Stage(product=product, member=member)


async def quiet_job(product: Product, staff: str) -> None:
    """Wakes somebody for nothing, as a webhook does, and waits for the end of the job."""
    product.run.booking.webhooks.tell(
        Notice(type=NoticeType.ITEMS_CHANGED, account_id=product.account, staff_id=staff)
    )
    await _next_job(product)


async def quiet_jobs(tally: Tally, product: Product, staff: str, count: int) -> Costs:
    """Gives what some wake-ups for nothing cost together."""
    await product.quiet()
    before = await tally.so_far(product)
    for _ in range(count):
        await quiet_job(product, staff)
    await product.quiet()
    return await tally.so_far(product) - before


async def quiet_moves(tally: Tally, product: Product, staff: str, count: int) -> Costs:
    """Gives what some moved Appointments cost together, their echoes included.

    Nothing is read from the simulators meanwhile: a full calendar takes them long.
    """
    await product.quiet()
    before = await tally.so_far(product)
    for number in range(count):
        item = move_ahead(product, staff, number)
        await _next_job(product)
        await product.quiet()
        assert is_moved(product, staff, item)
    return await tally.so_far(product) - before


async def changes(tally: Tally, stage: Stage, number: int) -> dict[str, Costs]:
    """Gives what each kind of change costs, its echo included."""
    costs: dict[str, Costs] = {}
    for name, act in _CHANGES.items():
        await stage.product.quiet()
        before = await tally.so_far(stage.product)
        await act(stage, number)
        await stage.product.quiet()
        costs[name] = await tally.so_far(stage.product) - before
    return costs


async def first_sync(
    tally: Tally, product: Product, name: str, *, each: int, latency: float = 0
) -> FirstSync:
    """Syncs somebody for the first time.

    Args:
        tally: Counts.
        product: Where.
        name: First name of somebody new.
        each: How many Appointments, and how many Meetings.
        latency: Seconds that each call to either side takes longer.
    """
    staff = product.hire(name)
    fill(product, staff, appointments=each, meetings=each)
    await product.activate(staff)
    async with open_member(product, staff) as member:
        await member.sign_in()
        await product.quiet()
        slow_down(product, staff, latency)
        before = await tally.so_far(product)
        await member.start()
        await eventually(lambda: _first_run(product, staff), within=300)
        reads = _reads(product, before)
        await product.quiet()
        costs = await tally.so_far(product) - before
        speed_up(product)
        made = len(product.ours(member.address)) + len(product.made(staff))
    return FirstSync(
        staff=staff,
        items=made,
        milliseconds=_first_run(product, staff) or 0,
        reads=reads,
        costs=costs,
        is_disturbed=any("sync.run_postponed" in x and f":{staff} " in x for x in product.logs),
    )


async def undisturbed(
    tally: Tally, product: Product, name: str, *, each: int, latency: float = 0
) -> FirstSync:
    """Gives the first sync of one of three people: on a busy machine calls fail by themselves."""
    for number in range(_TRIES):
        found = await first_sync(tally, product, f"{name}{number}", each=each, latency=latency)
        if not found.is_disturbed:
            break
    return found


async def disconnect(tally: Tally, product: Product, name: str, *, latency: float) -> Costs:
    """Gives what it costs to take 200 events out of Outlook again."""
    staff = product.hire(name)
    fill(product, staff, appointments=200)
    async with open_synced(product, staff) as member:
        slow_down(product, staff, latency)
        before = await tally.so_far(product)
        (await member.call("DELETE", "/sync")).raise_for_status()
        await eventually(lambda: not product.ours(member.address), within=120)
        await product.quiet()
        costs = await tally.so_far(product) - before
        speed_up(product)
    return costs


async def add_passed(product: Product, staff: str, count: int) -> None:
    """Puts Links of long ago into somebody's ledger."""
    tables = Tables(StorageSettings(connection_string=product.run.azurite.connection_string()))
    # Links are not sealed: any key does.
    ledger = TableLedger(tables, sealer=Sealer((b"k" * 32,)), clock=SystemClock(), ids=RandomIds())
    person = PersonKey(account_id=AccountId(product.account), staff_id=StaffId(staff))
    opened = await ledger.open(person, seconds=120)
    assert opened is not None
    newest = datetime.now(UTC) - timedelta(days=30)
    links = [_passed(number, newest - number * 2 * HOUR) for number in range(count)]
    for start in range(0, count, _LOT):
        await ledger.record(opened.lease, LedgerChange(keep=tuple(links[start : start + _LOT])))
    await ledger.close(opened.lease)
    await tables.close()


async def quiet_day(max_age_seconds: int = 3_600) -> Day:
    """Lives through a day of three people to whom nothing happens, in memory."""
    world, jobs, looks = World(sync_max_age_seconds=max_age_seconds), 0, 0
    names = ("anna", "ben", "cleo")
    for name in names:
        await world.started_person(name)
    world.jobs.accounts.clear()
    end = world.clock.now() + timedelta(days=1)
    while world.clock.now() < end:
        world.clock.advance(SWEEP_EVERY.total_seconds())
        for shard in range(SHARDS):
            await world.sweep.run_shard(shard)
        looks += sum(one.job.cause is AccountCause.STAFF_CHANGED for one in world.jobs.accounts)
        world.jobs.accounts.clear()
        while (job := world.jobs.take_sync()) is not None:
            jobs += 1
            await world.deliver(job)
    return Day(jobs=round(jobs / len(names)), account_looks=looks)


def fill(product: Product, staff: str, *, appointments: int, meetings: int = 0) -> None:
    """Fills the Window evenly, an hour for each item, so that nothing meets."""
    address = address_of(product, staff)
    first = tomorrow(0)
    for number in range(appointments):
        start = first + 2 * number * HOUR
        product.run.booking.state.book_appointment(
            product.account,
            staff,
            start=start,
            end=start + HOUR,
            customer=f"Ada{number}",
            service="Cut",
        )
    for number in range(meetings):
        start = first + (2 * number + 1) * HOUR
        product.run.graph.acts.create(address, meeting(f"Supplier{number}", start))


def address_of(product: Product, staff: str) -> str:
    """Gives the address of somebody's mailbox."""
    address = product.run.booking.state.staff_member(product.account, staff).email
    assert address is not None
    return address


def move_ahead(product: Product, staff: str, number: int) -> Item:
    """Moves the next Appointment that ``fill`` made to a time after all of them.

    Args:
        product: Where.
        staff: Whose schedule has at most ``FULL`` items of ``fill``.
        number: Another one for each move.
    """
    item = next(one for one in product.items(staff) if one.customer is not None)
    start = tomorrow(0) + (FULL + number) * HOUR
    return product.run.booking.state.move(
        product.account, staff, item.id, start=start, end=start + HOUR
    )


def is_moved(product: Product, staff: str, item: Item) -> bool:
    """Says whether the event of an Appointment has its time."""
    assert item.customer is not None
    event = product.event(address_of(product, staff), f"{item.customer.name} - Cut")
    wanted = f"{item.start:%Y-%m-%dT%H:%M}"
    return event is not None and event["start"]["dateTime"].startswith(wanted)


def slow_down(product: Product, staff: str, seconds: float) -> None:
    """Makes each call to either side of somebody take longer."""
    if seconds:
        address = address_of(product, staff)
        product.run.graph.faults.set("latency", user=address, ms=seconds * 1000)
        product.run.booking.api.faults.add(
            FaultRule(kind="latency", subject=staff, seconds=seconds)
        )


def speed_up(product: Product) -> None:
    """Ends what ``slow_down`` began."""
    product.run.graph.faults.clear("latency")
    product.run.booking.api.faults.clear()


async def _book(stage: Stage, number: int) -> None:
    stage.book(f"Ada{number}", stage.slot(4 * number))
    await stage.see_event(f"Ada{number}")


async def _move_booking(stage: Stage, number: int) -> None:
    start = stage.slot(4 * number + 1)
    (item,) = (
        each
        for each in stage.product.items(stage.member.staff)
        if each.customer is not None and each.customer.name == f"Ada{number}"
    )
    stage.product.run.booking.state.move(
        stage.product.account, stage.member.staff, item.id, start=start, end=start + HOUR
    )
    wanted = f"{start:%Y-%m-%dT%H:%M}"

    def has_moved() -> bool:
        event = stage.product.event(stage.member.address, f"Ada{number} - Cut")
        return event is not None and event["start"]["dateTime"].startswith(wanted)

    await eventually(has_moved)


async def _meet(stage: Stage, number: int) -> None:
    stage.meet(f"Supplier{number}", stage.slot(4 * number + 2))
    await stage.see_reserve(f"Supplier{number}")


async def _move_meeting(stage: Stage, number: int) -> None:
    event = stage.product.event(stage.member.address, f"Supplier{number}")
    assert event is not None
    start = stage.slot(4 * number + 3)
    stage.product.run.graph.acts.move(event["id"], start, start + HOUR)

    def has_moved() -> bool:
        reserve = stage.product.reserve(stage.member.staff, f"Supplier{number}")
        return reserve is not None and reserve.start == start

    await eventually(has_moved)


_CHANGES: dict[str, Callable[[Stage, int], Awaitable[None]]] = {
    "Appointment booked": _book,
    "Appointment moved": _move_booking,
    "Meeting made": _meet,
    "Meeting moved": _move_meeting,
}


def _passed(number: int, start: datetime) -> Link:
    where = Interval(start, start + HOUR)
    item = BookingItemId(f"passed-{number}")
    return Link(
        key=booking_key(item),
        origin=Side.BOOKING,
        kind=Kind.APPOINTMENT,
        interval=where,
        booking_id=item,
        outlook_id=OutlookItemId(f"event-{number}"),
        generation="g",
        base=Base(
            booking=Known(version="v1", interval=where),
            outlook=Known(version="e1", interval=where),
            interval=where,
            text="t" * 32,
        ),
    )


async def _next_job(product: Product) -> None:
    """Waits for the end of one more job."""
    ended = _ended(product)
    await eventually(lambda: _ended(product) > ended)


def _ended(product: Product) -> int:
    return sum("function.ended function=sync_jobs" in line for line in product.logs)


def _first_run(product: Product, staff: str) -> int | None:
    """Gives the milliseconds of somebody's first sync, once it has ended."""
    found = [
        int(match.group(3))
        for line in product.logs
        if (match := _FINISHED.search(line)) and match.group(1).endswith(staff)
    ]
    return found[0] if found else None


def _reads(product: Product, before: Costs) -> int:
    """Counts the calls so far that read a side, one after another, on the side with more."""
    calls = product.calls() - before.calls
    graph = sum(n for name, n in calls.items() if name.endswith("delta()"))
    booking = calls["booking listItems"] + calls["booking listChanges"]
    return max(graph, booking)
