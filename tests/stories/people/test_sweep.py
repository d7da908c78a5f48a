"""The timers (R11.3)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sync.errors import ContractBroken, Unavailable
from sync.people.contact import Notices
from sync.people.mail_choices import confirmation_mail
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    InvitationStatus,
    Subscription,
)
from sync.people.side_by_side import AT_ONCE
from sync.ports import AccountCause, Limit, MailKind, Stored
from sync.words import PersonKey, StaffId
from tests.fakes.storage import shard_of
from tests.stories.people.practice import (
    ACCOUNT,
    ANNA,
    NORTH,
    SOUTH,
    Practice,
    key,
    member,
)

SHARD = shard_of(ACCOUNT)


async def test_a_timer_queues_one_job_for_each_shard(practice: Practice) -> None:
    await practice.sweep.start_sweep()
    await practice.sweep.start_renewal()

    jobs = [each.job for each in practice.jobs.accounts]
    assert [job.shard for job in jobs] == [*range(16), *range(16)]
    assert {job.cause for job in jobs[:16]} == {AccountCause.SWEEP_SHARD}
    assert {job.cause for job in jobs[16:]} == {AccountCause.RENEWAL_SHARD}


async def test_r11_3_whoever_is_due_is_woken_until_a_sync_has_run(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, due_at=practice.clock.now())

    await practice.sweep.run_shard(SHARD)
    practice.clock.advance(300)
    await practice.sweep.run_shard(SHARD)

    assert practice.woken == [(ANNA, "sweep"), (ANNA, "sweep")]


async def test_r2_5_a_lost_webhook_about_a_person_costs_delay_only(practice: Practice) -> None:
    await practice.sync()
    practice.booking.put_staff(ACCOUNT, member(ANNA, AccessType.VIEW_ONLY))
    practice.change(ANNA, due_at=practice.clock.now())

    await practice.sweep.run_shard(SHARD)
    job = practice.jobs.take_account()
    assert job is not None
    await practice.administration.reconcile(job)

    assert practice.of().staff.access_type is AccessType.VIEW_ONLY
    assert practice.jobs.take_account() is None


async def test_r11_3_who_is_not_due_is_left_alone(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, due_at=practice.clock.now() + timedelta(seconds=1))

    await practice.sweep.run_shard(SHARD)
    await practice.sweep.run_shard((SHARD + 1) % 16)

    assert not practice.woken


@pytest.mark.parametrize("renews", [False, True])
async def test_r11_8_whose_row_fails_in_a_shard_holds_up_nobody_behind_them(
    practice: Practice, *, renews: bool
) -> None:
    people = await _many_due(practice)
    get = practice.connections.get

    async def broken(person: PersonKey) -> Stored[Connection] | None:
        if person == people[0]:
            raise ContractBroken("a row that nobody can read")
        if person == people[1]:
            raise Unavailable("storage")
        return await get(person)

    practice.connections.get = broken  # type: ignore[method-assign]
    run = practice.sweep.renew_shard if renews else practice.sweep.run_shard
    with pytest.raises(ContractBroken):
        await run(SHARD)

    assert {staff for staff, _ in practice.woken} == {each.staff_id for each in people[2:]}
    assert renews or practice.jobs.take_account() is not None


@pytest.mark.parametrize("renews", [False, True])
async def test_r11_3_the_people_of_a_shard_are_seen_to_side_by_side_a_bounded_number_at_once(
    practice: Practice, *, renews: bool
) -> None:
    await _many_due(practice)
    get, running, most = practice.connections.get, 0, 0

    async def slow(person: PersonKey) -> Stored[Connection] | None:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await asyncio.sleep(0)
        running -= 1
        return await get(person)

    practice.connections.get = slow  # type: ignore[method-assign]
    run = practice.sweep.renew_shard if renews else practice.sweep.run_shard
    await run(SHARD)

    assert most == AT_ONCE


async def test_r11_2_a_shard_that_is_looked_at_again_at_once_queues_nobody_twice(
    practice: Practice,
) -> None:
    people = await _many_due(practice)

    await practice.sweep.run_shard(SHARD)
    await practice.sweep.run_shard(SHARD)

    assert sorted(staff for staff, _ in practice.woken) == sorted(p.staff_id for p in people)


async def _many_due(practice: Practice) -> list[PersonKey]:
    """Lets twice as many be synced as are seen to at once, all of them due, and due to renew."""
    await practice.sync()
    now = practice.clock.now()
    anna = practice.of()
    for number in range(2 * AT_ONCE - 1):
        person = key(StaffId(f"person-{number:02}"))
        staff = replace(anna.staff, id=person.staff_id)
        await practice.connections.put(replace(anna, person=person, staff=staff), None)
    people = sorted(practice.connections.rows, key=lambda each: each.staff_id)
    for person_key in people:
        ends = Subscription(id=person_key.staff_id, expires_at=now, client_state="state")
        practice.change(person_key.staff_id, due_at=now, subscription=ends)
    practice.clear()
    return people


async def test_r10_5_a_removal_whose_job_was_lost_is_woken(practice: Practice) -> None:
    await practice.sync()
    await practice.own.disconnect(key(ANNA))
    practice.clear()

    await practice.sweep.run_shard(SHARD)

    assert practice.woken == [(ANNA, "sweep")]


async def test_an_invitation_that_is_not_known_to_be_sent_is_queued_again_now_and_then(
    practice: Practice,
) -> None:
    await practice.invite(ANNA)
    (first,) = practice.mails(MailKind.INVITATION)
    practice.clear()

    await practice.sweep.run_shard(SHARD)
    await practice.sweep.run_shard(SHARD)

    assert practice.mails(MailKind.INVITATION) == [first]
    assert practice.of().due_at == practice.clock.now() + timedelta(minutes=30)


async def test_a_sent_invitation_is_not_queued_again_and_nothing_is_due_any_more(
    practice: Practice,
) -> None:
    await practice.invite(ANNA)
    invitation = practice.of().invitation
    assert invitation is not None
    sent = type(invitation)(
        id=invitation.id, status=InvitationStatus.SENT, expires_at=invitation.expires_at
    )
    practice.change(ANNA, invitation=sent)
    practice.clear()

    await practice.sweep.run_shard(SHARD)

    assert not practice.jobs.mails
    assert practice.of().due_at is None


@pytest.mark.parametrize("syncs", [False, True])
async def test_r9_7_a_confirmation_that_is_not_known_to_be_sent_is_queued_again(
    practice: Practice, *, syncs: bool
) -> None:
    """Who died between the note and the mail leaves an address that waits for no mail."""
    if syncs:
        await practice.sync()
    else:
        await practice.enable(NORTH)
        await practice.activate(ANNA)
    await practice.mail_choices.change(key(ANNA), Notices(contact_email="new@elsewhere.example"))
    (mail,) = practice.mails(MailKind.CONFIRM_CONTACT)
    practice.jobs.mails.clear()
    practice.clock.advance(3700)

    await practice.sweep.run_shard(SHARD)
    await practice.sent.mark_sent(mail.mark)
    practice.clock.advance(3700)
    await practice.sweep.run_shard(SHARD)

    assert practice.mails(MailKind.CONFIRM_CONTACT) == [mail]


async def test_r3_4_an_invitation_that_expired_unsent_is_not_queued_any_more(
    practice: Practice,
) -> None:
    await practice.invite(ANNA)
    practice.clear()
    practice.clock.advance(30 * 60)

    await practice.sweep.run_shard(SHARD)

    assert not practice.jobs.mails
    assert practice.of().due_at is None


async def test_r2_5_the_booking_product_is_asked_again_about_somebody_suspended(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.booking.put_staff(ACCOUNT, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    await practice.remove()
    practice.clear()
    practice.booking.put_staff(ACCOUNT, member(ANNA))

    await practice.sweep.run_shard(SHARD)
    job = practice.jobs.take_account()
    assert job is not None
    await practice.administration.reconcile(job)

    assert practice.of().state is ConnectionState.STARTING


async def test_r2_5_somebody_still_suspended_is_looked_at_once_a_day(practice: Practice) -> None:
    await practice.sync()
    practice.booking.put_staff(ACCOUNT, member(ANNA, AccessType.STAFF, SOUTH))
    await practice.look_at(ANNA)
    await practice.remove()

    await practice.sweep.run_shard(SHARD)
    await practice.look_at(ANNA)
    practice.clear()
    await practice.sweep.run_shard(SHARD)

    assert practice.of().due_at == practice.clock.now() + timedelta(days=1)
    assert not practice.jobs.accounts


async def test_r10_3_nothing_stays_due_for_somebody_who_has_to_reconnect(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED, due_at=practice.clock.now())

    asked = practice.of().contact.pending
    assert asked is not None
    await practice.sent.mark_sent(confirmation_mail(key(ANNA), asked).mark)
    await practice.sweep.run_shard(SHARD)

    assert not practice.woken
    assert practice.of().due_at is None


async def test_what_was_asked_for_during_the_sweep_keeps_its_time(practice: Practice) -> None:
    await practice.authorize()
    practice.change(ANNA, due_at=practice.clock.now())

    def start_meanwhile(name: str) -> None:
        if name == "put":
            practice.connections.before = None
            practice.change(ANNA, state=ConnectionState.STARTING)

    practice.connections.before = start_meanwhile
    await practice.sweep.run_shard(SHARD)

    assert practice.of().due_at == practice.clock.now()


async def test_r11_3_subscriptions_that_end_soon_are_renewed(practice: Practice) -> None:
    await practice.sync()

    await practice.sweep.renew_shard(SHARD)
    early = list(practice.woken)
    practice.clock.advance(4 * 24 * 60 * 60)
    await practice.sweep.renew_shard(SHARD)

    assert early == []
    assert practice.woken == [(ANNA, "renewal")]


async def test_r10_3_nothing_is_renewed_for_somebody_who_has_to_reconnect(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED)
    practice.clock.advance(6 * 24 * 60 * 60)

    await practice.sweep.renew_shard(SHARD)

    assert not practice.woken


async def test_r9_7_what_is_kept_of_mails_has_an_end(practice: Practice) -> None:
    limits = (Limit(count=1, span=timedelta(days=1)),)
    for number in range(40):
        await practice.sent.mark_sent(f"old-{number}")
        await practice.limits.take(f"old-{number}", "mail", limits, practice.clock.now())
    await _a_day_of_renewals(practice)
    assert len(practice.sent.marks) == len(practice.limits.tallies) == 40

    practice.clock.advance(7 * 86_400)
    await _a_day_of_renewals(practice)
    assert (len(practice.sent.marks), len(practice.limits.tallies)) == (40, 0)
    practice.clock.advance(83 * 86_400)
    await _a_day_of_renewals(practice)

    assert practice.sent.marks == {}


async def test_r4_4_a_log_in_that_nobody_came_back_for_is_gone_within_the_hour_and_a_round(
    practice: Practice,
) -> None:
    for number in range(40):
        ends = practice.clock.now() + timedelta(hours=1)
        await practice.flows.save(f"flow-{number}", "content", ends)
    practice.clock.advance(3_599)
    await _renew(practice)
    assert len(practice.flows.flows) == 40

    practice.clock.advance(1)
    await _renew(practice)

    assert practice.flows.flows == {}


async def test_r11_3_the_entry_of_a_subscription_that_nobody_renews_has_an_end(
    practice: Practice,
) -> None:
    for number in range(40):
        lost = Subscription(id=f"s-{number}", expires_at=practice.clock.now(), client_state="state")
        await practice.index.put(lost, key(ANNA))
    practice.clock.advance(13 * 86_400)
    kept = Subscription(id="s-0", expires_at=practice.clock.now(), client_state="state")
    await practice.index.put(kept, key(ANNA))
    practice.clock.advance(86_400)

    await _a_day_of_renewals(practice)

    assert set(practice.index.entries) == {"s-0"}


@pytest.mark.parametrize("seconds", [900, 3_600, 86_400, 7 * 86_400])
async def test_r9_7_every_part_has_its_turn_however_seldom_the_timer_comes(
    practice: Practice, seconds: int
) -> None:
    parts: set[str] = set()
    practice.sent.forget = _noting(parts)  # type: ignore[method-assign, assignment]

    for _ in range(16 * 16):
        await practice.sweep.renew_shard(3)
        practice.clock.advance(seconds)

    assert len(parts) == 16


def _noting(parts: set[str]) -> Callable[[str, datetime], Awaitable[None]]:
    async def note(part: str, before: datetime) -> None:
        del before
        parts.add(part)

    return note


async def _a_day_of_renewals(practice: Practice) -> None:
    for _ in range(24 * 4):
        await _renew(practice)
        practice.clock.advance(900)


async def _renew(practice: Practice) -> None:
    for shard in range(16):
        await practice.sweep.renew_shard(shard)
