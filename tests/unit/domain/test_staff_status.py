"""What an administrator reads of a person (R12.3)."""

from dataclasses import replace
from datetime import timedelta

from sync.domain.model import AccountId, LocationId, PersonKey, StaffId
from sync.domain.people import (
    AccessType,
    Connection,
    ConnectionState,
    LastSync,
    Problem,
    StaffMember,
    SyncResult,
)
from sync.domain.staff_status import staff_status
from tests.fakes.clock import START

STAFF = StaffMember(
    id=StaffId("anna"),
    name="Anna",
    access_type=AccessType.STAFF,
    location_ids=frozenset({LocationId("north")}),
    time_zone="UTC",
)
CONNECTION = Connection(
    person=PersonKey(account_id=AccountId("a"), staff_id=STAFF.id),
    active=True,
    state=ConnectionState.ACTIVE,
    staff=STAFF,
)


def test_r12_3_an_administrator_reads_what_fails_and_since_when_it_was_not_in_step() -> None:
    problem = Problem(code="unreachable", message="The other side can't be reached.")
    ended = START - timedelta(hours=1)
    failing = replace(
        CONNECTION,
        waiting=2,
        problem=problem,
        last_sync=LastSync(ended_at=ended, result=SyncResult.FAILED),
    )

    row = staff_status(STAFF, failing, START)

    assert (row.state, row.problem, row.waiting) == (ConnectionState.ACTIVE, problem, 2)
    assert (row.last_sync_at, row.last_sync_result) == (ended, "failed")
    assert row.subscription_expires_at is None


def test_r12_3_somebody_never_activated_has_nothing_to_show() -> None:
    row = staff_status(STAFF, None, START)

    assert (row.active, row.state, row.problem) == (False, ConnectionState.INACTIVE, None)
    assert row.last_sync_result == "none"
