"""A private certificate authority for loopback, and the bundle through which clients trust it."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import certifi
import trustme


class LoopbackAuthority:
    """Vouches for 127.0.0.1 and localhost, to whoever trusts its bundle.

    Args:
        authority: the certificate authority; `create` and `load` make one.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self._authority = authority

    @classmethod
    def create(cls) -> Self:
        """Makes a new one."""
        return cls(_new_authority())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Takes the one that an earlier run left in a folder, else makes and leaves one there.

        A browser that was told to trust it then trusts the next run too.
        """
        certificate, key = folder / "authority.pem", folder / "authority-key.pem"
        if certificate.is_file() and key.is_file():
            return cls(trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes()))
        authority = _new_authority()
        authority.cert_pem.write_to_path(str(certificate))
        key.touch(mode=0o600)
        authority.private_key_pem.write_to_path(str(key))
        return cls(authority)

    def server_context(self) -> ssl.SSLContext:
        """Gives the TLS context of a server on 127.0.0.1."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("127.0.0.1", "localhost", "::1").configure_cert(context)
        return context

    def write_bundle(self, path: Path, environ: Mapping[str, str] = os.environ) -> None:
        """Writes what `REQUESTS_CA_BUNDLE` takes: the authorities trusted so far, and this one."""
        trusted = Path(environ.get("REQUESTS_CA_BUNDLE") or certifi.where()).read_bytes()
        path.write_bytes(trusted.rstrip() + b"\n" + self._authority.cert_pem.bytes())


def _new_authority() -> trustme.CA:
    return trustme.CA(organization_name="Connect-Up simulators")
