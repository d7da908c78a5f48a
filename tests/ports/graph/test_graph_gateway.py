"""The Graph gateway under the contract, over HTTP against the simulated Microsoft 365."""

from tests.ports.suites.calendar_gateway import CalendarGatewayContract


class TestGraphGateway(CalendarGatewayContract):
    """The contract."""
