"""Pages as answers: headers, redirects, and the page that a refusal becomes."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import azure.functions as func

from sync.errors import ContractBroken, Rejected, SyncError, TransientError
from sync.messages import said
from sync.people.people import AccessType, Connection
from sync.site.headers import allow_frames, page_headers
from sync.site.http import Entry, Handler, as_rejected, bad_request, route
from sync.site.pages.render import ask_page, notice_page
from sync.site.pages.views import AskView, NoticeView, Shell, Step, Visitor
from sync.site.pressed_forms import form_mark
from sync.site.sessions import Session
from sync.words import LocationId, PersonKey, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

ADMINS = frozenset({AccessType.HQ_ADMIN, AccessType.LOCATION_ADMIN})

MICROSOFT = Step(label=msgid("Sign in with Microsoft"), href="/auth/microsoft")
SETTINGS = Step(label=msgid("Go to my settings"), href="/settings")
#: Goes on with whoever is logged in at the booking product; asks where nobody is.
LOG_IN = Step(label=msgid("Log in"), href="/auth/booking")
BEGIN_AGAIN = Step(label=msgid("Begin again"), href=LOG_IN.href)
#: Asks in any case; what the browser has brought so far, an invitation say, is kept.
LOG_IN_AS_ANOTHER = Step(label=msgid("Log in as somebody else"), href="/auth/booking?prompt=login")

#: What a refusal's page is called, and the steps it offers.
_PAGES: dict[str, tuple[str, tuple[Step, ...]]] = {
    "malformed_invitation": (msgid("This invitation link is not complete"), (LOG_IN,)),
    "invitation_expired": (msgid("This invitation has expired"), (LOG_IN,)),
    "invitation_replaced": (msgid("There is a newer invitation"), (LOG_IN,)),
    "invitation_withdrawn": (msgid("This invitation was taken back"), (LOG_IN,)),
    "invitation_used": (msgid("This invitation was used already"), (SETTINGS,)),
    "flow_unknown": (msgid("This log-in can't be finished here"), (BEGIN_AGAIN,)),
    "malformed_confirmation": (msgid("This link is not complete"), (SETTINGS,)),
    "confirmation_expired": (msgid("This link has expired"), (SETTINGS,)),
    "confirmation_replaced": (msgid("This link is no good any more"), (SETTINGS,)),
    "malformed_unsubscription": (msgid("This link is not complete"), (SETTINGS,)),
    "disconnect_first": (msgid("Disconnect first"), (SETTINGS,)),
    "not_active": (msgid("The calendar sync is not activated for you"), (SETTINGS,)),
    "not_permitted": (msgid("This is for administrators"), (SETTINGS, LOG_IN_AS_ANOTHER)),
    "csrf_failed": (msgid("Please reload the page"), (SETTINGS,)),
    "not_your_invitation": (
        msgid("This invitation is for somebody else"),
        (LOG_IN_AS_ANOTHER, SETTINGS),
    ),
    "unknown_staff": (msgid("You are not known here"), (LOG_IN_AS_ANOTHER,)),
    "reconnect_needed": (msgid("Please sign in again"), (MICROSOFT, SETTINGS)),
    "unavailable": (msgid("Please try again shortly"), (SETTINGS,)),
    "internal_error": (msgid("Something went wrong"), (SETTINGS,)),
}


def page_route(
    blueprint: func.Blueprint, path: str, *methods: str, in_frames: bool = False
) -> Callable[[Handler], Entry]:
    """Registers a page: whatever its handler raises becomes a page, too.

    ``in_frames`` lets it be shown in the frames that are allowed (R12.8).
    """
    if not in_frames:
        return route(blueprint, path, *methods, on_error=_page_of)

    def wrap(handler: Handler) -> Entry:
        @wraps(handler)
        async def shown(app: "App", req: func.HttpRequest) -> func.HttpResponse:
            return _in_frames(app, await handler(app, req))

        return route(blueprint, path, *methods, on_error=_framed_page_of)(shown)

    return wrap


def _in_frames(app: "App", response: func.HttpResponse) -> func.HttpResponse:
    policy = response.headers["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = allow_frames(policy, app.settings.frame_ancestors)
    return response


def shell_of(app: "App", visitor: Visitor | None = None) -> Shell:
    """Gives what surrounds every page."""
    settings = app.settings
    return Shell(product=settings.product_name, visitor=visitor, host=settings.host)


def page(app: "App", text: str, status: int = HTTPStatus.OK) -> func.HttpResponse:
    """Gives a page."""
    settings = app.settings
    headers = page_headers(
        (settings.microsoft_authority, settings.booking_oidc_issuer), settings.host.logo_url
    )
    return func.HttpResponse(text, status_code=status, mimetype="text/html", headers=headers)


def notice(
    app: "App", view: NoticeView, status: int = HTTPStatus.OK, visitor: Visitor | None = None
) -> func.HttpResponse:
    """Gives a page that says what happened and what to do next."""
    return page(app, notice_page(shell_of(app, visitor), view), status)


def ask(app: "App", view: AskView) -> func.HttpResponse:
    """Gives the page with the button that a link of a mail leads to."""
    return page(app, ask_page(shell_of(app), view))


def redirect(
    app: "App", address: str, *cookies: str, after_form: bool = False
) -> func.HttpResponse:
    """Sends the browser on, with cookies set; ``after_form`` makes the next request a GET."""
    response = page(app, "", HTTPStatus.SEE_OTHER if after_form else HTTPStatus.FOUND)
    response.headers["Location"] = address
    return with_cookies(response, *cookies)


def with_cookies(response: func.HttpResponse, *cookies: str) -> func.HttpResponse:
    """Adds Set-Cookie lines."""
    for cookie in cookies:
        response.headers.add("Set-Cookie", cookie)
    return response


def refusal(rejected: Rejected) -> NoticeView:
    """Gives the page of a refusal."""
    title, steps = _PAGES.get(rejected.code, (msgid("This is not possible"), (SETTINGS,)))
    return NoticeView(title=title, lines=(rejected.detail,), steps=steps)


def error_page(app: "App", error: SyncError, *, function: str) -> func.HttpResponse:
    """Gives the page of an error that ``function`` met, for who has to add something to it."""
    rejected, headers = as_rejected(error, function=function)
    response = notice(app, refusal(rejected), rejected.status)
    response.headers.update(headers)
    return response


def no_such_button() -> NoReturn:
    """Refuses a form that none of our pages sends.

    Raises:
        Rejected: 400, always.
    """
    raise bad_request(msgid("There is no such button."))


def visitor_of(app: "App", session: Session, connection: Connection) -> Visitor:
    """Gives who looks at a page."""
    return Visitor(
        name=connection.staff.name,
        csrf_token=session.csrf,
        form_of=form_mark(app, session.person),
        is_admin=connection.staff.access_type in ADMINS,
    )


async def whom_to_ask(app: "App", person: PersonKey) -> tuple[str, ...]:
    """Names the administrators who can activate a person (R2.2, R2.6); empty where nobody knows."""
    try:
        listed = await app.booking.staff(person.account_id)
    except (TransientError, ContractBroken):
        # The page says "an administrator" then: that is better than no page.
        return ()
    asking = listed.members.get(person.staff_id)
    places = frozenset[LocationId]() if asking is None else asking.location_ids
    return tuple(
        sorted(
            one.name
            for one in listed.members.values()
            if one.id != person.staff_id
            and (
                one.access_type is AccessType.HQ_ADMIN
                or (one.access_type is AccessType.LOCATION_ADMIN and one.location_ids & places)
            )
        )
    )


async def not_active_page(
    app: "App", person: PersonKey, visitor: Visitor | None
) -> func.HttpResponse:
    """Says to somebody who is not activated whom to ask (R2.6)."""
    people = await whom_to_ask(app, person)
    product = app.settings.product_name
    if people:
        ask = said("One of these administrators can activate it in {product}:", product=product)
    else:
        ask = said(
            "An administrator of your Account can activate it in {product}.", product=product
        )
    lines = (
        msgid(
            "Your Outlook calendar can be connected once the calendar sync is activated for you."
        ),
        ask,
    )
    steps: tuple[Step, ...] = (Step(label=msgid("Look again"), href="/settings"), LOG_IN_AS_ANOTHER)
    if visitor is not None and visitor.is_admin:
        steps = (Step(label=msgid("Go to the administration"), href="/plugin"), *steps)
    view = NoticeView(
        title=msgid("The calendar sync is not activated for you"),
        lines=lines,
        steps=steps,
        people=people,
    )
    return notice(app, view, visitor=visitor)


def _page_of(
    app: "App | None", _req: func.HttpRequest, rejected: Rejected, headers: Mapping[str, str]
) -> func.HttpResponse:
    if app is None:
        return func.HttpResponse(rejected.detail, status_code=rejected.status)
    response = notice(app, refusal(rejected), rejected.status)
    response.headers.update(headers)
    return response


def _framed_page_of(
    app: "App | None", req: func.HttpRequest, rejected: Rejected, headers: Mapping[str, str]
) -> func.HttpResponse:
    response = _page_of(app, req, rejected, headers)
    return response if app is None else _in_frames(app, response)
