"""A person at the simulated Microsoft 365, and the real gateway to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from simulators.microsoft365 import GraphSimulator
from sync.errors import AuthorizationLost
from sync.outside.graph.gateway import GraphCalendars
from sync.outside.graph.translate import MARK_PROPERTY
from sync.outside.graph.transport import PersonTokens
from sync.words import CalendarId, Interval, OutlookItemId, PersonKey, ShowAs
from tests.fakes.clock import FakeClock
from tests.ports.suites.booking_gateway import ANN
from tests.ports.suites.calendar_gateway import NOW, Desk

ANNS, BENS = "ann@example.org", "ben@example.org"


class TableTokens(PersonTokens):
    """Gives the tokens that the simulator knows; a refused one is replaced while there is more."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)
        self.asked_fresh = 0

    def open(self, person: PersonKey) -> PersonTokens:
        del person
        return self

    async def current(self) -> str:
        return self.left[0]

    async def fresh(self, refused: str, claims: str | None) -> str:
        del claims
        self.asked_fresh += 1
        if refused == self.left[0] and len(self.left) > 1:
            self.left.pop(0)
            return self.left[0]
        raise AuthorizationLost("there is no other token")


class Webhook:
    """Takes Graph's posts where the connector would."""

    def __init__(self) -> None:
        self.url = ""
        self.answers = True
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/webhooks/graph", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        if not self.answers:
            return web.Response(status=500)
        token = request.query.get("validationToken")
        return web.Response(text=token) if token else web.Response(status=202)


class SimulatedDesk(Desk):
    """Ann at the simulated Outlook; ``gateways`` may open further runs."""

    def __init__(self, simulator: GraphSimulator, webhook: Webhook) -> None:
        self.simulator = simulator
        self.acts = simulator.acts
        self.webhook = webhook
        simulator.state.clock.set(NOW, hold=True)
        ann = simulator.state.add_user(ANNS, "Ann")
        simulator.state.add_user(BENS, "Ben")
        simulator.state.tokens["good"] = ann.user_id
        self.calendar = CalendarId(self.acts.calendar(ANNS).calendar_id)
        self.second = CalendarId(self.acts.add_calendar(ANNS, "Second"))
        self.acts.share_calendar(BENS, None, ANNS, "read")
        self.clock = FakeClock(NOW)
        self.tokens = TableTokens("good")
        self.gateways = GraphCalendars(
            base_url=simulator.base_url,
            public_base_url=webhook.url,
            tokens=self.tokens,
            clock=self.clock,
        )
        self.gateway = self.gateways.open(ANN)

    def meet(
        self,
        interval: Interval,
        *,
        subject: str = "Lunch",
        body: str = "",
        show_as: ShowAs = ShowAs.BUSY,
        attended: bool = False,
        calendar: CalendarId | None = None,
    ) -> OutlookItemId:
        event = {
            "subject": subject,
            "body": {"contentType": "text", "content": body},
            "showAs": show_as.value,
            **times(interval),
        }
        if attended:
            event["attendees"] = [{"emailAddress": {"address": ANNS}, "type": "required"}]
        organizer = {"name": "Ben", "address": BENS} if attended else None
        return OutlookItemId(self.acts.create(ANNS, event, calendar=calendar, organizer=organizer))

    def weekly(self, interval: Interval, count: int, *, subject: str = "Team") -> OutlookItemId:
        return OutlookItemId(
            self.acts.create(
                ANNS,
                {"subject": subject, "recurrence": recurrence(interval, count), **times(interval)},
            )
        )

    def occurrences(self, series_id: OutlookItemId) -> tuple[OutlookItemId, ...]:
        begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
        return tuple(OutlookItemId(i) for i in self.acts.occurrences(series_id, begin, end))

    def move(self, item_id: OutlookItemId, interval: Interval) -> None:
        self.acts.move(item_id, interval.start, interval.end)

    def make_private(self, item_id: OutlookItemId) -> None:
        self.acts.make_private(item_id)

    def make_all_day(self, item_id: OutlookItemId) -> None:
        self.acts.make_all_day(item_id)

    def make_series(self, item_id: OutlookItemId) -> None:
        start = self.acts.instance(item_id).content.starts_at
        self.acts.change(item_id, {"recurrence": recurrence(Interval(start, start), 3)})

    def decline(self, item_id: OutlookItemId) -> None:
        self.acts.respond(item_id, "declined")

    def delete(self, item_id: OutlookItemId) -> None:
        self.acts.delete(item_id)

    def drag(self, item_id: OutlookItemId, calendar: CalendarId) -> OutlookItemId:
        return OutlookItemId(self.acts.drag_to_calendar(item_id, calendar))

    def restore(self, item_id: OutlookItemId) -> OutlookItemId:
        return OutlookItemId(self.acts.restore(item_id))

    def move_mailbox(self, *, keeps_marks: bool = True) -> None:
        self.acts.move_mailbox(ANNS, drop_property=None if keeps_marks else MARK_PROPERTY)

    def lag(self, seconds: float) -> None:
        self.acts.lag(ANNS, seconds)

    def spoil(self, item_id: OutlookItemId) -> None:
        year_1 = {"dateTime": "0001-01-01T00:00:00.0000000", "timeZone": "UTC"}
        self.acts.spoil(item_id, {"start": year_1, "end": year_1})

    def ail(self, thing: str) -> None:
        faults = self.simulator.faults
        # Where the feed brings the master along, nobody asks for it.
        faults.set("delta_master_missing")
        place: dict[str, Any] = {"item": thing}
        if thing == "calendars":
            place = {"ends": "/me/calendars"}
        faults.set("answer", **place, method="GET", status=403, code="ErrorAccessDenied")

    def pass_time(self, seconds: float) -> None:
        self.simulator.state.clock.advance(timedelta(seconds=seconds))

    def copy(self, item_id: OutlookItemId) -> OutlookItemId:
        return OutlookItemId(self.acts.copy(item_id))

    def delete_calendar(self, calendar: CalendarId) -> None:
        self.acts.delete_calendar(ANNS, calendar)

    def lose_mailbox(self) -> None:
        self.simulator.faults.set("mailbox_gone", user=ANNS)

    def refuse_tokens(self) -> None:
        self.simulator.state.tokens.clear()

    def expire_cursors(self) -> None:
        self.simulator.faults.set("delta_expire", times=1)

    def forget_transactions(self) -> None:
        self.simulator.faults.set("forget_transaction_id")

    def end_subscriptions(self) -> None:
        self.simulator.service.subscriptions.all.clear()

    def subscriptions(self) -> tuple[str, ...]:
        return tuple(one.subscription_id for one in self.simulator.service.subscriptions.alive())


def times(interval: Interval) -> dict[str, Any]:
    """Gives a span as Graph takes it."""
    return {
        name: {"dateTime": at.replace(tzinfo=None).isoformat(), "timeZone": "UTC"}
        for name, at in (("start", interval.start), ("end", interval.end))
    }


def recurrence(interval: Interval, count: int) -> dict[str, Any]:
    """Gives a weekly pattern that begins with a span."""
    return {
        "pattern": {
            "type": "weekly",
            "interval": 1,
            "daysOfWeek": [interval.start.strftime("%A").lower()],
        },
        "range": {
            "type": "numbered",
            "startDate": interval.start.date().isoformat(),
            "numberOfOccurrences": count,
        },
    }
