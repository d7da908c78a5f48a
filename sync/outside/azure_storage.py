"""What tables and queues have in common: identity, patience, and the meaning of failures."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, override

import aiohttp
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import AioHttpTransport

from sync.config import StorageSettings
from sync.errors import Throttled, Unavailable
from sync.ports import limits

TOO_MANY_REQUESTS = 429
CLIENT_ERRORS = 400
SERVER_ERRORS = 500
SERVER_BUSY = 503
REQUEST_TIMEOUT = 408

# A call gives up after a few seconds: the job comes back, and others wait for this worker.
# Without the environment's proxies and ``.netrc``: reading them takes two threads a request.
CLIENT_OPTIONS: dict[str, Any] = {
    "use_env_settings": False,
    "permit_redirects": False,
    "retry_total": 3,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
    "read_timeout": 20,
}


class _BoundedResponse(aiohttp.ClientResponse):
    """Is read no further than its limit, unpacked (R11.11)."""

    @override
    async def read(self) -> bytes:
        body = bytearray()
        try:
            async for piece in self.content.iter_any():
                body += piece
                if len(body) > limits.SIZE:
                    break
        finally:
            if not self.content.at_eof():
                self.close()
        if len(body) > limits.SIZE:
            raise aiohttp.ClientPayloadError("an answer has no end")
        return bytes(body)


def open_transport(**options: Any) -> AioHttpTransport:
    """Opens what Azure's clients send by; to be called inside the event loop.

    Args:
        options: As the clients take them: time-outs, and whom to trust.
    """
    # Unpacked by aiohttp, piece by piece: Azure's own way unpacks the whole body at once.
    session = aiohttp.ClientSession(
        response_class=_BoundedResponse, cookie_jar=aiohttp.DummyCookieJar()
    )
    return AioHttpTransport(session=session, **options)


@asynccontextmanager
async def storage_faults() -> AsyncIterator[None]:
    """Turns the storage's passing failures into errors of ours; others are bugs and stay.

    Raises:
        Throttled: The storage asked for fewer calls, after the client's own repeats.
        Unavailable: It failed, could not be reached, or took longer than a call may with all its
            repeats (R11.11); a write may have taken effect.
    """
    try:
        async with asyncio.timeout(limits.DEADLINE):
            yield
    except TimeoutError as error:
        raise Unavailable("the storage gave no answer in time") from error
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
