"""Each page on the way in, and each page that refuses, wide and on a phone, light and dark."""

import re

import pytest
from playwright.async_api import Browser

from tests.browser.looks import faults
from tests.browser.scenes import DOORS, Scene
from tests.browser.stage import Stage
from tests.browser.windows import open_window

#: The page of the API is one pattern many times.
_LATER_OPERATIONS = ".operation ~ .operation ~ .operation, .schema ~ .schema ~ .schema"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scene", DOORS, ids=lambda scene: scene.__name__)
async def test_r12_4_every_page_of_the_doors_can_be_used_by_everybody(
    chromium: Browser, stage: Stage, scene: Scene
) -> None:
    async with open_window(chromium) as page:
        status = await scene(stage, page)

        assert status == int((re.findall(r"_(\d{3})$", scene.__name__) or ["200"])[0])
        assert await faults(page, alike=_LATER_OPERATIONS) == []


async def test_what_is_wrong_with_a_page_is_found(chromium: Browser) -> None:
    async with open_window(chromium) as page:
        await page.set_content(
            "<html lang='en'><title>Bad</title><main><h1>Bad</h1><img src='data:,'>"
            "<p style='color: #aaa; background: #fff'>Faint.</p>"
            "<div style='width: 1300px'>Wide.</div></main>"
        )

        text = "\n".join(await faults(page))

    for fault in ("wide: is", "phone: is", "image-alt", "color-contrast"):
        assert fault in text
