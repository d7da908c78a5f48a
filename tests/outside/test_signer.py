"""The real signer."""

import pytest

from sync.errors import UntrustedRequest
from sync.outside.signer import ItsdangerousSigner
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
