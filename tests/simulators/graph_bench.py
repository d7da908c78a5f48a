"""A started Graph simulator with one signed-in person, and a receiver of its posts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
from aiohttp import web

from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.state import State

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA, BEN = "ada@practice.example", "ben@practice.example"
MARK = "String {7c1a3a52-3c0e-4b5e-9a53-0d9f0c3d8f11} Name Reference"
WINDOW = "startDateTime=2026-11-23T00:00:00Z&endDateTime=2027-02-21T00:00:00Z"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


def escaped(item_id: str) -> str:
    return quote(item_id, safe="")


def timed(subject: str, begin: str, end: str, zone: str = "UTC", **more: Any) -> dict[str, Any]:
    return {
        "subject": subject,
        "start": {"dateTime": begin, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        **more,
    }


def lunch(subject: str = "Lunch", **more: Any) -> dict[str, Any]:
    return timed(subject, "2026-12-01T12:00:00", "2026-12-01T13:00:00", **more)


def weekly(zone: str = "W. Europe Standard Time", **more: Any) -> dict[str, Any]:
    """Tuesdays at nine from long before the window."""
    recurrence = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["Tuesday"]},
        "range": {"type": "noEnd", "startDate": "2026-03-03"},
    }
    body = timed("Team", "2026-03-03T09:00:00", "2026-03-03T10:00:00", zone, **more)
    return body | {"recurrence": recurrence}


@dataclass
class Bench:
    simulator: GraphSimulator
    client: httpx.AsyncClient
    calendar: str

    @property
    def events(self) -> str:
        return f"/me/calendars/{escaped(self.calendar)}/events"

    @property
    def view(self) -> str:
        return f"/me/calendars/{escaped(self.calendar)}/calendarView"

    async def post(self, **more: Any) -> dict[str, Any]:
        answer = await self.client.post(self.events, json=lunch(**more))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def get(self, path: str, **headers: str) -> Any:
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def first_round(self, **headers: str) -> tuple[list[dict[str, Any]], str]:
        return await self.round(f"{self.view}/delta()?{WINDOW}", **headers)

    async def round(self, link: str, **headers: str) -> tuple[list[dict[str, Any]], str]:
        """Page a round to its end; gives all lines and the deltaLink."""
        lines: list[dict[str, Any]] = []
        while True:
            page = await self.get(link, **headers)
            lines += page["value"]
            if "@odata.deltaLink" in page:
                return lines, page["@odata.deltaLink"]
            link = page["@odata.nextLink"]


@asynccontextmanager
async def open_bench(*, url_safe_ids: bool = False) -> AsyncIterator[Bench]:
    simulator = GraphSimulator(state=State(url_safe_ids=url_safe_ids))
    simulator.state.clock.set(NOW, hold=True)
    base_url = await simulator.start()
    for address, name, token in ((ADA, "Ada Berg", "ada-token"), (BEN, "Ben Cole", "ben-token")):
        user = simulator.state.add_user(address, name)
        simulator.state.tokens[token] = user.user_id
    calendar = simulator.acts.calendar(ADA).calendar_id
    headers = {"Authorization": "Bearer ada-token"}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, trust_env=False) as client:
        try:
            yield Bench(simulator=simulator, client=client, calendar=calendar)
        finally:
            await simulator.stop()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@dataclass
class Receiver:
    """Takes posts; `answer` decides the status for each, `validate` what a handshake gets.

    A silent one never answers a handshake.
    """

    url: str = ""
    notifications: list[dict[str, Any]] = field(default_factory=list)
    posts: int = 0
    handshakes: int = 0
    silent: bool = False
    answer: Callable[[int], int] = lambda _: 202
    validate: Callable[[str], web.Response] = lambda token: web.Response(text=token)

    async def take(self, request: web.Request) -> web.Response:
        if "validationToken" in request.query:
            self.handshakes += 1
            if self.silent:
                await asyncio.Event().wait()
            return self.validate(request.query["validationToken"])
        self.posts += 1
        status = self.answer(self.posts)
        if status < 300:
            self.notifications += (await request.json())["value"]
        return web.Response(status=status)


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/notifications", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bound: Any = runner.addresses[0]
    receiver.url = f"http://127.0.0.1:{bound[1]}/notifications?kind=change"
    try:
        yield receiver
    finally:
        await runner.cleanup()
