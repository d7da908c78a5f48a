"""What the wire's switches answer in place of the service."""

from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from simulators.common.serving import retry_after as header
from simulators.microsoft365.errors import ConnectionDropped, GraphError
from simulators.microsoft365.messages import Request


def retry_after(values: dict[str, Any], now: datetime) -> dict[str, str]:
    """Give the Retry-After header of a switch: `retry_after` as it is, or a date.

    `retry_after_date` is in seconds from now, and goes out as an HTTP date (RFC 9110).
    """
    if values.get("retry_after_date") is not None:
        until = now + timedelta(seconds=float(values["retry_after_date"]))
        return {"Retry-After": format_datetime(until, usegmt=True)}
    return header(values.get("retry_after"))


def too_many(code: str, headers: dict[str, str], what: str) -> GraphError:
    """Refuse with 429."""
    message = f"Application is over its {what}"
    return GraphError(429, code, message, headers=headers)


def broken(values: dict[str, Any], now: datetime) -> GraphError:
    """Refuse as a service that is ill (switch `error`)."""
    status = int(values.get("status", 503))
    codes = {
        423: "locked",
        500: "ErrorInternalServerTransientError",
        502: "UnknownError",
        503: "serviceNotAvailable",
        504: "UnknownError",
        507: "quotaLimitReached",
    }
    code = str(values.get("code", codes.get(status, "UnknownError")))
    headers = retry_after(values, now)
    # A gateway's time-out has come with an empty message (NET#1568).
    message = "" if status == 504 else "The service is temporarily unavailable."
    return GraphError(status, code, message, headers=headers)


def given_answer(values: dict[str, Any], now: datetime) -> GraphError:
    """Give exactly what the switch `answer` holds; with `body` that JSON, whatever the status."""
    headers = retry_after(values, now)
    headers.update({name: str(value) for name, value in values.get("headers", {}).items()})
    return GraphError(
        int(values.get("status", 500)),
        str(values.get("code", "UnknownError")),
        str(values.get("message", "")),
        headers=headers,
        body=values.get("body"),
    )


def no_answer(values: dict[str, Any], now: datetime) -> Exception:
    """Lose an answer: 504, or a closed socket."""
    if values.get("drop", False):
        return ConnectionDropped()
    return broken({"status": 504}, now)


def mailbox_gone(request: Request) -> GraphError:
    """Refuse as where the mailbox has no licence (any more, or for a moment)."""
    reason = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    code = "MailboxNotEnabledForRESTAPI"
    if request.segments[0].lower() == "subscriptions":
        code, reason = "ExtensionError", f"[Status Code: NotFound; Reason: {reason}]"
    return GraphError(404, code, reason)
