"""Section 8, first table, through the whole service: items born in the booking product."""

from datetime import timedelta

import pytest

from sync.engine.items import BookingField, BookingKind, BookingStatus, deletion_of
from sync.engine.telling import ActivityAction, ActivityResult
from sync.people.people import AccessType, OnOutlookDelete
from sync.words import PersonKey
from tests.fakes.booking import Policy
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.world import NORTH, SOUTH, World


async def test_r6_1_each_appointment_and_reserve_in_the_window_gets_one_event(
    world: World,
) -> None:
    anna = world.add_person()
    world.booking.book(anna, at(2))
    world.booking.block(anna, at(4), title="Stocktaking")
    world.booking.block(anna, at(6), title="Yoga class", kind=BookingKind.EVENT)

    await world.start(anna)

    assert [item.subject for item in world.outlook.items(anna)] == [
        "Customer - Service",
        "Stocktaking",
    ]


async def test_r6_1_reserves_stay_out_of_outlook_where_the_person_chose_so(world: World) -> None:
    anna = world.add_person()
    world.booking.block(anna, at(4))

    await world.start(anna, sync_reserves=False)

    assert world.outlook.items(anna) == ()


async def test_case_9_a_past_item_is_not_written_at_the_first_sync(world: World) -> None:
    anna = world.add_person()
    world.booking.book(anna, at(-3))
    world.booking.book(anna, at(-0.5))

    await world.start(anna)

    assert [at(-0.5)] == [item.interval for item in world.outlook.items(anna)]


