"""The queues as lists of the texts that travel in the real ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.ports import AccountJob, Clock, MailJob, SyncJob
from sync.ports.job_texts import (
    decode_account,
    decode_mail,
    decode_sync,
    encode_account,
    encode_mail,
    encode_sync,
)
from tests.fakes.hooks import Hooked, hooked


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued[T]:
    """A job in a queue, read from its text, and when it becomes visible."""

    job: T
    visible_at: datetime


class FakeJobQueue(Hooked):
    """Three lists in the order of sending; the simulation takes from them as it likes.

    Each job goes through its text, so that what no text carries is not there for tests either.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.syncs: list[Queued[SyncJob]] = []
        self.accounts: list[Queued[AccountJob]] = []
        self.mails: list[Queued[MailJob]] = []

    @hooked
    async def sync(self, job: SyncJob, *, delay: float = 0) -> None:
        """Appends to ``syncs``."""
        self.syncs.append(Queued(job=decode_sync(encode_sync(job)), visible_at=self._after(delay)))

    @hooked
    async def account(self, job: AccountJob, *, delay: float = 0) -> None:
        """Appends to ``accounts``."""
        read = decode_account(encode_account(job))
        self.accounts.append(Queued(job=read, visible_at=self._after(delay)))

    @hooked
    async def mail(self, job: MailJob, *, delay: float = 0) -> None:
        """Appends to ``mails``."""
        self.mails.append(Queued(job=decode_mail(encode_mail(job)), visible_at=self._after(delay)))

    def take_sync(self) -> SyncJob | None:
        """Removes the first visible sync; ``None`` while none is."""
        return self._take(self.syncs)

    def take_account(self) -> AccountJob | None:
        """Removes the first visible account job; ``None`` while none is."""
        return self._take(self.accounts)

    def take_mail(self) -> MailJob | None:
        """Removes the first visible mail job; ``None`` while none is."""
        return self._take(self.mails)

    def _take[T](self, queue: list[Queued[T]]) -> T | None:
        now = self.clock.now()
        for index, queued in enumerate(queue):
            if queued.visible_at <= now:
                return queue.pop(index).job
        return None

    def _after(self, delay: float) -> datetime:
        return self.clock.now() + timedelta(seconds=delay)
