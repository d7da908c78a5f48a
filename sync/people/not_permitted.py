"""What administrators are told about somebody for whom they can't do what they ask (section 2)."""

from sync.errors import Rejected
from sync.messages import said
from sync.people.people import StaffMember
from sync.people.rights import is_served, looks_after, outranks
from sync.words import LocationId, msgid


def why_not_activate(
    acting: StaffMember, staff: StaffMember | None, enabled: frozenset[LocationId]
) -> Rejected | None:
    """Gives why an administrator can't activate or invite somebody (R2.2); ``None``: they can.

    Args:
        acting: The administrator.
        staff: The person's profile; ``None`` where there is none.
        enabled: The Locations where the plugin works.
    """
    if staff is None:
        return unknown_staff()
    if not looks_after(acting, staff.location_ids):
        return not_permitted(msgid("This Staff Member works at none of your Locations."))
    if not is_served(staff, enabled):
        return Rejected(
            status=409,
            code="plugin_not_enabled",
            detail=said(
                "The calendar sync is not enabled at any Location of {name}.", name=staff.name
            ),
        )
    if not looks_after(acting, staff.location_ids & enabled):
        return not_permitted(
            msgid("The calendar sync is not enabled at the Location that you share.")
        )
    return None


def why_not_deactivate(
    acting: StaffMember, profile: StaffMember | None, enabled: frozenset[LocationId]
) -> Rejected | None:
    """Gives why an administrator can't deactivate somebody (R2.2, R2.7); ``None``: they can.

    Args:
        acting: The administrator.
        profile: The person's, for somebody removed the last one known; ``None``: there is none.
        enabled: The Locations where the plugin works.
    """
    if profile is None:
        return unknown_staff()
    if outranks(profile.access_type, acting):
        return not_permitted(
            said(
                "{name} has a higher access type than you, and is deactivated by an HQ "
                "administrator only.",
                name=profile.name,
            )
        )
    if not looks_after(acting, profile.location_ids & enabled):
        return not_permitted(msgid("This Staff Member works at no Location where you may do this."))
    return None


def not_permitted(detail: str) -> Rejected:
    """Makes the refusal of what somebody has no right to."""
    return Rejected(status=403, code="not_permitted", detail=detail)


def unknown_staff() -> Rejected:
    """Makes the refusal for somebody whom the Account doesn't know."""
    return Rejected(
        status=404,
        code="unknown_staff",
        detail=msgid("This is not a Staff Member of this Account."),
    )
