"""What `make run` is told and makes up: ports from the environment, secrets kept in `.run`."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from simulators.common.ports import port_is_taken
from simulators.host.settings import HostError

CLIENT_ID = "11111111-2222-3333-4444-555555555555"
EMAIL_SENDER = "connect-up@practice.example"
#: The first of the ten ports, where nothing else is said.
_BASE = 7071
_FIRST_KNOWN, _KNOWN = 20_000, 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One port on 127.0.0.1 for each part, ten in a row from `CONNECTUP_PORT_BASE` on.

    The last three are the storage emulator's.
    """

    functions: int
    booking: int
    graph: int
    identity: int
    mailbox: int
    demo: int
    sign_in: int
    blob: int
    queue: int
    table: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Reads the base.

        Raises:
            HostError: it leaves no room for ten ports, or some of them are taken.
        """
        base = environ.get("CONNECTUP_PORT_BASE", str(_BASE))
        parts = cls.__slots__
        last = 65536 - len(parts)
        if not base.isdecimal() or not 0 < int(base) <= last:
            raise HostError(f"CONNECTUP_PORT_BASE must be a port up to {last}, not {base!r}.")
        ports = {part: int(base) + number for number, part in enumerate(parts)}
        taken = [str(port) for port in ports.values() if port_is_taken(port)]
        if taken:
            raise HostError(
                f"Ports {base} to {int(base) + len(parts) - 1} are needed, and {', '.join(taken)} "
                f"{'is' if len(taken) == 1 else 'are'} taken. Is another run still going? "
                "Otherwise set CONNECTUP_PORT_BASE to the first of ten free ones."
            )
        return cls(**ports)

    @classmethod
    def free(cls) -> Self:
        """Takes free ones: any for the others, a known one for the functions.

        It lies below those that the system gives to outgoing connections, so that it is still
        free when the functions are started again.
        """
        known = _FIRST_KNOWN + secrets.randbelow(_KNOWN)
        while port_is_taken(known):
            known = _FIRST_KNOWN + secrets.randbelow(_KNOWN)
        return cls(**{part: known if part == "functions" else 0 for part in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The secrets of a local run, in the form in which the settings take them."""

    microsoft_client_secret: str
    booking_api_token: str
    booking_oidc_client_secret: str
    booking_webhook_secret: str
    token_encryption_keys: str
    session_secret: str

    @classmethod
    def make(cls) -> Self:
        """Makes new ones."""
        return cls(
            microsoft_client_secret=secrets.token_urlsafe(32),
            booking_api_token=secrets.token_urlsafe(32),
            booking_oidc_client_secret=secrets.token_urlsafe(32),
            booking_webhook_secret=f"whsec_{_base64(32)}",
            token_encryption_keys=_base64(32),
            session_secret=secrets.token_urlsafe(48),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Takes those that an earlier run left in a folder, else makes and leaves new ones."""
        path = folder / "secrets.json"
        if path.is_file():
            try:
                return cls(**json.loads(path.read_text()))
            except (TypeError, ValueError):
                path.unlink()  # of an older version, or half written
        made = cls.make()
        path.touch(mode=0o600)
        path.write_text(json.dumps({name: getattr(made, name) for name in cls.__slots__}, indent=2))
        return made


def _base64(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode()
