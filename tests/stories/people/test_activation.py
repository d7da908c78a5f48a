"""What administrators do: Locations, activating, deactivating, inviting again."""

from datetime import timedelta

import pytest

from sync.errors import Rejected, Unavailable
from sync.people.people import (
    AccessType,
    ConnectionState,
    Goal,
    InvitationStatus,
    LastSync,
    Problem,
    Subscription,
    SyncResult,
)
from sync.ports import MailKind
from sync.words import LocationId, StaffId
from tests.stories.people.practice import (
    ACCOUNT,
    ANNA,
    BERT,
    BOSS,
    CHIEF,
    NORTH,
    SOUTH,
    Practice,
    key,
    member,
    sign_in,
)

STRANGER = StaffId("stranger")


async def rejected(call: object) -> Rejected:
    with pytest.raises(Rejected) as caught:
        await call  # type: ignore[misc]
    return caught.value


# --- enabling ---


@pytest.mark.parametrize("acting", [CHIEF, ANNA, STRANGER])
async def test_r2_1_only_an_hq_admin_enables_locations(practice: Practice, acting: StaffId) -> None:
    problem = await rejected(
        practice.administration.set_enabled(ACCOUNT, acting, frozenset({NORTH}))
    )

    assert (problem.status, problem.code) == (403, "not_permitted")
    assert not practice.locations.rows


async def test_an_unknown_location_is_refused_and_nothing_is_written(practice: Practice) -> None:
    problem = await rejected(
        practice.administration.set_enabled(ACCOUNT, BOSS, frozenset({NORTH, LocationId("moon")}))
    )

    assert (problem.status, problem.code) == (400, "unknown_location")
    assert not practice.locations.rows


async def test_r3_1_locations_are_enabled_and_later_others(practice: Practice) -> None:
    assert await practice.administration.enabled(ACCOUNT) == frozenset()
    await practice.enable(NORTH, SOUTH)
    assert await practice.administration.enabled(ACCOUNT) == {NORTH, SOUTH}
    await practice.enable(SOUTH)
    assert await practice.administration.enabled(ACCOUNT) == {SOUTH}


async def test_r3_5_enabling_again_queues_nothing_more(practice: Practice) -> None:
    await practice.enable(NORTH)
    practice.clear()

    await practice.enable(NORTH)

    assert not practice.jobs.accounts


async def test_r3_1_disabling_disconnects_who_is_at_no_other_enabled_location(
    practice: Practice,
) -> None:
    practice.booking.put_staff(ACCOUNT, member(BERT, AccessType.STAFF, NORTH, SOUTH))
    await practice.enable(NORTH, SOUTH)
    await practice.activate(ANNA, BERT)

    await practice.enable(SOUTH)

    assert practice.of(ANNA).state is ConnectionState.INACTIVE
    assert practice.of(BERT).state is ConnectionState.INVITED


async def test_r10_2_disabling_removes_what_was_synced_and_ends_without_tokens(
    practice: Practice,
) -> None:
    await practice.sync()

    await practice.enable(SOUTH)
    assert practice.of().goal is Goal.INACTIVE
    assert (ANNA, "disconnected") in practice.woken
    await practice.remove()

    assert practice.of().state is ConnectionState.INACTIVE
    assert key(ANNA) not in practice.microsoft.tokens


async def test_r3_1_a_disabling_that_breaks_off_is_finished_by_its_job(practice: Practice) -> None:
    await practice.enable(NORTH, SOUTH)
    await practice.activate(ANNA)
    practice.clear()

    def die(name: str) -> None:
        if name == "put":
            raise Unavailable("storage")

    practice.connections.before = die
    with pytest.raises(Unavailable):
        await practice.enable(SOUTH)
    practice.connections.before = None
    job = practice.jobs.take_account()
    assert job is not None
    await practice.administration.reconcile(job)

    assert practice.of().state is ConnectionState.INACTIVE


# --- activating ---


async def test_r3_2_activating_sends_each_one_invitation(practice: Practice) -> None:
    await practice.enable(NORTH)

    rows = await practice.activate(ANNA, BERT)

    assert [(row.staff_id, row.active, row.state.value) for row in rows] == [
        (ANNA, True, "invited"),
        (BERT, True, "invited"),
    ]
    mails = practice.mails(MailKind.INVITATION)
    assert {mail.person for mail in mails} == {key(ANNA), key(BERT)}
    assert len({mail.key for mail in mails}) == 2


async def test_r3_5_the_same_click_again_sends_no_second_invitation(practice: Practice) -> None:
    await practice.invite(ANNA)

    await practice.activate(ANNA, ANNA)

    assert len({mail.key for mail in practice.mails(MailKind.INVITATION)}) == 1


