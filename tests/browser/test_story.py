"""One person's story in a browser, from the invitation to a calendar without traces."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.people import choose_account, connect, log_in, open_invitation, say_yes
from tests.browser.windows import open_window
from tests.e2e.product import Product, eventually, tomorrow

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAM, ADDRESS, NAME = "st-sam", "sam@practice.example", "Sam Taylor"
_STEPS = re.compile(r"(\d+) of (\d+)")
#: Tells each text that the progress has while the page stands.
_WATCH = """
document.addEventListener("DOMContentLoaded", () => {
  const tell = () => {
    const label = document.querySelector(".progress-text");
    if (label) window.note(label.textContent);
  };
  new MutationObserver(tell).observe(document.body, { childList: true, subtree: true });
  tell();
});
"""
_WALL = "%Y-%m-%dT%H:%M"


async def test_r5_7_a_persons_whole_story(chromium: Browser, product: Product) -> None:
    await product.activate(SAM)
    async with open_window(chromium) as mailbox:
        page = await open_invitation(mailbox, product, ADDRESS)
        await page.get_by_role("link", name="Sign in with Microsoft").click()
        await choose_account(page, ADDRESS)
        await log_in(page, NAME)
        await say_yes(page)
        await expect(page.locator(".account-name")).to_have_text(ADDRESS)

        await page.get_by_role("button", name="Preview").click()
        preview = await page.locator(".preview").inner_text()
        assert not product.writes()
        planned = sum(int(count) for count in re.findall(r": (\d+) new items", preview))
        steps = await _start_and_watch(page, product)
        await expect(page.locator("#said")).to_have_text("Syncing: some items are waiting.")

        assert all(one < other for one, other in pairwise(steps))
        assert len(steps) >= 2, "the bar did not move"
        assert len(product.ours(ADDRESS)) + len(product.made(SAM)) == planned - 1  # one waits
        await expect(page.locator(".page-head .badge")).to_have_text("Syncing")

        await _an_appointment_shows_in_outlook(page, product)
        await _a_meeting_blocks_time(page, product)
        await _the_demo_shows_both_sides(page, product)
        await _a_move_in_outlook_moves_the_appointment(page, product)
        await _disconnecting_asks_counts_and_removes(page, product)
        await page.get_by_role("button", name="log out").click()
        await expect(page.get_by_role("heading", name="Connect your Outlook")).to_be_visible()
        await page.goto(f"{product.run.base_url}/settings")
        await expect(page).to_have_url(f"{product.run.base_url}/connect")


async def _start_and_watch(page: Page, product: Product) -> list[int]:
    """Presses Start Sync; gives the steps done that the bar showed, each once."""
    seen: list[int] = []

    def note(text: str) -> None:
        shown = _STEPS.search(text)
        if shown and int(shown[1]) not in seen:
            seen.append(int(shown[1]))

    await page.expose_function("note", note)
    await page.add_init_script(_WATCH)
    # Long enough that a page that looks once a second sees the bar move, however busy the machine.
    product.run.graph.faults.set("latency", ms=400)
    await page.get_by_role("button", name="Start Sync").click()
    await expect(page.get_by_role("button", name="Resync")).to_be_visible(timeout=90_000)
    product.run.graph.faults.clear()
    await product.quiet()
    return seen


async def _an_appointment_shows_in_outlook(page: Page, product: Product) -> None:
    await page.goto(f"{product.run.booking.url}/schedule")
    await page.get_by_text("New Appointment").click()
    await page.get_by_label("Customer").fill("Rosalind Park")
    await page.get_by_label("Service").fill("Massage")
    await page.locator("#new-appointment-start").fill(_wall(9))
    await page.get_by_role("button", name="Book").click()

    await eventually(lambda: product.event(ADDRESS, "Rosalind Park - Massage"))
    await _open_outlook(page, product)
    await expect(page.locator(".item", has_text="Rosalind Park - Massage")).to_contain_text("09:00")


async def _a_meeting_blocks_time(page: Page, product: Product) -> None:
    await page.locator("#new-subject").fill("Budget round")
    await page.locator("#new-start").fill(_wall(13))
    await page.locator("#new-end").fill(_wall(14))
    await page.get_by_role("button", name="Create").click()

    await eventually(lambda: product.reserve(SAM, "Budget round"))
    await _open_schedule(page, product)
    blocked = page.locator("li", has_text="Budget round").first
    await expect(blocked).to_contain_text("13:00 to 14:00")


async def _the_demo_shows_both_sides(page: Page, product: Product) -> None:
    who = f"{product.account}/{SAM}"
    await page.goto(f"{product.run.demo.url}/?staff={who}&from={_day(9).date()}&days=3")
    for side in ("#booking", "#outlook"):
        for title in ("Rosalind Park - Massage", "Budget round"):
            await expect(page.locator(side).get_by_text(title).first).to_be_visible()


async def _a_move_in_outlook_moves_the_appointment(page: Page, product: Product) -> None:
    await product.quiet()
    await _open_outlook(page, product)
    await page.locator(".item", has_text="Rosalind Park - Massage").click()
    await page.locator("#edit-start").fill(_wall(10))
    await page.locator("#edit-end").fill(_wall(11))
    await page.get_by_role("button", name="Save").click()

    await eventually(
        lambda: [one for one in product.items(SAM) if one.start == _day(10) and one.customer]
    )
    await _open_schedule(page, product)
    moved = page.locator("li", has_text="Rosalind Park - Massage").first
    await expect(moved).to_contain_text("10:00 to 11:00")


async def _disconnecting_asks_counts_and_removes(page: Page, product: Product) -> None:
    await product.quiet()
    await page.goto(f"{product.run.base_url}/settings")
    changes = page.locator("#activity-list .entry", has_text="Rosalind Park - Massage")
    await expect(changes.first).to_contain_text("Moved in the booking calendar")
    await page.get_by_role("button", name="Disconnect Calendar").click()
    dialog = page.get_by_role("dialog", name="Disconnect your calendar?")
    await expect(dialog).to_contain_text(f"{len(product.ours(ADDRESS))} events")
    await expect(dialog).to_contain_text(f"{len(product.made(SAM))} reserves")
    await dialog.get_by_role("button", name="Keep syncing").click()
    await expect(dialog).to_be_hidden()

    await page.get_by_role("button", name="Disconnect Calendar").click()
    await dialog.get_by_role("button", name="Disconnect Calendar").click()

    await expect(page.get_by_role("button", name="Start Sync")).to_be_visible(timeout=60_000)
    assert (product.ours(ADDRESS), product.made(SAM)) == ([], [])
    await _open_outlook(page, product)
    await expect(page.locator(".item", has_text="Budget round")).to_be_visible()
    await expect(page.locator(".item", has_text="Rosalind Park")).to_have_count(0)
    await page.goto(f"{product.run.base_url}/settings")


async def test_r5_7_without_scripts_everything_works_as_well(
    chromium: Browser, product: Product
) -> None:
    staff = product.hire("Noor")
    address = "noor@practice.example"
    await product.activate(staff)
    product.run.graph.acts.create(
        address,
        {
            "subject": "Board",
            "start": {"dateTime": _utc(14), "timeZone": "UTC"},
            "end": {"dateTime": _utc(15), "timeZone": "UTC"},
        },
    )
    async with open_window(chromium, scripts=False) as page:
        await connect(page, product, address, "Noor Novak")
        await page.get_by_role("button", name="Preview").click()
        await expect(page.locator(".preview")).to_contain_text("1 new item")
        await page.get_by_role("button", name="Start Sync").click()
        # The page is loaded anew by itself until the work is done.
        await expect(_badge(page)).to_have_text("Syncing", timeout=60_000)
        assert product.reserve(staff, "Board") is not None

        await page.get_by_role("button", name="Resync").click()
        await expect(page.get_by_role("progressbar")).to_have_count(0, timeout=60_000)
        await expect(_badge(page)).to_have_text("Syncing")
        await page.get_by_label("Words in the title").fill("nothing of that name")
        await page.get_by_role("button", name="Explain").click()
        await expect(page.locator("#why-results")).to_contain_text("Nothing with these words")
        await page.get_by_role("button", name="Disconnect Calendar").click()
        await expect(page.get_by_role("listitem").filter(has_text="1 reserve")).to_be_visible()
        await page.get_by_role("button", name="Disconnect Calendar").click()
        await expect(_badge(page)).to_have_text("Signed in, not syncing", timeout=60_000)

    assert product.made(staff) == []


def _badge(page: Page) -> Locator:
    return page.locator(".page-head .badge")


def _day(hour: int) -> datetime:
    """Gives an hour of a free day as the schedules' zone has it."""
    day = tomorrow(12, days=61).astimezone(ZoneInfo("America/New_York"))
    return day.replace(hour=hour)


def _wall(hour: int) -> str:
    return _day(hour).strftime(_WALL)


def _utc(hour: int) -> str:
    return tomorrow(hour, days=61).strftime("%Y-%m-%dT%H:%M:%S")


async def _open_outlook(page: Page, product: Product) -> None:
    place = product.run.graph.base_url.removesuffix("/v1.0")
    monday = _day(9).date() - timedelta(days=_day(9).weekday())
    await page.goto(f"{place}/outlook/people/{ADDRESS}?week={monday}")


async def _open_schedule(page: Page, product: Product) -> None:
    await page.goto(f"{product.run.booking.url}/schedule?from={_day(9).date()}")
