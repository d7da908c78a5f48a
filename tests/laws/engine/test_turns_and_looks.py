"""Rules that a plan, a question or a run keeps by itself, example by example."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.actions import WriteItem
from sync.engine.cases import Absent, Case, Scene
from sync.engine.items import BookingItem, BookingKind, OutlookItem
from sync.engine.links import (
    Base,
    Hold,
    Kind,
    Known,
    Link,
    Side,
    Why,
    booking_key,
    outlook_key,
)
from sync.engine.plan import plan
from sync.engine.questions import AskMaster, questions
from sync.engine.taking_part import Policy
from sync.engine.texts import Product
from sync.engine.waits import LOOK_AGAIN
from sync.engine.window import Window
from sync.people.people import AccessType, Held, SyncSettings
from sync.ports import Cause
from sync.words import BookingItemId, CalendarId, ConnectionId, Interval, OutlookItemId
from tests.fakes.clock import START
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.world import World

CALENDAR = CalendarId("c")
SCENE = Scene(
    policy=Policy(
        settings=SyncSettings(calendar_id=CALENDAR, contact_email="a@example.com"),
        access_type=AccessType.STAFF,
        enabled_locations=frozenset(),
        window=Window(now=START, days=90),
    ),
    product=Product(name="P", tag="P"),
    connection_id=ConnectionId("k"),
    calendar_id=CALENDAR,
    horizon=Interval(START, on_day(104).end),
    nonce="n",
    cancel_after=timedelta(seconds=60),
    held_for=timedelta(days=1),
    others=(),
)


def base(where: Interval) -> Base:
    return Base(
        booking=Known(version="v", interval=where),
        outlook=Known(version="e", interval=where),
        interval=where,
        text="t",
    )


def dragged(name: str, before: float, after: float) -> Case:
    """An Appointment whose event the person has moved."""
    item_id, event_id = BookingItemId(name), OutlookItemId(f"event-{name}")
    link = Link(
        key=booking_key(item_id),
        origin=Side.BOOKING,
        kind=Kind.APPOINTMENT,
        interval=at(before),
        booking_id=item_id,
        outlook_id=event_id,
        base=base(at(before)),
    )
    item = BookingItem(id=item_id, kind=BookingKind.APPOINTMENT, version="v", interval=at(before))
    event = OutlookItem(id=event_id, etag="e2", interval=at(after))
    return Case(link=link, booking=item, outlook=event, is_read=True)


def scene_of(*cases: Case) -> Scene:
    return replace(SCENE, cases={case.link.key: case for case in cases})


def test_r8_16_a_chain_is_moved_from_its_end_whatever_the_order_of_the_links() -> None:
    chain = [dragged("first", 2, 3), dragged("second", 3, 4), dragged("third", 4, 5)]

    for cases in (chain, chain[::-1]):
        writes = plan(scene_of(*cases)).writes

        assert all(isinstance(each, WriteItem) for each in writes)
        assert [each.link.booking_id for each in writes] == ["third", "second", "first"]


def test_r8_17_an_occurrence_that_is_not_found_is_asked_for_by_its_master() -> None:
    event_id, series = OutlookItemId("occurrence"), OutlookItemId("series")
    link = Link(
        key=outlook_key(event_id),
        origin=Side.OUTLOOK,
        kind=Kind.MEETING,
        interval=at(5),
        booking_id=BookingItemId("reserve"),
        outlook_id=event_id,
        series=series,
        base=base(at(5)),
    )
    case = Case(link=link, outlook=Absent(is_read=True))

    asks = questions(scene_of(case), START)

    assert AskMaster(key=link.key, item_id=series) in asks


async def test_r11_10_what_graph_woke_in_vain_is_looked_at_once_more() -> None:
    world = World()
    anna = await world.started_person()
    await world.settle()
    world.jobs.syncs.clear()

    await world.waker.wake(anna, Cause.OUTLOOK_CHANGED)
    job = world.jobs.take_sync()
    assert job is not None
    await world.runner.run(job)

    (again,) = world.jobs.syncs
    assert again.visible_at == world.clock.now() + LOOK_AGAIN
    world.clock.advance(LOOK_AGAIN.total_seconds())
    job = world.jobs.take_sync()
    assert job is not None
    await world.runner.run(job)
    assert not world.jobs.syncs


@pytest.mark.parametrize("why", [Why.UNPROVEN, Why.HELD])
def test_r8_8_an_event_that_is_missed_is_not_written_to(why: Why) -> None:
    """Seed 13003100: it did not show yet where its item is, and each run wrote to it."""
    behind = replace(base(at(2)), booking=Known(version="v2", interval=at(4)))
    link = Link(
        key=booking_key(BookingItemId("apt-1")),
        origin=Side.BOOKING,
        kind=Kind.APPOINTMENT,
        interval=at(4),
        booking_id=BookingItemId("apt-1"),
        outlook_id=OutlookItemId("e-1"),
        base=behind,
    )
    hold = Hold(why=why, since=START, at=None if why is Why.HELD else at(1).start)
    held = Held(since=START, count=1) if why is Why.HELD else None

    todo = plan(replace(SCENE, held=held, cases={link.key: Case(link=replace(link, hold=hold))}))

    assert (todo.writes, todo.notes) == ((), ())
    assert len(plan(replace(SCENE, cases={link.key: Case(link=link)})).writes) == 1
