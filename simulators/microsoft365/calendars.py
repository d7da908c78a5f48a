"""Handlers of a person, their calendars, and what belongs to the mailbox as a whole."""

from typing import Any

from simulators.microsoft365.errors import GraphError, access_denied, bad_request, item_not_found
from simulators.microsoft365.messages import Request, Response
from simulators.microsoft365.model import Calendar
from simulators.microsoft365.odata import order, read_filter, select
from simulators.microsoft365.render import Renderer
from simulators.microsoft365.state import State
from simulators.microsoft365.views import paged
from simulators.microsoft365.zones import LISTED_IANA_NAMES, WINDOWS_NAMES


def show_me(_: State, request: Request) -> Response:
    """GET /me: who is signed in."""
    user = request.person
    shown: dict[str, Any] = {
        "@odata.context": f"{request.base_url}/$metadata#users/$entity",
        "id": user.user_id,
        "displayName": user.name,
        "givenName": user.name.split(" ")[0],
        "surname": user.name.split(" ")[-1],
        "mail": user.address,
        "userPrincipalName": user.address,
        "businessPhones": [],
        "jobTitle": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
    }
    return Response(payload=select(shown, request.query.get("$select")))


def change_me(_: State, _request: Request) -> Response:
    """PATCH /me: refused, since the calendar scopes don't cover it.

    Raises:
        GraphError: 403, always.
    """
    raise GraphError(
        403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
    )


def list_calendars(state: State, request: Request) -> Response:
    """GET /me/calendars: the own ones and those shared with the person, in pages."""
    renderer = Renderer(state, request.preferences)
    user = request.person
    shown = [renderer.calendar(calendar, user) for calendar in state.calendars_of(user)]
    test = read_filter(request.query.get("$filter"))
    if test is not None:
        shown = [calendar for calendar in shown if test(calendar, {})]
    shown = order(shown, request.query.get("$orderby"))
    top = request.number("$top", 10, least=1, most=1000)
    skip = request.number("$skip", 0)
    names = request.query.get("$select")
    page = [select(calendar, names) for calendar in shown[skip : skip + top]]
    return Response(payload=paged(request, page, skip + top, len(shown)))


def create_calendar(state: State, request: Request) -> Response:
    """POST /me/calendars.

    Raises:
        GraphError: 409, there is one of that name.
    """
    name = request.json().get("name") or ""
    if not name:
        raise bad_request("A calendar needs a name.", code="ErrorInvalidRequest")
    user = request.person
    if any(c.name == name and c.owner == user.user_id for c in state.calendars_of(user)):
        raise GraphError(
            409, "ErrorFolderExists", "A folder with the specified name already exists."
        )
    calendar = state.add_calendar(user, name)
    return Response(
        status=201, payload=Renderer(state, request.preferences).calendar(calendar, user)
    )


def show_calendar(state: State, request: Request, calendar: Calendar) -> Response:
    """GET /me/calendars/{id}."""
    shown = Renderer(state, request.preferences).calendar(calendar, request.person)
    return Response(payload=select(shown, request.query.get("$select")))


def change_calendar(state: State, request: Request, calendar: Calendar) -> Response:
    """PATCH /me/calendars/{id}: its name.

    Raises:
        GraphError: 403, it is somebody else's.
    """
    if calendar.owner != request.person.user_id:
        raise access_denied()
    name = request.json().get("name")
    if name:
        state.rename_calendar(calendar, name)
    return show_calendar(state, request, calendar)


def delete_calendar(state: State, request: Request, calendar: Calendar) -> Response:
    """DELETE /me/calendars/{id}; a shared one only leaves the person's list.

    Raises:
        GraphError: 400, the default calendar can't be removed.
    """
    if calendar.owner != request.person.user_id:
        state.unshare_calendar(calendar, request.person)
    elif calendar.is_default:
        raise bad_request(
            "The default calendar can't be deleted.", code="ErrorDeleteDistinguishedFolder"
        )
    else:
        state.delete_calendar(calendar)
    return Response(status=204)


def find_calendar(state: State, request: Request, calendar_id: str) -> Calendar:
    """Find the calendar of a path.

    Raises:
        GraphError: 404, the id is none of this person's, or not any more.
    """
    calendar = state.find_calendar(request.person, calendar_id)
    if calendar is None:
        raise item_not_found()
    return calendar


def list_time_zones(request: Request, *, iana: bool) -> Response:
    """GET /me/outlook/supportedTimeZones: Windows names, or the IANA list on demand."""
    names = sorted(LISTED_IANA_NAMES) if iana else WINDOWS_NAMES
    return Response(
        payload={
            "@odata.context": f"{request.base_url}/$metadata",
            "value": [{"alias": name, "displayName": name} for name in names],
        }
    )


def translate_ids(state: State, request: Request) -> Response:
    """POST /me/translateExchangeIds between `restId` and `restImmutableEntryId`.

    Raises:
        GraphError: 400, more than 1,000 ids.
    """
    body = request.json()
    ids = body.get("inputIds") or body.get("InputIds") or []
    if len(ids) > 1000:
        raise bad_request("At most 1000 ids can be translated at once.", code="ErrorInvalidRequest")
    wanted = str(body.get("targetIdType") or body.get("TargetIdType")).lower()
    value = []
    for source in ids:
        instance = state.find_instance(source)
        if instance is not None:
            rest_id, immutable_id = state.ids_of(instance)
            target = immutable_id if "immutable" in wanted else rest_id
            value.append({"sourceId": source, "targetId": target})
    return Response(payload={"value": value})
