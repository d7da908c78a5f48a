"""The signed-in Staff Member's own API (sections 5, 10, 12)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync.engine.explain import Explainer
from sync.engine.links import Side
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction
from sync.engine.verdicts import Verdict
from sync.errors import Rejected, Unavailable
from sync.people.people import (
    ConnectionState,
    Failing,
    Held,
    HeldAnswer,
    LastSync,
    Missing,
    Problem,
    SyncResult,
)
from sync.ports import Cause, LedgerChange
from sync.words import CalendarId, Interval, PersonKey, ShowAs
from tests.fakes.clock import START
from tests.site.site import Client, Site

OPERATIONS = [
    ("GET", "/api/me/calendars"),
    ("POST", "/api/me/preview"),
    ("POST", "/api/me/sync"),
    ("DELETE", "/api/me/sync"),
    ("POST", "/api/me/resync"),
    ("POST", "/api/me/held"),
    ("GET", "/api/me/activity"),
    ("GET", "/api/me/explain?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z"),
]
ASKED = Held(since=START - timedelta(hours=1), count=7)
KIM = Verdict(
    side=Side.BOOKING,
    title="Kim Adler - Massage",
    start=START + timedelta(days=1),
    end=START + timedelta(days=1, hours=1),
    synced=False,
    rule="R11.7",
    reason="Its cancellation waits for your answer.",
)


def say_held(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    """Makes the explainer name what is held, or fail."""

    async def held(_self: Explainer, _person: PersonKey) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Explainer, "held", held)


def choices(site: Site, person: PersonKey, **changes: Any) -> dict[str, Any]:
    return {
        "calendar_id": site.outlook.default(person),
        "contact_email": "anna@example.com",
    } | changes


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/me"), *OPERATIONS])
@pytest.mark.usefixtures("site")
async def test_nobody_gets_anything_without_a_session(method: str, path: str) -> None:
    answer = await Client().send(method, path)

    assert (answer.status, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if one[0] != "GET"])
@pytest.mark.parametrize("token", [None, "", "wrong", "wröng", "\udcff"])
async def test_changes_need_the_csrf_token(
    site: Site, method: str, path: str, token: str | None
) -> None:
    anna, client = await site.connected()
    headers = {} if token is None else {"X-CSRF-Token": token}

    answer = await client.send(method, path, headers=headers)

    assert (answer.status, answer.json["type"]) == (403, "csrf_failed")
    assert site.connections.rows[anna].value.state is ConnectionState.AUTHORIZED


async def test_who_is_not_active_sees_that_and_nothing_else(site: Site) -> None:
    client = Client()
    await site.log_in_as(client, site.add("anna"))

    me = await client.get("/api/me")
    others = [await client.call(method, path) for method, path in OPERATIONS]

    assert (me.status, me.json["state"]) == (200, "inactive")
    assert {answer.status for answer in others} == {409}
    assert {answer.json["type"] for answer in others} == {"not_active"}


async def test_me_shows_the_connection(site: Site) -> None:
    _, client = await site.connected()

    me = (await client.get("/api/me")).json

    assert me["state"] == "authorized"
    assert me["microsoft_account"] == "anna@contoso.example"
    assert me["staff"] == {
        "id": "anna",
        "name": "Anna Example",
        "access_type": "staff",
        "time_zone": "Europe/Berlin",
    }
    assert me["waiting"] == []
    assert len(me["csrf_token"]) == 32


async def test_r5_1_only_own_editable_calendars_are_listed(site: Site) -> None:
    anna, client = await site.connected()

    listed = (await client.get("/api/me/calendars")).json["value"]

    assert listed[0]["id"] == site.outlook.default(anna)
    assert listed[0]["is_default"]


async def test_start_takes_the_contracts_defaults(site: Site) -> None:
    anna, client = await site.connected()

    answer = await client.call("POST", "/api/me/sync", choices(site, anna))
    me = (await client.get("/api/me")).json

    assert (answer.status, me["state"]) == (202, "starting")
    assert me["settings"] == {
        "calendar_id": site.outlook.default(anna),
        "contact_email": "anna@example.com",
        "notify_resync_completed": True,
        "notify_update_failed": True,
        "sync_reserves": True,
        "sync_meetings": True,
        "sync_meeting_details": True,
        "on_outlook_delete": "cancel",
        "show_as": ["busy", "oof"],
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"calendar_id": ""}, "calendar_id"),
        ({"calendar_id": None}, "calendar_id"),
        ({"contact_email": "nonsense"}, "contact_email"),
        ({"contact_email": "a@b"}, "contact_email"),
        ({"contact_email": 1}, "contact_email"),
        ({"contact_email": f"{'a' * 245}@b.example"}, "contact_email"),
        ({"sync_reserves": "yes"}, "sync_reserves"),
        ({"notify_update_failed": None}, "notify_update_failed"),
        ({"on_outlook_delete": "keep"}, "on_outlook_delete"),
        ({"show_as": ["busy", "unknown"]}, "show_as"),
        ({"show_as": ["busy", "busy"]}, "show_as"),
        ({"show_as": "busy"}, "show_as"),
        ({"sync_meeting": True}, "sync_meeting:"),
    ],
)
@pytest.mark.parametrize("path", ["/api/me/sync", "/api/me/preview"])
async def test_a_wrong_choice_is_named(
    site: Site, path: str, changes: dict[str, Any], named: str
) -> None:
    anna, client = await site.connected()

    answer = await client.call("POST", path, choices(site, anna, **changes))

    assert (answer.status, answer.json["type"]) == (400, "bad_request")
    assert named in answer.json["detail"]
    assert not any(str(value) in answer.json["detail"] for value in ("nonsense", "a@b", "keep"))


@pytest.mark.parametrize("path", ["/api/me/sync", "/api/me/held"])
@pytest.mark.parametrize(
    "body",
    [{f"field{number}": 1 for number in range(9_000)}, {"No. Such field, in: A row. " * 7_000: 1}],
    ids=["many", "long"],
)
async def test_of_fields_that_no_page_sends_only_some_are_named(
    site: Site, path: str, body: dict[str, int]
) -> None:
    _, client = await site.syncing(held=ASKED)

    answer = await client.call("POST", path, body, **{"Accept-Language": "de"})

    assert (answer.status, answer.json["type"]) == (400, "bad_request")
    assert next(iter(body))[:40] in answer.json["detail"]
    assert len(answer.json["detail"]) < 500


async def test_all_wrong_choices_are_named_at_once(site: Site) -> None:
    _, client = await site.connected()

    answer = await client.call("POST", "/api/me/sync", {"show_as": [1], "sync_reserves": 1})

    names = ("calendar_id", "contact_email", "show_as", "sync_reserves")
    assert all(name in answer.json["detail"] for name in names)


@pytest.mark.parametrize("address", ["anna@praxis.example", "a.b+c@mail.praxis.test"])
async def test_r5_3_any_valid_address_goes(site: Site, address: str) -> None:
    anna, client = await site.connected()

    answer = await client.call("POST", "/api/me/sync", choices(site, anna, contact_email=address))

    assert answer.status == 202


async def test_r5_2_a_calendar_in_use_is_said_word_for_word(site: Site) -> None:
    anna, first = await site.connected()
    bob, second = await site.connected("bob")
    site.accept(anna)
    question = await site.walk(second, "/auth/microsoft")
    await second.post("/connect", question.hidden)
    site.outlook.mailboxes[bob] = site.outlook.mailboxes[anna]
    await first.call("POST", "/api/me/sync", choices(site, anna))

    answer = await second.call("POST", "/api/me/sync", choices(site, anna))

    assert (answer.status, answer.json["type"]) == (409, "calendar_in_use")
    assert answer.json["detail"] == (
        "There is another account already using this Outlook calendar. "
        "Please select another Outlook calendar."
    )


async def test_a_calendar_that_is_not_ones_own_is_400(site: Site) -> None:
    anna, client = await site.connected()

    answer = await client.call(
        "POST", "/api/me/sync", choices(site, anna, calendar_id=CalendarId("foreign"))
    )

    assert (answer.status, answer.json["type"]) == (400, "unknown_calendar")


async def test_resync_and_disconnect_need_a_sync(site: Site) -> None:
    anna, client = await site.connected()

    refused = [
        await client.call("POST", "/api/me/resync"),
        await client.call("DELETE", "/api/me/sync"),
    ]
    await client.call("POST", "/api/me/sync", choices(site, anna))
    done = [
        await client.call("POST", "/api/me/resync"),
        await client.call("DELETE", "/api/me/sync"),
    ]

    assert [answer.json["type"] for answer in refused] == ["not_syncing", "not_syncing"]
    assert [answer.status for answer in done] == [202, 202]
    assert (await client.get("/api/me")).json["state"] == "disconnecting"


async def test_r5_6_the_preview_names_items_and_changes_nothing(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(anna, Interval(start, start + timedelta(hours=1)), subject="Team")

    answer = await client.call("POST", "/api/me/preview", choices(site, anna))

    assert answer.status == 200
    assert answer.json["to_booking"]["count"] == 1
    assert answer.json["to_booking"]["first"][0]["title"] == "Team"
    assert (await client.get("/api/me")).json["state"] == "authorized"


async def test_r12_1_activity_comes_in_pages_newest_first(site: Site) -> None:
    anna, client = await site.connected()
    opened = await site.ledger.open(anna, seconds=60)
    assert opened is not None
    entries = tuple(
        ActivityEntry(
            at=site.clock.now() + timedelta(seconds=number),
            direction=Direction.TO_OUTLOOK,
            action=ActivityAction.CREATED,
            result=ActivityResult.OK,
            title=f"Number {number}",
            count=number or None,
        )
        for number in range(60)
    )
    await site.ledger.record(opened.lease, LedgerChange(activity=entries))

    first = (await client.get("/api/me/activity")).json
    second = (await client.get(f"/api/me/activity?cursor={first['next_cursor']}")).json

    assert (first["value"][0]["title"], len(first["value"])) == ("Number 59", 50)
    assert second["value"][-1]["title"] == "Number 0"
    assert first["value"][0]["count"] == 59
    assert "count" not in second["value"][-1]
    assert "next_cursor" not in second
    for malformed in ("%00", "zzz", "1", "9" * 600):
        assert (await client.get(f"/api/me/activity?cursor={malformed}")).status == 400


async def test_r12_1_a_first_sync_of_many_items_is_one_line_on_one_page(site: Site) -> None:
    anna, client = await site.connected()
    opened = await site.ledger.open(anna, seconds=60)
    assert opened is not None
    plain = ActivityEntry(
        at=site.clock.now(),
        direction=Direction.TO_OUTLOOK,
        action=ActivityAction.CREATED,
        result=ActivityResult.OK,
        title="",
    )
    made = [replace(plain, title=f"Customer {number}") for number in range(250)]
    later = [
        replace(plain, at=plain.at + timedelta(minutes=minute), title="Later")
        for minute in range(1, 50)
    ]
    for start in range(0, 250, 50):
        change = LedgerChange(activity=tuple(made[start : start + 50]))
        await site.ledger.record(opened.lease, change)
    await site.ledger.record(opened.lease, LedgerChange(activity=tuple(later)))

    page = (await client.get("/api/me/activity")).json

    assert [line.get("count") for line in page["value"]] == [None] * 49 + [250]
    assert len(page["value"][-1]["items"]) == 100
    assert page["value"][-1]["title"].endswith(" and 249 more")
    assert "next_cursor" not in page


@pytest.mark.parametrize(
    "query",
    [
        "from=&to=",
        "from=2028-11-23T00:00:00Z",
        "from=2026-11-23T00:00:00&to=2026-11-24T00:00:00",
        "from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z",
        "from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z",
        "from=2026-11-23T00:00:00Z&to=2028-11-23T00:00:00Z",
        "from=yesterday&to=tomorrow",
        "from=0001-01-01T00:00:00%2B14:00&to=0001-01-02T00:00:00Z",
        "from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z",
        "from=9999-12-30T00:00:00Z&to=9999-12-31T00:00:00Z",
    ],
)
async def test_explain_takes_two_instants_in_order_a_year_apart_at_most(
    site: Site, query: str
) -> None:
    _, client = await site.connected()

    answer = await client.get(f"/api/me/explain?{query}")

    assert (answer.status, answer.json["type"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=5001", "limit"),
        ("limit=", "limit"),
        ("limit=-1", "limit"),
        ("limit=\u0661", "limit"),
        ("missing=yes", "missing"),
        (f"q={'x' * 201}", "q has 200"),
        ("cursor=", "cursor"),
        ("cursor=0-1-booking-xyz", "cursor"),
        ("cursor=2-1-booking-0123456789abcdef", "cursor"),
        (f"cursor={'0-' + '9' * 400}-booking-0123456789abcdef", "cursor"),
    ],
)
async def test_r12_2_what_can_not_be_looked_for_is_named(
    site: Site, query: str, named: str
) -> None:
    anna, client = await site.connected()
    await client.call("POST", "/api/me/sync", choices(site, anna))

    answer = await client.get(f"/api/me/explain?{query}")

    assert (answer.status, answer.json["type"]) == (400, "bad_request")
    assert answer.json["detail"].startswith(named)


async def test_r12_2_the_window_is_searched_in_pages_what_is_missing_first(site: Site) -> None:
    anna, client = await site.connected()
    for day in (2, 89, 91):
        start = site.clock.now() + timedelta(days=day)
        span = Interval(start, start + timedelta(hours=1))
        site.booking.book(anna, span, customer=f"Kim {day}", service="Massage")
        site.outlook.meet(anna, span, subject=f"Yoga {day}", show_as=ShowAs.FREE)
    await client.call("POST", "/api/me/sync", choices(site, anna))
    while (job := site.jobs.take_sync()) is not None:
        await site.app.runner.run(job)

    found: list[Any] = []
    pages, path = 0, "/api/me/explain?limit=2"
    while path:
        page = (await client.get(path)).json
        found += page["value"]
        pages += 1
        following = page.get("next_cursor")
        path = f"/api/me/explain?limit=2&cursor={following}" if following else ""

    assert [(one["title"], one["side"], one["synced"]) for one in found] == [
        ("Yoga 2", "outlook", False),
        ("Yoga 89", "outlook", False),
        ("Kim 2 - Massage", "booking", True),
        ("Kim 2 - Massage", "outlook", True),
        ("Kim 89 - Massage", "booking", True),
        ("Kim 89 - Massage", "outlook", True),
    ]
    assert pages == 3


async def test_r12_2_words_and_what_is_missing_narrow_the_search(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    span = Interval(start, start + timedelta(hours=1))
    site.booking.book(anna, span, customer="Kim Adler", service="Massage")
    for subject in ("Stand-up of the Team", "Team lunch", "Dinner"):
        site.outlook.meet(anna, span, subject=subject, show_as=ShowAs.FREE)
    await client.call("POST", "/api/me/sync", choices(site, anna))
    while (job := site.jobs.take_sync()) is not None:
        await site.app.runner.run(job)

    async def titles(query: str) -> list[str]:
        answer = await client.get(f"/api/me/explain?{query}")
        return sorted(one["title"] for one in answer.json["value"])

    assert await titles("q=TEAM") == ["Stand-up of the Team", "Team lunch"]
    assert await titles("q=team+stand") == ["Stand-up of the Team"]
    assert await titles("q=kim") == ["Kim Adler - Massage"] * 2
    assert await titles("q=kim&missing=true") == []
    assert len(await titles("missing=true")) == 3
    assert len(await titles("missing=false")) == 5


async def test_r11_8_r12_2_a_meeting_that_can_not_be_read_has_its_reason(site: Site) -> None:
    anna, client = await site.connected()
    odd = site.outlook.meet(anna, _span(site, 9), subject="Odd")
    site.outlook.spoil(anna, odd)
    await client.call("POST", "/api/me/sync", choices(site, anna))

    (shown,) = (await client.get("/api/me/explain")).json["value"]

    assert (shown["title"], shown["synced"], shown["rule"]) == ("Odd", False, "R11.8")


async def test_r12_2_every_item_has_a_reason(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(anna, Interval(start, start + timedelta(hours=1)), subject="Team")
    await client.call("POST", "/api/me/sync", choices(site, anna))

    # A plus sign as people type it, not encoded.
    answer = await client.get(
        "/api/me/explain?from=2026-11-24T00:00:00+01:00&to=2026-11-26T00:00:00+01:00"
    )

    assert answer.status == 200
    assert [verdict["title"] for verdict in answer.json["value"]] == ["Team"]
    assert answer.json["value"][0]["rule"].startswith("R")


async def test_r12_2_a_reason_says_what_to_do(site: Site) -> None:
    anna, client = await site.connected()
    site.outlook.meet(anna, _span(site, 9), subject="Team")
    await client.call("POST", "/api/me/sync", choices(site, anna, sync_meetings=False))

    (shown,) = (await client.get("/api/me/explain")).json["value"]

    assert shown["reason"] == (
        "You chose that Outlook meetings do not block time. "
        "To block its time, choose Outlook meetings in your settings."
    )


async def test_r12_2_nothing_counts_as_there_that_is_deleted_or_moved(site: Site) -> None:
    """Since the last sync: a plan would look again, or carry it over."""
    anna, client = await site.connected()
    spans = [_span(site, hour) for hour in (9, 11, 13, 15)]
    for customer, span in zip(("Deleted", "Moved", "Same"), spans, strict=False):
        site.booking.book(anna, span, customer=customer, service="Massage")
    site.outlook.meet(anna, spans[3], subject="Gone")
    await client.call("POST", "/api/me/sync", choices(site, anna))
    while (job := site.jobs.take_sync()) is not None:
        await site.app.runner.run(job)
    events = {item.subject: item.id for item in site.outlook.items(anna)}
    site.outlook.delete(anna, events["Deleted - Massage"])
    site.outlook.move(anna, events["Moved - Massage"], _span(site, 17))
    site.outlook.delete(anna, events["Gone"])

    answer = await client.get("/api/me/explain?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z")

    found = {
        one["title"]: (one["synced"], one["rule"])
        for one in answer.json["value"]
        if one["side"] == "booking"
    }
    assert found == {
        "Deleted - Massage": (False, "R8.10"),
        "Moved - Massage": (False, "R11.1"),
        "Same - Massage": (True, "R6.1"),
        "Gone": (False, "R11.1"),
    }


async def test_r12_2_an_all_day_item_lies_on_the_persons_own_days(site: Site) -> None:
    """Anna's zone is an hour ahead of UTC, in which dates are kept."""
    anna, client = await site.connected()
    holiday = site.outlook.meet(anna, _span(site, 9), subject="Holiday")
    site.outlook.make_all_day(anna, holiday)
    await client.call("POST", "/api/me/sync", choices(site, anna))

    day = "from=2026-11-24T00:00:00%2B01:00&to=2026-11-25T00:00:00%2B01:00"
    after = "from=2026-11-25T00:00:00%2B01:00&to=2026-11-26T00:00:00%2B01:00"
    (shown,) = (await client.get(f"/api/me/explain?{day}")).json["value"]

    assert (shown["title"], shown["start"], shown["end"]) == (
        "Holiday",
        "2026-11-23T23:00:00Z",
        "2026-11-24T23:00:00Z",
    )
    assert (await client.get(f"/api/me/explain?{after}")).json["value"] == []


