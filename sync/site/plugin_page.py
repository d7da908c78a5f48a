"""The administrators' page: Locations, Staff Members, health (sections 2 and 3, R12.3, R12.9).

One form holds search, filters, pages and the selection, so that all of it works without a script:
whatever is pressed, what is selected comes along.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import Rejected
from sync.people.people import StaffMember
from sync.people.side_by_side import MANY
from sync.people.staff_list import Outcome
from sync.site.flows import Onward
from sync.site.forms import first, read_form
from sync.site.html import ADMINS, no_such_button, page, page_route, redirect
from sync.site.http import clean_id, retry_headers
from sync.site.languages import speak_to
from sync.site.pages.plugin_views import LetGoView, PluginView
from sync.site.pages.render import let_go_page, plugin_page
from sync.site.pages.staff_table import GROUPS, Filters
from sync.site.plugin_questions import before_deactivating, before_disabling
from sync.site.plugin_view import PluginReader
from sync.site.pressed_forms import (
    LOGGED_OUT,
    OUT_OF_DATE,
    keep_pressed,
    owner_of,
    take_pressed,
)
from sync.site.sessions import Session, check_csrf, is_look, keep_session, read_session
from sync.words import LocationId, StaffId, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
_LOG_IN = "/auth/booking?next=/plugin"
_WORDS_LIMIT, _PAGES_LIMIT, _NUMBER_LIMIT = 200, 10_000, 9


@page_route(blueprint, "plugin", "GET", in_frames=True)
async def plugin(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Shows the page; an open one asks so whether it is still true (R12.5)."""
    session = await read_session(app, req)
    if session is None:
        return redirect(app, _LOG_IN)
    me = await _administrator(app, session)
    reader = PluginReader(app, session, me)
    version = await reader.version()
    if req.headers.get("if-none-match") == f'"{version}"':
        return page(app, "", HTTPStatus.NOT_MODIFIED)
    # What was pressed waits for the person, not for a page that looks after itself (R4.6).
    pressed = None
    if not is_look(req):
        pressed = await take_pressed(app, req, session.person, Onward.PLUGIN)
    if pressed is None:
        view = await reader.view(_filters(req.params), done=req.params)
    else:
        view = await _brought_back(reader, pressed, LOGGED_OUT)
    shown = plugin_page(replace(view, version=version))
    return keep_session(app, req, session, page(app, shown))


