"""What every ``Signer`` has to do. A subclass gives the fixture ``signer``."""

import re

import pytest

from sync.errors import UntrustedRequest
from sync.ports import Signer

VALUE = {"id": "1", "name": "Änn & co"}


class SignerContract:
    """The suite."""

    def test_what_was_signed_is_given_back(self, signer: Signer) -> None:
        token = signer.sign("invitation", VALUE)

        assert signer.verify("invitation", token) == VALUE
        assert re.fullmatch(r"[A-Za-z0-9_.~-]+", token)

    def test_another_purpose_does_not_verify(self, signer: Signer) -> None:
        token = signer.sign("invitation", VALUE)

        with pytest.raises(UntrustedRequest):
            signer.verify("session", token)

    @pytest.mark.parametrize(
        "token", ["", ".", "abc", "a.b.c", "ä", "\ud800", "x" * 9000, "=.=", "e30.x"]
    )
    def test_a_malformed_token_does_not_verify(self, signer: Signer, token: str) -> None:
        with pytest.raises(UntrustedRequest):
            signer.verify("invitation", token)

    def test_a_changed_token_does_not_verify(self, signer: Signer) -> None:
        token = signer.sign("invitation", VALUE)
        for place in (0, len(token) // 2, len(token) - 2):
            other = "A" if token[place] != "A" else "B"
            changed = token[:place] + other + token[place + 1 :]

            with pytest.raises(UntrustedRequest):
                signer.verify("invitation", changed)
