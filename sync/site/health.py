"""Whether this instance works: it reaches its storage."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from sync import __version__
from sync.site.http import json_answer, route

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()


@route(blueprint, "api/health", "GET")
async def health(app: "App", _req: func.HttpRequest) -> func.HttpResponse:
    """Asks the storage for a row that never exists; a failure is 503."""
    await app.flows.load("health")
    return json_answer({"status": "ok", "version": __version__}, HTTPStatus.OK)
