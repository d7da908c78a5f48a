"""Whoever waits gets an answer in time, and what becomes of the work behind it (R11.11)."""

import asyncio
import json
import logging
from collections.abc import Iterator

import azure.functions as func
import pytest

from sync.bootstrap import App
from sync.errors import ContractBroken, NewerFormat, SyncError, Unavailable, Unreadable
from sync.site import http
from sync.site.html import page_route
from tests.site.site import Client, Site

CANARY = "kanarienvogel"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(http, "ANSWER_WITHIN", 0.01)
    yield
    assert not http._left_alone


class Slow:
    """A handler that begins, waits to be let go, and ends."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun, self.may_end, self.is_over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.error = error
        self.has_written = False

    async def __call__(self, app: App, req: func.HttpRequest) -> func.HttpResponse:
        del app, req
        self.begun.set()
        try:
            await self.may_end.wait()
            if self.error is not None:
                raise self.error
            self.has_written = True
            return http.accepted()
        finally:
            self.is_over.set()

    __name__ = "slow"


def entry(slow: Slow, method: str, path: str = "api/slow", *, page: bool = False) -> http.Entry:
    register = page_route if page else http.route
    return register(func.Blueprint(), path, method)(slow)


def request(method: str) -> func.HttpRequest:
    return func.HttpRequest(method, "https://us.example/api/slow", body=b"")


@pytest.mark.usefixtures("site")
async def test_r11_11_who_waits_too_long_is_told_to_come_again() -> None:
    answer = await entry(Slow(), "GET")(request("GET"))

    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.get_body())["type"] == "unavailable"
    assert answer.headers["Retry-After"] == "30"
    await asyncio.sleep(0)


@pytest.mark.usefixtures("site")
async def test_r11_11_on_a_page_it_is_a_page() -> None:
    answer = await entry(Slow(), "GET", page=True)(request("GET"))

    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert answer.headers["Retry-After"] == "30"
    assert b"Please try again shortly" in answer.get_body()
    await asyncio.sleep(0)


@pytest.mark.usefixtures("site")
async def test_r11_11_reading_that_nobody_waits_for_is_given_up() -> None:
    slow = Slow()

    await entry(slow, "GET")(request("GET"))

    await asyncio.wait_for(slow.is_over.wait(), 5)
    assert not slow.has_written


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "api/slow"), ("DELETE", "x"), ("GET", "auth/slow/callback")]
)
@pytest.mark.usefixtures("site")
async def test_r11_11_what_writes_is_carried_to_its_end(method: str, path: str) -> None:
    slow = Slow()

    answer = await entry(slow, method, path)(request(method))
    slow.may_end.set()
    await asyncio.wait_for(slow.is_over.wait(), 5)
    await asyncio.sleep(0)

    assert answer.status_code == 503
    assert slow.has_written


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.usefixtures("site")
async def test_r11_11_who_goes_away_ends_what_only_reads(method: str) -> None:
    slow = Slow()
    waiting = asyncio.create_task(_asked(entry(slow, method), method))
    await slow.begun.wait()

    waiting.cancel()
    await asyncio.wait((waiting,))
    await asyncio.sleep(0)
    assert slow.is_over.is_set() is (method == "GET")
    slow.may_end.set()
    await slow.is_over.wait()
    await asyncio.sleep(0)

    assert slow.has_written is (method == "POST")


async def _asked(asked: http.Entry, method: str) -> func.HttpResponse:
    return await asked(request(method))


@pytest.mark.parametrize("error", [ValueError(CANARY), Unavailable("gone")])
@pytest.mark.usefixtures("site")
async def test_what_goes_wrong_after_the_answer_is_logged_without_its_text(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Slow(error)

    await entry(slow, "POST")(request("POST"))
    slow.may_end.set()
    await slow.is_over.wait()
    await asyncio.sleep(0)

    last = caplog.records[-1]
    assert last.getMessage() == f"http.failed slow {type(error).__name__}"
    assert last.levelno == logging.ERROR
    assert CANARY not in caplog.text


@pytest.mark.parametrize("error", [ContractBroken("x"), Unreadable("x"), NewerFormat("x")])
@pytest.mark.usefixtures("site")
async def test_case_83_what_others_answer_in_riddles_is_503_and_logged(
    error: SyncError, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "ANSWER_WITHIN", 5)
    slow = Slow(error)
    slow.may_end.set()

    answer = await entry(slow, "GET")(request("GET"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert caplog.records[-1].getMessage() == f"http.failed slow {type(error).__name__}"


async def test_r11_11_a_slow_booking_product_keeps_nobody_waiting(site: Site) -> None:
    site.add("boss")
    never = asyncio.Event()

    async def hang(*_: object) -> None:
        await never.wait()

    site.booking.account = hang  # type: ignore[method-assign, assignment]
    site.booking.staff_member = hang  # type: ignore[method-assign, assignment]
    site.booking.staff = hang  # type: ignore[method-assign, assignment]
    answer = await Client().send(
        "GET", "/api/accounts/acme/staff", headers={"X-Acting-Staff-Id": "boss"}
    )

    assert (answer.status, answer.json["type"]) == (503, "unavailable")
    await asyncio.sleep(0)
