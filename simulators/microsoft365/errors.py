"""The error that every part of the simulated service raises.

Source: Graph, concepts/errors.
"""

from dataclasses import dataclass, field
from typing import Any

from simulators.common.errors import Refused


@dataclass(slots=True)
class GraphError(Refused):
    """An answer that refuses the request.

    Args:
        status: HTTP status.
        code: Value of `error.code`; may be empty, as in the field.
        message: Value of `error.message`.
        headers: Further headers of the answer, such as Retry-After in seconds.
        body: JSON in place of all that, as it is.
    """

    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


class ConnectionDropped(Exception):  # noqa: N818 - it is no fault of the program, but a wire that ends
    """The answer is never sent; the socket is closed instead."""


def bad_request(message: str, *, code: str = "BadRequest") -> GraphError:
    """Refuse a request that the caller has to change."""
    return GraphError(400, code, message)


def item_not_found() -> GraphError:
    """Refuse an event or calendar that is not there, or not there any more."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def access_denied() -> GraphError:
    """Refuse a mailbox or calendar that the signed-in person may not use that way."""
    return GraphError(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
    )
