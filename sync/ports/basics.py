"""Time, new ids and signatures."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Gives the aware UTC time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class IdFactory(Protocol):
    """The only source of new ids."""

    def new(self) -> str:
        """Gives an unguessable id of 32 characters 0-9 a-f."""
        ...


class Signer(Protocol):
    """Signs short JSON values that travel through browsers and mails (R3.4, R4.4)."""

    def sign(self, purpose: str, value: dict[str, str]) -> str:
        """Gives a URL-safe token; values signed for another purpose don't verify."""
        ...

    def verify(self, purpose: str, token: str) -> dict[str, str]:
        """Gives the signed value back.

        Raises:
            UntrustedRequest: The token is malformed or not ours.
        """
        ...
