"""Operations on more people than one answer waits for (R3.5)."""

import asyncio

import pytest

from sync.errors import ContractBroken, Unavailable
from sync.people.activation import PART
from sync.people.people import AccessType, ConnectionState
from sync.people.side_by_side import AT_ONCE, MANY, side_by_side
from sync.ports import AccountCause, AccountJob, MailKind
from sync.ports.job_texts import encode_account
from sync.words import StaffId
from tests.stories.people.practice import (
    ACCOUNT,
    ANNA,
    BERT,
    BOSS,
    CHIEF,
    NORTH,
    SOUTH,
    Practice,
    member,
)

THOUSAND = tuple(StaffId(f"s{number:04}") for number in range(1_000))
CROWD = THOUSAND[:300]


async def crowded(*staff_ids: StaffId) -> Practice:
    practice = Practice()
    for staff_id in staff_ids or CROWD:
        practice.booking.put_staff(ACCOUNT, member(staff_id))
    await practice.enable(NORTH)
    practice.clear()
    return practice


async def run_jobs(practice: Practice) -> None:
    while (job := practice.jobs.take_account()) is not None:
        await practice.activation.go_on(job)


def active(practice: Practice) -> set[StaffId]:
    return {one.staff_id for one in practice.connections.rows if practice.of(one.staff_id).active}


async def test_r3_5_a_thousand_people_are_answered_as_they_stand_and_seen_to_behind_it() -> None:
    practice = await crowded(*THOUSAND)

    outcome = await practice.activation.set_active(ACCOUNT, BOSS, (*THOUSAND, StaffId("ghost")), ())
    at_once = active(practice)
    await run_jobs(practice)

    assert outcome.goes_on
    assert [(row.staff_id, row.active) for row in outcome.rows] == [
        (one, False) for one in THOUSAND
    ]
    assert [each.staff_id for each in outcome.refused] == ["ghost"]
    assert at_once == set()
    assert active(practice) == set(THOUSAND)
    assert len({mail.key for mail in practice.mails(MailKind.INVITATION)}) == len(THOUSAND)


async def test_r3_5_a_hundred_people_are_seen_to_before_the_answer() -> None:
    practice = await crowded(*CROWD[:MANY])

    outcome = await practice.activation.set_active(ACCOUNT, BOSS, CROWD[:MANY], ())

    assert not outcome.goes_on
    assert all(row.active for row in outcome.rows)
    assert not practice.jobs.accounts


async def test_r3_5_a_part_that_dies_in_the_middle_goes_on_and_invites_nobody_twice() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD, ())
    job = practice.jobs.take_account()
    assert job is not None
    puts = 0

    def die(name: str) -> None:
        nonlocal puts
        puts += name == "put"
        if puts > 20:
            raise Unavailable("storage")

    practice.connections.before = die
    with pytest.raises(Unavailable):
        await practice.activation.go_on(job)
    practice.connections.before = None
    some = len(active(practice))
    await practice.activation.go_on(job)
    await practice.activation.go_on(job)

    assert some == 20
    assert active(practice) == set(job.staff_ids)
    assert len({mail.key for mail in practice.mails(MailKind.INVITATION)}) == len(job.staff_ids)


async def test_r3_5_a_part_that_comes_late_undoes_no_later_decision() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD, ())
    first, second = CROWD[0], CROWD[1]
    job = practice.jobs.take_account()
    assert job is not None
    await practice.activation.go_on(job)
    practice.clear()

    practice.clock.advance(1)
    await practice.deactivate(first)
    await practice.activate(second)
    await practice.activation.go_on(job)

    assert practice.of(first).state is ConnectionState.INACTIVE
    assert practice.of(second).active
    assert first not in {mail.person.staff_id for mail in practice.mails(MailKind.INVITATION)}


async def test_r3_5_who_was_let_go_before_their_part_came_stays_so() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD, ())

    practice.clock.advance(1)
    await practice.deactivate(CROWD[0])
    await run_jobs(practice)

    assert active(practice) == set(CROWD[1:])


async def test_r3_5_many_are_deactivated_and_activated_in_one_operation() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD[:150], ())
    await run_jobs(practice)

    practice.clock.advance(1)
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD[150:], CROWD[:150])
    await run_jobs(practice)

    assert active(practice) == set(CROWD[150:])


async def test_r2_2_a_part_is_done_only_while_its_administrator_may_do_it() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, CHIEF, CROWD, ())
    practice.booking.put_staff(ACCOUNT, member(CHIEF, AccessType.STAFF))

    await run_jobs(practice)

    assert not active(practice)


async def test_r3_5_who_left_the_location_meanwhile_is_left_out() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD, ())
    practice.booking.put_staff(ACCOUNT, member(CROWD[3], AccessType.STAFF, SOUTH))

    await run_jobs(practice)

    assert active(practice) == set(CROWD) - {CROWD[3]}


async def test_a_part_that_says_not_for_whom_is_no_job(practice: Practice) -> None:
    with pytest.raises(ContractBroken):
        await practice.activation.go_on(
            AccountJob(cause=AccountCause.ACTIVATE, account_id=ACCOUNT, staff_ids=(ANNA,))
        )


async def test_r3_1_disabling_a_location_of_many_is_answered_and_goes_on_behind_it() -> None:
    practice = await crowded()
    await practice.activation.set_active(ACCOUNT, BOSS, CROWD, ())
    await run_jobs(practice)

    await practice.enable(SOUTH)
    (queued,) = practice.jobs.accounts
    at_once = practice.of(CROWD[0]).state
    await practice.administration.reconcile(queued.job)

    assert at_once is ConnectionState.INVITED
    assert {practice.of(one).state for one in CROWD} == {ConnectionState.INACTIVE}


async def test_r11_8_one_whom_storage_fails_holds_up_nobody_when_a_location_is_disabled(
    practice: Practice,
) -> None:
    await practice.enable(NORTH, SOUTH)
    await practice.activate(ANNA, BERT)
    practice.clear()
    failed: list[str] = []

    def die(name: str) -> None:
        if name == "put" and not failed:
            failed.append(name)
            raise Unavailable("storage")

    practice.connections.before = die
    with pytest.raises(Unavailable):
        await practice.enable(SOUTH)

    assert {practice.of(one).state for one in (ANNA, BERT)} == {
        ConnectionState.INVITED,
        ConnectionState.INACTIVE,
    }


async def test_r3_5_many_are_worked_on_side_by_side_a_bounded_number_at_once() -> None:
    running, most = 0, 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if number == 5:
            raise Unavailable("storage")
        return number

    answers = await side_by_side(range(100), work)

    assert most == AT_ONCE
    assert [answer for answer in answers if isinstance(answer, int)] == [
        number for number in range(100) if number != 5
    ]
    assert isinstance(answers[5], Unavailable)


async def test_an_error_that_nobody_foresaw_is_raised_once_everybody_was_tried() -> None:
    tried: list[int] = []

    async def work(number: int) -> None:
        tried.append(number)
        if number == 0:
            raise KeyError(number)

    with pytest.raises(KeyError):
        await side_by_side(range(40), work)
    assert len(tried) == 40


def test_r3_5_a_job_of_the_longest_ids_fits_into_a_message() -> None:
    ids = tuple(StaffId("x" * 64) for _ in range(PART))
    text = encode_account(
        AccountJob(cause=AccountCause.ACTIVATE, account_id=ACCOUNT, staff_ids=ids, acting=ids[0])
    )

    assert len(text) < 49_152
