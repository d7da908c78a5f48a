"""An open page asks whether it is still true: cheaply, and without being a visit (R12.5)."""

import re
from datetime import timedelta
from typing import Any

import pytest

from sync.people.people import AccessType, Held, LastSync, Progress, SyncResult
from sync.site.pages.live import LIST_TIME
from sync.words import StaffId
from tests.fakes.clock import START
from tests.site.site import NORTH, SOUTH, Answer, Client, Site
from tests.site.test_sessions import prefer
from tests.site.test_settings_page import form_of, token, typed

_QUARTER_HOUR = timedelta(minutes=15).total_seconds()


def version(answer: Answer) -> str:
    return str(re.findall(r'data-version="(\w+)"', answer.text)[0])


async def look(client: Client, known: str, path: str = "/settings") -> Answer:
    """Asks as the script does, in a browser that doesn't say what it asks for."""
    return await client.get(path, **{"If-None-Match": f'"{known}"'})


async def administrator(site: Site) -> Client:
    client = Client()
    boss = site.add("boss", AccessType.HQ_ADMIN, locations=frozenset({NORTH, SOUTH}))
    await site.log_in_as(client, boss, "/auth/booking?next=/plugin")
    return client


async def test_r12_5_while_nothing_has_changed_a_look_costs_two_reads_of_one_row(
    site: Site,
) -> None:
    _, client = await site.syncing(waiting=3)
    known = version(await client.get("/settings"))
    reads: list[str] = []
    for fake in (site.connections, site.ledger, site.booking, site.outlook, site.flows):
        fake.before = reads.append

    answer = await look(client, known)

    assert (answer.status, answer.body) == (304, b"")
    assert reads == ["get", "get"]


