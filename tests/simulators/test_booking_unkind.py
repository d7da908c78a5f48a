"""The simulated booking product as a real one may be: coarse, late, silent, ill in one place."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from simulators.booking import BookingSimulator
from simulators.booking.model import Account, StaffMember
from simulators.booking.simulator import API_TOKEN
from simulators.common.clock import SimulatedClock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT_2PM = datetime(2026, 11, 24, 14, tzinfo=UTC)
STAFF = "/accounts/a/staff/s"


@dataclass
class Bench:
    simulator: BookingSimulator
    client: httpx.AsyncClient

    async def keep(self, **switches: Any) -> Any:
        answer = await self.client.put(f"{self.simulator.url}/_sim/keeping", json=switches)
        return answer.json()

    async def faults(self, *rules: dict[str, Any]) -> None:
        url = f"{self.simulator.url}/_sim/faults"
        answer = await self.client.put(url, json={"rules": list(rules)})
        assert answer.status_code == 200, answer.text

    async def reserve(self, minute: float = 0, **texts: Any) -> Any:
        start = AT_2PM + timedelta(minutes=minute)
        body = {
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=30)).isoformat(),
            "title": "Dentist",
            "external_ref": "ref",
        }
        answer = await self.client.post(
            f"{STAFF}/reserves", json=body | texts, headers={"Idempotency-Key": f"k{minute}"}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def listing(self) -> Any:
        window = {"from": NOW.isoformat(), "to": (NOW + timedelta(days=9)).isoformat()}
        return (await self.client.get(f"{STAFF}/items", params=window)).json()

    async def changes(self, cursor: str) -> Any:
        return (await self.client.get(f"{STAFF}/changes", params={"cursor": cursor})).json()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    simulator = BookingSimulator(clock=SimulatedClock(wall=lambda: NOW))
    simulator.state.put_account(Account(id="a"))
    simulator.state.put_staff("a", StaffMember(id="s", name="Sam", time_zone="UTC"))
    await simulator.start()
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    async with httpx.AsyncClient(
        base_url=simulator.api_url, headers=headers, trust_env=False
    ) as client:
        yield Bench(simulator=simulator, client=client)
    await simulator.stop()


async def test_times_go_down_to_the_grid(bench: Bench) -> None:
    await bench.keep(grid_minutes=15)

    made = await bench.reserve(20.5)
    moved = await bench.client.patch(
        f"{STAFF}/items/{made['id']}", json={"end": (AT_2PM + timedelta(minutes=16)).isoformat()}
    )

    assert (made["start"][11:16], made["end"][11:16]) == ("14:15", "14:45")
    assert (moved.json()["start"][11:16], moved.json()["end"][11:16]) == ("14:15", "14:30")


async def test_texts_are_trimmed_and_cut_on_both_writes(bench: Bench) -> None:
    await bench.keep(trims=True, notes_limit=4)

    made = await bench.reserve(title=" Two\r\n  words ", notes="12\n456")
    patched = await bench.client.patch(
        f"{STAFF}/items/{made['id']}", json={"title": "a\nb", "notes": "abcdefg"}
    )

    assert (made["title"], made["notes"]) == ("Two words", "12\n4")
    assert (patched.json()["title"], patched.json()["notes"]) == ("a b", "abcd")


async def test_modified_is_told_in_whole_seconds_or_not_at_all(bench: Bench) -> None:
    bench.simulator.clock.offset = timedelta(seconds=1.75)
    told = await bench.reserve(0)
    await bench.keep(says_modified=False)
    silent = await bench.reserve(60)

    assert datetime.fromisoformat(told["modified"]) == NOW + timedelta(seconds=1)
    assert "modified" not in silent


async def test_stale_reads_show_what_was_and_the_feed_skips_nothing(bench: Bench) -> None:
    made = await bench.reserve()
    before = await bench.listing()
    await bench.keep(stale_seconds=5)
    await bench.client.patch(f"{STAFF}/items/{made['id']}", json={"title": "New"})
    other = await bench.reserve(60)

    late = await bench.changes(before["changes_cursor"])
    listed = await bench.listing()
    asked = (await bench.client.get(f"{STAFF}/items/{made['id']}")).json()
    missing = await bench.client.get(f"{STAFF}/items/{other['id']}")

    assert late["value"] == []
    assert listed["value"] == before["value"] == [asked]
    assert missing.status_code == 404
    bench.simulator.clock.offset = timedelta(seconds=6)
    for cursor in (late["cursor"], listed["changes_cursor"]):
        told = (await bench.changes(cursor))["value"]
        assert [change["item"]["title"] for change in told] == ["New", "Dentist"]


async def test_stale_reads_go_on_showing_what_was_deleted(bench: Bench) -> None:
    made = await bench.reserve()
    await bench.keep(stale_seconds=5)

    await bench.client.delete(f"{STAFF}/items/{made['id']}")

    assert (await bench.listing())["value"] == [made]
    again = await bench.client.delete(f"{STAFF}/items/{made['id']}")
    assert again.status_code == 404


async def test_a_fault_stays_with_one_item(bench: Bench) -> None:
    ill, well = await bench.reserve(0), await bench.reserve(60)
    await bench.faults({"kind": "status", "status": 500, "item": ill["id"]})

    for _ in range(2):
        assert (await bench.client.get(f"{STAFF}/items/{ill['id']}")).status_code == 500
    assert (await bench.client.get(f"{STAFF}/items/{well['id']}")).status_code == 200
    assert len((await bench.listing())["value"]) == 2


async def test_an_item_may_be_garbled_wherever_it_is_told(bench: Bench) -> None:
    cursor = (await bench.listing())["changes_cursor"]
    ill, well = await bench.reserve(0), await bench.reserve(60)
    await bench.faults({"kind": "garbled", "item": ill["id"]})

    asked = (await bench.client.get(f"{STAFF}/items/{ill['id']}")).json()
    listed = (await bench.listing())["value"]
    told = [change["item"] for change in (await bench.changes(cursor))["value"]]

    assert asked["start"] == "soon"
    assert [item["start"] for item in listed] == ["soon", well["start"]]
    assert told == listed


@pytest.mark.parametrize(("status", "kind"), [(401, "unauthorized"), (403, "not_permitted")])
async def test_refusals_that_pass(bench: Bench, status: int, kind: str) -> None:
    await bench.faults({"kind": "status", "status": status, "times": 2})

    answers = [await bench.client.get("/accounts/a") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["type"] == kind


@pytest.mark.parametrize("after", [0, 1, 2.5, 604_800, "Tue, 24 Nov 2026 12:00:00 GMT"])
async def test_every_retry_after(bench: Bench, after: float | str) -> None:
    await bench.faults({"kind": "status", "status": 429, "retry_after": after})

    answer = await bench.client.get("/accounts/a")

    assert answer.headers["Retry-After"] == str(after)


async def test_a_wrong_token_is_unauthorized(bench: Bench) -> None:
    answer = await bench.client.get("/accounts/a", headers={"Authorization": "Bearer wrong"})

    assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")


async def test_a_grid_of_nothing_is_refused_and_a_reset_forgets(bench: Bench) -> None:
    refused = await bench.keep(grid_minutes=0)
    await bench.keep(trims=True)
    bench.simulator.control.reset()

    assert "grid_minutes" in refused["error"]
    assert not bench.simulator.state.keeping.trims
