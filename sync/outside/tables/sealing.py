"""Seals what must not lie open in a table: AES-256-GCM, bound to the row it stands in."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.errors import ContractBroken

NONCE_BYTES = 12


class Sealer:
    """Seals with the first key and opens with any: so keys are rotated.

    Args:
        keys: Keys of 32 bytes, at least one.
    """

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])

    def seal(self, text: str, identity: str) -> str:
        """Gives ``<key id>.<base64 of nonce and ciphertext>``.

        Args:
            text: What to keep.
            identity: The row it is kept in, authenticated along with it.
        """
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, text.encode(), identity.encode())
        return f"{self._first}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, identity: str, *older: str) -> str:
        """Gives the text back.

        Args:
            sealed: What was kept.
            identity: The row it is kept in.
            older: What earlier releases took for its identity.

        Raises:
            ContractBroken: The key is not among ours, or text or row were tampered with.
        """
        key_id, _, encoded = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise ContractBroken(f"{identity} is sealed with a key that is not configured")
        try:
            content = urlsafe_b64decode(encoded)
        except ValueError as error:
            raise ContractBroken(f"{identity} does not open: it was changed") from error
        nonce, ciphertext = content[:NONCE_BYTES], content[NONCE_BYTES:]
        for each in (identity, *older):
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, ciphertext, each.encode()).decode()
        raise ContractBroken(f"{identity} does not open: it was changed or moved")


def row_identity(table: str, partition: str, row: str) -> str:
    """Gives what a seal is bound to: one row of one table."""
    # Keys hold no slash (see keys.py), so that no two rows have one identity.
    return f"{table}/{partition}/{row}"


def _key_id(key: bytes) -> str:
    return sha256(b"connect-up key id" + key).hexdigest()[:8]
