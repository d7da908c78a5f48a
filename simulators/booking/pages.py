"""The booking product's own pages: who one is, and a schedule by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from simulators.booking.model import (
    STATUS_ACTS,
    Account,
    Item,
    ItemKind,
    ItemStatus,
    Refusal,
    StaffMember,
)
from simulators.booking.oidc import OidcProvider
from simulators.booking.state import BookingState
from simulators.booking.templating import FOLDER, render
from simulators.common.pages import read_day, read_wall, see_other, texts

DAYS_SHOWN = 14


class BookingPages:
    """Pages for people; who is logged in here is logged in for the OpenID provider too (R4.1).

    Args:
        state: what the booking product knows.
        oidc: keeps the log-ins.
    """

    def __init__(self, state: BookingState, oidc: OidcProvider) -> None:
        self._state = state
        self._oidc = oidc

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """Give the routes of all pages."""
        return [
            web.get("/", self._choose),
            web.post("/log-in", self._log_in),
            web.post("/log-out", self._log_out),
            web.get("/schedule", self._schedule),
            web.post("/schedule", self._create),
            web.post("/schedule/{item_id}", self._act),
            web.static("/static", FOLDER / "static"),
        ]

    async def _choose(self, request: web.Request) -> web.Response:
        person = self._oidc.logged_in(request)
        people = [
            {"account": record.account, "staff": list(record.staff.values())}
            for record in self._state.accounts()
        ]
        return render("choose.html", people=people, person=person and person[1])

    async def _log_in(self, request: web.Request) -> web.Response:
        chosen = (await request.post()).get("staff")
        found = self._state.find_staff(chosen) if isinstance(chosen, str) else None
        response = see_other("/schedule" if found else "/")
        if found is not None:
            self._oidc.log_in(response, found[0].id, found[1].id)
        return response

    async def _log_out(self, request: web.Request) -> web.Response:
        response = see_other("/")
        self._oidc.log_out(request, response)
        return response

    async def _schedule(self, request: web.Request) -> web.Response:
        account, member = self._oidc.person(request)
        return self._schedule_page(account, member, request.query.get("from"))

    async def _create(self, request: web.Request) -> web.Response:
        account, member = self._oidc.person(request)
        form = texts(await request.post())
        try:
            start, end = _times(form, member)
            if form.get("kind") == "reserve":
                self._state.add_reserve(
                    account.id,
                    member.id,
                    start=start,
                    end=end,
                    title=form.get("title") or "Reserved",
                    notes=form.get("notes") or None,
                )
            else:
                self._state.book_appointment(
                    account.id,
                    member.id,
                    start=start,
                    end=end,
                    customer=form.get("customer") or "Customer",
                    service=form.get("service") or "Service",
                    location_id=next(iter(member.location_ids), None),
                )
        except (Refusal, ValueError) as error:
            return self._schedule_page(account, member, form.get("from"), error=str(error))
        return see_other(f"/schedule?from={form.get('start', '')[:10]}")

    async def _act(self, request: web.Request) -> web.Response:
        account, member = self._oidc.person(request)
        form = texts(await request.post())
        whose = (account.id, member.id, request.match_info["item_id"])
        act = form.get("act", "")
        try:
            if act == "move":
                start, end = _times(form, member)
                self._state.move(*whose, start=start, end=end)
            elif act == "delete":
                self._state.delete_item(*whose)
            elif act == "reassign":
                self._state.reassign(*whose, to_staff_id=form.get("to", ""))
            elif act == "text":
                item = self._state.item(*whose)
                changed = replace(
                    item, title=form.get("title") or None, notes=form.get("notes") or None
                )
                self._state.save_item(account.id, member.id, changed)
            elif act in STATUS_ACTS:
                self._state.set_status(*whose, STATUS_ACTS[act])
            else:
                raise web.HTTPBadRequest
        except (Refusal, ValueError) as error:
            return self._schedule_page(account, member, form.get("from"), error=str(error))
        return see_other(f"/schedule?from={form.get('from', '')}")

    def _schedule_page(
        self, account: Account, member: StaffMember, begin: str | None, error: str | None = None
    ) -> web.Response:
        zone = ZoneInfo(member.time_zone)
        today = self._state.clock.now().astimezone(zone).date()
        first = read_day(begin) or today
        last = first + timedelta(days=DAYS_SHOWN)
        start, end = (datetime.combine(day, time(), zone) for day in (first, last))
        shown: dict[date, list[dict[str, object]]] = {}
        for item in self._state.schedule(account.id, member.id).items():
            if item.overlaps(start, end):
                day = max(item.start.astimezone(zone).date(), first)
                shown.setdefault(day, []).append(_row(item, zone))
        others = self._state.account(account.id).staff.values()
        return render(
            "schedule.html",
            status=409 if error else 200,
            account=account,
            person=member,
            days=sorted(shown.items()),
            first=first,
            last=last,
            earlier=first - timedelta(days=DAYS_SHOWN),
            today=today,
            colleagues=[other for other in others if other.id != member.id],
            error=error,
            kinds=ItemKind,
        )


def _row(item: Item, zone: ZoneInfo) -> dict[str, object]:
    return {
        "item": item,
        "title": item.shown_title,
        "start": item.start.astimezone(zone),
        "end": item.end.astimezone(zone),
        "is_gone": item.status is ItemStatus.CANCELLED,
    }


def _times(form: Mapping[str, str], member: StaffMember) -> tuple[datetime, datetime]:
    zone = ZoneInfo(member.time_zone)
    start = read_wall(form, "start").replace(tzinfo=zone).astimezone(UTC)
    minutes = int(form.get("minutes", ""))
    return start, start + timedelta(minutes=minutes)
