"""The settings page in each of its states, wide and on a phone, light and dark."""

import re

import pytest
from playwright.async_api import Browser, expect

from sync.people.contact import Notice
from tests.browser.looks import faults
from tests.browser.scenes import Scene
from tests.browser.scenes_settings import (
    SETTINGS,
    older_activity,
    signed_in,
    syncing_with_something_waiting,
    why_it_is_not_there,
)
from tests.browser.stage import Stage
from tests.browser.windows import open_window
from tests.fakes.clock import START

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scene", SETTINGS, ids=lambda scene: scene.__name__)
async def test_r12_4_the_settings_page_in_every_state_can_be_used_by_everybody(
    chromium: Browser, stage: Stage, scene: Scene
) -> None:
    async with open_window(chromium) as page:
        status = await scene(stage, page)

        assert status == int((re.findall(r"_(\d{3})$", scene.__name__) or ["200"])[0])
        assert await faults(page) == []


async def test_r12_2_a_long_answer_comes_page_by_page(chromium: Browser, stage: Stage) -> None:
    async with open_window(chromium) as page:
        await why_it_is_not_there(stage, page)
        entries = page.locator("#why-results .entry")
        await expect(entries).to_have_count(20)
        await expect(entries.first).to_contain_text("Not synced")

        await page.get_by_role("link", name="Next page").click()

        await expect(entries).to_have_count(10)
        await expect(page.locator("#why")).to_be_in_viewport()
        await expect(page.get_by_role("link", name="Next page")).to_have_count(0)
        assert not re.search(r"R\d+\.\d", await page.locator("main").inner_text())


async def test_r5_7_on_a_wide_screen_the_start_is_in_reach_wherever_one_has_scrolled(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium) as page:
        await signed_in(stage, page)
        start = page.get_by_role("button", name="Start Sync")
        await expect(start).to_be_in_viewport(ratio=1)

        await page.get_by_role("button", name="Save e-mail choices").scroll_into_view_if_needed()

        await expect(start).to_be_in_viewport(ratio=1)


async def test_r5_9_mail_is_saved_at_once_and_nothing_else_on_the_page_is_lost(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.connected()
    async with open_window(chromium) as page:
        await stage.show(page, client, "/settings")
        await page.get_by_role("checkbox", name="Reserves to Outlook").uncheck()
        address = page.get_by_label("Contact e-mail address")
        await address.fill("anna@")
        await page.get_by_role("button", name="Save e-mail choices").click()

        # As the page without a script says it: at the field, which has the focus.
        wrong = "This is not a valid e-mail address."
        await expect(address).to_be_focused()
        await expect(address).to_have_attribute("aria-invalid", "true")
        await expect(address).to_have_accessible_description(re.compile(re.escape(wrong)))
        await expect(address).to_have_value("anna@")
        await expect(page.locator("#said")).to_have_text(wrong)
        await address.fill("anna@elsewhere.example")
        await page.get_by_role("button", name="Save e-mail choices").click()

        await expect(page.locator("#said")).to_have_text("Saved.")
        await expect(address).not_to_have_attribute("aria-invalid", "true")
        waits = page.get_by_text("anna@elsewhere.example waits for its confirmation.")
        await expect(waits).to_be_visible()
        await expect(page.get_by_text("Until then mail goes to anna@example.com")).to_be_visible()
        await expect(page.get_by_role("checkbox", name="Reserves to Outlook")).not_to_be_checked()
        await page.get_by_role("button", name="Send the confirmation again").click()
        await expect(page.locator("#said")).to_have_text("Saved.")
        assert await faults(page) == []

    waiting = stage.connections.rows[anna].value.contact.pending
    assert waiting is not None
    assert waiting.address == "anna@elsewhere.example"


@pytest.mark.parametrize("path", ["confirmation", "unsubscribe"])
async def test_r12_4_the_pages_that_mails_lead_to_can_be_used_by_everybody(
    chromium: Browser, stage: Stage, path: str
) -> None:
    anna, client = await stage.connected()
    await client.call("PATCH", "/api/me/settings", {"contact_email": "anna@elsewhere.example"})
    pending = stage.connections.rows[anna].value.contact.pending
    assert pending is not None
    links = {
        "confirmation": stage.app.mail_choices.confirmation_link(pending, anna),
        "unsubscribe": stage.app.mail_choices.unsubscribe_link(anna, Notice.UPDATE_FAILED),
    }
    async with open_window(chromium, scripts=False) as page:
        query = links[path].partition("example.org")[2]
        await page.goto(f"{stage.url}{query}")
        await page.get_by_role("button").click()
        await expect(
            page.get_by_role("heading", name=re.compile("confirmed|no more"))
        ).to_be_visible()


async def test_r12_1_a_line_that_stands_for_many_opens(chromium: Browser, stage: Stage) -> None:
    async with open_window(chromium) as page:
        await older_activity(stage, page)
        line = page.locator("#activity-list .entry", has_text="Created in Outlook: 10 items")
        inner = line.get_by_text("Tue, Nov 24, 2026, 10:00 AM")
        await expect(inner).to_be_hidden()

        await line.get_by_text("Show them").click()

        await expect(inner).to_be_visible()
        await expect(line.locator("li")).to_have_count(10)
        assert await faults(page) == []


async def test_r12_5_how_long_ago_stays_fresh(chromium: Browser, stage: Stage) -> None:
    async with open_window(chromium) as page:
        await page.clock.install(time=START)
        await syncing_with_something_waiting(stage, page)
        ago = page.locator("[aria-labelledby=status-title] time[data-ago]")
        await expect(ago).to_have_text("just now")

        await page.clock.run_for(90_000)

        await expect(ago).to_have_text("1 minute ago")
