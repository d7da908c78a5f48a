"""What the connector serves and what it needs, described: OpenAPI files, and a page of them."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.site.headers import static_headers
from sync.site.html import page, page_route
from sync.site.http import problem, route
from sync.site.pages.render import contracts_page
from sync.site.pages.views import Shell

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()


@route(blueprint, "api/openapi/{file}", "GET")
async def openapi_file(_app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Gives a description as YAML: ``connector.yaml`` or ``booking.yaml``."""
    # The parser of YAML takes its time to import; only these two functions need it.
    from sync.site.pages.descriptions import find_contract  # noqa: PLC0415

    found = find_contract(req.route_params.get("file", ""))
    if found is None:
        return problem(HTTPStatus.NOT_FOUND, "not_found", "There is no such description.")
    headers = static_headers(found.etag, immutable=False)
    if req.headers.get("if-none-match") == headers["ETag"]:
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return func.HttpResponse(found.text, mimetype="text/yaml", headers=headers)


@page_route(blueprint, "api/docs", "GET")
async def api_docs(app: "App", _req: func.HttpRequest) -> func.HttpResponse:
    """Shows both descriptions as a page."""
    from sync.site.pages.descriptions import contract_views  # noqa: PLC0415 - as above

    return page(app, contracts_page(Shell(product=app.settings.product_name), contract_views()))
