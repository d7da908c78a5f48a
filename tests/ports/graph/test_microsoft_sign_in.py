"""The sign-in and the tokens, over TLS against the simulated identity platform."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from simulators.common.faults import FaultRule
from simulators.microsoft365.identity import CLIENT_ID, CLIENT_SECRET, IdentitySimulator
from simulators.microsoft365.identity_sign_in import SignInSwitches
from sync.errors import AuthorizationLost, Unavailable, UntrustedRequest
from sync.outside.graph.auth import MsalSignIn
from sync.outside.graph.microsoft_app import MicrosoftApp
from sync.outside.graph.tokens import MsalTokens
from sync.outside.http_client import open_client
from sync.ports import SignIn, SignInRefused
from tests.fakes.clock import FakeClock
from tests.fakes.storage import FakeTokenCaches
from tests.ports.suites.booking_gateway import ANN, BEN

ANNS = "ann@example.org"
CALLBACK = "http://127.0.0.1:7071/auth/microsoft/callback"


class Bench:
    """The simulated platform, a browser, and any number of workers on one store."""

    def __init__(self, identity: IdentitySimulator, bundle: Path) -> None:
        self.identity = identity
        self.bundle = bundle
        self.client = open_client(ca_bundle=str(bundle))
        self.clock = FakeClock(datetime.now(UTC))
        self.caches = FakeTokenCaches()
        self.secret = CLIENT_SECRET

    def app(self) -> MicrosoftApp:
        return MicrosoftApp(
            authority=self.identity.authority,
            client_id=CLIENT_ID,
            client_secret=self.secret,
            redirect_uri=CALLBACK,
            client=self.client,
        )

    def sign_in(self) -> MsalSignIn:
        return MsalSignIn(app=self.app(), caches=self.caches, clock=self.clock)

    def worker(self) -> MsalTokens:
        return MsalTokens(app=self.app(), caches=self.caches, clock=self.clock)

    async def browse(self, address: str) -> dict[str, str]:
        """Follows the address of a flow; gives what comes back to the callback."""
        context = ssl.create_default_context(cafile=str(self.bundle))
        async with httpx.AsyncClient(verify=context, trust_env=False) as browser:
            answer = await browser.get(address)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    async def signed_in(self) -> SignIn:
        signing_in = self.sign_in()
        address, flow = await signing_in.begin()
        outcome = await signing_in.finish(flow, await self.browse(address))
        assert isinstance(outcome, SignIn)
        await signing_in.remember(ANN, outcome)
        return outcome

    def stored_refresh_token(self) -> str:
        cache = json.loads(self.caches.rows[ANN].value)["cache"]
        (entry,) = cache["RefreshToken"].values()
        return str(entry["secret"])


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bundle = tmp_path / "authorities.pem"
    identity = IdentitySimulator(bundle)
    await identity.start()
    identity.add_user(ANNS, name="Ann")
    identity.switches = SignInSwitches(auto=True, auto_user=ANNS)
    bench = Bench(identity, bundle)
    yield bench
    await bench.client.aclose()
    await identity.stop()


# --- the sign-in ---


async def test_r4_1_a_sign_in_gives_the_account_and_its_tokens(bench: Bench) -> None:
    outcome = await bench.signed_in()

    person = bench.identity.person(ANNS)
    assert outcome.account.address == ANNS
    assert outcome.account.id == f"{person.oid}.{person.tid}"
    assert set(json.loads(outcome.tokens)["cache"]) == {"RefreshToken", "Account", "AppMetadata"}


async def test_r4_4_the_address_asks_for_an_account_with_state_nonce_and_pkce(
    bench: Bench,
) -> None:
    address, _ = await bench.sign_in().begin(login_hint=ANNS)

    query = dict(parse_qsl(urlsplit(address).query))
    assert query["prompt"] == "select_account"
    assert query["login_hint"] == ANNS
    assert query["redirect_uri"] == CALLBACK
    assert query["code_challenge_method"] == "S256"
    assert query["state"]
    assert query["nonce"]
    assert {"User.Read", "Calendars.ReadWrite", "offline_access"} <= set(query["scope"].split())


async def test_r4_2_a_refused_consent_is_told(bench: Bench) -> None:
    bench.identity.switches = SignInSwitches(auto=True, auto_user=ANNS, auto_consent=False)
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()

    outcome = await signing_in.finish(flow, await bench.browse(address))

    assert outcome is SignInRefused.DECLINED
    assert bench.caches.rows == {}


async def test_r4_2_consent_that_needs_an_administrator_is_told(bench: Bench) -> None:
    bench.identity.require_admin(ANNS, "redirect")
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()

    assert await signing_in.finish(flow, await bench.browse(address)) is SignInRefused.ADMIN_CONSENT


@pytest.mark.parametrize("kind", ["fewer_scopes", "no_refresh_token"])
async def test_r4_2_a_grant_without_what_is_needed_is_told(bench: Bench, kind: str) -> None:
    bench.identity.faults.add(FaultRule(kind=kind))
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()

    assert await signing_in.finish(flow, await bench.browse(address)) is SignInRefused.MISSING_SCOPE


async def test_r4_4_a_code_is_good_once_and_for_its_own_flow(bench: Bench) -> None:
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()
    _, other_flow = await signing_in.begin()
    query = await bench.browse(address)

    with pytest.raises(UntrustedRequest):
        await signing_in.finish(other_flow, query)
    with pytest.raises(UntrustedRequest):
        await signing_in.finish(flow, {"state": query["state"]})
    assert isinstance(await signing_in.finish(flow, query), SignIn)
    with pytest.raises(UntrustedRequest):
        await signing_in.finish(flow, query)


async def test_r4_4_a_forged_flow_is_untrusted(bench: Bench) -> None:
    address, _ = await bench.sign_in().begin()
    query = await bench.browse(address)

    with pytest.raises(UntrustedRequest):
        await bench.sign_in().finish("{}", query)


async def test_a_nonce_of_another_flow_is_untrusted(bench: Bench) -> None:
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()
    forged = json.loads(flow) | {"nonce": "another"}

    with pytest.raises(UntrustedRequest):
        await signing_in.finish(json.dumps(forged), await bench.browse(address))


async def test_an_id_token_that_has_ended_is_untrusted(bench: Bench) -> None:
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()
    query = await bench.browse(address)
    bench.clock.advance(48 * 3600)

    with pytest.raises(UntrustedRequest, match="ended"):
        await signing_in.finish(flow, query)


async def test_a_platform_that_fails_is_unavailable_and_forgiven_at_once(bench: Bench) -> None:
    signing_in = bench.sign_in()
    address, flow = await signing_in.begin()
    query = await bench.browse(address)
    bench.identity.faults.add(FaultRule(kind="unavailable", operations=("code",)))

    with pytest.raises(Unavailable):
        await signing_in.finish(flow, query)
    bench.identity.faults.clear()
    assert isinstance(await signing_in.finish(flow, query), SignIn)


async def test_a_platform_that_is_not_there_is_unavailable(bench: Bench) -> None:
    await bench.identity.stop()

    with pytest.raises(Unavailable):
        await bench.sign_in().begin()


# --- access tokens ---


async def test_an_access_token_is_redeemed_once_and_remembered(bench: Bench) -> None:
    await bench.signed_in()
    worker = bench.worker()

    first = await worker.open(ANN).current()
    second = await worker.open(ANN).current()

    assert first == second
    assert bench.identity.check_token(first) == ANNS
    assert bench.identity.log.counts["refresh"] == 1


async def test_no_access_token_is_stored(bench: Bench) -> None:
    await bench.signed_in()

    token = await bench.worker().open(ANN).current()

    assert token not in bench.caches.rows[ANN].value


async def test_discovery_is_asked_once_for_each_worker(bench: Bench) -> None:
    await bench.signed_in()
    bench.identity.log.clear()
    worker = bench.worker()
    for _ in range(3):
        tokens = worker.open(ANN)
        await tokens.fresh(await tokens.current(), None)

    assert bench.identity.log.counts["discovery"] == 1


async def test_an_ended_access_token_is_replaced(bench: Bench) -> None:
    await bench.signed_in()
    worker = bench.worker()
    first = await worker.open(ANN).current()
    bench.clock.advance(3600)

    assert await worker.open(ANN).current() != first


async def test_a_refused_access_token_is_replaced_and_only_once_for_all(bench: Bench) -> None:
    await bench.signed_in()
    tokens = bench.worker().open(ANN)
    refused = await tokens.current()

    fresh = await asyncio.gather(*(tokens.fresh(refused, None) for _ in range(5)))

    assert len(set(fresh)) == 1
    assert refused not in fresh
    assert bench.identity.log.counts["refresh"] == 2


async def test_case_40_ten_workers_at_once_keep_one_good_refresh_token(bench: Bench) -> None:
    await bench.signed_in()
    before = bench.stored_refresh_token()

    tokens = await asyncio.gather(*(bench.worker().open(ANN).current() for _ in range(10)))

    assert all(bench.identity.check_token(token) == ANNS for token in tokens)
    assert bench.stored_refresh_token() != before
    assert bench.identity.check_token(await bench.worker().open(ANN).current()) == ANNS


async def test_case_41_a_network_failure_is_not_a_disconnect(bench: Bench) -> None:
    await bench.signed_in()
    bench.identity.faults.add(FaultRule(kind="drop", operations=("refresh",)))
    worker = bench.worker()

    with pytest.raises(Unavailable):
        await worker.open(ANN).current()
    bench.identity.faults.clear()
    assert bench.identity.check_token(await worker.open(ANN).current()) == ANNS


async def test_case_41_a_revoked_grant_is_one(bench: Bench) -> None:
    await bench.signed_in()
    bench.identity.revoke(ANNS)

    with pytest.raises(AuthorizationLost):
        await bench.worker().open(ANN).current()


async def test_multi_factor_that_became_needed_is_one(bench: Bench) -> None:
    await bench.signed_in()
    bench.identity.require_mfa(ANNS)

    with pytest.raises(AuthorizationLost):
        await bench.worker().open(ANN).current()


async def test_r10_3_a_repaired_sign_in_is_used_at_once(bench: Bench) -> None:
    await bench.signed_in()
    bench.identity.revoke(ANNS)
    worker = bench.worker()
    with pytest.raises(AuthorizationLost):
        await worker.open(ANN).current()

    await bench.signed_in()

    assert bench.identity.check_token(await worker.open(ANN).current()) == ANNS


async def test_a_refusal_is_not_believed_while_a_newer_token_is_stored(bench: Bench) -> None:
    await bench.signed_in()
    old = bench.caches.rows[ANN]
    bench.identity.revoke(ANNS)
    await bench.signed_in()
    newest = bench.caches.rows[ANN]
    bench.caches.rows[ANN] = old
    reads: list[str] = []

    def swap(call: str) -> None:
        reads.append(call)
        if len(reads) == 2:
            bench.caches.rows[ANN] = newest

    bench.caches.before = swap

    assert bench.identity.check_token(await bench.worker().open(ANN).fresh("", None)) == ANNS


async def test_a_refused_secret_disconnects_nobody_and_raises_an_alarm(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.signed_in()
    bench.identity.faults.add(FaultRule(kind="secret_expired"))

    with caplog.at_level(logging.CRITICAL), pytest.raises(Unavailable):
        await bench.worker().open(ANN).current()

    assert [record.message for record in caplog.records] == ["graph.client_secret_refused"]


async def test_r3_3_somebody_forgotten_has_no_tokens_even_in_memory(bench: Bench) -> None:
    await bench.signed_in()
    worker = bench.worker()
    await worker.open(ANN).current()
    await bench.sign_in().forget(ANN)

    with pytest.raises(AuthorizationLost):
        await worker.open(ANN).current()


async def test_another_account_never_goes_on_with_the_first_ones_token(bench: Bench) -> None:
    await bench.signed_in()
    worker = bench.worker()
    await worker.open(ANN).current()
    bench.identity.add_user("anne@example.com")
    bench.identity.switches = SignInSwitches(auto=True, auto_user="anne@example.com")
    await bench.signed_in()

    token = await worker.open(ANN).current()

    assert bench.identity.check_token(token) == "anne@example.com"


async def test_somebody_never_signed_in_has_no_tokens(bench: Bench) -> None:
    with pytest.raises(AuthorizationLost):
        await bench.worker().open(BEN).current()
