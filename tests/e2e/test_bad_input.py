"""Nonsense at every door: always a plain refusal, never a failure, never a trace of the inside."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product as every
from typing import Any

import httpx
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from simulators.host.process import FunctionsProcess, FunctionsProcessError
from simulators.run import FUNCTION_KEY
from tests.contracts.contract import CONTRACT
from tests.e2e.product import Member, Product, open_member

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = ("get", "put", "post", "patch", "delete")
REQUIRED = (
    "AzureWebJobsStorage",
    "PUBLIC_BASE_URL",
    "MICROSOFT_CLIENT_ID",
    "MICROSOFT_CLIENT_SECRET",
    "BOOKING_API_URL",
    "BOOKING_API_TOKEN",
    "BOOKING_OIDC_ISSUER",
    "BOOKING_OIDC_CLIENT_ID",
    "BOOKING_OIDC_CLIENT_SECRET",
    "BOOKING_WEBHOOK_SECRET",
    "EMAIL_CONNECTION_STRING",
    "EMAIL_SENDER",
    "TOKEN_ENCRYPTION_KEYS",
    "SESSION_SECRET",
)
BODIES = (
    b"",
    b"{",
    b"null",
    b"true",
    b"[]",
    b'"text"',
    b"1e999",
    b"\xff\xfe\x00\x01",
    b"\x89PNG\r\n\x1a\n" + bytes(64),
    b"[" * 50_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"location_ids": ' + b'"x"' * 2 + b"}",
    json.dumps({"location_ids": ["x" * 300]}).encode(),
    json.dumps({"location_ids": [1, None], "activate": {}, "deactivate": 7}).encode(),
    json.dumps({"location_ids": "north", "activate": "st-sam", "calendar_id": 5}).encode(),
    b'{"location_ids": ["\\ud800"], "activate": ["\\ud800"], "calendar_id": "\\ud800"}',
    json.dumps({"calendar_id": "x", "contact_email": "no address", "show_as": ["never"]}).encode(),
    json.dumps({"calendar_id": "", "contact_email": "a@b.example", "admin": True}).encode(),
    json.dumps({"filler": "x" * 200_000}).encode(),
    b"calendar_id=x&contact_email=y",
)
IDS = (
    "nobody",
    "%00",
    "%0d%0aSet-Cookie:%20a=b",
    "a%2Fb",
    "..%2F..%2Fetc",
    "%F0%9F%99%88",
    "%FF%FE",
    "%27%20or%20%271%27%3D%271",
    "x" * 3_000,
    "%3Cscript%3E",
)
VALUES = (
    "",
    "nonsense",
    "-1",
    "9" * 40,
    "\x07",
    "🙈",
    "a'b or 1",
    "x" * 6_000,
    "2026-02-30",
    "../x",
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=klingon"},
    {"Content-Type": "multipart/form-data"},
    {"Cookie": "connectup_session=forged; connectup_flow=%%%; =; a"},
    {"X-CSRF-Token": "forged", "Authorization": "Bearer x"},
    {"X-Acting-Staff-Id": "x" * 500},
    {"X-Acting-Staff-Id": "st hana/../"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the contract."""

    method: str
    path: str
    takes_body: bool
    query: tuple[str, ...]

    @property
    def is_page(self) -> bool:
        """Whether people see the answer."""
        return not self.path.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _operations() -> Iterator[Operation]:
    for path, entry in CONTRACT["paths"].items():
        for method in METHODS:
            if method in entry:
                described = entry[method]
                shared = [*entry.get("parameters", ()), *described.get("parameters", ())]
                yield Operation(
                    method=method.upper(),
                    path=path,
                    takes_body="requestBody" in described,
                    query=tuple(one["name"] for one in shared if one.get("in") == "query"),
                )


