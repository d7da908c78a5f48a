"""Where mail goes (R5.3, R5.4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.people.contact import (
    Notice,
    Notices,
    confirmed,
    contact_address,
    is_same_address,
    waiting_address,
    with_notices,
    with_profile,
    without_notice,
)
from sync.people.people import Connection, Contact, PendingContact
from tests.fakes.clock import START
from tests.stories.mails.people import SETTINGS, connection, without

PROFILE, OTHER = "profile@example.org", "contact@example.org"
ASKED = PendingContact(address=OTHER, id="ask-1", expires_at=START + timedelta(days=7))


def chosen(address: str, contact: Contact | None = None) -> Connection:
    return connection(
        settings=replace(SETTINGS, contact_email=address), contact=contact or Contact()
    )


def test_r5_3_the_contact_address_starts_as_the_profiles() -> None:
    nothing_chosen = connection(settings=None)

    assert contact_address(nothing_chosen) == PROFILE
    assert waiting_address(nothing_chosen) is None


def test_r5_3_another_address_waits_and_the_profiles_is_used_until_it_is_confirmed() -> None:
    waiting = with_notices(connection(settings=None), Notices(contact_email=OTHER), ASKED)
    done = confirmed(waiting, ASKED)

    assert (contact_address(waiting), waiting_address(waiting)) == (PROFILE, OTHER)
    assert (contact_address(done), waiting_address(done)) == (OTHER, None)


def test_r5_3_an_address_of_an_earlier_release_counts_as_never_confirmed() -> None:
    old = chosen(OTHER)

    assert (contact_address(old), waiting_address(old)) == (PROFILE, OTHER)


def test_r5_3_without_a_profiles_address_nothing_is_sent_before_it_is_confirmed() -> None:
    nameless = replace(connection().staff, email=None)
    waiting = replace(chosen(OTHER), staff=nameless)

    assert contact_address(waiting) is None
    assert contact_address(confirmed(waiting, ASKED)) == OTHER


def test_r5_3_what_was_confirmed_says_nothing_of_the_next_address() -> None:
    known = chosen(OTHER, Contact(confirmed=OTHER, confirmed_by="ask-1"))

    moved_on = with_notices(known, Notices(contact_email="third@example.org"), None)
    back = with_notices(moved_on, Notices(contact_email=OTHER), None)

    assert contact_address(moved_on) == PROFILE
    assert contact_address(back) == OTHER


def test_r5_3_another_choice_ends_the_confirmation_under_way() -> None:
    waiting = chosen(OTHER, Contact(pending=ASKED))

    kept = with_notices(waiting, Notices(notify_update_failed=False), None)
    ended = with_notices(waiting, Notices(contact_email=PROFILE), None)

    assert kept.contact.pending == ASKED
    assert ended.contact.pending is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann@Example.org", "ann@example.org", True),
        ("ann@example.org", "ben@example.org", False),
        ("stra\u00dfe@example.org", "strasse@example.org", False),
        (None, None, False),
        ("ann@example.org", None, False),
    ],
)
def test_r5_3_an_address_is_the_same_in_any_case(
    one: str | None, other: str | None, *, same: bool
) -> None:
    assert is_same_address(one, other) is same


def test_r5_3_who_uses_the_profiles_address_goes_on_with_its_new_one() -> None:
    profile = replace(connection().staff, email="new@example.org")

    follows = with_profile(chosen(PROFILE), profile)
    stays = with_profile(chosen(OTHER), profile)

    assert (contact_address(follows), waiting_address(follows)) == ("new@example.org", None)
    assert stays.settings is not None
    assert stays.settings.contact_email == OTHER


@pytest.mark.parametrize("notice", Notice)
def test_r5_4_one_notification_is_switched_off_and_nothing_else(notice: Notice) -> None:
    off = without_notice(connection(), notice)

    assert off.settings == without(SETTINGS, notice)
    assert without_notice(off, notice) == off
