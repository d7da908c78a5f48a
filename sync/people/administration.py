"""What administrators do: enable Locations, activate people, invite them again (sections 2 and 3).

Rights are those of the acting person's profile as the booking product has it now. Everything is
checked before the first write, and each operation may be repeated.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sync.errors import Changed, ContractBroken, Rejected, Unavailable
from sync.people.connection_states import takes_part
from sync.people.connection_update import TRIES
from sync.people.enrolment import Enrolment, Reach
from sync.people.people import Account, Connection, ConnectionState, EnabledLocations, StaffMember
from sync.people.rights import is_administrator, is_served, looks_after, may_enable
from sync.people.staff_list import StaffStatus, staff_status
from sync.people.waker import Waker
from sync.ports import (
    AccountCause,
    AccountJob,
    BookingGateway,
    Cause,
    Clock,
    ConnectionRepository,
    JobQueue,
    LocationRepository,
)
from sync.words import AccountId, LocationId, PersonKey, StaffId

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One person of an operation: profile and Connection, each ``None`` where there is none."""

    person: PersonKey
    staff: StaffMember | None
    connection: Connection | None

    @property
    def profile(self) -> StaffMember | None:
        """Gives the profile, for somebody removed the last one known."""
        if self.staff is not None:
            return self.staff
        return None if self.connection is None else self.connection.staff


