"""The gateway against answers that no good booking product gives, and what it sends."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sync.engine.items import BookingItem, Refusal, ReserveContent
from sync.errors import (
    ContractBroken,
    Gone,
    ResyncRequired,
    SyncError,
    Throttled,
    Unavailable,
    Unreadable,
)
from sync.outside.booking.addresses import is_safe_address
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.http_client import BoundedClient, open_client
from sync.ports import limits
from sync.words import AccountId, BookingItemId, Interval, PersonKey, StaffId

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
    client = BoundedClient(transport=httpx.MockTransport(answer))
    return HttpBookingGateway(client=client, base_url="https://booking.example/v1/", token="t0p")


def always(status: int, body: object) -> Answer:
    return lambda _: httpx.Response(status, json=body)


async def test_r11_8_an_unreadable_item_is_named_and_its_id_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = {
        "value": [{**ITEM, "id": "bad", "kind": "holiday", "title": "canary"}, ITEM],
        "changes_cursor": "c1",
    }

    listing = await gateway(always(200, page)).items(ANN, SPAN)

    assert [item.id for item in listing.items] == ["apt-1"]
    assert listing.unreadable == {"bad"}
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert record.getMessage() == "booking.item_unreadable"
    assert record.__dict__["item_id"] == "bad"
    assert "canary" not in str(record.__dict__)


IMPOSSIBLE = [
    {"kind": "holiday"},
    {"start": "1999-12-31T23:00:00Z"},
    {"end": "2101-01-01T00:00:00Z"},
    {"start": "0001-01-01T00:00:00Z"},
    {"end": "2026-11-23T08:00:00Z"},
]


@pytest.mark.parametrize("changes", IMPOSSIBLE)
async def test_r8_10_an_unreadable_item_that_is_asked_for_is_never_taken_for_gone(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(Unreadable) as caught:
        await gateway(always(200, {**ITEM, **changes})).item(ANN, BookingItemId("apt-1"))

    assert caught.value.code == "unreadable_item"


@pytest.mark.parametrize("status", [302, 400, 401, 403])
async def test_r11_8_a_read_that_is_refused_is_that_items_trouble(status: int) -> None:
    with pytest.raises(Unreadable):
        await gateway(always(status, {})).item(ANN, BookingItemId("apt-1"))


@pytest.mark.parametrize(
    ("status", "of_items", "of_changes"),
    [
        (400, ContractBroken, ResyncRequired),
        (401, Unavailable, Unavailable),
        (403, Unavailable, Unavailable),
        (404, Gone, Gone),
        (410, Gone, ResyncRequired),
    ],
)
async def test_a_schedule_that_is_refused_waits(
    status: int, of_items: type[SyncError], of_changes: type[SyncError]
) -> None:
    reached = gateway(always(status, {}))

    with pytest.raises(of_items):
        await reached.items(ANN, SPAN)
    with pytest.raises(of_changes):
        await reached.changes(ANN, "c1")


@pytest.mark.parametrize("impossible", IMPOSSIBLE)
async def test_r7_6_what_can_not_be_true_is_unreadable_in_both_feeds(
    impossible: dict[str, Any],
) -> None:
    ill = {**ITEM, **impossible, "id": "ill"}
    change = {"id": "ill", "deleted": False, "item": ill}
    reached = gateway(
        always(200, {"value": [ITEM, ill], "changes_cursor": "c1"}),
    )
    fed = gateway(always(200, {"value": [change], "cursor": "c2", "more": False}))

    listing, changes = await reached.items(ANN, SPAN), await fed.changes(ANN, "c1")

    assert [item.id for item in listing.items] == ["apt-1"]
    assert changes.items == ()
    assert listing.unreadable == changes.unreadable == {"ill"}


async def test_half_an_emoji_spoils_no_page() -> None:
    page = json.dumps(
        {
            "value": [{**ITEM, "title": "Lunch \ud83c"}, {**ITEM, "id": "two", "title": "🎉"}],
            "changes_cursor": "c1",
        }
    )

    listing = await gateway(lambda _: httpx.Response(200, content=page)).items(ANN, SPAN)

    assert [item.title for item in listing.items] == ["Lunch \ufffd", "🎉"]


@pytest.mark.parametrize(
    "change",
    [{"item": {**ITEM, "kind": "x"}}, {"item": None}, {}, {"item": {**ITEM, "id": "other"}}],
)
async def test_an_unreadable_change_is_named_and_logged(
    change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    page = {
        "value": [{"id": "apt-1", "deleted": False, **change}],
        "cursor": "c2",
        "more": False,
    }

    changes = await gateway(always(200, page)).changes(ANN, "c1")

    assert (changes.items, changes.deleted, changes.cursor) == ((), frozenset(), "c2")
    assert changes.unreadable == {"apt-1"}
    assert "booking.item_unreadable" in caplog.text


async def test_the_last_change_of_an_item_counts() -> None:
    page = {
        "value": [
            {"id": "apt-1", "deleted": True},
            {"id": "apt-1", "deleted": False, "item": ITEM},
            {"id": "apt-2", "deleted": False, "item": {**ITEM, "id": "apt-2"}},
            {"id": "apt-2", "deleted": True},
            {"id": "apt-3", "deleted": False, "item": {**ITEM, "id": "apt-3"}},
            {"id": "apt-3", "deleted": False, "item": {"id": "apt-3"}},
            {"id": "apt-4", "deleted": False, "item": {"id": "apt-4"}},
            {"id": "apt-4", "deleted": True},
        ],
        "cursor": "c2",
        "more": False,
    }

    changes = await gateway(always(200, page)).changes(ANN, "c1")

    assert [item.id for item in changes.items] == ["apt-1"]
    assert changes.deleted == {"apt-2", "apt-4"}
    assert changes.unreadable == {"apt-3"}


async def test_pages_that_go_round_in_a_circle_end() -> None:
    page = {"value": [ITEM], "next_cursor": "again"}

    with pytest.raises(ContractBroken, match="circle"):
        await gateway(always(200, page)).items(ANN, SPAN)


async def test_a_feed_that_does_not_get_on_ends() -> None:
    with pytest.raises(ContractBroken, match="circle"):
        await gateway(always(200, {"value": [], "cursor": "c1", "more": True})).changes(ANN, "c1")


@pytest.mark.parametrize("length", [2, 3])
async def test_a_feed_that_goes_round_in_a_circle_ends(length: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number = (int(request.url.params["cursor"]) + 1) % length
        return httpx.Response(200, json={"value": [], "cursor": str(number), "more": True})

    with pytest.raises(ContractBroken, match="circle"):
        await gateway(answer).changes(ANN, "0")


# --- limits (R11.11, case 83) ---


async def test_case_83_ever_new_cursors_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGES", 5)
    asked = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        page = {"value": [], "more": True, "cursor": f"n{asked}", "next_cursor": f"n{asked}"}
        return httpx.Response(200, json=page)

    with pytest.raises(ContractBroken, match="no end"):
        await gateway(answer).changes(ANN, "c1")
    with pytest.raises(ContractBroken, match="no end"):
        await gateway(answer).items(ANN, SPAN)
    assert asked == 10


class Dripping(httpx.AsyncByteStream):
    """Gives pieces for ever, with or without a pause."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.given = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.pause)
            self.given += 1
            yield b" " * 65_536


