"""What a Staff Member does with their own Connection."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.links import Hold, Why
from sync.errors import AuthorizationLost, MailboxLost, Rejected, Unavailable
from sync.people.choices import CALENDAR_IN_USE
from sync.people.connection_states import held_answered
from sync.people.people import (
    AccessType,
    ConnectionState,
    Failing,
    Goal,
    Held,
    HeldAnswer,
    MicrosoftAccount,
    Missing,
)
from sync.ports import MailKind
from tests.fakes.clock import START
from tests.stories.people.practice import (
    ACCOUNT,
    ANNA,
    BERT,
    Practice,
    key,
    member,
    sign_in,
)
from tests.stories.people.test_invitations import token_of

ASKED = Held(since=START - timedelta(hours=1), count=12)
#: What a sync leaves on a Connection that does not do well.
IN_TROUBLE = {
    "held": ASKED,
    "failing": Failing(since=START, times=3, code="unreachable"),
    "missing": Missing(what="calendar", since=START, looks=2),
}


async def rejected(call: object) -> tuple[int, str]:
    with pytest.raises(Rejected) as caught:
        await call  # type: ignore[misc]
    assert caught.value.detail
    return caught.value.status, caught.value.code


# --- me ---


async def test_r2_6_somebody_never_activated_has_an_inactive_connection_and_no_row(
    practice: Practice,
) -> None:
    me = await practice.own.me(key(ANNA))

    assert (me.active, me.state.value, me.staff.name) == (False, "inactive", "Anna")
    assert not practice.connections.rows


async def test_somebody_unknown_to_the_booking_product_is_told(practice: Practice) -> None:
    practice.booking.remove_staff(key(ANNA))

    assert await rejected(practice.own.me(key(ANNA))) == (404, "unknown_staff")


# --- signing in ---


async def test_r4_1_a_sign_in_authorizes_and_uses_the_invitation_up(practice: Practice) -> None:
    await practice.invite(ANNA)

    connection = await practice.own.attach(key(ANNA), sign_in(), invitation=token_of(practice))

    assert connection.state is ConnectionState.AUTHORIZED
    assert connection.microsoft == sign_in().account
    assert connection.invitation is not None
    assert connection.invitation.used
    assert practice.microsoft.tokens == {key(ANNA): "tokens"}


async def test_r3_4_somebody_elses_invitation_is_refused_and_nothing_is_stored(
    practice: Practice,
) -> None:
    await practice.invite(ANNA, BERT)
    token = token_of(practice)

    answer = await rejected(practice.own.attach(key(BERT), sign_in(), invitation=token))

    assert answer == (403, "not_your_invitation")
    assert not practice.microsoft.tokens
    assert practice.of(BERT).state is ConnectionState.INVITED


async def test_r2_6_who_is_not_active_stores_no_account(practice: Practice) -> None:
    assert await rejected(practice.own.attach(key(ANNA), sign_in())) == (409, "not_active")
    assert not practice.microsoft.tokens


async def test_r4_3_another_account_is_refused_while_synced(practice: Practice) -> None:
    await practice.sync()

    for state in ("starting", "active", "reconnect_needed", "disconnecting"):
        practice.change(ANNA, state=ConnectionState(state))
        answer = await rejected(practice.own.attach(key(ANNA), sign_in("other", "theirs")))
        assert answer == (409, "disconnect_first")

    assert practice.microsoft.tokens == {key(ANNA): "tokens"}


async def test_r4_3_another_account_may_replace_one_that_is_not_synced(practice: Practice) -> None:
    await practice.authorize()

    connection = await practice.own.attach(key(ANNA), sign_in("other", "theirs"))

    assert connection.microsoft == sign_in("other").account
    assert practice.microsoft.tokens == {key(ANNA): "theirs"}


async def test_the_same_account_again_brings_newer_tokens_and_nothing_else(
    practice: Practice,
) -> None:
    before = await practice.sync()

    after = await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))

    assert after == before
    assert practice.microsoft.tokens == {key(ANNA): "newer"}
    assert not practice.woken


async def test_r10_3_the_same_account_repairs_with_a_resync(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED, due_at=None)

    after = await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))

    assert after.state is ConnectionState.ACTIVE
    assert (after.resync_wanted, after.due_at) == (True, practice.clock.now())
    assert after.request_id not in {"", after.connection_id}
    assert after.problem is None
    assert practice.woken == [(ANNA, "resync")]


@pytest.mark.parametrize("chosen", [True, False])
async def test_r9_8_a_reconnect_is_told_by_its_resync_or_else_by_itself(
    practice: Practice, *, chosen: bool
) -> None:
    await practice.sync()
    settings = replace(practice.settings(), notify_resync_completed=chosen)
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED, settings=settings)

    await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))

    # The mail of the Resync follows where it was chosen: one event makes one mail.
    assert len(practice.mails(MailKind.RECONNECTED)) == (0 if chosen else 1)


async def test_r10_3_a_repaired_connection_sees_anew_what_fails_and_what_waits(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED, **IN_TROUBLE)

    after = await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))

    assert (after.held, after.failing, after.missing) == (None, None, None)


async def test_tokens_stored_while_the_person_is_deactivated_do_not_stay(
    practice: Practice,
) -> None:
    await practice.invite(ANNA)

    def deactivate_first(name: str) -> None:
        if name == "put":
            practice.connections.before = None
            practice.change(ANNA, active=False, state=ConnectionState.INACTIVE)

    practice.connections.before = deactivate_first

    assert await rejected(practice.own.attach(key(ANNA), sign_in())) == (409, "not_active")
    assert not practice.microsoft.tokens


async def test_two_sign_ins_at_once_end_with_tokens_and_account_of_one(practice: Practice) -> None:
    await practice.invite(ANNA)

    def sign_in_first(name: str) -> None:
        if name == "put":
            practice.connections.before = None
            practice.microsoft.tokens[key(ANNA)] = "theirs"
            practice.change(
                ANNA,
                state=ConnectionState.AUTHORIZED,
                microsoft=MicrosoftAccount(id="other", address="other@example.org"),
            )

    practice.connections.before = sign_in_first
    after = await practice.own.attach(key(ANNA), sign_in())

    assert after.microsoft == sign_in().account
    assert practice.microsoft.tokens == {key(ANNA): "tokens"}


async def test_a_sign_in_during_a_removal_towards_invited_ends_authorized(
    practice: Practice,
) -> None:
    await practice.sync()
    await practice.deactivate(ANNA)
    await practice.activate(ANNA)

    await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))
    await practice.remove()

    assert practice.of().state is ConnectionState.AUTHORIZED
    assert practice.microsoft.tokens == {key(ANNA): "newer"}


# --- calendars and starting ---


async def test_r5_1_only_own_and_editable_calendars_may_be_chosen(practice: Practice) -> None:
    await practice.authorize()
    other = practice.outlook.add_calendar(key(ANNA), "A second one")
    practice.outlook.add_calendar(key(ANNA), "Shared", owner="boss@example.org")
    practice.outlook.add_calendar(key(ANNA), "Birthdays", can_edit=False)

    calendars = await practice.choices.calendars(key(ANNA))

    assert [calendar.id for calendar in calendars] == [practice.calendar, other]


async def test_calendars_need_a_sign_in(practice: Practice) -> None:
    assert await rejected(practice.choices.calendars(key(ANNA))) == (409, "not_active")
    await practice.invite(ANNA)
    assert await rejected(practice.choices.calendars(key(ANNA))) == (409, "not_authorized")


async def test_refused_tokens_before_the_start_ask_for_another_sign_in(practice: Practice) -> None:
    await practice.authorize()
    practice.outlook.lose(key(ANNA), AuthorizationLost)

    assert await rejected(practice.choices.calendars(key(ANNA))) == (409, "not_authorized")
    assert practice.of().state is ConnectionState.INVITED
    assert not practice.microsoft.tokens


async def test_refused_tokens_while_synced_are_the_syncs_to_judge(practice: Practice) -> None:
    before = await practice.sync()
    practice.outlook.lose(key(ANNA), AuthorizationLost)

    assert await rejected(practice.choices.calendars(key(ANNA))) == (409, "reconnect_needed")
    assert practice.of() == before


async def test_an_account_without_a_mailbox_is_told(practice: Practice) -> None:
    await practice.authorize()
    practice.outlook.lose(key(ANNA), MailboxLost)

    assert await rejected(practice.choices.calendars(key(ANNA))) == (409, "mailbox_lost")


async def test_r5_7_start_sync_writes_the_state_before_the_job(practice: Practice) -> None:
    await practice.authorize()
    practice.clear()

    await practice.choices.start(key(ANNA), practice.settings())

    connection = practice.of()
    assert connection.state is ConnectionState.STARTING
    assert connection.settings == practice.settings()
    assert (connection.calendar_name, connection.calendar_is_default) == ("Calendar", True)
    assert connection.connection_id is not None
    assert connection.progress is not None
    assert connection.due_at == practice.clock.now()
    assert practice.woken == [(ANNA, "started")]


async def test_r5_1_a_calendar_that_may_not_be_chosen_is_refused(practice: Practice) -> None:
    await practice.authorize()
    shared = practice.outlook.add_calendar(key(ANNA), "Shared", owner="boss@example.org")

    for calendar in (shared, type(shared)("nowhere")):
        answer = await rejected(practice.choices.start(key(ANNA), practice.settings(calendar)))
        assert answer == (400, "unknown_calendar")

    assert practice.of().state is ConnectionState.AUTHORIZED
    assert not practice.claims.claims


async def test_starting_is_refused_by_state(practice: Practice) -> None:
    async def answer() -> tuple[int, str]:
        return await rejected(practice.choices.start(key(ANNA), practice.settings()))

    assert await answer() == (409, "not_active")
    await practice.invite(ANNA)
    assert await answer() == (409, "not_authorized")
    await practice.sync()
    assert await answer() == (409, "already_syncing")
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED)
    assert await answer() == (409, "reconnect_needed")
    practice.change(ANNA, state=ConnectionState.DISCONNECTING, goal=Goal.AUTHORIZED)
    assert await answer() == (409, "already_syncing")


async def same_calendar() -> Practice:
    """Anna and Bert are signed in with one Microsoft account."""
    practice = Practice()
    await practice.authorize()
    await practice.activate(BERT)
    await practice.own.attach(key(BERT), sign_in("ms-anna"))
    practice.outlook.mailboxes[key(BERT)] = practice.outlook.mailboxes[key(ANNA)]
    return practice


async def test_r5_2_the_second_person_on_a_calendar_gets_the_exact_message() -> None:
    practice = await same_calendar()
    await practice.choices.start(key(ANNA), practice.settings())

    with pytest.raises(Rejected) as caught:
        await practice.choices.start(key(BERT), practice.settings())

    assert (caught.value.status, caught.value.code) == (409, "calendar_in_use")
    assert caught.value.detail == CALENDAR_IN_USE
    assert practice.of(BERT).state is ConnectionState.AUTHORIZED


async def test_r5_2_of_two_who_press_at_the_same_moment_one_wins() -> None:
    practice = await same_calendar()

    answers = await asyncio.gather(
        practice.choices.start(key(ANNA), practice.settings()),
        practice.choices.start(key(BERT), practice.settings()),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Rejected"]
    assert {practice.of(ANNA).state.value, practice.of(BERT).state.value} == {
        "starting",
        "authorized",
    }


async def test_r5_2_a_start_that_died_after_its_claim_leaves_no_calendar_taken(
    practice: Practice,
) -> None:
    await practice.authorize()
    other = practice.outlook.add_calendar(key(ANNA), "Other")

    def die(name: str) -> None:
        if name == "claim":
            raise Unavailable("the process is gone")

    practice.claims.after = die
    with pytest.raises(Unavailable):
        await practice.choices.start(key(ANNA), practice.settings())
    practice.claims.after = None
    await practice.choices.start(key(ANNA), practice.settings(other))

    assert [calendar for _, calendar in practice.claims.claims] == [other]


async def test_r5_2_the_loser_of_two_own_starts_gives_its_calendar_back(practice: Practice) -> None:
    await practice.authorize()
    other = practice.outlook.add_calendar(key(ANNA), "Other")
    microsoft = practice.of().microsoft
    assert microsoft is not None

    def other_tab(name: str) -> None:
        if name == "claim":
            practice.claims.after = None
            practice.claims.claims[microsoft.id, other] = key(ANNA)
            practice.change(ANNA, state=ConnectionState.STARTING, settings=practice.settings(other))

    practice.claims.after = other_tab
    answer = await rejected(practice.choices.start(key(ANNA), practice.settings()))

    assert answer == (409, "already_syncing")
    assert [calendar for _, calendar in practice.claims.claims] == [other]


async def test_r5_9_a_change_that_a_disconnect_overtook_leaves_no_calendar_taken(
    practice: Practice,
) -> None:
    await practice.sync()
    other = practice.outlook.add_calendar(key(ANNA), "Other")

    def removed_meanwhile(name: str) -> None:
        if name == "claim":
            practice.claims.before = None
            practice.claims.claims.clear()
            practice.change(ANNA, state=ConnectionState.AUTHORIZED, leaving=None)

    practice.claims.before = removed_meanwhile
    answer = await rejected(practice.choices.change(key(ANNA), practice.settings(other)))

    assert answer == (409, "not_syncing")
    assert not practice.claims.claims


async def test_r5_9_of_two_changes_to_one_calendar_the_slower_takes_it_from_nobody(
    practice: Practice,
) -> None:
    await practice.sync()
    other = practice.outlook.add_calendar(key(ANNA), "Other")

    await asyncio.gather(
        practice.choices.change(key(ANNA), practice.settings(other)),
        practice.choices.change(key(ANNA), practice.settings(other)),
        return_exceptions=True,
    )

    assert other in {calendar for _, calendar in practice.claims.claims}


async def test_r5_2_a_double_click_keeps_the_one_calendar(practice: Practice) -> None:
    await practice.authorize()

    await asyncio.gather(
        practice.choices.start(key(ANNA), practice.settings()),
        practice.choices.start(key(ANNA), practice.settings()),
        return_exceptions=True,
    )

    assert practice.of().state is ConnectionState.STARTING
    assert list(practice.claims.claims.values()) == [key(ANNA)]


async def test_r2_4_somebody_with_view_only_access_may_start(practice: Practice) -> None:
    practice.booking.put_staff(ACCOUNT, member(ANNA, AccessType.VIEW_ONLY))
    await practice.authorize()

    await practice.choices.start(key(ANNA), practice.settings())

    assert practice.of().state is ConnectionState.STARTING


# --- resync and disconnect ---


async def test_r5_7_a_resync_is_written_down_before_its_job(practice: Practice) -> None:
    before = await practice.sync()

    await practice.own.resync(key(ANNA))

    assert practice.of().resync_wanted
    assert practice.of().request_id not in {"", before.request_id}
    assert practice.of().due_at == practice.clock.now()
    assert practice.woken == [(ANNA, "resync")]


async def test_r9_5_a_resync_asked_for_twice_is_one_with_one_mail(practice: Practice) -> None:
    await practice.sync()

    await practice.own.resync(key(ANNA))
    first = practice.of().request_id
    await practice.own.resync(key(ANNA))

    assert practice.of().request_id == first


async def test_a_resync_during_the_first_sync_changes_nothing(practice: Practice) -> None:
    await practice.authorize()
    await practice.choices.start(key(ANNA), practice.settings())
    before = practice.of()

    await practice.own.resync(key(ANNA))

    assert practice.of() == before


async def test_a_resync_is_refused_where_nothing_is_synced(practice: Practice) -> None:
    assert await rejected(practice.own.resync(key(ANNA))) == (409, "not_active")
    await practice.authorize()
    assert await rejected(practice.own.resync(key(ANNA))) == (409, "not_syncing")
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED)
    assert await rejected(practice.own.resync(key(ANNA))) == (409, "reconnect_needed")


@pytest.mark.parametrize("state", ["starting", "active", "reconnect_needed"])
async def test_r10_1_disconnecting_keeps_choices_and_the_sign_in(
    practice: Practice, state: str
) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState(state))

    await practice.own.disconnect(key(ANNA))
    await practice.own.disconnect(key(ANNA))
    await practice.remove()

    after = practice.of()
    assert after.state is ConnectionState.AUTHORIZED
    assert after.settings == practice.settings()
    assert after.microsoft == sign_in("ms-anna").account
    assert practice.microsoft.tokens


async def test_disconnecting_is_refused_where_nothing_is_synced(practice: Practice) -> None:
    assert await rejected(practice.own.disconnect(key(ANNA))) == (409, "not_active")
    await practice.authorize()
    assert await rejected(practice.own.disconnect(key(ANNA))) == (409, "not_syncing")


async def test_r11_7_after_disconnecting_nothing_waits_for_an_answer(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, **IN_TROUBLE)

    await practice.own.disconnect(key(ANNA))

    after = practice.of()
    assert (after.held, after.failing, after.missing) == (None, None, None)


async def test_r5_7_a_new_start_knows_nothing_of_earlier_trouble(practice: Practice) -> None:
    await practice.authorize()
    practice.change(ANNA, **IN_TROUBLE)

    await practice.choices.start(key(ANNA), practice.settings())

    after = practice.of()
    assert (after.held, after.failing, after.missing) == (None, None, None)


# --- held cancellations ---


@pytest.mark.parametrize("answer", HeldAnswer)
async def test_r11_7_an_answer_is_written_down_before_its_job(
    practice: Practice, answer: HeldAnswer
) -> None:
    await practice.sync()
    practice.change(ANNA, held=ASKED, due_at=None)

    await practice.own.answer_held(key(ANNA), answer)

    after = practice.of()
    assert after.held == replace(ASKED, answer=answer)
    assert after.due_at == practice.clock.now()
    assert practice.woken == [(ANNA, "answered")]


async def test_r11_7_until_it_is_carried_out_the_newest_answer_counts(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, held=ASKED)

    for answer in (HeldAnswer.CANCEL, HeldAnswer.CANCEL, HeldAnswer.PUT_BACK):
        await practice.own.answer_held(key(ANNA), answer)

    assert practice.of().held == replace(ASKED, answer=HeldAnswer.PUT_BACK)
    assert practice.woken == [(ANNA, "answered")] * 3


async def test_r11_7_without_a_question_there_is_nothing_to_answer(practice: Practice) -> None:
    await practice.sync()

    answer = await rejected(practice.own.answer_held(key(ANNA), HeldAnswer.CANCEL))

    assert answer == (409, "nothing_held")
    assert held_answered(practice.of(), HeldAnswer.CANCEL, START) == practice.of()
    assert not practice.woken


async def test_r11_7_whoever_has_to_sign_in_does_that_first(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, held=ASKED, state=ConnectionState.RECONNECT_NEEDED)

    answer = await rejected(practice.own.answer_held(key(ANNA), HeldAnswer.CANCEL))

    assert answer == (409, "reconnect_needed")
    assert practice.of().held == ASKED


async def test_r2_6_who_is_not_active_answers_nothing(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, held=ASKED, active=False, state=ConnectionState.INACTIVE)

    answer = await rejected(practice.own.answer_held(key(ANNA), HeldAnswer.CANCEL))

    assert answer == (409, "not_active")


async def test_r10_1_the_confirmation_counts_what_will_be_removed(practice: Practice) -> None:
    await practice.sync()
    await practice.mirror(2)
    await practice.mirror(3)
    await practice.reserve(5)

    assert await practice.removal.counts(key(ANNA)) == (2, 1)


async def test_r10_1_an_event_that_was_deleted_is_not_counted_again(practice: Practice) -> None:
    await practice.sync()
    await practice.mirror(2)
    ended = await practice.mirror(3)
    await practice.keep(replace(ended, hold=Hold(why=Why.ENDED, since=START)))

    assert await practice.removal.counts(key(ANNA)) == (1, 0)


async def test_a_connection_that_changes_all_the_time_asks_to_come_later(
    practice: Practice,
) -> None:
    await practice.sync()

    def change(name: str) -> None:
        if name == "put":
            practice.change(ANNA, waiting=practice.of().waiting + 1)

    practice.connections.before = change

    with pytest.raises(Unavailable):
        await practice.own.resync(key(ANNA))
    assert not practice.woken
