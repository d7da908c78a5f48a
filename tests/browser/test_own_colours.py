"""What axe-core does not see: own colours, rows shown as cards, little room (R12.4)."""

from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.scenes_plugin import PLUGIN
from tests.browser.scenes_settings import (
    a_resync_runs,
    a_wrong_address_is_marked,
    the_first_sync_gets_ready,
)
from tests.browser.stage import Stage
from tests.browser.test_plugin_live import administer, crowd
from tests.browser.windows import PHONE, open_window

pytestmark = pytest.mark.asyncio(loop_scope="module")
_ROLES = {"table", "row", "columnheader", "rowheader", "cell"}


async def roles(page: Page) -> dict[str, int]:
    """Counts the parts of tables as the browser tells them to a screen reader."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    found: dict[str, int] = {}
    for node in tree["nodes"]:
        role = str(node.get("role", {}).get("value", ""))
        if role in _ROLES and not node["ignored"]:
            found[role] = found.get(role, 0) + 1
    return found


async def style(page: Page, selector: str, name: str) -> str:
    return str(
        await page.locator(selector).first.evaluate(
            "(element, name) => getComputedStyle(element)[name]", name
        )
    )


async def test_r12_4_on_a_phone_the_list_is_still_a_table_to_who_listens(
    chromium: Browser, stage: Stage
) -> None:
    crowd(stage, 3)
    async with open_window(chromium, PHONE) as page:
        await administer(stage, page)
        on_a_phone = await roles(page)
        await page.set_viewport_size({"width": 1280, "height": 900})

        assert on_a_phone == {
            "table": 1,
            "row": 5,
            "columnheader": 5,
            "rowheader": 4,
            "cell": 16,
        }
        assert await roles(page) == on_a_phone


async def test_r12_4_in_the_persons_own_colours_states_can_be_told_apart(
    chromium: Browser, stage: Stage
) -> None:
    crowd(stage, 3)
    async with open_window(chromium) as page:
        await page.emulate_media(forced_colors="active")
        await administer(stage, page)
        chosen = await style(page, ".chip[aria-pressed=true]", "backgroundColor")
        other = await style(page, ".chip[aria-pressed=false]", "backgroundColor")
        assert chosen != other
        assert await style(page, ".top-links a[aria-current]", "borderBottomWidth") == "3px"
        assert await style(page, ".badge", "borderTopWidth") == "1px"

        await a_resync_runs(stage, page)
        assert await style(page, "progress", "borderTopStyle") == "solid"


async def test_r12_4_who_wants_no_motion_has_none(chromium: Browser, stage: Stage) -> None:
    motions: tuple[Literal["no-preference", "reduce"], ...] = ("no-preference", "reduce")
    async with open_window(chromium) as page:
        await the_first_sync_gets_ready(stage, page)
        found = []
        for motion in motions:
            await page.emulate_media(reduced_motion=motion)
            found.append(await page.evaluate("document.getAnimations().length"))

        assert found == [1, 0]


async def test_r12_4_r12_5_after_an_error_title_and_focus_say_so(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium) as page:
        await a_wrong_address_is_marked(stage, page)

        assert (await page.title()).startswith("Error: My calendar sync")
        await expect(page.locator("#problem")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Contact e-mail address")).to_be_focused()


async def test_r12_4_enlarged_four_times_no_line_is_covered_for_good(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium, (320, 256)) as page:
        await PLUGIN[0](stage, page)

        assert await style(page, ".bar", "position") == "static"