class Administration:
    """The operations behind the plugin's Settings tab and the staff list.

    Args:
        booking: Profiles, Locations and Accounts.
        connections: The Connections.
        locations: Where the plugin is enabled.
        jobs: Takes Account jobs.
        waker: Wakes syncs that have to look.
        enrolment: Moves single Connections.
        clock: Now.
    """

    def __init__(
        self,
        *,
        booking: BookingGateway,
        connections: ConnectionRepository,
        locations: LocationRepository,
        jobs: JobQueue,
        waker: Waker,
        enrolment: Enrolment,
        clock: Clock,
    ) -> None:
        self._booking = booking
        self._connections = connections
        self._locations = locations
        self._jobs = jobs
        self._waker = waker
        self._enrolment = enrolment
        self._clock = clock

    async def enabled(self, account_id: AccountId) -> frozenset[LocationId]:
        """Gives the Locations where the plugin works: enabled, and still there."""
        return (await self._reach(account_id)).enabled

    async def set_enabled(
        self, account_id: AccountId, acting: StaffId, location_ids: frozenset[LocationId]
    ) -> frozenset[LocationId]:
        """Enables the plugin at these Locations and disables it at all others (R3.1).

        Raises:
            Rejected: 403 ``not_permitted`` (R2.1), 400 ``unknown_location``.
        """
        if not may_enable(await self._acting(account_id, acting)):
            raise _not_permitted("Only an HQ administrator enables Connect-Up for Locations.")
        existing = frozenset(place.id for place in await self._booking.locations(account_id))
        if not location_ids <= existing:
            raise Rejected(
                status=400,
                code="unknown_location",
                detail="At least one of these Locations is not one of this Account.",
            )
        if await self._write_enabled(account_id, location_ids):
            # Before the people are gone through: should that break off, the job goes through them.
            await self._jobs.account(
                AccountJob(cause=AccountCause.LOCATIONS_CHANGED, account_id=account_id)
            )
        await self._settle_account(account_id, look=False)
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
        administrator = await self._acting(account_id, acting)
        asked = administrator.location_ids if location_id is None else frozenset({location_id})
        if not is_administrator(administrator) or not looks_after(administrator, asked):
            raise _not_permitted("Only an administrator of the Location sees its staff list.")
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
        now = self._clock.now()
        return tuple(
            staff_status(member, known.get(member.id), now)
            for member in sorted(members.values(), key=lambda each: (each.name, each.id))
            if looks_after(administrator, member.location_ids)
            and (location_id is None or location_id in member.location_ids)
        )

    async def set_active(
        self,
        account_id: AccountId,
        acting: StaffId,
        activate: tuple[StaffId, ...],
        deactivate: tuple[StaffId, ...],
    ) -> tuple[StaffStatus, ...]:
        """Activates some and deactivates others (R3.2, R3.3, R3.5).

        Returns:
            The rows of all that were named, in their order, each once.

        Raises:
            Rejected: Before anything was done: 400 ``bad_request`` where somebody is in both
                lists, 403 ``not_permitted``, 404 ``unknown_staff``, 409 ``plugin_not_enabled``.
        """
        administrator = await self._acting(account_id, acting)
        if not is_administrator(administrator):
            raise _not_permitted("Only an administrator activates and deactivates Staff Members.")
        if set(activate) & set(deactivate):
            raise Rejected(
                status=400,
                code="bad_request",
                detail="A Staff Member can't be activated and deactivated at once.",
            )
        account = await self._account(account_id)
        reach = await self._reach(account_id)
        members = (await self._booking.staff(account_id)).members
        cases = {
            staff_id: await self._case(account_id, staff_id, members.get(staff_id))
            for staff_id in (*activate, *deactivate)
        }
        joining = [_joining(cases[staff_id]) for staff_id in dict.fromkeys(activate)]
        leaving = [cases[staff_id] for staff_id in dict.fromkeys(deactivate)]
        for staff in joining:
            _check_served(administrator, staff, reach.enabled)
        for case in leaving:
            _check_known(administrator, case, reach.enabled)

        rows: list[tuple[StaffMember | None, Connection | None]] = [
            (staff, await self._enrolment.activate(staff, account)) for staff in joining
        ]
        rows += [(case.profile, await self._enrolment.deactivate(case.person)) for case in leaving]
        now = self._clock.now()
        return tuple(
            staff_status(staff, connection, now) for staff, connection in rows if staff is not None
        )

    async def resend(self, account_id: AccountId, acting: StaffId, staff_id: StaffId) -> None:
        """Sends a new invitation and ends the old one (R3.4).

        Raises:
            Rejected: 403 ``not_permitted``, 404 ``unknown_staff``, 409 ``plugin_not_enabled``,
                ``not_active`` or ``no_email``, 429 ``too_many_invitations`` (R3.6).
        """
        administrator = await self._acting(account_id, acting)
        if not is_administrator(administrator):
            raise _not_permitted("Only an administrator sends invitations.")
        account = await self._account(account_id)
        person = PersonKey(account_id=account_id, staff_id=staff_id)
        case = await self._case(account_id, staff_id, await self._booking.staff_member(person))
        staff = _joining(case)
        _check_served(administrator, staff, (await self._reach(account_id)).enabled)
        if case.connection is None or not takes_part(case.connection):
            raise _not_active()
        if staff.email is None:
            raise Rejected(
                status=409,
                code="no_email",
                detail="This Staff Member has no e-mail address and can't be invited.",
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
            await self._settle_account(job.account_id, look=look)
            return
        person = PersonKey(account_id=job.account_id, staff_id=job.staff_id)
        stored = await self._connections.get(person)
        if stored is not None:
            await self._settle(
                (stored.value,), {}, job.account_id, await self._reach(job.account_id), look=look
            )

    async def _settle_account(self, account_id: AccountId, *, look: bool) -> None:
        connections = await self._connections.of_account(account_id)
        if connections:
            members = (await self._booking.staff(account_id)).members
            reach = await self._reach(account_id)
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
        for connection in connections:
            person = connection.person
            # A listing may have missed somebody between two pages: absence is asked for (R8.10).
            try:
                staff = members.get(person.staff_id) or await self._booking.staff_member(person)
            except ContractBroken:
                # Who can't be read stays as they are, and holds up nobody else (R11.8).
                _log.warning("account.profile_unreadable", extra={"person": str(person)})
                continue
            if await self._enrolment.settle(connection, staff, account, reach, look=look):
                await self._waker.wake(person, Cause.BOOKING_CHANGED)

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

    async def _reach(self, account_id: AccountId) -> Reach:
        stored = await self._locations.get(account_id)
        chosen = frozenset[LocationId]() if stored is None else stored.value.location_ids
        existing = frozenset(place.id for place in await self._booking.locations(account_id))
        return Reach(chosen=chosen, existing=existing)

    async def _acting(self, account_id: AccountId, acting: StaffId) -> StaffMember:
        administrator = await self._booking.staff_member(
            PersonKey(account_id=account_id, staff_id=acting)
        )
        if administrator is None:
            raise _not_permitted("The person for whom this is asked is not one of this Account.")
        return administrator

    async def _account(self, account_id: AccountId) -> Account:
        account = await self._booking.account(account_id)
        if account is None:
            raise _unknown_staff()
        return account

    async def _case(
        self, account_id: AccountId, staff_id: StaffId, staff: StaffMember | None
    ) -> _Case:
        person = PersonKey(account_id=account_id, staff_id=staff_id)
        stored = await self._connections.get(person)
        return _Case(
            person=person, staff=staff, connection=None if stored is None else stored.value
        )


def _joining(case: _Case) -> StaffMember:
    if case.staff is None:
        raise _unknown_staff()
    return case.staff


def _check_served(
    administrator: StaffMember, staff: StaffMember, enabled: frozenset[LocationId]
) -> None:
    if not looks_after(administrator, staff.location_ids):
        raise _not_permitted("This Staff Member works at none of your Locations.")
    if not is_served(staff, enabled):
        raise Rejected(
            status=409,
            code="plugin_not_enabled",
            detail=f"Connect-Up is not enabled at any Location of {staff.name}.",
        )
    if not looks_after(administrator, staff.location_ids & enabled):
        raise _not_permitted("Connect-Up is not enabled at the Location that you share.")


def _check_known(administrator: StaffMember, case: _Case, enabled: frozenset[LocationId]) -> None:
    profile = case.profile
    if profile is None:
        raise _unknown_staff()
    if not looks_after(administrator, profile.location_ids & enabled):
        raise _not_permitted("This Staff Member works at no Location where you may do this.")


def _has_remains(connection: Connection) -> bool:
    return connection.state is ConnectionState.DISCONNECTING or connection.left_behind > 0


def _not_permitted(detail: str) -> Rejected:
    return Rejected(status=403, code="not_permitted", detail=detail)


def _unknown_staff() -> Rejected:
    return Rejected(
        status=404,
        code="unknown_staff",
        detail="At least one of these people is not a Staff Member of this Account.",
    )


def _not_active() -> Rejected:
    return Rejected(status=409, code="not_active", detail="This Staff Member is not activated.")
