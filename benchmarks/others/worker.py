"""A process that runs rounds of the plain sync: ``python -m benchmarks.others.worker sdk 4``.

Each line of its input is a `Task` as JSON; each line of its output ``[seconds, CPU milliseconds]``
of that round. Clients are kept from round to round, as a running service keeps them.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.others.o365 import O365Calendar
from benchmarks.others.plain import Schedule, Side, Task, sync_round
from benchmarks.others.sdk import SdkCalendar

CALENDARS: dict[str, Callable[[Task], Side]] = {"sdk": SdkCalendar, "o365": O365Calendar}


async def work(library: str, at_once: int) -> None:
    """Runs a round for each line."""
    sides: dict[str, tuple[Side, Side]] = {}
    while line := await asyncio.to_thread(sys.stdin.readline):
        task = Task(**json.loads(line))
        if task.token not in sides:
            sides[task.token] = (Schedule(task), CALENDARS[library](task))
        began, cpu = perf_counter(), process_time()
        await sync_round(Path(task.state), sides[task.token], at_once=at_once)
        spent = [perf_counter() - began, (process_time() - cpu) * 1000]
        sys.stdout.write(f"{json.dumps(spent)}\n")
        sys.stdout.flush()
    for pair in sides.values():
        for side in pair:
            await side.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
