"""Graph JSON to what the engine calls an event, pure.

Private text ends here: an item that isn't of normal sensitivity leaves without subject and body
(R7.3). Whatever can't be read of one item becomes that item's ``problem``; the rest flows (R11.8).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sync.engine.items import Found, OutlookItem, OutlookKind
from sync.errors import ContractBroken
from sync.outside.graph.html_text import text_of
from sync.outside.graph.zones import (
    EARLIEST,
    LATEST,
    UnknownZone,
    instant_of,
    midnight_of,
    utc_moment,
)
from sync.words import NOWHERE, Interval, OutlookItemId, ShowAs

#: The mark on events of ours (R6.3): one named property for ever, its value the item's reference.
MARK_PROPERTY = "String {6f2d1c5e-8f0b-4f7d-9c55-2a4b7e61d0c3} Name ConnectUpReference"

UNKNOWN_ZONE = "unknown_time_zone"
UNREADABLE_TIME = "unreadable_time"
#: Can be parsed and can't be true (R7.6).
IMPOSSIBLE_TIME = "impossible_time"
SERIES_MISSING = "series_missing"

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
    "iCalUId",
    "lastModifiedDateTime",
)

_NEEDED = ("subject", "showAs", "sensitivity", "isAllDay", "isCancelled")

#: What each member that counts has to be where it is there and not null.
_SHAPES: Mapping[str, type] = {
    "type": str,
    "subject": str,
    "body": dict,
    "showAs": str,
    "sensitivity": str,
    "isAllDay": bool,
    "isCancelled": bool,
    "isOrganizer": bool,
    "responseStatus": dict,
    "attendees": list,
}

#: Halves of characters that JSON lets through and no other format takes: left where a client cut
#: a text within an emoji.
_HALVES = re.compile("[\ud800-\udfff]")


def id_of(raw: Mapping[str, Any]) -> str | None:
    """Gives the id of an event, ``None`` where there is none that could be asked for."""
    return written_id(raw.get("id"))


def is_removed(raw: Mapping[str, Any]) -> bool:
    """Says whether a member of a delta page only tells that an id was removed."""
    return "@removed" in raw


def is_sparse(raw: Mapping[str, Any]) -> bool:
    """Says whether an item is an occurrence that needs its master's members."""
    return series_of(raw) is not None and any(name not in raw for name in _NEEDED)


def series_of(raw: Mapping[str, Any]) -> str | None:
    """Gives the id of the series that an occurrence or exception belongs to."""
    return written_id(raw.get("seriesMasterId"))


def is_master(raw: Mapping[str, Any]) -> bool:
    """Says whether an item is the series behind its occurrences."""
    return raw.get("type") == OutlookKind.MASTER.value


def etag_of(raw: Mapping[str, Any]) -> str:
    """Gives the version of an event, empty where Graph tells none that a header can hold."""
    etag = _header(raw.get("@odata.etag"))
    key = _header(raw.get("changeKey"))
    return etag or (f'W/"{key}"' if key else "")


def outlook_item(raw: Mapping[str, Any], master: Mapping[str, Any] | None = None) -> OutlookItem:
    """Reads an event, joined with its series.

    Args:
        raw: Graph's event, full or as sparse as an occurrence of a delta.
        master: The series' own event, for the members that a sparse occurrence leaves out.

    Raises:
        ContractBroken: It has no id.
    """
    item_id = id_of(raw)
    if item_id is None:
        raise ContractBroken("Graph gave an event without an id")
    lacks_series = is_sparse(raw)
    # What a master leaves out must not be guessed: a Reserve would go for want of a Show As.
    if lacks_series and master is not None and all(name in master for name in _NEEDED):
        raw = {name: master.get(name) for name in _INHERITED} | dict(raw)
        lacks_series = False
    kind, is_all_day = _kind(raw), raw.get("isAllDay") is True
    interval, problem = _interval(raw, kind, is_all_day=is_all_day)
    problem = _misshapen(raw) or problem or (SERIES_MISSING if lacks_series else None)
    # A sensitivity that isn't told is taken as private: the safe side of R7.3.
    is_normal = raw.get("sensitivity") == "normal"
    series = series_of(raw)
    return OutlookItem(
        id=OutlookItemId(item_id),
        etag=etag_of(raw),
        interval=interval,
        kind=kind,
        series_id=OutlookItemId(series) if series else None,
        subject=whole_text(raw.get("subject")) if is_normal else None,
        body=_body(raw.get("body")) if is_normal else None,
        show_as=_show_as(raw.get("showAs")),
        is_normal=is_normal,
        is_all_day=is_all_day,
        is_cancelled=raw.get("isCancelled") is True,
        is_declined=_inner(raw.get("responseStatus"), "response") == "declined",
        is_organizer=raw.get("isOrganizer") is not False,
        has_attendees=bool(raw.get("attendees")),
        problem=problem,
        # An occurrence may have none of its own though it is told in full.
        uid=written_id(raw.get("iCalUId"))
        or (written_id(master.get("iCalUId")) if master else None),
        modified=utc_moment(raw.get("lastModifiedDateTime")),
    )


