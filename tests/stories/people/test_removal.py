"""Taking everything of ours out of both calendars (section 10)."""

from dataclasses import replace

import pytest

from sync.engine.items import Refusal
from sync.engine.links import Intent, Kind, Link, Op, Side, booking_key, outlook_key
from sync.engine.marks import event_mark
from sync.engine.record import Recorder
from sync.errors import AuthorizationLost, LeaseLost, MailboxLost, Unavailable
from sync.people.connection_states import disconnecting, signed_in
from sync.people.people import ConnectionState, Goal, Problem
from sync.ports import Cursors, MailKind
from sync.words import BookingItemId, OutlookItemId
from tests.fakes.booking import Policy
from tests.stories.people.practice import (
    ANNA,
    NORTH,
    Practice,
    hour,
    key,
    sign_in,
)

NO = Refusal(code="not_permitted", detail="No.")


def begun(link: Link) -> Link:
    """Gives a Link as it stands while nobody knows whether its twin was made."""
    intent = Intent(op=Op.CREATE, side=link.origin.other, interval=link.interval)
    if link.origin is Side.BOOKING:
        return replace(link, outlook_id=None, uid=None, base=None, intent=intent)
    return replace(link, booking_id=None, base=None, intent=intent)


async def synced() -> Practice:
    """Anna syncs two Appointments and one Meeting, and has an item of her own on each side."""
    practice = Practice()
    await practice.sync()
    await practice.mirror(2)
    await practice.mirror(-30)
    await practice.reserve(5)
    practice.booking.block(key(ANNA), hour(8), title="By hand")
    practice.clear()
    return practice


def assert_only_natives(practice: Practice) -> None:
    assert [item.subject for item in practice.subjects()] == ["Meeting"]
    kinds = [(item.kind.value, item.title) for item in practice.booking.schedule(key(ANNA))]
    assert kinds == [("appointment", None), ("appointment", None), ("reserve", "By hand")]


async def test_r10_1_ours_are_gone_from_both_sides_also_past_ones_and_natives_stay() -> None:
    practice = await synced()
    await practice.own.disconnect(key(ANNA))
    practice.clear()

    await practice.remove()

    assert_only_natives(practice)
    after = practice.of()
    assert after.state is ConnectionState.AUTHORIZED
    assert (after.goal, after.progress, after.due_at) == (None, None, practice.clock.now())
    assert (after.left_behind, after.problem, after.subscription) == (0, None, None)
    assert not practice.outlook.subscriptions(key(ANNA))
    assert not practice.index.entries
    assert not practice.claims.claims
    assert not practice.ledger.of(key(ANNA)).links
    assert not practice.jobs.mails
    assert not practice.jobs.syncs


async def test_r10_2_by_an_administrator_tokens_go_and_one_mail_is_queued() -> None:
    practice = await synced()
    await practice.deactivate(ANNA)

    await practice.remove()

    assert_only_natives(practice)
    assert practice.of().state is ConnectionState.INACTIVE
    assert signed_in(practice.of()) is None
    assert not practice.microsoft.tokens
    (mail,) = practice.mails(MailKind.DISCONNECTED)
    assert mail.reference == "deactivated"
    assert practice.of().microsoft == sign_in("ms-anna").account


async def test_r10_4_a_removal_that_nobody_asked_for_mails_and_keeps_its_problem() -> None:
    practice = await synced()
    problem = Problem(code="calendar_lost", message="The calendar is gone.")
    gone = disconnecting(practice.of(), Goal.AUTHORIZED, practice.clock.now(), problem=problem)
    practice.outlook.delete_calendar(key(ANNA), practice.calendar)
    practice.change(ANNA, state=gone.state, goal=gone.goal, problem=problem)

    await practice.remove()

    (mail,) = practice.mails(MailKind.DISCONNECTED)
    assert mail.reference == "calendar_lost"
    assert practice.of().state is ConnectionState.AUTHORIZED
    assert practice.of().problem == problem


def die_once(practice: Practice, at: int) -> None:
    """Lets the process die right after its call of this number."""
    calls = 0

    def die(_: str, *__: object) -> None:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            raise Unavailable("the process is gone")

    fakes = (practice.booking, practice.outlook, practice.ledger, practice.connections)
    others = (practice.claims, practice.index, practice.microsoft, practice.jobs)
    for fake in (*fakes, *others):
        fake.after = die


