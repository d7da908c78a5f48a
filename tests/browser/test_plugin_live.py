"""The administrators' list under the hand: selection, filters, what changes by itself (R12.9)."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, expect

from sync.people.people import AccessType
from tests.browser.stage import Stage
from tests.browser.windows import open_window
from tests.site.site import NORTH, SOUTH, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def administer(stage: Stage, page: Page, path: str = "/plugin") -> None:
    client = Client()
    boss = stage.add("boss", AccessType.HQ_ADMIN, locations=frozenset({NORTH, SOUTH}))
    await stage.log_in_as(client, boss, "/auth/booking?next=/plugin")
    assert await stage.show(page, client, path) == 200


def crowd(stage: Stage, number: int) -> list[str]:
    ids = [f"person-{each:03}" for each in range(number)]
    for id_ in ids:
        stage.add(id_)
    return ids


async def test_r12_9_the_selection_survives_search_and_filters(
    chromium: Browser, stage: Stage
) -> None:
    crowd(stage, 60)
    async with open_window(chromium) as page:
        await administer(stage, page)
        await page.check("input[value=person-001]")
        await page.fill("#words", "person-05")
        await expect(page.locator("#staff-count")).to_have_text("10 of 61 shown, 1 selected")
        await page.check("input[value=person-055]")
        await page.fill("#words", "")
        await expect(page.locator("#staff-count")).to_have_text("61 of 61 shown, 2 selected")
        await page.get_by_role("button", name="Next").click()
        await expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        assert await page.is_checked("input[value=person-055]")
        await page.get_by_role("button", name="Activate selected", exact=True).click()
        await page.get_by_role("button", name="Waiting for sign-in").click()

        await expect(page.locator("#staff-count")).to_have_text("2 of 61 shown, 0 selected")


async def test_r12_9_all_of_it_works_without_a_script(chromium: Browser, stage: Stage) -> None:
    crowd(stage, 60)
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    try:
        await administer(stage, page)
        await page.check("input[value=person-001]")
        await page.fill("#words", "person-05")
        await page.press("#words", "Enter")
        await page.check("input[value=person-055]")
        await page.fill("#words", "")
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page.locator("#staff-count")).to_have_text("61 of 61 shown, 2 selected")
        await page.get_by_role("button", name="Activate selected", exact=True).click()
        await page.get_by_role("button", name="Waiting for sign-in").click()

        await expect(page.locator("#staff-count")).to_have_text("2 of 61 shown, 0 selected")
    finally:
        await context.close()


async def test_r12_5_states_and_numbers_change_by_themselves_and_quietly(
    chromium: Browser, stage: Stage
) -> None:
    anna = stage.add("anna")
    async with open_window(chromium) as page:
        await page.clock.install()
        await administer(stage, page)
        await page.check("input[value=anna]")
        await page.focus("input[value=anna]")

        await stage.activate(anna)
        await page.clock.run_for(30_000)

        row = page.get_by_role("row").filter(has_text="Anna Example")
        await expect(row).to_contain_text("Waiting for sign-in")
        await expect(page.locator("#staff-count")).to_have_text("2 of 2 shown, 1 selected")
        await expect(page.locator("input[value=anna]")).to_be_focused()
        await expect(page.locator("#said")).to_have_text("")


async def test_r12_5_what_had_to_wait_is_shown_though_nothing_has_changed_since(
    chromium: Browser, stage: Stage
) -> None:
    anna = stage.add("anna")
    async with open_window(chromium) as page:
        await page.clock.install()
        await administer(stage, page)
        row = page.get_by_role("row").filter(has_text="Anna Example")
        await page.evaluate(
            "document.getSelection().selectAllChildren(document.getElementById('staff-live'))"
        )
        await stage.activate(anna)
        async with page.expect_response("**/plugin") as first:
            await page.clock.run_for(30_000)
        await expect(row).not_to_contain_text("Waiting for sign-in")

        await page.evaluate("document.getSelection().removeAllRanges()")
        async with page.expect_response("**/plugin") as second:
            await page.clock.run_for(60_000)

        assert ((await first.value).status, (await second.value).status) == (200, 304)
        await expect(row).to_contain_text("Waiting for sign-in")


async def test_r12_5_an_ended_log_in_is_said_once_and_the_selection_stays(
    chromium: Browser, stage: Stage
) -> None:
    stage.add("anna")
    async with open_window(chromium) as page:
        await page.clock.install()
        await administer(stage, page)
        await page.check("input[value=anna]")
        await page.context.clear_cookies()
        await page.clock.run_for(30_000)

        await expect(page.get_by_role("link", name="Log in again")).to_be_visible()
        await page.clock.run_for(60_000)
        await expect(page.get_by_role("link", name="Log in again")).to_have_count(1)
        assert await page.is_checked("input[value=anna]")


async def test_r12_5_r4_6_a_search_without_a_network_is_said_and_nothing_is_lost(
    chromium: Browser, stage: Stage
) -> None:
    stage.add("anna")
    context = await chromium.new_context()
    page = await context.new_page()
    try:
        await administer(stage, page)
        await page.check("input[value=anna]")
        await context.set_offline(True)
        await page.fill("#words", "boss")

        notice = page.get_by_role("status").filter(has_text="There is no answer at the moment")
        await expect(notice).to_be_visible()
        assert await page.is_checked("input[value=anna]")
        await context.set_offline(False)
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page.locator("#staff-count")).to_have_text("1 of 2 shown, 1 selected")
        await expect(notice).to_have_count(0)
    finally:
        await context.close()


async def test_r12_9_the_location_counts_when_it_is_chosen_not_at_an_arrow_key(
    chromium: Browser, stage: Stage
) -> None:
    stage.add("anna", locations=frozenset({SOUTH}))
    asked: list[str] = []
    async with open_window(chromium) as page:
        await administer(stage, page)
        page.on("request", lambda one: asked.append(one.method))
        await page.focus("#location")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")

        assert await page.input_value("#location") == SOUTH
        assert "POST" not in asked
        await page.keyboard.press("Enter")
        await expect(page.locator("#staff-count")).to_have_text("2 of 2 shown, 0 selected")
        await expect(page).to_have_url(stage.url + "/plugin?location=south")


async def test_r12_9_actions_are_in_reach_wherever_one_has_scrolled(
    chromium: Browser, stage: Stage
) -> None:
    crowd(stage, 60)
    async with open_window(chromium) as page:
        for width, height in ((320, 640), (390, 844), (1280, 900)):
            await page.set_viewport_size({"width": width, "height": height})
            await administer(stage, page)
            await page.locator("input[value=person-020]").scroll_into_view_if_needed()

            button = page.get_by_role("button", name="Activate selected", exact=True)
            await expect(button).to_be_in_viewport(ratio=1)
            assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_r12_9_a_form_on_its_way_is_shown_as_busy_and_not_sent_twice(
    chromium: Browser, stage: Stage
) -> None:
    crowd(stage, 3)
    may_go = asyncio.Event()
    posts: list[str] = []

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.url)
            await may_go.wait()
        await route.continue_()

    async with open_window(chromium) as page:
        await administer(stage, page)
        await page.check("input[value=person-001]")
        await page.route("**/plugin", hold)
        shown = await page.evaluate(
            """async () => {
                const button = document.querySelector("button[value=activate]");
                button.click();
                await new Promise((go) => setTimeout(go, 300));
                button.click();
                await new Promise((go) => setTimeout(go, 100));
                return [button.form.ariaBusy, document.getElementById("said").textContent];
            }"""
        )
        may_go.set()
        await expect(page.get_by_role("status").filter(has_text="activated")).to_be_visible()

        assert shown == ["true", "Working"]
        assert len(posts) == 1
