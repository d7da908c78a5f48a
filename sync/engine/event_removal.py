"""How one event of ours is taken away, wherever it lies by now (R8.10, R8.12, R10.1)."""

from sync.engine.items import Refusal
from sync.engine.links import Link
from sync.engine.marks import event_mark
from sync.errors import CalendarLost, Gone, Unavailable, Unreadable
from sync.people.people import Connection
from sync.ports import CalendarGateway
from sync.words import CalendarId, OutlookItemId


async def other_calendars(
    gateway: CalendarGateway, connection: Connection
) -> tuple[CalendarId, ...] | None:
    """Gives the calendars into which an event may have been dragged; ``None``: nobody can say."""
    synced = None if connection.settings is None else connection.settings.calendar_id
    try:
        listed = await gateway.calendars()
    except Unreadable:
        return None
    return tuple(each.id for each in listed if each.may_be_chosen and each.id != synced)


async def remove_event(
    connection: Connection,
    gateway: CalendarGateway,
    link: Link,
    others: tuple[CalendarId, ...] | None,
) -> Refusal | None:
    """Deletes an event by its id; one that is not there is looked for by mark and uid (R8.10).

    Where not all calendars can be searched, nobody can say that it is gone: as good as refused, it
    is said to be left behind (R10.5).

    Raises:
        Unavailable: A search shows what a deletion says is not there: reads are late.
    """
    if link.outlook_id is not None and not link.has_ended:
        try:
            return await gateway.delete_event(link.outlook_id)
        except Gone:
            pass
    settings, connection_id = connection.settings, connection.connection_id
    if settings is None or connection_id is None or not (link.booking_id or link.uid):
        return None
    mark = event_mark(connection_id, link)
    is_searched, found = others is not None, 0
    leaving = () if connection.leaving is None else (connection.leaving.calendar_id,)
    for calendar_id in dict.fromkeys((settings.calendar_id, *leaving, *(others or ()))):
        try:
            ids = await _search(gateway, calendar_id, mark, link.uid)
        except Unreadable:
            is_searched = False
            continue
        for item_id in ids:
            found += 1
            try:
                refusal = await gateway.delete_event(item_id)
            except Gone as error:
                raise Unavailable("a search shows an event that is not there") from error
            if refusal is not None:
                return refusal
    # What has ended is gone already, unless somebody took it out of the bin.
    if is_searched or found or link.has_ended:
        return None
    return Refusal(code="not_searched")


async def _search(
    gateway: CalendarGateway, calendar_id: CalendarId, mark: str, uid: str | None
) -> list[OutlookItemId]:
    """Finds an event of ours in a calendar: by its uid where that is known, else by its mark."""
    try:
        found = await gateway.find(calendar_id, mark=mark, uid=uid)
    except CalendarLost:
        return []
    if uid:
        return [each.item.id for each in found if each.item.uid == uid]
    ours = sorted(found, key=lambda each: (each.created is None, str(each.created), each.item.id))
    return [each.item.id for each in ours[:1]]
