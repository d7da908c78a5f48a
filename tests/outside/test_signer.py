"""The real signer."""

import pytest

from sync.errors import UntrustedRequest
from sync.outside.signer import ItsdangerousSigner
from tests.fakes.signer import FakeSigner
from tests.ports.suites.signer import VALUE, SignerContract


class TestItsdangerousSigner(SignerContract):
    @pytest.fixture
    def signer(self) -> ItsdangerousSigner:
        return ItsdangerousSigner("secret")

    def test_anothers_token_does_not_verify(self, signer: ItsdangerousSigner) -> None:
        for other in (ItsdangerousSigner("another"), FakeSigner()):
            with pytest.raises(UntrustedRequest):
                signer.verify("invitation", other.sign("invitation", VALUE))
