"""Each row of section 8 through the whole product in memory, however late its reads are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from sync.engine.actions import (
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    RemoveItem,
    Wait,
    WriteEvent,
    WriteItem,
)
from sync.engine.items import BookingItem, BookingKind, Refusal
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult
from sync.engine.texts import event_content, reserve_content
from sync.ports import Cause, MailKind
from sync.words import BookingItemId, CalendarId, Interval, OutlookItemId, PersonKey
from tests.fakes.booking import Policy
from tests.section_8.table import CASES
from tests.section_8.words import SAME, TAKEN, WAS, Act, Born, Does, Row, Told
from tests.stories.sync.moments import at
from tests.stories.sync.stillness import assert_quiet, complaints, mails, seen, spans
from tests.stories.sync.world import PRODUCT, World

#: How many seconds reads of Outlook and of the booking product may be behind.
LAGS = {"Outlook late": (3, 0), "booking late": (0, 3), "both late": (20, 20)}
READS = ("by feed", "in full", *LAGS)
#: Of two changes one is seen before the other.
APART = ("Outlook late", "booking late")
#: What else stands in both calendars, and is to stay.
OTHERS = [at(22), at(24)]
#: What the person wrote into the event of an item: it stays until the item changes (R6.5).
NOTE = "Join: https://teams.example.com/l/meetup-join/1"
CALLS = {
    CreateEvent: "create_event",
    WriteEvent: "update_event",
    DeleteEvent: "delete_event",
    CreateReserve: "create_reserve",
    WriteItem: "update_item",
    RemoveItem: "remove_item",
}


@dataclass(slots=True, kw_only=True)
class Pair:
    """What a row is about: the item and its event, in step."""

    world: World
    person: PersonKey
    item: BookingItemId
    event: OutlookItemId
    drawer: CalendarId

    def booked(self) -> BookingItem | None:
        schedule = self.world.booking.schedule(self.person)
        return next((each for each in schedule if each.id == self.item), None)


async def agreed(world: World, row: Row, born: Born) -> Pair:
    """Brings a pair and two others into both calendars, and ten minutes over the first sync."""
    person = world.add_person(access_type=row.may)
    drawer = world.outlook.add_calendar(person, "Drawer")
    world.booking.book(person, OTHERS[0], customer="Bystander")
    if row.may is row.may.VIEW_ONLY:
        world.booking.block(person, OTHERS[1], title="Bystander")
    else:
        world.outlook.meet(person, OTHERS[1], subject="Bystander")
    world.booking.block(person, TAKEN, kind=BookingKind.EVENT)
    item, event = _born(world, person, born)
    await world.start(person, on_outlook_delete=row.chose)
    if item is not None:
        event = world.event_of(person, item).id
        body = world.event_of(person, item).body
        world.outlook.edit(person, event, subject="Ada in Outlook", body=f"{body}{NOTE}")
    else:
        assert event is not None
        if born is Born.OCCURRENCE:
            (event,) = world.outlook.occurrences(person, event)
        (item,) = [each for each in world.reserves(person) if each.interval == WAS]
    await world.sync(person, Cause.OUTLOOK_CHANGED)
    world.clock.advance(timedelta(hours=6).total_seconds() if row.has_passed else 600)
    return Pair(world=world, person=person, item=item.id, event=event, drawer=drawer)


def _born(
    world: World, person: PersonKey, born: Born
) -> tuple[BookingItem | None, OutlookItemId | None]:
    booking, outlook = world.booking, world.outlook
    match born:
        case Born.APPOINTMENT:
            return booking.book(person, WAS, customer="Ada", service="Cut"), None
        case Born.RESERVE:
            return booking.block(person, WAS, title="Block"), None
        case Born.OCCURRENCE:
            return None, outlook.repeat(person, WAS, count=1, subject="Lunch", body="Soup")
        case _:
            return None, outlook.meet(
                person,
                WAS,
                subject="Lunch",
                body="Soup",
                has_attendees=born is Born.ATTENDED,
                is_organizer=born is not Born.FOREIGN,
            )


def done_by_the_office(pair: Pair, act: Act) -> None:
    """Does what a row says in the booking product."""
    item = pair.booked()
    assert item is not None
    if act.does is Does.DELETES:
        pair.world.booking.delete(pair.person, item.id)
    elif act != SAME:
        pair.world.booking.edit(pair.person, item.id, **act.changes(item))


def done_by_the_person(pair: Pair, act: Act) -> None:
    """Does what a row says in Outlook."""
    outlook, person, event = pair.world.outlook, pair.person, pair.event
    match act.does:
        case Does.DELETES:
            outlook.delete(person, event)
        case Does.UNDOES:
            outlook.delete(person, event)
            outlook.restore(person, event)
        case Does.REPEATS:
            outlook.make_series(person, event)
        case Does.DRAGS:
            outlook.drag(person, event, pair.drawer)
        case Does.DRAGS_BACK:
            away = outlook.drag(person, event, pair.drawer)
            if act.to is not None:
                outlook.move(person, away, act.to)
            outlook.drag(person, away, pair.world.calendar(person))
        case Does.COPIES:
            assert act.to is not None
            outlook.move(person, outlook.copy(person, event), act.to)
        case _ if act != SAME:
            (shown,) = [each for each in outlook.items(person) if each.id == event]
            outlook.edit(person, event, **act.edits(shown))


def _played() -> Iterator[Any]:
    """Gives each case as the feed tells it, and each row in all other ways of reading as well."""
    for number, (row, born) in enumerate(CASES):
        others = READS[1:] if len(row.of) == 1 else READS[1:3] if number % 2 else READS[3:]
        for reads in (READS[0], *others):
            if not (row.is_seen_together and reads in APART):
                yield pytest.param(row, born, reads, id=f"{row.told_of(born)}, {reads}")


@pytest.mark.parametrize(("row", "born", "reads"), list(_played()))
async def test_section_8(world: World, row: Row, born: Born, reads: str) -> None:
    pair = await agreed(world, row, born)
    person, before = pair.person, _calls(world)
    lines = len(world.activity(person))
    reserve = pair.booked()
    match row.refused:
        case Refusal(code="not_permitted"):
            world.booking.policy = Policy(refuse_calls=frozenset({"remove_item"}))
        case Refusal(code="errorinvalidrequest"):
            world.outlook.refused[pair.event] = row.refused
    lag, stale = LAGS.get(reads, (0, 0))
    world.outlook.lag(person, lag)
    world.booking.stale_reads = stale

    done_by_the_office(pair, row.office)
    done_by_the_person(pair, row.person)
    left = world.outlook.items(person)
    if reads == "in full":
        world.outlook.expire_cursors(person)
        world.booking.expire_cursors(person)
    await world.waker.wake(person, Cause.BOOKING_CHANGED)
    await world.sync(person, Cause.OUTLOOK_CHANGED)
    if reads in LAGS:
        world.clock.advance(30)
        await world.sync(person, Cause.OUTLOOK_CHANGED)

    copies = [row.person.to] if row.person.to and row.person.does is Does.COPIES else []
    ends = [*OTHERS, *copies, *([row.ends] if row.ends else [])]
    assert spans(world, person) == _in_order(TAKEN, *ends)
    match row.event:
        case "as its twin":
            assert seen(world, person) == _in_order(*ends)
        case "as it was left":
            assert world.outlook.items(person) == left
        case "nowhere":
            assert seen(world, person) == OTHERS
    stays = row.person.does is Does.DRAGS and not row.is_of_booking
    assert seen(world, person, pair.drawer) == ([WAS] if stays else [])
    _assert_told(world, pair, row, may_differ=reads in APART)
    if reads not in LAGS:
        assert _calls(world) - before == _written(row)
        _assert_lines(world.activity(person)[lines:], row)
    _assert_texts(pair, row, reserve)
    is_waiting = bool(row.steps) and row.steps[-1].does is Wait
    assert world.connection(person).waiting == is_waiting
    if is_waiting:
        # That its Reserve was taken away is told by the feed, and tried once more (R7.5).
        world.clock.advance(30)
        await world.sync(person)
    missing = row.has_passed and row.person.does is Does.DELETES and row.is_of_booking
    await assert_quiet(world, person, copies=len(copies), missing=int(missing))


def _in_order(*spans_: Interval) -> list[Interval]:
    return sorted(spans_, key=lambda each: each.start)


def _calls(world: World) -> Counter[str]:
    calls = world.booking.calls + world.outlook.calls
    return Counter({name: calls[name] for name in CALLS.values()})


def _written(row: Row) -> Counter[str]:
    """Gives the calls of a row's steps, and those that clear away what was left of an event."""
    calls = Counter(CALLS[step.does] for step in row.steps if step.does in CALLS)
    is_made_again = any(step.does is CreateEvent for step in row.steps)
    if is_made_again and row.person.does in {Does.DRAGS, Does.REPEATS}:
        calls["delete_event"] += 1
    return calls