async def test_r3_5_an_invitation_lost_before_the_queue_is_queued_by_the_next_click(
    practice: Practice,
) -> None:
    await practice.enable(NORTH)

    def die(name: str) -> None:
        if name == "mail":
            raise Unavailable("queue")

    practice.jobs.before = die
    with pytest.raises(Unavailable):
        await practice.activate(ANNA)
    practice.jobs.before = None
    invitation = practice.of().invitation
    await practice.activate(ANNA)

    assert invitation is not None
    assert [mail.key for mail in practice.mails(MailKind.INVITATION)] == [invitation.id]


async def test_r3_4_an_invitation_ends_after_the_idle_logout_time(practice: Practice) -> None:
    await practice.enable(NORTH)

    await practice.activate(ANNA)

    invitation = practice.of().invitation
    assert invitation is not None
    assert invitation.expires_at == practice.clock.now() + timedelta(minutes=30)


async def test_r3_2_somebody_without_an_address_is_active_and_not_invited(
    practice: Practice,
) -> None:
    practice.booking.put_staff(ACCOUNT, member(ANNA, email=None))
    await practice.enable(NORTH)

    (row,) = await practice.activate(ANNA)

    assert (row.active, row.invitation) == (True, "no_email")
    assert not practice.mails(MailKind.INVITATION)


async def test_r3_5_who_can_not_be_activated_is_named_and_holds_up_nobody(
    practice: Practice,
) -> None:
    practice.booking.put_staff(ACCOUNT, member(BERT, AccessType.STAFF, SOUTH))
    await practice.enable(NORTH)

    outcome = await practice.activation.set_active(ACCOUNT, BOSS, (STRANGER, ANNA, BERT), ())

    assert [row.staff_id for row in outcome.rows] == [ANNA]
    assert [(each.staff_id, each.code) for each in outcome.refused] == [
        (STRANGER, "unknown_staff"),
        (BERT, "plugin_not_enabled"),
    ]
    assert "at any Location of Bert" in outcome.refused[1].message
    assert practice.of(ANNA).state is ConnectionState.INVITED
    assert set(practice.connections.rows) == {key(ANNA)}


async def test_r3_5_where_nobody_can_be_served_the_first_ones_problem_is_the_answer(
    practice: Practice,
) -> None:
    practice.booking.put_staff(ACCOUNT, member(BERT, AccessType.STAFF, SOUTH))
    await practice.enable(NORTH)

    unknown = await rejected(practice.activate(STRANGER, BERT))
    elsewhere = await rejected(practice.activate(BERT, STRANGER))
    both = await rejected(practice.activation.set_active(ACCOUNT, BOSS, (ANNA,), (ANNA,)))

    assert (unknown.status, unknown.code) == (404, "unknown_staff")
    assert (elsewhere.status, elsewhere.code) == (409, "plugin_not_enabled")
    assert (both.status, both.code) == (400, "bad_request")
    assert not practice.connections.rows


async def test_r3_5_somebody_whom_storage_fails_is_named_and_holds_up_nobody(
    practice: Practice,
) -> None:
    await practice.enable(NORTH)
    failed: list[str] = []

    def die(name: str) -> None:
        if name == "mail" and not failed:
            failed.append(name)
            raise Unavailable("queue")

    practice.jobs.before = die
    outcome = await practice.activation.set_active(ACCOUNT, BOSS, (ANNA, BERT), ())

    assert [(each.staff_id, each.code) for each in outcome.refused] == [(ANNA, "unavailable")]
    assert [row.staff_id for row in outcome.rows] == [BERT]


async def test_r11_8_a_profile_that_can_not_be_read_is_named_and_holds_up_nobody(
    practice: Practice,
) -> None:
    await practice.enable(NORTH)
    practice.booking.unreadable_people.add(key(BERT))

    outcome = await practice.activation.set_active(ACCOUNT, BOSS, (BERT, ANNA), ())

    assert [(each.staff_id, each.code) for each in outcome.refused] == [(BERT, "unreadable")]
    assert [row.staff_id for row in outcome.rows] == [ANNA]


async def test_r2_2_a_location_admin_activates_at_own_enabled_locations_only(
    practice: Practice,
) -> None:
    practice.booking.put_staff(ACCOUNT, member(BERT, AccessType.STAFF, SOUTH))
    both = StaffId("both")
    practice.booking.put_staff(ACCOUNT, member(both, AccessType.STAFF, NORTH, SOUTH))
    await practice.enable(SOUTH)

    foreign = await rejected(practice.activation.set_active(ACCOUNT, CHIEF, (BERT,), ()))
    shared = await rejected(practice.activation.set_active(ACCOUNT, CHIEF, (both,), ()))
    await practice.enable(NORTH)
    (row,) = (await practice.activation.set_active(ACCOUNT, CHIEF, (both,), ())).rows

    assert (foreign.status, shared.status) == (403, 403)
    assert row.active


