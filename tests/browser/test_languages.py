"""Long words in other languages fit a phone, and nothing of a page stays English (R12.7)."""

import re

import pytest
from playwright.async_api import Browser

from sync.messages import ENGLISH, LANGUAGES, language
from tests.browser.scenes import Scene
from tests.browser.scenes_plugin import PLUGIN
from tests.browser.scenes_settings import (
    choices_being_changed,
    invited,
    reconnect_needed,
    signed_in,
    signed_in_with_view_only_access,
    syncing_fails_again_and_again,
    syncing_with_something_waiting,
    the_first_sync_runs,
)
from tests.browser.stage import Stage
from tests.browser.windows import open_window

pytestmark = pytest.mark.asyncio(loop_scope="module")
#: Its words are the longest: what fits in it fits in the others, which two pages show.
LONGEST = "de"
OTHERS = [code for code in LANGUAGES if code not in {ENGLISH.code, LONGEST}]
SHOWN = (
    choices_being_changed,
    invited,
    syncing_fails_again_and_again,
    reconnect_needed,
    signed_in,
    signed_in_with_view_only_access,
    syncing_with_something_waiting,
    the_first_sync_runs,
    PLUGIN[0],
)
#: The narrowest screen that is served (R12.9).
NARROW = (320, 640)


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        *((scene, LONGEST) for scene in SHOWN),
        *((scene, code) for scene in (signed_in, PLUGIN[0]) for code in OTHERS),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
async def test_r12_7_long_words_fit_a_narrow_phone_and_nothing_stays_english(
    chromium: Browser, stage: Stage, scene: Scene, code: str
) -> None:
    async with open_window(chromium, NARROW, locale=code) as page:
        await scene(stage, page)

        assert await page.locator("html").get_attribute("lang") == code
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        text = await page.locator("body").inner_text()
        words = {"Log out", "Settings", "Location", "Status", "Last sync", "Waiting"}
        others = {word for word in words if language(code).say(word) != word}
        assert [word for word in others if re.search(rf"^{word}$", text, re.MULTILINE)] == []
