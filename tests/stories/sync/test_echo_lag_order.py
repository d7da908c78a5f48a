"""Roundings, late reads, and moves that depend on each other (cases 56 to 63; R8.14 to R8.16)."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest

from sync.engine.items import BookingItem
from sync.people.people import OnOutlookDelete
from sync.ports import Cause, MailKind
from sync.words import Interval, OutlookItemId, PersonKey, ShowAs
from tests.fakes.booking import Policy
from tests.stories.sync.moments import at, on_day
from tests.stories.sync.stillness import (
    Grid,
    assert_quiet,
    complaints,
    hours_later,
    in_step,
    mails,
    one_job,
    seen,
    spans,
)
from tests.stories.sync.wire import Call, Crash
from tests.stories.sync.world import World

GRAINS = [1, 5, 15]
#: Starts that are on no grid: 09:00:30 and the like, with lengths as odd.
ODD = [(20 + 30 / 3600, 1.0), (20 + 7 / 60 + 10 / 3600, 0.5), (20 + 59 / 60, 61 / 60), (20, 2 / 60)]


def shifted(interval: Interval, hours: float) -> Interval:
    """Gives a span so many hours later."""
    return Interval(interval.start + timedelta(hours=hours), interval.end + timedelta(hours=hours))


# --- 56: a Reserve that is rounded ---


@pytest.mark.parametrize("says_modified", [True, False])
@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["own", "attendees", "somebody else's", "series"])
async def test_r8_14_case_56_a_meeting_beside_the_grid_is_written_once_and_never_touched(
    world: World,
    kind: str,
    odd: tuple[float, float],
    grain: int,
    says_modified: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain)
    world.booking.says_modified = says_modified
    when = at(odd[0], length=odd[1])
    count = 1
    if kind == "series":
        count = 4
        world.outlook.repeat(anna, when, count=count)
    else:
        world.outlook.meet(
            anna,
            when,
            has_attendees=kind != "own",
            is_organizer=kind != "somebody else's",
        )
    before = world.outlook.items(anna)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    await assert_quiet(world, anna)
    await world.service.resync(anna)
    await world.settle()

    assert world.booking.writes == count
    assert world.outlook.writes == 0
    assert before == world.outlook.items(anna)
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("kind", ["own", "attendees"])
async def test_r8_14_case_56_a_meeting_that_moves_beside_the_grid_is_followed_once(
    world: World, kind: str, grain: int
) -> None:
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain)
    meeting = world.outlook.meet(anna, at(20.01), has_attendees=kind != "own")
    await world.sync(anna)

    world.outlook.move(anna, meeting, at(22.41))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert world.booking.writes == 2
    assert world.outlook.writes == 0
    assert spans(world, anna) == [world.booking._kept_interval(at(22.41))]
    await assert_quiet(world, anna)


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("kind", ["own", "attendees", "series"])
async def test_r8_14_case_56_a_rounded_reserve_that_the_office_moves(
    world: World, kind: str, grain: int
) -> None:
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain)
    if kind == "series":
        world.outlook.repeat(anna, at(20.01), count=3)
    else:
        world.outlook.meet(anna, at(20.01), has_attendees=kind != "own")
    await world.sync(anna)
    meetings, reserves = seen(world, anna), spans(world, anna)

    world.booking.move(anna, world.reserves(anna)[0].id, at(30))
    await world.sync(anna)

    if kind == "own":
        assert spans(world, anna) == seen(world, anna) == [at(30)]
    else:
        assert reserves == spans(world, anna)
        assert meetings == seen(world, anna)
        assert mails(world, anna, MailKind.NOT_UPDATED) == 1
    await assert_quiet(world, anna)


# --- 57: the booking product answers with another time ---


@pytest.mark.parametrize("says_modified", [True, False])
@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("minutes", [20, 7, 59, 1 / 2])
@pytest.mark.parametrize("kind", ["appointment", "reserve"])
async def test_r8_14_case_57_the_event_follows_the_answer(
    world: World,
    kind: str,
    minutes: float,
    grain: int,
    says_modified: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain)
    world.booking.says_modified = says_modified
    make = world.booking.book if kind == "appointment" else world.booking.block
    item = make(anna, at(20))
    await world.sync(anna)
    asked = at(22 + minutes / 60)
    answered = world.booking._kept_interval(asked)
    written = world.writes()

    world.outlook.move(anna, world.event_of(anna, item).id, asked)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == [answered]
    assert world.writes() - written == (1 if asked == answered else 2)
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("grain", [5, 15])
@pytest.mark.parametrize("kind", ["appointment", "reserve"])
async def test_r8_14_case_57_a_move_of_which_nothing_is_left_is_told_once(
    world: World, kind: str, grain: int
) -> None:
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain)
    make = world.booking.book if kind == "appointment" else world.booking.block
    item = make(anna, at(20))
    await world.sync(anna)

    world.outlook.move(anna, world.event_of(anna, item).id, at(20 + 4 / 60))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == [at(20)]
    assert len(world.tells(anna)) == mails(world, anna, MailKind.NOT_UPDATED) == 1
    await assert_quiet(world, anna)


@pytest.mark.parametrize("grid", [60, 300])
@pytest.mark.parametrize("kind", ["appointment", "reserve"])
async def test_r8_14_case_57_what_outlook_rounds_is_no_move(
    world: World, kind: str, grid: int
) -> None:
    anna = await world.started_person()
    world.outlook.rounding = Grid(seconds=grid)
    make = world.booking.book if kind == "appointment" else world.booking.block
    odd = at(20 + 31 / 3600)
    item = make(anna, odd)

    await world.sync(anna)
    await assert_quiet(world, anna)
    world.outlook.touch(anna, world.event_of(anna, item).id)
    await assert_quiet(world, anna)
    later = at(30 + 31 / 3600)
    world.booking.move(anna, item.id, later)
    await world.sync(anna)
    await assert_quiet(world, anna)
    await world.service.resync(anna)
    await world.settle()

    assert spans(world, anna) == [later]
    assert seen(world, anna) == [at(30)]
    assert world.booking.writes == 0
    assert world.outlook.writes == 2
    await assert_quiet(world, anna)


@pytest.mark.parametrize("grain", GRAINS)
async def test_r8_14_case_57_both_sides_on_grids_of_their_own_come_to_rest(
    world: World, grain: int
) -> None:
    anna = await world.started_person()
    world.booking.grain = timedelta(minutes=grain)
    world.outlook.rounding = Grid(seconds=600)
    item = world.booking.book(anna, at(20 + 7 / 60))
    world.outlook.meet(anna, at(30 + 7 / 60 + 1 / 3600))
    await world.sync(anna)
    await assert_quiet(world, anna)

    world.outlook.move(anna, world.event_of(anna, item).id, at(24 + 28 / 60))
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna)[0] == world.booking._kept_interval(at(24 + 28 / 60))
    await assert_quiet(world, anna)


# --- 58: texts that the booking product changes ---


@pytest.mark.parametrize("says_modified", [True, False])
@pytest.mark.parametrize("limit", [0, 20, 4000])
@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("  two  blanks ", "a note"),
        ("line\nbreak", "line\r\n\r\nbreak  \n"),
        (None, ""),
        ("x" * 400, "y" * 9000),
        ("🎉" * 300, "🎉" * 5000),
        ("\ud800 half", "a\x00b\x1fc"),
    ],
)
async def test_r8_14_case_58_texts_that_are_trimmed_and_cut_are_no_change(
    world: World,
    subject: str | None,
    body: str,
    limit: int,
    says_modified: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    world.booking.trims, world.booking.notes_limit = True, limit
    world.booking.says_modified = says_modified
    meeting = world.outlook.meet(anna, at(20), subject=subject, body=body)
    await world.sync(anna)
    await assert_quiet(world, anna)
    world.outlook.touch(anna, meeting)
    await assert_quiet(world, anna)

    await world.service.resync(anna)
    await world.settle()

    assert world.booking.writes == 1
    assert world.outlook.writes == 0
    world.outlook.edit(anna, meeting, subject="New", body="new")
    await world.sync(anna)
    assert world.booking.writes == 2
    await assert_quiet(world, anna)


# --- 59 and 60: reads that are late ---


@pytest.mark.parametrize("grain", [0, 1], ids=["fine clock", "whole seconds"])
@pytest.mark.parametrize("lag", [1, 5, 20, 50])
@pytest.mark.parametrize("kind", ["appointment", "reserve"])
async def test_r8_15_case_59_the_office_s_move_stays_while_reads_show_the_old_time(
    world: World, kind: str, lag: int, grain: int
) -> None:
    anna = await world.started_person()
    world.outlook.modified_grain = timedelta(seconds=grain)
    make = world.booking.book if kind == "appointment" else world.booking.block
    item = make(anna, at(20))
    await world.sync(anna)
    world.clock.advance(120)
    event = world.event_of(anna, item).id
    world.outlook.lag(anna, lag)

    world.booking.move(anna, item.id, at(22))
    await one_job(world, anna, Cause.BOOKING_CHANGED)
    # The feed repeats the old state, and asks for a read of it.
    world.outlook.repeats = 5
    await one_job(world, anna)
    world.clock.advance(1)
    await one_job(world, anna)
    await world.settle()

    assert spans(world, anna) == seen(world, anna) == [at(22)]
    assert world.booking.writes == 0
    assert world.event_of(anna, item).id == event
    assert complaints(world, anna) == 0
    world.outlook.repeats = 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("says_modified", [True, False])
@pytest.mark.parametrize("stale", [1, 5, 20, 50])
@pytest.mark.parametrize("kind", ["appointment", "reserve", "meeting"])
async def test_r8_15_case_59_the_person_s_move_stays_while_the_booking_product_reads_late(
    world: World,
    kind: str,
    stale: int,
    says_modified: bool,  # noqa: FBT001 - a case
) -> None:
    anna = await world.started_person()
    world.booking.says_modified = says_modified
    if kind == "meeting":
        event = world.outlook.meet(anna, at(20))
        await world.sync(anna)
    else:
        make = world.booking.book if kind == "appointment" else world.booking.block
        item = make(anna, at(20))
        await world.sync(anna)
        event = world.event_of(anna, item).id
    world.clock.advance(120)
    world.booking.stale_reads = stale
    written = world.outlook.writes

    world.outlook.move(anna, event, at(22))
    await one_job(world, anna)
    world.booking.repeats = 5
    await one_job(world, anna)
    world.clock.advance(1)
    await one_job(world, anna)
    await world.settle()

    assert spans(world, anna) == seen(world, anna) == [at(22)]
    assert written == world.outlook.writes
    assert complaints(world, anna) == 0
    world.booking.repeats = 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("act", ["moved", "renamed"])
async def test_r8_15_a_meeting_changed_before_a_read_shows_its_reserve_has_one(
    world: World, act: str
) -> None:
    anna = await world.started_person()
    world.booking.stale_reads = 20
    meeting = world.outlook.meet(anna, at(20))
    await one_job(world, anna)

    if act == "moved":
        world.outlook.move(anna, meeting, at(22))
    else:
        world.outlook.edit(anna, meeting, subject="Another")
    # In full: the listing shows nothing, and a read says 404.
    world.booking.expire_cursors(anna)
    await one_job(world, anna)
    await world.settle()

    (reserve,) = world.reserves(anna)
    (event,) = world.outlook.items(anna)
    assert (reserve.interval, reserve.title) == (event.interval, event.subject)
    await assert_quiet(world, anna)


@pytest.mark.parametrize("choice", OnOutlookDelete)
@pytest.mark.parametrize("act", ["deleted", "dragged away", "made a series"])
async def test_r8_15_what_becomes_of_an_event_while_its_item_is_read_late_is_not_forgotten(
    world: World, act: str, choice: OnOutlookDelete
) -> None:
    """Seed 8002430: the feed told of it once, and nothing was done before the next Resync."""
    anna = await world.started_person(on_outlook_delete=choice)
    drawer = world.outlook.add_calendar(anna, "Drawer")
    item = world.booking.book(anna, at(20))
    await world.sync(anna)
    world.clock.advance(120)
    event = world.event_of(anna, item).id
    world.booking.stale_reads = 20
    world.outlook.move(anna, event, at(22))
    await one_job(world, anna)

    match act:
        case "deleted":
            world.outlook.delete(anna, event)
        case "dragged away":
            world.outlook.drag(anna, event, drawer)
        case _:
            world.outlook.make_series(anna, event)
    await one_job(world, anna)
    await world.settle()

    is_cancelled = act == "deleted" and choice is OnOutlookDelete.CANCEL
    assert spans(world, anna) == seen(world, anna) == ([] if is_cancelled else [at(22)])
    assert seen(world, anna, drawer) == []
    await assert_quiet(world, anna)


@pytest.mark.parametrize("dies", [False, True])
async def test_r8_15_r5_9_a_late_read_does_not_undo_what_moved_as_it_was_made_again(
    world: World,
    dies: bool,  # noqa: FBT001 - a case
) -> None:
    """Seed 44004766: what a version had replaced was forgotten with the event before."""
    anna, item, _ = await in_step(world)
    other = world.outlook.add_calendar(anna, "Work")
    world.booking.says_modified = False
    world.booking.stale_reads = 200
    world.outlook.move(anna, world.event_of(anna, item).id, at(22))
    deaths = [Crash()] if dies else []

    def die(call: Call) -> BaseException | None:
        return deaths.pop() if deaths and str(call) == "outlook.create_event" else None

    world.wire.after = die

    await world.app.choices.change(anna, world.settings(anna, calendar_id=other))
    await one_job(world, anna)
    # In full: the listing shows what was before.
    world.booking.expire_cursors(anna)
    await one_job(world, anna)
    await hours_later(world, anna)

    assert spans(world, anna) == seen(world, anna, other) == [at(22)]
    await assert_quiet(world, anna)


@pytest.mark.parametrize("lag", [1, 3, 10, 14])
@pytest.mark.parametrize("act", ["made", "moved", "deleted", "renamed", "freed"])
async def test_r11_10_case_60_a_feed_behind_its_only_notification_is_seen_within_the_minute(
    world: World, act: str, lag: int
) -> None:
    anna, meeting = await world.met(at(20))
    world.clock.advance(120)
    world.outlook.lag(anna, lag)
    start = world.clock.now()

    match act:
        case "made":
            world.outlook.meet(anna, at(30))
        case "moved":
            world.outlook.move(anna, meeting, at(30))
        case "deleted":
            world.outlook.delete(anna, meeting)
        case "renamed":
            world.outlook.edit(anna, meeting, subject="Renamed")
        case _:
            world.outlook.edit(anna, meeting, show_as=ShowAs.FREE)
    written: list[timedelta] = []

    def note(call: str, _: PersonKey | None) -> None:
        if call in {"create_reserve", "update_item", "remove_item"}:
            written.append(world.clock.now() - start)

    world.booking.after = note
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert len(written) == 1
    assert written[0] <= timedelta(minutes=1)
    await assert_quiet(world, anna)


async def test_r11_10_case_60_a_move_of_an_appointment_behind_its_notification_arrives(
    world: World,
) -> None:
    anna, item, _ = await in_step(world)
    world.outlook.lag(anna, 3)
    start = world.clock.now()
    world.outlook.move(anna, world.event_of(anna, item).id, at(30))

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    (moved,) = world.booking.schedule(anna)
    assert moved.modified is not None
    assert moved.interval == at(30)
    assert moved.modified - start <= timedelta(minutes=1)
    await assert_quiet(world, anna)


# --- 61 to 63: moves that depend on each other ---


@dataclass(slots=True, kw_only=True)
class Piece:
    """One movable thing: where it was, and by what it is moved in Outlook."""

    kind: str
    event: OutlookItemId
    was: Interval


async def _row_of(world: World, kinds: str, first: float = 20) -> tuple[PersonKey, list[Piece]]:
    """Puts things side by side, an hour each: A(ppointment), R(eserve), M(eeting), S(eries)."""
    anna = await world.started_person()
    made: list[tuple[str, BookingItem | OutlookItemId]] = []
    for place, kind in enumerate(kinds):
        when = at(first + place)
        match kind:
            case "A":
                made.append((kind, world.booking.book(anna, when, customer=f"C{place}")))
            case "R":
                made.append((kind, world.booking.block(anna, when, title=f"R{place}")))
            case "M":
                made.append((kind, world.outlook.meet(anna, when, subject=f"M{place}")))
            case _:
                made.append((kind, world.outlook.repeat(anna, when, count=1, subject=f"S{place}")))
    await world.sync(anna)
    world.clock.advance(120)
    pieces: list[Piece] = []
    for place, (kind, thing) in enumerate(made):
        if isinstance(thing, BookingItem):
            event = world.event_of(anna, thing).id
        else:
            event = world.outlook.occurrences(anna, thing)[0] if kind == "S" else thing
        pieces.append(Piece(kind=kind, event=event, was=at(first + place)))
    return anna, pieces


def _now(world: World, person: PersonKey, pieces: list[Piece]) -> list[Interval]:
    """Gives where each thing is in Outlook, in the order in which they were made."""
    shown = {item.id: item.interval for item in world.outlook.items(person)}
    return [shown[piece.event] for piece in pieces]


@pytest.mark.parametrize("kinds", ["AM", "RM", "AS", "RS", "MM", "AA", "AR", "MA", "SA"])
@pytest.mark.parametrize("order", ["behind first", "front first"])
async def test_r8_16_case_61_into_a_time_that_another_leaves_in_the_same_sync(
    world: World, kinds: str, order: str
) -> None:
    anna, (front, behind) = await _row_of(world, kinds)
    steps = [(behind, 5.0), (front, 1.0)]
    for piece, hours in steps if order == "behind first" else reversed(steps):
        world.outlook.move(anna, piece.event, shifted(piece.was, hours))

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == [at(21), at(26)]
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("how", ["deleted", "freed", "dragged to day 120", "all-day"])
@pytest.mark.parametrize("kinds", ["AM", "RM", "AS", "MM"])
async def test_r8_16_case_61_into_the_time_of_a_meeting_that_ends(
    world: World, kinds: str, how: str
) -> None:
    anna, (front, behind) = await _row_of(world, kinds)
    world.outlook.move(anna, front.event, behind.was)
    match how:
        case "deleted":
            world.outlook.delete(anna, behind.event)
        case "freed":
            world.outlook.edit(anna, behind.event, show_as=ShowAs.FREE)
        case "all-day":
            world.outlook.make_all_day(anna, behind.event)
        case _:
            world.outlook.move(anna, behind.event, on_day(120))

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == [at(21)]
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("office", ["moves it away", "cancels it"])
@pytest.mark.parametrize("kinds", ["AA", "MA", "RA", "SA"])
async def test_r8_16_case_61_into_a_time_that_the_office_frees(
    world: World, kinds: str, office: str
) -> None:
    anna, (front, behind) = await _row_of(world, kinds)
    link = world.link_of(anna, behind.event)
    assert link.booking_id is not None
    if office == "cancels it":
        world.booking.cancel(anna, link.booking_id)
    else:
        world.booking.move(anna, link.booking_id, at(30))
    world.outlook.move(anna, front.event, behind.was)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    there = [at(21)] if office == "cancels it" else [at(21), at(30)]
    assert spans(world, anna) == seen(world, anna) == there
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("hours", [1, -1, 0.5, 2])
@pytest.mark.parametrize("order", ["last first", "first first"])
@pytest.mark.parametrize("pattern", ["A", "R", "M", "AR", "AM", "MA", "AAM", "RMS"])
async def test_r8_16_case_62_a_chain_that_is_dragged_stands_where_it_was_dragged(
    world: World, pattern: str, order: str, hours: float, length: int
) -> None:
    kinds = (pattern * length)[:length]
    anna, pieces = await _row_of(world, kinds)
    for piece in reversed(pieces) if order == "last first" else pieces:
        world.outlook.move(anna, piece.event, shifted(piece.was, hours))

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    wanted = [shifted(piece.was, hours) for piece in pieces]
    assert spans(world, anna) == _now(world, anna, pieces) == wanted
    assert complaints(world, anna) == 0
    assert world.booking.calls["create_reserve"] == sum(kind in "MS" for kind in kinds)
    await assert_quiet(world, anna)


@pytest.mark.parametrize("kinds", ["AM", "MA", "RM", "MM", "AS", "AAM", "AMA", "RAM", "AAAM"])
async def test_r8_16_case_62_a_ring_with_a_meeting_in_it_goes_through(
    world: World, kinds: str
) -> None:
    anna, pieces = await _row_of(world, kinds)
    for piece, to in [*pairwise(pieces), (pieces[-1], pieces[0])]:
        world.outlook.move(anna, piece.event, to.was)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    wanted = [*(piece.was for piece in pieces[1:]), pieces[0].was]
    assert _now(world, anna, pieces) == wanted
    assert len(spans(world, anna)) == len(kinds)
    for piece, where in zip(pieces, wanted, strict=True):
        link = world.link_of(anna, piece.event)
        twin = [x for x in world.booking.schedule(anna) if x.id == link.booking_id]
        assert [where] == [each.interval for each in twin]
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


@pytest.mark.parametrize("kinds", ["AA", "AR", "RA", "RR", "AAA", "ARA", "AAAA"])
async def test_r8_16_case_62_a_ring_without_a_meeting_is_put_back_whole_in_one_mail(
    world: World, kinds: str
) -> None:
    anna, pieces = await _row_of(world, kinds)
    for piece, to in [*pairwise(pieces), (pieces[-1], pieces[0])]:
        world.outlook.move(anna, piece.event, to.was)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert _now(world, anna, pieces) == spans(world, anna) == [piece.was for piece in pieces]
    assert len(world.tells(anna)) == len(kinds)
    assert mails(world, anna, MailKind.NOT_UPDATED) == complaints(world, anna) == 1
    await assert_quiet(world, anna)


@pytest.mark.parametrize("length", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", ["A", "R"])
@pytest.mark.parametrize("order", ["last first", "first first"])
async def test_r8_16_case_63_a_chain_into_taken_time_is_put_back_and_told_once_each(
    world: World, order: str, kind: str, length: int
) -> None:
    anna, pieces = await _row_of(world, kind * length + "A")
    blocked, wall = pieces[:-1], pieces[-1]
    for piece in reversed(blocked) if order == "last first" else blocked:
        world.outlook.move(anna, piece.event, shifted(piece.was, 1))

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert _now(world, anna, pieces) == spans(world, anna) == [piece.was for piece in pieces]
    assert len(world.tells(anna)) == length
    assert {"taken" in tell.reason for tell in world.tells(anna)} == {True}
    assert mails(world, anna, MailKind.NOT_UPDATED) == 1
    assert wall.was == at(20 + length)
    await assert_quiet(world, anna)


async def test_r8_16_case_63_the_reason_that_holds_at_the_end_is_told(world: World) -> None:
    """The one behind may not move at all; the one in front then wants a time that is taken."""
    anna, (front, behind) = await _row_of(world, "AA")
    far = on_day(60)
    world.booking.policy = Policy(max_days_ahead=30)
    world.outlook.move(anna, front.event, behind.was)
    world.outlook.move(anna, behind.event, far)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert _now(world, anna, [front, behind]) == spans(world, anna) == [at(20), at(21)]
    reasons = sorted(tell.reason for tell in world.tells(anna))
    assert reasons == [
        "Only 30 days ahead may be booked.",
        "The booking product says that this time is taken.",
    ]
    assert mails(world, anna, MailKind.NOT_UPDATED) == 1
    await assert_quiet(world, anna)


@pytest.mark.parametrize("kind", ["A", "R", "M"])
async def test_r8_16_case_63_into_a_time_whose_cancellation_waits_a_move_waits_with_it(
    world: World, kind: str
) -> None:
    anna, (front, behind) = await _row_of(world, kind + "A")
    world.outlook.delete(anna, behind.event)
    world.outlook.move(anna, front.event, behind.was)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert spans(world, anna) == seen(world, anna) == [at(21)]
    assert complaints(world, anna) == 0
    await assert_quiet(world, anna)


async def test_r8_16_case_63_undone_meanwhile_the_move_that_waited_is_refused_once(
    world: World,
) -> None:
    anna, (front, behind) = await _row_of(world, "AA")
    world.outlook.delete(anna, behind.event)
    world.outlook.move(anna, front.event, behind.was)
    await one_job(world, anna)
    world.outlook.restore(anna, behind.event)

    await world.settle()

    assert spans(world, anna) == seen(world, anna) == [at(20), at(21)]
    assert len(world.tells(anna)) == mails(world, anna, MailKind.NOT_UPDATED) == 1
    await assert_quiet(world, anna)


async def test_r8_16_case_63_into_a_time_that_is_held_a_move_is_refused(world: World) -> None:
    anna, pieces = await _row_of(world, "A" * 9)
    for piece in pieces[1:]:
        world.outlook.delete(anna, piece.event)
    world.outlook.move(anna, pieces[0].event, pieces[1].was)

    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert len(spans(world, anna)) == 9
    assert seen(world, anna) == [at(20)]
    assert len(world.connections.rows) == 1
    assert mails(world, anna, MailKind.NOT_UPDATED) == 1
    assert mails(world, anna, MailKind.HELD) == 1
    await assert_quiet(world, anna, missing=8)
