"""The administrators' page: Locations, Staff Members, health (sections 2 and 3, R12.3)."""

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import Rejected
from sync.people.people import AccessType, Location, StaffMember
from sync.people.staff_list import Outcome, StaffStatus
from sync.site.forms import first, read_form
from sync.site.html import ADMINS, no_such_button, page, page_route, redirect
from sync.site.http import clean_id
from sync.site.pages.render import confirm_page, plugin_page
from sync.site.pages.views import (
    ConfirmView,
    LocationChoice,
    PluginView,
    Shell,
    StaffRow,
    Visitor,
)
from sync.site.pages.wording import count
from sync.site.sessions import Session, check_csrf, keep_session, read_session
from sync.words import LocationId, StaffId

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
_LOG_IN = "/auth/booking?next=/plugin"
_DONE = {
    "locations": "The Locations were saved.",
    "activated": "The selected Staff Members are activated.",
    "deactivated": "The selected Staff Members are deactivated.",
    "resent": "A new invitation is on its way. The old link does not work any more.",
}


@page_route(blueprint, "plugin", "GET")
async def plugin(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Shows the page."""
    session = await read_session(app, req)
    if session is None:
        return redirect(app, _LOG_IN)
    me = await _administrator(app, session)
    view = await _view(app, req, session, me)
    return keep_session(app, req, session, page(app, plugin_page(view)))


@page_route(blueprint, "plugin", "POST")
async def change_plugin(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Does what a button of the page asks for; the service checks the rights again."""
    session = await read_session(app, req)
    if session is None:
        return redirect(app, _LOG_IN, after_form=True)
    form = read_form(req)
    check_csrf(session, first(form, "csrf_token"))
    me = await _administrator(app, session)
    try:
        return await _act(app, session, me, form)
    except Rejected as refused:
        # Nothing was done for anybody: the selection stays for the next try.
        chosen = frozenset(form.get("staff_id", ()))
        view = await _view(app, req, session, me)
        view = replace(view, chosen=chosen, problem=refused.detail)
        return page(app, plugin_page(view), refused.status)


async def _act(
    app: "App", session: Session, me: StaffMember, form: dict[str, list[str]]
) -> func.HttpResponse:
    account, acting = session.person.account_id, session.person.staff_id
    confirmed = first(form, "confirm") == "yes"
    chosen = tuple(StaffId(clean_id(id_, "staff_id")) for id_ in form.get("staff_id", ()))
    action = "resend" if "resend" in form else first(form, "action")
    match action:
        case "locations":
            wanted = frozenset(
                LocationId(clean_id(id_, "location_id")) for id_ in form.get("location_id", ())
            )
            lost = await app.administration.enabled(account) - wanted
            if lost and not confirmed:
                names = [one.name for one in await _locations(app, session, me) if one.id in lost]
                return _confirm(
                    app, _shell(app, session, me), _less_locations(tuple(names), wanted)
                )
            await app.administration.set_enabled(account, acting, wanted)
            done = "locations"
        case "activate":
            _all_done(
                await app.activation.set_active(
                    account, acting, activate=_some(chosen), deactivate=()
                )
            )
            done = "activated"
        case "deactivate" if not confirmed:
            rows = await app.administration.status(account, acting, None)
            names = [row.name for row in rows if row.staff_id in _some(chosen)]
            return _confirm(app, _shell(app, session, me), _deactivate(tuple(names), chosen))
        case "deactivate":
            _all_done(
                await app.activation.set_active(
                    account, acting, activate=(), deactivate=_some(chosen)
                )
            )
            done = "deactivated"
        case "resend":
            staff = StaffId(clean_id(first(form, "resend"), "staff_id"))
            await app.administration.resend(account, acting, staff)
            done = "resent"
        case _:
            no_such_button()
    return redirect(app, f"/plugin?done={done}", after_form=True)


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
            detail="Only administrators of the Account may open this page.",
        )
    return me


async def _locations(app: "App", session: Session, me: StaffMember) -> tuple[Location, ...]:
    """Lists the Locations that an administrator sees: all, or one's own (R2.2)."""
    everywhere = await app.booking.locations(session.person.account_id)
    if me.access_type is AccessType.HQ_ADMIN:
        return everywhere
    return tuple(one for one in everywhere if one.id in me.location_ids)


async def _view(app: "App", req: func.HttpRequest, session: Session, me: StaffMember) -> PluginView:
    account = session.person.account_id
    narrowed = req.params.get("location") or None
    words = req.params.get("words", "")
    location = LocationId(clean_id(narrowed, "location")) if narrowed else None
    enabled = await app.administration.enabled(account)
    rows = await app.administration.status(account, me.id, location)
    wanted = words.strip().casefold()
    return PluginView(
        shell=_shell(app, session, me),
        zone=me.time_zone,
        now=app.clock.now(),
        locations=tuple(
            LocationChoice(id=one.id, name=one.name, enabled=one.id in enabled)
            for one in await _locations(app, session, me)
        ),
        can_enable=me.access_type is AccessType.HQ_ADMIN,
        rows=tuple(
            _row(row)
            for row in sorted(rows, key=lambda row: row.name.casefold())
            if wanted in row.name.casefold()
        ),
        location_id=location or "",
        words=words,
        done=_DONE.get(req.params.get("done", ""), ""),
    )


def _row(row: StaffStatus) -> StaffRow:
    return StaffRow(
        staff_id=row.staff_id,
        name=row.name,
        active=row.active,
        state=row.state,
        invitation=row.invitation,
        last_sync_at=row.last_sync_at,
        last_sync_result=row.last_sync_result,
        waiting=row.waiting,
        problem="" if row.problem is None else row.problem.message,
        left_behind=row.left_behind,
        subscription_expires_at=row.subscription_expires_at,
    )


def _some(chosen: tuple[StaffId, ...]) -> tuple[StaffId, ...]:
    if not chosen:
        raise Rejected(
            status=HTTPStatus.BAD_REQUEST,
            code="bad_request",
            detail="Nobody was selected. Tick the boxes beside the names first.",
        )
    return chosen


def _all_done(outcome: Outcome) -> None:
    if outcome.refused:
        raise Rejected(
            status=HTTPStatus.CONFLICT,
            code=outcome.refused[0].code,
            detail=" ".join(dict.fromkeys(each.message for each in outcome.refused)),
        )


def _shell(app: "App", session: Session, me: StaffMember) -> Shell:
    visitor = Visitor(name=me.name, csrf_token=session.csrf, is_admin=True)
    return Shell(product=app.settings.product_name, visitor=visitor)


def _confirm(app: "App", shell: Shell, view: ConfirmView) -> func.HttpResponse:
    return page(app, confirm_page(shell, view))


def _deactivate(names: tuple[str, ...], chosen: tuple[StaffId, ...]) -> ConfirmView:
    return ConfirmView(
        title=f"Deactivate {count(len(chosen), 'Staff Member', 'Staff Members')}?",
        lines=("What was synced is removed from both calendars, and the sign-in is forgotten.",),
        points=names,
        confirm_label="Deactivate",
        action="/plugin",
        fields=(("action", "deactivate"), *(("staff_id", id_) for id_ in chosen)),
    )


def _less_locations(names: tuple[str, ...], wanted: frozenset[LocationId]) -> ConfirmView:
    return ConfirmView(
        title=f"Disable {count(len(names), 'Location', 'Locations')}?",
        lines=("Who is not active through another enabled Location is disconnected.",),
        points=names,
        confirm_label="Disable",
        action="/plugin",
        fields=(("action", "locations"), *(("location_id", id_) for id_ in sorted(wanted))),
    )
