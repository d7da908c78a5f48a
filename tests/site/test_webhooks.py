"""What Graph and the booking product post (R11.1, cases 35 and 36)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from sync.engine.items import deletion_of
from sync.errors import Unavailable
from sync.people.people import Subscription
from sync.people.subscriptions import PATIENCE, PURPOSE
from sync.ports import AccountCause, Cause
from sync.words import PersonKey
from tests.fakes.signer import FakeSigner
from tests.site.site import WEBHOOK_SECRET, Answer, Client, Site

GRAPH = "/api/webhooks/graph"
BOOKING = "/api/webhooks/booking"
STATE = FakeSigner().sign(PURPOSE, {"n": "1"})


async def subscribed(site: Site) -> PersonKey:
    person, client = await site.connected()
    choices = {
        "calendar_id": site.outlook.default(person),
        "contact_email": "anna@example.com",
    }
    await client.call("POST", "/api/me/sync", choices)
    subscription = Subscription(
        id="sub-1",
        expires_at=site.clock.now() + timedelta(days=6),
        client_state=STATE,
    )
    await site.index.put(subscription, person)
    site.jobs.syncs.clear()
    return person


async def post(value: Any) -> Answer:
    return await Client().send("POST", GRAPH, body=json.dumps(value).encode())


def change(**fields: str) -> dict[str, str]:
    return {"subscriptionId": "sub-1", "clientState": STATE, "changeType": "updated"} | fields


def told(version: str) -> dict[str, object]:
    return {**change(), "resourceData": {"@odata.etag": version}}


async def book(kind: str, *, secret: str = WEBHOOK_SECRET, **who: str) -> Answer:
    body = json.dumps({"type": kind, "timestamp": "2026-11-23T08:00:00Z", "data": who})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", now, body),
    }
    return await Client().send("POST", BOOKING, headers=headers, body=body.encode())


@pytest.mark.usefixtures("site")
async def test_graph_is_given_its_validation_token_back_as_plain_text() -> None:
    answer = await Client().send("POST", f"{GRAPH}?validationToken=a%3Cb%3E%20c")

    assert (answer.status, answer.text) == (200, "a<b> c")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_r11_1_a_change_wakes_that_persons_sync(site: Site) -> None:
    person = await subscribed(site)

    answer = await post({"value": [change()]})

    assert answer.status == 202
    assert [queued.job.person for queued in site.jobs.syncs] == [person]
    assert site.jobs.syncs[0].job.cause is Cause.OUTLOOK_CHANGED


async def test_r11_1_the_deletion_of_what_we_wrote_last_wakes_that_persons_sync(
    site: Site,
) -> None:
    person = await subscribed(site)
    site.ledger.heard(person, 'W/"ours"')
    told = {"resourceData": {"id": "e", "@odata.etag": 'W/"ours"'}}

    await post({"value": [change() | told]})
    assert not site.jobs.syncs, "what we wrote ourselves is no news (R8.8)"
    await post({"value": [change(changeType="deleted") | told]})

    assert [queued.job.person for queued in site.jobs.syncs] == [person]


async def test_r8_8_a_deletion_of_our_own_wakes_nobody(site: Site) -> None:
    person = await subscribed(site)
    site.ledger.heard(person, deletion_of("ours"))

    await post({"value": [change(changeType="deleted") | {"resourceData": {"id": "ours"}}]})
    assert not site.jobs.syncs
    await post({"value": [change(changeType="deleted") | {"resourceData": {"id": "theirs"}}]})

    assert [queued.job.person for queued in site.jobs.syncs] == [person]


async def test_r11_2_a_thousand_changes_queue_one_sync(site: Site) -> None:
    await subscribed(site)

    for _ in range(10):
        await post({"value": [change(resource=f"event-{number}") for number in range(100)]})

    assert len(site.jobs.syncs) == 1


async def test_r8_8_our_own_writes_wake_nobody(site: Site) -> None:
    person = await subscribed(site)
    site.ledger.heard(person, "e1")
    site.ledger.heard(person, "v1")

    await post({"value": [told("e1")]})
    await book("items.changed", account_id="acme", staff_id="anna", item_id="a", version="v1")

    assert not site.jobs.syncs
    await post({"value": [told("e1"), told("another's")]})
    assert len(site.jobs.syncs) == 1


async def test_r8_8_a_write_may_be_reported_before_it_is_answered(site: Site) -> None:
    person = await subscribed(site)
    assert await site.ledger.open(person, seconds=60) is not None

    def answered(name: str) -> None:
        if name == "sleep" and len(site.clock.slept) == 3:
            site.ledger.heard(person, "e1")
            site.ledger.heard(person, "v1")

    site.clock.before = answered
    await post({"value": [told("e1")]})
    await book("items.changed", account_id="acme", staff_id="anna", item_id="a", version="v1")

    assert not site.jobs.syncs


async def test_r11_1_what_somebody_else_wrote_while_a_sync_ran_is_not_waited_out(
    site: Site,
) -> None:
    person = await subscribed(site)
    opened = await site.ledger.open(person, seconds=60)
    assert opened is not None

    await post({"value": [told("e1")]})

    assert len(site.jobs.syncs) == 1
    assert 1.5 < sum(site.clock.slept) <= 2.5
    await site.ledger.close(opened.lease)
    site.clock.slept.clear()
    site.clock.advance(3600)
    await book("items.changed", account_id="acme", staff_id="anna", item_id="a", version="v1")
    assert len(site.jobs.syncs) == 2
    assert not site.clock.slept


@pytest.mark.parametrize(
    "notice",
    [
        change(clientState="forged"),
        change(subscriptionId="unknown"),
        {"subscriptionId": "sub-1"},
        {"clientState": STATE},
        {"subscriptionId": 7, "clientState": None},
        "text",
    ],
)
async def test_a_forged_or_unknown_notification_is_202_without_work(
    site: Site, notice: object, caplog: pytest.LogCaptureFixture
) -> None:
    await subscribed(site)

    answer = await post({"value": [notice]})

    assert (answer.status, answer.body) == (202, b"")
    assert not site.jobs.syncs
    assert "forged" not in caplog.text


def asked_of(site: Site) -> list[str]:
    """Notes from now on what the index is asked."""
    asked: list[str] = []
    site.index.before = asked.append
    return asked


def invented(number: int, state: str) -> dict[str, str]:
    return change(subscriptionId=f"invented-{number}", clientState=state)


@pytest.mark.parametrize(
    "state",
    [
        "",
        "guess",
        "x" * 10_000,
        f"{STATE}x",
        FakeSigner().sign("invitation", {"n": "1"}),
        f"{7:032x}",
    ],
)
async def test_case_81_a_thousand_invented_subscriptions_ask_no_storage(
    site: Site, state: str
) -> None:
    await subscribed(site)
    asked = asked_of(site)

    answer = await post({"value": [invented(number, state) for number in range(1_000)]})

    assert answer.status == 202
    assert not asked
    assert not site.jobs.syncs


async def test_case_81_a_subscription_is_found_among_many_that_are_invented(site: Site) -> None:
    person = await subscribed(site)
    asked = asked_of(site)

    await post({"value": [*(invented(number, "x") for number in range(900)), change()]})

    assert [queued.job.person for queued in site.jobs.syncs] == [person]
    assert asked == ["find"]


async def test_r11_1_a_subscription_of_release_1_0_goes_on_waking(site: Site) -> None:
    person = await subscribed(site)
    old = f"{7:032x}"
    ends = site.clock.now() + timedelta(days=6)
    await site.index.put(Subscription(id="old", expires_at=ends, client_state=old), person)

    await post({"value": [change(subscriptionId="old", clientState=old)]})

    assert [queued.job.person for queued in site.jobs.syncs] == [person]


async def test_case_81_forged_states_of_release_1_0_are_looked_up_a_hundred_times(
    site: Site,
) -> None:
    person = await subscribed(site)
    old = f"{7:032x}"
    ends = site.clock.now() + timedelta(days=6)
    await site.index.put(Subscription(id="old", expires_at=ends, client_state=old), person)
    asked = asked_of(site)

    for number in range(PATIENCE - 1):
        await post({"value": [invented(number, f"{number:032x}")]})
    await post({"value": [change(subscriptionId="old", clientState=old)]})
    for number in range(3 * PATIENCE):
        await post({"value": [invented(number, f"{number:032x}")]})

    assert len(asked) == 2 * PATIENCE
    assert len(site.jobs.syncs) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"value": [{"subscriptionId": "\\ud800", "clientState": "\\ud800"}]}',
        b'{"value": [{"subscriptionId": "s", "clientState": "\\ud800"}]}',
        b'{"value": [{"subscriptionId": "s", "lifecycleEvent": "\\ud800"}]}',
        b'{"value": [NaN, 1e999, ' + b"9" * 4_000 + b"]}",
        b'{"value": [' + b"9" * 5_000 + b"]}",
        b"[" * 100_000,
        b'{"value": ' + b"[" * 100_000,
        b"\xff",
    ],
)
async def test_case_82_no_post_ends_in_a_failure(site: Site, body: bytes) -> None:
    await subscribed(site)

    assert (await Client().send("POST", GRAPH, body=body)).status in {202, 400}
    assert not site.jobs.syncs


async def test_case_82_nor_does_a_lifecycle_that_is_half_a_character(site: Site) -> None:
    await subscribed(site)
    body = json.dumps({"value": [change(lifecycleEvent="\ud800")]}).encode()

    assert (await Client().send("POST", GRAPH, body=body)).status == 202


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"value": 1}'])
@pytest.mark.usefixtures("site")
async def test_what_is_no_collection_is_400(body: bytes) -> None:
    assert (await Client().send("POST", GRAPH, body=body)).status == 400


async def test_case_35_an_oversized_post_is_202_without_work(site: Site) -> None:
    answer = await Client().send("POST", GRAPH, body=b" " * 1_100_000)

    assert answer.status == 202
    assert not site.jobs.syncs


@pytest.mark.parametrize(
    ("lifecycle", "cause"),
    [
        ("reauthorizationRequired", Cause.REAUTHORIZE),
        ("subscriptionRemoved", Cause.SUBSCRIPTION_REMOVED),
        ("missed", Cause.OUTLOOK_CHANGED),
    ],
)
async def test_r11_3_lifecycle_notifications_are_answered_even_while_a_sync_is_queued(
    site: Site, lifecycle: str, cause: Cause
) -> None:
    await subscribed(site)

    await post({"value": [change()]})
    answer = await post({"value": [change(lifecycleEvent=lifecycle)]})

    assert answer.status == 202
    assert site.jobs.syncs[-1].job.cause is cause
    assert len(site.jobs.syncs) == 2


async def test_a_storage_that_fails_makes_graph_come_again(site: Site) -> None:
    await subscribed(site)

    def fail(_: str) -> None:
        raise Unavailable("the storage failed")

    site.index.before = fail

    assert (await post({"value": [change()]})).status == 503


async def test_r11_1_a_signed_webhook_wakes_that_persons_sync(site: Site) -> None:
    answer = await book("items.changed", account_id="acme", staff_id="anna")

    assert answer.status == 202
    assert site.jobs.syncs[0].job.person.staff_id == "anna"
    assert site.jobs.syncs[0].job.cause is Cause.BOOKING_CHANGED


@pytest.mark.parametrize(
    ("kind", "who", "cause"),
    [
        ("staff.changed", {"staff_id": "anna"}, AccountCause.STAFF_CHANGED),
        ("staff.removed", {"staff_id": "anna"}, AccountCause.STAFF_CHANGED),
        ("location.changed", {"location_id": "north"}, AccountCause.LOCATIONS_CHANGED),
        ("location.removed", {"location_id": "north"}, AccountCause.LOCATIONS_CHANGED),
        ("account.changed", {}, AccountCause.LOCATIONS_CHANGED),
    ],
)
async def test_r2_5_changes_of_people_and_places_are_looked_at(
    site: Site, kind: str, who: dict[str, str], cause: AccountCause
) -> None:
    answer = await book(kind, account_id="acme", **who)

    job = site.jobs.accounts[0].job
    assert answer.status == 202
    assert (job.cause, job.account_id, job.staff_id) == (cause, "acme", who.get("staff_id"))


async def test_an_unsigned_webhook_is_401_and_does_nothing(site: Site) -> None:
    forged = await book("items.changed", secret="whsec_b3RoZXI=", account_id="acme", staff_id="a")
    bare = await Client().send("POST", BOOKING, body=b"{}")

    assert [forged.status, bare.status] == [401, 401]
    assert forged.headers["content-type"] == "application/problem+json"
    assert not site.jobs.syncs


@pytest.mark.usefixtures("site")
async def test_a_signed_webhook_that_is_no_notice_is_400() -> None:
    assert (await book("weather.changed", account_id="acme")).status == 400
    assert (await book("items.changed", account_id="acme")).status == 400
