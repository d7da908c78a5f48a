"""The simulated subscriptions: handshake, limits, what is told and how it is repeated."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.simulators.graph_bench import (
    ADA,
    BEN,
    IMMUTABLE,
    NOW,
    Bench,
    Receiver,
    code_of,
    escaped,
    open_bench,
    open_receiver,
    weekly,
)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        opened.simulator.poster.first_gap = 0.001
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


def wish(bench: Bench, receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": receiver.url,
        "lifecycleNotificationUrl": receiver.url,
        "resource": f"me/calendars/{bench.calendar}/events",
        "expirationDateTime": (NOW + timedelta(days=6)).isoformat(),
        "clientState": "secret",
    } | more


async def subscribe(bench: Bench, receiver: Receiver, **more: Any) -> dict[str, Any]:
    answer = await bench.client.post("/subscriptions", json=wish(bench, receiver, **more))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def told(receiver: Receiver) -> list[str]:
    return sorted(one["changeType"] for one in receiver.notifications)


async def test_both_urls_are_asked_before_the_subscription_is_there(
    bench: Bench, receiver: Receiver
) -> None:
    made = await subscribe(bench, receiver)

    assert receiver.handshakes == 2
    assert made["clientState"] == "secret"
    listed = (await bench.client.get("/subscriptions")).json()["value"]
    assert [one["clientState"] for one in listed] == [None]
    shown = (await bench.client.get(f"/subscriptions/{made['id']}")).json()
    assert shown["clientState"] == "secret"


@pytest.mark.parametrize(
    "answer",
    [
        lambda token: web.Response(text=f'"{token}"'),
        lambda token: web.Response(text=token, content_type="text/html"),
        lambda token: web.Response(text=token, status=202),
    ],
)
async def test_a_wrong_handshake_is_refused(bench: Bench, receiver: Receiver, answer: Any) -> None:
    receiver.validate = answer

    refused = await bench.client.post("/subscriptions", json=wish(bench, receiver))

    assert code_of(refused) == (400, "ValidationError")
    assert bench.simulator.service.subscriptions.alive() == []


async def test_a_url_that_does_not_answer_in_time_is_refused(
    bench: Bench, receiver: Receiver
) -> None:
    bench.simulator.poster.deadline = 0.05
    receiver.silent = True

    refused = await bench.client.post("/subscriptions", json=wish(bench, receiver))

    assert code_of(refused) == (400, "InvalidRequest")
    assert "timed out" in refused.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"changeType": "moved"},
        {"notificationUrl": "http://example.com/x"},
        {"lifecycleNotificationUrl": "https://other.example/x"},
        {"resource": "me/events/AAA"},
        {"resource": "me/calendarView"},
        {"resource": "https://graph.microsoft.com/v1.0/me/events"},
        {"resource": "me/messages"},
        {"clientState": "x" * 129},
        {"expirationDateTime": (NOW + timedelta(days=8)).isoformat()},
        {"expirationDateTime": NOW.isoformat()},
        {"expirationDateTime": "soon"},
    ],
)
async def test_bad_wishes_are_refused(
    bench: Bench, receiver: Receiver, wrong: dict[str, Any]
) -> None:
    answer = await bench.client.post("/subscriptions", json=wish(bench, receiver, **wrong))

    assert answer.status_code == 400


async def test_other_mailboxes_and_shared_calendars_can_not_be_watched(
    bench: Bench, receiver: Receiver
) -> None:
    shared = bench.simulator.acts.share_calendar(BEN, None, ADA, "write")

    for resource, status in (
        (f"users/{BEN}/events", 403),
        (f"me/calendars/{shared}/events", 403),
        ("me/calendars/none/events", 404),
    ):
        body = wish(bench, receiver, resource=resource)
        answer = await bench.client.post("/subscriptions", json=body)
        assert answer.status_code == status, resource


async def test_a_duplicate_is_409_and_more_than_the_limit_403(
    bench: Bench, receiver: Receiver
) -> None:
    await subscribe(bench, receiver)

    again = await bench.client.post("/subscriptions", json=wish(bench, receiver))
    bench.simulator.faults.set("subscription_limit", limit=1)
    other = wish(bench, receiver, resource="me/events")

    assert code_of(again) == (409, "Conflict")
    assert (await bench.client.post("/subscriptions", json=other)).status_code == 403


async def test_expiry_is_raised_limited_and_renewed(bench: Bench, receiver: Receiver) -> None:
    soon = (NOW + timedelta(minutes=5)).isoformat()
    made = await subscribe(bench, receiver, expirationDateTime=soon)
    path = f"/subscriptions/{made['id']}"
    bench.simulator.faults.set("subscription_max_minutes")
    far = {"expirationDateTime": (NOW + timedelta(days=6)).isoformat()}
    near = {"expirationDateTime": (NOW + timedelta(minutes=4200)).isoformat()}

    refused = await bench.client.patch(path, json=far)
    renewed = await bench.client.patch(path, json=near)
    bench.simulator.state.clock.advance(timedelta(days=3))
    ended = await bench.client.patch(path, json=near)

    assert made["expirationDateTime"] == "2026-11-23T12:45:00Z"
    assert code_of(refused) == (400, "ExtensionError")
    assert "4230 minutes" in refused.text
    assert renewed.json()["expirationDateTime"] == "2026-11-26T10:00:00Z"
    assert code_of(ended) == (404, "ResourceNotFound")


async def test_changes_are_told_more_than_once_with_the_client_state(
    bench: Bench, receiver: Receiver
) -> None:
    made = await subscribe(bench, receiver)
    event = await bench.post()
    await bench.simulator.poster.idle()
    assert told(receiver) == ["created", "updated"]
    one = receiver.notifications[0]

    await bench.client.patch(f"/me/events/{escaped(event['id'])}", json={"subject": "x"})
    await bench.client.delete(f"/me/events/{escaped(event['id'])}")
    await bench.simulator.poster.idle()

    assert told(receiver) == ["created", "deleted", "updated", "updated", "updated"]
    assert one["subscriptionId"] == made["id"]
    assert one["clientState"] == "secret"
    assert one["resourceData"]["id"] == event["id"]
    assert one["resource"].endswith(f"/Events/{event['id']}")


async def test_a_series_is_told_by_its_master_only(bench: Bench, receiver: Receiver) -> None:
    master = bench.simulator.acts.create(ADA, weekly())
    await subscribe(bench, receiver, changeType="updated,deleted")
    occurrences = bench.simulator.acts.occurrences(master, NOW, NOW + timedelta(days=30))

    bench.simulator.acts.delete(occurrences[0])
    await bench.simulator.poster.idle()

    assert {(n["changeType"], n["resourceData"]["id"]) for n in receiver.notifications} == {
        ("updated", master)
    }


async def test_the_mailbox_form_tells_of_the_default_calendar_only(
    bench: Bench, receiver: Receiver
) -> None:
    bench.simulator.acts.add_calendar(ADA, "Other")
    await subscribe(bench, receiver, resource="me/events")

    bench.simulator.acts.create(ADA, weekly(), calendar="Other")
    await bench.simulator.poster.idle()
    assert receiver.notifications == []
    bench.simulator.faults.set("me_events_all_calendars")
    bench.simulator.acts.create(ADA, weekly(), calendar="Other")
    await bench.simulator.poster.idle()

    assert told(receiver) == ["created", "updated"]


async def test_immutable_ids_are_told_where_the_subscription_asked_for_them(
    bench: Bench, receiver: Receiver
) -> None:
    body = wish(bench, receiver)
    assert (await bench.client.post("/subscriptions", json=body, headers=IMMUTABLE)).is_success
    await bench.post()
    await bench.simulator.poster.idle()

    stable = (await bench.get(bench.events, **IMMUTABLE))["value"][0]["id"]
    assert receiver.notifications[0]["resourceData"]["id"] == stable


async def test_an_unanswered_post_is_repeated(bench: Bench, receiver: Receiver) -> None:
    await subscribe(bench, receiver)
    receiver.answer = lambda count: 503 if count < 3 else 202

    await bench.post()
    await bench.simulator.poster.idle()

    assert (receiver.posts, told(receiver)) == (3, ["created", "updated"])


async def test_notifications_may_be_lost_doubled_or_late(bench: Bench, receiver: Receiver) -> None:
    await subscribe(bench, receiver, changeType="created")
    faults = bench.simulator.faults
    faults.set("notifications_lost", times=1)
    await bench.post()
    await bench.simulator.poster.idle()
    assert receiver.notifications == []

    faults.set("notifications_duplicated", times=1)
    faults.set("notifications_delayed", times=1, ms=1)
    await bench.post()
    await bench.simulator.poster.idle()

    assert told(receiver) == ["created", "created"]


async def test_lifecycle_notifications_and_what_is_held_until_reauthorized(
    bench: Bench, receiver: Receiver
) -> None:
    made = await subscribe(bench, receiver, changeType="created")
    control = str(bench.client.base_url).replace("/v1.0", "/_sim").rstrip("/")
    path = f"{control}/subscriptions/{made['id']}/lifecycle"

    await bench.client.post(path, json={"event": "reauthorizationRequired", "hold": True})
    await bench.post()
    await bench.simulator.poster.idle()
    held = list(receiver.notifications)
    await bench.client.post(f"/subscriptions/{made['id']}/reauthorize")
    await bench.simulator.poster.idle()
    released = receiver.notifications[1:]
    await bench.client.post(path, json={"event": "subscriptionRemoved"})
    await bench.simulator.poster.idle()

    assert [one["lifecycleEvent"] for one in held] == ["reauthorizationRequired"]
    assert set(held[0]) == {
        "subscriptionId",
        "subscriptionExpirationDateTime",
        "tenantId",
        "clientState",
        "lifecycleEvent",
    }
    assert [one["changeType"] for one in released] == ["created"]
    assert receiver.notifications[-1]["lifecycleEvent"] == "subscriptionRemoved"
    gone = await bench.client.delete(f"/subscriptions/{made['id']}")
    assert gone.status_code == 404


async def test_the_calendar_form_can_be_refused(bench: Bench, receiver: Receiver) -> None:
    bench.simulator.faults.set("subscription_me_events_only")

    refused = await bench.client.post("/subscriptions", json=wish(bench, receiver))

    assert refused.status_code == 400
    await subscribe(bench, receiver, resource="me/events")
