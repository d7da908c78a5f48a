"""MSAL, put together anew for each use: what it calls, what it remembers, what it answers.

MSAL is synchronous: it runs in threads of its own, so that a slow sign-in service takes nobody
else's, and its requests go out on the event loop, within the limits of all others. An app object
lives for one use, so that a failure it remembers (for a minute) doesn't outlive its repair;
discovery, which it would ask for each time, is remembered here for all of them. Source: msal 1.39
(application, authority, throttled_http_client).
"""

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import msal  # type: ignore[import-untyped]
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS  # type: ignore[import-untyped]

from sync.errors import SyncError, Unavailable, UntrustedRequest
from sync.outside.http_client import BoundedClient
from sync.outside.retry_after import retry_after_of
from sync.ports import limits

#: What the connector asks for; MSAL adds openid, profile and offline_access itself.
SCOPES = ("User.Read", "Calendars.ReadWrite")

#: Sign-ins and redemptions of one process at once; the others wait their turn.
_THREADS = 16
#: Seconds that a thread waits beyond the request's own deadline: its event loop may be gone.
_GRACE = 5.0
_DISCOVERY_SECONDS = 24 * 3600
_KEPT = ("RefreshToken", "Account", "AppMetadata")

type _Memory = dict[str, tuple[float, httpx.Response]]


