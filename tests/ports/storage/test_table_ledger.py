"""The ledger in tables, on the storage emulator."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.pipeline.policies import AsyncHTTPPolicy

from sync.config import StorageSettings
from sync.engine.links import Why
from sync.engine.telling import ActivityEntry, Tell
from sync.errors import ContractBroken, LeaseLost, NewerFormat
from sync.outside.tables.client import LEDGER, Tables
from sync.outside.tables.keys import person_partition
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.packs import MAX_LINKS
from sync.outside.tables.rows import to_json
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.single import SingleRows
from sync.ports import Lease, LedgerChange, LedgerRepository
from tests.fakes.clock import START, FakeClock, FakeIds
from tests.outside.tables.released_rows import RELEASED_LINKS
from tests.ports.suites.ledger import (
    ANN,
    BEN,
    CURSORS,
    HOLD,
    INTENT,
    WEEK,
    LedgerContract,
    entry,
    link,
    links_of,
    opened,
    sorted_links,
    taken,
    tell,
    titles,
)

SEALER = Sealer((b"k" * 32,))
PARTITION = person_partition(ANN)


class Counter(AsyncHTTPPolicy[Any, Any]):
    """Counts what goes out, each try."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def send(self, request: Any) -> Any:
        self.count += 1
        return await self.next.send(request)

    def taken(self) -> int:
        """Gives the count since it was last asked for."""
        count, self.count = self.count, 0
        return count


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

    # --- requests ---

    async def test_r11_2_what_a_sync_that_finds_nothing_costs(
        self, tables: Tables, ledger: TableLedger, clock: FakeClock
    ) -> None:
        counter = _counting(tables)
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await ledger.close(lease, cursors=CURSORS)
        counter.taken()

        assert await ledger.want(ANN)
        assert counter.taken() == 1
        found = await opened(ledger)
        assert counter.taken() == 2
        assert not await ledger.close(found.lease, cursors=CURSORS)
        assert counter.taken() == 1
        clock.advance(timedelta(days=1).total_seconds())
        await ledger.close(await taken(ledger))
        # Once a day, old activity is looked for.
        assert counter.taken() == 4

    async def test_r11_2_what_a_storm_costs(self, tables: Tables, ledger: TableLedger) -> None:
        counter = _counting(tables)
        await ledger.close(await taken(ledger))
        counter.taken()

        assert (await asyncio.gather(*(ledger.want(ANN) for _ in range(50)))).count(True) == 1
        # One question, and none for those who came while it was under way.
        assert counter.taken() == 1
        assert (await asyncio.gather(*(ledger.want(ANN) for _ in range(50)))).count(True) == 0
        assert counter.taken() == 2

    async def test_r11_5_what_records_cost(self, tables: Tables, ledger: TableLedger) -> None:
        counter = _counting(tables)
        await ledger.close(await taken(ledger))
        lease = await taken(ledger)
        counter.taken()

        await ledger.record(lease, LedgerChange(keep=(replace(link(1), intent=INTENT),)))
        await ledger.record(
            lease, LedgerChange(keep=(link(1),), activity=(entry("e"),), echoes=("e1",))
        )
        await ledger.prolong(lease, seconds=60)
        assert counter.taken() == 3
        assert await ledger.wrote(ANN, "e1")
        assert not await ledger.wrote(ANN, "another")
        # This process knows all about a lease of its own.
        assert counter.taken() == 0
        await ledger.close(lease)
        counter.taken()
        assert await ledger.wrote(ANN, "e1")
        assert counter.taken() == 0
        assert not await ledger.wrote(ANN, "another")
        assert counter.taken() == 1

    async def test_what_a_held_lease_costs(self, tables: Tables, ledger: TableLedger) -> None:
        lease = await taken(ledger)
        counter = _counting(tables)

        assert await ledger.open(ANN, seconds=60) is None
        assert counter.taken() == 3
        assert await ledger.close(lease)
        # The note stands: once more without it. And once a day, old activity is looked for.
        assert counter.taken() == 3

    # --- several processes ---

    async def test_r11_2_another_process_has_wishes_and_echoes_too(
        self, ledger: TableLedger, other: TableLedger
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(echoes=("e1",)))
        assert await other.want(ANN)
        assert await other.wrote(ANN, "e1") is True
        assert await other.wrote(ANN, "another") is None

        # A job is queued; each process may queue another one, once a minute.
        assert [await ledger.want(ANN) for _ in range(3)] == [True, False, False]
        assert not await other.want(ANN)
        assert await other.open(ANN, seconds=60) is None
        assert await ledger.close(lease)

    async def test_r11_2_a_lease_given_back_while_it_was_asked_for_is_taken(
        self, ledger: TableLedger, other: TableLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lease = await taken(ledger)
        note = other._wishes.note

        async def close_first(person: Any) -> None:
            assert not await ledger.close(lease)
            await note(person)

        monkeypatch.setattr(other._wishes, "note", close_first)

        found = await other.open(ANN, seconds=60)

        assert found is not None
        assert not await other.close(found.lease)

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

        assert await links_of(ledger) == (link(1),)
        assert await titles(ledger) == []

    async def test_a_lease_can_be_used_by_a_process_that_did_not_take_it(
        self, ledger: TableLedger, other: TableLedger
    ) -> None:
        lease = await taken(ledger)

        await other.record(lease, LedgerChange(keep=(link(2),), activity=(entry("a"),)))
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await other.record(lease, LedgerChange(keep=(link(3),), activity=(entry("b"),)))
        assert not await other.close(lease, cursors=CURSORS)

        assert (await ledger.read(ANN)).cursors == CURSORS
        assert await links_of(other) == (link(1), link(2), link(3))
        assert await titles(ledger) == ["b", "a"]

    async def test_a_lease_row_that_a_doubtful_write_of_ours_changed_still_holds(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        lease = await taken(ledger)
        row = await rows.get(PARTITION, "lease")
        assert row is not None
        await rows.replace(row.value, row.etag)

        await ledger.record(lease, LedgerChange(keep=(link(1),)))

        assert await links_of(ledger) == (link(1),)

    async def test_what_another_process_forgot_does_not_come_back(
        self, ledger: TableLedger, other: TableLedger
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1), link(2))))
        await other.forget(ANN)

        await ledger.record(lease, LedgerChange(keep=(link(3),)))

        assert await links_of(ledger) == (link(3),)

    async def test_a_worker_that_died_leaves_all_it_recorded(
        self, ledger: TableLedger, other: TableLedger, clock: FakeClock
    ) -> None:
        intended = replace(link(1), intent=INTENT)
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(intended,), activity=(entry("a"),)))
        clock.advance(61)

        found = await opened(other)

        assert found.ledger.links == (intended,)
        await other.record(found.lease, LedgerChange(keep=(link(1),), activity=(entry("b"),)))
        assert await titles(other) == ["b", "a"]

    # --- rows ---

    async def test_a_week_goes_on_in_further_rows(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        lease = await taken(ledger)
        links = tuple(link(number) for number in range(2 * MAX_LINKS + 1))
        await ledger.record(lease, LedgerChange(keep=links))
        await ledger.record(lease, LedgerChange(drop=tuple(each.key for each in links[:MAX_LINKS])))

        keys = await _keys(rows, "links-")

        (week,) = {key.partition(".")[0] for key in keys}
        assert keys == [f"{week}.1", f"{week}.2"]
        assert await links_of(ledger) == links[MAX_LINKS:]

    async def test_a_link_is_in_one_row(self, ledger: TableLedger, rows: SingleRows) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        assert await _keys(rows, "held") == []
        await ledger.record(lease, LedgerChange(keep=(replace(link(1), hold=HOLD),)))
        assert await _keys(rows, "links-") == []
        assert await _keys(rows, "held") == ["held"]

        await ledger.record(lease, LedgerChange(drop=(link(1).key,)))

        assert await _keys(rows, "held") == []

    async def test_a_link_that_came_back_from_an_unread_week_is_one(
        self, ledger: TableLedger
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1, at=START - 5 * WEEK), link(2))))
        await ledger.close(lease)

        await ledger.record(await taken(ledger), LedgerChange(keep=(link(1),)))

        assert await links_of(ledger) == (link(1), link(2))

    async def test_a_record_of_too_many_weeks_is_refused_whole(self, ledger: TableLedger) -> None:
        lease = await taken(ledger)
        far = tuple(link(number, at=START + number * WEEK) for number in range(100))

        with pytest.raises(ValueError, match="100 rows"):
            await ledger.record(lease, LedgerChange(keep=far))

        assert await links_of(ledger) == ()
        await ledger.record(lease, LedgerChange(keep=far[:99]))
        assert len(await links_of(ledger)) == 99

    async def test_titles_are_sealed(self, ledger: TableLedger, rows: SingleRows) -> None:
        lease = await taken(ledger)
        await ledger.record(
            lease, LedgerChange(activity=(entry("canary"),), tells=(tell("canary"),))
        )

        stored = await rows.query("PartitionKey eq @p", p=PARTITION)

        assert {row["RowKey"].partition("-")[0] for row in stored} == {
            "act",
            "alone",
            "format",
            "idle",
            "lease",
            "tell",
        }
        assert "canary" not in str(stored)

    async def test_a_sealed_row_does_not_open_in_another_persons_partition(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await ledger.record(await taken(ledger), LedgerChange(activity=(entry("mine"),)))
        mine = await rows.query("PartitionKey eq @p and RowKey lt 'b'", p=PARTITION)
        await rows.upsert(mine[0] | {"PartitionKey": person_partition(BEN)})

        assert await ledger.activity(BEN, cursor=None, limit=1) == ()

    async def test_a_sealed_row_does_not_open_in_another_row_of_the_same_person(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        lease = await taken(ledger)
        told = LedgerChange(activity=(entry("one"), entry("two")), tells=(tell("1"), tell("2")))
        await ledger.record(lease, told)
        await ledger.bundle_tells(lease, "bundle")
        of_activity = await rows.query("PartitionKey eq @p and RowKey lt 'act.'", p=PARTITION)
        of_tells = await rows.query("PartitionKey eq @p and RowKey ge 'tell-'", p=PARTITION)
        for one, other in (of_activity, of_tells):
            await rows.upsert(one | {"Text0": other["Text0"]})

        assert await titles(ledger, limit=9) == ["one"]
        assert await ledger.tells(ANN, "bundle") == (tell("2"),)

    async def test_r10_6_what_a_lost_key_has_sealed_hides_nothing_else(
        self, tables: Tables, ids: FakeIds, ledger: TableLedger, clock: FakeClock
    ) -> None:
        """Settings pages show activity, and mails tells: both went with one row."""
        lost = TableLedger(tables, sealer=Sealer((b"l" * 32,)), clock=clock, ids=ids)
        lease = await taken(ledger)
        for writes, name in ((ledger, "a"), (lost, "lost"), (lost, "lost"), (ledger, "b")):
            await writes.record(
                lease, LedgerChange(activity=(entry(name),) * 2, tells=(tell(name),))
            )
        await ledger.bundle_tells(lease, "bundle")

        for limit in (1, 2, 3, 4, 9):
            page = await ledger.activity(ANN, cursor=None, limit=limit)
            assert [line.title for _, line in page] == ["b", "b", "a", "a"][:limit]
        assert await ledger.tells(ANN, "bundle") == (tell("a"), tell("b"))

    async def test_what_release_1_0_has_sealed_opens_and_is_bundled(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(activity=(entry("made"),), tells=(tell("told"),)))
        for row in await rows.query("PartitionKey eq @p", p=PARTITION):
            if row["RowKey"].startswith("act-"):
                await rows.upsert(row | {"Text0": _of_1_0(entry("made"), "activity"), "V": 1})
            if row["RowKey"].startswith("tell-"):
                await rows.upsert(row | {"Text0": _of_1_0(tell("told"), "tell"), "V": 1})

        await ledger.bundle_tells(lease, "bundle")

        assert [entry for _, entry in await ledger.activity(ANN, cursor=None, limit=9)] == [
            entry("made")
        ]
        assert await ledger.tells(ANN, "bundle") == (tell("told"),)

    async def test_old_activity_is_deleted_with_the_first_close_of_a_day(
        self, ledger: TableLedger, rows: SingleRows, clock: FakeClock
    ) -> None:
        await ledger.close(await taken(ledger), cursors=CURSORS)
        lease = await taken(ledger)
        for _ in range(9):
            await ledger.record(lease, LedgerChange(activity=(entry("b"),) * 60))
        old = replace(entry("a"), at=START - timedelta(days=89, hours=1))
        await ledger.record(lease, LedgerChange(activity=(old,)))
        await ledger.close(lease)
        assert len(await _keys(rows, "act-")) == 541

        clock.advance(timedelta(days=1).total_seconds())
        await ledger.close(await taken(ledger))

        assert len(await _keys(rows, "act-")) == 500
        assert set(await titles(ledger, limit=400)) == {"b"}

    async def test_activity_of_more_than_ninety_days_ago_is_deleted(
        self, ledger: TableLedger, rows: SingleRows, clock: FakeClock
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(activity=(entry("a"), entry("b"))))
        clock.advance(timedelta(days=91).total_seconds())

        await ledger.close(lease)

        assert await _keys(rows, "act-") == []

    # --- versions ---

    @pytest.mark.parametrize("key", ["cursor", "held", "lease", "links-"])
    async def test_r11_5_what_a_newer_release_wrote_is_left_alone(
        self, ledger: TableLedger, rows: SingleRows, key: str
    ) -> None:
        await _fill(ledger)
        (newer, *_) = await rows.query("PartitionKey eq @p and RowKey ge @k", p=PARTITION, k=key)
        await rows.upsert(newer | {"V": 3})
        before = await rows.query("PartitionKey eq @p", p=PARTITION)

        with pytest.raises(NewerFormat):
            await ledger.open(ANN, seconds=60)
        with pytest.raises(NewerFormat):
            await ledger.read(ANN)

        assert await rows.query("PartitionKey eq @p", p=PARTITION) == before

    async def test_members_that_are_not_known_are_passed_over(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await ledger.record(await taken(ledger), LedgerChange(keep=(link(1),)))
        (stored,) = await rows.query("PartitionKey eq @p and RowKey gt 'links-'", p=PARTITION)
        await rows.upsert(stored | {"Text0": stored["Text0"].replace("{", '{"new":1,', 1)})

        assert await links_of(ledger) == (link(1),)

    async def test_a_row_that_can_not_be_read_says_so_without_its_contents(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await ledger.record(await taken(ledger), LedgerChange(keep=(link(1),)))
        (stored,) = await rows.query("PartitionKey eq @p and RowKey gt 'links-'", p=PARTITION)
        await rows.upsert(stored | {"Text0": '[{"key": canary}]'})

        with pytest.raises(ContractBroken) as error:
            await ledger.read(ANN)
        assert "canary" not in str(error.value)

    async def test_links_of_release_1_0_are_brought_forward(
        self, ledger: TableLedger, other: TableLedger, rows: SingleRows
    ) -> None:
        await _release_1_0(rows, RELEASED_LINKS)
        before = (await ledger.read(ANN)).links

        found = await opened(ledger)

        assert len(before) == len(RELEASED_LINKS) + 1
        assert sorted_links(found.ledger.links) == sorted_links(before)
        assert found.ledger.cursors is None
        assert await links_of(ledger) == sorted_links(before)
        assert await _keys(rows, "link-") == []
        assert not await ledger.close(found.lease, cursors=CURSORS)
        again = await opened(other)
        assert sorted_links(again.ledger.links) == sorted_links(before)
        assert again.ledger.cursors == CURSORS

    async def test_links_of_1_0_come_forward_by_the_hundred_and_after_a_try_that_broke_off(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        (linked, *_) = RELEASED_LINKS
        many = [linked.replace("item-1", f"item-{number:03}") for number in range(250)]
        await _release_1_0(rows, many)
        found = await opened(ledger)
        changed = replace(found.ledger.links[0], told="changed")
        await ledger.record(found.lease, LedgerChange(keep=(changed,)))
        await ledger.close(found.lease)
        await _release_1_0(rows, many)

        again = await opened(ledger)

        assert len(again.ledger.links) == 250
        assert changed in again.ledger.links
        assert await _keys(rows, "link-") == []

    async def test_release_1_0_can_not_read_what_this_one_wrote(
        self, ledger: TableLedger, rows: SingleRows
    ) -> None:
        await _fill(ledger)

        # It read what lies there as Links, all but "cursor" and "lease".
        read = await rows.query(
            "PartitionKey eq @p and RowKey ge 'cursor' and RowKey lt 'link.'", p=PARTITION
        )

        assert "format" in {row["RowKey"] for row in read if "Text0" not in row}


def _counting(tables: Tables) -> Counter:
    """Puts a counter into the client's pipeline, behind its repetitions."""
    counter = Counter()
    tables._connection()._policies.append(counter)
    tables._clients = {}
    return counter


async def _fill(ledger: LedgerRepository) -> Lease:
    lease = await taken(ledger)
    held = replace(link(2), hold=replace(HOLD, why=Why.HELD))
    await ledger.record(lease, LedgerChange(keep=(link(1), held)))
    await ledger.close(lease, cursors=CURSORS)
    return lease


def _of_1_0(told: ActivityEntry | Tell, kind: str) -> str:
    """Seals as release 1.0 did: bound to the person and the kind."""
    return SEALER.seal(to_json(told), f"{ANN}|{kind}")


async def _keys(rows: SingleRows, kind: str) -> list[str]:
    found = await rows.query("PartitionKey eq @p", columns=("RowKey",), p=PARTITION)
    return [row["RowKey"] for row in found if row["RowKey"].startswith(kind)]


async def _release_1_0(rows: SingleRows, links: list[str] | tuple[str, ...]) -> None:
    """Writes what release 1.0 left of a person: a free lease, cursors and Links."""
    old = {"PartitionKey": PARTITION, "V": 1}
    await rows.upsert(
        old | {"RowKey": "lease", "Token": "", "ExpiresAt": "", "Written": "7", "AskedOn": ""}
    )
    cursors = '{"outlook":"o","booking":"b","anchored":{"start":"2026-11-23T08:00:00Z"}}'
    await rows.upsert(old | {"RowKey": "cursor", "Text0": cursors})
    for number, text in enumerate(links):
        await rows.upsert(old | {"RowKey": f"link-{number:03}", "Text0": text})
