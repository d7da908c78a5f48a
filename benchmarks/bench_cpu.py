"""CPU and memory of the functions' process: idle, for a job that finds nothing, for a change."""

import asyncio
import os
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.stage import Stage, open_stage
from sync.ports import Cause, SyncJob
from sync.ports.job_texts import encode_sync
from sync.words import AccountId, PersonKey, StaffId
from tests.e2e.product import Product, eventually

JOBS = 50
CHANGES = 20
IDLE_SECONDS = 5


def run() -> Figures:
    """Measures; reads the process's own account in /proc, so on Linux only."""
    return asyncio.run(_measure())


async def _measure() -> Figures:
    async with open_stage() as stage:
        product = stage.product
        before = _cpu(product)
        await asyncio.sleep(IDLE_SECONDS)
        idle = (_cpu(product) - before) / IDLE_SECONDS
        first = _memory(product)

        before = _cpu(product)
        for _ in range(JOBS):
            await _quiet_job(stage)
        quiet = (_cpu(product) - before) / JOBS
        memory = _memory(product)

        before = _cpu(product)
        for number in range(CHANGES):
            stage.book(f"Ada{number}", stage.slot(number))
            await stage.see_event(f"Ada{number}")
        await product.quiet()
        change = (_cpu(product) - before) / CHANGES
    return {
        "idle: CPU ms each second": round(idle, 1),
        "quiet job: CPU ms": round(quiet, 1),
        "change with its echo: CPU ms": round(change, 1),
        "memory after the first sync: MiB": first,
        f"memory after {JOBS} more jobs: MiB": memory,
    }


async def _quiet_job(stage: Stage) -> None:
    person = PersonKey(
        account_id=AccountId(stage.product.account), staff_id=StaffId(stage.member.staff)
    )
    text = encode_sync(SyncJob(person=person, cause=Cause.SWEEP))
    ended = _ended(stage.product)
    answer = await stage.product.servers.post("/admin/functions/sync_jobs", json={"input": text})
    answer.raise_for_status()
    await eventually(lambda: _ended(stage.product) > ended)


def _ended(product: Product) -> int:
    return sum("function.ended function=sync_jobs" in line for line in product.logs)


def _cpu(product: Product) -> float:
    """Gives the CPU milliseconds that the process has taken so far."""
    text = Path(f"/proc/{product.functions.pid}/stat").read_text()
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def _memory(product: Product) -> int:
    """Gives the resident memory in MiB."""
    text = Path(f"/proc/{product.functions.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) // 1024