@page_route(blueprint, "plugin", "POST", in_frames=True)
async def change_plugin(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Does what a button of the page asks for; the service checks the rights again."""
    session, form = await read_session(app, req), read_form(req)
    if session is None:
        kept = await keep_pressed(app, req, form, Onward.PLUGIN)
        return redirect(app, _LOG_IN, *kept, after_form=True)
    me = await _administrator(app, session)
    try:
        check_csrf(session, first(form, "csrf_token"))
    except Rejected as refused:
        if owner_of(app, form) != session.person:
            raise
        view = await _brought_back(PluginReader(app, session, me), form, OUT_OF_DATE)
        return page(app, plugin_page(view), refused.status)
    filters = _filters_of(form)
    chosen = _selected(form)
    press = _Press(app, PluginReader(app, session, me), form, filters, chosen)
    try:
        return keep_session(app, req, session, await press.run())
    except Rejected as refused:
        # Nothing was done for anybody: the selection stays for the next try.
        view = await press.reader.view(filters, frozenset(chosen), problem=refused.detail)
        response = page(app, plugin_page(view), refused.status)
        response.headers.update(retry_headers(refused))
        return response


async def _brought_back(
    reader: PluginReader, form: Mapping[str, list[str]], said: str
) -> PluginView:
    """Shows who was selected again, and says that nothing has happened yet (R4.6)."""
    return await reader.view(_filters_of(form), frozenset(_selected(form)), problem=said)


def _selected(form: Mapping[str, list[str]]) -> tuple[StaffId, ...]:
    # Under the API's name as well: one who names people for one button needs no selection.
    named = [id_ for name in ("staff_id", first(form, "action")) for id_ in form.get(name, ())]
    return tuple(dict.fromkeys(StaffId(clean_id(id_, "staff_id")) for id_ in named))


def _filters_of(form: Mapping[str, list[str]]) -> Filters:
    return _filters({name: values[0] for name, values in form.items()})


class _Press:
    """A button that was pressed.

    Args:
        app: The services.
        reader: Makes the page.
        form: As it came.
        filters: What it shows.
        chosen: Whom it selects.
    """

    def __init__(
        self,
        app: "App",
        reader: PluginReader,
        form: Mapping[str, list[str]],
        filters: Filters,
        chosen: tuple[StaffId, ...],
    ) -> None:
        self._app = app
        self.reader = reader
        self._form = form
        self._filters = filters
        self._chosen = chosen
        self._account = reader.session.person.account_id
        self._acting = reader.session.person.staff_id

    async def run(self) -> func.HttpResponse:
        """Does what the button says.

        Raises:
            Rejected: It can't be done, for nobody.
        """
        is_confirmed = first(self._form, "confirm") == "yes"
        action = next(
            (name for name in ("keep", "show_state", "show_page", "resend") if name in self._form),
            first(self._form, "action"),
        )
        match action:
            case "keep" | "show" | "show_state" | "show_page" | "select_all" | "select_none":
                return await self._show(action)
            case "locations":
                return await self._set_locations(is_confirmed=is_confirmed)
            case "activate":
                return await self._set_active(activate=self._some(), deactivate=())
            case "deactivate" if not is_confirmed:
                rows = await self.reader.statuses()
                question = await before_deactivating(self._app, self.reader, rows, self._some())
                if question.people:
                    return self._ask(question)
                # Nobody of them can be let go: the service says why.
                return await self._set_active(activate=(), deactivate=self._some())
            case "deactivate":
                return await self._set_active(activate=(), deactivate=self._some())
            case "resend":
                pass
            case _:
                no_such_button()
        staff = StaffId(clean_id(first(self._form, "resend"), "staff_id"))
        await self._app.administration.resend(self._account, self._acting, staff)
        return self._done("resent")

    async def _show(self, action: str) -> func.HttpResponse:
        chosen = frozenset(self._chosen)
        if action == "select_all":
            everybody = await self.reader.view(self._filters)
            chosen |= frozenset(map(StaffId, everybody.table.matching))
        if action == "select_none":
            chosen = frozenset()
        view = await self.reader.view(self._filters, chosen)
        return page(self._app, plugin_page(view))

    async def _set_locations(self, *, is_confirmed: bool) -> func.HttpResponse:
        wanted = frozenset(
            LocationId(clean_id(id_, "location_ids")) for id_ in self._form.get("location_ids", ())
        )
        lost = await self._app.administration.enabled(self._account) - wanted
        if lost and not is_confirmed:
            rows = await self.reader.statuses()
            return self._ask(await before_disabling(self._app, self.reader, rows, lost, wanted))
        await self._app.administration.set_enabled(self._account, self._acting, wanted)
        return self._done("locations")

    async def _set_active(
        self, *, activate: tuple[StaffId, ...], deactivate: tuple[StaffId, ...]
    ) -> func.HttpResponse:
        before = 0
        if len(activate) + len(deactivate) > MANY:
            before = sum(row.active for row in await self.reader.statuses())
        outcome = await self._app.activation.set_active(
            self._account, self._acting, activate, deactivate
        )
        done = "activated" if activate else "deactivated"
        more: dict[str, str] = {}
        if outcome.goes_on:
            done = "activating" if activate else "deactivating"
            more = {"many": str(len(outcome.rows)), "from": str(before)}
        if not outcome.refused:
            return self._done(done, **more)
        return await self._partly_done(outcome, {"done": done, **more})

    async def _partly_done(self, outcome: Outcome, done: Mapping[str, str]) -> func.HttpResponse:
        """Names the rest with the reason; they stay selected (R3.5)."""
        rest = frozenset(each.staff_id for each in outcome.refused)
        view = await self.reader.view(
            self._filters, rest, done=done, refused=outcome.refused, served=len(outcome.rows)
        )
        return page(self._app, plugin_page(view), HTTPStatus.CONFLICT)

    def _some(self) -> tuple[StaffId, ...]:
        if not self._chosen:
            raise Rejected(
                status=HTTPStatus.BAD_REQUEST,
                code="bad_request",
                detail=msgid("Nobody was selected. Tick the boxes beside the names first."),
            )
        return self._chosen

    def _ask(self, question: LetGoView) -> func.HttpResponse:
        fields = (*question.fields, *self._filters.query)
        return page(self._app, let_go_page(self.reader.shell, question, fields))

    def _done(self, done: str, **more: str) -> func.HttpResponse:
        address = self._filters.address(done=done, **more)
        return redirect(self._app, address, after_form=True)


async def _administrator(app: "App", session: Session) -> StaffMember:
    """Reads the visitor's profile as it is now (R2.5).

    Raises:
        Rejected: 403 ``not_permitted``.
    """
    me = await app.booking.staff_member(session.person)
    if me is None or me.access_type not in ADMINS:
        raise Rejected(
            status=HTTPStatus.FORBIDDEN,
            code="not_permitted",
            detail=msgid("Only administrators of the Account may open this page."),
        )
    speak_to(me)
    return me


def _filters(given: Mapping[str, str]) -> Filters:
    """Reads what is to be shown; a button for a group or a page counts more than what was shown."""
    location = given.get("location", "")
    state = given.get("show_state", given.get("state", ""))
    number = given.get("show_page", "1" if "show_state" in given else given.get("page", ""))
    # What is longer than any page's number has more digits than can be read (case 82).
    is_number = number.isdecimal() and len(number) <= _NUMBER_LIMIT
    return Filters(
        words=given.get("words", "")[:_WORDS_LIMIT].strip(),
        location=clean_id(location, "location") if location else "",
        state=state if state in GROUPS else "",
        page=min(max(int(number), 1), _PAGES_LIMIT) if is_number else 1,
    )
