"""How the functions answer over HTTP: JSON, problems (RFC 9457), pages, redirects."""

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any

import azure.functions as func
import msgspec

from sync.app import get_app
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    ContractBroken,
    MailboxLost,
    NewerFormat,
    Rejected,
    SignInUnreadable,
    SyncError,
    TransientError,
    Unavailable,
    Unreadable,
)
from sync.messages import Said
from sync.site.headers import api_headers
from sync.site.languages import listen, spoken
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

type Entry = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
type Handler = Callable[["App", func.HttpRequest], Coroutine[Any, Any, func.HttpResponse]]
type OnError = Callable[
    ["App | None", func.HttpRequest, Rejected, Mapping[str, str]], func.HttpResponse
]

_log = logging.getLogger(__name__)

ID_LIMIT = 200
#: What the booking product's ids are made of (contract: booking-api, its description).
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RETRY_AFTER = 30.0
#: Seconds after which whoever waits is told to come again (R11.11); half a minute with the way.
ANSWER_WITHIN = 28.0
#: GETs that write: so browsers come back from their log-ins.
_LOG_INS = "auth/"
#: Which methods answer at which path, as functions are registered.
_served: dict[str, set[str]] = {}
#: Work that nobody waits for any more; the event loop itself would forget it.
_left_alone: set[asyncio.Task[func.HttpResponse]] = set()


def json_answer(value: object, status: int = HTTPStatus.OK) -> func.HttpResponse:
    """Gives a JSON answer; dataclasses become objects, times RFC 3339, sets sorted lists."""
    return func.HttpResponse(
        msgspec.json.encode(value, order="deterministic", enc_hook=_said),
        status_code=status,
        mimetype="application/json",
        headers=api_headers(),
    )


def _said(value: object) -> str:
    """Says what msgspec knows no form for: a message that was made for this answer."""
    if isinstance(value, Said):
        return spoken().say(value)
    raise NotImplementedError(type(value).__name__)


