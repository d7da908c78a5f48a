"""R5.9: what is chosen anew while a calendar is synced is written as the difference."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync.engine.items import BookingItem, OutlookItem
from sync.engine.reasons import SkipReason, explain
from sync.errors import CalendarLost, Rejected, Unreadable
from sync.people.people import AccessType, ConnectionState
from sync.ports import Cause, MailKind
from sync.words import CalendarId, Interval, PersonKey, ShowAs
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.stillness import assert_quiet, hours_later, one_job
from tests.stories.sync.wire import Call, Crash, Worker, working
from tests.stories.sync.world import World

LEFT_BEHIND = explain(SkipReason.LEFT_BEHIND)


async def choose(world: World, person: PersonKey, **choices: Any) -> None:
    """Saves other choices, and waits until nothing is left to do."""
    await world.app.choices.change(person, world.settings(person, **choices))
    world.clock.advance(1)
    await world.settle()


async def busy(world: World) -> PersonKey:
    """Somebody with two Appointments, a Reserve of their own and two Meetings, at rest."""
    anna = await world.started_person()
    for hour in (2, 3):
        world.booking.book(anna, at(hour), customer=f"Customer {hour}")
    world.booking.block(anna, at(40), title="Stocktaking")
    world.outlook.meet(anna, at(20), subject="Lunch")
    world.outlook.meet(anna, at(22), subject="Maybe", show_as=ShowAs.TENTATIVE)
    await world.sync(anna)
    world.clock.advance(600)
    return anna


def titles(world: World, person: PersonKey, calendar: CalendarId | None = None) -> list[str]:
    return sorted(x.subject or "" for x in world.outlook.items(person, calendar))


def reserved(world: World, person: PersonKey) -> list[str]:
    return sorted(item.title or "" for item in world.reserves(person))


@pytest.mark.parametrize(
    ("choices", "events", "reserves", "writes"),
    [
        ({"sync_meetings": False}, 3, [], 1),
        ({"sync_reserves": False}, 2, ["Lunch"], 1),
        (
            {"show_as": frozenset({ShowAs.BUSY, ShowAs.TENTATIVE})},
            3,
            ["Lunch", "Maybe"],
            1,
        ),
        ({"sync_meeting_details": False}, 3, ["Lunch"], 1),
        ({"notify_update_failed": False}, 3, ["Lunch"], 0),
        ({}, 3, ["Lunch"], 0),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
async def test_r5_9_exactly_the_difference_is_written(
    world: World, choices: dict[str, Any], events: int, reserves: list[str], writes: int
) -> None:
    anna = await busy(world)
    meeting = next(x for x in world.outlook.items(anna) if x.subject == "Lunch")
    world.outlook.edit(anna, meeting.id, body="Bring the plans")
    await world.sync(anna)
    before = world.writes()

    await choose(world, anna, **choices)

    assert len(world.events(anna)) == events
    assert reserved(world, anna) == reserves
    assert world.writes() == before + writes
    assert {job.kind for job, _ in world.mailed} == {MailKind.SYNC_COMPLETED}
    await world.sync(anna, Cause.SWEEP)
    assert world.writes() == before + writes


async def moved(world: World) -> tuple[PersonKey, CalendarId, CalendarId]:
    """Somebody whose items have moved to another calendar, in which a Meeting stood."""
    anna = await busy(world)
    home = world.calendar(anna)
    work = world.outlook.add_calendar(anna, "Work")
    world.outlook.meet(anna, at(26), calendar=work, subject="Board")
    await choose(world, anna, calendar_id=work)
    return anna, home, work


def subscription_of(world: World, person: PersonKey) -> str:
    subscription = world.connection(person).subscription
    assert subscription is not None
    return subscription.id


async def test_r5_9_items_move_to_another_calendar(world: World) -> None:
    anna, home, work = await moved(world)

    assert titles(world, anna, home) == ["Lunch", "Maybe"]
    assert len(titles(world, anna, work)) == 4
    assert reserved(world, anna) == ["Board"]
    connection = world.connection(anna)
    assert (connection.calendar_name, connection.leaving) == ("Work", None)
    assert world.tells(anna) == []
    written = world.writes()
    await world.sync(anna, Cause.SWEEP)
    assert world.writes() == written


async def test_r5_9_there_is_no_moment_without_an_event(world: World) -> None:
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    everywhere = [world.calendar(anna), work]
    fewest = 10

    def watch(_: Call) -> None:
        nonlocal fewest
        shown = {
            x.subject for c in everywhere for x in world.outlook.items(anna, c) if x.subject
        } - {"Lunch", "Maybe"}
        fewest = min(fewest, len(shown))

    world.wire.after = watch
    await choose(world, anna, calendar_id=work)

    assert fewest == 3


async def test_r5_2_r5_9_the_calendar_that_was_left_is_free_when_all_has_arrived(
    world: World,
) -> None:
    anna, home, work = await moved(world)

    assert {calendar for _, calendar in world.claims.claims} == {work}
    assert [x.id for x in world.outlook.subscriptions(anna)] == [subscription_of(world, anna)]
    world.outlook.meet(anna, at(28), calendar=work, subject="Heard of")
    world.outlook.meet(anna, at(29), calendar=home, subject="Nobody's business")
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    assert reserved(world, anna) == ["Board", "Heard of"]


async def test_r5_2_r5_9_a_calendar_that_serves_somebody_else_is_refused_and_nothing_changes(
    world: World,
) -> None:
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    account = world.connection(anna).microsoft
    assert account is not None
    bert = world.add_person("bert")
    assert await world.claims.claim(account, work, bert)
    before = world.connection(anna)

    with pytest.raises(Rejected) as refused:
        await choose(world, anna, calendar_id=work)

    assert (refused.value.status, refused.value.code) == (409, "calendar_in_use")
    assert world.connection(anna) == before


async def test_r8_10_r5_9_what_is_deleted_during_a_move_is_made_again_and_never_cancelled(
    world: World,
) -> None:
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    event = world.events(anna)[0]

    await world.app.choices.change(anna, world.settings(anna, calendar_id=work))
    world.outlook.delete(anna, event.id)
    await world.settle()

    assert len(titles(world, anna, work)) == 3
    assert len([x for x in world.booking.schedule(anna) if x.external_ref is None]) == 3


async def test_r10_4_r5_9_a_calendar_deleted_while_it_is_left_takes_no_appointment_along(
    world: World,
) -> None:
    anna = await busy(world)
    home = world.outlook.add_calendar(anna, "Old")
    await choose(world, anna, calendar_id=home)
    work = world.outlook.add_calendar(anna, "Work")

    await world.app.choices.change(anna, world.settings(anna, calendar_id=work))
    world.outlook.delete_calendar(anna, home)
    await world.settle()

    assert len(titles(world, anna, work)) == 3
    assert len([x for x in world.booking.schedule(anna) if x.external_ref is None]) == 3
    assert world.connection(anna).leaving is None


async def test_r5_9_who_changes_their_mind_during_a_move_is_back_where_they_were(
    world: World,
) -> None:
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    third = world.outlook.add_calendar(anna, "Third")
    turned = False

    def turn(call: Call) -> BaseException | None:
        nonlocal turned
        if str(call) == "outlook.create_event":
            turned = True
            return CalendarLost("a bad moment")
        return None

    world.wire.before = turn
    await world.app.choices.change(anna, world.settings(anna, calendar_id=work))
    job = world.jobs.take_sync()
    assert job is not None
    await world.deliver(job)
    world.wire.calm()
    assert turned
    with pytest.raises(Rejected, match="already_syncing"):
        await world.app.choices.change(anna, world.settings(anna, calendar_id=third))

    await choose(world, anna, calendar_id=home)

    assert len(titles(world, anna, home)) == 5
    assert titles(world, anna, work) == []
    assert {calendar for _, calendar in world.claims.claims} == {home}


async def test_r5_9_what_is_saved_during_a_first_sync_counts_from_its_end(world: World) -> None:
    anna = world.add_person()
    work = world.outlook.add_calendar(anna, "Work")
    for hour in range(2, 6):
        world.booking.book(anna, at(hour), customer=f"Customer {hour}")
    world.outlook.meet(anna, at(20), subject="Lunch")
    saved = False

    def save(call: Call) -> None:
        nonlocal saved
        if str(call) == "outlook.create_event" and not saved:
            saved = True
            choices = world.settings(anna, calendar_id=work, sync_meetings=False)
            waiting = world.app.choices.change(anna, choices)
            with pytest.raises(StopIteration):
                waiting.send(None)

    world.wire.before = save
    await world.start(anna)

    assert saved
    assert world.connection(anna).state is ConnectionState.ACTIVE
    assert len(titles(world, anna, work)) == 4
    assert titles(world, anna) == ["Lunch"]
    assert world.reserves(anna) == []


async def test_r5_9_what_lies_far_ahead_moves_along(world: World) -> None:
    anna = await busy(world)
    item = world.booking.schedule(anna)[0]
    event = world.event_of(anna, item)
    world.outlook.move(anna, event.id, on_day(120))
    await world.sync(anna)
    work = world.outlook.add_calendar(anna, "Work")

    await choose(world, anna, calendar_id=work)

    assert [x.interval for x in world.outlook.items(anna, work)].count(on_day(120)) == 1
    assert titles(world, anna, world.calendar(anna)) == ["Lunch", "Maybe"]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (ConnectionState.AUTHORIZED, "not_syncing"),
        (ConnectionState.DISCONNECTING, "not_syncing"),
        (ConnectionState.RECONNECT_NEEDED, "reconnect_needed"),
    ],
)
async def test_r5_9_only_who_syncs_can_change_the_difference(
    world: World, state: ConnectionState, code: str
) -> None:
    anna = await busy(world)
    stored = world.connections.rows[anna]
    world.connections.rows[anna] = replace(stored, value=replace(stored.value, state=state))

    with pytest.raises(Rejected) as refused:
        await choose(world, anna)

    assert (refused.value.status, refused.value.code) == (409, code)


async def test_r5_1_r5_9_only_an_own_editable_calendar_can_be_moved_to(world: World) -> None:
    anna = await busy(world)

    with pytest.raises(Rejected) as refused:
        await choose(world, anna, calendar_id=CalendarId("nobody's"))

    assert (refused.value.status, refused.value.code) == (400, "unknown_calendar")
    assert isinstance(world.events(anna)[0], OutlookItem)


async def test_r5_6_r5_9_what_saving_would_do_is_said_before_and_is_what_is_done(
    world: World,
) -> None:
    anna = await busy(world)
    wider = frozenset({ShowAs.BUSY, ShowAs.TENTATIVE})
    choices = world.settings(anna, sync_reserves=False, show_as=wider)
    written = world.writes()

    said = await world.app.previewer.preview(anna, choices)

    assert (said.to_outlook.count, said.removed_from_outlook) == (0, 1)
    assert ([x.title for x in said.to_booking.first], said.removed_from_booking) == (["Maybe"], 0)
    assert world.writes() == written
    await world.app.choices.change(anna, choices)
    await world.settle()
    assert world.writes() == written + 2


async def test_r5_6_r5_9_of_another_calendar_all_that_moves_is_counted(world: World) -> None:
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    world.outlook.meet(anna, at(26), calendar=work, subject="Board")
    world.outlook.meet(anna, at(2), calendar=work, subject="Onto a customer")

    said = await world.app.previewer.preview(anna, world.settings(anna, calendar_id=work))

    assert (said.to_outlook.count, said.removed_from_outlook) == (3, 3)
    assert (said.to_booking.count, said.removed_from_booking) == (2, 1)
    assert [x.title for x in said.taken] == ["Onto a customer"]


async def test_r5_2_r5_9_who_turns_back_as_a_move_ends_keeps_the_calendar(world: World) -> None:
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    turned = False

    def turn_back(call: Call) -> None:
        nonlocal turned
        if str(call) == "outlook.unsubscribe" and not turned:
            turned = True
            waiting = world.app.choices.change(anna, world.settings(anna, calendar_id=home))
            with pytest.raises(StopIteration):
                waiting.send(None)

    world.wire.before = turn_back
    await choose(world, anna, calendar_id=work)

    assert turned
    assert len(titles(world, anna, home)) == 5
    assert titles(world, anna, work) == []
    assert {calendar for _, calendar in world.claims.claims} == {home}


async def test_r11_5_r5_9_a_move_whose_job_dies_at_its_end_goes_on_in_the_new_calendar(
    world: World,
) -> None:
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    died = False

    def die(call: Call) -> BaseException | None:
        nonlocal died
        if str(call) == "ledger.close" and not died and world.connection(anna).leaving is None:
            died = True
            return Crash()
        return None

    world.wire.before = die
    await choose(world, anna, calendar_id=work)
    world.wire.calm()
    assert died
    world.clock.advance(600)
    await world.settle()
    world.outlook.meet(anna, at(28), calendar=work, subject="Heard of")
    world.outlook.meet(anna, at(29), calendar=home, subject="Nobody's business")
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert reserved(world, anna) == ["Heard of"]


async def test_r10_4_r5_9_a_choice_made_as_the_calendar_gets_a_new_id_stands(world: World) -> None:
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    before = world.settings(anna)
    world.outlook.renew_calendar_id(anna, home)
    chosen = False

    def choose_work(call: Call) -> None:
        nonlocal chosen
        if str(call) == "ledger.forget_cursors" and not chosen:
            chosen = True
            waiting = world.app.choices.change(anna, replace(before, calendar_id=work))
            with pytest.raises(StopIteration):
                waiting.send(None)

    world.wire.before = choose_work
    await world.sync(anna, Cause.SWEEP)
    world.clock.advance(600)
    await world.sync(anna, Cause.SWEEP)

    assert chosen
    assert world.connection(anna).calendar_name == "Work"
    assert {calendar for _, calendar in world.claims.claims} == {work}
    assert len(world.outlook.items(anna, work)) == 3
    assert len([x for x in world.booking.schedule(anna) if x.external_ref is None]) == 3


def block(world: World, anna: PersonKey, item: BookingItem, side: str) -> None:
    """Makes an item, or its event, one that can't be read."""
    if side == "item":
        world.booking.unreadable.add(item.id)
    else:
        event = world.event_of(anna, item).id
        world.outlook.trouble[event] = lambda: Unreadable("HTTP 500", code="http_500")


