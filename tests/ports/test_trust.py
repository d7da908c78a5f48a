"""Private certificate authorities are honoured, and only where they are given."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from notifications.acs import AcsEmailSender
from sync.errors import Unavailable
from sync.outside.azure_storage import open_transport
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.http_client import open_client
from sync.ports import Mail
from sync.words import AccountId

ACCOUNT = {"id": "acc-1", "name": "Practice", "time_zone": "UTC", "idle_logout_minutes": 30}
MAIL = Mail(to="ann@example.org", subject="Subject", text="Text", html="<p>Html</p>")
OPERATION = "6f2f5a3f-7c11-5d0b-9d0f-0b6de0f78f53"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
async def address(authority: trustme.CA) -> AsyncIterator[str]:
    async def account(_: web.Request) -> web.Response:
        return web.json_response(ACCOUNT)

    async def take(_: web.Request) -> web.Response:
        return web.json_response({"id": OPERATION, "status": "Running"}, status=202)

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    application = web.Application()
    application.add_routes([web.get("/accounts/acc-1", account), web.post("/emails:send", take)])
    server = TestServer(application, scheme="https")
    await server.start_server(ssl=tls)
    yield str(server.make_url("/"))
    await server.close()


async def test_the_booking_product_may_have_a_private_authority(
    address: str, ca_bundle: str
) -> None:
    async with open_client(ca_bundle=ca_bundle) as client:
        gateway = HttpBookingGateway(client=client, base_url=address, token="t")

        assert await gateway.account(AccountId("acc-1")) is not None


async def test_a_booking_product_that_nobody_vouches_for_gets_no_token(address: str) -> None:
    async with open_client() as client:
        gateway = HttpBookingGateway(client=client, base_url=address, token="t")

        with pytest.raises(Unavailable):
            await gateway.account(AccountId("acc-1"))


async def test_the_mail_service_may_have_a_private_authority(address: str, ca_bundle: str) -> None:
    sender = AcsEmailSender(
        open_transport=open_transport,
        connection_string=f"endpoint={address};accesskey=c2VjcmV0",
        sender="a@b.c",
        ca_bundle=ca_bundle,
    )

    await sender.send(MAIL, operation_id=OPERATION)
    await sender.close()


async def test_a_mail_service_that_nobody_vouches_for_gets_no_mail(address: str) -> None:
    sender = AcsEmailSender(
        open_transport=open_transport,
        connection_string=f"endpoint={address};accesskey=c2VjcmV0",
        sender="a@b.c",
    )

    with pytest.raises(Unavailable):
        await sender.send(MAIL, operation_id=OPERATION)
    await sender.close()
