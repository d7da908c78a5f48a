"""The Staff Member's settings page (sections 5, 10, 12)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import azure.functions as func
import msgspec

from sync.engine.activity import read_activity
from sync.engine.verdicts import Found, Search, place_text
from sync.errors import (
    AuthorizationLost,
    ContractBroken,
    Rejected,
    TransientError,
    Unreadable,
)
from sync.messages import zone_of
from sync.people.connection_states import is_synced, takes_part
from sync.people.contact import (
    Notices,
    choices_of,
    chosen_address,
    contact_address,
    is_asked,
    is_same_address,
    waiting_address,
)
from sync.people.people import Connection, ConnectionState, HeldAnswer
from sync.site.flows import Onward
from sync.site.forms import (
    MAX_SPAN_DAYS,
    WrongFieldsError,
    check_years,
    count_of,
    draft_settings,
    first,
    notice_values,
    notices_of,
    read_form,
    settings_of,
    settings_values,
)
from sync.site.html import (
    no_such_button,
    not_active_page,
    page,
    page_route,
    redirect,
    shell_of,
    visitor_of,
)
from sync.site.http import retry_headers
from sync.site.languages import who_asks
from sync.site.me_api import (
    WORDS_LIMIT,
    check_active,
    question_of,
    read_cursor,
    read_search_place,
    shown_account,
    what_is_held,
    what_waits,
)
from sync.site.pages.live import version_of
from sync.site.pages.render import settings_page
from sync.site.pages.views import (
    CalendarChoice,
    HeldView,
    MailView,
    PreviewView,
    RemovalView,
    SettingsView,
    VerdictView,
    WhyView,
)
from sync.site.pages.wording import midnight_in
from sync.site.pressed_forms import LOGGED_OUT, OUT_OF_DATE, keep_pressed, owner_of, take_pressed
from sync.site.questions import ask_before_removing, ask_before_saving
from sync.site.sessions import Session, check_csrf, is_look, keep_session, read_session
from sync.words import Interval, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
ACTIVITY_PAGE = 8
WHY_PAGE = 20


@page_route(blueprint, "settings", "GET", in_frames=True)
async def settings(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Shows the settings page; an open one asks so whether it is still true (R12.5)."""
    session = await read_session(app, req)
    if session is None:
        return redirect(app, "/connect")
    connection = await who_asks(app, session.person, visits=not is_look(req))
    if not takes_part(connection):
        visitor = visitor_of(app, session, connection)
        return keep_session(app, req, session, await not_active_page(app, session.person, visitor))
    if req.headers.get("if-none-match") == f'"{version_of(connection, session.csrf)}"':
        return page(app, "", HTTPStatus.NOT_MODIFIED)
    view = await _view(app, req, session, connection)
    # What was pressed waits for the person, not for a page that looks after itself (R4.6).
    pressed = None
    if not is_look(req):
        pressed = await take_pressed(app, req, session.person, Onward.SETTINGS)
    if pressed is not None:
        view = await _brought_back(app, view, pressed, LOGGED_OUT)
    return keep_session(app, req, session, page(app, settings_page(view)))