async def test_r6_2_completed_and_missed_appointments_keep_their_events(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.booking.edit(anna, item.id, status=BookingStatus.NO_SHOW)
    await world.sync(anna)

    assert len(world.outlook.items(anna)) == 1


async def test_case_4_an_appointment_saved_with_identical_values_writes_nothing(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    before = world.outlook.writes

    world.booking.edit(anna, item.id)
    await world.sync(anna)

    assert before == world.outlook.writes


async def test_r8_changed_in_booking_updates_the_event(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.booking.edit(anna, item.id, interval=at(5), customer_name="Grace")
    await world.sync(anna)

    event = world.event_of(anna, item)
    assert (at(5), "Grace - Service") == (event.interval, event.subject)


async def test_r8_text_that_the_person_edits_in_outlook_stays_until_the_item_changes(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.outlook.edit(anna, world.event_of(anna, item).id, subject="Grace (call first)")
    await world.sync(anna)
    edited = world.event_of(anna, item).subject
    world.booking.edit(anna, item.id, customer_name="Grace")
    await world.sync(anna)

    assert edited == "Grace (call first)"
    assert world.event_of(anna, item).subject == "Grace - Service"


@pytest.mark.parametrize("how", ["cancel", "delete"])
async def test_case_6_a_cancelled_or_deleted_item_loses_its_event(world: World, how: str) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    getattr(world.booking, how)(anna, item.id)
    await world.sync(anna)

    assert world.outlook.items(anna) == ()


async def test_case_6_an_item_of_a_location_that_is_not_enabled_has_no_event(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2), location_id=NORTH)
    await world.sync(anna)

    world.booking.edit(anna, item.id, location_id=SOUTH)
    await world.sync(anna)

    assert world.outlook.items(anna) == ()


async def test_case_5_an_appointment_given_to_another_person_moves_to_their_calendar(
    world: World,
) -> None:
    anna, bert = await world.started_person("anna"), await world.started_person("bert")
    item = world.booking.book(bert, at(2))
    await world.sync(bert)

    world.booking.reassign(bert, item.id, anna)
    await world.sync(anna)
    await world.sync(bert)

    assert world.outlook.items(bert) == ()
    assert len(world.outlook.items(anna)) == 1


async def test_r8_8_the_end_of_an_event_that_we_delete_is_an_echo(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    event = world.event_of(anna, item)

    world.booking.cancel(anna, item.id)
    await world.sync(anna)

    assert await world.ledger.wrote(anna, deletion_of(event.id))


async def test_r8_1_case_18_a_move_in_outlook_moves_the_item_once_and_echoes_nothing(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    world.outlook.move(anna, world.event_of(anna, item).id, at(7))
    written = (world.booking.writes, world.outlook.writes)

    await world.sync(anna)
    await world.sync(anna)

    assert at(7) == world.booking.schedule(anna)[0].interval
    assert (written[0] + 1, written[1]) == (world.booking.writes, world.outlook.writes)


async def test_r8_1_a_field_that_tells_the_time_is_written_after_a_move(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2), fields=[BookingField(label="Time", value="10")])
    await world.sync(anna)

    world.outlook.move(anna, world.event_of(anna, item).id, at(7))

    def tell_the_time(call: str, _: PersonKey | None) -> None:
        if call == "update_item":
            world.booking.edit(anna, item.id, fields=(BookingField(label="Time", value="15"),))

    world.booking.after = tell_the_time
    await world.sync(anna)
    world.booking.after = None
    await world.sync(anna)

    assert "Time: 15" in str(world.event_of(anna, item).body)


async def test_r8_1_case_19_a_move_onto_taken_time_is_put_back_and_told_once(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    world.booking.book(anna, at(7))
    await world.sync(anna)

    world.outlook.move(anna, world.event_of(anna, item).id, at(7))
    await world.sync(anna)
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    (tell,) = world.tells(anna)
    assert (at(2), at(7)) == (tell.old, tell.new)
    assert "taken" in tell.reason


async def test_r8_13_a_move_into_the_past_is_asked_for_and_put_back(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.outlook.move(anna, world.event_of(anna, item).id, at(-5))
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert len(world.tells(anna)) == 1


async def test_r8_2_case_21_a_deletion_in_outlook_cancels_exactly_once(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    asked = world.outlook.calls["get_event"]

    world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)
    await world.sync(anna)

    assert world.booking.schedule(anna) == ()
    # Two looks, at least a minute apart (R8.10), after one that came too early to mean anything.
    assert asked + 3 == world.outlook.calls["get_event"]
    assert world.booking.calls["remove_item"] == 1
    assert world.links_alive(anna) == ()


async def test_r8_2_a_refused_cancellation_makes_the_event_again_and_tells(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    world.booking.policy = Policy(refuse_calls=frozenset({"remove_item"}))

    world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert len(world.tells(anna)) == 1


async def test_r5_5_a_deleted_event_is_put_back_where_the_person_chose_so(world: World) -> None:
    anna = await world.started_person(on_outlook_delete=OnOutlookDelete.PUT_BACK)
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert world.tells(anna) == []


async def test_r8_3_case_22_moved_on_both_sides_booking_wins_and_both_are_in_the_activity(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.outlook.move(anna, world.event_of(anna, item).id, at(7))
    world.booking.move(anna, item.id, at(9))
    await world.sync(anna)

    assert at(9) == world.event_of(anna, item).interval
    assert len(world.tells(anna)) == 1
    assert [(entry.action, entry.result) for entry in world.activity(anna)][-2:] == [
        (ActivityAction.MOVED, ActivityResult.REFUSED),
        (ActivityAction.PUT_BACK, ActivityResult.OK),
    ]


async def test_r8_3_deleted_in_outlook_and_changed_in_booking_makes_the_event_again(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.outlook.delete(anna, world.event_of(anna, item).id)
    world.booking.move(anna, item.id, at(9))
    await world.sync(anna)

    assert at(9) == world.event_of(anna, item).interval
    assert len(world.tells(anna)) == 1


@pytest.mark.parametrize("what", ["all_day", "series"])
async def test_r8_9_case_24_an_event_made_all_day_or_a_series_is_put_back(
    world: World, what: str
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    event = world.event_of(anna, item)

    if what == "all_day":
        world.outlook.make_all_day(anna, event.id)
    else:
        world.outlook.make_series(anna, event.id)
    await world.sync(anna)
    await world.sync(anna)

    assert [at(2)] == [each.interval for each in world.outlook.items(anna)]
    assert not world.event_of(anna, item).is_all_day
    assert world.reserves(anna) == []
    assert len(world.tells(anna)) == 1


async def test_r8_10_case_20_an_appointment_dragged_to_day_120_is_moved_not_cancelled(
    world: World,
) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    world.outlook.move(anna, world.event_of(anna, item).id, on_day(120))
    await world.sync(anna)

    assert [on_day(120)] == [each.interval for each in world.booking.schedule(anna)]


async def test_r8_12_an_event_dragged_into_another_calendar_is_made_again(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    private = world.outlook.add_calendar(anna, "Private")

    world.outlook.drag(anna, world.event_of(anna, item).id, private)
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert world.outlook.items(anna, private) == ()
    assert len(world.booking.schedule(anna)) == 1
    assert len(world.tells(anna)) == 1


async def test_r8_11_case_16_a_copy_of_an_event_is_an_ordinary_meeting(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)

    copied = world.outlook.copy(anna, world.event_of(anna, item).id)
    world.outlook.move(anna, copied, at(30))
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert [at(30)] == [reserve.interval for reserve in world.reserves(anna)]


@pytest.mark.parametrize("act", ["move", "delete"])
async def test_r2_4_what_somebody_who_may_only_view_does_in_outlook_is_put_back(
    world: World, act: str
) -> None:
    anna = world.add_person("anna", AccessType.VIEW_ONLY)
    item = world.booking.book(anna, at(2))
    await world.start(anna)
    written = world.booking.writes

    if act == "move":
        world.outlook.move(anna, world.event_of(anna, item).id, at(7))
    else:
        world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)

    assert at(2) == world.event_of(anna, item).interval
    assert written == world.booking.writes
    assert len(world.tells(anna)) == 1


async def test_r11_4_an_item_that_has_passed_is_left_as_it_is(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    world.clock.advance(timedelta(hours=5).total_seconds())

    world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)

    assert len(world.booking.schedule(anna)) == 1
    assert world.link_of(anna, item.id).base is not None


@pytest.mark.parametrize("act", ["moved ahead", "deleted"])
async def test_r8_1_r11_4_what_the_feed_still_had_to_tell_is_heard_before_all_is_read_anew(
    world: World, act: str
) -> None:
    """Of what has passed no full read tells, nor of what lies beyond it (seed 43007807)."""
    anna = await world.started_person()
    item = world.booking.book(anna, at(20))
    await world.sync(anna)
    event = world.event_of(anna, item).id
    if act == "deleted":
        world.outlook.delete(anna, event)
    else:
        world.outlook.move(anna, event, at(2880))
    world.clock.advance(14 * 24 * 3600)

    await world.sync(anna)

    (there,) = world.booking.schedule(anna)
    assert there.interval == (at(2880) if act == "moved ahead" else at(20))
