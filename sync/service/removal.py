"""Takes everything of ours out of both calendars, however often it is cut short (R10.1, R10.2).

Each Link is dropped right after its item is gone, so that a repeat goes on where the last one
died. What may have been written without anybody knowing is searched for by its mark (R11.5).
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import batched

from sync.domain.marks import event_mark, reserve_ref
from sync.domain.model import (
    BookingStatus,
    CalendarId,
    Interval,
    Link,
    LinkState,
    Origin,
    OutlookItemId,
    PersonKey,
    Refusal,
)
from sync.domain.people import Connection, ConnectionState, Goal, Progress
from sync.domain.transitions import is_suspended, keeps_tokens, removed
from sync.errors import AuthorizationLost, CalendarLost, Gone, MailboxLost
from sync.ports import (
    AccountCause,
    AccountJob,
    BookingGateway,
    CalendarClaims,
    CalendarGateway,
    CalendarGateways,
    Cause,
    Clock,
    ConnectionRepository,
    JobQueue,
    Lease,
    LedgerChange,
    LedgerRepository,
    MailJob,
    MailKind,
    MicrosoftSignIn,
    Stored,
    SubscriptionIndex,
    SyncJob,
)
from sync.service.storing import update

_log = logging.getLogger(__name__)

#: Items that one job takes away; the rest is another job's, so that no job outlives its host.
ITEMS_PER_JOB = 300
#: Items between two looks at the lease and two steps of the progress bar.
CHUNK = 10
LEASE_SECONDS = 60.0
#: Reason on a Link whose item the other side refuses to give up.
REFUSED = "removal_refused"

type _Remove = Callable[[Link], Awaitable[Refusal | None]]


@dataclass(slots=True)
class _Pace:
    """How far one job has come; ``total`` counts the items of all jobs of this removal."""

    total: int
    done: int
    room: int = ITEMS_PER_JOB


class Removal:
    """Carries out what the state DISCONNECTING asks for.

    Args:
        booking: Where Reserves are deleted.
        calendars: Where events are deleted.
        connections: The Connections.
        ledger: Links.
        claims: Gives the calendar back (R5.2).
        subscriptions: Forgets the person behind the subscription.
        microsoft: Destroys tokens.
        jobs: Takes the next job, and the mail.
        clock: Now.
    """

    def __init__(
        self,
        *,
        booking: BookingGateway,
        calendars: CalendarGateways,
        connections: ConnectionRepository,
        ledger: LedgerRepository,
        claims: CalendarClaims,
        subscriptions: SubscriptionIndex,
        microsoft: MicrosoftSignIn,
        jobs: JobQueue,
        clock: Clock,
    ) -> None:
        self._booking = booking
        self._calendars = calendars
        self._connections = connections
        self._ledger = ledger
        self._claims = claims
        self._subscriptions = subscriptions
        self._microsoft = microsoft
        self._jobs = jobs
        self._clock = clock

    async def run(self, lease: Lease, stored: Stored[Connection]) -> None:
        """Removes a job's share, and ends the removal when nothing is left to do.

        Without tokens the booking side is cleaned all the same; what stays in Outlook is counted,
        and its Links are kept, so that a later sign-in can finish (R10.5).

        Args:
            lease: The person's, held until this returns.
            stored: The Connection, read under the lease; in another state nothing is done.

        Raises:
            LeaseLost: Somebody else goes on.
            TransientError: The job has to come again.
        """
        connection = stored.value
        if connection.state is not ConnectionState.DISCONNECTING:
            return
        person, gateway = connection.person, self._calendars.open(connection.person)
        links = [
            link
            for link in (await self._ledger.read(person)).links
            if _may_have_twin(link) and link.reason != REFUSED
        ]
        pace = _pace(connection, len(links))
        reserves = [link for link in links if link.origin is Origin.OUTLOOK]
        events = [link for link in links if link.origin is Origin.BOOKING]

        async def remove_reserve(link: Link) -> Refusal | None:
            return await self._remove_reserve(connection, link)

        calendars = 1

        async def remove_event(link: Link) -> Refusal | None:
            return await _remove_event(connection, gateway, link, has_others=calendars > 1)

        await self._walk(lease, pace, reserves, remove_reserve)
        has_tokens = True
        try:
            listed = await gateway.calendars()
            calendars = sum(calendar.is_own and calendar.can_edit for calendar in listed)
            # First, so that the deletions below are not reported back to us one by one.
            if connection.subscription is not None:
                await gateway.unsubscribe(connection.subscription.id)
            await self._walk(lease, pace, events, remove_event)
        except (AuthorizationLost, MailboxLost):
            has_tokens = False
        if pace.room == 0 or (has_tokens and pace.done < pace.total):
            await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))
            return
        await self._finish(lease, connection, has_tokens=has_tokens)

    async def _walk(
        self, lease: Lease, pace: _Pace, links: Sequence[Link], remove: _Remove
    ) -> None:
        for chunk in batched(links[: pace.room], CHUNK, strict=False):
            lease = await self._ledger.prolong(lease, seconds=LEASE_SECONDS)
            await self._show(lease.person, pace)
            for link in chunk:
                refusal = await remove(link)
                pace.done, pace.room = pace.done + 1, pace.room - 1
                if refusal is None:
                    await self._ledger.record(lease, LedgerChange(drop=(link.key,)))
                else:
                    # Asked for once: what is refused would be refused again, and is said (R10.5).
                    kept = replace(link, reason=REFUSED)
                    await self._ledger.record(lease, LedgerChange(keep=(kept,)))

    async def _show(self, person: PersonKey, pace: _Pace) -> None:
        progress = Progress(done=pace.done, total=pace.total)

        def change(connection: Connection | None) -> Connection | None:
            if connection is None or connection.state is not ConnectionState.DISCONNECTING:
                return connection
            return replace(connection, progress=progress)

        await update(self._connections, person, change)

    async def _remove_reserve(self, connection: Connection, link: Link) -> Refusal | None:
        person = connection.person
        ids = [] if link.booking_id is None else [link.booking_id]
        if link.state is LinkState.CREATING and connection.connection_id is not None:
            wanted = reserve_ref(connection.connection_id, link)
            try:
                listing = await self._booking.items(person, _with_length(link.interval))
            except Gone:
                return None
            ids += [
                item.id
                for item in listing.items
                if item.external_ref == wanted and item.status is not BookingStatus.CANCELLED
            ]
        for item_id in ids:
            refusal = await self._booking.remove_item(person, item_id)
            if refusal is not None:
                return refusal
        return None

    async def _finish(self, lease: Lease, connection: Connection, *, has_tokens: bool) -> None:
        person = connection.person
        links = (await self._ledger.read(person)).links
        left = sum(_may_have_twin(link) for link in links)
        current = await self._connections.get(person)
        if current is None:
            return
        if not has_tokens and current.value.due_at != connection.due_at:
            # The person has signed in while this job ran: with those tokens it can be finished.
            await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))
            return
        # Once more the fence: what follows is not written under the lease.
        await self._ledger.prolong(lease, seconds=LEASE_SECONDS)
        if has_tokens or not left:
            await self._ledger.forget(person)
        else:
            await self._ledger.save_cursors(lease, None)
        if connection.microsoft is not None and connection.settings is not None:
            await self._claims.release(
                connection.microsoft, connection.settings.calendar_id, person
            )
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


def disconnected_mail(connection: Connection) -> MailJob | None:
    """Gives the mail that a removal sends; ``None`` where it is the person's own doing (R9.4).

    It is their own doing while it leads back to the settings page and no problem led to it. The
    reference is the problem's code, else ``deactivated``.
    """
    is_own_doing = connection.goal is Goal.AUTHORIZED and connection.problem is None
    if is_own_doing or connection.connection_id is None:
        return None
    return MailJob(
        kind=MailKind.DISCONNECTED,
        person=connection.person,
        key=f"removed-{connection.connection_id}",
        reference="deactivated" if connection.problem is None else connection.problem.code,
    )


def _pace(connection: Connection, remaining: int) -> _Pace:
    before = connection.progress
    total = remaining if before is None else max(before.total, before.done + remaining)
    return _Pace(total=total, done=total - remaining)


def _may_have_twin(link: Link) -> bool:
    """Says whether the Link's twin may exist on the other side, known or not."""
    if link.state is LinkState.ENDED:
        return False
    twin = link.outlook_id if link.origin is Origin.BOOKING else link.booking_id
    return bool(twin or link.leftover) or link.state is LinkState.CREATING


