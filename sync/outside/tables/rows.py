"""How values stand in rows: JSON of the frozen dataclasses, cut over several properties.

A property holds at most 32,768 characters, a row 1 MiB. Members that this version doesn't know
are passed over, so that an older instance reads what a newer one wrote.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from sync.errors import ContractBroken
from sync.words import AccountId, PersonKey, StaffId

type Row = dict[str, Any]

VERSION = 1
MAX_CHARACTERS = 30_000

_encoder = msgspec.json.Encoder(order="deterministic")


def to_json(value: object) -> str:
    """Writes a value; sets are sorted, so that equal values give equal text."""
    return _encoder.encode(value).decode()


def from_json[T](text: str, kind: type[T]) -> T:
    """Reads a value back.

    Raises:
        ContractBroken: The text is not one of that kind; the error doesn't repeat it.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise ContractBroken(f"a stored {kind.__name__} can't be read") from error


def make_row(partition: str, row: str, text: str | None = None, **columns: str | None) -> Row:
    """Builds a row; columns that are ``None`` are left out."""
    made: Row = {"PartitionKey": partition, "RowKey": row, "V": VERSION}
    made |= {name: value for name, value in columns.items() if value is not None}
    for start in range(0, len(text or ""), MAX_CHARACTERS):
        number = start // MAX_CHARACTERS
        made[f"Text{number}"] = (text or "")[start : start + MAX_CHARACTERS]
    return made


def row_text(row: Mapping[str, Any]) -> str:
    """Joins the text of a row again."""
    pieces: list[str] = []
    while (piece := row.get(f"Text{len(pieces)}")) is not None:
        pieces.append(piece)
    return "".join(pieces)


def person_columns(person: PersonKey) -> dict[str, str]:
    """Gives the columns that name a person."""
    return {"AccountId": person.account_id, "StaffId": person.staff_id}


def person_of(row: Mapping[str, Any]) -> PersonKey:
    """Reads whom a row names."""
    return PersonKey(account_id=AccountId(row["AccountId"]), staff_id=StaffId(row["StaffId"]))


def time_text(time: datetime) -> str:
    """Writes a time so that texts sort as times do, to the microsecond."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: str) -> datetime:
    """Reads a time."""
    return datetime.fromisoformat(text)
