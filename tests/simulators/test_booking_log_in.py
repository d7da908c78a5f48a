"""The booking product's OpenID provider and pages, checked by an OpenID client library."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from simulators.booking import BookingSimulator, Practice
from simulators.booking.oidc import OidcSwitches
from simulators.booking.simulator import OIDC_CLIENT_ID, OIDC_CLIENT_SECRET

CALLBACK = "http://127.0.0.1:7071/auth/booking/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


@pytest.fixture
async def simulator() -> AsyncIterator[BookingSimulator]:
    booking = BookingSimulator()
    booking.seed(weeks=2)
    booking.connector.url = "http://127.0.0.1:7071"
    await booking.start()
    yield booking
    await booking.stop()


@pytest.fixture
async def browser(simulator: BookingSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=simulator.url) as client:
        yield client


def authorize(**changes: str) -> dict[str, str]:
    return {
        "client_id": OIDC_CLIENT_ID,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "st",
        "nonce": "no",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes


def returned(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(CALLBACK)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def choose(browser: httpx.AsyncClient, staff: str, **changes: str) -> dict[str, str]:
    return returned(
        await browser.post(
            "/oidc/authorize", params=authorize(**changes), data={"staff": f"acc-1/{staff}"}
        )
    )


async def redeem(browser: httpx.AsyncClient, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": OIDC_CLIENT_ID,
        "client_secret": OIDC_CLIENT_SECRET,
    }
    return await browser.post("/oidc/token", data=form | changes)


async def claims_of(browser: httpx.AsyncClient, id_token: str) -> dict[str, Any]:
    discovery = (await browser.get("/oidc/.well-known/openid-configuration")).json()
    keys = KeySet.import_key_set((await browser.get(discovery["jwks_uri"])).json())
    claims = jwt.decode(id_token, keys, algorithms=["RS256"]).claims
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": discovery["issuer"]},
        aud={"essential": True, "value": OIDC_CLIENT_ID},
        nonce={"essential": True, "value": "no"},
    ).validate(claims)
    return dict(claims)


async def test_a_log_in_gives_a_signed_id_token_with_the_booking_claims(
    browser: httpx.AsyncClient,
) -> None:
    page = await browser.get("/oidc/authorize", params=authorize())
    back = await choose(browser, "st-luis")
    tokens = (await redeem(browser, back["code"])).json()
    claims = await claims_of(browser, tokens["id_token"])

    assert "Luis Adams" in page.text
    assert "Cancel" in page.text
    assert back["state"] == "st"
    assert {name: claims[name] for name in ("account_id", "staff_id", "access_type", "name")} == {
        "account_id": "acc-1",
        "staff_id": "st-luis",
        "access_type": "location_admin",
        "name": "Luis Adams",
    }
    assert claims["location_ids"] == ["loc-north"]


async def test_basic_credentials_hold_too_and_wrong_ones_do_not(
    browser: httpx.AsyncClient,
) -> None:
    back = await choose(browser, "st-sam")
    form = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    wrong = await browser.post("/oidc/token", data=form, auth=(OIDC_CLIENT_ID, "no"))
    good = await browser.post("/oidc/token", data=form, auth=(OIDC_CLIENT_ID, OIDC_CLIENT_SECRET))

    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert good.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "w" * 50}, {"redirect_uri": CALLBACK + "2"}, {"code": "other"}],
)
async def test_a_code_is_bound_and_works_once(
    browser: httpx.AsyncClient, changes: dict[str, str]
) -> None:
    refused = await redeem(
        browser, **({"code": (await choose(browser, "st-sam"))["code"]} | changes)
    )
    code = (await choose(browser, "st-sam"))["code"]
    first, again = await redeem(browser, code), await redeem(browser, code)

    assert refused.json()["error"] == "invalid_grant"
    assert (first.status_code, again.json()["error"]) == (200, "invalid_grant")


async def test_r4_1_a_living_log_in_is_not_asked_for_again(browser: httpx.AsyncClient) -> None:
    nobody = returned(await browser.get("/oidc/authorize", params=authorize(prompt="none")))
    await choose(browser, "st-sam")
    silent = returned(await browser.get("/oidc/authorize", params=authorize(prompt="none")))
    asked = await browser.get("/oidc/authorize", params=authorize(prompt="login"))

    assert nobody["error"] == "login_required"
    assert "code" in silent
    assert asked.status_code == 200


@pytest.mark.parametrize(
    ("back", "status"),
    [(None, 200), ("http://127.0.0.1:7071/", 302), ("https://evil.example", 400)],
)
async def test_r4_5_a_client_may_end_the_log_in(
    browser: httpx.AsyncClient, back: str | None, status: int
) -> None:
    await choose(browser, "st-sam")
    where = {} if back is None else {"post_logout_redirect_uri": back}
    ended = await browser.get("/oidc/log-out", params=where)
    silent = returned(await browser.get("/oidc/authorize", params=authorize(prompt="none")))

    assert ended.status_code == status
    assert ("error" in silent) is (status != 400)


async def test_r4_5_a_log_out_of_the_booking_product_ends_the_log_in_too(
    browser: httpx.AsyncClient,
) -> None:
    await browser.post("/log-in", data={"staff": "acc-1/st-sam"})
    await browser.post("/log-out")

    silent = returned(await browser.get("/oidc/authorize", params=authorize(prompt="none")))

    assert silent["error"] == "login_required"


async def test_a_cancelled_log_in_is_access_denied(browser: httpx.AsyncClient) -> None:
    back = returned(await browser.post("/oidc/authorize", params=authorize(), data={"staff": ""}))

    assert back == {"error": "access_denied", "state": "st"}


async def test_pkce_and_a_known_return_address_are_asked_for(browser: httpx.AsyncClient) -> None:
    plain = authorize(code_challenge_method="plain")
    foreign = await browser.get(
        "/oidc/authorize", params=authorize(redirect_uri="https://evil.example/")
    )

    assert returned(await browser.get("/oidc/authorize", params=plain))["error"] == (
        "invalid_request"
    )
    assert foreign.status_code == 400


async def test_a_machine_logs_in_by_a_hint(
    simulator: BookingSimulator, browser: httpx.AsyncClient
) -> None:
    simulator.oidc.switches = OidcSwitches(auto=True)
    back = returned(await browser.get("/oidc/authorize", params=authorize(login_hint="st-vera")))
    tokens = (await redeem(browser, back["code"])).json()

    assert (await claims_of(browser, tokens["id_token"]))["access_type"] == "view_only"


async def test_people_work_with_their_schedule_by_plain_forms(
    simulator: BookingSimulator, browser: httpx.AsyncClient
) -> None:
    practice = Practice()
    entered = await browser.post("/log-in", data={"staff": "acc-1/st-sam"}, follow_redirects=True)
    form = {"start": "2027-03-01T08:00", "minutes": "30", "from": "2027-03-01"}
    await browser.post(
        "/schedule", data=form | {"kind": "appointment", "customer": "<b>Zoe", "service": "Cut"}
    )
    page = (await browser.get("/schedule?from=2027-03-01")).text
    found = re.search(r'data-item-id="([^"]+)"', page)
    assert found is not None
    taken = await browser.post("/schedule", data=form | {"kind": "reserve", "title": "Lunch"})
    item_id = found[1]
    await browser.post(f"/schedule/{item_id}", data=form | {"act": "move", "minutes": "60"})
    await browser.post(f"/schedule/{item_id}", data=form | {"act": "cancel"})
    item = simulator.state.item(practice.account_id, practice.staff_id, item_id)

    assert "Sam Taylor" in entered.text
    assert "&lt;b&gt;Zoe - Cut" in page
    assert taken.status_code == 409
    assert "The time is taken." in taken.text
    assert (item.end - item.start).total_seconds() == 3600
    assert item.status == "cancelled"


@pytest.mark.parametrize(("staff", "doors"), [("st-hana", 2), ("st-sam", 1)])
async def test_r4_1_the_profile_has_the_doors_to_the_connector(
    browser: httpx.AsyncClient, staff: str, doors: int
) -> None:
    await browser.post("/log-in", data={"staff": f"acc-1/{staff}"})
    page = (await browser.get("/profile")).text

    assert 'href="http://127.0.0.1:7071/connect"' in page
    assert page.count('href="http://127.0.0.1:7071/') == doors


async def test_pages_without_a_log_in_lead_to_the_choice(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/schedule")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Riverside Practice" in (await browser.get("/")).text
