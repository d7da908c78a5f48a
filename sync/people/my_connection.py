"""What a Staff Member does with their own Connection (sections 4, 5 and 10)."""

from dataclasses import replace

from sync.errors import Rejected
from sync.people.connection_states import (
    can_finish_removal,
    disconnecting,
    held_answered,
    is_synced,
    newcomer,
    resync_asked,
    with_account,
)
from sync.people.connection_update import update
from sync.people.contact import choices_of
from sync.people.invitations import Invitations
from sync.people.letting_go import is_forgotten, is_let_go
from sync.people.not_allowed import (
    disconnect_first,
    held_changed,
    never_activated,
    not_syncing,
    nothing_held,
    reconnect_needed,
    require_active,
)
from sync.people.people import Connection, ConnectionState, Goal, HeldAnswer, MicrosoftAccount
from sync.ports import Cause, MailJob, MailKind, SignIn, SyncJob
from sync.ports.outside import Outside
from sync.words import PersonKey, msgid


class MyConnection:
    """The operations behind a person's settings page; each may be repeated.

    Args:
        outside: The ports.
        invitations: Reads invitation links.
    """

    def __init__(self, outside: Outside, *, invitations: Invitations) -> None:
        self._booking = outside.booking
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._microsoft = outside.microsoft
        self._invitations = invitations
        self._jobs = outside.jobs
        self._ids = outside.ids
        self._clock = outside.clock

    async def me(self, person: PersonKey) -> Connection:
        """Gives the person's Connection; for somebody never activated what stands for none.

        Raises:
            Rejected: 404 ``unknown_staff``.
        """
        stored = await self._connections.get(person)
        if stored is not None and not is_forgotten(stored.value):
            return stored.value
        staff = await self._booking.staff_member(person)
        if staff is None:
            raise never_activated(person)
        return newcomer(person, staff)

    async def visited(self, connection: Connection, language: str) -> Connection:
        """Notes in which language the person reads pages: their mail is written in it (R12.7).

        Of somebody who was let go nothing new is noted.

        Args:
            connection: As it was read for the page.
            language: What the browser asks for.
        """

        def change(known: Connection | None) -> Connection | None:
            if known is None or is_let_go(known):
                return None
            return replace(known, language=language)

        done = await update(self._connections, connection.person, change)
        return connection if done.after is None or is_let_go(done.after) else done.after

    async def is_new_account(self, person: PersonKey, account: MicrosoftAccount) -> bool:
        """Says whether the person has to say yes before this account is theirs (R4.7).

        Raises:
            Rejected: 409 ``not_active`` or ``disconnect_first``.
        """
        known = _may_have(await self._read(person), account)
        return not _is_same(known, account)

    async def attach(
        self, person: PersonKey, sign_in: SignIn, *, invitation: str | None = None
    ) -> Connection:
        """Stores a Microsoft account for the person (R4.1, R4.3, R10.3).

        Args:
            person: Who logged in to the booking product.
            sign_in: What Microsoft confirmed.
            invitation: The token of the link that the person came by, if any. When it ends was
                judged as it was opened; here it only has to be the person's own.

        Raises:
            Rejected: 400 ``malformed_invitation``; 403 ``not_your_invitation``; 409
                ``not_active`` or ``disconnect_first``. Nothing is stored then.
        """
        if invitation is not None and self._invitations.person_of(invitation) != person:
            raise Rejected(
                status=403,
                code="not_your_invitation",
                detail=msgid(
                    "This invitation is for somebody else. Log in to the booking product as "
                    "the person who was invited, or open the calendar sync from your own profile."
                ),
            )
        stored = forgets = False

        def change(connection: Connection | None) -> Connection:
            nonlocal forgets
            known = _may_have(connection, sign_in.account)
            attached = with_account(known, sign_in.account, self._ids.new(), self._clock.now())
            forgets = can_finish_removal(known) and attached.connection_id is None
            return attached

        async def store(_: Connection) -> None:
            nonlocal stored
            if forgets:
                # Links of another mailbox must never meet the new one: there all would look gone.
                await self._ledger.forget(person)
            await self._microsoft.remember(person, sign_in)
            stored = True

        try:
            done = await update(self._connections, person, change, before_put=store)
        except Rejected:
            if stored:
                # Somebody else decided meanwhile: tokens that fit no state must not stay.
                await self._microsoft.forget(person)
            raise
        attached = require_active(done.after)
        if attached == done.before:
            await store(attached)
        await self._after_sign_in(done.before, attached)
        return attached

    async def resync(self, person: PersonKey) -> None:
        """Asks for a Resync; while the first sync runs, that is one already (R5.7).

        Raises:
            Rejected: 409 ``not_active``, ``not_syncing`` or ``reconnect_needed``.
        """

        def change(connection: Connection | None) -> Connection:
            known = require_active(connection)
            match known.state:
                case ConnectionState.ACTIVE:
                    return resync_asked(known, self._ids.new(), self._clock.now())
                case ConnectionState.STARTING:
                    return known
                case ConnectionState.RECONNECT_NEEDED:
                    raise reconnect_needed()
                case _:
                    raise not_syncing()

        await update(self._connections, person, change)
        await self._jobs.sync(SyncJob(person=person, cause=Cause.RESYNC))

    async def disconnect(self, person: PersonKey) -> None:
        """Begins to remove everything, and keeps the Microsoft account signed in (R10.1).

        Raises:
            Rejected: 409 ``not_active`` or ``not_syncing``.
        """

        def change(connection: Connection | None) -> Connection:
            if connection is not None and connection.state is ConnectionState.DISCONNECTING:
                return connection
            known = require_active(connection)
            if not is_synced(known):
                raise not_syncing()
            return disconnecting(known, Goal.AUTHORIZED, self._clock.now())

        await update(self._connections, person, change)
        await self._jobs.sync(SyncJob(person=person, cause=Cause.DISCONNECTED))

    async def answer_held(
        self,
        person: PersonKey,
        answer: HeldAnswer,
        *,
        question: str | None = None,
        shown: int | None = None,
    ) -> None:
        """Takes the person's answer about held cancellations (R11.7).

        Until it is carried out, another answer replaces it.

        Args:
            person: Whose they are.
            answer: What they said.
            question: ``Held.question`` of what they were shown, where that is known: another one
                may have been asked since, about other appointments.
            shown: How many appointments they were shown, where that is known: what has joined them
                since is cancelled by nobody who did not know of it.

        Raises:
            Rejected: 409 ``not_active``, ``nothing_held``, ``held_changed`` or
                ``reconnect_needed``.
        """

        def change(connection: Connection | None) -> Connection:
            known = require_active(connection)
            if known.held is None or question not in {None, known.held.question}:
                raise nothing_held()
            if not known.is_syncing:
                raise reconnect_needed()
            if answer is HeldAnswer.CANCEL and shown is not None and known.held.count > shown:
                raise held_changed()
            return held_answered(known, answer, self._clock.now())

        await update(self._connections, person, change)
        await self._jobs.sync(SyncJob(person=person, cause=Cause.ANSWERED))

    async def _after_sign_in(self, before: Connection | None, after: Connection) -> None:
        was_broken = before is not None and before.state is ConnectionState.RECONNECT_NEEDED
        if was_broken and after.state is ConnectionState.ACTIVE:
            await self._jobs.sync(SyncJob(person=after.person, cause=Cause.RESYNC))
            # One event makes one mail (R9.8): whoever chose to hear of the Resync hears of it.
            if not choices_of(after).notify_resync_completed:
                await self._jobs.mail(
                    MailJob(
                        kind=MailKind.RECONNECTED,
                        person=after.person,
                        key=f"reconnected-{after.request_id}",
                    )
                )
        if after.state is ConnectionState.DISCONNECTING:
            await self._jobs.sync(SyncJob(person=after.person, cause=Cause.DISCONNECTED))

    async def _read(self, person: PersonKey) -> Connection | None:
        stored = await self._connections.get(person)
        return None if stored is None else stored.value


def _may_have(connection: Connection | None, account: MicrosoftAccount) -> Connection:
    known = require_active(connection)
    if _is_in_use(known) and not _is_same(known, account):
        raise disconnect_first()
    return known


def _is_in_use(connection: Connection) -> bool:
    return is_synced(connection) or connection.state is ConnectionState.DISCONNECTING


def _is_same(connection: Connection, account: MicrosoftAccount) -> bool:
    return connection.microsoft is not None and connection.microsoft.id == account.id
