"""Mail as it leaves."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A rendered message to one address."""

    to: str
    subject: str
    text: str
    html: str


class EmailSender(Protocol):
    """Sends one mail."""

    async def send(self, mail: Mail, *, operation_id: str) -> None:
        """Hands a mail over; a repeat with the same ``operation_id`` (a UUID) sends once.

        Raises:
            Rejected: The service refuses this mail for good.
        """
        ...
