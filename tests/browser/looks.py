"""What holds for every page: WCAG by axe-core, and no scrolling sideways (R12.4)."""

from importlib.resources import files
from typing import Any

from playwright.async_api import Page

from tests.browser.windows import PHONE, WIDE

_SCRIPT = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_SIZES = {"wide": WIDE, "phone": PHONE}
#: A window of 1280 px enlarged four times: nobody has to scroll sideways there either.
_ENLARGED = (320, 256)
#: Colours are the only thing that light and dark change.
_COLOURS: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
_ALL: dict[str, Any] = {"resultTypes": ["violations"]}


async def faults(page: Page, *, alike: str = "") -> list[str]:
    """Looks at a page wide and on a phone, light and dark; gives what is wrong, empty if nothing.

    The whole of axe-core runs at both widths, its rules of colours in both schemes; enlarged to
    400 % only the width counts.

    Args:
        page: What is shown.
        alike: A selector of parts that repeat others: only their width is looked at.
    """
    found: list[str] = []
    for name, (width, height) in {"enlarged": _ENLARGED, **_SIZES}.items():
        await page.set_viewport_size({"width": width, "height": height})
        needed = await page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            found.append(f"{name}: is {needed} px wide")
    if alike:
        await page.locator(alike).evaluate_all("all => all.forEach(one => one.remove())")
    await page.evaluate(_SCRIPT)
    for name, (width, height) in _SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="light")
        found += [f"{name}, light: {fault}" for fault in await _axe(page, _ALL)]
        await page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {fault}" for fault in await _axe(page, _COLOURS)]
    return found


async def _axe(page: Page, options: dict[str, Any]) -> list[str]:
    answer = await page.evaluate("options => axe.run(options)", options)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]
