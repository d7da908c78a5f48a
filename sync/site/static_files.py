"""The style sheets, scripts and pictures of the pages."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.site.headers import static_headers
from sync.site.http import problem, route
from sync.site.pages.host_style import host_style
from sync.site.pages.statics import find_static
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()


@route(blueprint, "static/{file}", "GET")
async def static_file(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Gives a style sheet, script or picture; addresses with a hash are kept for ever."""
    colour = app.settings.host.colour
    made = (host_style(colour),) if colour else ()
    found = find_static(req.route_params.get("file", ""), *made)
    if found is None:
        return problem(HTTPStatus.NOT_FOUND, "not_found", msgid("There is no such file."))
    file, immutable = found
    headers = static_headers(file.etag, immutable=immutable)
    if req.headers.get("if-none-match") == headers["ETag"]:
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return func.HttpResponse(file.body, mimetype=file.mimetype, headers=headers)
