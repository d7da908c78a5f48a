"""The real gateway against the simulated booking product: the contract, paging and failures."""

import logging
from datetime import timedelta

import pytest

from simulators.booking.simulator import BookingSimulator
from simulators.common.faults import FaultRule
from sync.errors import ResyncRequired, Throttled, Unavailable, Unreadable
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.http_client import BoundedClient
from sync.words import Interval
from tests.ports.booking.office import SimulatedOffice
from tests.ports.suites.booking_gateway import (
    ANN,
    NOW,
    WINDOW,
    BookingGatewayContract,
    at,
    made,
)


class TestHttpBookingGateway(BookingGatewayContract):
    """The contract, over HTTP."""

    @pytest.fixture
    def office(self, office: SimulatedOffice) -> SimulatedOffice:
        return office


async def test_all_pages_of_a_long_schedule_are_read(office: SimulatedOffice) -> None:
    span = Interval(NOW, NOW + timedelta(days=60))
    for hour in range(1100):
        office.block(ANN, at(hour, hours=0.5))

    listing = await office.gateway.items(ANN, span)

    assert len(listing.items) == 1100
    assert office.simulator.api.log.counts["listItems"] == 3
    starts = [item.interval.start for item in listing.items]
    assert starts == sorted(starts)


async def test_all_pages_of_a_long_feed_are_read(office: SimulatedOffice) -> None:
    office.simulator.api.feed_page = 7
    listing = await office.gateway.items(ANN, WINDOW)
    ids = [office.block(ANN, at(hour, hours=0.5)) for hour in range(20)]
    office.delete(ANN, ids[3])

    changes = await office.gateway.changes(ANN, listing.cursor)

    assert {item.id for item in changes.items} == set(ids) - {ids[3]}
    assert changes.deleted == {ids[3]}
    assert office.simulator.api.log.counts["listChanges"] == 3


async def test_a_change_in_mid_listing_is_told_by_the_feed(office: SimulatedOffice) -> None:
    listing = await office.gateway.items(ANN, WINDOW)
    late = office.block(ANN, at(1))

    changes = await office.gateway.changes(ANN, listing.cursor)

    assert [item.id for item in changes.items] == [late]


@pytest.mark.parametrize("status", [429, 503])
async def test_r11_6_a_busy_product_says_when_to_come_again(
    office: SimulatedOffice, status: int
) -> None:
    office.simulator.api.faults.add(FaultRule(kind="status", status=status, retry_after=120))

    with pytest.raises(Throttled) as caught:
        await office.gateway.items(ANN, WINDOW)

    assert caught.value.retry_after == 120


async def test_r11_5_a_dropped_creation_may_have_taken_effect_and_a_repeat_finds_it(
    office: SimulatedOffice,
) -> None:
    office.simulator.api.faults.add(FaultRule(kind="timeout_after_effect", times=1))

    with pytest.raises(Unavailable):
        await made(office, at(1), key="same")
    item = await made(office, at(1), key="same")

    assert [found.id for found in (await office.gateway.items(ANN, WINDOW)).items] == [item.id]


async def test_a_product_that_does_not_listen_is_unavailable(
    office: SimulatedOffice, simulator: BookingSimulator
) -> None:
    await simulator.stop()

    with pytest.raises(Unavailable):
        await office.gateway.account(ANN.account_id)


async def test_a_wrong_token_waits_for_an_operator(
    simulator: BookingSimulator, client: BoundedClient
) -> None:
    gateway = HttpBookingGateway(client=client, base_url=simulator.api_url, token="wrong")

    with pytest.raises(Unavailable, match="401"):
        await gateway.account(ANN.account_id)
    with pytest.raises(Unavailable, match="401"):
        await gateway.items(ANN, WINDOW)


async def test_r11_8_one_item_that_is_garbled_holds_up_itself_alone(
    office: SimulatedOffice,
) -> None:
    ill, well = office.book(ANN, at(1)), office.book(ANN, at(3))
    before = await office.gateway.items(ANN, WINDOW)
    office.simulator.api.faults.add(FaultRule(kind="garbled", item=ill))
    office.move(ANN, ill, at(5))

    listing = await office.gateway.items(ANN, WINDOW)
    changes = await office.gateway.changes(ANN, before.cursor)
    with pytest.raises(Unreadable):
        await office.gateway.item(ANN, ill)

    assert [item.id for item in listing.items] == [well]
    assert changes.items == ()
    assert listing.unreadable == changes.unreadable == {ill}


async def test_a_cursor_that_is_none_asks_for_a_full_read(office: SimulatedOffice) -> None:
    with pytest.raises(ResyncRequired):
        await office.gateway.changes(ANN, "nonsense")


async def test_nothing_of_an_item_is_logged(
    office: SimulatedOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office.book(ANN, at(1))

    await office.gateway.items(ANN, WINDOW)
    await made(office, at(3))

    everything = " ".join(str(record.__dict__) for record in caplog.records)
    assert "booking.called" in everything
    for private in ("Kim", "Massage", "Busy", "booking-api-token"):
        assert private not in everything