def unblock(world: World) -> None:
    world.booking.unreadable.clear()
    world.outlook.trouble.clear()


@pytest.mark.parametrize("side", ["item", "event"])
async def test_r11_8_r5_9_one_item_that_can_not_be_read_holds_up_only_itself_in_a_move(
    world: World, side: str
) -> None:
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    stuck, other = [item for item in world.booking.schedule(anna) if item.customer_name]
    block(world, anna, stuck, side)
    await choose(world, anna, calendar_id=work)
    world.clock.advance(600)

    # The move has ended for all others: nobody waits for that one, and it says where it is.
    connection = world.connection(anna)
    assert (connection.leaving, connection.waiting) == (None, 1)
    assert {calendar for _, calendar in world.claims.claims} == {work}
    assert len(titles(world, anna, home)) == 3
    (said,) = await world.app.explainer.waiting(anna)
    assert (said.synced, said.reason) == (False, LEFT_BEHIND.in_full)
    assert [x.reason for x in world.activity(anna)].count(LEFT_BEHIND.sentence) == 1

    # What has arrived is looked after as ever: what is deleted there is cancelled, and heard of.
    (moved_to,) = [x for x in world.outlook.items(anna, work) if "3" in (x.subject or "")]
    heard: list[str] = []
    world.outlook.on_change = lambda subscription_id, _: heard.append(subscription_id)
    world.outlook.delete(anna, moved_to.id)
    assert set(heard) == {subscription_of(world, anna)}
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    assert other.id not in {item.id for item in world.booking.schedule(anna)}
    assert stuck.id in {item.id for item in world.booking.schedule(anna)}

    unblock(world)
    await hours_later(world, anna)
    assert titles(world, anna, home) == ["Lunch", "Maybe"]
    assert len(titles(world, anna, work)) == 2
    assert world.connection(anna).waiting == 0
    assert [x.reason for x in world.activity(anna)].count(LEFT_BEHIND.sentence) == 1
    assert world.tells(anna) == []
    await assert_quiet(world, anna)


