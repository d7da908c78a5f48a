"""What the lines of activity say: what was done, to what, and why (R12.1)."""

from sync.words import PersonKey, ShowAs
from tests.simulation.moments import at
from tests.simulation.world import World


def _since(world: World, person: PersonKey, before: int) -> list[tuple[str, str, str]]:
    return [
        (entry.title, f"{entry.action} {entry.result}", entry.reason)
        for entry in world.activity(person)[before:]
    ]


async def test_r12_1_what_is_cancelled_from_outlook_says_why(world: World) -> None:
    anna = await world.started_person()
    item, lunch = world.booking.book(anna, at(2)), world.booking.block(anna, at(4), title="Lunch")
    await world.sync(anna)
    before = len(world.activity(anna))

    for one in (item, lunch):
        world.outlook.delete(anna, world.event_of(anna, one).id)
    await world.sync(anna)
    world.clock.advance(61)
    await world.sync(anna)

    assert _since(world, anna, before) == [
        ("Lunch", "deleted ok", "You deleted its event in Outlook."),
        (
            "Customer - Service",
            "deleted ok",
            "You deleted its event in Outlook, so the appointment was cancelled.",
        ),
    ]


async def test_r12_1_an_event_that_goes_says_why(world: World) -> None:
    anna = await world.started_person()
    items = [world.booking.book(anna, at(hour)) for hour in (2, 4)]
    await world.sync(anna)
    before = len(world.activity(anna))

    world.booking.cancel(anna, items[0].id)
    world.booking.delete(anna, items[1].id)
    await world.sync(anna)

    assert sorted(reason for _, _, reason in _since(world, anna, before)) == [
        "It is not in your schedule any more.",
        "This item was cancelled.",
    ]


async def test_r12_1_a_reserve_that_goes_says_why_and_does_not_call_its_meeting_private(
    world: World,
) -> None:
    anna = await world.started_person()
    deleted = world.outlook.meet(anna, at(2), subject="Team")
    freed = world.outlook.meet(anna, at(4), subject="Plan")
    unblocked = world.outlook.meet(anna, at(6), subject="Call")
    await world.sync(anna)
    before = len(world.activity(anna))

    world.outlook.delete(anna, deleted)
    world.outlook.edit(anna, freed, show_as=ShowAs.FREE)
    reserve = next(each for each in world.reserves(anna) if each.title == "Call")
    world.booking.delete(anna, reserve.id)
    await world.sync(anna)

    lines = {title: (what, reason) for title, what, reason in _since(world, anna, before)}
    assert "Reserved" not in lines
    assert lines["Plan"][0] == "deleted ok"
    assert "Change Show As" in lines["Plan"][1]
    said = sorted(
        (what, reason) for title, what, reason in _since(world, anna, before) if title != "Plan"
    )
    assert [what for what, _ in said] == ["deleted ok", "left_out ok"]
    assert said[0][1] == "The meeting was deleted in Outlook."
    assert unblocked in {each.id for each in world.outlook.items(anna)}


async def test_r12_1_what_is_made_again_is_not_told_as_deleted(world: World) -> None:
    """What the person made of the old event goes without a line of its own (R8.9, R8.12)."""
    anna = await world.started_person()
    items = [world.booking.book(anna, at(hour)) for hour in (2, 4)]
    await world.sync(anna)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    before = len(world.activity(anna))

    world.outlook.drag(anna, world.event_of(anna, items[0]).id, drawer)
    world.outlook.make_series(anna, world.event_of(anna, items[1]).id)
    await world.sync(anna)
    world.clock.advance(120)
    await world.sync(anna)

    what = [what for _, what, _ in _since(world, anna, before)]
    assert sorted(what) == ["put_back ok"] * 2 + ["updated refused"] * 2


async def test_r2_4_a_deletion_that_is_put_back_is_told_as_one(world: World) -> None:
    anna = await world.started_person()
    item = world.booking.book(anna, at(2))
    await world.sync(anna)
    world.booking.edit(anna, item.id, fields=())
    world.outlook.delete(anna, world.event_of(anna, item).id)
    before = len(world.activity(anna))

    await world.sync(anna)
    world.clock.advance(61)
    await world.sync(anna)

    assert [what for _, what, _ in _since(world, anna, before)] == [
        "deleted refused",
        "put_back ok",
    ]
