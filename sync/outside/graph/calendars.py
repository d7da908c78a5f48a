"""Graph JSON to calendars and to whose they are, pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from sync.errors import ContractBroken
from sync.outside.graph.translate import whole_text, written_id
from sync.words import Calendar, CalendarId


def own_addresses(me: Mapping[str, Any], calendars: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Gives the signed-in person's addresses in lower case: profile, aliases, default calendar."""
    found = [me.get("mail"), me.get("userPrincipalName")]
    found += [_owner(raw) for raw in calendars if raw.get("isDefaultCalendar") is True]
    return frozenset(address.lower() for address in found if isinstance(address, str) and address)


def calendar(raw: Mapping[str, Any], own: frozenset[str]) -> Calendar:
    """Reads a calendar; it is the person's own where they made it and may share it (R5.1).

    Args:
        raw: Graph's calendar.
        own: The signed-in person's addresses in lower case.

    Raises:
        ContractBroken: It has no id that can be asked for: a list with a hole proves nothing
            (R8.10).
    """
    calendar_id = written_id(raw.get("id"))
    if calendar_id is None:
        raise ContractBroken("Graph gave a calendar without an id")
    address = _owner(raw)
    return Calendar(
        id=CalendarId(calendar_id),
        name=whole_text(raw.get("name")) or "",
        owner_address=address,
        is_default=raw.get("isDefaultCalendar") is True,
        is_own=raw.get("canShare") is True and address.lower() in own,
        can_edit=raw.get("canEdit") is True,
    )


def _owner(raw: Mapping[str, Any]) -> str:
    owner = raw.get("owner")
    address = owner.get("address") if isinstance(owner, dict) else None
    return whole_text(address) or ""