@page_route(blueprint, "settings", "POST", in_frames=True)
async def change_settings(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Does what a button of the page asks for, where the browser runs no scripts."""
    session, form = await read_session(app, req), read_form(req)
    if session is None:
        kept = await keep_pressed(app, req, form, Onward.SETTINGS)
        return redirect(app, "/connect", *kept, after_form=True)
    connection = await who_asks(app, session.person)
    check_active(connection)
    try:
        check_csrf(session, first(form, "csrf_token"))
        match first(form, "action"):
            case "start":
                await app.choices.start(session.person, settings_of(settings_values(form)))
            case "preview":
                return await _previewed(app, req, session, connection, form)
            case "change" if first(form, "confirm") != "yes":
                return await ask_before_saving(app, session, connection, form)
            case "change":
                await app.choices.change(session.person, settings_of(settings_values(form)))
            case "mail":
                await app.mail_choices.change(session.person, _notices(connection, form))
            case "confirm_again":
                again = Notices(contact_email=waiting_address(connection))
                await app.mail_choices.change(session.person, again)
            case "resync":
                await app.my_connection.resync(session.person)
            case "held":
                await app.my_connection.answer_held(
                    session.person,
                    _answer(form),
                    question=first(form, "question") or None,
                    shown=count_of(form, "shown"),
                )
            case "disconnect" if first(form, "confirm") != "yes":
                return await ask_before_removing(app, session, connection)
            case "disconnect":
                await app.my_connection.disconnect(session.person)
            case _:
                no_such_button()
    except Rejected as refused:
        # The state may have changed between: the page shows what holds now, and why it was refused.
        now = await who_asks(app, session.person)
        view = await _view(app, req, session, now)
        if refused.code != "csrf_failed":
            view = await _with_refusal(app, view, form, refused)
        elif owner_of(app, form) == session.person:
            view = await _brought_back(app, view, form, OUT_OF_DATE)
        else:
            raise
        response = page(app, settings_page(view), refused.status)
        response.headers.update(retry_headers(refused))
        return response
    return redirect(app, "/settings", after_form=True)


async def _view(
    app: "App", req: func.HttpRequest, session: Session, connection: Connection
) -> SettingsView:
    shell = shell_of(app, visitor_of(app, session, connection))
    view = SettingsView(
        shell=shell,
        connection=connection,
        account=shown_account(connection),
        choices=choices_of(connection),
        mail=_mail(app, connection),
        now=app.clock.now(),
        window_days=app.settings.window_days,
    )
    if view.account is None:
        return view
    cursor = read_cursor(req.params.get("activity"))
    activity = await read_activity(app.ledger, connection, cursor=cursor, limit=ACTIVITY_PAGE)
    view = replace(
        view,
        activity=activity.lines,
        activity_next=activity.following,
        is_older=cursor is not None,
    )
    if connection.state is ConnectionState.AUTHORIZED or (
        connection.is_syncing and "change" in req.params
    ):
        view = await _with_calendars(app, view)
    if is_synced(connection):
        events, reserves = await app.removal.counts(connection.person)
        view = replace(view, removal=RemovalView(events=events, reserves=reserves))
    if connection.is_syncing:
        view = await _with_explanations(app, req, await _with_question(app, view))
    return view


async def _with_question(app: "App", view: SettingsView) -> SettingsView:
    """Adds the question about held cancellations (R11.7)."""
    held = question_of(view.connection)
    if held is None:
        return view
    return replace(
        view,
        held=HeldView(
            count=held.count,
            question=held.question,
            until=held.since + timedelta(seconds=app.settings.held_for_seconds),
            answer=held.answer,
            items=_verdicts(await what_is_held(app, view.connection)),
        ),
    )


async def _with_calendars(app: "App", view: SettingsView) -> SettingsView:
    person = view.connection.person
    try:
        calendars = await app.choices.calendars(person)
    except (TransientError, Unreadable, ContractBroken):
        # What one list can't be read for hides nothing else of the page (R11.8).
        return replace(
            view,
            problem=msgid(
                "Microsoft does not answer at the moment. Please reload the page shortly."
            ),
        )
    except Rejected as refused:
        # Where Microsoft refuses the sign-in, the Connection has just been changed by that.
        now = await who_asks(app, person)
        return replace(view, connection=now, account=shown_account(now), problem=refused.detail)
    return replace(
        view,
        calendars=tuple(
            CalendarChoice(id=one.id, name=one.name, is_default=one.is_default) for one in calendars
        ),
    )


async def _with_explanations(app: "App", req: func.HttpRequest, view: SettingsView) -> SettingsView:
    """Adds what waits, and the answer to "Why is it not there?" (R12.2)."""
    person = view.connection.person
    today = app.clock.now().astimezone(zone_of(view.zone)).date()
    # The whole Window: nobody has to know when it was that they miss.
    last_day = today + timedelta(days=app.settings.window_days)
    why = WhyView(
        first_day=req.params.get("why_from") or today.isoformat(),
        last_day=req.params.get("why_to") or last_day.isoformat(),
        words=req.params.get("why_words", "")[:WORDS_LIMIT],
        is_missing="why_missing" in req.params,
    )
    after = read_search_place(req.params.get("why_after"))
    view = replace(view, waiting=_verdicts(await what_waits(app, view.connection)))
    try:
        if "why_from" in req.params:
            search = Search(
                interval=_days(why.first_day, why.last_day, view.zone),
                words=why.words,
                is_missing=why.is_missing,
                limit=WHY_PAGE,
                after=after,
            )
            found = await app.explainer.explain(person, search, midnight=midnight_in(view.zone))
            why = _answered(why, found, is_first=search.after is None)
    except (ValueError, OverflowError):
        why = replace(why, problem=msgid("Please choose two days in order, a year apart at most."))
    except (TransientError, AuthorizationLost, Rejected, Unreadable, ContractBroken):
        why = replace(
            why, problem=msgid("The calendars can't be looked at just now. Please try again.")
        )
    return replace(view, why=why)


def _answered(why: WhyView, found: Found, *, is_first: bool) -> WhyView:
    """Adds a page of verdicts, with the addresses of the next page and of the first."""
    asked = {"why_from": why.first_day, "why_to": why.last_day, "why_words": why.words}
    if why.is_missing:
        asked["why_missing"] = "on"
    first = f"/settings?{urlencode(asked)}"
    return replace(
        why,
        verdicts=_verdicts(found.verdicts),
        total=found.total,
        missing=found.missing,
        next_page=(
            ""
            if found.following is None
            else f"{first}&why_after={place_text(found.following)}#why"
        ),
        first_page="" if is_first else f"{first}#why",
    )


def _days(first_day: str, last_day: str, zone: str) -> Interval:
    """Gives the span of two days, both included, in a zone.

    Raises:
        ValueError: They are no days, not in order, or too far apart.
        OverflowError: They are the first or the last day that there is.
    """
    start, end = date.fromisoformat(first_day), date.fromisoformat(last_day)
    check_years(start.year, end.year)
    if (end - start).days >= MAX_SPAN_DAYS:
        raise ValueError("too far apart")
    midnight = datetime.min.time()
    where = zone_of(zone)
    return Interval(
        datetime.combine(start, midnight, where),
        datetime.combine(end + timedelta(days=1), midnight, where),
    )


def _verdicts(found: object) -> tuple[VerdictView, ...]:
    return msgspec.convert(found, tuple[VerdictView, ...], from_attributes=True, strict=False)


def _answer(form: dict[str, list[str]]) -> HeldAnswer:
    try:
        return HeldAnswer(first(form, "answer"))
    except ValueError:
        no_such_button()


def _mail(app: "App", connection: Connection) -> MailView:
    waiting, pending = waiting_address(connection), connection.contact.pending
    is_good = waiting is not None and is_asked(connection, waiting, app.clock.now())
    return MailView(
        address=contact_address(connection),
        waiting=waiting,
        asked_until=pending.expires_at if is_good and pending is not None else None,
    )


def _notices(connection: Connection, form: dict[str, list[str]]) -> Notices:
    """Reads what was changed of mail; an address that stands there as before is not asked again."""
    notices = notices_of(notice_values(form))
    is_same = is_same_address(notices.contact_email, chosen_address(connection))
    return replace(notices, contact_email=None) if is_same else notices


async def _previewed(
    app: "App",
    req: func.HttpRequest,
    session: Session,
    connection: Connection,
    form: dict[str, list[str]],
) -> func.HttpResponse:
    choices = settings_of(settings_values(form))
    found = await app.previewer.preview(session.person, choices)
    view = await _with_calendars(app, await _view(app, req, session, connection))
    preview = msgspec.convert(found, PreviewView, from_attributes=True, strict=False)
    return page(app, settings_page(replace(view, choices=choices, preview=preview)))


async def _brought_back(
    app: "App", view: SettingsView, form: dict[str, list[str]], said: str
) -> SettingsView:
    """Shows what was entered again, and says that nothing has happened yet (R4.6)."""
    view = replace(view, problem=said)
    match first(form, "action"):
        case "mail":
            values = {**notice_values(form)}
            return replace(view, choices=replace(view.choices, **values))
        case "start" | "change" | "preview":
            draft = draft_settings(settings_values(form), view.choices)
            if view.connection.is_syncing:
                view = await _with_calendars(app, view)
            return replace(view, choices=draft)
        case _:
            return view


async def _with_refusal(
    app: "App", view: SettingsView, form: dict[str, list[str]], refused: Rejected
) -> SettingsView:
    """Shows what was entered again, and what is wrong with it (R4.6)."""
    is_change = view.connection.is_syncing and first(form, "action") in {"change", "preview"}
    if is_change or view.connection.state is ConnectionState.AUTHORIZED:
        draft = draft_settings(settings_values(form), view.choices)
        view = await _with_calendars(app, view) if is_change else view
    elif first(form, "action") == "mail":
        draft = replace(view.choices, **notice_values(form))
    else:
        return replace(view, problem=refused.detail)
    if isinstance(refused, WrongFieldsError):
        return replace(
            view,
            choices=draft,
            field_problems=refused.fields,
            problem=msgid("Please look at the marked fields."),
        )
    return replace(view, choices=draft, problem=refused.detail)
