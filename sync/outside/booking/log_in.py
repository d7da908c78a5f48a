"""Log-in with the booking product's account: OpenID Connect, code flow with PKCE (R4.1, R4.4).

Sources: OpenID Connect Core 1.0, 3.1 and 3.1.3.7; Discovery 1.0, 4; RFC 7636 (PKCE, S256);
RFC 9207 (``iss`` in the answer); all seen 2026-11-22.
"""

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import quote_plus

import httpx
import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from sync.errors import ContractBroken, Unavailable, UntrustedRequest
from sync.outside.booking.errors import log_in_error_of, retry_after_of
from sync.outside.booking.provider import Provider, ProviderCache
from sync.outside.booking.wire import Id
from sync.people.people import AccessType
from sync.ports import Clock, IdFactory, LoggedIn, LogInRefused, Prompt
from sync.words import AccountId, LocationId, PersonKey, StaffId

SCOPE = "openid profile"


#: Answers without a person that say why; any other says that it failed.
_REFUSALS = {
    "access_denied": LogInRefused.DECLINED,
    # OpenID Connect Core 1.0, 3.1.2.6: only asking would tell.
    "login_required": LogInRefused.NOT_ASKED,
    "interaction_required": LogInRefused.NOT_ASKED,
    "consent_required": LogInRefused.NOT_ASKED,
    "account_selection_required": LogInRefused.NOT_ASKED,
}


class _Flow(msgspec.Struct, frozen=True):
    """What the browser's log-in has to prove; secret, kept sealed by the caller."""

    state: str
    nonce: str
    verifier: str


class _TokenAnswer(msgspec.Struct, frozen=True):
    id_token: str


class _TokenRefusal(msgspec.Struct, frozen=True):
    error: str = ""


class _Claims(msgspec.Struct, frozen=True):
    account_id: Id
    staff_id: Id
    access_type: AccessType
    location_ids: tuple[Id, ...] = ()
    name: str = ""


class BookingLogIn:
    """The relying party towards the booking product's OpenID provider.

    Args:
        client: The HTTP client of this process.
        issuer: As discovery must name it; plain http only on this machine.
        client_id: Of the connector.
        client_secret: Of the connector.
        redirect_uri: Where the provider sends the browser back to.
        clock: For the expiry of ID tokens and of what discovery said.
        ids: For state, nonce and verifier.

    Raises:
        ValueError: The issuer is plain http on another machine.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        clock: Clock,
        ids: IdFactory,
    ) -> None:
        self._client = client
        self._providers = ProviderCache(client=client, issuer=issuer, clock=clock)
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._ids = ids

    async def begin(self, *, prompt: Prompt | None = None) -> tuple[str, str]:
        """Starts a flow: gives the address to send the browser to, and the secret flow text."""
        provider = await self._providers.get()
        # Two ids are 64 characters: PKCE wants 43 to 128 (RFC 7636, 4.1).
        flow = _Flow(
            state=self._ids.new(),
            nonce=self._ids.new(),
            verifier=self._ids.new() + self._ids.new(),
        )
        address: str = prepare_grant_uri(
            provider.authorization_endpoint,
            self._client_id,
            "code",
            redirect_uri=self._redirect_uri,
            scope=SCOPE,
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
            prompt=prompt,
        )
        return address, msgspec.json.encode(flow).decode()

    async def finish(self, flow: str, query: Mapping[str, str]) -> LoggedIn | LogInRefused:
        """Ends a flow with what the provider sent along.

        Args:
            flow: As ``begin`` gave it; the caller uses each at most once.
            query: Parameters of the redirect.

        Raises:
            UntrustedRequest: State, code, nonce or signature don't belong to this flow.
            ContractBroken: The ID token is genuine, but lacks a claim of the contract; or the
                provider refuses the connector's own credentials.
        """
        began = _read_flow(flow)
        if not compare_digest(query.get("state", "").encode(), began.state.encode()):
            raise UntrustedRequest("booking log-in: the state is of another flow")
        provider = await self._providers.get()
        if query.get("iss", provider.issuer) != provider.issuer:
            raise UntrustedRequest("booking log-in: the answer is of another provider")
        if "error" in query:
            return _REFUSALS.get(query["error"], LogInRefused.FAILED)
        if not query.get("code"):
            raise UntrustedRequest("booking log-in: the answer has no code")
        id_token = await self._redeem(provider, query["code"], began.verifier)
        claims = await self._providers.verified_claims(
            id_token, audience=self._client_id, nonce=began.nonce
        )
        return _logged_in(claims)

    async def _redeem(self, provider: Provider, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        auth: httpx.BasicAuth | None = None
        if provider.takes_basic:
            # RFC 6749, 2.3.1: both are form-encoded before they become a Basic header.
            auth = httpx.BasicAuth(quote_plus(self._client_id), quote_plus(self._client_secret))
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        try:
            answer = await self._client.post(
                provider.token_endpoint,
                data=form,
                headers={"Accept": "application/json"},
                auth=auth or httpx.USE_CLIENT_DEFAULT,
            )
        except httpx.HTTPError as error:
            raise Unavailable("booking log-in: the provider had no answer") from error
        if answer.is_success:
            return _id_token(answer.content)
        if _token_error(answer.content) == "invalid_grant":
            raise UntrustedRequest("booking log-in: the code does not hold")
        raise log_in_error_of(
            answer.status_code,
            operation="token",
            retry_after=retry_after_of(answer.headers.get("Retry-After")),
        )


def _read_flow(flow: str) -> _Flow:
    try:
        return msgspec.json.decode(flow, type=_Flow)
    except msgspec.DecodeError as error:
        raise UntrustedRequest("booking log-in: there is no such flow") from error


def _id_token(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_TokenAnswer).id_token
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractBroken("booking log-in: the token answer has no id_token") from error


def _token_error(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_TokenRefusal).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _logged_in(claims: Mapping[str, object]) -> LoggedIn:
    try:
        known = msgspec.convert(claims, type=_Claims)
    except msgspec.ValidationError as error:
        raise ContractBroken("booking log-in: the ID token lacks a claim") from error
    return LoggedIn(
        person=PersonKey(account_id=AccountId(known.account_id), staff_id=StaffId(known.staff_id)),
        name=known.name,
        access_type=known.access_type,
        location_ids=frozenset(LocationId(id_) for id_ in known.location_ids),
    )
