"""What Azure makes of our cookies, in a real browser over https."""

import ssl

import pytest
import trustme
from aiohttp import web
from playwright.async_api import Browser

from simulators.common.serving import LoopbackServer
from sync.site.headers import set_cookie

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("in_frames", [False, True])
async def test_r4_5_a_browser_keeps_a_cookie_whose_domain_azure_left_empty(
    chromium: Browser, *, in_frames: bool
) -> None:
    ours = set_cookie("session", "ours", seconds=60, secure=True, in_frames=in_frames)
    pair, rest = ours.replace('"', "").split("; ", 1)

    async def answer(request: web.Request) -> web.Response:
        headers = {"Set-Cookie": f"{pair}; domain=; {rest}"}
        return web.Response(text=request.headers.get("Cookie", "none"), headers=headers)

    application = web.Application()
    application.router.add_get("/", answer)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    server = LoopbackServer(application, tls)
    window = await chromium.new_context(ignore_https_errors=True)
    try:
        url = await server.start("127.0.0.1", 0)
        page = await window.new_page()
        await page.goto(url)
        await page.goto(url)

        assert await page.text_content("body") == "__Host-session=ours"
    finally:
        await window.close()
        await server.stop()
