"""What an administrator sees of a person: health, never contents (R2.3, R12.3).

Only the row of the staff list may live here; its fields are named as in the contract.
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
from sync.words import LocationId, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffStatus:
    """A row of the staff list (contract: StaffStatus)."""

    staff_id: StaffId
    name: str
    access_type: AccessType
    location_ids: tuple[LocationId, ...]
    active: bool = False
    state: ConnectionState = ConnectionState.INACTIVE
    invitation: str = "none"
    last_sync_at: datetime | None = None
    last_sync_result: str = "none"
    waiting: int = 0
    problem: Problem | None = None
    left_behind: int = 0
    subscription_expires_at: datetime | None = None


def staff_status(staff: StaffMember, connection: Connection | None, now: datetime) -> StaffStatus:
    """Gives a person's row; ``connection`` is ``None`` for somebody never activated."""
    profile = StaffStatus(
        staff_id=staff.id,
        name=staff.name,
        access_type=staff.access_type,
        location_ids=tuple(sorted(staff.location_ids)),
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
