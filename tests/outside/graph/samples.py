"""Graph JSON by hand, in the shape of the printed examples of event-get and event-delta."""

from typing import Any


def event(item_id: str = "AAMk1=", **changes: Any) -> dict[str, Any]:
    """Gives a full event of an hour."""
    return {
        "@odata.etag": 'W/"k1"',
        "id": item_id,
        "createdDateTime": "2026-11-20T08:00:00.0000000Z",
        "subject": "Lunch",
        "bodyPreview": "Bring a pen",
        "body": {"contentType": "text", "content": "Bring a pen\r\nand paper\r\n"},
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "showAs": "busy",
        "type": "singleInstance",
        "seriesMasterId": None,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "attendees": [],
        "start": {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "UTC"},
    } | changes


def master(item_id: str = "S=", **changes: Any) -> dict[str, Any]:
    """Gives the event behind a series."""
    return event(item_id, type="seriesMaster", subject="Team", **changes)


def occurrence(item_id: str, series: str = "S=", **changes: Any) -> dict[str, Any]:
    """Gives an unchanged occurrence as a delta shortens it."""
    return {
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": 'W/"k1"',
        "id": item_id,
        "seriesMasterId": series,
        "type": "occurrence",
        "start": {"dateTime": "2026-11-25T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-25T10:00:00.0000000", "timeZone": "UTC"},
    } | changes


def removed(item_id: str) -> dict[str, Any]:
    """Gives a removal of a delta."""
    return {"@removed": {"reason": "deleted"}, "id": item_id}
