"""Outlook calendars of many people through Microsoft Graph (the port ``CalendarGateways``)."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.users.item.calendars.calendars_request_builder import (
    CalendarsRequestBuilder,
)
from msgraph.generated.users.item.calendars.item.events.events_request_builder import (
    EventsRequestBuilder,
)
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder

from sync.adapters.graph import errors, translate, writing
from sync.adapters.graph.feed import Feed
from sync.adapters.graph.paths import CalendarPaths, reading_headers
from sync.adapters.graph.subscribing import Subscribing
from sync.adapters.graph.transport import Answer, GraphTransport, PersonTokens, Session
from sync.domain.model import (
    Calendar,
    CalendarId,
    Elsewhere,
    EventContent,
    Interval,
    OutlookItem,
    OutlookItemId,
    PersonKey,
    Refusal,
)
from sync.domain.people import Subscription
from sync.errors import CalendarLost, Changed, Gone, MailboxLost, Unavailable
from sync.ports import CalendarGateway, CalendarGateways, Clock, OutlookRound

#: Graph bears four parallel requests for a mailbox; one is left to the person's other apps.
PARALLEL_REQUESTS = 3
_SEARCH_PAGE = 50


class TokenSource(Protocol):
    """Gives each person's access tokens."""

    def open(self, person: PersonKey) -> PersonTokens:
        """Gives the person's tokens for one run; nothing is asked yet."""
        ...


