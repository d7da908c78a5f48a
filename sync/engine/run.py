"""The way of one job: take the lease, observe, merge, ask, plan, carry out, record, tell.

``SyncRunner.run`` reads top to bottom. Whatever breaks, nothing is lost: cursors are written last,
Links right after each call, and the next run plans from what is then there (R11.5).
"""

import logging
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from sync.engine.access_lost import AccessLost
from sync.engine.backoff import is_resting, wait_after
from sync.engine.blame import code_of
from sync.engine.course import Course, is_moving
from sync.engine.deeds import note_begun
from sync.engine.reading import SyncConfig, policy_of
from sync.engine.record import LEASE_SECONDS, Recorder
from sync.engine.removal import Removal
from sync.engine.report import Reporter, Run
from sync.engine.waits import LOOK_AGAIN
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    ContractBroken,
    Gone,
    LeaseLost,
    MailboxLost,
    NewerFormat,
    SignInUnreadable,
    SyncError,
    TransientError,
    Unavailable,
    Unreadable,
)
from sync.people.connection_update import update
from sync.people.people import Connection, ConnectionState, Progress
from sync.people.subscriptions import Subscriptions
from sync.ports import (
    AccountCause,
    AccountJob,
    CalendarGateway,
    Cause,
    Cursors,
    Opened,
    Stored,
    SyncJob,
)
from sync.ports.outside import Outside
from sync.words import PersonKey

_log = logging.getLogger(__name__)

#: What a person asked for does not wait for the end of a pause.
_PRESSED = frozenset(
    {Cause.STARTED, Cause.RESYNC, Cause.DISCONNECTED, Cause.ANSWERED, Cause.CHOSEN_ANEW}
)
#: What Graph woke, and may have woken before its own feed knows (R11.10).
_WOKEN_BY_GRAPH = frozenset({Cause.OUTLOOK_CHANGED})


class Ended(StrEnum):
    """How a try of a job ended; ``BUSY`` is: another one works for this person."""

    DONE = "done"
    BUSY = "busy"
    POSTPONED = "postponed"
    FAILED = "failed"
    LEASE_LOST = "lease_lost"


