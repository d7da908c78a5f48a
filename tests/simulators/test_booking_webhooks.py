"""The simulated booking product tells of changes by signed webhooks, and loses them on demand."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from simulators.booking import BookingSimulator, Practice
from simulators.booking.keeping import Keeping
from simulators.booking.model import Item
from simulators.booking.simulator import WEBHOOK_SECRET
from simulators.common.faults import FaultRule
from simulators.common.serving import LoopbackServer


@dataclass
class Receiver:
    answers: list[int] = field(default_factory=list)
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 202)

    def verified(self) -> list[dict[str, Any]]:
        webhook = Webhook(WEBHOOK_SECRET)
        return [webhook.verify(body, dict(headers)) for headers, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    taking = Receiver()
    application = web.Application()
    application.router.add_post("/hook", taking.take)
    server = LoopbackServer(application)
    url = await server.start("127.0.0.1", 0)
    yield taking, url + "/hook"
    await server.stop()


@pytest.fixture
async def simulator(receiver: tuple[Receiver, str]) -> AsyncIterator[BookingSimulator]:
    booking = BookingSimulator()
    booking.seed(weeks=1)
    await booking.start()
    booking.webhooks.url = receiver[1]
    booking.webhooks.retry_delays = (0.0, 0.0)
    yield booking
    await booking.stop()


def book(simulator: BookingSimulator) -> Item:
    start = datetime.now(UTC) + timedelta(days=40)
    practice = Practice()
    return simulator.state.book_appointment(
        practice.account_id,
        practice.staff_id,
        start=start,
        end=start + timedelta(hours=1),
        force=True,
    )


async def test_every_change_is_told_with_a_good_signature(
    simulator: BookingSimulator, receiver: tuple[Receiver, str]
) -> None:
    practice, state = Practice(), simulator.state
    booked = book(simulator)
    member = state.staff_member(practice.account_id, practice.staff_id)
    state.put_staff(practice.account_id, replace(member, name="Samantha"))
    state.remove_staff(practice.account_id, practice.view_only_id)
    state.put_account(state.account(practice.account_id).account)
    state.remove_location(practice.account_id, practice.south_id)
    await simulator.webhooks.idle()

    told = receiver[0].verified()
    assert {webhook["type"] for webhook in told} == {
        "items.changed",
        "staff.changed",
        "staff.removed",
        "account.changed",
        "location.removed",
    }
    items = next(webhook for webhook in told if webhook["type"] == "items.changed")
    assert items["data"] == {
        "account_id": practice.account_id,
        "staff_id": practice.staff_id,
        "item_id": booked.id,
        "version": booked.version,
    }


async def test_a_deleted_item_is_named_without_a_version_and_a_product_may_name_none(
    simulator: BookingSimulator, receiver: tuple[Receiver, str]
) -> None:
    practice, state = Practice(), simulator.state
    whose = {"account_id": practice.account_id, "staff_id": practice.staff_id}
    booked = book(simulator)
    state.delete_item(practice.account_id, practice.staff_id, booked.id)
    await simulator.webhooks.idle()
    deleted = [webhook["data"] for webhook in receiver[0].verified()]
    receiver[0].got.clear()
    state.keeping = Keeping(names_items=False)
    book(simulator)
    await simulator.webhooks.idle()

    assert whose | {"item_id": booked.id} in deleted
    assert [webhook["data"] for webhook in receiver[0].verified()] == [whose]


async def test_a_webhook_that_is_not_taken_is_sent_again_under_the_same_id(
    simulator: BookingSimulator, receiver: tuple[Receiver, str]
) -> None:
    receiver[0].answers = [500, 503]
    book(simulator)
    await simulator.webhooks.idle()

    assert len(receiver[0].verified()) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver[0].got}) == 1
    assert simulator.webhooks.sent[-1].statuses == [500, 503, 202]


@pytest.mark.parametrize(("kind", "arrivals"), [("lost", 0), ("doubled", 2), ("late", 1)])
async def test_r11_5_a_webhook_can_be_lost_doubled_or_late(
    simulator: BookingSimulator, receiver: tuple[Receiver, str], kind: str, arrivals: int
) -> None:
    simulator.webhooks.faults.add(FaultRule(kind=kind, times=1, seconds=0.01))
    book(simulator)
    await simulator.webhooks.idle()

    assert len(receiver[0].verified()) == arrivals


async def test_r11_5_a_webhook_can_be_overtaken(
    simulator: BookingSimulator, receiver: tuple[Receiver, str]
) -> None:
    simulator.webhooks.faults.add(FaultRule(kind="reordered", times=1))
    book(simulator)
    simulator.state.put_account(simulator.state.account(Practice().account_id).account)
    await asyncio.wait_for(simulator.webhooks.idle(), 5)

    assert [webhook["type"] for webhook in receiver[0].verified()] == [
        "account.changed",
        "items.changed",
    ]


@pytest.mark.parametrize("kind", ["old_timestamp", "wrong_signature"])
async def test_a_webhook_can_be_such_as_must_be_refused(
    simulator: BookingSimulator, receiver: tuple[Receiver, str], kind: str
) -> None:
    simulator.webhooks.faults.add(FaultRule(kind=kind, times=1))
    book(simulator)
    await simulator.webhooks.idle()

    with pytest.raises(WebhookVerificationError):
        receiver[0].verified()


async def test_the_control_endpoints_do_what_office_people_do(
    simulator: BookingSimulator, receiver: tuple[Receiver, str]
) -> None:
    async with httpx.AsyncClient(base_url=simulator.url) as client:
        await client.post("/_sim/reset")
        await client.post("/_sim/accounts", json={"id": "b", "overbooking": True})
        await client.post("/_sim/accounts/b/locations", json={"id": "l"})
        staff = "/_sim/accounts/b/staff"
        await client.post(staff, json={"id": "s", "location_ids": ["l"]})
        await client.post(staff, json={"id": "t", "time_zone": "Europe/Paris"})
        created = await client.post(
            staff + "/s/items",
            json={
                "kind": "appointment",
                "start": "2027-01-04T10:00:00+01:00",
                "end": "2027-01-04T11:00:00+01:00",
                "customer": {"name": "Ada"},
                "service": {"name": "Cut"},
                "fields": [{"label": "Phone", "value": "1"}],
            },
        )
        item = f"{staff}/s/items/{created.json()['id']}"
        moved = await client.patch(item, json={"end": "2027-01-04T12:00:00+01:00"})
        saved = await client.post(item + "/save")
        completed = await client.post(item + "/complete")
        given = await client.post(item + "/reassign", json={"staff_id": "t"})
        wrong = await client.patch(staff + "/t", json={"access_type": "king"})
        viewing = await client.patch(staff + "/t", json={"access_type": "view_only"})
        accounts = (await client.get("/_sim/accounts")).json()["value"]
        gone = await client.delete(staff + "/s")
    await simulator.webhooks.idle()

    assert created.status_code == 201, created.text
    assert moved.json()["end"] == "2027-01-04T06:00:00-05:00"
    assert saved.json()["version"] != moved.json()["version"]
    assert completed.json()["status"] == "completed"
    assert given.status_code == 200
    assert wrong.status_code == 400
    assert viewing.json()["access_type"] == "view_only"
    assert [member["items"] for member in accounts[0]["staff"]] == [0, 1]
    assert gone.status_code == 204
    assert "staff.removed" in {webhook["type"] for webhook in receiver[0].verified()}


async def test_switches_are_set_and_read_over_http(simulator: BookingSimulator) -> None:
    async with httpx.AsyncClient(base_url=simulator.url) as client:
        rule = {"kind": "status", "operations": ["getAccount"], "times": 1}
        faults = await client.put("/_sim/faults", json={"rules": [rule], "feed_page": 3})
        unknown = await client.put("/_sim/faults", json={"rules": [{"kind": "nonsense"}]})
        policy = await client.put("/_sim/policy", json={"refuse_all": True})
        clock = await client.put("/_sim/clock", json={"offset_seconds": 3600})
        webhooks = await client.put(
            "/_sim/webhooks", json={"rules": [{"kind": "lost"}], "retry_delays": [1]}
        )
        requests = (await client.get("/_sim/requests")).json()
        seeded = (await client.post("/_sim/seed", json={"now": "2026-12-01T09:00:00Z"})).json()

    assert faults.json()["feed_page"] == 3
    assert unknown.status_code == 400
    assert policy.json()["refuse_all"] is True
    assert clock.json()["offset_seconds"] == 3600
    assert webhooks.json()["rules"][0]["kind"] == "lost"
    assert requests == {"counts": {}, "total": 0, "value": []}
    assert seeded["staff_id"] == "st-sam"
