"""The fake signer under the contract of the real one."""

import pytest

from tests.fakes.signer import FakeSigner
from tests.ports.suites.signer import SignerContract


class TestFakeSigner(SignerContract):
    @pytest.fixture
    def signer(self) -> FakeSigner:
        return FakeSigner()
