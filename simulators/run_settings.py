"""What `make run` is told and makes up: ports from the environment, secrets kept in `.run`."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from simulators.host_settings import HostError
from simulators.ports import port_is_taken

CLIENT_ID = "11111111-2222-3333-4444-555555555555"
EMAIL_SENDER = "connect-up@practice.example"
_DEFAULTS = {
    "functions": 7071,
    "booking": 7072,
    "graph": 7073,
    "identity": 7074,
    "mailbox": 7075,
    "demo": 7076,
    "sign_in": 7077,
    "blob": 10000,
    "queue": 10001,
    "table": 10002,
}
_FIRST_KNOWN, _KNOWN = 20_000, 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One port on 127.0.0.1 for each part, each a setting `CONNECTUP_PORT_<PART>`.

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
        """Reads the ports; what isn't set has its usual one.

        Raises:
            HostError: a value is no port, or a port is taken; names all of them.
        """
        problems = []
        ports = {}
        for part, usual in _DEFAULTS.items():
            name = f"CONNECTUP_PORT_{part.upper()}"
            value = environ.get(name, str(usual))
            if not value.isdigit() or not 0 < int(value) < 65536:
                problems.append(f"{name} must be a port, not {value!r}.")
                continue
            ports[part] = int(value)
            if port_is_taken(ports[part]):
                problems.append(f"Port {value} is taken: set {name} to a free one.")
        if len(set(ports.values())) < len(ports):
            problems.append("Two CONNECTUP_PORT_ settings name the same port.")
        if problems:
            raise HostError(" ".join(problems))
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
        return cls(**{part: known if part == "functions" else 0 for part in _DEFAULTS})


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
