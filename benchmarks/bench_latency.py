"""Seconds from what a person does on one side until the other side shows it."""

import asyncio
from time import perf_counter

from benchmarks.figures import Figures, median
from benchmarks.stage import open_stage

COUNT = 20


def run() -> Figures:
    """Measures both directions, the queue's polling as host.json sets it."""
    return asyncio.run(_measure())


async def _pause(number: int) -> None:
    """Waits as people do: long enough for the queues' polling to have slowed down again."""
    await asyncio.sleep(2 + number % 5 * 0.4)


async def _measure() -> Figures:
    out: list[float] = []
    back: list[float] = []
    async with open_stage() as stage:
        for number in range(COUNT):
            began = perf_counter()
            stage.book(f"Ada{number}", stage.slot(number))
            await stage.see_event(f"Ada{number}")
            out.append(perf_counter() - began)
            await _pause(number)
        for number in range(COUNT):
            began = perf_counter()
            stage.meet(f"Meeting{number}", stage.slot(COUNT + number))
            await stage.see_reserve(f"Meeting{number}")
            back.append(perf_counter() - began)
            await _pause(number)
    figures: Figures = {}
    for name, values in (("to Outlook", out), ("to the booking product", back)):
        figures[f"{name}: median, s"] = round(median(values), 2)
        figures[f"{name}: slowest, s"] = round(max(values), 2)
    return figures
