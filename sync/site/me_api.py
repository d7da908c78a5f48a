"""The signed-in Staff Member's own API (contract: /api/me; sections 5, 10, 12)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.engine.activity import read_activity
from sync.engine.verdicts import Place, Search, place_text, read_place
from sync.engine.window import Window
from sync.errors import Rejected, TransientError
from sync.messages import said
from sync.people.connection_states import is_synced, signed_in, takes_part
from sync.people.contact import choices_of, contact_address, waiting_address
from sync.people.people import Connection, ConnectionState, Held, SyncSettings
from sync.site.forms import HeldBody, read_body, read_notices, read_settings, read_span
from sync.site.http import Entry, accepted, bad_request, json_answer, route
from sync.site.languages import who_asks
from sync.site.pages.troubles import trouble_of
from sync.site.pages.wording import midnight_in, titled
from sync.site.sessions import (
    CSRF_HEADER,
    Session,
    check_csrf,
    keep_session,
    read_session,
)
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App
    from sync.engine.lines import Line
    from sync.engine.verdicts import Verdict

type PersonHandler = Callable[["App", func.HttpRequest, Session], Awaitable[func.HttpResponse]]

blueprint = func.Blueprint()
_SAFE = "GET"
#: The place of a line of activity: its time, and what tells it from others of that time.
_CURSOR = re.compile(r"[0-9][0-9.]{15,30}-[0-9A-Za-z_-]{1,64}")
#: Characters that are looked for in titles.
WORDS_LIMIT = 200
_EXPLAINED = 5_000
ACTIVITY_PAGE = 50


def _my_route(
    path: str, method: str, *, also_inactive: bool = False, only_reads: bool | None = None
) -> Callable[[PersonHandler], Entry]:
    """Registers a handler for a logged-in, active person; changes need the CSRF header."""

    def wrap(handler: PersonHandler) -> Entry:
        async def guarded(app: "App", req: func.HttpRequest) -> func.HttpResponse:
            session = await read_session(app, req)
            if session is None:
                raise Rejected(
                    status=HTTPStatus.UNAUTHORIZED,
                    code="not_logged_in",
                    detail=msgid("Please log in."),
                )
            if method != _SAFE:
                check_csrf(session, req.headers.get(CSRF_HEADER))
            if not also_inactive:
                check_active(await who_asks(app, session.person))
            return keep_session(app, req, session, await handler(app, req, session))

        guarded.__name__ = handler.__name__
        guarded.__doc__ = handler.__doc__
        return route(blueprint, path, method, only_reads=only_reads)(guarded)

    return wrap


def check_active(connection: Connection) -> None:
    """Refuses a person who is not activated (R2.6).

    Raises:
        Rejected: 409 ``not_active``.
    """
    if not takes_part(connection):
        raise Rejected(
            status=HTTPStatus.CONFLICT,
            code="not_active",
            detail=msgid(
                "The calendar sync is not activated for you. Please ask an administrator of your "
                "Account."
            ),
        )


@_my_route("api/me", "GET", also_inactive=True)
async def get_me(app: "App", _req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Gives the person's Connection."""
    return await _me(app, session, await who_asks(app, session.person))


