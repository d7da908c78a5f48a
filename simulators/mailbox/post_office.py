"""The mails that were taken, and what makes one well-formed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it was sent.

    Attributes:
        id: the operation's id.
        at: when it was taken.
        sender: address.
        to: addresses; none empty.
        cc: addresses.
        bcc: addresses.
        reply_to: addresses.
        subject: as sent.
        text: the plain part, empty if there is none.
        html: the HTML part, empty if there is none.
        headers: own headers of the mail.
    """

    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return values


class NotAMail(Exception):  # noqa: N818 - what the service says of it
    """What was sent is not a mail; the message names the member that is wrong."""


class PostOffice:
    """Keeps mails in the order in which they came."""

    def __init__(self) -> None:
        self._mails: dict[str, Mail] = {}

    def take(self, operation_id: str, body: Mapping[str, Any], at: datetime) -> bool:
        """Take a mail, unless one was taken for this operation already.

        Args:
            operation_id: the same for every try of one mail.
            body: as the service's API has it.
            at: when it came.

        Returns:
            Whether it is a new one.

        Raises:
            NotAMail: with the member that is wrong.
        """
        if operation_id in self._mails:
            return False
        self._mails[operation_id] = _read(operation_id, body, at)
        return True

    def mails(self) -> tuple[Mail, ...]:
        """Give all mails, newest first."""
        return tuple(reversed(self._mails.values()))

    def find(self, mail_id: str) -> Mail | None:
        """Give one mail, None if there is none."""
        return self._mails.get(mail_id)

    def clear(self) -> None:
        """Throw everything away."""
        self._mails.clear()


def _read(operation_id: str, body: Mapping[str, Any], at: datetime) -> Mail:
    content, recipients = body.get("content"), body.get("recipients")
    if not isinstance(content, dict) or not isinstance(recipients, dict):
        raise NotAMail("content and recipients are required")
    mail = Mail(
        id=operation_id,
        at=at,
        sender=_text(body, "senderAddress"),
        to=_addresses(recipients, "to"),
        cc=_addresses(recipients, "cc"),
        bcc=_addresses(recipients, "bcc"),
        reply_to=_addresses(body, "replyTo"),
        subject=_text(content, "subject"),
        text=_text(content, "plainText"),
        html=_text(content, "html"),
        headers=dict(body.get("headers") or {}),
    )
    for name, value in (("senderAddress", mail.sender), ("content.subject", mail.subject)):
        if not value:
            raise NotAMail(f"{name} is required")
    if not mail.text and not mail.html:
        raise NotAMail("content.plainText or content.html is required")
    if not (mail.to or mail.cc or mail.bcc):
        raise NotAMail("recipients are required")
    return mail


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise NotAMail(f"{name} must be a text")
    return value


def _addresses(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    entries = body.get(name) or []
    if not isinstance(entries, list):
        raise NotAMail(f"{name} must be a list")
    found = []
    for entry in entries:
        address = entry.get("address") if isinstance(entry, dict) else None
        if not isinstance(address, str) or "@" not in address.strip("@"):
            raise NotAMail(f"{name} holds an entry without a good address")
        found.append(address)
    return tuple(found)
