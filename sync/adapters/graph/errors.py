"""What a refusing answer of Graph means: status and code to one of our errors.

Pure: bytes and headers in, an error or a Refusal out. Branches on the HTTP status, then on the
codes, never on a message. Source: Graph, concepts/errors.
"""

import json
import math
from collections.abc import Mapping
from http import HTTPStatus

from sync.domain.model import Refusal
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    Changed,
    ContractBroken,
    Gone,
    MailboxLost,
    ResyncRequired,
    SyncError,
    Throttled,
    Unavailable,
)

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


def error_codes(body: bytes) -> tuple[str, ...]:
    """Reads the codes of an error body, in lower case, outermost first.

    Returns:
        Empty where the body is no Graph error; a code that Graph left empty is left out.
    """
    try:
        node = json.loads(body).get("error")
    except (ValueError, AttributeError):
        return ()
    codes: list[str] = []
    while isinstance(node, dict) and len(codes) < _DEPTH:
        code = node.get("code")
        if isinstance(code, str) and code:
            codes.append(code.lower())
        # Pages of the documentation spell the member both ways.
        node = node.get("innerError") or node.get("innererror")
    return tuple(codes)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Reads ``Retry-After`` in seconds, rounded up: a fraction has been seen.

    Returns:
        ``None`` where there is none that is a number.
    """
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return float(math.ceil(seconds)) if math.isfinite(seconds) and seconds >= 0 else None


def error_for(status: int, headers: Mapping[str, str], body: bytes, *, doing: str) -> SyncError:
    """Gives the error that an answer stands for.

    A 404 is ``Gone`` here: whether the item or its calendar is missing is the caller's to find out.

    Args:
        status: HTTP status, 400 or more.
        headers: The answer's headers, case-insensitive.
        body: The answer's body.
        doing: What was tried, without contents, for the message.
    """
    codes = error_codes(body)
    said = f"Graph answered {status} {codes[0] if codes else ''} to: {doing}"
    if status == HTTPStatus.GONE or not _RESYNC_CODES.isdisjoint(codes):
        return ResyncRequired(said)
    if status == HTTPStatus.NOT_FOUND and not _MAILBOX_CODES.isdisjoint(codes):
        return MailboxLost(said)
    if not _CALENDAR_CODES.isdisjoint(codes):
        return CalendarLost(said)
    if status in {429, 509}:
        return Throttled(said, retry_after=retry_after(headers))
    if status == HTTPStatus.LOCKED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(said, retry_after=retry_after(headers))
    if status in {401, 403}:
        return AuthorizationLost(said)
    if status == HTTPStatus.NOT_FOUND:
        return Gone(said)
    if status in {409, 412}:
        return Changed(said)
    return ContractBroken(said)


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

    A second DELETE of an item in Deleted Items has answered 403 (msgraph-sdk-dotnet issue 3047).
    """
    return status == HTTPStatus.FORBIDDEN and _CANNOT_DELETE in error_codes(body)
