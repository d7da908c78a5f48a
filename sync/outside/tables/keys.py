r"""Partition and row keys: pure.

Keys are at most 1 KiB and hold no ``/ \ # ?`` and no control characters, so that what comes from
outside goes in as it is only where it is plain, else as its hash.
"""

import re
from datetime import datetime
from hashlib import sha256

from sync.words import AccountId, PersonKey

HEX = "0123456789abcdef"

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EPOCH_END = 10**16  # microseconds: the year 2286, always 16 digits


def digest(*texts: str) -> str:
    """Gives the SHA-256 of one or more texts that together name a thing, as 64 hex digits."""
    return sha256("\0".join(texts).encode()).hexdigest()


def key_part(text: str) -> str:
    """Gives an id as part of a key: itself where it is plain, else ``~`` and its hash."""
    return text if _PLAIN.fullmatch(text) else f"~{digest(text)}"


def shard_of(account_id: AccountId) -> int:
    """Gives the shard (0 to 15) that an Account's people belong to."""
    return int(digest(account_id)[0], 16)


def account_partition(account_id: AccountId) -> str:
    """Gives an Account's partition; the two digits before spread Accounts over servers."""
    return f"{digest(account_id)[:2]}-{key_part(account_id)}"


def person_partition(person: PersonKey) -> str:
    """Gives a person's own partition."""
    return f"{account_partition(person.account_id)}:{key_part(person.staff_id)}"


def shard_bounds(shard: int) -> tuple[str, str]:
    """Gives the first partition key of a shard and the first one after it."""
    return part_bounds(HEX[shard])


def part_bounds(part: str) -> tuple[str, str]:
    """Gives the first key that begins with some hex digits, and the first one after all of them."""
    return part, part[:-1] + f"{HEX}g"[HEX.index(part[-1]) + 1]


def microseconds(time: datetime) -> int:
    """Gives the microseconds since 1970."""
    return int(time.timestamp()) * 1_000_000 + time.microsecond


def activity_row(at: datetime, number: int) -> str:
    """Gives the row of an activity entry: the newest sorts first, of one time the last written."""
    return f"act-{_EPOCH_END - microseconds(at):016}-{10**10 - 1 - number:010}"


def deed_row(at: datetime, what: str) -> str:
    """Gives the row of an entry that its time and action name; it sorts after others of its time.

    The same one written again is the same row.
    """
    return f"act-{_EPOCH_END - microseconds(at):016}-{what}"


def activity_end(at: datetime) -> str:
    """Gives a row key that sorts after all entries at ``at`` or later, before all older ones."""
    return f"act-{_EPOCH_END - microseconds(at):016}."


def tell_row(number: int) -> str:
    """Gives the row of a tell: they sort as they were told."""
    return f"tell-{number:010}"
