"""Invitation links (R3.4)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from sync.errors import Rejected
from tests.stories.people.practice import ACCOUNT, ANNA, BOSS, Practice, key, sign_in


async def invited() -> tuple[Practice, str]:
    practice = Practice()
    await practice.invite(ANNA)
    return practice, token_of(practice)


def token_of(practice: Practice) -> str:
    invitation = practice.of().invitation
    assert invitation is not None
    link = practice.invitations.link(invitation, key(ANNA))
    assert link.startswith("https://connect.example.org/connect?invitation=")
    return parse_qs(urlsplit(link).query)["invitation"][0]


async def refusal(practice: Practice, token: str) -> tuple[int, str]:
    with pytest.raises(Rejected) as caught:
        await practice.invitations.open(token)
    assert caught.value.detail
    return caught.value.status, caught.value.code


async def test_r3_4_opening_a_link_names_the_person_and_does_not_use_it_up() -> None:
    practice, token = await invited()
    rows = dict(practice.connections.rows)

    for _ in range(3):
        assert await practice.invitations.open(token) == key(ANNA)

    assert practice.connections.rows == rows


async def test_r3_4_a_resend_ends_the_old_link() -> None:
    practice, old = await invited()
    practice.clock.advance(60)
    await practice.administration.resend(ACCOUNT, BOSS, ANNA)

    assert await refusal(practice, old) == (410, "invitation_replaced")
    assert await practice.invitations.open(token_of(practice)) == key(ANNA)


async def test_r3_4_a_link_expires_with_the_idle_logout_time() -> None:
    practice, token = await invited()
    practice.clock.advance(30 * 60 - 1)
    assert await practice.invitations.open(token) == key(ANNA)

    practice.clock.advance(1)

    assert await refusal(practice, token) == (410, "invitation_expired")


async def test_r3_4_a_link_is_used_up_when_a_microsoft_account_was_stored() -> None:
    practice, token = await invited()

    await practice.own.attach(key(ANNA), sign_in())

    assert await refusal(practice, token) == (410, "invitation_used")


async def test_r3_4_a_link_of_somebody_deactivated_is_withdrawn() -> None:
    practice, token = await invited()

    await practice.deactivate(ANNA)

    assert await refusal(practice, token) == (410, "invitation_withdrawn")


async def test_r3_4_a_malformed_or_foreign_token_is_no_invitation() -> None:
    practice, token = await invited()
    other = practice.signer.sign("csrf", {"account_id": "a", "staff_id": "b"})
    short = practice.signer.sign("invitation", {"account_id": "a"})

    for bad in ("", "nonsense", token[:-1], token + "x", other, short):
        assert await refusal(practice, bad) == (400, "malformed_invitation")
