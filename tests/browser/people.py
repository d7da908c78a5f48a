"""What people do in the browser, over the pages of all parts of a running product."""

from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, expect

from sync.messages import ENGLISH, Language
from tests.e2e.product import Product

_MANY = 120  # presses of Tab after which something counts as not reachable


async def choose_account(page: Page, address: str) -> None:
    """Signs in with Microsoft, and consents where that is asked for."""
    await page.locator(f"button[value='{address}']").click()
    accept = page.get_by_role("button", name="Accept")
    if await accept.count():
        await accept.click()


async def say_yes(page: Page, spoken: Language = ENGLISH) -> None:
    """Says that the Microsoft account and the person shown are both one's own."""
    await page.get_by_role("button", name=spoken.say("Yes, connect them")).click()


async def log_in(page: Page, name: str) -> None:
    """Logs in to the booking product as somebody."""
    await page.get_by_role("button", name=name).click()


async def open_invitation(page: Page, product: Product, address: str) -> Page:
    """Opens the newest invitation from the mailbox's pages; gives the tab that its button opens."""
    await product.invitation(address)
    await page.goto(f"{product.run.mailbox.url}/")
    mails = page.get_by_role("listitem").filter(has_text=address)
    await mails.filter(has_text="Connect your Outlook").first.get_by_role("link").click()
    async with page.expect_popup() as popup:
        await page.frame_locator("iframe").get_by_role("link", name="Connect my calendar").click()
    return await popup.value


async def connect(
    page: Page, product: Product, address: str, name: str, spoken: Language = ENGLISH
) -> None:
    """Goes from one's own profile's door to the settings page, in the language of the browser."""
    await page.goto(f"{product.run.base_url}/connect")
    await page.locator("main .actions").get_by_role("link").click()
    await log_in(page, name)
    await page.get_by_role("link", name=spoken.say("Sign in with Microsoft")).click()
    await choose_account(page, address)
    await say_yes(page, spoken)
    heading = page.get_by_role("heading", name=spoken.say("My calendar sync"))
    await expect(heading).to_be_visible()


async def administer(page: Page, product: Product, name: str) -> None:
    """Logs in and opens the administrators' page."""
    await page.goto(f"{product.run.base_url}/plugin")
    await log_in(page, name)


async def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until something has the focus, and sees that the focus can be seen.

    Raises:
        AssertionError: It can't be reached so, or nobody would see where the focus is.
    """
    for _ in range(_MANY):
        if await wanted.evaluate("element => element === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    else:
        raise AssertionError(f"{wanted} can't be reached by Tab on {page.url}")
    if ours(page):
        outline = await wanted.evaluate(
            "element => { const s = getComputedStyle(element);"
            " return s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth); }"
        )
        assert outline >= 2, f"the focus on {wanted} can't be seen"


def ours(page: Page) -> bool:
    """Says whether a page is the connector's own, not a simulator's."""
    return urlsplit(page.url).path.split("/")[1] in {"connect", "settings", "plugin", "auth", "api"}
