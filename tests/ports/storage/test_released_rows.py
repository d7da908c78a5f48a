"""What the releases wrote is opened by today's code, on the storage emulator (docs/formats.md)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulators.azurite import Azurite
from sync import __version__
from sync.config import StorageSettings
from sync.outside.tables.claims import TableClaims
from sync.outside.tables.client import Tables
from sync.outside.tables.connections import TableConnections
from sync.outside.tables.flows import TableFlows
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.locations import TableLocations
from sync.outside.tables.mail_limits import TableMailLimits
from sync.outside.tables.sent_mails import TableSentMails
from sync.outside.tables.subscriptions import TableSubscriptions
from sync.outside.tables.token_caches import TableTokenCaches
from tests.fakes.clock import START, FakeClock, FakeIds
from tests.outside.tables.released_rows import RELEASED_LINKS
from tests.ports.storage.stored import (
    ENABLED,
    LINKS,
    ONCE,
    RELEASED,
    SEALER,
    SECRET,
    connection,
    connection_of_1_0,
    put_rows,
    read_rows,
    released,
    write_everything,
)
from tests.ports.suites.ledger import CURSORS, entry, links_of, sorted_links, tell
from tests.ports.suites.storage import ACCOUNT, ANN, BEN, CALENDAR, SUBSCRIPTION

RELEASES = sorted(path.stem for path in RELEASED.glob("*.json"))
NEWEST = RELEASES[-1]
CONNECTIONS = {"1.0": connection_of_1_0()}
SEALED = ("act-", "tell-")


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def left(release: str, azurite_server: Azurite) -> str:
    """Gives a storage account as a release left it; one test brings it forward, the last."""
    storage = azurite_server.connection_string(
        azurite_server.accounts[-1 - RELEASES.index(release)]
    )
    asyncio.run(put_rows(storage, released(release)["rows"]))
    return storage


@pytest.fixture
async def tables(left: str) -> AsyncIterator[Tables]:
    tables = Tables(StorageSettings(connection_string=left))
    yield tables
    await tables.close()


async def test_a_connection_is_opened(release: str, tables: Tables) -> None:
    stored = await TableConnections(tables, sealer=SEALER).get(ANN)

    assert stored is not None
    assert stored.value == CONNECTIONS.get(release, connection())


async def test_r11_3_the_sweep_finds_whom_a_release_left(tables: Tables) -> None:
    connections, due_at = TableConnections(tables, sealer=SEALER), connection().due_at
    assert due_at is not None

    due = [await connections.due(shard, due_at) for shard in range(16)]

    assert [person for shard in due for person in shard] == [ANN]


async def test_r3_1_enabled_locations_are_opened(tables: Tables) -> None:
    stored = await TableLocations(tables).get(ANN.account_id)

    assert stored is not None
    assert stored.value == ENABLED


async def test_r5_2_a_claimed_calendar_stays_claimed(tables: Tables) -> None:
    claims = TableClaims(tables)

    assert await claims.claim(ACCOUNT, CALENDAR, ANN)
    assert not await claims.claim(ACCOUNT, CALENDAR, BEN)


async def test_r11_1_a_subscription_still_names_its_person(tables: Tables) -> None:
    found = await TableSubscriptions(tables).find(SUBSCRIPTION.id, SUBSCRIPTION.client_state)

    assert found == ANN


async def test_r9_5_a_mail_that_was_sent_is_not_sent_again(tables: Tables) -> None:
    assert await TableSentMails(tables).was_sent("cause")


async def test_r9_7_what_was_counted_goes_on_counting(release: str, tables: Tables) -> None:
    limits = TableMailLimits(tables, secret=SECRET)

    later = await limits.take("key", "another", ONCE, START)

    # Release 1.0 counted nothing.
    assert (later is None) == (release == "1.0")


async def test_tokens_and_log_ins_under_way_are_opened(tables: Tables) -> None:
    tokens = await TableTokenCaches(tables, sealer=SEALER).load(ANN)

    assert tokens is not None
    assert tokens.value == "tokens"
    assert await TableFlows(tables, sealer=SEALER, clock=FakeClock()).load("flow") == "state"


async def test_r12_1_activity_and_what_is_to_be_told_are_opened(tables: Tables) -> None:
    ledger = TableLedger(tables, sealer=SEALER, clock=FakeClock(), ids=FakeIds())

    ((_, noted),) = await ledger.activity(ANN, cursor=None, limit=10)
    assert noted == entry("made")
    assert await ledger.open_bundles(ANN) == ("bundle",)
    assert await ledger.tells(ANN, "bundle") == (tell("told"),)


async def test_links_and_cursors_are_opened(release: str, left: str, tables: Tables) -> None:
    ledger = TableLedger(tables, sealer=SEALER, clock=FakeClock(), ids=FakeIds())

    opened = await ledger.open(ANN, seconds=60)

    assert opened is not None
    assert not opened.was_cut
    if release == "1.0":
        # Its Links are brought into today's rows (test_released.py says how); it is read in full.
        assert opened.ledger.cursors is None
        assert len(await links_of(ledger)) == len(RELEASED_LINKS) + 1  # one had left an event over
        rows = (await read_rows(left))["ledger"]
        assert not [row for row in rows if row["RowKey"].startswith("link-")]
    else:
        assert opened.ledger.cursors == CURSORS
        assert await links_of(ledger) == sorted_links(LINKS)
        assert await ledger.wrote(ANN, "etag")


async def test_what_is_written_today_is_what_lies_there_for_this_version(
    storage_account: str,
) -> None:
    """A change of what is stored is seen here; docs/formats.md says whether it may be."""
    await write_everything(storage_account)

    written = await read_rows(storage_account)

    assert __version__.startswith(f"{NEWEST}.")
    assert _plain(written) == _plain(released(NEWEST)["rows"])


def _plain(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leaves out what is sealed: no two seals are alike."""
    return {
        table: [
            row | {"Addresses": "sealed"}
            if "Addresses" in row
            else row | {"Text0": "sealed"}
            if table in {"flows", "tokencaches"} or row["RowKey"].startswith(SEALED)
            else row
            for row in of_table
        ]
        for table, of_table in rows.items()
    }
