"""Windows of the browser that complain.

A window notes what the browser says against our pages: errors on the console (a violated
Content-Security-Policy is one) and exceptions that no script caught. Whoever opens a window by
``open_window`` fails at its end if there was one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
)

WIDE, PHONE = (1280, 900), (390, 844)
_NOT_LOADED, _ICON = "Failed to load resource", "/favicon.ico"
_PATIENCE = 20_000  # milliseconds until the browser counts as stuck


@dataclass
class Complaints:
    """What the browser said against the pages of one window.

    An answer of 400 and above is said on the console, too: for a page that is meant to be one
    that is no complaint, nor for the icon that the simulators' pages don't have.
    """

    said: list[tuple[str, str]] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)

    def listen(self, context: BrowserContext) -> None:
        """Notes everything from now on."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.said.append((str(error.error), "")))
        context.on("response", self._see)

    def open(self) -> list[str]:
        """Gives what has to be mended."""
        return [
            f"{text} ({address})"
            for text, address in self.said
            if not (text.startswith(_NOT_LOADED) and (address in self.pages or _ICON in address))
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append((message.text, message.location["url"]))

    def _see(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.pages.add(response.url)


@asynccontextmanager
async def open_window(
    browser: Browser,
    size: tuple[int, int] = WIDE,
    *,
    dark: bool = False,
    scripts: bool = True,
    locale: str = "en-US",
) -> AsyncIterator[Page]:
    """Opens a window of its own, without cookies of others.

    Args:
        browser: The running one.
        size: Width and height in CSS pixels.
        dark: Whether the person prefers dark pages.
        scripts: Whether pages may run scripts.
        locale: The person's language, as BCP 47.

    Raises:
        AssertionError: At the end, if the browser complained.
    """
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        locale=locale,
        # Far from everybody's zone: times have to be in the person's own.
        timezone_id="Asia/Tokyo",
        # Simulated Microsoft makes its own certificate.
        ignore_https_errors=True,
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE)
    complaints = Complaints()
    complaints.listen(context)
    try:
        yield await context.new_page()
    finally:
        await context.close()
    if complaints.open():
        raise AssertionError("The browser complained:\n" + "\n".join(complaints.open()))
