"""All that lies in the tables of one person: shown, and deleted, on the storage emulator."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from scripts.person_data import DONE, main
from sync.config import StorageSettings
from sync.engine.telling import ActivityEntry
from sync.errors import LeaseLost
from sync.outside.tables import client
from sync.outside.tables.client import CONNECTIONS, Tables
from sync.outside.tables.connections import TableConnections
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.mail_limits import TableMailLimits
from sync.outside.tables.person_rows import OF_NOBODY, TablePersonRows
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.subscriptions import TableSubscriptions
from sync.outside.tables.token_caches import TableTokenCaches
from sync.people.people import Subscription
from sync.ports import LedgerChange
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.outside import ENVIRONMENT
from tests.ports.storage.stored import (
    SEALER,
    SECRET,
    connection,
    read_rows,
    write_everything,
)
from tests.ports.suites.connections import person
from tests.ports.suites.ledger import entry, link, taken
from tests.ports.suites.storage import ANN, BEN, LATER

#: Under this the mail of ``write_everything`` is counted.
COUNTED = ("key",)
NEARLY_ANN = person("ann", "acc-10")


@pytest.fixture
async def storage(storage_account: str) -> str:
    """Gives a storage with every kind of row once, all of Ann."""
    await write_everything(storage_account)
    return storage_account


@pytest.fixture
async def tables(storage: str) -> AsyncIterator[Tables]:
    tables = Tables(StorageSettings(connection_string=storage))
    yield tables
    await tables.close()


@pytest.fixture
def rows(tables: Tables) -> TablePersonRows:
    limits = TableMailLimits(tables, secret=SECRET)
    return TablePersonRows(tables, sealer=SEALER, limits=limits)


async def test_each_table_of_the_product_is_shown_and_deleted_or_says_why_not(
    storage: str, rows: TablePersonRows
) -> None:
    constants = {name: value for name, value in vars(client).items() if name[0].isupper()}
    named = {value for value in constants.values() if isinstance(value, str)}

    known = set(await rows.read(ANN, COUNTED)) | set(rows.of_nobody)

    assert known == set(await read_rows(storage)) == named
    assert known - set(OF_NOBODY) == {*await rows.delete(ANN, COUNTED), CONNECTIONS}


async def test_each_row_is_shown_with_what_was_sealed_and_without_secrets(
    storage: str, rows: TablePersonRows
) -> None:
    shown = await rows.read(ANN, COUNTED)

    stored = await read_rows(storage)
    assert {table: len(found) for table, found in shown.items()} == {
        table: len(found) for table, found in stored.items() if table not in OF_NOBODY
    }
    text = json.dumps(shown)
    assert all(word in text for word in ("made", "told", "one@example.org", "two@example.org"))
    assert "can't be" not in text
    (of_tokens,) = shown["tokencaches"]
    assert str(of_tokens["written_at"]).startswith("20")
    assert '"tokens"' not in text
    assert "client_state" not in text
    assert "ClientState" not in text


async def test_what_no_key_opens_says_so_and_hides_nothing_else(tables: Tables) -> None:
    limits = TableMailLimits(tables, secret=SECRET)
    rows = TablePersonRows(tables, sealer=Sealer((b"o" * 32,)), limits=limits)

    text = json.dumps(await rows.read(ANN, COUNTED))

    assert "It can't be opened" in text
    assert "links-" in text
    assert "It can't be read" not in text


async def test_all_is_deleted_and_of_others_nothing(
    storage: str, tables: Tables, rows: TablePersonRows
) -> None:
    for other in (BEN, NEARLY_ANN):
        await _write(tables, other)
    before = await _of_others(storage)

    counts = await rows.delete(ANN, COUNTED)
    again = await rows.delete(ANN, COUNTED)

    assert all(counts.values())
    assert not any(again.values())
    assert await _of_others(storage) == before
    left = await rows.read(ANN, COUNTED)
    assert {table for table, found in left.items() if found} == {CONNECTIONS}


async def test_r11_2_whoever_holds_the_lease_writes_nothing_more(
    storage: str, tables: Tables, rows: TablePersonRows
) -> None:
    ledger = TableLedger(tables, sealer=SEALER, clock=FakeClock(), ids=FakeIds())
    lease = await taken(ledger)

    await rows.delete(ANN, COUNTED)

    with pytest.raises(LeaseLost):
        await ledger.record(lease, LedgerChange(keep=(link(7),)))
    await ledger.close(lease)
    assert (await read_rows(storage))["ledger"] == []


async def test_hundreds_of_rows_go_and_nothing_of_the_lease_stays(
    storage: str, tables: Tables
) -> None:
    ledger = TableLedger(tables, sealer=SEALER, clock=FakeClock(), ids=FakeIds())
    lease = await taken(ledger)
    for _ in range(5):
        await ledger.record(lease, LedgerChange(activity=_lines(60)))

    await ledger.erase(ANN)
    await ledger.close(lease)

    assert (await read_rows(storage))["ledger"] == []


@pytest.fixture
def _settings(storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
    chosen = {"AzureWebJobsStorage": storage, "TOKEN_ENCRYPTION_KEYS": key}
    for name, value in (ENVIRONMENT | chosen).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_settings")
def test_one_command_gives_out_all_and_one_deletes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "acc-1", "ann"]) == DONE
    export = json.loads(capsys.readouterr().out)
    assert main(["delete", "acc-1", "ann", "--at-once"]) == DONE
    receipt = json.loads(capsys.readouterr().out)
    assert main(["export", "acc-1", "ann"]) == DONE
    after = json.loads(capsys.readouterr().out)

    assert "one@example.org" in json.dumps(export)
    assert export["person"] == {"account_id": "acc-1", "staff_id": "ann"}
    assert receipt["way"] == "at_once"
    assert receipt["rows_deleted"]["ledger"] > 5
    assert "It can't be ended" in receipt["microsoft_subscription"]
    assert [table for table, found in after["tables"].items() if found] == ["connections"]
    assert "example.org" not in json.dumps(after["tables"])


def _lines(count: int) -> tuple[ActivityEntry, ...]:
    return tuple(entry(f"line {number}") for number in range(count))


async def _write(tables: Tables, who: Any) -> None:
    ledger = TableLedger(tables, sealer=SEALER, clock=FakeClock(), ids=FakeIds())
    opened = await ledger.open(who, seconds=60)
    assert opened is not None
    await ledger.record(opened.lease, LedgerChange(keep=(link(1),), activity=_lines(1)))
    await ledger.close(opened.lease)
    await TableConnections(tables, sealer=SEALER).put(replace(connection(), person=who), None)
    await TableTokenCaches(tables, sealer=SEALER).save(who, "tokens", None)
    subscription = Subscription(id=f"of {who}", expires_at=LATER, client_state="state")
    await TableSubscriptions(tables).put(subscription, who)


async def _of_others(storage: str) -> list[dict[str, Any]]:
    stored = await read_rows(storage)
    return [
        row
        for found in stored.values()
        for row in found
        if row.get("AccountId", row["PartitionKey"]) in {"acc-2", "acc-10"}
        or "acc-2" in row["PartitionKey"]
        or "acc-10" in row["PartitionKey"]
    ]
