"""MSAL, put together anew for each use: what it calls, what it remembers, what it answers.

MSAL is synchronous: everything here runs in a thread. An app object lives for one use, so that a
failure it remembers (for a minute) doesn't outlive its repair; discovery, which it would ask for
each time, is remembered here for all of them. Source: msal 1.39 (application, authority,
throttled_http_client).
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

import msal  # type: ignore[import-untyped]
import requests
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS  # type: ignore[import-untyped]

from sync.errors import Unavailable

#: What the connector asks for; MSAL adds openid, profile and offline_access itself.
SCOPES = ("User.Read", "Calendars.ReadWrite")

_TIMEOUT = (5.0, 15.0)
_DISCOVERY_SECONDS = 24 * 3600
_KEPT = ("RefreshToken", "Account", "AppMetadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What MSAL needs of an HTTP response."""

    status_code: int
    text: str
    headers: Mapping[str, str]


class Http(Protocol):
    """Sends one request of MSAL's; any ``OSError`` means that no answer came."""

    def __call__(self, method: str, url: str, **arguments: Any) -> HttpAnswer:
        """Sends it."""
        ...


def send_by_requests(method: str, url: str, **arguments: Any) -> HttpAnswer:
    """Sends a request by ``requests``, which honours ``REQUESTS_CA_BUNDLE``."""
    with requests.Session() as session:
        answer = session.request(method, url, timeout=_TIMEOUT, allow_redirects=False, **arguments)
        return HttpAnswer(
            status_code=answer.status_code, text=answer.text, headers=dict(answer.headers)
        )


class _Client:
    """The HTTP client that MSAL is given; good answers to GETs are kept for a day."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._kept: dict[str, tuple[float, HttpAnswer]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, **arguments: Any) -> HttpAnswer:
        """Asks, or answers from memory."""
        key = json.dumps([url, arguments.get("params")], sort_keys=True)
        with self._lock:
            until, answer = self._kept.get(key, (0.0, None))
        if answer is not None and until > time.monotonic():
            return answer
        answer = self._http("GET", url, **arguments)
        if answer.status_code == HTTPStatus.OK:
            with self._lock:
                self._kept[key] = (time.monotonic() + _DISCOVERY_SECONDS, answer)
        return answer

    def post(self, url: str, **arguments: Any) -> HttpAnswer:
        """Asks."""
        return self._http("POST", url, **arguments)

    def close(self) -> None:
        """Has nothing to close: each request closes its own connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """MSAL's answer (tokens, or ``error`` and its kin) and the cache as it is afterwards."""

    result: dict[str, Any]
    cache: str
    account_id: str


class MicrosoftApp:
    """The app registration at the sign-in service.

    Args:
        authority: Its address with the tenant (setting ``MICROSOFT_AUTHORITY``), https.
        client_id: The registration's id.
        client_secret: Its secret.
        redirect_uri: Where sign-ins return to.
        http: How requests go out.
    """

    def __init__(
        self,
        *,
        authority: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        http: Http = send_by_requests,
    ) -> None:
        self.client_id = client_id
        self._authority = authority.rstrip("/")
        self._secret = client_secret
        self._redirect_uri = redirect_uri
        self._client = _Client(http)

    def begin(self, login_hint: str | None) -> dict[str, Any]:
        """Starts a code flow; gives MSAL's flow with the address in ``auth_uri``.

        Raises:
            Unavailable: The sign-in service can't be reached.
        """
        app = self._app(msal.SerializableTokenCache())
        flow: dict[str, Any] = app.initiate_auth_code_flow(
            list(SCOPES),
            redirect_uri=self._redirect_uri,
            login_hint=login_hint,
            prompt="select_account",
        )
        return flow

    def finish(self, flow: dict[str, Any], query: dict[str, str]) -> Answered:
        """Redeems the code of a flow.

        Raises:
            ValueError: The state is missing or another one.
            RuntimeError: The nonce is another one.
            Unavailable: The sign-in service can't be reached or fails.
        """
        cache = msal.SerializableTokenCache()
        app = self._app(cache)
        try:
            result = app.acquire_token_by_auth_code_flow(flow, query)
        except (OSError, msal.exceptions.MsalError, json.JSONDecodeError) as error:
            raise _unavailable(error) from error
        return _answered(result, cache)

    def redeem(self, cache_text: str, claims: str | None) -> Answered:
        """Redeems the refresh token of a cache for an access token.

        Args:
            cache_text: A cache as ``Answered.cache`` gave it.
            claims: A claims challenge of Graph's, as JSON.

        Raises:
            Unavailable: The sign-in service can't be reached or fails.
        """
        cache = msal.SerializableTokenCache()
        cache.deserialize(cache_text)
        app = self._app(cache)
        try:
            accounts = app.get_accounts()
            result = accounts and app.acquire_token_silent_with_error(
                list(SCOPES), account=accounts[0], claims_challenge=claims
            )
        except (OSError, msal.exceptions.MsalError, ValueError) as error:
            raise _unavailable(error) from error
        return _answered(result or {"error": "no_refresh_token"}, cache)

    def issuer_of(self, tenant: str) -> str:
        """Gives the issuer that id tokens of a tenant must name."""
        parts = urlsplit(self._authority)
        return f"{parts.scheme}://{parts.netloc}/{tenant}/v2.0"

    def _app(self, cache: msal.SerializableTokenCache) -> msal.ConfidentialClientApplication:
        host = urlsplit(self._authority).hostname
        try:
            return msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=self._secret,
                authority=self._authority,
                token_cache=cache,
                http_client=self._client,
                instance_discovery=None if host in WELL_KNOWN_AUTHORITY_HOSTS else False,
            )
        except (OSError, msal.exceptions.MsalError, ValueError, RuntimeError) as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    # The name only: some of these errors quote answers.
    return Unavailable(f"the sign-in service gave no answer: {type(error).__name__}")


def _answered(result: dict[str, Any], cache: msal.SerializableTokenCache) -> Answered:
    """Keeps of a cache what is needed: no access token, no id token."""
    document = json.loads(cache.serialize())
    kept = {part: document[part] for part in _KEPT if part in document}
    accounts = list(document.get("Account", {}).values())
    account_id = accounts[0]["home_account_id"] if accounts else ""
    return Answered(result=result, cache=json.dumps(kept), account_id=account_id)
