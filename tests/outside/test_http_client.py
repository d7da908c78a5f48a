"""No answer without an end, whoever gives it (R11.11, case 83)."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from sync.outside.http_client import BoundedClient, Oversized
from sync.ports import limits


class Pieces(httpx.AsyncByteStream):
    """Gives the same piece again and again, with or without a pause."""

    def __init__(self, piece: bytes, *, pause: float = 0) -> None:
        self.piece = piece
        self.pause = pause
        self.given = 0
        self.is_closed = False
        self.flows = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.pause)
            self.given += 1
            self.flows.set()
            yield self.piece

    async def aclose(self) -> None:
        self.is_closed = True


def client(stream: httpx.AsyncByteStream, **headers: str) -> BoundedClient:
    def answer(_: httpx.Request) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(200, headers=named, stream=stream)

    return BoundedClient(transport=httpx.MockTransport(answer))


def packed(*pieces: bytes) -> BoundedClient:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=body())

    return BoundedClient(transport=httpx.MockTransport(answer))


async def test_r11_11_bytes_that_drip_are_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DEADLINE", 0.05)
    stream = Pieces(b"x", pause=0.001)

    with pytest.raises(httpx.ReadTimeout):
        await client(stream).get("https://slow.example")

    assert stream.given > 1
    assert stream.is_closed


async def test_r11_11_an_answer_is_read_no_further_than_its_limit() -> None:
    stream = Pieces(bytes(65_536))

    with pytest.raises(Oversized):
        await client(stream).get("https://large.example")

    assert stream.given == limits.SIZE // 65_536 + 1
    assert stream.is_closed


async def test_r11_11_the_limit_is_that_of_the_unpacked_answer() -> None:
    bomb = gzip.compress(bytes(limits.SIZE + 1), mtime=0)
    halves = bomb[: len(bomb) // 2], bomb[len(bomb) // 2 :]

    with pytest.raises(Oversized):
        await packed(*halves).get("https://bomb.example")

    fits = gzip.compress(bytes(limits.SIZE), mtime=0)
    assert len((await packed(fits).get("https://large.example")).content) == limits.SIZE


async def test_r11_11_what_comes_after_the_end_counts_too() -> None:
    stream = Pieces(gzip.compress(b"end", mtime=0) + bytes(65_536))

    with pytest.raises(Oversized):
        await client(stream, content_encoding="gzip").get("https://bomb.example")


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "deflate", "zstd"])
async def test_r11_11_what_was_not_asked_for_is_not_unpacked(packing: str) -> None:
    stream = Pieces(b"x")

    with pytest.raises(httpx.DecodingError):
        await client(stream, content_encoding=packing).get("https://bomb.example")

    assert stream.given == 0


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"whole", mtime=0)[:-9]])
async def test_what_can_not_be_unpacked_is_no_answer(body: bytes) -> None:
    with pytest.raises(httpx.DecodingError):
        await packed(body).get("https://broken.example")


@pytest.mark.parametrize(
    ("body", "text"), [(gzip.compress(b'{"a": 1}', mtime=0), '{"a": 1}'), (b"", "")]
)
async def test_a_packed_answer_is_read_as_what_it_says(body: bytes, text: str) -> None:
    found = await packed(body).get("https://good.example/path")

    assert found.text == text
    assert found.url == "https://good.example/path"
    assert found.request.headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("location", ["https://evil.example/", "/elsewhere", "ftp://x", "\\"])
async def test_r11_11_a_redirect_is_followed_nowhere(location: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": location})

    async with BoundedClient(transport=httpx.MockTransport(answer)) as opened:
        found = await opened.get("https://good.example/", follow_redirects=True)

    assert found.status_code == 302
    assert asked == ["https://good.example/"]


async def test_who_gives_up_waiting_ends_the_call() -> None:
    stream = Pieces(b"x", pause=0.001)
    waiting = asyncio.create_task(client(stream).get("https://slow.example"))
    await stream.flows.wait()

    waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    assert stream.is_closed
