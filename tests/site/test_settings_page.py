"""The settings page without scripts (sections 5 and 10)."""

import html
import re
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from sync.engine import deeds
from sync.engine.explain import Explainer
from sync.errors import AuthorizationLost, ContractBroken, Throttled, Unreadable
from sync.people.choices import Choices
from sync.people.people import ConnectionState, Held, HeldAnswer, Leaving, SyncSettings
from sync.site.pages.statics import static_address
from sync.words import CalendarId, Interval, PersonKey, ShowAs
from tests.fakes.clock import START
from tests.site.site import Answer, Client, Site
from tests.site.test_me import ASKED, KIM, say_held


async def token(client: Client) -> str:
    return str((await client.get("/api/me")).json["csrf_token"])


async def press(client: Client, button: str, **fields: Any) -> Answer:
    form = {"csrf_token": await token(client), "action": button} | fields
    return await client.post("/settings", form)


def typed(site: Site, person: PersonKey, **fields: Any) -> dict[str, Any]:
    return {
        "calendar_id": site.outlook.default(person),
        "contact_email": "anna@example.com",
        "sync_meetings": "on",
        "show_as": ["busy", "tentative"],
        "on_outlook_delete": "put_back",
    } | fields


@pytest.mark.usefixtures("site")
async def test_without_a_log_in_the_page_leads_to_the_doors() -> None:
    for answer in (await Client().get("/settings"), await Client().post("/settings", {})):
        assert answer.status in {302, 303}
        assert answer.location == "/connect"


async def test_r5_3_the_form_starts_with_the_profiles_address_and_the_default_calendar(
    site: Site,
) -> None:
    _, client = await site.connected()

    page = (await client.get("/settings")).text

    assert 'value="anna@example.com"' in page
    assert "(default)" in page


async def test_r5_5_every_choice_has_its_control_and_its_line_of_activity(site: Site) -> None:
    _, client = await site.connected()

    page = (await client.get("/settings")).text

    choices = {field.name for field in fields(SyncSettings)}
    assert choices <= set(re.findall(r'name="(\w+)"', page))
    assert choices == set(deeds.CHOICES)


async def test_r5_7_start_sync_takes_what_was_ticked(site: Site) -> None:
    anna, client = await site.connected()

    answer = await press(client, "start", **typed(site, anna))

    settings = site.connections.rows[anna].value.settings
    assert (answer.status, answer.location) == (303, "/settings")
    assert settings is not None
    assert settings.sync_meetings
    assert not settings.sync_reserves
    assert not settings.notify_resync_completed
    assert settings.show_as == {ShowAs.BUSY, ShowAs.TENTATIVE}
    assert settings.on_outlook_delete == "put_back"
    assert "First sync" in (await client.get("/settings")).text


async def test_a_wrong_field_is_marked_and_what_was_typed_stays(site: Site) -> None:
    anna, client = await site.connected()

    answer = await press(client, "start", **typed(site, anna, contact_email="<nonsense>"))

    assert answer.status == 400
    assert 'id="contact_email-problem"' in answer.text
    assert 'value="&lt;nonsense&gt;"' in answer.text
    assert site.connections.rows[anna].value.state is ConnectionState.AUTHORIZED


async def test_r5_2_a_refusal_is_said_on_the_page(site: Site) -> None:
    anna, client = await site.connected()

    answer = await press(client, "resync", **typed(site, anna))

    assert answer.status == 409
    assert 'role="alert"' in answer.text


