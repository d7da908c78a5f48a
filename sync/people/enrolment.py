"""Takes one person in and lets them go, as administrators and the booking product say (R2.5, R3).

Rights are checked by the caller. Each step is written before its job is queued, and a repeat
queues again what may have been lost: jobs of one invitation carry its id and send one mail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync.errors import Unavailable
from sync.people.connection_states import (
    CALENDAR_TAKEN,
    activated,
    awaits_invitation,
    deactivated,
    is_suspended,
    is_synced,
    keeps_tokens,
    newcomer,
    started,
    suspended,
    takes_part,
)
from sync.people.connection_update import TRIES, Update, update
from sync.people.contact import with_profile
from sync.people.letting_go import is_let_go, with_end
from sync.people.not_allowed import INVITED_ENOUGH, too_many
from sync.people.people import (
    Account,
    Connection,
    ConnectionState,
    Invitation,
    InvitationStatus,
    MicrosoftAccount,
    StaffMember,
    SyncSettings,
)
from sync.people.rights import is_served
from sync.ports import Cause, Limit, MailJob, MailKind, SyncJob, invitations_to
from sync.ports.outside import Outside
from sync.words import ConnectionId, LocationId, PersonKey

#: R3.6: invitations to one person.
INVITATIONS = (
    Limit(count=1, span=timedelta(minutes=1)),
    Limit(count=10, span=timedelta(days=1)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the plugin serves an Account.

    ``chosen`` is what the administrators enabled; ``existing`` what the booking product has.
    """

    chosen: frozenset[LocationId]
    existing: frozenset[LocationId]

    @property
    def enabled(self) -> frozenset[LocationId]:
        """Gives the Locations where the plugin works."""
        return self.chosen & self.existing


def invitation_mail(person: PersonKey, invitation: Invitation) -> MailJob:
    """Gives the one mail of an invitation."""
    return MailJob(
        kind=MailKind.INVITATION, person=person, key=invitation.id, reference=invitation.id
    )


def until_sent(invitation: Invitation, now: datetime) -> float:
    """Gives the seconds for which the mail of an invitation has to wait (R3.6)."""
    return 0 if invitation.send_at is None else max((invitation.send_at - now).total_seconds(), 0)


