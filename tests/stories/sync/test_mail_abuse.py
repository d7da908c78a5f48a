"""Nobody can have the product mail strangers, or flood anybody (R5.3, R9.7)."""

from collections import Counter

import pytest

from sync.errors import AuthorizationLost
from sync.people.contact import Notices, contact_address
from sync.ports import Cause, MailKind
from sync.words import PersonKey
from tests.stories.sync.moments import at
from tests.stories.sync.world import World

STRANGER = "stranger@elsewhere.example"


def received(world: World) -> Counter[str]:
    """Counts the mails by address."""
    return Counter(mail.to for mail in world.post.sent.values())


async def resync(world: World, person: PersonKey, times: int) -> None:
    """Asks for Resyncs one after another, each ended before the next, within a minute."""
    for _ in range(times):
        await world.service.resync(person)
        while (job := world.jobs.take_sync()) is not None:
            await world.deliver(job)
        await world.collect_mails()
        world.clock.advance(2)


async def test_r5_3_thirty_resyncs_send_a_stranger_one_confirmation_and_nothing_else() -> None:
    world = World()
    anna = await world.started_person(contact_email=STRANGER)

    await resync(world, anna, 30)

    assert received(world)[STRANGER] == 1
    (asked,) = (mail for mail in world.post.sent.values() if mail.to == STRANGER)
    assert "confirm" in asked.subject
    # And the person's own address is not flooded.
    assert received(world)["anna@example.com"] == 10


async def test_r9_7_what_waits_goes_out_later_and_nothing_is_lost_or_doubled() -> None:
    world = World()
    anna = await world.started_person()
    await resync(world, anna, 30)

    for _ in range(12):
        world.clock.advance(300)
        await world.collect_mails()

    assert received(world)["anna@example.com"] == 31
    assert [each for each in world.jobs.mails if each.job.kind is MailKind.SYNC_COMPLETED] == []


async def test_r9_8_a_first_sync_that_meets_taken_times_is_one_mail_that_names_them() -> None:
    world = World()
    anna = world.add_person()
    world.booking.book(anna, at(52), customer="Ada")
    world.outlook.meet(anna, at(52), subject="Staff meeting")
    await world.start(anna)

    (mail,) = world.post.sent.values()

    assert "1 meeting could not block time" in mail.subject
    assert "in sync" not in mail.subject
    assert "Staff meeting" in mail.text
    assert "What you did" not in mail.text


@pytest.mark.parametrize("chosen", [True, False])
async def test_r9_8_signing_in_again_after_a_loss_is_one_mail(*, chosen: bool) -> None:
    world = World()
    anna = await world.started_person(notify_resync_completed=chosen)
    world.outlook.lose(anna, AuthorizationLost)
    await world.sync(anna)
    world.post.sent.clear()
    world.booking.book(anna, at(52), customer="Ada")
    world.outlook.meet(anna, at(52), subject="Staff meeting")

    world.outlook.lose(anna, None)
    await world.sign_in_again(anna)
    await world.settle()

    # Who wants no mail about Resyncs is told of the sign-in, and of the taken time as ever.
    assert len(world.post.sent) == (1 if chosen else 2)


async def test_r5_3_after_the_confirmation_mail_goes_there() -> None:
    world = World()
    anna = await world.started_person(contact_email=STRANGER)
    pending = world.connection(anna).contact.pending
    assert pending is not None
    link = world.app.mail_choices.confirmation_link(pending, anna)

    await world.app.mail_choices.confirm(link.partition("token=")[2])
    await world.service.resync(anna)
    await world.settle()

    assert contact_address(world.connection(anna)) == STRANGER
    assert received(world)[STRANGER] == 2


async def test_r5_9_a_change_of_mail_wakes_no_sync_and_reads_no_calendar() -> None:
    world = World()
    anna = await world.started_person()
    written, before = world.writes(), world.connection(anna)

    await world.app.mail_choices.change(anna, Notices(notify_update_failed=False))
    await world.sync(anna, Cause.BOOKING_CHANGED)

    assert world.writes() == written
    # No other choice than that: the next sync reads what has changed, not everything.
    assert world.connection(anna).policy == before.policy