class _Client:
    """The HTTP client that MSAL is given in its thread; good answers to GETs are kept for a day.

    Args:
        client: Sends the requests.
        loop: The event loop that the client belongs to.
        kept: The answers of earlier uses.
    """

    def __init__(
        self, client: BoundedClient, loop: asyncio.AbstractEventLoop, kept: _Memory
    ) -> None:
        self._client = client
        self._loop = loop
        self._kept = kept

    def get(self, url: str, **arguments: Any) -> httpx.Response:
        """Asks, or answers from memory."""
        key = json.dumps([url, arguments.get("params")], sort_keys=True)
        until, known = self._kept.get(key, (0.0, None))
        if known is not None and until > time.monotonic():
            return known
        answer = self._send("GET", url, **arguments)
        if answer.is_success:
            self._kept[key] = (time.monotonic() + _DISCOVERY_SECONDS, answer)
        return answer

    def post(self, url: str, **arguments: Any) -> httpx.Response:
        """Asks."""
        return self._send("POST", url, **arguments)

    def close(self) -> None:
        """Has nothing to close: the client is shared."""

    def _send(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        # What MSAL leaves open is ``None``, which it expects to be left out.
        for part in ("data", "params"):
            if isinstance(given := arguments.get(part), dict):
                arguments[part] = {name: one for name, one in given.items() if one is not None}
        sending = self._client.request(method, url, **arguments)
        try:
            answer = asyncio.run_coroutine_threadsafe(sending, self._loop).result(
                limits.DEADLINE + _GRACE
            )
            # MSAL would stumble over anything else, each time in another way, and log it.
            is_object = isinstance(json.loads(answer.content), dict)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError) as error:
            raise _unavailable(error) from None
        if answer.is_server_error or not is_object:
            raise Unavailable(
                f"the sign-in service answered {answer.status_code}",
                retry_after=retry_after_of(
                    answer.headers.get("Retry-After"), answer.headers.get("Date")
                ),
            )
        return answer


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
        client: The HTTP client of this process for it; whoever opened it closes it.
    """

    def __init__(
        self,
        *,
        authority: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        client: BoundedClient,
    ) -> None:
        self.client_id = client_id
        self._authority = authority.rstrip("/")
        self._secret = client_secret
        self._redirect_uri = redirect_uri
        self._client = client
        self._kept: _Memory = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="msal")

    async def begin(self, login_hint: str | None) -> dict[str, Any]:
        """Starts a code flow; gives MSAL's flow with the address in ``auth_uri``.

        Raises:
            Unavailable: The sign-in service can't be reached or fails.
        """

        def use(app: msal.ConfidentialClientApplication) -> Any:
            return app.initiate_auth_code_flow(
                list(SCOPES),
                redirect_uri=self._redirect_uri,
                login_hint=login_hint,
                prompt="select_account",
            )

        flow: dict[str, Any] = await self._use(msal.SerializableTokenCache(), use, _unavailable)
        return flow

    async def finish(self, flow: dict[str, Any], query: dict[str, str]) -> Answered:
        """Redeems the code of a flow.

        Raises:
            UntrustedRequest: State or nonce are another's, or the id token is none.
            Unavailable: The sign-in service can't be reached or fails.
        """
        cache = msal.SerializableTokenCache()

        def use(app: msal.ConfidentialClientApplication) -> Any:
            return app.acquire_token_by_auth_code_flow(flow, query)

        return _answered(await self._use(cache, use, _foreign), cache)

    async def redeem(self, cache_text: str, claims: str | None) -> Answered:
        """Redeems the refresh token of a cache for an access token.

        Args:
            cache_text: A cache as ``Answered.cache`` gave it.
            claims: A claims challenge of Graph's, as JSON.

        Raises:
            Unavailable: The sign-in service can't be reached or fails.
        """
        cache = msal.SerializableTokenCache()
        cache.deserialize(cache_text)

        def use(app: msal.ConfidentialClientApplication) -> Any:
            accounts = app.get_accounts()
            if not accounts or not json.loads(cache_text).get("RefreshToken"):
                return {"error": "no_refresh_token"}
            return app.acquire_token_silent_with_error(
                list(SCOPES), account=accounts[0], claims_challenge=claims
            )

        # MSAL has no word for an answer that holds neither a token nor an error.
        result = await self._use(cache, use, _unavailable)
        if not result or not {"error", "access_token"} & result.keys():
            raise Unavailable("the sign-in service gave no token")
        return _answered(result, cache)

    def issuer_of(self, tenant: str) -> str:
        """Gives the issuer that id tokens of a tenant must name."""
        parts = urlsplit(self._authority)
        return f"{parts.scheme}://{parts.netloc}/{tenant}/v2.0"

    async def _use(
        self,
        cache: msal.SerializableTokenCache,
        use: Callable[[msal.ConfidentialClientApplication], Any],
        error_of: Callable[[Exception], SyncError],
    ) -> Any:
        """Puts an app together and uses it, in a thread of its own.

        Whatever MSAL stumbles over in an answer ends as what ``error_of`` makes of it.
        """
        loop = asyncio.get_running_loop()
        host = urlsplit(self._authority).hostname

        def put_together() -> msal.ConfidentialClientApplication:
            return msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=self._secret,
                authority=self._authority,
                token_cache=cache,
                http_client=_Client(self._client, loop, self._kept),
                instance_discovery=None if host in WELL_KNOWN_AUTHORITY_HOSTS else False,
            )

        def answer() -> Any:
            app = _meant(put_together, _unavailable)
            return _meant(lambda: use(app), error_of)

        return await loop.run_in_executor(self._threads, answer)


def _meant[T](question: Callable[[], T], error_of: Callable[[Exception], SyncError]) -> T:
    try:
        return question()
    except SyncError:
        raise
    # MSAL lets out whatever an ill answer makes it stumble over: an IndexError, a TypeError.
    except Exception as error:  # noqa: BLE001
        raise error_of(error) from None


def _unavailable(error: Exception) -> Unavailable:
    # The name only: some of these errors quote answers.
    return Unavailable(f"the sign-in service gave no answer: {type(error).__name__}")


def _foreign(error: Exception) -> UntrustedRequest:
    # The name only: MSAL's text quotes states and claims.
    return UntrustedRequest(f"a foreign sign-in: {type(error).__name__}")


def _answered(result: dict[str, Any], cache: msal.SerializableTokenCache) -> Answered:
    """Keeps of a cache what is needed: no access token, no id token."""
    document = json.loads(cache.serialize())
    kept = {part: document[part] for part in _KEPT if part in document}
    accounts = list(document.get("Account", {}).values())
    account_id = accounts[0]["home_account_id"] if accounts else ""
    return Answered(result=result, cache=json.dumps(kept), account_id=account_id)