async def test_case_83_an_answer_that_drips_has_a_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "DEADLINE", 0.05)

    with pytest.raises(Unavailable):
        await gateway(lambda _: httpx.Response(200, stream=Dripping(0.01))).items(ANN, SPAN)


async def test_case_83_an_answer_without_end_is_not_read_to_it() -> None:
    stream = Dripping(0)

    with pytest.raises(ContractBroken):
        await gateway(lambda _: httpx.Response(200, stream=stream)).items(ANN, SPAN)

    assert stream.given * 65_536 <= limits.SIZE + 65_536


PROFILE: dict[str, Any] = {
    "id": "boss",
    "name": "Boss",
    "access_type": "hq_admin",
    "location_ids": [],
    "time_zone": "UTC",
}
ACCOUNT = {"id": "acc-2", "name": "Other", "time_zone": "UTC", "idle_logout_minutes": 30}


async def test_r2_3_an_answer_about_somebody_else_gives_nobody_their_rights() -> None:
    with pytest.raises(ContractBroken):
        await gateway(always(200, PROFILE)).staff_member(ANN)
    with pytest.raises(ContractBroken):
        await gateway(always(200, ACCOUNT)).account(AccountId("acc-1"))


async def test_r11_8_an_answer_about_another_item_is_no_news_of_this_one() -> None:
    mixed_up = gateway(always(200, ITEM))

    with pytest.raises(Unreadable):
        await mixed_up.item(ANN, BookingItemId("apt-2"))
    # The write may have taken effect: it is looked at again.
    with pytest.raises(Unavailable):
        await mixed_up.update_item(ANN, BookingItemId("apt-2"), interval=SPAN)


