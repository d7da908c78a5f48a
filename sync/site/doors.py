"""The two doors and the two log-ins (R3.4, section 4)."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import ContractBroken, Rejected, SyncError, UntrustedRequest
from sync.messages import said
from sync.people.connection_states import is_synced, signed_in, takes_part
from sync.people.people import Connection
from sync.ports import LogInRefused, Prompt, SignIn, SignInRefused
from sync.site.dead_ends import (
    LOG_IN_AGAIN,
    MICROSOFT_AGAIN,
    consent_answered,
    forged,
    no_access,
    not_logged_in,
    nothing_to_confirm,
    somebody_else,
)
from sync.site.flows import Browser, Journey, LogIn, Look, Onward
from sync.site.forms import first, read_form
from sync.site.frames import hand_over, is_framed, own_window, remember_frame
from sync.site.html import (
    LOG_IN,
    MICROSOFT,
    error_page,
    notice,
    page,
    page_route,
    redirect,
    refusal,
    shell_of,
    visitor_of,
    with_cookies,
)
from sync.site.languages import who_asks
from sync.site.pages.render import connect_page, tie_page
from sync.site.pages.views import ConnectView, Step, TieView
from sync.site.sessions import (
    CSRF_HEADER,
    Session,
    begin_session,
    check_csrf,
    end_session,
    has_cookie,
    is_of_another_site,
    keep_session,
    read_session,
)
from sync.words import PersonKey

if TYPE_CHECKING:
    from sync.bootstrap import App

_log = logging.getLogger(__name__)

blueprint = func.Blueprint()
INVITATION_LIMIT = 2_000
_DOOR = "/connect"


@page_route(blueprint, "connect", "GET", in_frames=True)
async def connect(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Shows the next step of the way to a connected calendar; opening it changes nothing.

    Who is there is found out first: a session may be of somebody who used the browser before
    (R4.5). Only whoever opens an invitation in a fresh browser, as mail scanners do, sees the page
    at once: there the log-in comes later.
    """
    if is_framed(app, req):
        return await own_window(app, req, _DOOR)
    browser = Browser(app, req)
    await remember_frame(app, req, browser)
    known = journey = await browser.journey()
    token = req.params.get("invitation")
    if token is not None:
        journey = await _invited(app, browser, journey, token[:INVITATION_LIMIT])
    has_looked = journey.look is Look.DONE and token is None
    may_be_another = token is None or has_cookie(app, req)
    if may_be_another and not (has_looked or browser.must_ask):
        await browser.keep(replace(journey, look=Look.UNDER_WAY, onward=Onward.SETTINGS))
        return await _to_booking(app, browser, Prompt.NEVER)
    journey = replace(journey, look=Look.TO_COME)
    if journey != known:
        await browser.keep(journey)
    session = await read_session(app, req) if has_looked else None
    if session is None:
        shell = shell_of(app)
        view = _next_step(app, journey, booking_alive=False)
        return with_cookies(page(app, connect_page(shell, view)), browser.cookie)
    return keep_session(app, req, session, await _inside(app, browser, journey, session))


async def _invited(app: "App", browser: Browser, journey: Journey, token: str) -> Journey:
    """Gives the way on with an invitation; a bad one ends an older one, too.

    Raises:
        Rejected: 400 or 410: the link is no good.
    """
    try:
        await app.invitations.open(token)
    except Rejected:
        if journey.invitation is not None:
            await browser.keep(replace(journey, invitation=None))
        raise
    return replace(journey, invitation=token)


async def _inside(
    app: "App", browser: Browser, journey: Journey, session: Session
) -> func.HttpResponse:
    """Gives the next step of somebody of whom is known who they are."""
    connection = await who_asks(app, session.person)
    shell = shell_of(app, visitor_of(app, session, connection))
    if not takes_part(connection):
        return await _end(app, journey, session.person, Onward.SETTINGS)
    if journey.sign_in is not None:
        account = journey.sign_in.account.address
        before = signed_in(connection)
        view = TieView(
            name=connection.staff.name,
            account=account,
            replaces="" if before is None else before.address,
        )
        return with_cookies(page(app, tie_page(shell, view)), browser.cookie)
    if _has_microsoft(connection):
        return await _end(app, journey, session.person, Onward.SETTINGS)
    view_of_steps = _next_step(app, journey, booking_alive=True)
    return with_cookies(page(app, connect_page(shell, view_of_steps)), browser.cookie)


