"""The Graph gateway where one object, list or calendar is ill, and where answers have no end."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from sync.engine.items import EventContent, OutlookItem, OutlookKind
from sync.errors import (
    CalendarLost,
    ContractBroken,
    Gone,
    MailboxLost,
    SyncError,
    Throttled,
    Unavailable,
    Unreadable,
)
from sync.ports import limits
from sync.words import OutlookItemId
from tests.outside.graph.samples import event
from tests.ports.graph.desk import ANNS, SimulatedDesk, TableTokens, times
from tests.ports.suites.booking_gateway import ANN
from tests.ports.suites.calendar_gateway import MARK, STATE, WINDOW, at, made, only, read

#: Answers that no question about one object should get, and the word for each.
ILL: list[tuple[dict[str, Any], str]] = [
    ({"status": 400, "code": "ErrorInvalidRequest"}, "errorinvalidrequest"),
    ({"status": 401, "code": "InvalidAuthenticationToken"}, "invalidauthenticationtoken"),
    ({"status": 403, "code": "ErrorAccessDenied"}, "erroraccessdenied"),
    ({"status": 409, "code": ""}, "http_409"),
    ({"status": 200, "body": []}, "unreadable_answer"),
    ({"status": 200, "body": {"subject": "x"}}, "unreadable_answer"),
    ({"status": 302, "headers": {"Location": "https://evil.example/"}}, "unreadable_answer"),
]


# --- one event ---


@pytest.mark.parametrize(("answer", "code"), ILL)
async def test_case_64_an_event_that_can_not_be_read_is_its_own_trouble(
    desk: SimulatedDesk, answer: dict[str, Any], code: str
) -> None:
    ill, well = desk.meet(at(1)), desk.meet(at(2))
    desk.tokens.left = ["good", "good", "good"]
    desk.simulator.faults.set("answer", item=ill, method="GET", **answer)

    if code != "invalidauthenticationtoken":
        with pytest.raises(Unreadable) as caught:
            await desk.gateway.get_event(desk.calendar, ill)
        assert caught.value.code in {code, "http_302"}
    assert await desk.gateway.get_event(desk.calendar, well) is not None


async def test_case_67_what_answers_410_is_gone(desk: SimulatedDesk) -> None:
    ours = await made(desk, at(1))
    desk.simulator.faults.set("answer", item=ours.id, status=410, code="ErrorItemNotFound")

    assert await desk.gateway.get_event(desk.calendar, ours.id) is None
    with pytest.raises(Gone):
        await desk.gateway.delete_event(ours.id)
    with pytest.raises(Gone):
        await desk.gateway.update_event(desk.calendar, ours.id, interval=at(2))
    with pytest.raises(Gone):
        await desk.gateway.update_event(desk.calendar, ours.id, interval=at(2), keeps_zone=True)


async def test_case_66_ill_events_do_not_spoil_their_page(desk: SimulatedDesk) -> None:
    utc = {"timeZone": "UTC"}
    page = [
        event("zone", start={"dateTime": "2026-11-24T09:00:00", "timeZone": None}),
        event("response", responseStatus="declined"),
        event("year", start={"dateTime": "0001-01-01T00:00:00", **utc}),
        {"subject": "no id"},
        event("well"),
    ]
    body = {"value": page, "@odata.deltaLink": f"{desk.simulator.base_url}/later"}
    desk.simulator.faults.set("answer", path="delta", status=200, body=body)

    full, _ = await read(desk)

    assert {item.id: item.problem for item in full.items} == {
        "zone": "unknown_time_zone",
        "response": "unreadable_responseStatus",
        "year": "impossible_time",
        "well": None,
    }


@pytest.mark.parametrize("body", [[], {}, {"value": None}])
async def test_a_page_that_is_none_breaks_the_contract(desk: SimulatedDesk, body: object) -> None:
    desk.simulator.faults.set("answer", path="delta", status=200, body=body)

    with pytest.raises(ContractBroken):
        await desk.gateway.read_all(desk.calendar, WINDOW)


# --- series ---


@pytest.mark.parametrize("answer", [one for one, _ in ILL] + [{"status": 500}, {"status": 504}])
async def test_case_65_a_master_that_can_not_be_read_holds_up_its_series_alone(
    desk: SimulatedDesk, answer: dict[str, Any]
) -> None:
    ill, well = desk.weekly(at(1), 3), desk.weekly(at(2), 3)
    _, cursor = await read(desk)
    for series in (ill, well):
        desk.acts.change(series, {"subject": "Renamed"})
    single = desk.meet(at(4))
    desk.tokens.left = ["good"] * 3
    desk.simulator.faults.set("delta_master_missing")
    if answer["status"] != 401:
        desk.simulator.faults.set("answer", item=ill, method="GET", **answer)

    changes = await desk.gateway.read_changes(desk.calendar, cursor)

    occurrences = only(changes.items, OutlookKind.OCCURRENCE)
    troubled = {item.problem for item in occurrences if item.series_id == ill}
    assert troubled == ({None} if answer["status"] == 401 else {"series_missing"})
    assert {item.problem for item in occurrences if item.series_id == well} == {None}
    assert all(item.id and item.etag for item in occurrences)
    assert single in {item.id for item in changes.items}
    assert len(changes.series[ill]) == 3


async def test_a_master_that_is_throttled_makes_the_round_wait(desk: SimulatedDesk) -> None:
    series = desk.weekly(at(1), 3)
    _, cursor = await read(desk)
    desk.acts.change(series, {"subject": "Renamed"})
    desk.simulator.faults.set("delta_master_missing")
    desk.simulator.faults.set("answer", item=series, status=429, code="TooManyRequests")

    with pytest.raises(Throttled):
        await desk.gateway.read_changes(desk.calendar, cursor)


# --- lists ---


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 400, "code": "UnsupportedEntityExpression"}, Unreadable),
        ({"status": 403, "code": "ErrorAccessDenied"}, Unreadable),
        ({"status": 410, "code": "ErrorItemNotFound"}, Unavailable),
        ({"status": 404, "code": "ErrorItemNotFound"}, Unavailable),
        ({"status": 500, "code": "UnknownError"}, Unavailable),
        ({"status": 200, "body": {"value": [7]}}, Unreadable),
        ({"status": 200, "body": {"value": [{"subject": "no id"}]}}, Unreadable),
        ({"status": 200, "body": {}}, Unreadable),
    ],
)
async def test_r8_10_a_search_that_can_not_be_read_proves_nothing(
    desk: SimulatedDesk, answer: dict[str, Any], error: type[SyncError]
) -> None:
    desk.simulator.faults.set("answer", ends="/events", method="GET", **answer)

    with pytest.raises(error):
        await desk.gateway.find(desk.calendar, mark=MARK, uid="U")


async def test_a_search_without_end_is_given_up(desk: SimulatedDesk) -> None:
    link = f"{desk.simulator.base_url}/me/calendars/{quote(desk.calendar, safe='')}/events"
    body = {"value": [], "@odata.nextLink": link}
    desk.simulator.faults.set("answer", ends="/events", status=200, body=body)

    with pytest.raises(Unreadable) as caught:
        await desk.gateway.find(desk.calendar, mark=MARK, uid=None)
    assert caught.value.code == "endless_list"


@pytest.mark.parametrize("ends", ["/me/calendars", "/me"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 403, "code": "ErrorAccessDenied"}, Unreadable),
        ({"status": 400, "code": "BadRequest"}, Unreadable),
        ({"status": 404, "code": "ResourceNotFound"}, MailboxLost),
        ({"status": 200, "body": {"value": [{"name": "no id"}]}}, Unreadable),
    ],
)
async def test_case_55_a_list_of_calendars_that_can_not_be_read_is_no_loss_of_access(
    desk: SimulatedDesk, ends: str, answer: dict[str, Any], error: type[SyncError]
) -> None:
    desk.simulator.faults.set("answer", ends=ends, method="GET", **answer)

    if ends == "/me" and answer["status"] == 200:
        # A profile without addresses is one: the default calendar names its owner.
        assert (await desk.gateway.calendars())[0].is_own
        return
    with pytest.raises(error):
        await desk.gateway.calendars()


async def test_a_calendar_that_is_refused_is_not_lost(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("answer", item=desk.calendar, status=403, code="ErrorAccessDenied")

    for call in (
        desk.gateway.read_all(desk.calendar, WINDOW),
        desk.gateway.get_event(desk.calendar, OutlookItemId("x")),
        desk.gateway.find(desk.calendar, mark=MARK, uid="U"),
    ):
        with pytest.raises(Unreadable):
            await call


async def test_a_calendar_that_answers_410_is_lost(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("answer", item=desk.calendar, status=410, code="ErrorItemNotFound")

    with pytest.raises(CalendarLost):
        await desk.gateway.get_event(desk.calendar, OutlookItemId("x"))


# --- writes ---


async def test_r11_5_a_creation_whose_answer_can_not_be_read_may_have_taken_effect(
    desk: SimulatedDesk,
) -> None:
    desk.simulator.faults.set("answer", method="POST", status=201, body=[], times=1)

    with pytest.raises(Unavailable):
        await made(desk, at(1))
    assert (await made(desk, at(1))).uid


async def test_case_75_a_mere_move_leaves_what_the_person_added(desk: SimulatedDesk) -> None:
    ours = await made(desk, at(1))
    note = {"contentType": "html", "content": "<p>From DA</p><p>My own note</p>"}
    desk.acts.change(ours.id, {"body": note})

    moved = await desk.gateway.update_event(desk.calendar, ours.id, interval=at(4))

    assert isinstance(moved, OutlookItem)
    assert (moved.interval, moved.body) == (at(4), "From DA\n\nMy own note")


async def test_r6_5_a_new_text_sends_no_time(desk: SimulatedDesk) -> None:
    ours = await made(desk, at(1))
    desk.move(ours.id, at(2))

    written = await desk.gateway.update_event(
        desk.calendar, ours.id, content=EventContent(subject="New", body_html="x")
    )

    assert isinstance(written, OutlookItem)
    assert (written.subject, written.interval) == ("New", at(2))


@pytest.mark.parametrize(
    ("keeps_zone", "zone"), [(True, "W. Europe Standard Time"), (False, "UTC")]
)
async def test_case_76_a_meeting_keeps_its_zone(
    desk: SimulatedDesk, *, keeps_zone: bool, zone: str
) -> None:
    local = {"timeZone": "W. Europe Standard Time"}
    meeting = OutlookItemId(
        desk.acts.create(
            ANNS,
            {
                "subject": "Team",
                "start": {"dateTime": "2026-11-24T09:00:00", **local},
                "end": {"dateTime": "2026-11-24T10:00:00", **local},
            },
        )
    )

    moved = await desk.gateway.update_event(
        desk.calendar, meeting, interval=at(4), keeps_zone=keeps_zone
    )

    assert isinstance(moved, OutlookItem)
    assert moved.interval == at(4)
    (kept,) = desk.acts.mailbox(ANNS)["calendars"][0]["events"]
    assert kept["originalStartTimeZone"] == zone
    assert kept["originalEndTimeZone"] == zone


# --- subscriptions ---


async def test_a_subscription_that_stays_in_the_way_makes_the_next_one_wait(
    desk: SimulatedDesk,
) -> None:
    desk.simulator.faults.set("answer", method="POST", ends="/subscriptions", status=409)

    with pytest.raises(Unavailable):
        await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=WINDOW.end)


async def test_subscriptions_that_can_not_be_listed_hinder_no_new_one(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set(
        "answer", method="GET", ends="/subscriptions", status=403, code="ErrorAccessDenied"
    )

    granted = await desk.gateway.subscribe(
        desk.calendar, client_state=STATE, expires_at=at(6).start
    )

    assert desk.subscriptions() == (granted.id,)


@pytest.mark.parametrize(
    ("ends", "read"),
    [
        ("2026-12-01T08:00:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("9999-12-31T00:00:00Z", None),
        ("soon", None),
        (7, None),
    ],
)
async def test_r11_8_a_subscription_that_ends_oddly_is_read_or_waits(
    desk: SimulatedDesk, ends: object, read: datetime | None
) -> None:
    """An end without a zone is UTC; compared with the clock it would stop each sync."""
    granted = {"id": "s", "expirationDateTime": ends}
    desk.simulator.faults.set(
        "answer", method="POST", ends="/subscriptions", status=201, body=granted
    )
    subscribing = desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=at(6).start)

    if read is None:
        with pytest.raises(Unavailable):
            await subscribing
    else:
        assert (await subscribing).expires_at == read


# --- limits ---


async def test_r11_11_a_call_has_a_deadline_as_a_whole(
    desk: SimulatedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DEADLINE", 0.2)
    desk.simulator.faults.set("latency", ms=2000)

    with pytest.raises(Unavailable):
        await desk.gateway.read_all(desk.calendar, WINDOW)


async def test_r11_11_an_answer_has_a_limit_of_size(
    desk: SimulatedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SIZE", 20_000)
    small = desk.meet(at(1))
    large = OutlookItemId(
        desk.acts.create(
            ANNS,
            {"body": {"contentType": "text", "content": "x" * 30_000}, **times(at(2))},
        )
    )

    assert await desk.gateway.get_event(desk.calendar, small) is not None
    with pytest.raises(Unreadable):
        await desk.gateway.get_event(desk.calendar, large)
    with pytest.raises(ContractBroken):
        await desk.gateway.read_all(desk.calendar, WINDOW)


async def test_a_redirect_is_followed_nowhere(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set(
        "answer", path="delta", status=302, headers={"Location": "http://evil.example/v1.0/me"}
    )

    with pytest.raises(ContractBroken):
        await desk.gateway.read_all(desk.calendar, WINDOW)


@pytest.mark.parametrize("cursor", ["http://[", "http://127.0.0.1:x/", "\ud800", "me/events"])
async def test_a_link_that_is_no_address_breaks_the_contract(
    desk: SimulatedDesk, cursor: str
) -> None:
    with pytest.raises(ContractBroken):
        await desk.gateway.read_changes(desk.calendar, cursor)


async def test_nobody_waits_for_a_token_in_the_place_of_a_request(desk: SimulatedDesk) -> None:
    class SlowTokens(TableTokens):
        async def current(self) -> str:
            await waiting.wait()
            return await super().current()

    waiting = asyncio.Event()
    desk.gateways._tokens = SlowTokens("good")
    slow = [
        asyncio.create_task(desk.gateways.open(ANN).get_event(desk.calendar, OutlookItemId("x")))
        for _ in range(4)
    ]
    await asyncio.sleep(0)

    # The gateway that was opened before has a token already.
    assert await desk.gateway.calendars()
    waiting.set()
    await asyncio.gather(*slow)
