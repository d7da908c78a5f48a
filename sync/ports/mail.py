"""Mail as it leaves."""

from dataclasses import dataclass
from typing import Protocol

from sync.errors import ContractBroken, Rejected
from sync.ports.raising import may_raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A rendered message to one address.

    ``unsubscribe_url`` ends this kind of message by one click (RFC 8058); ``None`` where it is no
    choice (R5.4).
    """

    to: str
    subject: str
    text: str
    html: str
    unsubscribe_url: str | None = None


class EmailSender(Protocol):
    """Sends one mail."""

    @may_raise(Rejected, ContractBroken)
    async def send(self, mail: Mail, *, operation_id: str) -> None:
        """Hands a mail over; a repeat with the same ``operation_id`` (a UUID) sends once.

        Raises:
            Rejected: The service refuses this mail for good.
        """
        ...
