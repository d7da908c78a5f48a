"""What administrators do: enable Locations, see the staff list, invite again (sections 2 and 3).

Rights are those of the acting person's profile as the booking product has it now, and each
operation may be repeated.
"""

import asyncio
import logging
from collections.abc import Mapping

from sync.errors import Changed, ContractBroken, Rejected, Unavailable
from sync.people.connection_states import takes_part
from sync.people.connection_update import TRIES
from sync.people.enrolment import Enrolment, Reach
from sync.people.not_permitted import not_permitted, unknown_staff, why_not_activate
from sync.people.people import Connection, ConnectionState, EnabledLocations, StaffMember
from sync.people.rights import is_administrator, looks_after, may_enable
from sync.people.side_by_side import MANY, raise_first, side_by_side
from sync.people.staff_list import StaffStatus, staff_status
from sync.people.waker import Waker
from sync.people.what_holds import read_account, read_acting, read_reach
from sync.ports import AccountCause, AccountJob, Cause
from sync.ports.outside import Outside
from sync.words import AccountId, LocationId, PersonKey, StaffId, msgid

_log = logging.getLogger(__name__)


class Administration:
    """The operations behind the plugin's Settings tab and the staff list, but for ``Activation``.

    Args:
        outside: The ports.
        waker: Wakes syncs that have to look.
        enrolment: Moves single Connections.
    """

    def __init__(self, outside: Outside, *, waker: Waker, enrolment: Enrolment) -> None:
        self._booking = outside.booking
        self._connections = outside.connections
        self._locations = outside.locations
        self._jobs = outside.jobs
        self._waker = waker
        self._enrolment = enrolment
        self._clock = outside.clock

    async def enabled(self, account_id: AccountId) -> frozenset[LocationId]:
        """Gives the Locations where the plugin works: enabled, and still there."""
        return (await read_reach(self._booking, self._locations, account_id)).enabled

    async def set_enabled(
        self, account_id: AccountId, acting: StaffId, location_ids: frozenset[LocationId]
    ) -> frozenset[LocationId]:
        """Enables the plugin at these Locations and disables it at all others (R3.1).

        Raises:
            Rejected: 403 ``not_permitted`` (R2.1), 400 ``unknown_location``.
        """
        if not may_enable(await read_acting(self._booking, account_id, acting)):
            raise not_permitted(
                msgid("Only an HQ administrator enables the calendar sync for Locations.")
            )
        existing = frozenset(place.id for place in await self._booking.locations(account_id))
        if not location_ids <= existing:
            raise Rejected(
                status=400,
                code="unknown_location",
                detail=msgid("At least one of these Locations is not one of this Account."),
            )
        is_new = await self._write_enabled(account_id, location_ids)
        connections = await self._connections.of_account(account_id)
        are_many = len(connections) > MANY
        if is_new or are_many:
            # Before the people are gone through: should that break off, the job goes through them.
            await self._jobs.account(
                AccountJob(cause=AccountCause.LOCATIONS_CHANGED, account_id=account_id)
            )
        if not are_many:
            await self._settle_account(account_id, connections, look=False)
        return location_ids

    async def status(
        self, account_id: AccountId, acting: StaffId, location_id: LocationId | None = None
    ) -> tuple[StaffStatus, ...]:
        """Lists the people whom the acting person looks after, by name (R2.3, R12.3).

        Somebody whom the booking product no longer knows is in the list while something of theirs
        is being removed or was left behind (R10.5).

        Args:
            account_id: The Account.
            acting: Who asks.
            location_id: Only people of this Location; ``None`` for all.

        Raises:
            Rejected: 403 ``not_permitted`` (R2.2).
        """
        administrator = await read_acting(self._booking, account_id, acting)
        asked = administrator.location_ids if location_id is None else frozenset({location_id})
        if not is_administrator(administrator) or not looks_after(administrator, asked):
            raise not_permitted(msgid("Only an administrator of the Location sees its staff list."))
        known = {
            connection.person.staff_id: connection
            for connection in await self._connections.of_account(account_id)
        }
        listed = await self._booking.staff(account_id)
        members = dict(listed.members)
        members |= {
            staff_id: connection.staff
            for staff_id, connection in known.items()
            if staff_id not in members
            # As last known, where the profile can't be read (R11.8).
            and (staff_id in listed.unreadable or _has_remains(connection))
        }
        now, reach = self._clock.now(), await read_reach(self._booking, self._locations, account_id)
        gone = frozenset(members) - frozenset(listed.members) - listed.unreadable
        return tuple(
            staff_status(
                member,
                known.get(member.id),
                now,
                enabled=frozenset() if member.id in gone else reach.enabled,
            )
            for member in sorted(members.values(), key=lambda each: (each.name, each.id))
            if looks_after(administrator, member.location_ids)
            and (location_id is None or location_id in member.location_ids)
        )

    async def version(self, account_id: AccountId) -> str:
        """Gives what is another text once a Connection or an enabled Location has changed.

        Two requests to the storage, whatever there is to list; what the booking product alone
        knows (somebody new, another name) is not in it.
        """
        people, enabled = await asyncio.gather(
            self._connections.version_of_account(account_id), self._locations.get(account_id)
        )
        return f"{people} {'' if enabled is None else enabled.etag}"

    async def resend(self, account_id: AccountId, acting: StaffId, staff_id: StaffId) -> None:
        """Sends a new invitation and ends the old one (R3.4).

        Raises:
            Rejected: 403 ``not_permitted``, 404 ``unknown_staff``, 409 ``plugin_not_enabled``,
                ``not_active`` or ``no_email``, 429 ``too_many_invitations`` (R3.6).
        """
        administrator = await read_acting(self._booking, account_id, acting)
        if not is_administrator(administrator):
            raise not_permitted(msgid("Only an administrator sends invitations."))
        account = await read_account(self._booking, account_id)
        person = PersonKey(account_id=account_id, staff_id=staff_id)
        staff = await self._booking.staff_member(person)
        if staff is None:
            raise unknown_staff()
        enabled = (await read_reach(self._booking, self._locations, account_id)).enabled
        if (problem := why_not_activate(administrator, staff, enabled)) is not None:
            raise problem
        stored = await self._connections.get(person)
        if stored is None or not takes_part(stored.value):
            raise _not_active()
        if staff.email is None:
            raise Rejected(
                status=409,
                code="no_email",
                detail=msgid("This Staff Member has no e-mail address and can't be invited."),
            )
        invited = await self._enrolment.invite_again(
            person, staff, account, zone=administrator.time_zone
        )
        if invited is None or not takes_part(invited):
            raise _not_active()

    async def reconcile(self, job: AccountJob) -> None:
        """Follows what the booking product says about people, Locations and Accounts (R2.5)."""
        if job.account_id is None:
            return
        look = job.cause is AccountCause.LOCATIONS_CHANGED
        if job.staff_id is None:
            connections = await self._connections.of_account(job.account_id)
            await self._settle_account(job.account_id, connections, look=look)
            return
        person = PersonKey(account_id=job.account_id, staff_id=job.staff_id)
        stored = await self._connections.get(person)
        if stored is not None:
            reach = await read_reach(self._booking, self._locations, job.account_id)
            await self._settle((stored.value,), {}, job.account_id, reach, look=look)

    async def _settle_account(
        self, account_id: AccountId, connections: tuple[Connection, ...], *, look: bool
    ) -> None:
        if connections:
            members = (await self._booking.staff(account_id)).members
            reach = await read_reach(self._booking, self._locations, account_id)
            await self._settle(connections, members, account_id, reach, look=look)

    async def _settle(
        self,
        connections: tuple[Connection, ...],
        members: Mapping[StaffId, StaffMember],
        account_id: AccountId,
        reach: Reach,
        *,
        look: bool,
    ) -> None:
        account = await self._booking.account(account_id)

        async def one(connection: Connection) -> None:
            person = connection.person
            # A listing may have missed somebody between two pages: absence is asked for (R8.10).
            try:
                staff = members.get(person.staff_id) or await self._booking.staff_member(person)
            except ContractBroken:
                # Who can't be read stays as they are, and holds up nobody else (R11.8).
                _log.warning("account.profile_unreadable", extra={"person": str(person)})
                return
            if await self._enrolment.settle(connection, staff, account, reach, look=look):
                await self._waker.wake(person, Cause.BOOKING_CHANGED)

        raise_first(await side_by_side(connections, one))

    async def _write_enabled(
        self, account_id: AccountId, location_ids: frozenset[LocationId]
    ) -> bool:
        """Writes the Locations; says whether they are others than before."""
        wanted = EnabledLocations(account_id=account_id, location_ids=location_ids)
        for _ in range(TRIES):
            stored = await self._locations.get(account_id)
            if stored is not None and stored.value == wanted:
                return False
            try:
                await self._locations.put(wanted, None if stored is None else stored.etag)
            except Changed:
                continue
            return True
        raise Unavailable(f"the enabled Locations of {account_id} change all the time")


def _has_remains(connection: Connection) -> bool:
    return connection.state is ConnectionState.DISCONNECTING or connection.left_behind > 0


def _not_active() -> Rejected:
    return Rejected(
        status=409, code="not_active", detail=msgid("This Staff Member is not activated.")
    )
