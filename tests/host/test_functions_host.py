"""The functions host answers as the Azure host does: over HTTP, from queues, by timers."""

import asyncio
import base64
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from simulators.host.process import FunctionsProcess, FunctionsProcessError

APP = Path(__file__).parent / "app"
PATIENCE = 60.0  # seconds after which a test gives up


class Queues:
    """The queues of the test's storage: sends jobs, and takes what the functions reported."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    async def make(self) -> None:
        for name in ("jobs", "seen"):
            async with self._client(name) as queue:
                await queue.create_queue()

    async def send(self, text: str) -> None:
        async with self._client("jobs") as queue:
            await queue.send_message(base64.b64encode(text.encode()).decode())

    async def seen(self) -> dict[str, Any]:
        """Waits for the next report of a function."""
        return dict(json.loads(await self._take("seen")))

    async def poisoned(self) -> str:
        """Waits for the next message of the poison queue."""
        return base64.b64decode(await self._take("jobs-poison")).decode()

    async def _take(self, name: str) -> str:
        async with self._client(name) as queue:
            with suppress(ResourceExistsError):
                await queue.create_queue()
            async with asyncio.timeout(PATIENCE):
                while True:
                    message = await queue.receive_message()
                    if message is not None:
                        await queue.delete_message(message)
                        return str(message.content)

    def _client(self, name: str) -> QueueClient:
        return QueueClient.from_connection_string(self._connection, name)


@pytest.fixture
async def queues(storage_account: str) -> Queues:
    made = Queues(storage_account)
    await made.make()
    return made


@pytest.fixture
async def http(functions: FunctionsProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=functions.base_url) as client:
        yield client


async def test_a_message_is_decoded_and_run_once(
    functions: FunctionsProcess, queues: Queues
) -> None:
    await queues.send("first é")
    first = await queues.seen()
    await queues.send("second")
    second = await queues.seen()

    assert (first["text"], first["count"]) == ("first é", 1)
    assert (second["text"], second["count"]) == ("second", 1)
    assert functions.running


@pytest.mark.usefixtures("functions")
async def test_a_message_that_keeps_failing_goes_to_the_poison_queue(queues: Queues) -> None:
    await queues.send("fail always")

    poisoned = await queues.poisoned()

    assert poisoned == "fail always"
    assert [(await queues.seen())["count"] for _ in range(3)] == [1, 2, 3]


async def test_a_message_of_a_killed_host_runs_again_after_its_lease(
    functions: FunctionsProcess, queues: Queues
) -> None:
    await queues.send("hang once")
    before = await queues.seen()

    await functions.kill()
    await functions.start()
    after = await queues.seen()

    assert (before["count"], after["count"]) == (1, 2)
    assert before["id"] == after["id"]


async def test_a_stop_puts_a_message_back_that_has_not_ended(
    functions: FunctionsProcess, queues: Queues
) -> None:
    await queues.send("hang once")
    before = await queues.seen()

    await functions.stop()
    await functions.start()
    after = await queues.seen()

    assert (before["count"], after["count"]) == (1, 2)
    assert any("host.stopped" in line for line in functions.logs)


@pytest.mark.usefixtures("functions")
async def test_a_timer_is_fired_by_hand(http: httpx.AsyncClient, queues: Queues) -> None:
    answer = await http.post("/admin/functions/tick")

    assert answer.status_code == 202
    assert await queues.seen() == {"timer": True, "past_due": False}


async def test_a_queue_function_is_fired_by_hand(http: httpx.AsyncClient, queues: Queues) -> None:
    answer = await http.post("/admin/functions/work", json={"input": "by hand"})

    assert answer.status_code == 202
    assert (await queues.seen())["text"] == "by hand"


async def test_a_timer_follows_its_schedule(settings: dict[str, str], queues: Queues) -> None:
    every_second = settings | {"TICK_SCHEDULE": "* * * * * *"}
    process = FunctionsProcess(app_dir=APP, settings=every_second)
    await process.start()

    reports = [await queues.seen(), await queues.seen()]

    await process.stop()
    assert reports == [{"timer": True, "past_due": False}] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"TICK_SCHEDULE": "* * *"}, "tick: the schedule '* * *' needs six fields"),
        ({"TICK_SCHEDULE": ""}, "%TICK_SCHEDULE% does not resolve to a value"),
        ({"AzureWebJobsStorage": ""}, "AzureWebJobsStorage is missing"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_sentence(
    settings: dict[str, str], change: dict[str, str], message: str
) -> None:
    process = FunctionsProcess(app_dir=APP, settings=settings | change)

    with pytest.raises(FunctionsProcessError, match="did not start") as caught:
        await process.start()

    assert message in str(caught.value)
    assert "Traceback" not in str(caught.value)


async def test_a_taken_port_is_named(functions: FunctionsProcess, settings: dict[str, str]) -> None:
    port = int(functions.base_url.rsplit(":", 1)[1])
    second = FunctionsProcess(app_dir=APP, settings=settings, port=port)

    with pytest.raises(FunctionsProcessError, match=f"Port {port} is taken"):
        await second.start()


async def test_the_worker_rejects_a_binding_that_no_parameter_takes(
    settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "host.json").write_text("{}")
    (tmp_path / "function_app.py").write_text(
        "import azure.functions as func\n"
        "app = func.FunctionApp()\n"
        "@app.route('x')\n"
        "def wrong(request: func.HttpRequest) -> str:\n"
        "    return ''\n"
    )
    process = FunctionsProcess(app_dir=tmp_path, settings=settings)

    with pytest.raises(FunctionsProcessError, match="FunctionLoadError"):
        await process.start()


async def test_sigint_ends_the_host_too(settings: dict[str, str]) -> None:
    process = FunctionsProcess(app_dir=APP, settings=settings)
    await process.start()
    (started,) = [line for line in process.logs if "host.listening" in line]

    os.kill(process.pid, signal.SIGINT)
    await process.ended()
    await process.stop()

    assert "functions=6" in started
    assert "host.stopped" in process.logs[-1]


async def test_a_message_stays_invisible_for_as_long_as_its_function_runs(
    settings: dict[str, str], queues: Queues
) -> None:
    process = FunctionsProcess(app_dir=APP, settings=settings, lease=timedelta(seconds=1))
    await process.start()

    await queues.send("hang once")
    first = await queues.seen()
    # The function is ended after three leases: the next try is its repeat, not a second delivery.
    second = await queues.seen()

    await process.stop()
    assert (first["count"], second["count"]) == (1, 2)
    assert [line for line in process.logs if "outcome=timeout" in line]


async def test_the_host_ends_when_its_starter_is_gone(settings: dict[str, str]) -> None:
    process = FunctionsProcess(app_dir=APP, settings=settings)
    await process.start()

    process.let_go()
    await process.ended()
    await process.stop()

    assert "host.stopped" in process.logs[-1]
