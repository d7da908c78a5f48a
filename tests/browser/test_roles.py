"""What each access type may do, by the pages (section 2)."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from simulators.booking.model import AccessType, StaffMember
from sync.messages import language
from tests.browser.people import administer, choose_account, connect, log_in, say_yes
from tests.browser.windows import PHONE, open_window
from tests.e2e.product import Product, meeting, tomorrow

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_r2_1_an_hq_admin_enables_activates_resends_and_deactivates(
    chromium: Browser, product: Product
) -> None:
    async with open_window(chromium) as page:
        await administer(page, product, "Hana Quinn")
        for box in ("North Clinic", "South Clinic"):
            await page.get_by_role("checkbox", name=box).check()
        await page.get_by_role("button", name="Save Locations").click()
        await expect(page.locator(".alert.good")).to_contain_text("The Locations were saved")

        await page.get_by_role("checkbox", name="Select all that are shown").check()
        await expect(page.locator("#staff-count")).to_have_text("5 of 5 shown, 5 selected")
        await page.get_by_role("button", name="Activate selected", exact=True).click()
        await expect(_row(page, "Sam Taylor")).to_contain_text("Waiting for sign-in")
        await expect(_row(page, "Nora Ames")).to_contain_text("No e-mail address")

        # That of the activation is not a minute old: it says from when another one goes (R3.6).
        await product.invitation("sam@practice.example")
        await _row(page, "Sam Taylor").get_by_role("button", name="Send again").click()
        await expect(page.get_by_role("alert")).to_contain_text(
            "was sent an invitation a moment ago"
        )

        await page.goto(f"{product.run.base_url}/plugin")
        await page.get_by_label("Search by name").fill("vera")
        await expect(page.locator("#staff-count")).to_have_text("1 of 5 shown, 0 selected")
        await page.get_by_role("checkbox", name="Vera Olson").check()
        await page.get_by_role("button", name="Deactivate selected").click()
        await expect(page.get_by_role("heading")).to_have_text("Deactivate 1 Staff Member?")
        await page.get_by_role("button", name="Deactivate").click()
        await expect(_row(page, "Vera Olson")).to_contain_text("Not activated")
        await page.get_by_label("Search by name").fill("")
        await expect(_row(page, "Sam Taylor")).to_contain_text("Waiting for sign-in")


async def test_r2_2_a_location_admin_sees_only_the_own_location(
    chromium: Browser, product: Product
) -> None:
    await product.activate()
    async with open_window(chromium) as page:
        await administer(page, product, "Luis Adams")

        await expect(page.get_by_role("list").filter(has_text="North Clinic")).to_be_visible()
        await expect(page.get_by_text("South Clinic")).to_have_count(0)
        await expect(page.get_by_role("button", name="Save Locations")).to_have_count(0)
        await expect(_row(page, "Sam Taylor")).to_be_visible()
        await expect(_row(page, "Vera Olson")).to_have_count(0)
        await page.get_by_role("checkbox", name="Sam Taylor").check()
        await page.get_by_role("button", name="Activate selected", exact=True).click()
        await expect(_row(page, "Sam Taylor")).to_contain_text("Waiting for sign-in")


async def test_r2_3_staff_may_not_open_the_administration(
    chromium: Browser, product: Product
) -> None:
    async with open_window(chromium) as page:
        await page.goto(f"{product.run.base_url}/plugin")
        async with page.expect_event(
            "response", lambda answer: answer.url.endswith("/plugin")
        ) as refused:
            await log_in(page, "Sam Taylor")

        assert (await refused.value).status == 403
        await expect(page.get_by_role("heading")).to_have_text("This is for administrators")
        await expect(page.get_by_role("link", name="Administration")).to_have_count(0)


async def test_r2_6_who_is_not_activated_learns_whom_to_ask(
    chromium: Browser, product: Product
) -> None:
    product.hire("Ulla")
    async with open_window(chromium) as page:
        await page.goto(f"{product.run.base_url}/connect")
        await page.get_by_role("link", name="Log in to").click()
        await log_in(page, "Ulla Novak")

        await expect(page.get_by_role("heading")).to_contain_text("not activated for you")
        for name in ("Hana Quinn", "Luis Adams"):
            await expect(page.get_by_role("listitem").filter(has_text=name)).to_be_visible()


async def test_r2_4_view_only_shows_in_outlook_and_takes_nothing_from_there(
    chromium: Browser, product: Product
) -> None:
    staff, address = product.hire("Vito"), "vito@practice.example"
    profile = product.run.booking.state.staff_member(product.account, staff)
    product.run.booking.state.put_staff(
        product.account,
        StaffMember(
            id=staff,
            name=profile.name,
            email=profile.email,
            access_type=AccessType.VIEW_ONLY,
            location_ids=profile.location_ids,
        ),
    )
    product.run.graph.acts.create(address, meeting("Dentist", tomorrow(10)))
    await product.activate(staff)
    async with open_window(chromium) as page:
        await connect(page, product, address, "Vito Novak")
        await expect(page.locator("#settings-form")).to_contain_text(
            "Your access type is view only"
        )
        await page.get_by_role("button", name="Start Sync").click()
        await expect(page.get_by_role("button", name="Resync")).to_be_visible(timeout=60_000)

        await page.get_by_role("button", name="Explain").click()
        found = page.locator("#why-results .entry", has_text="Dentist")
        await expect(found).to_contain_text("view only")
    assert product.made(staff) == []


async def test_r4_2_refused_consent_can_be_given_the_second_time(
    chromium: Browser, product: Product
) -> None:
    product_url, address = product.run.base_url, "rosa@practice.example"
    await product.activate(product.hire("Rosa"))
    async with open_window(chromium, PHONE) as page:
        await page.goto(f"{product_url}/connect")
        await page.get_by_role("link", name="Log in to").click()
        await log_in(page, "Rosa Novak")
        await page.get_by_role("link", name="Sign in with Microsoft").click()
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        await page.locator(f"button[value='{address}']").click()
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("heading")).to_have_text("You did not allow access")

        await page.get_by_role("link", name="Try again").click()
        await choose_account(page, address)
        await say_yes(page)
        await expect(page.locator(".account-name")).to_have_text(address)


async def test_r12_4_times_are_said_in_the_persons_zone_and_language(
    chromium: Browser, product: Product
) -> None:
    staff, address = product.hire("Uwe"), "uwe@practice.example"
    product.run.booking.state.put_staff(
        product.account,
        StaffMember(
            id=staff,
            name="Uwe Novak",
            email=address,
            location_ids=(product.run.practice.north_id,),
            time_zone="Europe/Berlin",
        ),
    )
    begins = tomorrow(11, days=61)
    product.run.graph.acts.create(address, meeting("Beirat", begins))
    await product.activate(staff)
    async with open_window(chromium, locale="de-DE") as page:
        await connect(page, product, address, "Uwe Novak", language("de"))
        await page.get_by_role("button", name=language("de").say("Preview")).click()

        hour = 12 if begins.month in {11, 12, 1, 2, 3} else 13
        said = page.locator(".preview li", has_text="Beirat")
        await expect(said).to_contain_text(f"{begins.day}. ")
        await expect(said).to_contain_text(f"{hour}:00")


async def test_r10_3_a_lost_sign_in_is_asked_for_and_mends_itself(
    chromium: Browser, product: Product
) -> None:
    staff, address = product.hire("Ivo"), "ivo@practice.example"
    product.run.graph.acts.create(address, meeting("Choir", tomorrow(18)))
    await product.activate(staff)
    async with open_window(chromium) as page:
        await connect(page, product, address, "Ivo Novak")
        await page.get_by_role("button", name="Start Sync").click()
        await expect(page.get_by_role("button", name="Resync")).to_be_visible(timeout=60_000)
        await product.quiet()
        product.run.identity.revoke(address)
        product.run.identity.expire_access_tokens(address)
        await page.get_by_role("button", name="Resync").click()

        # The page asks by itself, as soon as it is known.
        await page.get_by_role("link", name="Sign in again").click(timeout=60_000)
        await choose_account(page, address)
        await expect(page.get_by_role("button", name="Resync")).to_be_visible(timeout=60_000)
    assert len(product.made(staff)) == 1


def _row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=name)
