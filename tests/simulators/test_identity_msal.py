"""Microsoft's own library (MSAL) signs people in with the simulated identity platform."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msal  # type: ignore[import-untyped]
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from simulators.common.faults import FaultRule
from simulators.microsoft365.identity import CLIENT_ID, CLIENT_SECRET, IdentitySimulator
from simulators.microsoft365.identity_sign_in import SignInSwitches

# The connector's callback is a GET, as its published surface says; MSAL would like a POST.
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post':UserWarning")

CALLBACK = "http://127.0.0.1:7071/auth/microsoft/callback"
SCOPES = ["User.Read", "Calendars.ReadWrite"]
ADDRESS = "sam@contoso.example"


@dataclass
class Bench:
    simulator: IdentitySimulator
    browser: httpx.AsyncClient

    async def application(
        self, cache: msal.SerializableTokenCache | None = None, secret: str = CLIENT_SECRET
    ) -> Any:
        return await asyncio.to_thread(
            msal.ConfidentialClientApplication,
            CLIENT_ID,
            client_credential=secret,
            authority=self.simulator.authority,
            instance_discovery=False,
            token_cache=cache,
            http_cache={},
        )

    async def begin(self, application: Any, **options: Any) -> dict[str, Any]:
        flow: dict[str, Any] = await asyncio.to_thread(
            application.initiate_auth_code_flow, SCOPES, redirect_uri=CALLBACK, **options
        )
        return flow

    async def finish(self, application: Any, flow: dict[str, Any], back: str) -> dict[str, Any]:
        answer: dict[str, Any] = await asyncio.to_thread(
            application.acquire_token_by_auth_code_flow, flow, parameters(back)
        )
        return answer

    async def connected(self, secret: str = CLIENT_SECRET) -> Any:
        self.simulator.switches = SignInSwitches(auto=True, auto_user=ADDRESS)
        application = await self.application(secret=secret)
        flow = await self.begin(application)
        back = (await self.browser.get(flow["auth_uri"])).headers["location"]
        answer = await self.finish(application, flow, back)
        assert "access_token" in answer, answer
        return application

    async def refreshed(self, application: Any) -> dict[str, Any]:
        account = application.get_accounts()[0]
        answer: dict[str, Any] = await asyncio.to_thread(
            application.acquire_token_silent_with_error, SCOPES, account, force_refresh=True
        )
        return answer


def parameters(location: str) -> dict[str, str]:
    assert location.startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(location).query))


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    bundle = tmp_path / "ca.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    simulator = IdentitySimulator(bundle)
    simulator.add_user(ADDRESS, name="Sam Taylor")
    url = await simulator.start()
    trust = ssl.create_default_context(cafile=str(bundle))
    async with httpx.AsyncClient(base_url=url, verify=trust) as browser:
        yield Bench(simulator, browser)
    await simulator.stop()


async def test_a_person_signs_in_consents_and_the_app_gets_tokens(bench: Bench) -> None:
    application = await bench.application()
    flow = await bench.begin(application)
    choice = await bench.browser.get(flow["auth_uri"])
    login = flow["auth_uri"].replace("/oauth2/v2.0/authorize", "/login")
    consent = await bench.browser.post(login, data={"address": ADDRESS})
    accepted = await bench.browser.post(
        login.replace("/login", "/consent"), data={"answer": "accept"}
    )
    answer = await bench.finish(application, flow, accepted.headers["location"])

    assert "Pick an account" in choice.text
    assert "Calendars.ReadWrite" in consent.text
    assert answer["id_token_claims"]["preferred_username"] == ADDRESS
    assert "Calendars.ReadWrite" in answer["scope"].split()
    assert application.get_accounts()[0]["username"] == ADDRESS
    assert bench.simulator.check_token(answer["access_token"]) == ADDRESS
    keys = KeySet.import_key_set(
        (await bench.browser.get("/organizations/discovery/v2.0/keys")).json()
    )
    claims = jwt.decode(answer["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["iss"] == f"{bench.simulator.url}/{claims['tid']}/v2.0"
    assert claims["aud"] == CLIENT_ID


async def test_r4_1_a_living_sign_in_is_not_asked_for_again(bench: Bench) -> None:
    await bench.connected()
    bench.simulator.switches = SignInSwitches()
    application = await bench.application()
    again = await bench.browser.get((await bench.begin(application))["auth_uri"])
    chosen = await bench.browser.get(
        (await bench.begin(application, prompt="select_account"))["auth_uri"]
    )

    assert again.status_code == 302
    assert chosen.status_code == 200


@pytest.mark.parametrize(
    ("mode", "error", "number"),
    [("", "access_denied", "AADSTS65004"), ("redirect", "consent_required", "AADSTS90094")],
)
async def test_r4_2_refused_consent_comes_back_as_an_error(
    bench: Bench, mode: str, error: str, number: str
) -> None:
    bench.simulator.require_admin(ADDRESS, mode)
    bench.simulator.switches = SignInSwitches(auto=True, auto_user=ADDRESS, auto_consent=False)
    application = await bench.application()
    flow = await bench.begin(application)
    back = (await bench.browser.get(flow["auth_uri"])).headers["location"]
    answer = await bench.finish(application, flow, back)

    assert answer["error"] == error
    assert number in answer["error_description"]


async def test_a_person_may_be_left_on_the_page_that_asks_for_an_administrator(
    bench: Bench,
) -> None:
    bench.simulator.require_admin(ADDRESS, "page")
    flow = await bench.begin(await bench.application())
    login = flow["auth_uri"].replace("/oauth2/v2.0/authorize", "/login")
    left = await bench.browser.post(login, data={"address": ADDRESS})

    assert left.status_code == 200
    assert "Need admin approval" in left.text


async def test_refreshing_rotates_and_the_old_token_still_works(bench: Bench) -> None:
    application = await bench.connected()
    old = next(application.token_cache.search("RefreshToken"))["secret"]
    first = await bench.refreshed(application)
    new = next(application.token_cache.search("RefreshToken"))["secret"]
    by_old = await asyncio.to_thread(application.acquire_token_by_refresh_token, old, SCOPES)

    assert "access_token" in first
    assert old != new
    assert "access_token" in by_old
    assert bench.simulator.log.counts == {"discovery": 1, "code": 1, "refresh": 2}


@pytest.mark.parametrize(
    ("act", "error", "number", "suberror"),
    [
        ("revoke", "invalid_grant", 50173, ""),
        ("withdraw-consent", "invalid_grant", 65001, "consent_required"),
        ("change-password", "invalid_grant", 50173, ""),
        ("close", "invalid_grant", 50057, ""),
        ("require-mfa", "interaction_required", 50076, "basic_action"),
    ],
)
async def test_r10_3_microsoft_refuses_the_tokens(
    bench: Bench, act: str, error: str, number: int, suberror: str
) -> None:
    application = await bench.connected()
    acted = await bench.browser.post(f"/_sim/users/{ADDRESS}/{act}", json={"by_admin": True})
    answer = await bench.refreshed(application)

    assert acted.status_code == 200
    assert answer["error"] == error
    assert answer["error_codes"] == [number]
    assert answer.get("suberror", "") == suberror


async def test_a_persons_own_new_password_keeps_the_tokens(bench: Bench) -> None:
    application = await bench.connected()
    bench.simulator.change_password(ADDRESS, by_admin=False)

    assert "access_token" in await bench.refreshed(application)


async def test_signing_in_again_repairs_a_revoked_grant(bench: Bench) -> None:
    await bench.connected()
    bench.simulator.revoke(ADDRESS)
    application = await bench.connected()

    assert "access_token" in await bench.refreshed(application)


async def test_our_own_secret_may_have_ended(bench: Bench) -> None:
    application = await bench.connected()
    bench.simulator.faults.add(FaultRule(kind="secret_expired"))
    answer = await bench.refreshed(application)

    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [7000222])


@pytest.mark.parametrize("kind", ["unavailable", "drop"])
async def test_an_outage_is_an_exception_and_passes(bench: Bench, kind: str) -> None:
    application = await bench.connected()
    account = application.get_accounts()[0]
    cache = application.token_cache
    bench.simulator.faults.add(FaultRule(kind=kind, operations=("refresh",)))
    with pytest.raises(Exception, match=r"503|Connection|RemoteDisconnected"):
        await bench.refreshed(application)
    bench.simulator.faults.clear()
    later = await bench.application(cache)
    answer = await asyncio.to_thread(
        later.acquire_token_silent_with_error, SCOPES, account, force_refresh=True
    )

    assert "access_token" in answer


@pytest.mark.parametrize("kind", ["no_refresh_token", "fewer_scopes"])
async def test_the_answer_may_hold_less_than_was_asked_for(bench: Bench, kind: str) -> None:
    bench.simulator.faults.add(FaultRule(kind=kind))
    bench.simulator.switches = SignInSwitches(auto=True, auto_user=ADDRESS)
    application = await bench.application()
    flow = await bench.begin(application)
    back = (await bench.browser.get(flow["auth_uri"])).headers["location"]
    answer = await bench.finish(application, flow, back)

    assert ("refresh_token" in answer) == (kind != "no_refresh_token")
    assert ("Calendars.ReadWrite" in answer["scope"]) == (kind != "fewer_scopes")


async def test_access_tokens_end_in_their_time(bench: Bench) -> None:
    bench.simulator.expires_in = 60
    application = await bench.connected()
    answer = await bench.refreshed(application)
    check = bench.simulator.check_token
    assert check(answer["access_token"]) == ADDRESS

    bench.simulator.directory.offset = timedelta(seconds=60)

    assert check(answer["access_token"]) is None
    assert bench.simulator.why_refused(answer["access_token"]) == "expired"
    assert bench.simulator.why_refused("other") == "unknown"


async def token(bench: Bench, back: str, flow: dict[str, Any], **changes: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "code": parameters(back)["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": flow["code_verifier"],
    }
    answer = await bench.browser.post("/organizations/oauth2/v2.0/token", data=form | changes)
    return answer.json()


async def test_a_code_works_once_for_ten_minutes_with_its_verifier(bench: Bench) -> None:
    bench.simulator.switches = SignInSwitches(auto=True, auto_user=ADDRESS)
    flow = await bench.begin(await bench.application())

    async def back() -> str:
        return (await bench.browser.get(flow["auth_uri"])).headers["location"]

    wrong = await token(bench, await back(), flow, code_verifier="x" * 43)
    secret = await token(bench, await back(), flow, client_secret="no")
    once = await back()
    first, again = await token(bench, once, flow), await token(bench, once, flow)
    late = await back()
    bench.simulator.directory.offset = timedelta(minutes=10)
    ended = await token(bench, late, flow)

    assert wrong["error_codes"] == [501481]
    assert secret["error_codes"] == [7000215]
    assert "access_token" in first
    assert again["error_codes"] == [54005]
    assert ended["error_codes"] == [70008]


async def test_a_browser_may_be_spared_the_certificate(bench: Bench) -> None:
    await bench.simulator.stop()
    await bench.simulator.start(pages_port=0)
    bench.simulator.switches = SignInSwitches(auto=True, auto_user=ADDRESS)
    application = await bench.application()
    flow = await bench.begin(application)
    async with httpx.AsyncClient() as browser:
        back = (await browser.get(flow["auth_uri"])).headers["location"]
        bench.simulator.switches = SignInSwitches()
        again = await browser.get((await bench.begin(application))["auth_uri"])

    assert flow["auth_uri"].startswith(bench.simulator.pages_url + "/")
    assert bench.simulator.pages_url.startswith("http://")
    assert again.status_code == 302
    assert "access_token" in await bench.finish(application, flow, back)


async def test_prompt_none_and_foreign_addresses_are_answered_by_the_rules(bench: Bench) -> None:
    application = await bench.application()
    silent = await bench.browser.get((await bench.begin(application, prompt="none"))["auth_uri"])
    foreign = await bench.browser.get(
        (await bench.begin(application))["auth_uri"].replace("127.0.0.1%3A7071", "evil.example")
    )

    assert parameters(silent.headers["location"])["error"] == "login_required"
    assert foreign.status_code == 400


async def test_the_control_endpoints_add_people_and_turn_switches(bench: Bench) -> None:
    client = bench.browser
    added = await client.post("/_sim/users", json={"address": "ann@contoso.example"})
    unknown = await client.post("/_sim/users/nobody@contoso.example/revoke")
    settings = await client.put(
        "/_sim/settings", json={"auto": True, "auto_user": ADDRESS, "expires_in": 120}
    )
    faults = await client.put("/_sim/faults", json={"rules": [{"kind": "drop", "times": 0}]})
    requests = await client.get("/_sim/requests")
    out = await client.get("/organizations/oauth2/v2.0/logout")
    await client.post("/_sim/reset")

    assert added.json()["name"] == "Ann"
    assert unknown.status_code == 400
    assert settings.json()["expires_in"] == 120
    assert faults.json()["rules"][0]["times"] == 0
    assert requests.json()["total"] == 0
    assert out.status_code == 200
    assert (await client.get("/_sim/users")).json() == {"value": []}
