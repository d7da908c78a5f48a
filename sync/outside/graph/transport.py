"""The one HTTP client for Graph: who asks, a token for each request, the answer as bytes.

The SDK's adapter and middleware are used, its own retries are off (they would sleep inside a job),
and answers are handed over unparsed: its models cost seconds for what ``json`` reads at once.
"""

import asyncio
import base64
import binascii
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from kiota_abstractions.authentication import AllowedHostsValidator, AuthenticationProvider
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.request_option import RequestOption
from kiota_http.middleware.options import (
    RedirectHandlerOption,
    ResponseHandlerOption,
    RetryHandlerOption,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_request_adapter import options as default_options
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]

from sync import telemetry
from sync.errors import ContractBroken, SyncError, Unavailable, Unreadable
from sync.outside.graph.errors import UNREADABLE_ANSWER, error_for
from sync.outside.http_client import BoundedClient, Oversized
from sync.ports import limits

_log = logging.getLogger(__name__)

#: Seconds, for each step; a page of a large calendar has taken tens of them.
_TIMEOUT = httpx.Timeout(limits.DEADLINE, connect=10)
_CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class PersonTokens(Protocol):
    """Access tokens of one person, for one run.

    Both methods raise ``AuthorizationLost`` where Microsoft refuses for good, ``Unavailable`` where
    it can't be asked.
    """

    async def current(self) -> str:
        """Gives a token that should be good."""
        ...

    async def fresh(self, refused: str, claims: str | None) -> str:
        """Gives another token than the one that Graph refused.

        Args:
            refused: The token that was refused.
            claims: What Graph demands of the new one, as JSON; ``None`` where it demands nothing.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Graph answered; ``headers`` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Says whether the request was fulfilled."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def error(self, doing: str) -> SyncError:
        """Gives the error that this answer stands for (``errors.error_for``)."""
        return error_for(self.status, self.headers, self.body, doing=doing)

    def json(self) -> dict[str, Any]:
        """Reads the body as a JSON object.

        Raises:
            ContractBroken: It is none.
        """
        try:
            document = json.loads(self.body)
        # Thousands of brackets within each other end the parser otherwise than bad text does.
        except (ValueError, RecursionError) as error:
            raise ContractBroken("Graph answered with something that is no JSON") from error
        if not isinstance(document, dict):
            raise ContractBroken("Graph answered with something that is no JSON object")
        return document

    def object(self, doing: str) -> dict[str, Any]:
        """Reads the answer to a question about one object.

        Raises:
            Unreadable: It is no JSON object: that object's own trouble.
            SyncError: What a refusing answer stands for.
        """
        if not self.is_success:
            raise self.error(doing)
        try:
            return self.json()
        except ContractBroken as error:
            raise Unreadable(str(error), code=UNREADABLE_ANSWER) from error


class _Bearer(RequestOption):
    """Says with whose tokens a request goes out, and which token it bears."""

    def __init__(self, tokens: PersonTokens, token: str) -> None:
        self.tokens = tokens
        self.token = token

    @staticmethod
    def get_key() -> str:
        return "connect-up-bearer"


class _BearerOfRequest(AuthenticationProvider):
    """Puts the person's token on each request, and on none that leads to another host."""

    def __init__(self, base_url: str) -> None:
        base = urlsplit(base_url)
        host = base.hostname or ""
        self._scheme = base.scheme
        self._hosts = AllowedHostsValidator(sorted(_LOOPBACK) if host in _LOOPBACK else [host])

    async def authenticate_request(
        self,
        request: RequestInformation,
        additional_authentication_context: dict[str, Any] | None = None,
    ) -> None:
        """Sets the Authorization header.

        Raises:
            ContractBroken: A link of Graph's leads to a foreign host.
        """
        if not self._leads_home(request.url):
            raise ContractBroken("a link of Graph's leads to another host")
        bearer = request.request_options[_Bearer.get_key()]
        assert isinstance(bearer, _Bearer)  # noqa: S101 - the one way to send sets it
        demanded = (additional_authentication_context or {}).get("claims")
        if demanded:
            bearer.token = await bearer.tokens.fresh(bearer.token, _decoded(demanded))
        request.headers.remove("Authorization")
        request.headers.add("Authorization", f"Bearer {bearer.token}")

    def _leads_home(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            # Asked for because a port that is no number is only told then.
            is_address = parts.port != 0
        except ValueError:
            return False
        return is_address and parts.scheme == self._scheme and self._hosts.is_url_host_valid(url)


def _decoded(claims: str) -> str | None:
    """Reads a claims challenge, base64 in the header, JSON for the sign-in service."""
    try:
        return base64.b64decode(claims + "=" * (-len(claims) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


class GraphTransport:
    """Sends requests of the SDK's builders; one for each process and event loop.

    Args:
        base_url: Graph's address with its version, without a trailing slash.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        options = {
            **default_options,
            RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False),
            # Graph redirects nothing that is asked for here; who does is not to be followed.
            RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
        }
        # The SDK wraps the client's transport and forgets to close it: we close our own.
        self._sockets = httpx.AsyncHTTPTransport(limits=_CONNECTIONS, http2=True)
        http: httpx.AsyncClient = GraphClientFactory.create_with_default_middleware(
            client=BoundedClient(timeout=_TIMEOUT, transport=self._sockets), options=options
        )
        self._adapter = GraphRequestAdapter(_BearerOfRequest(base_url), client=http)
        self._adapter.base_url = base_url
        self.client = GraphServiceClient(request_adapter=self._adapter)

    async def close(self) -> None:
        """Closes the connections."""
        await self._sockets.aclose()

    async def send(
        self, request: RequestInformation, tokens: PersonTokens, limit: asyncio.Semaphore
    ) -> Answer:
        """Sends a request; a refused token is replaced once.

        Args:
            request: Made by a builder of ``client``.
            tokens: The person's tokens.
            limit: Bounds the person's parallel requests; nobody waits for a token under it.

        Returns:
            The answer, whatever its status.

        Raises:
            AuthorizationLost: The token service refuses for good.
            Unavailable: No answer came; a write may have taken effect.
            ContractBroken: The answer has no end, or the request would lead to another host.
        """
        bearer = _Bearer(tokens, await tokens.current())
        native = ResponseHandlerOption(NativeResponseHandler())
        request.add_request_options([bearer, native])
        answer = await self._once(request, limit)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            bearer.token = await tokens.fresh(bearer.token, None)
            answer = await self._once(request, limit)
        return answer

    async def _once(self, request: RequestInformation, limit: asyncio.Semaphore) -> Answer:
        method = str(getattr(request.http_method, "value", request.http_method))
        async with limit:
            try:
                with telemetry.call("outlook", method) as call:
                    response: Any = await self._adapter.send_primitive_async(request, "bytes", None)
                    call.status = response.status_code
            except Oversized as error:
                raise ContractBroken("Graph's answer has no end") from error
            except httpx.HTTPError as error:
                # The name only: the text of some errors holds the whole address.
                raise Unavailable(f"Graph gave no answer: {type(error).__name__}") from error
            except (httpx.InvalidURL, UnicodeError) as error:
                raise ContractBroken("a link of Graph's is no address") from error
        answer = Answer(
            status=response.status_code, headers=response.headers, body=response.content
        )
        if not answer.is_success:
            _log.info(
                "graph.call_refused",
                extra={
                    "status": answer.status,
                    "request_id": answer.headers.get("request-id", ""),
                    "method": response.request.method,
                },
            )
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person's way to Graph for one run: the shared transport, their tokens, their limit."""

    transport: GraphTransport
    tokens: PersonTokens
    limit: asyncio.Semaphore

    @property
    def client(self) -> GraphServiceClient:
        """Gives the SDK's builders of requests."""
        return self.transport.client

    async def send(self, request: RequestInformation) -> Answer:
        """Sends a request; see ``GraphTransport.send``."""
        return await self.transport.send(request, self.tokens, self.limit)

    async def ask(self, request: RequestInformation, *, doing: str) -> dict[str, Any]:
        """Asks for one object, or one page of a list.

        Raises:
            Unreadable: It is refused, or the answer can't be read.
            SyncError: What a refusing answer stands for (``errors.error_for``).
        """
        try:
            answer = await self.send(request)
        except ContractBroken as error:
            raise Unreadable(str(error), code=UNREADABLE_ANSWER) from error
        return answer.object(doing)
