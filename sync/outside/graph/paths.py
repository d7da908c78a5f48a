"""The calendar's own paths, and proof that a 404 on one of them is not the calendar's."""

from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.item.calendars.item.calendar_item_request_builder import (
    CalendarItemRequestBuilder,
)
from msgraph.generated.users.item.calendars.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)

from sync.errors import CalendarLost, Gone, Unreadable
from sync.outside.graph.errors import UNREADABLE_ANSWER
from sync.outside.graph.transport import Answer, Session
from sync.ports import limits
from sync.words import CalendarId

#: A hint only: a series is not cut between pages (Graph: event delta).
PAGE_SIZE = 200


def reading_headers() -> HeadersCollection:
    """Gives the headers that every reading request and every followed link needs.

    UTC times, bodies as text, ordinary ids: immutable ones lose items that are dragged away and
    back (microsoft-graph-docs-contrib issue 72).
    """
    headers = HeadersCollection()
    headers.add("Prefer", 'outlook.timezone="UTC"')
    headers.add("Prefer", 'outlook.body-content-type="text"')
    headers.add("Prefer", f"odata.maxpagesize={PAGE_SIZE}")
    return headers


class CalendarPaths:
    """Builds requests on one person's calendars and reads plain lists.

    Args:
        session: How requests go out.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def calendar(self, calendar_id: CalendarId) -> CalendarItemRequestBuilder:
        """Gives the builders under one calendar."""
        return self.session.client.me.calendars.by_calendar_id(calendar_id)

    def link(self, address: str) -> RequestInformation:
        """Makes the request behind a link, with the headers that every page needs again."""
        builder = DeltaRequestBuilder(self.session.client.request_adapter, address)
        return builder.to_get_request_information(RequestConfiguration(headers=reading_headers()))

    async def prove_calendar(self, calendar_id: CalendarId, missing: Answer | None) -> None:
        """Returns if the calendar is where it was, so that a 404 was about something in it.

        Args:
            calendar_id: The calendar.
            missing: The answer 404 in doubt, if there is one.

        Raises:
            CalendarLost: The calendar itself answers 404.
            MailboxLost: The mailbox is gone.
        """
        if missing is not None and not isinstance(
            error := missing.error("a calendar's path"), Gone
        ):
            raise error
        query = CalendarItemRequestBuilder.CalendarItemRequestBuilderGetQueryParameters(
            select=["id"]
        )
        request = self.calendar(calendar_id).to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )
        answer = await self.session.send(request)
        if answer.is_success:
            return
        error = answer.error("ask for a calendar")
        if isinstance(error, Gone):
            raise CalendarLost("the calendar answers 404") from error
        raise error

    async def list_all(self, first: RequestInformation, *, doing: str) -> list[dict[str, Any]]:
        """Reads a list with all its pages, whole or not at all: a hole would prove an absence.

        Raises:
            Gone: The list's path answers 404.
            Unreadable: The list is refused, has another shape or no end.
        """
        found: list[dict[str, Any]] = []
        request, seen = first, set[str]()
        for _ in range(limits.PAGES):
            page = await self.session.ask(request, doing=doing)
            values = page.get("value")
            if not isinstance(values, list) or not all(isinstance(raw, dict) for raw in values):
                raise Unreadable(f"Graph gave no list: {doing}", code=UNREADABLE_ANSWER)
            found += values
            link = page.get("@odata.nextLink")
            if not isinstance(link, str) or not link:
                return found
            if link in seen:
                break
            seen.add(link)
            request = self.link(link)
        raise Unreadable(f"Graph's pages have no end: {doing}", code="endless_list")
