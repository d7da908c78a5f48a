"""The authorize endpoint of the simulated identity platform: sign in, consent, come back."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from simulators.common.serving import is_allowed_redirect
from simulators.microsoft365.identity_model import (
    CODE_LIFE,
    CodeGrant,
    Directory,
    Person,
    graph_scopes,
)
from simulators.microsoft365.identity_pages import page
from simulators.microsoft365.identity_tokens import client_info

SESSION_COOKIE = "ms_session"
DECLINED = "AADSTS65004: User declined to consent to access the app."
NEEDS_ADMIN = "AADSTS90094: An administrator of the organization has to consent to this app."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSwitches:
    """How the authorize endpoint behaves.

    Attributes:
        auto: whether it signs in by itself whom `login_hint` names, or else `auto_user`, or else
            whoever is signed in with the browser, instead of showing pages.
        auto_user: address; None for nobody.
        auto_consent: what it answers for them: True accepts, False refuses.
    """

    auto: bool = False
    auto_user: str | None = None
    auto_consent: bool = True


class SignIn:
    """Shows the pages and sends the browser back.

    Args:
        directory: who there is.
        client_id: the one application.
        redirect_uris: where sign-ins may return to; none allows every loopback address.
        switches: gives how to behave now.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        client_id: str,
        redirect_uris: tuple[str, ...],
        switches: Callable[[], SignInSwitches],
    ) -> None:
        self._directory = directory
        self._client_id = client_id
        self._redirect_uris = redirect_uris
        self._switches = switches

    def routes(self) -> list[web.RouteDef]:
        """Give the routes of the pages."""
        return [
            web.get("/{tenant}/oauth2/v2.0/authorize", self._authorize),
            web.post("/{tenant}/login", self._chosen),
            web.post("/{tenant}/consent", self._answered),
            web.get("/{tenant}/oauth2/v2.0/logout", self._log_out),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        query = request.query
        wrong = self._wrong_request(query)
        if wrong is not None:
            return wrong
        prompt, hint = query.get("prompt", ""), query.get("login_hint", "").lower()
        person = self._directory.session(request.cookies.get(SESSION_COOKIE))
        if prompt == "none":
            return self._silently(query, person)
        switches = self._switches()
        if switches.auto:
            named = self._directory.find(hint or switches.auto_user or "")
            chosen = named or person
            if chosen is not None and not chosen.is_closed:
                return self._automatically(request, chosen, accepts=switches.auto_consent)
        is_other = bool(hint) and person is not None and person.address.lower() != hint
        if person is None or is_other or prompt in ("login", "select_account"):
            return page(
                "choose",
                people=self._directory.people(),
                hint=query.get("login_hint"),
                action=_step(request, "login"),
            )
        return self._signed_in(request, person)

    async def _chosen(self, request: web.Request) -> web.Response:
        wrong = self._wrong_request(request.query)
        if wrong is not None:
            return wrong
        address = (await request.post()).get("address")
        person = self._directory.find(address) if isinstance(address, str) else None
        if person is None or person.is_closed:
            return _back(request.query, error="access_denied", error_description=DECLINED)
        response = self._signed_in(request, person)
        self._keep_session(request, response, person)
        return response

    async def _answered(self, request: web.Request) -> web.Response:
        wrong = self._wrong_request(request.query)
        if wrong is not None:
            return wrong
        person = self._directory.session(request.cookies.get(SESSION_COOKIE))
        if person is None:
            return page("message", status=400, title="Sign in again", text="Nobody is signed in.")
        answer = (await request.post()).get("answer")
        return self._decided(request.query, person, accepts=answer == "accept")

    async def _log_out(self, request: web.Request) -> web.Response:
        self._directory.close_session(request.cookies.get(SESSION_COOKIE))
        target = request.query.get("post_logout_redirect_uri", "")
        if target and is_allowed_redirect(target, ()):
            response = web.Response(status=302, headers={"Location": target})
        else:
            response = page("message", title="Signed out", text="You may close this page.")
        response.del_cookie(SESSION_COOKIE)
        return response

    def _wrong_request(self, query: Mapping[str, str]) -> web.Response | None:
        # Never back to an address that isn't the application's.
        if query.get("client_id") != self._client_id:
            text = "AADSTS700016: The application was not found."
            return page("message", status=400, title="Sign-in failed", text=text)
        if not is_allowed_redirect(query.get("redirect_uri", ""), self._redirect_uris):
            text = "AADSTS50011: The redirect URI is not registered for the application."
            return page("message", status=400, title="Sign-in failed", text=text)
        if query.get("response_type") != "code" or not query.get("scope"):
            return _back(
                query, error="invalid_request", error_description="AADSTS900144: Missing parameter."
            )
        if query.get("response_mode", "query") != "query":
            text = "AADSTS90002: Only response_mode query is simulated."
            return _back(query, error="invalid_request", error_description=text)
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return _back(
                query, error="invalid_request", error_description="AADSTS501491: Use S256."
            )
        return None

    def _silently(self, query: Mapping[str, str], person: Person | None) -> web.Response:
        if person is None:
            text = "AADSTS50058: Nobody is signed in."
            return _back(query, error="login_required", error_description=text)
        if _missing(query, person):
            text = "AADSTS65001: The user has not consented."
            return _back(query, error="consent_required", error_description=text)
        return self._with_code(query, person)

    def _automatically(
        self, request: web.Request, person: Person, *, accepts: bool
    ) -> web.Response:
        query = request.query
        if _missing(query, person) and person.needs_admin:
            response = _back(query, error="consent_required", error_description=NEEDS_ADMIN)
        elif _missing(query, person) or query.get("prompt") == "consent":
            response = self._decided(query, person, accepts=accepts)
        else:
            response = self._with_code(query, person)
        self._keep_session(request, response, person)
        return response

    def _signed_in(self, request: web.Request, person: Person) -> web.Response:
        query = request.query
        missing = _missing(query, person)
        if missing and person.needs_admin == "page":
            back = _back(query, error="access_denied", error_description=NEEDS_ADMIN)
            return page("needs_admin", person=person, back=back.headers["Location"])
        if missing and person.needs_admin:
            return _back(query, error="consent_required", error_description=NEEDS_ADMIN)
        if missing or query.get("prompt") == "consent":
            scopes = graph_scopes(query["scope"].split())
            return page("consent", person=person, scopes=scopes, action=_step(request, "consent"))
        return self._with_code(query, person)

    def _decided(self, query: Mapping[str, str], person: Person, *, accepts: bool) -> web.Response:
        if not accepts:
            return _back(query, error="access_denied", error_description=DECLINED)
        person.consented.update(graph_scopes(query["scope"].split()))
        return self._with_code(query, person)

    def _with_code(self, query: Mapping[str, str], person: Person) -> web.Response:
        grant = self._directory.grant(person, self._client_id, query["scope"].split(), CODE_LIFE)
        code = self._directory.give_code(
            CodeGrant(
                grant=grant,
                redirect_uri=query["redirect_uri"],
                challenge=query.get("code_challenge"),
                nonce=query.get("nonce"),
            )
        )
        extra = {"client_info": client_info(person)} if query.get("client_info") else {}
        return _back(query, code=code, session_state=secrets.token_hex(8), **extra)

    def _keep_session(self, request: web.Request, response: web.Response, person: Person) -> None:
        cookie = self._directory.open_session(person.address)
        response.set_cookie(
            SESSION_COOKIE, cookie, httponly=True, secure=request.secure, samesite="Lax"
        )


def _missing(query: Mapping[str, str], person: Person) -> bool:
    return not person.consented.issuperset(graph_scopes(query["scope"].split()))


def _step(request: web.Request, name: str) -> str:
    return f"/{request.match_info['tenant']}/{name}?{request.query_string}"


def _back(query: Mapping[str, str], **values: str) -> web.Response:
    state = {"state": query["state"]} if "state" in query else {}
    separator = "&" if "?" in query["redirect_uri"] else "?"
    location = query["redirect_uri"] + separator + urlencode(values | state)
    return web.Response(status=302, headers={"Location": location})
