"""Series of the simulated service: patterns, ranges, clock changes, neighbours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from simulators.microsoft365.state import State
from tests.simulators.graph_bench import ADA, Bench, code_of, escaped, open_bench, timed, weekly


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


def days(bench: Bench, master: str, begin: datetime, end: datetime) -> list[str]:
    ids = bench.simulator.acts.occurrences(master, begin, end)
    starts = [bench.simulator.acts.instance(item_id).content.starts_at for item_id in ids]
    return [start.strftime("%m-%d") for start in starts]


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        ({"type": "daily", "interval": 3}, "2027-01-05", ["01-05", "01-08", "01-11"]),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "Sunday"]},
            "2027-01-03",
            ["01-03", "01-04", "01-17"],
        ),
        (
            {
                "type": "weekly",
                "interval": 2,
                "daysOfWeek": ["monday", "sunday"],
                "firstDayOfWeek": "monday",
            },
            "2027-01-03",
            ["01-03", "01-11", "01-17"],
        ),
        (
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
            "2027-01-31",
            ["01-31", "02-28", "03-31"],
        ),
        (
            {
                "type": "relativeMonthly",
                "interval": 1,
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "index": "last",
            },
            "2027-01-29",
            ["01-29", "02-26", "03-31"],
        ),
        (
            {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
            "2024-02-29",
            ["02-29", "02-28", "02-28"],
        ),
        (
            {
                "type": "relativeYearly",
                "interval": 1,
                "daysOfWeek": ["tuesday"],
                "index": "second",
                "month": 3,
            },
            "2027-03-09",
            ["03-09", "03-14", "03-13"],
        ),
    ],
)
async def test_patterns(
    bench: Bench, pattern: dict[str, Any], start: str, expected: list[str]
) -> None:
    body = timed("x", f"{start}T10:00:00", f"{start}T11:00:00")
    body["recurrence"] = {
        "pattern": pattern,
        "range": {"type": "numbered", "startDate": start, "numberOfOccurrences": 3},
    }

    made = await bench.client.post(bench.events, json=body)

    assert made.status_code == 201, made.text
    begin, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    assert days(bench, made.json()["id"], begin, end) == expected


@pytest.mark.parametrize(
    "recurrence",
    [
        {"pattern": {"type": "weekly", "interval": 1}, "range": {"type": "noEnd"}},
        {"pattern": {"type": "daily", "interval": 0}, "range": {"type": "noEnd"}},
        {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "noEnd", "startDate": "2026-01-01"},
        },
        {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "numbered"}},
        {"pattern": {"type": "hourly", "interval": 1}, "range": {"type": "noEnd"}},
    ],
)
async def test_bad_patterns_and_ranges_are_refused(
    bench: Bench, recurrence: dict[str, Any]
) -> None:
    answer = await bench.client.post(bench.events, json=weekly() | {"recurrence": recurrence})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("W. Europe Standard Time", {"08:00", "07:00"}), ("UTC", {"09:00"})],
)
async def test_a_series_keeps_the_clock_of_its_own_zone(
    bench: Bench, zone: str, hours: set[str]
) -> None:
    await bench.client.post(bench.events, json=weekly(zone))

    view = await bench.get(f"{bench.view}?startDateTime=2027-03-01&endDateTime=2027-04-30&$top=50")

    assert {one["start"]["dateTime"][11:16] for one in view["value"]} == hours


async def test_an_end_date_is_the_last_day_that_can_have_one(bench: Bench) -> None:
    body = weekly()
    body["recurrence"]["range"] = {
        "type": "endDate",
        "startDate": "2026-03-03",
        "endDate": "2026-03-17",
    }
    made = (await bench.client.post(bench.events, json=body)).json()

    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert days(bench, made["id"], begin, end) == ["03-03", "03-10", "03-17"]
    assert made["recurrence"]["range"]["numberOfOccurrences"] == 0


async def test_an_occurrence_can_not_cross_its_neighbours(bench: Bench) -> None:
    await bench.client.post(bench.events, json=weekly("UTC"))
    view = await bench.get(f"{bench.view}?startDateTime=2026-12-01&endDateTime=2026-12-31")
    second = view["value"][1]
    path = f"/me/events/{escaped(second['id'])}"

    def at(day: str) -> dict[str, Any]:
        moved = timed("x", f"2026-12-{day}T20:00:00", f"2026-12-{day}T21:00:00")
        return {"start": moved["start"], "end": moved["end"]}

    for day in ("01", "15", "16"):
        refused = await bench.client.patch(path, json=at(day))
        assert code_of(refused) == (400, "ErrorOccurrenceCrossingBoundary")
    moved = await bench.client.patch(path, json=at("14"))

    assert moved.json()["id"] == second["id"]
    assert moved.json()["originalStart"] == "2026-12-08T09:00:00Z"
    view = await bench.get(f"{bench.view}?startDateTime=2026-12-14&endDateTime=2026-12-15")
    assert [one["type"] for one in view["value"]] == ["exception"]


async def test_a_single_event_becomes_a_series_and_back(bench: Bench) -> None:
    made = await bench.post()
    path = f"/me/events/{escaped(made['id'])}"
    recurrence = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd"}}

    series = await bench.client.patch(path, json={"recurrence": recurrence})
    single = await bench.client.patch(path, json={"recurrence": None})

    assert (series.json()["type"], series.json()["id"]) == ("seriesMaster", made["id"])
    assert single.json()["type"] == "singleInstance"


def test_the_state_works_without_a_server() -> None:
    state = State()
    user = state.add_user(ADA, "Ada Berg")

    assert [calendar.name for calendar in state.calendars_of(user)] == ["Calendar"]
