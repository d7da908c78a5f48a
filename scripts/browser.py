"""Chromium without a screen, for pictures of our pages and for their tests."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = "There is no Chromium: `make chromium` installs it, or CHROMIUM names one."
_USUAL = Path("/usr/bin/chromium")


def find_chromium() -> str | None:
    """Gives the browser's path: CHROMIUM, else Debian's, else one on the PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return str(_USUAL) if _USUAL.exists() else shutil.which("chromium")


@asynccontextmanager
async def open_chromium(path: str) -> AsyncIterator[Browser]:
    """Starts the browser; it ends with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
