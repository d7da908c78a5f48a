"""What the functions cost between two looks: jobs, storage requests, CPU, calls to both sides."""

import asyncio
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Self

from tests.e2e.product import Product

#: Until the emulator's lines about the last requests have arrived.
SETTLE_SECONDS = 0.3
_MESSAGES = re.compile(r"^(\w+) /\w+/[\w-]+/messages(/[^?]*)?(\?.*)?$")
_JOB = re.compile(r"function\.ended function=sync_jobs outcome=\w+ ms=(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was spent.

    Attributes:
        jobs: Sync jobs that ran.
        milliseconds: That they took together, from the first line of each to its last.
        requests: To the storage by kind, polls and renewals of messages aside.
        cpu: Milliseconds of the functions' process.
        seconds: That passed.
        calls: To both sides, by name.
    """

    jobs: int
    milliseconds: int
    requests: Counter[str]
    cpu: float
    seconds: float
    calls: Counter[str]

    def net(self, idle: float) -> float:
        """Gives the CPU without what an idle process takes in that time, by its rate a second."""
        return max(self.cpu - idle * self.seconds, 0.0)

    def __sub__(self, other: Self) -> "Costs":
        return Costs(
            jobs=self.jobs - other.jobs,
            milliseconds=self.milliseconds - other.milliseconds,
            requests=self.requests - other.requests,
            cpu=self.cpu - other.cpu,
            seconds=self.seconds - other.seconds,
            calls=self.calls - other.calls,
        )


@dataclass(slots=True)
class Tally:
    """Counts what reaches the storage, as long as the product runs."""

    requests: Counter[str] = field(default_factory=Counter)

    def on_storage(self, request: str) -> None:
        """Takes a request down."""
        kind = kind_of(request)
        if kind is not None:
            self.requests[kind] += 1

    async def so_far(self, product: Product) -> Costs:
        """Gives what was spent since the product was started; all has to be quiet."""
        await asyncio.sleep(SETTLE_SECONDS)
        took = [int(found.group(1)) for line in product.logs if (found := _JOB.search(line))]
        return Costs(
            jobs=len(took),
            milliseconds=sum(took),
            requests=Counter(self.requests),
            cpu=cpu_of(product),
            seconds=perf_counter(),
            calls=product.calls(),
        )


def kind_of(request: str) -> str | None:
    """Names a request that counts; ``None`` for what the host and these benchmarks ask for.

    The host polls, and prolongs the messages of jobs that take long; counting messages is ours.
    """
    method, path = request.split(" ", 1)
    place = path.split("?", maxsplit=1)[0].split("(", maxsplit=1)[0].rsplit("/", 1)[-1]
    if "comp=metadata" in path:
        return None
    message = _MESSAGES.match(request)
    if message is None:
        return f"{method} {place}"
    if method in {"GET", "PUT"}:
        return None
    return "message sent" if method == "POST" else "message deleted"


def cpu_of(product: Product) -> float:
    """Gives the CPU milliseconds that the functions' process has taken (Linux only)."""
    text = Path(f"/proc/{product.functions.pid}/stat").read_text()
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")
