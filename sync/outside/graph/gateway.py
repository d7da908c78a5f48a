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
from msgraph.generated.users.item.calendars.item.events.item.event_item_request_builder import (
    EventItemRequestBuilder,
)
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder

from sync.engine.items import EventContent, Found, OutlookItem, Refusal
from sync.errors import (
    Changed,
    ContractBroken,
    Gone,
    MailboxLost,
    Unavailable,
    Unreadable,
)
from sync.outside.graph import calendars, errors, translate, writing
from sync.outside.graph.feed import Feed
from sync.outside.graph.paths import CalendarPaths, reading_headers
from sync.outside.graph.subscribing import Subscribing
from sync.outside.graph.transport import Answer, GraphTransport, PersonTokens, Session
from sync.people.people import Subscription
from sync.ports import CalendarGateway, CalendarGateways, Clock, OutlookRound
from sync.words import Calendar, CalendarId, Interval, OutlookItemId, PersonKey

#: As many as Graph bears for a mailbox and app (Graph: throttling-limits).
PARALLEL_REQUESTS = 4
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
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(
            select=["mail", "userPrincipalName"]
        )
        profile = self._session.client.me.to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )
        try:
            raws = await self._paths.list_all(listing, doing="list the calendars")
            me = await self._session.ask(profile, doing="read the profile")
        except Gone as error:
            raise MailboxLost("the list of calendars or the profile answers 404") from error
        own = calendars.own_addresses(me, raws)
        try:
            return tuple(calendars.calendar(raw, own) for raw in raws)
        except ContractBroken as error:
            raise Unreadable(str(error), code=errors.UNREADABLE_ANSWER) from error

    async def read_all(
        self, calendar_id: CalendarId, interval: Interval, *, plain: bool = False
    ) -> OutlookRound:
        """Reads everything that overlaps ``interval``; see ``Feed.read_all``."""
        return await self._feed.read_all(calendar_id, interval, plain=plain)

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
        try:
            return translate.outlook_item(await self._session.ask(request, doing="read an event"))
        except Gone:
            await self._paths.prove_calendar(calendar_id, None)
            return None
        except ContractBroken as error:
            raise Unreadable(str(error), code=errors.UNREADABLE_ANSWER) from error

    async def find(
        self, calendar_id: CalendarId, *, mark: str, uid: str | None
    ) -> tuple[Found, ...]:
        """Lists a calendar's events that bear exactly this mark or this ``iCalUId`` (R8.10).

        Two searches side by side: Graph does not promise to join them by ``or``.
        """
        prop, value = _quoted(translate.MARK_PROPERTY), _quoted(mark)
        by_mark = f"singleValueExtendedProperties/Any(ep: ep/id eq {prop} and ep/value eq {value})"
        searches = [self._searched(calendar_id, by_mark)]
        if uid is not None:
            searches.append(self._searched(calendar_id, f"iCalUId eq {_quoted(uid)}"))
        marked, *named = await asyncio.gather(*searches)
        try:
            return translate.found_events(marked, named[0] if named else (), mark=mark, uid=uid)
        except ContractBroken as error:
            raise Unreadable(str(error), code=errors.UNREADABLE_ANSWER) from error

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
        if answer.status in errors.GONE_STATUSES:
            await self._paths.prove_calendar(calendar_id, answer)
        if answer.status in errors.GONE_STATUSES | errors.CHANGED_STATUSES:
            raise Unavailable("Graph could not make an event just now")
        return self._written(answer, "make an event")

    async def update_event(
        self,
        calendar_id: CalendarId,
        item_id: OutlookItemId,
        *,
        interval: Interval | None = None,
        content: EventContent | None = None,
        etag: str | None = None,
        keeps_zone: bool = False,
    ) -> OutlookItem | Refusal:
        """Writes the time of an event (never as all-day), its text, or both: no more (R6.5).

        Raises:
            Gone: It is not there.
            Changed: Its etag is not ``etag`` any more.
        """
        zones = writing.Zones()
        if interval is not None and keeps_zone:
            zones = await self._zones(calendar_id, item_id)
        headers = reading_headers()
        if etag:
            headers.add("If-Match", etag)
        request = (
            self._paths.calendar(calendar_id)
            .events.by_event_id(item_id)
            .to_patch_request_information(
                writing.changed_event(content, interval, zones),
                RequestConfiguration(headers=headers),
            )
        )
        answer = await self._session.send(request)
        if answer.status in errors.GONE_STATUSES:
            await self._paths.prove_calendar(calendar_id, answer)
            raise Gone("the event is not in the calendar")
        if answer.status in errors.CHANGED_STATUSES:
            raise Changed("the event is not as it was read")
        return self._written(answer, "change an event")

    async def delete_event(self, item_id: OutlookItemId) -> Refusal | None:
        """Deletes an event wherever it is.

        Raises:
            Gone: It is not there under this id.
            Changed: Graph met a parallel write, for which it needs no If-Match.
        """
        request = self._session.client.me.events.by_event_id(
            item_id
        ).to_delete_request_information()
        answer = await self._session.send(request)
        if answer.is_success:
            return None
        if errors.is_already_deleted(answer.status, answer.body):
            raise Gone("the event is not there")
        if answer.status in errors.CHANGED_STATUSES:
            raise Changed("somebody else is changing the event")
        if answer.status in errors.REFUSING_STATUSES:
            return errors.refusal_for(answer.status, answer.body)
        raise answer.error("delete an event")

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

    async def _zones(self, calendar_id: CalendarId, item_id: OutlookItemId) -> writing.Zones:
        """Asks in which zones an event was made.

        Raises:
            Gone: It is not there.
        """
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
            select=["originalStartTimeZone", "originalEndTimeZone"]
        )
        event = self._paths.calendar(calendar_id).events.by_event_id(item_id)
        request = event.to_get_request_information(
            RequestConfiguration(query_parameters=query, headers=reading_headers())
        )
        try:
            return writing.zones_of(await self._session.ask(request, doing="read a zone"))
        except Gone:
            await self._paths.prove_calendar(calendar_id, None)
            raise

    async def _searched(self, calendar_id: CalendarId, condition: str) -> list[dict[str, Any]]:
        """Lists the events of a calendar that meet a condition, their marks expanded.

        Raises:
            CalendarLost: The calendar answers 404.
        """
        prop = _quoted(translate.MARK_PROPERTY)
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=condition,
            expand=[f"singleValueExtendedProperties($filter=id eq {prop})"],
            top=_SEARCH_PAGE,
        )
        request = self._paths.calendar(calendar_id).events.to_get_request_information(
            RequestConfiguration(query_parameters=query, headers=reading_headers())
        )
        try:
            return await self._paths.list_all(request, doing="search for events")
        except Gone as error:
            await self._paths.prove_calendar(calendar_id, None)
            raise Unavailable("a calendar's events answer 404 though it is there") from error

    def _written(self, answer: Answer, doing: str) -> OutlookItem | Refusal:
        """Reads the answer to a write.

        Raises:
            Unavailable: It was fulfilled, and nobody can read what became of it.
        """
        if answer.is_success:
            try:
                return translate.outlook_item(answer.json())
            except ContractBroken as error:
                raise Unavailable(f"Graph's answer can't be read: {doing}") from error
        if answer.status in errors.REFUSING_STATUSES:
            return errors.refusal_for(answer.status, answer.body)
        raise answer.error(doing)


def _quoted(text: str) -> str:
    """Writes an OData string literal."""
    return "'" + text.replace("'", "''") + "'"
