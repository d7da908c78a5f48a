"""The end of a sync: what it brought is noted, and told (R5.8, R9.2, R9.3, R11.7)."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sync import telemetry
from sync.engine.cases import Case, Scene
from sync.engine.deeds import note_answer, note_question, note_synced
from sync.engine.items import BookingItem
from sync.engine.links import Link, Side, Why
from sync.engine.reading import SyncConfig
from sync.engine.reasons import problem_of
from sync.engine.record import Recorder
from sync.engine.taking_part import Policy
from sync.engine.telling import Tell
from sync.engine.texts import UNREAD_TITLE, booking_title
from sync.engine.waits import IN_TROUBLE
from sync.kept_texts import ITEMS_WAIT
from sync.people.connection_update import update
from sync.people.people import (
    Connection,
    ConnectionState,
    Failing,
    Held,
    LastSync,
    Problem,
    SyncResult,
)
from sync.ports import Cause, MailJob, MailKind, Stored, SyncJob
from sync.ports.outside import Outside
from sync.words import PersonKey, msgid

_log = logging.getLogger(__name__)

#: Failures in a row from which on a person is shown as failing (R11.8).
SHOWN_FROM = 2
#: A queue keeps a message invisible for seven days at most; the sweep has what is due later.
_FAR = timedelta(days=6)
#: Holds that are looked at by themselves; what ends or comes nearer is met by whatever comes next.
_QUIET = frozenset({Why.ENDED, Why.BEYOND})


@dataclass(slots=True, kw_only=True)
class Run:
    """What one job has done so far, for the record and for its one line in the log.

    ``counts`` is activity by ``direction.action.result``, ``left_out`` items by reason; ``done``
    is actions out of ``total``; ``is_full`` says whether everything was read; ``found``: Outlook's
    feed told of something that was not known.
    ``takes_up``: another may have begun what this run ends.
    """

    person: PersonKey
    cause: Cause
    started: datetime
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    done: int = 0
    total: int = 0
    rounds: int = 0
    is_full: bool = False
    found: bool = False
    takes_up: bool = False

    @property
    def goes_on(self) -> bool:
        """Says whether this job takes up what another one left."""
        return self.cause is Cause.CONTINUED

    @property
    def is_sweep(self) -> bool:
        """Says whether the timer woke this person."""
        return self.cause in {Cause.SWEEP, Cause.RENEWAL}


class Reporter:
    """Notes how a sync ended, and queues what is to be told and what is due next.

    Args:
        outside: The ports.
        config: What the settings say.
    """

    def __init__(self, outside: Outside, *, config: SyncConfig) -> None:
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._jobs = outside.jobs
        self._ids = outside.ids
        self._clock = outside.clock
        self._config = config

    async def finish(
        self,
        *,
        stored: Stored[Connection],
        policy: Policy,
        scene: Scene,
        held: Held | None,
        recorder: Recorder,
        run: Run,
    ) -> None:
        """Tells what there is to tell, and notes how the sync that met ``stored`` ended (R5.8)."""
        connection, now = stored.value, self._clock.now()
        links = [case.link for case in scene.cases.values() if case.is_stored]
        waiting = sum(is_waiting(link) for link in links)
        is_first = connection.state is ConnectionState.STARTING
        is_awaited = is_first or connection.resync_wanted
        last = LastSync(
            ended_at=now,
            result=SyncResult.PARTIAL if waiting else SyncResult.OK,
            message=_message(waiting),
            counts=_counts(run, links, is_first=is_first),
        )
        # Before the question's list is written, so that neither mail tells what is the other's.
        is_asked = held is not None and connection.held is None
        told = await self._bundle(run, recorder, is_asked=is_asked)
        await self._tell_held(connection, scene, held, recorder)
        due_at = self._due(links, held, scene.now, now)
        await note_synced(recorder, self._ledger, connection, _written(last.counts))

        def ended(current: Connection | None) -> Connection | None:
            if current is None or not current.is_syncing:
                return current
            return replace(
                current,
                state=ConnectionState.ACTIVE,
                last_sync=last,
                waiting=waiting,
                policy=policy.fingerprint,
                progress=None if is_awaited else current.progress,
                problem=_still_failing(current.problem),
                failing=None,
                missing=None,
                paused_until=None,
                held=_as_answered(held, current.held),
                due_at=min(due_at, now + timedelta(seconds=self._config.max_age_seconds)),
                deeds=tuple(each for each in current.deeds if each not in connection.deeds),
                # Until the message is queued the wish stays: who dies here does it again.
                resync_wanted=current.resync_wanted or is_awaited,
            )

        done = await update(self._connections, run.person, ended, known=stored)
        await self._tell(connection, run, told=told, awaited=last if is_awaited else None)
        if is_awaited:

            def answered(current: Connection | None) -> Connection | None:
                if current is None or current.request_id != connection.request_id:
                    return current
                return replace(current, resync_wanted=False)

            await update(self._connections, run.person, answered)
        before = None if done.before is None else done.before.due_at
        # One that is due at that very time is queued already.
        if due_at - now < _FAR and before != due_at:
            delay = max((due_at - now).total_seconds(), 0)
            await self._jobs.sync(SyncJob(person=run.person, cause=Cause.DUE), delay=delay)
        telemetry.waiting(waiting)
        _log.info(
            "sync.run_finished",
            extra={
                "person": str(run.person),
                "cause": run.cause.value,
                "full": run.is_full,
                "rounds": run.rounds,
                "counts": dict(run.counts),
                "left_out": dict(run.left_out),
                "waiting": waiting,
                "milliseconds": round((self._clock.now() - run.started).total_seconds() * 1000),
            },
        )

    async def fail(
        self, person: PersonKey, code: str, *, until: datetime | None
    ) -> Connection | None:
        """Notes that a sync or a removal broke off, and gives the Connection as it was before.

        From the second time on the person and the administrator see it (R11.8). ``until`` is when
        the next try begins.
        """
        now = self._clock.now()

        def change(current: Connection | None) -> Connection | None:
            if current is None or not (current.is_syncing or current.is_removing):
                return current
            before = current.failing
            failing = Failing(
                since=now if before is None else before.since,
                times=1 if before is None else before.times + 1,
                code=code,
            )
            changed = replace(
                current,
                failing=failing,
                paused_until=until if until is not None else current.paused_until,
                due_at=until if until is not None else current.due_at,
            )
            if failing.times < SHOWN_FROM:
                return changed
            problem = problem_of(failing)
            last = LastSync(ended_at=now, result=SyncResult.FAILED, message=problem.message)
            if current.problem is not None and current.is_removing:
                # Why everything is taken away is what the person reads (R9.4, R10.4).
                problem = current.problem
            return replace(changed, problem=problem, last_sync=last)

        return (await update(self._connections, person, change)).before

    def _due(
        self, links: Iterable[Link], held: Held | None, judged: datetime, now: datetime
    ) -> datetime:
        """Gives when something that waits is to be looked at again; far away where nothing is.

        What was due as this run judged, and waits all the same, waits for something else (R11.9).
        """
        times = [
            link.hold.at
            for link in links
            if link.hold is not None and link.hold.at is not None and link.hold.why not in _QUIET
        ]
        if held is not None:
            times.append(held.since + timedelta(seconds=self._config.held_for_seconds))
        moment = now + timedelta(seconds=1)
        return min([max(time, moment) for time in times if time > judged] + [now + _FAR])

    async def _tell_held(
        self, connection: Connection, scene: Scene, held: Held | None, recorder: Recorder
    ) -> None:
        """Asks the person about many cancellations, once; and notes what came of it (R11.7)."""
        before = connection.held
        if before is not None and held is None:
            await note_answer(recorder, self._ledger, before, scene)
        if held is None or before is not None:
            return
        cases = [case for case in scene.cases.values() if case.stands_for(Why.HELD)]
        telemetry.held(held.count)
        bundle = f"held-{held.since.strftime('%Y%m%dT%H%M%S')}"
        await note_question(recorder, self._ledger, held, scene)
        await recorder.tell(tuple(_held_tell(case) for case in cases), bundle)
        await self._jobs.mail(
            MailJob(kind=MailKind.HELD, person=connection.person, key=bundle, reference=bundle)
        )

    async def _bundle(self, run: Run, recorder: Recorder, *, is_asked: bool) -> int:
        """Closes what is to be told into one message; gives how many items it has (R9.3)."""
        # What a run that died has left to tell, and a bundle whose mail was never queued, are met
        # again by the sweep; a run that has nothing to tell asks for neither, unless it takes up
        # what another one began.
        if recorder.has_told or run.is_sweep or is_asked or (run.done and run.takes_up):
            return await recorder.bundle_tells(self._ids.new())
        return 0

    async def _tell(
        self, connection: Connection, run: Run, *, told: int, awaited: LastSync | None
    ) -> None:
        settings = connection.settings
        if settings is None:
            return
        is_mailed = awaited is not None and settings.notify_resync_completed
        merged: list[str] = []
        if told or run.is_sweep:
            for bundle in await self._ledger.open_bundles(run.person):
                is_held = bundle.startswith("held-")
                if not settings.notify_update_failed and not is_held:
                    await self._ledger.forget_bundle(run.person, bundle)
                    continue
                if is_mailed and not is_held:
                    # One sync makes one mail (R9.8).
                    merged.append(bundle)
                    continue
                kind = MailKind.HELD if is_held else MailKind.NOT_UPDATED
                await self._jobs.mail(
                    MailJob(kind=kind, person=run.person, key=bundle, reference=bundle)
                )
        if awaited is not None and is_mailed:
            # The counts travel with the job: the next sync notes its own before the mail is made.
            ended = {
                "ended_at": awaited.ended_at.isoformat(),
                "result": awaited.result,
                "counts": awaited.counts,
                "bundles": merged,
            }
            await self._jobs.mail(
                MailJob(
                    kind=MailKind.SYNC_COMPLETED,
                    person=run.person,
                    key=f"completed-{connection.connection_id}-{connection.request_id}",
                    reference=json.dumps(ended),
                )
            )


def is_waiting(link: Link) -> bool:
    """Says whether a Link's item could not be synced (contract: StaffStatus.waiting)."""
    hold = link.hold
    return hold is not None and not IN_TROUBLE.isdisjoint({hold.why, hold.standing.why})


