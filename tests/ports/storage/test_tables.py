"""The small repositories in tables, on the storage emulator."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableServiceClient

from sync.config import StorageSettings
from sync.errors import ContractBroken, Unavailable
from sync.outside.tables.batch import upsert
from sync.outside.tables.claims import TableClaims
from sync.outside.tables.client import CONNECTIONS, FLOWS, MAIL_LIMITS, TOKEN_CACHES, Tables
from sync.outside.tables.connections import TableConnections
from sync.outside.tables.flows import TableFlows
from sync.outside.tables.keys import account_partition, digest
from sync.outside.tables.locations import TableLocations
from sync.outside.tables.mail_limits import TableMailLimits
from sync.outside.tables.rows import make_row, person_columns, person_of, to_json
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.sent_mails import TableSentMails
from sync.outside.tables.single import SingleRows
from sync.outside.tables.subscriptions import TableSubscriptions
from sync.outside.tables.token_caches import TableTokenCaches
from sync.people.contact import Notices, contact_address, waiting_address, with_notices
from sync.people.people import Connection, Contact, PendingContact
from sync.ports import Limit, Stored
from sync.words import PersonKey
from tests.fakes.clock import START, FakeClock
from tests.ports.suites.connections import (
    ConnectionsContract,
    LocationsContract,
    connection,
    full_connection,
)
from tests.ports.suites.storage import (
    ACCOUNT,
    ANN,
    BEN,
    CALENDAR,
    LATER,
    ClaimsContract,
    FlowsContract,
    MailLimitsContract,
    SentMailsContract,
    SubscriptionsContract,
    TokenCachesContract,
)

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
        return TableConnections(tables, sealer=Sealer((OLD_KEY,)))

    async def test_equal_connections_are_written_as_equal_text(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        rows = SingleRows(tables, CONNECTIONS)
        stored = await connections.put(full_connection(), None)
        (first,) = await rows.query("PartitionKey gt ''")
        await connections.put(full_connection(), stored.etag)
        (second,) = await rows.query("PartitionKey gt ''")

        assert first["Text0"] == second["Text0"]

    async def test_r5_3_contact_addresses_are_sealed_and_the_profiles_needs_none(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        rows = SingleRows(tables, CONNECTIONS)
        await connections.put(own_address(ANN), None)
        await connections.put(with_address(BEN, "profile@example.org"), None)

        (mine,) = await rows.query("StaffId eq 'ann'")
        (other,) = await rows.query("StaffId eq 'ben'")

        assert not [word for word in ("canary", "waits", "was") if f"{word}@" in str(mine)]
        assert mine["V"] == 2
        assert "Addresses" not in other
        found = await connections.get(ANN)
        assert found is not None
        assert found.value == own_address(ANN)
        assert own_address(ANN) in await connections.of_account(ANN.account_id)

    async def test_r5_3_addresses_in_anothers_row_do_not_open_and_mail_goes_to_the_profiles(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        rows = SingleRows(tables, CONNECTIONS)
        await connections.put(own_address(ANN), None)
        await connections.put(own_address(BEN), None)
        (mine,) = await rows.query("StaffId eq 'ann'")
        (other,) = await rows.query("StaffId eq 'ben'")
        await rows.upsert(other | {"Addresses": mine["Addresses"]})

        found = await connections.get(person_of(other))

        assert found is not None
        assert contact_address(found.value) == "profile@example.org"
        assert waiting_address(found.value) is None

    async def test_r5_3_addresses_outlive_a_key_that_was_forgotten_and_give_way_to_others(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        without = TableConnections(tables, sealer=Sealer((NEW_KEY,)))
        stored = await connections.put(own_address(ANN), None)
        unread = await without.get(ANN)
        assert unread is not None
        await without.put(replace(unread.value, waiting=7), stored.etag)

        back = await connections.get(ANN)
        assert back is not None
        assert back.value == replace(own_address(ANN), waiting=7)
        chosen = with_notices(unread.value, Notices(contact_email="new@example.org"), None)
        await without.put(chosen, back.etag)

        assert (await without.get(ANN) or stored).value == chosen

    async def test_r5_3_addresses_that_an_earlier_release_left_open_are_sealed_when_written(
        self, connections: TableConnections, tables: Tables
    ) -> None:
        rows = SingleRows(tables, CONNECTIONS)
        await rows.create(make_row(*_keys(ANN), to_json(own_address(ANN)), **person_columns(ANN)))

        before = await connections.get(ANN)
        assert before is not None
        assert before.value == own_address(ANN)
        await connections.put(before.value, before.etag)

        assert "canary@" not in str(await rows.query("PartitionKey gt ''"))

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


class TestTableSentMails(SentMailsContract):
    @pytest.fixture
    def sent(self, tables: Tables) -> TableSentMails:
        return TableSentMails(tables)


class TestTableMailLimits(MailLimitsContract):
    @pytest.fixture
    def limits(self, tables: Tables) -> TableMailLimits:
        return TableMailLimits(tables, secret="secret")

    async def test_r9_7_a_table_of_limits_tells_no_address_and_can_not_be_tried(
        self, limits: TableMailLimits, tables: Tables
    ) -> None:
        rows = SingleRows(tables, MAIL_LIMITS)
        once = (Limit(count=1, span=timedelta(minutes=1)),)
        await limits.take("ann@example.org", "mail of ann@example.org", once, START)

        (row,) = await rows.query("PartitionKey gt ''")
        other = TableMailLimits(tables, secret="another")

        assert "ann" not in str(row)
        assert digest("ann@example.org") not in str(row)
        assert await other.take("ann@example.org", "2", once, START) is None


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


class TestTables:
    """The connection itself."""

    async def test_a_table_is_made_when_it_is_missing_once(
        self, tables: Tables, storage_account: str
    ) -> None:
        made: list[str] = []
        service = tables._connection()
        create = service.create_table

        async def count(name: str) -> object:
            made.append(name)
            return await create(name)

        service.create_table = count  # type: ignore[method-assign, assignment]
        rows = SingleRows(tables, FLOWS)
        asked = [
            *(rows.get("p", "r") for _ in range(10)),
            *(rows.query("PartitionKey eq 'p'") for _ in range(10)),
            *(rows.upsert(make_row("p", f"r{number}")) for number in range(10)),
            *(rows.create(make_row("q", f"r{number}")) for number in range(10)),
            *(rows.transact([upsert(make_row("t", "r"))]) for _ in range(10)),
        ]

        await asyncio.gather(*asked)

        assert made == [FLOWS]
        async with TableServiceClient.from_connection_string(storage_account) as listing:
            assert [table.name async for table in listing.list_tables()] == [FLOWS]

    async def test_a_table_that_another_process_has_made_is_used(
        self, tables: Tables, storage_account: str
    ) -> None:
        other = Tables(StorageSettings(connection_string=storage_account))
        await tables.create(FLOWS)
        await other.create(FLOWS)

        await SingleRows(other, FLOWS).upsert(make_row("p", "r"))

        assert await SingleRows(tables, FLOWS).get("p", "r") is not None
        await other.close()

    async def test_more_rows_than_one_answer_holds_are_all_read(self, tables: Tables) -> None:
        rows = SingleRows(tables, FLOWS)
        keys = [f"r'{number:04}" for number in range(1050)]
        for start in range(0, len(keys), 100):
            await rows.transact([upsert(make_row("p", key)) for key in keys[start : start + 100]])

        found = await rows.query("PartitionKey eq @p", columns=("RowKey",), p="p")
        some = await rows.query("PartitionKey eq @p and RowKey gt @k", limit=3, p="p", k="r'0010")

        assert [row["RowKey"] for row in found] == keys
        assert [row["RowKey"] for row in some] == keys[11:14]

    async def test_a_row_that_was_scanned_has_its_etag(self, tables: Tables) -> None:
        rows = SingleRows(tables, FLOWS)
        etag = await rows.upsert(make_row("p", "r", "text"))

        (found,) = await rows.scan("PartitionKey eq @p", p="p")

        assert found == Stored(value=make_row("p", "r", "text"), etag=etag)

    async def test_deleting_from_a_table_that_is_not_there_is_fine(self, tables: Tables) -> None:
        rows = SingleRows(tables, FLOWS)

        await rows.delete("p", "r")
        taken = await rows.take("p", "r")

        assert not taken.was_there
        assert not taken.is_doubtful

    async def test_a_closed_connection_opens_again(self, tables: Tables) -> None:
        caches = TableTokenCaches(tables, sealer=Sealer((OLD_KEY,)))
        await caches.save(ANN, "one", None)

        await tables.close()
        await tables.close()

        assert await caches.load(ANN) is not None

    def test_each_event_loop_has_a_connection_of_its_own(self, storage_account: str) -> None:
        tables = Tables(StorageSettings(connection_string=storage_account))
        claims = TableClaims(tables)

        async def claim_and_close() -> bool:
            try:
                return await claims.claim(ACCOUNT, CALENDAR, ANN)
            finally:
                await tables.close()

        assert asyncio.run(claim_and_close())
        assert asyncio.run(claim_and_close())

    async def test_a_storage_that_is_not_there_is_unavailable(
        self, storage_account: str, unused_tcp_port: int
    ) -> None:
        others, _, _ = storage_account.partition("TableEndpoint=")
        nowhere = f"{others}TableEndpoint=http://127.0.0.1:{unused_tcp_port}/account"
        tables = Tables(StorageSettings(connection_string=nowhere), options={"retry_total": 0})

        with pytest.raises(Unavailable):
            await TableConnections(tables, sealer=Sealer((OLD_KEY,))).due(
                0, START + timedelta(days=1)
            )
        await tables.close()


def with_address(who: PersonKey, address: str) -> Connection:
    """Gives somebody whose mail goes to this address."""
    known = replace(full_connection(), person=who)
    settings = known.settings
    assert settings is not None
    return replace(
        known,
        staff=replace(known.staff, id=who.staff_id, email="profile@example.org"),
        settings=replace(settings, contact_email=address),
    )


def own_address(who: PersonKey) -> Connection:
    """Gives somebody with an address of their own, one before it and one that waits."""
    pending = PendingContact(address="waits@example.org", id="c2", expires_at=LATER)
    contact = Contact(confirmed="was@example.org", confirmed_by="c1", pending=pending)
    return replace(with_address(who, "canary@example.org"), contact=contact)


def _keys(who: PersonKey) -> tuple[str, str]:
    return account_partition(who.account_id), str(who.staff_id)
