"""The log-in against a provider that keeps the rules, and against many that don't."""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from sync.errors import ContractBroken, Throttled, Unavailable, UntrustedRequest
from sync.outside.booking.log_in import BookingLogIn
from sync.outside.booking.provider import LIFE
from sync.outside.http_client import BoundedClient
from sync.people.people import AccessType
from sync.ports import LoggedIn, LogInRefused, Prompt
from tests.fakes.clock import FakeClock, FakeIds

ISSUER = "https://booking.example/oidc"
CLIENT_ID = "connect up"
CLIENT_SECRET = "s:cret+%"
REDIRECT_URI = "https://connect-up.example/auth/booking/callback"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})


class Provider:
    """An OpenID provider in memory; tests bend its attributes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.issuer = ISSUER
        self.discovery: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
        }
        self.signing_key: Any = KEY
        self.published: list[Any] = [KEY]
        self.raw_keys: list[Any] | None = None
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        self.nonce = ""
        self.token_answer: httpx.Response | None = None
        self.failing: dict[str, httpx.Response | None] = {}
        self.tokens: Callable[[str], str] = lambda token: token
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path in self.failing:
            failure = self.failing[request.url.path]
            if failure is None:
                raise httpx.ConnectError("no", request=request)
            return failure
        match request.url.path:
            case "/oidc/.well-known/openid-configuration":
                return httpx.Response(200, json=self.discovery)
            case "/oidc/jwks" if self.raw_keys is not None:
                return httpx.Response(200, json={"keys": self.raw_keys})
            case "/oidc/jwks":
                keys = KeySet([*self.published])
                return httpx.Response(200, json=keys.as_dict(private=False))
            case "/oidc/token":
                return self.token_answer or httpx.Response(200, json={"id_token": self.id_token()})
            case _:
                return httpx.Response(404)

    def id_token(self) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": "acc-1.ann",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "name": "Ann",
            "account_id": "acc-1",
            "staff_id": "ann",
            "access_type": "location_admin",
            "location_ids": ["loc-1"],
            **self.claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        algorithms = [self.header["alg"]]
        return self.tokens(jwt.encode(self.header, present, self.signing_key, algorithms))

    def count(self, path: str) -> int:
        return sum(request.url.path == path for request in self.requests)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def provider(clock: FakeClock) -> Provider:
    return Provider(clock)


@pytest.fixture
def log_in(provider: Provider, clock: FakeClock) -> BookingLogIn:
    return make(provider, clock)


def make(provider: Provider, clock: FakeClock, issuer: str = ISSUER) -> BookingLogIn:
    return BookingLogIn(
        client=BoundedClient(transport=httpx.MockTransport(provider.answer)),
        issuer=issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri=REDIRECT_URI,
        clock=clock,
        ids=FakeIds(),
    )


async def begin(log_in: BookingLogIn, provider: Provider) -> tuple[str, dict[str, str]]:
    """Starts a flow, and gives its text and the answer that a good provider redirects with."""
    url, flow = await log_in.begin()
    query = dict(parse_qsl(urlsplit(url).query))
    provider.nonce = query["nonce"]
    return flow, {"code": "c0de", "state": query["state"]}


async def finish(log_in: BookingLogIn, provider: Provider) -> LoggedIn | LogInRefused:
    return await log_in.finish(*await begin(log_in, provider))


async def test_r4_4_a_flow_begins_with_state_nonce_and_pkce(log_in: BookingLogIn) -> None:
    url, flow = await log_in.begin()

    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    secret = json.loads(flow)
    challenge = urlsafe_b64encode(sha256(secret["verifier"].encode()).digest())
    assert url.startswith(f"{ISSUER}/authorize?")
    assert query["response_type"] == "code"
    assert query["client_id"] == CLIENT_ID
    assert query["redirect_uri"] == REDIRECT_URI
    assert "openid" in query["scope"].split()
    assert (query["state"], query["nonce"]) == (secret["state"], secret["nonce"])
    assert query["code_challenge_method"] == "S256"
    assert query["code_challenge"] == challenge.rstrip(b"=").decode()
    assert 43 <= len(secret["verifier"]) <= 128
    assert secret["verifier"] not in url


async def test_r4_1_who_logs_in_is_told_by_the_id_token(
    log_in: BookingLogIn, provider: Provider
) -> None:
    who = await finish(log_in, provider)

    assert isinstance(who, LoggedIn)
    assert str(who.person) == "acc-1:ann"
    assert (who.name, who.access_type) == ("Ann", AccessType.LOCATION_ADMIN)
    assert who.location_ids == {"loc-1"}


async def test_the_code_is_redeemed_with_verifier_and_basic_credentials(
    log_in: BookingLogIn, provider: Provider
) -> None:
    flow, answer = await begin(log_in, provider)
    await log_in.finish(flow, answer)

    (request,) = [each for each in provider.requests if each.url.path == "/oidc/token"]
    form = dict(parse_qsl(request.content.decode()))
    assert form == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": json.loads(flow)["verifier"],
    }
    basic = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert basic == "connect+up:s%3Acret%2B%25"


async def test_a_provider_that_takes_no_basic_gets_the_secret_in_the_form(
    log_in: BookingLogIn, provider: Provider
) -> None:
    provider.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

    await finish(log_in, provider)

    (request,) = [each for each in provider.requests if each.url.path == "/oidc/token"]
    form = dict(parse_qsl(request.content.decode()))
    assert (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
    assert "Authorization" not in request.headers


async def test_discovery_and_keys_are_asked_for_once_in_a_while(
    log_in: BookingLogIn, provider: Provider, clock: FakeClock
) -> None:
    for _ in range(3):
        await finish(log_in, provider)
    assert provider.count("/oidc/.well-known/openid-configuration") == 1
    assert provider.count("/oidc/jwks") == 1

    clock.advance(LIFE.total_seconds())
    await finish(log_in, provider)

    assert provider.count("/oidc/.well-known/openid-configuration") == 2
    assert provider.count("/oidc/jwks") == 2


async def test_a_new_signing_key_is_fetched(log_in: BookingLogIn, provider: Provider) -> None:
    await finish(log_in, provider)
    provider.published = [KEY, OTHER_KEY]
    provider.signing_key = OTHER_KEY
    provider.header["kid"] = "two"

    assert isinstance(await finish(log_in, provider), LoggedIn)
    assert provider.count("/oidc/jwks") == 2


def nameless() -> Any:
    """Gives a key of its own; published and used without a kid."""
    return RSAKey.generate_key(2048, {"use": "sig"})


async def test_keys_without_a_kid_may_be_several_and_rotate(
    log_in: BookingLogIn, provider: Provider
) -> None:
    old, new = nameless(), nameless()
    provider.raw_keys = [old.as_dict(private=False), KEY.as_dict(private=False)]
    provider.signing_key, provider.header = old, {"alg": "RS256"}
    before = await finish(log_in, provider)
    provider.raw_keys = [new.as_dict(private=False)]
    provider.signing_key = new

    after = await finish(log_in, provider)

    assert isinstance(before, LoggedIn)
    assert isinstance(after, LoggedIn)
    assert provider.count("/oidc/jwks") == 2


async def test_a_key_that_kept_its_kid_over_a_rotation_is_fetched(
    log_in: BookingLogIn, provider: Provider
) -> None:
    await finish(log_in, provider)
    provider.published = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
    provider.signing_key = provider.published[0]

    assert isinstance(await finish(log_in, provider), LoggedIn)


async def test_a_key_for_encryption_signs_nothing(log_in: BookingLogIn, provider: Provider) -> None:
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "enc"})
    provider.published, provider.signing_key = (
        [key],
        RSAKey.import_key({**key.as_dict(private=True), "use": "sig"}),
    )

    with pytest.raises(UntrustedRequest):
        await finish(log_in, provider)


async def test_a_key_of_a_kind_unknown_here_does_not_hide_the_others(
    log_in: BookingLogIn, provider: Provider
) -> None:
    provider.published = [OctKey.import_key("x" * 40, {"kid": "zero"}), KEY]

    assert isinstance(await finish(log_in, provider), LoggedIn)


async def test_other_asymmetric_signatures_hold_too(
    log_in: BookingLogIn, provider: Provider
) -> None:
    key = ECKey.generate_key("P-256", {"kid": "ec"})
    provider.published = [key]
    provider.signing_key = key
    provider.header = {"alg": "ES256", "kid": "ec"}

    assert isinstance(await finish(log_in, provider), LoggedIn)


@pytest.mark.parametrize("prompt", [None, *Prompt])
async def test_r4_5_the_provider_is_told_about_asking(
    log_in: BookingLogIn, prompt: Prompt | None
) -> None:
    url, _ = await log_in.begin(prompt=prompt)

    query = dict(parse_qsl(urlsplit(url).query))
    assert query.get("prompt") == prompt


async def test_an_authorize_address_with_a_query_of_its_own_keeps_it(
    log_in: BookingLogIn, provider: Provider
) -> None:
    provider.discovery["authorization_endpoint"] = f"{ISSUER}/authorize?tenant=a"

    query = dict(parse_qsl(urlsplit((await log_in.begin())[0]).query))

    assert (query["tenant"], query["response_type"]) == ("a", "code")


@pytest.mark.parametrize("state", [None, "", "another", "ä"])
async def test_r4_4_an_answer_with_another_state_is_not_trusted(
    log_in: BookingLogIn, provider: Provider, state: str | None
) -> None:
    flow, answer = await begin(log_in, provider)
    given = {"code": answer["code"]} if state is None else {**answer, "state": state}

    with pytest.raises(UntrustedRequest):
        await log_in.finish(flow, given)
    assert provider.count("/oidc/token") == 0


@pytest.mark.parametrize("flow", ["", "null", "{}", '{"state": "s"}'])
async def test_r4_4_an_answer_without_its_flow_is_not_trusted(
    log_in: BookingLogIn, flow: str
) -> None:
    with pytest.raises(UntrustedRequest):
        await log_in.finish(flow, {"state": "s", "code": "c"})


async def test_an_answer_without_a_code_is_not_trusted(
    log_in: BookingLogIn, provider: Provider
) -> None:
    flow, answer = await begin(log_in, provider)

    with pytest.raises(UntrustedRequest):
        await log_in.finish(flow, {"state": answer["state"]})


async def test_an_answer_that_names_another_issuer_is_not_trusted(
    log_in: BookingLogIn, provider: Provider
) -> None:
    flow, answer = await begin(log_in, provider)

    with pytest.raises(UntrustedRequest):
        await log_in.finish(flow, {**answer, "iss": "https://evil.example"})


@pytest.mark.parametrize(
    ("error", "result"),
    [
        ("access_denied", LogInRefused.DECLINED),
        ("login_required", LogInRefused.NOT_ASKED),
        ("interaction_required", LogInRefused.NOT_ASKED),
        ("server_error", LogInRefused.FAILED),
    ],
)
async def test_a_person_who_declines_is_no_attack(
    log_in: BookingLogIn, provider: Provider, error: str, result: LogInRefused
) -> None:
    flow, answer = await begin(log_in, provider)

    assert await log_in.finish(flow, {"state": answer["state"], "error": error}) is result


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID], "azp": "another"},
        {"azp": "another"},
        {"iat": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"iat": 99999999999},
        {"nbf": 99999999999},
        {"sub": None},
    ],
)
async def test_an_id_token_with_wrong_claims_is_not_trusted(
    log_in: BookingLogIn, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims

    with pytest.raises(UntrustedRequest):
        await finish(log_in, provider)


async def test_an_id_token_for_several_clients_holds_if_it_was_made_for_us(
    log_in: BookingLogIn, provider: Provider
) -> None:
    provider.claims = {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}

    assert isinstance(await finish(log_in, provider), LoggedIn)


async def test_an_id_token_of_another_key_is_not_trusted(
    log_in: BookingLogIn, provider: Provider
) -> None:
    provider.signing_key = OTHER_KEY

    with pytest.raises(UntrustedRequest):
        await finish(log_in, provider)


async def test_an_id_token_signed_with_our_own_secret_is_not_trusted(
    log_in: BookingLogIn, provider: Provider
) -> None:
    provider.signing_key = OctKey.import_key("s3cret-of-the-client-that-is-long-enough")
    provider.header = {"alg": "HS256", "kid": "one"}

    with pytest.raises(UntrustedRequest):
        await finish(log_in, provider)


def _unsigned(token: str) -> str:
    header = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


@pytest.mark.parametrize(
    "spoil",
    [_unsigned, lambda _: "", lambda _: "a.b.c", lambda _: "ä", lambda token: token[:-9]],
)
async def test_an_id_token_that_is_unsigned_or_damaged_is_not_trusted(
    log_in: BookingLogIn, provider: Provider, spoil: Callable[[str], str]
) -> None:
    provider.tokens = spoil

    with pytest.raises(UntrustedRequest):
        await finish(log_in, provider)


async def test_an_id_token_that_ended_a_moment_ago_is_taken_for_the_clocks_sake(
    log_in: BookingLogIn, provider: Provider, clock: FakeClock
) -> None:
    provider.claims = {"exp": int((clock.now() - timedelta(seconds=30)).timestamp())}

    assert isinstance(await finish(log_in, provider), LoggedIn)


@pytest.mark.parametrize(
    "claims",
    [
        {"account_id": None},
        {"staff_id": None},
        {"staff_id": "a/b"},
        {"access_type": "owner"},
        {"location_ids": "loc-1"},
    ],
)
async def test_a_genuine_id_token_without_the_contracts_claims_breaks_the_contract(
    log_in: BookingLogIn, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims

    with pytest.raises(ContractBroken):
        await finish(log_in, provider)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), UntrustedRequest),
        (httpx.Response(401, json={"error": "invalid_client"}), ContractBroken),
        (httpx.Response(400, json={"error": "invalid_request"}), ContractBroken),
        (httpx.Response(200, json={"access_token": "a"}), ContractBroken),
        (httpx.Response(200, text="<html>"), ContractBroken),
        (httpx.Response(503, text="busy"), Unavailable),
        (httpx.Response(429, json={}, headers={"Retry-After": "7"}), Throttled),
    ],
)
async def test_what_the_token_endpoint_refuses_has_its_reaction(
    log_in: BookingLogIn, provider: Provider, answer: httpx.Response, error: type[Exception]
) -> None:
    provider.token_answer = answer

    with pytest.raises(error):
        await finish(log_in, provider)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://booking.example/token"},
        {"jwks_uri": "http://127.0.0.1/jwks"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
)
async def test_discovery_that_leads_elsewhere_is_refused(
    log_in: BookingLogIn, provider: Provider, changes: dict[str, Any]
) -> None:
    provider.discovery |= changes

    with pytest.raises(ContractBroken):
        await log_in.begin()


DISCOVERY = "/oidc/.well-known/openid-configuration"


@pytest.mark.parametrize("path", [DISCOVERY, "/oidc/jwks", "/oidc/token"])
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (None, Unavailable),
        (httpx.Response(503), Unavailable),
        (httpx.Response(429), Throttled),
        (httpx.Response(404), ContractBroken),
        (httpx.Response(200, text="<html>"), ContractBroken),
        (httpx.Response(200, json={"keys": [{"kty": "RSA"}]}), ContractBroken),
    ],
)
async def test_a_provider_that_fails_has_its_reaction(
    log_in: BookingLogIn,
    provider: Provider,
    path: str,
    failure: httpx.Response | None,
    error: type[Exception],
) -> None:
    provider.failing[path] = failure

    with pytest.raises(error):
        await finish(log_in, provider)


def test_plain_http_is_refused_for_an_issuer_elsewhere(
    provider: Provider, clock: FakeClock
) -> None:
    with pytest.raises(ValueError, match="https"):
        make(provider, clock, issuer="http://booking.example/oidc")
