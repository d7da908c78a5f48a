"""The two doors and the two log-ins (R3.4, section 4)."""

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import Rejected, UntrustedRequest
from sync.people.connection_states import is_synced, signed_in, takes_part
from sync.people.people import Connection
from sync.ports import SignIn, SignInRefused
from sync.site.flows import Browser, Journey, LogIn, Onward
from sync.site.forms import first, read_form
from sync.site.html import (
    CONNECT,
    LOG_IN,
    MICROSOFT,
    notice,
    page,
    page_route,
    redirect,
    visitor_of,
    with_cookies,
)
from sync.site.pages.render import connect_page
from sync.site.pages.views import ConnectView, NoticeView, Shell, Step
from sync.site.sessions import (
    CSRF_HEADER,
    begin_session,
    check_csrf,
    end_session,
    read_session,
)
from sync.words import PersonKey

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
INVITATION_LIMIT = 2_000

_NOTHING_STORED = "Nothing was stored."
_TRY_AGAIN = Step(label="Try again", href=MICROSOFT.href)
_REFUSALS: dict[SignInRefused, tuple[str, str]] = {
    SignInRefused.DECLINED: (
        "You did not allow access",
        "Nothing can be synced without it. If that was a mistake, sign in again and accept.",
    ),
    SignInRefused.ADMIN_CONSENT: (
        "Your organisation has to allow this first",
        "Ask your IT department to approve Connect-Up for Outlook 365, then sign in again.",
    ),
    SignInRefused.MISSING_SCOPE: (
        "A permission is missing",
        "Connect-Up must read and write your calendars. Sign in again and allow all of it.",
    ),
    SignInRefused.FAILED: (
        "The sign-in did not work",
        "Microsoft did not complete the sign-in. Please try again.",
    ),
}


