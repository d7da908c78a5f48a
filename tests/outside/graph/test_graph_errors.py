"""Statuses and codes of Graph to errors and Refusals."""

import json

import pytest

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
from sync.outside.graph.errors import (
    error_codes,
    error_for,
    is_already_deleted,
    is_dead_feed,
    refusal_for,
)


def body(code: str, inner: str | None = None, *, member: str = "innerError") -> bytes:
    error: dict[str, object] = {"code": code, "message": "Lunch with Kim"}
    if inner is not None:
        error[member] = {"code": inner, "request-id": "r"}
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "code", "inner", "error"),
    [
        (302, "", None, ContractBroken),
        (400, "ErrorInvalidRequest", None, Unreadable),
        (401, "InvalidAuthenticationToken", None, Unreadable),
        (403, "ErrorAccessDenied", None, Unreadable),
        (404, "ErrorItemNotFound", None, Gone),
        (404, "MailboxNotEnabledForRESTAPI", None, MailboxLost),
        (404, "ErrorInvalidUser", None, MailboxLost),
        (404, "ErrorSyncFolderNotFound", None, CalendarLost),
        (405, "", None, Unreadable),
        (408, "", None, Unavailable),
        (410, "ErrorItemNotFound", None, Gone),
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


def test_r10_6_what_is_refused_names_the_narrowest_word_for_it() -> None:
    named = error_for(403, {}, body("Forbidden", "ErrorAccessDenied"), doing="read")
    bare = error_for(401, {}, b"<html>", doing="read")

    assert isinstance(named, Unreadable)
    assert isinstance(bare, Unreadable)
    assert (named.code, bare.code) == ("erroraccessdenied", "http_401")


@pytest.mark.parametrize(
    ("status", "code", "dead"),
    [
        (410, "", True),
        (410, "resyncRequired", True),
        (400, "SyncStateNotFound", True),
        (404, "SyncStateInvalid", True),
        (404, "ErrorItemNotFound", False),
        (400, "ErrorInvalidRequest", False),
        (504, "UnknownError", False),
    ],
)
def test_the_signs_of_a_dead_feed(status: int, code: str, *, dead: bool) -> None:
    assert is_dead_feed(status, body(code)) is dead


def test_a_body_of_brackets_within_each_other_has_no_codes() -> None:
    assert error_codes(b"[" * 200_000) == ()


@pytest.mark.parametrize("status", [408, 423, 429, 500, 503, 504, 509])
def test_r11_6_whoever_says_when_to_come_again_throttles(status: int) -> None:
    found = error_for(status, {"Retry-After": "7"}, b"", doing="read")

    assert isinstance(found, Throttled)
    assert found.retry_after == 7


def test_a_date_to_come_again_is_measured_against_the_answers_own() -> None:
    headers = {
        "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
        "Retry-After": "Wed, 21 Oct 2026 07:30:00 GMT",
    }

    found = error_for(429, headers, b"", doing="read")

    assert isinstance(found, Throttled)
    assert found.retry_after == 120


def test_a_refusal_names_the_narrowest_code() -> None:
    refusal = refusal_for(400, body("BadRequest", "ErrorOccurrenceCrossingBoundary"))

    assert refusal.code == "erroroccurrencecrossingboundary"
    assert "series" in refusal.detail
    assert refusal_for(507, b"").code == "http_507"


@pytest.mark.parametrize("status", [404, 410])
def test_case_67_what_is_not_there_is_deleted_already(status: int) -> None:
    assert is_already_deleted(status, body("ErrorItemNotFound"))
    assert not is_already_deleted(status, body("MailboxNotEnabledForRESTAPI"))


def test_a_second_delete_in_deleted_items_counts_as_gone() -> None:
    assert is_already_deleted(403, body("ErrorCannotDeleteObject"))
    assert not is_already_deleted(403, body("ErrorAccessDenied"))
    assert not is_already_deleted(400, body("ErrorCannotDeleteObject"))
