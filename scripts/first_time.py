"""Counts what a first visit takes, for ``docs/first-time.md``: clicks, keys, seconds.

``python -m scripts.first_time`` starts everything on free ports, goes each role's way in Chromium
as it is meant, with every choice left as it stands, and prints a table. A click is one press of a
control, on our pages or on those of the simulated log-ins; the seconds are this machine's, from the
first page to the state that is named, without any time to read.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from playwright.async_api import Browser, Locator, Page

from scripts.browser import NO_CHROMIUM, find_chromium, open_chromium
from simulators.run import LocalRun
from simulators.run_settings import Ports, Secrets

STAFF = ("Sam Taylor", "Luis Adams", "Hana Quinn")
ADDRESS, NAME, ADMINISTRATOR = "sam@practice.example", "Sam Taylor", "Hana Quinn"
LOCATION, OTHER_CALENDAR = "North Clinic", "Private"
_LOOK = 50  # milliseconds between two looks into the mailbox
_PATIENCE = 120_000  # milliseconds that a sync may take


@dataclass
class Way:
    """One role's way, and what it has taken so far; ``seconds`` once it is over."""

    name: str
    page: Page
    clicks: int = 0
    keys: int = 0
    seconds: float = 0.0

    async def click(self, wanted: Locator) -> None:
        """Presses something, and counts it."""
        self.clicks += 1
        await wanted.click()

    async def button(self, name: str) -> None:
        """Presses a button."""
        await self.click(self.page.get_by_role("button", name=name, exact=True))

    async def person(self, name: str) -> None:
        """Logs in to the simulated booking product as somebody."""
        await self.click(self.page.get_by_role("button", name=name))

    async def link(self, name: str) -> None:
        """Follows a link."""
        await self.click(self.page.get_by_role("link", name=name))


async def measure(chromium: str, scratch: Path) -> list[Way]:
    """Goes all ways, one after another.

    Args:
        chromium: The browser's path.
        scratch: For files of the run.
    """
    run = LocalRun(Ports.free(), Secrets.make(), folder=scratch, on_log=lambda _: None)
    async with AsyncExitStack() as started, open_chromium(chromium) as browser:
        await run.start(started)
        run.graph.acts.add_calendar(ADDRESS, OTHER_CALENDAR)
        return [
            await _administrator(browser, run),
            *await _staff_member(browser, run),
        ]


async def _administrator(browser: Browser, run: LocalRun) -> Way:
    """Enables a Location and activates three people; the invitations go out by themselves."""
    async with _begun(browser, "administrator") as way:
        await way.page.goto(f"{run.base_url}/plugin")
        await way.person(ADMINISTRATOR)  # stands for being logged in at the booking product
        await way.click(way.page.get_by_role("checkbox", name=LOCATION))
        await way.button("Save Locations")
        for name in STAFF:
            await way.click(way.page.get_by_role("checkbox", name=name))
        await way.button("Activate selected")
        while len(run.mailbox.post_office.mails()) < len(STAFF):
            await way.page.wait_for_timeout(_LOOK)
    return way


async def _staff_member(browser: Browser, run: LocalRun) -> list[Way]:
    """Connects from the mail on, chooses another calendar, disconnects."""
    async with _begun(browser, "connect") as way:
        await way.page.goto(_invitation(run))
        way.clicks += 1  # the button of the mail
        await way.link("Sign in with Microsoft")
        await way.click(way.page.locator(f"button[value='{ADDRESS}']"))
        await way.button("Accept")
        await way.person(NAME)  # stands for the booking product's own log-in
        await way.button("Yes, connect them")
        await way.button("Start Sync")
        await way.page.get_by_role("button", name="Resync").wait_for(timeout=_PATIENCE)
    ways = [way]
    async with _goes_on(way.page, "change the calendar") as way:
        await way.link("Change your choices")
        way.clicks += 2  # opens the list and chooses
        await way.page.get_by_label("Outlook calendar").select_option(label=OTHER_CALENDAR)
        await way.button("Save")
        await way.click(way.page.locator("form button[name=confirm]"))
        moved = way.page.locator("#activity-list", has_text="moved")
        await moved.first.wait_for(timeout=_PATIENCE)
    ways.append(way)
    async with _goes_on(way.page, "disconnect") as way:
        await way.button("Disconnect Calendar")
        dialog = way.page.get_by_role("dialog")
        await way.click(dialog.get_by_role("button", name="Disconnect Calendar"))
        start = way.page.get_by_role("button", name="Start Sync")
        await start.wait_for(timeout=_PATIENCE)
    ways.append(way)
    return ways


def _invitation(run: LocalRun) -> str:
    mails = [mail for mail in run.mailbox.post_office.mails() if ADDRESS in mail.to]
    link = next(
        word for word in mails[0].text.split() if word.startswith(f"{run.base_url}/connect?")
    )
    return link.rstrip(".")


@asynccontextmanager
async def _begun(browser: Browser, name: str) -> AsyncIterator[Way]:
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900},
        locale="en-US",
        ignore_https_errors=True,  # simulated Microsoft makes its own certificate
    )
    context.set_default_timeout(_PATIENCE)
    async with _goes_on(await context.new_page(), name) as way:
        yield way


@asynccontextmanager
async def _goes_on(page: Page, name: str) -> AsyncIterator[Way]:
    way, began = Way(name=name, page=page), monotonic()
    yield way
    way.seconds = monotonic() - began


def main() -> int:
    """Runs the command; gives its exit status."""
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write(f"{NO_CHROMIUM}\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        ways = asyncio.run(measure(chromium, Path(scratch)))
    sys.stdout.write("| way | clicks | keys | seconds |\n| --- | --- | --- | --- |\n")
    for way in ways:
        sys.stdout.write(f"| {way.name} | {way.clicks} | {way.keys} | {way.seconds:.1f} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