def _assert_told(world: World, pair: Pair, row: Row, *, may_differ: bool) -> None:
    """Asserts that the person was told in one mail, or in none."""
    told = [Told(each.tried, each.reason, each.now) for each in world.tells(pair.person)]
    # Where two changes of one item are seen apart, the first is judged as if it were alone.
    expected = [] if row.told is None else [row.told]
    is_both = SAME not in {row.office, row.person}
    assert told == expected or (may_differ and is_both and len(told) <= 1)
    assert mails(world, pair.person, MailKind.NOT_UPDATED) == len(told)
    assert complaints(world, pair.person) == len(told)


def _assert_lines(shown: list[ActivityEntry], row: Row) -> None:
    """Asserts that each thing that was done has a line that says why (R12.1)."""
    assert ", ".join(f"{each.action} {each.result}" for each in shown) == row.lines
    for each in shown:
        if each.result is ActivityResult.REFUSED and row.told is not None:
            assert each.reason == row.told.reason
        else:
            is_told = each.action in {ActivityAction.DELETED, ActivityAction.LEFT_OUT}
            assert each.reason == (row.why if is_told else "")
    # What is not private is not called so (R7.3).
    assert {each.title == "Reserved" for each in shown} <= {row.person.does is Does.HIDES}


def _assert_texts(pair: Pair, row: Row, agreed_on: BookingItem | None) -> None:
    """Asserts that a text was written where the row says so, and nowhere else (R6.5)."""
    item = pair.booked()
    if row.event != "as its twin" or row.ends is None:
        return
    if row.is_of_booking:
        assert item is not None
        event, words = pair.world.event_of(pair.person, item), event_content(item, PRODUCT)
        is_new = any(step.does is CreateEvent for step in row.steps)
        if is_new or any(step.does is WriteEvent and step.text for step in row.steps):
            assert (event.subject, NOTE in str(event.body)) == (words.subject, False)
        else:
            theirs = "Dinner" if row.person.renames else "Ada in Outlook"
            assert (event.subject, NOTE in str(event.body)) == (theirs, True)
        return
    (meeting,) = [
        x for x in pair.world.outlook.items(pair.person) if "Bystander" not in str(x.subject)
    ]
    (reserve,) = [x for x in pair.world.reserves(pair.person) if x.title != "Bystander"]
    if row.person.does is Does.HIDES:
        assert (reserve.title, reserve.notes or "") == ("Reserved", "")
    elif any(step.text for step in row.steps):
        said = reserve_content(meeting, details=True)
        assert (reserve.title, reserve.notes or "") == (said.title, said.notes)
    else:
        assert agreed_on is not None
        of_the_office = ("Other", "Key at the desk")
        before = (agreed_on.title, agreed_on.notes)
        kept = of_the_office if row.office.renames else before
        assert (reserve.title, reserve.notes) == kept
