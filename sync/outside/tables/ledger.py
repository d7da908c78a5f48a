"""The ledger: one partition for each person, written in transactions under the lease.

What lies in it is told in partition.py. A sync that finds nothing costs four requests: one that
wants it, a scan and a transaction that open the ledger, and a transaction that closes it.

Activity of more than 90 days ago is not shown any more; it is deleted, and so is what goes beyond
500 entries, when a person's ledger is closed for the first time on a day.
"""

from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta

from sync.engine.links import Link
from sync.engine.telling import ActivityEntry, Tell
from sync.errors import LeaseLost
from sync.outside.tables.batch import Operation, TransactionRefused, delete, merge, upsert
from sync.outside.tables.client import LEDGER, Tables
from sync.outside.tables.keys import (
    activity_end,
    activity_row,
    deed_row,
    digest,
    person_partition,
    tell_row,
)
from sync.outside.tables.leases import NOT_FOUND, Plan, TableLeases
from sync.outside.tables.packs import AFTER_WEEKS, Packs, changed, home_of, write_pack
from sync.outside.tables.partition import (
    CURSOR_ROW,
    FORMAT_ROW,
    LEASE_ROW,
    Content,
    all_links,
    check_version,
    ledger_row,
    read_content,
)
from sync.outside.tables.rows import Row, time_text, to_json
from sync.outside.tables.sealing import Sealer, row_identity
from sync.outside.tables.single import SingleRows
from sync.outside.tables.told import read_told
from sync.outside.tables.wishes import ALONE_ROW, IDLE_ROW, MAX_PEOPLE, Wishes
from sync.ports import Clock, Cursors, IdFactory, Lease, Ledger, LedgerChange, Opened
from sync.words import PersonKey

MAX_TOLD = 60
MAX_ROWS = 90
MAX_PACKS_AT_ONCE = 15
ACTIVITY_DAYS = 90
ACTIVITY_ROWS = 500
ECHO = 8
MAX_ECHOES = 200

_PARTITION = "PartitionKey eq @partition"
_BETWEEN = f"{_PARTITION} and RowKey gt @after and RowKey lt @before"
_FROM = f"{_PARTITION} and RowKey ge @first and RowKey lt @before"
_KEYS = ("PartitionKey", "RowKey")
_BUNDLES = (*_KEYS, "Bundle", "V")