def _span(site: Site, hour: int) -> Interval:
    start = site.clock.now().replace(hour=hour, minute=0) + timedelta(days=1)
    return Interval(start, start + timedelta(hours=1))


async def test_r11_7_an_answer_that_there_is_not_is_named_and_not_said_again(site: Site) -> None:
    _, client = await site.connected()

    answer = await client.call("POST", "/api/me/held", {"answer": "<b> - at"})

    assert (answer.status, answer.json["type"]) == (400, "bad_request")
    assert answer.json["detail"] == "Unknown value - at `$.answer`."


async def test_r11_7_held_cancellations_are_shown_and_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, client = await site.syncing(held=ASKED)
    say_held(monkeypatch, (KIM,))

    held = (await client.get("/api/me")).json["held"]
    answer = await client.call("POST", "/api/me/held", {"answer": "put_back"})
    after = (await client.get("/api/me")).json["held"]

    assert (held["since"], held["count"]) == ("2026-11-23T07:00:00Z", 7)
    assert [item["title"] for item in held["items"]] == ["Kim Adler - Massage"]
    assert (answer.status, answer.body) == (202, b"")
    assert site.connections.rows[anna].value.held == Held(
        since=ASKED.since, count=7, answer=HeldAnswer.PUT_BACK
    )
    assert [each.job.cause for each in site.jobs.syncs] == [Cause.ANSWERED]
    assert after["items"] == []


