"""The descriptions over HTTP, and their page in a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, Route, async_playwright

from tests.unit.triggers.site import BASE, Client

CHROMIUM = which("chromium")
DESCRIBED = Path(__file__).parents[3] / "sync" / "site" / "pages" / "openapi" / "connector.yaml"
pytestmark = pytest.mark.usefixtures("site")


async def test_a_description_is_served_to_anybody_as_yaml() -> None:
    answer = await Client().get("/api/openapi/connector.yaml")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/yaml"
    assert answer.text == DESCRIBED.read_text(encoding="utf-8")


async def test_a_description_that_is_known_is_not_sent_again() -> None:
    first = await Client().get("/api/openapi/booking.yaml")

    again = await Client().get(
        "/api/openapi/booking.yaml", **{"If-None-Match": first.headers["etag"]}
    )

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["other.yaml", "..%2Fcontracts.py", "connector", "%00"])
async def test_nothing_else_is_found_there(name: str) -> None:
    answer = await Client().get(f"/api/openapi/{name}")

    assert (answer.status, answer.json["type"]) == (404, "not_found")


async def test_the_page_is_open_to_anybody_under_the_policy_of_all_pages() -> None:
    answer = await Client().get("/api/docs")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "/api/accounts/{account_id}/staff" in answer.text


@asynccontextmanager
async def shown(width: int, *, dark: bool = False) -> AsyncIterator[Page]:
    """Opens the page in a browser whose every request is answered by the functions."""

    async def fulfil(request: Route) -> None:
        parts = urlsplit(request.request.url)
        answer = await Client().get(parts.path)
        await request.fulfill(status=answer.status, headers=answer.headers, body=answer.body)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(
            viewport={"width": width, "height": 844}, color_scheme="dark" if dark else "light"
        )
        await page.route("**/*", fulfil)
        await page.goto(f"{BASE}/api/docs")
        yield page
        await browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no browser is installed")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_r12_4_the_page_passes_axe_and_never_scrolls_sideways(
    width: int, *, dark: bool
) -> None:
    async with shown(width, dark=dark) as page:
        found = await Axe().run(page)
        scroll: int = await page.evaluate("document.documentElement.scrollWidth")

        assert found.violations_count == 0, found.generate_report()
        assert scroll <= width