async def remove_in_the_end(practice: Practice) -> None:
    for _ in range(3):
        try:
            await practice.remove()
        except Unavailable:
            practice.clock.advance(600)


@pytest.mark.parametrize("dies_at", range(40))
async def test_r10_5_a_removal_that_dies_anywhere_is_taken_up_again(dies_at: int) -> None:
    practice = await synced()
    await practice.deactivate(ANNA)
    die_once(practice, dies_at)

    await remove_in_the_end(practice)

    assert_only_natives(practice)
    assert practice.of().state is ConnectionState.INACTIVE
    assert practice.of().left_behind == 0
    assert not practice.microsoft.tokens
    assert not practice.claims.claims
    assert len({mail.key for mail in practice.mails(MailKind.DISCONNECTED)}) == 1


@pytest.mark.parametrize("dies_at", range(40))
async def test_r10_5_what_is_left_behind_is_said_wherever_the_removal_dies(dies_at: int) -> None:
    """Seed 45003201: its Links were forgotten, and the second run counted none."""
    practice = await synced()
    practice.booking.policy = Policy(refuse_calls=frozenset({"remove_item"}))
    await practice.own.disconnect(key(ANNA))
    die_once(practice, dies_at)

    await remove_in_the_end(practice)

    assert practice.of().state is ConnectionState.AUTHORIZED
    assert practice.of().left_behind == 1
    assert practice.of().problem is not None
    assert not practice.ledger.of(key(ANNA)).links


async def test_case_44_a_removal_that_lost_its_lease_writes_no_more() -> None:
    practice = await synced()
    await practice.own.disconnect(key(ANNA))
    opened = await practice.ledger.open(key(ANNA), seconds=60)
    assert opened is not None
    recorder = Recorder(ledger=practice.ledger, lease=opened.lease, clock=practice.clock)
    practice.clock.advance(61)
    await practice.ledger.open(key(ANNA), seconds=60)
    deletions = practice.outlook.writes + practice.booking.writes

    with pytest.raises(LeaseLost):
        await practice.removal.run(recorder, opened.ledger, practice.of())

    assert practice.outlook.writes + practice.booking.writes == deletions
    assert practice.of().state is ConnectionState.DISCONNECTING


async def test_case_44_in_any_other_state_nothing_is_removed() -> None:
    practice = await synced()

    await practice.remove()

    assert practice.of().state is ConnectionState.ACTIVE
    assert len(practice.ledger.of(key(ANNA)).links) == 3


async def test_r11_5_what_a_doubtful_creation_made_is_found_and_removed() -> None:
    practice = await synced()
    event, meeting = await practice.mirror(10), await practice.reserve(12)
    await practice.keep(begun(event), begun(meeting))
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    assert [item.subject for item in practice.subjects()] == ["Meeting", "Meeting"]
    assert not [
        item for item in practice.booking.schedule(key(ANNA)) if item.external_ref is not None
    ]


async def test_r11_5_a_doubtful_event_is_found_when_the_calendars_id_has_changed() -> None:
    practice = await synced()
    event = await practice.mirror(10)
    await practice.keep(begun(event))
    renewed = practice.outlook.renew_calendar_id(key(ANNA), practice.calendar)
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    assert [each.subject for each in practice.outlook.items(key(ANNA), renewed)] == ["Meeting"]


async def test_r8_12_an_event_dragged_into_another_calendar_is_removed_there() -> None:
    practice = await synced()
    other = practice.outlook.add_calendar(key(ANNA), "Other")
    link = await practice.mirror(10)
    assert link.outlook_id is not None
    practice.outlook.drag(key(ANNA), link.outlook_id, other)
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    assert not practice.outlook.items(key(ANNA), other)
    assert [item.subject for item in practice.subjects()] == ["Meeting"]


async def test_r8_11_a_copy_that_the_person_made_stays() -> None:
    practice = await synced()
    other = practice.outlook.add_calendar(key(ANNA), "Other")
    link = await practice.mirror(10)
    assert link.outlook_id is not None
    practice.outlook.copy(key(ANNA), link.outlook_id, calendar=other)
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    assert len(practice.outlook.items(key(ANNA), other)) == 1


