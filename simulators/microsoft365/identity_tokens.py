"""The token endpoint of the simulated identity platform, and its errors."""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from simulators.common.faults import FaultBoard
from simulators.common.signing import SigningKey, basic_credentials, pkce_holds
from simulators.microsoft365.identity_model import (
    REFRESH_LIFE,
    CodeGrant,
    Directory,
    Grant,
    Person,
    graph_scopes,
)

ID_TOKEN_SECONDS = 3600
EXPIRES_IN = 3599
"""Seconds that an access token lives, as Microsoft's documentation prints it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenError:
    """Why no tokens are given.

    Attributes:
        error: the protocol's word.
        code: Microsoft's number, AADSTSnnnnn.
        message: what follows the number.
        suberror: Microsoft's finer word; empty leaves it out.
        status: of the answer.
    """

    error: str
    code: int
    message: str
    suberror: str = ""
    status: int = 400


class TokenRefused(Exception):  # noqa: N818 - a refusal by the protocol's rules
    """The token endpoint says no."""

    def __init__(self, why: TokenError) -> None:
        super().__init__(why.message)
        self.why = why


WRONG_SECRET = TokenError(
    error="invalid_client", code=7000215, message="Invalid client secret provided.", status=401
)
SECRET_ENDED = TokenError(
    error="invalid_client",
    code=7000222,
    message="The provided client secret keys for the app are expired.",
    status=401,
)
UNKNOWN_CLIENT = TokenError(
    error="unauthorized_client", code=700016, message="The application was not found."
)
CODE_USED = TokenError(
    error="invalid_grant", code=54005, message="The authorization code was already redeemed."
)
CODE_ENDED = TokenError(
    error="invalid_grant", code=70008, message="The authorization code has expired."
)
CODE_WRONG = TokenError(
    error="invalid_grant", code=9002313, message="The authorization code is malformed."
)
REDIRECT_WRONG = TokenError(
    error="invalid_grant", code=500112, message="The reply address does not match."
)
PKCE_WRONG = TokenError(
    error="invalid_grant", code=501481, message="The Code_Verifier does not match."
)
REFRESH_WRONG = TokenError(
    error="invalid_grant", code=9002313, message="The refresh token is malformed."
)
REFRESH_ENDED = TokenError(
    error="invalid_grant",
    code=700082,
    message="The refresh token has expired due to inactivity.",
)
REVOKED = TokenError(
    error="invalid_grant", code=50173, message="The provided grant has been revoked."
)
NO_CONSENT = TokenError(
    error="invalid_grant",
    code=65001,
    message="The user or administrator has not consented to use the application.",
    suberror="consent_required",
)
CLOSED = TokenError(error="invalid_grant", code=50057, message="The user account is disabled.")
NEEDS_MFA = TokenError(
    error="interaction_required",
    code=50076,
    message="You must use multi-factor authentication.",
    suberror="basic_action",
)
BAD_SCOPE = TokenError(
    error="invalid_scope", code=70011, message="The provided value for scope is not valid."
)
BAD_GRANT_TYPE = TokenError(
    error="unsupported_grant_type", code=70003, message="The grant type is not supported."
)
UNAVAILABLE = TokenError(
    error="temporarily_unavailable",
    code=90033,
    message="A transient error has occurred. Please try again.",
    status=503,
)


class TokenEndpoint:
    """Redeems codes and refresh tokens.

    Args:
        directory: who and what there is.
        faults: kinds `secret_expired`, `no_refresh_token`, `fewer_scopes`; the operation is
            `code` or `refresh`, the subject the address.
        key: signs id tokens.
        client_id: the one application.
        client_secret: its secret.

    Attributes:
        base_url: address of the server, known once it listens.
        expires_in: seconds that new access tokens live.
    """

    def __init__(
        self,
        directory: Directory,
        faults: FaultBoard,
        key: SigningKey,
        *,
        client_id: str,
        client_secret: str,
    ) -> None:
        self._directory = directory
        self._faults = faults
        self._key = key
        self._client_id = client_id
        self._client_secret = client_secret
        self.base_url = ""
        self.expires_in = EXPIRES_IN

    def answer(self, form: Mapping[str, str], authorization: str) -> dict[str, object]:
        """Give the tokens that the form asks for.

        Args:
            form: the body.
            authorization: the header, empty if there is none.

        Raises:
            TokenRefused: with the reason.
        """
        operation = operation_of(form)
        self._check_client(form, authorization, operation)
        if operation == "code":
            return self._redeem_code(form)
        if operation == "refresh":
            return self._redeem_refresh(form)
        raise TokenRefused(BAD_GRANT_TYPE)

    def subject(self, form: Mapping[str, str]) -> str | None:
        """Say whose code or refresh token the form holds; None if that is not to be seen."""
        grant = self._directory.refresh(form.get("refresh_token", ""))
        return grant.address if grant else self._directory.code_owner(form.get("code", ""))

    def _check_client(self, form: Mapping[str, str], authorization: str, operation: str) -> None:
        client_id, secret = basic_credentials(authorization) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if client_id != self._client_id:
            raise TokenRefused(UNKNOWN_CLIENT)
        if self._faults.strike("secret_expired", operation):
            raise TokenRefused(SECRET_ENDED)
        if secret != self._client_secret:
            raise TokenRefused(WRONG_SECRET)

    def _redeem_code(self, form: Mapping[str, str]) -> dict[str, object]:
        value = form.get("code", "")
        used = self._directory.was_used(value)
        code = self._directory.take_code(value)
        if code is None:
            raise TokenRefused(CODE_USED if used else CODE_WRONG)
        if self._directory.now() >= code.grant.expires_at:
            raise TokenRefused(CODE_ENDED)
        if form.get("redirect_uri") != code.redirect_uri:
            raise TokenRefused(REDIRECT_WRONG)
        verifier = form.get("code_verifier", "")
        if code.challenge is not None and not pkce_holds(verifier, code.challenge):
            raise TokenRefused(PKCE_WRONG)
        person = self._person(code.grant)
        person.needs_mfa = False
        return self._tokens("code", person, code.grant.scopes, code)

    def _redeem_refresh(self, form: Mapping[str, str]) -> dict[str, object]:
        grant = self._directory.refresh(form.get("refresh_token", ""))
        if grant is None or grant.client_id != self._client_id:
            raise TokenRefused(REFRESH_WRONG)
        if self._directory.now() >= grant.expires_at:
            raise TokenRefused(REFRESH_ENDED)
        person = self._person(grant)
        if person.needs_mfa:
            raise TokenRefused(NEEDS_MFA)
        asked = form.get("scope", "").split() or list(grant.scopes)
        if not person.consented.issuperset(graph_scopes(asked)):
            raise TokenRefused(NO_CONSENT)
        return self._tokens("refresh", person, asked, None)

    def _person(self, grant: Grant) -> Person:
        person = self._directory.find(grant.address)
        if person is None or person.is_closed:
            raise TokenRefused(CLOSED)
        if person.revoked_at is not None and grant.number <= person.revoked_at:
            raise TokenRefused(REVOKED)
        return person

    def _tokens(
        self,
        operation: str,
        person: Person,
        scopes: tuple[str, ...] | list[str],
        code: CodeGrant | None,
    ) -> dict[str, object]:
        granted = list(dict.fromkeys(scopes))
        if not granted:
            raise TokenRefused(BAD_SCOPE)
        fewer = self._faults.strike("fewer_scopes", operation, person.address)
        if fewer:
            missing = (fewer.detail or "Calendars.ReadWrite").split()
            granted = [scope for scope in granted if scope.rpartition("/")[2] not in missing]
        life = timedelta(seconds=self.expires_in)
        access = self._directory.grant(person, self._client_id, granted, life)
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "scope": " ".join(scope for scope in granted if scope != "offline_access"),
            "expires_in": self.expires_in,
            "ext_expires_in": self.expires_in,
            "access_token": self._directory.give_access(access),
            "client_info": client_info(person),
        }
        withheld = self._faults.strike("no_refresh_token", operation, person.address)
        if "offline_access" in granted and not withheld:
            lasting = self._directory.grant(person, self._client_id, granted, REFRESH_LIFE)
            answer["refresh_token"] = self._directory.give_refresh(lasting)
        if "openid" in granted:
            answer["id_token"] = self._id_token(person, granted, code.nonce if code else None)
        return answer

    def _id_token(self, person: Person, granted: list[str], nonce: str | None) -> str:
        now = int(self._directory.now().timestamp())
        claims: dict[str, object] = {
            "aud": self._client_id,
            "iss": f"{self.base_url}/{person.tid}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + ID_TOKEN_SECONDS,
            "sub": uuid.uuid5(uuid.UUID(person.oid), self._client_id).hex,
            "oid": person.oid,
            "tid": person.tid,
            "ver": "2.0",
        }
        if "profile" in granted:
            claims |= {"name": person.name, "preferred_username": person.address}
        if "email" in granted:
            claims["email"] = person.address
        if nonce is not None:
            claims["nonce"] = nonce
        return self._key.sign(claims)


def operation_of(form: Mapping[str, str]) -> str:
    """Name the operation that a form asks for: `code`, `refresh` or `other`."""
    names = {"authorization_code": "code", "refresh_token": "refresh"}
    return names.get(form.get("grant_type", ""), "other")


def client_info(person: Person) -> str:
    """Give who it is as MSAL wants it: base64url of JSON with `uid` and `utid`."""
    text = json.dumps({"uid": person.oid, "utid": person.tid})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def error_body(why: TokenError, timestamp: str) -> dict[str, object]:
    """Give the JSON of a refusal, in the shape of Microsoft's."""
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    body: dict[str, object] = {
        "error": why.error,
        "error_description": (
            f"AADSTS{why.code}: {why.message} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {timestamp}"
        ),
        "error_codes": [why.code],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    if why.suberror:
        body["suberror"] = why.suberror
    return body
