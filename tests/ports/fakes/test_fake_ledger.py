"""The ledger in memory under the contract of the real one."""

import pytest

from sync.errors import Unavailable
from sync.ports import LedgerChange
from sync.words import PersonKey
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.storage import FakeLedger
from tests.ports.suites.ledger import ANN, LedgerContract, link, taken


class TestFakeLedger(LedgerContract):
    """The contract, and the hooks."""

    @pytest.fixture
    def ledger(self, clock: FakeClock) -> FakeLedger:
        return FakeLedger(clock, FakeIds())

    async def test_a_hook_before_a_call_stops_it(self, ledger: FakeLedger) -> None:
        lease = await taken(ledger)
        ledger.before = _fail

        with pytest.raises(Unavailable, match="record"):
            await ledger.record(lease, LedgerChange(keep=(link(1),)))
        assert links(ledger, ANN) == 0

    async def test_a_hook_after_a_call_leaves_its_effect(self, ledger: FakeLedger) -> None:
        lease = await taken(ledger)
        ledger.after = _fail

        with pytest.raises(Unavailable, match="record"):
            await ledger.record(lease, LedgerChange(keep=(link(1),)))
        assert links(ledger, ANN) == 1


def links(ledger: FakeLedger, person: PersonKey) -> int:
    return len(ledger.of(person).links)


def _fail(method: str) -> None:
    raise Unavailable(method)
