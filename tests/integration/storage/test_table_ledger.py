"""The ledger in tables, on the storage emulator."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from sync.adapters.tables.client import LEDGER, Tables
from sync.adapters.tables.keys import person_partition
from sync.adapters.tables.ledger import TableLedger
from sync.adapters.tables.sealing import Sealer
from sync.adapters.tables.single import SingleRows
from sync.config import StorageSettings
from sync.errors import ContractBroken, LeaseLost
from sync.ports import LedgerChange, LedgerRepository
from tests.contracts.ledger import (
    ANN,
    BEN,
    CURSORS,
    LedgerContract,
    entry,
    link,
    taken,
    tell,
    titles,
)
from tests.fakes.clock import START, FakeClock, FakeIds

SEALER = Sealer((b"k" * 32,))


class TestTableLedger(LedgerContract):
    """The contract, and what only tables can get wrong."""

    @pytest.fixture
    async def tables(self, storage_account: str) -> AsyncIterator[Tables]:
        tables = Tables(StorageSettings(connection_string=storage_account))
        yield tables
        await tables.close()

    @pytest.fixture
    def ids(self) -> FakeIds:
        return FakeIds()

    @pytest.fixture
    def ledger(self, tables: Tables, clock: FakeClock, ids: FakeIds) -> TableLedger:
        return TableLedger(tables, sealer=SEALER, clock=clock, ids=ids)

    @pytest.fixture
    def other(self, tables: Tables, clock: FakeClock, ids: FakeIds) -> TableLedger:
        """Gives the same ledger as another process has it."""
        return TableLedger(tables, sealer=SEALER, clock=clock, ids=ids)

    @pytest.fixture
    def rows(self, tables: Tables) -> SingleRows:
        return SingleRows(tables, LEDGER)

    async def test_r11_2_a_lease_taken_over_by_another_process_fences_the_transaction(
        self, ledger: TableLedger, other: TableLedger, clock: FakeClock
    ) -> None:
        old = await taken(ledger, seconds=60)
        await ledger.record(old, LedgerChange(keep=(link(1),)))
        clock.advance(61)
        await taken(other)

        with pytest.raises(LeaseLost):
            await ledger.record(
                old,
                LedgerChange(
                    keep=(link(2),),
                    drop=(link(1).key,),
                    activity=(entry("e"),),
                    tells=(tell("t"),),
                ),
            )

        assert (await ledger.read(ANN)).links == (link(1),)
        assert await titles(ledger) == []

    async def test_a_lease_can_be_used_by_a_process_that_did_not_take_it(
        self, ledger: TableLedger, other: TableLedger
    ) -> None:
        lease = await taken(ledger)

        await other.record(lease, LedgerChange(activity=(entry("a"),)))
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await other.save_cursors(lease, CURSORS)

        assert (await ledger.read(ANN)).cursors == CURSORS
        assert (await other.read(ANN)).links == (link(1),)

    async def test_a_lease_row_that_a_doubtful_write_of_ours_changed_still_holds(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        lease = await taken(ledger)
        row = await rows.get(person_partition(ANN), "lease")
        assert row is not None
        await rows.replace(row.value, row.etag)

        await ledger.record(lease, LedgerChange(keep=(link(1),)))

        assert (await ledger.read(ANN)).links == (link(1),)

    async def test_titles_are_sealed(self, ledger: TableLedger, rows: SingleRows) -> None:
        lease = await taken(ledger)
        await ledger.record(
            lease, LedgerChange(activity=(entry("canary"),), tells=(tell("canary"),))
        )

        stored = await rows.query("PartitionKey eq @p", p=person_partition(ANN))

        assert len(stored) == 3
        assert "canary" not in str(stored)

    async def test_a_sealed_row_does_not_open_in_another_persons_partition(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await ledger.record(await taken(ledger), LedgerChange(activity=(entry("mine"),)))
        mine = await rows.query("PartitionKey eq @p and RowKey lt 'b'", p=person_partition(ANN))
        await rows.upsert(mine[0] | {"PartitionKey": person_partition(BEN)})

        with pytest.raises(ContractBroken):
            await ledger.activity(BEN, cursor=None, limit=1)

    async def test_old_activity_is_deleted_with_the_first_cursors_of_a_day(
        self, ledger: TableLedger, rows: SingleRows, clock: FakeClock
    ) -> None:
        lease = await taken(ledger)
        await ledger.save_cursors(lease, CURSORS)
        for _ in range(6):
            await ledger.record(lease, LedgerChange(activity=(entry("b"),) * 90))
        old = replace(entry("a"), at=START - timedelta(days=89, hours=1))
        await ledger.record(lease, LedgerChange(activity=(old,)))
        await ledger.save_cursors(lease, CURSORS)
        assert await _activity_rows(rows) == 541

        clock.advance(timedelta(days=1).total_seconds())
        await ledger.save_cursors(lease, CURSORS)

        assert await _activity_rows(rows) == 500
        assert set(await titles(ledger, limit=400)) == {"b"}

    async def test_activity_of_more_than_ninety_days_ago_is_deleted(
        self, ledger: TableLedger, rows: SingleRows, clock: FakeClock
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(activity=(entry("a"), entry("b"))))
        clock.advance(timedelta(days=91).total_seconds())

        await ledger.save_cursors(lease, CURSORS)

        assert await _activity_rows(rows) == 0

    async def test_a_row_of_a_newer_version_with_more_members_is_read(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await ledger.record(await taken(ledger), LedgerChange(keep=(link(1),)))
        stored = await rows.query(
            "PartitionKey eq @p and RowKey gt 'link'", p=person_partition(ANN)
        )
        text = stored[0]["Text0"].replace("{", '{"new":1,', 1)
        await rows.upsert(stored[0] | {"V": 2, "Text0": text})

        assert (await ledger.read(ANN)).links == (link(1),)

    async def test_a_row_that_can_not_be_read_says_so_without_its_contents(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await ledger.record(await taken(ledger), LedgerChange(keep=(link(1),)))
        stored = await rows.query(
            "PartitionKey eq @p and RowKey gt 'link'", p=person_partition(ANN)
        )
        await rows.upsert(stored[0] | {"Text0": '{"key": canary}'})

        with pytest.raises(ContractBroken, match="Link") as error:
            await ledger.read(ANN)
        assert "canary" not in str(error.value)

    async def test_more_links_than_one_answer_holds_are_all_read(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        links = tuple(link(number) for number in range(1080))
        for start in range(0, len(links), 90):
            await ledger.record(lease, LedgerChange(keep=links[start : start + 90]))

        assert (await ledger.read(ANN)).links == links


async def _activity_rows(rows: SingleRows) -> int:
    found = await rows.query(
        "PartitionKey eq @p and RowKey lt 'b'", columns=("RowKey",), p=person_partition(ANN)
    )
    return len(found)