OPERATIONS = tuple(_operations())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hana(product: Product) -> AsyncIterator[Member]:
    """Gives an administrator who is signed in with Microsoft and not syncing."""
    await product.activate(product.run.practice.hq_admin_id)
    async with open_member(product, product.run.practice.hq_admin_id) as member:
        await member.sign_in()
        yield member


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_garbage_is_refused_without_a_failure(
    product: Product, hana: Member, operation: Operation
) -> None:
    before = len(product.logs)
    wrong = [
        f"{described}: {why}"
        for client, known in ((product.servers, False), (hana.visitor.browser, True))
        async for described, answer in _garbage(client, product, hana, operation, known=known)
        if (why := _complaint(operation, answer))
    ]
    assert not wrong
    failures = [line for line in product.logs[before:] if "http.failed" in line or "raised" in line]
    assert not failures


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.takes_body], ids=str)
async def test_a_body_that_makes_no_sense_is_400_and_changes_nothing(
    product: Product, hana: Member, operation: Operation
) -> None:
    client = product.servers if "/accounts/" in operation.path else hana.visitor.browser
    headers = {
        "X-CSRF-Token": (await hana.me())["csrf_token"],
        "X-Acting-Staff-Id": hana.staff,
    }
    before = await hana.me(), (await product.ask("GET", "/staff")).json()

    answers = [
        await client.request(
            operation.method, _url(product, operation), content=body, headers=headers
        )
        for body in BODIES
    ]

    assert [answer.status_code for answer in answers] == [400] * len(BODIES)
    assert {answer.json()["type"] for answer in answers} == {"bad_request"}
    assert (await hana.me(), (await product.ask("GET", "/staff")).json()) == before


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if "/accounts/" in one.path], ids=str
)
@pytest.mark.parametrize("key", [None, "", "wrong", FUNCTION_KEY + "x"])
async def test_without_its_function_key_the_host_answers_401(
    product: Product, operation: Operation, key: str | None
) -> None:
    headers = {"X-Acting-Staff-Id": "st-hana"} | ({} if key is None else {"x-functions-key": key})
    async with httpx.AsyncClient() as stranger:
        answer = await stranger.request(
            operation.method, _url(product, operation), content=b"{}", headers=headers
        )

    assert answer.status_code == 401


async def test_methods_that_nothing_serves_are_405_with_those_that_are(product: Product) -> None:
    served = {(one.method, one.path) for one in OPERATIONS} | {
        ("POST", "/settings"),
        ("POST", "/plugin"),
    }
    for path, method in every(CONTRACT["paths"], ("GET", "PUT", "POST", "PATCH", "DELETE")):
        if (method, path) not in served:
            url = product.run.base_url + _filled(path)
            answer = await product.servers.request(method, url)
            assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
            methods = {one for one, where in served if where == path}
            heads = {"HEAD"} if "GET" in methods else set[str]()
            assert set(answer.headers["Allow"].split(", ")) == methods | heads


async def test_head_is_served_where_get_is(product: Product) -> None:
    for operation in OPERATIONS:
        if operation.method == "GET":
            answer = await product.servers.request("HEAD", _url(product, operation))
            got = await product.servers.get(_url(product, operation))
            assert (answer.status_code, answer.content) == (got.status_code, b"")


async def test_r4_4_requests_of_other_pages_change_nothing(product: Product, hana: Member) -> None:
    for operation in OPERATIONS:
        if operation.path.startswith("/api/me") and operation.method != "GET":
            for headers in ({}, {"X-CSRF-Token": "forged"}):
                answer = await hana.visitor.browser.request(
                    operation.method, _url(product, operation), content=b"{}", headers=headers
                )
                assert (answer.status_code, answer.json()["type"]) == (403, "csrf_failed")
    for page in ("/settings", "/plugin", "/auth/log-out"):
        form = {"csrf_token": "forged", "action": "disconnect"}
        answer = await hana.visitor.browser.post(product.run.base_url + page, data=form)
        assert answer.status_code == 403


