"""The real signer."""

import pytest

from sync.adapters.signer import ItsdangerousSigner
from sync.errors import UntrustedRequest
from tests.contracts.signer import VALUE, SignerContract
from tests.fakes.signer import FakeSigner


class TestItsdangerousSigner(SignerContract):
    @pytest.fixture
    def signer(self) -> ItsdangerousSigner:
        return ItsdangerousSigner("secret")

    def test_anothers_token_does_not_verify(self, signer: ItsdangerousSigner) -> None:
        for other in (ItsdangerousSigner("another"), FakeSigner()):
            with pytest.raises(UntrustedRequest):
                signer.verify("invitation", other.sign("invitation", VALUE))
