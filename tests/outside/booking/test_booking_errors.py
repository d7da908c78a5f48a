import pytest

from sync.engine.items import Refusal
from sync.errors import (
    Changed,
    ContractBroken,
    Gone,
    ResyncRequired,
    SyncError,
    Throttled,
    Unavailable,
    Unreadable,
)
from sync.outside.booking.errors import error_of, log_in_error_of, refusal_of


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, Gone),
        (408, Unavailable),
        (410, Gone),
        (412, Changed),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
        (599, Unavailable),
        (302, ContractBroken),
        (401, Unavailable),
        (403, Unavailable),
        (400, ContractBroken),
        (418, ContractBroken),
    ],
)
def test_each_status_has_its_reaction(status: int, error: type[SyncError]) -> None:
    assert type(error_of(status, operation="listItems")) is error


@pytest.mark.parametrize("status", [400, 401, 403, 409, 418])
def test_r11_8_what_is_refused_for_one_item_is_that_items_trouble(status: int) -> None:
    error = error_of(status, operation="getItem")

    assert isinstance(error, Unreadable)
    assert error.code == f"http_{status}"


def test_the_feed_calls_a_cursor_too_old() -> None:
    assert isinstance(error_of(410, operation="listChanges"), ResyncRequired)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_log_in_that_is_refused_does_not_pass(status: int) -> None:
    assert type(log_in_error_of(status, operation="token")) is ContractBroken


def test_a_cursor_that_the_feed_calls_malformed_asks_for_a_full_read() -> None:
    assert isinstance(error_of(400, operation="listChanges"), ResyncRequired)


@pytest.mark.parametrize("operation", ["listItems", "getItem", "createReserve"])
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_r11_6_whoever_says_when_to_come_again_throttles(status: int, operation: str) -> None:
    error = error_of(status, operation=operation, retry_after=120)

    assert isinstance(error, Throttled)
    assert error.retry_after == 120


def test_a_taken_time_is_told_in_our_own_words() -> None:
    refusal = refusal_of(409, b'{"type": "slot_taken", "title": "x", "detail": "by Kim Adler"}')

    assert refusal == Refusal(
        code="slot_taken", detail="The time is already taken in the booking product."
    )


def test_what_is_not_permitted_is_told_in_the_products_words() -> None:
    refusal = refusal_of(
        403, b'{"type": "not_permitted", "detail": "Only 30 days\\nahead may be booked."}'
    )

    assert refusal == Refusal(code="not_permitted", detail="Only 30 days ahead may be booked.")


def test_r7_3_a_bad_request_never_repeats_what_was_written() -> None:
    refusal = refusal_of(400, b'{"type": "bad_request", "detail": "title: canary-42 is bad"}')

    assert refusal is not None
    assert refusal.code == "bad_request"
    assert "canary" not in refusal.detail


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff", b"[]", b'{"type": 5}', b'{"type": ""}', b"[" * 99_999]
)
def test_a_refusal_without_a_readable_problem_is_named_by_its_status(body: bytes) -> None:
    refusal = refusal_of(403, body)

    assert refusal is not None
    assert refusal.code == "not_permitted"
    assert refusal.detail


def test_a_word_that_is_no_machines_word_is_not_passed_on() -> None:
    refusal = refusal_of(409, b'{"type": "https://example.org/taken by Kim"}')

    assert refusal is not None
    assert refusal.code == "slot_taken"


@pytest.mark.parametrize("status", [200, 204, 401, 404, 412, 429, 500])
def test_other_statuses_are_no_refusals(status: int) -> None:
    assert refusal_of(status, b"{}") is None
