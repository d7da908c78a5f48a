"""What several Links mean together: questions, moves in turn, events that may be ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync.engine.actions import (
    CreateReserve,
    DeleteEvent,
    Drop,
    Note,
    RemoveItem,
    Skip,
    Wait,
    WriteEvent,
    WriteItem,
)
from sync.engine.cases import Absent, Case, Scene, Trouble
from sync.engine.items import Gone, Refusal
from sync.engine.links import Hold, Kind, Op, Side, Why, booking_key, outlook_key
from sync.engine.outlook_born_actions import meeting_state
from sync.engine.plan import CANCELLED, Plan, is_mass_deletion, plan
from sync.engine.reasons import SkipReason, explain
from sync.engine.waits import ended
from sync.people.people import Held, HeldAnswer
from sync.words import BookingItemId, OutlookItemId
from tests.laws.engine.rows import (
    AGO,
    BEGUN,
    BLOCK,
    DAY,
    EVENT,
    HOUR,
    ITEM,
    LINK,
    MEETING,
    MEETING_LINK,
    MINUTE,
    NEW,
    NOW,
    RESERVE,
    RESERVE_BEGUN,
    SCENE,
    SECOND,
    STRANGER,
    asked,
    base_of,
    booked,
    dragged,
    met,
    moved,
    waiting,
    writing,
)
from tests.stories.sync.moments import at, on_day


def scene_of(*cases: Case, scene: Scene = SCENE, **more: Any) -> Scene:
    return replace(scene, cases={case.link.key: case for case in cases}, **more)


def appointment(name: str, hours: float = 4, **known: Any) -> Case:
    """Gives an Appointment and its event, in step, at its own time."""
    item_id, event_id, where = BookingItemId(name), OutlookItemId(f"event-{name}"), at(hours)
    base = base_of(LINK)
    link = replace(
        LINK,
        key=booking_key(item_id),
        booking_id=item_id,
        outlook_id=event_id,
        interval=where,
        base=replace(
            base,
            booking=replace(base.booking, interval=where),
            outlook=replace(base.outlook, interval=where),
            interval=where,
        ),
    )
    return booked(
        link,
        **{
            "booking": replace(ITEM, id=item_id, interval=where),
            "outlook": replace(EVENT, id=event_id, interval=where),
            **known,
        },
    )


def dragged_to(name: str, before: float, after: float, **known: Any) -> Case:
    """Gives an Appointment whose event was moved."""
    case = appointment(name, before)
    assert case.link.outlook_id is not None
    event = moved(replace(EVENT, id=case.link.outlook_id), at(after))
    return replace(case, outlook=event, **known)


def meeting(name: str, hours: float = 4, after: float | None = None, **known: Any) -> Case:
    """Gives a Meeting and its Reserve, in step or moved."""
    event_id, reserve_id, where = OutlookItemId(name), BookingItemId(f"reserve-{name}"), at(hours)
    base = base_of(MEETING_LINK)
    link = replace(
        MEETING_LINK,
        key=outlook_key(event_id),
        booking_id=reserve_id,
        outlook_id=event_id,
        interval=where,
        base=replace(
            base,
            booking=replace(base.booking, interval=where),
            outlook=replace(base.outlook, interval=where),
            interval=where,
        ),
    )
    event = replace(MEETING, id=event_id, interval=where)
    return met(
        link,
        **{
            "booking": replace(RESERVE, id=reserve_id, interval=where),
            "outlook": event if after is None else moved(event, at(after)),
            **known,
        },
    )


def new_meeting(name: str, hours: float = 4, **known: Any) -> Case:
    """Gives a Meeting that no Link names."""
    event_id = OutlookItemId(name)
    link = replace(
        STRANGER, key=outlook_key(event_id), outlook_id=event_id, interval=at(hours), made=NOW
    )
    event = replace(MEETING, id=event_id, interval=at(hours))
    return met(link, **{"booking": None, "outlook": event, "is_stored": False, **known})


def deleted(name: str, *, since: timedelta = HOUR, why: Why | None = Why.UNPROVEN) -> Case:
    """Gives an Appointment whose event is gone, and was seen to be so long ago."""
    case = appointment(name, outlook=Gone())
    hold = None if why is None else Hold(why=why, since=NOW - since)
    return replace(case, link=replace(case.link, hold=hold))


def many(number: int, **more: Any) -> list[Case]:
    return [deleted(f"deleted-{n}", **more) for n in range(number)]


def others(number: int) -> list[Case]:
    return [appointment(f"other-{n}") for n in range(number)]


# --- the way in ---


def test_a_plan_sorts_what_is_decided_and_leaves_what_is_over() -> None:
    moving = dragged_to("moving", 2, 3)
    over = dragged_to("over", 5, 6, is_over=True)
    skipped = new_meeting("skipped", outlook=replace(MEETING, is_cancelled=True))
    waits = appointment("waits", outlook=Trouble(code="http_500"))
    gone = replace(appointment("gone"), booking=Gone())
    dropped = replace(appointment("dropped"), booking=Gone(), outlook=Gone())

    todo = plan(scene_of(moving, over, skipped, waits, gone, dropped))

    assert [(type(write), write.link.key) for write in todo.writes] == [
        (DeleteEvent, gone.link.key),
        (WriteItem, moving.link.key),
    ]
    assert todo.lots == {moving.link.key: 1}
    assert [type(note) for note in todo.notes] == [Wait, Drop]
    assert todo.skips == (Skip(item=skipped.outlook, reason=SkipReason.CANCELLED),)  # type: ignore[arg-type]
    assert todo.held is None
    assert plan(scene_of()) == Plan(writes=(), lots={}, notes=(), skips=(), held=None)


# --- the guard (R11.7) ---


@pytest.mark.parametrize(
    ("why", "counts"),
    [(Why.UNPROVEN, True), (Why.STALE, True), (Why.HELD, True), (Why.TAKEN, False)],
)
def test_r11_7_what_may_be_on_its_way_out_counts_as_removed(why: Why, *, counts: bool) -> None:
    link = appointment("one").link
    wait = Wait(link=link, rule="R8.10", hold=Hold(why=why, since=NOW))
    removal = RemoveItem(link=link, rule="R8.2", booking_id=ITEM.id)
    move = WriteItem(link=link, rule="R8.1", booking_id=ITEM.id, shows=at(1), interval=at(1))
    drop = Drop(link=link, rule="R6.1")
    linked = scene_of(*others(20))

    todo = Plan(
        writes=(removal,) * 6 + (move,) * 9, lots={}, notes=(wait,) * 5 + (drop,) * 9,
        skips=(), held=None,
    )  # fmt: skip

    assert is_mass_deletion(todo, linked) is counts


# --- what is known again (R8.6, R8.15, R11.7) ---


def test_r8_6_what_a_meeting_waited_for_is_noted_as_soon_as_it_can_be_read_again() -> None:
    case = new_meeting("left", is_stored=True)
    left = waiting(case.link, Why.LEFT_ALONE, of=meeting_state(MEETING, SCENE))
    hold = Hold(why=Why.UNREADABLE, since=AGO, at=NOW, tries=3, over=left.hold)

    todo = plan(scene_of(replace(case, link=replace(left, hold=hold))))

    assert todo.writes == ()
    assert todo.notes == (Note(link=left, rule="R11.8"),)
    assert [skip.reason for skip in todo.skips] == [SkipReason.LEFT_ALONE]


@pytest.mark.parametrize("code", ["http_500", "not_searched"])
def test_r11_7_what_can_not_be_looked_for_stays_in_the_question(code: str) -> None:
    cases = [
        replace(each, outlook=Absent(code=code)) for each in many(6, why=Why.HELD, since=MINUTE)
    ]
    scene = asked(scene_of(*cases))

    todo = plan(scene)

    assert todo.writes == ()
    assert {note.hold.why for note in todo.notes if isinstance(note, Wait)} == {Why.UNREADABLE}
    assert [note.hold.over for note in todo.notes if isinstance(note, Wait)] == [
        each.link.hold for each in cases
    ]
    assert todo.held is not None
    assert todo.held.count == 6
    again = [
        replace(each, outlook=Gone(), link=replace(each.link, hold=note.hold))
        for each, note in zip(cases, todo.notes, strict=True)
        if isinstance(note, Wait)
    ]
    asked_again = plan(asked(scene_of(*again)))
    assert [note.hold for note in asked_again.notes if isinstance(note, Wait)] == [
        each.link.hold for each in cases
    ]


# --- what may be an event of ours (R11.5) ---

UNRECORDED = replace(BEGUN, key=booking_key(BookingItemId("unrecorded")))


@pytest.mark.parametrize("sight", [Absent(), Trouble(code="http_500")])
def test_r11_5_a_new_event_is_no_meeting_while_one_of_ours_may_be_it(sight: Any) -> None:
    doubtful, new = booked(UNRECORDED, outlook=sight), new_meeting("new")

    waits = {note.link.key: note for note in plan(scene_of(doubtful, new)).notes}

    hold = Hold(why=Why.UNREADABLE, since=NOW, at=NOW + 10 * SECOND, tries=1, code="not_searched")
    assert waits[new.link.key] == Wait(link=new.link, rule="R11.5", hold=hold)
    again = replace(new, is_stored=True, link=replace(new.link, hold=replace(hold, at=NOW)))
    assert not any(isinstance(each, CreateReserve) for each in writes(doubtful, again))


@pytest.mark.parametrize(
    ("sight", "why"),
    [(Absent(code="http_500"), None), (Trouble(code="http_500"), None), (None, Why.UNREADABLE)],
)
@pytest.mark.parametrize("is_begun", [False, True])
def test_r8_10_a_new_event_is_no_other_meeting_while_one_of_its_uid_can_not_be_found(
    sight: Any, why: Why | None, *, is_begun: bool
) -> None:
    """Seeds 23014651, and 52003073: nobody recorded whether its Reserve was made."""
    missed, new = meeting("missed", outlook=sight), new_meeting("new")
    if is_begun:
        begun = writing(missed.link, Op.CREATE, Side.BOOKING)
        missed = replace(missed, link=replace(begun, base=None, booking_id=None))
    if why is not None:
        missed = replace(missed, link=waiting(missed.link, why, at=MINUTE))

    waits = {note.link.key: note for note in plan(scene_of(missed, new)).notes}

    hold = Hold(why=Why.UNREADABLE, since=NOW, at=NOW + 10 * SECOND, tries=1, code="not_searched")
    assert waits[new.link.key] == Wait(link=new.link, rule="R11.5", hold=hold)
    stranger = replace(new, link=replace(new.link, uid="another"))
    seen = meeting("missed")
    for cases in ((missed, stranger), (seen, new)):
        assert new.link.key in {each.link.key for each in writes(*cases)}


def test_r8_10_an_event_that_a_meeting_has_followed_is_no_other_one() -> None:
    found, new = meeting("new"), new_meeting("new", is_stored=True)
    found = replace(found, link=replace(found.link, key=outlook_key(OutlookItemId("old"))))

    todo = plan(scene_of(found, new))

    assert todo.writes == ()
    assert todo.notes == (Drop(link=new.link, rule="R11.5"),)


def writes(*cases: Case, **more: Any) -> tuple[Any, ...]:
    return plan(scene_of(*cases, **more)).writes


@pytest.mark.parametrize(
    "doubtful",
    [
        booked(UNRECORDED, outlook=dragged()),
        booked(NEW, outlook=Absent()),
        booked(LINK, outlook=Absent()),
        booked(replace(LINK, intent=BEGUN.intent), outlook=Absent()),
        booked(
            replace(NEW, intent=replace(BEGUN.intent, op=Op.WRITE)),  # type: ignore[type-var]
            outlook=Absent(),
        ),
        met(replace(RESERVE_BEGUN, uid="another"), booking=None, outlook=Absent()),
    ],
)
def test_r7_1_a_new_event_is_a_meeting_where_no_creation_of_ours_is_in_doubt(
    doubtful: Case,
) -> None:
    new = new_meeting("new")

    assert new.link.key in {each.link.key for each in writes(doubtful, new)}


def test_r7_1_what_was_known_before_or_is_of_a_series_is_a_meeting_also_then() -> None:
    doubtful = booked(UNRECORDED, outlook=Absent())
    known = new_meeting("known", is_stored=True)
    link = new_meeting("occurrence").link
    occurrence = new_meeting("occurrence")
    occurrence = replace(occurrence, link=replace(link, series=OutlookItemId("series")))

    found = {each.link.key for each in writes(doubtful, known, occurrence)}

    assert found == {known.link.key, occurrence.link.key}


def test_r11_5_an_event_that_turns_out_to_be_ours_is_no_meeting() -> None:
    ours = appointment("ours")
    assert ours.link.outlook_id is not None
    taken = new_meeting(ours.link.outlook_id)
    stored = replace(taken, is_stored=True)

    assert plan(scene_of(ours, taken)) == plan(scene_of(ours))
    assert plan(scene_of(ours, stored)).notes == (Drop(link=stored.link, rule="R11.5"),)
    second = appointment("second")
    assert second.link.outlook_id is not None
    twice = replace(new_meeting(second.link.outlook_id), is_stored=True)
    assert plan(scene_of(ours, second, stored, twice)).notes == (
        Drop(link=stored.link, rule="R11.5"),
        Drop(link=twice.link, rule="R11.5"),
    )
    # What has a Reserve, or is getting one, is another thing.
    for kept in (
        replace(stored, link=replace(meeting("x").link, outlook_id=ours.link.outlook_id)),
        replace(stored, link=replace(stored.link, intent=RESERVE_BEGUN.intent)),
    ):
        assert not any(isinstance(each, Drop) for each in plan(scene_of(ours, kept)).notes)


# --- many cancellations at once (R11.7) ---


@pytest.mark.parametrize(
    ("number", "left", "is_asked"),
    [
        (5, 20, False),
        (6, 20, True),
        (3, 2, True),
        (3, 3, False),
        (2, 0, False),
        (5, 4, True),
        (5, 5, False),
    ],
)
def test_r11_7_more_than_five_or_more_than_half_are_asked_about(
    number: int, left: int, *, is_asked: bool
) -> None:
    todo = plan(scene_of(*many(number), *others(left)))

    removals = [each for each in todo.writes if isinstance(each, RemoveItem)]
    assert len(removals) == (0 if is_asked else number)
    assert todo.held == (Held(since=NOW, count=number) if is_asked else None)


def test_r11_7_what_is_asked_about_waits_since_it_was_first_looked_for() -> None:
    known, new = many(3), [deleted(f"new-{n}", why=None) for n in range(3)]

    todo = plan(scene_of(*known, *new))

    assert todo.held == Held(since=NOW, count=6)
    assert todo.writes == ()
    assert todo.notes == tuple(
        Wait(link=case.link, rule="R11.7", hold=Hold(why=Why.HELD, since=since))
        for cases, since in ((known, AGO), (new, NOW))
        for case in cases
    )


def test_r11_7_what_is_held_has_no_call_in_doubt_and_knows_what_it_came_to() -> None:
    cases = [deleted(f"item-{n}", why=None) for n in range(6)]
    begun = replace(cases[0], link=writing(cases[0].link, Op.WRITE, Side.OUTLOOK))

    todo = plan(scene_of(begun, *cases[1:]))

    assert [note.link.intent for note in todo.notes] == [None] * 6
    # Cancelled by a run that died, and asked about again: it is written down once.
    held = [replace(case, link=waiting(case.link, Why.HELD)) for case in cases]
    died = replace(held[0], link=writing(held[0].link, Op.DELETE, Side.BOOKING))
    (note,) = plan(scene_of(died, *held[1:])).notes
    assert (note.link.key, note.link.intent) == (died.link.key, None)
    assert plan(scene_of(*held)).notes == ()


def test_r11_7_what_waits_for_its_second_look_unseen_counts_in_and_other_waits_do_not() -> None:
    seen = many(3)
    unseen = [replace(case, outlook=None) for case in many(6)[3:]]

    assert plan(scene_of(*seen, *unseen, *others(20))).held == Held(since=NOW, count=6)
    stale = [
        replace(case, link=replace(case.link, hold=Hold(why=Why.STALE, since=AGO)))
        for case in unseen
    ]
    assert plan(scene_of(*seen, *stale, *others(20))).held is None
    back = [replace(appointment(f"back-{n}"), link=case.link) for n, case in enumerate(unseen)]
    assert plan(scene_of(*seen, *back, *others(20))).held is None


def test_r11_7_reserves_and_meetings_are_never_asked_about() -> None:
    blocks = [
        replace(case, link=replace(case.link, kind=Kind.RESERVE), booking=BLOCK) for case in many(8)
    ]
    meetings = [meeting(f"gone-{n}", outlook=Gone()) for n in range(8)]

    for cases in (blocks, meetings):
        todo = plan(scene_of(*cases))

        assert todo.held is None
        assert len(todo.writes) == len(cases)


@pytest.mark.parametrize(
    ("since", "code", "is_asked"),
    [
        (10 * MINUTE - SECOND, CANCELLED, True),
        (10 * MINUTE, CANCELLED, False),
        (MINUTE, "", False),
    ],
)
def test_r11_7_cancellations_of_the_last_ten_minutes_count_together(
    since: timedelta, code: str, *, is_asked: bool
) -> None:
    done = []
    for n in range(4):
        link = ended(LINK, OutlookItemId(f"done-{n}"), NOW - since, code=code)
        done.append(Case(link=link))

    todo = plan(scene_of(*many(2), *done, *others(20)))

    assert (todo.held is not None) is is_asked
    half = plan(scene_of(*many(1), *done[:2], *others(2)))
    assert (half.held is not None) is is_asked
    less = plan(scene_of(*many(1), *done[:2], *others(3)))
    assert less.held is None


def test_r11_7_only_what_lies_in_the_window_counts_as_there() -> None:
    far = [replace(case, link=_at_day(case, 95)) for case in others(5)]
    reserves = [replace(case, link=replace(case.link, kind=Kind.RESERVE)) for case in others(9)[5:]]
    waiting_for_an_event = booked(NEW)

    todo = plan(scene_of(*many(3), *far, *reserves, waiting_for_an_event, meeting("m")))

    assert todo.held == Held(since=NOW, count=3)


def _at_day(case: Case, day: int) -> Any:
    base = base_of(case.link)
    return replace(
        case.link,
        base=replace(base, booking=replace(base.booking, interval=on_day(day))),
    )


def test_r11_7_a_question_stays_as_it_was_asked_and_what_is_deleted_meanwhile_joins() -> None:
    known = many(1, why=Why.HELD)
    joins = deleted("joins", why=None)
    scene = asked(SCENE)

    todo = plan(scene_of(*known, joins, *others(20), scene=scene))

    assert todo.held == Held(since=AGO, count=2)
    assert [note.link.key for note in todo.notes] == [joins.link.key]
    assert plan(scene_of(*others(20), scene=scene)).held is None


def test_r11_7_a_question_stands_while_nothing_is_heard_of_what_it_is_about() -> None:
    unseen = [replace(case, outlook=None) for case in many(2, why=Why.HELD)]

    todo = plan(scene_of(*unseen, *others(20), scene=asked(SCENE)))

    assert todo == Plan(writes=(), lots={}, notes=(), skips=(), held=Held(since=AGO, count=2))


@pytest.mark.parametrize(
    ("scene", "step"),
    [
        (asked(SCENE, HeldAnswer.CANCEL), RemoveItem),
        (asked(SCENE, HeldAnswer.PUT_BACK), None),
        (asked(SCENE, since=DAY), None),
    ],
)
def test_r11_7_an_answer_stands_until_nothing_is_left_of_the_question(
    scene: Scene, step: Any
) -> None:
    todo = plan(scene_of(*many(6, why=Why.HELD), scene=scene))

    if step is not None:
        assert all(isinstance(each, step) for each in todo.writes)
        assert todo.held == scene.held
    assert len(todo.writes) == 6
    assert all(not isinstance(note, Wait) for note in todo.notes)
    # What was deleted after it was asked about by nobody, and is judged once the question is over.
    later = plan(scene_of(*many(1), scene=scene))
    assert (later.writes, later.held) == ((), None)
    assert plan(scene_of(*others(3), scene=scene)).held is None


# --- moves are judged by where everything ends (R8.16) ---

TAKEN = Refusal(code="slot_taken")
FORBIDDEN = Refusal(code="not_permitted", detail="You may not.")


def test_r8_16_a_refused_move_waits_for_whatever_may_free_its_time() -> None:
    refused = dragged_to("refused", 2, 3, refusal=TAKEN)
    going = replace(meeting("going", 3), outlook=Gone())
    moving = dragged_to("moving", 3, 5)

    for other in (going, moving):
        assert [each.link.key for each in writes(refused, other)] == [other.link.key]
    # Nothing else frees a time of the schedule.
    new = new_meeting("new", 9)
    todo = plan(scene_of(refused, new))
    assert {type(each) for each in todo.writes} == {CreateReserve, WriteEvent}


def test_r8_16_a_refused_move_is_tried_again_after_a_time_was_freed() -> None:
    refused = dragged_to("refused", 2, 3, refusal=TAKEN, refused_at=1)
    other = dragged_to("other", 6, 7, refusal=TAKEN, refused_at=2)

    (again,) = writes(refused, other, freed=2)

    assert isinstance(again, WriteItem)
    assert again.link.key == refused.link.key
    assert all(isinstance(each, WriteEvent) for each in writes(refused, freed=1))


def test_r8_16_a_refused_move_with_nothing_left_to_free_it_is_put_back_and_told() -> None:
    refused = dragged_to("refused", 2, 3, refusal=TAKEN)
    forbidden = dragged_to("forbidden", 4, 5, refusal=FORBIDDEN)
    silent = dragged_to("silent", 6, 7, refusal=Refusal(code="bad_request"))

    steps = writes(refused, forbidden, silent)

    assert [type(each) for each in steps] == [WriteEvent] * 3
    assert [(each.shows, each.is_put_back) for each in steps] == [
        (at(2), True), (at(4), True), (at(6), True),
    ]  # fmt: skip
    assert [each.tell.reason for each in steps] == [
        "The booking product says that this time is taken.",
        "You may not.",
        explain(SkipReason.REFUSED).sentence,
    ]


def test_r7_5_a_reserve_that_can_not_follow_its_meeting_makes_room() -> None:
    case = meeting("moved", 2, 3, refusal=TAKEN)
    link = replace(case.link, hold=Hold(why=Why.REFUSED, since=AGO, of="another"), intent=None)
    other = dragged_to("other", 6, 7, refusal=TAKEN)

    todo = plan(scene_of(replace(case, link=link), other))

    assert todo.writes == (
        RemoveItem(
            link=link,
            rule="R7.5",
            title="Lunch",
            booking_id=BookingItemId("reserve-moved"),
            after=replace(link, base=None, booking_id=None, hold=None, interval=at(3)),
        ),
    )
    assert todo.notes == ()


def test_r7_5_a_reserve_makes_room_for_a_taken_time_only() -> None:
    forbidden = meeting("moved", 2, 3, refusal=FORBIDDEN)
    renamed = meeting("renamed", 2, refusal=FORBIDDEN)
    renamed = replace(renamed, outlook=replace(MEETING, id=OutlookItemId("renamed"), subject="X"))

    todo = plan(scene_of(forbidden, renamed))

    assert todo.writes == ()
    assert [type(each) for each in todo.notes] == [Wait, Wait]
    assert [each.rule for each in todo.notes] == ["R7.5", "R7.5"]
    # A Reserve that the office moved, and that can't go back, stays where it is.
    office = meeting("office", 2, refusal=TAKEN)
    assert office.booking is not None
    office = replace(
        office,
        booking=replace(RESERVE, id=BookingItemId("reserve-office"), interval=at(6)),
        outlook=replace(MEETING, id=OutlookItemId("office"), interval=at(2), has_attendees=True),
    )
    assert not any(isinstance(each, RemoveItem) for each in writes(office))


@pytest.mark.parametrize(
    ("why", "until", "tries", "hours", "waits"),
    [
        (Why.UNPROVEN, MINUTE, 0, 3, True),
        (Why.UNPROVEN, MINUTE, 0, 2.5, True),
        (Why.STALE, MINUTE, 0, 3, True),
        (Why.UNREADABLE, MINUTE, 3, 3, True),
        (Why.UNREADABLE, MINUTE, 4, 3, False),
        (Why.HELD, MINUTE, 0, 3, False),
        (Why.REFUSED, MINUTE, 1, 3, False),
        (Why.UNPROVEN, None, 0, 3, False),
        (Why.UNPROVEN, MINUTE, 0, 4, False),
    ],
)
def test_r8_16_a_move_waits_with_the_cancellation_whose_time_it_wants(
    why: Why, until: timedelta | None, tries: int, hours: float, *, waits: bool
) -> None:
    refused = dragged_to("refused", 1, 3, refusal=TAKEN)
    going = appointment("going", hours, outlook=None)
    going = replace(going, link=waiting(going.link, why, at=until, tries=tries), is_over=True)
    new = new_meeting("new", 3, refusal=TAKEN)

    todo = plan(scene_of(refused, going, new))

    notes = {note.link.key: note for note in todo.notes}
    if not waits:
        assert [type(each) for each in todo.writes] == [WriteEvent]
        return
    hold = Hold(why=Why.WAITS, since=NOW, at=NOW + MINUTE + SECOND)
    assert todo.writes == ()
    assert notes[refused.link.key] == Wait(link=refused.link, rule="R8.16", hold=hold)
    assert notes[new.link.key] == Wait(link=new.link, rule="R8.16", hold=hold)


def test_r8_16_a_move_waits_for_the_last_of_several_cancellations() -> None:
    refused = dragged_to("refused", 1, 3, refusal=TAKEN)
    going = [
        replace(case, link=waiting(case.link, Why.UNPROVEN, at=n * MINUTE), is_over=True)
        for n, case in enumerate([appointment("a", 3), appointment("b", 3)], start=1)
    ]
    nothing_there = replace(booked(waiting(NEW, Why.UNPROVEN, at=5 * MINUTE)), is_over=True)

    (wait,) = plan(scene_of(refused, *going, nothing_there)).notes

    assert isinstance(wait, Wait)
    assert wait.hold.at == NOW + 2 * MINUTE + SECOND
    # A refusal for another reason has no use for a free time.
    forbidden = replace(refused, refusal=FORBIDDEN)
    assert [type(each) for each in writes(forbidden, *going)] == [WriteEvent]


def test_r8_16_what_frees_time_goes_before_what_takes_it() -> None:
    going = replace(meeting("going", 5), outlook=Gone())
    first, second = dragged_to("first", 3, 4), dragged_to("second", 4, 5)
    new = new_meeting("new", 3)
    quiet = replace(appointment("quiet", 8), booking=Gone())

    todo = plan(scene_of(new, first, second, going, quiet))

    assert todo.lots == {
        going.link.key: 0,
        second.link.key: 1,
        first.link.key: 2,
        new.link.key: 3,
    }
    order = [going, quiet, second, first, new]
    assert [each.link.key for each in todo.writes] == [case.link.key for case in order]


def test_r8_16_moves_that_do_not_touch_each_other_go_together() -> None:
    first, second = dragged_to("first", 2, 3), dragged_to("second", 6, 7)
    new = new_meeting("new", 12)

    assert plan(scene_of(first, second, new)).lots == {
        first.link.key: 1,
        second.link.key: 1,
        new.link.key: 2,
    }
    assert plan(scene_of(new)).lots == {new.link.key: 1}


def test_r8_16_in_a_swap_a_reserve_of_ours_makes_room_first() -> None:
    ours, theirs = meeting("ours", 2, 4), dragged_to("theirs", 4, 2)

    assert plan(scene_of(theirs, ours)).lots == {ours.link.key: 1, theirs.link.key: 2}
    one, other = dragged_to("one", 2, 4), dragged_to("other", 4, 2)
    assert plan(scene_of(one, other)).lots == {one.link.key: 1, other.link.key: 1}
    # Where a Reserve stands is what the booking product made of it, not where its Meeting is.
    base = base_of(ours.link)
    rounded = replace(base, booking=replace(base.booking, interval=at(2.5)))
    going = replace(ours, link=replace(ours.link, base=rounded), outlook=moved(MEETING, at(8)))
    wants = dragged_to("wants", 6, 3)
    assert plan(scene_of(wants, going)).lots == {going.link.key: 1, wants.link.key: 2}
    # An event that is made a bit longer is in nobody's way but its own.
    longer = dragged_to("longer", 2, 2.5)
    assert plan(scene_of(longer)).lots == {longer.link.key: 1}
