"""Everything that a release keeps, each kind once: written by the product's own code.

What a release wrote lies in ``released/<release>.json``; docs/formats.md says what may become of
it. Run as a command, this prints what today's code writes.
"""

import asyncio
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from azure.data.tables.aio import TableServiceClient

from simulators.azurite import Azurite
from sync.config import StorageSettings
from sync.outside.tables.claims import TableClaims
from sync.outside.tables.client import Tables
from sync.outside.tables.connections import TableConnections
from sync.outside.tables.flows import TableFlows
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.locations import TableLocations
from sync.outside.tables.mail_limits import TableMailLimits
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.sent_mails import TableSentMails
from sync.outside.tables.subscriptions import TableSubscriptions
from sync.outside.tables.token_caches import TableTokenCaches
from sync.people.people import (
    Connection,
    Contact,
    EnabledLocations,
    Failing,
    Held,
    HeldAnswer,
    Leaving,
    Missing,
    PendingContact,
)
from sync.ports import (
    AccountCause,
    AccountJob,
    Cause,
    LedgerChange,
    Limit,
    MailJob,
    MailKind,
    SyncJob,
)
from sync.ports.job_texts import encode_account, encode_mail, encode_sync
from sync.words import AccountId, CalendarId, LocationId
from tests.fakes.clock import START, FakeClock, FakeIds
from tests.ports.suites.connections import full_connection
from tests.ports.suites.ledger import CURSORS, HOLD, INTENT, WEEK, entry, link, taken, tell
from tests.ports.suites.storage import ACCOUNT, ANN, CALENDAR, LATER, SUBSCRIPTION

SECRET = "secret of the limits"
ONCE = (Limit(count=1, span=timedelta(minutes=1)),)
RELEASED = Path(__file__).with_name("released")
SEALER = Sealer((b"k" * 32,))
ENABLED = EnabledLocations(
    account_id=ANN.account_id, location_ids=frozenset({LocationId("loc-1"), LocationId("loc-2")})
)
#: A Link that is agreed on, one that waits, one that is being written.
LINKS = (link(1), replace(link(2, at=START + WEEK), hold=HOLD), replace(link(3), intent=INTENT))
#: The reference of the mail about a sync's end is JSON as well.
ENDED = '{"ended_at": "2026-11-23T08:00:00+00:00", "result": "ok", "counts": {"created": 2}}'
SYNC_JOBS = [SyncJob(person=ANN, cause=cause, attempt=2) for cause in Cause]
#: The part of an operation on many people, new in 1.1 (R3.5).
PART_JOB = AccountJob(
    cause=AccountCause.ACTIVATE,
    account_id=ANN.account_id,
    staff_ids=(ANN.staff_id,),
    acting=ANN.staff_id,
    asked_at=START,
)
ACCOUNT_JOBS = [
    AccountJob(cause=AccountCause.STAFF_CHANGED, account_id=ANN.account_id, staff_id=ANN.staff_id),
    AccountJob(cause=AccountCause.LOCATIONS_CHANGED, account_id=AccountId("acc-1")),
    AccountJob(cause=AccountCause.SWEEP_SHARD, shard=0),
    AccountJob(cause=AccountCause.RENEWAL_SHARD, shard=15),
    PART_JOB,
]
MAIL_JOBS = [
    MailJob(
        kind=kind,
        person=ANN,
        key=f"{kind}-1",
        reference=ENDED if kind is MailKind.SYNC_COMPLETED else "reference",
    )
    for kind in MailKind
]


def connection_of_1_0() -> Connection:
    """Gives a Connection with all that release 1.0 knew."""
    return replace(full_connection(), session_epoch=0)


def connection() -> Connection:
    """Gives a Connection with all that is known today."""
    return replace(
        connection_of_1_0(),
        held=Held(since=START, count=20, answer=HeldAnswer.PUT_BACK),
        failing=Failing(since=START, times=2, code="unavailable"),
        missing=Missing(what="calendar", since=START, looks=1),
        leaving=Leaving(calendar_id=CalendarId("old"), since=START),
        session_epoch=5,
        decided_at=START,
        contact=Contact(
            confirmed="one@example.org",
            confirmed_by="c1",
            pending=PendingContact(address="two@example.org", id="c2", expires_at=LATER),
        ),
    )


async def write_everything(storage: str) -> None:
    """Writes each kind of row once into an empty storage account."""
    tables, clock = Tables(StorageSettings(connection_string=storage)), FakeClock()
    ledger = TableLedger(tables, sealer=SEALER, clock=clock, ids=FakeIds())
    await TableConnections(tables, sealer=SEALER).put(connection(), None)
    await TableLocations(tables).put(ENABLED, None)
    await TableClaims(tables).claim(ACCOUNT, CALENDAR, ANN)
    await TableSubscriptions(tables).put(SUBSCRIPTION, ANN)
    await TableFlows(tables, sealer=SEALER, clock=clock).save("flow", "state", LATER)
    await TableSentMails(tables).mark_sent("cause")
    await TableMailLimits(tables, secret=SECRET).take("key", "mail", ONCE, START)
    await TableTokenCaches(tables, sealer=SEALER).save(ANN, "tokens", None)
    lease = await taken(ledger)
    change = LedgerChange(
        keep=LINKS, activity=(entry("made"),), tells=(tell("told"),), echoes=("etag",)
    )
    await ledger.record(lease, change)
    await ledger.bundle_tells(lease, "bundle")
    await ledger.close(lease, cursors=CURSORS)
    await tables.close()


async def read_rows(storage: str) -> dict[str, list[dict[str, Any]]]:
    """Gives all rows of all tables as the storage has them."""
    async with TableServiceClient.from_connection_string(storage) as service:
        names = sorted([table.name async for table in service.list_tables()])
        return {
            name: [dict(row) async for row in service.get_table_client(name).list_entities()]
            for name in names
        }


async def put_rows(storage: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Lays rows into an empty storage account as they are."""
    async with TableServiceClient.from_connection_string(storage) as service:
        for name, of_table in rows.items():
            table = await service.create_table(name)
            for row in of_table:
                await table.create_entity(row)


def jobs() -> dict[str, list[str]]:
    """Gives the queue texts of all jobs."""
    return {
        "sync": [encode_sync(job) for job in SYNC_JOBS],
        "account": [encode_account(job) for job in ACCOUNT_JOBS],
        "mail": [encode_mail(job) for job in MAIL_JOBS],
    }


def released(release: str) -> dict[str, Any]:
    """Gives what a release wrote: ``rows`` by table, ``jobs`` by queue."""
    stored: dict[str, Any] = json.loads((RELEASED / f"{release}.json").read_text(encoding="utf-8"))
    return stored


def main() -> None:
    """Prints what today's code writes."""
    with Azurite() as server:
        storage = server.connection_string()
        asyncio.run(write_everything(storage))
        rows = asyncio.run(read_rows(storage))
    json.dump({"rows": rows, "jobs": jobs()}, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
