"""What an administrator reads of a person (R12.3)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    Invitation,
    InvitationStatus,
    LastSync,
    Problem,
    StaffMember,
    Subscription,
    SyncResult,
)
from sync.people.staff_list import StaffStatus, staff_status
from sync.words import AccountId, LocationId, PersonKey, StaffId
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


NORTH = frozenset({LocationId("north")})


def invited(
    status: InvitationStatus, *, expires: timedelta = timedelta(hours=1), used: bool = False
) -> Invitation:
    return Invitation(id="i", status=status, expires_at=START + expires, used=used)


def test_r12_3_an_administrator_reads_what_fails_and_since_when_it_was_not_in_step() -> None:
    problem = Problem(code="unreachable", message="The other side can't be reached.")
    ended = START - timedelta(hours=1)
    failing = replace(
        CONNECTION,
        waiting=2,
        problem=problem,
        last_sync=LastSync(ended_at=ended, result=SyncResult.FAILED),
    )

    row = staff_status(STAFF, failing, START, enabled=NORTH)

    assert (row.state, row.problem, row.waiting) == (ConnectionState.ACTIVE, problem, 2)
    assert (row.last_sync_at, row.last_sync_result) == (ended, "failed")
    assert row.subscription_expires_at is None


def test_r12_3_somebody_never_activated_has_nothing_to_show() -> None:
    row = staff_status(STAFF, None, START, enabled=NORTH)

    assert (row.active, row.state, row.problem) == (False, ConnectionState.INACTIVE, None)
    assert row.last_sync_result == "none"


def test_r12_3_a_row_shows_health_and_nothing_of_what_is_in_the_calendars() -> None:
    subscription = Subscription(id="s", expires_at=START, client_state="c")
    both = replace(STAFF, location_ids=frozenset({LocationId("south"), LocationId("north")}))
    known = replace(CONNECTION, staff=both, subscription=subscription, left_behind=2, waiting=1)

    assert staff_status(both, known, START, enabled=NORTH) == StaffStatus(
        staff_id=StaffId("anna"),
        name="Anna",
        access_type=AccessType.STAFF,
        location_ids=(LocationId("north"), LocationId("south")),
        can_activate=True,
        active=True,
        state=ConnectionState.ACTIVE,
        waiting=1,
        left_behind=2,
        subscription_expires_at=START,
    )
    assert not staff_status(both, replace(known, active=False), START, enabled=NORTH).active


@pytest.mark.parametrize(
    ("invitation", "email", "shown"),
    [
        (None, None, "none"),
        (invited(InvitationStatus.QUEUED), None, "sent"),
        (invited(InvitationStatus.SENT), None, "sent"),
        (invited(InvitationStatus.SENT, expires=timedelta(0)), None, "expired"),
        (invited(InvitationStatus.SENT, expires=timedelta(seconds=1)), None, "sent"),
        (invited(InvitationStatus.SENT, expires=timedelta(0), used=True), None, "sent"),
        (invited(InvitationStatus.NO_EMAIL), None, "no_email"),
        (invited(InvitationStatus.NO_EMAIL), "anna@example.org", "none"),
        (invited(InvitationStatus.FAILED), None, "failed"),
    ],
)
def test_r12_3_an_administrator_reads_what_became_of_the_invitation(
    invitation: Invitation | None, email: str | None, shown: str
) -> None:
    known = replace(CONNECTION, invitation=invitation)

    assert (
        staff_status(replace(STAFF, email=email), known, START, enabled=NORTH).invitation == shown
    )
    let_go = replace(known, active=False)
    assert staff_status(STAFF, let_go, START, enabled=NORTH).invitation == "none"


def test_r3_5_who_works_at_no_location_with_the_plugin_is_shown_as_such() -> None:
    south = frozenset({LocationId("south")})

    assert staff_status(STAFF, None, START, enabled=NORTH).can_activate
    assert not staff_status(STAFF, CONNECTION, START, enabled=south).can_activate