def _next_step(app: "App", journey: Journey, *, booking_alive: bool) -> ConnectView:
    booking = Step(
        label=said("Log in to {product}", product=app.settings.product_name), href=LOG_IN.href
    )
    invited = journey.invitation is not None
    microsoft_alive = journey.sign_in is not None
    # Who comes without an invitation may be connected already: only the booking log-in can tell,
    # and a Microsoft sign-in that is still good isn't asked for again (R4.1).
    microsoft_first = booking_alive or (invited and not microsoft_alive)
    return ConnectView(
        invited=invited,
        microsoft_alive=microsoft_alive,
        booking_alive=booking_alive,
        next_step=MICROSOFT if microsoft_first else booking,
    )


@page_route(blueprint, "connect", "POST")
async def tie(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Ties the Microsoft account to the person, who said yes to both names (R4.7)."""
    form = read_form(req)
    browser = Browser(app, req)
    journey = await browser.journey()
    session = await read_session(app, req)
    if journey.sign_in is None or session is None:
        return nothing_to_confirm(app)
    check_csrf(session, first(form, "csrf_token"))
    account = journey.sign_in.account.address
    if (first(form, "microsoft_account") or account) != account:
        # Another tab has signed in meanwhile: the yes was to another name.
        return nothing_to_confirm(app)
    try:
        await app.my_connection.attach(
            session.person, journey.sign_in, invitation=journey.invitation
        )
    except Rejected:
        await browser.forget()
        raise
    await browser.forget()
    onward = Onward.SETTINGS
    return await _end(app, journey, session.person, onward, browser.no_cookie, after_form=True)


async def _end(
    app: "App",
    journey: Journey,
    person: PersonKey,
    onward: Onward,
    *cookies: str,
    after_form: bool = False,
) -> func.HttpResponse:
    """Leads to where a way ends: where it was to lead, or back to the frame that waits (R12.8)."""
    address = await hand_over(app, journey, person) or onward
    return redirect(app, address, *cookies, after_form=after_form)


@page_route(blueprint, "auth/microsoft", "GET", in_frames=True)
async def microsoft_sign_in(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sends the browser to Microsoft."""
    if is_framed(app, req):
        return await own_window(app, req, MICROSOFT.href)
    session = await read_session(app, req)
    hint = None
    if session is not None:
        connection = await who_asks(app, session.person)
        if not takes_part(connection):
            return redirect(app, Onward.SETTINGS)
        if is_synced(connection) and connection.microsoft is not None:
            hint = connection.microsoft.address
    browser = Browser(app, req)
    await remember_frame(app, req, browser)
    address, flow = await app.microsoft.begin(login_hint=hint)
    await browser.begin(LogIn.MICROSOFT, flow)
    return redirect(app, address, browser.cookie)


@page_route(blueprint, "auth/microsoft/callback", "GET")
async def microsoft_callback(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes Microsoft's answer; a refusal stores nothing (R4.2)."""
    if "admin_consent" in req.params and "state" not in req.params:
        # It belongs to no log-in: an administrator followed the link for IT.
        return consent_answered(app, req.params)
    browser = Browser(app, req)
    flow = await browser.flow(LogIn.MICROSOFT)
    answer: SignIn | SignInRefused
    try:
        answer = await app.microsoft.finish(flow, dict(req.params))
    except UntrustedRequest:
        return forged(app, MICROSOFT_AGAIN)
    except ContractBroken as error:
        answer = SignInRefused.FAILED
        _log_failure(LogIn.MICROSOFT, error)
    journey = await browser.use_up(LogIn.MICROSOFT)
    if isinstance(answer, SignInRefused):
        await browser.keep(journey)
        return with_cookies(no_access(app, answer), browser.cookie)
    journey = replace(journey, sign_in=answer)
    session = await read_session(app, req)
    if session is None or journey.invitation is not None:
        # Whose session it is says nothing of who opened the invitation (R4.5).
        await browser.keep(journey)
        return redirect(app, LOG_IN.href, browser.cookie)
    return await _signed_in(app, browser, journey, session.person, answer)


@page_route(blueprint, "auth/booking", "GET", in_frames=True)
async def booking_log_in(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sends the browser to the booking product's log-in, which asks whom it doesn't know.

    ``prompt=login`` asks in any case; ``invitation=none`` forgets the one that the browser came
    with; ``next`` is where it leads to.
    """
    if is_framed(app, req):
        return await own_window(app, req, LOG_IN.href)
    browser = Browser(app, req)
    await remember_frame(app, req, browser)
    journey = await browser.journey()
    wanted = req.params.get("next", "")
    is_unwanted = req.params.get("invitation") == "none"
    coming = replace(
        journey,
        invitation=None if is_unwanted else journey.invitation,
        onward=Onward(wanted) if wanted in set(Onward) else Onward.SETTINGS,
        look=Look.TO_COME,
    )
    if coming != journey:
        await browser.keep(coming)
    asks = browser.must_ask or req.params.get("prompt") == Prompt.ALWAYS
    return await _to_booking(app, browser, Prompt.ALWAYS if asks else None)


async def _to_booking(app: "App", browser: Browser, prompt: Prompt | None) -> func.HttpResponse:
    address, flow = await app.booking_log_in.begin(prompt=prompt)
    await browser.begin(LogIn.BOOKING, flow)
    return redirect(app, address, browser.cookie)


@page_route(blueprint, "auth/booking/callback", "GET")
async def booking_callback(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes the booking product's answer and begins the session."""
    browser = Browser(app, req)
    flow = await browser.flow(LogIn.BOOKING)
    try:
        answer = await app.booking_log_in.finish(flow, dict(req.params))
    except UntrustedRequest:
        return forged(app, LOG_IN_AGAIN)
    except ContractBroken as error:
        answer = LogInRefused.FAILED
        _log_failure(LogIn.BOOKING, error)
    journey = await browser.use_up(LogIn.BOOKING)
    if isinstance(answer, LogInRefused):
        if journey.look is Look.UNDER_WAY:
            # Nobody is logged in there: who was here before is no longer taken for who is now.
            await browser.keep(replace(journey, look=Look.DONE))
            return redirect(app, _DOOR, browser.cookie, end_session(app))
        await browser.keep(journey)
        return with_cookies(not_logged_in(app), browser.cookie)
    try:
        session_cookie = await begin_session(app, req, answer.person)
        response = await _arrive(app, browser, journey, answer.person)
    except SyncError as error:
        # Whoever was here before must not be gone on as because the newcomer's way broke off. What
        # the browser has brought stays for the next try (R3.4, R4.6).
        with suppress(SyncError):
            await browser.keep(replace(journey, look=Look.TO_COME))
        broken = error_page(app, error, function="booking_callback")
        return with_cookies(broken, end_session(app), browser.cookie)
    return with_cookies(response, session_cookie, browser.asked)


async def _arrive(
    app: "App", browser: Browser, journey: Journey, person: PersonKey
) -> func.HttpResponse:
    """Goes on with a person whom the booking product has vouched for."""
    if _is_of_another(app, journey, person):
        await browser.keep(replace(journey, look=Look.TO_COME))
        return with_cookies(somebody_else(app), browser.cookie)
    connection = await app.my_connection.me(person)
    if not takes_part(connection):
        # A sign-in of somebody who may not connect is forgotten, not kept for later (R4.2); what
        # they had pressed as an administrator is not (R4.6).
        if journey.pressed is None:
            return await _end(app, journey, person, journey.onward, browser.no_cookie)
        await browser.keep(Journey(pressed=journey.pressed))
        return await _end(app, journey, person, journey.onward, browser.cookie)
    if journey.sign_in is not None and journey.onward is not Onward.PLUGIN:
        return await _signed_in(app, browser, journey, person, journey.sign_in)
    if journey.onward is Onward.PLUGIN or _has_microsoft(connection):
        await browser.keep(replace(journey, look=Look.TO_COME, frame=None))
        return await _end(app, journey, person, journey.onward, browser.cookie)
    await browser.keep(replace(journey, look=Look.DONE))
    return redirect(app, _DOOR, browser.cookie)


async def _signed_in(
    app: "App", browser: Browser, journey: Journey, person: PersonKey, sign_in: SignIn
) -> func.HttpResponse:
    """Stores a sign-in with the account that the person has; asks before another one (R4.7)."""
    try:
        if not await app.my_connection.is_new_account(person, sign_in.account):
            await app.my_connection.attach(person, sign_in, invitation=journey.invitation)
            return await _end(app, journey, person, Onward.SETTINGS, browser.no_cookie)
    except Rejected as rejected:
        refused = notice(app, refusal(rejected), rejected.status)
        return with_cookies(refused, browser.no_cookie)
    await browser.keep(replace(journey, look=Look.DONE))
    return redirect(app, _DOOR, browser.cookie)


@page_route(blueprint, "auth/log-out", "POST", in_frames=True)
async def log_out(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Ends the person's sessions; the next log-in in this browser asks who one is (R4.5)."""
    session = await read_session(app, req)
    if session is not None:
        check_csrf(session, req.headers.get(CSRF_HEADER) or first(read_form(req), "csrf_token"))
        await app.session_ends.end_all(session.person)
    elif not has_cookie(app, req) or is_of_another_site(req):
        # A form of another site may not take cookies away. It brings none, but where frames are
        # allowed (R12.8).
        return redirect(app, _DOOR)
    browser = Browser(app, req)
    await browser.forget()
    return redirect(app, _DOOR, end_session(app), browser.no_cookie, browser.ask)


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


def _log_failure(log_in: LogIn, error: ContractBroken) -> None:
    # The messages of our own errors name no values; the person gets a page that says to try again.
    _log.error("log_in.answer_unreadable %s", log_in, extra={"error": str(error)})
