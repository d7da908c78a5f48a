"""The connection for a managed identity; nothing is asked of the network here."""

from sync.config import StorageSettings
from sync.outside.queues.jobs import QueueJobs
from sync.outside.tables.client import Tables
from sync.ports.job_texts import encode_account, encode_mail, encode_sync

ADDRESSES = {
    "queue_url": "https://account1.queue.core.windows.net",
    "table_url": "https://account1.table.core.windows.net",
}
IDENTITY = StorageSettings(**ADDRESSES, client_id="identity")


async def test_tables_are_reached_at_their_address() -> None:
    for settings in (IDENTITY, StorageSettings(**ADDRESSES)):
        service = Tables(settings)._connect()

        assert service.url == "https://account1.table.core.windows.net"
        await service.close()


async def test_queues_are_reached_at_their_address() -> None:
    jobs = QueueJobs(
        IDENTITY,
        encode_sync=encode_sync,
        encode_account=encode_account,
        encode_mail=encode_mail,
    )
    service = jobs._connect()

    assert service.url == "https://account1.queue.core.windows.net/"
    await service.close()