@pytest.mark.parametrize(
    "change",
    [
        {"last_sync": LastSync(ended_at=START, result=SyncResult.OK)},
        {"progress": Progress(done=1, total=9)},
        {"waiting": 1},
        {"held": Held(since=START, count=6)},
        {"calendar_name": "Work"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_r12_5_whatever_the_page_shows_gives_it_another_version(
    site: Site, change: dict[str, Any]
) -> None:
    anna, client = await site.syncing()
    known = version(await client.get("/settings"))
    site.change(anna, **change)

    answer = await look(client, known)

    assert answer.status == 200
    assert version(answer) != known


async def test_r12_5_a_sync_of_somebody_else_changes_nothing(site: Site) -> None:
    _, client = await site.syncing()
    bob, _ = await site.syncing("bob")
    known = version(await client.get("/settings"))
    site.change(bob, waiting=4)

    assert (await look(client, known)).status == 304


async def test_r12_5_while_nothing_has_changed_a_look_at_the_list_draws_nothing(
    site: Site,
) -> None:
    client = await administrator(site)
    for number in range(3):
        await site.activate(site.add(f"person-{number}"))
    known = version(await client.get("/plugin"))
    stored: list[str] = []
    asked: list[str] = []
    for fake in (site.connections, site.ledger, site.locations, site.flows):
        fake.before = stored.append
    site.booking.before = lambda name, _: asked.append(name)

    answer = await look(client, known, "/plugin?state=attention")

    assert (answer.status, answer.body) == (304, b"")
    # That of the session, and two for the list however long it is.
    assert stored == ["get", "version_of_account", "get"]
    assert asked == ["staff_member"]


async def test_r12_5_whatever_the_list_shows_gives_it_another_version(site: Site) -> None:
    client = await administrator(site)
    anna, _ = await site.syncing()
    versions = [version(await client.get("/plugin"))]

    async def changed() -> bool:
        answer = await look(client, versions[-1], "/plugin")
        versions.append(version(answer) if answer.status == 200 else versions[-1])
        return answer.status == 200

    assert not await changed()
    site.change(anna, waiting=4)
    assert await changed()
    both = frozenset({NORTH, SOUTH})
    await site.app.administration.set_enabled(anna.account_id, StaffId("boss"), both)
    assert await changed()
    site.add("boss", AccessType.LOCATION_ADMIN, locations=frozenset({NORTH}))
    assert await changed()
    assert not await changed()
    # The booking product alone knows of somebody new: that is seen a little later.
    site.add("new")
    site.clock.advance(LIST_TIME.total_seconds())
    assert await changed()
    assert len(set(versions)) == 5


@pytest.mark.parametrize("known", ["", "current"])
async def test_r12_5_r4_5_looking_keeps_no_session_alive(site: Site, known: str) -> None:
    prefer(site, 20)
    _, client = await site.syncing()
    known = known and version(await client.get("/settings"))
    answers = []

    for _ in range(2):
        site.clock.advance(_QUARTER_HOUR)
        answers.append(await look(client, known))

    assert answers[0].status == (304 if known else 200)
    assert not answers[0].cookies
    assert (answers[1].status, answers[1].location) == (302, "/connect")


async def test_r12_5_r4_5_looking_at_the_list_keeps_no_session_alive(site: Site) -> None:
    prefer(site, 20)
    client = await administrator(site)
    answers = []

    for _ in range(2):
        site.clock.advance(_QUARTER_HOUR)
        answers.append(await look(client, "", "/plugin"))

    assert [answer.status for answer in answers] == [200, 302]
    assert not answers[0].cookies


async def test_r4_5_who_only_searches_the_list_is_there_all_the_same(site: Site) -> None:
    prefer(site, 20)
    client = await administrator(site)
    fields = (await client.get("/plugin")).hidden | {"action": "show", "words": "an"}
    statuses = []

    for _ in range(3):
        site.clock.advance(_QUARTER_HOUR)
        statuses.append((await client.post("/plugin", fields)).status)

    assert statuses == [200, 200, 200]


@pytest.mark.parametrize(("done", "percent"), [(0, 0), (4, 25), (8, 50), (15, 75), (16, 100)])
async def test_r12_5_work_on_many_is_told_at_quarters(site: Site, done: int, percent: int) -> None:
    client = await administrator(site)
    for number in range(done):
        await site.activate(site.add(f"person-{number:02}"))

    page = (await client.get("/plugin?done=activating&many=16&from=0")).text

    assert f'data-say="Activating: {percent} % done."' in page


async def pressed_before_the_log_in(site: Site) -> Client:
    """Gives the browser of somebody whose form met an ended session, logged in again."""
    anna, client = await site.connected()
    fields = typed(site, anna, contact_email="anna@elsewhere.example")
    fields |= {"form_of": await form_of(client), "csrf_token": await token(client)}
    site.clock.advance(timedelta(hours=13).total_seconds())
    await client.post("/settings", fields | {"action": "start"})
    await site.log_in_as(client, anna)
    return client


async def test_r12_5_r4_6_a_look_of_another_tab_takes_nothing_that_was_pressed(site: Site) -> None:
    client = await pressed_before_the_log_in(site)

    looked = await look(client, "")
    page = await client.get("/settings")

    assert "@elsewhere.example" not in looked.text
    assert "You were logged out before this was done" in page.text
    assert 'value="anna@elsewhere.example"' in page.text


async def test_r4_6_who_asks_by_head_takes_nothing_that_was_pressed(site: Site) -> None:
    client = await pressed_before_the_log_in(site)

    asked = await client.send("HEAD", "/settings")
    page = await client.get("/settings")

    assert (asked.status, asked.cookies) == (200, ())
    assert 'value="anna@elsewhere.example"' in page.text


async def test_r12_5_r4_6_a_look_at_the_list_takes_no_selection_that_was_pressed(
    site: Site,
) -> None:
    site.add("anna")
    client = await administrator(site)
    fields = (await client.get("/plugin")).hidden | {"action": "activate", "staff_id": "anna"}
    site.clock.advance(timedelta(hours=13).total_seconds())
    await client.post("/plugin", fields)
    await site.log_in_as(client, site.log_in.person, "/auth/booking?next=/plugin")  # type: ignore[arg-type]

    await look(client, "", "/plugin")
    page = await client.get("/plugin")

    assert 'name="staff_id" value="anna" checked' in page.text


async def test_r12_5_what_is_being_entered_is_marked_as_nobodys_to_replace(site: Site) -> None:
    _, client = await site.syncing()

    plain = (await client.get("/settings")).text
    changing = (await client.get("/settings?change=1")).text
    asked = (await client.get("/settings?why_from=2026-11-30&why_to=2026-11-23")).text
    older = (await client.get("/settings?activity=1790000000.000000-a")).text

    for part in ("live-choices", "live-mail", "live-why", "live-activity", "live-status"):
        assert f'id="{part}" data-live>' in plain
    assert 'id="live-choices">' in changing
    assert 'id="live-why">' in asked
    assert 'id="live-activity">' in older


async def test_r12_5_r12_4_a_page_with_an_error_says_so_in_its_title_and_leads_to_the_field(
    site: Site,
) -> None:
    anna, client = await site.connected()
    fields = typed(site, anna, contact_email="nonsense", show_as=["never"])
    fields |= {"csrf_token": await token(client), "action": "start"}

    answer = await client.post("/settings", fields)

    assert "<title>Error: My calendar sync" in answer.text
    summary = answer.text[answer.text.index('id="problem"') :].partition("</div>")[0]
    for field in ("contact_email", "show_as"):
        assert f'href="#{field}"' in summary
        assert f'id="{field}"' in answer.text
    assert "Error:" not in (await client.get("/settings")).text