async def test_r8_12_a_leftover_event_is_removed_too() -> None:
    practice = await synced()
    link = await practice.mirror(10)
    assert link.outlook_id is not None
    leftover = replace(
        link,
        key=outlook_key(link.outlook_id),
        booking_id=None,
        base=None,
        intent=Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=link.interval),
    )
    await practice.keep(replace(link, outlook_id=None, uid=None, base=None), leftover)
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    assert [item.subject for item in practice.subjects()] == ["Meeting"]


async def test_links_without_a_twin_cost_no_call() -> None:
    practice = await synced()
    await practice.keep(
        *(
            Link(
                key=booking_key(BookingItemId(f"far-{number}")),
                origin=Side.BOOKING,
                kind=Kind.APPOINTMENT,
                interval=hour(5000),
                booking_id=BookingItemId(f"far-{number}"),
            )
            for number in range(5)
        )
    )
    await practice.own.disconnect(key(ANNA))
    practice.outlook.calls.clear()

    await practice.remove()

    assert practice.outlook.calls["delete_event"] == 2
    assert not practice.ledger.of(key(ANNA)).links


async def test_r10_5_with_dead_tokens_the_booking_side_is_cleaned_and_the_rest_is_said() -> None:
    practice = await synced()
    practice.outlook.lose(key(ANNA), AuthorizationLost)
    await practice.deactivate(ANNA)

    await practice.remove()

    titles = [item.title for item in practice.booking.schedule(key(ANNA))]
    assert titles == [None, None, "By hand"]
    after = practice.of()
    assert after.state is ConnectionState.INACTIVE
    assert after.left_behind == 2
    assert after.problem is not None
    assert after.problem.code == "left_behind"
    assert not practice.claims.claims
    assert not practice.index.entries
    assert len(practice.ledger.of(key(ANNA)).links) == 2


async def test_r10_5_an_own_disconnect_with_dead_tokens_asks_for_a_sign_in() -> None:
    practice = await synced()
    practice.outlook.lose(key(ANNA), AuthorizationLost)
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED)
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    assert practice.of().state is ConnectionState.INVITED
    assert not practice.mails(MailKind.DISCONNECTED)


async def test_r10_5_a_sign_in_with_the_same_account_finishes_the_removal_first() -> None:
    practice = await synced()
    practice.outlook.lose(key(ANNA), AuthorizationLost)
    await practice.deactivate(ANNA)
    await practice.remove()
    practice.outlook.lose(key(ANNA), None)
    await practice.activate(ANNA)

    attached = await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))
    await practice.remove()

    assert attached.state is ConnectionState.DISCONNECTING
    assert_only_natives(practice)
    after = practice.of()
    assert after.state is ConnectionState.AUTHORIZED
    assert (after.left_behind, after.problem) == (0, None)
    assert not practice.ledger.of(key(ANNA)).links


async def test_r10_3_r10_5_a_reconnect_keeps_its_links_whatever_was_left_behind_before() -> None:
    practice = await synced()
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED, left_behind=1)
    before = practice.ledger.of(key(ANNA)).links

    await practice.own.attach(key(ANNA), sign_in("ms-anna", "newer"))

    assert practice.of().state is ConnectionState.ACTIVE
    assert practice.ledger.of(key(ANNA)).links == before


async def test_case_46_another_account_starts_without_the_links_of_the_old_one() -> None:
    practice = await synced()
    practice.outlook.lose(key(ANNA), AuthorizationLost)
    await practice.deactivate(ANNA)
    await practice.remove()
    await practice.activate(ANNA)

    attached = await practice.own.attach(key(ANNA), sign_in("other"))

    assert attached.state is ConnectionState.AUTHORIZED
    assert attached.left_behind == 2
    assert not practice.ledger.of(key(ANNA)).links


