"""The settings page changes by itself, quietly, and disturbs nobody at work in it (R12.5)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from sync.people.people import LastSync, Progress, SyncResult
from sync.words import PersonKey
from tests.browser.scenes_settings import many_cancellations_wait_for_an_answer, older_activity
from tests.browser.stage import Stage
from tests.browser.windows import open_window
from tests.site.site import Client
from tests.site.test_sessions import prefer

pytestmark = pytest.mark.asyncio(loop_scope="module")
_STEP = 5_000  # milliseconds, far less than a page waits in the long run
_LONGEST = 61_000  # milliseconds within which a page that is seen has looked
_HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@asynccontextmanager
async def open_settings(
    chromium: Browser, stage: Stage, client: Client, path: str = "/settings"
) -> AsyncIterator[Page]:
    """Opens the page with a clock in the test's hand; it must never be loaded anew."""
    async with open_window(chromium) as page:
        await page.clock.install()
        await stage.show(page, client, path)
        await page.evaluate("window.isTheSame = true")
        yield page
        assert await page.evaluate("window.isTheSame")


async def look(page: Page) -> int:
    """Lets time pass until the page has looked; gives the status that it was answered."""
    async with page.expect_response("**/settings") as answer:
        while not answer.is_done():
            await page.clock.run_for(_STEP)
    return (await answer.value).status


def requests(page: Page) -> list[str]:
    """Gives a list to which every request is added from now on."""
    made: list[str] = []
    page.on("request", lambda one: made.append(one.url))
    return made


async def log_in(page: Page, stage: Stage, client: Client) -> None:
    """Puts somebody's log-in into the browser, as another tab would."""
    cookies = client.cookies.items()
    await page.context.add_cookies(
        [{"name": name, "value": text, "url": stage.url} for name, text in cookies]
    )


async def wait_for_something(stage: Stage, person: PersonKey) -> None:
    """Makes something happen on both sides: one Meeting more, and a time that is taken."""
    stage.clock.advance(60)
    stage.outlook.meet(person, stage.span(8, 14), subject="Choir")
    stage.booking.book(person, stage.span(9, 14), customer="Kim", service="Cut")
    stage.outlook.meet(person, stage.span(9, 14), subject="Clash")
    await stage.app.my_connection.resync(person)
    await stage.work()


