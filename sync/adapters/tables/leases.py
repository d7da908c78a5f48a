"""The lease on a person, and the transactions that it fences (R11.2, R11.5).

Each person's partition has a row ``lease``. Every transaction on the partition rewrites that row
under the condition of its etag: once another has taken the lease, nothing of the transaction is
written. The row counts the rows written, so that no two get one key whatever the clocks say.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import TableTransactionError

from sync.adapters.azure_storage import storage_faults
from sync.adapters.tables.client import LEDGER, Tables
from sync.adapters.tables.keys import person_partition
from sync.adapters.tables.rows import Row, make_row, read_time, time_text
from sync.adapters.tables.single import SingleRows
from sync.domain.model import PersonKey
from sync.errors import AlreadyExists, Changed, LeaseLost, Unavailable
from sync.ports import Clock, IdFactory, Lease

LEASE_ROW = "lease"
NOT_FOUND = 404
PRECONDITION_FAILED = 412

type Operation = tuple[str, Row, dict[str, Any]]


@dataclass(slots=True)
class Held:
    """What this process knows of a lease row it wrote last.

    Attributes:
        token: Of the lease.
        etag: Of the row.
        written: How many numbers were ever given to rows.
        asked_on: The day (``2026-11-22``) of ``is_first_today``.
        lock: One write of this process at a time.
    """

    token: str
    etag: str
    written: int
    asked_on: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TableLeases:
    """Takes, prolongs and gives back leases, and writes under them.

    Args:
        tables: The connection.
        clock: Decides when a lease has run out.
        ids: Gives each lease its token.
    """

    def __init__(self, tables: Tables, *, clock: Clock, ids: IdFactory) -> None:
        self._tables = tables
        self._rows = SingleRows(tables, LEDGER)
        self._clock = clock
        self._ids = ids
        self._held: dict[PersonKey, Held] = {}

    async def acquire(self, person: PersonKey, *, seconds: float) -> Lease | None:
        """Takes the lease under a new token; ``None`` while another is held."""
        partition, token = person_partition(person), self._ids.new()
        expires_at = self._expiry(seconds)
        columns = {"Token": token, "ExpiresAt": time_text(expires_at)}
        found = await self._rows.get(partition, LEASE_ROW)
        if found is not None and self._is_live(found.value):
            return None
        try:
            if found is None:
                etag = await self._rows.create(make_row(partition, LEASE_ROW, **columns))
            else:
                etag = await self._rows.merge(make_row(partition, LEASE_ROW, **columns), found.etag)
        except (AlreadyExists, Changed):
            # Somebody was faster, unless the client repeated a write that had taken effect.
            found = await self._rows.get(partition, LEASE_ROW)
            if found is None or found.value.get("Token") != token:
                return None
            etag = found.etag
        row = {} if found is None else found.value
        self._held[person] = _held(token, etag, row)
        return Lease(person=person, token=token, expires_at=expires_at)

    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs the lease under its token.

        Raises:
            LeaseLost: Somebody else took it.
        """
        expires_at = self._expiry(seconds)
        await self.write(lease, [], ExpiresAt=time_text(expires_at))
        return Lease(person=lease.person, token=lease.token, expires_at=expires_at)

    async def release(self, lease: Lease) -> None:
        """Gives the lease back if it is still held."""
        try:
            await self.write(lease, [], Token="", ExpiresAt="")
        except LeaseLost:
            return
        finally:
            held = self._held.get(lease.person)
            if held is not None and held.token == lease.token:
                del self._held[lease.person]

    async def numbers(self, lease: Lease, count: int) -> Iterator[int]:
        """Gives numbers that no other row of the partition has, for a write under this lease.

        Raises:
            LeaseLost: Another holds the lease.
        """
        held = await self._find(lease)
        first = held.written
        held.written += count
        return iter(range(first, first + count))

    async def is_first_today(self, lease: Lease) -> bool:
        """Says once a day (UTC) and person that this is the first time it is asked.

        The day is kept with the next write.

        Raises:
            LeaseLost: Another holds the lease.
        """
        held = await self._find(lease)
        today = self._clock.now().date().isoformat()
        is_first = held.asked_on != today
        held.asked_on = today
        return is_first

    async def write(self, lease: Lease, operations: list[Operation], **columns: str) -> None:
        """Carries out operations (at most 99) in one transaction with the lease row.

        An operation on a row that is gone is left out: it was a deletion that has taken effect
        before, or touches what ``forget`` has deleted meanwhile.

        Args:
            lease: Under which to write.
            operations: As the table client's transactions take them.
            columns: To write into the lease row along with them.

        Raises:
            LeaseLost: Another holds the lease; nothing was written.
        """
        held = await self._find(lease)
        async with held.lock:
            columns = {"Written": str(held.written), "AskedOn": held.asked_on, **columns}
            row = make_row(person_partition(lease.person), LEASE_ROW, **columns)
            for _ in range(len(operations) + 3):
                try:
                    held.etag = await self._submit(row, held.etag, operations)
                except TableTransactionError as error:
                    if error.index and error.status_code == NOT_FOUND:
                        del operations[error.index - 1]
                    elif not error.index and error.status_code in {NOT_FOUND, PRECONDITION_FAILED}:
                        # Taken over, or an earlier write of ours took effect unseen.
                        _, held.etag = await self._read(lease)
                    else:
                        raise
                else:
                    return
        raise Unavailable(f"the lease row of {lease.person} does not settle")

    async def _find(self, lease: Lease) -> Held:
        """Gives what is known of the row, read anew where this process hasn't written it."""
        held = self._held.get(lease.person)
        if held is None or held.token != lease.token:
            row, etag = await self._read(lease)
            held = self._held[lease.person] = _held(lease.token, etag, row)
        return held

    async def _submit(self, row: Row, etag: str, operations: list[Operation]) -> str:
        condition = {
            "mode": "merge",
            "etag": etag,
            "match_condition": MatchConditions.IfNotModified,
        }
        table = await self._tables.open(LEDGER)
        with storage_faults():
            answers = await table.submit_transaction([("update", row, condition), *operations])
        return str(answers[0]["etag"])

    async def _read(self, lease: Lease) -> tuple[Row, str]:
        found = await self._rows.get(person_partition(lease.person), LEASE_ROW)
        if found is None or found.value.get("Token") != lease.token:
            raise LeaseLost(f"another holds the lease on {lease.person}")
        return found.value, found.etag

    def _is_live(self, row: Row) -> bool:
        return bool(row.get("Token")) and read_time(row["ExpiresAt"]) > self._clock.now()

    def _expiry(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def _held(token: str, etag: str, row: Row) -> Held:
    return Held(
        token=token,
        etag=etag,
        written=int(row.get("Written", "0")),
        asked_on=row.get("AskedOn", ""),
    )
