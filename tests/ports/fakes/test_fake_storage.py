"""The small repositories in memory under the contracts of the real ones."""

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.storage import (
    FakeClaims,
    FakeConnections,
    FakeFlows,
    FakeLocations,
    FakeMailLimits,
    FakeSentMails,
    FakeSubscriptionIndex,
    FakeTokenCaches,
)
from tests.ports.suites.connections import ConnectionsContract, LocationsContract
from tests.ports.suites.storage import (
    ClaimsContract,
    FlowsContract,
    MailLimitsContract,
    SentMailsContract,
    SubscriptionsContract,
    TokenCachesContract,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class TestFakeConnections(ConnectionsContract):
    @pytest.fixture
    def connections(self) -> FakeConnections:
        return FakeConnections()


class TestFakeLocations(LocationsContract):
    @pytest.fixture
    def locations(self) -> FakeLocations:
        return FakeLocations()


class TestFakeClaims(ClaimsContract):
    @pytest.fixture
    def claims(self) -> FakeClaims:
        return FakeClaims()


class TestFakeSubscriptionIndex(SubscriptionsContract):
    @pytest.fixture
    def subscriptions(self, clock: FakeClock) -> FakeSubscriptionIndex:
        return FakeSubscriptionIndex(clock)


class TestFakeFlows(FlowsContract):
    @pytest.fixture
    def flows(self, clock: FakeClock) -> FakeFlows:
        return FakeFlows(clock)


class TestFakeSentMails(SentMailsContract):
    @pytest.fixture
    def sent(self, clock: FakeClock) -> FakeSentMails:
        return FakeSentMails(clock)


class TestFakeMailLimits(MailLimitsContract):
    @pytest.fixture
    def limits(self, clock: FakeClock) -> FakeMailLimits:
        return FakeMailLimits(clock)


class TestFakeTokenCaches(TokenCachesContract):
    @pytest.fixture
    def caches(self) -> FakeTokenCaches:
        return FakeTokenCaches()
