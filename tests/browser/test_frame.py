"""The settings page in a frame of a host on another site, in a real browser (R12.8).

The host is reached as ``localhost``, the product as ``127.0.0.1``: two sites to a browser, so that
the frame's cookies are kept apart from those of the windows.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.browser.looks import faults
from tests.browser.people import choose_account, log_in, say_yes
from tests.browser.windows import open_window
from tests.e2e.product import Product, open_product

pytestmark = pytest.mark.asyncio(loop_scope="module")

_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="28"><path d="M0 0h40v28H0z"/></svg>'
)
_PAGE = """<!doctype html><html lang="en"><title>My profile</title><link rel="icon" href="data:,">
<h1>My profile</h1><iframe title="Outlook" src="{address}" width="1200" height="800"></iframe>"""


class Host:
    """A site that shows the settings page in a frame."""

    def __init__(self) -> None:
        self.origin = ""
        self.framed = ""

    async def page(self, _request: web.Request) -> web.Response:
        return web.Response(text=_PAGE.format(address=self.framed), content_type="text/html")

    async def logo(self, _request: web.Request) -> web.Response:
        return web.Response(text=_LOGO, content_type="image/svg+xml")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host() -> AsyncIterator[Host]:
    made = Host()
    server = web.Application()
    server.router.add_get("/", made.page)
    server.router.add_get("/logo.svg", made.logo)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.origin = f"http://localhost:{runner.addresses[0][1]}"
        yield made
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def framed(host: Host, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """Starts the product as the host's operator set it up."""
    async with open_product(
        tmp_path_factory.mktemp("run"),
        HOST_NAME="Practice Planner",
        HOST_LOGO_URL=f"{host.origin}/logo.svg",
        HOST_COLOUR="#ffd54a",
        SUPPORT_URL=f"{host.origin}/help?topic=outlook",
        RETURN_URL=f"{host.origin}/",
        FRAME_ANCESTORS=host.origin,
    ) as running:
        host.framed = f"{running.run.base_url}/settings"
        yield running


async def _log_in_by_a_window(page: Page, frame: FrameLocator, name: str, address: str) -> Page:
    """Goes from the frame through both log-ins; gives the window, which is done."""
    async with page.context.expect_page() as opened:
        await frame.get_by_role("link", name="Log in").click()
    window = await opened.value
    await log_in(window, name)
    await window.get_by_role("link", name="Sign in with Microsoft").click()
    await choose_account(window, address)
    await say_yes(window)
    await expect(window.get_by_role("heading", name="You are logged in")).to_be_visible()
    return window


async def test_r12_8_a_log_in_in_a_window_leads_to_the_settings_in_the_frame(
    chromium: Browser, framed: Product, host: Host
) -> None:
    staff, address = framed.hire("Nora"), "nora@practice.example"
    await framed.activate(staff)
    async with open_window(chromium) as page:
        await page.goto(host.origin)
        frame = page.frame_locator("iframe")

        window = await _log_in_by_a_window(page, frame, "Nora Novak", address)

        # Nothing is pressed in the frame: it goes on by itself.
        await expect(frame.locator(".account-name")).to_have_text(address)
        kept = await page.context.cookies(framed.run.base_url)
        sites = {one.get("partitionKey") for one in kept if one["name"] == "connectup_session"}
        assert len(sites) == 2, "the frame has a session of its own"
        assert None not in sites
        await window.close()
        await frame.get_by_role("button", name="Preview").click()
        await expect(frame.get_by_role("heading", name="What Start Sync would do")).to_be_visible()

        await _an_ended_session_comes_back_by_a_window(page, frame)

        await frame.get_by_role("button", name="log out").click()
        await expect(frame.get_by_role("heading", name="Log in to")).to_be_visible()


async def _an_ended_session_comes_back_by_a_window(page: Page, frame: FrameLocator) -> None:
    """Nothing is loaded anew, and what was typed stays."""
    await frame.get_by_label("Contact e-mail address").fill("nora@else")
    await page.context.clear_cookies(name="connectup_session")
    await frame.locator("body").evaluate(
        "() => document.dispatchEvent(new Event('visibilitychange'))"
    )
    notice = frame.locator("#live-notice")
    await expect(notice).to_contain_text("Your log-in has ended")
    async with page.context.expect_page() as opened:
        await notice.get_by_role("link", name="Log in", exact=True).click()
    window = await opened.value
    await expect(window.get_by_role("heading", name="You are logged in")).to_be_visible()
    await window.close()

    await expect(notice).to_be_empty()
    await expect(frame.get_by_label("Contact e-mail address")).to_have_value("nora@else")
    await frame.get_by_label("Contact e-mail address").fill("nora@else.example")
    await frame.get_by_role("button", name="Save e-mail choices").click()
    await expect(frame.get_by_text("nora@else.example waits")).to_be_visible()


async def test_r12_8_the_frame_goes_on_without_scripts_too(
    chromium: Browser, framed: Product, host: Host
) -> None:
    staff, address = framed.hire("Olga"), "olga@practice.example"
    await framed.activate(staff)
    async with open_window(chromium, scripts=False) as page:
        await page.goto(host.origin)
        frame = page.frame_locator("iframe")

        await _log_in_by_a_window(page, frame, "Olga Novak", address)
        await frame.get_by_role("button", name="I am done").click()

        await expect(frame.locator(".account-name")).to_have_text(address)


async def test_r12_8_the_hosts_look_can_be_read_light_and_dark(
    chromium: Browser, framed: Product, host: Host
) -> None:
    async with open_window(chromium) as page:
        await page.goto(f"{framed.run.base_url}/connect")

        await expect(page).to_have_title("Connect your calendar · Practice Planner")
        await expect(page.locator("header .way-back")).to_have_attribute("href", f"{host.origin}/")
        assert await page.locator("header .logo").evaluate("logo => logo.naturalWidth") > 0
        assert await faults(page) == []
