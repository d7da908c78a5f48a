"""The log-in against the simulated booking product."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from simulators.booking.oidc import OidcSwitches
from simulators.booking.simulator import (
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    BookingSimulator,
)
from sync.errors import UntrustedRequest
from sync.outside.booking.log_in import BookingLogIn
from sync.outside.clock import RandomIds, SystemClock
from sync.people.people import AccessType
from sync.ports import LoggedIn
from tests.ports.booking.office import SimulatedOffice

REDIRECT_URI = "http://127.0.0.1:7071/auth/booking/callback"


@pytest.fixture
def log_in(simulator: BookingSimulator, client: httpx.AsyncClient) -> BookingLogIn:
    return BookingLogIn(
        client=client,
        issuer=simulator.issuer,
        client_id=OIDC_CLIENT_ID,
        client_secret=OIDC_CLIENT_SECRET,
        redirect_uri=REDIRECT_URI,
        # ID tokens carry wall time there, whatever time it is in the schedule.
        clock=SystemClock(),
        ids=RandomIds(),
    )


async def visit(url: str) -> dict[str, str]:
    """Goes where a browser is sent, and gives the parameters that it brings back."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(location).query))


async def test_r4_1_a_staff_member_logs_in(office: SimulatedOffice, log_in: BookingLogIn) -> None:
    office.simulator.oidc.switches = OidcSwitches(auto=True, auto_staff_id="acc-1/ann")
    url, flow = await log_in.begin()

    who = await log_in.finish(flow, await visit(url))

    assert isinstance(who, LoggedIn)
    assert str(who.person) == "acc-1:ann"
    assert (who.name, who.access_type) == ("Ann", AccessType.STAFF)
    assert who.location_ids == {"loc-1"}


async def test_r4_4_a_code_is_good_once(office: SimulatedOffice, log_in: BookingLogIn) -> None:
    office.simulator.oidc.switches = OidcSwitches(auto=True, auto_staff_id="acc-1/ann")
    url, flow = await log_in.begin()
    answer = await visit(url)
    await log_in.finish(flow, answer)

    with pytest.raises(UntrustedRequest):
        await log_in.finish(flow, answer)


async def test_r4_4_an_answer_is_good_in_its_own_flow_only(
    office: SimulatedOffice, log_in: BookingLogIn
) -> None:
    office.simulator.oidc.switches = OidcSwitches(auto=True, auto_staff_id="acc-1/ann")
    url, _ = await log_in.begin()
    _, other_flow = await log_in.begin()

    with pytest.raises(UntrustedRequest):
        await log_in.finish(other_flow, await visit(url))