@pytest.mark.parametrize("acting", [ANNA, STRANGER])
async def test_r2_2_others_activate_nobody(practice: Practice, acting: StaffId) -> None:
    await practice.enable(NORTH)

    problem = await rejected(practice.activation.set_active(ACCOUNT, acting, (BERT,), ()))

    assert (problem.status, problem.code) == (403, "not_permitted")


async def test_r2_2_a_view_only_person_may_be_activated_but_activates_nobody(
    practice: Practice,
) -> None:
    practice.booking.put_staff(ACCOUNT, member(BERT, AccessType.VIEW_ONLY))
    await practice.enable(NORTH)

    (row,) = await practice.activate(BERT)
    problem = await rejected(practice.activation.set_active(ACCOUNT, BERT, (ANNA,), ()))

    assert row.active
    assert problem.status == 403


# --- deactivating ---


async def test_r3_3_deactivating_an_invited_person_ends_at_once(practice: Practice) -> None:
    await practice.invite(ANNA)
    practice.clear()

    (row,) = await practice.deactivate(ANNA)

    assert (row.active, row.state.value, row.invitation) == (False, "inactive", "none")
    assert not practice.jobs.syncs


async def test_r3_3_deactivating_a_signed_in_person_destroys_the_tokens_at_once(
    practice: Practice,
) -> None:
    await practice.authorize()

    await practice.deactivate(ANNA)

    assert practice.of().state is ConnectionState.INACTIVE
    assert not practice.microsoft.tokens


async def test_r3_3_deactivating_who_syncs_begins_a_removal(practice: Practice) -> None:
    await practice.sync()

    (row,) = await practice.deactivate(ANNA)

    assert (row.active, row.state.value) == (False, "disconnecting")
    assert practice.woken == [(ANNA, "disconnected")]
    assert practice.of().due_at == practice.clock.now()


async def test_r3_5_deactivating_twice_or_somebody_never_active_changes_nothing(
    practice: Practice,
) -> None:
    await practice.sync()
    await practice.deactivate(ANNA)
    before = practice.of(ANNA)

    rows = await practice.deactivate(ANNA, BERT)

    assert [(row.active, row.state.value) for row in rows] == [
        (False, "disconnecting"),
        (False, "inactive"),
    ]
    assert practice.of(ANNA) == before


async def test_r2_7_a_location_admin_never_disconnects_a_person_of_higher_access_type(
    practice: Practice,
) -> None:
    await practice.invite(BOSS, ANNA, CHIEF)

    alone = await rejected(practice.activation.set_active(ACCOUNT, CHIEF, (), (BOSS,)))
    mixed = await practice.activation.set_active(ACCOUNT, CHIEF, (), (BOSS, ANNA, CHIEF))

    assert (alone.status, alone.code) == (403, "not_permitted")
    assert [(each.staff_id, each.code) for each in mixed.refused] == [(BOSS, "not_permitted")]
    assert [(row.staff_id, row.active) for row in mixed.rows] == [(ANNA, False), (CHIEF, False)]
    assert practice.of(BOSS).active


