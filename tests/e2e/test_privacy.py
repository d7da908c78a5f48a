"""A story with marked contents; then everything that was stored, queued, logged or sent is read."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

from simulators.booking.model import ItemField
from tests.e2e.ingestion import Ingestion
from tests.e2e.product import (
    LOOK,
    Product,
    eventually,
    meeting,
    open_synced,
    tomorrow,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HOUR = timedelta(hours=1)
PRIVATE = "kanarienvogel"
PUBLIC = ("Zeisig", "Stieglitz", "Gimpel", "Bergfink", "555-0177")


@dataclass(slots=True)
class Traces:
    """What the story left behind, as texts."""

    tables: dict[str, str] = field(default_factory=dict)
    queues: set[str] = field(default_factory=set)
    logs: str = ""
    mails: str = ""
    booking: str = ""
    exported: str = ""
    tokens: tuple[str, ...] = ()
    address: str = ""


@pytest.fixture(scope="module")
def product(exporting: Product) -> Product:
    return exporting


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def traces(product: Product, ingestion: Ingestion) -> AsyncIterator[Traces]:
    """Plays the story: private and public contents, created, turned private, refused, put back."""
    found = Traces()
    async with QueueServiceClient.from_connection_string(
        product.run.azurite.connection_string()
    ) as queues:
        looking = asyncio.create_task(_look_on(queues, found))
        await _play(product, found)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    for name, rows in (await product.tables()).items():
        found.tables[name] = json.dumps(rows, default=_text)
    found.logs = "\n".join(product.logs)
    mails = [one.as_json() for one in product.run.mailbox.post_office.mails()]
    found.mails = json.dumps(mails, ensure_ascii=False)
    schedule = product.run.booking.state.schedule(product.account, "st-iris").items()
    found.booking = repr((schedule, list(product.run.booking.api.log.entries)))
    # What is still to be exported goes as the functions end.
    await product.functions.stop()
    found.exported = ingestion.text
    given = product.run.identity.directory
    found.tokens = (*given._refresh, *given._access)
    yield found


async def _play(product: Product, found: Traces) -> None:
    staff, found.address = product.hire("Iris"), "iris@practice.example"
    state, acts, account = product.run.booking.state, product.run.graph.acts, product.account
    at = tomorrow(14)
    secret = {
        "subject": f"{PRIVATE} subject",
        "body": {"contentType": "text", "content": f"{PRIVATE} body"},
        "location": {"displayName": f"{PRIVATE} place"},
    }
    acts.create(found.address, meeting("", at) | secret | {"sensitivity": "private"})
    acts.create(found.address, meeting("", at + 2 * _HOUR) | secret | {"sensitivity": "personal"})
    acts.create(
        found.address,
        meeting("Zeisig", at + 4 * _HOUR, body={"contentType": "text", "content": "Stieglitz"}),
    )
    item = state.book_appointment(
        account,
        staff,
        start=at + timedelta(days=1),
        end=at + timedelta(days=1, hours=1),
        customer="Gimpel",
        service="Bergfink",
        fields=(ItemField(label="Phone", value="555-0177"),),
    )
    async with open_synced(product, staff):
        event = await eventually(lambda: product.event(found.address, "Gimpel - Bergfink"))
        # Onto a private Meeting: refused, put back, and told by mail.
        acts.move(event["id"], at, at + _HOUR)
        await eventually(
            lambda: [m for m in product.mails(found.address) if "could not" in m["subject"]]
        )
        # A private Meeting onto the Appointment: the Reserve is refused.
        acts.create(
            found.address,
            meeting("", item.start + timedelta(minutes=15)) | secret | {"sensitivity": "private"},
        )
        # A wrong body of ours would end in a log.
        await product.servers.post("/api/webhooks/graph", content=PRIVATE.encode())
        await product.sweep()


async def _look_on(queues: QueueServiceClient, found: Traces) -> None:
    """Reads again and again what waits in the queues, poisoned messages too, and takes nothing."""
    while True:
        async for queue in queues.list_queues():
            with suppress(ResourceNotFoundError):
                for message in await queues.get_queue_client(queue.name).peek_messages(32):
                    found.queues.add(b64decode(str(message.content)).decode())
        await asyncio.sleep(LOOK)


async def test_r7_3_private_text_is_written_nowhere(traces: Traces) -> None:
    for name, text in traces.tables.items():
        assert PRIVATE not in text.lower(), name
    assert PRIVATE not in "".join(traces.queues).lower()
    assert PRIVATE not in traces.logs.lower()
    assert PRIVATE not in traces.exported.lower()
    assert PRIVATE not in traces.mails.lower()
    assert PRIVATE not in traces.booking.lower()
    assert traces.booking.count("'Reserved'") == 2
    assert len(traces.queues) > 2


async def test_titles_and_contents_are_sealed_in_tables_and_absent_from_queues_and_logs(
    traces: Traces,
) -> None:
    for words in PUBLIC:
        for name, text in traces.tables.items():
            assert words not in text, f"{words} in {name}"
        assert words not in "".join(traces.queues)
        assert words not in traces.logs
        assert words not in traces.exported
    # They were on their way: the mail names the item (R9.3), the Reserve bears the title.
    assert "Gimpel - Bergfink" in traces.mails
    assert "Zeisig" in traces.booking


async def test_tokens_and_signed_links_are_kept_from_tables_logs_and_queues(
    product: Product, traces: Traces
) -> None:
    settings = product.run.settings()
    links = [part for part in traces.mails.split() if "invitation=" in part]
    secrets = [value for name, value in settings.items() if name.endswith(("SECRET", "TOKEN"))]

    assert traces.tokens
    assert links
    for secret in (*traces.tokens, *secrets, links[0].split("invitation=")[1][:40]):
        for name, text in traces.tables.items():
            assert secret not in text, name
        assert secret not in traces.logs
        assert secret not in traces.exported
        assert secret not in "".join(traces.queues)


async def test_addresses_stand_in_the_connections_table_alone(traces: Traces) -> None:
    assert {n for n, text in traces.tables.items() if traces.address in text} == {"connections"}
    assert traces.address not in traces.logs
    assert traces.address not in traces.exported
    assert traces.address not in "".join(traces.queues)
    assert traces.address in traces.mails


async def test_r7_3_libraries_that_log_each_call_are_not_heard(
    product: Product, traces: Traces
) -> None:
    # The host of this test passes on whatever the root logger hears at INFO, as on Azure.
    settings = product.run.settings()
    for trace in ("deltatoken", "HTTP Request", "Request URL", settings["GRAPH_BASE_URL"]):
        assert trace not in traces.logs
    assert "sync.run_finished" in traces.logs


async def test_r7_3_no_address_of_a_call_is_exported(
    product: Product, traces: Traces, ingestion: Ingestion
) -> None:
    settings = product.run.settings()
    for name in ("GRAPH_BASE_URL", "BOOKING_API_URL", "MICROSOFT_AUTHORITY"):
        assert settings[name] not in traces.exported
    assert "deltatoken" not in traces.exported
    calls = {each["data"]["baseData"]["name"] for each in ingestion.envelopes("RemoteDependency")}
    assert calls == {
        *("sync job", "account job", "mail job", "outlook post", "booking post"),
        *(f"outlook {method}" for method in ("GET", "POST", "PATCH")),
        *(f"booking {method}" for method in ("GET", "POST", "PATCH")),
    }
    assert not ingestion.envelopes("Exception")
    assert not ingestion.envelopes("Request")


async def test_a_post_and_the_write_that_it_leads_to_are_one_trace(
    traces: Traces, ingestion: Ingestion
) -> None:
    assert traces.exported
    stories: dict[str, set[str]] = {}
    for each in ingestion.envelopes("RemoteDependency"):
        names = stories.setdefault(each["tags"]["ai.operation.id"], set())
        names.add(each["data"]["baseData"]["name"])
    lines = {
        each["tags"].get("ai.operation.id")
        for each in ingestion.envelopes("Message")
        if each["data"]["baseData"]["message"] == "sync.run_finished"
    }

    assert any({"outlook post", "sync job", "booking POST"} <= each for each in stories.values())
    assert lines <= set(stories)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
