"""The ledger: one partition for each person, written in transactions under the lease.

========================  =====================================================================
row key                   what stands there
========================  =====================================================================
``act-<time>-<number>``   an activity entry, sealed; the newest sorts first
``cursor``                both change feeds' cursors
``lease``                 who may write (see leases.py)
``link-<key>``            a Link: ids, times and fingerprints, no text of a calendar
``tell-<number>``         something to tell, sealed; column ``Bundle`` names the mail it goes into
========================  =====================================================================

Activity of more than 90 days ago is not shown any more; it is deleted, and so is what goes beyond
500 entries, when a person's cursors are saved for the first time on a day.
"""

from datetime import timedelta

from sync.adapters.tables.client import LEDGER, Tables
from sync.adapters.tables.keys import (
    activity_end,
    activity_row,
    link_row,
    person_partition,
    tell_row,
)
from sync.adapters.tables.leases import LEASE_ROW, Operation, TableLeases
from sync.adapters.tables.rows import Row, from_json, make_row, row_text, to_json
from sync.adapters.tables.sealing import Sealer
from sync.adapters.tables.single import SingleRows
from sync.domain.actions import ActivityEntry, Tell
from sync.domain.model import Link, PersonKey
from sync.ports import Clock, Cursors, IdFactory, Lease, Ledger, LedgerChange

MAX_ROWS = 90
ACTIVITY_DAYS = 90
ACTIVITY_ROWS = 500
CURSOR_ROW = "cursor"

_PARTITION = "PartitionKey eq @partition"
_BETWEEN = f"{_PARTITION} and RowKey gt @after and RowKey lt @before"
_KEYS = ("PartitionKey", "RowKey")
_BUNDLES = (*_KEYS, "Bundle")


