"""Clients that others wrote do real work against the simulated service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.middleware.options import RetryHandlerOption
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.single_value_legacy_extended_property import (
    SingleValueLegacyExtendedProperty,
)
from msgraph.generated.models.subscription import Subscription
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]

from tests.simulators.graph_bench import (
    ADA,
    MARK,
    NOW,
    Bench,
    Receiver,
    open_bench,
    open_receiver,
    weekly,
)

# Both libraries use names of their own that they call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


class _Token(AccessTokenProvider):
    async def get_authorization_token(
        self,
        uri: str,  # noqa: ARG002 - the interface's
        additional_authentication_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> str:
        return "ada-token"

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator([])


@pytest.fixture
async def graph(bench: Bench) -> AsyncIterator[GraphServiceClient]:
    client = httpx.AsyncClient(trust_env=False)
    # The factory wraps the transport and does not close what it wrapped.
    wrapped = client._transport
    http = GraphClientFactory.create_with_default_middleware(
        options={
            **options,
            RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False),
        },
        client=client,
    )
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(_Token()), client=http)
    adapter.base_url = str(bench.client.base_url).rstrip("/")
    yield GraphServiceClient(request_adapter=adapter)
    await http.aclose()
    await wrapped.aclose()


def _moment(day: int, hour: int) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=f"2026-12-{day:02}T{hour:02}:00:00", time_zone="UTC")


def _visit() -> Event:
    return Event(
        subject="Smith - Check-up",
        start=_moment(3, 9),
        end=_moment(3, 10),
        transaction_id="t-1",
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=MARK, value="A-1")],
    )


async def test_the_sdk_creates_finds_changes_and_deletes(graph: GraphServiceClient) -> None:
    calendars = await graph.me.calendars.get()
    assert calendars is not None
    assert calendars.value is not None
    calendar = graph.me.calendars.by_calendar_id(str(calendars.value[0].id))

    made = await calendar.events.post(_visit())
    again = await calendar.events.post(_visit())

    assert made is not None
    assert again is not None
    assert (made.id, made.transaction_id) == (again.id, "t-1")
    query = type(graph.me.events).EventsRequestBuilderGetQueryParameters(
        filter=f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq 'A-1')",
        expand=[f"singleValueExtendedProperties($filter=id eq '{MARK}')"],
    )
    found = await graph.me.events.get(RequestConfiguration(query_parameters=query))
    assert found is not None
    assert found.value is not None
    properties = found.value[0].single_value_extended_properties
    assert properties is not None
    assert [one.value for one in properties] == ["A-1"]

    event = calendar.events.by_event_id(str(made.id))
    patched = await event.patch(Event(start=_moment(4, 9), end=_moment(4, 10)))
    assert patched is not None
    assert patched.start is not None
    assert patched.start.date_time == "2026-12-04T09:00:00.0000000"
    await event.delete()
    with pytest.raises(ODataError) as refused:
        await event.get()
    assert refused.value.response_status_code == 404
    assert refused.value.error is not None
    assert refused.value.error.code == "ErrorItemNotFound"


async def test_the_sdk_follows_a_change_feed_by_its_links(
    bench: Bench, graph: GraphServiceClient
) -> None:
    await bench.client.post(bench.events, json=weekly())
    calendar = graph.me.calendars.by_calendar_id(bench.calendar)
    builder = calendar.calendar_view.delta
    query = type(builder).DeltaRequestBuilderGetQueryParameters(
        start_date_time="2026-11-23T00:00:00Z", end_date_time="2027-02-21T00:00:00Z"
    )
    first = await builder.get(RequestConfiguration(query_parameters=query))
    assert first is not None
    assert first.value is not None
    assert len(first.value) == 14
    made = await bench.post()

    second = await builder.with_url(str(first.odata_delta_link)).get()

    assert second is not None
    assert second.value is not None
    assert [event.id for event in second.value] == [made["id"]]


async def test_the_sdk_subscribes_and_renews(
    bench: Bench, graph: GraphServiceClient, receiver: Receiver
) -> None:
    wished = Subscription(
        change_type="created,updated,deleted",
        notification_url=receiver.url,
        resource=f"me/calendars/{bench.calendar}/events",
        expiration_date_time=NOW + timedelta(days=3),
        client_state="secret",
    )

    made = await graph.subscriptions.post(wished)

    assert made is not None
    subscription = graph.subscriptions.by_subscription_id(str(made.id))
    renewed = await subscription.patch(Subscription(expiration_date_time=NOW + timedelta(days=6)))
    assert renewed is not None
    assert renewed.expiration_date_time == NOW + timedelta(days=6)
    await subscription.reauthorize.post()
    await subscription.delete()
    assert bench.simulator.service.subscriptions.alive() == []


@pytest.fixture
async def escaped_bench() -> AsyncIterator[Bench]:
    async with open_bench(url_safe_ids=True) as opened:
        yield opened


async def test_another_library_lists_creates_reads_and_deletes(escaped_bench: Bench) -> None:
    """The library does not escape ids, which goes well with ids that need it not."""
    library = import_module("O365")
    connection = import_module("O365.connection")
    tokens = import_module("O365.utils.token")
    origin = str(escaped_bench.client.base_url).replace("v1.0/", "")

    class Protocol(connection.MSGraphProtocol):  # type: ignore[misc, name-defined]
        _protocol_url = origin

    class Ready(tokens.MemoryTokenBackend):  # type: ignore[misc, name-defined]
        def get_access_token(self, *, username: str | None = None) -> dict[str, str]:
            return {"secret": "ada-token", "username": username or ADA}

    def work() -> tuple[list[str], str, str, int]:
        account = library.Account(
            ("id", "secret"),
            protocol=Protocol(timezone="UTC"),
            token_backend=Ready(),
            requests_delay=0,
        )
        schedule = account.schedule()
        names = [calendar.name for calendar in schedule.list_calendars()]
        calendar = schedule.get_default_calendar()
        event = calendar.new_event(subject="Walk")
        event.start = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("UTC"))
        event.end = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("UTC"))
        event.body = "Round the <b>lake</b>"
        assert event.save()
        read = calendar.get_event(event.object_id)
        read.subject = "Longer walk"
        assert read.save()
        subject = calendar.get_event(event.object_id).subject
        body = read.body
        assert read.delete()
        left = len(list(calendar.get_events(limit=5, include_recurring=False)))
        account.connection.session.close()
        return names, subject, body, left

    names, subject, body, left = await asyncio.to_thread(work)

    assert names == ["Calendar"]
    assert (subject, left) == ("Longer walk", 0)
    assert "Round the <b>lake</b>" in body
