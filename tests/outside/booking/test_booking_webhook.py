import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from sync.errors import ContractBroken, UntrustedRequest
from sync.outside.booking.webhook import BODY_LIMIT, BookingNotice, BookingWebhooks, NoticeType
from sync.words import AccountId, LocationId, StaffId

SECRET = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0wMDAwMDAwMA=="
OTHER = "whsec_YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3RzLTAw"
BODY = json.dumps(
    {
        "type": "items.changed",
        "timestamp": "2026-11-23T09:00:00Z",
        "data": {"account_id": "acc-1", "staff_id": "ann"},
    }
)


def headers(
    body: str = BODY, *, secret: str = SECRET, off: timedelta = timedelta()
) -> dict[str, str]:
    """Signs a body as the booking product does, so far off in time."""
    at = datetime.now(UTC) + off
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body),
    }


def read(given: dict[str, str], body: str = BODY) -> BookingNotice:
    return BookingWebhooks(SECRET).read(given, body.encode())


def test_r11_1_a_signed_webhook_says_who_should_be_looked_at() -> None:
    assert read(headers()) == BookingNotice(
        type=NoticeType.ITEMS_CHANGED,
        account_id=AccountId("acc-1"),
        staff_id=StaffId("ann"),
    )


@pytest.mark.parametrize("kind", list(NoticeType))
def test_every_type_of_the_contract_is_read(kind: NoticeType) -> None:
    body = json.dumps(
        {
            "type": kind,
            "timestamp": "2026-11-23T09:00:00Z",
            "data": {"account_id": "acc-1", "location_id": "loc-1"},
        }
    )

    notice = read(headers(body), body)

    assert (notice.type, notice.staff_id, notice.location_id) == (kind, None, LocationId("loc-1"))


def test_one_good_signature_among_others_is_enough() -> None:
    given = headers()
    other = headers(secret=OTHER)["Webhook-Signature"]
    given["Webhook-Signature"] = f"v2,abc {other} {given['Webhook-Signature']}"

    assert read(given).account_id == "acc-1"


def test_a_wrong_signature_is_not_trusted() -> None:
    with pytest.raises(UntrustedRequest):
        read(headers(secret=OTHER))


def test_a_changed_body_is_not_trusted() -> None:
    with pytest.raises(UntrustedRequest):
        read(headers(), BODY.replace("ann", "ben"))


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_not_trusted(name: str) -> None:
    given = headers()
    del given[name]

    with pytest.raises(UntrustedRequest):
        read(given)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_timestamp_more_than_five_minutes_off_is_not_trusted(minutes: int) -> None:
    with pytest.raises(UntrustedRequest):
        read(headers(off=timedelta(minutes=minutes)))


@pytest.mark.parametrize("signature", ["", "v1", "v1,ä", "v1,%%%", "v1,a", " "])
def test_a_malformed_signature_is_not_trusted(signature: str) -> None:
    with pytest.raises(UntrustedRequest):
        read({**headers(), "Webhook-Signature": signature})


@pytest.mark.parametrize("timestamp", ["", "now", "nan", "1e999"])
def test_a_malformed_timestamp_is_not_trusted(timestamp: str) -> None:
    with pytest.raises(UntrustedRequest):
        read({**headers(), "Webhook-Timestamp": timestamp})


def test_a_body_that_is_no_text_is_not_trusted() -> None:
    with pytest.raises(UntrustedRequest):
        BookingWebhooks(SECRET).read(headers(), b"\xff\xfe")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '{"type": "items.changed"}',
        '{"type": "party.changed", "data": {"account_id": "acc-1"}}',
        '{"type": "items.changed", "data": {"account_id": "../acc"}}',
        '{"type": "items.changed", "data": {"account_id": "acc-1", "staff_id": 5}}',
    ],
)
def test_a_signed_body_that_is_no_notice_breaks_the_contract(body: str) -> None:
    with pytest.raises(ContractBroken):
        read(headers(body), body)


def test_a_body_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(ContractBroken, match="too long"):
        BookingWebhooks(SECRET).read({}, b" " * (BODY_LIMIT + 1))


def test_a_secret_that_is_no_base64_stops_the_start() -> None:
    with pytest.raises(ValueError, match="base64"):
        BookingWebhooks("whsec_a")
