"""Who is logged in: a signed cookie, and what is kept of the person that it names (R4.5).

The cookie says since when and until when; the person's epoch says whether it still counts, so that
a copy of it is worth nothing after a log-out or a deactivation.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import Rejected, UntrustedRequest
from sync.site.headers import drop_cookie, read_cookie, set_cookie
from sync.words import AccountId, PersonKey, StaffId, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

COOKIE = "connectup_session"
CSRF_HEADER = "X-CSRF-Token"
#: How long a session lasts however busy it is; idle, it ends as the Account prefers.
LIFE = timedelta(hours=12)
_PURPOSE = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in browser; ``csrf`` has to come with everything that changes something.

    ``epoch`` is the person's at the log-in; ``idle`` is how long it lasts without a visit.
    """

    person: PersonKey
    csrf: str
    epoch: int
    began_at: datetime
    idle: timedelta


def is_secure(app: "App") -> bool:
    """Says whether cookies travel over https only: always but on a developer's machine."""
    return app.settings.public_base_url.startswith("https:")


def allows_frames(app: "App") -> bool:
    """Says whether cookies are made for frames of other sites (R12.8)."""
    return bool(app.settings.frame_ancestors)


def has_cookie(app: "App", req: func.HttpRequest) -> bool:
    """Says whether the browser brings a session, be it over or not."""
    return _cookie_of(app, req) is not None


async def read_session(app: "App", req: func.HttpRequest) -> Session | None:
    """Reads the session; ``None`` where there is none, it is forged, or it is over."""
    token = _cookie_of(app, req)
    if token is None:
        return None
    now = app.clock.now()
    try:
        value = app.signer.verify(_PURPOSE, token)
        session = Session(
            person=PersonKey(
                account_id=AccountId(value["account_id"]), staff_id=StaffId(value["staff_id"])
            ),
            csrf=value["csrf"],
            epoch=int(value["epoch"]),
            began_at=_time(value["began"]),
            idle=timedelta(seconds=int(value["idle"])),
        )
        is_over = now >= min(_time(value["seen"]) + session.idle, session.began_at + LIFE)
    except (UntrustedRequest, KeyError, ValueError, OverflowError):
        return None
    if is_over or await app.session_ends.epoch(session.person) != session.epoch:
        return None
    return session


async def begin_session(app: "App", req: func.HttpRequest, person: PersonKey) -> str:
    """Gives the cookie line of a new session.

    Its CSRF token is new, unless this browser has a session of the same person: forms that are
    open in it still count then.

    Raises:
        Rejected: 404 ``unknown_staff``: there is no such Account.
    """
    terms = await app.session_ends.terms(person)
    before = await read_session(app, req)
    session = Session(
        person=person,
        csrf=before.csrf if before and before.person == person else app.ids.new(),
        epoch=terms.epoch,
        began_at=app.clock.now(),
        idle=terms.idle,
    )
    return _cookie(app, session)


def keep_session(
    app: "App", req: func.HttpRequest, session: Session, response: func.HttpResponse
) -> func.HttpResponse:
    """Puts off the session's end after a visit.

    What an open page asks for by itself is none: nobody may be sitting there any more.
    """
    if not is_look(req):
        response.headers.add("Set-Cookie", _cookie(app, session))
    return response


def is_look(req: func.HttpRequest) -> bool:
    """Says whether an open page's script asks, and not a person who opens a page.

    Pages are kept by no browser, so that only our script names the state that it has; browsers that
    don't say what they ask for are known by that. Who asks by HEAD sees no page at all.
    """
    by_script = req.headers.get("sec-fetch-dest") == "empty"
    is_known = by_script or req.headers.get("if-none-match") is not None
    return req.method == "HEAD" or (req.method == "GET" and is_known)


def is_of_another_site(req: func.HttpRequest) -> bool:
    """Says whether a page that is not ours sends a request, be it of a host beside ours."""
    return req.headers.get("sec-fetch-site") in {"cross-site", "same-site"}


def end_session(app: "App") -> str:
    """Gives the cookie line that ends the session in this browser."""
    return drop_cookie(COOKIE, secure=is_secure(app), in_frames=allows_frames(app))


def check_csrf(session: Session, token: str | None) -> None:
    """Makes sure that a change was asked for by our own page.

    Raises:
        Rejected: 403 ``csrf_failed``.
    """
    # A header may hold halves of characters, which have no other form as bytes.
    given = (token or "").encode("utf-8", "surrogatepass")
    if not compare_digest(session.csrf.encode(), given):
        raise Rejected(
            status=HTTPStatus.FORBIDDEN,
            code="csrf_failed",
            detail=msgid(
                "This request did not come from the page itself. Please reload the page and "
                "try again."
            ),
        )


def _cookie_of(app: "App", req: func.HttpRequest) -> str | None:
    return read_cookie(req.headers.get("cookie", ""), COOKIE, secure=is_secure(app))


def _cookie(app: "App", session: Session) -> str:
    now = app.clock.now()
    value = {
        "account_id": str(session.person.account_id),
        "staff_id": str(session.person.staff_id),
        "csrf": session.csrf,
        "epoch": str(session.epoch),
        "began": str(int(session.began_at.timestamp())),
        "seen": str(int(now.timestamp())),
        "idle": str(int(session.idle.total_seconds())),
    }
    left = min(session.idle, session.began_at + LIFE - now)
    token = app.signer.sign(_PURPOSE, value)
    return set_cookie(
        COOKIE,
        token,
        seconds=int(left.total_seconds()),
        secure=is_secure(app),
        in_frames=allows_frames(app),
    )


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
