"""The App over fakes behind a real server: states that are hard to reach live.

``Stage`` is a ``Site`` whose pages a browser can open. Who has come how far is arranged with a
``Client`` in this process; the browser takes over its cookies.
"""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web
from playwright.async_api import Page

from sync.app import use_app
from sync.people.people import SyncSettings
from sync.words import Interval, PersonKey, ShowAs

with warnings.catch_warnings():
    # Microsoft's SDK calls its own classes deprecated when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tests.site.site import SETTINGS, Client, Site

_HOP = {"content-type", "content-length"}


class Stage(Site):
    """A site that is served.

    Attributes:
        url: Where, without a slash at the end.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        # Cookies of an http address travel over http.
        self.app = replace(self.app, settings=replace(SETTINGS, public_base_url=url))
        use_app(self.app)

    async def show(self, page: Page, client: Client, path: str) -> int:
        """Opens a page in the browser as a client that has come this far; gives its status."""
        await page.context.add_cookies(
            [
                {"name": name, "value": text, "url": self.url}
                for name, text in client.cookies.items()
            ]
        )
        answer = await page.goto(self.url + path)
        assert answer is not None
        return answer.status

    def choices(self, person: PersonKey, **more: Any) -> SyncSettings:
        """Gives settings with the default calendar."""
        return SyncSettings(
            calendar_id=self.outlook.default(person), contact_email="anna@example.com", **more
        )

    def span(self, days: int, hour: int, *, hours: int = 1) -> Interval:
        """Gives a time some days after the clock's, in UTC."""
        start = self.clock.now().replace(hour=hour, minute=0) + timedelta(days=days)
        return Interval(start, start + timedelta(hours=hours))

    def fill(self, person: PersonKey) -> None:
        """Gives somebody two ordinary weeks in both calendars."""
        for day in range(1, 11):
            self.booking.book(
                person, self.span(day, 9), customer="Grace Hopper", service="Consultation"
            )
        self.booking.block(person, self.span(2, 12), title="Lunch")
        for day in (1, 3, 5):
            self.outlook.meet(person, self.span(day, 14), subject="Team meeting")
        self.outlook.meet(
            person, self.span(4, 9), subject="Steuerberatungsgesellschaftsversammlung"
        )
        self.outlook.meet(person, self.span(6, 14), subject="Perhaps", show_as=ShowAs.FREE)

    async def synced(self, name: str = "anna", **choices: Any) -> tuple[PersonKey, Client]:
        """Gives somebody whose first sync has ended; one Meeting waits for its time."""
        person, client = await self.connected(name)
        self.fill(person)
        await self.app.choices.start(person, self.choices(person, **choices))
        await self.work()
        return person, client

    async def work(self) -> None:
        """Runs the syncs that are due."""
        while (job := self.jobs.take_sync()) is not None:
            await self.app.runner.run(job)


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Serves a new site on a free port; it ends with the block."""
    server = web.Application()
    server.router.add_route("*", "/{path:.*}", _answer)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        host, port = runner.addresses[0][:2]
        yield Stage(f"http://{host}:{port}")
    finally:
        use_app(None)
        await runner.cleanup()


async def _answer(request: web.Request) -> web.Response:
    client = Client(dict(request.cookies))
    headers = {name: value for name, value in request.headers.items() if name != "Cookie"}
    answer = await client.send(
        request.method, request.path_qs, headers=headers, body=await request.read()
    )
    response = web.Response(body=answer.body, status=answer.status)
    response.headers.update(
        {n: v for n, v in answer.headers.items() if n not in _HOP and n != "set-cookie"}
    )
    response.content_type = answer.headers["content-type"]
    response.charset = "utf-8"
    for line in answer.cookies:
        response.headers.add("Set-Cookie", line)
    return response
