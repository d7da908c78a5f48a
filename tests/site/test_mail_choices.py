"""The contact address and the notifications over HTTP (R5.3, R5.9, R9.7, R9.8)."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from sync.app import use_app
from sync.people.contact import Notice
from sync.people.people import ConnectionState
from sync.ports import MailKind
from sync.words import PersonKey
from tests.site.site import ACCOUNT, BASE, Answer, Client, Site
from tests.stories.mails.people import without

STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def site() -> Iterator[Site]:
    yield Site()
    use_app(None)


async def patch(client: Client, **values: Any) -> Answer:
    return await client.call("PATCH", "/api/me/settings", values)


async def press(client: Client, action: str, **fields: Any) -> Answer:
    token = (await client.get("/api/me")).json["csrf_token"]
    return await client.post("/settings", {"csrf_token": token, "action": action} | fields)


def confirmation(site: Site, person: PersonKey) -> str:
    """Gives the path of the link in the newest confirmation mail."""
    pending = site.connections.rows[person].value.contact.pending
    assert pending is not None
    return site.app.mail_choices.confirmation_link(pending, person).removeprefix(BASE)


def asked(site: Site) -> int:
    return sum(each.job.kind is MailKind.CONFIRM_CONTACT for each in site.jobs.mails)


async def test_r5_9_the_api_changes_mail_at_once_and_gives_the_person_back(site: Site) -> None:
    _, client = await site.connected()

    answer = await patch(client, notify_update_failed=False)

    assert answer.status == 200
    assert answer.json["settings"]["notify_update_failed"] is False
    assert answer.json["settings"]["notify_resync_completed"] is True
    assert answer.json["settings"]["contact_email"] == "anna@example.com"
    assert answer.json["contact_pending"] is None
    assert answer.json == (await client.get("/api/me")).json


async def test_r5_3_the_api_shows_the_address_in_use_beside_the_one_that_waits(site: Site) -> None:
    anna, client = await site.syncing()

    waiting = (await patch(client, contact_email=STRANGER)).json
    confirmed = await Client().post(confirmation(site, anna), {})
    used = (await client.get("/api/me")).json

    assert waiting["settings"]["contact_email"] == "anna@example.com"
    assert waiting["contact_pending"] == STRANGER
    assert confirmed.status == 200
    assert used["settings"]["contact_email"] == STRANGER
    assert used["contact_pending"] is None


@pytest.mark.parametrize("state", ["invited", "authorized", "starting", "reconnect_needed"])
async def test_r5_9_the_api_changes_mail_before_and_while_syncing(site: Site, state: str) -> None:
    anna, client = await site.connected()
    site.change(anna, state=ConnectionState(state))

    assert (await patch(client, notify_resync_completed=False)).status == 200

    choices = site.connections.rows[anna].value.settings
    assert choices is not None
    assert choices.notify_resync_completed is False


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"contact_email": "nonsense"}, "contact_email"),
        ({"contact_email": None}, "contact_email"),
        ({"contact_email": ""}, "contact_email"),
        ({"notify_update_failed": "yes"}, "notify_update_failed"),
        ({"notify_resync_completed": None}, "notify_resync_completed"),
        ({"calendar_id": "x", "notify_update_failed": True}, "calendar_id"),
        ({}, "contact_email"),
    ],
)
async def test_r5_9_a_wrong_field_is_named_and_nothing_is_changed(
    site: Site, values: dict[str, Any], field: str
) -> None:
    anna, client = await site.syncing()
    before = site.connections.rows[anna].value

    answer = await patch(client, **values)

    assert (answer.status, answer.json["type"]) == (400, "bad_request")
    assert field in answer.json["detail"]
    assert site.connections.rows[anna].value == before


async def test_r9_7_too_many_confirmations_are_429_with_the_time(site: Site) -> None:
    _, client = await site.connected()
    for _ in range(3):
        assert (await patch(client, contact_email=STRANGER)).status == 200

    answer = await patch(client, contact_email=STRANGER)

    assert (answer.status, answer.json["type"]) == (429, "too_many_confirmations")
    assert answer.headers["retry-after"] == "86400"
    assert "Tuesday 24 November 2026, 09:00 (CET)" in answer.json["detail"]
    assert asked(site) == 3


async def test_r4_6_a_change_needs_the_session_and_its_token(site: Site) -> None:
    _, client = await site.connected()

    stranger = await Client().send("PATCH", "/api/me/settings", body=b"{}")
    forged = await client.send("PATCH", "/api/me/settings", body=b'{"notify_update_failed": false}')

    assert (stranger.status, forged.status) == (401, 403)


# --- the page ---


@pytest.mark.parametrize("state", ["invited", "authorized", "starting", "active"])
async def test_r5_9_the_page_has_a_section_for_mail_in_every_state(site: Site, state: str) -> None:
    anna, client = await site.connected()
    site.change(anna, state=ConnectionState(state))

    answer = await press(client, "mail", contact_email=STRANGER, notify_update_failed="on")
    page = unescape((await client.get("/settings")).text)

    assert (answer.status, answer.location) == (303, "/settings")
    assert page.count('id="contact_email"') == 1
    assert f"{STRANGER} waits for its confirmation." in page
    assert "Until then mail goes to anna@example.com" in page
    settings = site.connections.rows[anna].value.settings
    assert settings is not None
    assert (settings.notify_resync_completed, settings.notify_update_failed) == (False, True)


async def test_r5_3_saving_what_stands_there_asks_nobody_again(site: Site) -> None:
    _, client = await site.syncing()
    await press(client, "mail", contact_email=STRANGER)

    await press(client, "mail", contact_email=STRANGER, notify_resync_completed="on")
    assert asked(site) == 1
    await press(client, "confirm_again")
    assert asked(site) == 2


async def test_r4_6_a_wrong_address_comes_back_with_what_was_typed(site: Site) -> None:
    anna, client = await site.syncing()

    answer = await press(client, "mail", contact_email="<nonsense>", notify_update_failed="on")

    assert answer.status == 400
    assert 'value="&lt;nonsense&gt;"' in answer.text
    assert 'id="contact_email-problem"' in answer.text
    settings = site.connections.rows[anna].value.settings
    assert settings is not None
    assert settings.contact_email == "anna@example.com"


async def test_r9_7_the_page_says_when_it_goes_again(site: Site) -> None:
    _, client = await site.syncing()
    await press(client, "mail", contact_email=STRANGER)
    await press(client, "confirm_again")
    await press(client, "confirm_again")

    answer = await press(client, "confirm_again")

    assert answer.status == 429
    assert answer.headers["retry-after"] == "86400"
    assert "It goes again from Tuesday 24 November 2026, 09:00 (CET) on." in answer.text


async def test_r5_3_an_address_of_an_earlier_release_is_shown_as_waiting(site: Site) -> None:
    anna, client = await site.syncing()
    settings = site.connections.rows[anna].value.settings
    assert settings is not None
    site.change(anna, settings=replace(settings, contact_email=STRANGER))

    page = (await client.get("/settings")).text
    await press(client, "confirm_again")

    assert "No link is good for it at the moment." in page
    assert asked(site) == 1
    await Client().post(confirmation(site, anna), {})
    assert (await client.get("/api/me")).json["contact_pending"] is None


# --- the links of mails ---


async def test_r5_3_opening_the_link_changes_nothing_and_the_button_confirms(site: Site) -> None:
    anna, client = await site.syncing()
    await patch(client, contact_email=STRANGER)
    path = confirmation(site, anna)
    before = site.connections.rows[anna].value
    scanner = Client()

    for _ in range(3):
        page = await scanner.get(path)
    unchanged = site.connections.rows[anna].value
    pressed = [await scanner.post(path, {}) for _ in range(2)]
    again = await scanner.get(path)

    assert (page.status, unchanged) == (200, before)
    assert STRANGER in page.text
    assert f'action="{path}"' in unescape(page.text)
    assert "<button" in page.text
    assert [answer.status for answer in (*pressed, again)] == [200, 200, 200]
    assert "is confirmed" in pressed[1].text
    assert "<form" not in again.text


async def test_r5_3_a_link_that_is_no_good_says_so(site: Site) -> None:
    anna, client = await site.syncing()
    await patch(client, contact_email=STRANGER)
    old = confirmation(site, anna)
    await patch(client, contact_email=STRANGER)
    new = confirmation(site, anna)
    site.clock.advance(7 * 86_400)

    for path, status in ((old, 410), (new, 410), (new[:-2], 400), ("/contact/confirm", 400)):
        for answer in (await Client().get(path), await Client().post(path, {})):
            assert answer.status == status
            assert answer.headers["content-type"] == "text/html"
            assert 'href="/settings"' in answer.text


@pytest.mark.parametrize("notice", Notice)
async def test_r9_8_one_click_ends_a_notification_without_a_log_in(
    site: Site, notice: Notice
) -> None:
    anna, _ = await site.syncing()
    path = site.app.mail_choices.unsubscribe_link(anna, notice).removeprefix(BASE)
    before = site.connections.rows[anna].value

    page = await Client().get(path)
    unchanged = site.connections.rows[anna].value
    # As a mail program posts it (RFC 8058).
    clicks = [await Client().post(path, {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert (page.status, unchanged) == (200, before)
    assert f'action="{path}"' in unescape(page.text)
    assert [click.status for click in clicks] == [200, 200]
    assert before.settings is not None
    after = site.connections.rows[anna].value
    off = without(before.settings, notice)
    assert replace(after, deeds=before.deeds) == replace(before, settings=off)
    # Once, however often it is clicked (R12.1).
    assert [deed.changed for deed in after.deeds[len(before.deeds) :]] == [(notice,)]


async def test_r9_8_a_broken_link_ends_nothing(site: Site) -> None:
    anna, _ = await site.syncing()
    path = site.app.mail_choices.unsubscribe_link(anna, Notice.UPDATE_FAILED).removeprefix(BASE)
    before = site.connections.rows[anna].value

    for broken in (path[:-2], "/unsubscribe", "/unsubscribe?token="):
        assert (await Client().get(broken)).status == 400
        assert (await Client().post(broken, {})).status == 400

    assert site.connections.rows[anna].value == before


async def test_no_token_or_address_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    anna, client = await site.syncing()
    await patch(client, contact_email=STRANGER)
    links = (
        confirmation(site, anna),
        site.app.mail_choices.unsubscribe_link(anna, Notice.UPDATE_FAILED).removeprefix(BASE),
    )

    for path in links:
        await Client().get(path)
        await Client().post(path, {})
        await Client().post(path[:-2], {})

    everything = " ".join(str(record.__dict__) for record in caplog.records)
    for private in (STRANGER, *(path.partition("token=")[2] for path in links)):
        assert private not in everything


# --- invitations ---


async def test_r3_6_too_many_invitations_are_429_with_the_time(site: Site) -> None:
    await site.activate(site.add("anna"))
    site.clock.advance(20)
    path = f"/api/accounts/{ACCOUNT}/staff/anna/invitation"

    early = await Client().call("POST", path, **{"X-Acting-Staff-Id": "boss"})
    site.clock.advance(40)
    later = await Client().call("POST", path, **{"X-Acting-Staff-Id": "boss"})

    assert (early.status, early.json["type"]) == (429, "too_many_invitations")
    assert early.headers["retry-after"] == "40"
    assert "Monday 23 November 2026, 09:01 (CET)" in early.json["detail"]
    assert later.status == 202
