"""Tokens on the wire: challenges of Graph's, and both simulated services together."""

import base64
import json
from pathlib import Path

import pytest
from aiohttp import web

from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.identity import CLIENT_ID, CLIENT_SECRET, IdentitySimulator
from sync.errors import AuthorizationLost, ContractBroken, SignInUnreadable
from sync.outside.graph.gateway import GraphCalendars
from sync.outside.graph.microsoft_app import MicrosoftApp
from sync.outside.graph.tokens import MsalTokens, TokenText
from sync.outside.http_client import open_client
from sync.ports import Stored
from sync.words import PersonKey
from tests.fakes.clock import FakeClock
from tests.fakes.storage import FakeTokenCaches
from tests.ports.graph.desk import ANNS, SimulatedDesk
from tests.ports.graph.test_microsoft_sign_in import Bench
from tests.ports.suites.booking_gateway import ANN
from tests.ports.suites.calendar_gateway import WINDOW

DEMAND = {"access_token": {"nbf": {"essential": True, "value": "1"}}}


class Demanding:
    """Gives tokens and notes what was demanded of them."""

    def __init__(self) -> None:
        self.claims: list[str | None] = []

    def open(self, person: object) -> "Demanding":
        del person
        return self

    async def current(self) -> str:
        return f"token-{len(self.claims)}"

    async def fresh(self, refused: str, claims: str | None) -> str:
        assert refused == f"token-{len(self.claims)}"
        self.claims.append(claims)
        return f"token-{len(self.claims)}"


async def test_a_claims_challenge_is_handed_to_the_sign_in_service() -> None:
    asked: list[str] = []
    claims = base64.b64encode(json.dumps(DEMAND).encode()).decode()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        if len(asked) == 1:
            challenge = f'Bearer realm="", error="insufficient_claims", claims="{claims}"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return web.json_response({"value": []})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tokens = Demanding()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    gateways = GraphCalendars(
        base_url=f"{base}/v1.0", public_base_url=base, tokens=tokens, clock=FakeClock()
    )

    await gateways.open(ANN).calendars()

    await gateways.close()
    await runner.cleanup()
    assert [json.loads(claim or "") for claim in tokens.claims] == [DEMAND]
    assert asked[:2] == ["Bearer token-0", "Bearer token-1"]


async def test_r10_3_a_calendar_is_read_until_the_grant_is_revoked(
    desk: SimulatedDesk,
    simulator: GraphSimulator,
    tmp_path: Path,
) -> None:
    bundle = tmp_path / "authorities.pem"
    identity = IdentitySimulator(bundle)
    await identity.start()
    identity.add_user(ANNS)
    identity.switches = type(identity.switches)(auto=True, auto_user=ANNS)
    simulator.service.token_check = identity.check_token
    bench = Bench(identity, bundle)
    await bench.signed_in()
    app = MicrosoftApp(
        authority=identity.authority,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri="http://127.0.0.1/callback",
        client=bench.client,
    )
    tokens = MsalTokens(app=app, caches=bench.caches, clock=bench.clock)
    gateways = GraphCalendars(
        base_url=simulator.base_url,
        public_base_url="http://127.0.0.1",
        tokens=tokens,
        clock=bench.clock,
    )

    await gateways.open(ANN).read_all(desk.calendar, WINDOW)
    identity.expire_access_tokens(ANNS)
    await gateways.open(ANN).read_all(desk.calendar, WINDOW)
    identity.expire_access_tokens(ANNS)
    identity.revoke(ANNS)
    with pytest.raises(AuthorizationLost):
        await gateways.open(ANN).read_all(desk.calendar, WINDOW)

    await gateways.close()
    await bench.client.aclose()
    await identity.stop()
    assert identity.log.counts["refresh"] >= 3


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": "x", "account": "a", "cache": {}}'])
async def test_a_stored_cache_that_is_none_of_ours_breaks_the_contract(text: str) -> None:
    caches = FakeTokenCaches()
    await caches.save(ANN, text, None)
    app = MicrosoftApp(
        authority="https://x/y",
        client_id="",
        client_secret="",
        redirect_uri="",
        client=open_client(),
    )

    with pytest.raises(SignInUnreadable):
        await MsalTokens(app=app, caches=caches, clock=FakeClock()).open(ANN).current()


async def test_r10_6_a_cache_that_no_key_opens_is_no_refusal() -> None:
    class Sealed(FakeTokenCaches):
        async def load(self, person: PersonKey) -> Stored[str] | None:
            raise ContractBroken(f"{person} is sealed with a key that is not configured")

    app = MicrosoftApp(
        authority="https://x/y",
        client_id="",
        client_secret="",
        redirect_uri="",
        client=open_client(),
    )

    with pytest.raises(SignInUnreadable):
        await MsalTokens(app=app, caches=Sealed(), clock=FakeClock()).open(ANN).current()


def test_a_stored_cache_is_read_as_it_was_written() -> None:
    text = TokenText(at=1.5, account_id="a.b", cache='{"RefreshToken": {}}')

    assert TokenText.decode(text.encode()) == text
