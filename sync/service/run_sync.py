"""The way of one job: take the lease, load, plan, guard, apply, record, tell.

``SyncRunner.run`` reads top to bottom. Whatever breaks, nothing is lost: cursors are saved last,
Links right after each action, and the next run plans from what is then there (R11.5).
"""

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from sync.domain.actions import Action, Done
from sync.domain.guards import is_mass_deletion
from sync.domain.model import Link, LinkKey, OutlookItemId
from sync.domain.people import (
    Connection,
    ConnectionState,
    Progress,
)
from sync.domain.planner import plan
from sync.domain.snapshot import Plan
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    ContractBroken,
    Gone,
    LeaseLost,
    MailboxLost,
    Throttled,
    TransientError,
)
from sync.ports import (
    AccountCause,
    AccountJob,
    BookingGateway,
    CalendarGateway,
    CalendarGateways,
    Cause,
    Clock,
    ConnectionRepository,
    IdFactory,
    JobQueue,
    Ledger,
    LedgerRepository,
    LocationRepository,
    Stored,
    SyncJob,
    Wakes,
)
from sync.service.ending import UNREACHABLE, UNREADABLE, Ending, Run, SyncConfig
from sync.service.executor import Executor
from sync.service.load import Loaded, Loader, is_anchor_old
from sync.service.losses import Losses
from sync.service.policies import Reading, policy_of
from sync.service.proof import SETTLING
from sync.service.record import LEASE_SECONDS, Recorder, only_records, relinked
from sync.service.removal import Removal
from sync.service.storing import update
from sync.service.subscriptions import Subscriptions

_log = logging.getLogger(__name__)

#: Outlook takes four requests for a mailbox at a time; one is left for the person's own page.
_SIDE_BY_SIDE = 3
#: Rounds in one job; what is still moving then goes on in the next.
_ROUNDS = 6
#: A job ends well before the host's time-out and goes on in another.
_JOB_TIME = timedelta(minutes=4)
#: How long a job waits that met another one working for the same person (R11.2).
_BUSY_SECONDS = 3.0
#: After so many passing failures in a row the sweep takes over.
_ATTEMPTS = 8
#: Progress is written at most so often; each write costs a row.
_PROGRESS_TIME = timedelta(seconds=1)


