"""The demo page on its own port; it reads both simulators in the same process."""

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from simulators.booking import BookingSimulator
from simulators.booking.model import Refusal
from simulators.common.pages import SHARED, read_day, see_other, texts
from simulators.common.serving import LoopbackServer
from simulators.demo.acts import DemoActs
from simulators.demo.guide import Guide
from simulators.demo.news import News
from simulators.demo.page import DAY_CHOICES, FOLDER, DemoPage, Wish
from simulators.demo.sides import Person, both_sides
from simulators.demo.watch import Watch
from simulators.mailbox import MailboxSimulator
from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.errors import GraphError

LOOK_EVERY = 0.2
"""Seconds between two looks at the calendars of people whose page is open."""
OPEN_FOR = timedelta(seconds=15)
OTHER_LOG_INS = ("connectup_session", "connectup_flow", "connectup_ask", "ms_session")
"""Cookies of whoever was somebody else a moment ago: all parts share one host name."""


class DemoServer:
    """Serves the demo page.

    Args:
        booking: the booking product.
        graph: Microsoft 365.
        mailbox: where mails arrive.
        connector_url: where the connector is, without a trailing slash.

    Attributes:
        url: the address, once it listens.
    """

    def __init__(
        self,
        *,
        booking: BookingSimulator,
        graph: GraphSimulator,
        mailbox: MailboxSimulator,
        connector_url: str,
    ) -> None:
        self.url = ""
        self._booking = booking
        self._graph = graph
        self._connector_url = connector_url
        self._acts = DemoActs(booking.state, graph.state, graph.acts)
        self._page = DemoPage(booking, graph, mailbox, connector_url)
        self._news = News(booking.api.log, mailbox.post_office)
        self._watches: dict[str, Watch] = {}
        self._guides: dict[str, Guide] = {}
        self._opened: dict[str, datetime] = {}
        self._server: LoopbackServer | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens, and returns the address without a trailing slash; port 0 takes a free one."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/", self._show),
                web.get("/api/state", self._state),
                web.post("/acts", self._act),
                web.post("/as", self._become),
                web.static("/static", FOLDER / "static"),
                web.static("/shared", SHARED),
            ]
        )
        self._server = LoopbackServer(application)
        self.url = await self._server.start(host, port)
        self._looking = asyncio.create_task(self._keep_looking())
        return self.url

    async def stop(self) -> None:
        """Stops listening; does nothing when it isn't listening."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
            self._looking = None
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def look(self, person: Person) -> Watch:
        """Compares a person's calendars with what was seen before."""
        watch = self._watches.setdefault(person.key, Watch())
        now = datetime.now(UTC)
        schedule = self._booking.state.schedule(person.account.id, person.member.id)
        today = now.astimezone(person.zone).date()
        is_connected = self._page.is_connected(person)
        found = watch.look(
            person,
            both_sides(person, schedule, self._graph.state, today, watch.pairs),
            now,
            is_connected=is_connected,
            not_taken=self._news.not_taken(person),
        )
        for mail in self._news.mails(person):
            text = f"“{mail.subject}” to {mail.to[0]}."
            watch.tell(person, "mail", "Mail", text, now)
        self._guide(person).note(found, connected=is_connected)
        return watch

    def _guide(self, person: Person) -> Guide:
        return self._guides.setdefault(person.key, Guide())

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = datetime.now(UTC)
            for person in self._page.people():
                opened = self._opened.get(person.key)
                if opened is not None and now - opened < OPEN_FOR:
                    self.look(person)

    async def _show(self, request: web.Request) -> web.Response:
        wish = self._wish(request)
        if wish is None:
            return web.Response(text="There is nobody to show yet.", status=503)
        return self._page.whole(wish, self._watched(wish.person), self._guide(wish.person))

    async def _state(self, request: web.Request) -> web.Response:
        wish = self._wish(request)
        if wish is None:
            raise web.HTTPNotFound
        return web.json_response(
            self._page.parts(wish, self._watched(wish.person), self._guide(wish.person))
        )

    async def _act(self, request: web.Request) -> web.Response:
        form = texts(await request.post())
        wish = self._wish(request)
        if wish is None:
            raise web.HTTPNotFound
        item, error = form.get("item") or None, None
        self.look(wish.person)
        try:
            item = self._acts.carry_out(wish.person, form) or None
        except (GraphError, Refusal, KeyError, ValueError) as refused:
            error = _said(refused)
        # The time that a change is measured from is the time of its button.
        watch = self._watched(wish.person)
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"item": item, "error": error}, status=409 if error else 200)
        if error is not None:
            return self._page.whole(wish, watch, self._guide(wish.person), error=error)
        return see_other(wish.address(item=item))

    async def _become(self, request: web.Request) -> web.Response:
        form = texts(await request.post())
        person = self._page.person(form.get("staff", ""))
        to = self._page.doors().get(form.get("to", ""))
        if person is None or to is None:
            raise web.HTTPBadRequest
        response = see_other(to)
        for cookie in OTHER_LOG_INS:
            response.del_cookie(cookie)
        self._booking.oidc.log_in(response, person.account.id, person.member.id)
        return response

    def _watched(self, person: Person) -> Watch:
        self._opened[person.key] = datetime.now(UTC)
        return self.look(person)

    def _wish(self, request: web.Request) -> Wish | None:
        query = request.query
        person = self._page.person(query.get("staff", "")) or self._page.somebody()
        if person is None:
            return None
        days = query.get("days", "")
        today = datetime.now(UTC).astimezone(person.zone).date()
        first: date = read_day(query.get("from")) or _busy_day(today)
        return Wish(
            person=person,
            first=first,
            today=today,
            days=int(days) if days in {str(n) for n in DAY_CHOICES} else DAY_CHOICES[1],
            item=query.get("item"),
        )


def _busy_day(today: date) -> date:
    """Gives the day from which three working days in a row show: on Thursday it is Monday's."""
    days_to_monday = 7 - today.weekday()
    return today if days_to_monday >= 5 else today + timedelta(days=days_to_monday)


def _said(error: Exception) -> str:
    match error:
        case GraphError():
            return f"Outlook refuses: {error.message}"
        case Refusal():
            return f"The booking product refuses: {error.detail}"
        case KeyError():
            return "It is not there any more."
        case _:
            return str(error)