@pytest.mark.parametrize(
    ("act", "times"),
    [
        ("move", [at(8)]),
        ("office", [at(9)]),
        ("delete", [at(2)]),
        ("cancel", []),
    ],
)
async def test_r5_9_what_stayed_behind_follows_as_it_is_when_it_can_be_read_again(
    world: World, act: str, times: list[Interval]
) -> None:
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    stuck = next(x for x in world.booking.schedule(anna) if x.customer_name == "Customer 2")
    event = world.event_of(anna, stuck).id
    block(world, anna, stuck, "event")
    await choose(world, anna, calendar_id=work)

    match act:
        case "move":
            world.outlook.move(anna, event, at(8))
        case "office":
            world.booking.move(anna, stuck.id, at(9))
        case "delete":
            world.outlook.delete(anna, event)
        case _:
            world.booking.cancel(anna, stuck.id)
    unblock(world)
    await hours_later(world, anna)

    found = [x for x in world.booking.schedule(anna) if x.id == stuck.id]
    shown = [x for x in world.outlook.items(anna, work) if "Customer 2" in (x.subject or "")]
    assert [x.interval for x in found] == [x.interval for x in shown] == times
    assert titles(world, anna, home) == ["Lunch", "Maybe"]
    assert world.tells(anna) == []
    await assert_quiet(world, anna)


