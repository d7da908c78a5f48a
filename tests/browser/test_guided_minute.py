"""The demo's guided minute, walked as it is written there, over the whole product."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.windows import open_window
from tests.e2e.product import Product

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUSTOMER, MEETING = "Ana Lopez", "School play"
_PATIENCE = 60_000  # milliseconds until a change has arrived on the other side


async def test_r11_1_every_step_of_the_guided_minute_has_its_effect(
    chromium: Browser, product: Product
) -> None:
    await product.run.invite_everybody()
    await product.run.connect_somebody()
    await product.quiet()
    async with open_window(chromium) as page:
        await page.goto(product.run.demo.url)
        await _is_asked(page, 1)
        await _new(page, "Book an Appointment", "Book")

        await _is_asked(page, 2)
        await _event(page, CUSTOMER).click()
        await page.get_by_role("button", name="1 h later").click()

        await _is_asked(page, 3)
        taken = page.locator("#booking .item.teal").filter(has_not_text=CUSTOMER).first
        day = await taken.evaluate("one => one.closest('[data-day]').dataset.day")
        hour = (await taken.locator(".when").text_content() or "")[:5]
        await page.locator("#chosen-start").fill(f"{day}T{hour}")
        await page.get_by_role("button", name="Move there").click()
        log = page.locator("#log li")
        await expect(log.filter(has_text="is put back").first).to_contain_text(
            "The booking product refused: The time is taken.", timeout=_PATIENCE
        )
        await expect(log.filter(has_text="could not be made").first).to_contain_text("Mail")

        await _is_asked(page, 4)
        await _event(page, CUSTOMER).click()
        await page.get_by_role("button", name="Delete").click()

        await _is_asked(page, 5)
        await _new(page, "Create a Meeting", "Create")
        await _is_asked(page, 6)
        await _event(page, MEETING).click()
        await page.get_by_role("button", name="Make private").click()

        await _is_asked(page, 7)
        await product.quiet()
        async with page.expect_popup() as popup:
            await page.get_by_role("button", name="Settings (opens a new tab)", exact=True).click()
        settings = await popup.value
        await settings.get_by_role("button", name="Disconnect Calendar").click()
        dialog = settings.get_by_role("dialog")
        await dialog.get_by_role("button", name="Disconnect Calendar").click()
        await expect(page.locator("#guide li.done")).to_have_count(7, timeout=_PATIENCE)


async def _is_asked(page: Page, step: int) -> None:
    lead = f"Try this next ({step} of 7):"
    await expect(page.locator("#next")).to_contain_text(lead, timeout=_PATIENCE)


async def _new(page: Page, what: str, press: str) -> None:
    await page.get_by_text(what, exact=True).click()
    await page.get_by_role("button", name=press, exact=True).click()


def _event(page: Page, title: str) -> Locator:
    return page.locator("#outlook .item", has_text=title).first