class SyncRunner:
    """Runs one person's sync, one at a time (R11.2).

    Args:
        outside: The ports.
        subscriptions: Keeps the Graph subscription alive.
        removal: Takes everything away (section 10).
        access_lost: Reacts to a lost authorization, calendar or mailbox.
        reporter: Notes how a sync ended, and tells.
        config: What the settings say.
    """

    def __init__(
        self,
        outside: Outside,
        *,
        subscriptions: Subscriptions,
        removal: Removal,
        access_lost: AccessLost,
        reporter: Reporter,
        config: SyncConfig,
    ) -> None:
        self._booking = outside.booking
        self._calendars = outside.calendars
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._locations = outside.locations
        self._claims = outside.claims
        self._jobs = outside.jobs
        self._subscriptions = subscriptions
        self._removal = removal
        self._access_lost = access_lost
        self._reporter = reporter
        self._ids = outside.ids
        self._clock = outside.clock
        self._config = config

    async def run(self, job: SyncJob) -> Ended:
        """Runs a job to its end, or leaves behind another one that goes on; says how it ended.

        A job that meets a held lease ends: whoever holds it queues the one that follows.

        Raises:
            TransientError: The storage itself fails: the queue brings the job again.
        """
        person = job.person
        try:
            opened = await self._ledger.open(person, seconds=LEASE_SECONDS)
        except (ContractBroken, NewerFormat) as error:
            # What is kept of this person can't be read: nobody else's job, and no poison (R11.8).
            await self._later(job, error)
            return Ended.POSTPONED
        if opened is None:
            return Ended.BUSY
        recorder = Recorder(ledger=self._ledger, lease=opened.lease, clock=self._clock)
        cursors: Cursors | None = None
        ended = Ended.DONE
        try:
            cursors = await self._under_lease(job, opened, recorder)
        except LeaseLost:
            _log.warning("sync.lease_lost", extra={"person": str(person)})
            await self._jobs.sync(job, delay=LEASE_SECONDS)
            return Ended.LEASE_LOST
        except SyncError as error:
            ended = Ended.POSTPONED
            await self._later(job, error)
        except Exception as error:  # noqa: BLE001 - the last catch, see R11.8
            # Nobody foresaw it: it is logged with its place, shown, and tried again (R11.8).
            ended = Ended.FAILED
            _log.exception("sync.run_failed", extra={"person": str(person)})
            await self._later(job, error)
        finally:
            is_wanted = await self._ledger.close(recorder.lease, cursors=cursors)
        if is_wanted:
            await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))
        return ended

    async def _under_lease(
        self, job: SyncJob, opened: Opened, recorder: Recorder
    ) -> Cursors | None:
        """Does what the Connection's state asks for; gives the cursors to write."""
        person = job.person
        stored = await self._connections.get(person)
        if stored is None:
            # Somebody never activated, or deleted: the lease's own rows are not left behind.
            await self._ledger.erase(person)
            return None
        connection, now = stored.value, self._clock.now()
        await note_begun(recorder, connection)
        if connection.state is ConnectionState.DISCONNECTING:
            await self._removal.run(recorder, opened.ledger, stored.value)
            return None
        if is_resting(connection.paused_until, now) and job.cause not in _PRESSED:
            # A job that begins at its end is queued, and due: a wake-up is no reason to try before
            # (R11.6, R11.9).
            return None
        if not connection.is_syncing:
            return None
        run = Run(
            person=person,
            cause=job.cause,
            started=now,
            takes_up=opened.was_cut or job.cause is Cause.CONTINUED or _was_begun(connection),
        )
        outlook = self._calendars.open(person)
        try:
            if connection.state is not ConnectionState.STARTING:
                stored = await self._subscriptions.ensure(stored, outlook)
            return await self._sync(stored, outlook, opened, recorder, run)
        except AuthorizationLost:
            await self._access_lost.authorization(person)
        except CalendarLost:
            await self._access_lost.calendar(person, outlook, recorder)
        except MailboxLost:
            await self._access_lost.mailbox(person, outlook)
        except Gone as error:
            # The booking product knows no such Staff Member: their Account is looked at (R2.5).
            await self._jobs.account(
                AccountJob(
                    cause=AccountCause.STAFF_CHANGED,
                    account_id=person.account_id,
                    staff_id=person.staff_id,
                )
            )
            # And if that finds them all the same, their schedule is what can't be read (R11.8).
            raise Unavailable("the booking product knows no such schedule") from error
        return None

    async def _sync(
        self,
        stored: Stored[Connection],
        outlook: CalendarGateway,
        opened: Opened,
        recorder: Recorder,
        run: Run,
    ) -> Cursors | None:
        connection = stored.value
        if connection.settings is None:
            return None
        policy = await policy_of(
            connection, connection.settings, self._locations, self._clock, self._config
        )

        async def show(done: int, total: int) -> None:
            if connection.progress is not None:
                await self._show_progress(run.person, done, total)

        course = Course(
            connection=connection,
            policy=policy,
            booking=self._booking,
            outlook=outlook,
            ledger=self._ledger,
            opened=opened,
            recorder=recorder,
            run=run,
            show=show,
            ids=self._ids,
            clock=self._clock,
            config=self._config,
        )
        passage = await course.go()
        if not passage.is_finished:
            await self._jobs.sync(SyncJob(person=run.person, cause=Cause.CONTINUED))
            return None
        if connection.leaving is not None and not is_moving(passage.scene):
            stored = await self._arrive(stored, recorder)
            await self._jobs.sync(SyncJob(person=run.person, cause=Cause.CONTINUED))
        if connection.state is ConnectionState.STARTING:
            # After its writes, so that Graph does not report them one by one; what happened
            # meanwhile is read by the job that follows.
            await self._subscribe(run.person, outlook)
            await self._jobs.sync(SyncJob(person=run.person, cause=Cause.CONTINUED))
        await self._reporter.finish(
            stored=stored,
            policy=policy,
            scene=passage.scene,
            held=passage.todo.held,
            recorder=recorder,
            run=run,
        )
        if run.cause in _WOKEN_BY_GRAPH and not run.found:
            # Graph may wake before its own feed knows (R11.10).
            await self._jobs.sync(
                SyncJob(person=run.person, cause=Cause.DUE), delay=LOOK_AGAIN.total_seconds()
            )
        return passage.cursors

    async def _arrive(self, stored: Stored[Connection], recorder: Recorder) -> Stored[Connection]:
        """Ends a move to another calendar: the one before is nobody's any more (R5.2, R5.9).

        Whoever dies on the way does it again: the last step is the note. Whoever dies after it
        reads in full: the feed known until now is that of the calendar before. A choice that died
        may have noted what is the synced calendar by now, under its new id (R10.4).
        """
        person, leaving = stored.value.person, stored.value.leaving
        await self._ledger.forget_cursors(recorder.lease, only_outlook=True)
        microsoft, before = stored.value.microsoft, stored.value.settings
        if microsoft is None or before is None or leaving is None:
            return stored
        if before.calendar_id != leaving.calendar_id:
            await self._claims.release(microsoft, leaving.calendar_id, person)

        def change(current: Connection | None) -> Connection | None:
            if current is None or current.leaving != leaving:
                return current
            return replace(current, leaving=None)

        async def keep(now: Connection) -> None:
            # Who turned back, or chose on, may have claimed it before it was given back, by this
            # run or by one that died then.
            if now.settings is not None:
                await self._claims.claim(microsoft, now.settings.calendar_id, person)

        done = await update(self._connections, person, change, known=stored, before_put=keep)
        if done.after is not None and done.after.leaving is not None:
            await keep(done.after)
        return stored if done.stored is None else done.stored

    async def _subscribe(self, person: PersonKey, outlook: CalendarGateway) -> None:
        stored = await self._connections.get(person)
        if stored is not None:
            await self._subscriptions.ensure(stored, outlook)

    async def _show_progress(self, person: PersonKey, done: int, total: int) -> None:
        shown = Progress(done=min(done, total), total=total)

        def change(current: Connection | None) -> Connection | None:
            if current is None or not current.is_syncing:
                return current
            return replace(current, progress=shown)

        await update(self._connections, person, change)

    async def _later(self, job: SyncJob, error: Exception) -> None:
        """Puts a job back with a delay that belongs to this person alone (R11.6, R11.9)."""
        stored = await self._connections.get(job.person)
        connection = None if stored is None else stored.value
        failing = None if connection is None else connection.failing
        attempt = max(job.attempt, 0 if failing is None else failing.times) + 1
        retry_after = error.retry_after if isinstance(error, TransientError) else None
        delay = wait_after(attempt, retry_after, job.person)
        now = self._clock.now()
        _log.warning(
            "sync.run_postponed",
            extra={
                "person": str(job.person),
                "cause": job.cause.value,
                "error": type(error).__name__,
                "delay": delay,
                "attempt": attempt,
            },
        )
        until = now + timedelta(seconds=delay)
        before = await self._reporter.fail(job.person, _code_of(error), until=until)
        paused = None if before is None else before.paused_until
        if paused is not None and now < paused <= until and job.cause in _PRESSED:
            # One that begins sooner is queued already.
            return
        await self._jobs.sync(replace(job, attempt=attempt), delay=delay)


def _was_begun(connection: Connection) -> bool:
    """Says whether earlier runs may have left something to be ended."""
    return (
        connection.state is ConnectionState.STARTING
        or connection.resync_wanted
        or connection.failing is not None
        or connection.missing is not None
        or connection.leaving is not None
    )


def _code_of(error: Exception) -> str:
    match error:
        case TransientError():
            return code_of(error)
        case Unreadable() | MailboxLost() | CalendarLost():
            return "microsoft_unreachable"
        case SignInUnreadable():
            return "sign_in_unreadable"
        case ContractBroken() | NewerFormat():
            return "unreadable"
        case _:
            return "unforeseen"
