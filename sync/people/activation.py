"""Activates and deactivates Staff Members, one or a thousand (R3.2, R3.3, R3.5).

What can be done is done, and the rest is named with the reason. Of more people than an answer waits
for, jobs see to it: each names some of them, and its administrator's rights are looked at again.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from sync.errors import ContractBroken, Rejected, SyncError
from sync.people.enrolment import Enrolment
from sync.people.not_permitted import not_permitted, why_not_activate, why_not_deactivate
from sync.people.people import Account, Connection, StaffMember
from sync.people.rights import is_administrator
from sync.people.side_by_side import MANY, raise_first, side_by_side
from sync.people.staff_list import Outcome, Refused, staff_status
from sync.people.what_holds import read_account, read_acting, read_reach
from sync.ports import AccountCause, AccountJob, StaffListing
from sync.ports.outside import Outside
from sync.words import AccountId, LocationId, PersonKey, StaffId, msgid

_log = logging.getLogger(__name__)

#: People in one job of an operation on many: each job reads the Account's people once.
PART = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """All that an operation on many people has to know.

    Attributes:
        account: Whose people they are.
        administrator: For whom it is done.
        asked_at: When it was asked for.
        enabled: The Locations where the plugin works.
        listed: The Account's Staff Members.
        connections: Of everybody who has one.
        profiles: Everybody's, for somebody removed the last one known.
    """

    account: Account
    administrator: StaffMember
    asked_at: datetime
    enabled: frozenset[LocationId]
    listed: StaffListing
    connections: Mapping[StaffId, Connection]
    profiles: Mapping[StaffId, StaffMember]

    def problems(self, wishes: Mapping[StaffId, AccountCause]) -> dict[StaffId, SyncError]:
        """Gives everybody who can't be served, and why."""
        found: dict[StaffId, SyncError] = {}
        for staff_id, wish in wishes.items():
            problem = self._problem(staff_id, wish)
            if problem is not None:
                found[staff_id] = problem
        return found

    def _problem(self, staff_id: StaffId, wish: AccountCause) -> Rejected | None:
        if wish is AccountCause.DEACTIVATE:
            profile = self.profiles.get(staff_id)
            return why_not_deactivate(self.administrator, profile, self.enabled)
        if staff_id in self.listed.unreadable:
            return Rejected(
                status=409,
                code="unreadable",
                detail=msgid("The booking product gives a profile that can't be read."),
            )
        staff = self.listed.members.get(staff_id)
        return why_not_activate(self.administrator, staff, self.enabled)


