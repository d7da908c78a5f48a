"""What an administrator sees of a person: health, never contents (R2.3, R12.3).

Only the row of the staff list, and what an operation on it answers, may live here; their fields
are named as in the contract.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sync.people.connection_states import takes_part
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    InvitationStatus,
    Problem,
    StaffMember,
)
from sync.people.rights import is_served
from sync.words import LocationId, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffStatus:
    """A row of the staff list (contract: StaffStatus)."""

    staff_id: StaffId
    name: str
    access_type: AccessType
    location_ids: tuple[LocationId, ...]
    can_activate: bool = False
    active: bool = False
    state: ConnectionState = ConnectionState.INACTIVE
    invitation: str = "none"
    last_sync_at: datetime | None = None
    last_sync_result: str = "none"
    waiting: int = 0
    problem: Problem | None = None
    left_behind: int = 0
    subscription_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Who could not be activated or deactivated, and why (R3.5)."""

    staff_id: StaffId
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of activating and deactivating many (R3.5).

    Attributes:
        rows: Of those who were or will be served, in the order in which they were named.
        refused: Everybody else.
        goes_on: They are more than one answer waits for: the rows show what stands by now.
    """

    rows: tuple[StaffStatus, ...]
    refused: tuple[Refused, ...]
    goes_on: bool = False


def staff_status(
    staff: StaffMember,
    connection: Connection | None,
    now: datetime,
    *,
    enabled: frozenset[LocationId],
) -> StaffStatus:
    """Gives a person's row.

    Args:
        staff: The profile, for somebody removed the last one known.
        connection: ``None`` for somebody never activated.
        now: When it is looked at: invitations expire.
        enabled: The Locations where the plugin works; none for somebody removed.
    """
    profile = StaffStatus(
        staff_id=staff.id,
        name=staff.name,
        access_type=staff.access_type,
        location_ids=tuple(sorted(staff.location_ids)),
        can_activate=is_served(staff, enabled),
    )
    if connection is None:
        return profile
    last, subscription = connection.last_sync, connection.subscription
    return replace(
        profile,
        active=takes_part(connection),
        state=connection.state,
        invitation=_invitation(connection, staff, now),
        last_sync_at=None if last is None else last.ended_at,
        last_sync_result="none" if last is None else last.result.value,
        waiting=connection.waiting,
        problem=connection.problem,
        left_behind=connection.left_behind,
        subscription_expires_at=None if subscription is None else subscription.expires_at,
    )


def _invitation(connection: Connection, staff: StaffMember, now: datetime) -> str:
    invitation = connection.invitation
    if invitation is None or not takes_part(connection):
        return "none"
    match invitation.status:
        case InvitationStatus.QUEUED | InvitationStatus.SENT:
            has_expired = not invitation.used and invitation.expires_at <= now
            return "expired" if has_expired else "sent"
        case InvitationStatus.NO_EMAIL if staff.email is not None:
            # An address was added since: a resend is possible and has not been asked for.
            return "none"
        case status:
            return status.value
