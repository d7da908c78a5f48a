"""Wakes a person's sync, whoever asks and however often (R11.1, R11.2)."""

from sync.ports import Cause, JobQueue, LedgerRepository, SyncJob
from sync.words import PersonKey


class Waker:
    """Queues one job for a storm of wake-ups.

    Args:
        ledger: Knows whether a job is queued already.
        jobs: Takes the job.
    """

    def __init__(self, *, ledger: LedgerRepository, jobs: JobQueue) -> None:
        self._ledger = ledger
        self._jobs = jobs

    async def wake(self, person: PersonKey, cause: Cause) -> None:
        """Makes sure that a sync begins to read after this call.

        Raises:
            TransientError: Nothing was queued, or nobody knows; the caller is asked again. A note
                that stands without a job is passed by a minute later.
        """
        if await self._ledger.want(person):
            await self._jobs.sync(SyncJob(person=person, cause=cause))