class Enrolment:
    """Moves single Connections in and out.

    Args:
        outside: The ports.
    """

    def __init__(self, outside: Outside) -> None:
        self._connections = outside.connections
        self._claims = outside.claims
        self._microsoft = outside.microsoft
        self._limits = outside.limits
        self._jobs = outside.jobs
        self._ids = outside.ids
        self._clock = outside.clock

    async def activate(
        self, staff: StaffMember, account: Account, asked_at: datetime
    ) -> Connection:
        """Activates a served person; whoever takes part already stays as they are (R3.2, R3.5).

        Args:
            staff: The profile.
            account: The person's.
            asked_at: When an administrator decided so; a later decision stands.
        """
        person = PersonKey(account_id=account.id, staff_id=staff.id)
        stored = await self._connections.get(person)
        if stored is not None and is_suspended(stored.value):
            return await self._take_back(stored.value, staff, account)

        def keep(connection: Connection | None) -> Connection | None:
            if connection is None or _was_decided_after(connection, asked_at):
                return connection
            return replace(connection, decided_at=asked_at)

        if stored is not None and takes_part(stored.value):
            done = await update(self._connections, person, keep)
            return await self._follow_up(done.after or stored.value)
        if stored is not None and _was_decided_after(stored.value, asked_at):
            return stored.value
        invitation = await self._invitation(person, staff, account)

        def change(connection: Connection | None) -> Connection | None:
            known = connection or newcomer(person, staff)
            if takes_part(known) or _was_decided_after(known, asked_at):
                return keep(known)
            decided = replace(known, decided_at=asked_at)
            return activated(decided, staff, invitation, self._clock.now())

        after = await self._invited(person, change, invitation)
        return await self._follow_up(after or newcomer(person, staff))

    async def deactivate(
        self, person: PersonKey, profile: StaffMember, asked_at: datetime
    ) -> Connection:
        """Lets a person go (R3.3).

        Args:
            person: Who.
            profile: Theirs. Somebody never activated gets a row as well: it keeps the decision.
            asked_at: When an administrator decided so; a later decision stands.
        """

        def change(connection: Connection | None) -> Connection:
            known = connection or newcomer(person, profile)
            if _was_decided_after(known, asked_at):
                return known
            decided, now = replace(known, decided_at=asked_at), self._clock.now()
            return deactivated(decided, now) if known.active else with_end(decided, now)

        done = await update(self._connections, person, change, before_put=self._destroy_tokens)
        await self._uncount_unsent(done)
        return await self._follow_up(done.after or newcomer(person, profile))

    async def invite_again(
        self, person: PersonKey, staff: StaffMember, account: Account, *, zone: str
    ) -> Connection | None:
        """Replaces the invitation of somebody who takes part; others stay as they are (R3.4).

        Args:
            person: Whom to invite.
            staff: The profile.
            account: Says how long the link is good.
            zone: The time zone of who asks.

        Raises:
            Rejected: 429 ``too_many_invitations`` (R3.6); the link before stays good then.
        """
        stored = await self._connections.get(person)
        if stored is None or not takes_part(stored.value):
            return None if stored is None else stored.value
        now = self._clock.now()
        invitation = self._new_invitation(staff, account, now)
        later = await self._limits.take(invitations_to(person), invitation.id, INVITATIONS, now)
        if later is not None:
            code, what = "too_many_invitations", INVITED_ENOUGH
            raise too_many(code, what, at=later, now=now, zone=zone)

        def change(connection: Connection | None) -> Connection | None:
            if connection is None or not takes_part(connection):
                return connection
            return replace(
                with_profile(connection, staff),
                invitation=invitation,
                due_at=connection.due_at or self._clock.now(),
            )

        after = await self._invited(person, change, invitation)
        return None if after is None else await self._follow_up(after)

    async def settle(
        self,
        connection: Connection,
        staff: StaffMember | None,
        account: Account | None,
        reach: Reach,
        *,
        look: bool,
    ) -> bool:
        """Brings a Connection in line with the profile and the Locations (R2.5, R3.1).

        Who lost the plugin because an administrator disabled it, or who was removed, is let go as
        by a deactivation, and is invited anew on the way back. Whom the booking product took from
        their Locations keeps the sign-in, and the sync starts again on the way back.

        Args:
            connection: As listed; it is read again before it is changed.
            staff: The profile; ``None`` is proof that there is none.
            account: The Account; ``None`` where there is none.
            reach: Where the plugin serves.
            look: Something of the Account changed: a running sync has to look, too.

        Returns:
            Whether a sync has to be woken.
        """
        served = is_served(staff, reach.enabled)
        if served and staff is not None and account is not None and is_suspended(connection):
            await self._take_back(connection, staff, account)
            return False

        def change(current: Connection | None) -> Connection | None:
            if current is None:
                return None
            if is_let_go(current):
                return with_end(current, self._clock.now())
            if not served and takes_part(current):
                taken_away = bool(current.staff.location_ids & reach.chosen)
                return suspended(
                    current,
                    staff,
                    comes_back=taken_away and staff is not None,
                    at=self._clock.now(),
                )
            if staff is None:
                return replace(current, resync_wanted=False)
            if current.is_syncing and (look or _policy(staff) != _policy(current.staff)):
                return replace(with_profile(current, staff), due_at=self._clock.now())
            return with_profile(current, staff)

        done = await update(
            self._connections, connection.person, change, before_put=self._destroy_tokens
        )
        await self._uncount_unsent(done)
        if done.before is None or done.after is None:
            return False
        if done.after != done.before:
            await self._follow_up(done.after)
        return done.after.is_syncing and (look or _policy(done.before.staff) != _policy(staff))

    async def _take_back(
        self, connection: Connection, staff: StaffMember, account: Account
    ) -> Connection:
        microsoft, settings = connection.microsoft, connection.settings
        if keeps_tokens(connection) and microsoft is not None and settings is not None:
            return await self._start_again(connection, staff, microsoft, settings)
        invitation = await self._invitation(connection.person, staff, account)

        def change(current: Connection | None) -> Connection | None:
            if current is None or not is_suspended(current):
                return current
            return activated(current, staff, invitation, self._clock.now())

        after = await self._invited(connection.person, change, invitation)
        return await self._follow_up(after or connection)

    async def _start_again(
        self,
        connection: Connection,
        staff: StaffMember,
        microsoft: MicrosoftAccount,
        settings: SyncSettings,
    ) -> Connection:
        person, calendar_id = connection.person, settings.calendar_id
        connection_id = ConnectionId(self._ids.new())
        is_free = await self._claims.claim(microsoft, calendar_id, person)

        def change(current: Connection | None) -> Connection | None:
            if current is None or not is_suspended(current) or not keeps_tokens(current):
                return current
            if is_free:
                back = with_profile(current, staff)
                return started(back, settings, connection_id, self._clock.now())
            return replace(
                with_profile(current, staff),
                state=ConnectionState.AUTHORIZED,
                problem=CALENDAR_TAKEN,
                resync_wanted=False,
                due_at=self._clock.now(),
            )

        done = await update(self._connections, person, change)
        after = done.after or connection
        if not is_synced(after):
            await self._claims.release(microsoft, calendar_id, person)
        return await self._follow_up(after)

    async def _destroy_tokens(self, after: Connection) -> None:
        """Destroys tokens before a state is written that has none; a claim goes with them."""
        if after.state is not ConnectionState.INACTIVE or keeps_tokens(after):
            return
        await self._microsoft.forget(after.person)
        if after.microsoft is not None and after.settings is not None:
            # Start Sync claims before it writes: one that died between the two left this behind.
            await self._claims.release(after.microsoft, after.settings.calendar_id, after.person)

    async def _follow_up(self, connection: Connection) -> Connection:
        """Queues what the state asks for; queued twice, it is done once."""
        if connection.state is ConnectionState.DISCONNECTING:
            await self._jobs.sync(SyncJob(person=connection.person, cause=Cause.DISCONNECTED))
        if connection.state is ConnectionState.STARTING:
            await self._jobs.sync(SyncJob(person=connection.person, cause=Cause.STARTED))
        if connection.invitation is not None and awaits_invitation(connection):
            await self._jobs.mail(
                invitation_mail(connection.person, connection.invitation),
                delay=until_sent(connection.invitation, self._clock.now()),
            )
        return connection

    async def _invitation(
        self, person: PersonKey, staff: StaffMember, account: Account
    ) -> Invitation:
        """Makes an invitation, and counts its mail where the limits let it go first (R3.6)."""
        now = at = self._clock.now()
        invitation = self._new_invitation(staff, account, now)
        if staff.email is None:
            return invitation
        for _ in range(TRIES):
            later = await self._limits.take(invitations_to(person), invitation.id, INVITATIONS, at)
            if later is None:
                break
            at = later
        else:
            raise Unavailable(f"the invitations of {person} change all the time")
        if at == now:
            return invitation
        return replace(invitation, expires_at=invitation.expires_at + (at - now), send_at=at)

    async def _invited(
        self,
        person: PersonKey,
        change: Callable[[Connection | None], Connection | None],
        invitation: Invitation,
    ) -> Connection | None:
        """Writes a change that brings an invitation, and uncounts one that it did not bring."""
        after = (await update(self._connections, person, change)).after
        if after is None or after.invitation != invitation:
            await self._limits.give_back(invitations_to(person), invitation.id)
        return after

    async def _uncount_unsent(self, done: Update) -> None:
        """Uncounts an invitation that waited for its time, of somebody let go before it (R3.6)."""
        invitation = None if done.before is None else done.before.invitation
        if invitation is None or done.after is None or takes_part(done.after):
            return
        if until_sent(invitation, self._clock.now()) > 0:
            await self._limits.give_back(invitations_to(done.after.person), invitation.id)

    def _new_invitation(self, staff: StaffMember, account: Account, at: datetime) -> Invitation:
        return Invitation(
            id=self._ids.new(),
            status=InvitationStatus.NO_EMAIL if staff.email is None else InvitationStatus.QUEUED,
            expires_at=at + timedelta(minutes=account.idle_logout_minutes),
        )


def _was_decided_after(connection: Connection, asked_at: datetime) -> bool:
    """Says whether an administrator decided about the person later than this."""
    return connection.decided_at is not None and connection.decided_at > asked_at


def _policy(staff: StaffMember | None) -> tuple[object, ...]:
    return () if staff is None else (staff.access_type, staff.location_ids, staff.time_zone)
