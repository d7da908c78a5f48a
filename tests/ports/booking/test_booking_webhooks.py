"""Webhooks that the simulated booking product really posts."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from simulators.booking.simulator import WEBHOOK_SECRET
from simulators.common.faults import FaultRule
from sync.errors import UntrustedRequest
from sync.outside.booking.webhook import BookingNotice, BookingWebhooks, NoticeType
from tests.ports.booking.office import SimulatedOffice
from tests.ports.suites.booking_gateway import ANN, at


class Receiver:
    """Reads every webhook that comes, and keeps what became of it."""

    def __init__(self) -> None:
        self.webhooks = BookingWebhooks(WEBHOOK_SECRET)
        self.read: asyncio.Queue[BookingNotice | UntrustedRequest] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        try:
            self.read.put_nowait(self.webhooks.read(request.headers, await request.read()))
        except UntrustedRequest as error:
            self.read.put_nowait(error)
        return web.Response(status=202)


@pytest.fixture
async def receiver(office: SimulatedOffice) -> AsyncIterator[Receiver]:
    taker = Receiver()
    application = web.Application()
    application.add_routes([web.post("/", taker.take)])
    async with TestServer(application) as server:
        office.simulator.webhooks.url = str(server.make_url("/"))
        yield taker


async def test_r11_1_a_booked_appointment_is_told_within_a_moment(
    office: SimulatedOffice, receiver: Receiver
) -> None:
    office.book(ANN, at(1))

    notice = await receiver.read.get()

    assert isinstance(notice, BookingNotice)
    assert notice.type is NoticeType.ITEMS_CHANGED
    assert (notice.account_id, notice.staff_id) == (ANN.account_id, ANN.staff_id)


@pytest.mark.parametrize("fault", ["wrong_signature", "old_timestamp"])
async def test_a_spoiled_webhook_is_not_trusted(
    office: SimulatedOffice, receiver: Receiver, fault: str
) -> None:
    office.simulator.webhooks.faults.add(FaultRule(kind=fault))
    office.book(ANN, at(1))

    assert isinstance(await receiver.read.get(), UntrustedRequest)
