"""The contact address, its confirmation, and the two notifications (R5.3, R5.9, R9.7, R9.8)."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sync.bootstrap import compose
from sync.errors import Rejected, Unavailable
from sync.people.connection_states import is_synced
from sync.people.contact import Notice, Notices, contact_address, waiting_address
from sync.people.people import Connection, ConnectionState, PendingContact
from sync.ports import MailKind
from sync.words import PersonKey, StaffId
from tests.fakes.outside import settings_of
from tests.stories.mails.people import without
from tests.stories.people.practice import ACCOUNT, ANNA, Practice, key, member

DAY = 86_400
STRANGER = "stranger@elsewhere.example"


async def active() -> Practice:
    practice = Practice()
    await practice.invite(ANNA)
    practice.clear()
    return practice


async def choose(practice: Practice, address: str, staff_id: StaffId = ANNA) -> Connection:
    return await practice.mail_choices.change(key(staff_id), Notices(contact_email=address))


def asked(practice: Practice) -> PendingContact:
    pending = practice.of().contact.pending
    assert pending is not None
    return pending


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def token(practice: Practice) -> str:
    return token_of(practice.mail_choices.confirmation_link(asked(practice), key(ANNA)))


async def refusal(practice: Practice, text: str) -> tuple[int, str]:
    for way in (practice.mail_choices.opened, practice.mail_choices.confirm):
        with pytest.raises(Rejected) as caught:
            await way(text)
        assert caught.value.detail
    return caught.value.status, caught.value.code


async def too_many(practice: Practice, address: str, staff_id: StaffId = ANNA) -> Rejected:
    before = practice.of(staff_id)
    mails = len(practice.jobs.mails)
    with pytest.raises(Rejected) as caught:
        await choose(practice, address, staff_id)
    assert (caught.value.status, caught.value.code) == (429, "too_many_confirmations")
    assert practice.of(staff_id) == before
    assert len(practice.jobs.mails) == mails
    return caught.value


async def test_r5_3_an_address_is_used_from_its_confirmation_on() -> None:
    practice = await active()

    await choose(practice, STRANGER)
    assert contact_address(practice.of()) == "anna@example.org"
    (mail,) = practice.mails(MailKind.CONFIRM_CONTACT)
    assert STRANGER not in str(mail)
    opened = await practice.mail_choices.opened(token(practice))
    assert (opened.person, opened.address, opened.is_done) == (key(ANNA), STRANGER, False)
    assert contact_address(practice.of()) == "anna@example.org"
    text = token(practice)
    await practice.mail_choices.confirm(text)

    assert contact_address(practice.of()) == STRANGER
    assert waiting_address(practice.of()) is None
    # Pressing twice is fine.
    assert (await practice.mail_choices.confirm(text)).is_done
    assert (await practice.mail_choices.opened(text)).is_done


async def test_r5_3_a_link_is_good_for_seven_days() -> None:
    practice = await active()
    await choose(practice, STRANGER)
    practice.clock.advance(7 * DAY - 1)
    await practice.mail_choices.opened(token(practice))

    practice.clock.advance(1)

    assert await refusal(practice, token(practice)) == (410, "confirmation_expired")
    assert contact_address(practice.of()) == "anna@example.org"


async def test_r5_3_a_newer_confirmation_ends_the_one_before() -> None:
    practice = await active()
    await choose(practice, STRANGER)
    old = token(practice)

    await choose(practice, STRANGER)

    assert await refusal(practice, old) == (410, "confirmation_replaced")
    await practice.mail_choices.confirm(token(practice))
    assert contact_address(practice.of()) == STRANGER


@pytest.mark.parametrize("other", ["anna@example.org", "third@elsewhere.example"])
async def test_r5_3_another_choice_ends_a_confirmation(other: str) -> None:
    practice = await active()
    await choose(practice, STRANGER)
    old = token(practice)

    await choose(practice, other)

    assert await refusal(practice, old) == (410, "confirmation_replaced")
    assert contact_address(practice.of()) == "anna@example.org"


async def test_r5_3_a_link_that_was_pressed_says_nothing_that_no_longer_holds() -> None:
    practice = await active()
    await choose(practice, STRANGER)
    old = token(practice)
    await practice.mail_choices.confirm(old)

    await choose(practice, "anna@example.org")

    assert await refusal(practice, old) == (410, "confirmation_replaced")
    with pytest.raises(Rejected):
        await practice.mail_choices.confirm(old)
    # Chosen again it needs no other proof, and the link says so.
    await choose(practice, STRANGER)
    assert contact_address(practice.of()) == STRANGER
    assert (await practice.mail_choices.confirm(old)).is_done


async def test_r5_3_a_malformed_or_foreign_link_confirms_nothing() -> None:
    practice = await active()
    await choose(practice, STRANGER)
    good = token(practice)
    other = token_of(practice.mail_choices.unsubscribe_link(key(ANNA), Notice.UPDATE_FAILED))
    short = practice.signer.sign("contact", {"account_id": "a"})

    for bad in ("", "nonsense", good[:-1], good + "x", other, short):
        assert await refusal(practice, bad) == (400, "malformed_confirmation")
    assert contact_address(practice.of()) == "anna@example.org"


async def test_r5_3_a_link_of_one_person_says_nothing_of_another() -> None:
    practice = await active()
    await choose(practice, STRANGER)
    pending = asked(practice)
    nobody = PersonKey(account_id=ACCOUNT, staff_id=StaffId("nobody"))

    text = token_of(practice.mail_choices.confirmation_link(pending, nobody))

    assert await refusal(practice, text) == (410, "confirmation_replaced")


async def test_r5_9_the_profiles_own_address_and_the_notifications_count_at_once() -> None:
    practice = await active()

    after = await practice.mail_choices.change(
        key(ANNA), Notices(contact_email="ANNA@example.org", notify_update_failed=False)
    )

    assert waiting_address(after) is None
    assert practice.jobs.mails == []
    assert after.settings is not None
    assert (after.settings.notify_update_failed, after.settings.notify_resync_completed) == (
        False,
        True,
    )


@pytest.mark.parametrize("state", [each for each in ConnectionState if each != "inactive"])
async def test_r5_9_mail_can_be_changed_in_any_state_and_nothing_else_changes(
    practice: Practice,
    state: ConnectionState,
) -> None:
    before = await practice.sync()
    practice.change(ANNA, state=state)

    await practice.mail_choices.change(key(ANNA), Notices(notify_resync_completed=False))

    settings = before.settings
    assert settings is not None
    off = replace(settings, notify_resync_completed=False)
    after = practice.of()
    assert replace(after, deeds=before.deeds) == replace(before, state=state, settings=off)
    noted = [deed.changed for deed in after.deeds[len(before.deeds) :]]
    assert noted == ([("notify_resync_completed",)] if is_synced(after) else [])
    # Whoever syncs has it told in the activity (R12.1).
    assert bool(practice.woken) is after.is_syncing


async def test_r2_6_who_is_not_active_changes_nothing() -> None:
    practice = await active()
    await practice.deactivate(ANNA)
    before = practice.of()

    with pytest.raises(Rejected) as caught:
        await choose(practice, STRANGER)

    assert caught.value.code == "not_active"
    assert practice.of() == before
    assert practice.mails(MailKind.CONFIRM_CONTACT) == []


async def test_r9_7_what_met_a_deactivation_is_uncounted() -> None:
    practice = await active()
    inner = practice.limits.take

    async def deactivated_meanwhile(*arguments: Any) -> datetime | None:
        answer = await inner(*arguments)
        await practice.deactivate(ANNA)
        return answer

    practice.limits.take = deactivated_meanwhile  # type: ignore[method-assign, assignment]
    with pytest.raises(Rejected):
        await choose(practice, STRANGER)

    taken = [tally.taken for key, tally in practice.limits.tallies.items() if "confirm" in key]
    assert taken == [{}, {}]
    assert practice.mails(MailKind.CONFIRM_CONTACT) == []


async def test_r9_7_an_address_is_asked_three_times_a_day_whoever_asks() -> None:
    practice = await active()
    await practice.activate(StaffId("bert"))
    await choose(practice, STRANGER)
    await choose(practice, "Stranger@Elsewhere.example", StaffId("bert"))
    practice.clock.advance(60)
    await choose(practice, STRANGER)

    refused = await too_many(practice, STRANGER.upper())

    assert refused.retry_after == DAY - 60
    assert "Tuesday 24 November 2026, 09:00 (CET)" in refused.detail
    practice.clock.advance(DAY - 60)
    await choose(practice, STRANGER)


async def test_r9_7_another_spelling_of_a_mailbox_is_the_same_mailbox() -> None:
    practice = await active()
    await practice.activate(StaffId("bert"))
    await choose(practice, "stranger+1@elsewhere.example")
    await choose(practice, "Stranger+2@ELSEWHERE.example", StaffId("bert"))
    await choose(practice, "\uff53tranger@elsewhere.example")

    await too_many(practice, "stranger+more+of+it@elsewhere.example")

    # What is another mailbox is asked: a name that is nothing but a plus, another domain.
    for other in ("+1@elsewhere.example", "+2@elsewhere.example", "stranger@third.example"):
        for _ in range(2):
            await choose(practice, other)


async def test_r9_7_fifteen_an_hour_for_one_account() -> None:
    practice = await active()
    for number in range(15):
        await choose(practice, f"stranger-{number}@elsewhere.example")

    refused = await too_many(practice, "one-more@elsewhere.example")

    assert refused.retry_after == 3600
    practice.clock.advance(3600)
    # What was refused was not counted for the address either.
    for _ in range(3):
        await choose(practice, "one-more@elsewhere.example")


async def test_r9_7_limits_hold_over_instances() -> None:
    practice = await active()
    for _ in range(3):
        await choose(practice, STRANGER)

    other_instance = compose(settings_of(), practice.outside()).mail_choices

    with pytest.raises(Rejected):
        await other_instance.change(key(ANNA), Notices(contact_email=STRANGER))


async def test_r9_7_a_storage_that_fails_sends_nothing() -> None:
    practice = await active()

    def fail(name: str) -> None:
        raise Unavailable(name)

    practice.limits.before = fail
    with pytest.raises(Unavailable):
        await choose(practice, STRANGER)

    assert practice.jobs.mails == []
    assert waiting_address(practice.of()) is None


# --- with a whole set of choices ---


async def authorized() -> Practice:
    practice = Practice()
    await practice.authorize()
    practice.clear()
    return practice


async def start(practice: Practice, address: str) -> None:
    settings = replace(practice.settings(), contact_email=address)
    await practice.choices.start(key(ANNA), settings)


async def test_r5_3_an_address_that_comes_with_start_sync_waits_as_well() -> None:
    practice = await authorized()

    await start(practice, STRANGER)

    assert practice.of().state is ConnectionState.STARTING
    assert (contact_address(practice.of()), waiting_address(practice.of())) == (
        "anna@example.org",
        STRANGER,
    )
    assert len(practice.mails(MailKind.CONFIRM_CONTACT)) == 1


@pytest.mark.parametrize("sent_back", [STRANGER, "anna@example.org"])
async def test_r5_3_choices_that_are_sent_back_as_shown_ask_nobody_again(sent_back: str) -> None:
    practice = await authorized()
    await choose(practice, STRANGER)
    practice.clear()

    await start(practice, sent_back)

    assert waiting_address(practice.of()) == STRANGER
    assert practice.mails(MailKind.CONFIRM_CONTACT) == []
    await practice.mail_choices.confirm(token(practice))
    assert contact_address(practice.of()) == STRANGER


async def test_r5_9_other_choices_while_synced_bring_an_address_like_a_start_does(
    practice: Practice,
) -> None:
    await practice.sync()
    await choose(practice, "anna@example.org")
    practice.clear()
    other = replace(practice.settings(), sync_reserves=False)

    for address in (STRANGER, STRANGER, "anna@example.org"):
        await practice.choices.change(key(ANNA), replace(other, contact_email=address))

    assert waiting_address(practice.of()) == STRANGER
    assert len(practice.mails(MailKind.CONFIRM_CONTACT)) == 1


async def test_r5_3_after_the_link_has_expired_a_start_asks_again() -> None:
    practice = await authorized()
    await choose(practice, STRANGER)
    practice.clock.advance(7 * DAY)
    practice.clear()

    await start(practice, STRANGER)

    assert len(practice.mails(MailKind.CONFIRM_CONTACT)) == 1


async def test_r5_3_the_profiles_address_moves_along_with_the_profile() -> None:
    practice = await authorized()
    await start(practice, "anna@example.org")

    practice.booking.put_staff(ACCOUNT, replace(member(ANNA), email="new@example.org"))
    await practice.look_at(ANNA)

    assert contact_address(practice.of()) == "new@example.org"
    assert waiting_address(practice.of()) is None


# --- one-click unsubscribe ---


@pytest.mark.parametrize("notice", Notice)
async def test_r9_8_a_link_ends_one_notification_of_one_person_repeatably(
    practice: Practice, notice: Notice
) -> None:
    before = await practice.sync()
    text = token_of(practice.mail_choices.unsubscribe_link(key(ANNA), notice))

    assert practice.mail_choices.notice_of(text) is notice
    assert practice.of() == before
    for _ in range(2):
        assert await practice.mail_choices.unsubscribe(text) is notice

    assert before.settings is not None
    assert practice.of().settings == without(before.settings, notice)


async def test_r9_8_a_link_works_also_for_somebody_deactivated_or_unknown() -> None:
    practice = await active()
    await practice.deactivate(ANNA)
    for who in (key(ANNA), PersonKey(account_id=ACCOUNT, staff_id=StaffId("nobody"))):
        text = token_of(practice.mail_choices.unsubscribe_link(who, Notice.UPDATE_FAILED))

        assert await practice.mail_choices.unsubscribe(text) is Notice.UPDATE_FAILED


async def test_r9_8_a_malformed_or_foreign_link_ends_nothing(practice: Practice) -> None:
    before = await practice.sync()
    choices = practice.mail_choices
    good = token_of(choices.unsubscribe_link(key(ANNA), Notice.UPDATE_FAILED))
    person = {"account_id": str(ACCOUNT), "staff_id": str(ANNA)}
    other = practice.signer.sign("unsubscribe", {**person, "notice": "calendar_id"})
    foreign = practice.signer.sign("contact", {**person, "notice": "notify_update_failed"})

    for bad in ("", "nonsense", good[:-1], other, foreign):
        with pytest.raises(Rejected) as caught:
            await choices.unsubscribe(bad)
        assert (caught.value.status, caught.value.code) == (400, "malformed_unsubscription")
        with pytest.raises(Rejected):
            choices.notice_of(bad)
    assert practice.of() == before
