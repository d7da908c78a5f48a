"""Activity and tells as they stand in the ledger: sealed, each to its own row."""

import logging
from collections.abc import Iterable

from sync.errors import ContractBroken
from sync.outside.tables.client import LEDGER
from sync.outside.tables.partition import check_version
from sync.outside.tables.rows import Row, from_json, row_text
from sync.outside.tables.sealing import Sealer, row_identity
from sync.words import PersonKey

_log = logging.getLogger(__name__)

#: What is sealed, by the beginning of its row key, and how release 1.0 named it.
_SEALED = {"act": "activity", "tell": "tell"}


def open_told(sealer: Sealer, row: Row, person: PersonKey) -> str:
    """Opens an activity entry or a tell; of any other row gives the text as it stands.

    Release 1.0 bound its seals to the person and the kind only.

    Raises:
        ContractBroken: It does not open.
    """
    kind = _SEALED.get(row["RowKey"].partition("-")[0])
    if kind is None:
        return row_text(row)
    identity = row_identity(LEDGER, row["PartitionKey"], row["RowKey"])
    return sealer.open(row_text(row), identity, f"{person}|{kind}")


def read_told[T](
    sealer: Sealer, rows: Iterable[Row], person: PersonKey, kind: type[T]
) -> list[tuple[str, T]]:
    """Reads entries or tells, each with its row key.

    One that was moved, or sealed with a key that is lost, is passed over: it must not take the
    others with it, nor the page that they are shown on (R10.6).

    Raises:
        NewerFormat: A newer release has written one of them.
    """
    found: list[tuple[str, T]] = []
    unread = 0
    for row in rows:
        check_version(row)
        try:
            found.append((row["RowKey"], from_json(open_told(sealer, row, person), kind)))
        except ContractBroken:
            unread += 1
    if unread:
        fields = {"person": str(person), "rows": unread}
        _log.warning("ledger.told_unreadable %s", unread, extra=fields)
    return found
