"""The simulated service as unkind as the reports: identity, lag, objects that are ill for good."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.simulators.graph_bench import (
    ADA,
    IMMUTABLE,
    MARK,
    NOW,
    Bench,
    code_of,
    escaped,
    lunch,
    open_bench,
    weekly,
)

WINDOW_OF_LUNCH = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-02T00:00:00Z"

#: What was reported of a DELETE (odoo, microsoft_calendar).
GONE = {
    "error": {
        "code": "ErrorItemNotFound",
        "message": "The specified object was not found in the store.",
    }
}
DENTIST: dict[str, Any] = {
    "@odata.etag": 'W/"k"',
    "id": "AAMk1",
    "subject": "Dentist",
    "start": {"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"},
    "sensitivity": "normal",
    "showAs": "busy",
    "type": "singleInstance",
    "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
}
ODD = {
    "the zone is null": DENTIST | {"start": DENTIST["start"] | {"timeZone": None}},
    "the response is a text": DENTIST | {"responseStatus": "declined"},
}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


def path_of(bench: Bench, item_id: str) -> str:
    return f"{bench.events}/{escaped(item_id)}"


async def post(bench: Bench, **more: Any) -> dict[str, Any]:
    return await bench.post(singleValueExtendedProperties=[{"id": MARK, "value": "a-1"}], **more)


async def control(bench: Bench, method: str, path: str, body: dict[str, Any]) -> Any:
    root = str(bench.client.base_url).removesuffix("/v1.0/")
    answer = await bench.client.request(method, f"{root}/_sim{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


# --- identity ---


async def test_an_event_is_found_by_its_ical_uid_in_both_places(bench: Bench) -> None:
    made = await post(bench)
    await post(bench)
    wanted = f"?$filter=iCalUId eq '{made['iCalUId']}'"

    for place in ("/me/events", bench.events):
        found = (await bench.get(place + wanted))["value"]
        assert [one["id"] for one in found] == [made["id"]]


async def test_a_drag_away_and_back_keeps_uid_and_mark_and_gives_new_ids(bench: Bench) -> None:
    made = await post(bench)
    acts = bench.simulator.acts
    acts.add_calendar(ADA, "Other")

    away = acts.drag_to_calendar(made["id"], "Other")
    back = acts.drag_to_calendar(away, bench.calendar)
    shown = await bench.get(
        f"{path_of(bench, back)}?$expand=singleValueExtendedProperties($filter=id eq '{MARK}')"
    )

    assert len({made["id"], away, back}) == 3
    assert shown["iCalUId"] == made["iCalUId"]
    assert shown["singleValueExtendedProperties"][0]["value"] == "a-1"


async def test_an_undone_deletion_comes_back_under_a_new_id(bench: Bench) -> None:
    made = await post(bench, transactionId="t-1")
    _, link = await bench.first_round()
    bench.simulator.acts.delete(made["id"])

    restored = (await control(bench, "POST", "/acts", {"act": "restore", "id": made["id"]}))["id"]

    lines, _ = await bench.round(link)
    shown = await bench.get(path_of(bench, restored))
    again = await bench.post(transactionId="t-1")
    assert {line["id"]: "@removed" in line for line in lines} == {
        made["id"]: True,
        restored: False,
    }
    assert shown["iCalUId"] == made["iCalUId"]
    assert again["id"] == restored
    with pytest.raises(KeyError):
        bench.simulator.acts.restore(made["id"])


async def test_a_copy_has_a_uid_of_its_own_and_the_transaction_stays_with_the_first(
    bench: Bench,
) -> None:
    made = await bench.post(transactionId="t-1")

    copied = await bench.get(path_of(bench, bench.simulator.acts.copy(made["id"])))

    assert copied["transactionId"] == "t-1"
    assert copied["iCalUId"] != made["iCalUId"]
    assert (await bench.post(transactionId="t-1"))["id"] == made["id"]


async def test_a_moved_mailbox_has_other_ids_of_both_kinds_and_no_change_tokens(
    bench: Bench,
) -> None:
    made = await post(bench, transactionId="t-1")
    stable = (await bench.get(path_of(bench, made["id"]), **IMMUTABLE))["id"]
    bench.simulator.acts.create(ADA, weekly())
    before, link = await bench.first_round()
    bench.simulator.state.clock.advance(timedelta(minutes=5))

    await control(bench, "POST", f"/users/{ADA}/move", {})

    dead = await bench.client.get(link)
    after, _ = await bench.first_round()
    again = await bench.post(transactionId="t-1")
    assert code_of(dead) == (410, "SyncStateNotFound")
    assert len(after) == len(before)
    assert not {line["id"] for line in after} & {line["id"] for line in before}
    for gone in (made["id"], stable):
        assert (await bench.client.get(path_of(bench, gone))).status_code == 404
    assert again["iCalUId"] == made["iCalUId"]
    assert again["lastModifiedDateTime"] == made["lastModifiedDateTime"]
    assert again["changeKey"] != made["changeKey"]


async def test_a_moved_mailbox_may_lose_marks_and_may_tell_the_feed(bench: Bench) -> None:
    made = await post(bench)
    _, link = await bench.first_round()
    move = {"drop_property": MARK, "feed_tells": True}

    await control(bench, "POST", f"/users/{ADA}/move", move)

    removed, told = sorted((await bench.round(link))[0], key=lambda line: "@removed" not in line)
    shown = await bench.get(
        f"{path_of(bench, told['id'])}"
        f"?$expand=singleValueExtendedProperties($filter=id eq '{MARK}')"
    )
    assert removed["id"] == made["id"]
    assert "singleValueExtendedProperties" not in shown


# --- lag ---


async def test_a_lagging_mailbox_shows_the_old_state_everywhere_and_skips_nothing(
    bench: Bench,
) -> None:
    made = await post(bench)
    _, link = await bench.first_round()
    await control(bench, "PUT", f"/users/{ADA}/lag", {"seconds": 3})
    bench.simulator.state.clock.advance(timedelta(seconds=10))
    patched = await bench.client.patch(path_of(bench, made["id"]), json={"subject": "New"})
    new = await post(bench)

    late, link = await bench.round(link)
    shown = await bench.get(path_of(bench, made["id"]))
    (listed,) = (await bench.get(bench.events))["value"]
    (viewed,) = (await bench.get(f"{bench.view}?{WINDOW_OF_LUNCH}"))["value"]
    first, _ = await bench.first_round()
    not_yet = await bench.client.get(path_of(bench, new["id"]))

    assert late == []
    for seen in (shown, listed, viewed, *first):
        assert seen["subject"] == "Lunch"
        assert seen["@odata.etag"] == made["@odata.etag"]
        assert seen["lastModifiedDateTime"] == made["lastModifiedDateTime"]
    assert patched.json()["subject"] == "New"
    assert not_yet.status_code == 404
    bench.simulator.state.clock.advance(timedelta(seconds=4))
    caught_up, _ = await bench.round(link)
    assert {line["id"]: line["subject"] for line in caught_up} == {
        made["id"]: "New",
        new["id"]: "Lunch",
    }


async def test_a_lag_hides_deletions_and_drags_too_and_its_end_shows_them(bench: Bench) -> None:
    gone, dragged = await post(bench), await post(bench)
    _, link = await bench.first_round()
    acts = bench.simulator.acts
    acts.add_calendar(ADA, "Other")
    acts.lag(ADA, 60)
    await bench.client.delete(path_of(bench, gone["id"]))
    acts.drag_to_calendar(dragged["id"], "Other")

    for item in (gone, dragged):
        assert (await bench.get(path_of(bench, item["id"])))["id"] == item["id"]
    assert (await bench.client.delete(path_of(bench, gone["id"]))).status_code == 404
    acts.lag(ADA, 0)

    lines, _ = await bench.round(link)
    assert {line["id"] for line in lines if "@removed" in line} == {gone["id"], dragged["id"]}


async def test_another_mailbox_does_not_lag(bench: Bench) -> None:
    bench.simulator.acts.lag(ADA, 60)
    ben = {"Authorization": "Bearer ben-token"}

    made = (await bench.client.post("/me/events", json=lunch(), headers=ben)).json()
    await post(bench)

    assert (await bench.get(f"/me/events/{escaped(made['id'])}", **ben))["subject"] == "Lunch"
    assert (await bench.get(bench.events))["value"] == []


# --- one object that is ill ---


async def test_an_answer_stays_with_one_event(bench: Bench) -> None:
    ill, well = await post(bench), await post(bench)
    bench.simulator.faults.set(
        "answer", item=ill["id"], method="GET", status=403, code="ErrorAccessDenied"
    )

    for _ in range(3):
        assert code_of(await bench.client.get(path_of(bench, ill["id"]))) == (
            403,
            "ErrorAccessDenied",
        )
    # The two ids differ by the case of one letter.
    assert ill["id"].lower() == well["id"].lower()
    assert (await bench.get(path_of(bench, well["id"])))["id"] == well["id"]
    assert len((await bench.get(bench.events))["value"]) == 2
    assert len((await bench.first_round())[0]) == 2


async def test_an_answer_stays_with_a_series_a_calendar_or_the_list(bench: Bench) -> None:
    acts, faults = bench.simulator.acts, bench.simulator.faults
    series = acts.create(ADA, weekly())
    other = acts.add_calendar(ADA, "Other")
    faults.set("answer", item=series, status=500)
    faults.set("answer", item=other, status=403, code="ErrorAccessDenied")
    faults.set("answer", ends="/me/calendars", status=500)

    assert (await bench.client.get(f"/me/events/{escaped(series)}")).status_code == 500
    refused = await bench.client.get(f"/me/calendars/{escaped(other)}/events")
    assert code_of(refused) == (403, "ErrorAccessDenied")
    assert (await bench.client.get("/me/calendars")).status_code == 500
    assert (await bench.client.get(bench.events)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_410_for_an_event_as_reported(bench: Bench, method: str) -> None:
    made = await post(bench)
    bench.simulator.faults.set("answer", method=method, item=made["id"], status=410, body=GONE)

    answer = await bench.client.request(
        method, path_of(bench, made["id"]), json={"subject": "x"} if method == "PATCH" else None
    )

    assert answer.status_code == 410
    assert answer.json() == GONE


async def test_410_and_504_for_every_change_feed_while_the_view_is_well(bench: Bench) -> None:
    await post(bench)
    _, link = await bench.first_round()
    faults = bench.simulator.faults
    for values in ({"status": 410, "code": "SyncStateNotFound"}, {"status": 504}):
        faults.clear()
        faults.set("answer", path="delta", **values)
        for asked in (link, f"{bench.view}/delta()?startDateTime={NOW:%Y-%m-%d}"):
            answer = await bench.client.get(asked)
            assert answer.status_code == values["status"]
        plain = await bench.client.get(f"{bench.view}?{WINDOW_OF_LUNCH}")
        assert plain.status_code == 200


async def test_refusals_that_pass(bench: Bench) -> None:
    faults = bench.simulator.faults
    faults.set("mailbox_gone", times=1)
    faults.set("answer", times=2, status=401, code="InvalidAuthenticationToken")
    faults.set("answer", times=1, skip=1, status=403, code="ErrorAccessDenied")

    answers = [await bench.client.get("/me/calendars") for _ in range(6)]

    assert sorted(answer.status_code for answer in answers[:4]) == [401, 401, 403, 404]
    assert [answer.status_code for answer in answers[4:]] == [200, 200]


async def test_an_answer_may_be_what_nobody_can_read(bench: Bench) -> None:
    bench.simulator.faults.set("answer", status=200, body=["not", "an", "event"], times=1)

    answer = await bench.client.get("/me")

    assert (answer.status_code, answer.json()) == (200, ["not", "an", "event"])


@pytest.mark.parametrize("after", [0, 1, 2.128, 604_800, "soon"])
async def test_every_retry_after_that_was_seen(bench: Bench, after: float | str) -> None:
    bench.simulator.faults.set("throttle", times=1, retry_after=after)
    bench.simulator.faults.set("error", times=1, status=503, retry_after=after)
    bench.simulator.faults.set("answer", times=1, status=504, headers={"Retry-After": after})

    for status in (429, 503, 504):
        refused = await bench.client.get("/me")
        assert (refused.status_code, refused.headers["Retry-After"]) == (status, str(after))


async def test_retry_after_as_a_date(bench: Bench) -> None:
    bench.simulator.faults.set("throttle", retry_after_date=90)

    refused = await bench.client.get("/me")

    assert parsedate_to_datetime(refused.headers["Retry-After"]) == NOW + timedelta(seconds=90)


# --- odd events ---


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
async def test_an_odd_event_is_served_literally(bench: Bench, raw: dict[str, Any]) -> None:
    made = await control(bench, "POST", f"/users/{ADA}/odd", {"event": raw})

    shown = await bench.get(path_of(bench, made["id"]))
    shown.pop("@odata.context")
    (viewed,) = (await bench.get(f"{bench.view}?{WINDOW_OF_LUNCH}"))["value"]
    (told,), _ = await bench.first_round()
    assert made["id"] == raw["id"]
    assert shown == viewed == told == raw
    assert (await bench.client.delete(path_of(bench, raw["id"]))).status_code == 204


async def test_an_odd_event_without_readable_times_lies_an_hour_from_now(bench: Bench) -> None:
    raw = {"subject": "Nowhere", "start": None, "end": 7}

    await control(bench, "POST", f"/users/{ADA}/odd", {"event": raw})

    (told,), _ = await bench.first_round()
    assert told == raw


async def test_an_event_in_the_year_1_can_be_mended(bench: Bench) -> None:
    made = await post(bench)
    year_1 = {"dateTime": "0001-01-01T00:00:00.0000000", "timeZone": "UTC"}
    _, link = await bench.first_round()
    spoilt = {"act": "spoil", "id": made["id"], "members": {"start": year_1, "end": year_1}}

    await control(bench, "POST", "/acts", spoilt)
    (told,), link = await bench.round(link)
    await control(bench, "POST", "/acts", spoilt | {"members": None})
    (mended,), _ = await bench.round(link)

    assert (told["start"], told["subject"]) == (year_1, "Lunch")
    assert told["lastModifiedDateTime"]
    assert mended["start"] == made["start"]
