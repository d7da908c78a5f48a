"""What the lines of activity say: what was done, to what, and why (R12.1)."""

from urllib.parse import parse_qs, urlsplit

from sync.engine.activity import read_activity
from sync.engine.lines import Line
from sync.engine.telling import ActivityAction, ActivityResult
from sync.errors import AuthorizationLost, Unavailable
from sync.people.contact import Notices
from sync.people.people import AccessType, HeldAnswer
from sync.words import PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.wire import Call, Crash
from tests.stories.sync.world import World

ACTION = ActivityAction


async def _read(world: World, person: PersonKey) -> tuple[Line, ...]:
    page = await read_activity(world.ledger, world.connection(person), cursor=None, limit=100)
    return page.lines


async def _busy(world: World) -> PersonKey:
    """Somebody with three Appointments, a Reserve of their own and two Meetings, synced."""
    anna = world.add_person()
    for hour in (2, 4, 6):
        world.booking.book(anna, at(hour), customer=f"Customer {hour}")
    world.booking.block(anna, at(8), title="Stocktaking")
    for hour in (20, 22):
        world.outlook.meet(anna, at(hour), subject="Team")
    await world.start(anna)
    world.clock.advance(600)
    return anna


def _deed(lines: tuple[Line, ...], action: ActivityAction) -> tuple[str, int | None]:
    (line,) = [each for each in lines if each.action is action]
    return line.reason, line.count


async def test_r12_1_a_first_sync_is_a_line_of_its_own_and_one_for_each_kind(world: World) -> None:
    anna = await _busy(world)

    lines = await _read(world, anna)

    assert [
        (each.title, each.more, each.action, each.count, len(each.items)) for each in lines
    ] == [
        ("Team", 0, ACTION.CREATED, 2, 2),
        ("Customer 2 - Service", 3, ACTION.CREATED, 4, 4),
        ("Calendar", 0, ACTION.STARTED, 6, 0),
    ]
    assert lines[-1].reason == "In Outlook: 4 created. In the booking calendar: 2 created."


async def test_r12_1_a_resync_says_what_it_changed(world: World) -> None:
    anna = await _busy(world)
    world.booking.book(anna, at(10))
    # What is refused is no change.
    world.outlook.meet(anna, at(10), subject="Taken")

    await world.service.resync(anna)
    await world.settle()
    world.clock.advance(60)
    await world.service.resync(anna)
    await world.settle()

    found = [each for each in await _read(world, anna) if each.action is ACTION.RESYNCED]
    assert [(each.reason, each.count) for each in found] == [
        ("Nothing had to be changed.", 0),
        ("In Outlook: 1 created.", 1),
    ]


async def test_r12_1_changed_settings_say_which_and_what_that_did(world: World) -> None:
    anna = await _busy(world)
    # The address waits for its confirmation: nothing of it has changed yet (R5.3).
    other = world.settings(anna, sync_reserves=False, contact_email="secret@example.org")

    await world.app.choices.change(anna, other)
    await world.settle()
    await world.app.choices.change(anna, other)
    await world.settle()

    assert _deed(await _read(world, anna), ACTION.SETTINGS_CHANGED) == (
        "Reserves to Outlook: no. In Outlook: 1 deleted.",
        1,
    )


async def test_r12_1_a_change_of_mail_is_told_when_it_counts_and_claims_nothing_else(
    world: World,
) -> None:
    anna = await _busy(world)
    mail = world.app.mail_choices
    world.booking.book(anna, at(30))

    await mail.change(anna, Notices(notify_update_failed=False, contact_email="new@example.org"))
    await world.settle()
    first = _deed(await _read(world, anna), ACTION.SETTINGS_CHANGED)
    pending = world.connections.rows[anna].value.contact.pending
    assert pending is not None
    world.clock.advance(60)
    link = mail.confirmation_link(pending, anna)
    await mail.confirm(parse_qs(urlsplit(link).query)["token"][0])
    await world.settle()
    await mail.change(anna, Notices(notify_update_failed=False))
    await world.settle()

    told = [
        line.reason for line in await _read(world, anna) if line.action is ACTION.SETTINGS_CHANGED
    ]
    assert first == ("Mail when a change in Outlook can't be taken over: no.", None)
    assert told[0] == "Contact e-mail address: changed."
    assert len(told) == 2


