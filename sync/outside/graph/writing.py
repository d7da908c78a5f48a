"""What is written to Graph, as the SDK's models: always fresh ones, holding only what changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.single_value_legacy_extended_property import (
    SingleValueLegacyExtendedProperty,
)
from msgraph.generated.models.subscription import Subscription

from sync.engine.items import EventContent
from sync.outside.graph.translate import MARK_PROPERTY
from sync.outside.graph.zones import written_in
from sync.words import Interval

#: Changes that wake a sync (Graph: changeType).
CHANGE_TYPES = "created,updated,deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """The zones in which the two ends of an event were made, by Graph's names."""

    start: str = "UTC"
    end: str = "UTC"


def zones_of(raw: Mapping[str, Any]) -> Zones:
    """Reads in which zones an event was made; what is no name is UTC (Graph: event)."""
    start, end = (
        zone if isinstance(zone := raw.get(name), str) else "UTC"
        for name in ("originalStartTimeZone", "originalEndTimeZone")
    )
    return Zones(start=start, end=end)


def new_event(
    content: EventContent, interval: Interval, *, mark: str, transaction_id: str
) -> Event:
    """Makes an event without attendees, busy, with the connector's mark (R6.3).

    The transaction id lets Graph drop a repeated POST; it is written in the form of a UUID.
    """
    event = Event(
        subject=content.subject,
        body=_body(content),
        is_all_day=False,
        show_as=FreeBusyStatus.Busy,
        transaction_id=str(UUID(transaction_id)),
        single_value_extended_properties=[
            SingleValueLegacyExtendedProperty(id=MARK_PROPERTY, value=mark)
        ],
    )
    return _timed(event, interval, Zones())


def changed_event(content: EventContent | None, interval: Interval | None, zones: Zones) -> Event:
    """Makes the PATCH of an event: its time, its text, what there is to write and no more (R6.5).

    Args:
        content: The text, if it is to be written.
        interval: The time, if it is to be written; an event with a time is none of the whole day.
        zones: The zones to write the time in.
    """
    event = Event()
    if interval is not None:
        event.is_all_day = False
        _timed(event, interval, zones)
    if content is not None:
        event.subject = content.subject
        event.body = _body(content)
    return event


def new_subscription(
    *, resource: str, url: str, client_state: str, expires_at: datetime
) -> Subscription:
    """Makes a subscription; one address takes both kinds of posts."""
    return Subscription(
        change_type=CHANGE_TYPES,
        resource=resource,
        notification_url=url,
        lifecycle_notification_url=url,
        client_state=client_state,
        expiration_date_time=expires_at,
    )


def _body(content: EventContent) -> ItemBody:
    return ItemBody(content_type=BodyType.Html, content=content.body_html)


def _timed(event: Event, interval: Interval, zones: Zones) -> Event:
    start, start_zone = written_in(interval.start, zones.start)
    end, end_zone = written_in(interval.end, zones.end)
    event.start = DateTimeTimeZone(date_time=start, time_zone=start_zone)
    event.end = DateTimeTimeZone(date_time=end, time_zone=end_zone)
    return event
