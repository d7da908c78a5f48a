"""Pages in a frame of another site: log-ins in a window of their own, and the way back (R12.8).

No log-in can be shown in a frame, and a browser keeps the cookies of a frame apart by the site at
the top: who has logged in in a window of their own is still nobody in the frame. So the frame's
page gives its link a ticket; the way that begins with it leaves a grant for that frame at its end;
and the frame takes the grant, once, for a session of its own.

A ticket is worth something only on a way from our own page in the same browser (``Sec-Fetch-Site``,
which no page can forge), a grant only to the number that this frame alone holds: nobody can have
somebody else log in for their own frame, or be slipped into another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import azure.functions as func
import msgspec

from sync.errors import UntrustedRequest
from sync.site.flows import Browser, Journey, Onward
from sync.site.forms import read_form
from sync.site.html import SETTINGS, notice, page, page_route, redirect, shell_of, with_cookies
from sync.site.pages.render import own_window_page
from sync.site.pages.views import NoticeView, OwnWindowView
from sync.site.sessions import allows_frames, begin_session, read_session
from sync.words import PersonKey, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
#: How long a way may take that began in a frame, and how long its grant waits for the frame.
TICKET_TIME = timedelta(minutes=30)
GRANT_TIME = timedelta(minutes=5)
DONE = "/frame/done"
_PURPOSE = "frame"
_DOOR, _MICROSOFT, _BOOKING = "/connect", "/auth/microsoft", "/auth/booking"
_LOG_INS = frozenset({_DOOR, _MICROSOFT, _BOOKING})
_HAD_SESSION = "had_session"
#: ``Sec-Fetch-Site``: from a page of ours; typed, or opened from outside of the browser.
_OURS, _TYPED = "same-origin", "none"
#: What the addresses of log-ins may carry into the window.
_CARRIED = ("invitation", "next", "prompt")
_FRAMES = frozenset({"iframe", "frame", "object", "embed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A frame that waits: its browser's mark, and whether the log-in has to ask (R4.5)."""

    mark: str
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who has logged in for a frame; ``epoch`` is theirs at that time."""

    person: PersonKey
    epoch: int


def is_framed(app: "App", req: func.HttpRequest) -> bool:
    """Says whether a page is asked for by a frame."""
    return allows_frames(app) and req.headers.get("sec-fetch-dest") in _FRAMES


async def own_window(app: "App", req: func.HttpRequest, to: str) -> func.HttpResponse:
    """Gives the page with the link to a log-in in a window of its own, in place of that log-in.

    Args:
        app: The App.
        req: What was asked for in the frame.
        to: Its path.
    """
    if to == _DOOR and "invitation" not in req.params:
        # The door would look in silence first, and ask for one more press.
        to = _BOOKING
    had_session = await read_session(app, req) is not None
    return _window(app, Browser(app, req), to, req.params, had_session=had_session)


async def remember_frame(app: "App", req: func.HttpRequest, browser: Browser) -> None:
    """Notes for which frame a way begins, if it begins in one of this browser."""
    if not allows_frames(app):
        return
    site, text = req.headers.get("sec-fetch-site"), req.params.get("frame", "")
    if site == _OURS and _read(app, text) is not None:
        await browser.change(lambda journey: replace(journey, frame=text))
    elif site == _TYPED:
        await browser.change(lambda journey: replace(journey, frame=None))
    ticket = _read(app, (await browser.journey()).frame)
    if ticket is not None and ticket.asks:
        browser.must_ask = True


async def hand_over(app: "App", journey: Journey, person: PersonKey) -> str | None:
    """Leaves a grant for the frame that waits for this way's end.

    Returns:
        Where the window goes then; ``None`` where no frame waits.
    """
    ticket = _read(app, journey.frame)
    if ticket is None:
        return None
    grant = Grant(person=person, epoch=await app.session_ends.epoch(person))
    text = msgspec.json.encode(grant).decode()
    await app.flows.save(_key(ticket.mark), text, app.clock.now() + GRANT_TIME)
    return DONE


@page_route(blueprint, "frame/session", "POST", in_frames=True)
async def begin_in_frame(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes the grant, once, for a session of the frame's own; asks to wait where there is none."""
    browser, session = Browser(app, req), await read_session(app, req)
    given: dict[str, str] = {}
    if req.headers.get("sec-fetch-site") == _OURS:
        given = {name: values[0] for name, values in read_form(req).items()}
        if session is not None and _HAD_SESSION not in given:
            # Another frame of this site was quicker: they have their cookies in common.
            return redirect(app, _onward(given), after_form=True)
        begun = await _begun(app, req, browser)
        if begun is not None:
            cookies = (begun, browser.cookie, browser.asked)
            return redirect(app, _onward(given), *cookies, after_form=True)
    to = given.get("to", "")
    return _window(
        app,
        browser,
        to if to in _LOG_INS else _BOOKING,
        given,
        had_session=session is not None,
        is_waiting=True,
    )