async def test_r5_9_what_stayed_behind_is_found_by_whoever_chooses_again(world: World) -> None:
    """In a third calendar, and back in the first one, where a deletion means what it always did."""
    anna = await busy(world)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    third = world.outlook.add_calendar(anna, "Third")
    stuck = next(x for x in world.booking.schedule(anna) if x.customer_name == "Customer 2")
    event = world.event_of(anna, stuck).id
    block(world, anna, stuck, "event")
    await choose(world, anna, calendar_id=work)
    await choose(world, anna, calendar_id=third)
    await hours_later(world, anna)

    assert world.connection(anna).leaving is None
    assert (len(titles(world, anna, third)), len(titles(world, anna, work))) == (2, 0)
    assert len(titles(world, anna, home)) == 3

    await choose(world, anna, calendar_id=home)
    unblock(world)
    await hours_later(world, anna)
    assert len(titles(world, anna, home)) == 5
    assert world.event_of(anna, stuck).id == event
    world.outlook.delete(anna, event)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    assert stuck.id not in {item.id for item in world.booking.schedule(anna)}
    assert world.tells(anna) == []


async def test_r8_10_r5_9_what_stays_behind_is_never_cancelled_with_the_calendar_before(
    world: World,
) -> None:
    anna = await busy(world)
    old = world.outlook.add_calendar(anna, "Old")
    await choose(world, anna, calendar_id=old)
    world.clock.advance(600)
    work = world.outlook.add_calendar(anna, "Work")
    stuck = world.booking.schedule(anna)[0]
    world.booking.unreadable.add(stuck.id)
    await choose(world, anna, calendar_id=work)

    world.outlook.delete_calendar(anna, old)
    world.clock.advance(4000)
    await world.sweep_all()
    world.booking.unreadable.clear()
    for _ in range(3):
        world.clock.advance(4000)
        await world.sweep_all()

    assert stuck.id in {item.id for item in world.booking.schedule(anna)}
    assert len(titles(world, anna, work)) == 3
    assert world.connection(anna).leaving is None


