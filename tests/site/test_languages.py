"""In which language whoever asks is answered (R12.7)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any

import pytest

from sync.messages import language
from sync.people.letting_go import closed, forgotten
from sync.people.people import AccessType, Connection, StaffMember
from sync.words import PersonKey
from tests.site.site import ACCOUNT, Answer, Client, Site

GERMAN = {"Accept-Language": "de-CH,de;q=0.9,en;q=0.5"}


def with_language(site: Site, person: PersonKey, tag: str | None) -> StaffMember:
    """Gives a profile another language, at the booking product and as last read."""
    staff = replace(site.connections.rows[person].value.staff, language=tag)
    site.booking.put_staff(ACCOUNT, staff)
    site.change(person, staff=staff)
    return staff


def language_of(site: Site, person: PersonKey) -> str | None:
    return site.connections.rows[person].value.language


def is_in(answer: Answer, code: str, words: str) -> bool:
    """Says whether a page is in a language, and says a message in it."""
    is_marked = f'<html lang="{code}">' in answer.text
    return is_marked and escape(language(code).say(words), quote=False) in answer.text


async def test_r12_7_before_anybody_is_known_the_browser_decides(site: Site) -> None:
    stranger = Client()
    site.log_in.alive = None

    door = await site.walk(stranger, "/connect")
    nowhere = await stranger.get("/nowhere", **GERMAN)
    english = await stranger.get("/nowhere", **{"Accept-Language": "nl"})

    assert is_in(door, "en", "Connect your Outlook calendar")
    assert is_in(nowhere, "de", "There is no such page")
    assert is_in(english, "en", "There is no such page")


async def test_r12_7_the_profile_counts_before_the_browser(site: Site) -> None:
    anna, client = await site.syncing()
    before = await client.get("/settings", **GERMAN)
    with_language(site, anna, "fr-CA")
    after = await client.get("/settings", **GERMAN)

    assert is_in(before, "de", "My calendar sync")
    assert is_in(after, "fr", "My calendar sync")


async def test_r12_7_a_profile_in_a_language_that_is_not_there_leaves_it_to_the_browser(
    site: Site,
) -> None:
    anna, client = await site.syncing()
    with_language(site, anna, "nl-BE")

    assert is_in(await client.get("/settings", **GERMAN), "de", "My calendar sync")


async def test_r12_7_administrators_read_their_page_in_their_language(site: Site) -> None:
    boss = site.add("boss", AccessType.HQ_ADMIN)
    client = Client()
    await site.log_in_as(client, boss, "/auth/booking?next=/plugin")

    page = await client.get("/plugin", **GERMAN)

    assert is_in(page, "de", "Locations")
    assert ">Locations<" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "value", "words"),
    [
        ("GET", "/api/me/explain?missing=perhaps", None, "missing is true or false."),
        ("POST", "/api/me/resync", None, "No Outlook calendar is connected at the moment."),
        ("POST", "/api/me/held", {"answer": "cancel"}, "Nothing waits for your answer any more."),
    ],
)
async def test_r12_7_details_that_people_see_are_in_their_language(
    site: Site, method: str, path: str, value: Any, words: str
) -> None:
    _, client = await site.connected()
    token = (await client.get("/api/me")).json["csrf_token"]

    answer = await client.call(method, path, value, **GERMAN, **{"X-CSRF-Token": token})

    assert answer.json["detail"] == language("de").say(words)


async def test_r12_7_a_refusal_on_a_page_is_in_the_persons_language(site: Site) -> None:
    anna, client = await site.connected()
    with_language(site, anna, "es")
    page = await client.get("/settings")

    answer = await client.post("/settings", {**page.hidden, "action": "start", "calendar_id": ""})

    assert is_in(answer, "es", "Please choose a calendar.")


async def test_r12_7_mail_is_in_the_language_of_the_last_visit(site: Site) -> None:
    anna, client = await site.syncing()
    await client.get("/settings", **GERMAN)
    await client.get("/settings", **{"Accept-Language": "nl"})

    assert language_of(site, anna) == "de"


async def test_r12_7_a_look_of_an_open_page_is_no_visit(site: Site) -> None:
    anna, client = await site.syncing()

    await client.get("/settings", **GERMAN, **{"If-None-Match": '"older"'})

    assert language_of(site, anna) is None


@pytest.mark.parametrize("end", [closed, forgotten])
async def test_r12_7_of_who_was_let_go_no_language_is_noted(
    site: Site, end: Callable[[Connection, datetime], Connection]
) -> None:
    boss = site.add("boss", AccessType.HQ_ADMIN)
    await site.activate(boss)
    stored = site.connections.rows[boss]
    before = end(stored.value, site.clock.now())
    site.connections.rows[boss] = replace(stored, value=before)
    client = Client()
    await site.log_in_as(client, boss)

    answer = await client.get("/settings", **GERMAN)

    assert is_in(answer, "de", "The calendar sync is not activated for you")
    assert "Boss Example" in answer.text
    assert "/plugin" in answer.steps
    assert site.connections.rows[boss].value == before


async def test_r12_7_whose_profile_has_a_language_needs_no_other(site: Site) -> None:
    anna, client = await site.syncing()
    with_language(site, anna, "fr")

    await client.get("/settings", **GERMAN)

    assert language_of(site, anna) is None


async def test_r12_7_one_request_leaves_nothing_to_the_next(site: Site) -> None:
    _, client = await site.syncing()

    await client.get("/settings", **GERMAN)
    english = await client.get("/settings")

    assert is_in(english, "en", "My calendar sync")
