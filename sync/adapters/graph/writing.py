"""What is written to Graph, as the SDK's models: always fresh ones, holding only what changes."""

from datetime import datetime
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

from sync.adapters.graph.translate import MARK_PROPERTY
from sync.adapters.graph.zones import written
from sync.domain.model import EventContent, Interval

#: Changes that wake a sync (Graph: changeType).
CHANGE_TYPES = "created,updated,deleted"


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
    return _timed(event, interval)


def changed_event(content: EventContent | None, interval: Interval) -> Event:
    """Makes the PATCH of an event: its time, and its text where there is one to write."""
    event = _timed(Event(is_all_day=False), interval)
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


def _timed(event: Event, interval: Interval) -> Event:
    event.start = DateTimeTimeZone(date_time=written(interval.start), time_zone="UTC")
    event.end = DateTimeTimeZone(date_time=written(interval.end), time_zone="UTC")
    return event
