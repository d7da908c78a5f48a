"""The simulated change feed: windows, removals, series, tokens, and its faults."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulators.graph_bench import (
    ADA,
    IMMUTABLE,
    WINDOW,
    Bench,
    code_of,
    escaped,
    open_bench,
    timed,
    weekly,
)

SPARSE = {"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


def removed(line: dict[str, Any]) -> bool:
    return "@removed" in line


def distant(subject: str = "Far") -> dict[str, Any]:
    return timed(subject, "2027-06-01T12:00:00", "2027-06-01T13:00:00")


async def test_a_second_round_holds_only_what_changed(bench: Bench) -> None:
    kept, changed, deleted = [await bench.post() for _ in range(3)]
    first, link = await bench.first_round()
    bench.simulator.acts.change(changed["id"], {"subject": "Other"})
    bench.simulator.acts.delete(deleted["id"])

    second, following = await bench.round(link)
    third, _ = await bench.round(following)

    assert {line["id"] for line in first} == {kept["id"], changed["id"], deleted["id"]}
    assert {"@removed": {"reason": "deleted"}, "id": deleted["id"]} in second
    assert [line["subject"] for line in second if not removed(line)] == ["Other"]
    assert third == []


async def test_an_item_made_and_deleted_between_rounds_is_not_told(bench: Bench) -> None:
    _, link = await bench.first_round()
    made = await bench.post()
    bench.simulator.acts.delete(made["id"])

    assert (await bench.round(link))[0] == []


async def test_events_outside_the_window_are_told_as_removed(bench: Bench) -> None:
    made = await bench.post()
    _, link = await bench.first_round()
    bench.simulator.acts.change(made["id"], distant())
    foreign = bench.simulator.acts.create(ADA, distant())

    lines, _ = await bench.round(link)

    assert {line["id"] for line in lines if removed(line)} == {made["id"], foreign}
    assert (await bench.client.get(f"{bench.events}/{escaped(made['id'])}")).status_code == 200


async def test_a_move_to_another_calendar_is_a_removal_here_and_new_there(bench: Bench) -> None:
    made = await bench.post()
    _, link = await bench.first_round()
    other = bench.simulator.acts.add_calendar(ADA, "Other")
    moved = bench.simulator.acts.drag_to_calendar(made["id"], "Other")

    lines, _ = await bench.round(link)
    there, _ = await bench.round(f"/me/calendars/{escaped(other)}/calendarView/delta?{WINDOW}")

    assert lines == [{"@removed": {"reason": "deleted"}, "id": made["id"]}]
    assert [line["id"] for line in there] == [moved]


async def test_with_immutable_ids_a_return_may_never_be_told(bench: Bench) -> None:
    made = await bench.post()
    bench.simulator.acts.add_calendar(ADA, "Other")
    _, link = await bench.first_round(**IMMUTABLE)
    moved = bench.simulator.acts.drag_to_calendar(made["id"], "Other")
    bench.simulator.acts.drag_to_calendar(moved, "Calendar")

    told, _ = await bench.round(link, **IMMUTABLE)
    bench.simulator.faults.set("delta_immutable_return_lost")
    lost, _ = await bench.round(link, **IMMUTABLE)

    assert [removed(line) for line in told] == [True, False]
    assert told[0]["id"] == told[1]["id"]
    assert [removed(line) for line in lost] == [True]


async def test_a_series_comes_as_its_full_master_and_sparse_occurrences(bench: Bench) -> None:
    master = (await bench.client.post(bench.events, json=weekly())).json()

    lines, _ = await bench.first_round()

    assert lines[0]["type"] == "seriesMaster"
    assert lines[0]["start"]["dateTime"] == "2026-03-03T08:00:00.0000000"
    assert lines[0]["recurrence"]["range"]["endDate"] == "0001-01-01"
    assert lines[0]["transactionId"] is None
    assert len(lines) == 14
    for line in lines[1:]:
        assert set(line) == SPARSE
        assert line["seriesMasterId"] == master["id"]
        assert line["@odata.etag"] == lines[0]["@odata.etag"]


async def test_any_change_sends_the_whole_series_again_and_no_removal(bench: Bench) -> None:
    await bench.client.post(bench.events, json=weekly())
    lines, link = await bench.first_round()
    deleted, changed = lines[3]["id"], lines[5]["id"]
    await bench.client.delete(f"/me/events/{escaped(deleted)}")
    answer = await bench.client.patch(f"/me/events/{escaped(changed)}", json={"subject": "Long"})

    second, _ = await bench.round(link)

    assert (answer.json()["type"], answer.json()["originalStart"]) == (
        "exception",
        "2026-12-22T08:00:00Z",
    )
    assert len(second) == 13
    assert not any(removed(line) for line in second)
    assert deleted not in {line["id"] for line in second}
    exceptions = [line for line in second if line["type"] == "exception"]
    assert [line["subject"] for line in exceptions] == ["Long"]
    gone = await bench.client.delete(f"/me/events/{escaped(deleted)}")
    assert code_of(gone) == (404, "ErrorItemNotFound")


async def test_a_deleted_series_is_removed_by_its_master_or_by_each(bench: Bench) -> None:
    master = (await bench.client.post(bench.events, json=weekly())).json()
    _, link = await bench.first_round()
    await bench.client.delete(f"/me/events/{escaped(master['id'])}")

    lines, _ = await bench.round(link)
    bench.simulator.faults.set("delta_removed_occurrences")
    more, _ = await bench.round(link)

    assert [line["id"] for line in lines] == [master["id"]]
    assert len(more) > 13


async def test_a_changed_pattern_gives_other_occurrences(bench: Bench) -> None:
    master = (await bench.client.post(bench.events, json=weekly())).json()
    before, link = await bench.first_round()
    pattern = {
        "pattern": {"type": "daily", "interval": 2},
        "range": {"type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 3},
    }
    body = timed("x", "2026-12-01T08:00:00", "2026-12-01T08:30:00") | {"recurrence": pattern}

    await bench.client.patch(f"/me/events/{escaped(master['id'])}", json=body)

    after, _ = await bench.round(link)
    assert [line["start"]["dateTime"][:16] for line in after[1:]] == [
        "2026-12-01T08:00",
        "2026-12-03T08:00",
        "2026-12-05T08:00",
    ]
    assert not {line["id"] for line in before[1:]} & {line["id"] for line in after[1:]}


async def test_pages_follow_the_wished_size_but_never_cut_a_series(bench: Bench) -> None:
    await bench.client.post(bench.events, json=weekly())
    for _ in range(3):
        await bench.post()

    page = await bench.get(f"{bench.view}/delta()?{WINDOW}", Prefer="odata.maxpagesize=2")
    following = await bench.get(page["@odata.nextLink"], Prefer="odata.maxpagesize=2")

    assert len(page["value"]) == 14
    assert len(following["value"]) == 2
    assert "$skiptoken" in page["@odata.nextLink"]


async def test_what_changes_while_a_round_is_paged_comes_in_the_next(bench: Bench) -> None:
    for _ in range(11):
        await bench.post()
    page = await bench.get(f"{bench.view}/delta()?{WINDOW}")
    late = await bench.post()

    rest, link = await bench.round(page["@odata.nextLink"])

    assert late["id"] not in {line["id"] for line in rest}
    assert [line["id"] for line in (await bench.round(link))[0]] == [late["id"]]


async def test_unsupported_parameters_and_a_missing_window_are_refused(bench: Bench) -> None:
    for query in (f"{WINDOW}&$filter=subject eq 'x'", f"{WINDOW}&$expand=calendar", ""):
        answer = await bench.client.get(f"{bench.view}/delta()?{query}")
        assert answer.status_code == 400


@pytest.mark.parametrize("code", ["SyncStateNotFound", "syncStateInvalid", "resyncRequired"])
async def test_a_dead_token_is_410(bench: Bench, code: str) -> None:
    _, link = await bench.first_round()
    bench.simulator.faults.set("delta_expire", times=1, code=code)

    assert code_of(await bench.client.get(link)) == (410, code)
    assert (await bench.client.get(link)).status_code == 200
    bench.simulator.service.delta.forget()
    assert code_of(await bench.client.get(link)) == (410, "SyncStateNotFound")


async def test_a_deleted_calendar_is_404_for_its_token(bench: Bench) -> None:
    other = bench.simulator.acts.add_calendar(ADA, "Other")
    path = f"/me/calendars/{escaped(other)}/calendarView"
    _, link = await bench.round(f"{path}/delta?{WINDOW}")

    bench.simulator.acts.delete_calendar(ADA, "Other")

    assert code_of(await bench.client.get(link)) == (404, "ErrorItemNotFound")


async def test_the_faults_of_a_round(bench: Bench) -> None:
    faults = bench.simulator.faults
    made = await bench.post()
    await bench.client.post(bench.events, json=weekly())
    for name in ("delta_duplicates", "delta_empty_page", "delta_foreign_removed"):
        faults.set(name, times=1)

    empty = await bench.get(f"{bench.view}/delta()?{WINDOW}")
    lines, link = await bench.round(empty["@odata.nextLink"])

    assert empty["value"] == []
    assert [line["id"] for line in lines].count(made["id"]) == 2
    assert sum(removed(line) for line in lines) == 1
    bench.simulator.acts.change(made["id"], {"subject": "x"})
    faults.set("delta_false_removed", times=1)
    wronged, _ = await bench.round(link)
    assert sum(removed(line) for line in wronged) == 1
    bench.simulator.acts.delete(made["id"])
    faults.set("delta_lost_removal", times=1)
    assert not any(removed(line) for line in (await bench.round(link))[0])


async def test_a_master_may_be_missing_from_a_later_round(bench: Bench) -> None:
    master = (await bench.client.post(bench.events, json=weekly())).json()
    _, link = await bench.first_round()
    bench.simulator.acts.change(master["id"], {"subject": "x"})
    bench.simulator.faults.set("delta_master_missing")

    lines, _ = await bench.round(link)

    assert {line["type"] for line in lines} == {"occurrence"}


async def test_stale_rounds_tell_recent_writes_in_the_round_after(bench: Bench) -> None:
    _, link = await bench.first_round()
    made = await bench.post()
    bench.simulator.faults.set("delta_stale", times=1)

    nothing, following = await bench.round(link)

    assert nothing == []
    assert [line["id"] for line in (await bench.round(following))[0]] == [made["id"]]


async def test_a_next_link_may_lead_to_the_same_page_for_ever(bench: Bench) -> None:
    await bench.post()
    bench.simulator.faults.set("delta_repeat_nextlink")

    page = await bench.get(f"{bench.view}/delta()?{WINDOW}")
    again = await bench.get(page["@odata.nextLink"])

    assert again["value"] == page["value"]
    assert "@odata.nextLink" in again


async def test_a_reads_404_and_a_touch_follow_a_creation(bench: Bench) -> None:
    bench.simulator.faults.set("get_404_after_create", times=1, reads=2)
    bench.simulator.faults.set("etag_touch", times=1)
    made = await bench.post()
    path = f"/me/events/{escaped(made['id'])}"

    codes = [(await bench.client.get(path)).status_code for _ in range(3)]

    assert codes == [404, 404, 200]
    assert (await bench.get(path))["changeKey"] != made["changeKey"]
