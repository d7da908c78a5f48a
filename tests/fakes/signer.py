"""A signer without a secret: its tokens can be read, but only the right ones verify."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from sync.errors import UntrustedRequest


class FakeSigner:
    """Puts purpose and value, with a checksum, into URL-safe text."""

    def sign(self, purpose: str, value: dict[str, str]) -> str:
        """Gives the same token for the same value."""
        text = json.dumps([purpose, value], sort_keys=True)
        return f"{urlsafe_b64encode(text.encode()).decode().rstrip('=')}.{_checksum(text)}"

    def verify(self, purpose: str, token: str) -> dict[str, str]:
        """Gives the value back if purpose and checksum fit."""
        encoded, _, checksum = token.partition(".")
        try:
            text = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        except ValueError:
            raise UntrustedRequest("the token is malformed") from None
        if checksum != _checksum(text):
            raise UntrustedRequest("the token is not ours")
        signed_purpose, value = json.loads(text)
        if signed_purpose != purpose:
            raise UntrustedRequest("the token is for another purpose")
        return {str(name): str(content) for name, content in value.items()}


def _checksum(text: str) -> str:
    return sha256(b"fake" + text.encode()).hexdigest()[:16]
