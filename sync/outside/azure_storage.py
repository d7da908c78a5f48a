"""What tables and queues have in common: identity, patience, and the meaning of failures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from sync.config import StorageSettings
from sync.errors import Throttled, Unavailable

TOO_MANY_REQUESTS = 429
CLIENT_ERRORS = 400
SERVER_ERRORS = 500
SERVER_BUSY = 503
REQUEST_TIMEOUT = 408

# A call gives up after a few seconds: the job comes back, and others wait for this worker.
# Without the environment's proxies and ``.netrc``: reading them takes two threads a request.
CLIENT_OPTIONS: dict[str, Any] = {
    "use_env_settings": False,
    "retry_total": 3,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
    "read_timeout": 20,
}


@contextmanager
def storage_faults() -> Iterator[None]:
    """Turns the storage's passing failures into errors of ours; others are bugs and stay.

    Raises:
        Throttled: The storage asked for fewer calls, after the client's own repeats.
        Unavailable: It failed, or could not be reached; a write may have taken effect.
    """
    try:
        yield
    except (ServiceRequestError, ServiceResponseError) as error:
        raise Unavailable(f"the storage could not be reached: {type(error).__name__}") from error
    except HttpResponseError as error:
        status = error.status_code
        if status in {TOO_MANY_REQUESTS, SERVER_BUSY}:
            raise Throttled("the storage is busy", retry_after=_retry_after(error)) from error
        # An answer that broke off has the status of success.
        is_refusal = status is not None and CLIENT_ERRORS <= status < SERVER_ERRORS
        if not is_refusal or status == REQUEST_TIMEOUT:
            raise Unavailable(f"the storage failed with status {status}") from error
        raise


def credential(settings: StorageSettings) -> AsyncTokenCredential:
    """Gives the managed identity (or on a developer's machine, who is logged in there)."""
    # The import takes a quarter of a second that a connection string doesn't need.
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415

    if settings.client_id is None:
        return DefaultAzureCredential()
    return DefaultAzureCredential(managed_identity_client_id=settings.client_id)


def _retry_after(error: HttpResponseError) -> float | None:
    # The response's type names no headers, but every one of the pipeline's has them.
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    said = headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else None
