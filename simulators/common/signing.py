"""RS256 keys of the simulated identity providers, and the check of PKCE."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from functools import cache

from joserfc import jwt
from joserfc.jwk import KeyParameters, KeySet, RSAKey


class SigningKey:
    """One RSA key, made on the spot."""

    def __init__(self) -> None:
        self._kid = secrets.token_urlsafe(12)
        parameters: KeyParameters = {"kid": self._kid, "use": "sig", "alg": "RS256"}
        self._key = RSAKey.generate_key(2048, parameters, private=True)

    def sign(self, claims: Mapping[str, object]) -> str:
        """Give the claims as a compact JWS."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self._kid}
        return jwt.encode(header, dict(claims), self._key)

    def jwks(self) -> dict[str, object]:
        """Give the public half as a JSON Web Key Set."""
        return {**KeySet([self._key]).as_dict(private=False)}


@cache
def key_of(provider: str) -> SigningKey:
    """Give the key of a provider, one for each name in this process: making one takes a while."""
    del provider
    return SigningKey()


def pkce_holds(verifier: str, challenge: str) -> bool:
    """Say whether the verifier belongs to the S256 challenge (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), challenge.encode())


def half_hash(token: str) -> str:
    """Give the left half of the token's SHA-256, as the claims at_hash and c_hash have it."""
    digest = hashlib.sha256(token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Read client id and secret from a Basic Authorization header; None if it is none."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return None
    return client_id, secret
