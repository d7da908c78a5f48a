"""What a refusing answer of Graph means: status and code to one of our errors.

Pure: bytes and headers in, an error or a Refusal out. Branches on the HTTP status, then on the
codes, never on a message. Source: Graph, concepts/errors.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus

from sync.engine.items import Refusal
from sync.errors import (
    CalendarLost,
    ContractBroken,
    Gone,
    MailboxLost,
    SyncError,
    Throttled,
    Unavailable,
    Unreadable,
)
from sync.outside.retry_after import retry_after_of

#: The code of an answer that came and can't be read.
UNREADABLE_ANSWER = "unreadable_answer"

_RESYNC_CODES = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})
_MAILBOX_CODES = frozenset({"mailboxnotenabledforrestapi", "errorinvaliduser"})
_CALENDAR_CODES = frozenset({"errorsyncfoldernotfound"})
#: Nested codes that are read at most.
_DEPTH = 10
_CANNOT_DELETE = "errorcannotdeleteobject"

#: Sentences for the person, by code in lower case; none of them holds anything of the item.
_SENTENCES = {
    "erroroccurrencecrossingboundary": (
        "Outlook does not let an occurrence pass the one before or after it in its series."
    ),
    "erroraccessdenied": "Microsoft 365 does not allow changes to this item.",
    "accessdenied": "Microsoft 365 does not allow changes to this item.",
    "quotalimitreached": "The mailbox is full.",
    "errorquotaexceeded": "The mailbox is full.",
}

#: Statuses with which Graph refuses one write for what it holds.
REFUSING_STATUSES = frozenset({400, 403, 413, 422, 507})
#: What is not there; a 410 has been seen in place of 404 (odoo, microsoft_calendar).
GONE_STATUSES = frozenset({404, 410})
#: Another state was met: 409 is ``ConcurrentItemSave``, 412 comes without If-Match as well.
CHANGED_STATUSES = frozenset({409, 412})


def error_codes(body: bytes) -> tuple[str, ...]:
    """Reads the codes of an error body, in lower case, outermost first.

    Returns:
        Empty where the body is no Graph error; a code that Graph left empty is left out.
    """
    try:
        node = json.loads(body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return ()
    codes: list[str] = []
    while isinstance(node, dict) and len(codes) < _DEPTH:
        code = node.get("code")
        if isinstance(code, str) and code:
            codes.append(code.lower())
        # Pages of the documentation spell the member both ways.
        node = node.get("innerError") or node.get("innererror")
    return tuple(codes)


def error_for(status: int, headers: Mapping[str, str], body: bytes, *, doing: str) -> SyncError:
    """Gives the error that an answer stands for.

    A 404 or 410 is ``Gone`` here: whether the item or its calendar is missing is the caller's to
    find out. A refusal is that object's trouble, a 401 in spite of a fresh token too: only the
    token service condemns a sign-in (R10.6).

    Args:
        status: HTTP status, no success.
        headers: The answer's headers, case-insensitive.
        body: The answer's body.
        doing: What was tried, without contents, for the message.
    """
    codes = error_codes(body)
    said = f"Graph answered {status} {codes[0] if codes else ''} to: {doing}"
    wait = retry_after_of(headers.get("Retry-After"), headers.get("Date"))
    if status == HTTPStatus.NOT_FOUND and not _MAILBOX_CODES.isdisjoint(codes):
        return MailboxLost(said)
    if not _CALENDAR_CODES.isdisjoint(codes):
        return CalendarLost(said)
    if status in {429, 509}:
        return Throttled(said, retry_after=wait)
    if status in {408, 423} or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Whoever says when to come again throttles, whatever the status (R11.6).
        return Unavailable(said) if wait is None else Throttled(said, retry_after=wait)
    if status in GONE_STATUSES:
        return Gone(said)
    if status >= HTTPStatus.BAD_REQUEST:
        return Unreadable(said, code=codes[-1] if codes else f"http_{status}")
    return ContractBroken(said)


def is_dead_feed(status: int, body: bytes) -> bool:
    """Says whether a change feed answers that its token is worth nothing any more.

    The pages name 410 and "a 40X code with syncStateNotFound" (Graph, delta-query-overview).
    """
    return status == HTTPStatus.GONE or not _RESYNC_CODES.isdisjoint(error_codes(body))


def refusal_for(status: int, body: bytes) -> Refusal:
    """Gives Graph's no to one write; the detail never repeats Graph's own message."""
    codes = error_codes(body)
    code = codes[-1] if codes else f"http_{status}"
    detail = next(
        (_SENTENCES[known] for known in codes if known in _SENTENCES),
        "Microsoft 365 refused the change.",
    )
    return Refusal(code=code, detail=detail)


def is_already_deleted(status: int, body: bytes) -> bool:
    """Says whether a refused DELETE means that the item is gone already.

    Not so where the whole mailbox is. A second DELETE of an item in Deleted Items has answered 403
    (msgraph-sdk-dotnet issue 3047).
    """
    codes = error_codes(body)
    if status in GONE_STATUSES:
        return _MAILBOX_CODES.isdisjoint(codes)
    return status == HTTPStatus.FORBIDDEN and _CANNOT_DELETE in codes
