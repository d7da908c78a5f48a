"""The JSON of a refusal, with the ids that a log would name."""

import uuid
from datetime import datetime
from typing import Any

from simulators.microsoft365.errors import GraphError
from simulators.microsoft365.messages import Request


def error_json(error: GraphError, now: datetime, request: Request) -> Any:
    """Shape a refusal; the caller's own `client-request-id` comes back in it."""
    if error.body is not None:
        return error.body
    request_id = str(uuid.uuid4())
    return error.to_json(
        date=now.strftime("%Y-%m-%dT%H:%M:%S"),
        request_id=request_id,
        client_request_id=request.headers.get("client-request-id", request_id),
    )
