"""The storage emulator's handle: fresh accounts, and an end that cannot be missed."""

import socket
import subprocess
import sys
from contextlib import suppress

import pytest
from azure.storage.queue.aio import QueueServiceClient

from simulators.azurite import Azurite, AzuriteError


async def _queues(connection: str) -> list[str]:
    async with QueueServiceClient.from_connection_string(connection) as service:
        return [queue.name async for queue in service.list_queues()]


async def test_each_account_of_one_emulator_has_a_storage_of_its_own(
    azurite: str, storage_account: str
) -> None:
    async with QueueServiceClient.from_connection_string(storage_account) as service:
        await service.create_queue("sync-jobs")

    assert await _queues(storage_account) == ["sync-jobs"]
    assert await _queues(azurite) == []


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(AzuriteError, match=f"Port {port} "):
            Azurite(queue_port=port).start()


def test_the_emulator_ends_with_the_process_that_started_it_even_when_that_is_killed() -> None:
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import sys; from simulators.azurite import Azurite\n"
                "azurite = Azurite(); azurite.start()\n"
                "print(azurite.connection_string().rsplit(':', 1)[1].split('/')[0], flush=True)\n"
                "sys.stdin.read()"
            ),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter:
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        watch = socket.create_connection(("127.0.0.1", port))

        starter.kill()

        # The emulator's end closes or resets the connection; without it this waits in vain.
        with watch, suppress(ConnectionResetError):
            watch.settimeout(20)
            assert watch.recv(1) == b""
