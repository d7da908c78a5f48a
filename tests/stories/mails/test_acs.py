"""The sender against a small mail service on the loopback."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from notifications.acs import AcsEmailSender
from sync.errors import ContractBroken, Rejected, SyncError, Throttled, Unavailable
from sync.outside.azure_storage import open_transport
from sync.ports import Mail

MAIL = Mail(to="ann@example.org", subject="Subject", text="Text", html="<p>Html</p>")
OPERATION = "6f2f5a3f-7c11-5d0b-9d0f-0b6de0f78f53"
KEY = "c2VjcmV0"


class MailService:
    """Answers every mail with the same, and keeps what came."""

    def __init__(self) -> None:
        self.status = 202
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.requests.append((request.path_qs, dict(request.headers), body))
        answer = {"id": OPERATION, "status": "Running" if self.status == 202 else "Failed"}
        location = {"Operation-Location": "http://127.0.0.1/never-asked"}
        return web.json_response(answer, status=self.status, headers=location | self.headers)


@pytest.fixture
def service() -> MailService:
    return MailService()


@pytest.fixture
async def sender(service: MailService) -> AsyncIterator[AcsEmailSender]:
    application = web.Application()
    application.add_routes([web.post("/emails:send", service.take)])
    async with TestServer(application) as server:
        endpoint = str(server.make_url("/"))
        opened = AcsEmailSender(
            open_transport=open_transport,
            connection_string=f"endpoint={endpoint};accesskey={KEY}",
            sender="from@example.org",
        )
        yield opened
        await opened.close()


async def test_a_mail_is_handed_over_in_one_call(
    service: MailService, sender: AcsEmailSender
) -> None:
    await sender.send(MAIL, operation_id=OPERATION)

    ((path, headers, body),) = service.requests
    assert path.startswith("/emails:send?api-version=")
    assert headers["Operation-Id"] == OPERATION
    assert headers["Authorization"].startswith("HMAC-SHA256 ")
    assert body == {
        "senderAddress": "from@example.org",
        "recipients": {"to": [{"address": "ann@example.org"}]},
        "content": {"subject": "Subject", "plainText": "Text", "html": "<p>Html</p>"},
        "userEngagementTrackingDisabled": True,
    }


async def test_r9_8_what_is_a_choice_carries_the_headers_of_one_click(
    service: MailService, sender: AcsEmailSender
) -> None:
    url = "https://connect-up.example/unsubscribe?token=t0ken"

    await sender.send(replace(MAIL, unsubscribe_url=url), operation_id=OPERATION)

    ((_, _, body),) = service.requests
    # RFC 8058, section 3.1.
    assert body["headers"] == {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, ContractBroken),
        (403, ContractBroken),
        (404, ContractBroken),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
async def test_r9_5_each_answer_has_its_reaction_and_nothing_is_retried_here(
    service: MailService, sender: AcsEmailSender, status: int, error: type[SyncError]
) -> None:
    service.status = status

    with pytest.raises(error):
        await sender.send(MAIL, operation_id=OPERATION)
    assert len(service.requests) == 1


async def test_an_operation_that_is_there_already_is_the_mail_of_an_earlier_try(
    service: MailService, sender: AcsEmailSender
) -> None:
    service.status = 409

    await sender.send(MAIL, operation_id=OPERATION)

    assert len(service.requests) == 1


async def test_a_throttled_sender_carries_the_wait(
    service: MailService, sender: AcsEmailSender
) -> None:
    service.status = 429
    service.headers = {"Retry-After": "60"}

    with pytest.raises(Throttled) as caught:
        await sender.send(MAIL, operation_id=OPERATION)

    assert caught.value.retry_after == 60


async def test_a_service_that_does_not_listen_is_unavailable() -> None:
    sender = AcsEmailSender(
        open_transport=open_transport,
        connection_string=f"endpoint=http://127.0.0.1:9/;accesskey={KEY}",
        sender="a@b.c",
    )

    with pytest.raises(Unavailable):
        await sender.send(MAIL, operation_id=OPERATION)
    await sender.close()


@pytest.mark.parametrize("text", ["", "endpoint=https://x", f"accesskey={KEY}", "nonsense"])
def test_a_connection_string_without_endpoint_or_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        AcsEmailSender(open_transport=open_transport, connection_string=text, sender="a@b.c")


async def test_nothing_of_a_mail_is_logged(
    sender: AcsEmailSender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await sender.send(MAIL, operation_id=OPERATION)

    everything = " ".join(record.getMessage() for record in caplog.records)
    for private in ("ann@example.org", "Subject", "Text", "Html", KEY):
        assert private not in everything