def _interval(
    raw: Mapping[str, Any], kind: OutlookKind, *, is_all_day: bool
) -> tuple[Interval, str | None]:
    """Reads when an event is, or why nobody can say."""
    try:
        if is_all_day:
            start, end = (midnight_of(_time(raw, name)[0]) for name in ("start", "end"))
        else:
            start, end = (instant_of(*_time(raw, name)) for name in ("start", "end"))
    except UnknownZone:
        return NOWHERE, UNKNOWN_ZONE
    except (ValueError, OverflowError):
        return NOWHERE, UNREADABLE_TIME
    # A master has the time of its first occurrence: the birthdays of a calendar began long ago.
    is_known = kind is OutlookKind.MASTER or (start.year >= EARLIEST and end.year <= LATEST)
    if end < start or not is_known:
        return NOWHERE, IMPOSSIBLE_TIME
    return Interval(start, end), None


def _time(raw: Mapping[str, Any], name: str) -> tuple[str, str | None]:
    """Gives a ``dateTimeTimeZone`` apart.

    Raises:
        ValueError: It has no time.
    """
    date_time, zone = _inner(raw.get(name), "dateTime"), _inner(raw.get(name), "timeZone")
    if not isinstance(date_time, str):
        raise ValueError(name)  # noqa: TRY004 - to the caller it is one more unreadable time
    return date_time, zone if isinstance(zone, str) else None


def _misshapen(raw: Mapping[str, Any]) -> str | None:
    """Names the first member that counts and is of another kind than documented."""
    for name, shape in _SHAPES.items():
        if raw.get(name) is not None and not isinstance(raw[name], shape):
            return f"unreadable_{name}"
    if raw.get("seriesMasterId") and series_of(raw) is None:
        return "unreadable_seriesMasterId"
    response = _inner(raw.get("responseStatus"), "response")
    if response is not None and not isinstance(response, str):
        return "unreadable_responseStatus"
    return None


def _inner(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def written_id(value: Any) -> str | None:
    """Gives an id or a uid, if it is one that can be written into an address."""
    if isinstance(value, str) and value and not _HALVES.search(value):
        return value
    return None


def _header(value: Any) -> str:
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else ""


def whole_text(value: Any) -> str | None:
    """Gives a text without halves of characters, which can be written nowhere (case 82)."""
    return (_HALVES.sub("\ufffd", value) or None) if isinstance(value, str) else None


def _kind(raw: Mapping[str, Any]) -> OutlookKind:
    known = {kind.value: kind for kind in OutlookKind}
    told = raw.get("type")
    return known.get(told, OutlookKind.SINGLE) if isinstance(told, str) else OutlookKind.SINGLE


def _show_as(value: Any) -> ShowAs:
    """Reads how an event is shown; one that says nothing is busy, as Outlook makes new ones."""
    if value is None:
        return ShowAs.BUSY
    try:
        return ShowAs(value)
    except ValueError:
        return ShowAs.UNKNOWN


def _body(value: Any) -> str | None:
    """Gives the body as text, also where Graph sent HTML in spite of the header."""
    content = whole_text(_inner(value, "content"))
    if content is None:
        return None
    if str(_inner(value, "contentType")).lower() == "html":
        content = text_of(content)
    return content.replace("\r\n", "\n").strip() or None


def mark_of(raw: Mapping[str, Any]) -> str | None:
    """Gives the mark on an event that was read with its extended properties expanded."""
    held = raw.get("singleValueExtendedProperties")
    for extended in held if isinstance(held, list) else ():
        name, value = _inner(extended, "id"), _inner(extended, "value")
        if isinstance(name, str) and name.lower() == MARK_PROPERTY.lower():
            return value if isinstance(value, str) else None
    return None


def found_events(
    marked: Iterable[Mapping[str, Any]],
    named: Iterable[Mapping[str, Any]],
    *,
    mark: str,
    uid: str | None,
) -> tuple[Found, ...]:
    """Joins what two searches brought, each event once.

    Graph compares without case, so everything is compared again.

    Args:
        marked: What bears the mark as Graph has it; an event that came without its properties
            is believed to Graph's own filter.
        named: What has the uid as Graph has it.
        mark: The mark that was searched for.
        uid: The ``iCalUId`` that was searched for, if one was.

    Raises:
        ContractBroken: One of them has no id: nobody can say what it is.
    """
    found: dict[str, Found] = {}
    for is_marked, raws in ((True, marked), (False, named)):
        for raw in raws:
            item = outlook_item(raw)
            is_bare = "singleValueExtendedProperties" not in raw
            held = mark if is_marked and is_bare else mark_of(raw)
            if item.id in found or (held != mark and (uid is None or item.uid != uid)):
                continue
            created = utc_moment(raw.get("createdDateTime"))
            found[item.id] = Found(item=item, mark=held, created=created)
    return tuple(found.values())
