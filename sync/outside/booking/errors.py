"""From the booking product's answers to the product's errors and refusals; pure.

| answer | becomes |
| --- | --- |
| 429; 408 and 5xx that say when to come again | ``Throttled`` (R11.6) |
| 408, 5xx, no answer | ``Unavailable`` |
| 404 | ``Gone`` (a read of one thing answers ``None`` instead) |
| 410 | ``ResyncRequired`` on the change feed, else like 404 |
| 412 | ``Changed`` |
| 400, 403, 409 on a write | a ``Refusal`` |
| 400 on the change feed | ``ResyncRequired``: the cursor is all that was asked with |
| any other 4xx of one item's read, 401 too | ``Unreadable``: that item's trouble alone (R10.6) |
| 401 of anything else; 403 on a list | ``Unavailable`` |
| anything else | ``ContractBroken`` |

401 passes: our own token is wrong, for everybody, and an operator mends it. Whoever is asked for
meanwhile waits, is shown as waiting, and no person's Connection is touched.
"""

import re

import msgspec

from sync.engine.items import Refusal
from sync.errors import (
    Changed,
    ContractBroken,
    Gone,
    ResyncRequired,
    SyncError,
    Throttled,
    TransientError,
    Unavailable,
    Unreadable,
)
from sync.outside.booking.wire import ProblemWire
from sync.outside.retry_after import retry_after_of

# The log-in of the same product reads its answers with both, from here.
__all__ = ["error_of", "log_in_error_of", "refusal_of", "retry_after_of"]

#: The code of an item that came and can't be read.
UNREADABLE_ITEM = "unreadable_item"

#: Statuses that say no to a write, with the word for those whose problem has none.
_REFUSALS = {400: "bad_request", 403: "not_permitted", 409: "slot_taken"}
_SENTENCES = {
    "slot_taken": "The time is already taken in the booking product.",
    "not_permitted": "The booking product does not permit this.",
    "bad_request": "The booking product does not accept this.",
}
_DETAIL_LIMIT = 300


def error_of(status: int, *, operation: str, retry_after: float | None = None) -> SyncError:
    """Gives the error that an answer stands for.

    Args:
        status: HTTP status that is no success.
        operation: The contract's operationId, for the message.
        retry_after: Seconds, as the answer said.
    """
    message = f"booking: {operation} answered {status}"
    match status:
        case 410 if operation == "listChanges":
            return ResyncRequired(message)
        case 404 | 410:
            return Gone(message)
        case 412:
            return Changed(message)
        case 429:
            return Throttled(message, retry_after=retry_after)
        case 400 if operation == "listChanges":
            return ResyncRequired(message)
        case _ if status == 408 or status >= 500:  # noqa: PLR2004 - of what passes by itself
            if retry_after is not None:
                return Throttled(message, retry_after=retry_after)
            return Unavailable(message)
        case _ if operation == "getItem" and status >= 400:  # noqa: PLR2004 - of refusals
            return Unreadable(message, code=f"http_{status}")
        case 401 | 403:
            return Unavailable(message)
        case _:
            return ContractBroken(message)


def log_in_error_of(
    status: int, *, operation: str, retry_after: float | None = None
) -> TransientError | ContractBroken:
    """Gives the error that an OpenID provider's answer stands for: it has no items to be gone."""
    error = error_of(status, operation=operation, retry_after=retry_after)
    # What it refuses it goes on refusing: our client id or secret is wrong there.
    if isinstance(error, TransientError) and status not in {401, 403}:
        return error
    return ContractBroken(str(error))


def refusal_of(status: int, body: bytes) -> Refusal | None:
    """Gives the booking product's no to a write, ``None`` where the status is no refusal.

    The product's own sentence is passed on for ``not_permitted`` only, whose cause it alone
    knows; for ``bad_request`` it is a machine's, and may quote what was written.
    """
    if status not in _REFUSALS:
        return None
    try:
        problem = msgspec.json.decode(body, type=ProblemWire)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        problem = ProblemWire()
    # A bare word is passed on as it is; whatever else stands there is no machine's word.
    code = problem.type if re.fullmatch("[a-z_]{1,40}", problem.type) else _REFUSALS[status]
    sentence = _SENTENCES.get(code, _SENTENCES[_REFUSALS[status]])
    if code == "not_permitted" and problem.detail:
        sentence = " ".join(problem.detail.split())[:_DETAIL_LIMIT] or sentence
    return Refusal(code=code, detail=sentence)
