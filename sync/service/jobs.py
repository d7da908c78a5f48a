"""What a queue message says, as text: pure, versioned JSON.

Members that this version doesn't know are passed over, so that an older instance reads what a
newer one wrote while a deployment rolls out.
"""

import json
from typing import Any

from sync.domain.model import AccountId, PersonKey, StaffId
from sync.errors import ContractBroken
from sync.ports import AccountCause, AccountJob, Cause, MailJob, MailKind, SyncJob

VERSION = 1


def encode_sync(job: SyncJob) -> str:
    """Writes a sync job."""
    return _text(**_person(job.person), cause=job.cause)


def decode_sync(text: str) -> SyncJob:
    """Reads a sync job.

    Raises:
        ContractBroken: The text is not one.
    """
    message = _Message(text)
    return SyncJob(person=message.person(), cause=message.choice("cause", Cause))


def encode_account(job: AccountJob) -> str:
    """Writes an account job."""
    return _text(cause=job.cause, account_id=job.account_id, staff_id=job.staff_id, shard=job.shard)


def decode_account(text: str) -> AccountJob:
    """Reads an account job.

    Raises:
        ContractBroken: The text is not one.
    """
    message = _Message(text)
    account_id, staff_id = message.get("account_id"), message.get("staff_id")
    return AccountJob(
        cause=message.choice("cause", AccountCause),
        account_id=None if account_id is None else AccountId(account_id),
        staff_id=None if staff_id is None else StaffId(staff_id),
        shard=message.shard(),
    )


def encode_mail(job: MailJob) -> str:
    """Writes a mail job."""
    return _text(**_person(job.person), kind=job.kind, key=job.key, reference=job.reference)


def decode_mail(text: str) -> MailJob:
    """Reads a mail job.

    Raises:
        ContractBroken: The text is not one.
    """
    message = _Message(text)
    return MailJob(
        kind=message.choice("kind", MailKind),
        person=message.person(),
        key=message.text("key"),
        reference=message.get("reference") or "",
    )


def _person(person: PersonKey) -> dict[str, str]:
    return {"account_id": person.account_id, "staff_id": person.staff_id}


def _text(**members: str | int | None) -> str:
    present = {name: value for name, value in members.items() if value is not None}
    return json.dumps({"v": VERSION, **present}, separators=(",", ":"))


class _Message:
    """One message's members, each checked as it is read; errors don't repeat what they hold."""

    def __init__(self, text: str) -> None:
        try:
            members: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ContractBroken("a queue message is not JSON") from error
        if not isinstance(members, dict) or members.get("v") != VERSION:
            raise ContractBroken(f"a queue message is not an object of version {VERSION}")
        self._members = members

    def get(self, name: str) -> str | None:
        value = self._members.get(name)
        if value is not None and not isinstance(value, str):
            raise ContractBroken(f"a queue message has no text in {name}")
        return value

    def text(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise ContractBroken(f"a queue message lacks {name}")
        return value

    def choice[E: (Cause, AccountCause, MailKind)](self, name: str, kind: type[E]) -> E:
        try:
            return kind(self.text(name))
        except ValueError as error:
            raise ContractBroken(f"a queue message has an unknown {name}") from error

    def shard(self) -> int | None:
        value = self._members.get("shard")
        if value is not None and type(value) is not int:
            raise ContractBroken("a queue message has no number in shard")
        return value

    def person(self) -> PersonKey:
        return PersonKey(
            account_id=AccountId(self.text("account_id")), staff_id=StaffId(self.text("staff_id"))
        )