async def _remove_event(
    connection: Connection, gateway: CalendarGateway, link: Link, *, has_others: bool
) -> Refusal | None:
    """Deletes an event by its id, and where that may not be enough by its mark.

    ``has_others``: the person has other calendars, into which an event may have been dragged: it
    has another id then (R8.12).
    """
    ids = [item_id for item_id in (link.leftover, link.outlook_id) if item_id is not None]
    settings, connection_id = connection.settings, connection.connection_id
    if settings is not None and connection_id is not None:
        mark = event_mark(connection_id, link)
        if has_others and link.outlook_id is not None:
            ids += await _dragged(gateway, settings.calendar_id, link.outlook_id, mark)
        if link.state is LinkState.CREATING:
            ids += await _created(gateway, settings.calendar_id, mark)
    for item_id in ids:
        refusal = await gateway.delete_event(item_id)
        if refusal is not None:
            return refusal
    return None


async def _dragged(
    gateway: CalendarGateway, calendar_id: CalendarId, item_id: OutlookItemId, mark: str
) -> list[OutlookItemId]:
    try:
        if await gateway.get_event(calendar_id, item_id) is not None:
            return []
    except CalendarLost:
        # Its id may have changed by itself (R10.4). The event keeps its own, unless it was dragged:
        # the mark finds it in either case.
        pass
    elsewhere = await gateway.find_elsewhere(calendar_id, mark)
    return [] if elsewhere is None else [elsewhere.outlook_id]


async def _created(
    gateway: CalendarGateway, calendar_id: CalendarId, mark: str
) -> list[OutlookItemId]:
    """Searches for what a doubtful creation may have made (R11.5)."""
    try:
        found = await gateway.find_by_mark(calendar_id, mark)
    except CalendarLost:
        found = None
    if found is not None:
        return [found.id]
    elsewhere = await gateway.find_elsewhere(calendar_id, mark)
    return [] if elsewhere is None else [elsewhere.outlook_id]


def _with_length(interval: Interval) -> Interval:
    if interval.has_length:
        return interval
    return Interval(interval.start, interval.start + timedelta(minutes=1))
