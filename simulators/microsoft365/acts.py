"""What people do in Outlook, as opposed to what programs do through the service.

None of it passes tokens, switches or throttling; all of it lands in the journal and is told to
subscriptions like any other change. Events are named by an id of either kind, calendars by id or
by name.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from simulators.microsoft365.errors import GraphError
from simulators.microsoft365.events import EMPTY, EventHandlers, read_series
from simulators.microsoft365.messages import Preferences
from simulators.microsoft365.model import Calendar, Content, Instance, Role, User
from simulators.microsoft365.reading import read_changes
from simulators.microsoft365.recurrence import instances
from simulators.microsoft365.render import Renderer
from simulators.microsoft365.state import State
from simulators.microsoft365.zones import times_json

HOUR = timedelta(hours=1)
FIRST_READABLE = datetime(1900, 1, 1)  # noqa: DTZ001 - wall clock


class Acts:
    """The acts of people.

    Args:
        state: The mailboxes.
        handlers: Where changes of series are put together.

    Raises:
        KeyError: From every method, no such person, calendar or event.
        GraphError: From every method, a value that Outlook refuses as well.
    """

    def __init__(self, state: State, handlers: EventHandlers) -> None:
        self._state = state
        self._handlers = handlers

    def user(self, address: str) -> User:
        """Find a person by address or id."""
        user = self._state.find_user(address)
        if user is None:
            raise KeyError(address)
        return user

    def calendar(self, address: str, calendar: str | None = None) -> Calendar:
        """Find one of a person's calendars by id or name; None means the default one."""
        user = self.user(address)
        if calendar is None:
            return self._state.default_calendar(user)
        found = self._state.find_calendar(user, calendar)
        if found is not None:
            return found
        for one in self._state.calendars_of(user):
            if one.name == calendar:
                return one
        raise KeyError(calendar)

    def instance(self, item_id: str) -> Instance:
        """Find an event or occurrence by an id of either kind."""
        found = self._state.find_instance(item_id)
        if found is None:
            raise KeyError(item_id)
        return found

    def create(
        self,
        address: str,
        body: dict[str, Any],
        *,
        calendar: str | None = None,
        organizer: dict[str, str] | None = None,
        response: str = "notResponded",
    ) -> str:
        """Make a Meeting, or a series if the body has a recurrence.

        Args:
            address: Whose calendar.
            body: Graph JSON of the event.
            calendar: Which of their calendars.
            organizer: Name and address of somebody else who invited the person.
            response: The person's answer to that invitation.

        Returns:
            The ordinary id.
        """
        content = read_changes(body, EMPTY, any_iana=True)
        if organizer is not None:
            content = replace(content, organizer=dict(organizer), response=response)
        event = self._state.create_event(
            self.calendar(address, calendar),
            content,
            recurrence=read_series(body, content, None),
            transaction_id=body.get("transactionId"),
        )
        return event.rest_id

    def change(self, item_id: str, body: dict[str, Any]) -> str:
        """Change an event, a whole series or one occurrence by Graph JSON; gives its id."""
        instance = self.instance(item_id)
        content = read_changes(body, instance.content, any_iana=True)
        self._handlers.write(instance, content, body)
        return item_id

    def move(self, item_id: str, begin: datetime, end: datetime) -> str:
        """Drag an event or occurrence to another time, given as aware instants."""
        return self.change(item_id, times_json(begin.astimezone(UTC), end.astimezone(UTC), "UTC"))

    def delete(self, item_id: str) -> None:
        """Delete an event, a whole series or one occurrence."""
        self._state.delete(self.instance(item_id))

    def drag_to_calendar(self, item_id: str, calendar: str) -> str:
        """Put an event into another calendar of the same person; gives its new ordinary id."""
        event = self.instance(item_id).event
        owner = self._state.calendars[event.calendar].owner
        self._state.move_event(event, self.calendar(owner, calendar))
        return event.rest_id

    def restore(self, item_id: str) -> str:
        """Undo the deletion of an event or series; gives its new ordinary id."""
        return self._state.restore_event(item_id).rest_id

    def move_mailbox(
        self, address: str, *, drop_property: str | None = None, feed_tells: bool = False
    ) -> None:
        """Move a mailbox to another server; see `State.move_mailbox`."""
        self._state.move_mailbox(
            self.user(address), drop_property=drop_property, feed_tells=feed_tells
        )

    def lag(self, address: str, seconds: float) -> None:
        """Hide each write to a mailbox from all reads for so long; 0 shows what is hidden."""
        self._state.lag.set(self.user(address).user_id, seconds)

    def spoil(self, item_id: str, members: dict[str, Any] | None) -> str:
        """Let answers show these members of an event, right or wrong; None mends it."""
        self._state.make_odd(self.instance(item_id).event, members)
        return item_id

    def serve(self, address: str, raw: dict[str, Any], *, calendar: str | None = None) -> str:
        """Put an event into a calendar that answers show literally as it is given.

        It lies where its start and end put it, or an hour from now for an hour where nobody can
        read them. Gives its id: its own, or a new one for a raw event without.
        """
        now = self._state.clock.now().replace(tzinfo=None)
        content = replace(EMPTY, start=now + HOUR, end=now + 2 * HOUR)
        times: dict[str, Any] = {name: raw[name] for name in ("start", "end") if name in raw}
        with suppress(GraphError, AttributeError):
            content = read_changes(times, EMPTY, any_iana=True)
        if content.start < FIRST_READABLE:
            content = replace(content, start=now + HOUR, end=now + 2 * HOUR)
        event = self._state.create_event(self.calendar(address, calendar), content)
        self._state.make_odd(event, raw, is_literal=True)
        return event.rest_id

    def copy(self, item_id: str, *, calendar: str | None = None) -> str:
        """Copy an event, marks and all, into the same or another calendar; gives the copy's id."""
        event = self.instance(item_id).event
        place = self._state.calendars[event.calendar]
        if calendar is not None:
            place = self.calendar(place.owner, calendar)
        return self._state.copy_event(event, place).rest_id

    def make_private(self, item_id: str) -> str:
        """Set an event's sensitivity to private."""
        return self.change(item_id, {"sensitivity": "private"})

    def make_all_day(self, item_id: str) -> str:
        """Turn an event into one of the whole day on which it starts."""
        content = self.instance(item_id).content
        begin = datetime.combine(content.start.date(), time.min)
        times = times_json(begin, begin + timedelta(days=1), content.start_zone)
        return self.change(item_id, {"isAllDay": True, **times})

    def respond(self, item_id: str, response: str) -> str:
        """Answer an invitation: `accepted`, `tentativelyAccepted` or `declined`."""
        self._rewrite(item_id, response=response)
        return item_id

    def cancel_by_organizer(self, item_id: str) -> str:
        """Let the organiser, somebody else, cancel: the copy stays, marked as cancelled."""
        content = self.instance(item_id).content
        self._rewrite(
            item_id, is_cancelled=True, subject=f"Canceled: {content.subject}", show_as="free"
        )
        return item_id

    def occurrences(self, item_id: str, begin: datetime, end: datetime) -> list[str]:
        """List the ordinary ids of a series' occurrences in a window of aware instants."""
        found = instances(self.instance(item_id).event, begin, end)
        return [self._state.ids_of(instance)[0] for instance in found]

    def add_calendar(self, address: str, name: str, *, read_only: bool = False) -> str:
        """Make a calendar; `read_only` stands for subscribed ones. Gives its id."""
        made = self._state.add_calendar(self.user(address), name, read_only=read_only)
        return made.calendar_id

    def delete_calendar(self, address: str, calendar: str) -> None:
        """Delete a calendar with everything in it."""
        self._state.delete_calendar(self.calendar(address, calendar))

    def share_calendar(self, address: str, calendar: str | None, to: str, role: Role) -> str:
        """Share a calendar with another person; gives the id under which they see it."""
        found, other = self.calendar(address, calendar), self.user(to)
        self._state.share_calendar(found, other, role)
        return found.share_ids[other.user_id]

    def renew_calendar_id(self, address: str, calendar: str | None) -> str:
        """Let a calendar's id change by itself; gives the new one."""
        found = self.calendar(address, calendar)
        self._state.renew_calendar_id(found)
        return found.calendar_id

    def mailbox(self, address: str) -> dict[str, Any]:
        """Give everything in a person's own calendars as Graph JSON, extended properties too."""
        user = self.user(address)
        renderer = Renderer(self._state, Preferences())
        calendars = []
        for calendar in self._state.calendars_of(user):
            shown = renderer.calendar(calendar, user)
            shown["events"] = [
                self._raw(renderer, self._state.whole(event))
                for event in self._state.events_in(calendar)
            ]
            calendars.append(shown)
        return {
            "id": user.user_id,
            "address": user.address,
            "name": user.name,
            "timeZone": user.time_zone,
            "calendars": calendars,
        }

    def _raw(self, renderer: Renderer, instance: Instance) -> dict[str, Any]:
        event = instance.event
        held = instance.content.extended
        return renderer.event(instance) | {
            "immutableId": event.immutable_id,
            "singleValueExtendedProperties": [{"id": k, "value": v} for k, v in held.items()],
            "exceptions": [
                renderer.event(
                    Instance(event=event, kind="exception", content=content, original=original)
                )
                for original, content in event.exceptions.items()
            ],
            "cancelled": sorted(original.isoformat() for original in event.cancelled),
        }

    def _rewrite(self, item_id: str, **changes: Any) -> None:
        instance = self.instance(item_id)
        content: Content = replace(instance.content, **changes)
        self._handlers.write(instance, content, {})
