"""What follows when tokens, the calendar or the mailbox are lost (R10.3, R10.4).

Each reaction may be repeated: the mail is queued first, under a key that names the cause.
"""

import logging
from dataclasses import replace

from sync.domain.marks import event_mark
from sync.domain.model import Calendar, CalendarId, LinkState, Origin, PersonKey
from sync.domain.people import Connection, ConnectionState, Goal, LastSync, Problem, SyncResult
from sync.domain.transitions import disconnecting
from sync.ports import (
    CalendarClaims,
    CalendarGateway,
    Cause,
    Clock,
    ConnectionRepository,
    JobQueue,
    LedgerRepository,
    MailJob,
    MailKind,
    SyncJob,
)
from sync.service.record import Recorder, relinked
from sync.service.storing import update

_log = logging.getLogger(__name__)

RECONNECT_NEEDED = Problem(
    code="reconnect_needed",
    message="Microsoft gives no access any more. The Staff Member has to sign in again.",
)
CALENDAR_UNCLEAR = Problem(
    code="calendar_unclear",
    message="The synced calendar was not found, and several others could be meant. The Staff "
    "Member has to sign in again, or disconnect and choose one.",
)
CALENDAR_GONE = Problem(
    code="calendar_gone",
    message="The synced calendar does not exist any more. The Staff Member has to choose another.",
)
MAILBOX_GONE = Problem(
    code="mailbox_gone",
    message="The Microsoft account has no mailbox any more. The Staff Member has to connect "
    "another account.",
)


class Losses:
    """Reacts to what the gateways say is lost.

    Args:
        connections: The Connections.
        ledger: Links, which may have to name events anew.
        claims: Which calendar serves whom.
        jobs: Takes mails and what follows.
        clock: Now.
    """

    def __init__(
        self,
        *,
        connections: ConnectionRepository,
        ledger: LedgerRepository,
        claims: CalendarClaims,
        jobs: JobQueue,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._ledger = ledger
        self._claims = claims
        self._jobs = jobs
        self._clock = clock

    async def authorization(self, person: PersonKey) -> None:
        """Marks the Connection "reconnect needed"; nothing is deleted, no job goes on (R10.3)."""
        await self._need_reconnect(person, RECONNECT_NEEDED)

    async def mailbox(self, person: PersonKey) -> None:
        """Disconnects: the Reserves are removed, one mail goes out (R10.4)."""
        await self._disconnect(person, MAILBOX_GONE)

    async def calendar(
        self, person: PersonKey, outlook: CalendarGateway, recorder: Recorder
    ) -> None:
        """Looks for the calendar under a new id, and disconnects where there is none (R10.4).

        Raises:
            LeaseLost, TransientError, AuthorizationLost, MailboxLost: From the ports.
        """
        stored = await self._connections.get(person)
        if stored is None or stored.value.settings is None:
            return
        connection = stored.value
        own = [each for each in await outlook.calendars() if each.is_own and each.can_edit]
        if any(each.id == stored.value.settings.calendar_id for each in own):
            # It is there after all: a passing failure of the service.
            await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED), delay=60)
            return
        same = [each for each in own if _is_same(each, connection)]
        if len(same) > 1:
            await self._need_reconnect(person, CALENDAR_UNCLEAR)
        elif same:
            await self._take_on(connection, same[0], outlook, recorder)
        else:
            await self._disconnect(person, CALENDAR_GONE)

    async def _take_on(
        self,
        connection: Connection,
        calendar: Calendar,
        outlook: CalendarGateway,
        recorder: Recorder,
    ) -> None:
        """Goes on with the calendar under its new id; events are known again by their marks."""
        person, settings = connection.person, connection.settings
        if connection.microsoft is None or settings is None:
            return
        if not await self._claims.claim(connection.microsoft, calendar.id, person):
            await self._need_reconnect(person, CALENDAR_UNCLEAR)
            return
        await self._name_events_anew(connection, calendar.id, outlook, recorder)
        # While the Connection still names the old id, whoever dies here comes by again (R11.5).
        await self._claims.release(connection.microsoft, settings.calendar_id, person)
        await recorder.save_cursors(None)

        def change(current: Connection | None) -> Connection | None:
            if current is None or current.settings is None or not current.is_syncing:
                return current
            return replace(
                current,
                settings=replace(current.settings, calendar_id=calendar.id),
                subscription=None,
            )

        await update(self._connections, person, change)
        _log.info("calendar.id_changed", extra={"person": str(person)})
        await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))

    async def _name_events_anew(
        self,
        connection: Connection,
        calendar_id: CalendarId,
        outlook: CalendarGateway,
        recorder: Recorder,
    ) -> None:
        """Follows events whose ids changed with the calendar's, so that none looks deleted."""
        if connection.connection_id is None:
            return
        links = (await self._ledger.read(connection.person)).links
        # A copy bears the mark as well, and is a Meeting of its own (R8.11).
        meetings = {link.outlook_id for link in links if link.origin is Origin.OUTLOOK}
        for link in links:
            if (
                link.origin is not Origin.BOOKING
                or link.state is not LinkState.LINKED
                or link.outlook_id is None
            ):
                continue
            await recorder.hold()
            if await outlook.get_event(calendar_id, link.outlook_id) is not None:
                continue
            mark = event_mark(connection.connection_id, link)
            event = await outlook.find_by_mark(calendar_id, mark)
            if event is not None and event.id not in meetings:
                moved = replace(link, outlook_id=event.id, outlook_etag=event.etag)
                await recorder.record((relinked(moved),))

    async def _need_reconnect(self, person: PersonKey, problem: Problem) -> None:
        stored = await self._connections.get(person)
        if stored is None or not stored.value.is_syncing:
            return
        connection = stored.value
        await self._jobs.mail(
            MailJob(
                kind=MailKind.DISCONNECTED,
                person=person,
                key=f"{problem.code}-{connection.connection_id}-{connection.request_id}",
                reference=problem.code,
            )
        )

        def change(current: Connection | None) -> Connection | None:
            if current is None or not current.is_syncing:
                return current
            return replace(
                current,
                state=ConnectionState.RECONNECT_NEEDED,
                problem=problem,
                progress=None,
                due_at=None,
                last_sync=LastSync(
                    ended_at=self._clock.now(), result=SyncResult.FAILED, message=problem.message
                ),
            )

        await update(self._connections, person, change)
        _log.warning("connection.reconnect_needed", extra={"person": str(person)})

    async def _disconnect(self, person: PersonKey, problem: Problem) -> None:
        now = self._clock.now()

        def change(current: Connection | None) -> Connection | None:
            if current is None or not current.is_syncing:
                return current
            return disconnecting(current, Goal.AUTHORIZED, now, problem=problem)

        done = await update(self._connections, person, change)
        if done.after is not None and done.after.state is ConnectionState.DISCONNECTING:
            await self._jobs.sync(SyncJob(person=person, cause=Cause.DISCONNECTED))
        _log.warning("connection.lost", extra={"person": str(person), "problem": problem.code})


def _is_same(calendar: Calendar, connection: Connection) -> bool:
    """Says whether a calendar is the synced one under a new id (R10.4)."""
    if connection.calendar_is_default:
        return calendar.is_default
    return (
        calendar.name == connection.calendar_name
        and calendar.owner_address.casefold() == (connection.calendar_owner or "").casefold()
    )
