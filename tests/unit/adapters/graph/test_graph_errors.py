"""Statuses and codes of Graph to errors and Refusals."""

import json

import pytest

from sync.adapters.graph.errors import (
    error_codes,
    error_for,
    is_already_deleted,
    refusal_for,
    retry_after,
)
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


def body(code: str, inner: str | None = None, *, member: str = "innerError") -> bytes:
    error: dict[str, object] = {"code": code, "message": "Lunch with Kim"}
    if inner is not None:
        error[member] = {"code": inner, "request-id": "r"}
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "code", "inner", "error"),
    [
        (400, "ErrorInvalidRequest", None, ContractBroken),
        (400, "BadRequest", "SyncStateNotFound", ResyncRequired),
        (401, "InvalidAuthenticationToken", None, AuthorizationLost),
        (403, "ErrorAccessDenied", None, AuthorizationLost),
        (404, "ErrorItemNotFound", None, Gone),
        (404, "MailboxNotEnabledForRESTAPI", None, MailboxLost),
        (404, "ErrorInvalidUser", None, MailboxLost),
        (404, "ErrorSyncFolderNotFound", None, CalendarLost),
        (409, "Conflict", None, Changed),
        (410, "", None, ResyncRequired),
        (410, "resyncRequired", None, ResyncRequired),
        (412, "ErrorIrresolvableConflict", None, Changed),
        (423, "locked", None, Unavailable),
        (429, "TooManyRequests", None, Throttled),
        (429, "ApplicationThrottled", None, Throttled),
        (500, "InternalServerError", None, Unavailable),
        (501, "NotImplemented", None, Unavailable),
        (503, "serviceNotAvailable", None, Unavailable),
        (504, "UnknownError", None, Unavailable),
        (509, "", None, Throttled),
    ],
)
def test_each_status_and_code_has_its_one_reaction(
    status: int, code: str, inner: str | None, error: type[SyncError]
) -> None:
    found = error_for(status, {}, body(code, inner), doing="read")

    assert type(found) is error


def test_r7_3_an_error_never_repeats_the_message() -> None:
    found = error_for(400, {}, body("ErrorInvalidRequest"), doing="make an event")

    assert "Kim" not in str(found)
    assert "Kim" not in refusal_for(400, body("ErrorInvalidRequest")).detail


@pytest.mark.parametrize("member", ["innerError", "innererror"])
def test_inner_codes_are_read_in_both_spellings(member: str) -> None:
    assert error_codes(body("A", "resourceModified", member=member)) == ("a", "resourcemodified")


@pytest.mark.parametrize("text", [b"", b"<html>", b"[]", b'{"error": "x"}', b'{"error": {}}'])
def test_a_body_that_is_no_graph_error_has_no_codes(text: bytes) -> None:
    assert error_codes(text) == ()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("10", 10), ("2.128", 3), ("0", 0), ("-1", None), ("nan", None), ("soon", None), (None, None)],
)
def test_retry_after_is_a_number_rounded_up(said: str | None, seconds: float | None) -> None:
    assert retry_after({} if said is None else {"Retry-After": said}) == seconds


def test_a_throttled_answer_carries_its_wait() -> None:
    found = error_for(503, {"Retry-After": "7"}, b"", doing="read")

    assert isinstance(found, Unavailable)
    assert found.retry_after == 7


def test_a_refusal_names_the_narrowest_code() -> None:
    refusal = refusal_for(400, body("BadRequest", "ErrorOccurrenceCrossingBoundary"))

    assert refusal.code == "erroroccurrencecrossingboundary"
    assert "series" in refusal.detail
    assert refusal_for(507, b"").code == "http_507"


def test_a_second_delete_in_deleted_items_counts_as_gone() -> None:
    assert is_already_deleted(403, body("ErrorCannotDeleteObject"))
    assert not is_already_deleted(403, body("ErrorAccessDenied"))
    assert not is_already_deleted(400, body("ErrorCannotDeleteObject"))
