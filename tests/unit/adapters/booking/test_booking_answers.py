"""The gateway against answers that no good booking product gives, and what it sends."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sync.adapters.booking.client import is_safe_address, open_client
from sync.adapters.booking.gateway import HttpBookingGateway
from sync.domain.model import (
    AccountId,
    BookingItem,
    BookingItemId,
    Interval,
    PersonKey,
    ReserveContent,
    StaffId,
)
from sync.errors import ContractBroken, Unavailable

ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SPAN = Interval(START, START + timedelta(hours=1))
ITEM: dict[str, Any] = {
    "id": "apt-1",
    "kind": "appointment",
    "version": "v1",
    "start": "2026-11-23T09:00:00Z",
    "end": "2026-11-23T10:00:00Z",
    "status": "booked",
}

type Answer = Callable[[httpx.Request], httpx.Response]


def gateway(answer: Answer) -> HttpBookingGateway:
    """Gives a gateway whose wire ends in a function."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return HttpBookingGateway(client=client, base_url="https://booking.example/v1/", token="t0p")


def always(status: int, body: object) -> Answer:
    return lambda _: httpx.Response(status, json=body)


async def test_an_unreadable_item_is_left_out_and_its_id_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = {
        "value": [{**ITEM, "id": "bad", "kind": "holiday", "title": "canary"}, ITEM],
        "changes_cursor": "c1",
    }

    listing = await gateway(always(200, page)).items(ANN, SPAN)

    assert [item.id for item in listing.items] == ["apt-1"]
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert record.getMessage() == "booking.item_unreadable"
    assert record.__dict__["item_id"] == "bad"
    assert "canary" not in str(record.__dict__)


async def test_r8_10_an_unreadable_item_that_is_asked_for_is_never_taken_for_gone() -> None:
    with pytest.raises(ContractBroken):
        await gateway(always(200, {**ITEM, "kind": "holiday"})).item(ANN, BookingItemId("apt-1"))


@pytest.mark.parametrize("change", [{"item": {**ITEM, "kind": "x"}}, {"item": None}, {}])
async def test_an_unreadable_change_is_left_out_and_logged(
    change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    page = {
        "value": [{"id": "apt-1", "deleted": False, **change}],
        "cursor": "c2",
        "more": False,
    }

    changes = await gateway(always(200, page)).changes(ANN, "c1")

    assert (changes.items, changes.deleted, changes.cursor) == ((), frozenset(), "c2")
    assert "booking.item_unreadable" in caplog.text


async def test_the_last_change_of_an_item_counts() -> None:
    page = {
        "value": [
            {"id": "apt-1", "deleted": True},
            {"id": "apt-1", "deleted": False, "item": ITEM},
            {"id": "apt-2", "deleted": False, "item": {**ITEM, "id": "apt-2"}},
            {"id": "apt-2", "deleted": True},
        ],
        "cursor": "c2",
        "more": False,
    }

    changes = await gateway(always(200, page)).changes(ANN, "c1")

    assert [item.id for item in changes.items] == ["apt-1"]
    assert changes.deleted == {"apt-2"}


async def test_pages_that_go_round_in_a_circle_end() -> None:
    page = {"value": [ITEM], "next_cursor": "again"}

    with pytest.raises(ContractBroken, match="circle"):
        await gateway(always(200, page)).items(ANN, SPAN)


async def test_a_feed_that_does_not_get_on_ends() -> None:
    with pytest.raises(ContractBroken, match="get on"):
        await gateway(always(200, {"value": [], "cursor": "c1", "more": True})).changes(ANN, "c1")


async def test_a_listing_without_a_changes_cursor_breaks_the_contract() -> None:
    with pytest.raises(ContractBroken, match="changes_cursor"):
        await gateway(always(200, {"value": []})).items(ANN, SPAN)


async def test_r2_5_one_unreadable_profile_spoils_the_staff_list() -> None:
    page = {"value": [{"id": "ann", "name": "Ann", "access_type": "owner"}]}

    with pytest.raises(ContractBroken):
        await gateway(always(200, page)).staff(ANN.account_id)


async def test_all_pages_of_the_staff_list_are_read() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("cursor", "0"))
        member = {
            "id": f"s{number}",
            "name": "S",
            "access_type": "staff",
            "location_ids": [],
            "time_zone": "UTC",
        }
        more = {"next_cursor": str(number + 1)} if number < 3 else {}
        return httpx.Response(200, json={"value": [member], **more})

    members = await gateway(answer).staff(ANN.account_id)

    assert [member.id for member in members] == ["s0", "s1", "s2", "s3"]


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError]
)
async def test_no_answer_is_unavailable(error: type[httpx.TransportError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("canary", request=request)

    with pytest.raises(Unavailable) as caught:
        await gateway(answer).item(ANN, BookingItemId("apt-1"))

    assert "canary" not in str(caught.value)


async def test_an_answer_that_can_not_be_unpacked_breaks_the_contract() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.DecodingError("gzip", request=request)

    with pytest.raises(ContractBroken):
        await gateway(answer).item(ANN, BookingItemId("apt-1"))


async def test_what_is_written_goes_out_as_the_contract_says() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={**ITEM, "kind": "reserve"})

    made = await gateway(answer).create_reserve(
        ANN,
        content=ReserveContent(title="Busy", notes="n"),
        interval=SPAN,
        external_ref="ref",
        idempotency_key="key",
    )

    (request,) = seen
    assert isinstance(made, BookingItem)
    assert (request.method, request.url.path) == ("POST", "/v1/accounts/acc-1/staff/ann/reserves")
    assert request.headers["Authorization"] == "Bearer t0p"
    assert request.headers["Idempotency-Key"] == "key"
    assert json.loads(request.content) == {
        "start": "2026-11-23T09:00:00+00:00",
        "end": "2026-11-23T10:00:00+00:00",
        "title": "Busy",
        "notes": "n",
        "external_ref": "ref",
    }


async def test_a_version_goes_out_bare_and_only_where_one_is_given() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("If-Match"))
        return httpx.Response(204)

    reached = gateway(answer)
    await reached.remove_item(ANN, BookingItemId("apt-1"), version="v1")
    await reached.remove_item(ANN, BookingItemId("apt-1"))

    assert seen == ["v1", None]


@pytest.mark.parametrize(
    "url",
    [
        "https://booking.example/v1",
        "http://127.0.0.1:7072/v1",
        "http://[::1]:7072",
        "http://localhost:7072",
    ],
)
def test_https_is_safe_and_so_is_this_machine(url: str) -> None:
    assert is_safe_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://booking.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "ftp://127.0.0.1",
        "booking.example",
        "https://",
    ],
)
def test_plain_http_to_other_machines_is_not_safe(url: str) -> None:
    assert not is_safe_address(url)


async def test_an_address_that_is_not_safe_is_refused() -> None:
    async with open_client() as client:
        with pytest.raises(ValueError, match="https"):
            HttpBookingGateway(client=client, base_url="http://booking.example", token="t")
