"""The simulated booking product keeps its contract, and refuses as it says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from simulators.booking import BookingSimulator
from simulators.booking.connector_acts import Policy
from simulators.booking.model import (
    Account,
    AppointmentVersion,
    ItemField,
    ItemStatus,
    StaffMember,
)
from simulators.booking.simulator import API_TOKEN
from simulators.common.clock import SimulatedClock
from simulators.common.faults import FaultRule

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT_2PM = datetime(2026, 11, 24, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Bench:
    simulator: BookingSimulator
    client: httpx.AsyncClient

    async def reserve(self, key: str = "k", **changes: Any) -> httpx.Response:
        body = {
            "start": AT_2PM.isoformat(),
            "end": (AT_2PM + HOUR).isoformat(),
            "title": "Dentist",
            "external_ref": "ref-1",
        }
        return await self.client.post(
            "/accounts/a/staff/s/reserves",
            json=body | changes,
            headers={"Idempotency-Key": key},
        )

    async def items(self, **query: Any) -> Any:
        window = {
            "from": (NOW - timedelta(days=30)).isoformat(),
            "to": (NOW + timedelta(days=90)).isoformat(),
        }
        answer = await self.client.get("/accounts/a/staff/s/items", params=window | query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def changes(self, cursor: str) -> httpx.Response:
        return await self.client.get("/accounts/a/staff/s/changes", params={"cursor": cursor})

    def book(self, start: datetime = AT_2PM, **values: Any) -> str:
        item = self.simulator.state.book_appointment(
            "a", "s", start=start, end=start + HOUR, **values
        )
        return item.id


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    simulator = BookingSimulator(clock=SimulatedClock(wall=lambda: NOW))
    simulator.state.put_account(Account(id="a"))
    simulator.state.put_staff("a", StaffMember(id="s", email="s@practice.example"))
    simulator.state.put_staff("a", StaffMember(id="other"))
    await simulator.start()
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    async with httpx.AsyncClient(base_url=simulator.api_url, headers=headers) as client:
        yield Bench(simulator, client)
    await simulator.stop()


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.status_code, answer.json()["type"]


async def test_a_wrong_token_is_refused(bench: Bench) -> None:
    answer = await bench.client.get("/accounts/a", headers={"Authorization": "Bearer no"})

    assert answer.status_code == 401


async def test_the_account_and_its_people_are_told(bench: Bench) -> None:
    account = (await bench.client.get("/accounts/a")).json()
    member = (await bench.client.get("/accounts/a/staff/other")).json()

    assert account["appointment_version"] == "single"
    assert member["email"] is None
    assert kind_of(await bench.client.get("/accounts/b")) == (404, "not_found")


async def test_the_staff_list_comes_in_pages(bench: Bench) -> None:
    first = (await bench.client.get("/accounts/a/staff", params={"limit": 1})).json()
    second = (
        await bench.client.get(
            "/accounts/a/staff", params={"limit": 1, "cursor": first["next_cursor"]}
        )
    ).json()

    assert [member["id"] for member in first["value"] + second["value"]] == ["other", "s"]
    assert "next_cursor" not in second


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"title": "x" * 256}, "$.title"),
        ({"notes": "x" * 4001}, "$.notes"),
        ({"start": "2026-11-24T14:00:00"}, "$.start"),
        ({"external_ref": "x" * 257}, "$.external_ref"),
        ({"end": AT_2PM.isoformat()}, "start must be before end"),
    ],
)
async def test_a_request_that_breaks_the_contract_is_told_what_broke(
    bench: Bench, changes: dict[str, str], named: str
) -> None:
    answer = await bench.reserve(**changes)

    assert kind_of(answer) == (400, "bad_request")
    assert named in answer.json()["detail"]


async def test_parameters_are_checked_too(bench: Bench) -> None:
    assert kind_of(await bench.client.get("/accounts/a/staff/s/items")) == (400, "bad_request")
    unknown = await bench.client.get("/accounts/a/staff", params={"limit": 501})
    assert "limit" in unknown.json()["detail"]
    unkeyed = await bench.client.post("/accounts/a/staff/s/reserves", json={})
    assert "Idempotency-Key" in unkeyed.json()["detail"]


async def test_a_reserve_is_created_once_for_one_key_and_answered_literally(bench: Bench) -> None:
    first = await bench.reserve()
    bench.simulator.state.delete_item("a", "s", first.json()["id"])
    again = await bench.reserve(title="Another")

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert (await bench.items())["value"] == []


async def test_a_key_is_forgotten_after_a_day_and_a_refusal_at_once(bench: Bench) -> None:
    blocking = bench.book()
    assert kind_of(await bench.reserve()) == (409, "slot_taken")
    bench.simulator.state.delete_item("a", "s", blocking)
    first = await bench.reserve()
    bench.simulator.clock.offset = timedelta(hours=24)
    bench.simulator.acts.policy = Policy(refuse_past=False)
    bench.simulator.state.delete_item("a", "s", first.json()["id"])
    second = await bench.reserve()

    assert first.json()["id"] != second.json()["id"]


async def test_an_item_shows_in_the_zone_of_its_person(bench: Bench) -> None:
    bench.book(customer="Ada", service="Cut", fields=[ItemField(label="Phone")])
    item = (await bench.items())["value"][0]

    assert item["start"] == "2026-11-24T09:00:00-05:00"
    assert item["customer"] == {"name": "Ada"}
    assert item["fields"] == [{"label": "Phone", "value": None}]
    assert "title" not in item


async def test_r6_4_the_hour_that_comes_twice_is_two_hours(bench: Bench) -> None:
    zone = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 1, tzinfo=zone)
    second = first.replace(fold=1)
    for start in (first, second):
        bench.simulator.state.book_appointment(
            "a", "s", start=start, end=start.astimezone(UTC) + HOUR
        )
    items = (await bench.items())["value"]

    assert [item["start"] for item in items] == [
        "2026-11-01T01:00:00-04:00",
        "2026-11-01T01:00:00-05:00",
    ]


@pytest.mark.parametrize(
    ("version", "overbooking", "reserve_status", "appointments"),
    [
        (AppointmentVersion.SINGLE, False, 409, 409),
        (AppointmentVersion.SINGLE, True, 201, 200),
        (AppointmentVersion.MULTIPLE, False, 409, 200),
    ],
)
async def test_r8_7_overlap_is_judged_by_the_preferences(
    bench: Bench,
    version: AppointmentVersion,
    overbooking: bool,  # noqa: FBT001 - a column of the table
    reserve_status: int,
    appointments: int,
) -> None:
    bench.simulator.state.put_account(
        Account(id="a", appointment_version=version, overbooking=overbooking)
    )
    bench.book()
    later = bench.book(AT_2PM + 2 * HOUR)
    half_past = (AT_2PM + HOUR / 2).isoformat()
    reserve = await bench.reserve(start=half_past)
    move = await bench.client.patch(
        f"/accounts/a/staff/s/items/{later}",
        json={"start": half_past, "end": (AT_2PM + HOUR).isoformat()},
    )

    assert reserve.status_code == reserve_status
    assert move.status_code == (
        409 if reserve.status_code == 201 and not overbooking else appointments
    )


async def test_items_that_touch_do_not_overlap_and_cancelled_ones_take_no_time(
    bench: Bench,
) -> None:
    bench.book(AT_2PM - HOUR)
    cancelled = bench.book()
    bench.simulator.state.set_status("a", "s", cancelled, ItemStatus.CANCELLED)

    assert (await bench.reserve()).status_code == 201


async def test_if_match_takes_the_bare_version_only(bench: Bench) -> None:
    path = f"/accounts/a/staff/s/items/{bench.book()}"
    version = (await bench.client.get(path)).json()["version"]
    move = {"start": (AT_2PM + HOUR / 4).isoformat()}
    quoted = await bench.client.patch(path, json=move, headers={"If-Match": f'"{version}"'})
    good = await bench.client.patch(path, json=move, headers={"If-Match": version})
    stale = await bench.client.delete(path, headers={"If-Match": version})
    whatever = await bench.client.delete(path)

    assert kind_of(quoted) == kind_of(stale) == (412, "version_mismatch")
    assert good.json()["version"] != version
    assert whatever.status_code == 204


async def test_a_save_without_a_difference_changes_the_version(bench: Bench) -> None:
    reserve = (await bench.reserve()).json()
    answer = await bench.client.patch(
        f"/accounts/a/staff/s/items/{reserve['id']}", json={"title": reserve["title"]}
    )

    assert answer.json() | {"version": ""} == reserve | {"version": ""}
    assert answer.json()["version"] != reserve["version"]


async def test_a_cancelled_appointment_stays_readable_and_is_gone_for_writes(
    bench: Bench,
) -> None:
    path = f"/accounts/a/staff/s/items/{bench.book()}"
    cursor = (await bench.items())["changes_cursor"]
    await bench.client.delete(path)
    change = (await bench.changes(cursor)).json()["value"][0]

    assert (await bench.client.get(path)).json()["status"] == "cancelled"
    assert [item["status"] for item in (await bench.items())["value"]] == ["cancelled"]
    assert (change["deleted"], change["item"]["status"]) == (False, "cancelled")
    assert kind_of(await bench.client.delete(path)) == (404, "not_found")
    assert kind_of(await bench.client.patch(path, json={"start": AT_2PM.isoformat()})) == (
        404,
        "not_found",
    )


async def test_a_deleted_reserve_is_gone(bench: Bench) -> None:
    path = f"/accounts/a/staff/s/items/{(await bench.reserve()).json()['id']}"
    cursor = (await bench.items())["changes_cursor"]

    assert (await bench.client.delete(path)).status_code == 204
    assert (await bench.client.get(path)).status_code == 404
    assert (await bench.changes(cursor)).json()["value"] == [
        {"id": path.rpartition("/")[2], "deleted": True}
    ]


async def test_what_is_not_permitted_is_refused(bench: Bench) -> None:
    state = bench.simulator.state
    event = state.add_event("a", "s", start=AT_2PM, end=AT_2PM + HOUR, title="Class").id
    done = bench.book(AT_2PM + HOUR)
    state.set_status("a", "s", done, ItemStatus.COMPLETED)
    booked = bench.book(AT_2PM + 2 * HOUR)
    base = "/accounts/a/staff/s/items/"
    yesterday = {
        "start": (NOW - timedelta(days=1)).isoformat(),
        "end": (NOW - timedelta(hours=23)).isoformat(),
    }
    refused = [
        await bench.client.delete(base + event),
        await bench.client.delete(base + done),
        await bench.client.patch(base + booked, json=yesterday),
        await bench.client.patch(base + booked, json={"title": "x"}),
        await bench.reserve(**yesterday),
    ]

    assert {kind_of(answer) for answer in refused} == {(403, "not_permitted")}


async def test_the_policy_can_be_switched(bench: Bench) -> None:
    bench.simulator.acts.policy = Policy(max_days_ahead=0, refuse_past=False)
    far = await bench.reserve()
    bench.simulator.acts.policy = Policy(refuse_all=True)
    every = await bench.reserve()
    bench.simulator.acts.policy = Policy(refuse_operations=("removeItem",))
    created = await bench.reserve()
    removed = await bench.client.delete(f"/accounts/a/staff/s/items/{created.json()['id']}")

    assert [far.status_code, every.status_code, created.status_code, removed.status_code] == [
        403,
        403,
        201,
        403,
    ]


async def test_a_listing_comes_in_pages_and_reports_from_where_it_began(bench: Bench) -> None:
    for hours in range(5):
        bench.book(AT_2PM + hours * HOUR)
    first = await bench.items(limit=3)
    late = bench.book(AT_2PM - HOUR)
    second = await bench.items(limit=3, cursor=first["next_cursor"])
    changes = (await bench.changes(second["changes_cursor"])).json()

    assert "changes_cursor" not in first
    assert "next_cursor" not in second
    assert len(first["value"] + second["value"]) == 5
    assert [change["id"] for change in changes["value"]] == [late]


async def test_the_feed_is_not_limited_to_a_window_and_comes_in_pages(bench: Bench) -> None:
    cursor = (await bench.items())["changes_cursor"]
    far = bench.book(NOW + timedelta(days=400))
    near = bench.book()
    bench.simulator.state.move("a", "s", far, start=NOW + HOUR, end=NOW + 2 * HOUR)
    bench.simulator.api.feed_page = 2
    first = (await bench.changes(cursor)).json()
    second = (await bench.changes(first["cursor"])).json()

    assert (first["more"], second["more"]) == (True, False)
    assert [change["id"] for change in first["value"]] == [far, near]
    assert [change["id"] for change in second["value"]] == [far]
    assert (await bench.changes(second["cursor"])).json()["value"] == []


async def test_an_item_that_goes_to_a_colleague_is_deleted_here_and_new_there(
    bench: Bench,
) -> None:
    appointment = bench.book()
    cursor = (await bench.items())["changes_cursor"]
    bench.simulator.state.reassign("a", "s", appointment, to_staff_id="other")
    here = (await bench.changes(cursor)).json()["value"]
    there = await bench.client.get(f"/accounts/a/staff/other/items/{appointment}")

    assert here == [{"id": appointment, "deleted": True}]
    assert there.status_code == 200
    assert (await bench.client.get(f"/accounts/a/staff/s/items/{appointment}")).status_code == 404


async def test_old_cursors_expire_and_new_ones_hold(bench: Bench) -> None:
    old = (await bench.items())["changes_cursor"]
    bench.simulator.state.expire_cursors("a", "s")
    new = (await bench.items())["changes_cursor"]

    assert kind_of(await bench.changes(old)) == (410, "cursor_expired")
    assert (await bench.changes(new)).status_code == 200
    assert kind_of(await bench.changes("nonsense")) == (400, "bad_request")


async def test_faults_strike_as_often_as_they_were_told(bench: Bench) -> None:
    faults = bench.simulator.api.faults
    faults.add(FaultRule(kind="status", status=429, retry_after=7, times=1))
    throttled = await bench.client.get("/accounts/a")
    fine = await bench.client.get("/accounts/a")

    assert kind_of(throttled) == (429, "rate_limited")
    assert throttled.headers["Retry-After"] == "7"
    assert fine.status_code == 200


@pytest.mark.parametrize(
    ("kind", "reserves"), [("timeout_before_effect", 0), ("timeout_after_effect", 1)]
)
async def test_r11_5_a_call_can_be_lost_before_or_after_its_effect(
    bench: Bench, kind: str, reserves: int
) -> None:
    bench.simulator.api.faults.add(
        FaultRule(kind=kind, operations=("createReserve",), subject="s", times=1)
    )
    with pytest.raises(httpx.TransportError):
        await bench.reserve()
    assert len((await bench.items())["value"]) == reserves

    await bench.reserve()

    assert len((await bench.items())["value"]) == 1
    assert bench.simulator.api.log.counts["createReserve"] == 2


async def test_the_feed_can_be_stale_or_expired(bench: Bench) -> None:
    cursor = (await bench.items())["changes_cursor"]
    bench.book()
    faults = bench.simulator.api.faults
    faults.add(FaultRule(kind="stale_feed", times=1))
    stale = (await bench.changes(cursor)).json()
    fresh = (await bench.changes(stale["cursor"])).json()
    faults.add(FaultRule(kind="cursor_expired", times=1))
    expired = await bench.changes(cursor)

    assert stale["value"] == []
    assert len(fresh["value"]) == 1
    assert expired.status_code == 410
