"""What the staff list's Connect-Up column says of a person, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

STATES = {
    "inactive": "Not activated",
    "invited": "Activated, not signed in yet",
    "authorized": "Signed in, not syncing yet",
    "starting": "First sync under way",
    "active": "Syncing",
    "reconnect_needed": "Has to sign in again",
    "disconnecting": "Being disconnected",
}
INVITATIONS = {
    "sent": "Invited, not signed in yet",
    "expired": "The invitation has expired",
    "failed": "The invitation could not be mailed",
    "no_email": "No e-mail address: cannot be invited",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One cell of the column.

    Attributes:
        active: whether the person is activated.
        state: what to read first.
        notes: what else there is to say: why it can't be done, what is failing, the last sync.
        can_change: whether ticking means anything.
        can_invite: whether another invitation makes sense.
    """

    active: bool
    state: str
    notes: tuple[str, ...] = ()
    can_change: bool = True
    can_invite: bool = False


def column(row: Mapping[str, Any], places: Mapping[str, str], zone: ZoneInfo) -> Column:
    """Says a row of the connector's staff list (contract: StaffStatus).

    Args:
        row: as the connector gave it.
        places: names of the Account's Locations, by id.
        zone: the reader's.
    """
    active, can_activate = bool(row["active"]), bool(row.get("can_activate"))
    state = row["state"]
    # Whoever has signed in needs no invitation; what became of the last one is old news then.
    is_invited = state == "invited"
    said = INVITATIONS.get(row.get("invitation", "")) if is_invited else None
    return Column(
        active=active,
        state=said or STATES[state],
        notes=tuple(_notes(row, places, zone, can_activate=active or can_activate)),
        can_change=active or can_activate,
        can_invite=active and (is_invited or state == "reconnect_needed"),
    )


def _notes(
    row: Mapping[str, Any], places: Mapping[str, str], zone: ZoneInfo, *, can_activate: bool
) -> list[str]:
    notes = []
    if not can_activate:
        names = [places[one] for one in row.get("location_ids", ()) if one in places]
        notes.append(
            f"Can't be activated: the plugin is not enabled at {' or '.join(names)}."
            if names
            else "Can't be activated: works at no Location."
        )
    if problem := row.get("problem"):
        notes.append(f"Needs attention: {problem['message']}")
    if waiting := row.get("waiting"):
        notes.append(f"{_items(waiting)} could not be synced yet.")
    if left := row.get("left_behind"):
        notes.append(f"{_items(left)} could not be removed.")
    if last := row.get("last_sync_at"):
        at = datetime.fromisoformat(last).astimezone(zone)
        notes.append(f"Last sync {at:%d %B, %H:%M}.")
    return notes


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"
