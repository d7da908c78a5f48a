"""What a queue message says, as text: pure, versioned JSON, made from the job's own type.

Members that this version doesn't know are passed over, so that an older instance reads what a
newer one wrote while a deployment rolls out. A new version is for what an older one must not do.
"""

from typing import Annotated

import msgspec

from sync.errors import ContractBroken, NewerFormat
from sync.ports import AccountJob, MailJob, SyncJob
from sync.words import AccountId, PersonKey, StaffId

VERSION = 1


class _Versioned(msgspec.Struct):
    """The member that every message has, whatever else it holds."""

    v: Annotated[int, msgspec.Meta(ge=1)]


class _Traced(msgspec.Struct):
    """What a message may say of the trace that it belongs to (W3C); no job has it among its own."""

    traceparent: str = ""


class _Person(msgspec.Struct):
    """A person's members stand beside the job's own: so release 1.0 wrote them."""

    account_id: Annotated[str, msgspec.Meta(min_length=1)]
    staff_id: Annotated[str, msgspec.Meta(min_length=1)]


def trace_of(text: str) -> str:
    """Gives the trace that a message belongs to; empty where it names none that can be read."""
    try:
        return msgspec.json.decode(text, type=_Traced).traceparent
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return ""


def encode_sync(job: SyncJob, trace: str = "") -> str:
    """Writes a sync job, and the trace that it belongs to."""
    return _encode(job, trace)


def decode_sync(text: str) -> SyncJob:
    """Reads a sync job.

    Raises:
        ContractBroken: The text is not one.
        NewerFormat: A newer release has written it.
    """
    return _decode(text, SyncJob)


def encode_account(job: AccountJob, trace: str = "") -> str:
    """Writes an account job, and the trace that it belongs to."""
    return _encode(job, trace)


def decode_account(text: str) -> AccountJob:
    """Reads an account job.

    Raises:
        ContractBroken: The text is not one.
        NewerFormat: A newer release has written it.
    """
    return _decode(text, AccountJob)


def encode_mail(job: MailJob, trace: str = "") -> str:
    """Writes a mail job, and the trace that it belongs to."""
    return _encode(job, trace)


def decode_mail(text: str) -> MailJob:
    """Reads a mail job.

    Raises:
        ContractBroken: The text is not one.
        NewerFormat: A newer release has written it.
    """
    return _decode(text, MailJob)


def _encode(job: SyncJob | AccountJob | MailJob, trace: str) -> str:
    members = msgspec.to_builtins(job)
    members |= members.pop("person", {})
    if trace:
        members["traceparent"] = trace
    return msgspec.json.encode({"v": VERSION, **members}).decode()


def _decode[J: (SyncJob, AccountJob, MailJob)](text: str, kind: type[J]) -> J:
    try:
        if msgspec.json.decode(text, type=_Versioned).v > VERSION:
            raise NewerFormat(f"a queue message is newer than version {VERSION}")
        members = msgspec.json.decode(text, type=dict[str, object])
        if kind is not AccountJob:
            named = msgspec.convert(members, _Person)
            members["person"] = PersonKey(
                account_id=AccountId(named.account_id), staff_id=StaffId(named.staff_id)
            )
        return msgspec.convert(members, kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        # Without the cause: its words may repeat what the message holds.
        raise ContractBroken(f"a queue message is no {kind.__name__}") from None
