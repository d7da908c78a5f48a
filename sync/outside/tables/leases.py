"""The lease on a person, what is known under it, and the transactions it fences (R11.2, R11.5).

Each person's partition has a row ``lease``. Every transaction on the partition rewrites that row
under the condition of its etag: once another has taken the lease, nothing of the transaction is
written. So what was read together with the row stays true until the row changes, and a holder who
wrote everything since needs to read nothing again. The row counts the rows written, so that no two
get one key whatever the clocks say.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync.errors import LeaseLost, Unavailable
from sync.outside.tables.batch import (
    MAX_OPERATIONS,
    Operation,
    TransactionRefused,
    create,
    merge,
    upsert,
)
from sync.outside.tables.client import LEDGER, Tables
from sync.outside.tables.keys import person_partition
from sync.outside.tables.packs import Packs
from sync.outside.tables.partition import (
    CURSOR_ROW,
    FORMAT_ROW,
    LEASE_ROW,
    Content,
    ledger_row,
    read_content,
)
from sync.outside.tables.rows import Row, read_time, time_text
from sync.outside.tables.single import SingleRows
from sync.outside.tables.wishes import ALONE_ROW, IDLE_ROW
from sync.ports import Clock, IdFactory, Lease
from sync.ports.ledger import LONGEST_LEASE
from sync.words import PersonKey

NOT_FOUND = 404
CONFLICT = 409
PRECONDITION_FAILED = 412

_SCAN = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @before"


@dataclass(slots=True, kw_only=True)
class Plan:
    """What one transaction writes.

    Attributes:
        operations: On rows besides the lease row.
        columns: Of the lease row.
        packs: As they are once it is written.
    """

    operations: list[Operation] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    packs: Packs = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """A lease, what was read with it, and whether the one before was never given back."""

    lease: Lease
    content: Content
    was_cut: bool


@dataclass(slots=True)
class _Held:
    """A lease that this process writes under.

    Attributes:
        token: Of the lease.
        content: What stands in the partition; ``None`` where that has to be read again.
        lock: One write of this process at a time.
    """

    token: str
    content: Content | None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TableLeases:
    """Takes leases with all they guard, and writes under them.

    Args:
        tables: The connection.
        clock: Decides when a lease has run out, and which weeks have passed.
        ids: Gives each lease its token.
    """

    def __init__(self, tables: Tables, *, clock: Clock, ids: IdFactory) -> None:
        self._rows = SingleRows(tables, LEDGER)
        self._clock = clock
        self._ids = ids
        self._held: dict[PersonKey, _Held] = {}

    async def acquire(self, person: PersonKey, *, seconds: float) -> Acquired | None:
        """Takes the lease under a new token and ends the note of wake-ups, in two requests.

        Returns:
            ``None`` while another is held.

        Raises:
            NewerFormat: A newer release has written there; nothing was touched.
        """
        partition, token = person_partition(person), self._ids.new()
        expires_at = self.expiry(seconds)
        content = await self._scan(person)
        if _is_live(content.lease, self._clock.now()):
            return None
        was_cut = content.lease is not None and bool(content.lease.get("Token"))
        row = ledger_row(partition, LEASE_ROW, Token=token, ExpiresAt=time_text(expires_at))
        operations = [
            create(row) if content.lease is None else merge(row, content.etag),
            upsert(ledger_row(partition, IDLE_ROW)),
            upsert(ledger_row(partition, ALONE_ROW)),
        ]
        if not content.has_format:
            operations.append(upsert(ledger_row(partition, FORMAT_ROW)))
        try:
            content.etag = (await self._rows.transact(operations))[0]
        except TransactionRefused as refused:
            if refused.status not in {NOT_FOUND, CONFLICT, PRECONDITION_FAILED}:
                raise
            # Somebody was faster, unless the client repeated a write that had taken effect.
            content = await self._scan(person)
            if content.lease is None or content.lease.get("Token") != token:
                return None
        self._held[person] = _Held(token, content)
        lease = Lease(person=person, token=token, expires_at=expires_at)
        return Acquired(lease=lease, content=content, was_cut=was_cut)

    async def is_held(self, person: PersonKey) -> bool:
        """Says whether somebody holds the lease."""
        found = await self._rows.get(
            person_partition(person), LEASE_ROW, columns=("Token", "ExpiresAt")
        )
        return found is not None and _is_live(found.value, self._clock.now())

    async def echoes(self, person: PersonKey) -> tuple[str, bool]:
        """Gives the echoes of our writes, and whether a lease is held under which more may come.

        Of a lease of its own this process knows both without a request.
        """
        held = self._held.get(person)
        if held is not None:
            return "" if held.content is None else held.content.echoes, True
        found = await self._rows.get(
            person_partition(person), LEASE_ROW, columns=("Echoes", "Token", "ExpiresAt")
        )
        if found is None:
            return "", False
        return found.value.get("Echoes") or "", _is_live(found.value, self._clock.now())

    @asynccontextmanager
    async def looking(self, person: PersonKey) -> AsyncIterator[Content]:
        """Gives what this process knows under a lease of its own, and keeps writes off meanwhile.

        Without one it is nothing.
        """
        held = self._held.get(person)
        if held is None:
            yield Content(self._clock.now())
            return
        async with held.lock:
            yield held.content or Content(self._clock.now())

    async def write(
        self,
        lease: Lease,
        make: Callable[[Content], Awaitable[Plan]],
        *,
        missing: set[str] | None = None,
    ) -> None:
        """Carries out a plan in one transaction with the lease row.

        An operation on a row that is gone is left out: it was a deletion that has taken effect
        before, or touches what ``forget`` has deleted meanwhile.

        Args:
            lease: Under which to write.
            make: Makes the plan; again where the partition turns out to be another than known.
            missing: Takes the keys of the rows that were gone.

        Raises:
            LeaseLost: Another holds the lease; nothing was written.
            ValueError: The plan has more rows than a transaction takes.
        """
        missing = set() if missing is None else missing
        held = self._held.get(lease.person)
        if held is None or held.token != lease.token:
            held = _Held(lease.token, None)
        async with held.lock:
            for _ in range(MAX_OPERATIONS):
                try:
                    content = held.content or await self._scan_own(lease)
                except LeaseLost:
                    self.drop(lease)
                    raise
                self._held[lease.person] = held
                # However a write ends that is not answered, it may have taken effect.
                held.content = None
                if await self._try(lease, content, make, missing):
                    held.content = content
                    return
        raise Unavailable(f"the lease row of {lease.person} does not settle")

    def drop(self, lease: Lease) -> None:
        """Forgets what was known under a lease."""
        held = self._held.get(lease.person)
        if held is not None and held.token == lease.token:
            del self._held[lease.person]

    def expiry(self, seconds: float) -> datetime:
        """Says when a lease of so many seconds runs out."""
        return self._clock.now() + timedelta(seconds=seconds)

    async def _try(
        self,
        lease: Lease,
        content: Content,
        make: Callable[[Content], Awaitable[Plan]],
        missing: set[str],
    ) -> bool:
        """Writes a plan; ``False`` where the lease row is not as known."""
        plan = await make(content)
        operations = [each for each in plan.operations if each.row["RowKey"] not in missing]
        if len(operations) >= MAX_OPERATIONS:
            raise ValueError(f"a write of {len(operations)} rows, at most 99 go")
        row = ledger_row(person_partition(lease.person), LEASE_ROW, **plan.columns)
        while True:
            try:
                etags = await self._rows.transact([merge(row, content.etag), *operations])
            except TransactionRefused as refused:
                if refused.index and refused.status == NOT_FOUND:
                    missing.add(operations.pop(refused.index - 1).row["RowKey"])
                elif not refused.index and refused.status in {NOT_FOUND, PRECONDITION_FAILED}:
                    # Taken over, forgotten, or an earlier write of ours took effect unseen.
                    return False
                else:
                    raise
            else:
                content.written(etags[0], plan.columns, plan.packs)
                return True

    async def _scan_own(self, lease: Lease) -> Content:
        content = await self._scan(lease.person)
        if content.lease is None or content.lease.get("Token") != lease.token:
            raise LeaseLost(f"another holds the lease on {lease.person}")
        return content

    async def _scan(self, person: PersonKey) -> Content:
        now = self._clock.now()
        content = Content(now)
        rows = await self._rows.scan(
            _SCAN,
            partition=person_partition(person),
            first=CURSOR_ROW,
            before=content.passed_from,
        )
        return read_content(content, rows)


def _is_live(row: Row | None, now: datetime) -> bool:
    if row is None or not row.get("Token"):
        return False
    return now < read_time(row["ExpiresAt"]) <= now + LONGEST_LEASE
