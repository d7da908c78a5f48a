"""Sends mail through Azure Communication Services.

Source: Azure Communication Services, Email REST API 2025-09-01, "Email - Send"; seen 2026-11-22.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from azure.communication.email.aio import EmailClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import AsyncHttpTransport

from sync.errors import ContractBroken, Rejected, SyncError, Throttled, Unavailable
from sync.ports import Mail, limits

#: Seconds, for connecting and for each wait on the answer.
_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 20


class AcsEmailSender:
    """Fulfils ``EmailSender``.

    The mail is handed over and not followed: what became of it on its way to the mailbox is for
    the service's own log. Nothing is retried here: the queue brings the job again.

    Args:
        connection_string: ``endpoint=...;accesskey=...``; plain http works for the loopback.
        sender: The address that mails come from.
        open_transport: Opens what requests go out by, from the client's own options.
        ca_bundle: Path of a PEM file with the authorities to trust (``REQUESTS_CA_BUNDLE``).

    Raises:
        ValueError: The connection string names no endpoint or no key.
    """

    def __init__(
        self,
        *,
        connection_string: str,
        sender: str,
        open_transport: Callable[..., AsyncHttpTransport[Any, Any]],
        ca_bundle: str | None = None,
    ) -> None:
        self._endpoint, self._key = _parse(connection_string)
        self._sender = sender
        self._open_transport = open_transport
        self._trust = ca_bundle or True
        self._client: EmailClient | None = None

    async def send(self, mail: Mail, *, operation_id: str) -> None:
        """Hands a mail over.

        Raises:
            Rejected: 400: the service does not take this mail, today or later.
            ContractBroken: The service refuses our key, or knows no such sender.
        """
        message: dict[str, Any] = {
            "senderAddress": self._sender,
            "recipients": {"to": [{"address": mail.to}]},
            "content": {"subject": mail.subject, "plainText": mail.text, "html": mail.html},
            # No pictures that tell the service who read what and when.
            "userEngagementTrackingDisabled": True,
        }
        if mail.unsubscribe_url is not None:
            # RFC 8058: the address takes a POST of just this, without a log-in.
            message["headers"] = {
                "List-Unsubscribe": f"<{mail.unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        try:
            async with asyncio.timeout(limits.DEADLINE):
                await self._opened().begin_send(message, operation_id=operation_id, polling=False)
        except TimeoutError as error:
            raise Unavailable("mail: the service gave no answer in time") from error
        except HttpResponseError as error:
            mapped = _error_of(error)
            if mapped is not None:
                raise mapped from error
        except AzureError as error:
            kind = type(error).__name__
            raise Unavailable(f"mail: the service had no answer ({kind})") from error

    async def close(self) -> None:
        """Closes the connections; a later mail opens new ones."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _opened(self) -> EmailClient:
        # Opened at the first mail: connections belong to the event loop that uses them.
        if self._client is None:
            self._client = EmailClient(
                self._endpoint,
                AzureKeyCredential(self._key),
                retry_total=0,
                permit_redirects=False,
                transport=self._open_transport(
                    connection_timeout=_CONNECT_TIMEOUT,
                    read_timeout=_READ_TIMEOUT,
                    connection_verify=self._trust,
                ),
            )
        return self._client


def _parse(connection_string: str) -> tuple[str, str]:
    # The library's own reading drops the scheme of the endpoint and always takes https.
    pairs = (part.partition("=") for part in connection_string.split(";"))
    values = {name.strip().lower(): value.strip() for name, _, value in pairs}
    endpoint, key = values.get("endpoint", "").rstrip("/"), values.get("accesskey", "")
    if not endpoint or not key:
        raise ValueError("the mail connection string needs an endpoint and an accesskey")
    return endpoint, key


def _error_of(error: HttpResponseError) -> SyncError | None:
    """Gives the error that an answer stands for; ``None`` where the mail was taken all the same."""
    response: Any = error.response
    retry_after = None if response is None else _seconds(response.headers.get("Retry-After"))
    match error.status_code:
        case 400:
            return Rejected(status=400, code="mail_refused", detail="The mail was refused.")
        case 409:
            # An operation of this id is there: the mail of an earlier try.
            return None
        case 429:
            return Throttled("mail: the service asks for fewer mails", retry_after=retry_after)
        case 401 | 403 | 404:
            return ContractBroken(f"mail: the service answered {error.status_code}")
        case _:
            return Unavailable(
                f"mail: the service answered {error.status_code}", retry_after=retry_after
            )


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, str) and value.isdecimal() else None
