"""The sign-in with Microsoft: code flow with PKCE, state and nonce (R4.1, R4.2, R4.4).

MSAL checks state, nonce and the code's verifier; what else we rely on in an id token is checked
here, because MSAL no longer does. Source: Microsoft identity platform, auth code flow.
"""

import json
import logging
import re
from typing import Any

from sync.errors import Unavailable, UntrustedRequest
from sync.outside.graph.microsoft_app import SCOPES, Answered, MicrosoftApp
from sync.outside.graph.tokens import TokenText
from sync.people.people import MicrosoftAccount
from sync.ports import Clock, MicrosoftSignIn, SignIn, SignInRefused, TokenCaches
from sync.words import PersonKey

_log = logging.getLogger(__name__)

_DECLINED_CODES = frozenset({65004})
_ADMIN_CODES = frozenset({90093, 90094, 900941})
_TRANSIENT = frozenset({"temporarily_unavailable", "server_error"})
#: Seconds by which clocks may differ.
_SKEW = 300


class MsalSignIn(MicrosoftSignIn):
    """Fulfils ``MicrosoftSignIn`` with MSAL.

    Args:
        app: The app registration.
        caches: Where each person's cache is stored, sealed.
        clock: For the expiry of id tokens.
    """

    def __init__(self, *, app: MicrosoftApp, caches: TokenCaches, clock: Clock) -> None:
        self._app = app
        self._caches = caches
        self._clock = clock

    async def begin(self, *, login_hint: str | None = None) -> tuple[str, str]:
        """Starts a flow: gives the address to send the browser to, and the secret flow text."""
        flow = await self._app.begin(login_hint)
        return str(flow["auth_uri"]), json.dumps(flow)

    async def finish(self, flow: str, query: dict[str, str]) -> SignIn | SignInRefused:
        """Ends a flow with what Microsoft sent along.

        Raises:
            UntrustedRequest: State, nonce, code or id token don't belong to this flow.
        """
        try:
            begun = json.loads(flow)
        except ValueError:
            raise UntrustedRequest("a sign-in that nobody began") from None
        answered = await self._app.finish(begun, query)
        if "error" in answered.result:
            return _refused(answered.result)
        if not _has_scopes(answered):
            return SignInRefused.MISSING_SCOPE
        claims = answered.result.get("id_token_claims") or {}
        self._check(claims)
        tokens = TokenText(
            at=self._clock.now().timestamp(),
            account_id=answered.account_id,
            cache=answered.cache,
        )
        address = str(claims.get("preferred_username") or claims.get("email") or "")
        return SignIn(
            account=MicrosoftAccount(id=answered.account_id, address=address),
            tokens=tokens.encode(),
        )

    async def remember(self, person: PersonKey, sign_in: SignIn) -> None:
        """Stores the tokens for the person, sealed; replaces older ones."""
        await self._caches.save(person, sign_in.tokens, None)

    async def forget(self, person: PersonKey) -> None:
        """Destroys the person's tokens (R3.3)."""
        await self._caches.delete(person)

    def _check(self, claims: dict[str, Any]) -> None:
        """Checks for whom, by whom and until when an id token was made.

        Raises:
            UntrustedRequest: It is not ours, or has ended.
        """
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        issuer = self._app.issuer_of(str(claims.get("tid") or ""))
        expires = claims.get("exp")
        if self._app.client_id not in audiences:
            raise UntrustedRequest("an id token for another application")
        if not claims.get("tid") or claims.get("iss") != issuer:
            raise UntrustedRequest("an id token of another issuer")
        if not isinstance(expires, int | float) or (
            expires + _SKEW < self._clock.now().timestamp()
        ):
            raise UntrustedRequest("an id token that has ended")


def _has_scopes(answered: Answered) -> bool:
    """Says whether the calendar may be written and a refresh token came (R4.2)."""
    granted = {scope.rpartition("/")[2].lower() for scope in _words(answered.result.get("scope"))}
    wanted = {scope.lower() for scope in SCOPES}
    has_refresh_token = bool(json.loads(answered.cache).get("RefreshToken"))
    return wanted <= granted and has_refresh_token and bool(answered.account_id)


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(word) for word in value or ()]


def _refused(result: dict[str, Any]) -> SignInRefused:
    """Reads why a sign-in brought nothing: by the service's codes, then by the error's name.

    Raises:
        UntrustedRequest: The code is used up, too old, or another flow's.
        Unavailable: The service has a bad moment.
    """
    error = str(result.get("error"))
    # No code is longer; Python refuses to read numbers of thousands of digits (case 82).
    described = re.findall(r"AADSTS(\d{1,9})(?!\d)", str(result.get("error_description") or ""))
    told = result.get("error_codes")
    codes = {int(code) for code in described}
    codes |= {code for code in (told if isinstance(told, list) else ()) if isinstance(code, int)}
    if codes & _ADMIN_CODES or error == "consent_required":
        return SignInRefused.ADMIN_CONSENT
    if codes & _DECLINED_CODES or error == "access_denied":
        return SignInRefused.DECLINED
    if error == "invalid_grant":
        raise UntrustedRequest("a code that can't be redeemed")
    if error in _TRANSIENT:
        raise Unavailable(f"the sign-in service answers: {error}")
    if error in {"invalid_client", "unauthorized_client"}:
        _log.critical("graph.client_secret_refused", extra={"error": error})
    return SignInRefused.FAILED