async def test_a_person_gone_from_the_booking_product_can_still_be_deactivated(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.booking.remove_staff(key(ANNA))

    (row,) = await practice.deactivate(ANNA)
    problem = await rejected(practice.deactivate(STRANGER))

    assert row.state is ConnectionState.DISCONNECTING
    assert problem.status == 404


async def test_r10_5_who_is_activated_during_the_removal_is_invited_and_ends_as_invited(
    practice: Practice,
) -> None:
    await practice.sync()
    await practice.mirror(2)
    await practice.deactivate(ANNA)
    practice.clear()

    (row,) = await practice.activate(ANNA)
    await practice.remove()

    assert (row.active, row.state.value) == (True, "disconnecting")
    assert practice.of().state is ConnectionState.INVITED
    assert not practice.microsoft.tokens
    assert len({mail.key for mail in practice.mails(MailKind.INVITATION)}) == 1
    assert not list(practice.subjects())


async def test_deactivating_gives_back_a_calendar_that_a_dead_start_had_claimed(
    practice: Practice,
) -> None:
    await practice.authorize()

    def die(name: str) -> None:
        if name == "put" and practice.claims.claims:
            raise Unavailable("storage")

    practice.connections.before = die
    with pytest.raises(Unavailable):
        await practice.choices.start(key(ANNA), practice.settings())
    practice.connections.before = None
    assert practice.claims.claims

    await practice.deactivate(ANNA)

    assert not practice.claims.claims


# --- status ---


async def test_r2_3_the_staff_list_shows_health_and_no_contents(practice: Practice) -> None:
    await practice.sync()
    ended = practice.clock.now() - timedelta(minutes=5)
    practice.change(
        ANNA,
        last_sync=LastSync(ended_at=ended, result=SyncResult.PARTIAL),
        waiting=2,
        problem=Problem(code="refused", message="2 items wait."),
        subscription=Subscription(id="s", expires_at=ended, client_state="c"),
    )

    rows = {row.staff_id: row for row in await practice.administration.status(ACCOUNT, BOSS)}

    assert list(rows) == [ANNA, BERT, BOSS, CHIEF]
    anna = rows[ANNA]
    assert (anna.state.value, anna.last_sync_result, anna.waiting) == ("active", "partial", 2)
    assert (anna.last_sync_at, anna.subscription_expires_at) == (ended, ended)
    assert anna.problem == Problem(code="refused", message="2 items wait.")
    assert "private.example" not in repr(anna)
    assert rows[BERT].state is ConnectionState.INACTIVE


async def test_r2_2_a_location_admin_sees_own_locations_only(practice: Practice) -> None:
    practice.booking.put_staff(ACCOUNT, member(BERT, AccessType.STAFF, SOUTH))

    rows = await practice.administration.status(ACCOUNT, CHIEF)
    problem = await rejected(practice.administration.status(ACCOUNT, CHIEF, SOUTH))
    south = await practice.administration.status(ACCOUNT, BOSS, SOUTH)

    assert [row.staff_id for row in rows] == [ANNA, BOSS, CHIEF]
    assert problem.status == 403
    assert [row.staff_id for row in south] == [BERT, BOSS]


async def test_r2_2_staff_see_no_staff_list(practice: Practice) -> None:
    assert (await rejected(practice.administration.status(ACCOUNT, ANNA))).status == 403


async def test_r10_5_somebody_removed_stays_in_the_list_while_something_is_left_behind(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.INACTIVE, active=False, left_behind=3)
    practice.booking.remove_staff(key(ANNA))

    rows = {row.staff_id: row for row in await practice.administration.status(ACCOUNT, BOSS)}

    assert (rows[ANNA].name, rows[ANNA].left_behind) == ("Anna", 3)


@pytest.mark.parametrize(
    ("status", "used", "minutes", "shown"),
    [
        (InvitationStatus.QUEUED, False, 0, "sent"),
        (InvitationStatus.SENT, False, 29, "sent"),
        (InvitationStatus.SENT, False, 30, "expired"),
        (InvitationStatus.SENT, True, 30, "sent"),
        (InvitationStatus.FAILED, False, 0, "failed"),
        (InvitationStatus.NO_EMAIL, False, 0, "none"),
    ],
)
async def test_r3_4_the_list_says_how_the_invitation_stands(
    practice: Practice, *, status: InvitationStatus, used: bool, minutes: int, shown: str
) -> None:
    await practice.invite(ANNA)
    invitation = practice.of().invitation
    assert invitation is not None
    practice.change(
        ANNA,
        invitation=type(invitation)(
            id=invitation.id, status=status, expires_at=invitation.expires_at, used=used
        ),
    )
    practice.clock.advance(minutes * 60)

    rows = {row.staff_id: row for row in await practice.administration.status(ACCOUNT, BOSS)}

    assert rows[ANNA].invitation == shown


# --- inviting again ---


async def test_r3_4_a_resend_makes_a_new_invitation_and_queues_its_mail(practice: Practice) -> None:
    await practice.invite(ANNA)
    first = practice.of().invitation
    practice.clear()

    practice.clock.advance(60)
    await practice.administration.resend(ACCOUNT, CHIEF, ANNA)

    second = practice.of().invitation
    assert first is not None
    assert second is not None
    assert second.id != first.id
    assert [mail.reference for mail in practice.mails(MailKind.INVITATION)] == [second.id]


async def test_a_resend_is_refused_where_it_can_do_nothing(practice: Practice) -> None:
    await practice.enable(NORTH)
    practice.booking.put_staff(ACCOUNT, member(BERT, email=None))
    await practice.activate(BERT)

    async def refusal(acting: StaffId, staff_id: StaffId) -> tuple[int, str]:
        problem = await rejected(practice.administration.resend(ACCOUNT, acting, staff_id))
        return problem.status, problem.code

    assert await refusal(ANNA, BERT) == (403, "not_permitted")
    assert await refusal(BOSS, STRANGER) == (404, "unknown_staff")
    assert await refusal(BOSS, ANNA) == (409, "not_active")
    assert await refusal(BOSS, BERT) == (409, "no_email")


async def test_a_resend_to_somebody_who_syncs_leaves_the_sync_alone(practice: Practice) -> None:
    await practice.sync()

    practice.clock.advance(60)
    await practice.administration.resend(ACCOUNT, BOSS, ANNA)

    assert practice.of().state is ConnectionState.ACTIVE
    assert practice.microsoft.tokens == {key(ANNA): sign_in("ms-anna").tokens}
