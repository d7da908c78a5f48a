"""What no other route takes: the bare address leads on, others say that nothing is there.

A path of ours that was asked for with a method that it doesn't have says which ones it has.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync.site.html import SETTINGS, notice, page_route, redirect
from sync.site.http import methods_at, problem
from sync.site.pages.views import NoticeView
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()
#: At the bare address.
_BARE = frozenset({"GET", "HEAD"})


@page_route(blueprint, "{*path}")
async def elsewhere(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Sends whoever comes to the bare address to the settings; 404 for what is not there, or 405.

    The host asks here last: every other route is more specific.
    """
    path = (req.route_params.get("path") or "").strip("/")
    allowed = methods_at(path) if path else _BARE
    if not path and req.method in allowed:
        return redirect(app, "/settings")
    # What has the method and still came here is another address, "//settings" say.
    if allowed and req.method not in allowed:
        return _not_allowed(app, path, allowed)
    if path.startswith("api/"):
        return problem(
            HTTPStatus.NOT_FOUND, "not_found", msgid("There is nothing at this address.")
        )
    view = NoticeView(
        title=msgid("There is no such page"),
        lines=(msgid("The address may have been typed or copied with a mistake."),),
        steps=(SETTINGS,),
    )
    return notice(app, view, HTTPStatus.NOT_FOUND)


def _not_allowed(app: "App", path: str, allowed: frozenset[str]) -> func.HttpResponse:
    said = msgid("This address is not asked in that way.")
    status = HTTPStatus.METHOD_NOT_ALLOWED
    if path.startswith("api/"):
        response = problem(status, "method_not_allowed", said)
    else:
        view = NoticeView(title=msgid("This is not possible"), lines=(said,), steps=(SETTINGS,))
        response = notice(app, view, status)
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response