async def test_r12_1_what_waits_says_so_until_it_is_over(world: World) -> None:
    anna = await _busy(world)
    item = world.booking.book(anna, at(30))
    world.outlook.meet(anna, at(30), subject="Lunch")
    await world.sync(anna)

    (before,) = [each for each in await _read(world, anna) if each.title == "Lunch"]
    world.booking.cancel(anna, item.id)
    world.clock.advance(600)
    await world.sync(anna)
    made, after = [each for each in await _read(world, anna) if each.title == "Lunch"]

    assert (before.result, before.is_over) == (ActivityResult.REFUSED, False)
    assert (made.action, made.result) == (ACTION.CREATED, ActivityResult.OK)
    assert (after.is_over, after.reason) == (True, f"This is over. {before.reason}")


async def test_r12_1_what_was_pressed_is_told_while_nothing_can_be_done(world: World) -> None:
    anna = await _busy(world)
    world.wire.before = _always_down
    await world.app.choices.change(anna, world.settings(anna, sync_reserves=False))
    job = world.jobs.take_sync()
    assert job is not None
    await world.deliver(job)

    assert _deed(await _read(world, anna), ACTION.SETTINGS_CHANGED) == (
        "Reserves to Outlook: no.",
        None,
    )


def _always_down(call: Call) -> BaseException | None:
    return Unavailable("down") if call.port == "outlook" else None


async def test_r12_1_a_disconnection_says_what_it_removed(world: World) -> None:
    anna = await _busy(world)

    await world.service.disconnect(anna)
    await world.settle()

    lines = await _read(world, anna)
    assert _deed(lines, ACTION.DISCONNECTED) == (
        "In Outlook: 4 deleted. In the booking calendar: 2 deleted.",
        6,
    )
    assert [(each.title, each.count) for each in lines if each.action is ACTION.DELETED] == [
        ("Appointments and reserves", 4),
        ("Times blocked for meetings", 2),
    ]


async def test_r12_1_a_deactivation_says_that_it_was_not_the_persons_own_doing(
    world: World,
) -> None:
    anna = await _busy(world)

    boss = world.add_person("boss", AccessType.HQ_ADMIN)
    await world.app.activation.set_active(anna.account_id, boss.staff_id, (), (anna.staff_id,))
    await world.settle()

    reason, count = _deed(await _read(world, anna), ACTION.DISCONNECTED)
    assert reason.startswith("The calendar sync is not activated for you any more.")
    assert count == 6


async def test_r12_1_a_start_that_is_disconnected_says_that_it_was_not_done(world: World) -> None:
    anna = world.add_person()
    world.booking.book(anna, at(2))
    await world.app.choices.start(anna, world.settings(anna))
    await world.service.disconnect(anna)
    await world.settle()

    lines = await _read(world, anna)
    assert "disconnected before that was done" in _deed(lines, ACTION.STARTED)[0]
    assert _deed(lines, ACTION.DISCONNECTED) == ("Nothing had to be removed.", 0)


async def test_r12_1_a_reconnect_is_one_line(world: World) -> None:
    anna = await _busy(world)
    world.outlook.lose(anna, AuthorizationLost)
    await world.sync(anna)
    world.outlook.lose(anna, None)

    await world.sign_in_again(anna)
    await world.settle()

    lines = await _read(world, anna)
    assert _deed(lines, ACTION.RECONNECTED) == ("Nothing had to be changed.", 0)
    assert not [each for each in lines if each.action is ACTION.RESYNCED]


async def test_r11_5_r12_1_a_question_and_its_end_are_noted_once_though_the_job_dies(
    world: World,
) -> None:
    anna = world.add_person()
    items = [world.booking.book(anna, at(hour)) for hour in range(2, 12)]
    await world.start(anna)
    world.clock.advance(600)
    noted = ACTION.HELD
    deaths = 0

    def die(call: Call) -> BaseException | None:
        nonlocal deaths
        # Between the line and the note that would keep the next run from writing it again.
        is_noted = noted in {line.action for line in world.activity(anna)}
        if str(call) == "connections.put" and is_noted and not deaths:
            deaths += 1
            return Crash()
        return None

    for item in items:
        world.outlook.delete(anna, world.event_of(anna, item).id)
    world.wire.before = die
    for _ in range(3):
        await world.sync(anna)
        world.clock.advance(300)
    assert deaths == 1
    assert world.connection(anna).held is not None
    noted, deaths = ACTION.ANSWERED, 0
    await world.service.answer_held(anna, HeldAnswer.PUT_BACK)
    await world.settle()
    world.clock.advance(300)
    await world.sync(anna)

    assert deaths == 1
    assert [
        line.action for line in world.activity(anna) if line.action in {ACTION.HELD, noted}
    ] == [ACTION.HELD, ACTION.ANSWERED]
    lines = await _read(world, anna)
    assert [line.is_over for line in lines if line.action is ACTION.HELD] == [True]