def _as_answered(held: Held | None, current: Held | None) -> Held | None:
    """The person may answer while the sync runs: the answer stays with the question."""
    if held is None or current is None or current.since != held.since:
        return held
    return replace(held, answer=current.answer)


def _held_tell(case: Case) -> Tell:
    item, base = case.booking, case.link.base
    title = booking_title(item) if isinstance(item, BookingItem) else UNREAD_TITLE
    return Tell(
        title=title,
        tried=msgid("You deleted the event in Outlook."),
        reason=msgid("Many were deleted at once."),
        now=msgid("Nothing is cancelled until you answer."),
        state="held",
        old=case.link.interval if base is None else base.booking.interval,
    )


def _still_failing(problem: Problem | None) -> Problem | None:
    """A sync that went through ends every problem but that of mail, which it says nothing about."""
    return problem if problem is not None and problem.code == "mail_failed" else None


def _message(waiting: int) -> str:
    if not waiting:
        return ""
    return ITEMS_WAIT.of(waiting)


def _written(counts: Mapping[str, int]) -> dict[str, int]:
    """Gives of a run's counts those of what stands on the other side."""
    return {name: count for name, count in counts.items() if name.startswith("to_")}


def _counts(run: Run, links: Iterable[Link], *, is_first: bool) -> dict[str, int]:
    """Sums up a run for people: what was done by direction, and what was left out by reason."""
    counts: Counter[str] = Counter()
    for name, count in run.counts.items():
        direction, action, result = name.split(".")
        if result == "ok" and action != "left_out":
            counts[f"{direction}.{action}"] += count
    for reason, count in run.left_out.items():
        counts[f"left_out.{reason}"] += count
    if is_first:
        # A first sync may have needed several jobs: what counts is what stands.
        linked = [link for link in links if link.base is not None]
        counts["to_outlook.created"] = sum(link.origin is Side.BOOKING for link in linked)
        counts["to_booking.created"] = sum(link.origin is Side.OUTLOOK for link in linked)
    return {name: count for name, count in sorted(counts.items()) if count}
