"""Makes the pictures for the README: ``docs/images/settings.png``, ``plugin.png``, ``demo.png``.

``python -m scripts.screenshots`` starts everything on free ports, connects a Staff Member as a
person does, and ends it again. It needs Chromium.
"""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, Page

from scripts.browser import NO_CHROMIUM, find_chromium, open_chromium
from simulators.run import LocalRun
from simulators.run_settings import Ports, Secrets

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
ADDRESS, NAME, ADMINISTRATOR = "sam@practice.example", "Sam Taylor", "Hana Quinn"
ZONE, MEETING = "America/New_York", "Project review"
_ON_BOTH_SIDES_AND_TOLD = 3
_PATIENCE = 120_000  # milliseconds that the first sync may take


async def draw(chromium: str, folder: Path, scratch: Path) -> None:
    """Draws all pictures.

    Args:
        chromium: The browser's path.
        folder: Where the pictures go; it exists.
        scratch: For files of the run.
    """
    run = LocalRun(Ports.free(), Secrets.make(), folder=scratch, on_log=lambda _: None)
    async with AsyncExitStack() as started, open_chromium(chromium) as browser:
        await run.start(started)
        await run.invite_everybody()
        settings = await _connect(browser, run)
        await _shoot(settings, folder / "settings.png")
        await _meet(settings, run)
        await _shoot(settings, folder / "demo.png")
        plugin = await _open(browser)
        await plugin.goto(f"{run.base_url}/plugin")
        await plugin.get_by_role("button", name=ADMINISTRATOR).click()
        await plugin.wait_for_selector("#staff-form")
        await _shoot(plugin, folder / "plugin.png")


async def _connect(browser: Browser, run: LocalRun) -> Page:
    """Gives the settings page of somebody whose first sync has ended."""
    page = await _open(browser)
    await page.goto(f"{run.base_url}/connect")
    await page.get_by_role("link", name="Log in to").click()
    await page.get_by_role("button", name=NAME).click()
    await page.get_by_role("link", name="Sign in with Microsoft").click()
    await page.locator(f"button[value='{ADDRESS}']").click()
    await page.get_by_role("button", name="Accept").click()
    await page.get_by_role("button", name="Yes, connect them").click()
    await page.get_by_role("button", name="Start Sync").click()
    await page.get_by_role("button", name="Resync").wait_for(timeout=_PATIENCE)
    return page


async def _meet(page: Page, run: LocalRun) -> None:
    """Makes a Meeting in Outlook while the demo looks, and waits until it is on both sides."""
    start = datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)  # noqa: TID251 - of the real day
    await page.goto(f"{run.demo.url}/?from={start:%Y-%m-%d}")
    at = [
        {"dateTime": f"{start:%Y-%m-%d}T{time}", "timeZone": ZONE}
        for time in ("15:30:00", "16:30:00")
    ]
    run.graph.acts.create(ADDRESS, {"subject": MEETING, "start": at[0], "end": at[1]})
    await page.get_by_text(MEETING).nth(_ON_BOTH_SIDES_AND_TOLD - 1).wait_for()


async def _open(browser: Browser) -> Page:
    context = await browser.new_context(
        viewport={"width": 1280, "height": 960},
        color_scheme="light",
        locale="en-US",
        ignore_https_errors=True,  # simulated Microsoft makes its own certificate
    )
    return await context.new_page()


async def _shoot(page: Page, path: Path) -> None:
    await page.evaluate("document.activeElement?.blur()")
    await page.mouse.move(0, 0)
    await page.screenshot(path=path)


def main() -> int:
    """Runs the command; gives its exit status."""
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write(f"{NO_CHROMIUM}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(draw(chromium, FOLDER, Path(scratch)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
