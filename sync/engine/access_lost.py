"""What follows when tokens, the calendar or the mailbox are lost (R10.3, R10.4, R10.6).

One bad moment is no loss: a calendar or mailbox counts as lost when it is still not there at the
third look. Each reaction may be repeated: the mail is queued first, under a key that names the
cause.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from sync.engine.record import Recorder
from sync.engine.report import Reporter
from sync.engine.three_looks import Look, Looks
from sync.errors import MailboxLost, Unavailable
from sync.people.connection_states import disconnecting
from sync.people.connection_update import update
from sync.people.people import Connection, ConnectionState, Goal, LastSync, Problem, SyncResult
from sync.ports import CalendarGateway, Cause, MailJob, MailKind, SyncJob
from sync.ports.outside import Outside
from sync.words import Calendar, PersonKey, msgid

_log = logging.getLogger(__name__)

RECONNECT_NEEDED = Problem(
    code="reconnect_needed",
    message=msgid("Microsoft gives no access any more. The Staff Member has to sign in again."),
)
CALENDAR_UNCLEAR = Problem(
    code="calendar_unclear",
    message=msgid(
        "The synced calendar was not found, and several others could be meant. The Staff "
        "Member has to sign in again, or disconnect and choose one."
    ),
)
CALENDAR_GONE = Problem(
    code="calendar_gone",
    message=msgid(
        "The synced calendar does not exist any more. The Staff Member has to choose another."
    ),
)
MAILBOX_GONE = Problem(
    code="mailbox_gone",
    message=msgid(
        "The Microsoft account has no mailbox any more. The Staff Member has to connect "
        "another account."
    ),
)


class AccessLost:
    """Reacts to what the gateways say is lost.

    Args:
        outside: The ports.
        reporter: Notes that a sync could not be made.
        looks: Prove a loss (R10.6).
    """

    def __init__(self, outside: Outside, *, reporter: Reporter, looks: Looks) -> None:
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._claims = outside.claims
        self._jobs = outside.jobs
        self._reporter = reporter
        self._clock = outside.clock
        self._looks = looks

    async def authorization(self, person: PersonKey) -> None:
        """Marks the Connection "reconnect needed"; nothing is deleted, no job goes on (R10.3)."""
        await self._need_reconnect(person, RECONNECT_NEEDED)

    async def mailbox(self, person: PersonKey, outlook: CalendarGateway) -> None:
        """Disconnects once it is proven: the Reserves are removed, one mail goes out (R10.4).

        Raises:
            Unavailable: The mailbox lists its calendars: it is there, and one path says otherwise.
            LeaseLost, TransientError, AuthorizationLost, Unreadable: From the ports.
        """
        with suppress(MailboxLost):
            await outlook.calendars()
            raise Unavailable("the mailbox is there, and its calendar's paths deny it")
        look = await self._looks.look(person, "mailbox")
        if look.is_proven:
            await self._disconnect(person, MAILBOX_GONE)
        else:
            await self._look_again(person, look)

    async def calendar(
        self, person: PersonKey, outlook: CalendarGateway, recorder: Recorder
    ) -> None:
        """Looks for the calendar under a new id, and disconnects where there is none (R10.4).

        Raises:
            LeaseLost, TransientError, AuthorizationLost, MailboxLost, Unreadable: From the ports.
        """
        stored = await self._connections.get(person)
        if stored is None or stored.value.settings is None:
            return
        connection, settings = stored.value, stored.value.settings
        own = [each for each in await outlook.calendars() if each.may_be_chosen]
        same = [each for each in own if _is_same(each, connection)]
        is_there = any(each.id == settings.calendar_id for each in own)
        if not is_there and len(same) == 1:
            await self._take_on(connection, same[0], recorder)
            return
        # Listed under its id it is there after all: a passing failure of the service.
        look = await self._looks.look(person, "calendar")
        if is_there or not look.is_proven:
            await self._look_again(person, look)
        elif same:
            await self._need_reconnect(person, CALENDAR_UNCLEAR)
        else:
            await self._disconnect(person, CALENDAR_GONE)

    async def _look_again(self, person: PersonKey, look: Look) -> None:
        until = self._clock.now() + timedelta(seconds=look.again)
        await self._reporter.fail(person, "microsoft_unreachable", until=until)
        await self._jobs.sync(SyncJob(person=person, cause=Cause.DUE), delay=look.again)

    async def _take_on(
        self, connection: Connection, calendar: Calendar, recorder: Recorder
    ) -> None:
        """Goes on with the calendar under its new id; events are known again by mark and uid."""
        person, settings = connection.person, connection.settings
        if connection.microsoft is None or settings is None:
            return
        if not await self._claims.claim(connection.microsoft, calendar.id, person):
            await self._need_reconnect(person, CALENDAR_UNCLEAR)
            return
        # While the Connection still names the old id, whoever dies here comes by again (R11.5).
        await self._claims.release(connection.microsoft, settings.calendar_id, person)
        await self._ledger.forget_cursors(recorder.lease, only_outlook=True)

        def change(current: Connection | None) -> Connection | None:
            if current is None or current.settings is None or not current.is_syncing:
                return current
            if current.settings.calendar_id != settings.calendar_id:
                # The person has chosen another one meanwhile (R5.9).
                return current
            return replace(
                current,
                settings=replace(current.settings, calendar_id=calendar.id),
                subscription=None,
                missing=None,
            )

        done = await update(self._connections, person, change)
        chosen = None if done.after is None else done.after.settings
        if chosen is None or chosen.calendar_id != calendar.id:
            await self._claims.release(connection.microsoft, calendar.id, person)
        _log.info("calendar.id_changed", extra={"person": str(person)})
        await self._jobs.sync(SyncJob(person=person, cause=Cause.CONTINUED))

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
                # For the sweep: of who syncs nothing activity has an end, too.
                due_at=self._clock.now(),
                failing=None,
                missing=None,
                paused_until=None,
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
