"""What the root logger hears while calendars are read and written (R7.3): as on Azure, at INFO."""

import logging
from collections.abc import Iterator

import pytest

from sync.engine.items import EventContent
from sync.logs import LIBRARIES, keep_libraries_quiet
from tests.ports.graph.desk import ANNS, SimulatedDesk
from tests.ports.suites.calendar_gateway import MARK, WINDOW, at, read

CANARY = "kanarienvogel"


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in LIBRARIES}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def heard(caplog: pytest.LogCaptureFixture) -> str:
    """Gives what anybody but the simulators said."""
    return "\n".join(
        f"{record.name} {record.getMessage()} {record.__dict__}"
        for record in caplog.records
        if not record.name.startswith(("simulators", "aiohttp", "asyncio"))
    )


async def _play(desk: SimulatedDesk) -> None:
    """Reads, searches, writes, is refused and is answered in riddles."""
    item = desk.meet(at(1), subject=f"{CANARY} subject", body=f"{CANARY} body")
    _, cursor = await read(desk)
    content = EventContent(subject=f"{CANARY} ours", body_html=f"<p>{CANARY}</p>")
    await desk.gateway.create_event(
        desk.calendar, content=content, interval=at(2), mark=MARK, transaction_id="0" * 32
    )
    await desk.gateway.find(desk.calendar, mark=MARK, uid=f"{CANARY} uid")
    await desk.gateway.update_event(desk.calendar, item, content=content)
    await desk.gateway.read_changes(desk.calendar, cursor)
    desk.simulator.faults.set("answer", path="events", status=403, code=CANARY)
    await desk.gateway.update_event(desk.calendar, item, content=content)
    desk.simulator.faults.clear()
    await desk.gateway.read_all(desk.calendar, WINDOW)


async def test_r7_3_nothing_of_a_calendar_no_token_and_no_address_is_in_any_line(
    desk: SimulatedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keep_libraries_quiet()

    await _play(desk)

    text = heard(caplog)
    assert "graph.call_refused" in text
    for private in (CANARY, ANNS, "deltatoken", "skiptoken", "Bearer", desk.simulator.base_url):
        assert private.lower() not in text.lower()


async def test_this_test_would_hear_libraries_that_talk(
    desk: SimulatedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.NOTSET)

    await _play(desk)

    assert "deltatoken" in heard(caplog).lower()
