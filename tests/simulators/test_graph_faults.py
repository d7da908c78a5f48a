"""The simulated service's throttling, batches and faults of the wire."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.microsoft365.faults import SWITCHES, Faults
from simulators.microsoft365.graph import MOST_REQUESTS
from tests.simulators.graph_bench import (
    ADA,
    BEN,
    IMMUTABLE,
    Bench,
    code_of,
    escaped,
    lunch,
    open_bench,
)

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


async def batch(bench: Bench, *inner: dict[str, Any]) -> dict[str, Any]:
    answer = await bench.client.post("/$batch", json={"requests": list(inner)})
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


async def test_a_fifth_parallel_request_of_a_mailbox_is_throttled(bench: Bench) -> None:
    bench.simulator.faults.set("latency", ms=50, user=ADA)
    ben = {"Authorization": "Bearer ben-token"}

    answers = await asyncio.gather(
        *(bench.client.get("/me") for _ in range(5)), bench.client.get("/me", headers=ben)
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert code_of(refused) == (429, "ApplicationThrottled")
    assert refused.headers["Retry-After"] == "1"


async def test_the_quota_of_ten_minutes_counts_per_mailbox(bench: Bench) -> None:
    user = bench.simulator.acts.user(ADA)
    for _ in range(MOST_REQUESTS):
        bench.simulator.service.count(user)

    refused = await bench.client.get("/me")
    bench.simulator.state.clock.advance(timedelta(minutes=10))

    assert code_of(refused) == (429, "TooManyRequests")
    assert refused.headers["Retry-After"] == "601"
    assert (await bench.client.get("/me")).status_code == 200


@pytest.mark.parametrize(
    ("values", "header"),
    [({"retry_after": 7}, "7"), ({"retry_after": 2.128}, "2.128"), ({"retry_after": None}, None)],
)
async def test_throttling_on_demand(
    bench: Bench, values: dict[str, Any], header: str | None
) -> None:
    bench.simulator.faults.set("throttle", times=1, **values)

    refused = await bench.client.get("/me")

    assert (refused.status_code, refused.headers.get("Retry-After")) == (429, header)
    assert (await bench.client.get("/me")).status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504, 507, 423])
async def test_errors_on_demand(bench: Bench, status: int) -> None:
    bench.simulator.faults.set("error", status=status, method="GET", path="/CALENDARS")

    assert (await bench.client.get("/me/calendars")).status_code == status
    assert (await bench.client.get("/me")).status_code == 200


async def test_a_timeout_may_strike_after_or_before_the_effect(bench: Bench) -> None:
    bench.simulator.faults.set("timeout_after_effect", times=1)
    bench.simulator.faults.set("timeout_before_effect", times=1, method="DELETE")
    bench.simulator.faults.set("timeout_after_effect", times=1, drop=True, method="PATCH")

    posted = await bench.client.post(bench.events, json=lunch())
    made = (await bench.get(bench.events))["value"][0]
    path = f"/me/events/{escaped(made['id'])}"
    deleted = await bench.client.delete(path)
    with pytest.raises(httpx.RemoteProtocolError):
        await bench.client.patch(path, json={"subject": "After all"})

    assert (posted.status_code, deleted.status_code) == (504, 504)
    assert (await bench.get(path))["subject"] == "After all"


async def test_a_gone_mailbox_and_withdrawn_access(bench: Bench) -> None:
    bench.simulator.faults.set("mailbox_gone", user=ADA, times=1)
    bench.simulator.faults.set("access_denied", user=BEN)

    gone = await bench.client.get("/me/calendars")

    assert code_of(gone) == (404, "MailboxNotEnabledForRESTAPI")
    ben = await bench.client.get("/me", headers={"Authorization": "Bearer ben-token"})
    assert code_of(ben) == (403, "ErrorAccessDenied")


async def test_some_subjects_are_refused_for_ever(bench: Bench) -> None:
    bench.simulator.faults.set("always_400", subject="POISON")

    refused = await bench.client.post(bench.events, json=lunch(subject="The poison one"))

    assert refused.status_code == 400
    assert (await bench.client.post(bench.events, json=lunch())).status_code == 201


async def test_a_concurrent_save_takes_the_same_transaction_again(bench: Bench) -> None:
    bench.simulator.faults.set("concurrent_save", times=1)
    body = lunch(transactionId="t-1")

    refused = await bench.client.post(bench.events, json=body)

    assert code_of(refused) == (409, "ConcurrentItemSave")
    assert (await bench.client.post(bench.events, json=body)).status_code == 201


def test_every_switch_is_documented() -> None:
    page = Path(__file__).parents[2].joinpath("docs/simulators.md").read_text(encoding="utf-8")

    assert [name for name in sorted(SWITCHES) if f"| `{name}` |" not in page] == []


def test_chances_repeat_with_the_seed() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed=seed)
        faults.set("throttle", probability=0.5)
        return [faults.strike("throttle") is not None for _ in range(30)]

    assert struck(7) == struck(7)
    assert len({tuple(struck(seed)) for seed in range(5)}) > 1


async def test_a_batch_answers_each_request_by_itself(bench: Bench) -> None:
    made = await bench.post()
    bench.simulator.faults.set("throttle", times=1, retry_after=3, method="PATCH")
    one = f"/me/events/{escaped(made['id'])}"

    answers = await batch(
        bench,
        {"id": "1", "method": "GET", "url": one, "headers": IMMUTABLE},
        {"id": "2", "method": "GET", "url": "me/events/none"},
        {"id": "3", "method": "PATCH", "url": one, "headers": JSON, "body": {"subject": "x"}},
        {"id": "4", "method": "DELETE", "url": one, "dependsOn": ["2"]},
        {"id": "5", "method": "DELETE", "url": one, "dependsOn": ["1"]},
    )

    assert {key: answer["status"] for key, answer in answers.items()} == {
        "1": 200,
        "2": 404,
        "3": 429,
        "4": 424,
        "5": 204,
    }
    assert answers["1"]["body"]["id"] != made["id"]
    assert answers["3"]["headers"]["Retry-After"] == "3"
    assert "body" not in answers["5"]


async def test_answers_of_a_batch_come_in_any_order(bench: Bench) -> None:
    inner = [{"id": str(n), "method": "GET", "url": "/me"} for n in range(20)]

    answer = await bench.client.post("/$batch", json={"requests": inner})

    ids = [one["id"] for one in answer.json()["responses"]]
    assert sorted(ids) == sorted(one["id"] for one in inner)
    assert ids != [one["id"] for one in inner]


@pytest.mark.parametrize(
    "inner",
    [
        [{"id": str(n), "method": "GET", "url": "/me"} for n in range(21)],
        [{"id": "a", "method": "GET", "url": "/me"}, {"id": "A", "method": "GET", "url": "/me"}],
        [{"id": "1", "method": "POST", "url": "/me/events", "body": {}}],
        [{"id": "1", "method": "POST", "url": "/$batch", "headers": JSON, "body": {}}],
        [{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["9"]}],
        [{"id": "1", "url": "/me"}],
        [],
    ],
)
async def test_a_wrong_batch_is_refused_whole(bench: Bench, inner: list[dict[str, Any]]) -> None:
    answer = await bench.client.post("/$batch", json={"requests": inner})

    assert answer.status_code == 400
