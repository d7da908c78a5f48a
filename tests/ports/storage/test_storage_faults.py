"""A storage that fails, is busy, or answers so late that nobody hears it (R11.5, R11.6).

Between the adapters and the emulator stands a relay that passes requests on and, where told to,
gives a failure back instead of the answer: the write has taken effect, and nobody knows.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from sync.config import StorageSettings
from sync.errors import Throttled, Unavailable
from sync.outside.tables.claims import TableClaims
from sync.outside.tables.client import CLAIMS, LEDGER, Tables
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.sealing import Sealer
from sync.ports import LedgerChange
from tests.fakes.clock import FakeClock, FakeIds
from tests.ports.suites.ledger import (
    ANN,
    BEN,
    CURSORS,
    entry,
    link,
    links_of,
    taken,
    tell,
    titles,
)
from tests.ports.suites.storage import ACCOUNT, CALENDAR

SEALER = Sealer((b"k" * 32,))
OWN_HEADERS = {"content-length", "transfer-encoding", "content-encoding", "connection"}


@dataclass
class Relay:
    """Passes requests on to the emulator.

    Attributes:
        target: The emulator's tables, scheme and host.
        lost: How many answers to writes get lost from now on, after their effect.
        refusal: Given back at once instead of passing anything on; ``None`` for passing on.
    """

    target: str
    lost: int = 0
    refusal: web.Response | None = field(default=None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if self.refusal is not None:
            return web.Response(status=self.refusal.status, headers=self.refusal.headers)
        async with (
            ClientSession() as session,
            session.request(
                request.method,
                URL(self.target + request.raw_path, encoded=True),  # it is signed as it is
                data=await request.read() or None,
                skip_auto_headers=["Content-Type"],
                headers={name: value for name, value in request.headers.items() if name != "Host"},
            ) as response,
        ):
            body = await response.read()
            headers = {
                name: value
                for name, value in response.headers.items()
                if name.lower() not in OWN_HEADERS
            }
        if self.lost and request.method != "GET":
            self.lost -= 1
            return web.Response(status=500)
        return web.Response(status=response.status, body=body, headers=headers)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def relay(storage_account: str) -> Relay:
    endpoint = urlsplit(storage_account.partition("TableEndpoint=")[2])
    return Relay(target=f"{endpoint.scheme}://{endpoint.netloc}")


@pytest.fixture
async def tables(relay: Relay, storage_account: str) -> AsyncIterator[Tables]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", relay.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    relayed = storage_account.replace(relay.target, f"http://127.0.0.1:{port}")
    tables = Tables(
        StorageSettings(connection_string=relayed),
        options={"retry_total": 2, "retry_backoff_factor": 0},
    )
    for name in (CLAIMS, LEDGER):
        await tables.create(name)
    yield tables
    await tables.close()
    await runner.cleanup()


@pytest.fixture
def ledger(tables: Tables, clock: FakeClock) -> TableLedger:
    return TableLedger(tables, sealer=SEALER, clock=clock, ids=FakeIds())


async def test_r11_5_a_record_whose_answer_was_lost_is_there_once(
    ledger: TableLedger, relay: Relay
) -> None:
    lease = await taken(ledger)
    await ledger.record(lease, LedgerChange(keep=(link(1),)))
    relay.lost = 1

    await ledger.record(
        lease,
        LedgerChange(
            keep=(link(2),), drop=(link(1).key,), activity=(entry("e"),), tells=(tell("t"),)
        ),
    )

    assert await links_of(ledger) == (link(2),)
    assert await titles(ledger) == ["e"]
    assert await ledger.bundle_tells(lease, "bundle") == 1


async def test_r11_5_the_lease_holds_after_a_record_that_nobody_knows_about(
    ledger: TableLedger, relay: Relay
) -> None:
    lease = await taken(ledger)
    relay.lost = 9
    with pytest.raises(Unavailable):
        await ledger.record(lease, LedgerChange(keep=(link(1),), activity=(entry("a"),)))
    relay.lost = 0

    await ledger.record(lease, LedgerChange(keep=(link(2),), activity=(entry("b"),)))

    assert await links_of(ledger) == (link(1), link(2))
    assert await titles(ledger) == ["b", "a"]


async def test_r11_5_a_lease_is_known_as_ones_own_when_the_answer_was_lost(
    ledger: TableLedger, relay: Relay
) -> None:
    relay.lost = 1
    first = await taken(ledger)
    await ledger.close(first)
    relay.lost = 1

    second = await taken(ledger)

    assert second.token != first.token
    await ledger.record(second, LedgerChange(keep=(link(1),)))


async def test_r11_5_a_wish_whose_answer_was_lost_still_asks_for_its_job(
    ledger: TableLedger, relay: Relay
) -> None:
    await ledger.close(await taken(ledger))
    relay.lost = 1
    assert await ledger.want(ANN)
    await ledger.close(await taken(ledger))
    relay.lost = 1

    assert await ledger.want(ANN)
    assert not await ledger.want(ANN)


async def test_r11_5_a_wish_that_nobody_could_hear_asks_for_its_job_when_repeated(
    ledger: TableLedger, relay: Relay
) -> None:
    assert await ledger.want(ANN)
    await ledger.close(await taken(ledger))
    relay.lost = 9
    with pytest.raises(Unavailable):
        await ledger.want(ANN)
    relay.lost = 0

    assert await ledger.want(ANN)
    assert not await ledger.want(ANN)


async def test_r11_5_a_close_whose_answer_was_lost_has_closed(
    ledger: TableLedger, relay: Relay
) -> None:
    lease = await taken(ledger)
    relay.lost = 1

    assert not await ledger.close(lease, cursors=CURSORS)

    assert (await ledger.read(ANN)).cursors == CURSORS
    await taken(ledger)


async def test_r11_2_a_close_whose_answer_was_lost_still_tells_of_a_job_turned_away(
    ledger: TableLedger, relay: Relay
) -> None:
    await ledger.close(await taken(ledger))
    lease = await taken(ledger)
    assert await ledger.open(ANN, seconds=60) is None
    # The first answer is the refusal because of the note.
    relay.lost = 2

    assert await ledger.close(lease)

    await taken(ledger)


async def test_r5_2_a_calendar_whose_claim_was_lost_is_still_ones_own(
    tables: Tables, relay: Relay
) -> None:
    claims = TableClaims(tables)
    relay.lost = 1

    assert await claims.claim(ACCOUNT, CALENDAR, ANN)
    assert not await claims.claim(ACCOUNT, CALENDAR, BEN)


@pytest.mark.parametrize("status", [429, 503])
async def test_r11_6_a_busy_storage_throttles(
    ledger: TableLedger, relay: Relay, status: int
) -> None:
    relay.refusal = web.Response(status=status, headers={"Retry-After": "0"})

    with pytest.raises(Throttled) as error:
        await ledger.read(ANN)

    assert error.value.retry_after == 0


@pytest.mark.parametrize("status", [408, 500, 502, 504])
async def test_a_failing_storage_is_unavailable(
    ledger: TableLedger, relay: Relay, status: int
) -> None:
    lease = await taken(ledger)
    relay.refusal = web.Response(status=status)

    with pytest.raises(Unavailable):
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
    with pytest.raises(Unavailable):
        await ledger.read(ANN)