class Activation:
    """Activates and deactivates.

    Args:
        outside: The ports.
        enrolment: Moves single Connections.
    """

    def __init__(self, outside: Outside, *, enrolment: Enrolment) -> None:
        self._booking = outside.booking
        self._connections = outside.connections
        self._locations = outside.locations
        self._jobs = outside.jobs
        self._enrolment = enrolment
        self._clock = outside.clock

    async def set_active(
        self,
        account_id: AccountId,
        acting: StaffId,
        activate: tuple[StaffId, ...],
        deactivate: tuple[StaffId, ...],
    ) -> Outcome:
        """Activates some and deactivates others (R3.2, R3.3, R3.5).

        What can be done is done. Of more than ``MANY`` people jobs see to it; the answer shows them
        as they stand.

        Raises:
            Rejected: 403 ``not_permitted``, 400 ``bad_request`` where somebody is in both lists.
                Where nobody could be served, the first one's: 403, 404 ``unknown_staff``, 409
                ``plugin_not_enabled`` or ``unreadable``.
            TransientError: Nobody could be served, the first one for a passing reason.
        """
        if set(activate) & set(deactivate):
            raise Rejected(
                status=400,
                code="bad_request",
                detail=msgid("A Staff Member can't be activated and deactivated at once."),
            )
        wishes = dict.fromkeys(activate, AccountCause.ACTIVATE)
        wishes |= dict.fromkeys(deactivate, AccountCause.DEACTIVATE)
        task = await self._task(account_id, acting, self._clock.now())
        problems = task.problems(wishes)
        able = [staff_id for staff_id in wishes if staff_id not in problems]
        goes_on = len(able) > MANY
        connections = dict(task.connections)
        if goes_on:
            await self._leave_to_jobs(task, {staff_id: wishes[staff_id] for staff_id in able})
        else:
            answers = await self._carry_out(task, {each: wishes[each] for each in able})
            problems |= {
                staff_id: answer
                for staff_id, answer in answers.items()
                if isinstance(answer, SyncError)
            }
            connections |= {
                staff_id: answer
                for staff_id, answer in answers.items()
                if isinstance(answer, Connection)
            }
        served = [staff_id for staff_id in wishes if staff_id not in problems]
        refused = [staff_id for staff_id in wishes if staff_id in problems]
        if refused and not served:
            raise problems[refused[0]]
        now = self._clock.now()
        return Outcome(
            rows=tuple(
                staff_status(
                    task.profiles[staff_id], connections.get(staff_id), now, enabled=task.enabled
                )
                for staff_id in served
            ),
            refused=tuple(_refused(staff_id, problems[staff_id]) for staff_id in refused),
            goes_on=goes_on,
        )

    async def go_on(self, job: AccountJob) -> None:
        """Does a part of what was asked for many people; done twice, it is done once (R3.5).

        Rights and profiles are those of now. Who can't be served any more is left out.

        Raises:
            ContractBroken: The job doesn't say for whom.
            TransientError: Somebody could not be served now; the whole part may come again.
        """
        if job.account_id is None or job.acting is None or job.asked_at is None:
            raise ContractBroken("a queue message lacks for whom it is")
        try:
            task = await self._task(job.account_id, job.acting, job.asked_at)
        except Rejected as error:
            _log.warning("account.part_dropped", extra={"cause": job.cause, "code": error.code})
            return
        wishes = dict.fromkeys(job.staff_ids, job.cause)
        problems = task.problems(wishes)
        answers = await self._carry_out(
            task, {each: wishes[each] for each in wishes if each not in problems}
        )
        _log.info(
            "account.part_done",
            extra={"cause": job.cause, "people": len(wishes), "refused": len(problems)},
        )
        raise_first(answers.values())

    async def _task(self, account_id: AccountId, acting: StaffId, asked_at: datetime) -> _Task:
        """Reads all that an operation on many people needs to know.

        Raises:
            Rejected: 403 ``not_permitted``, 404 ``unknown_staff`` where there is no such Account.
        """
        administrator = await read_acting(self._booking, account_id, acting)
        if not is_administrator(administrator):
            raise not_permitted(
                msgid("Only an administrator activates and deactivates Staff Members.")
            )
        listed = await self._booking.staff(account_id)
        connections = {
            connection.person.staff_id: connection
            for connection in await self._connections.of_account(account_id)
        }
        known = {staff_id: connection.staff for staff_id, connection in connections.items()}
        return _Task(
            account=await read_account(self._booking, account_id),
            administrator=administrator,
            asked_at=asked_at,
            enabled=(await read_reach(self._booking, self._locations, account_id)).enabled,
            listed=listed,
            connections=connections,
            profiles=known | dict(listed.members),
        )

    async def _carry_out(
        self, task: _Task, wishes: Mapping[StaffId, AccountCause]
    ) -> dict[StaffId, Connection | SyncError]:
        async def one(staff_id: StaffId) -> Connection:
            profile = task.profiles[staff_id]
            if wishes[staff_id] is AccountCause.ACTIVATE:
                return await self._enrolment.activate(profile, task.account, task.asked_at)
            person = PersonKey(account_id=task.account.id, staff_id=staff_id)
            return await self._enrolment.deactivate(person, profile, task.asked_at)

        return dict(zip(wishes, await side_by_side(wishes, one), strict=True))

    async def _leave_to_jobs(self, task: _Task, wishes: Mapping[StaffId, AccountCause]) -> None:
        for cause in (AccountCause.ACTIVATE, AccountCause.DEACTIVATE):
            theirs = [staff_id for staff_id, wish in wishes.items() if wish is cause]
            for part in batched(theirs, PART, strict=False):
                await self._jobs.account(
                    AccountJob(
                        cause=cause,
                        account_id=task.account.id,
                        staff_ids=part,
                        acting=task.administrator.id,
                        asked_at=task.asked_at,
                    )
                )


def _refused(staff_id: StaffId, problem: SyncError) -> Refused:
    if isinstance(problem, Rejected):
        return Refused(staff_id=staff_id, code=problem.code, message=problem.detail)
    # Which of our stores or neighbours did not answer is for the log.
    _log.warning("account.person_failed", extra={"error": type(problem).__name__})
    return Refused(
        staff_id=staff_id,
        code="unavailable",
        message=msgid("This can't be done at the moment. Please try again shortly."),
    )
