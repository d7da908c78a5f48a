from collections.abc import AsyncIterator

import httpx
import pytest

from simulators.booking.simulator import BookingSimulator
from sync.outside.booking.client import open_client
from tests.integration.booking.office import SimulatedOffice, clock_at_now


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as opened:
        yield opened


@pytest.fixture
async def simulator() -> AsyncIterator[BookingSimulator]:
    booking = BookingSimulator(clock=clock_at_now())
    await booking.start()
    yield booking
    await booking.stop()


@pytest.fixture
async def office(simulator: BookingSimulator, client: httpx.AsyncClient) -> SimulatedOffice:
    return SimulatedOffice(simulator, client)