@page_route(blueprint, "connect", "GET")
async def connect(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Shows the next step of the way to a connected calendar; opening it changes nothing."""
    browser = Browser(app, req)
    session = read_session(app, req)
    journey = await browser.journey()
    token = req.params.get("invitation")
    if token is not None:
        invited = await app.invitations.open(token[:INVITATION_LIMIT])
        if session is not None and session.person != invited:
            return _somebody_else(app)
        journey = replace(journey, invitation=token)
        await browser.keep(journey)
    connection = await app.my_connection.me(session.person) if session is not None else None
    if connection is not None and (not takes_part(connection) or _has_microsoft(connection)):
        return redirect(app, "/settings")
    view = _next_step(app, journey, booking_alive=connection is not None)
    visitor = visitor_of(session, connection) if session and connection else None
    shell = Shell(product=app.settings.product_name, visitor=visitor)
    return with_cookies(page(app, connect_page(shell, view)), browser.cookie)


def _next_step(app: "App", journey: Journey, *, booking_alive: bool) -> ConnectView:
    booking = Step(label=f"Log in to {app.settings.product_name}", href="/auth/booking")
    invited = journey.invitation is not None
    microsoft_alive = journey.sign_in is not None and not booking_alive
    # Who comes without an invitation may be connected already: only the booking log-in can tell,
    # and a Microsoft sign-in that is still good isn't asked for again (R4.1).
    microsoft_first = booking_alive or (invited and not microsoft_alive)
    return ConnectView(
        invited=invited,
        microsoft_alive=microsoft_alive,
        booking_alive=booking_alive,
        next_step=MICROSOFT if microsoft_first else booking,
    )


@page_route(blueprint, "auth/microsoft", "GET")
async def microsoft_sign_in(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sends the browser to Microsoft."""
    session = read_session(app, req)
    hint = None
    if session is not None:
        connection = await app.my_connection.me(session.person)
        if not takes_part(connection):
            return redirect(app, "/settings")
        if is_synced(connection) and connection.microsoft is not None:
            hint = connection.microsoft.address
    browser = Browser(app, req)
    address, flow = await app.microsoft.begin(login_hint=hint)
    await browser.begin(LogIn.MICROSOFT, flow)
    return redirect(app, address, browser.cookie)


@page_route(blueprint, "auth/microsoft/callback", "GET")
async def microsoft_callback(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes Microsoft's answer; a refusal stores nothing (R4.2)."""
    browser = Browser(app, req)
    flow = await browser.flow(LogIn.MICROSOFT)
    try:
        answer = await app.microsoft.finish(flow, dict(req.params))
    except UntrustedRequest:
        return _forged(app, _TRY_AGAIN)
    await browser.use_up(LogIn.MICROSOFT)
    if isinstance(answer, SignInRefused):
        title, line = _REFUSALS[answer]
        view = NoticeView(title=title, lines=(line, _NOTHING_STORED), steps=(_TRY_AGAIN,))
        return notice(app, view, HTTPStatus.BAD_REQUEST)
    journey = await browser.journey()
    session = read_session(app, req)
    if session is not None:
        return await _attach(app, browser, journey, session.person, answer)
    await browser.keep(replace(journey, sign_in=answer))
    return redirect(app, "/auth/booking", browser.cookie)


@page_route(blueprint, "auth/booking", "GET")
async def booking_log_in(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sends the browser to the booking product's log-in."""
    browser = Browser(app, req)
    wanted = req.params.get("next", "")
    onward = Onward(wanted) if wanted in set(Onward) else Onward.SETTINGS
    journey = await browser.journey()
    if journey.onward is not onward:
        await browser.keep(replace(journey, onward=onward))
    address, flow = await app.booking_log_in.begin()
    await browser.begin(LogIn.BOOKING, flow)
    return redirect(app, address, browser.cookie)


@page_route(blueprint, "auth/booking/callback", "GET")
async def booking_callback(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes the booking product's answer and begins the session."""
    browser = Browser(app, req)
    again = Step(label="Try again", href="/auth/booking")
    flow = await browser.flow(LogIn.BOOKING)
    try:
        answer = await app.booking_log_in.finish(flow, dict(req.params))
    except UntrustedRequest:
        return _forged(app, again)
    await browser.use_up(LogIn.BOOKING)
    if isinstance(answer, str):
        view = NoticeView(
            title="You are not logged in",
            lines=(f"{app.settings.product_name} did not complete the log-in.", _NOTHING_STORED),
            steps=(again,),
        )
        return notice(app, view, HTTPStatus.BAD_REQUEST)
    return await _arrive(app, browser, answer.person)


async def _arrive(app: "App", browser: Browser, person: PersonKey) -> func.HttpResponse:
    """Goes on with a person whom the booking product has vouched for."""
    journey = await browser.journey()
    connection = await app.my_connection.me(person)
    session_cookie = begin_session(app, person)
    if not takes_part(connection):
        # A sign-in of somebody who may not connect is forgotten, not kept for later (R4.2).
        await browser.forget()
        return redirect(app, journey.onward, session_cookie, browser.no_cookie)
    if journey.sign_in is not None:
        response = await _attach(app, browser, journey, person, journey.sign_in)
        return with_cookies(response, session_cookie)
    if _is_of_another(app, journey, person):
        return _somebody_else(app)
    if journey.onward is Onward.PLUGIN or _has_microsoft(connection):
        return redirect(app, journey.onward, session_cookie)
    return redirect(app, "/connect", session_cookie)


async def _attach(
    app: "App", browser: Browser, journey: Journey, person: PersonKey, sign_in: SignIn
) -> func.HttpResponse:
    """Stores the sign-in for the person; the journey ends here, whatever comes of it."""
    await browser.forget()
    if _is_of_another(app, journey, person):
        return _somebody_else(app)
    await app.my_connection.attach(person, sign_in, invitation=journey.invitation)
    return redirect(app, journey.onward, browser.no_cookie)


@page_route(blueprint, "auth/log-out", "POST")
async def log_out(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Ends the session in this browser."""
    session = read_session(app, req)
    if session is not None:
        check_csrf(session, req.headers.get(CSRF_HEADER) or first(read_form(req), "csrf_token"))
    return redirect(app, "/connect", end_session(app), Browser(app, req).no_cookie)


def _has_microsoft(connection: Connection) -> bool:
    """Says whether the settings page has something to show: a sign-in, good or to be renewed."""
    return signed_in(connection) is not None or is_synced(connection)


def _is_of_another(app: "App", journey: Journey, person: PersonKey) -> bool:
    try:
        return (
            journey.invitation is not None
            and app.invitations.person_of(journey.invitation) != person
        )
    except Rejected:
        return False


def _somebody_else(app: "App") -> func.HttpResponse:
    view = NoticeView(
        title="This invitation is for somebody else",
        lines=(
            f"You are logged in to {app.settings.product_name} as another person.",
            "Log in as the invited person, or ask an administrator to invite you, too.",
            _NOTHING_STORED,
        ),
        steps=(LOG_IN, CONNECT),
    )
    return notice(app, view, HTTPStatus.FORBIDDEN)


def _forged(app: "App", again: Step) -> func.HttpResponse:
    view = NoticeView(
        title="This log-in can't be finished here",
        lines=(
            "It does not belong to a log-in that was begun in this browser, or it was used before.",
            _NOTHING_STORED,
        ),
        steps=(again,),
    )
    return notice(app, view, HTTPStatus.BAD_REQUEST)
