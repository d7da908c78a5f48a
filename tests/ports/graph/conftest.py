from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from simulators.microsoft365 import GraphSimulator

if TYPE_CHECKING:
    from tests.ports.graph.desk import SimulatedDesk, Webhook


def pytest_configure(config: pytest.Config) -> None:
    # Each of the SDK's generated modules calls its own classes deprecated when it is imported.
    for module in ("msgraph", "kiota_abstractions"):
        config.addinivalue_line("filterwarnings", f"ignore::DeprecationWarning:{module}")
    # The callback of the contract is a GET, which MSAL warns about at each sign-in.
    config.addinivalue_line("filterwarnings", "ignore:response_mode:UserWarning:msal")


@pytest.fixture
async def simulator() -> AsyncIterator[GraphSimulator]:
    graph = GraphSimulator()
    await graph.start()
    yield graph
    await graph.stop()


@pytest.fixture
async def webhook() -> "AsyncIterator[Webhook]":
    from tests.ports.graph.desk import Webhook  # noqa: PLC0415 - after the filter above

    receiver = Webhook()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def desk(simulator: GraphSimulator, webhook: "Webhook") -> "AsyncIterator[SimulatedDesk]":
    from tests.ports.graph.desk import SimulatedDesk  # noqa: PLC0415 - as above

    person = SimulatedDesk(simulator, webhook)
    yield person
    await person.gateways.close()
