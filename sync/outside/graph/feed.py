"""The change feed of a calendar, and the plain view where the feed fails.

The per-calendar feed is in the published description and in wide use, but no page promises it
(graph-docs issue 7632): reading works without it.
"""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.item.calendars.item.calendar_view import (
    calendar_view_request_builder as view_builder,
)
from msgraph.generated.users.item.calendars.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)

from sync.errors import AuthorizationLost, Gone, ResyncRequired, SyncError, Throttled, Unavailable
from sync.outside.graph.errors import is_dead_feed
from sync.outside.graph.paths import PAGE_SIZE, CalendarPaths, reading_headers
from sync.outside.graph.reading import EndlessRound, Fetch, Page, Pages, follow
from sync.outside.graph.transport import Answer
from sync.outside.graph.zones import stamp
from sync.ports import OutlookRound
from sync.words import CalendarId, Interval

_log = logging.getLogger(__name__)


class _Restart(Exception):  # noqa: N818 - it says what to do
    """The feed doesn't accept a token; ``location`` is where Graph says to begin again."""

    def __init__(self, location: str | None) -> None:
        super().__init__()
        self.location = location


class Feed:
    """Reads rounds of one person's calendars.

    Args:
        paths: Builders and proofs of the calendars' paths.
    """

    def __init__(self, paths: CalendarPaths) -> None:
        self._paths = paths
        self._session = paths.session

    async def read_all(
        self, calendar_id: CalendarId, interval: Interval, *, plain: bool = False
    ) -> OutlookRound:
        """Reads the whole span by the feed; where it isn't there or has no end, by the view.

        A round that the service ends with 410 is begun once more, where it says or from scratch;
        ended so again, the view is read too (case 68).

        Args:
            calendar_id: The calendar.
            interval: The span.
            plain: Reads by the view at once.
        """
        if plain:
            return await self._view(calendar_id, interval)
        request = self._first(calendar_id, interval)
        for _ in range(2):
            try:
                answer = await self._session.send(request)
                if answer.status == HTTPStatus.NOT_IMPLEMENTED:
                    break
                return await self._round(calendar_id, answer)
            except EndlessRound:
                break
            except _Restart as restart:
                request = (
                    self._paths.link(restart.location)
                    if restart.location
                    else self._first(calendar_id, interval)
                )
        return await self._view(calendar_id, interval)

    async def read_changes(self, calendar_id: CalendarId, cursor: str) -> OutlookRound:
        """Reads what changed since the cursor, which is Graph's delta link.

        Raises:
            ResyncRequired: Graph doesn't accept it any more, or leads round in circles.
        """
        try:
            answer = await self._session.send(self._paths.link(cursor))
            return await self._round(calendar_id, answer)
        except _Restart as error:
            raise ResyncRequired("the delta link is not accepted any more") from error
        except EndlessRound as error:
            raise ResyncRequired("the change feed has no end") from error

    def _first(self, calendar_id: CalendarId, interval: Interval) -> RequestInformation:
        query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
            start_date_time=stamp(interval.start), end_date_time=stamp(interval.end)
        )
        return self._paths.calendar(calendar_id).calendar_view.delta.to_get_request_information(
            RequestConfiguration(query_parameters=query, headers=reading_headers())
        )

    async def _round(self, calendar_id: CalendarId, answer: Answer) -> OutlookRound:
        first = await self._page(calendar_id, answer)
        pages, cursor = await follow(first, self._fetcher(calendar_id))
        return pages.round(await self._masters(pages), cursor)

    async def _view(self, calendar_id: CalendarId, interval: Interval) -> OutlookRound:
        """Reads the span by the plain view, which tells no removals and gives no cursor."""
        query = (
            view_builder.CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
                start_date_time=stamp(interval.start),
                end_date_time=stamp(interval.end),
                top=PAGE_SIZE,
            )
        )
        request = self._paths.calendar(calendar_id).calendar_view.to_get_request_information(
            RequestConfiguration(query_parameters=query, headers=reading_headers())
        )
        try:
            first = await self._page(calendar_id, await self._session.send(request))
            pages, _ = await follow(first, self._fetcher(calendar_id))
        except EndlessRound as error:
            raise Unavailable("the calendar's view has no end") from error
        except _Restart as error:
            raise Unavailable("the calendar's view answers as a dead feed") from error
        return pages.round(await self._masters(pages), None)

    def _fetcher(self, calendar_id: CalendarId) -> Fetch:
        async def fetch(link: str) -> Page:
            return await self._page(calendar_id, await self._session.send(self._paths.link(link)))

        return fetch

    async def _page(self, calendar_id: CalendarId, answer: Answer) -> Page:
        if answer.is_success:
            return answer.json()
        if is_dead_feed(answer.status, answer.body):
            location = answer.headers.get("Location")
            known = location is not None and location.startswith(self._session.transport.base_url)
            raise _Restart(location if known else None)
        if answer.status == HTTPStatus.NOT_FOUND:
            await self._paths.prove_calendar(calendar_id, answer)
            raise Unavailable("the change feed answers 404 though the calendar is there")
        raise answer.error("read a calendar's view")

    async def _masters(self, pages: Pages) -> dict[str, Mapping[str, Any]]:
        """Asks for the masters that a round left out.

        One that is gone, refused or can't be read stays left out: its occurrences can't be read
        then, and everything else can (R11.8, case 65).

        Raises:
            Throttled: Graph asks for fewer calls.
            AuthorizationLost: The token service refuses for good.
        """
        missing = pages.missing_masters()
        found = await asyncio.gather(
            *(self._master(series) for series in missing), return_exceptions=True
        )
        masters: dict[str, Mapping[str, Any]] = {}
        for series, answer in zip(missing, found, strict=True):
            if not isinstance(answer, BaseException):
                masters[series] = answer
            elif isinstance(answer, Throttled | AuthorizationLost) or not isinstance(
                answer, SyncError
            ):
                raise answer
            elif not isinstance(answer, Gone):
                _log.warning("graph.series_unreadable", extra={"error": type(answer).__name__})
        return masters

    async def _master(self, series: str) -> Mapping[str, Any]:
        request = self._session.client.me.events.by_event_id(series).to_get_request_information(
            RequestConfiguration(headers=reading_headers())
        )
        return await self._session.ask(request, doing="read a series")