class SyncRunner:
    """Runs one person's sync, one at a time (R11.2).

    Args:
        booking: The booking product.
        calendars: Opens a person's Outlook.
        connections: State of every person.
        ledger: Lease, Links, cursors.
        locations: Where the plugin is enabled.
        jobs: Takes what follows.
        wakes: Learns that a job begins to read.
        subscriptions: Keeps the Graph subscription alive.
        removal: Takes everything away (section 10).
        losses: Reacts to a lost authorization, calendar or mailbox.
        ending: Notes how a sync ended, and tells.
        ids: Generations.
        clock: Now.
        config: What the settings say.
    """

    def __init__(
        self,
        *,
        booking: BookingGateway,
        calendars: CalendarGateways,
        connections: ConnectionRepository,
        ledger: LedgerRepository,
        locations: LocationRepository,
        jobs: JobQueue,
        wakes: Wakes,
        subscriptions: Subscriptions,
        removal: Removal,
        losses: Losses,
        ending: Ending,
        ids: IdFactory,
        clock: Clock,
        config: SyncConfig,
    ) -> None:
        self._booking = booking
        self._calendars = calendars
        self._connections = connections
        self._ledger = ledger
        self._locations = locations
        self._jobs = jobs
        self._wakes = wakes
        self._subscriptions = subscriptions
        self._removal = removal
        self._losses = losses
        self._ending = ending
        self._ids = ids
        self._clock = clock
        self._config = config

    async def run(self, job: SyncJob) -> None:
        """Runs a job to its end, or leaves behind another one that goes on.

        Raises:
            ContractBroken: An answer that can't be read; the queue gives up on it after some tries.
        """
        person = job.person
        if await self._connections.get(person) is None:
            return
        lease = await self._ledger.acquire(person, seconds=LEASE_SECONDS)
        if lease is None:
            await self._jobs.sync(job, delay=_BUSY_SECONDS)
            return
        recorder = Recorder(ledger=self._ledger, lease=lease, clock=self._clock)
        try:
            await self._under_lease(job, recorder)
        except TransientError as error:
            await self._later(job, error)
        except LeaseLost:
            _log.warning("sync.lease_lost", extra={"person": str(person)})
            await self._jobs.sync(job, delay=_BUSY_SECONDS)
        except ContractBroken:
            await self._ending.fail(person, UNREADABLE)
            raise
        finally:
            await self._ledger.release(recorder.lease)

    async def _under_lease(self, job: SyncJob, recorder: Recorder) -> None:
        person = job.person
        stored = await self._connections.get(person)
        if stored is None:
            return
        connection, now = stored.value, self._clock.now()
        paused = connection.paused_until
        if paused is not None and paused > now:
            # The other side asked for rest; a wake-up is no reason to disturb it (R11.6). The note
            # of it stays, so that a storm in the meantime queues nothing more.
            await self._jobs.sync(job, delay=(paused - now).total_seconds())
            return
        await self._wakes.started(person)
        stored = await self._connections.get(person)
        if stored is None:
            return
        connection = stored.value
        if connection.state is ConnectionState.DISCONNECTING:
            await self._removal.run(recorder.lease, stored)
            return
        if not connection.is_syncing:
            return
        run = Run(person=person, cause=job.cause, started=self._clock.now())
        outlook = self._calendars.open(person)
        try:
            stored = await self._subscriptions.ensure(stored, outlook)
            await self._sync(stored, outlook, recorder, run)
        except AuthorizationLost:
            await self._losses.authorization(person)
        except CalendarLost:
            await self._losses.calendar(person, outlook, recorder)
        except MailboxLost:
            await self._losses.mailbox(person)
        except Gone:
            # The booking product knows no such Staff Member: their Account is looked at (R2.5).
            await self._jobs.account(
                AccountJob(
                    cause=AccountCause.STAFF_CHANGED,
                    account_id=person.account_id,
                    staff_id=person.staff_id,
                )
            )

    async def _sync(
        self,
        stored: Stored[Connection],
        outlook: CalendarGateway,
        recorder: Recorder,
        run: Run,
    ) -> None:
        connection = stored.value
        if connection.settings is None or connection.connection_id is None:
            return
        policy = await policy_of(
            connection, connection.settings, self._locations, self._clock, self._config
        )
        reading = Reading(
            person=run.person,
            connection_id=connection.connection_id,
            calendar_id=connection.settings.calendar_id,
            policy=policy,
            product=self._config.product,
            is_resync=connection.resync_wanted,
        )
        loader = Loader(reading=reading, booking=self._booking, outlook=outlook, ids=self._ids)
        executor = Executor(
            reading=reading,
            booking=self._booking,
            outlook=outlook,
            clock=self._clock,
            note=lambda done: recorder.record((done,)),
        )
        ledger = await self._ledger.read(run.person)
        in_full = (
            ledger.cursors is None
            or connection.state is ConnectionState.STARTING
            or connection.resync_wanted
            or connection.policy != policy.fingerprint
            or is_anchor_old(run.person, ledger.cursors, policy)
        )
        doubtful: frozenset[LinkKey] = frozenset()
        covered: frozenset[OutlookItemId] = frozenset()
        while run.rounds < _ROUNDS:
            run.rounds += 1
            await recorder.hold()
            loaded, todo = await self._load_and_plan(loader, ledger, doubtful, in_full=in_full)
            run.is_full = run.is_full or loaded.is_full
            covered |= loaded.covered
            run.left_out = Counter(skip.reason.value for skip in todo.skips)
            run.total = run.done + len(todo.actions)
            run.links = () if run.total else ledger.links
            doubtful, finished = await self._apply(todo, executor, recorder, run, connection)
            if not finished:
                break
            if not doubtful:
                await recorder.save_cursors(loaded.cursors)
                await self._note_covered(ledger.links, covered, recorder, run)
                await self._ending.finish(stored.value, policy, recorder, run)
                if loaded.look_again:
                    again = SyncJob(person=run.person, cause=Cause.CONTINUED)
                    await self._jobs.sync(again, delay=SETTLING.total_seconds())
                return
            # What met another state is read again, from where this round's reading ended.
            links = (await self._ledger.read(run.person)).links
            ledger = Ledger(links=links, cursors=loaded.cursors)
            in_full = loaded.cursors is None
        await self._jobs.sync(SyncJob(person=run.person, cause=Cause.CONTINUED), delay=1)

    async def _note_covered(
        self,
        before: tuple[Link, ...],
        covered: frozenset[OutlookItemId],
        recorder: Recorder,
        run: Run,
    ) -> None:
        """Notes that the feed tells of these events from now on; not before its cursor is safe."""
        links = recorder.as_written(before)
        noted = {
            link.key: replace(link, unseen=False)
            for link in links
            if link.unseen and link.outlook_id in covered
        }
        await recorder.record(tuple(relinked(link) for link in noted.values()))
        run.links = tuple(noted.get(link.key, link) for link in links)

    async def _load_and_plan(
        self, loader: Loader, ledger: Ledger, doubtful: frozenset[LinkKey], *, in_full: bool
    ) -> tuple[Loaded, Plan]:
        loaded = await loader.load(ledger, in_full=in_full, doubtful=doubtful)
        todo = plan(loaded.snapshot)
        if not loaded.is_full and is_mass_deletion(todo, ledger.links):
            # So much at once is believed only after everything was read again (R11.7).
            loaded = await loader.load(ledger, in_full=True, doubtful=doubtful)
            todo = plan(loaded.snapshot)
        return loaded, todo

    async def _apply(
        self,
        todo: Plan,
        executor: Executor,
        recorder: Recorder,
        run: Run,
        connection: Connection,
    ) -> tuple[frozenset[LinkKey], bool]:
        """Carries a plan out in its order.

        Returns:
            The Links to look at again, and whether the whole plan was carried out in time.
        """
        again: set[LinkKey] = set()
        for chunk in _chunks(todo.actions):
            if self._clock.now() - run.started > _JOB_TIME:
                return frozenset(again), False
            await recorder.hold()
            await recorder.intend(chunk)
            answers = await asyncio.gather(
                *(executor.execute(action) for action in chunk), return_exceptions=True
            )
            done = tuple(answer for answer in answers if isinstance(answer, Done))
            await recorder.record(done)
            again.update(each.key for each in done if each.again)
            run.done += len(done)
            for each in done:
                for entry in each.activity:
                    run.counts[f"{entry.direction}.{entry.action}.{entry.result}"] += 1
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer
            await self._show_progress(connection, run)
        return frozenset(again), True

    async def _show_progress(self, connection: Connection, run: Run) -> None:
        now = self._clock.now()
        is_shown = connection.progress is not None
        if not is_shown or (run.progress_at and now - run.progress_at < _PROGRESS_TIME):
            return
        run.progress_at = now
        shown = Progress(done=run.done, total=run.total)

        def change(current: Connection | None) -> Connection | None:
            if current is None or not current.is_syncing:
                return current
            return replace(current, progress=shown)

        await update(self._connections, run.person, change)

    async def _later(self, job: SyncJob, error: TransientError) -> None:
        """Puts a job back with a delay that belongs to this person alone (R11.6)."""
        backoff = min(5.0 * 2**job.attempt, 600.0)
        delay = backoff if error.retry_after is None else error.retry_after
        _log.warning(
            "sync.run_postponed",
            extra={
                "person": str(job.person),
                "cause": job.cause.value,
                "error": type(error).__name__,
                "delay": delay,
                "attempt": job.attempt,
            },
        )
        now = self._clock.now()
        pause = now + timedelta(seconds=delay)

        def change(current: Connection | None) -> Connection | None:
            if current is None:
                return None
            return replace(
                current,
                paused_until=pause if isinstance(error, Throttled) else current.paused_until,
                due_at=current.due_at or now + timedelta(seconds=self._config.max_age_seconds),
            )

        await update(self._connections, job.person, change)
        if job.attempt >= _ATTEMPTS:
            await self._ending.fail(job.person, UNREACHABLE)
        else:
            await self._jobs.sync(replace(job, attempt=job.attempt + 1), delay=delay)


def _chunks(actions: tuple[Action, ...]) -> list[tuple[Action, ...]]:
    """Cuts a plan into groups that run side by side; kinds are kept apart, their order counts."""
    chunks: list[list[Action]] = []
    for action in actions:
        limit = 40 if only_records(action) else _SIDE_BY_SIDE
        if chunks and len(chunks[-1]) < limit and type(chunks[-1][0]) is type(action):
            chunks[-1].append(action)
        else:
            chunks.append([action])
    return [tuple(chunk) for chunk in chunks]