async def test_r10_4_r5_9_a_choice_that_died_may_have_noted_the_calendar_under_its_new_id(
    world: World,
) -> None:
    anna = await busy(world)
    renewed = world.outlook.renew_calendar_id(anna, world.calendar(anna))
    world.wire.after = lambda call: Crash() if str(call) == "claims.claim" else None
    with pytest.raises(Crash), working(Worker()):
        await choose(world, anna, calendar_id=renewed)
    world.wire.calm()

    await world.sync(anna, Cause.SWEEP)

    connection = world.connection(anna)
    assert connection.settings is not None
    assert (connection.settings.calendar_id, connection.leaving) == (renewed, None)
    assert {calendar for _, calendar in world.claims.claims} == {renewed}
    assert world.jobs.syncs == []


async def test_r5_2_r5_9_a_calendar_chosen_while_a_sync_gives_it_back_is_claimed_in_the_end(
    world: World,
) -> None:
    """The sync met the trace of a choice, and died after its release (seed 40010247)."""
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    chosen = False

    def give_back(call: Call) -> BaseException | None:
        nonlocal chosen
        if str(call) == "claims.release" and not chosen:
            chosen = True
            waiting = world.app.choices.change(anna, world.settings(anna, calendar_id=work))
            with pytest.raises(StopIteration):
                waiting.send(None)
        return None

    world.wire.after = lambda call: Crash() if str(call) == "claims.claim" else None
    with pytest.raises(Crash), working(Worker()):
        await choose(world, anna, calendar_id=work)
    world.wire.before = give_back
    world.wire.after = lambda call: Crash() if str(call) == "claims.release" else None
    await one_job(world, anna)
    world.wire.calm()
    assert chosen
    world.clock.advance(600)
    await world.settle()

    assert world.connection(anna).leaving is None
    assert {calendar for _, calendar in world.claims.claims} == {work}