async def test_r12_5_what_happens_on_the_other_side_appears_within_a_look(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        await expect(page.locator("#activity-list")).not_to_contain_text("Choir")
        await expect(page.locator("#live-facts")).to_contain_text("1 item")

        await wait_for_something(stage, anna)
        assert await look(page) == 200

        await expect(page.locator("#activity-list")).to_contain_text("Choir")
        await expect(page.locator("#live-facts")).to_contain_text("2 items")
        await expect(page.locator("#live-waiting")).to_contain_text("Clash")
        assert await look(page) == 304


async def test_r12_5_a_question_comes_and_goes_without_a_reload(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium) as other:
        await many_cancellations_wait_for_an_answer(stage, other)
        client = Client(
            {one["name"]: one["value"] for one in await other.context.cookies(stage.url)}
        )
        async with open_settings(chromium, stage, client) as page:
            await expect(page.locator("#live-held")).to_contain_text("wait for your answer")
            await other.get_by_role("button", name="Put them back").click()
            await look(page)
            await expect(page.locator("#live-held")).to_contain_text("Being done")
            await stage.work()
            await look(page)

            await expect(page.locator("#live-held section")).to_have_count(0)


async def test_r12_5_the_whole_way_from_the_start_to_the_end_needs_no_reload(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.connected()
    async with open_settings(chromium, stage, client) as page:
        await stage.app.choices.start(anna, stage.choices(anna))
        await look(page)
        await expect(page.get_by_role("progressbar", name="First sync")).to_be_visible()
        await expect(page.get_by_role("button", name="Start Sync")).to_have_count(0)

        await stage.work()
        await look(page)
        await expect(page.get_by_role("button", name="Resync")).to_be_enabled()
        await expect(page.get_by_role("heading", name="Last changes")).to_be_visible()

        await page.get_by_role("button", name="Disconnect Calendar").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.get_by_role("button", name="Keep syncing").click()
        await stage.app.my_connection.disconnect(anna)
        await stage.work()
        await look(page)
        await expect(page.get_by_role("button", name="Start Sync")).to_be_visible()


async def test_r12_5_nobody_at_work_is_disturbed(chromium: Browser, stage: Stage) -> None:
    anna, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        address = page.get_by_label("Contact e-mail address")
        await address.fill("anna@else")
        opened = page.locator("#activity-list details").first
        await opened.get_by_text("Show them").click()
        await page.focus("button[value=resync]")
        await client.call("PATCH", "/api/me/settings", {"contact_email": "anna@other.example"})
        await wait_for_something(stage, anna)
        await look(page)

        await expect(page.locator("#activity-list")).to_contain_text("Choir")
        await expect(page.locator("#activity-list details[open]")).to_have_count(1)
        await expect(page.locator("button[value=resync]")).to_be_focused()
        await expect(address).to_have_value("anna@else")
        # Once nobody is at work there any more, the news come.
        await address.fill("anna@example.com")
        await address.blur()
        await expect(page.locator("#contact-state")).to_contain_text("anna@other.example waits")


async def test_r12_5_what_is_marked_to_be_copied_stays(chromium: Browser, stage: Stage) -> None:
    anna, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        await page.evaluate(
            "document.getSelection().selectAllChildren(document.getElementById('live-facts'))"
        )
        await wait_for_something(stage, anna)
        await look(page)
        await expect(page.locator("#activity-list")).to_contain_text("Choir")
        await expect(page.locator("#live-facts")).to_contain_text("1 item")

        await page.evaluate("document.getSelection().removeAllRanges()")
        assert await look(page) == 304
        await expect(page.locator("#live-facts")).to_contain_text("2 items")


async def test_r12_5_older_activity_that_was_asked_for_stays_and_newer_is_offered(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium) as page:
        await page.clock.install()
        await older_activity(stage, page)
        shown = await page.locator("#activity-list .entry").count()
        hint = page.get_by_text("There are newer changes.")
        await expect(hint).to_be_hidden()

        (anna,) = [one for one in stage.connections.rows if one.staff_id == "anna"]
        await wait_for_something(stage, anna)
        await look(page)

        await expect(hint).to_be_visible()
        await expect(page.locator("#activity-list .entry")).to_have_count(shown)


async def test_r12_5_r12_4_progress_is_told_at_quarters_and_the_result_once(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.connected()
    await stage.app.choices.start(anna, stage.choices(anna))
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)

    async with open_settings(chromium, stage, client) as page:
        await page.expose_function("tell", tell)
        await page.evaluate(
            "new MutationObserver(() => { const { textContent } = document.getElementById('said');"
            " if (textContent) window.tell(textContent); })"
            ".observe(document.getElementById('said'), { childList: true })"
        )
        for done in (2, 10, 11, 12, 20, 21, 31, 39, 40):
            stage.change(anna, progress=Progress(done=done, total=40))
            await look(page)
            await expect(page.locator("progress")).to_have_js_property("value", done)
        await stage.work()
        for _ in range(2):
            await look(page)
            last = LastSync(ended_at=stage.clock.now(), result=SyncResult.OK)
            stage.clock.advance(60)
            stage.change(anna, last_sync=last)
        await page.clock.run_for(1000)

    assert told == [
        "First sync: 25 % done.",
        "First sync: 50 % done.",
        "First sync: 75 % done.",
        "Syncing: everything is in step.",
    ]


async def test_r12_5_r4_5_looking_keeps_no_session_alive_and_its_end_is_said_once(
    chromium: Browser, stage: Stage
) -> None:
    prefer(stage, 20)
    anna, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        await page.get_by_label("Contact e-mail address").fill("anna@else")
        statuses = []
        for _ in range(2):
            stage.clock.advance(timedelta(minutes=15).total_seconds())
            statuses.append(await look(page))

        assert statuses == [304, 302]
        notice = page.get_by_role("status").filter(has_text="Your log-in has ended")
        await expect(notice).to_be_visible()
        asked = requests(page)
        await page.clock.run_for(10 * _LONGEST)
        assert not asked

        # Logged in again in another tab, one goes on where one was.
        await stage.log_in_as(client, anna)
        await log_in(page, stage, client)
        async with page.expect_response("**/settings"):
            await page.evaluate(_HIDE, False)
        await expect(notice).to_have_count(0)
        await expect(page.get_by_label("Contact e-mail address")).to_have_value("anna@else")
        await page.get_by_label("Contact e-mail address").fill("anna@else.example")
        await page.get_by_role("button", name="Save e-mail choices").click()
        await expect(page.get_by_text("anna@else.example waits")).to_be_visible()


async def test_r12_5_r4_5_the_page_of_one_person_never_becomes_anothers(
    chromium: Browser, stage: Stage
) -> None:
    _, client = await stage.synced()
    bob, others = await stage.connected("bob")
    async with open_settings(chromium, stage, client) as page:
        await log_in(page, stage, others)
        await look(page)

        way_on = page.get_by_role("link", name="Show it as it is now")
        await expect(way_on).to_be_visible()
        await expect(page.locator(".account-name")).to_contain_text("anna")
        await expect(page.get_by_text(f"{bob.staff_id}@")).to_have_count(0)


async def test_r12_5_a_page_that_nobody_sees_asks_nothing_and_looks_when_it_is_seen(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        asked = requests(page)
        await page.evaluate(_HIDE, True)
        await page.clock.run_for(10 * _LONGEST)
        assert not asked

        await wait_for_something(stage, anna)
        await page.evaluate(_HIDE, False)
        await expect(page.locator("#activity-list")).to_contain_text("Choir")


async def test_r12_5_while_nothing_happens_a_page_looks_once_a_minute(
    chromium: Browser, stage: Stage
) -> None:
    _, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        for _ in range(8):
            assert await look(page) == 304
        asked = requests(page)
        await page.clock.run_for(45_000)

        assert not asked
        assert await look(page) == 304


async def test_r12_5_r4_6_without_a_network_a_sentence_says_so_and_nothing_is_lost(
    chromium: Browser, stage: Stage
) -> None:
    _, client = await stage.connected()
    context = await chromium.new_context()
    page = await context.new_page()
    try:
        await page.clock.install()
        await stage.show(page, client, "/settings")
        await page.get_by_label("Contact e-mail address").fill("anna@else.example")
        await context.set_offline(True)
        for _ in range(2):
            async with page.expect_event("requestfailed"):
                await page.clock.run_for(_LONGEST)
        notice = page.get_by_role("status").filter(has_text="There is no answer at the moment")
        await expect(notice).to_be_visible()

        for name in ("Preview", "Save e-mail choices"):
            await page.get_by_role("button", name=name).click()
            problem = page.locator(".field-problem").last
            await expect(problem).to_contain_text("No answer came, so it is not certain")
            await expect(page.get_by_role("button", name=name)).to_be_focused()
        assert "fetch" not in await page.locator("body").inner_text()

        await context.set_offline(False)
        await look(page)
        await expect(notice).to_have_count(0)
        field = page.get_by_label("Contact e-mail address")
        await expect(field).to_have_value("anna@else.example")
    finally:
        await context.close()


async def test_r12_5_a_page_of_somebody_elses_ends_no_watching(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.synced()
    async with open_settings(chromium, stage, client) as page:
        await page.route("**/settings", lambda route: route.fulfill(body="<html>Maintenance"))
        for _ in range(2):
            assert await look(page) == 200
        await expect(page.get_by_text("There is no answer at the moment")).to_be_visible()

        await page.unroute("**/settings")
        await wait_for_something(stage, anna)
        await look(page)

        await expect(page.locator("#activity-list")).to_contain_text("Choir")
        await expect(page.get_by_text("There is no answer at the moment")).to_have_count(0)


async def test_r12_5_r4_6_older_activity_that_does_not_come_is_said_once(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium) as page:
        await older_activity(stage, page)
        await page.goto(f"{stage.url}/settings")
        await page.route("**/settings?activity=*", lambda route: route.fulfill(body="<html>"))
        for _ in range(2):
            await page.get_by_role("link", name="Load more").click()
            await expect(page.locator("#said")).to_contain_text("No answer came")

        await expect(page.locator("#activity .field-problem")).to_have_count(1)


async def test_r12_5_r4_6_an_answer_that_is_none_of_ours_is_not_shown(
    chromium: Browser, stage: Stage
) -> None:
    _, client = await stage.connected()
    async with open_settings(chromium, stage, client) as page:
        await page.route("**/settings", lambda route: route.fulfill(body="<html>"))
        await page.get_by_role("button", name="Preview").click()

        await expect(page.locator("#preview")).to_have_text(
            "No answer came, so it is not certain that this was done. What you entered is still "
            "here; please try again."
        )
