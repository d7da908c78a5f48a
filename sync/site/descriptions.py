"""What the connector serves and what it asks of the booking product: two OpenAPI 3.1 files."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func

from sync.site.headers import static_headers
from sync.site.http import problem, route
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

_FOLDER = Path(__file__).parent / "openapi"

blueprint = func.Blueprint()


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A description as it is served; ``etag`` is the start of its content's SHA-256."""

    text: str
    etag: str


@cache
def _files() -> dict[str, _File]:
    found: dict[str, _File] = {}
    for path in _FOLDER.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        found[path.name] = _File(text=text, etag=sha256(text.encode()).hexdigest()[:16])
    return found


@route(blueprint, "api/openapi/{file}", "GET")
async def openapi_file(_app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Gives a description as YAML: ``connector.yaml`` or ``booking.yaml``."""
    found = _files().get(req.route_params.get("file", ""))
    if found is None:
        return problem(HTTPStatus.NOT_FOUND, "not_found", msgid("There is no such description."))
    headers = static_headers(found.etag, immutable=False)
    if req.headers.get("if-none-match") == headers["ETag"]:
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return func.HttpResponse(found.text, mimetype="text/yaml", headers=headers)
