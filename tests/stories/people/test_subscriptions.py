"""Exactly one live subscription (R11.3, case 37)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.errors import AuthorizationLost, CalendarLost, SyncError, Unavailable
from sync.outside.clock import RandomIds
from sync.outside.signer import ItsdangerousSigner
from sync.people.people import Connection, ConnectionState, Subscription
from sync.people.subscriptions import PURPOSE
from tests.stories.people.practice import ANNA, Practice, key

DAY = 24 * 60 * 60


async def ensure(practice: Practice) -> Connection:
    stored = await practice.subscriptions.ensure(
        practice.connections.rows[key(ANNA)], practice.outlook.open(key(ANNA))
    )
    assert stored == practice.connections.rows[key(ANNA)]
    return stored.value


def assert_one_live(practice: Practice) -> None:
    """The one at Graph is the one that Connection and index know."""
    (live,) = practice.outlook.subscriptions(key(ANNA))
    assert practice.of().subscription == live
    assert {name: entry[0] for name, entry in practice.index.entries.items()} == {live.id: live}


async def test_r11_3_the_first_sync_subscribes_for_six_days(practice: Practice) -> None:
    await practice.sync()

    assert_one_live(practice)
    subscription = practice.of().subscription
    assert subscription is not None
    assert subscription.expires_at == practice.clock.now() + timedelta(days=6)
    assert await practice.index.find(subscription.id, subscription.client_state) == key(ANNA)


async def test_r11_3_nothing_is_asked_while_more_than_two_days_are_left(practice: Practice) -> None:
    await practice.sync()
    practice.outlook.calls.clear()
    practice.clock.advance(4 * DAY - 1)

    await ensure(practice)

    assert not practice.outlook.calls


async def test_r11_3_it_is_renewed_well_before_it_ends(practice: Practice) -> None:
    before = await practice.sync()
    practice.clock.advance(4 * DAY)

    after = await ensure(practice)

    assert_one_live(practice)
    assert before.subscription is not None
    assert after.subscription is not None
    assert after.subscription.id == before.subscription.id
    assert after.subscription.expires_at == practice.clock.now() + timedelta(days=6)


async def test_case_37_one_that_has_ended_is_made_anew(practice: Practice) -> None:
    before = await practice.sync()
    practice.clock.advance(7 * DAY)

    after = await ensure(practice)

    assert_one_live(practice)
    assert after.subscription != before.subscription


async def test_case_37_a_second_one_made_by_a_run_that_died_is_replaced(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, subscription=None)
    practice.index.entries.clear()

    def die(name: str) -> None:
        if name == "put":
            raise Unavailable("the process is gone")

    practice.index.before = die
    practice.outlook.calls.clear()
    with pytest.raises(Unavailable):
        await ensure(practice)
    practice.index.before = None
    await ensure(practice)

    assert practice.outlook.calls["subscribe"] == 2
    assert_one_live(practice)


async def test_a_passing_failure_holds_up_no_sync(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, subscription=None)

    def fail(name: str, _: object) -> None:
        if name == "subscribe":
            raise Unavailable("graph")

    practice.outlook.before = fail

    assert (await ensure(practice)).subscription is None


@pytest.mark.parametrize("error", [AuthorizationLost, CalendarLost])
async def test_a_lasting_failure_is_the_syncs_to_answer(
    practice: Practice, error: type[SyncError]
) -> None:
    await practice.sync()
    practice.change(ANNA, subscription=None)
    practice.outlook.lose(key(ANNA), error)

    with pytest.raises(error):
        await ensure(practice)


async def test_who_does_not_sync_gets_none(practice: Practice) -> None:
    await practice.authorize()

    assert (await ensure(practice)).subscription is None
    assert not practice.outlook.calls["subscribe"]


async def test_one_made_while_the_person_disconnects_is_known_to_the_removal(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.change(ANNA, subscription=None)
    practice.index.entries.clear()
    stale = practice.connections.rows[key(ANNA)]
    await practice.own.disconnect(key(ANNA))

    await practice.subscriptions.ensure(stale, practice.outlook.open(key(ANNA)))
    await practice.remove()

    assert not practice.outlook.subscriptions(key(ANNA))
    assert not practice.index.entries


# --- client states ---


async def test_case_81_a_client_state_proves_itself_and_fits_into_graph(practice: Practice) -> None:
    await practice.sync()
    subscription = practice.of().subscription
    assert subscription is not None
    real = ItsdangerousSigner("secret")
    state = real.sign(PURPOSE, {"n": RandomIds().new()})

    assert practice.signer.verify(PURPOSE, subscription.client_state)
    assert real.verify(PURPOSE, state)
    assert len(state) <= 128


@pytest.mark.parametrize("state", [f"{7:032x}", "signed.with-another-secret"])
async def test_case_81_a_subscription_whose_state_does_not_prove_itself_is_made_anew(
    practice: Practice,
    state: str,
) -> None:
    await practice.sync()
    old = unsigned(practice, state)

    after = await ensure(practice)

    assert_one_live(practice)
    assert after.subscription is not None
    assert after.subscription.id != old.id
    assert not practice.outlook.calls["renew"]


async def test_case_81_one_that_can_not_be_made_anew_goes_on_waking(practice: Practice) -> None:
    await practice.sync()
    old = unsigned(practice, f"{7:032x}")

    def fail(name: str, _: object) -> None:
        if name == "subscribe":
            raise Unavailable("graph")

    practice.outlook.before = fail
    after = await ensure(practice)

    assert after.subscription == old
    assert await practice.subscriptions.whose(old.id, old.client_state) == key(ANNA)


async def test_case_81_a_run_that_dies_while_one_is_made_anew_leaves_no_entry_behind(
    practice: Practice,
) -> None:
    await practice.sync()
    unsigned(practice, f"{7:032x}")

    def die(name: str) -> None:
        if name == "put":
            raise Unavailable("the process is gone")

    practice.index.before = die
    with pytest.raises(Unavailable):
        await ensure(practice)
    practice.index.before = None
    await ensure(practice)

    assert_one_live(practice)


def unsigned(practice: Practice, state: str) -> Subscription:
    """Gives the subscription another client state, as if another release had made it."""
    subscription = practice.of().subscription
    assert subscription is not None
    old = replace(subscription, client_state=state)
    practice.change(ANNA, subscription=old)
    practice.index.entries[old.id] = (old, key(ANNA))
    return old


# --- lifecycle notifications ---


async def answer(practice: Practice, lifecycle: str) -> None:
    subscription = practice.of().subscription
    assert subscription is not None
    await practice.subscriptions.answer(key(ANNA), subscription.id, lifecycle)


async def test_r11_3_reauthorization_renews_the_same_subscription(practice: Practice) -> None:
    before = await practice.sync()

    await answer(practice, "reauthorizationRequired")
    after = await ensure(practice)

    assert practice.woken == [(ANNA, "reauthorize")]
    assert practice.outlook.calls["renew"] == 1
    assert before.subscription is not None
    assert after.subscription is not None
    assert after.subscription.id == before.subscription.id
    assert_one_live(practice)


async def test_r11_3_a_removed_subscription_is_made_anew_and_the_gap_is_read(
    practice: Practice,
) -> None:
    await practice.sync()
    practice.outlook.end_subscriptions(key(ANNA))

    await answer(practice, "subscriptionRemoved")
    await ensure(practice)

    assert practice.woken == [(ANNA, "subscription_removed")]
    assert practice.of().due_at == practice.clock.now()
    assert_one_live(practice)


async def test_case_37_the_same_removal_told_twice_makes_no_second_subscription(
    practice: Practice,
) -> None:
    before = await practice.sync()
    assert before.subscription is not None
    practice.outlook.end_subscriptions(key(ANNA))
    await answer(practice, "subscriptionRemoved")
    await ensure(practice)
    practice.outlook.calls.clear()

    await practice.subscriptions.answer(key(ANNA), before.subscription.id, "subscriptionRemoved")
    await ensure(practice)

    assert not practice.outlook.calls
    assert_one_live(practice)


@pytest.mark.parametrize("lifecycle", ["missed", "somethingNew"])
async def test_r11_3_missed_notifications_cost_a_look_and_nothing_else(
    practice: Practice, lifecycle: str
) -> None:
    before = await practice.sync()

    await answer(practice, lifecycle)

    assert practice.woken == [(ANNA, "outlook_changed")]
    assert practice.of().subscription == before.subscription


async def test_r10_3_no_lifecycle_wakes_somebody_who_has_to_reconnect(practice: Practice) -> None:
    await practice.sync()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED, due_at=None)
    before = practice.of()

    await answer(practice, "reauthorizationRequired")

    assert practice.of() == before
    assert not practice.woken
