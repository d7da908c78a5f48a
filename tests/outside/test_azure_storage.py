"""The connection for a managed identity, and where the patience with Azure's services ends."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import HttpResponseError

from notifications.acs import AcsEmailSender
from sync.config import StorageSettings
from sync.errors import SyncError, Unavailable
from sync.outside.azure_storage import CLIENT_OPTIONS, open_transport
from sync.outside.queues.jobs import QUEUE_OPTIONS, QueueJobs
from sync.outside.tables.client import FLOWS, Tables
from sync.outside.tables.single import SingleRows
from sync.ports import AccountCause, AccountJob, Mail, limits
from sync.ports.job_texts import encode_account, encode_mail, encode_sync

type Call = Callable[["Azure"], Awaitable[None]]

ADDRESSES = {
    "queue_url": "https://account1.queue.core.windows.net",
    "table_url": "https://account1.table.core.windows.net",
}
IDENTITY = StorageSettings(**ADDRESSES, client_id="identity")


async def test_tables_are_reached_at_their_address() -> None:
    for settings in (IDENTITY, StorageSettings(**ADDRESSES)):
        service = Tables(settings)._connect()

        assert service.url == "https://account1.table.core.windows.net"
        await service.close()


async def test_queues_are_reached_at_their_address() -> None:
    jobs = QueueJobs(
        IDENTITY,
        encode_sync=encode_sync,
        encode_account=encode_account,
        encode_mail=encode_mail,
    )
    service = jobs._connect()

    assert service.url == "https://account1.queue.core.windows.net/"
    await service.close()


# --- limits (R11.11) ---


class Azure:
    """One server for tables, queues and mails, that answers all of them alike."""

    def __init__(self) -> None:
        self.asked = 0
        self.pause = 0.0
        self.piece = b" " * 65_536
        self.location: str | None = None
        self.is_packed = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.location is not None:
            return web.Response(status=307, headers={"Location": self.location})
        packed = {"Content-Encoding": "gzip"} if self.is_packed else {}
        answer = web.StreamResponse(headers={"Content-Type": "application/json"} | packed)
        await answer.prepare(request)
        while True:
            await answer.write(self.piece)
            await asyncio.sleep(self.pause)

    def settings(self) -> StorageSettings:
        ends = "".join(
            f"{service}Endpoint={self.url}/devaccount;" for service in ("Table", "Queue", "Blob")
        )
        return StorageSettings(
            connection_string=f"AccountName=devaccount;AccountKey=c2VjcmV0;{ends}"
        )


@pytest.fixture
async def azure() -> AsyncIterator[Azure]:
    service = Azure()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", service.answer)
    server = TestServer(application)
    await server.start_server()
    service.url = str(server.make_url("")).rstrip("/")
    yield service
    await server.close()


async def read_a_row(azure: Azure) -> None:
    tables = Tables(azure.settings(), options={**CLIENT_OPTIONS, "retry_total": 0})
    try:
        await SingleRows(tables, FLOWS).get("p", "r")
    finally:
        await tables.close()


async def scan_rows(azure: Azure) -> None:
    tables = Tables(azure.settings(), options={**CLIENT_OPTIONS, "retry_total": 0})
    try:
        await SingleRows(tables, FLOWS).query("PartitionKey eq @p", p="p")
    finally:
        await tables.close()


async def queue_a_job(azure: Azure) -> None:
    jobs = QueueJobs(
        azure.settings(),
        options={**QUEUE_OPTIONS, "retry_total": 0},
        encode_sync=encode_sync,
        encode_account=encode_account,
        encode_mail=encode_mail,
    )
    try:
        await jobs.account(AccountJob(cause=AccountCause.SWEEP_SHARD, shard=1))
    finally:
        await jobs.close()


async def send_a_mail(azure: Azure) -> None:
    sender = AcsEmailSender(
        connection_string=f"endpoint={azure.url};accesskey=c2VjcmV0",
        sender="from@example.org",
        open_transport=open_transport,
    )
    try:
        mail = Mail(to="ann@example.org", subject="s", text="t", html="h")
        await sender.send(mail, operation_id="6f2f5a3f-7c11-5d0b-9d0f-0b6de0f78f53")
    finally:
        await sender.close()


every_call = pytest.mark.parametrize("call", [read_a_row, scan_rows, queue_a_job, send_a_mail])


@every_call
async def test_r11_11_bytes_that_drip_are_no_sign_of_life(
    azure: Azure, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DEADLINE", 0.1)
    azure.pause, azure.piece = 0.001, b" "

    with pytest.raises(Unavailable):
        await call(azure)


@every_call
@pytest.mark.parametrize("is_packed", [False, True])
async def test_r11_11_an_answer_is_read_no_further_than_its_limit(
    azure: Azure, call: Call, *, is_packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SIZE", 200_000)
    if is_packed:
        azure.is_packed, azure.piece = True, gzip.compress(bytes(1_000_000))

    with pytest.raises(Unavailable):
        await call(azure)


@every_call
async def test_r11_11_a_redirect_is_followed_nowhere(azure: Azure, call: Call) -> None:
    azure.location = f"{azure.url}/elsewhere"

    with suppress(SyncError, HttpResponseError):
        await call(azure)

    assert azure.asked == 1
