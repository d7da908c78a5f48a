"""Handlers of events: list, read, create, change, delete, cancel.

Source: Graph, event-get, user-post-events, event-update, event-delete, event-cancel.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from simulators.microsoft365.errors import GraphError, access_denied, bad_request, item_not_found
from simulators.microsoft365.faults import Faults
from simulators.microsoft365.messages import Request, Response
from simulators.microsoft365.model import Calendar, Content, Event, Instance, Recurrence
from simulators.microsoft365.reading import invalid, read_changes, read_recurrence
from simulators.microsoft365.recurrence import first_start, instances, neighbours
from simulators.microsoft365.render import Renderer, etag
from simulators.microsoft365.state import State
from simulators.microsoft365.views import list_page, read_view, with_properties
from simulators.microsoft365.zones import to_wall

EMPTY = Content(start=datetime(2000, 1, 1), end=datetime(2000, 1, 1))  # noqa: DTZ001 - wall clock


class EventHandlers:
    """The event paths of one simulated service.

    Args:
        state: The mailboxes.
        faults: The switches.
    """

    def __init__(self, state: State, faults: Faults) -> None:
        self._state = state
        self._faults = faults

    def list_events(self, request: Request, calendar: Calendar) -> Response:
        """GET …/events: singles and masters of one calendar, newest first."""
        whole = [self._state.whole(event) for event in self._state.shown_in(calendar)]
        renderer = Renderer(self._state, request.preferences)
        return Response(payload=list_page(request, renderer, whole[::-1]))

    def list_view(self, request: Request, calendar: Calendar) -> Response:
        """GET …/calendarView: singles, occurrences and exceptions of a window, by start.

        Raises:
            GraphError: 400, a bad window or a member that can't be selected here.
        """
        selected = request.query.get("$select", "").lower()
        if "createddatetime" in selected or "lastmodifieddatetime" in selected:
            raise bad_request("createdDateTime and lastModifiedDateTime can't be selected here.")
        view = read_view(request)
        found = [
            instance
            for event in self._state.shown_in(calendar)
            for instance in instances(event, view.begin, view.end)
        ]
        found.sort(key=lambda instance: instance.content.starts_at)
        renderer = Renderer(self._state, request.preferences)
        return Response(payload=list_page(request, renderer, found))

    def list_instances(self, request: Request, instance: Instance) -> Response:
        """GET …/events/{id}/instances: occurrences and exceptions of one series."""
        view = read_view(request)
        if instance.event.recurrence is None:
            raise bad_request("The event is no series.", code="ErrorInvalidRequest")
        found = instances(instance.event, view.begin, view.end)
        renderer = Renderer(self._state, request.preferences)
        return Response(payload=list_page(request, renderer, found))

    def find(self, request: Request, item_id: str, calendar: Calendar | None) -> Instance:
        """Find the event of a path, in a given calendar or in any own one.

        A read may find what was there before the newest writes.

        Raises:
            GraphError: 404; gone, moved elsewhere, or somebody else's.
        """
        is_read = request.method == "GET"
        find = self._state.shown_instance if is_read else self._state.find_instance
        instance = find(item_id)
        if instance is None:
            instance = self._in_deleted_items(request, item_id, calendar)
        if instance is None:
            raise item_not_found()
        place = self._state.calendars[instance.event.calendar]
        if calendar is not None and place.key != calendar.key:
            raise item_not_found()
        if calendar is None and place.owner != request.person.user_id:
            raise item_not_found()
        return instance

    def _in_deleted_items(
        self, request: Request, item_id: str, calendar: Calendar | None
    ) -> Instance | None:
        """Find a deleted event by its immutable id, where the switch says that it still can be."""
        event = self._state.deleted.get(item_id)
        if event is None or calendar is not None or event.calendar not in self._state.calendars:
            return None
        struck = self._faults.strike_on(request, "deleted_readable_by_immutable_id")
        return None if struck is None or request.method != "GET" else self._state.whole(event)

    def show(self, request: Request, instance: Instance) -> Response:
        """GET …/events/{id}.

        Raises:
            GraphError: 404, made a moment ago and not there to read yet (a switch).
        """
        if instance.event.hidden_reads > 0:
            instance.event.hidden_reads -= 1
            raise item_not_found()
        return self._shown(request, instance)

    def _shown(self, request: Request, instance: Instance) -> Response:
        renderer = Renderer(self._state, request.preferences)
        shown = with_properties(request, renderer, instance)
        context = {"@odata.context": f"{request.base_url}/$metadata#events/$entity"}
        return Response(payload=context | shown)

    def create(self, request: Request, calendar: Calendar) -> Response:
        """POST …/events; a repeated transactionId answers 201 with the first event.

        Raises:
            GraphError: 400 for a value that the service refuses, 403 for a read-only calendar,
                409 ConcurrentItemSave (a switch).
        """
        body = request.json()
        self._must_edit(request, calendar)
        transaction_id = body.get("transactionId")
        first = self._first_of(request, calendar, transaction_id)
        if first is not None:
            return self._created(request, first)
        if self._faults.hits(request, "concurrent_save"):
            raise GraphError(409, "ConcurrentItemSave", "The item was saved concurrently.")
        for member in ("start", "end"):
            if body.get(member) is None:
                raise bad_request(
                    f"The property '{member}' is required when creating the entity.",
                    code="ErrorPropertyValidationFailure",
                )
        content = self.read(request, body, EMPTY)
        recurrence = read_series(body, content, None)
        event = self._state.create_event(
            calendar, content, recurrence=recurrence, transaction_id=transaction_id
        )
        hidden = self._faults.strike_on(request, "get_404_after_create")
        if hidden is not None:
            event.hidden_reads = int(hidden.get("reads", 1))
        answer = self._created(request, event)
        if self._faults.hits(request, "etag_touch"):
            self._state.touch(event)
        return answer

    def change(self, request: Request, instance: Instance) -> Response:
        """PATCH …/events/{id} of a single event, a series or one occurrence.

        Raises:
            GraphError: 400 for a refused value or ErrorOccurrenceCrossingBoundary, 403 without
                the right to write, 412 for an outdated If-Match.
        """
        body = request.json()
        event = instance.event
        self._must_edit(request, self._state.calendars[event.calendar])
        self._check_version(request, event)
        times = {"start", "end", "isAllDay", "recurrence"}
        moves_foreign = instance.content.organizer is not None and bool(times & body.keys())
        if moves_foreign and self._faults.hits(request, "refuse_attendee_move"):
            raise access_denied()
        content = self.read(request, body, instance.content)
        self.write(instance, content, body)
        return self._shown(request, self._again(instance))

    def write(self, instance: Instance, content: Content, body: dict[str, Any]) -> None:
        """Put changed content where it belongs: on the event, its series, or one occurrence."""
        event = instance.event
        if instance.original is None:
            self._state.change_event(event, content, recurrence=read_series(body, content, event))
            return
        if body.get("recurrence") is not None:
            raise invalid("An occurrence can't have a recurrence of its own.")
        self._check_boundary(instance, instance.original, content)
        self._state.change_occurrence(event, instance.original, content)

    def delete(self, request: Request, instance: Instance) -> Response:
        """DELETE …/events/{id}.

        Raises:
            GraphError: 403 without the right to write, 412 for an outdated If-Match.
        """
        event = instance.event
        self._must_edit(request, self._state.calendars[event.calendar])
        self._check_version(request, event)
        self._state.delete(instance)
        return Response(status=204)

    def refuse_second_delete(self, item_id: str) -> None:
        """Answer a DELETE of what is in Deleted Items under its immutable id (NET#3047).

        Raises:
            GraphError: 403 ErrorCannotDeleteObject for such an id; otherwise it returns.
        """
        if item_id in self._state.deleted:
            raise GraphError(403, "ErrorCannotDeleteObject", "Object cannot be deleted.")

    def cancel(self, _: Request, instance: Instance) -> Response:
        """POST …/events/{id}/cancel, for the organiser only.

        Raises:
            GraphError: 400, somebody else organises it.
        """
        if instance.content.organizer is not None:
            raise bad_request(
                "You need to be an organizer to cancel a meeting.", code="ErrorInvalidRequest"
            )
        self._state.delete(instance)
        return Response(status=202)

    def read(self, request: Request, body: dict[str, Any], before: Content) -> Content:
        """Read a write's JSON over what was there, with the switches that concern it."""
        any_iana = self._faults.hits(request, "accept_all_iana")
        content = read_changes(body, before, any_iana=any_iana)
        refused = self._faults.strike_on(
            request,
            "always_400",
            lambda values: str(values.get("subject", "")).lower() in content.subject.lower(),
        )
        if refused is not None:
            raise bad_request("The item can't be saved.", code="ErrorPropertyValidationFailure")
        return content

    def _first_of(
        self, request: Request, calendar: Calendar, transaction_id: str | None
    ) -> Event | None:
        if transaction_id is None or self._faults.hits(request, "forget_transaction_id"):
            return None
        first = self._state.repeated(calendar.owner, transaction_id)
        if first is not None:
            return first
        dead = self._state.repeated_and_deleted(calendar.owner, transaction_id)
        if dead is None or not self._faults.hits(request, "transaction_id_survives_delete"):
            return None
        return dead

    def _created(self, request: Request, event: Event) -> Response:
        shown = Renderer(self._state, request.preferences).event(self._state.whole(event))
        context = {"@odata.context": f"{request.base_url}/$metadata#events/$entity"}
        return Response(status=201, payload=context | shown)

    def _again(self, instance: Instance) -> Instance:
        if instance.original is None:
            return self._state.whole(instance.event)
        content = instance.event.exceptions[instance.original]
        return replace(instance, kind="exception", content=content)

    def _check_boundary(self, instance: Instance, original: datetime, content: Content) -> None:
        """Keep an occurrence between its neighbours' days (event-update)."""
        zone = instance.event.content.start_zone
        day = to_wall(content.starts_at, zone).date()
        before, after = neighbours(instance.event, original)
        crosses = (before is not None and day <= to_wall(before.starts_at, zone).date()) or (
            after is not None and day >= to_wall(after.starts_at, zone).date()
        )
        if crosses and content.starts_at != instance.content.starts_at:
            raise GraphError(
                400,
                "ErrorOccurrenceCrossingBoundary",
                "Modified occurrence is crossing or overlapping adjacent occurrence.",
            )

    def _must_edit(self, request: Request, calendar: Calendar) -> None:
        if not self._state.can_edit(request.person, calendar):
            raise access_denied()

    def _check_version(self, request: Request, event: Event) -> None:
        given = request.headers.get("if-match")
        if given is None or given.strip() == "*":
            return
        current = etag(event.change_key).removeprefix("W/")
        if given.strip().removeprefix("W/") == current:
            return
        if self._faults.hits(request, "ignore_if_match"):
            return
        status = 409 if self._faults.hits(request, "if_match_409") else 412
        raise GraphError(
            status,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key "
            "passed in the request does not match the current change key for the item.",
        )


def read_series(body: dict[str, Any], content: Content, event: Event | None) -> Recurrence | None:
    """Give the recurrence that an event has after a write.

    Args:
        body: The JSON of the write.
        content: The content after the write.
        event: The event before it, None for a new one.

    Raises:
        GraphError: 400, a bad pattern or range, or one without any occurrence.
    """
    before = event.recurrence if event is not None else None
    value = body.get("recurrence")
    if "recurrence" not in body or (value is None and before is None):
        if before is None or event is None or content.start.date() == event.content.start.date():
            return before
        return replace(before, start_date=content.start.date().isoformat())
    if value is None:
        return None
    recurrence = read_recurrence(value, start=content.start, zone=content.start_zone)
    if first_start(recurrence, content.start) is None:
        raise invalid("The recurrence has no occurrence.")
    return recurrence
