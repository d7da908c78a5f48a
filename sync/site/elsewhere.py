"""The addresses that are none of ours: the bare one leads on, any other says so."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.site.html import SETTINGS, notice, page_route, redirect
from sync.site.http import problem
from sync.site.pages.views import NoticeView

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()


@page_route(blueprint, "{*path}", "GET")
async def elsewhere(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sends whoever comes to the bare address to the settings; 404 for what is not there.

    The host asks here last: every other route is more specific.
    """
    path = req.route_params.get("path") or ""
    if not path.strip("/"):
        return redirect(app, "/settings")
    if path.startswith("api/"):
        return problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")
    view = NoticeView(
        title="There is no such page",
        lines=("The address may have been typed or copied with a mistake.",),
        steps=(SETTINGS,),
    )
    return notice(app, view, HTTPStatus.NOT_FOUND)
