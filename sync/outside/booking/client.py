"""The one HTTP client of a process for the booking product: time-outs, limits and trust."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

#: Seconds, for each step. A schedule of 90 days comes in pages: no single answer takes long.
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
#: Seconds for one call as a whole, however slowly its answer drips (R11.11).
DEADLINE = 60.0
#: Bytes of one answer, unpacked (R11.11).
SIZE_LIMIT = 32 * 1024 * 1024
LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=20)


def open_client(*, ca_bundle: str | None = None) -> httpx.AsyncClient:
    """Opens the HTTP client; opening connects nowhere.

    Args:
        ca_bundle: Path of a PEM file with more authorities to trust (``REQUESTS_CA_BUNDLE``).
            ``SSL_CERT_FILE`` counts by itself.
    """
    trust = httpx.create_ssl_context()
    if ca_bundle:
        trust.load_verify_locations(cafile=ca_bundle)
    # Proxies are taken from the environment, but never for the loopback: httpx sees to both.
    return httpx.AsyncClient(verify=trust, timeout=TIMEOUT, limits=LIMITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered; ``headers`` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Says whether the call was fulfilled; a redirect is not, and is followed nowhere."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


async def fetch(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str],
    json: object = None,
) -> Answer:
    """Makes one call, with an end to its time and to its answer.

    Raises:
        TimeoutError: It took longer than ``DEADLINE``; a write may have taken effect.
        Oversized: The answer is larger than ``SIZE_LIMIT``.
        httpx.HTTPError: There was no answer, or one that is no HTTP.
    """
    async with (
        asyncio.timeout(DEADLINE),
        client.stream(
            method, url, params=params, headers=headers, json=json, follow_redirects=False
        ) as answer,
    ):
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > SIZE_LIMIT:
                raise Oversized
    return Answer(status=answer.status_code, headers=answer.headers, body=bytes(body))


class Oversized(Exception):  # noqa: N818 - it says what happened
    """An answer is larger than anything that is asked for here."""


def is_safe_address(url: str, *, loopback_http: bool = True) -> bool:
    """Says whether secrets may travel to an address: https, or plain http on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and loopback_http and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
