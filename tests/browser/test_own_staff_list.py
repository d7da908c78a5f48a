"""The booking product's own screens: who administers never leaves them (R3.2)."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.people import choose_account, log_in, open_invitation, say_yes, tab_to
from tests.browser.windows import PHONE, open_window
from tests.e2e.product import Product

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS, NAME = "sam@practice.example", "Sam Taylor"


async def test_r3_2_from_the_own_staff_list_to_a_calendar_that_syncs(
    chromium: Browser, product: Product
) -> None:
    """The administrator goes by keyboard alone."""
    async with open_window(chromium) as admin:
        await admin.goto(product.run.booking.url)
        await _press(admin, admin.get_by_role("button", name="Hana Quinn"))
        await _press(admin, admin.get_by_role("link", name="Staff", exact=True))
        await expect(_row(admin, NAME)).to_contain_text("not enabled at North Clinic")
        await expect(_row(admin, NAME).get_by_role("checkbox")).to_be_disabled()

        await _press(admin, admin.get_by_role("link", name="About the plugin"))
        await expect(admin.get_by_role("heading", name="What it never syncs")).to_be_visible()
        await _press(admin, admin.get_by_role("checkbox", name="North Clinic"), "Space")
        await _press(admin, admin.get_by_role("button", name="Save Locations"))
        await expect(admin.get_by_role("status")).to_have_text("The Locations were saved.")

        await _press(admin, admin.get_by_role("link", name="Activate people"))
        await _press(admin, admin.get_by_role("checkbox", name=f"Connect-Up for {NAME}"), "Space")
        await _press(admin, admin.get_by_role("button", name="Update"))
        await expect(_row(admin, NAME)).to_contain_text("Invited, not signed in yet")

        await product.invitation(ADDRESS)
        await _press(admin, admin.get_by_role("link", name=NAME))
        await _press(admin, admin.get_by_role("button", name="Email invitation"))
        # That of the activation is not a minute old (R3.6).
        await expect(admin.get_by_role("alert")).to_contain_text("sent an invitation a moment ago")

        async with open_window(chromium) as mailbox:
            page = await open_invitation(mailbox, product, ADDRESS)
            await page.get_by_role("link", name="Sign in with Microsoft").click()
            await choose_account(page, ADDRESS)
            await log_in(page, NAME)
            await say_yes(page)
            await page.get_by_role("button", name="Start Sync").click()
            await expect(page.get_by_role("button", name="Resync")).to_be_visible(timeout=90_000)
        await product.quiet()

        await _press(admin, admin.get_by_role("link", name="Staff", exact=True))
        await expect(_row(admin, NAME)).to_contain_text("Syncing")
        await expect(_row(admin, NAME)).to_contain_text("Last sync")


async def test_r12_4_the_own_screens_fit_a_phone(chromium: Browser, product: Product) -> None:
    await product.activate("st-vera")
    async with open_window(chromium, PHONE) as page:
        await page.goto(product.run.booking.url)
        await log_in(page, "Hana Quinn")
        for path in ("/staff", "/staff/st-vera", "/profile", "/connect-up"):
            await page.goto(product.run.booking.url + path)
            assert await page.evaluate("document.documentElement.scrollWidth") == PHONE[0], path


async def _press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    await tab_to(page, wanted)
    await page.keyboard.press(key)


def _row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=name)