async def test_r11_7_r5_9_a_question_about_what_has_arrived_does_not_hold_up_a_move(
    world: World,
) -> None:
    anna = await world.started_person()
    for hour in range(2, 14):
        world.booking.book(anna, at(hour), customer=f"Customer {hour}")
    await world.sync(anna)
    home, work = world.calendar(anna), world.outlook.add_calendar(anna, "Work")
    world.wire.before = lambda call: Crash() if str(call) == "claims.release" else None
    await world.app.choices.change(anna, world.settings(anna, calendar_id=work))
    world.clock.advance(1)
    job = world.jobs.take_sync()
    assert job is not None
    await world.deliver(job)
    world.wire.calm()
    assert world.connection(anna).leaving is not None

    for event in world.outlook.items(anna, work):
        world.outlook.delete(anna, event.id)
    world.clock.advance(600)
    await world.sync(anna, Cause.SWEEP)

    connection = world.connection(anna)
    assert connection.held is not None
    assert connection.leaving is None
    assert {calendar for _, calendar in world.claims.claims} == {work}
    assert titles(world, anna, home) == []


async def test_r11_4_r5_9_what_has_passed_keeps_no_move_open(world: World) -> None:
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    stuck = world.booking.schedule(anna)[0]
    world.booking.unreadable.add(stuck.id)
    await world.app.choices.change(anna, world.settings(anna, calendar_id=work))
    await one_job(world, anna)
    assert world.connection(anna).leaving is not None

    # Cancelled, and with a text that nobody recorded, it is asked for by each sync.
    link = world.link_of(anna, stuck.id)
    assert link.base is not None
    unknown = replace(link, base=replace(link.base, text=""))
    world.ledger.of(anna).links[link.key] = unknown
    world.booking.delete(anna, stuck.id)
    world.clock.time = stuck.interval.end + timedelta(hours=2)
    for _ in range(2):
        await world.sync(anna, Cause.SWEEP)

    assert world.connection(anna).leaving is None
    assert {calendar for _, calendar in world.claims.claims} == {work}


async def on_the_move(
    world: World, anna: PersonKey, to: Interval, **choices: Any
) -> tuple[BookingItem, CalendarId]:
    """Moves an event in Outlook, and chooses another calendar before any sync has seen it."""
    work = world.outlook.add_calendar(anna, "Work")
    item = next(x for x in world.booking.schedule(anna) if x.customer_name == "Customer 2")
    world.outlook.move(anna, world.event_of(anna, item).id, to)
    await choose(world, anna, calendar_id=work, **choices)
    assert world.connection(anna).leaving is None
    assert titles(world, anna) == ["Lunch", "Maybe"]
    return item, work


def times(world: World, anna: PersonKey, item: BookingItem, work: CalendarId) -> list[Interval]:
    """Gives when an item is, and its event in the new calendar."""
    title = f"{item.customer_name} - {item.service_name}"
    event = next(x for x in world.outlook.items(anna, work) if x.subject == title)
    found = next(x for x in world.booking.schedule(anna) if x.id == item.id)
    return [found.interval, event.interval]


async def test_r8_1_r5_9_a_move_made_just_before_another_calendar_is_chosen_follows(
    world: World,
) -> None:
    anna = await busy(world)

    item, work = await on_the_move(world, anna, at(8))

    assert times(world, anna, item, work) == [at(8), at(8)]
    assert world.tells(anna) == []


