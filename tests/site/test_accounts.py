"""The API for the booking product's servers (sections 2 and 3)."""

from typing import Any

import azure.functions as func
import pytest

from sync.errors import Throttled
from sync.people.people import AccessType
from sync.site import accounts_api as accounts
from tests.site.site import NORTH, SOUTH, Answer, Client, Site

BOSS = {"X-Acting-Staff-Id": "boss"}
LOCATIONS = "/api/accounts/acme/locations"
STAFF = "/api/accounts/acme/staff"


async def call(method: str, path: str, value: Any = None, **headers: str) -> Answer:
    return await Client().call(method, path, value, **(headers or BOSS))


def test_every_operation_asks_for_the_function_key() -> None:
    triggers = [
        builder._function.get_trigger() for builder in accounts.blueprint._function_builders
    ]

    assert {getattr(trigger, "auth_level", None) for trigger in triggers} == {
        func.AuthLevel.FUNCTION
    }


async def test_r2_1_an_hq_admin_enables_locations(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)

    done = await call("PUT", LOCATIONS, {"location_ids": ["south", "north"]})
    now = await call("GET", LOCATIONS)

    assert (done.status, done.json) == (200, {"location_ids": ["north", "south"]})
    assert now.json == done.json


async def test_r2_1_a_location_admin_does_not(site: Site) -> None:
    site.add("chef", AccessType.LOCATION_ADMIN)

    answer = await call("PUT", LOCATIONS, {"location_ids": []}, **{"X-Acting-Staff-Id": "chef"})

    assert (answer.status, answer.json["type"]) == (403, "not_permitted")
    assert answer.headers["content-type"] == "application/problem+json"
    assert site.locations.rows
    assert answer.json["status"] == 403


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "location_ids"),
        ({"location_ids": "north"}, "location_ids"),
        ({"location_ids": [1]}, "location_ids"),
        ({"location_ids": ["north", "north"]}, "location_ids"),
        ({"location_ids": ["nowhere"]}, "Location"),
        ({"location_ids": [], "more": 1}, "more"),
        ([], "object"),
    ],
)
async def test_a_wrong_body_is_a_problem_that_names_the_field(
    site: Site, body: Any, named: str
) -> None:
    site.add("boss", AccessType.HQ_ADMIN)

    answer = await call("PUT", LOCATIONS, body)

    assert answer.status == 400
    assert named in answer.json["detail"]


async def test_a_body_that_is_no_json_is_a_problem(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)
    for body in (b"", b"{", b"\xff\xfe", b" " * 200_000):
        answer = await Client().send("PUT", LOCATIONS, headers=BOSS, body=body)

        assert (answer.status, answer.json["type"]) == (400, "bad_request")


@pytest.mark.parametrize("acting", ["", "x" * 201, "a/b", "a\nb"])
@pytest.mark.usefixtures("site")
async def test_the_acting_person_is_required(acting: str) -> None:
    answer = await call("GET", STAFF, **{"X-Acting-Staff-Id": acting})

    assert answer.status == 400
    assert "X-Acting-Staff-Id" in answer.json["detail"]


async def test_an_unknown_acting_person_may_nothing(site: Site) -> None:
    site.add("anna")

    answers = [
        await call("GET", STAFF),
        await call("PATCH", STAFF, {"activate": ["anna"]}),
        await call("POST", f"{STAFF}/anna/invitation"),
    ]

    assert [answer.status for answer in answers] == [403, 403, 403]


async def test_r3_2_people_are_activated_and_shown_without_an_address(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)
    site.add("anna")
    site.add("eve", email=False)

    done = await call("PATCH", STAFF, {"activate": ["anna", "eve"], "deactivate": []})

    rows = {row["staff_id"]: row for row in done.json["value"]}
    assert (rows["anna"]["state"], rows["anna"]["active"]) == ("invited", True)
    assert rows["eve"]["invitation"] == "no_email"
    assert "anna@example.com" not in done.text
    assert len(site.jobs.mails) == 1


async def test_r2_3_the_status_shows_health_and_no_contents(site: Site) -> None:
    await site.connected()

    answer = await call("GET", f"{STAFF}?location_id={NORTH}")
    nobody = await call("GET", f"{STAFF}?location_id={SOUTH}")

    anna = next(row for row in answer.json["value"] if row["staff_id"] == "anna")
    assert anna["state"] == "authorized"
    assert "contoso" not in answer.text
    assert nobody.json == {"value": []}


async def test_r3_5_who_can_not_be_served_stands_in_refused(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)
    site.add("anna")

    mixed = await call("PATCH", STAFF, {"activate": ["anna", "ghost"]})
    alone = await call("PATCH", STAFF, {"activate": ["ghost"]})

    assert mixed.status == 200
    assert [row["staff_id"] for row in mixed.json["value"]] == ["anna"]
    assert mixed.json["refused"] == [
        {
            "staff_id": "ghost",
            "code": "unknown_staff",
            "message": "This is not a Staff Member of this Account.",
        }
    ]
    assert (alone.status, alone.json["type"]) == (404, "unknown_staff")


async def test_r3_5_two_thousand_ids_of_the_longest_kind_fit_into_one_request(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)
    ids = [f"{number:0>64}" for number in range(2_000)]

    answer = await call("PATCH", STAFF, {"activate": ids})

    assert (answer.status, answer.json["type"]) == (404, "unknown_staff")


async def test_no_enabled_location_is_409(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)
    site.add("sue", locations=frozenset({SOUTH}))

    answer = await call("PATCH", STAFF, {"activate": ["sue"]})

    assert (answer.status, answer.json["type"]) == (409, "plugin_not_enabled")


async def test_r3_4_a_resend_is_202_and_409_for_somebody_not_active(site: Site) -> None:
    site.add("bob")
    old = await site.activate(site.add("anna"))
    site.clock.advance(60)

    sent = await call("POST", f"{STAFF}/anna/invitation")
    refused = await call("POST", f"{STAFF}/bob/invitation")
    unknown = await call("POST", f"{STAFF}/ghost/invitation")

    assert (sent.status, sent.body) == (202, b"")
    assert (refused.status, refused.json["type"]) == (409, "not_active")
    assert unknown.status == 404
    assert (await Client().get(old)).status == 410


@pytest.mark.parametrize("id_", ["' or 1", "a.b", "%F0%9F%99%88", "x" * 65, "a%0Ab"])
async def test_an_id_that_no_id_of_the_booking_product_looks_like_is_400(
    site: Site, id_: str
) -> None:
    site.add("boss", AccessType.HQ_ADMIN)

    answer = await call("POST", f"{STAFF}/{id_}/invitation")

    assert (answer.status, answer.json["type"]) == (400, "bad_request")


async def test_throttling_is_503_with_the_time_to_come_back(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)

    def fail(_: str) -> None:
        raise Throttled("busy", retry_after=11.2)

    site.connections.before = fail
    answer = await call("GET", STAFF)

    assert (answer.status, answer.headers["retry-after"]) == (503, "12")
    assert answer.json["type"] == "unavailable"


async def test_an_unknown_failure_is_a_problem_without_a_trace(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.add("boss", AccessType.HQ_ADMIN)

    def fail(_: str) -> None:
        raise KeyError("canary-of-contents")

    site.connections.before = fail
    answer = await call("GET", STAFF)

    assert (answer.status, answer.json["type"]) == (500, "internal_error")
    assert "canary" not in answer.text + caplog.text
    assert "http.failed list_staff_status KeyError" in caplog.text