@_my_route("api/me/settings", "PATCH")
async def change_notices(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Changes the contact address and the notifications, at any time, at once (R5.9)."""
    changed = await app.mail_choices.change(session.person, read_notices(req))
    return await _me(app, session, changed)


async def _me(app: "App", session: Session, connection: Connection) -> func.HttpResponse:
    staff = connection.staff
    answer: dict[str, object] = {
        "state": ConnectionState.INACTIVE,
        "staff": {
            "id": staff.id,
            "name": staff.name,
            "access_type": staff.access_type,
            "time_zone": staff.time_zone,
        },
        "csrf_token": session.csrf,
    }
    if takes_part(connection):
        answer |= await _details(app, connection)
    return json_answer(answer)


async def _details(app: "App", connection: Connection) -> dict[str, object]:
    details: dict[str, object] = {
        "state": connection.state,
        "microsoft_account": shown_account(connection),
        "calendar_name": connection.calendar_name,
        "progress": connection.progress,
        "last_sync": connection.last_sync,
        "waiting": await what_waits(app, connection),
        "held": await _held(app, connection),
        "contact_pending": waiting_address(connection),
        "problem": _problem(connection),
    }
    if connection.settings is not None:
        details["settings"] = shown_choices(connection)
    return details


def shown_choices(connection: Connection) -> SyncSettings:
    """Gives the choices with the address that mail goes to; what waits stands beside it (R5.3)."""
    choices = choices_of(connection)
    return replace(choices, contact_email=contact_address(connection) or choices.contact_email)


async def _held(app: "App", connection: Connection) -> dict[str, object] | None:
    held = question_of(connection)
    if held is None:
        return None
    return {"since": held.since, "count": held.count, "items": await what_is_held(app, connection)}


def _problem(connection: Connection) -> dict[str, str] | None:
    trouble = trouble_of(connection)
    if trouble is None:
        return None
    return {"code": trouble.code, "message": trouble.sentence(connection.staff.time_zone)}


def question_of(connection: Connection) -> Held | None:
    """Gives what waits for the person's answer, or for that answer to be carried out (R11.7)."""
    return connection.held if connection.is_syncing else None


async def what_is_held(app: "App", connection: Connection) -> tuple["Verdict", ...]:
    """Names the appointments whose cancellation waits for the person's answer (R11.7).

    Once the person has answered they are no question any more.
    """
    held = question_of(connection)
    if held is None or held.answer is not None:
        return ()
    try:
        return await app.explainer.held(connection.person)
    except (Rejected, TransientError):
        return ()


async def what_waits(app: "App", connection: Connection) -> tuple["Verdict", ...]:
    """Names what could not be synced (R5.8).

    Each of them is read from its calendar: not while a page asks for progress again and again, and
    a side that does not answer hides nothing else of the person's page.
    """
    if not connection.waiting or not connection.is_syncing or is_under_way(connection):
        return ()
    try:
        return await app.explainer.waiting(connection.person)
    except (Rejected, TransientError):
        return ()


def is_under_way(connection: Connection) -> bool:
    """Says whether a page asks again and again until something is done."""
    is_answered = connection.held is not None and connection.held.answer is not None
    return connection.progress is not None or is_answered


def shown_account(connection: Connection) -> str | None:
    """Gives the Microsoft account's address as the page shows it (R4.3), ``None`` where none is."""
    account = connection.microsoft if is_synced(connection) else signed_in(connection)
    return None if account is None else account.address


@_my_route("api/me/calendars", "GET")
async def list_my_calendars(
    app: "App", _req: func.HttpRequest, session: Session
) -> func.HttpResponse:
    """Lists the calendars that may be chosen (R5.1)."""
    calendars = await app.choices.calendars(session.person)
    value = [
        {"id": calendar.id, "name": calendar.name, "is_default": calendar.is_default}
        for calendar in calendars
    ]
    return json_answer({"value": value})


@_my_route("api/me/preview", "POST", only_reads=True)
async def preview_sync(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Says what Start Sync, or saving these settings, would do (R5.6, R5.9)."""
    return json_answer(await app.previewer.preview(session.person, read_settings(req)))


@_my_route("api/me/settings", "PUT")
async def change_sync(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Takes what to sync, and with which calendar, while synced (R5.9)."""
    await app.choices.change(session.person, read_settings(req))
    return accepted()


@_my_route("api/me/sync", "POST")
async def start_sync(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Starts the first sync (R5.7)."""
    await app.choices.start(session.person, read_settings(req))
    return accepted()


@_my_route("api/me/sync", "DELETE")
async def disconnect_calendar(
    app: "App", _req: func.HttpRequest, session: Session
) -> func.HttpResponse:
    """Starts the removal (R10.1)."""
    await app.my_connection.disconnect(session.person)
    return accepted()


@_my_route("api/me/resync", "POST")
async def resync(app: "App", _req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Starts a Resync."""
    await app.my_connection.resync(session.person)
    return accepted()


@_my_route("api/me/held", "POST")
async def answer_held(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Takes the answer about cancellations that are held (R11.7)."""
    await app.my_connection.answer_held(session.person, read_body(req, HeldBody).answer)
    return accepted()


@_my_route("api/me/activity", "GET")
async def list_activity(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Gives a page of the last changes, newest first (R12.1)."""
    cursor = read_cursor(req.params.get("cursor"))
    connection = await who_asks(app, session.person)
    page = await read_activity(app.ledger, connection, cursor=cursor, limit=ACTIVITY_PAGE)
    return _page([_activity(line) for line in page.lines], page.following)


def _page(value: object, following: str | None) -> func.HttpResponse:
    """Answers with a page of a list; the last one names no next."""
    return json_answer({"value": value} | ({"next_cursor": following} if following else {}))


def _activity(line: "Line") -> dict[str, object]:
    """Gives a line without what it does not have."""
    items = [
        {"title": titled(item.title)} | ({"start": item.start} if item.start is not None else {})
        for item in line.items
    ]
    return (
        {
            "at": line.at,
            "direction": line.direction,
            "action": line.action,
            "result": line.result,
            "title": titled(line.title, line.more),
        }
        | ({"count": line.count} if line.count is not None else {})
        | ({"reason": said(line.reason)} if line.reason else {})
        | ({"start": line.start} if line.start is not None else {})
        | ({"items": items} if items else {})
        | ({"over": True} if line.is_over else {})
    )


def read_cursor(text: str | None) -> str | None:
    """Reads a page's cursor.

    Raises:
        Rejected: 400: no cursor looks like that.
    """
    if not text:
        return None
    if _CURSOR.fullmatch(text) is None:
        raise bad_request("cursor is malformed: it is next_cursor of the page before, or left out.")
    return text


@_my_route("api/me/explain", "GET")
async def explain(app: "App", req: func.HttpRequest, session: Session) -> func.HttpResponse:
    """Says of each item why it is or is not on the other side (R12.2)."""
    zone = (await who_asks(app, session.person)).staff.time_zone
    search = _search(app, req)
    found = await app.explainer.explain(session.person, search, midnight=midnight_in(zone))
    following = None if found.following is None else place_text(found.following)
    return _page(found.verdicts, following)


def _search(app: "App", req: func.HttpRequest) -> Search:
    """Reads what is looked for; what is left out is the Window, and no condition.

    Raises:
        Rejected: 400, naming the parameter.
    """
    window = Window(now=app.clock.now(), days=app.settings.window_days).interval
    words = req.params.get("q", "")
    if len(words) > WORDS_LIMIT:
        raise bad_request(f"q has {WORDS_LIMIT} characters at most.")
    is_missing = req.params.get("missing", "false")
    if is_missing not in {"true", "false"}:
        raise bad_request("missing is true or false.")
    limit = req.params.get("limit", str(_EXPLAINED))
    if re.fullmatch(r"[0-9]{1,4}", limit) is None or not 1 <= int(limit) <= _EXPLAINED:
        raise bad_request(f"limit is a number from 1 to {_EXPLAINED}.")
    return Search(
        interval=read_span(req, window),
        words=words,
        is_missing=is_missing == "true",
        limit=int(limit),
        after=read_search_place(req.params.get("cursor")),
    )


def read_search_place(text: str | None) -> Place | None:
    """Reads where a page of verdicts begins.

    Raises:
        Rejected: 400: no page begins there.
    """
    try:
        return read_place(text) if text is not None else None
    except ValueError:
        raise bad_request(
            "cursor is malformed: it is next_cursor of the page before, or left out."
        ) from None