@pytest.mark.parametrize(
    "failure", [Unavailable("no answer"), Rejected(status=409, code="mailbox_lost", detail="x")]
)
async def test_r11_7_a_question_is_shown_while_a_side_does_not_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    _, client = await site.syncing(held=ASKED)
    say_held(monkeypatch, failure)

    held = (await client.get("/api/me")).json["held"]

    assert (held["count"], held["items"]) == (7, [])


async def test_r11_7_without_a_question_there_is_nothing_to_answer(site: Site) -> None:
    _, client = await site.syncing()

    answer = await client.call("POST", "/api/me/held", {"answer": "cancel"})

    assert (await client.get("/api/me")).json["held"] is None
    assert (answer.status, answer.json["type"]) == (409, "nothing_held")


async def test_r11_7_another_answer_before_it_is_carried_out_replaces_the_first(
    site: Site,
) -> None:
    anna, client = await site.syncing(held=ASKED)

    answers = [
        await client.call("POST", "/api/me/held", {"answer": answer})
        for answer in ("cancel", "cancel", "put_back")
    ]

    held = site.connections.rows[anna].value.held
    assert [answer.status for answer in answers] == [202, 202, 202]
    assert held is not None
    assert held.answer is HeldAnswer.PUT_BACK


@pytest.mark.parametrize(
    "body",
    [None, {}, {"answer": "keep"}, {"answer": None}, {"answer": "cancel", "more": 1}, ["cancel"]],
)
async def test_r11_7_other_answers_are_refused(site: Site, body: object) -> None:
    anna, client = await site.syncing(held=ASKED)

    answer = await client.call("POST", "/api/me/held", body)

    assert (answer.status, answer.json["type"]) == (400, "bad_request")
    assert site.connections.rows[anna].value.held == ASKED


