"""The booking product's log-in: an OpenID provider (code flow, PKCE) for its Staff Members."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus, urlencode

from aiohttp import web

from simulators.booking.model import Account, StaffMember
from simulators.booking.state import BookingState
from simulators.booking.templating import render
from simulators.common.clock import SimulatedClock
from simulators.common.serving import is_allowed_redirect
from simulators.common.signing import basic_credentials, half_hash, key_of, pkce_holds

PREFIX = "/oidc"
SESSION_COOKIE = "booking_session"
CODE_LIFE = timedelta(minutes=10)
TOKEN_SECONDS = 3600
SCOPES = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSwitches:
    """How the provider behaves.

    Attributes:
        auto: whether the authorize address logs in by itself whom `login_hint` names
            (`staff_id` or `account_id/staff_id`), or `auto_staff_id`, instead of showing a page.
        auto_staff_id: who that is where there is no hint; None shows the page.
    """

    auto: bool = False
    auto_staff_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One browser's log-in."""

    account_id: str
    staff_id: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    """An authorization code that was given out."""

    session: _Session
    redirect_uri: str
    challenge: str
    nonce: str | None
    at: datetime


class _Refused(Exception):  # noqa: N818 - a refusal by the protocol's rules
    """The token endpoint says no, with the protocol's word for it."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


class OidcProvider:
    """Discovery, keys, authorize page and token endpoint.

    Args:
        state: whose Staff Members log in.
        clock: what time it is for log-ins and codes. Tokens carry wall time, as clients check it.
        client_id: the one client.
        client_secret: its secret.
        redirect_uris: where log-ins may return to; none allows every loopback address.

    Attributes:
        base_url: address of the server, known once it listens.
        switches: how the provider behaves.
    """

    def __init__(
        self,
        state: BookingState,
        clock: SimulatedClock,
        *,
        client_id: str,
        client_secret: str,
        redirect_uris: tuple[str, ...] = (),
    ) -> None:
        self._state = state
        self._clock = clock
        self._client = (client_id, client_secret)
        self._redirect_uris = redirect_uris
        self._sessions: dict[str, _Session] = {}
        self._codes: dict[str, _Code] = {}
        self._key = key_of("booking")
        self.base_url = ""
        self.switches = OidcSwitches()

    @property
    def issuer(self) -> str:
        """The issuer, without a trailing slash."""
        return self.base_url + PREFIX

    def routes(self) -> list[web.RouteDef]:
        """Give the provider's routes."""
        return [
            web.get(PREFIX + "/.well-known/openid-configuration", self._discovery),
            web.get(PREFIX + "/jwks", self._jwks),
            web.get(PREFIX + "/authorize", self._authorize),
            web.post(PREFIX + "/authorize", self._chosen),
            web.post(PREFIX + "/token", self._token),
            web.get(PREFIX + "/log-out", self._end_session),
        ]

    def reset(self) -> None:
        """End every log-in, and behave as by default."""
        self._sessions.clear()
        self._codes.clear()
        self.switches = OidcSwitches()

    def logged_in(self, request: web.Request) -> tuple[Account, StaffMember] | None:
        """Give who is logged in with this browser; None for nobody, or somebody removed."""
        session = self._session(request)
        return self._person(session) if session else None

    def person(self, request: web.Request) -> tuple[Account, StaffMember]:
        """Give who is logged in with this browser.

        Raises:
            HTTPSeeOther: nobody is; to the page where one says who one is.
        """
        person = self.logged_in(request)
        if person is None:
            raise web.HTTPSeeOther("/")
        return person

    def log_in(self, response: web.StreamResponse, account_id: str, staff_id: str) -> None:
        """Log a Staff Member in with the browser that gets the response."""
        token = secrets.token_urlsafe(24)
        self._sessions[token] = _Session(
            account_id=account_id, staff_id=staff_id, since=self._clock.now()
        )
        response.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="Lax")

    def log_out(self, request: web.Request, response: web.StreamResponse) -> None:
        """End this browser's log-in."""
        self._sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)
        response.del_cookie(SESSION_COOKIE)

    async def _discovery(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/jwks",
                "end_session_endpoint": self.issuer + "/log-out",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "code_challenge_methods_supported": ["S256"],
                "prompt_values_supported": ["none", "login"],
                "scopes_supported": list(SCOPES),
                "claims_supported": [
                    "sub",
                    "name",
                    "nonce",
                    "account_id",
                    "staff_id",
                    "access_type",
                    "location_ids",
                ],
            }
        )

    async def _jwks(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._key.jwks())

    async def _authorize(self, request: web.Request) -> web.Response:
        query = request.query
        wrong = self._wrong_request(query)
        if wrong is not None:
            return wrong
        prompt = query.get("prompt", "").split()
        session = self._session(request)
        if session and self._person(session) and "login" not in prompt:
            return self._redirect_with_code(query, session)
        if "none" in prompt:
            return _redirect(query, error="login_required")
        hint = query.get("login_hint") or self.switches.auto_staff_id
        if self.switches.auto and hint:
            found = self._state.find_staff(hint)
            if found is not None:
                return self._logged_in(query, found[0].id, found[1].id)
        people = [
            {"account": record.account, "staff": list(record.staff.values())}
            for record in self._state.accounts()
        ]
        return render("log_in.html", people=people, hint=query.get("login_hint"))

    async def _chosen(self, request: web.Request) -> web.Response:
        query = request.query
        wrong = self._wrong_request(query)
        if wrong is not None:
            return wrong
        chosen = (await request.post()).get("staff")
        found = self._state.find_staff(chosen) if isinstance(chosen, str) else None
        if found is None:
            return _redirect(query, error="access_denied")
        return self._logged_in(query, found[0].id, found[1].id)

    async def _end_session(self, request: web.Request) -> web.Response:
        """End this browser's log-in for a client (OpenID Connect RP-Initiated Logout 1.0)."""
        back = request.query.get("post_logout_redirect_uri")
        if back is None:
            response = web.Response(text="You are logged out.")
        elif is_allowed_redirect(back, ()):
            response = web.Response(status=302, headers={"Location": back})
        else:
            return web.Response(status=400, text="The post_logout_redirect_uri is not registered.")
        self.log_out(request, response)
        return response

    async def _token(self, request: web.Request) -> web.Response:
        form = {
            name: value for name, value in (await request.post()).items() if isinstance(value, str)
        }
        try:
            body = self._tokens(form, request.headers.get("Authorization", ""))
        except _Refused as refused:
            return web.json_response(
                {"error": refused.error, "error_description": str(refused)},
                status=refused.status,
                headers={"Cache-Control": "no-store"},
            )
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    def _tokens(self, form: Mapping[str, str], authorization: str) -> dict[str, object]:
        basic = basic_credentials(authorization)
        client = (
            (unquote_plus(basic[0]), unquote_plus(basic[1]))
            if basic
            else (form.get("client_id", ""), form.get("client_secret", ""))
        )
        if client != self._client:
            raise _Refused("invalid_client", "Unknown client, or wrong secret.", 401)
        if form.get("grant_type") != "authorization_code":
            raise _Refused("unsupported_grant_type", "Only authorization_code.")
        code = self._codes.pop(form.get("code", ""), None)
        if code is None:
            raise _Refused("invalid_grant", "The code is unknown or was used.")
        if self._clock.now() - code.at > CODE_LIFE:
            raise _Refused("invalid_grant", "The code has expired.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise _Refused("invalid_grant", "The redirect address is another one.")
        if not pkce_holds(form.get("code_verifier", ""), code.challenge):
            raise _Refused("invalid_grant", "The code verifier does not hold.")
        person = self._person(code.session)
        if person is None:
            raise _Refused("invalid_grant", "The person has been removed.")
        access_token = secrets.token_urlsafe(32)
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(SCOPES),
            "id_token": self._id_token(code, *person, access_token),
        }

    def _id_token(
        self, code: _Code, account: Account, member: StaffMember, access_token: str
    ) -> str:
        now = int(self._clock.wall().timestamp())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self._client[0],
            "sub": f"{account.id}.{member.id}",
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": int(code.session.since.timestamp()),
            "at_hash": half_hash(access_token),
            "name": member.name,
            "account_id": account.id,
            "staff_id": member.id,
            "access_type": member.access_type.value,
            "location_ids": list(member.location_ids),
        }
        if member.email is not None:
            claims["email"] = member.email
        if code.nonce is not None:
            claims["nonce"] = code.nonce
        return self._key.sign(claims)

    def _wrong_request(self, query: Mapping[str, str]) -> web.Response | None:
        # Never redirect to an address that isn't the client's: RFC 6749, 4.1.2.1.
        if query.get("client_id") != self._client[0]:
            return web.Response(status=400, text="Unknown client_id.")
        if not is_allowed_redirect(query.get("redirect_uri", ""), self._redirect_uris):
            return web.Response(status=400, text="The redirect_uri is not registered.")
        if query.get("response_type") != "code":
            return _redirect(query, error="unsupported_response_type")
        if "openid" not in query.get("scope", "").split():
            return _redirect(query, error="invalid_scope")
        if not query.get("code_challenge") or query.get("code_challenge_method") != "S256":
            return _redirect(query, error="invalid_request", description="PKCE S256 is required")
        return None

    def _logged_in(self, query: Mapping[str, str], account_id: str, staff_id: str) -> web.Response:
        session = _Session(account_id=account_id, staff_id=staff_id, since=self._clock.now())
        response = self._redirect_with_code(query, session)
        self.log_in(response, account_id, staff_id)
        return response

    def _redirect_with_code(self, query: Mapping[str, str], session: _Session) -> web.Response:
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(
            session=session,
            redirect_uri=query["redirect_uri"],
            challenge=query["code_challenge"],
            nonce=query.get("nonce"),
            at=self._clock.now(),
        )
        return _redirect(query, code=code)

    def _session(self, request: web.Request) -> _Session | None:
        return self._sessions.get(request.cookies.get(SESSION_COOKIE, ""))

    def _person(self, session: _Session) -> tuple[Account, StaffMember] | None:
        return self._state.find_staff(f"{session.account_id}/{session.staff_id}")


def _redirect(
    query: Mapping[str, str],
    *,
    code: str | None = None,
    error: str | None = None,
    description: str | None = None,
) -> web.Response:
    values = {
        "code": code,
        "error": error,
        "error_description": description,
        "state": query.get("state"),
    }
    given = urlencode({name: value for name, value in values.items() if value is not None})
    separator = "&" if "?" in query["redirect_uri"] else "?"
    return web.Response(status=302, headers={"Location": query["redirect_uri"] + separator + given})
