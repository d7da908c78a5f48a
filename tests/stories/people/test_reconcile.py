"""What the booking product decides without anyone pressing anything (R2.5)."""

from sync.people.people import (
    AccessType,
    ConnectionState,
    Goal,
    Location,
    StaffMember,
)
from sync.ports import AccountCause, AccountJob, MailKind
from sync.words import PersonKey
from tests.stories.people.practice import (
    ACCOUNT,
    ANNA,
    BERT,
    BOSS,
    NORTH,
    SOUTH,
    Practice,
    key,
    member,
)


def put(practice: Practice, profile: StaffMember) -> PersonKey:
    return practice.booking.put_staff(ACCOUNT, profile)


async def test_r2_5_another_access_type_is_noted_and_wakes_the_sync(practice: Practice) -> None:
    await practice.sync()
    put(practice, member(ANNA, AccessType.VIEW_ONLY))

    await practice.look_at(ANNA)

    assert practice.of().staff.access_type is AccessType.VIEW_ONLY
    assert practice.woken == [(ANNA, "booking_changed")]
    assert practice.of().due_at == practice.clock.now()


async def test_r11_2_a_webhook_without_a_difference_wakes_nobody(practice: Practice) -> None:
    await practice.sync()

    await practice.look_at(ANNA)

    assert not practice.woken


async def test_another_name_is_noted_and_wakes_nobody(practice: Practice) -> None:
    await practice.sync()
    put(practice, member(ANNA, email="new@example.org"))

    await practice.look_at(ANNA)

    assert practice.of().staff.email == "new@example.org"
    assert not practice.woken


async def test_r2_5_a_change_of_the_account_wakes_whoever_syncs(practice: Practice) -> None:
    await practice.sync()
    await practice.activate(BERT)
    practice.clear()

    await practice.look_at()
    await practice.look_at()

    assert practice.woken == [(ANNA, "booking_changed")]


async def test_r2_5_a_removed_staff_member_is_disconnected_without_tokens(
    practice: Practice,
) -> None:
    await practice.sync()
    await practice.mirror(2)
    practice.booking.remove_staff(key(ANNA))

    await practice.look_at(ANNA)
    assert practice.of().goal is Goal.INACTIVE
    await practice.remove()

    assert practice.of().state is ConnectionState.INACTIVE
    assert not practice.microsoft.tokens
    assert not list(practice.subjects())


async def test_r2_5_a_staff_member_who_comes_back_is_invited_by_itself(practice: Practice) -> None:
    await practice.sync()
    practice.booking.remove_staff(key(ANNA))
    await practice.look_at(ANNA)
    await practice.remove()
    practice.clear()

    put(practice, member(ANNA))
    await practice.look_at(ANNA)
    await practice.look_at(ANNA)

    assert practice.of().state is ConnectionState.INVITED
    assert len({mail.key for mail in practice.mails(MailKind.INVITATION)}) == 1


async def test_r2_5_a_location_taken_from_a_person_disconnects_and_keeps_the_sign_in(
    practice: Practice,
) -> None:
    await practice.sync()
    await practice.mirror(2)
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))

    await practice.look_at(ANNA)
    await practice.remove()

    assert practice.of().state is ConnectionState.INACTIVE
    assert practice.microsoft.tokens
    assert not practice.claims.claims
    assert not list(practice.subjects())
    assert not practice.outlook.subscriptions(key(ANNA))


async def test_r2_5_the_location_given_back_starts_the_sync_again_by_itself(
    practice: Practice,
) -> None:
    before = await practice.sync()
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    await practice.remove()
    practice.clear()

    put(practice, member(ANNA))
    await practice.look_at(ANNA)

    after = practice.of()
    assert after.state is ConnectionState.STARTING
    assert after.settings == before.settings
    assert after.connection_id not in {None, before.connection_id}
    assert practice.woken == [(ANNA, "started")]
    assert list(practice.claims.claims.values()) == [key(ANNA)]
    assert not practice.mails(MailKind.INVITATION)


async def test_r5_2_on_the_way_back_a_calendar_that_serves_somebody_else_is_not_taken(
    practice: Practice,
) -> None:
    await practice.sync()
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    await practice.remove()
    microsoft = practice.of().microsoft
    assert microsoft is not None
    await practice.claims.claim(microsoft, practice.calendar, key(BERT))

    put(practice, member(ANNA))
    await practice.look_at(ANNA)

    assert practice.of().state is ConnectionState.AUTHORIZED
    assert practice.of().problem is not None
    assert list(practice.claims.claims.values()) == [key(BERT)]


