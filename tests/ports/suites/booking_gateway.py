"""What every ``BookingGateway`` has to do: run on the fake and on the real one.

A subclass gives the fixture ``office``: the booking product with somebody in it who acts there.
"""

import pytest

from tests.ports.suites.booking_office import (
    ANN,
    BEN,
    NOBODY,
    NOW,
    NOWHERE,
    WINDOW,
    Office,
    at,
    made,
    reserve,
)
from tests.ports.suites.booking_reading import ReadingContract
from tests.ports.suites.booking_writing import WritingContract

__all__ = [
    "ANN",
    "BEN",
    "NOBODY",
    "NOW",
    "NOWHERE",
    "WINDOW",
    "BookingGatewayContract",
    "Office",
    "at",
    "made",
    "reserve",
]


class BookingGatewayContract(ReadingContract, WritingContract):
    """The suite."""

    @pytest.fixture
    def office(self) -> Office:
        raise NotImplementedError
