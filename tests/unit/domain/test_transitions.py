"""How a Connection goes from one state to the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.domain.model import (
    AccountId,
    CalendarId,
    ConnectionId,
    LocationId,
    PersonKey,
    StaffId,
)
from sync.domain.people import (
    AccessType,
    Connection,
    ConnectionState,
    Goal,
    Invitation,
    InvitationStatus,
    MicrosoftAccount,
    Progress,
    StaffMember,
    SyncSettings,
)
from sync.domain.transitions import (
    activated,
    awaits_invitation,
    deactivated,
    disconnecting,
    is_suspended,
    keeps_tokens,
    removed,
    signed_in,
    started,
    suspended,
    takes_part,
    with_account,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ACCOUNT = MicrosoftAccount(id="ms", address="anna@example.org")
STAFF = StaffMember(
    id=StaffId("anna"),
    name="Anna",
    access_type=AccessType.STAFF,
    location_ids=frozenset({LocationId("north")}),
    time_zone="UTC",
    email="anna@example.org",
)
SETTINGS = SyncSettings(calendar_id=CalendarId("c"), contact_email="anna@example.org")
INVITATION = Invitation(
    id="i", status=InvitationStatus.QUEUED, expires_at=NOW + timedelta(minutes=30)
)
LIVE = [state for state in ConnectionState if state is not ConnectionState.INACTIVE]


def connection(state: ConnectionState, **fields: object) -> Connection:
    plain = Connection(
        person=PersonKey(account_id=AccountId("a"), staff_id=STAFF.id),
        active=state is not ConnectionState.INACTIVE,
        state=state,
        staff=STAFF,
        microsoft=ACCOUNT,
        settings=SETTINGS,
        connection_id=ConnectionId("k"),
        goal=Goal.AUTHORIZED if state is ConnectionState.DISCONNECTING else None,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", LIVE)
def test_r3_3_a_deactivated_person_takes_no_part_whatever_the_state_was(
    state: ConnectionState,
) -> None:
    after = deactivated(connection(state), NOW)

    assert not takes_part(after)
    assert not keeps_tokens(after)
    assert after.goal is Goal.INACTIVE or after.state is ConnectionState.INACTIVE


@pytest.mark.parametrize("state", LIVE)
def test_r2_5_a_suspended_person_stays_activated_and_comes_back_after_the_removal(
    state: ConnectionState,
) -> None:
    after = suspended(connection(state), None, comes_back=False, at=NOW)
    if after.state is ConnectionState.DISCONNECTING:
        after = removed(after, left=0, has_tokens=True, at=NOW)

    assert is_suspended(after)
    assert after.due_at == NOW
    assert signed_in(after) is None
    assert activated(after, STAFF, INVITATION, NOW).state is ConnectionState.INVITED


@pytest.mark.parametrize(
    ("state", "has_tokens", "keeps"),
    [
        (ConnectionState.ACTIVE, True, True),
        (ConnectionState.STARTING, True, True),
        (ConnectionState.ACTIVE, False, False),
        (ConnectionState.RECONNECT_NEEDED, True, False),
        (ConnectionState.AUTHORIZED, True, False),
        (ConnectionState.DISCONNECTING, True, False),
    ],
)
def test_r2_5_only_a_running_sync_with_tokens_starts_again_by_itself(
    *, state: ConnectionState, has_tokens: bool, keeps: bool
) -> None:
    after = suspended(connection(state), STAFF, comes_back=True, at=NOW)
    if after.state is ConnectionState.DISCONNECTING:
        after = removed(after, left=0, has_tokens=has_tokens, at=NOW)

    assert keeps_tokens(after) is keeps


@pytest.mark.parametrize(
    ("goal", "has_tokens", "state"),
    [
        (Goal.AUTHORIZED, True, ConnectionState.AUTHORIZED),
        (Goal.AUTHORIZED, False, ConnectionState.INVITED),
        (Goal.INVITED, True, ConnectionState.INVITED),
        (Goal.INVITED, False, ConnectionState.INVITED),
        (Goal.INACTIVE, True, ConnectionState.INACTIVE),
        (Goal.INACTIVE, False, ConnectionState.INACTIVE),
    ],
)
def test_r10_a_removal_ends_where_its_goal_says(
    *, goal: Goal, has_tokens: bool, state: ConnectionState
) -> None:
    under_way = disconnecting(connection(ConnectionState.ACTIVE), goal, NOW)

    after = removed(under_way, left=0, has_tokens=has_tokens, at=NOW)

    assert (after.state, after.goal, after.left_behind) == (state, None, 0)
    assert after.settings == SETTINGS


@pytest.mark.parametrize(("left", "words"), [(1, "1 item "), (7, "7 items ")])
@pytest.mark.parametrize("has_tokens", [True, False])
def test_r10_5_what_stays_is_counted_in_words(*, left: int, words: str, has_tokens: bool) -> None:
    under_way = disconnecting(connection(ConnectionState.ACTIVE), Goal.AUTHORIZED, NOW)

    after = removed(under_way, left=left, has_tokens=has_tokens, at=NOW)

    assert after.left_behind == left
    assert after.problem is not None
    assert after.problem.message.startswith(words)
    assert ("Signing in again" in after.problem.message) is not has_tokens


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("invited", "authorized"),
        ("authorized", "authorized"),
        ("starting", "starting"),
        ("active", "active"),
        ("reconnect_needed", "active"),
        ("disconnecting", "disconnecting"),
    ],
)
def test_r4_1_what_a_sign_in_makes_of_each_state(before: str, after: str) -> None:
    invited = replace(connection(ConnectionState(before)), invitation=INVITATION)

    signed = with_account(invited, ACCOUNT, "r", NOW)

    assert signed.state.value == after
    assert signed_in(signed) == ACCOUNT
    assert signed.invitation is not None
    assert signed.invitation.used


def test_r10_3_who_signs_in_again_sees_the_full_comparison_as_progress() -> None:
    after = with_account(connection(ConnectionState.RECONNECT_NEEDED), ACCOUNT, "again", NOW)

    assert after.resync_wanted
    assert after.progress == Progress(done=0, total=0)


def test_an_invitation_is_awaited_until_it_is_sent_used_or_the_person_let_go() -> None:
    invited = connection(ConnectionState.INVITED, invitation=INVITATION)
    sent = replace(INVITATION, status=InvitationStatus.SENT)

    assert awaits_invitation(invited)
    assert not awaits_invitation(replace(invited, invitation=None))
    assert not awaits_invitation(replace(invited, invitation=sent))
    assert not awaits_invitation(replace(invited, invitation=replace(INVITATION, used=True)))
    assert not awaits_invitation(replace(invited, active=False))


def test_r8_11_a_start_makes_another_connection_and_names_its_request() -> None:
    authorized = connection(ConnectionState.AUTHORIZED, policy="old", waiting=3)

    begun = started(authorized, SETTINGS, ConnectionId("new"), NOW)

    assert begun.state is ConnectionState.STARTING
    assert (begun.connection_id, begun.request_id) == ("new", "new")
    assert (begun.policy, begun.waiting, begun.due_at) == ("", 0, NOW)