def accepted() -> func.HttpResponse:
    """Gives 202 without a body."""
    return func.HttpResponse(status_code=HTTPStatus.ACCEPTED, headers=api_headers())


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Gives a problem; ``code`` is its bare type, ``detail`` the sentence for people."""
    document = {
        "type": code,
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": spoken().say(detail),
    }
    return func.HttpResponse(
        msgspec.json.encode(document),
        status_code=status,
        mimetype="application/problem+json",
        headers=api_headers() | dict(headers or {}),
    )


def bad_request(detail: str) -> Rejected:
    """Makes the refusal of a malformed request."""
    return Rejected(status=HTTPStatus.BAD_REQUEST, code="bad_request", detail=detail)


def clean_id(value: str | None, name: str) -> str:
    """Reads an id of the booking product out of a path, header or query.

    Raises:
        Rejected: 400: it is missing, too long, or holds characters that no id has.
    """
    text = value or ""
    if not _ID.fullmatch(text):
        raise bad_request(f"{name} is missing or malformed.")
    return text


def methods_at(path: str) -> frozenset[str]:
    """Gives the methods that our functions answer at a path; none where nothing is."""
    found: set[str] = set()
    for template, methods in _served.items():
        if "*" not in template and re.fullmatch(
            re.sub(r"\{\w+\}", "[^/]+", template), path, re.IGNORECASE
        ):
            found |= methods
    return frozenset(found)


def route(
    blueprint: func.Blueprint,
    path: str,
    *methods: str,
    auth_level: func.AuthLevel = func.AuthLevel.ANONYMOUS,
    on_error: OnError | None = None,
    only_reads: bool | None = None,
) -> Callable[[Handler], Entry]:
    """Registers a handler under a path; whatever it raises becomes an answer, in time.

    HEAD is served where GET is, and has no effect. Whoever waits longer than ``ANSWER_WITHIN``, or
    goes away, leaves work behind: reading is given up, what writes is carried to its end.

    Args:
        blueprint: Where the function is registered, under the handler's name.
        path: Without a slash at its beginning.
        methods: HTTP methods; none: whatever comes.
        auth_level: FUNCTION where the host asks for a key.
        on_error: Gives the answer to a refusal; a problem document by default.
        only_reads: Whether the handler writes nothing; GETs do so but for the log-ins.
    """
    if only_reads is None:
        only_reads = methods == ("GET",) and not path.startswith(_LOG_INS)
    served = (*methods, "HEAD") if "GET" in methods and "HEAD" not in methods else methods
    _served.setdefault(path, set()).update(served)

    def wrap(handler: Handler) -> Entry:
        async def entry(req: func.HttpRequest) -> func.HttpResponse:
            if req.method == "HEAD" and path.startswith(_LOG_INS):
                return _looked_at(path)
            return await _answer(handler, req, on_error or _problem_of, only_reads=only_reads)

        entry.__name__ = entry.__qualname__ = handler.__name__
        entry.__doc__ = handler.__doc__
        # The host takes an empty list for no method at all.
        blueprint.route(route=path, methods=served or None, auth_level=auth_level)(entry)
        return entry

    return wrap


def _looked_at(path: str) -> func.HttpResponse:
    """Answers who only looks at a log-in, as scanners of links do: it begins and ends none.

    It is what a browser gets that has begun none.
    """
    headers = {"Cache-Control": "no-store"}
    status = HTTPStatus.BAD_REQUEST
    if not path.endswith("/callback"):
        status, headers["Location"] = HTTPStatus.FOUND, "/connect"
    return func.HttpResponse(status_code=status, headers=headers, mimetype="text/html")


async def _answer(
    handler: Handler, req: func.HttpRequest, on_error: OnError, *, only_reads: bool
) -> func.HttpResponse:
    app: App | None = None
    listen(req)
    try:
        app = await get_app()
        return await _in_time(handler, app, req, only_reads=only_reads)
    except SyncError as error:
        return on_error(app, req, *as_rejected(error, function=handler.__name__))
    # The outermost handler: a person gets a plain answer, the operators the place of the error.
    except Exception as error:  # noqa: BLE001
        _log_failure(handler.__name__, error)
        return on_error(app, req, _failed(), {})


async def _in_time(
    handler: Handler, app: "App", req: func.HttpRequest, *, only_reads: bool
) -> func.HttpResponse:
    """Waits for a handler's answer, no longer than ``ANSWER_WITHIN``.

    Raises:
        Unavailable: It takes longer.
    """

    def ended(work: asyncio.Task[func.HttpResponse]) -> None:
        _left_alone.discard(work)
        # What is not asked for would be logged by the event loop, with its text.
        error = None if work.cancelled() else work.exception()
        if isinstance(error, Exception) and not isinstance(error, Rejected):
            _log_failure(handler.__name__, error)

    work = asyncio.create_task(handler(app, req))
    try:
        await asyncio.wait((work,), timeout=ANSWER_WITHIN)
    finally:
        if not work.done():
            _left_alone.add(work)
            work.add_done_callback(ended)
            if only_reads:
                work.cancel()
    if not work.done() or work.cancelled():
        raise Unavailable("an answer takes too long")
    return work.result()


def _problem_of(
    _app: "App | None",
    _req: func.HttpRequest,
    rejected: Rejected,
    headers: Mapping[str, str],
) -> func.HttpResponse:
    return problem(rejected.status, rejected.code, rejected.detail, headers)


def as_rejected(error: SyncError, *, function: str) -> tuple[Rejected, dict[str, str]]:
    """Gives what an error says to who asked, with headers; failures of ours are logged."""
    rejected, headers = _as_rejected(error)
    if rejected.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log_failure(function, error)
    return rejected, headers


def _as_rejected(error: SyncError) -> tuple[Rejected, dict[str, str]]:
    match error:
        case Rejected():
            return error, retry_headers(error)
        case SignInUnreadable():
            return Rejected(
                status=HTTPStatus.CONFLICT,
                code="reconnect_needed",
                detail=msgid(
                    "The Microsoft sign-in that is stored here can't be opened. Please sign in "
                    "again."
                ),
            ), {}
        # What others answer in riddles is no fault of ours, and passes like an outage.
        case TransientError() | ContractBroken() | Unreadable() | NewerFormat():
            said = error.retry_after if isinstance(error, TransientError) else None
            seconds = ceil(said or _RETRY_AFTER)
            return Rejected(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                code="unavailable",
                detail=msgid("This can't be done at the moment. Please try again shortly."),
            ), {"Retry-After": str(seconds)}
        case AuthorizationLost():
            return Rejected(
                status=HTTPStatus.CONFLICT,
                code="reconnect_needed",
                detail=msgid(
                    "Microsoft does not accept the sign-in any more. Please sign in again."
                ),
            ), {}
        case CalendarLost() | MailboxLost():
            return Rejected(
                status=HTTPStatus.CONFLICT,
                code="calendar_lost",
                detail=msgid("The Outlook calendar can't be reached. Please choose another one."),
            ), {}
        case _:
            return _failed(), {}


def retry_headers(rejected: Rejected) -> dict[str, str]:
    """Gives the header that says after how many seconds a refused request is possible."""
    if rejected.retry_after is None:
        return {}
    return {"Retry-After": str(ceil(rejected.retry_after))}


def _failed() -> Rejected:
    return Rejected(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail=msgid("Something went wrong here. Please try again later."),
    )


def _log_failure(function: str, error: Exception) -> None:
    # The message is left out: a library's may quote what it was given.
    fields: dict[str, Any] = {
        "function": function,
        "error": type(error).__name__,
        "stack": "".join(traceback.format_tb(error.__traceback__)),
    }
    _log.error("http.failed %s %s", function, type(error).__name__, extra=fields)
