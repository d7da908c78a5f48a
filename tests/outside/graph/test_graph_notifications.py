"""What Graph posts to us."""

import json
from typing import Any

import pytest

from sync.engine.items import deletion_of
from sync.errors import ContractBroken, UntrustedRequest
from sync.outside.graph.notifications import MAX_BODY, ChangeNotice, read_notifications


def post(*elements: Any) -> bytes:
    return json.dumps({"value": elements}).encode()


CHANGE = {
    "subscriptionId": "sub-1",
    "subscriptionExpirationDateTime": "2026-11-29T08:00:00+00:00",
    "clientState": "state",
    "changeType": "updated",
    "resource": "Users/u/Events/e",
    "resourceData": {"id": "e"},
}
LIFECYCLE = {"subscriptionId": "sub-2", "clientState": "other", "lifecycleEvent": "missed"}


def test_r11_1_changes_and_lifecycle_of_several_people_come_in_one_post() -> None:
    assert read_notifications(post(CHANGE, LIFECYCLE)) == (
        ChangeNotice(subscription_id="sub-1", client_state="state"),
        ChangeNotice(subscription_id="sub-2", client_state="other", lifecycle="missed"),
    )


def test_r11_1_a_deletion_is_known_by_the_event_and_not_by_its_etag() -> None:
    """It bears the etag of the write before it, which may be our own and no news (R8.8)."""
    etag = {"resourceData": {"id": "e", "@odata.etag": 'W/"1"'}}

    updated, deleted = read_notifications(
        post(CHANGE | etag, CHANGE | etag | {"changeType": "deleted"})
    )

    assert (updated.version, deleted.version) == ('W/"1"', deletion_of("e"))


def test_an_unknown_lifecycle_event_survives() -> None:
    (notice,) = read_notifications(post(LIFECYCLE | {"lifecycleEvent": "brandNew"}))

    assert notice.lifecycle == "brandNew"


@pytest.mark.parametrize(
    "element", [None, "x", 1, [], {}, {"subscriptionId": 7}, {"subscriptionId": ""}]
)
def test_case_35_an_element_that_names_no_subscription_is_left_out(element: Any) -> None:
    assert len(read_notifications(post(element, CHANGE))) == 1


@pytest.mark.parametrize("state", [None, 7, ["x"]])
def test_case_35_a_client_state_that_is_no_text_is_empty(state: Any) -> None:
    (notice,) = read_notifications(post(CHANGE | {"clientState": state}))

    assert notice.client_state == ""


@pytest.mark.parametrize(
    "body", [b"", b"no", b"\xff\xfe", b"[]", b"{}", b'{"value": {}}', b"[" * 100_000]
)
def test_case_35_a_post_that_is_no_collection_breaks_the_contract(body: bytes) -> None:
    with pytest.raises(ContractBroken):
        read_notifications(body)


def test_case_35_a_post_that_is_too_large_is_not_read() -> None:
    with pytest.raises(UntrustedRequest, match="too large"):
        read_notifications(b" " * (MAX_BODY + 1))


def test_case_82_ids_and_states_that_are_no_ascii_are_nobodys() -> None:
    notices = read_notifications(
        b'{"value": [{"subscriptionId": "\\ud800"},'
        b' {"subscriptionId": "s", "clientState": "\\ud800"}]}'
    )

    assert [(one.subscription_id, one.client_state) for one in notices] == [("s", "")]
