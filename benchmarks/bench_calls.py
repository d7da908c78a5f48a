"""Calls to Graph and to the booking product for one change, its echo included."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from benchmarks.figures import Figures
from benchmarks.stage import HOUR, Stage, open_stage
from simulators.booking.model import ItemStatus
from tests.e2e.product import eventually, open_synced


def run() -> Figures:
    """Measures; a first sync is counted for each item that it writes."""
    return asyncio.run(_measure())


async def _measure() -> Figures:
    figures: Figures = {}
    async with open_stage() as stage:
        for name, act in _ACTS.items():
            before = stage.product.calls()
            await act(stage)
            await stage.product.quiet()
            _note(figures, name, stage.product.calls() - before)
        before = stage.product.calls()
        sam = stage.product.run.practice.staff_id
        async with open_synced(stage.product, sam) as member:
            made = len(stage.product.ours(member.address)) + len(stage.product.made(sam))
        calls = stage.product.calls() - before
        figures["first sync: calls for each item made"] = round(calls.total() / made, 2)
    return figures


def _note(figures: Figures, name: str, calls: Counter[str]) -> None:
    for side in ("graph", "booking"):
        figures[f"{name}: {side}"] = sum(n for c, n in calls.items() if c.startswith(side))


async def _book(stage: Stage) -> None:
    stage.book("Ada", stage.slot(0))
    await eventually(lambda: stage.product.event(stage.member.address, "Ada - Cut"))


async def _move_booking(stage: Stage) -> None:
    item = stage.product.items(stage.member.staff)[0]
    start = item.start + HOUR
    stage.product.run.booking.state.move(
        stage.product.account, stage.member.staff, item.id, start=start, end=start + HOUR
    )
    wanted = f"{start:%Y-%m-%dT%H:%M}"
    await eventually(
        lambda: stage.product.ours(stage.member.address)[0]["start"]["dateTime"].startswith(wanted)
    )


async def _save_booking(stage: Stage) -> None:
    item = stage.product.items(stage.member.staff)[0]
    stage.product.run.booking.state.save_item(stage.product.account, stage.member.staff, item)


async def _drag_event(stage: Stage) -> None:
    event = stage.product.ours(stage.member.address)[0]
    item = stage.product.items(stage.member.staff)[0]
    start = item.start + HOUR
    stage.product.run.graph.acts.move(event["id"], start, start + HOUR)
    await eventually(lambda: stage.product.items(stage.member.staff)[0].start == start)


async def _cancel(stage: Stage) -> None:
    item = stage.product.items(stage.member.staff)[0]
    stage.product.run.booking.state.set_status(
        stage.product.account, stage.member.staff, item.id, ItemStatus.CANCELLED
    )
    await eventually(lambda: not stage.product.ours(stage.member.address))


async def _meet(stage: Stage) -> None:
    stage.meet("Supplier", stage.slot(9))
    await eventually(lambda: stage.product.made(stage.member.staff))


async def _move_meeting(stage: Stage) -> None:
    event = stage.product.events(stage.member.address)[0]
    start = stage.slot(10)
    stage.product.run.graph.acts.move(event["id"], start, start + HOUR)
    await eventually(lambda: stage.product.made(stage.member.staff)[0].start == start)


async def _recolour(stage: Stage) -> None:
    event = stage.product.events(stage.member.address)[0]
    stage.product.run.graph.acts.change(event["id"], {"categories": ["Blue category"]})


async def _delete_meeting(stage: Stage) -> None:
    event = stage.product.events(stage.member.address)[0]
    stage.product.run.graph.acts.delete(event["id"])
    await eventually(lambda: not stage.product.made(stage.member.staff))


async def _resync(stage: Stage) -> None:
    (await stage.member.call("POST", "/resync")).raise_for_status()


_ACTS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "Appointment booked": _book,
    "Appointment moved": _move_booking,
    "Appointment saved as it was": _save_booking,
    "event dragged": _drag_event,
    "Appointment cancelled": _cancel,
    "Meeting made": _meet,
    "Meeting moved": _move_meeting,
    "Meeting recoloured": _recolour,
    "Meeting deleted": _delete_meeting,
    "Resync without a change": _resync,
}
