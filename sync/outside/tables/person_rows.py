"""Which rows of which table are a person's: to be shown to them, and to be deleted.

A table that is neither found by nor named here fails a test: nothing may be kept that nobody could
show or delete.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sync.errors import ContractBroken
from sync.outside.tables.client import (
    CLAIMS,
    CONNECTIONS,
    FLOWS,
    LEDGER,
    LOCATIONS,
    MAIL_LIMITS,
    SENT_MAILS,
    SUBSCRIPTIONS,
    TOKEN_CACHES,
    Tables,
)
from sync.outside.tables.connections import readable_text
from sync.outside.tables.keys import account_partition, key_part, person_partition
from sync.outside.tables.mail_limits import TableMailLimits
from sync.outside.tables.partition import LEASE_ROW
from sync.outside.tables.rows import Row, row_text
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.single import SingleRows
from sync.outside.tables.told import open_told
from sync.ports import ReadableRow, Stored
from sync.words import PersonKey

#: Tables of which no row is known to be a person's, and why that is so.
OF_NOBODY: Mapping[str, str] = {
    FLOWS: "A log-in under way is a browser's, and sealed. It ends with the log-in, or by a timer "
    "an hour and a quarter after it was last written.",
    LOCATIONS: "It says where an Account has the plugin, and names nobody.",
    SENT_MAILS: "The mark of a sent mail is a hash of a random number, from which nobody can tell "
    "whose it was. A timer deletes it after 90 days.",
}

_ROW = "PartitionKey eq @partition and RowKey eq @row"
_NAMED = "AccountId eq @account and StaffId eq @staff"
#: Columns that prove something to us, or are our own affair.
_SECRET = {"Addresses", "ClientState", "Token"}
_OURS = {"PartitionKey", "RowKey", "V", "AccountId", "StaffId"}
_TEXT = re.compile(r"Text\d+")
_WRITTEN_AT = re.compile(r"datetime'(.+?)'")

type _Question = tuple[str, dict[str, Any]]


class TablePersonRows:
    """Fulfils ``sync.ports.PersonRows``.

    What is found by who is named in a row (claims, subscriptions) reads all of that table: an
    operator's question, not one of every day.

    Args:
        tables: The connection.
        sealer: Opens what the person may see.
        limits: Knows under which rows mails are counted.
    """

    def __init__(self, tables: Tables, *, sealer: Sealer, limits: TableMailLimits) -> None:
        self._tables = tables
        self._sealer = sealer
        self._limits = limits

    @property
    def of_nobody(self) -> Mapping[str, str]:
        """Says of each other table why it has none that are known to be a person's."""
        return OF_NOBODY

    async def read(
        self, person: PersonKey, limited: tuple[str, ...]
    ) -> Mapping[str, tuple[ReadableRow, ...]]:
        """Gives a person's rows by table; what can't be opened or read says so."""
        read: dict[str, tuple[ReadableRow, ...]] = {}
        for table, questions in _questions(person).items():
            found = [each for asked in questions for each in await self._scan(table, asked)]
            read[table] = tuple(self._readable(table, each, person) for each in found)
        counted: list[ReadableRow] = []
        for key in limited:
            counted += [
                {"key": key, "mails": _content(row_text(each.value))}
                for each in await self._scan(MAIL_LIMITS, self._of_limit(key))
            ]
        return read | {MAIL_LIMITS: tuple(counted)}

    async def delete(self, person: PersonKey, limited: tuple[str, ...]) -> Mapping[str, int]:
        """Deletes a person's rows but for the Connection, and says how many of each table."""
        # First, so that whoever holds the lease is kept from writing more (see leases.py).
        await SingleRows(self._tables, LEDGER).delete(person_partition(person), LEASE_ROW)
        questions = _questions(person) | {MAIL_LIMITS: [self._of_limit(key) for key in limited]}
        del questions[CONNECTIONS]
        return {table: await self._delete(table, asked) for table, asked in questions.items()}

    async def _delete(self, table: str, questions: list[_Question]) -> int:
        rows, count = SingleRows(self._tables, table), 0
        for condition, values in questions:
            found = await rows.query(condition, columns=("PartitionKey", "RowKey"), **values)
            await rows.delete_all(found)
            count += len(found)
        return count

    async def _scan(self, table: str, question: _Question) -> list[Stored[Row]]:
        condition, values = question
        return await SingleRows(self._tables, table).scan(condition, **values)

    def _of_limit(self, key: str) -> _Question:
        partition, row = self._limits.place(key)
        return _ROW, {"partition": partition, "row": row}

    def _readable(self, table: str, found: Stored[Row], person: PersonKey) -> ReadableRow:
        row = found.value
        shown: dict[str, object] = {"row": row["RowKey"]}
        if table == TOKEN_CACHES:
            return shown | {
                "written_at": _written_at(found.etag),
                "content": "Microsoft tokens. They open the calendar, so they are shown to nobody.",
            }
        hidden = _SECRET | _OURS
        shown |= {
            name: value
            for name, value in row.items()
            if name not in hidden and not _TEXT.fullmatch(name)
        }
        if text := row_text(row):
            shown["content"] = _content(self._opened(table, row, text, person))
        return shown

    def _opened(self, table: str, row: Row, text: str, person: PersonKey) -> str:
        if table == CONNECTIONS:
            return readable_text(self._sealer, row)
        if table != LEDGER:
            return text
        try:
            return open_told(self._sealer, row, person)
        except ContractBroken:
            return json.dumps("It can't be opened with the keys that are configured.")


def _questions(person: PersonKey) -> dict[str, list[_Question]]:
    """Gives by which conditions a person's rows are found in each table, those of mails apart."""
    by_keys = {
        "partition": account_partition(person.account_id),
        "row": key_part(person.staff_id),
    }
    by_name = {"account": person.account_id, "staff": person.staff_id}
    return {
        CONNECTIONS: [(_ROW, by_keys)],
        TOKEN_CACHES: [(_ROW, by_keys)],
        LEDGER: [("PartitionKey eq @partition", {"partition": person_partition(person)})],
        CLAIMS: [(_NAMED, by_name)],
        SUBSCRIPTIONS: [(_NAMED, by_name)],
    }


def _content(text: str) -> object:
    try:
        content: object = json.loads(text)
    except ValueError:
        return "It can't be read."
    return _without_secrets(content)


def _without_secrets(content: object) -> object:
    """Leaves out what would let somebody else pose as Microsoft."""
    if not isinstance(content, dict):
        return content
    subscription = content.get("subscription")
    if isinstance(subscription, dict):
        kept = {name: value for name, value in subscription.items() if name != "client_state"}
        return content | {"subscription": kept}
    return content


def _written_at(etag: str) -> str | None:
    # The storage's etag of a row is the time of its last write.
    found = _WRITTEN_AT.search(unquote(etag))
    return None if found is None else found[1]
