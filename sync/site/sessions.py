"""Who is logged in: a signed cookie, ended by twelve hours without a visit (R4.4)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import Rejected, UntrustedRequest
from sync.site.headers import drop_cookie, read_cookie, set_cookie
from sync.words import AccountId, PersonKey, StaffId

if TYPE_CHECKING:
    from sync.bootstrap import App

COOKIE = "connectup_session"
CSRF_HEADER = "X-CSRF-Token"
IDLE = timedelta(hours=12)
#: A younger cookie isn't written anew.
FRESH = timedelta(minutes=10)
_PURPOSE = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in browser; ``csrf`` has to come with everything that changes something."""

    person: PersonKey
    csrf: str
    issued_at: datetime


def is_secure(app: "App") -> bool:
    """Says whether cookies travel over https only: always but on a developer's machine."""
    return app.settings.public_base_url.startswith("https:")


def read_session(app: "App", req: func.HttpRequest) -> Session | None:
    """Reads the session cookie; ``None`` where it is missing, forged or too old."""
    token = read_cookie(req.headers.get("cookie", ""), COOKIE)
    if token is None:
        return None
    try:
        value = app.signer.verify(_PURPOSE, token)
        person = PersonKey(
            account_id=AccountId(value["account_id"]), staff_id=StaffId(value["staff_id"])
        )
        issued_at = datetime.fromtimestamp(int(value["at"]), UTC)
        session = Session(person=person, csrf=value["csrf"], issued_at=issued_at)
    except (UntrustedRequest, KeyError, ValueError, OverflowError):
        return None
    return session if app.clock.now() - issued_at < IDLE else None


def begin_session(app: "App", person: PersonKey) -> str:
    """Gives the cookie line of a new session, with a new CSRF token."""
    return _cookie(app, person, app.ids.new())


def keep_session(app: "App", session: Session, response: func.HttpResponse) -> func.HttpResponse:
    """Puts off the session's end, where its cookie isn't fresh any more."""
    if app.clock.now() - session.issued_at >= FRESH:
        response.headers.add("Set-Cookie", _cookie(app, session.person, session.csrf))
    return response


def end_session(app: "App") -> str:
    """Gives the cookie line that ends the session."""
    return drop_cookie(COOKIE, secure=is_secure(app))


def check_csrf(session: Session, token: str | None) -> None:
    """Makes sure that a change was asked for by our own page.

    Raises:
        Rejected: 403 ``csrf_failed``.
    """
    if not compare_digest(session.csrf.encode(), (token or "").encode()):
        raise Rejected(
            status=HTTPStatus.FORBIDDEN,
            code="csrf_failed",
            detail="This request did not come from the page itself. Please reload the page and "
            "try again.",
        )


def _cookie(app: "App", person: PersonKey, csrf: str) -> str:
    value = {
        "account_id": str(person.account_id),
        "staff_id": str(person.staff_id),
        "csrf": csrf,
        "at": str(int(app.clock.now().timestamp())),
    }
    token = app.signer.sign(_PURPOSE, value)
    return set_cookie(COOKIE, token, seconds=int(IDLE.total_seconds()), secure=is_secure(app))
