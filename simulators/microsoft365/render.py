"""State to Graph JSON, as far as the headers of the request shape it."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from simulators.microsoft365.bodies import as_text, preview
from simulators.microsoft365.errors import bad_request
from simulators.microsoft365.messages import Preferences
from simulators.microsoft365.model import Calendar, Content, Instance, Recurrence, User
from simulators.microsoft365.state import State
from simulators.microsoft365.zones import resolve, to_wall

_NEVER = "0001-01-01T00:00:00Z"


def utc(instant: datetime) -> str:
    """Print an aware instant as Graph does: UTC, seven fraction digits, Z."""
    return f"{to_wall(instant, 'UTC').strftime('%Y-%m-%dT%H:%M:%S.%f')}0Z"


def wall(time: datetime) -> str:
    """Print a wall-clock time as Graph does: seven fraction digits, no zone."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S.%f')}0"


def etag(change_key: str) -> str:
    """Give the entity tag of a change key."""
    return f'W/"{change_key}"'


class Renderer:
    """Writes events and calendars for one request.

    Args:
        state: The mailboxes.
        preferences: What the request's Prefer headers ask for.

    Raises:
        GraphError: 400, the preferred time zone is unknown.
    """

    def __init__(self, state: State, preferences: Preferences) -> None:
        if resolve(preferences.time_zone, any_iana=True) is None:
            raise bad_request(
                f"A valid TimeZone value must be specified: {preferences.time_zone}",
                code="TimeZoneNotSupportedException",
            )
        self._state = state
        self._preferences = preferences

    def item_id(self, instance: Instance) -> str:
        """Give the id of the kind that the request asks for."""
        rest_id, immutable_id = self._state.ids_of(instance)
        return immutable_id if self._preferences.immutable_ids else rest_id

    def master_id(self, instance: Instance) -> str:
        """Give the id of the series behind an occurrence."""
        event = instance.event
        return event.immutable_id if self._preferences.immutable_ids else event.rest_id

    def times(self, content: Content) -> dict[str, Any]:
        """Give start and end in the preferred zone; an all-day event keeps its dates."""
        zone = self._preferences.time_zone
        if content.is_all_day:
            start, end = content.start, content.end
        else:
            start, end = to_wall(content.starts_at, zone), to_wall(content.ends_at, zone)
        return {
            "start": {"dateTime": wall(start), "timeZone": zone},
            "end": {"dateTime": wall(end), "timeZone": zone},
        }

    def sparse(self, instance: Instance) -> dict[str, Any]:
        """Give an unchanged occurrence as the change feed does: times and ids only (3.3)."""
        return {
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": etag(instance.event.change_key),
            "id": self.item_id(instance),
            "seriesMasterId": self.master_id(instance),
            "type": instance.kind,
            **self.times(instance.content),
        }

    def event(self, instance: Instance) -> dict[str, Any]:
        """Give all members of an event, an occurrence or a master, as odd as they were made."""
        odd = instance.event.odd
        if odd is None or instance.original is not None:
            return self.true_event(instance)
        return dict(odd) if instance.event.is_literal else self.true_event(instance) | odd

    def true_event(self, instance: Instance) -> dict[str, Any]:
        """Give all members as they should be."""
        event, content = instance.event, instance.content
        owner = self._state.users[self._state.calendars[event.calendar].owner]
        mine = {"name": owner.name, "address": owner.address}
        more = {
            "categories": [],
            "reminderMinutesBeforeStart": 15,
            "isReminderOn": True,
            "hideAttendees": False,
            "allowNewTimeProposals": True,
            "responseRequested": True,
            "isOnlineMeeting": False,
            "onlineMeetingProvider": "unknown",
            "location": {"displayName": "", "locationType": "default"},
            "locations": [],
            **content.more,
        }
        item_id = self.item_id(instance)
        part = instance.kind in ("occurrence", "exception")
        text = self._preferences.body_type == "text"
        shown: dict[str, Any] = {
            "@odata.etag": etag(event.change_key),
            "id": item_id,
            "createdDateTime": utc(event.created),
            "lastModifiedDateTime": utc(event.modified),
            "changeKey": event.change_key,
            "originalStartTimeZone": content.start_zone,
            "originalEndTimeZone": content.end_zone,
            "iCalUId": event.ical_uid,
            "hasAttachments": False,
            "subject": content.subject,
            "bodyPreview": preview(content.body),
            "importance": content.importance,
            "sensitivity": content.sensitivity,
            "isAllDay": content.is_all_day,
            "isCancelled": content.is_cancelled,
            "isDraft": False,
            "isOrganizer": content.organizer is None,
            "seriesMasterId": self.master_id(instance) if part else None,
            "showAs": content.show_as,
            "type": instance.kind,
            "webLink": f"https://outlook.office365.com/owa/?itemid={quote(item_id, safe='')}"
            "&exvsurl=1&path=/calendar/item",
            "onlineMeetingUrl": None,
            "onlineMeeting": {"joinUrl": f"https://teams.microsoft.com/l/meetup-join/{event.key}"}
            if more["isOnlineMeeting"]
            else None,
            "recurrence": _recurrence(event.recurrence)
            if event.recurrence is not None and not part
            else None,
            "responseStatus": {"response": content.response, "time": _NEVER},
            "body": {
                "contentType": "text" if text else "html",
                "content": as_text(content.body) if text else content.body,
            },
            "attendees": list(content.attendees),
            "organizer": {"emailAddress": content.organizer or mine},
            **self.times(content),
            **more,
        }
        if event.transaction_id is not None:
            shown["transactionId"] = event.transaction_id
        if instance.original is not None:
            shown["originalStart"] = utc(instance.original).replace(".0000000Z", "Z")
        return shown

    def calendar(self, calendar: Calendar, viewer: User) -> dict[str, Any]:
        """Give a calendar as one person sees it: their own, or shared with them (section 4)."""
        owner = self._state.users[calendar.owner]
        own = calendar.owner == viewer.user_id
        if own:
            wanted = self._preferences.immutable_ids
            calendar_id = calendar.immutable_id if wanted else calendar.calendar_id
        else:
            calendar_id = calendar.share_ids[viewer.user_id]
        default = own and calendar.is_default
        return {
            "@odata.etag": etag(calendar.change_key),
            "id": calendar_id,
            "name": calendar.name if own or not calendar.is_default else owner.name,
            "color": calendar.color,
            "hexColor": "",
            "isDefaultCalendar": default,
            "changeKey": calendar.change_key,
            "canShare": own and not calendar.read_only,
            "canViewPrivateItems": own,
            "canEdit": self._state.can_edit(viewer, calendar),
            "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness",
            "isTallyingResponses": default,
            "isRemovable": not default,
            "owner": {"name": owner.name, "address": owner.address},
        }


def _recurrence(recurrence: Recurrence) -> dict[str, Any]:
    return {
        "pattern": {
            "type": recurrence.type,
            "interval": recurrence.interval,
            "month": recurrence.month,
            "dayOfMonth": recurrence.day_of_month,
            "daysOfWeek": list(recurrence.days_of_week),
            "firstDayOfWeek": recurrence.first_day_of_week,
            "index": recurrence.index,
        },
        "range": {
            "type": recurrence.range_type,
            "startDate": recurrence.start_date,
            "endDate": recurrence.end_date,
            "recurrenceTimeZone": recurrence.recurrence_time_zone,
            "numberOfOccurrences": recurrence.number_of_occurrences,
        },
    }
