"""The Graph gateway where the service misbehaves, and what goes over the wire."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import pytest

from sync.engine.items import EventContent, OutlookKind, Refusal
from sync.errors import AuthorizationLost, ResyncRequired, Throttled, Unavailable, Unreadable
from sync.words import OutlookItemId
from tests.ports.graph.desk import ANNS, SimulatedDesk, TableTokens, recurrence, times
from tests.ports.suites.booking_gateway import ANN
from tests.ports.suites.calendar_gateway import MARK, NOW, STATE, WINDOW, at, made, only, read

UNTIL = NOW + timedelta(days=6)


def requests(desk: SimulatedDesk, method: str = "GET") -> list[str]:
    """Lists the paths that were asked, without ids."""
    return [
        one["shape"] for one in desk.simulator.state.requests.entries if one["method"] == method
    ]


# --- the change feed ---


async def test_a_long_feed_is_paged_to_its_end(desk: SimulatedDesk) -> None:
    items = {desk.meet(at(1 + number / 10)) for number in range(450)}

    full, _ = await read(desk)

    assert {item.id for item in full.items} == items
    assert sum("delta" in shape for shape in requests(desk)) == 3


async def test_case_33_the_last_word_on_an_id_counts(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("delta_duplicates")
    item = desk.meet(at(1))
    series = desk.weekly(at(1), 4)

    full, _ = await read(desk)

    assert sorted(i.id for i in full.items) == sorted({i.id for i in full.items})
    assert len(full.series[series]) == 4
    assert item in {i.id for i in full.items}


async def test_an_empty_page_is_no_end(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("delta_empty_page")
    item = desk.meet(at(1))

    full, _ = await read(desk)

    assert [i.id for i in full.items] == [item]


async def test_a_master_that_the_feed_left_out_is_asked_for(desk: SimulatedDesk) -> None:
    series = desk.weekly(at(1), 3)
    _, cursor = await read(desk)
    desk.acts.change(series, {"subject": "Renamed"})
    desk.simulator.faults.set("delta_master_missing")

    changes = await desk.gateway.read_changes(desk.calendar, cursor)

    occurrences = only(changes.items, OutlookKind.OCCURRENCE)
    assert [item.subject for item in occurrences] == ["Renamed"] * 3
    assert len(changes.series[series]) == 3


async def test_r7_3_the_occurrences_of_a_private_series_are_private(desk: SimulatedDesk) -> None:
    desk.make_private(desk.weekly(at(1), 3, subject="Therapy"))

    full, _ = await read(desk)

    assert {(item.is_normal, item.subject) for item in full.items} == {(False, None)}


async def test_a_feed_that_goes_round_in_circles_gives_way_to_the_plain_view(
    desk: SimulatedDesk,
) -> None:
    items = {desk.meet(at(1 + number / 10)) for number in range(250)}
    desk.simulator.faults.set("delta_repeat_nextlink")

    full = await desk.gateway.read_all(desk.calendar, WINDOW)

    assert {item.id for item in full.items} == items
    assert full.cursor is None


async def test_a_change_feed_that_goes_round_in_circles_asks_for_a_full_read(
    desk: SimulatedDesk,
) -> None:
    _, cursor = await read(desk)
    desk.meet(at(1))
    desk.simulator.faults.set("delta_repeat_nextlink")

    with pytest.raises(ResyncRequired):
        await desk.gateway.read_changes(desk.calendar, cursor)


async def test_a_calendar_without_a_feed_is_read_by_the_plain_view(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("delta_no_calendar")
    single = desk.meet(at(1), body="Text")
    series = desk.weekly(at(1), 3)

    full = await desk.gateway.read_all(desk.calendar, WINDOW)

    assert full.cursor is None
    assert full.series == {series: frozenset(desk.occurrences(series))}
    assert {item.id: item.body for item in full.items}[single] == "Text"


async def test_case_31_a_full_read_that_dies_in_the_middle_begins_again(
    desk: SimulatedDesk,
) -> None:
    items = {desk.meet(at(1 + number / 10)) for number in range(250)}
    desk.simulator.faults.set("delta_expire", times=1)

    full, _ = await read(desk)

    assert {item.id for item in full.items} == items


@pytest.mark.parametrize("host", ["", "https://evil.example/v1.0"])
async def test_a_dead_full_read_begins_where_the_service_says_if_it_is_the_service(
    desk: SimulatedDesk, host: str
) -> None:
    for number in range(250):
        desk.meet(at(1 + number / 10))
    span = "startDateTime=2026-11-23T08:00:00Z&endDateTime=2026-11-25T08:00:00Z"
    path = f"/me/calendars/{quote(desk.calendar, safe='')}/calendarView/delta()?{span}"
    desk.simulator.faults.set(
        "delta_expire", times=1, location=(host or desk.simulator.base_url) + path
    )

    full, _ = await read(desk)

    assert len(full.items) == (250 if host else 10)


async def test_case_68_a_full_read_that_dies_again_and_again_gives_way_to_the_plain_view(
    desk: SimulatedDesk,
) -> None:
    items = {desk.meet(at(1 + number / 10)) for number in range(250)}
    desk.simulator.faults.set("delta_expire")

    full = await desk.gateway.read_all(desk.calendar, WINDOW)

    assert {item.id for item in full.items} == items
    assert full.cursor is None


async def test_case_68_the_plain_view_is_read_at_once_where_it_is_asked_for(
    desk: SimulatedDesk,
) -> None:
    item = desk.meet(at(1))
    desk.simulator.faults.set("answer", path="delta", status=504, code="UnknownError")

    with pytest.raises(Unavailable):
        await desk.gateway.read_all(desk.calendar, WINDOW)
    full = await desk.gateway.read_all(desk.calendar, WINDOW, plain=True)

    assert ([one.id for one in full.items], full.cursor) == ([item], None)


@pytest.mark.parametrize(
    ("status", "code"),
    [(410, "resyncRequired"), (400, "syncStateNotFound"), (410, ""), (404, "SyncStateInvalid")],
)
async def test_every_sign_of_a_dead_cursor_is_known(
    desk: SimulatedDesk, status: int, code: str
) -> None:
    _, cursor = await read(desk)
    desk.simulator.faults.set("delta_expire", status=status, code=code)

    with pytest.raises(ResyncRequired):
        await desk.gateway.read_changes(desk.calendar, cursor)


async def test_r8_10_a_false_removal_is_still_there_when_asked_for(desk: SimulatedDesk) -> None:
    item = desk.meet(at(1))
    _, cursor = await read(desk)
    desk.simulator.faults.set("delta_false_removed", times=1)

    changes = await desk.gateway.read_changes(desk.calendar, cursor)

    assert item in changes.removed
    assert await desk.gateway.get_event(desk.calendar, item) is not None


async def test_case_27_a_series_keeps_its_local_time_over_the_clock_change(
    desk: SimulatedDesk,
) -> None:
    zone = "W. Europe Standard Time"
    desk.acts.create(
        ANNS,
        {
            "subject": "Team",
            "recurrence": recurrence(at(1), 60),
            "start": {"dateTime": "2026-11-24T09:00:00", "timeZone": zone},
            "end": {"dateTime": "2026-11-24T10:00:00", "timeZone": zone},
        },
    )

    full = await desk.gateway.read_all(desk.calendar, type(WINDOW)(NOW, NOW + timedelta(days=200)))

    hours = [item.interval.start.hour for item in only(full.items, OutlookKind.OCCURRENCE)]
    assert set(hours) == {8, 7}
    assert hours == sorted(hours, reverse=True)


# --- throttling and dropped connections ---


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("2.128", 3), (None, None)])
async def test_case_38_throttling_says_how_long_to_wait(
    desk: SimulatedDesk, said: str | None, seconds: float | None
) -> None:
    desk.simulator.faults.set("throttle", user=ANNS, retry_after=said)

    with pytest.raises(Throttled) as caught:
        await desk.gateway.read_all(desk.calendar, WINDOW)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_service_is_unavailable(desk: SimulatedDesk, status: int) -> None:
    desk.simulator.faults.set("error", status=status)

    with pytest.raises(Unavailable):
        await desk.gateway.read_all(desk.calendar, WINDOW)


async def test_case_1_a_creation_that_timed_out_after_its_effect_makes_one_event(
    desk: SimulatedDesk,
) -> None:
    desk.simulator.faults.set("timeout_after_effect", times=1, method="POST")

    with pytest.raises(Unavailable):
        await made(desk, at(1))
    again = await made(desk, at(1))

    assert [item.id for item in (await read(desk))[0].items] == [again.id]


async def test_a_parallel_save_is_tried_again_at_once(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("concurrent_save", times=1)

    await made(desk, at(1))

    assert len((await read(desk))[0].items) == 1


async def test_one_mailbox_is_never_asked_by_more_than_four_at_once(
    desk: SimulatedDesk,
) -> None:
    desk.simulator.faults.set("latency", ms=20)
    other_run = desk.gateways.open(ANN)

    await asyncio.gather(
        *(desk.gateway.get_event(desk.calendar, OutlookItemId("x")) for _ in range(5)),
        *(other_run.get_event(desk.calendar, OutlookItemId("x")) for _ in range(5)),
    )


# --- tokens ---


async def test_a_refused_token_is_replaced_once(desk: SimulatedDesk) -> None:
    desk.tokens.left = ["old", "good"]

    await desk.gateway.calendars()

    assert desk.tokens.asked_fresh == 1


async def test_r10_3_a_token_service_that_refuses_for_good_is_the_end(desk: SimulatedDesk) -> None:
    desk.tokens.left = ["old"]

    with pytest.raises(AuthorizationLost):
        await desk.gateway.read_all(desk.calendar, WINDOW)


async def test_r10_6_a_fresh_token_that_graph_refuses_is_no_loss(desk: SimulatedDesk) -> None:
    desk.tokens.left = ["old", "older", "good"]

    with pytest.raises(Unreadable) as caught:
        await desk.gateway.read_all(desk.calendar, WINDOW)
    assert caught.value.code == "invalidauthenticationtoken"


async def test_no_token_goes_to_another_host(desk: SimulatedDesk) -> None:
    tokens = TableTokens("good")
    desk.gateways._tokens = tokens

    with pytest.raises(Exception, match="another host"):
        await desk.gateways.open(ANN).read_changes(desk.calendar, "https://evil.example/v1.0/me")


async def test_r10_6_a_calendar_that_is_refused_is_that_calendars_trouble(
    desk: SimulatedDesk,
) -> None:
    desk.simulator.faults.set("access_denied", user=ANNS)

    with pytest.raises(Unreadable) as caught:
        await desk.gateway.read_all(desk.calendar, WINDOW)
    assert caught.value.code == "erroraccessdenied"


# --- writes ---


async def test_r6_3_what_is_written_mails_nobody_and_bears_the_mark(desk: SimulatedDesk) -> None:
    await made(desk, at(1), subject="Kim <b> & Söhne")

    default = desk.acts.mailbox(ANNS)["calendars"][0]
    (event,) = default["events"]
    assert event["subject"] == "Kim <b> & Söhne"
    assert (event["showAs"], event["attendees"], event["isAllDay"]) == ("busy", [], False)
    assert [p["value"] for p in event["singleValueExtendedProperties"]] == [MARK]
    assert desk.simulator.state.mails == []


async def test_case_23_if_match_is_sent_and_a_409_means_changed_too(desk: SimulatedDesk) -> None:
    event = await made(desk, at(1))
    desk.move(event.id, at(2))
    desk.simulator.faults.set("if_match_409")

    with pytest.raises(Exception, match="not as it was read"):
        await desk.gateway.update_event(desk.calendar, event.id, interval=at(4), etag=event.etag)


async def test_case_39_an_item_that_always_answers_400_is_refused(desk: SimulatedDesk) -> None:
    event = await made(desk, at(1))
    desk.simulator.faults.set("always_400", method="PATCH")
    desk.simulator.faults.set("always_400", method="POST")

    updated = await desk.gateway.update_event(desk.calendar, event.id, interval=at(4))
    created = await desk.gateway.create_event(
        desk.calendar,
        content=EventContent(subject="x", body_html=""),
        interval=at(1),
        mark=MARK,
        transaction_id="00000000-0000-4000-8000-000000000003",
    )

    assert isinstance(updated, Refusal)
    assert isinstance(created, Refusal)


async def test_an_update_leaves_what_the_person_changed_elsewhere(desk: SimulatedDesk) -> None:
    event = await made(desk, at(1))
    desk.acts.change(event.id, {"categories": ["Red"], "reminderMinutesBeforeStart": 60})

    await desk.gateway.update_event(desk.calendar, event.id, interval=at(4))

    (kept,) = desk.acts.mailbox(ANNS)["calendars"][0]["events"]
    assert (kept["categories"], kept["reminderMinutesBeforeStart"]) == (["Red"], 60)
    assert kept["showAs"] == "busy"


async def test_case_17_long_and_strange_texts_are_read(desk: SimulatedDesk) -> None:
    event = {"subject": None, "body": {"contentType": "html", "content": "<p>ü</p>" * 30_000}}
    desk.acts.create(ANNS, event | times(at(1)))
    desk.meet(at(2), subject="🎉" * 300)

    full, _ = await read(desk)

    assert {item.subject for item in full.items} == {None, "🎉" * 300}


# --- subscriptions ---


async def test_a_tenant_with_the_older_limit_grants_4200_minutes(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("subscription_max_minutes", minutes=4230)

    subscription = await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)
    renewed = await desk.gateway.renew(subscription, UNTIL)

    assert subscription.expires_at == NOW + timedelta(minutes=4200)
    assert renewed.expires_at == NOW + timedelta(minutes=4200)


async def test_a_refused_resource_gives_way_to_the_mailbox(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("subscription_me_events_only")
    await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)
    second = await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)

    (alive,) = desk.simulator.service.subscriptions.alive()
    assert (alive.subscription_id, alive.resource) == (second.id, "me/events")


async def test_a_subscription_names_the_calendar_and_one_address_for_both_posts(
    desk: SimulatedDesk,
) -> None:
    await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)

    (alive,) = desk.simulator.service.subscriptions.alive()
    assert alive.notification_url == f"{desk.webhook.url}/api/webhooks/graph"
    assert alive.lifecycle_url == alive.notification_url
    assert set(alive.change_types) == {"created", "updated", "deleted"}
    assert alive.calendar_id == desk.calendar


async def test_subscriptions_on_other_calendars_are_left_alone(desk: SimulatedDesk) -> None:
    first = await desk.gateway.subscribe(desk.second, client_state=STATE, expires_at=UNTIL)
    second = await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)

    assert desk.subscriptions() == (first.id, second.id)


async def test_a_webhook_that_does_not_answer_makes_the_subscription_wait(
    desk: SimulatedDesk,
) -> None:
    desk.webhook.answers = False

    with pytest.raises(Unavailable):
        await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)


async def test_too_many_subscriptions_condemn_nobodys_sign_in(desk: SimulatedDesk) -> None:
    desk.simulator.faults.set("subscription_limit")

    with pytest.raises(Unavailable):
        await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=UNTIL)
