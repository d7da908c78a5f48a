"""Wakes a person's sync, whoever asks and however often (R11.1, R11.2)."""

from sync.ports import Cause, SyncJob
from sync.ports.outside import Outside
from sync.words import PersonKey


class Waker:
    """Queues one job for a storm of wake-ups.

    Args:
        outside: The ports.
    """

    def __init__(self, outside: Outside) -> None:
        self._ledger = outside.ledger
        self._jobs = outside.jobs

    async def wake(self, person: PersonKey, cause: Cause) -> None:
        """Makes sure that a sync begins to read after this call.

        Raises:
            TransientError: Nothing was queued, or nobody knows; the caller is asked again. A note
                that stands without a job is passed by a minute later.
        """
        if await self._ledger.want(person):
            await self._jobs.sync(SyncJob(person=person, cause=cause))
