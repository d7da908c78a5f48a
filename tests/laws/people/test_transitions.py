"""How a Connection goes from one state to the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.people.connection_states import (
    activated,
    awaits_invitation,
    can_finish_removal,
    deactivated,
    disconnecting,
    held_answered,
    is_suspended,
    is_synced,
    keeps_tokens,
    newcomer,
    removed,
    resync_asked,
    signed_in,
    signed_out,
    started,
    suspended,
    takes_part,
    with_account,
    with_choices,
)
from sync.people.noted import with_change_noted
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    Deed,
    DeedKind,
    Failing,
    Goal,
    Held,
    HeldAnswer,
    Invitation,
    InvitationStatus,
    MicrosoftAccount,
    Missing,
    Problem,
    Progress,
    StaffMember,
    Subscription,
    SyncSettings,
)
from sync.words import AccountId, Calendar, CalendarId, ConnectionId, LocationId, PersonKey, StaffId

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


# --- what a step keeps, and what it ends ---

LATER = NOW + timedelta(hours=1)
PROBLEM = Problem(code="calendar_gone", message="It is gone.")
OTHER = MicrosoftAccount(id="other", address="other@example.org")
MOVED = replace(STAFF, name="Anna Maria")


def busy(state: ConnectionState, **fields: object) -> Connection:
    """Gives a Connection about which everything is noted that can be."""
    noted: dict[str, object] = {
        "invitation": INVITATION,
        "progress": Progress(done=1, total=2),
        "waiting": 3,
        "problem": PROBLEM,
        "left_behind": 0,
        "subscription": Subscription(id="s", expires_at=LATER, client_state="c"),
        "due_at": LATER,
        "resync_wanted": True,
        "request_id": "before",
        "paused_until": LATER,
        "policy": "p",
        "held": Held(since=NOW, count=6),
        "failing": Failing(since=NOW, times=2, code="unreachable"),
        "missing": Missing(what="calendar", since=NOW, looks=1),
        **fields,
    }
    return connection(state, **noted)


def taking_away(before: Connection, goal: Goal, problem: Problem | None = None) -> Connection:
    """Gives what a removal that begins makes of a Connection."""
    return replace(
        before,
        state=ConnectionState.DISCONNECTING,
        goal=goal,
        problem=problem,
        left_behind=0,
        progress=None,
        resync_wanted=False,
        due_at=NOW,
        held=None,
        failing=None,
        missing=None,
        deeds=(Deed(at=NOW, what=DeedKind.DISCONNECTED),),
    )


def test_r10_1_a_removal_begins_with_nothing_to_answer_and_keeps_the_choices() -> None:
    before = busy(ConnectionState.ACTIVE)

    for goal in Goal:
        assert disconnecting(before, goal, NOW) == taking_away(before, goal)
    lost = disconnecting(before, Goal.AUTHORIZED, NOW, problem=PROBLEM)
    assert lost == taking_away(before, Goal.AUTHORIZED, PROBLEM)


@pytest.mark.parametrize("state", LIVE)
def test_r3_2_somebody_who_is_activated_is_invited(state: ConnectionState) -> None:
    before = busy(state, active=False, invitation=None)

    after = activated(before, MOVED, INVITATION, NOW)

    common = replace(
        before, active=True, staff=MOVED, invitation=INVITATION, resync_wanted=False, due_at=NOW
    )
    if state is ConnectionState.DISCONNECTING:
        assert after == replace(common, goal=Goal.INVITED)
    else:
        assert after == replace(common, state=ConnectionState.INVITED, microsoft=None)


@pytest.mark.parametrize(
    ("left", "connection_id", "can"),
    [(1, ConnectionId("k"), True), (0, ConnectionId("k"), False), (1, None, False)],
)
def test_r10_5_who_left_things_behind_is_asked_for_the_same_account(
    left: int, connection_id: ConnectionId | None, *, can: bool
) -> None:
    before = busy(ConnectionState.INACTIVE, left_behind=left, connection_id=connection_id)

    assert can_finish_removal(before) is can
    after = activated(before, STAFF, INVITATION, NOW)
    assert after.microsoft == (ACCOUNT if can else None)


@pytest.mark.parametrize("state", LIVE)
def test_r3_3_a_deactivation_removes_what_was_synced_and_else_is_done_at_once(
    state: ConnectionState,
) -> None:
    before = busy(state)

    after = deactivated(before, NOW)

    # A session from before it is over (R4.5).
    let_go = replace(before, active=False, resync_wanted=False, session_epoch=1)
    if is_synced(before):
        assert after == taking_away(let_go, Goal.INACTIVE)
    elif state is ConnectionState.DISCONNECTING:
        assert after == replace(let_go, goal=Goal.INACTIVE)
    else:
        assert after == replace(let_go, state=ConnectionState.INACTIVE, due_at=NOW)


def test_what_is_synced_and_who_takes_part() -> None:
    synced = {ConnectionState.STARTING, ConnectionState.ACTIVE, ConnectionState.RECONNECT_NEEDED}

    for state in ConnectionState:
        before = connection(state)
        assert is_synced(before) is (state in synced)
        assert takes_part(before) is (state is not ConnectionState.INACTIVE)
        assert not takes_part(replace(before, active=False))
        assert not takes_part(replace(before, goal=Goal.INACTIVE))
        assert is_suspended(replace(before, active=True)) is (state is ConnectionState.INACTIVE)
        assert not is_suspended(replace(before, active=False))
        assert keeps_tokens(replace(before, active=True, resync_wanted=True))
        assert not keeps_tokens(replace(before, active=True, resync_wanted=False))
        assert not keeps_tokens(replace(before, active=False, resync_wanted=True))
    going = connection(ConnectionState.DISCONNECTING, goal=Goal.INVITED)
    assert signed_in(going) is None
    assert signed_in(replace(going, goal=Goal.AUTHORIZED)) == ACCOUNT
    assert signed_in(connection(ConnectionState.RECONNECT_NEEDED)) is None
    assert signed_in(connection(ConnectionState.AUTHORIZED)) == ACCOUNT


def test_r3_2_a_newcomer_has_nothing() -> None:
    person = PersonKey(account_id=AccountId("a"), staff_id=STAFF.id)

    assert newcomer(person, STAFF) == Connection(
        person=person, active=False, state=ConnectionState.INACTIVE, staff=STAFF
    )


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("staff", [MOVED, None])
@pytest.mark.parametrize("comes_back", [True, False])
def test_r2_5_a_suspension_removes_what_was_synced_and_is_looked_at_again(
    state: ConnectionState, staff: StaffMember | None, *, comes_back: bool
) -> None:
    before = busy(state)

    after = suspended(before, staff, comes_back=comes_back, at=NOW)

    # Who was removed has no session any more; who lost a Location keeps it (R4.5).
    let_go = replace(
        before,
        staff=staff or STAFF,
        due_at=NOW,
        resync_wanted=False,
        session_epoch=0 if staff else 1,
    )
    if is_synced(before):
        back = comes_back and state is not ConnectionState.RECONNECT_NEEDED
        assert after == replace(taking_away(let_go, Goal.INACTIVE), resync_wanted=back)
    elif state is ConnectionState.DISCONNECTING:
        assert after == replace(let_go, goal=Goal.INACTIVE)
    else:
        assert after == replace(let_go, state=ConnectionState.INACTIVE)


USED = replace(INVITATION, used=True)


@pytest.mark.parametrize("state", list(ConnectionState))
@pytest.mark.parametrize("left", [0, 2])
def test_r4_3_a_sign_in_uses_up_the_invitation_and_repairs_or_begins(
    state: ConnectionState, left: int
) -> None:
    before = busy(state, left_behind=left)

    after = with_account(before, OTHER, "r", NOW)

    known = replace(before, microsoft=OTHER, invitation=USED)
    match state:
        case ConnectionState.RECONNECT_NEEDED:
            assert after == replace(
                known,
                state=ConnectionState.ACTIVE,
                problem=None,
                resync_wanted=True,
                request_id="r",
                progress=Progress(done=0, total=0),
                due_at=NOW,
                held=None,
                failing=None,
                missing=None,
                deeds=(Deed(at=NOW, what=DeedKind.RECONNECTED),),
            )
        case ConnectionState.DISCONNECTING:
            assert after == replace(known, goal=Goal.AUTHORIZED, due_at=NOW)
            invited = with_account(replace(before, goal=Goal.INVITED), OTHER, "r", NOW)
            assert invited == after
        case ConnectionState.INVITED | ConnectionState.AUTHORIZED:
            assert after == replace(
                known,
                state=ConnectionState.AUTHORIZED,
                connection_id=None,
                problem=PROBLEM if left else None,
                due_at=NOW,
            )
        case _:
            assert after == known


@pytest.mark.parametrize(
    ("state", "account", "left", "goes_on"),
    [
        (ConnectionState.INVITED, ACCOUNT, 2, True),
        (ConnectionState.INVITED, replace(ACCOUNT, address="renamed"), 2, True),
        (ConnectionState.INVITED, ACCOUNT, 0, False),
        (ConnectionState.INVITED, OTHER, 2, False),
        (ConnectionState.AUTHORIZED, ACCOUNT, 2, False),
    ],
)
def test_r10_5_what_was_left_behind_is_removed_with_the_same_account_before_anything_new(
    state: ConnectionState, account: MicrosoftAccount, left: int, *, goes_on: bool
) -> None:
    before = busy(state, left_behind=left)

    after = with_account(before, account, "r", NOW)

    known = replace(before, microsoft=account, invitation=USED)
    if goes_on:
        assert after == taking_away(known, Goal.AUTHORIZED)
    else:
        assert after.state is ConnectionState.AUTHORIZED
    unknown = with_account(replace(before, microsoft=None, invitation=None), account, "r", NOW)
    assert unknown.state is ConnectionState.AUTHORIZED
    assert unknown.invitation is None


def test_r10_3_who_is_signed_out_signs_in_anew() -> None:
    before = busy(ConnectionState.AUTHORIZED)

    assert signed_out(before) == replace(before, state=ConnectionState.INVITED)


def test_r5_7_a_start_forgets_what_was_of_the_connection_before() -> None:
    before = busy(ConnectionState.AUTHORIZED)
    chosen = replace(SETTINGS, sync_reserves=False)

    assert started(before, chosen, ConnectionId("new"), NOW) == replace(
        before,
        state=ConnectionState.STARTING,
        settings=chosen,
        connection_id=ConnectionId("new"),
        progress=Progress(done=0, total=0),
        problem=None,
        waiting=0,
        policy="",
        resync_wanted=False,
        request_id="new",
        due_at=NOW,
        held=None,
        failing=None,
        missing=None,
        deeds=(Deed(at=NOW, what=DeedKind.STARTED),),
    )


def test_r10_4_a_chosen_calendar_is_found_again_by_its_name_and_owner() -> None:
    before = busy(ConnectionState.AUTHORIZED)
    calendar = Calendar(
        id=CalendarId("c2"), name="Work", owner_address="anna@example.org", is_default=True
    )

    chosen = replace(SETTINGS, sync_reserves=False)
    assert with_choices(before, chosen, calendar) == replace(
        before,
        settings=chosen,
        calendar_name="Work",
        calendar_owner="anna@example.org",
        calendar_is_default=True,
    )


def test_r12_1_only_what_was_changed_is_noted_and_an_outage_gathers_no_more_than_twenty() -> None:
    before = busy(ConnectionState.ACTIVE)
    other = replace(SETTINGS, sync_reserves=False, show_as=frozenset())

    assert with_change_noted(before, SETTINGS, NOW) == before
    (deed,) = with_change_noted(before, other, NOW).deeds
    assert deed == Deed(
        at=NOW, what=DeedKind.SETTINGS_CHANGED, changed=("sync_reserves", "show_as")
    )
    many = before
    for number in range(30):
        many = with_change_noted(many, other, LATER + timedelta(seconds=number))
    assert len(many.deeds) == 20


def test_r12_1_what_was_changed_at_one_time_is_one_line() -> None:
    before = busy(ConnectionState.ACTIVE)
    once = with_change_noted(before, replace(SETTINGS, sync_reserves=False), NOW)

    (deed,) = with_change_noted(
        once, replace(SETTINGS, sync_reserves=False, show_as=frozenset()), NOW
    ).deeds

    assert deed.changed == ("sync_reserves", "show_as")


def test_r3_5_a_resync_that_is_asked_for_twice_is_one() -> None:
    before = busy(ConnectionState.ACTIVE, resync_wanted=False)

    once = resync_asked(before, "r", NOW)

    assert once == replace(
        before,
        resync_wanted=True,
        request_id="r",
        progress=Progress(done=0, total=0),
        due_at=NOW,
        deeds=(Deed(at=NOW, what=DeedKind.RESYNCED),),
    )
    under_way = replace(once, progress=Progress(done=5, total=9), due_at=LATER)
    assert resync_asked(under_way, "again", NOW) == replace(under_way, due_at=NOW)


def test_r11_7_the_newest_answer_counts_and_without_a_question_there_is_none() -> None:
    before = busy(ConnectionState.ACTIVE)

    put_back = held_answered(before, HeldAnswer.PUT_BACK, NOW)

    held = Held(since=NOW, count=6, answer=HeldAnswer.PUT_BACK)
    assert put_back == replace(before, held=held, due_at=NOW)
    cancelled = held_answered(put_back, HeldAnswer.CANCEL, NOW)
    assert cancelled.held == replace(held, answer=HeldAnswer.CANCEL)
    unasked = replace(before, held=None)
    assert held_answered(unasked, HeldAnswer.CANCEL, NOW) == unasked


@pytest.mark.parametrize("has_tokens", [True, False])
@pytest.mark.parametrize("problem", [PROBLEM, None, Problem(code="unreachable", message="x")])
@pytest.mark.parametrize("goal", [Goal.AUTHORIZED, None])
def test_r10_1_a_removal_that_is_done_leaves_nothing_of_the_connection(
    problem: Problem | None, goal: Goal | None, *, has_tokens: bool
) -> None:
    before = busy(ConnectionState.DISCONNECTING, goal=goal, problem=problem, left_behind=9)
    before = replace(before, invitation=USED)

    after = removed(before, left=0, has_tokens=has_tokens, at=NOW)

    assert after == replace(
        before,
        state=ConnectionState.AUTHORIZED if has_tokens else ConnectionState.INVITED,
        goal=None,
        progress=None,
        waiting=0,
        subscription=None,
        policy="",
        resync_wanted=has_tokens,
        connection_id=None if has_tokens else ConnectionId("k"),
        left_behind=0,
        failing=None,
        missing=None,
        paused_until=None,
        problem=problem if problem == PROBLEM else None,
        due_at=NOW,
    )


@pytest.mark.parametrize("has_tokens", [True, False])
def test_r10_5_what_stays_is_said_with_what_can_be_done_about_it(*, has_tokens: bool) -> None:
    before = busy(ConnectionState.DISCONNECTING)

    after = removed(before, left=2, has_tokens=has_tokens, at=NOW)

    said = (
        "2 items could not be removed, because the other side refused it."
        if has_tokens
        else "2 items could not be removed from Outlook, because Microsoft gives no access any "
        "more. Signing in again with the same Microsoft account removes what is left."
    )
    assert after.problem == Problem(code="left_behind", message=said)
    assert after.left_behind == 2


@pytest.mark.parametrize("state", list(ConnectionState))
def test_jobs_read_and_write_only_while_a_sync_runs(state: ConnectionState) -> None:
    running = {ConnectionState.STARTING, ConnectionState.ACTIVE}

    assert connection(state).is_syncing is (state in running)
    assert connection(state).is_removing is (state is ConnectionState.DISCONNECTING)
