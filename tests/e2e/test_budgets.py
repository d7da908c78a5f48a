"""What a sync may cost at most (R11.2): counted on the running product, never timed.

The limits are what was measured; what is still to be reached stands in docs/benchmarks.md.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.scenes import (
    add_passed,
    changes,
    disconnect,
    open_quiet_stage,
    quiet_day,
    quiet_jobs,
    undisturbed,
)
from benchmarks.stage import Stage
from benchmarks.tally import Tally, kind_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

_AT_ONCE = 4


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tally: Tally) -> AsyncIterator[Stage]:
    """Starts the product once, with one person whose sync runs."""
    async with open_quiet_stage(tally) as running:
        yield running


async def test_r11_2_a_job_that_finds_nothing_costs_ten_requests(
    tally: Tally, stage: Stage
) -> None:
    costs = await quiet_jobs(tally, stage.product, stage.member.staff, 5)

    assert costs.jobs == 5
    assert costs.requests.total() <= 5 * 10, costs.requests


async def test_r11_2_a_change_costs_one_job_and_its_echo_none(tally: Tally, stage: Stage) -> None:
    # The first ones look their subscription up.
    await changes(tally, stage, 0)

    for name, costs in (await changes(tally, stage, 1)).items():
        assert costs.jobs == 1, name
        assert costs.requests.total() <= 14, (name, costs.requests)


async def test_r11_2_what_has_passed_costs_nothing(tally: Tally, stage: Stage) -> None:
    await add_passed(stage.product, stage.member.staff, 1_000)
    await quiet_jobs(tally, stage.product, stage.member.staff, 1)

    costs = await quiet_jobs(tally, stage.product, stage.member.staff, 3)

    assert costs.requests.total() <= 3 * 10, costs.requests


async def test_r11_2_what_a_first_sync_and_its_end_cost(tally: Tally, stage: Stage) -> None:
    first = await undisturbed(tally, stage.product, "Cara", each=200)
    assert not first.is_disturbed, "calls to the emulator broke off, three times"
    removed = await disconnect(tally, stage.product, "Gabi", latency=0)

    assert first.items == 400
    assert first.costs.jobs <= 3
    assert first.costs.requests.total() <= 120, first.costs.requests
    assert removed.jobs == 1
    assert removed.requests.total() <= 60, removed.requests
    assert max(stage.product.run.graph.service.most_in_flight.values()) <= _AT_ONCE


@pytest.mark.parametrize(("max_age_seconds", "looks"), [(3_600, 24), (21_600, 4)])
async def test_r11_3_a_day_without_changes_costs_a_look_for_each_time_that_is_set(
    max_age_seconds: int, looks: int
) -> None:
    day = await quiet_day(max_age_seconds)

    assert day.jobs <= looks
    assert day.account_looks <= 1


@pytest.mark.parametrize(
    ("request_line", "kind"),
    [
        ("GET /account/sync-jobs/messages?numofmessages=8", None),
        ("PUT /account/sync-jobs/messages/id?popreceipt=x&visibilitytimeout=2", None),
        ("GET /account/sync-jobs?comp=metadata", None),
        ("POST /account/sync-jobs/messages?visibilitytimeout=0", "message sent"),
        ("DELETE /account/sync-jobs/messages/id?popreceipt=x", "message deleted"),
        ("GET /account/ledger()?$filter=x", "GET ledger"),
        ("PATCH /account/abc(PartitionKey='a',RowKey='b')", "PATCH abc"),
        ("POST /account/$batch", "POST $batch"),
    ],
)
async def test_polls_and_renewals_do_not_count(request_line: str, kind: str | None) -> None:
    assert kind_of(request_line) == kind
