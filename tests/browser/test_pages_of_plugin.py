"""The administrators' page in each of its states, wide and on a phone, light and dark."""

import re

import pytest
from playwright.async_api import Browser

from tests.browser.looks import faults
from tests.browser.scenes import Scene
from tests.browser.scenes_plugin import PLUGIN
from tests.browser.stage import Stage
from tests.browser.windows import open_window

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scene", PLUGIN, ids=lambda scene: scene.__name__)
async def test_r12_4_the_plugin_page_in_every_state_can_be_used_by_everybody(
    chromium: Browser, stage: Stage, scene: Scene
) -> None:
    async with open_window(chromium) as page:
        status = await scene(stage, page)

        assert status == int((re.findall(r"_(\d{3})$", scene.__name__) or ["200"])[0])
        assert await faults(page) == []
