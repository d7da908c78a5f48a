"""The fake signer under the contract of the real one."""

import pytest

from tests.contracts.signer import SignerContract
from tests.fakes.signer import FakeSigner


class TestFakeSigner(SignerContract):
    @pytest.fixture
    def signer(self) -> FakeSigner:
        return FakeSigner()
