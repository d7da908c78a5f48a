"""Graph JSON to the domain's values, pure.

Private text ends here: an item that isn't of normal sensitivity leaves without subject and body
(R7.3). Whatever can't be read of one item becomes that item's ``problem``; the rest flows.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sync.adapters.graph.html_text import text_of
from sync.adapters.graph.zones import UnknownZone, instant_of, midnight_of
from sync.domain.model import (
    Calendar,
    CalendarId,
    Interval,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
    ShowAs,
)
from sync.errors import ContractBroken

#: The mark on events of ours (R6.3): one named property for ever, its value the item's reference.
MARK_PROPERTY = "String {6f2d1c5e-8f0b-4f7d-9c55-2a4b7e61d0c3} Name ConnectUpReference"

UNKNOWN_ZONE = "unknown_time_zone"
UNREADABLE_TIME = "unreadable_time"
SERIES_MISSING = "series_missing"

_NOWHERE = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))

#: What an unchanged occurrence of a delta leaves to its master (issue graph-docs 7632).
_INHERITED = (
    "subject",
    "body",
    "showAs",
    "sensitivity",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseStatus",
    "attendees",
)

_NEEDED = ("subject", "showAs", "sensitivity", "isAllDay", "isCancelled")


def is_removed(raw: Mapping[str, Any]) -> bool:
    """Says whether a member of a delta page only tells that an id was removed."""
    return "@removed" in raw


def is_sparse(raw: Mapping[str, Any]) -> bool:
    """Says whether an item is an occurrence that needs its master's members."""
    return bool(raw.get("seriesMasterId")) and any(name not in raw for name in _NEEDED)


def series_of(raw: Mapping[str, Any]) -> str | None:
    """Gives the id of the series that an occurrence or exception belongs to."""
    found = raw.get("seriesMasterId")
    return found if isinstance(found, str) and found else None


def is_master(raw: Mapping[str, Any]) -> bool:
    """Says whether an item is the series behind its occurrences."""
    return raw.get("type") == OutlookKind.MASTER.value


def outlook_item(raw: Mapping[str, Any], master: Mapping[str, Any] | None = None) -> OutlookItem:
    """Reads an event, joined with its series.

    Args:
        raw: Graph's event, full or as sparse as an occurrence of a delta.
        master: The series' own event, for the members that a sparse occurrence leaves out.

    Raises:
        ContractBroken: It has no id.
    """
    item_id = raw.get("id")
    if not isinstance(item_id, str) or not item_id:
        raise ContractBroken("Graph gave an event without an id")
    problem = None
    if is_sparse(raw):
        if master is None:
            problem = SERIES_MISSING
        else:
            raw = {name: master.get(name) for name in _INHERITED} | dict(raw)
    is_all_day = raw.get("isAllDay") is True
    interval = _NOWHERE
    try:
        interval = _interval(raw, is_all_day=is_all_day)
    except UnknownZone:
        problem = UNKNOWN_ZONE
    except (ValueError, TypeError, KeyError, OverflowError):
        problem = UNREADABLE_TIME
    # A sensitivity that isn't told is taken as private: the safe side of R7.3.
    is_normal = raw.get("sensitivity") == "normal"
    series = series_of(raw)
    return OutlookItem(
        id=OutlookItemId(item_id),
        etag=_etag(raw),
        interval=interval,
        kind=_kind(raw),
        series_id=OutlookItemId(series) if series else None,
        subject=(raw.get("subject") or None) if is_normal else None,
        body=_body(raw) if is_normal else None,
        show_as=_show_as(raw.get("showAs")),
        is_normal=is_normal,
        is_all_day=is_all_day,
        is_cancelled=raw.get("isCancelled") is True,
        is_declined=(raw.get("responseStatus") or {}).get("response") == "declined",
        is_organizer=raw.get("isOrganizer") is not False,
        has_attendees=bool(raw.get("attendees")),
        problem=problem,
    )


def _interval(raw: Mapping[str, Any], *, is_all_day: bool) -> Interval:
    start, end = raw["start"], raw["end"]
    if is_all_day:
        return Interval(midnight_of(start["dateTime"]), midnight_of(end["dateTime"]))
    return Interval(
        instant_of(start["dateTime"], start["timeZone"]),
        instant_of(end["dateTime"], end["timeZone"]),
    )


def _etag(raw: Mapping[str, Any]) -> str:
    etag = raw.get("@odata.etag")
    if isinstance(etag, str) and etag:
        return etag
    return f'W/"{raw.get("changeKey") or ""}"'


def _kind(raw: Mapping[str, Any]) -> OutlookKind:
    try:
        return OutlookKind(raw.get("type") or OutlookKind.SINGLE)
    except ValueError:
        return OutlookKind.SINGLE


def _show_as(value: Any) -> ShowAs:
    try:
        return ShowAs(value)
    except ValueError:
        return ShowAs.UNKNOWN


def _body(raw: Mapping[str, Any]) -> str | None:
    """Gives the body as text, also where Graph sent HTML in spite of the header."""
    body = raw.get("body") or {}
    content = body.get("content")
    if not isinstance(content, str):
        return None
    if str(body.get("contentType", "")).lower() == "html":
        content = text_of(content)
    return content.replace("\r\n", "\n").strip() or None


def mark_of(raw: Mapping[str, Any]) -> str | None:
    """Gives the mark on an event that was read with its extended properties expanded."""
    for extended in raw.get("singleValueExtendedProperties") or ():
        if extended.get("id", "").lower() == MARK_PROPERTY.lower():
            value = extended.get("value")
            return value if isinstance(value, str) else None
    return None


def oldest_with_mark(found: Iterable[Mapping[str, Any]], mark: str) -> Mapping[str, Any] | None:
    """Picks the event of ours among those with its mark: copies come later (R8.11).

    Graph compares the value without case, so it is compared again; an event that came without
    its properties is believed to Graph's own filter.
    """
    ours = [raw for raw in found if mark_of(raw) in {mark, None}]
    return min(
        ours,
        key=lambda raw: (str(raw.get("createdDateTime") or "9"), str(raw.get("id"))),
        default=None,
    )


def own_addresses(me: Mapping[str, Any], calendars: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Gives the signed-in person's addresses in lower case: profile, aliases, default calendar."""
    found = [me.get("mail"), me.get("userPrincipalName")]
    found += [
        (raw.get("owner") or {}).get("address")
        for raw in calendars
        if raw.get("isDefaultCalendar") is True
    ]
    return frozenset(address.lower() for address in found if isinstance(address, str) and address)


def calendar(raw: Mapping[str, Any], own: frozenset[str]) -> Calendar:
    """Reads a calendar; it is the person's own where they made it and may share it (R5.1).

    Args:
        raw: Graph's calendar.
        own: The signed-in person's addresses in lower case.

    Raises:
        ContractBroken: It has no id.
    """
    calendar_id = raw.get("id")
    if not isinstance(calendar_id, str) or not calendar_id:
        raise ContractBroken("Graph gave a calendar without an id")
    address = (raw.get("owner") or {}).get("address") or ""
    return Calendar(
        id=CalendarId(calendar_id),
        name=raw.get("name") or "",
        owner_address=address,
        is_default=raw.get("isDefaultCalendar") is True,
        is_own=raw.get("canShare") is True and address.lower() in own,
        can_edit=raw.get("canEdit") is True,
    )
