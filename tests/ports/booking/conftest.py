from collections.abc import AsyncIterator

import pytest

from simulators.booking.simulator import BookingSimulator
from sync.outside.http_client import BoundedClient, open_client
from tests.ports.booking.office import SimulatedOffice, clock_at_now


@pytest.fixture
async def client() -> AsyncIterator[BoundedClient]:
    async with open_client() as opened:
        yield opened


@pytest.fixture
async def simulator() -> AsyncIterator[BookingSimulator]:
    booking = BookingSimulator(clock=clock_at_now())
    await booking.start()
    yield booking
    await booking.stop()


@pytest.fixture
async def office(simulator: BookingSimulator, client: BoundedClient) -> SimulatedOffice:
    return SimulatedOffice(simulator, client)
