"""Items born in the booking product, beyond the rows of section 8, through the whole service."""

import pytest

from sync.engine.items import BookingField, BookingKind, BookingStatus, deletion_of
from sync.words import PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.world import World


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
    anna, item = await world.booked(at(2))

    world.booking.edit(anna, item.id, status=BookingStatus.NO_SHOW)
    await world.sync(anna)

    assert len(world.outlook.items(anna)) == 1


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
    anna, item = await world.booked(at(2))
    event = world.event_of(anna, item)

    world.booking.cancel(anna, item.id)
    await world.sync(anna)

    assert await world.ledger.wrote(anna, deletion_of(event.id))


async def test_r8_1_a_field_that_tells_the_time_is_written_after_a_move(world: World) -> None:
    anna, item = await world.booked(at(2), fields=[BookingField(label="Time", value="10")])

    world.outlook.move(anna, world.event_of(anna, item).id, at(7))

    def tell_the_time(call: str, _: PersonKey | None) -> None:
        if call == "update_item":
            world.booking.edit(anna, item.id, fields=(BookingField(label="Time", value="15"),))

    world.booking.after = tell_the_time
    await world.sync(anna)
    world.booking.after = None
    await world.sync(anna)

    assert "Time: 15" in str(world.event_of(anna, item).body)


async def test_r8_2_case_21_a_deletion_in_outlook_cancels_exactly_once(world: World) -> None:
    anna, item = await world.booked(at(2))
    asked = world.outlook.calls["get_event"]

    world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna)
    await world.sync(anna)

    assert world.booking.schedule(anna) == ()
    # Two looks, at least a minute apart (R8.10), after one that came too early to mean anything.
    assert asked + 3 == world.outlook.calls["get_event"]
    assert world.booking.calls["remove_item"] == 1
    assert world.links_alive(anna) == ()


@pytest.mark.parametrize("act", ["moved ahead", "deleted"])
async def test_r8_1_r11_4_what_the_feed_still_had_to_tell_is_heard_before_all_is_read_anew(
    world: World, act: str
) -> None:
    """Of what has passed no full read tells, nor of what lies beyond it (seed 43007807)."""
    anna, item = await world.booked(at(20))
    event = world.event_of(anna, item).id
    if act == "deleted":
        world.outlook.delete(anna, event)
    else:
        world.outlook.move(anna, event, at(2880))
    world.clock.advance(14 * 24 * 3600)

    await world.sync(anna)

    (there,) = world.booking.schedule(anna)
    assert there.interval == (at(2880) if act == "moved ahead" else at(20))
