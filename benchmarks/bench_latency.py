"""Seconds from what a person does on one side until the other side shows it."""

import asyncio
from time import perf_counter

from benchmarks.figures import Figures, median, percentile
from benchmarks.stage import Stage, open_stage

COUNT = 20


def run() -> Figures:
    """Measures both directions, the queue's polling as host.json sets it."""
    return asyncio.run(_measure())


async def times_of(stage: Stage, first: int) -> tuple[list[float], list[float]]:
    """Gives the seconds to Outlook and to the booking product, of changes at slots from ``first``.

    Args:
        stage: One person alone.
        first: A slot with twice ``COUNT`` free ones after it.
    """
    out: list[float] = []
    back: list[float] = []
    for number in range(first, first + COUNT):
        began = perf_counter()
        stage.book(f"Ada at {number}", stage.slot(number))
        await stage.see_event(f"Ada at {number}")
        out.append(perf_counter() - began)
        await _pause(number)
    for number in range(first + COUNT, first + 2 * COUNT):
        began = perf_counter()
        stage.meet(f"Meeting{number}", stage.slot(number))
        await stage.see_reserve(f"Meeting{number}")
        back.append(perf_counter() - began)
        await _pause(number)
    return out, back


async def _pause(number: int) -> None:
    """Waits as people do: long enough for the queues' polling to have slowed down again."""
    await asyncio.sleep(1 + number % 5 * 0.06)


async def _measure() -> Figures:
    async with open_stage() as stage:
        out, back = await times_of(stage, 0)
    figures: Figures = {}
    for name, values in (("to Outlook", out), ("to the booking product", back)):
        figures[f"{name}: median, s"] = round(median(values), 2)
        figures[f"{name}: 95 of 100, s"] = round(percentile(values, 95), 2)
    return figures