@pytest.mark.parametrize("minutes", [2**31 - 1, 2**63 - 1])
async def test_r4_5_never_to_be_logged_out_is_a_time_that_can_be_counted_on(minutes: int) -> None:
    endless = {**ACCOUNT, "idle_logout_minutes": minutes}

    account = await gateway(always(200, endless)).account(AccountId("acc-2"))

    assert account is not None
    assert START + timedelta(minutes=account.idle_logout_minutes) > START + timedelta(days=3_000)


async def test_r3_2_an_address_of_blanks_is_none() -> None:
    boss = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("boss"))

    member = await gateway(always(200, PROFILE | {"email": " \t"})).staff_member(boss)

    assert member is not None
    assert member.email is None


async def test_a_redirect_is_followed_nowhere() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    with pytest.raises(ContractBroken):
        await gateway(answer).account(ANN.account_id)
    assert asked == ["booking.example"]


async def test_a_date_to_come_again_is_measured_against_the_answers_own() -> None:
    headers = {
        "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
        "Retry-After": "Wed, 21 Oct 2026 07:30:00 GMT",
    }

    with pytest.raises(Throttled) as caught:
        await gateway(lambda _: httpx.Response(503, headers=headers)).items(ANN, SPAN)

    assert caught.value.retry_after == 120


async def test_a_write_whose_answer_can_not_be_read_may_have_taken_effect() -> None:
    with pytest.raises(Unavailable):
        await gateway(always(200, {"id": "apt-1"})).update_item(
            ANN, BookingItemId("apt-1"), interval=SPAN
        )


@pytest.mark.parametrize(
    ("status", "refused"), [(400, True), (403, True), (409, True), (401, False)]
)
async def test_a_write_is_refused_or_waits(status: int, *, refused: bool) -> None:
    call = gateway(always(status, {})).update_item(ANN, BookingItemId("apt-1"), interval=SPAN)

    if refused:
        assert isinstance(await call, Refusal)
    else:
        with pytest.raises(Unavailable):
            await call


async def test_r6_5_an_update_sends_only_what_is_given() -> None:
    seen: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json=ITEM)

    reached = gateway(answer)
    await reached.update_item(ANN, BookingItemId("apt-1"), interval=SPAN)
    await reached.update_item(
        ANN, BookingItemId("apt-1"), content=ReserveContent(title="T", notes="")
    )

    assert [set(body) for body in seen] == [{"start", "end"}, {"title", "notes"}]


async def test_a_listing_without_a_changes_cursor_breaks_the_contract() -> None:
    with pytest.raises(ContractBroken, match="changes_cursor"):
        await gateway(always(200, {"value": []})).items(ANN, SPAN)


@pytest.mark.parametrize("ill", [{"id": "ann", "access_type": "owner"}, {"name": "Ann"}, 7])
async def test_r11_8_one_unreadable_profile_spoils_no_staff_list(ill: object) -> None:
    well = {
        "id": "bea",
        "name": "Bea",
        "access_type": "staff",
        "location_ids": [],
        "time_zone": "UTC",
    }

    listed = await gateway(always(200, {"value": [ill, well]})).staff(ANN.account_id)

    assert list(listed.members) == ["bea"]
    assert listed.unreadable == ({"ann"} if isinstance(ill, dict) and "id" in ill else set())


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

    listed = await gateway(answer).staff(ANN.account_id)

    assert list(listed.members) == ["s0", "s1", "s2", "s3"]


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
        await gateway(answer).items(ANN, SPAN)


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
