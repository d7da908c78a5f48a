"""The whole way by keyboard alone, and what a screen reader is told (R12.4)."""

from datetime import timedelta
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from sync.errors import AuthorizationLost
from sync.people.people import Failing, LastSync, Problem, SyncResult
from tests.browser.people import tab_to
from tests.browser.scenes_settings import signed_in, the_preview
from tests.browser.stage import Stage
from tests.browser.windows import PHONE, open_window
from tests.e2e.product import Product, meeting, tomorrow

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_r12_4_connect_choose_start_and_disconnect_by_keyboard_alone(
    chromium: Browser, product: Product
) -> None:
    staff, address = product.hire("Kira"), "kira@practice.example"
    product.run.graph.acts.create(address, meeting("Choir", tomorrow(18)))
    await product.activate(staff)
    async with open_window(chromium) as page:
        await page.goto(f"{product.run.base_url}/connect")
        await _press(page, "link", "Log in to", "Enter")
        await _press(page, "button", "Kira Novak", "Enter")
        await _press(page, "link", "Sign in with Microsoft", "Enter")
        await _press(page, "button", address, "Space")
        await _press(page, "button", "Accept", "Enter")
        await _press(page, "button", "Yes, connect them", "Enter")

        details = page.get_by_role("checkbox", name="Include the meeting")
        await tab_to(page, page.get_by_label("Outlook calendar", exact=True))
        await tab_to(page, details)
        await page.keyboard.press("Space")
        await expect(details).not_to_be_checked()
        await tab_to(page, page.get_by_role("radio", name="Cancel it"))
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("radio", name="Put it back")).to_be_checked()
        await _press(page, "button", "Start Sync", "Enter")
        await expect(page.get_by_role("button", name="Resync")).to_be_enabled(timeout=60_000)
        assert product.reserve(staff, "Choir") is not None

        dialog = page.get_by_role("dialog")
        await _press(page, "button", "Disconnect Calendar", "Space")
        await expect(dialog.get_by_role("button", name="Keep syncing")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        opener = page.get_by_role("button", name="Disconnect Calendar")
        await expect(opener).to_be_focused()
        await page.keyboard.press("Enter")
        await tab_to(page, dialog.get_by_role("button", name="Disconnect Calendar"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Start Sync")).to_be_visible(timeout=60_000)
        await expect(page.locator("#said")).to_have_text("Signed in, not syncing")
        await expect(details).not_to_be_checked()
    assert product.made(staff) == []


async def test_r12_4_the_first_tab_skips_to_the_content(chromium: Browser, stage: Stage) -> None:
    async with open_window(chromium, PHONE) as page:
        await signed_in(stage, page)

        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Use another Microsoft account")).to_be_focused()


async def test_r12_4_a_preview_is_told_in_one_sentence(chromium: Browser, stage: Stage) -> None:
    async with open_window(chromium) as page:
        await the_preview(stage, page)

        await expect(page.locator("#said")).to_have_text(
            "What Start Sync would do. In Outlook: 11 new items. In DaySmart Appointments: 4 new "
            "items. Time that is taken. Left out"
        )


async def test_r12_4_progress_is_told_as_it_goes(chromium: Browser, stage: Stage) -> None:
    anna, client = await stage.connected()
    await stage.app.choices.start(anna, stage.choices(anna))
    async with open_window(chromium) as page:
        await stage.show(page, client, "/settings")
        label = page.locator(".progress-text")
        await expect(label).to_have_text("First sync: getting ready")

        await stage.work()

        await expect(page.get_by_role("button", name="Resync")).to_be_visible()
        await expect(page.locator("#said")).to_have_text("Syncing: everything is in step.")


async def test_r11_8_a_resync_that_failed_is_not_told_as_done(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.synced()
    await stage.app.my_connection.resync(anna)
    async with open_window(chromium) as page:
        await stage.show(page, client, "/settings")
        now = stage.clock.now() + timedelta(minutes=1)

        last = LastSync(ended_at=now, result=SyncResult.FAILED, message="Nobody answered.")
        failing = Failing(since=now, times=2, code="unreachable")
        problem = Problem(code="unreachable", message="Nobody answered.")
        stage.change(anna, last_sync=last, failing=failing, problem=problem)

        said = "Resync: not done yet. It is tried again by itself."
        await expect(page.locator("#said")).to_have_text(said)
        label = page.locator(".progress-text")
        await expect(label).to_have_text("Resync: waits until this is over")


async def test_r10_3_a_resync_that_lost_the_sign_in_is_not_told_as_done(
    chromium: Browser, stage: Stage
) -> None:
    anna, client = await stage.synced()
    await stage.app.my_connection.resync(anna)
    async with open_window(chromium) as page:
        await stage.show(page, client, "/settings")

        stage.outlook.lose(anna, AuthorizationLost)
        await stage.work()

        await expect(page.locator("#said")).to_contain_text("syncing has stopped")
        await expect(page.get_by_role("link", name="Sign in again")).to_be_visible()


async def test_r5_5_choices_about_meetings_are_hidden_while_none_are_synced(
    chromium: Browser, stage: Stage
) -> None:
    async with open_window(chromium) as page:
        await signed_in(stage, page)
        details = page.get_by_role("checkbox", name="Include the meeting")
        await expect(details).to_be_visible()

        await page.get_by_role("checkbox", name="Outlook meetings to the booking").uncheck()

        await expect(details).to_be_hidden()


async def _press(page: Page, role: Literal["link", "button"], name: str, key: str) -> None:
    """Goes to something by Tab, and presses a key on it."""
    wanted = page.get_by_role(role, name=name)
    await wanted.wait_for()
    await tab_to(page, wanted)
    await page.keyboard.press(key)