async def test_r8_1_r5_9_a_refused_move_goes_to_the_new_calendar_as_it_was_with_a_reason(
    world: World,
) -> None:
    anna = await busy(world)

    item, work = await on_the_move(world, anna, at(3))

    assert times(world, anna, item, work) == [at(2), at(2)]
    (told,) = world.tells(anna)
    assert (told.tried, told.new) == ("You moved the event in Outlook.", at(3))
    assert told.reason


async def test_r2_4_r5_9_what_somebody_moved_who_may_only_view_is_told(world: World) -> None:
    anna = await busy(world)
    world.set_access(anna, AccessType.VIEW_ONLY)

    item, work = await on_the_move(world, anna, at(8))

    assert times(world, anna, item, work) == [at(2), at(2)]
    assert [told.new for told in world.tells(anna)] == [at(8)]


async def test_r8_3_r5_9_moved_on_both_sides_as_another_calendar_is_chosen_booking_wins(
    world: World,
) -> None:
    anna = await busy(world)
    customer = next(x for x in world.booking.schedule(anna) if x.customer_name == "Customer 2")
    world.booking.move(anna, customer.id, at(9))

    item, work = await on_the_move(world, anna, at(8))

    assert times(world, anna, item, work) == [at(9), at(9)]
    assert [told.new for told in world.tells(anna)] == [at(8)]


@pytest.mark.parametrize("shape", ["all day", "series"])
async def test_r8_9_r5_9_what_was_made_of_an_event_just_before_another_calendar_is_chosen_is_told(
    world: World, shape: str
) -> None:
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    item = next(x for x in world.booking.schedule(anna) if x.customer_name == "Customer 2")
    event = world.event_of(anna, item).id
    if shape == "all day":
        world.outlook.make_all_day(anna, event)
    else:
        world.outlook.make_series(anna, event)

    await choose(world, anna, calendar_id=work)

    assert times(world, anna, item, work) == [at(2), at(2)]
    assert titles(world, anna) == ["Lunch", "Maybe"]
    said = {"all day": "You made the event last all day.", "series": "You made the event repeat."}
    assert [told.tried for told in world.tells(anna)] == [said[shape]]
    assert world.connection(anna).leaving is None
    await assert_quiet(world, anna)


async def ahead_of_the_past(world: World, to: Interval, **choices: Any) -> tuple[PersonKey, str]:
    """Moves the event of what has passed ahead, and chooses another calendar just then."""
    anna = await busy(world)
    work = world.outlook.add_calendar(anna, "Work")
    item = next(x for x in world.booking.schedule(anna) if x.customer_name == "Customer 2")
    event = world.event_of(anna, item).id
    world.clock.time = at(5).start
    await world.sync(anna, Cause.SWEEP)
    world.outlook.move(anna, event, to)
    await choose(world, anna, calendar_id=work, **choices)
    assert world.connection(anna).leaving is None
    return anna, item.id


async def test_r11_4_r5_9_what_has_passed_follows_an_event_that_was_moved_ahead_just_then(
    world: World,
) -> None:
    anna, item_id = await ahead_of_the_past(world, at(30))

    assert world.connection(anna).settings is not None
    (item,) = [x for x in world.booking.schedule(anna) if x.id == item_id]
    work = next(c.id for c in world.outlook.mailboxes[anna].calendars.values() if c.name == "Work")
    assert times(world, anna, item, work) == [at(30), at(30)]
    assert "Customer 2 - Service" not in titles(world, anna)
    assert world.tells(anna) == []
    await assert_quiet(world, anna)


async def test_r11_4_r5_9_what_has_passed_and_may_not_follow_is_told_and_has_no_event_ahead(
    world: World,
) -> None:
    anna, item_id = await ahead_of_the_past(world, at(40))

    (item,) = [x for x in world.booking.schedule(anna) if x.id == item_id]
    assert item.interval == at(2)
    everywhere = world.outlook.mailboxes[anna].events.values()
    assert "Customer 2 - Service" not in {stored.item.subject for stored in everywhere}
    assert [(told.tried, told.new) for told in world.tells(anna)] == [
        ("You moved the event in Outlook.", at(40))
    ]
    await assert_quiet(world, anna)
