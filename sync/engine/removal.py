"""Takes everything of ours out of both calendars, however often it is cut short (R10.1, R10.2).

Each Link is dropped after its item is gone, so that a repeat goes on where the last one died. What
may have been written without anybody knowing is searched for by its mark and uid (R11.5). Both
sides go side by side, each up to its limit.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync.engine.ask import AT_ONCE
from sync.engine.deeds import note_removed, removed_items
from sync.engine.event_removal import other_calendars, remove_event
from sync.engine.items import BookingStatus, Refusal
from sync.engine.links import (
    Hold,
    Link,
    Side,
    Why,
    begun_over,
    is_begun,
    may_have_twin,
    removal_counts,
)
from sync.engine.marks import reserve_ref
from sync.engine.record import Recorder
from sync.engine.three_looks import Looks
from sync.errors import AuthorizationLost, Gone, MailboxLost, Throttled, Unavailable
from sync.people.connection_states import is_suspended, keeps_tokens, removed
from sync.people.connection_update import update
from sync.people.people import Connection, ConnectionState, Goal, Progress
from sync.ports import (
    AccountCause,
    AccountJob,
    Cause,
    Ledger,
    LedgerChange,
    MailJob,
    MailKind,
    SyncJob,
)
from sync.ports.outside import Outside
from sync.words import BookingItemId, PersonKey

_log = logging.getLogger(__name__)

#: A job ends well before the host's time-out and goes on in another.
_JOB_TIME = timedelta(minutes=4)
#: Items between two records, two looks at the lease, and two steps of the progress bar.
CHUNK = 24
#: Code of the hold of a Link whose item the other side refuses to give up (R10.5).
REFUSED = "removal_refused"

type _Remove = Callable[[Link], Awaitable[Refusal | None]]


@dataclass(slots=True)
class _Pace:
    """How far one job has come; ``total`` counts the items of all jobs of this removal."""

    began: datetime
    total: int
    done: int
    until: datetime
    is_cut: bool = False


class Removal:
    """Carries out what the state DISCONNECTING asks for.

    Args:
        outside: The ports.
        looks: Prove that a mailbox is lost (R10.6).
    """

    def __init__(self, outside: Outside, *, looks: Looks) -> None:
        self._booking = outside.booking
        self._calendars = outside.calendars
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._claims = outside.claims
        self._subscriptions = outside.subscriptions
        self._microsoft = outside.microsoft
        self._jobs = outside.jobs
        self._looks = looks
        self._clock = outside.clock

    async def counts(self, person: PersonKey) -> tuple[int, int]:
        """Counts what Disconnect Calendar would remove: events in Outlook, Reserves (R10.1)."""
        return removal_counts((await self._ledger.read(person)).links)

    async def run(self, recorder: Recorder, ledger: Ledger, connection: Connection) -> None:
        """Removes a job's share, and ends the removal when nothing is left to do.

        Without tokens the booking side is cleaned all the same; what stays in Outlook is counted,
        and its Links are kept, so that a later sign-in can finish (R10.5). A mailbox that is not
        there is looked for again before that is believed (R10.6).

        Args:
            recorder: Holds the person's lease.
            ledger: As read under it.
            connection: Read under it; in any state but DISCONNECTING nothing is removed.

        Raises:
            LeaseLost: Somebody else goes on.
            TransientError: The job has to come again.
        """
        if connection.state is not ConnectionState.DISCONNECTING:
            return
        person, gateway = connection.person, self._calendars.open(connection.person)
        every = {link.key: link for link in await self._ledger.passed(person)}
        every |= {link.key: link for link in ledger.links}
        # What has ended may be out of the bin again, and no sync has met it since (R10.1).
        links = [
            link
            for link in every.values()
            if (may_have_twin(link) or link.has_ended) and not _is_refused(link)
        ]
        pace = _pace(connection, len(links), self._clock.now())
        reserves = [link for link in links if link.origin is Side.OUTLOOK]
        events = [link for link in links if link.origin is Side.BOOKING]

        async def remove_reserve(link: Link) -> Refusal | None:
            return await self._remove_reserve(connection, link)

        async def remove_events() -> bool:
            try:
                # First, so that the deletions below are not reported back to us one by one.
                if connection.subscription is not None:
                    await gateway.unsubscribe(connection.subscription.id)
                others = await other_calendars(gateway, connection)

                async def one(link: Link) -> Refusal | None:
                    return await remove_event(connection, gateway, link, others)

                await self._walk(recorder, pace, events, one)
            except AuthorizationLost:
                return False
            except MailboxLost as error:
                await self._believe(connection, error)
                return False
            return True

        results = await asyncio.gather(
            self._walk(recorder, pace, reserves, remove_reserve),
            remove_events(),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        has_tokens = results[1] is True
        if pace.is_cut:
            await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))
            return
        await self._finish(recorder, connection, has_tokens=has_tokens)

    async def _believe(self, connection: Connection, error: MailboxLost) -> None:
        """Returns once it is proven that the mailbox is lost; where that led here, it is.

        Raises:
            Unavailable: It has to be looked for again.
        """
        if connection.problem is not None and not connection.problem.is_passing:
            return
        look = await self._looks.look(connection.person, "mailbox")
        if not look.is_proven:
            raise Unavailable("the mailbox is not there", retry_after=look.again) from error

    async def _walk(
        self, recorder: Recorder, pace: _Pace, links: Sequence[Link], remove: _Remove
    ) -> None:
        """Removes what there is, and raises at the end what kept one from going (R11.8).

        Where nothing of a chunk could be removed, or rest is asked for, the others are not tried.
        """
        places = asyncio.Semaphore(AT_ONCE)
        errors: list[BaseException] = []

        async def one(link: Link) -> tuple[Link, Refusal | None]:
            async with places:
                return link, await remove(link)

        for start in range(0, len(links), CHUNK):
            if self._clock.now() > pace.until:
                pace.is_cut = True
                return
            chunk = links[start : start + CHUNK]
            await recorder.hold()
            answers = await asyncio.gather(*(one(link) for link in chunk), return_exceptions=True)
            gone, kept = [], []
            for answer in answers:
                if isinstance(answer, BaseException):
                    errors.append(answer)
                    continue
                link, refusal = answer
                if refusal is None:
                    gone.append(link)
                else:
                    # Asked for once: what is refused would be refused again, and is said (R10.5).
                    kept.append(replace(link, hold=_refused(self._clock.now())))
            change = LedgerChange(
                keep=tuple(kept),
                drop=tuple(link.key for link in gone),
                activity=removed_items(gone, pace.began),
            )
            await self._ledger.record(recorder.lease, change)
            pace.done += len(gone) + len(kept)
            await self._show(recorder, pace)
            if not (gone or kept) or any(isinstance(error, Throttled) for error in errors):
                break
        if errors:
            raise errors[0]

    async def _show(self, recorder: Recorder, pace: _Pace) -> None:
        progress = Progress(done=pace.done, total=pace.total)

        def change(connection: Connection | None) -> Connection | None:
            if connection is None or connection.state is not ConnectionState.DISCONNECTING:
                return connection
            return replace(connection, progress=progress)

        await update(self._connections, recorder.lease.person, change)

    async def _remove_reserve(self, connection: Connection, link: Link) -> Refusal | None:
        person = connection.person
        ids: list[BookingItemId] = [] if link.booking_id is None else [link.booking_id]
        if is_begun(link, Side.BOOKING) and connection.connection_id is not None:
            wanted = reserve_ref(connection.connection_id, link)
            try:
                listing = await self._booking.items(person, begun_over(link).searched())
            except Gone:
                return None
            ours = [item for item in listing.items if item.external_ref == wanted]
            if not ours and listing.unreadable:
                # One of those may be ours: nobody can say that there is none (R10.5).
                return Refusal(code="not_searched")
            ids += [item.id for item in ours if item.status is not BookingStatus.CANCELLED]
        for item_id in dict.fromkeys(ids):
            refusal = await self._booking.remove_item(person, item_id)
            if refusal is not None:
                return refusal
        return None

    async def _finish(
        self, recorder: Recorder, connection: Connection, *, has_tokens: bool
    ) -> None:
        person = connection.person
        there = sum(may_have_twin(link) for link in (await self._ledger.read(person)).links)
        current = await self._connections.get(person)
        if current is None:
            return
        # Whoever died at the end of it may have forgotten the Links, and had noted how many.
        left = max(there, current.value.left_behind)
        if not has_tokens and current.value.due_at != connection.due_at:
            # The person has signed in while this job ran: with those tokens it can be finished.
            await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))
            return
        # Once more the fence: what follows is not written under the lease.
        await recorder.fence()
        await note_removed(recorder, self._ledger, current.value, left=left)
        if left != current.value.left_behind:
            await update(self._connections, person, _leaving_behind(left), known=current)
        if has_tokens or not left:
            await self._ledger.forget(person)
        else:
            await self._ledger.forget_cursors(recorder.lease)
        if connection.microsoft is not None and connection.settings is not None:
            leaving = () if connection.leaving is None else (connection.leaving.calendar_id,)
            for calendar_id in (connection.settings.calendar_id, *leaving):
                await self._claims.release(connection.microsoft, calendar_id, person)
        if connection.subscription is not None:
            await self._subscriptions.drop(connection.subscription.id)
        mail = disconnected_mail(current.value)
        if mail is not None:
            await self._jobs.mail(mail)

        def change(now: Connection | None) -> Connection | None:
            if now is None or now.state is not ConnectionState.DISCONNECTING:
                return now
            return removed(now, left=left, has_tokens=has_tokens, at=self._clock.now())

        async def destroy_tokens(after: Connection) -> None:
            if after.state is not ConnectionState.AUTHORIZED and not keeps_tokens(after):
                await self._microsoft.forget(person)

        done = await update(self._connections, person, change, before_put=destroy_tokens)
        _log.info(
            "removal.finished",
            extra={"person": str(person), "left_behind": left, "has_tokens": has_tokens},
        )
        if done.after is not None and is_suspended(done.after):
            # The way back may have opened while the removal ran (R2.5).
            await self._jobs.account(
                AccountJob(
                    cause=AccountCause.STAFF_CHANGED,
                    account_id=person.account_id,
                    staff_id=person.staff_id,
                )
            )


def _leaving_behind(left: int) -> Callable[[Connection | None], Connection | None]:
    def change(now: Connection | None) -> Connection | None:
        if now is None or now.state is not ConnectionState.DISCONNECTING:
            return now
        return replace(now, left_behind=left)

    return change


def disconnected_mail(connection: Connection) -> MailJob | None:
    """Gives the mail that a removal sends; ``None`` where it is the person's own doing (R9.4).

    It is their own doing while it leads back to the settings page and no problem led to it. The
    reference is the problem's code, else ``deactivated``.
    """
    cause = connection.problem
    if cause is not None and cause.is_passing:
        cause = None
    is_own_doing = connection.goal is Goal.AUTHORIZED and cause is None
    if is_own_doing or connection.connection_id is None:
        return None
    return MailJob(
        kind=MailKind.DISCONNECTED,
        person=connection.person,
        key=f"removed-{connection.connection_id}",
        reference="deactivated" if cause is None else cause.code,
    )


def _is_refused(link: Link) -> bool:
    return link.hold is not None and link.hold.code == REFUSED


def _refused(now: datetime) -> Hold:
    return Hold(why=Why.REFUSED, since=now, at=now, code=REFUSED)


def _pace(connection: Connection, remaining: int, now: datetime) -> _Pace:
    before = connection.progress
    total = remaining if before is None else max(before.total, before.done + remaining)
    return _Pace(began=now, total=total, done=total - remaining, until=now + _JOB_TIME)