class TableLedger:
    """Fulfils ``sync.ports.LedgerRepository``.

    A lease that has run out still holds until somebody else takes it: its token is the fence.

    Args:
        tables: The connection.
        sealer: Seals titles and reasons.
        clock: Decides about leases and the age of activity.
        ids: Gives each lease its token.
    """

    def __init__(self, tables: Tables, *, sealer: Sealer, clock: Clock, ids: IdFactory) -> None:
        self._leases = TableLeases(tables, clock=clock, ids=ids)
        self._rows = SingleRows(tables, LEDGER)
        self._sealer = sealer
        self._clock = clock

    async def acquire(self, person: PersonKey, *, seconds: float) -> Lease | None:
        """Takes the person's lease; ``None`` while somebody else holds it."""
        return await self._leases.acquire(person, seconds=seconds)

    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs a lease."""
        return await self._leases.prolong(lease, seconds=seconds)

    async def release(self, lease: Lease) -> None:
        """Gives the lease back; one that is lost already is fine."""
        await self._leases.release(lease)

    async def read(self, person: PersonKey) -> Ledger:
        """Reads all Links (by key) and the cursors in one scan."""
        partition = person_partition(person)
        # "cursor" < "lease" < "link-..." < "link.": all that is wanted lies together.
        condition = f"{_PARTITION} and RowKey ge @first and RowKey lt @before"
        rows = await self._rows.query(
            condition, partition=partition, first=CURSOR_ROW, before="link."
        )
        links = [
            from_json(row_text(row), Link)
            for row in rows
            if row["RowKey"] not in {CURSOR_ROW, LEASE_ROW}
        ]
        cursors = next((row for row in rows if row["RowKey"] == CURSOR_ROW), None)
        return Ledger(
            links=tuple(links),
            cursors=None if cursors is None else from_json(row_text(cursors), Cursors),
        )

    async def record(self, lease: Lease, change: LedgerChange) -> None:
        """Writes Links, activity and tells together, or nothing.

        Raises:
            LeaseLost: The lease is not held any more.
            ValueError: More than 90 rows, or a Link twice.
        """
        kept = {link.key for link in change.keep}
        if kept & set(change.drop) or len(kept) < len(change.keep):
            raise ValueError("a record names a Link twice")
        count = sum(map(len, (change.keep, change.drop, change.activity, change.tells)))
        if count > MAX_ROWS:
            raise ValueError(f"a record of {count} rows, at most {MAX_ROWS} go")
        partition = person_partition(lease.person)
        numbers = await self._leases.numbers(lease, len(change.activity) + len(change.tells))
        rows = [make_row(partition, link_row(link.key), to_json(link)) for link in change.keep]
        for entry in change.activity:
            sealed = self._sealer.seal(to_json(entry), f"{lease.person}|activity")
            rows.append(make_row(partition, activity_row(entry.at, next(numbers)), sealed))
        for tell in change.tells:
            sealed = self._sealer.seal(to_json(tell), f"{lease.person}|tell")
            rows.append(make_row(partition, tell_row(next(numbers)), sealed, Bundle=""))
        operations: list[Operation] = [("upsert", row, {"mode": "replace"}) for row in rows]
        operations += [_delete(partition, link_row(key)) for key in dict.fromkeys(change.drop)]
        await self._leases.write(lease, operations)

    async def save_cursors(self, lease: Lease, cursors: Cursors | None) -> None:
        """Writes the cursors, ``None`` forgets them.

        Raises:
            LeaseLost: The lease is not held any more.
        """
        partition = person_partition(lease.person)
        operation = _delete(partition, CURSOR_ROW)
        if cursors is not None:
            row = make_row(partition, CURSOR_ROW, to_json(cursors))
            operation = ("upsert", row, {"mode": "replace"})
        if await self._leases.is_first_today(lease):
            await self._trim_activity(lease.person)
        await self._leases.write(lease, [operation])

    async def bundle_tells(self, lease: Lease, bundle: str) -> int:
        """Puts all tells that have no bundle yet into this one; gives how many it now holds.

        Raises:
            LeaseLost: The lease is not held any more.
        """
        rows = await self._all(lease.person, "tell", columns=_BUNDLES)
        new = [row for row in rows if not row["Bundle"]]
        operations: list[Operation] = [
            ("update", make_row(row["PartitionKey"], row["RowKey"], Bundle=bundle), {})
            for row in new
        ]
        for start in range(0, max(1, len(operations)), MAX_ROWS):
            await self._leases.write(lease, operations[start : start + MAX_ROWS])
        return len(new) + sum(1 for row in rows if row["Bundle"] == bundle)

    async def open_bundles(self, person: PersonKey) -> tuple[str, ...]:
        """Names the bundles that hold tells, the oldest first."""
        rows = await self._all(person, "tell", columns=_BUNDLES)
        return tuple(dict.fromkeys(row["Bundle"] for row in rows if row["Bundle"]))

    async def tells(self, person: PersonKey, bundle: str) -> tuple[Tell, ...]:
        """Reads a bundle in the order of telling; empty once it was forgotten."""
        rows = await self._all(person, "tell")
        return tuple(
            from_json(self._sealer.open(row_text(row), f"{person}|tell"), Tell)
            for row in rows
            if row["Bundle"] == bundle
        )

    async def forget_bundle(self, person: PersonKey, bundle: str) -> None:
        """Deletes a bundle's tells after their mail was sent."""
        rows = await self._all(person, "tell", columns=_BUNDLES)
        await self._rows.delete_all([row for row in rows if row["Bundle"] == bundle])

    async def activity(
        self, person: PersonKey, *, cursor: str | None, limit: int
    ) -> tuple[tuple[ActivityEntry, ...], str | None]:
        """Reads a page of activity, newest first, and where the next page starts."""
        since = self._clock.now() - timedelta(days=ACTIVITY_DAYS)
        after = "act-" if cursor is None else f"act-{cursor}"
        rows = await self._rows.query(
            _BETWEEN,
            limit=limit + 1,
            partition=person_partition(person),
            after=after,
            before=activity_end(since),
        )
        page = rows[:limit]
        entries = tuple(
            from_json(self._sealer.open(row_text(row), f"{person}|activity"), ActivityEntry)
            for row in page
        )
        goes_on = len(rows) > limit
        return entries, page[-1]["RowKey"].removeprefix("act-") if goes_on else None

    async def forget(self, person: PersonKey) -> None:
        """Deletes everything but the lease and activity."""
        condition = f"{_PARTITION} and RowKey ge @first"
        rows = await self._rows.query(
            condition,
            columns=_KEYS,
            partition=person_partition(person),
            first=CURSOR_ROW,
        )
        await self._rows.delete_all([row for row in rows if row["RowKey"] != LEASE_ROW])

    async def _all(
        self, person: PersonKey, kind: str, *, columns: tuple[str, ...] | None = None
    ) -> list[Row]:
        return await self._rows.query(
            _BETWEEN,
            columns=columns,
            partition=person_partition(person),
            after=f"{kind}-",
            before=f"{kind}.",
        )

    async def _trim_activity(self, person: PersonKey) -> None:
        rows = await self._all(person, "act", columns=_KEYS)
        end = activity_end(self._clock.now() - timedelta(days=ACTIVITY_DAYS))
        old = [row for row in rows[:ACTIVITY_ROWS] if row["RowKey"] > end]
        await self._rows.delete_all([*old, *rows[ACTIVITY_ROWS:]])


def _delete(partition: str, row: str) -> Operation:
    return ("delete", {"PartitionKey": partition, "RowKey": row}, {})
