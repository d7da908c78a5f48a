"""The small repositories in tables, on the storage emulator."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableServiceClient

from sync.adapters.tables.claims import TableClaims
from sync.adapters.tables.client import CONNECTIONS, FLOWS, TABLES, TOKEN_CACHES, WAKES, Tables
from sync.adapters.tables.connections import TableConnections
from sync.adapters.tables.flows import TableFlows
from sync.adapters.tables.locations import TableLocations
from sync.adapters.tables.sealing import Sealer
from sync.adapters.tables.sent_mails import TableSentMails
from sync.adapters.tables.single import SingleRows
from sync.adapters.tables.subscriptions import TableSubscriptions
from sync.adapters.tables.token_caches import TableTokenCaches
from sync.adapters.tables.wakes import TableWakes
from sync.config import StorageSettings
from sync.errors import ContractBroken, Unavailable
from tests.contracts.connections import (
    ConnectionsContract,
    LocationsContract,
    connection,
    full_connection,
)
from tests.contracts.storage import (
    ANN,
    BEN,
    LATER,
    ClaimsContract,
    FlowsContract,
    SentMailsContract,
    SubscriptionsContract,
    TokenCachesContract,
    WakesContract,
)
from tests.fakes.clock import START, FakeClock, FakeIds

OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def tables(storage_account: str) -> AsyncIterator[Tables]:
    tables = Tables(StorageSettings(connection_string=storage_account))
    yield tables
    await tables.close()


class TestTableConnections(ConnectionsContract):
    @pytest.fixture
    def connections(self, tables: Tables) -> TableConnections:
        return TableConnections(tables)

    async def test_equal_connections_are_written_as_equal_text(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        rows = SingleRows(tables, CONNECTIONS)
        stored = await connections.put(full_connection(), None)
        (first,) = await rows.query("PartitionKey gt ''")
        await connections.put(full_connection(), stored.etag)
        (second,) = await rows.query("PartitionKey gt ''")

        assert first["Text0"] == second["Text0"]
        assert first["V"] == 1

    async def test_a_row_of_a_newer_version_with_more_members_is_read(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        rows = SingleRows(tables, CONNECTIONS)
        await connections.put(connection(), None)
        (row,) = await rows.query("PartitionKey gt ''")
        await rows.upsert(row | {"V": 2, "Text0": row["Text0"].replace("{", '{"new":[1],', 1)})

        assert await connections.of_account(ANN.account_id) == (connection(),)


class TestTableLocations(LocationsContract):
    @pytest.fixture
    def locations(self, tables: Tables) -> TableLocations:
        return TableLocations(tables)


class TestTableClaims(ClaimsContract):
    @pytest.fixture
    def claims(self, tables: Tables) -> TableClaims:
        return TableClaims(tables)


class TestTableSubscriptions(SubscriptionsContract):
    @pytest.fixture
    def subscriptions(self, tables: Tables) -> TableSubscriptions:
        return TableSubscriptions(tables)


class TestTableFlows(FlowsContract):
    @pytest.fixture
    def flows(self, tables: Tables, clock: FakeClock) -> TableFlows:
        return TableFlows(tables, sealer=Sealer((OLD_KEY,)), clock=clock)

    async def test_contents_are_sealed(self, flows: TableFlows, tables: Tables) -> None:
        await flows.save("id", "canary", LATER)

        assert "canary" not in str(await SingleRows(tables, FLOWS).query("PartitionKey gt ''"))

    async def test_a_flow_moved_to_another_row_does_not_open(
        self, flows: TableFlows, tables: Tables
    ) -> None:
        rows = SingleRows(tables, FLOWS)
        await flows.save("one", "content", LATER)
        await flows.save("two", "content", LATER)
        one, two = await rows.query("PartitionKey gt ''")
        await rows.upsert(two | {"Text0": one["Text0"]})
        await rows.upsert(one | {"Text0": two["Text0"]})

        with pytest.raises(ContractBroken):
            await flows.load("one")

    async def test_flows_that_nobody_came_back_for_are_deleted(
        self, flows: TableFlows, tables: Tables, clock: FakeClock
    ) -> None:
        await flows.save("id", "content", LATER)
        clock.advance(3600)

        # The same id, so that it lies in the same partition.
        await flows.save("id", "content", LATER)

        assert await SingleRows(tables, FLOWS).query("PartitionKey gt ''") == []


class TestTableSentMails(SentMailsContract):
    @pytest.fixture
    def sent(self, tables: Tables) -> TableSentMails:
        return TableSentMails(tables, ids=FakeIds())


class TestTableTokenCaches(TokenCachesContract):
    @pytest.fixture
    def caches(self, tables: Tables) -> TableTokenCaches:
        return TableTokenCaches(tables, sealer=Sealer((OLD_KEY,)))

    async def test_caches_are_sealed_and_do_not_open_in_anothers_row(
        self, caches: TableTokenCaches, tables: Tables
    ) -> None:
        rows = SingleRows(tables, TOKEN_CACHES)
        await caches.save(ANN, "canary", None)
        (mine,) = await rows.query("PartitionKey gt ''")
        await caches.save(BEN, "other", None)
        (other,) = await rows.query("RowKey eq 'ben'")
        await rows.upsert(other | {"Text0": mine["Text0"]})

        assert "canary" not in str(mine)
        with pytest.raises(ContractBroken):
            await caches.load(BEN)

    async def test_keys_are_rotated(self, caches: TableTokenCaches, tables: Tables) -> None:
        await caches.save(ANN, "old", None)
        rotated = TableTokenCaches(tables, sealer=Sealer((NEW_KEY, OLD_KEY)))

        opened = await rotated.load(ANN)
        await rotated.save(BEN, "new", None)

        assert opened is not None
        assert opened.value == "old"
        with pytest.raises(ContractBroken):
            await caches.load(BEN)


class TestTableWakes(WakesContract):
    @pytest.fixture
    def wakes(self, tables: Tables, clock: FakeClock) -> TableWakes:
        return TableWakes(tables, clock=clock, ids=FakeIds())

    async def test_r11_2_a_storm_writes_once(self, wakes: TableWakes, tables: Tables) -> None:
        rows = SingleRows(tables, WAKES)
        await wakes.want(ANN)
        before = await rows.get(*_place(await rows.query("PartitionKey gt ''")))

        for _ in range(30):
            await wakes.want(ANN)

        assert await rows.get(*_place(await rows.query("PartitionKey gt ''"))) == before


class TestTables:
    """The connection itself."""

    async def test_all_tables_are_made_and_made_again(
        self, tables: Tables, storage_account: str
    ) -> None:
        await tables.create_all()
        again = Tables(StorageSettings(connection_string=storage_account))
        await again.create_all()
        await again.close()

        async with TableServiceClient.from_connection_string(storage_account) as service:
            names = [table.name async for table in service.list_tables()]
        assert sorted(names) == sorted(TABLES)

    async def test_a_closed_connection_opens_again(self, tables: Tables) -> None:
        caches = TableTokenCaches(tables, sealer=Sealer((OLD_KEY,)))
        await caches.save(ANN, "one", None)

        await tables.close()
        await tables.close()

        assert await caches.load(ANN) is not None

    def test_each_event_loop_has_a_connection_of_its_own(self, storage_account: str) -> None:
        tables = Tables(StorageSettings(connection_string=storage_account))
        wakes = TableWakes(tables, clock=FakeClock(), ids=FakeIds())

        async def want_and_close() -> bool:
            try:
                return await wakes.want(ANN)
            finally:
                await tables.close()

        assert asyncio.run(want_and_close())
        assert not asyncio.run(want_and_close())

    async def test_a_storage_that_is_not_there_is_unavailable(
        self, storage_account: str, unused_tcp_port: int
    ) -> None:
        others, _, _ = storage_account.partition("TableEndpoint=")
        nowhere = f"{others}TableEndpoint=http://127.0.0.1:{unused_tcp_port}/account"
        tables = Tables(StorageSettings(connection_string=nowhere), options={"retry_total": 0})

        with pytest.raises(Unavailable):
            await TableConnections(tables).due(0, START + timedelta(days=1))
        await tables.close()


def _place(rows: list[dict[str, str]]) -> tuple[str, str]:
    (row,) = rows
    return row["PartitionKey"], row["RowKey"]