async def test_r5_6_the_preview_is_shown_and_changes_nothing(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(anna, Interval(start, start + timedelta(hours=1)), subject="Team <b>")
    site.outlook.meet(anna, Interval(start, start + timedelta(hours=1)), show_as=ShowAs.FREE)

    answer = await press(client, "preview", **typed(site, anna))

    assert answer.status == 200
    assert "Team &lt;b&gt;" in answer.text
    assert "1 new item" in answer.text
    assert "Left out" in answer.text
    assert site.connections.rows[anna].value.state is ConnectionState.AUTHORIZED


async def test_r5_9_choices_are_changed_while_synced_by_a_form_that_asks_first(site: Site) -> None:
    anna, client = await site.syncing()
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(anna, Interval(start, start + timedelta(hours=1)), show_as=ShowAs.TENTATIVE)

    page = await client.get("/settings?change=1")
    asked = await press(client, "change", **typed(site, anna))

    assert 'value="change"' in page.text
    assert "0 added, 0 removed" in asked.text
    assert "1 added, 0 removed" in asked.text
    assert site.connections.rows[anna].value.settings.on_outlook_delete == "cancel"  # type: ignore[union-attr]
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', asked.text)
    form: dict[str, Any] = {}
    for name, value in fields:
        form.setdefault(name, []).append(html.unescape(value))
    saved = await client.post("/settings", form)
    assert (saved.status, saved.location) == (303, "/settings")
    settings = site.connections.rows[anna].value.settings
    assert settings is not None
    assert settings.on_outlook_delete == "put_back"
    assert settings.show_as == {ShowAs.BUSY, ShowAs.TENTATIVE}
    assert not settings.sync_reserves
    assert len(site.jobs.syncs) == 1


async def test_r5_9_a_move_to_another_calendar_says_so_before(site: Site) -> None:
    anna, client = await site.syncing()
    work = site.outlook.add_calendar(anna, "Work")

    asked = await press(client, "change", **typed(site, anna, calendar_id=work))
    await press(client, "change", confirm="yes", **typed(site, anna, calendar_id=work))

    assert "move to the other calendar" in asked.text
    connection = site.connections.rows[anna].value
    assert connection.calendar_name == "Work"
    assert connection.leaving is not None
    assert connection.leaving.calendar_id == site.outlook.default(anna)


async def test_r5_9_what_saving_would_do_is_shown_with_what_was_typed(site: Site) -> None:
    anna, client = await site.syncing()

    answer = await press(client, "preview", **typed(site, anna))

    assert answer.status == 200
    assert "What saving would do" in answer.text
    assert 'value="put_back" checked' in answer.text


async def test_r5_9_a_refused_change_is_said_on_the_page(site: Site) -> None:
    anna, client = await site.syncing()
    site.change(anna, leaving=Leaving(calendar_id=CalendarId("AQMk/other"), since=START))
    work = site.outlook.add_calendar(anna, "Work")

    answer = await press(client, "change", confirm="yes", **typed(site, anna, calendar_id=work))

    assert answer.status == 409
    assert "still being moved" in answer.text


async def test_r10_1_disconnecting_asks_first_and_counts(site: Site) -> None:
    anna, client = await site.connected()
    await press(client, "start", **typed(site, anna))

    asked = await press(client, "disconnect")
    state = site.connections.rows[anna].value.state
    done = await press(client, "disconnect", confirm="yes")

    assert "0 events" in asked.text
    assert state is ConnectionState.STARTING
    assert done.status == 303
    assert site.connections.rows[anna].value.state is ConnectionState.DISCONNECTING


async def test_r11_7_the_page_asks_about_held_cancellations(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, client = await site.syncing(held=ASKED)
    say_held(monkeypatch, (KIM,))

    asked = (await client.get("/settings")).text
    answer = await press(client, "held", answer="put_back")
    after = (await client.get("/settings")).text

    assert "7 appointments wait for your answer" in asked
    assert "Kim Adler - Massage" in asked
    # The question was asked an hour before the clock's start: 08:00 in the person's zone.
    assert "Tue 24 Nov 2026, 08:00" in asked
    assert (answer.status, answer.location) == (303, "/settings")
    assert site.connections.rows[anna].value.held == Held(
        since=START - timedelta(hours=1), count=7, answer=HeldAnswer.PUT_BACK
    )
    assert "Being done" in after
    assert "Kim Adler" not in after


async def test_r11_7_an_answer_that_comes_too_late_is_told(site: Site) -> None:
    _, client = await site.syncing()

    answer = await press(client, "held", answer="cancel")

    assert answer.status == 409
    assert "Nothing waits for your answer any more" in answer.text


async def test_r11_7_an_answer_counts_for_no_question_that_was_asked_later(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, client = await site.syncing(held=ASKED)
    say_held(monkeypatch, (KIM,))
    page = (await client.get("/settings")).text
    asked = html.unescape(re.findall(r'name="question" value="([^"]+)"', page)[0])
    later = Held(since=START, count=9)
    site.change(anna, held=later)

    refused = await press(client, "held", answer="cancel", question=asked)

    assert refused.status == 409
    assert "9 appointments wait for your answer" in refused.text
    assert site.connections.rows[anna].value.held == later


@pytest.mark.parametrize(("answer", "count"), [("cancel", 9), ("cancel", 6), ("put_back", 9)])
async def test_r11_7_nothing_is_cancelled_that_the_page_did_not_ask_about(
    site: Site, monkeypatch: pytest.MonkeyPatch, answer: str, count: int
) -> None:
    anna, client = await site.syncing(held=ASKED)
    say_held(monkeypatch, (KIM,))
    page = html.unescape((await client.get("/settings")).text)
    shown = dict(re.findall(r'name="(question|shown)" value="([^"]+)"', page))
    site.change(anna, held=replace(ASKED, count=count))

    pressed = await press(client, "held", answer=answer, **shown)

    held = site.connections.rows[anna].value.held
    assert held is not None
    if answer == "cancel" and count > ASKED.count:
        assert (pressed.status, held.answer) == (409, None)
        assert "More appointments wait for your answer by now" in pressed.text
        assert f"{count} appointments wait" in pressed.text
    else:
        assert (pressed.status, held.answer) == (303, HeldAnswer(answer))


@pytest.mark.parametrize("fields", [{}, {"answer": "keep"}])
async def test_r11_7_a_third_answer_is_refused(site: Site, fields: dict[str, str]) -> None:
    anna, client = await site.syncing(held=ASKED)

    assert (await press(client, "held", **fields)).status == 400
    assert site.connections.rows[anna].value.held == ASKED


@pytest.mark.parametrize("wrong", ["", "other"])
async def test_a_form_without_its_token_changes_nothing(site: Site, wrong: str) -> None:
    anna, client = await site.connected()

    answer = await press(client, "start", **typed(site, anna), csrf_token=wrong)

    assert answer.status == 403
    assert site.connections.rows[anna].value.state is ConnectionState.AUTHORIZED


async def test_an_unknown_button_is_refused(site: Site) -> None:
    _, client = await site.connected()

    assert (await press(client, "explode")).status == 400


async def test_the_page_stands_while_microsoft_does_not_answer(site: Site) -> None:
    anna, client = await site.connected()
    site.outlook.lose(anna, Throttled)

    page = await client.get("/settings")

    assert page.status == 200
    assert "does not answer at the moment" in page.text


async def test_r10_3_a_sign_in_that_microsoft_refuses_is_asked_for_again(site: Site) -> None:
    anna, client = await site.connected()
    site.outlook.lose(anna, AuthorizationLost)

    page = await client.get("/settings")

    assert page.status == 200
    assert 'href="/auth/microsoft"' in page.text


async def test_r12_2_why_is_it_not_there_without_scripts(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(
        anna, Interval(start, start + timedelta(hours=1)), subject="Lunch", show_as=ShowAs.FREE
    )
    await press(client, "start", **typed(site, anna))

    found = await client.get("/settings?why_from=2026-11-23&why_to=2026-11-30&why_words=lunch")
    other = await client.get("/settings?why_from=2026-11-23&why_to=2026-11-30&why_words=dinner")
    words = "lunch " * 33 + "l"
    cut = await client.get(
        f"/settings?why_from=2026-11-23&why_to=2026-11-30&why_words={quote(words)}+dinner"
    )
    wrong = await client.get("/settings?why_from=2026-11-30&why_to=2026-11-23")
    never = await client.get("/settings?why_from=9999-12-31&why_to=9999-12-31")

    assert "Lunch" in found.text
    assert "Not synced" in found.text
    assert "R7.1" not in found.text, "numbers of rules are for the API"
    assert "Lunch" not in other.text
    assert f'value="{words} "' in cut.text, "as many characters as the field takes"
    assert "Lunch" in cut.text
    assert "two days in order" in wrong.text
    assert never.status == 200
    assert "two days in order" in never.text


async def test_r12_2_the_whole_window_is_searched_unless_days_are_chosen(site: Site) -> None:
    anna, client = await site.connected()
    for day in range(60, 85):
        start = site.clock.now() + timedelta(days=day)
        span = Interval(start, start + timedelta(hours=1))
        site.outlook.meet(anna, span, subject=f"Yoga {day}", show_as=ShowAs.FREE)
    await press(client, "start", **typed(site, anna))

    form = (await client.get("/settings")).text
    days = dict(re.findall(r'name="(why_from|why_to)" type="date" value="([^"]+)"', form))
    found = (await client.get(f"/settings?{urlencode(days | {'why_words': 'yoga'})}")).text

    assert days == {"why_from": "2026-11-23", "why_to": "2027-02-21"}
    assert ("Yoga 60" in found, "Yoga 79" in found, "Yoga 80" in found) == (True, True, False)
    assert "25 items, 25 not synced" in found

    (following,) = re.findall(r'href="([^"]+)" rel="next"', found)
    last = (await client.get(html.unescape(following))).text

    assert ("Yoga 79" in last, "Yoga 80" in last, "Yoga 84" in last) == (False, True, True)
    assert "25 items, 25 not synced" in last
    assert 'rel="next"' not in last
    (first,) = re.findall(r'href="([^"]+)">First page', last)
    assert "Yoga 60" in (await client.get(html.unescape(first))).text
    assert (await client.get("/settings?why_from=2026-11-23&why_after=1")).status == 400


async def test_r12_2_only_what_is_missing_is_shown_where_that_is_asked(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    span = Interval(start, start + timedelta(hours=1))
    site.outlook.meet(anna, span, subject="Free", show_as=ShowAs.FREE)
    site.booking.book(anna, span, customer="Kim", service="Massage")
    await press(client, "start", **typed(site, anna))
    while (job := site.jobs.take_sync()) is not None:
        await site.app.runner.run(job)
    days = "why_from=2026-11-23&why_to=2026-11-30"

    missing = (await client.get(f"/settings?{days}&why_missing=on")).text
    nothing = (await client.get(f"/settings?{days}&why_missing=on&why_words=kim")).text

    assert "1 item, 1 not synced" in missing
    assert "Nothing with these words is missing" in nothing


async def test_a_removed_person_is_told_so(site: Site) -> None:
    anna = site.add("anna")
    client = Client()
    await site.log_in_as(client, anna)
    site.booking.remove_staff(anna)

    page = await client.get("/settings")

    assert (page.status, page.headers["content-type"]) == (404, "text/html")


async def test_pages_carry_the_strict_policy(site: Site) -> None:
    _, client = await site.connected()

    for path in ("/settings", "/connect", "/connect?invitation=x", "/auth/booking"):
        headers = (await client.get(path)).headers

        assert headers["content-security-policy"].startswith("default-src 'none'; script-src")
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.usefixtures("site")
async def test_static_files_are_kept_for_ever_under_their_hash() -> None:
    client = Client()
    style = await client.get(static_address("app.css"))
    again = await client.get(static_address("app.css"), **{"If-None-Match": style.headers["etag"]})
    plain = await client.get("/static/app.css")
    missing = await client.get("/static/views.py")

    assert (style.status, style.headers["content-type"]) == (200, "text/css")
    assert "immutable" in style.headers["cache-control"]
    assert (again.status, again.body) == (304, b"")
    assert "immutable" not in plain.headers["cache-control"]
    assert missing.status == 404


async def test_who_is_suspended_keeps_nothing_on_the_page(site: Site) -> None:
    anna, client = await site.connected()
    stored = site.connections.rows[anna]
    site.connections.rows[anna] = replace(
        stored, value=replace(stored.value, state=ConnectionState.INACTIVE)
    )

    page = await client.get("/settings")

    assert "not activated" in page.text
    assert "contoso" not in page.text


async def form_of(client: Client) -> str:
    """Gives what says whose form the settings page holds."""
    text = (await client.get("/settings")).text
    return html.unescape(re.findall(r'name="form_of" value="([^"]+)"', text)[0])


async def test_r4_6_a_form_that_met_an_ended_session_comes_back_after_the_log_in(
    site: Site,
) -> None:
    anna, client = await site.connected()
    fields = typed(site, anna, contact_email="anna@elsewhere.example")
    fields |= {"form_of": await form_of(client), "csrf_token": await token(client)}
    site.clock.advance(13 * 3600)

    sent_on = await client.post("/settings", fields | {"action": "start"})
    site.log_in.alive = anna
    page = await site.walk(client, sent_on.location)
    again = await client.get("/settings")

    assert sent_on.status == 303
    assert site.connections.rows[anna].value.state is ConnectionState.AUTHORIZED
    assert "You were logged out before this was done" in page.text
    assert 'value="anna@elsewhere.example"' in page.text
    assert 'value="put_back" checked' in page.text
    # Once: what is saved by now is not talked about again.
    assert "You were logged out" not in again.text


async def test_r4_6_nobody_else_gets_what_somebody_had_entered(site: Site) -> None:
    anna, client = await site.connected()
    bob, _ = await site.connected("bob")
    fields = typed(site, anna, contact_email="anna@elsewhere.example")
    fields |= {"form_of": await form_of(client), "action": "start"}
    site.clock.advance(13 * 3600)

    sent_on = await client.post("/settings", fields)
    site.log_in.alive = bob
    page = await site.walk(client, sent_on.location)

    assert "Bob Example" in page.text
    assert "@elsewhere" not in page.text


async def test_r4_6_what_says_not_whose_it_is_is_not_kept(site: Site) -> None:
    anna, client = await site.connected()
    site.clock.advance(13 * 3600)

    forged = typed(site, anna, contact_email="eve@elsewhere.example", form_of="forged")
    sent_on = await client.post("/settings", forged | {"action": "start"})
    site.log_in.alive = anna
    page = await site.walk(client, sent_on.location)

    assert "@elsewhere" not in page.text
    assert "You were logged out" not in page.text


async def test_r4_6_a_stale_token_loses_nothing_that_was_entered(site: Site) -> None:
    anna, client = await site.syncing()
    fields = typed(site, anna) | {"form_of": await form_of(client), "csrf_token": "stale"}

    answer = await client.post("/settings", fields | {"action": "change", "confirm": "yes"})

    assert answer.status == 403
    assert "This page was out of date" in answer.text
    assert 'value="put_back" checked' in answer.text
    settings = site.connections.rows[anna].value.settings
    assert settings is not None
    assert settings.on_outlook_delete == "cancel"


@pytest.mark.parametrize("action", ["change", "preview"])
@pytest.mark.parametrize("wrong", [{"calendar_id": "nowhere"}, {"show_as": "never"}])
async def test_r4_6_a_refused_change_comes_back_with_what_was_chosen(
    site: Site, action: str, wrong: dict[str, str]
) -> None:
    anna, client = await site.syncing()

    answer = await press(client, action, **typed(site, anna, **wrong), confirm="yes")

    assert answer.status == 400
    assert 'id="settings-form"' in answer.text
    assert 'value="put_back" checked' in answer.text
    settings = site.connections.rows[anna].value.settings
    assert settings is not None
    assert settings.on_outlook_delete == "cancel"


async def test_r4_4_a_form_of_another_site_is_refused_as_ever(site: Site) -> None:
    anna, client = await site.syncing()

    answer = await client.post(
        "/settings", typed(site, anna) | {"action": "disconnect", "csrf_token": "forged"}
    )

    assert answer.status == 403
    assert "put_back" not in answer.text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_r12_2_days_at_the_ends_of_time_are_told(site: Site, day: str) -> None:
    _, client = await site.syncing()

    page = await client.get(f"/settings?why_from={day}&why_to={day}")

    assert page.status == 200


@pytest.mark.parametrize("broken", [Unreadable("403"), ContractBroken("garbled")])
async def test_r11_8_a_list_that_cant_be_read_hides_nothing_else_of_the_page(
    site: Site, broken: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = await site.connected()
    _, synced = await site.syncing("bob")

    async def fail(*_: object, **__: object) -> None:
        raise broken

    monkeypatch.setattr(Choices, "calendars", fail)
    monkeypatch.setattr(Explainer, "explain", fail)
    page = await client.get("/settings")
    asked = await synced.get("/settings?why_from=2026-11-24&why_to=2026-11-25")

    assert (page.status, asked.status) == (200, 200)
    assert "Microsoft does not answer at the moment" in page.text
    assert "be looked at just now" in asked.text