async def test_r2_5_given_back_during_the_removal_the_sync_starts_after_it(
    practice: Practice,
) -> None:
    await practice.sync()
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    put(practice, member(ANNA))
    await practice.look_at(ANNA)
    assert practice.of().state is ConnectionState.DISCONNECTING
    practice.clear()

    await practice.remove()
    job = practice.jobs.take_account()
    assert job is not None
    await practice.administration.reconcile(job)

    assert practice.of().state is ConnectionState.STARTING


async def test_r2_5_a_location_removed_from_the_account_and_made_again(practice: Practice) -> None:
    await practice.sync()

    practice.booking.remove_location(ACCOUNT, NORTH)
    await practice.look_at()
    await practice.remove()
    gone = practice.of().state
    practice.booking.put_location(
        ACCOUNT, Location(id=NORTH, name="north", time_zone="Europe/Berlin")
    )
    put(practice, member(ANNA))
    await practice.look_at()

    assert gone is ConnectionState.INACTIVE
    assert practice.of().state is ConnectionState.STARTING


async def test_r2_5_a_location_enabled_again_invites_again_by_itself(practice: Practice) -> None:
    await practice.sync()
    await practice.enable(SOUTH)
    await practice.remove()
    practice.clear()

    await practice.enable(NORTH)

    assert practice.of().state is ConnectionState.INVITED
    assert len({mail.key for mail in practice.mails(MailKind.INVITATION)}) == 1


async def test_r3_3_who_was_deactivated_does_not_come_back_by_itself(practice: Practice) -> None:
    await practice.sync()
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    await practice.remove()

    await practice.deactivate(ANNA)
    put(practice, member(ANNA))
    await practice.look_at(ANNA)

    assert practice.of().state is ConnectionState.INACTIVE
    assert not practice.microsoft.tokens


async def test_r2_5_who_is_suspended_and_then_removed_loses_the_tokens(practice: Practice) -> None:
    await practice.sync()
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    await practice.remove()

    practice.booking.remove_staff(key(ANNA))
    await practice.look_at(ANNA)

    assert not practice.microsoft.tokens


async def test_r2_5_losing_the_location_during_the_own_disconnect_ends_inactive(
    practice: Practice,
) -> None:
    await practice.sync()
    await practice.own.disconnect(key(ANNA))
    put(practice, member(ANNA, AccessType.STAFF, SOUTH))

    await practice.look_at(ANNA)
    await practice.remove()

    assert practice.of().state is ConnectionState.INACTIVE
    assert not practice.microsoft.tokens


async def test_r8_10_somebody_missing_in_a_listing_is_asked_for_before_anything_is_removed(
    practice: Practice,
) -> None:
    await practice.sync()
    missing = practice.booking._staff.pop(key(ANNA))

    def turn_up(name: str, person: PersonKey | None) -> None:
        if name == "staff_member" and person == key(ANNA):
            practice.booking._staff[key(ANNA)] = missing

    practice.booking.before = turn_up
    await practice.look_at()

    assert practice.of().state is ConnectionState.ACTIVE


async def test_a_job_about_somebody_without_a_connection_does_nothing(practice: Practice) -> None:
    await practice.enable(NORTH)

    await practice.look_at(BERT)
    await practice.administration.reconcile(AccountJob(cause=AccountCause.SWEEP_SHARD, shard=1))

    assert not practice.connections.rows


async def test_r11_8_a_profile_that_can_not_be_read_holds_up_nobody_else(
    practice: Practice,
) -> None:
    """Neither is it taken for one that is gone: who can't be read stays as they are."""
    await practice.sync()
    await practice.activation.set_active(ACCOUNT, BOSS, (BERT,), ())
    practice.booking.unreadable_people.add(key(ANNA))
    put(practice, member(BERT, AccessType.VIEW_ONLY))

    await practice.administration.reconcile(
        AccountJob(cause=AccountCause.STAFF_CHANGED, account_id=ACCOUNT)
    )

    assert practice.of().state is ConnectionState.ACTIVE
    assert practice.of(BERT).staff.access_type is AccessType.VIEW_ONLY
    rows = await practice.administration.status(ACCOUNT, BOSS)
    assert ANNA in {row.staff_id for row in rows}
