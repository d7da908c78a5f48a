"""How many invitations one person gets (R3.6)."""

import pytest

from sync.errors import Rejected, Unavailable
from sync.people.people import InvitationStatus
from sync.ports import MailKind
from sync.words import StaffId
from tests.stories.people.practice import ACCOUNT, ANNA, BERT, BOSS, NORTH, Practice, key, member

MINUTE, DAY = 60, 86_400


async def invited() -> Practice:
    practice = Practice()
    await practice.invite(ANNA)
    return practice


async def resend(practice: Practice, staff_id: StaffId = ANNA) -> None:
    await practice.administration.resend(ACCOUNT, BOSS, staff_id)


async def refused(practice: Practice) -> Rejected:
    before = practice.of()
    with pytest.raises(Rejected) as caught:
        await resend(practice)
    assert (caught.value.status, caught.value.code) == (429, "too_many_invitations")
    # The link before stays good.
    assert practice.of() == before
    return caught.value


def delays(practice: Practice) -> list[float]:
    now = practice.clock.now()
    return [(each.visible_at - now).total_seconds() for each in practice.jobs.mails]


async def test_r3_6_one_a_minute_the_activations_counted_in() -> None:
    practice = await invited()
    practice.clock.advance(20)

    refusal = await refused(practice)

    assert refusal.retry_after == 40
    assert "Monday 23 November 2026, 09:01 (CET)" in refusal.detail
    practice.clock.advance(40)
    await resend(practice)
    assert len(practice.mails(MailKind.INVITATION)) == 2


async def test_r3_6_the_time_that_is_named_is_never_too_early(practice: Practice) -> None:
    practice.clock.advance(7)
    await practice.invite(ANNA)

    assert "09:02 (CET)" in (await refused(practice)).detail


async def test_r3_6_ten_a_day() -> None:
    practice = await invited()
    for _ in range(9):
        practice.clock.advance(MINUTE)
        await resend(practice)
    practice.clock.advance(MINUTE)

    refusal = await refused(practice)

    assert refusal.retry_after == DAY - 10 * MINUTE
    practice.clock.advance(DAY - 10 * MINUTE)
    await resend(practice)


async def test_r3_6_each_person_is_counted_alone() -> None:
    practice = await invited()
    await practice.activate(BERT)

    practice.clock.advance(MINUTE)
    await resend(practice)
    await resend(practice, BERT)


async def test_r3_6_activated_again_within_the_minute_the_mail_goes_when_it_is_over() -> None:
    practice = await invited()
    practice.clock.advance(10)
    await practice.deactivate(ANNA)
    practice.clear()

    await practice.activate(ANNA)

    assert delays(practice) == [50]
    invitation = practice.of().invitation
    assert invitation is not None
    assert invitation.status is InvitationStatus.QUEUED
    # The link's time runs from when it is sent.
    assert (invitation.expires_at - practice.clock.now()).total_seconds() == 50 + 30 * MINUTE


async def test_r3_6_invitations_that_never_went_lock_nobody_out() -> None:
    practice = await invited()
    for _ in range(20):
        await practice.deactivate(ANNA)
        await practice.activate(ANNA)
    practice.clear()

    await practice.activate(ANNA)

    assert delays(practice) == [60]


async def test_r3_6_a_repeated_click_and_the_sweep_do_not_send_it_before() -> None:
    practice = await invited()
    await practice.deactivate(ANNA)
    await practice.activate(ANNA)
    practice.clear()

    await practice.activate(ANNA)
    for shard in range(16):
        await practice.sweep.run_shard(shard)

    assert delays(practice) == [60, 60]
    assert len(set(practice.mails(MailKind.INVITATION))) == 1


async def test_r3_6_what_waits_counts_for_a_resend() -> None:
    practice = await invited()
    await practice.deactivate(ANNA)
    await practice.activate(ANNA)
    practice.clock.advance(61)

    assert (await refused(practice)).retry_after == 59


async def test_r3_2_who_has_no_address_uses_up_nothing(practice: Practice) -> None:
    await practice.enable(NORTH)
    practice.booking.put_staff(ACCOUNT, member(ANNA, email=None))
    await practice.activate(ANNA)
    practice.booking.put_staff(ACCOUNT, member(ANNA))

    await resend(practice)

    assert len(practice.mails(MailKind.INVITATION)) == 1


async def test_r3_5_activating_somebody_active_uses_up_nothing() -> None:
    practice = await invited()
    practice.clock.advance(MINUTE)

    for _ in range(20):
        await practice.activate(ANNA)

    await resend(practice)


async def test_r3_6_an_activation_that_broke_off_costs_a_minute_and_no_invitation(
    practice: Practice,
) -> None:
    await practice.enable(NORTH)

    def fail(name: str) -> None:
        if name == "put":
            raise Unavailable("storage")

    practice.connections.before = fail
    with pytest.raises(Unavailable):
        await practice.activate(ANNA)
    practice.connections.before = None
    await practice.activate(ANNA)

    assert delays(practice) == [60]


async def test_r3_6_a_resend_that_met_a_deactivation_is_uncounted() -> None:
    practice = await invited()
    practice.clock.advance(MINUTE)
    inner = practice.limits.take

    async def deactivated_meanwhile(*arguments: object) -> object:
        answer = await inner(*arguments)  # type: ignore[arg-type]
        await practice.deactivate(ANNA)
        return answer

    practice.limits.take = deactivated_meanwhile  # type: ignore[method-assign, assignment]
    with pytest.raises(Rejected) as caught:
        await resend(practice)

    assert caught.value.code == "not_active"
    taken = practice.limits.tallies[f"invitations:{key(ANNA)}"].taken
    assert len(taken) == 1
