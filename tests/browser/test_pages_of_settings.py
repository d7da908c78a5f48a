"""The settings page in each of its states, wide and on a phone, light and dark."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.looks import faults
from tests.browser.scenes import Scene
from tests.browser.scenes_settings import SETTINGS, why_it_is_not_there
from tests.browser.stage import Stage
from tests.browser.windows import open_window

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
        entries, more = page.locator("#why-results .entry"), page.locator("#why-results button")
        await expect(entries).to_have_count(20)
        await expect(entries.first).to_contain_text("Not synced")

        await more.click()

        await expect(entries.nth(20)).to_be_focused()
        await expect(more).to_have_count(0)
        assert not re.search(r"R\d+\.\d", await page.locator("main").inner_text())
