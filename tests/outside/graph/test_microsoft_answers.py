"""What MSAL makes of a sign-in service that answers in riddles: errors of the port, no traces."""

import asyncio
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from sync.errors import Unavailable, UntrustedRequest
from sync.outside.graph.auth import MsalSignIn
from sync.outside.graph.microsoft_app import MicrosoftApp
from sync.outside.graph.tokens import MsalTokens, TokenText
from sync.outside.http_client import BoundedClient
from sync.ports import SignIn, SignInRefused, limits
from tests.fakes.clock import FakeClock
from tests.fakes.storage import FakeTokenCaches
from tests.ports.suites.booking_gateway import ANN

ISSUER = "https://login.example/t/v2.0"
AUTHORITY = "https://login.example/common"
CANARY = "kanarienvogel"
ACCOUNT = {
    "home_account_id": "o.t",
    "environment": "login.example",
    "realm": "t",
    "local_account_id": "o",
    "username": "ann@example.org",
    "authority_type": "MSSTS",
}
REFRESH = {
    "credential_type": "RefreshToken",
    "secret": "refresh",
    "home_account_id": "o.t",
    "environment": "login.example",
    "client_id": "client",
    "target": "Calendars.ReadWrite User.Read",
}
CACHE = json.dumps({"RefreshToken": {"r": REFRESH}, "Account": {"a": ACCOUNT}})
SCOPE = "User.Read Calendars.ReadWrite"


#: As many sign-ins as there are threads for them.
BUSY = 16


class Drops(httpx.AsyncByteStream):
    """Drips a byte at a time, for ever."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.001)
            yield b" "


class Service:
    """The sign-in service; ``tokens`` is what its token endpoint answers."""

    def __init__(self, tokens: httpx.Response) -> None:
        self.tokens = tokens
        self.asked: list[str] = []
        self.is_busy = asyncio.Event()
        self.caches = FakeTokenCaches()
        self.clock = FakeClock()
        self.app = MicrosoftApp(
            authority=AUTHORITY,
            client_id="client",
            client_secret="secret",
            redirect_uri="https://us.example/callback",
            client=BoundedClient(transport=httpx.MockTransport(self._answer)),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if request.method == "POST":
            return self.tokens
        if len(self.asked) == BUSY:
            self.is_busy.set()
        return httpx.Response(
            200,
            json={
                "authorization_endpoint": f"{AUTHORITY}/authorize",
                "token_endpoint": f"{AUTHORITY}/token",
                "issuer": f"{AUTHORITY}/v2.0",
            },
        )

    async def access_token(self) -> str:
        await self.caches.save(ANN, TokenText(at=0, account_id="o.t", cache=CACHE).encode(), None)
        tokens = MsalTokens(app=self.app, caches=self.caches, clock=self.clock)
        return await tokens.open(ANN).current()

    async def sign_in(self) -> SignIn | SignInRefused:
        signing_in = MsalSignIn(app=self.app, caches=self.caches, clock=self.clock)
        address, flow = await signing_in.begin()
        state = dict(parse_qsl(urlsplit(address).query))["state"]
        return await signing_in.finish(flow, {"state": state, "code": "c"})


def tokens(**changes: Any) -> httpx.Response:
    given = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "scope": SCOPE}
    return httpx.Response(200, json={k: v for k, v in (given | changes).items() if v is not None})


def id_token(claims: object) -> str:
    parts = (urlsafe_b64encode(json.dumps(part).encode()).decode() for part in ({}, claims))
    return ".".join((*parts, "signature"))


RIDDLES = [
    httpx.Response(200, json=[CANARY]),
    httpx.Response(200, json=CANARY),
    httpx.Response(200, content=b"[" * 100_000),
    httpx.Response(200, content=f'{{"error": "{CANARY}'.encode()),
    httpx.Response(200, content=b"\xff\xfe"),
    httpx.Response(200, text=f"<html>{CANARY}"),
    httpx.Response(200, headers={"Content-Type": "text/html; charset=klingon"}, content=b"\xe4"),
    httpx.Response(302, headers={"Location": "https://evil.example/"}),
    httpx.Response(503, text=CANARY),
    httpx.Response(429, text=CANARY),
]


@pytest.mark.parametrize("answer", RIDDLES)
async def test_r11_8_a_riddle_instead_of_tokens_is_a_bad_moment_and_costs_no_sign_in(
    answer: httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service = Service(answer)

    with pytest.raises(Unavailable):
        await service.access_token()
    with pytest.raises(Unavailable):
        await service.sign_in()

    assert CANARY not in caplog.text
    assert not [one for one in service.asked if "evil" in one]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={}),
        tokens(access_token=None),
        tokens(expires_in="soon"),
        tokens(expires_in=[]),
        httpx.Response(200, content=b'{"access_token": "a", "expires_in": 1e999}'),
        httpx.Response(200, content=b'{"access_token": "a", "expires_in": NaN}'),
        tokens(id_token="none"),
        tokens(id_token=7),
    ],
)
async def test_r11_8_tokens_that_make_no_sense_are_a_bad_moment(answer: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        await Service(answer).access_token()


async def test_tokens_are_believed_for_a_day_at_most() -> None:
    service = Service(tokens(expires_in=10**30))

    assert await service.access_token() == "a"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "none",
        "a.b",
        7,
        {},
        id_token([]),
        id_token({}),
        id_token({"aud": "client", "exp": 9**9}),
        id_token(
            {"aud": ["client"], "tid": "t", "iss": "https://login.example/t/v2.0", "exp": "x"}
        ),
    ],
)
async def test_case_82_an_id_token_that_is_missing_or_none_is_no_sign_in(given: object) -> None:
    info = urlsafe_b64encode(b'{"uid": "o", "utid": "t"}').decode()
    service = Service(tokens(id_token=given, client_info=info))

    try:
        outcome: object = await service.sign_in()
    except UntrustedRequest:
        outcome = SignInRefused.MISSING_SCOPE

    # Without an id token MSAL notes no account either.
    assert outcome is SignInRefused.MISSING_SCOPE


@pytest.mark.parametrize("digits", [10, 5_000])
async def test_case_82_a_number_of_thousands_of_digits_is_no_code(digits: int) -> None:
    refused = {"error": "access_denied", "error_description": f"AADSTS{'9' * digits}: no"}

    outcome = await Service(httpx.Response(400, json=refused)).sign_in()

    assert outcome is SignInRefused.DECLINED


async def test_case_82_nor_is_one_in_the_list_of_codes() -> None:
    body = b'{"error": "access_denied", "error_codes": [' + b"9" * 5_000 + b"]}"

    with pytest.raises(Unavailable):
        await Service(httpx.Response(400, content=body)).sign_in()


async def test_r11_11_tokens_that_drip_have_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(httpx.Response(200, stream=Drops()))
    monkeypatch.setattr(limits, "DEADLINE", 0.1)

    with pytest.raises(Unavailable):
        await service.access_token()


async def test_r11_11_a_slow_sign_in_service_takes_nobody_elses_thread() -> None:
    service = Service(httpx.Response(200, stream=Drops()))
    waiting = [asyncio.create_task(service.sign_in()) for _ in range(40)]
    await service.is_busy.wait()

    # Names are looked up in the threads of the event loop.
    await asyncio.wait_for(asyncio.to_thread(str), 5)

    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)
