"""Pages that stand for Outlook: a person's week, by hand, and the board of fault switches.

Everything is a plain form and works without scripts; a small script adds dragging.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from simulators.common.pages import SHARED, Pages, read_day, see_other, texts
from simulators.microsoft365.acts import Acts
from simulators.microsoft365.errors import GraphError
from simulators.microsoft365.fault_words import GROUPS, WORDS, read_value
from simulators.microsoft365.faults import Faults
from simulators.microsoft365.forms import (
    MOST_WEEKS,
    SHOW_AS,
    changed_event,
    new_event,
    read_times,
)
from simulators.microsoft365.model import User
from simulators.microsoft365.state import State
from simulators.microsoft365.week import Place, Shown, monday_of, places_of, show, week_of
from simulators.microsoft365.zones import to_utc, to_wall

FOLDER = Path(__file__).parent
_pages = Pages(FOLDER)
_pages.environment.filters["path"] = lambda text: quote(text, safe="")
DONE = {
    "created": "Created.",
    "saved": "Saved.",
    "moved": "Moved.",
    "deleted": "Deleted.",
    "private": "It is private now.",
    "all-day": "It lasts all day now.",
    "copied": "Copied. The copy is shown.",
    "dragged": "It is in the other calendar now.",
    "answered": "The invitation is answered.",
    "cancelled": "The organiser has cancelled it.",
    "on": "Switched on.",
    "off": "Switched off.",
}


class OutlookPages:
    """The pages of one simulated service, below /outlook/.

    Args:
        state: whose mailboxes.
        acts: what people do in them.
        faults: the switches.
    """

    def __init__(self, state: State, acts: Acts, faults: Faults) -> None:
        self._state = state
        self._acts = acts
        self._faults = faults

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """Gives the routes of all pages."""
        return [
            web.get("/", self._home),
            web.get("/outlook", self._home),
            web.get("/outlook/", self._choose),
            web.get("/outlook/people/{address}", self._week),
            web.post("/outlook/people/{address}", self._create),
            web.post("/outlook/people/{address}/{act}", self._act),
            web.get("/outlook/faults", self._board),
            web.post("/outlook/faults", self._switch),
            web.static("/outlook/static", FOLDER / "static"),
            web.static("/outlook/shared", SHARED),
        ]

    async def _home(self, request: web.Request) -> web.Response:
        del request
        return see_other("/outlook/")

    async def _choose(self, request: web.Request) -> web.Response:
        del request
        return _pages.render(
            "outlook_people.html", people=list(self._state.users.values()), user=None
        )

    async def _week(self, request: web.Request) -> web.Response:
        user = self._user(request)
        query = request.query
        return self._week_page(
            user,
            week=query.get("week"),
            item=query.get("item"),
            only=query.get("calendar"),
            done=query.get("done"),
        )

    async def _create(self, request: web.Request) -> web.Response:
        user = self._user(request)
        form = texts(await request.post())
        try:
            body = new_event(form, user.time_zone)
            made = self._acts.create(user.address, body, calendar=form.get("calendar") or None)
        except (GraphError, ValueError, KeyError) as error:
            return self._week_page(user, week=form.get("week"), error=_said(error))
        item = self._state.ids_of(self._acts.instance(made))[1]
        week = monday_of(read_times(form)[0].date()).isoformat()
        return self._back(user, week=week, item=item, done="created")

    async def _act(self, request: web.Request) -> web.Response:
        user = self._user(request)
        form = texts(await request.post())
        item, week = form.get("item", ""), form.get("week", "")
        try:
            left, done = self._carry_out(user, request.match_info["act"], item, form)
        except (GraphError, ValueError, KeyError) as error:
            return self._week_page(user, week=week, item=item, error=_said(error))
        if left and done in ("saved", "moved"):
            start = to_wall(self._acts.instance(left).content.starts_at, user.time_zone)
            week = monday_of(start.date()).isoformat()
        return self._back(user, week=week, item=left, done=done)

    def _carry_out(
        self, user: User, act: str, item: str, form: dict[str, str]
    ) -> tuple[str | None, str]:
        """Does what a button says; gives the item to show afterwards, and what was done."""
        instance = self._acts.instance(item)
        match act:
            case "save":
                changes = changed_event(form, instance.content, user.time_zone)
                if changes:
                    self._acts.change(item, changes)
                return item, "saved"
            case "move":
                start, end = (to_utc(at, user.time_zone) for at in read_times(form))
                self._acts.move(item, start, end)
                return item, "moved"
            case "delete":
                self._acts.delete(item)
                return None, "deleted"
            case "private":
                return self._acts.make_private(item), "private"
            case "all-day":
                return self._acts.make_all_day(item), "all-day"
            case "copy":
                copied = self._acts.copy(item, calendar=form.get("calendar") or None)
                return self._state.ids_of(self._acts.instance(copied))[1], "copied"
            case "drag":
                self._acts.drag_to_calendar(item, form.get("calendar", ""))
                return item, "dragged"
            case "respond":
                return self._acts.respond(item, form.get("response", "")), "answered"
            case "cancel":
                return self._acts.cancel_by_organizer(item), "cancelled"
            case other:
                raise ValueError(f"There is no act {other}.")

    async def _board(self, request: web.Request) -> web.Response:
        return self._board_page(done=request.query.get("done"))

    async def _switch(self, request: web.Request) -> web.Response:
        form = texts(await request.post())
        name = form.get("name", "")
        if form.get("act") == "off":
            self._faults.clear(name or None)
            return see_other("/outlook/faults?done=off")
        try:
            values: dict[str, Any] = {
                key: read_value(default, form.get(key, ""))
                for key, default in (WORDS[name].values if name in WORDS else {}).items()
            }
            times = int(form["times"]) if form.get("times") else None
            self._faults.set(name, user=form.get("user") or None, times=times, **values)
        except ValueError as error:
            return self._board_page(error=_said(error))
        return see_other(f"/outlook/faults?done=on#{quote(name)}")

    def _board_page(self, *, done: str | None = None, error: str | None = None) -> web.Response:
        on: dict[str, list[dict[str, object]]] = {}
        for fault in self._faults.listed():
            on.setdefault(fault["name"], []).append(fault)
        return _pages.render(
            "outlook_faults.html",
            status=400 if error else 200,
            groups=GROUPS,
            on=on,
            people=list(self._state.users.values()),
            user=None,
            said=DONE.get(done or ""),
            error=error,
        )

    def _week_page(
        self,
        user: User,
        *,
        week: str | None = None,
        item: str | None = None,
        only: str | None = None,
        done: str | None = None,
        error: str | None = None,
    ) -> web.Response:
        today = to_wall(self._state.clock.now(), user.time_zone).date()
        first = monday_of(read_day(week) or today)
        if only not in {place.calendar.calendar_id for place in places_of(self._state, user)}:
            only = None
        view = week_of(self._state, user, first, only=only)
        return _pages.render(
            "outlook_week.html",
            status=400 if error else 200,
            user=user,
            week=view,
            first=first,
            last=first + timedelta(days=6),
            earlier=first - timedelta(days=7),
            later=first + timedelta(days=7),
            today=today,
            only=only,
            chosen=self._chosen(user, item, view.places),
            start=_opening(first, today),
            show_as=SHOW_AS,
            most_weeks=MOST_WEEKS,
            said=DONE.get(done or ""),
            error=error,
        )

    def _chosen(self, user: User, item: str | None, places: tuple[Place, ...]) -> Shown | None:
        instance = self._state.find_instance(item) if item else None
        if instance is None:
            return None
        place = next((p for p in places if p.calendar.key == instance.event.calendar), None)
        return None if place is None else show(self._state, place, instance, user.time_zone)

    def _user(self, request: web.Request) -> User:
        user = self._state.find_user(request.match_info["address"])
        if user is None:
            raise web.HTTPNotFound(text="There is no such mailbox.")
        return user

    def _back(self, user: User, *, week: str, item: str | None, done: str) -> web.Response:
        query = {"week": week, "done": done} | ({"item": item} if item else {})
        return see_other(f"/outlook/people/{quote(user.address)}?{urlencode(query)}")


def _opening(first: date, today: date) -> date:
    """Gives the day that a new event is offered for: today, if the week has it."""
    return today if first <= today < first + timedelta(days=7) else first


def _said(error: Exception) -> str:
    if isinstance(error, GraphError):
        return error.message
    return "It is not there any more." if isinstance(error, KeyError) else str(error)
