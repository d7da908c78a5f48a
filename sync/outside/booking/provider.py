"""The booking product's OpenID provider: what discovery says, its keys, and its ID tokens.

Authlib judges the claims and joserfc, on which it stands, the signatures. Sources: OpenID Connect
Discovery 1.0, 4.3; Core 1.0, 3.1.3.7 (ID token validation) and 10.1.1 (rotation of keys); seen
2026-11-22.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from sync.errors import ContractBroken, Unavailable, UntrustedRequest
from sync.outside.booking.addresses import is_safe_address
from sync.outside.booking.errors import log_in_error_of, retry_after_of
from sync.ports import Clock

#: How long discovery and keys are believed.
LIFE = timedelta(hours=12)
#: Seconds that the provider's clock may differ from ours.
LEEWAY = 60
#: Signatures by a private key only: nothing that our client secret, or nobody, could have made.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_KINDS = {"RSA", "EC", "OKP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What discovery says; ``takes_basic`` is whether the token endpoint takes HTTP Basic."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    takes_basic: bool


class _DiscoveryWire(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _KeysWire(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known[T]:
    value: T
    until: datetime


class ProviderCache:
    """Asks the provider once in a while, and checks its ID tokens.

    Args:
        client: The HTTP client of this process.
        issuer: As discovery must name it; plain http only on this machine.
        clock: For expiries.

    Raises:
        ValueError: The issuer is plain http on another machine.
    """

    def __init__(self, *, client: httpx.AsyncClient, issuer: str, clock: Clock) -> None:
        if not is_safe_address(issuer):
            raise ValueError("the issuer must be https")
        self._client = client
        self._issuer = issuer
        self._clock = clock
        self._provider: _Known[Provider] | None = None
        self._keys: _Known[tuple[Key, ...]] | None = None

    async def get(self) -> Provider:
        """Gives what discovery says.

        Raises:
            ContractBroken: It names another issuer, or an address that is not safe.
        """
        if self._provider is None or self._provider.until <= self._clock.now():
            value = _provider(
                await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"),
                self._issuer,
            )
            self._provider = _Known(value=value, until=self._clock.now() + LIFE)
        return self._provider.value

    async def verified_claims(
        self, id_token: str, *, audience: str, nonce: str
    ) -> Mapping[str, object]:
        """Gives the claims of an ID token that holds in every respect.

        Raises:
            UntrustedRequest: Signature, issuer, audience, party, time or nonce don't hold.
        """
        signed = _signed_by(await self._key_set(), id_token)
        if signed is None:
            # The provider may sign with a new key: its keys are read once more, no oftener.
            self._keys = None
            signed = _signed_by(await self._key_set(), id_token)
        if signed is None:
            raise UntrustedRequest("booking log-in: the ID token is signed by no key of theirs")
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={"iss": {"value": self._issuer}, "aud": {"value": audience}},
            params={"client_id": audience, "nonce": nonce},
        )
        try:
            claims.validate(now=int(self._clock.now().timestamp()), leeway=LEEWAY)
        except JoseError as error:
            raise UntrustedRequest("booking log-in: the ID token does not hold") from error
        return signed.claims

    async def _key_set(self) -> tuple[Key, ...]:
        if self._keys is None or self._keys.until <= self._clock.now():
            value = _key_set(await self._fetch((await self.get()).jwks_uri))
            self._keys = _Known(value=value, until=self._clock.now() + LIFE)
        return self._keys.value

    async def _fetch(self, address: str) -> bytes:
        try:
            answer = await self._client.get(address, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise Unavailable("booking log-in: the provider had no answer") from error
        if answer.is_success:
            return answer.content
        raise log_in_error_of(
            answer.status_code,
            operation="discovery",
            retry_after=retry_after_of(answer.headers.get("Retry-After")),
        )


def _signed_by(keys: tuple[Key, ...], id_token: str) -> jwt.Token | None:
    """Gives the token if one of the keys signed it.

    Each is tried: a ``kid`` is only a hint, which sets that rotate may lack, on either side.
    """
    for key in keys:
        # ValueError: parts of a token that are no base64, and keys of another kind.
        with suppress(JoseError, ValueError):
            return jwt.decode(id_token, key, algorithms=ALGORITHMS)
    return None


def _provider(body: bytes, issuer: str) -> Provider:
    try:
        raw = msgspec.json.decode(body, type=_DiscoveryWire)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractBroken("booking log-in: discovery has another shape") from error
    if raw.issuer != issuer:
        raise ContractBroken("booking log-in: discovery names another issuer")
    # What an https issuer names is https too: else the secret could be sent in the open.
    loopback_http = issuer.startswith("http:")
    for address in (raw.authorization_endpoint, raw.token_endpoint, raw.jwks_uri):
        if not is_safe_address(address, loopback_http=loopback_http):
            raise ContractBroken("booking log-in: discovery names an address that is not https")
    return Provider(
        issuer=raw.issuer,
        authorization_endpoint=raw.authorization_endpoint,
        token_endpoint=raw.token_endpoint,
        jwks_uri=raw.jwks_uri,
        takes_basic="client_secret_basic" in raw.token_endpoint_auth_methods_supported,
    )


def _key_set(body: bytes) -> tuple[Key, ...]:
    try:
        keys = msgspec.json.decode(body, type=_KeysWire).keys
        # A key of a kind unknown here (a newer curve, say) must not hide the others.
        return tuple(import_key(key) for key in keys if key.get("kty") in _KINDS)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractBroken("booking log-in: the key set has another shape") from error
    except (JoseError, ValueError) as error:
        raise ContractBroken("booking log-in: the provider's keys can't be read") from error
