"""The calendar's side of the plain sync on ``msgraph-sdk``, with its models throughout."""

from datetime import UTC, datetime
from typing import Any

from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.users.item.calendars.item.calendar_view.delta.delta_get_response import (
    DeltaGetResponse,
)
from msgraph.generated.users.item.calendars.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from benchmarks.others.plain import PAGE_SIZE, Entry, Task


class SdkCalendar:
    """A person's calendar; ids are those of Graph, the cursor is the delta link."""

    def __init__(self, task: Task) -> None:
        adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(_Token(task.token)))
        adapter.base_url = task.graph
        self._task = task
        self._calendar = GraphServiceClient(request_adapter=adapter).me.calendars.by_calendar_id(
            task.calendar
        )
        headers = HeadersCollection()
        headers.add("Prefer", f"odata.maxpagesize={PAGE_SIZE}")
        self._headers = headers

    async def read(self, cursor: str | None) -> tuple[list[Entry], str | None]:
        """Reads the change feed to its end."""
        feed = self._calendar.calendar_view.delta
        if cursor is None:
            query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
                start_date_time=self._task.begin, end_date_time=self._task.end
            )
            page = await feed.get(
                RequestConfiguration(query_parameters=query, headers=self._headers)
            )
        else:
            page = await self._follow(cursor)
        assert page is not None
        events = page.value or []
        while page.odata_next_link:
            page = await self._follow(page.odata_next_link)
            assert page is not None
            events += page.value or []
        # What was removed comes without times.
        return [_entry(event) for event in events if event.start], page.odata_delta_link

    async def create(self, entry: Entry) -> str:
        """Makes an event."""
        made = await self._calendar.events.post(
            Event(
                subject=entry.title,
                body=ItemBody(content_type=BodyType.Html, content=entry.text),
                start=_moment(entry.start),
                end=_moment(entry.end),
            )
        )
        assert made is not None
        return str(made.id)

    async def move(self, entry_id: str, entry: Entry) -> None:
        """Moves an event."""
        await self._calendar.events.by_event_id(entry_id).patch(
            Event(start=_moment(entry.start), end=_moment(entry.end))
        )

    async def close(self) -> None:
        """The SDK's client has no end of its own."""

    async def _follow(self, link: str) -> DeltaGetResponse | None:
        feed = self._calendar.calendar_view.delta.with_url(link)
        return await feed.get(RequestConfiguration(headers=self._headers))


class _Token(AccessTokenProvider):
    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(
        self,
        uri: str,  # noqa: ARG002 - the interface's
        additional_authentication_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> str:
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator([])


def _entry(event: Event) -> Entry:
    assert event.start is not None
    assert event.end is not None
    return Entry(
        id=str(event.id),
        start=_time(event.start),
        end=_time(event.end),
        title=event.subject or "",
    )


def _moment(time: datetime) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=f"{time:%Y-%m-%dT%H:%M:%S}", time_zone="UTC")


def _time(moment: DateTimeTimeZone) -> datetime:
    return datetime.fromisoformat(str(moment.date_time)[:19]).replace(tzinfo=UTC)
