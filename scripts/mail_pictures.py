"""Makes pictures of the kinds of messages (section 9, R11.7): ``docs/mail/NAME-WIDTH.png``.

``python -m scripts.mail_pictures`` needs Chromium.
"""

import asyncio
import sys
from pathlib import Path

from notifications.rendering import render
from scripts.browser import NO_CHROMIUM, find_chromium, open_chromium
from scripts.mail_gallery import letters
from sync.messages import ENGLISH

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "mail"
SHOWN = (
    "1-invitation",
    "2-sync-completed",
    "3-not-updated",
    "4-reconnect-needed",
    "5-disconnected",
    "8-held",
    "9-confirm-contact",
)
WIDTHS = (600, 390)


async def draw(chromium: str, folder: Path) -> None:
    """Draws each message at each width, as long as it is, into a folder."""
    written = letters()
    async with open_chromium(chromium) as browser:
        for width in WIDTHS:
            page = await browser.new_page(
                viewport={"width": width, "height": 400}, color_scheme="light"
            )
            for name in SHOWN:
                mail = render(written[name], "maria@example.org", ENGLISH)
                await page.set_content(mail.html)
                await page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def main() -> int:
    """Runs the command; gives its exit status."""
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write(f"{NO_CHROMIUM}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(chromium, FOLDER))
    return 0


if __name__ == "__main__":
    sys.exit(main())
