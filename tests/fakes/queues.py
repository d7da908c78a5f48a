"""The queues as lists, and the notes that collapse wake-ups."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.domain.model import PersonKey
from sync.ports import AccountJob, Clock, MailJob, SyncJob
from tests.fakes.hooks import Hooked, hooked


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued[T]:
    """A job in a queue and when it becomes visible."""

    job: T
    visible_at: datetime


class FakeJobQueue(Hooked):
    """Three lists in the order of sending; the simulation takes from them as it likes."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.syncs: list[Queued[SyncJob]] = []
        self.accounts: list[Queued[AccountJob]] = []
        self.mails: list[Queued[MailJob]] = []

    @hooked
    async def sync(self, job: SyncJob, *, delay: float = 0) -> None:
        """Appends to ``syncs``."""
        self.syncs.append(Queued(job=job, visible_at=self._after(delay)))

    @hooked
    async def account(self, job: AccountJob, *, delay: float = 0) -> None:
        """Appends to ``accounts``."""
        self.accounts.append(Queued(job=job, visible_at=self._after(delay)))

    @hooked
    async def mail(self, job: MailJob, *, delay: float = 0) -> None:
        """Appends to ``mails``."""
        self.mails.append(Queued(job=job, visible_at=self._after(delay)))

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


class FakeWakes(Hooked):
    """Notes in a dict; one older than a minute counts as lost."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.wanted_at: dict[PersonKey, datetime] = {}

    @hooked
    async def want(self, person: PersonKey) -> bool:
        """Notes a wish; ``True`` where no fresh one is noted already."""
        now = self.clock.now()
        noted = self.wanted_at.get(person)
        if noted is not None and now - noted < timedelta(minutes=1):
            return False
        self.wanted_at[person] = now
        return True

    @hooked
    async def started(self, person: PersonKey) -> None:
        """Forgets the note."""
        self.wanted_at.pop(person, None)