class GraphCalendars(CalendarGateways):
    """Opens people's calendars; they share one HTTP client for each event loop.

    Args:
        base_url: Graph's address with its version (setting ``GRAPH_BASE_URL``).
        public_base_url: Where Graph reaches the connector's webhook (``PUBLIC_BASE_URL``).
        tokens: Where access tokens come from.
        clock: For the expiry of subscriptions.
    """

    def __init__(
        self, *, base_url: str, public_base_url: str, tokens: TokenSource, clock: Clock
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._webhook = f"{public_base_url.rstrip('/')}/api/webhooks/graph"
        self._tokens = tokens
        self._clock = clock
        self._transports: WeakKeyDictionary[asyncio.AbstractEventLoop, GraphTransport] = (
            WeakKeyDictionary()
        )
        self._limits: WeakValueDictionary[PersonKey, asyncio.Semaphore] = WeakValueDictionary()

    def open(self, person: PersonKey) -> CalendarGateway:
        """Gives the person's gateway for one run; to be called inside the event loop."""
        loop = asyncio.get_running_loop()
        transport = self._transports.get(loop)
        if transport is None:
            transport = self._transports[loop] = GraphTransport(self._base_url)
        limit = self._limits.get(person)
        if limit is None:
            limit = self._limits[person] = asyncio.Semaphore(PARALLEL_REQUESTS)
        session = Session(transport=transport, tokens=self._tokens.open(person), limit=limit)
        return GraphGateway(session, Subscribing(session, self._webhook, self._clock))

    async def close(self) -> None:
        """Closes the running loop's connections."""
        transport = self._transports.pop(asyncio.get_running_loop(), None)
        if transport is not None:
            await transport.close()


class GraphGateway(CalendarGateway):
    """One person's Outlook.

    Args:
        session: How requests go out.
        subscribing: The subscription side of the port.
    """

    def __init__(self, session: Session, subscribing: Subscribing) -> None:
        self._session = session
        self._paths = CalendarPaths(session)
        self._feed = Feed(self._paths)
        self._subscribing = subscribing

    async def calendars(self) -> tuple[Calendar, ...]:
        """Lists all calendars, also shared and read-only ones."""
        listing = self._session.client.me.calendars.to_get_request_information(
            RequestConfiguration(
                query_parameters=CalendarsRequestBuilder.CalendarsRequestBuilderGetQueryParameters(
                    top=_SEARCH_PAGE
                )
            )
        )
        try:
            raws = await self._paths.list_all(listing, doing="list the calendars")
        except Gone as error:
            raise MailboxLost("the list of calendars answers 404") from error
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(
            select=["mail", "userPrincipalName"]
        )
        request = self._session.client.me.to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )
        me = (await self._session.demand(request, doing="read the profile")).json()
        own = translate.own_addresses(me, raws)
        return tuple(translate.calendar(raw, own) for raw in raws)

    async def read_all(self, calendar_id: CalendarId, interval: Interval) -> OutlookRound:
        """Reads everything that overlaps ``interval``; see ``Feed.read_all``."""
        return await self._feed.read_all(calendar_id, interval)

    async def read_changes(self, calendar_id: CalendarId, cursor: str) -> OutlookRound:
        """Reads what changed since the cursor; see ``Feed.read_changes``."""
        return await self._feed.read_changes(calendar_id, cursor)

    async def get_event(
        self, calendar_id: CalendarId, item_id: OutlookItemId
    ) -> OutlookItem | None:
        """Asks for one item by the calendar's own path.

        A 404 is only believed of the item after the calendar was found where it was (R8.10).
        """
        event = self._paths.calendar(calendar_id).events.by_event_id(item_id)
        request = event.to_get_request_information(RequestConfiguration(headers=reading_headers()))
        answer = await self._session.send(request)
        if answer.status == HTTPStatus.NOT_FOUND:
            await self._paths.prove_calendar(calendar_id, answer)
            return None
        if not answer.is_success:
            raise answer.error("read an event")
        return translate.outlook_item(answer.json())

    async def find_by_mark(self, calendar_id: CalendarId, mark: str) -> OutlookItem | None:
        """Searches the calendar for the oldest event that bears exactly this mark (R11.5)."""
        found = translate.oldest_with_mark(await self._marked(calendar_id, mark), mark)
        return None if found is None else translate.outlook_item(found)

    async def find_elsewhere(self, calendar_id: CalendarId, mark: str) -> Elsewhere | None:
        """Searches the person's other own calendars for an event with this mark (R8.12)."""
        others = [
            calendar.id
            for calendar in await self.calendars()
            if calendar.is_own and calendar.can_edit and calendar.id != calendar_id
        ]
        for other in others:
            try:
                marked = await self._marked(other, mark)
            except CalendarLost:
                # Another calendar of theirs that was deleted a moment ago holds nothing of ours.
                continue
            found = translate.oldest_with_mark(marked, mark)
            if found is not None:
                return Elsewhere(calendar_id=other, outlook_id=translate.outlook_item(found).id)
        return None

    async def create_event(
        self,
        calendar_id: CalendarId,
        *,
        content: EventContent,
        interval: Interval,
        mark: str,
        transaction_id: str,
    ) -> OutlookItem | Refusal:
        """Makes an event; a repeat with the same ``transaction_id`` answers with the first one."""
        event = writing.new_event(content, interval, mark=mark, transaction_id=transaction_id)
        request = self._paths.calendar(calendar_id).events.to_post_request_information(
            event, RequestConfiguration(headers=reading_headers())
        )
        answer = await self._session.send(request)
        if answer.status == HTTPStatus.CONFLICT:
            # ConcurrentItemSave; the transaction id makes the repeat harmless.
            answer = await self._session.send(request)
        if answer.status == HTTPStatus.NOT_FOUND:
            await self._paths.prove_calendar(calendar_id, answer)
        if answer.status in {404, 409, 412}:
            raise Unavailable("Graph could not make an event just now")
        return self._written(answer, "make an event")

    async def update_event(
        self,
        calendar_id: CalendarId,
        item_id: OutlookItemId,
        *,
        interval: Interval,
        content: EventContent | None = None,
        etag: str | None = None,
    ) -> OutlookItem | Refusal:
        """Writes time (and text) of an event, never as all-day.

        Raises:
            Gone: It is not there.
            Changed: Its etag is not ``etag`` any more.
        """
        headers = reading_headers()
        if etag is not None:
            headers.add("If-Match", etag)
        request = (
            self._paths.calendar(calendar_id)
            .events.by_event_id(item_id)
            .to_patch_request_information(
                writing.changed_event(content, interval), RequestConfiguration(headers=headers)
            )
        )
        answer = await self._session.send(request)
        if answer.status == HTTPStatus.NOT_FOUND:
            await self._paths.prove_calendar(calendar_id, answer)
            raise Gone("the event is not in the calendar")
        if answer.status in {409, 412}:
            raise Changed("the event is not as it was read")
        return self._written(answer, "change an event")

    async def delete_event(self, item_id: OutlookItemId) -> Refusal | None:
        """Deletes an event wherever it is; one that is gone already is fine."""
        request = self._session.client.me.events.by_event_id(
            item_id
        ).to_delete_request_information()
        answer = await self._session.send(request)
        if answer.is_success or errors.is_already_deleted(answer.status, answer.body):
            return None
        if answer.status in errors.REFUSING_STATUSES:
            return errors.refusal_for(answer.status, answer.body)
        error = answer.error("delete an event")
        if isinstance(error, Gone):
            return None
        raise error

    async def subscribe(
        self, calendar_id: CalendarId, *, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Makes the one subscription for this calendar; see ``Subscribing.subscribe``."""
        try:
            return await self._subscribing.subscribe(
                calendar_id, client_state=client_state, expires_at=expires_at
            )
        except Gone as error:
            await self._paths.prove_calendar(calendar_id, None)
            raise Unavailable("Graph finds no calendar to watch just now") from error

    async def renew(self, subscription: Subscription, expires_at: datetime) -> Subscription:
        """Prolongs and reauthorizes a subscription.

        Raises:
            Gone: It has ended; a new one has to be made.
        """
        return await self._subscribing.renew(subscription, expires_at)

    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription; one that is gone already is fine."""
        await self._subscribing.unsubscribe(subscription_id)

    async def _marked(self, calendar_id: CalendarId, mark: str) -> list[dict[str, Any]]:
        """Lists the events of a calendar with a mark, the mark itself expanded.

        Raises:
            CalendarLost: The calendar answers 404.
        """
        prop, value = _quoted(translate.MARK_PROPERTY), _quoted(mark)
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=(
                f"singleValueExtendedProperties/Any(ep: ep/id eq {prop} and ep/value eq {value})"
            ),
            expand=[f"singleValueExtendedProperties($filter=id eq {prop})"],
            top=_SEARCH_PAGE,
        )
        request = self._paths.calendar(calendar_id).events.to_get_request_information(
            RequestConfiguration(query_parameters=query, headers=reading_headers())
        )
        try:
            return await self._paths.list_all(request, doing="search for a mark")
        except Gone as error:
            await self._paths.prove_calendar(calendar_id, None)
            raise Unavailable("a calendar's events answer 404 though it is there") from error

    def _written(self, answer: Answer, doing: str) -> OutlookItem | Refusal:
        if answer.is_success:
            return translate.outlook_item(answer.json())
        if answer.status in errors.REFUSING_STATUSES:
            return errors.refusal_for(answer.status, answer.body)
        raise answer.error(doing)


def _quoted(text: str) -> str:
    """Writes an OData string literal."""
    return "'" + text.replace("'", "''") + "'"