async def _begun(app: "App", req: func.HttpRequest, browser: Browser) -> str | None:
    """Gives the cookie line of the session that was granted; ``None`` where none is (any more)."""
    key = _key(browser.mark)
    text = await app.flows.load(key)
    if text is None:
        return None
    grant = msgspec.json.decode(text, type=Grant)
    cookie = await begin_session(app, req, grant.person)
    # Read before it is used up, and used up before it counts: twice it is never worth anything.
    is_alive = await app.session_ends.epoch(grant.person) == grant.epoch
    if not (await app.flows.drop(key) and is_alive):
        return None
    pressed = (await browser.journey()).pressed
    await browser.renew()
    if pressed is not None:
        await browser.keep(Journey(pressed=pressed))
    return cookie


@page_route(blueprint, "frame/done", "GET")
async def done_for_frame(app: "App", _req: func.HttpRequest) -> func.HttpResponse:
    """Ends a log-in in a window of its own."""
    view = NoticeView(
        title=msgid("You are logged in"),
        lines=(msgid("You can close this window now, and go on where you came from."),),
        steps=(SETTINGS,),
    )
    return notice(app, view)


def _window(
    app: "App",
    browser: Browser,
    to: str,
    given: Mapping[str, str],
    *,
    had_session: bool,
    is_waiting: bool = False,
) -> func.HttpResponse:
    carried = {name: given[name] for name in _CARRIED if name in given}
    query = urlencode(carried | {"frame": _ticket(app, browser)})
    fields = {"to": to, **carried} | ({_HAD_SESSION: "yes"} if had_session else {})
    view = OwnWindowView(
        address=f"{to}?{query}",
        is_microsoft=to == _MICROSOFT,
        fields=tuple(fields.items()),
        onward=_onward(given),
        is_waiting=is_waiting,
    )
    return with_cookies(page(app, own_window_page(shell_of(app), view)), browser.cookie)


def _onward(given: Mapping[str, str]) -> Onward:
    wanted = given.get("next", "")
    return Onward(wanted) if wanted in set(Onward) else Onward.SETTINGS


def _ticket(app: "App", browser: Browser) -> str:
    until = app.clock.now() + TICKET_TIME
    value = {
        "mark": browser.mark,
        "asks": "yes" if browser.must_ask else "",
        "until": str(int(until.timestamp())),
    }
    return app.signer.sign(_PURPOSE, value)


def _read(app: "App", text: str | None) -> Ticket | None:
    """Reads a ticket; ``None`` where it is none of ours, or over."""
    try:
        value = app.signer.verify(_PURPOSE, text or "")
        is_over = app.clock.now() >= datetime.fromtimestamp(int(value["until"]), UTC)
        return None if is_over else Ticket(mark=value["mark"], asks=bool(value["asks"]))
    except (UntrustedRequest, KeyError, ValueError, OverflowError):
        return None


def _key(mark: str) -> str:
    return f"grant-{mark}"