async def test_r11_8_what_fails_is_said_beside_the_last_sync(site: Site) -> None:
    _, client = await site.syncing(
        last_sync=LastSync(ended_at=START, result=SyncResult.OK),
        failing=Failing(since=START, times=2, code="unreachable"),
        problem=Problem(code="unreachable", message="For administrators."),
    )

    problem = (await client.get("/api/me")).json["problem"]

    assert problem["code"] == "unreachable"
    assert problem["message"].startswith(
        "Outlook or the booking calendar can't be reached properly since Mon 23 Nov 2026, 09:00. "
    )


async def test_r10_6_what_is_not_proven_to_be_lost_is_said_so(site: Site) -> None:
    _, client = await site.syncing(missing=Missing(what="mailbox", since=START, looks=1))

    problem = (await client.get("/api/me")).json["problem"]

    assert "Microsoft can't be reached properly since Mon 23 Nov 2026, 09:00." in problem["message"]


async def test_while_all_is_well_there_is_no_problem(site: Site) -> None:
    _, client = await site.syncing(failing=Failing(since=START, times=1, code="unreachable"))

    assert (await client.get("/api/me")).json["problem"] is None


async def test_personal_answers_are_never_kept(site: Site) -> None:
    _, client = await site.connected()

    assert (await client.get("/api/me")).headers["cache-control"] == "no-store"