class TableLedger:
    """Fulfils ``sync.ports.LedgerRepository``.

    A lease that has run out still holds until somebody else takes it: its token is the fence.

    Args:
        tables: The connection.
        sealer: Seals titles and reasons.
        clock: Decides about leases, weeks that have passed, and the age of activity.
        ids: Gives each lease its token.
    """

    def __init__(self, tables: Tables, *, sealer: Sealer, clock: Clock, ids: IdFactory) -> None:
        self._leases = TableLeases(tables, clock=clock, ids=ids)
        self._wishes = Wishes(tables, clock=clock)
        self._rows = SingleRows(tables, LEDGER)
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._echoes: OrderedDict[PersonKey, str] = OrderedDict()

    async def want(self, person: PersonKey) -> bool:
        """Notes that a sync is wanted; ``True`` when a job has to be queued for it."""
        return await self._wishes.want(person)

    async def wrote(self, person: PersonKey, version: str) -> bool | None:
        """Says whether a version is one that our own write made; ``None``: perhaps, in a moment."""
        echo = _echo(version)
        if _is_in(echo, self._echoes.get(person, "")):
            return True
        echoes, is_held = await self._leases.echoes(person)
        if _is_in(echo, echoes):
            return True
        return None if is_held else False

    def heard(self, person: PersonKey, version: str) -> None:
        """Notes in this process, at once, that a version is our own write's."""
        self._remember(person, _echo(version))

    async def open(self, person: PersonKey, *, seconds: float) -> Opened | None:
        """Takes the person's lease, ends the note of wake-ups, and reads what lies ahead."""
        taken = await self._leases.acquire(person, seconds=seconds)
        if taken is None:
            await self._wishes.note(person)
            # Given back before it was noted, nobody would hear of it.
            if await self._leases.is_held(person):
                return None
            taken = await self._leases.acquire(person, seconds=seconds)
        if taken is None:
            return None
        if taken.content.released:
            await self._bring_forward(taken.lease, taken.content)
        return Opened(lease=taken.lease, ledger=taken.content.ahead(), was_cut=taken.was_cut)

    async def passed(self, person: PersonKey) -> tuple[Link, ...]:
        """Reads the Links that ``open`` left unread; it has brought those of 1.0 forward."""
        async with self._leases.looking(person) as content:
            await self._read_passed(person, content)
            return content.passed()

    async def prolong(self, lease: Lease, *, seconds: float) -> Lease:
        """Prolongs a lease."""
        expires_at = self._leases.expiry(seconds)

        async def plan(_: Content) -> Plan:
            return Plan(columns={"ExpiresAt": time_text(expires_at)})

        await self._leases.write(lease, plan)
        return Lease(person=lease.person, token=lease.token, expires_at=expires_at)

    async def record(self, lease: Lease, change: LedgerChange) -> None:
        """Writes Links, activity and tells together, or nothing."""
        kept = {link.key for link in change.keep}
        if kept & set(change.drop) or len(kept) < len(change.keep):
            raise ValueError("a record names a Link twice")
        told = len(change.activity) + len(change.deeds) + len(change.tells)
        if told > MAX_TOLD:
            raise ValueError(f"a record of {told} lines, at most {MAX_TOLD} go")
        echoes = "".join(_echo(version) for version in change.echoes)
        first: list[int] = []

        async def plan(content: Content) -> Plan:
            # Made again after a doubtful write, it names the same rows.
            first.append(first[0] if first else content.number)
            packs = await self._changed(lease.person, content, change)
            columns = {"Written": str(max(content.number, first[0] + told))}
            if echoes:
                columns["Echoes"] = _newest(content.echoes, echoes)
            return Plan(
                operations=[
                    *_pack_operations(lease.person, packs),
                    *self._told(lease.person, change, first[0]),
                ],
                columns=columns,
                packs=packs,
            )

        await self._leases.write(lease, plan)
        if echoes:
            self._remember(lease.person, echoes)

    async def forget_cursors(self, lease: Lease, *, only_outlook: bool = False) -> None:
        """Forgets both cursors or Outlook's: the next sync reads in full."""
        partition = person_partition(lease.person)

        async def plan(content: Content) -> Plan:
            if content.cursors is None or not only_outlook:
                return Plan(operations=[delete(partition, CURSOR_ROW)])
            left = to_json(replace(content.cursors, outlook=None))
            return Plan(operations=[upsert(ledger_row(partition, CURSOR_ROW, left))])

        await self._leases.write(lease, plan)

    async def close(self, lease: Lease, *, cursors: Cursors | None = None) -> bool:
        """Writes the cursors, gives the lease back, and says whether a sync was wanted."""
        partition = person_partition(lease.person)
        today = self._clock.now().date().isoformat()
        missing: set[str] = set()

        async def plan(content: Content) -> Plan:
            if content.asked_on != today:
                await self.trim(lease.person)
            operations = [merge(ledger_row(partition, ALONE_ROW))]
            if cursors is not None:
                operations.append(upsert(ledger_row(partition, CURSOR_ROW, to_json(cursors))))
            columns = {"Token": "", "ExpiresAt": "", "AskedOn": today}
            return Plan(operations=operations, columns=columns)

        try:
            await self._leases.write(lease, plan, missing=missing)
        except LeaseLost:
            pass
        finally:
            self._leases.drop(lease)
        return ALONE_ROW in missing

    async def read(self, person: PersonKey) -> Ledger:
        """Reads all Links and the cursors in one scan."""
        rows = await self._rows.scan(
            _FROM, partition=person_partition(person), first=CURSOR_ROW, before=AFTER_WEEKS
        )
        content = read_content(Content(self._clock.now()), rows)
        return Ledger(links=all_links(content), cursors=content.cursors)

    async def bundle_tells(self, lease: Lease, bundle: str) -> int:
        """Puts all tells that have no bundle yet into this one; gives how many it now holds."""
        rows = await self._all(lease.person, "tell", columns=_BUNDLES)
        new = [row for row in rows if not row["Bundle"]]
        for start in range(0, max(1, len(new)), MAX_ROWS):
            operations = [
                merge(ledger_row(row["PartitionKey"], row["RowKey"], Bundle=bundle))
                for row in new[start : start + MAX_ROWS]
            ]

            async def plan(_: Content, operations: list[Operation] = operations) -> Plan:
                return Plan(operations=operations)

            await self._leases.write(lease, plan)
        return len(new) + sum(1 for row in rows if row["Bundle"] == bundle)

    async def open_bundles(self, person: PersonKey) -> tuple[str, ...]:
        """Names the bundles that hold tells, the oldest first."""
        rows = await self._all(person, "tell", columns=_BUNDLES)
        return tuple(dict.fromkeys(row["Bundle"] for row in rows if row["Bundle"]))

    async def tells(self, person: PersonKey, bundle: str) -> tuple[Tell, ...]:
        """Reads a bundle in the order of telling; empty once it was forgotten."""
        rows = [row for row in await self._all(person, "tell") if row["Bundle"] == bundle]
        return tuple(told for _, told in read_told(self._sealer, rows, person, Tell))

    async def forget_bundle(self, person: PersonKey, bundle: str) -> None:
        """Deletes a bundle's tells after their mail was sent."""
        rows = await self._all(person, "tell", columns=_BUNDLES)
        await self._rows.delete_all([row for row in rows if row["Bundle"] == bundle])

    async def activity(
        self, person: PersonKey, *, cursor: str | None, limit: int
    ) -> tuple[tuple[str, ActivityEntry], ...]:
        """Reads lines of activity, newest first, each with its place."""
        end = activity_end(self._clock.now() - timedelta(days=ACTIVITY_DAYS))
        partition, place = person_partition(person), f"act-{cursor or ''}"
        found: list[tuple[str, ActivityEntry]] = []
        while (wanted := limit - len(found)) > 0:
            rows = await self._rows.query(
                _BETWEEN, limit=wanted, partition=partition, after=place, before=end
            )
            found += read_told(self._sealer, rows, person, ActivityEntry)
            if len(rows) < wanted:
                break
            place = rows[-1]["RowKey"]
        return tuple((row.removeprefix("act-"), entry) for row, entry in found)

    async def trim(self, person: PersonKey) -> bool:
        """Deletes activity that is not shown any more; says whether any is left."""
        rows = await self._all(person, "act", columns=_KEYS)
        end = activity_end(self._clock.now() - timedelta(days=ACTIVITY_DAYS))
        old = [row for row in rows[:ACTIVITY_ROWS] if row["RowKey"] > end]
        await self._rows.delete_all([*old, *rows[ACTIVITY_ROWS:]])
        return len(old) < min(len(rows), ACTIVITY_ROWS)

    async def forget(self, person: PersonKey) -> None:
        """Deletes everything but the lease, the notes and activity.

        Whoever holds the lease still holds it, and is made to read again before it writes.
        """
        partition = person_partition(person)
        rows = await self._rows.query(
            f"{_PARTITION} and RowKey ge @first",
            columns=_KEYS,
            partition=partition,
            first=CURSOR_ROW,
        )
        staying = {LEASE_ROW, FORMAT_ROW, IDLE_ROW}
        await self._rows.delete_all([row for row in rows if row["RowKey"] not in staying])
        try:
            await self._rows.transact(
                [merge(ledger_row(partition, LEASE_ROW, Forgotten=self._ids.new()))]
            )
        except TransactionRefused as refused:
            if refused.status != NOT_FOUND:
                raise

    async def erase(self, person: PersonKey) -> None:
        """Deletes everything, the lease and activity too: whoever holds it writes nothing more."""
        partition = person_partition(person)
        await self._rows.delete(partition, LEASE_ROW)
        rows = await self._rows.query(_PARTITION, columns=_KEYS, partition=partition)
        await self._rows.delete_all(rows)

    async def _changed(self, person: PersonKey, content: Content, change: LedgerChange) -> Packs:
        known = {key for pack in content.packs.values() for key in pack}
        is_unread = any(home_of(link) >= content.passed_from for link in change.keep)
        if is_unread or set(change.drop) - known:
            await self._read_passed(person, content)
        return changed(content.packs, change.keep, change.drop)

    async def _read_passed(self, person: PersonKey, content: Content) -> None:
        if content.has_passed:
            return
        rows = await self._rows.scan(
            _FROM,
            partition=person_partition(person),
            first=content.passed_from,
            before=AFTER_WEEKS,
        )
        read_content(content, rows)
        content.has_passed = True

    async def _bring_forward(self, lease: Lease, content: Content) -> None:
        """Moves what release 1.0 has left: first all Links into packs, then their rows away."""
        partition = person_partition(lease.person)
        await self._read_passed(lease.person, content)
        packs = content.brought_forward()
        gone = [delete(partition, row["RowKey"]) for row in content.released]
        plans = [
            Plan(operations=_pack_operations(lease.person, some), packs=some)
            for some in _parts(packs)
        ]
        plans += [
            Plan(operations=gone[start : start + MAX_ROWS])
            for start in range(0, len(gone), MAX_ROWS)
        ]
        for each in plans:

            async def plan(_: Content, each: Plan = each) -> Plan:
                return each

            await self._leases.write(lease, plan)

    def _told(self, person: PersonKey, change: LedgerChange, number: int) -> list[Operation]:
        partition, rows = person_partition(person), list[Row]()

        def add(key: str, told: ActivityEntry | Tell, **columns: str) -> None:
            sealed = self._sealer.seal(to_json(told), row_identity(LEDGER, partition, key))
            rows.append(ledger_row(partition, key, sealed, **columns))

        for entry in change.activity:
            add(activity_row(entry.at, number + len(rows)), entry)
        for entry in change.deeds:
            add(deed_row(entry.at, entry.action), entry)
        for tell in change.tells:
            add(tell_row(number + len(rows)), tell, Bundle="")
        return [upsert(row) for row in rows]

    async def _all(
        self, person: PersonKey, kind: str, *, columns: tuple[str, ...] | None = None
    ) -> list[Row]:
        rows = await self._rows.query(
            _BETWEEN,
            columns=columns,
            partition=person_partition(person),
            after=f"{kind}-",
            before=f"{kind}.",
        )
        for row in rows:
            check_version(row)
        return rows

    def _remember(self, person: PersonKey, echoes: str) -> None:
        self._echoes[person] = _newest(self._echoes.pop(person, ""), echoes)
        if len(self._echoes) > MAX_PEOPLE:
            self._echoes.popitem(last=False)


def _pack_operations(person: PersonKey, packs: Packs) -> list[Operation]:
    partition = person_partition(person)
    return [
        upsert(ledger_row(partition, row, write_pack(pack))) if pack else delete(partition, row)
        for row, pack in packs.items()
    ]


def _parts(packs: Packs) -> list[Packs]:
    """Cuts packs into lots that one transaction takes (4 MiB)."""
    rows = list(packs)
    return [
        {row: packs[row] for row in rows[start : start + MAX_PACKS_AT_ONCE]}
        for start in range(0, len(rows), MAX_PACKS_AT_ONCE)
    ]


def _echo(version: str) -> str:
    return digest(version)[:ECHO]


def _is_in(echo: str, echoes: str) -> bool:
    return any(echoes.startswith(echo, start) for start in range(0, len(echoes), ECHO))


def _newest(echoes: str, more: str) -> str:
    return (echoes + more)[-ECHO * MAX_ECHOES :]
