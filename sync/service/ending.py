"""The end of a sync: what it brought is noted for the person, and told (R5.8, R9.2, R9.3)."""

import json
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sync.domain.content import Product
from sync.domain.model import Link, LinkState, Origin, PersonKey
from sync.domain.people import Connection, ConnectionState, LastSync, Problem, SyncResult
from sync.domain.rules import Policy
from sync.ports import (
    Cause,
    Clock,
    ConnectionRepository,
    IdFactory,
    JobQueue,
    LedgerRepository,
    MailJob,
    MailKind,
)
from sync.service.record import Recorder
from sync.service.storing import update

_log = logging.getLogger(__name__)

UNREACHABLE = Problem(
    code="unreachable",
    message="The other side could not be reached for some time. It is tried again by itself.",
)
UNREADABLE = Problem(
    code="unreadable",
    message="The other side gave an answer that can't be understood. Support has to look at it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncConfig:
    """What the settings say about syncing.

    Attributes:
        product: How the booking product is named.
        window_days: Days of the Window.
        max_age_seconds: After so long without a sync the sweep wakes the person (R11.3).
    """

    product: Product
    window_days: int
    max_age_seconds: int


@dataclass(slots=True, kw_only=True)
class Run:
    """What one job has done so far, for the record and for its one line in the log.

    ``counts`` is activity by ``direction.action.result``, ``left_out`` items by reason; ``done``
    is actions out of ``total``; ``is_full`` says whether any round read everything. ``links``
    are the person's as they stand, where this run has changed none; else empty.
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
    progress_at: datetime | None = None
    links: tuple[Link, ...] = ()


class Ending:
    """Notes how a sync ended, and queues what is to be told.

    Args:
        connections: Where the end is noted.
        ledger: Links, and what is to be told.
        jobs: Takes the mails.
        ids: Names bundles of things to tell.
        clock: Now.
        config: What the settings say.
    """

    def __init__(
        self,
        *,
        connections: ConnectionRepository,
        ledger: LedgerRepository,
        jobs: JobQueue,
        ids: IdFactory,
        clock: Clock,
        config: SyncConfig,
    ) -> None:
        self._connections = connections
        self._ledger = ledger
        self._jobs = jobs
        self._ids = ids
        self._clock = clock
        self._config = config

    async def finish(
        self, connection: Connection, policy: Policy, recorder: Recorder, run: Run
    ) -> None:
        """Tells what there is to tell, and notes how the sync ended (R5.8)."""
        now = self._clock.now()
        links = run.links or (await self._ledger.read(run.person)).links
        waiting = sum(is_waiting(link.state, link.reason) for link in links)
        counts = _counts(run)
        is_first = connection.state is ConnectionState.STARTING
        if is_first:
            # A first sync may have needed several jobs: what counts is what stands.
            linked = [link for link in links if link.state is LinkState.LINKED]
            counts["to_outlook.created"] = sum(x.origin is Origin.BOOKING for x in linked)
            counts["to_booking.created"] = sum(x.origin is Origin.OUTLOOK for x in linked)
        last = LastSync(
            ended_at=now,
            result=SyncResult.PARTIAL if waiting else SyncResult.OK,
            message=_message(waiting),
            counts={name: count for name, count in sorted(counts.items()) if count},
        )
        is_awaited = is_first or connection.resync_wanted

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
                paused_until=None,
                due_at=now + timedelta(seconds=self._config.max_age_seconds),
                # Until the message is queued the wish stays: who dies here does it again.
                resync_wanted=current.resync_wanted or is_awaited,
            )

        await update(self._connections, run.person, ended)
        await self._tell(connection, recorder, run, awaited=last if is_awaited else None)
        if is_awaited:

            def answered(current: Connection | None) -> Connection | None:
                if current is None or current.request_id != connection.request_id:
                    return current
                return replace(current, resync_wanted=False)

            await update(self._connections, run.person, answered)
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

    async def fail(self, person: PersonKey, problem: Problem) -> None:
        """Notes that a sync was broken off for good: the sweep begins another (R5.8, R12.3)."""
        now = self._clock.now()
        failed = LastSync(ended_at=now, result=SyncResult.FAILED, message=problem.message)

        def change(current: Connection | None) -> Connection | None:
            if current is None or not current.is_syncing:
                return current
            return replace(current, problem=problem, last_sync=failed)

        await update(self._connections, person, change)

    async def _tell(
        self, connection: Connection, recorder: Recorder, run: Run, *, awaited: LastSync | None
    ) -> None:
        settings = connection.settings
        if settings is None:
            return
        person = run.person
        is_sweep = run.cause in {Cause.SWEEP, Cause.RENEWAL}
        # What a run that died has left to tell, and a bundle whose mail was never queued, are met
        # again by the sweep; a quiet run asks for neither.
        told = await recorder.bundle_tells(self._ids.new()) if run.done or is_sweep else 0
        if told or is_sweep:
            for bundle in await self._ledger.open_bundles(person):
                if not settings.notify_update_failed:
                    await self._ledger.forget_bundle(person, bundle)
                    continue
                await self._jobs.mail(
                    MailJob(kind=MailKind.NOT_UPDATED, person=person, key=bundle, reference=bundle)
                )
        if awaited is not None and settings.notify_resync_completed:
            # The counts travel with the job: the next sync notes its own before the mail is made.
            ended = {
                "ended_at": awaited.ended_at.isoformat(),
                "result": awaited.result,
                "counts": awaited.counts,
            }
            await self._jobs.mail(
                MailJob(
                    kind=MailKind.SYNC_COMPLETED,
                    person=person,
                    key=f"completed-{connection.connection_id}-{connection.request_id}",
                    reference=json.dumps(ended),
                )
            )


def is_waiting(state: LinkState, reason: str | None) -> bool:
    """Says whether a Link's item could not be synced (contract: StaffStatus.waiting)."""
    return state in {LinkState.WAITING, LinkState.PARKED} or (
        state is LinkState.LINKED and reason is not None
    )


def _still_failing(problem: Problem | None) -> Problem | None:
    """A sync that went through ends every problem but that of mail, which it says nothing about."""
    return problem if problem is not None and problem.code == "mail_failed" else None


def _message(waiting: int) -> str:
    if not waiting:
        return ""
    return "1 item waits." if waiting == 1 else f"{waiting} items wait."


def _counts(run: Run) -> Counter[str]:
    """Sums up a run for people: what was done by direction, and what was left out by reason."""
    counts: Counter[str] = Counter()
    for name, count in run.counts.items():
        direction, action, result = name.split(".")
        if result == "ok" and action != "left_out":
            counts[f"{direction}.{action}"] += count
    for reason, count in run.left_out.items():
        counts[f"left_out.{reason}"] += count
    return counts
