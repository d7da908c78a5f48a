"""The API for the booking product's servers (contract: /api/accounts; sections 2 and 3)."""

from typing import TYPE_CHECKING

import azure.functions as func

from sync.site.forms import LocationsBody, StaffBody, check_unique, read_body
from sync.site.http import accepted, clean_id, json_answer, route
from sync.words import AccountId, LocationId, StaffId

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
ACTING_HEADER = "X-Acting-Staff-Id"
_KEY = func.AuthLevel.FUNCTION
_BASE = "api/accounts/{account_id}"


@route(blueprint, f"{_BASE}/locations", "GET", auth_level=_KEY)
async def list_enabled_locations(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Says where the plugin is enabled."""
    enabled = await app.administration.enabled(_account(req))
    return json_answer({"location_ids": sorted(enabled)})


@route(blueprint, f"{_BASE}/locations", "PUT", auth_level=_KEY)
async def set_enabled_locations(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sets where the plugin is enabled from now on (R2.1, R3.1)."""
    account, acting = _account(req), _acting(req)
    wanted = check_unique(read_body(req, LocationsBody).location_ids, "location_ids")
    enabled = await app.administration.set_enabled(
        account, acting, frozenset(LocationId(id_) for id_ in wanted)
    )
    return json_answer({"location_ids": sorted(enabled)})


@route(blueprint, f"{_BASE}/staff", "GET", auth_level=_KEY)
async def list_staff_status(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Gives the staff list's column and the health view (R2.3, R12.3)."""
    account, acting = _account(req), _acting(req)
    narrowed = req.params.get("location_id")
    location = LocationId(clean_id(narrowed, "location_id")) if narrowed else None
    return json_answer({"value": await app.administration.status(account, acting, location)})


@route(blueprint, f"{_BASE}/staff", "PATCH", auth_level=_KEY)
async def set_staff_active(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Activates some and deactivates others, and names who can't be served (R3.2, R3.3, R3.5)."""
    account, acting = _account(req), _acting(req)
    body = read_body(req, StaffBody)
    outcome = await app.activation.set_active(
        account,
        acting,
        activate=tuple(StaffId(id_) for id_ in body.activate),
        deactivate=tuple(StaffId(id_) for id_ in body.deactivate),
    )
    return json_answer({"value": outcome.rows, "refused": outcome.refused})


@route(blueprint, f"{_BASE}/staff/{{staff_id}}/invitation", "POST", auth_level=_KEY)
async def resend_invitation(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Makes a new invitation and ends the old one (R2.2, R3.4)."""
    account, acting = _account(req), _acting(req)
    staff = StaffId(clean_id(req.route_params.get("staff_id"), "staff_id"))
    await app.administration.resend(account, acting, staff)
    return accepted()


def _account(req: func.HttpRequest) -> AccountId:
    return AccountId(clean_id(req.route_params.get("account_id"), "account_id"))


def _acting(req: func.HttpRequest) -> StaffId:
    return StaffId(clean_id(req.headers.get(ACTING_HEADER), ACTING_HEADER))
