"""What a Staff Member chooses at the start, and later: a calendar, what to sync (section 5)."""

from dataclasses import replace

from sync.errors import AuthorizationLost, Changed, MailboxLost, Rejected, Unavailable
from sync.people.connection_states import chosen_anew, is_synced, signed_out, started, with_choices
from sync.people.connection_update import TRIES, update
from sync.people.mail_choices import MailChoices
from sync.people.not_allowed import (
    already_syncing,
    mailbox_lost,
    never_activated,
    not_syncing,
    reconnect_needed,
    require_account,
    require_active,
    unknown_calendar,
)
from sync.people.people import Connection, ConnectionState, Leaving, MicrosoftAccount, SyncSettings
from sync.ports import Cause, SyncJob
from sync.ports.outside import Outside
from sync.words import Calendar, CalendarId, ConnectionId, PersonKey, msgid

#: R5.2, word for word.
CALENDAR_IN_USE = msgid(
    "There is another account already using this Outlook calendar. "
    "Please select another Outlook calendar."
)


class Choices:
    """Takes choices; each operation may be repeated.

    Args:
        outside: The ports.
        mail_choices: Asks about a contact address (R5.3).
    """

    def __init__(self, outside: Outside, *, mail_choices: MailChoices) -> None:
        self._calendars = outside.calendars
        self._connections = outside.connections
        self._claims = outside.claims
        self._microsoft = outside.microsoft
        self._mail_choices = mail_choices
        self._jobs = outside.jobs
        self._ids = outside.ids
        self._clock = outside.clock

    async def calendars(self, person: PersonKey) -> tuple[Calendar, ...]:
        """Lists the calendars that may be chosen: owned and editable, the default first (R5.1).

        Raises:
            Rejected: 409 ``not_active``, ``not_authorized`` or ``mailbox_lost``.
        """
        require_account(await self._read(person))
        return await self._choices(person)

    async def start(self, person: PersonKey, settings: SyncSettings) -> None:
        """Starts the first sync (R5.2, R5.7).

        Raises:
            Rejected: 409 ``calendar_in_use``, ``already_syncing``, ``reconnect_needed``,
                ``not_active``, ``not_authorized`` or ``mailbox_lost``; 400 ``unknown_calendar``;
                429 ``too_many_confirmations``.
        """
        _check_startable(await self._read(person))
        settings, calendar = await self._settled(person, settings)
        for _ in range(TRIES):
            if await self._try_start(person, settings, calendar):
                await self._jobs.sync(SyncJob(person=person, cause=Cause.STARTED))
                return
        raise Unavailable(f"the Connection of {person} changes all the time")

    async def change(self, person: PersonKey, settings: SyncSettings) -> None:
        """Takes other choices while a calendar is synced; the difference is written (R5.9).

        With another calendar the items move there: that one is claimed before, and the one before
        is given back when everything has arrived. During a first sync it counts from its end.

        Raises:
            Rejected: 409 ``calendar_in_use``, ``not_syncing``, ``reconnect_needed``,
                ``already_syncing`` (a move before is not over), ``not_active`` or
                ``mailbox_lost``; 400 ``unknown_calendar``; 429 ``too_many_confirmations``.
        """
        _check_changeable(await self._read(person), settings)
        settings, calendar = await self._settled(person, settings)
        for _ in range(TRIES):
            if await self._try_change(person, settings, calendar):
                await self._jobs.sync(SyncJob(person=person, cause=Cause.CHOSEN_ANEW))
                return
        raise Unavailable(f"the Connection of {person} changes all the time")

    async def _settled(
        self, person: PersonKey, settings: SyncSettings
    ) -> tuple[SyncSettings, Calendar]:
        """Gives the chosen calendar, and the choices with the address that mail goes to by now.

        Raises:
            Rejected: 400 ``unknown_calendar``; 429 ``too_many_confirmations``.
        """
        chosen = [each for each in await self._choices(person) if each.id == settings.calendar_id]
        if not chosen:
            raise unknown_calendar()
        address = await self._mail_choices.settle(person, settings.contact_email)
        return replace(settings, contact_email=address), chosen[0]

    async def _try_start(
        self, person: PersonKey, settings: SyncSettings, calendar: Calendar
    ) -> bool:
        """Goes from the choices over the claim to STARTING; ``False`` where a write was lost.

        The choices are written first: whoever dies after the claim leaves a trace of it, and the
        next start, or the deactivation, gives the calendar back.
        """
        stored = await self._connections.get(person)
        if stored is None:
            raise never_activated(person)
        known = stored.value
        _check_startable(known)
        account = require_account(known)
        try:
            chosen = await self._connections.put(
                with_choices(known, settings, calendar), stored.etag
            )
        except Changed:
            return False
        before = known.settings
        if before is not None and before.calendar_id not in {"", settings.calendar_id}:
            await self._claims.release(account, before.calendar_id, person)
        if not await self._claims.claim(account, settings.calendar_id, person):
            raise Rejected(status=409, code="calendar_in_use", detail=CALENDAR_IN_USE)
        begun = started(chosen.value, settings, ConnectionId(self._ids.new()), self._clock.now())
        try:
            await self._connections.put(begun, chosen.etag)
        except Changed:
            await self._release_unless_used(person, account, settings)
            return False
        return True

    async def _try_change(
        self, person: PersonKey, settings: SyncSettings, calendar: Calendar
    ) -> bool:
        """Goes over the claim to the new choices; ``False`` where a write was lost.

        The calendar to be claimed is noted first: whoever dies after the claim leaves a trace of
        it, and the next sync that ends well gives the calendar back.
        """
        stored = await self._connections.get(person)
        known = _check_changeable(None if stored is None else stored.value, settings)
        account, before = require_account(known), known.settings
        if stored is None or before is None:
            raise not_syncing()
        moves = before.calendar_id != settings.calendar_id
        try:
            if moves:
                leaving = Leaving(calendar_id=settings.calendar_id, since=self._clock.now())
                noted = replace(known, leaving=leaving)
                stored = await self._connections.put(noted, stored.etag)
                if not await self._claims.claim(account, settings.calendar_id, person):
                    await self._connections.put(known, stored.etag)
                    raise Rejected(status=409, code="calendar_in_use", detail=CALENDAR_IN_USE)
            changed = chosen_anew(known, settings, calendar, self._clock.now())
            await self._connections.put(changed, stored.etag)
        except Changed:
            if moves:
                # A removal meanwhile may have given back what was noted, before it was claimed.
                await self._release_unless_used(person, account, settings)
            return False
        return True

    async def _release_unless_used(
        self, person: PersonKey, account: MicrosoftAccount, settings: SyncSettings
    ) -> None:
        """Gives a calendar back, unless the same person's other press has won with it.

        What a Connection in use names, noted or chosen, is given back by whoever ends it.
        """
        now = await self._read(person)
        named: set[CalendarId] = set()
        if now is not None and (is_synced(now) or now.state is ConnectionState.DISCONNECTING):
            named |= {now.settings.calendar_id} if now.settings is not None else set()
            named |= {now.leaving.calendar_id} if now.leaving is not None else set()
        if settings.calendar_id not in named:
            await self._claims.release(account, settings.calendar_id, person)

    async def _choices(self, person: PersonKey) -> tuple[Calendar, ...]:
        try:
            listed = await self._calendars.open(person).calendars()
        except AuthorizationLost as error:
            await self._sign_out(person)
            require_account(await self._read(person))
            raise reconnect_needed() from error
        except MailboxLost as error:
            raise mailbox_lost() from error
        own = [calendar for calendar in listed if calendar.may_be_chosen]
        return tuple(sorted(own, key=lambda each: (not each.is_default, each.name, each.id)))

    async def _sign_out(self, person: PersonKey) -> None:
        """Asks somebody who does not sync to sign in again; who does is the sync's to judge."""

        def change(connection: Connection | None) -> Connection | None:
            if connection is None or connection.state is not ConnectionState.AUTHORIZED:
                return connection
            return signed_out(connection)

        async def forget(_: Connection) -> None:
            await self._microsoft.forget(person)

        await update(self._connections, person, change, before_put=forget)

    async def _read(self, person: PersonKey) -> Connection | None:
        stored = await self._connections.get(person)
        return None if stored is None else stored.value


def _check_startable(connection: Connection | None) -> None:
    match require_active(connection).state:
        case ConnectionState.STARTING | ConnectionState.ACTIVE:
            raise already_syncing(
                msgid(
                    "Your calendar is synced already. Save other choices, or disconnect it first."
                )
            )
        case ConnectionState.DISCONNECTING:
            raise already_syncing(
                msgid("What was synced before is still being removed. Try again soon.")
            )
        case _:
            require_account(connection)


def _check_changeable(connection: Connection | None, settings: SyncSettings) -> Connection:
    known = require_active(connection)
    if known.state is ConnectionState.RECONNECT_NEEDED:
        raise reconnect_needed()
    if not known.is_syncing or known.settings is None:
        raise not_syncing()
    is_other = settings.calendar_id != known.settings.calendar_id
    leaving = None if known.leaving is None else known.leaving.calendar_id
    if is_other and leaving not in {None, settings.calendar_id}:
        raise already_syncing(
            msgid("Your items are still being moved. Try again when that is done.")
        )
    return known