async def test_r10_5_a_sign_in_while_the_removal_finds_no_tokens_is_not_lost() -> None:
    practice = await synced()
    practice.outlook.lose(key(ANNA), AuthorizationLost)
    practice.change(ANNA, state=ConnectionState.RECONNECT_NEEDED)
    await practice.own.disconnect(key(ANNA))
    practice.clock.advance(5)

    def sign_in_meanwhile(name: str) -> None:
        if name == "put":
            practice.connections.before = None
            practice.microsoft.tokens[key(ANNA)] = "newer"
            practice.change(ANNA, due_at=practice.clock.now())

    practice.connections.before = sign_in_meanwhile
    await practice.remove()
    assert practice.of().state is ConnectionState.DISCONNECTING
    practice.outlook.lose(key(ANNA), None)
    await practice.remove()

    assert_only_natives(practice)
    assert practice.of().state is ConnectionState.AUTHORIZED
    assert practice.microsoft.tokens == {key(ANNA): "newer"}


async def test_r10_4_a_lost_mailbox_ends_the_same_way() -> None:
    practice = await synced()
    practice.outlook.lose(key(ANNA), MailboxLost)
    gone = Problem(code="mailbox_lost", message="The mailbox is gone.")
    practice.change(ANNA, state=ConnectionState.DISCONNECTING, goal=Goal.INVITED, problem=gone)

    await practice.remove()

    assert practice.of().state is ConnectionState.INVITED
    assert practice.of().left_behind == 2
    assert [mail.reference for mail in practice.mails(MailKind.DISCONNECTED)] == ["mailbox_lost"]


async def test_r10_5_a_refusal_on_either_side_is_counted_and_holds_up_nothing() -> None:
    practice = await synced()
    link = await practice.mirror(10)
    assert link.outlook_id is not None
    practice.outlook.refused[link.outlook_id] = NO
    practice.booking.policy = Policy(refuse_calls=frozenset({"remove_item"}))
    await practice.own.disconnect(key(ANNA))

    await practice.remove()

    after = practice.of()
    assert after.state is ConnectionState.AUTHORIZED
    assert after.left_behind == 2
    assert after.problem is not None
    assert not practice.ledger.of(key(ANNA)).links


async def test_a_large_removal_goes_on_in_another_job_with_true_progress() -> None:
    practice = await synced()
    await practice.keep(*many(300))
    practice.outlook.before = lambda *_: practice.clock.advance(0.5)
    await practice.own.disconnect(key(ANNA))
    practice.clear()

    await practice.remove()

    assert practice.woken == [(ANNA, "continued")]
    progress = practice.of().progress
    assert progress is not None
    assert progress.total == 300 + 3
    assert 0 < progress.done < progress.total

    await practice.remove()

    assert practice.of().state is ConnectionState.AUTHORIZED
    assert_only_natives(practice)


def many(count: int) -> list[Link]:
    return [
        Link(
            key=booking_key(BookingItemId(f"old-{number}")),
            origin=Side.BOOKING,
            kind=Kind.APPOINTMENT,
            interval=hour(-100),
            booking_id=BookingItemId(f"old-{number}"),
            outlook_id=OutlookItemId(f"gone-{number}"),
        )
        for number in range(count)
    ]


async def test_r2_5_for_somebody_removed_from_the_booking_product_only_outlook_is_cleaned() -> None:
    practice = await synced()
    link = await practice.reserve(12)
    await practice.keep(begun(link))
    practice.booking.remove_staff(key(ANNA))
    await practice.look_at(ANNA)

    await practice.remove()

    assert practice.of().state is ConnectionState.INACTIVE
    assert practice.of().left_behind == 0


async def test_the_cursors_are_forgotten_with_and_without_tokens() -> None:
    for error in (None, AuthorizationLost):
        practice = await synced()
        practice.ledger.of(key(ANNA)).cursors = Cursors(
            outlook="o", booking="b", anchored=hour(0), read_at=practice.clock.now()
        )
        practice.outlook.lose(key(ANNA), error)
        await practice.own.disconnect(key(ANNA))

        await practice.remove()

        assert practice.ledger.of(key(ANNA)).cursors is None


async def test_case_46_reconnecting_bears_another_mark() -> None:
    practice = await synced()
    link = await practice.mirror(10)
    first = practice.of().connection_id
    await practice.own.disconnect(key(ANNA))
    await practice.remove()

    await practice.enable(NORTH)
    await practice.choices.start(key(ANNA), practice.settings())

    second = practice.of().connection_id
    assert first is not None
    assert second is not None
    assert event_mark(first, link) != event_mark(second, link)