async def test_forms_that_no_page_sends_are_refused(product: Product, hana: Member) -> None:
    token = (await hana.me())["csrf_token"].encode()
    for page, form in every(
        ("/settings", "/plugin"),
        (
            b"",
            b"&action=",
            b"&action=explode",
            b"&action=start",
            b"&action=start&calendar_id=%FF&contact_email=%00&show_as=x",
            b"&action=resend&resend=%00",
            b"&action=activate",
            b"&action=activate&staff_id=..%2F",
            b"&action=activate&staff_id=nobody",
            b"&a=b" * 4_000,
            b"&filler=" + b"x" * 100_000,
        ),
    ):
        answer = await hana.visitor.browser.post(
            product.run.base_url + page,
            content=b"csrf_token=" + token + form,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert 400 <= answer.status_code < 500, f"{page} {form[:60]!r}: {answer.status_code}"
        assert answer.headers["content-type"].startswith("text/html")


async def test_case_35_posts_that_are_not_graphs_are_taken_or_refused_and_wake_nobody(
    product: Product,
) -> None:
    address = f"{product.run.base_url}/api/webhooks/graph"
    forged = {"subscriptionId": "0" * 36, "clientState": "guess", "changeType": "updated"}
    before = product.calls()

    statuses = [
        (await product.servers.post(address, content=body)).status_code
        for body in (
            b"",
            b"{",
            b"[]",
            b'{"value": 5}',
            b"\xff\xfe",
            b'{"value": []}',
            b'{"value": [1, null, {"subscriptionId": 7}]}',
            json.dumps({"value": [forged]}).encode(),
            json.dumps({"value": [forged | {"lifecycleEvent": "missed"}] * 1_000}).encode(),
            b'{"value": ["' + b"x" * 4_000_000 + b'"]}',
        )
    ]
    token = "<script>alert(1)</script> +/=&"
    echo = await product.servers.post(address, params={"validationToken": token})
    too_long = await product.servers.post(address, params={"validationToken": "x" * 5_000})

    assert statuses == [400] * 5 + [202] * 5
    assert (echo.status_code, echo.text) == (200, token)
    assert echo.headers["content-type"].startswith("text/plain")
    assert too_long.status_code == 400
    await product.quiet()
    assert product.calls() == before


async def test_webhooks_without_a_good_signature_are_401_and_signed_nonsense_is_400(
    product: Product,
) -> None:
    address = f"{product.run.base_url}/api/webhooks/booking"
    secret = product.run.settings()["BOOKING_WEBHOOK_SECRET"]
    signer, now = Webhook(secret), datetime.now(UTC)

    async def post(body: bytes, *, signed: bytes | None = None, **headers: str) -> int:
        made = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign("msg_1", now, (signed or body).decode()),
        }
        answer = await product.servers.post(
            address,
            content=body,
            headers=made | {k.replace("_", "-"): v for k, v in headers.items()},
        )
        return answer.status_code

    good = b'{"type": "items.changed", "data": {"account_id": "acc-1", "staff_id": "st-sam"}}'
    assert await post(good) == 202
    assert (await product.servers.post(address, content=good)).status_code == 401
    assert await post(good, signed=b"{}") == 401
    assert await post(good, webhook_timestamp="1") == 401
    assert await post(good, webhook_timestamp="nonsense") == 401
    assert await post(good, webhook_signature="v1,!!!") == 401
    assert await post(good, webhook_signature="x") == 401
    for body in (b"[]", b"{}", b"{", b'{"type": "other.thing", "data": {"account_id": "a"}}'):
        assert await post(body) == 400
    assert await post(b'{"type": "items.changed", "data": {"account_id": "acc-1"}}') == 400
    assert await post(b'{"type": "' + b"x" * 2_000_000 + b'"}') == 400


async def test_missing_and_malformed_settings_are_all_named_in_one_message() -> None:
    broken = {"PUBLIC_BASE_URL": "ftp://canary-value", "TOKEN_ENCRYPTION_KEYS": "canary-value"}
    process = FunctionsProcess(settings=broken)

    with pytest.raises(FunctionsProcessError) as failed:
        await process.start()

    (line,) = [line for line in process.logs if "host.failed" in line]
    assert [name for name in REQUIRED if name not in line] == []
    assert "canary-value" not in str(failed.value)
    assert "Traceback" not in str(failed.value)


async def _garbage(
    client: httpx.AsyncClient, product: Product, hana: Member, operation: Operation, *, known: bool
) -> AsyncIterator[tuple[str, httpx.Response]]:
    """Sends every kind of nonsense to one operation, and gives what was sent and answered."""
    url = _url(product, operation)
    acting = {"X-Acting-Staff-Id": hana.staff}
    if known:
        acting["X-CSRF-Token"] = (await hana.me())["csrf_token"]
    tries: list[tuple[str, dict[str, Any]]] = []
    tries += [(url, {"content": body, "headers": acting}) for body in BODIES]
    tries += [(url, {"content": b"{}", "headers": headers}) for headers in HEADERS]
    tries += [
        (url, {"params": {name: value}, "headers": acting})
        for name, value in every((*operation.query, "state", "code", "error", "next"), VALUES)
    ]
    if "{" in operation.path:
        tries += [
            (product.run.base_url + _filled(operation.path, id_), {"headers": acting})
            for id_ in IDS
        ]
    if (operation.method, operation.path) == ("POST", "/auth/log-out"):
        tries = [one for one in tries if not known]
    for target, sent in tries:
        answer = await client.request(operation.method, target, follow_redirects=False, **sent)
        yield f"{target[-60:]} {str(sent)[:120]}", answer


def _complaint(operation: Operation, answer: httpx.Response) -> str:
    """Says what is wrong with an answer; empty when nothing is."""
    text = answer.text
    if answer.status_code >= 500:
        return str(answer.status_code)
    if "Traceback" in text or 'File "' in text or "site-packages" in text:
        return "shows the inside"
    if answer.status_code < 400 or not answer.content:  # fine, or the host's own word
        return ""
    media = answer.headers.get("content-type", "")
    if operation.is_page:
        return "" if media.startswith("text/html") else f"{answer.status_code} as {media}"
    if media != "application/problem+json":
        return f"{answer.status_code} as {media}"
    found = answer.json()
    fits = found["status"] == answer.status_code and found["type"] and found["title"]
    return "" if fits else f"no problem: {found}"


def _filled(path: str, value: str | None = None) -> str:
    return path.replace("{account_id}", value or "acc-1").replace("{staff_id}", value or "st-sam")


def _url(product: Product, operation: Operation) -> str:
    return product.run.base_url + _filled(operation.path)
