"""The simulated Graph calendar service: calendars and events over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulators.microsoft365.validation import description
from tests.simulators.graph_bench import (
    ADA,
    BEN,
    IMMUTABLE,
    MARK,
    WINDOW,
    Bench,
    code_of,
    escaped,
    lunch,
    open_bench,
    timed,
    weekly,
)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


async def test_a_request_without_a_good_token_is_refused(bench: Bench) -> None:
    answer = await bench.client.get("/me", headers={"Authorization": "Bearer old"})

    assert code_of(answer) == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in answer.headers


async def test_every_described_path_and_method_is_served(bench: Bench) -> None:
    for method, shape in description().operations:
        path = shape.replace("{id}", "none")

        answer = await bench.client.request(method, path, json={} if method != "GET" else None)

        assert "RequestBroker--ParseUri" not in answer.text, (method, shape)
        assert answer.status_code < 500, (method, shape)


async def test_a_person_reaches_only_their_own_mailbox(bench: Bench) -> None:
    me = (await bench.get("/me"))["id"]

    assert (await bench.get(f"/users/{me}/calendars"))["value"]
    assert (await bench.get(f"/users/{ADA.upper()}/calendars"))["value"]
    assert (await bench.get("/users/me-token-to-replace/calendars"))["value"]
    assert code_of(await bench.client.get(f"/users/{BEN}/calendars")) == (403, "ErrorAccessDenied")
    assert code_of(await bench.client.get("/users/x/calendars")) == (404, "ErrorInvalidUser")


async def test_shared_calendars_are_listed_as_the_sharers(bench: Bench) -> None:
    bench.simulator.acts.share_calendar(BEN, None, ADA, "read")
    bench.simulator.acts.add_calendar(BEN, "Rooms")
    bench.simulator.acts.share_calendar(BEN, "Rooms", ADA, "write")

    own, read, write = (await bench.get("/me/calendars"))["value"]

    assert (own["canShare"], own["canEdit"], own["isDefaultCalendar"]) == (True, True, True)
    assert (read["canShare"], read["canEdit"], read["isDefaultCalendar"]) == (False, False, False)
    assert read["owner"]["address"] == BEN
    assert (write["canShare"], write["canEdit"]) == (False, True)
    refused = await bench.client.post(f"/me/calendars/{escaped(read['id'])}/events", json=lunch())
    assert code_of(refused) == (403, "ErrorAccessDenied")
    taken = await bench.client.post(f"/me/calendars/{escaped(write['id'])}/events", json=lunch())
    assert taken.status_code == 201


async def test_calendars_can_be_made_renamed_and_deleted(bench: Bench) -> None:
    made = (await bench.client.post("/me/calendars", json={"name": "Second"})).json()
    path = f"/me/calendars/{escaped(made['id'])}"

    renamed = await bench.client.patch(path, json={"name": "Third"})

    assert renamed.json()["name"] == "Third"
    assert (await bench.client.delete(path)).status_code == 204
    assert code_of(await bench.client.get(path)) == (404, "ErrorItemNotFound")
    default = await bench.client.delete(f"/me/calendars/{escaped(bench.calendar)}")
    assert default.status_code == 400


async def test_a_calendar_whose_id_changed_by_itself_is_gone_under_the_old_one(
    bench: Bench,
) -> None:
    made = await bench.post()

    fresh = bench.simulator.acts.renew_calendar_id(ADA, None)

    assert code_of(await bench.client.get(bench.events)) == (404, "ErrorItemNotFound")
    under = await bench.get(f"/me/calendars/{escaped(fresh)}/events")
    assert [event["id"] for event in under["value"]] == [made["id"]]


async def test_answers_hold_what_the_server_makes_of_it(bench: Bench) -> None:
    made = await bench.post(
        body={"contentType": "text", "content": "a < b\nsecond"},
        singleValueExtendedProperties=[{"id": MARK, "value": "A-1"}],
        showAs="OOF",
    )

    assert made["start"] == {"dateTime": "2026-12-01T12:00:00.0000000", "timeZone": "UTC"}
    assert made["createdDateTime"].endswith("0Z")
    assert made["body"]["contentType"] == "html"
    assert "a &lt; b<br>" in made["body"]["content"]
    assert made["bodyPreview"] == "a < b\r\nsecond"
    assert made["showAs"] == "oof"
    assert made["@odata.etag"] == f'W/"{made["changeKey"]}"'
    assert "singleValueExtendedProperties" not in made
    assert "transactionId" not in made
    assert set("/+=") <= set(made["id"])


async def test_preferences_shape_answers_and_are_confirmed(bench: Bench) -> None:
    made = await bench.post(body={"contentType": "html", "content": "<p>Hello</p>"})

    answer = await bench.client.get(
        f"/me/events/{escaped(made['id'])}",
        headers=[
            ("Prefer", 'outlook.timezone="Eastern Standard Time"'),
            ("Prefer", 'outlook.body-content-type="text", IdType="ImmutableId"'),
        ],
    )

    shown = answer.json()
    assert shown["start"]["dateTime"] == "2026-12-01T07:00:00.0000000"
    assert shown["start"]["timeZone"] == "Eastern Standard Time"
    assert shown["body"] == {"contentType": "text", "content": "Hello"}
    assert shown["id"] != made["id"]
    assert "outlook.timezone" in answer.headers["Preference-Applied"]


async def test_ids_differ_by_case_and_must_be_escaped(bench: Bench) -> None:
    first, second = await bench.post(), await bench.post()

    raw = await bench.client.get(f"/me/events/{first['id']}")

    assert code_of(raw) == (400, "RequestBroker--ParseUri")
    assert first["id"] != second["id"]
    pairs = {one["id"].lower() for one in (first, second, await bench.post(), await bench.post())}
    assert len(pairs) < 4


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2026-12-01T12:00:00Z", "UTC"),
        ("2026-12-01T12:00:00+01:00", "UTC"),
        ("2026-12-01T12:00:00", "Europe/Amsterdam"),
        ("2026-12-01T12:00:00", "Mars Standard Time"),
        ("noon", "UTC"),
    ],
)
async def test_times_with_an_offset_and_unlisted_zones_are_refused(
    bench: Bench, start: str, zone: str
) -> None:
    answer = await bench.client.post(bench.events, json=timed("x", start, start, zone))

    assert answer.status_code == 400


@pytest.mark.parametrize("zone", ["Europe/Berlin", "W. Europe Standard Time"])
async def test_listed_and_windows_zones_are_taken(bench: Bench, zone: str) -> None:
    body = timed("x", "2026-12-01T12:00:00", "2026-12-01T13:00:00", zone)

    made = (await bench.client.post(bench.events, json=body)).json()

    assert made["start"]["dateTime"] == "2026-12-01T11:00:00.0000000"
    assert made["originalStartTimeZone"] == zone


async def test_all_day_events_are_dates_in_every_zone(bench: Bench) -> None:
    zone = "Eastern Standard Time"
    body = timed("Off", "2026-12-01T00:00:00", "2026-12-02T00:00:00", zone, isAllDay=True)

    made = (await bench.client.post(bench.events, json=body)).json()

    assert made["start"]["dateTime"] == "2026-12-01T00:00:00.0000000"
    short = body | {"end": {"dateTime": "2026-12-01T00:00:00", "timeZone": zone}}
    mixed = body | {"end": {"dateTime": "2026-12-02T00:00:00", "timeZone": "UTC"}}
    assert (await bench.client.post(bench.events, json=short)).status_code == 400
    assert (await bench.client.post(bench.events, json=mixed)).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": 5},
        {"showAs": "away"},
        {"nonsense": True},
        {"attendees": [{"emailAddress": 5}]},
        {"isAllDay": "yes"},
        {"singleValueExtendedProperties": [{"id": "Reference", "value": "1"}]},
    ],
)
async def test_a_body_that_breaks_the_description_is_refused_by_name(
    bench: Bench, wrong: dict[str, Any]
) -> None:
    answer = await bench.client.post(bench.events, json=lunch() | wrong)

    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.text or "PropertyId" in answer.text


async def test_a_repeated_transaction_id_answers_with_the_first_event(bench: Bench) -> None:
    first = await bench.post(transactionId="t-1")
    again = await bench.post(transactionId="t-1")
    bench.simulator.faults.set("forget_transaction_id", times=1)
    forgotten = await bench.post(transactionId="t-1")

    assert first["transactionId"] == "t-1"
    assert again["id"] == first["id"]
    assert forgotten["id"] != first["id"]


async def test_a_transaction_id_of_a_deleted_event_makes_another_one(bench: Bench) -> None:
    first = await bench.post(transactionId="t-1")
    await bench.client.delete(f"/me/events/{escaped(first['id'])}")

    second = await bench.post(transactionId="t-1")
    await bench.client.delete(f"/me/events/{escaped(second['id'])}")
    bench.simulator.faults.set("transaction_id_survives_delete")
    dead = await bench.post(transactionId="t-1")

    assert second["id"] != first["id"]
    assert dead["id"] == second["id"]


async def test_an_extended_property_is_read_and_found_only_by_asking(bench: Bench) -> None:
    made = await bench.post(singleValueExtendedProperties=[{"id": MARK, "value": "A-1"}])
    await bench.post(singleValueExtendedProperties=[{"id": MARK, "value": "A-2"}])
    path = f"/me/events/{escaped(made['id'])}"
    where = f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and "

    plain = await bench.get(path)
    expanded = await bench.client.get(
        path, params={"$expand": f"singleValueExtendedProperties($filter=id eq '{MARK}')"}
    )

    assert "singleValueExtendedProperties" not in plain
    shown = expanded.json()["singleValueExtendedProperties"]
    assert shown == [{"id": MARK, "value": "A-1"}]
    for condition, count in (
        ("ep/value eq 'a-1')", 1),
        ("ep/value ne 'A-1')", 1),
        ("startswith(ep/value, 'A-'))", 2),
        ("contains(ep/value, '2'))", 1),
        ("ep/value eq 'other')", 0),
    ):
        found = await bench.client.get(bench.events, params={"$filter": where + condition})
        assert len(found.json()["value"]) == count, condition
    wrong = await bench.client.get(bench.events, params={"$filter": where.replace("eq", "gt")})
    assert wrong.status_code == 400


async def test_filters_on_members(bench: Bench) -> None:
    made = await bench.post()

    async def count(text: str) -> int:
        found = await bench.client.get("/me/events", params={"$filter": text})
        return len(found.json()["value"])

    assert await count(f"iCalUId eq '{made['iCalUId']}'") == 1
    assert await count("start/dateTime ge '2026-12-01T12:00' and subject eq 'Lunch'") == 1
    assert await count("start/dateTime gt '2026-12-01T12:00' or startswith(subject,'x')") == 0
    refused = await bench.client.get("/me/events", params={"$filter": "uid eq 'x'"})
    assert code_of(refused) == (400, "UnsupportedEntityExpression")


async def test_lists_come_in_pages_of_ten_linked_by_skip(bench: Bench) -> None:
    for _ in range(12):
        await bench.post()

    first = await bench.get(f"{bench.events}?$select=subject&$count=true")
    second = await bench.get(first["@odata.nextLink"])

    assert (len(first["value"]), first["@odata.count"]) == (10, 12)
    assert "$skip=10" in first["@odata.nextLink"]
    assert len(second["value"]) == 2
    assert set(second["value"][0]) == {"@odata.etag", "id", "subject"}


async def test_an_outdated_if_match_is_refused_unless_switched_off(bench: Bench) -> None:
    made = await bench.post()
    path = f"/me/events/{escaped(made['id'])}"
    old = {"If-Match": made["@odata.etag"]}

    fits = await bench.client.patch(path, json={"subject": "a"}, headers=old)
    refused = await bench.client.patch(path, json={"subject": "b"}, headers=old)
    starred = await bench.client.patch(path, json={"subject": "c"}, headers={"If-Match": "*"})
    bench.simulator.faults.set("ignore_if_match")
    ignored = await bench.client.delete(path, headers=old)

    assert fits.status_code == 200
    assert fits.json()["changeKey"] != made["changeKey"]
    assert code_of(refused) == (412, "ErrorIrresolvableConflict")
    assert starred.status_code == 200
    assert ignored.status_code == 204


async def test_a_patch_keeps_what_it_does_not_send(bench: Bench) -> None:
    made = await bench.post(
        categories=["Red"], singleValueExtendedProperties=[{"id": MARK, "value": "A-1"}]
    )

    patched = await bench.client.patch(
        f"/me/events/{escaped(made['id'])}", json={"location": {"displayName": "Room"}}
    )

    assert patched.json()["categories"] == ["Red"]
    assert patched.json()["locations"][0]["displayName"] == "Room"
    raw = bench.simulator.acts.mailbox(ADA)["calendars"][0]["events"][0]
    assert raw["singleValueExtendedProperties"] == [{"id": MARK, "value": "A-1"}]


async def test_a_second_delete_is_404_and_403_with_immutable_ids(bench: Bench) -> None:
    made = await bench.post()
    stable = (await bench.get(bench.events, **IMMUTABLE))["value"][0]["id"]
    await bench.client.delete(f"/me/events/{escaped(made['id'])}")

    plain = await bench.client.delete(f"/me/events/{escaped(made['id'])}")
    immutable = await bench.client.delete(f"/me/events/{escaped(stable)}", headers=IMMUTABLE)

    assert code_of(plain) == (404, "ErrorItemNotFound")
    assert code_of(immutable) == (403, "ErrorCannotDeleteObject")
    gone = await bench.client.get(f"/me/events/{escaped(stable)}", headers=IMMUTABLE)
    assert gone.status_code == 404
    bench.simulator.faults.set("deleted_readable_by_immutable_id")
    kept = await bench.client.get(f"/me/events/{escaped(stable)}", headers=IMMUTABLE)
    assert kept.status_code == 200


async def test_a_move_to_another_calendar_changes_the_ordinary_id_only(bench: Bench) -> None:
    made = await bench.post()
    stable = (await bench.get(bench.events, **IMMUTABLE))["value"][0]["id"]
    bench.simulator.acts.add_calendar(ADA, "Other")

    moved = bench.simulator.acts.drag_to_calendar(made["id"], "Other")

    assert moved != made["id"]
    assert (await bench.client.get(f"/me/events/{escaped(made['id'])}")).status_code == 404
    assert (await bench.client.get(f"/me/events/{escaped(stable)}")).json()["id"] == moved
    assert (await bench.client.get(f"{bench.events}/{escaped(moved)}")).status_code == 404


async def test_a_copy_carries_marks_and_transaction_id(bench: Bench) -> None:
    made = await bench.post(
        transactionId="t-1", singleValueExtendedProperties=[{"id": MARK, "value": "A-1"}]
    )

    copied = bench.simulator.acts.copy(made["id"])

    shown = await bench.get(f"/me/events/{escaped(copied)}")
    assert shown["transactionId"] == "t-1"
    assert shown["iCalUId"] != made["iCalUId"]
    assert bench.simulator.acts.instance(copied).content.extended == {MARK: "A-1"}


async def test_writes_without_attendees_mail_nobody_and_others_do(bench: Bench) -> None:
    made = await bench.post()
    await bench.client.patch(f"/me/events/{escaped(made['id'])}", json={"subject": "x"})
    await bench.client.delete(f"/me/events/{escaped(made['id'])}")
    assert bench.simulator.state.mails == []
    both = [{"emailAddress": {"address": f"{name}@x.example"}} for name in "ab"]
    meeting = await bench.post(attendees=both)

    await bench.client.patch(f"/me/events/{escaped(meeting['id'])}", json={"attendees": both[:1]})
    await bench.client.patch(f"/me/events/{escaped(meeting['id'])}", json={"subject": "y"})
    await bench.client.delete(f"/me/events/{escaped(meeting['id'])}")

    assert [(mail.kind, mail.to[0]) for mail in bench.simulator.state.mails] == [
        ("invitation", "a"),
        ("invitation", "b"),
        ("cancellation", "b"),
        ("update", "a"),
        ("cancellation", "a"),
    ]


async def test_meetings_of_others_can_be_declined_and_cancelled(bench: Bench) -> None:
    acts = bench.simulator.acts
    organizer = {"name": "Head", "address": "head@x.example"}
    item_id = acts.create(ADA, lunch(), organizer=organizer)
    path = f"/me/events/{escaped(item_id)}"

    refused = await bench.client.post(f"{path}/cancel", json={"comment": "no"})
    acts.respond(item_id, "declined")
    acts.cancel_by_organizer(item_id)

    shown = await bench.get(path)
    assert refused.status_code == 400
    assert shown["responseStatus"]["response"] == "declined"
    assert (shown["isCancelled"], shown["isOrganizer"]) == (True, False)
    assert shown["subject"] == "Canceled: Lunch"
    assert bench.simulator.state.mails == []
    bench.simulator.faults.set("refuse_attendee_move")
    moved = await bench.client.patch(path, json={"start": lunch()["start"]})
    assert code_of(moved) == (403, "ErrorAccessDenied")


async def test_a_view_lists_occurrences_and_never_masters(bench: Bench) -> None:
    master = (await bench.client.post(bench.events, json=weekly())).json()
    await bench.post()

    shown = (await bench.get(f"{bench.view}?{WINDOW}&$top=100"))["value"]

    assert {one["type"] for one in shown} == {"occurrence", "singleInstance"}
    assert len(shown) == 14
    assert shown == sorted(shown, key=lambda one: str(one["start"]["dateTime"]))
    listed = (await bench.get(bench.events))["value"]
    assert {one["type"] for one in listed} == {"seriesMaster", "singleInstance"}
    path = f"/me/events/{escaped(master['id'])}/instances?{WINDOW}&$top=100"
    assert len((await bench.get(path))["value"]) == 13


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("startDateTime=2026-11-23", 400),
        ("startDateTime=2026-01-01&endDateTime=2031-01-01", 400),
        ("startDateTime=2026-01-01&endDateTime=2030-12-31", 200),
        ("startDateTime=x&endDateTime=2026-01-01", 400),
        ("STARTDATETIME=2026-01-01T00:00:00%2B01:00&enddatetime=2026-02-01", 200),
        ("startDateTime=2026-01-01&endDateTime=2026-02-01&$select=createdDateTime", 400),
        ("startDateTime=2026-01-01&endDateTime=2026-02-01&$top=0", 400),
    ],
)
async def test_windows_of_a_view(bench: Bench, query: str, code: int) -> None:
    answer = await bench.client.get(f"{bench.view}?{query}")

    assert answer.status_code == code


async def test_an_overlap_counts_and_a_touch_does_not(bench: Bench) -> None:
    await bench.post()

    async def shown(begin: str, end: str) -> int:
        answer = await bench.get(f"{bench.view}?startDateTime={begin}&endDateTime={end}")
        return len(answer["value"])

    assert await shown("2026-12-01T12:30:00Z", "2026-12-02") == 1
    assert await shown("2026-12-01T13:00:00Z", "2026-12-02") == 0
    assert await shown("2026-12-01", "2026-12-01T12:00:00Z") == 0


async def test_control_paths_show_reset_and_count(bench: Bench) -> None:
    control = str(bench.client.base_url).replace("/v1.0", "/_sim").rstrip("/")
    await bench.post()

    counts = (await bench.client.get(f"{control}/requests")).json()["counts"]
    mailbox = (await bench.client.get(f"{control}/users/{ADA}")).json()
    made = await bench.client.post(
        f"{control}/users/{ADA}/events", json={"event": lunch(subject="Walk")}
    )
    acted = await bench.client.post(
        f"{control}/acts", json={"act": "make_all_day", "id": made.json()["id"]}
    )
    unknown = await bench.client.post(f"{control}/acts", json={"act": "delete", "id": "none"})
    misspelt = await bench.client.put(f"{control}/faults", json={"faults": [{"name": "x"}]})

    assert counts == {"POST /me/calendars/{id}/events": 1}
    assert mailbox["calendars"][0]["events"][0]["subject"] == "Lunch"
    assert acted.status_code == 200
    assert unknown.status_code == 404
    assert misspelt.status_code == 400
    await bench.client.post(f"{control}/reset")
    assert (await bench.client.get(f"{control}/users")).json() == []


async def test_the_seed_fills_four_mailboxes_with_every_kind(bench: Bench) -> None:
    control = str(bench.client.base_url).replace("/v1.0", "/_sim").rstrip("/")
    addresses = [ADA, BEN, "cleo@practice.example", "dan@practice.example"]

    answer = await bench.client.post(f"{control}/seed", json={"addresses": addresses})

    assert answer.status_code == 201
    for address in addresses:
        calendars = bench.simulator.acts.mailbox(address)["calendars"]
        events = calendars[0]["events"]
        assert {"seriesMaster", "singleInstance"} == {event["type"] for event in events}
        assert {"free", "tentative", "busy", "oof"} <= {event["showAs"] for event in events}
        series = next(event for event in events if event["type"] == "seriesMaster")
        assert len(series["exceptions"]) == len(series["cancelled"]) == 1
    assert len(bench.simulator.acts.mailbox(BEN)["calendars"]) == 2
