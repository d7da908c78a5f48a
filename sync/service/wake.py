"""Wakes a person's sync, whoever asks and however often (R11.1, R11.2)."""

from sync.domain.model import PersonKey
from sync.errors import TransientError
from sync.ports import Cause, JobQueue, SyncJob, Wakes


class Waker:
    """Queues one job for a storm of wake-ups.

    Args:
        wakes: Knows whether a job is queued already.
        jobs: Takes the job.
    """

    def __init__(self, *, wakes: Wakes, jobs: JobQueue) -> None:
        self._wakes = wakes
        self._jobs = jobs

    async def wake(self, person: PersonKey, cause: Cause) -> None:
        """Makes sure that a sync begins to read after this call.

        Raises:
            TransientError: Nothing was queued, or nobody knows; the caller is asked again.
        """
        if not await self._wakes.want(person):
            return
        try:
            await self._jobs.sync(SyncJob(person=person, cause=cause))
        except TransientError:
            # The note promises a job that may not exist: without it the next wake-up queues one.
            await self._wakes.started(person)
            raise
