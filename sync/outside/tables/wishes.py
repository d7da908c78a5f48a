"""The note of wake-ups: a storm of them costs one job and hardly a request (R11.2).

A row ``idle`` stands while nobody wants a sync; to want one is to delete it, in one request that
says whether somebody was faster. A row ``alone`` tells in the same way of jobs that a held lease
turned away. Each sync writes both anew as it begins.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.outside.tables.client import LEDGER, Tables
from sync.outside.tables.keys import person_partition
from sync.outside.tables.single import SingleRows
from sync.ports import Clock
from sync.words import PersonKey

IDLE_ROW = "idle"
#: Stands while no job was turned away by the lease that is held.
ALONE_ROW = "alone"
LOST_AFTER = timedelta(minutes=1)
MAX_PEOPLE = 10_000


@dataclass(slots=True)
class _Round:
    """Wishes that came before their question was put, and share its answer.

    Attributes:
        answer: Whether a job has to be queued.
        is_taken: Whether one of them was told so: the others need none.
    """

    answer: asyncio.Task[bool]
    is_taken: bool = False


class Wishes:
    """Notes wishes; those of one person in one process share questions.

    Args:
        tables: The connection.
        clock: Decides when a job counts as lost.
    """

    def __init__(self, tables: Tables, *, clock: Clock) -> None:
        self._rows = SingleRows(tables, LEDGER)
        self._clock = clock
        self._running: dict[PersonKey, _Round] = {}
        self._next: dict[PersonKey, _Round] = {}
        self._queued_at: OrderedDict[PersonKey, datetime] = OrderedDict()

    async def want(self, person: PersonKey) -> bool:
        """Notes a wish; ``True`` for one of those who need a job for it."""
        running, waiting = self._running.get(person), self._next.get(person)
        if running is None:
            mine = self._running[person] = _Round(asyncio.create_task(self._ask(person, None)))
        elif waiting is None:
            # What runs may have been answered already, before this wish: it needs another look.
            mine = _Round(asyncio.create_task(self._ask(person, running)))
            self._next[person] = mine
        else:
            mine = waiting
        answer = await asyncio.shield(mine.answer)
        is_first, mine.is_taken = not mine.is_taken, True
        return answer and is_first

    async def note(self, person: PersonKey) -> None:
        """Notes that a job was turned away: whoever holds the lease queues another (R11.2)."""
        await self._rows.take(person_partition(person), ALONE_ROW)

    async def _ask(self, person: PersonKey, before: _Round | None) -> bool:
        try:
            if before is not None:
                try:
                    await asyncio.wait((before.answer,))
                finally:
                    self._running[person] = self._next.pop(person)
                if _needed_a_job(before):
                    # Its job is queued after this wish, and so reads what this one is about.
                    return False
            return await self._put(person)
        finally:
            if person not in self._next:
                del self._running[person]

    async def _put(self, person: PersonKey) -> bool:
        now, queued_at = self._clock.now(), self._queued_at.pop(person, None)
        # Forgotten until the answer is there: after a failure nobody knows who has the job.
        taken = await self._rows.take(person_partition(person), IDLE_ROW)
        is_lost = queued_at is None or now - queued_at >= LOST_AFTER
        is_needed = taken.was_there or taken.is_doubtful or is_lost
        self._queued_at[person] = now if queued_at is None or is_needed else queued_at
        if len(self._queued_at) > MAX_PEOPLE:
            self._queued_at.popitem(last=False)
        return is_needed


def _needed_a_job(asked: _Round) -> bool:
    answer = asked.answer
    return not answer.cancelled() and answer.exception() is None and answer.result()
