"""Time windows and pages of lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from simulators.microsoft365.errors import bad_request
from simulators.microsoft365.messages import Request
from simulators.microsoft365.model import Instance
from simulators.microsoft365.odata import expanded_properties, order, read_filter, select
from simulators.microsoft365.render import Renderer

LONGEST_WINDOW = timedelta(days=1825)
_TIME = re.compile(r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|z|[+-]\d\d:\d\d)?)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A half-open window, aware UTC."""

    begin: datetime
    end: datetime


def read_instant(text: str, name: str) -> datetime:
    """Read a window's limit; an offset is honoured, none means UTC.

    Raises:
        GraphError: 400, it is no ISO 8601 time.
    """
    if _TIME.match(text):
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
    raise bad_request(
        f"The value '{text}' for parameter '{name}' is invalid.", code="ErrorInvalidParameter"
    )


def read_view(request: Request) -> View:
    """Read the window of a calendar view.

    Raises:
        GraphError: 400; a limit is missing or unreadable, or it spans more than 1,825 days.
    """
    texts = (request.query.get("startdatetime"), request.query.get("enddatetime"))
    if texts[0] is None or texts[1] is None:
        raise bad_request(
            "This request requires a time window specified by the query string parameters "
            "StartDateTime and EndDateTime.",
            code="ErrorInvalidParameter",
        )
    view = View(
        begin=read_instant(texts[0], "StartDateTime"), end=read_instant(texts[1], "EndDateTime")
    )
    if view.end < view.begin:
        raise bad_request("The end of the window is before its start.", code="ErrorInvalidRequest")
    if view.end - view.begin > LONGEST_WINDOW:
        raise bad_request(
            "The requested window is too long; at most 1825 days are allowed.",
            code="ErrorInvalidRequest",
        )
    return view


def with_properties(request: Request, renderer: Renderer, instance: Instance) -> dict[str, Any]:
    """Give an event with the extended properties and members that the request asks for."""
    shown = renderer.event(instance)
    wanted = expanded_properties(request.query.get("$expand"))
    held = instance.content.extended
    properties = [{"id": name, "value": held[name]} for name in wanted if name in held]
    if properties:
        shown["singleValueExtendedProperties"] = properties
    return select(shown, request.query.get("$select"))


def list_page(
    request: Request, renderer: Renderer, instances: Sequence[Instance]
) -> dict[str, Any]:
    """Give one page of a list: filtered, sorted, cut by $skip and $top (default 10)."""
    top = request.number("$top", 10, least=1, most=1000)
    skip = request.number("$skip", 0)
    test = read_filter(request.query.get("$filter"))
    kept = list(instances)
    if test is not None:
        kept = [i for i in kept if test(renderer.true_event(i), i.content.extended)]
    if request.query.get("$orderby"):
        places = {renderer.item_id(i): i for i in kept}
        ordered = order([renderer.true_event(i) for i in kept], request.query["$orderby"])
        kept = [places[shown["id"]] for shown in ordered]
    page = kept[skip : skip + top]
    return paged(
        request, [with_properties(request, renderer, i) for i in page], skip + top, len(kept)
    )


def paged(
    request: Request, shown: list[dict[str, Any]], following: int, total: int
) -> dict[str, Any]:
    """Wrap a page; the link to the next one goes by $skip, as Outlook's do."""
    answer: dict[str, Any] = {"@odata.context": f"{request.base_url}/$metadata", "value": shown}
    if request.query.get("$count", "").lower() == "true":
        answer["@odata.count"] = total
    if following < total:
        again = {k: v for k, v in request.query.items() if k != "$skip"} | {"$skip": str(following)}
        text = "&".join(f"{quote(k, safe='$')}={quote(v, safe='')}" for k, v in again.items())
        answer["@odata.nextLink"] = f"{request.base_url}{request.raw_path}?{text}"
    return answer
