"""The HTTP client for whoever is asked over plain HTTP: no answer without an end (R11.11)."""

import asyncio
import zlib
from typing import Any

import httpx

from sync.ports import limits

#: Seconds, for each step.
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_CONNECTIONS = httpx.Limits(max_connections=40, max_keepalive_connections=20)
#: What ``zlib`` calls the format.
_GZIP = 16 + zlib.MAX_WBITS
_PACKING = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Oversized(httpx.DecodingError):
    """An answer is larger than anything that is asked for here."""


class BoundedClient(httpx.AsyncClient):
    """Reads each answer whole, within ``limits``, from where it was asked for.

    Whatever goes out ends as ``httpx.HTTPError``: past its time as ``httpx.ReadTimeout``, past its
    size as ``Oversized``. No redirect is followed. Whoever gives up waiting ends the call.
    """

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Sends a request; the answer has its body and can't be streamed.

        Raises:
            httpx.HTTPError: There was no answer within the limits; a write may have taken effect.
        """
        options |= {"stream": True, "follow_redirects": False}
        request.headers["Accept-Encoding"] = "gzip"
        try:
            async with asyncio.timeout(limits.DEADLINE):
                answer = await super().send(request, **options)
                try:
                    body = await _read(answer)
                finally:
                    await answer.aclose()
        except TimeoutError as error:
            raise httpx.ReadTimeout("past the deadline of a call", request=request) from error
        return httpx.Response(
            answer.status_code,
            headers=[pair for pair in answer.headers.multi_items() if pair[0] not in _PACKING],
            content=body,
            request=request,
            extensions=answer.extensions,
        )


async def _read(answer: httpx.Response) -> bytes:
    """Reads an answer's body and unpacks it, both no further than the limit.

    Not by httpx's own decoders: they unpack each piece whole, several times over if told so, and
    keep whatever comes after the end.
    """
    asked = answer.request
    packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip"}:
        raise httpx.DecodingError("an answer is packed otherwise than asked", request=asked)
    unpacker = zlib.decompressobj(_GZIP) if packing == "gzip" else None
    assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - it was asked for so
    body, length = bytearray(), 0
    async for piece in answer.stream:
        length += len(piece)
        try:
            if unpacker is None:
                body += piece
            elif not unpacker.eof:
                body += unpacker.decompress(piece, limits.SIZE + 1 - len(body))
        except zlib.error as error:
            raise httpx.DecodingError("an answer can't be unpacked", request=asked) from error
        if max(length, len(body)) > limits.SIZE:
            raise Oversized("an answer has no end", request=asked)
    if length and unpacker and not unpacker.eof:
        raise httpx.DecodingError("a packed answer broke off", request=asked)
    return bytes(body)


def open_client(*, ca_bundle: str | None = None) -> BoundedClient:
    """Opens the HTTP client of a process; opening connects nowhere.

    Args:
        ca_bundle: Path of a PEM file with more authorities to trust (``REQUESTS_CA_BUNDLE``).
            ``SSL_CERT_FILE`` counts by itself.
    """
    trust = httpx.create_ssl_context()
    if ca_bundle:
        trust.load_verify_locations(cafile=ca_bundle)
    # Proxies are taken from the environment, but never for the loopback: httpx sees to both.
    return BoundedClient(verify=trust, timeout=_TIMEOUT, limits=_CONNECTIONS)
