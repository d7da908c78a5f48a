"""Who may do what for whom (section 2 of the rules).

Only questions about a Staff Member's rights may live here.
"""

from sync.people.people import AccessType, StaffMember
from sync.words import LocationId

#: From the lowest access type to the highest (R2.7).
_RANKS = (AccessType.VIEW_ONLY, AccessType.STAFF, AccessType.LOCATION_ADMIN, AccessType.HQ_ADMIN)


def may_enable(acting: StaffMember) -> bool:
    """Says whether the person may enable and disable the plugin (R2.1)."""
    return acting.access_type is AccessType.HQ_ADMIN


def is_administrator(acting: StaffMember) -> bool:
    """Says whether the person may look after anybody at all (R2.2)."""
    return acting.access_type in {AccessType.HQ_ADMIN, AccessType.LOCATION_ADMIN}


def looks_after(acting: StaffMember, location_ids: frozenset[LocationId]) -> bool:
    """Says whether the person is an administrator of one of these Locations (R2.2)."""
    if acting.access_type is AccessType.HQ_ADMIN:
        return True
    return acting.access_type is AccessType.LOCATION_ADMIN and bool(
        acting.location_ids & location_ids
    )


def outranks(access_type: AccessType, acting: StaffMember) -> bool:
    """Says whether an access type is higher than an administrator's (R2.7)."""
    return _RANKS.index(access_type) > _RANKS.index(acting.access_type)


def is_served(staff: StaffMember | None, enabled: frozenset[LocationId]) -> bool:
    """Says whether the person exists and works where the plugin is enabled (R2.2, R2.5, R3.1)."""
    return staff is not None and bool(staff.location_ids & enabled)


def others_places(
    location_ids: frozenset[LocationId], acting: StaffMember
) -> frozenset[LocationId]:
    """Gives those of somebody's Locations where others than this administrator decide (R2.7)."""
    if acting.access_type is AccessType.HQ_ADMIN:
        return frozenset()
    return location_ids - acting.location_ids
