"""What is asked before anything is decided, and what an answer proves (R8.10, R8.17, R11.5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sync.engine.cases import Absent, Case, Scene, Trouble
from sync.engine.items import Elsewhere, Found, Gone, OutlookItem, OutlookKind
from sync.engine.links import Link, Op, Side, Why, outlook_key
from sync.engine.questions import (
    Answer,
    Ask,
    AskCalendars,
    AskEvent,
    AskItem,
    AskMaster,
    AskReserve,
    Search,
    answered,
    proven,
    questions,
)
from sync.engine.waits import ended, to_be_deleted
from sync.words import CalendarId, Interval, OutlookItemId
from tests.laws.engine.rows import (
    AGO,
    BEGUN,
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
    SOUTH,
    STRANGER,
    THERE,
    asked,
    base_of,
    dragged,
    moved,
    series,
    waiting,
    writing,
)
from tests.stories.sync.moments import at

HERE = SCENE.calendar_id
FARTHER = type(THERE)("farther")
OPEN = replace(SCENE, others=None)
LISTED = replace(SCENE, others=(THERE, FARTHER))
BASE = base_of(LINK)
SERIES = OutlookItemId("series")
OCCURRENCE_LINK = replace(MEETING_LINK, series=SERIES)
ITEM_ASK = AskItem(key=LINK.key, item_id=ITEM.id)
EVENT_ASK = AskEvent(key=LINK.key, calendar_id=HERE, item_id=EVENT.id)
RESERVE_ASK = AskItem(key=MEETING_LINK.key, item_id=RESERVE.id)
MEETING_ASK = AskEvent(key=MEETING_LINK.key, calendar_id=HERE, item_id=MEETING.id)
MARK = "k:item:g"


def search(calendar: Any = HERE, link: Link = LINK, mark: str = MARK) -> Search:
    return Search(key=link.key, calendar_id=calendar, mark=mark, uid=link.uid)


def scene_of(*cases: Case, scene: Scene = SCENE) -> Scene:
    return replace(scene, cases={case.link.key: case for case in cases})


def asks(*cases: Case, scene: Scene = SCENE, since: datetime | None = None) -> tuple[Ask, ...]:
    return questions(scene_of(*cases, scene=scene), since)


def told(link: Link = LINK, **known: Any) -> Case:
    """Gives a pair of the first table of which nothing was read by itself."""
    return Case(link=link, **known)


# --- what is asked ---


def test_r8_8_of_what_is_as_it_was_nothing_is_asked() -> None:
    assert asks(told(), told(MEETING_LINK)) == ()
    assert asks(told(booking=ITEM, outlook=EVENT)) == ()
    assert asks(told(MEETING_LINK, booking=RESERVE, outlook=MEETING)) == ()
    over = told(MEETING_LINK, booking=Absent(), is_over=True)
    assert asks(over) == ()
    assert asks(over, told(booking=Absent())) == (ITEM_ASK,)


def test_r8_10_what_is_missing_is_asked_for_by_its_id() -> None:
    assert asks(told(booking=Absent())) == (ITEM_ASK,)
    assert asks(told(outlook=Absent())) == (EVENT_ASK,)
    assert asks(told(MEETING_LINK, booking=Absent(), outlook=Absent())) == (
        RESERVE_ASK, MEETING_ASK,
    )  # fmt: skip
    assert asks(told(replace(LINK, outlook_id=None), outlook=Absent())) == ()
    assert asks(told(replace(LINK, booking_id=None), booking=Absent())) == ()


@pytest.mark.parametrize(
    "link",
    [
        waiting(LINK, Why.STALE, at=-SECOND),
        waiting(LINK, Why.UNREADABLE, at=timedelta(0)),
        writing(LINK, Op.WRITE, Side.OUTLOOK),
    ],
)
def test_r11_5_both_sides_are_asked_for_what_is_due_or_in_doubt(link: Link) -> None:
    assert asks(told(link)) == (ITEM_ASK, EVENT_ASK)
    assert asks(told(link, booking=ITEM, outlook=EVENT, is_read=True)) == ()
    assert asks(told(link, booking=Gone(), outlook=Trouble(code="x"))) == ()
    assert asks(told(link, is_stale=True)) == ()


@pytest.mark.parametrize(
    ("why", "is_asked"),
    [
        (Why.UNREADABLE, True), (Why.REFUSED, True), (Why.STALE, True), (Why.WAITS, True),
        (Why.PUT_BACK, False), (Why.BEYOND, False),
    ],
)  # fmt: skip
def test_r11_8_what_waits_is_asked_for_when_the_other_side_is_told_of(
    why: Why, *, is_asked: bool
) -> None:
    link = waiting(LINK, why, at=HOUR)

    assert asks(told(link, booking=ITEM)) == ((EVENT_ASK,) if is_asked else ())
    assert asks(told(link, outlook=EVENT)) == ((ITEM_ASK,) if is_asked else ())
    assert asks(told(link, booking=Gone())) == (EVENT_ASK,)
    assert asks(told(link, outlook=Trouble(code="x"))) == ()
    assert asks(told(link)) == ()
    # What waits may have been told of one side, and is told now that the other one is gone.
    reserve = waiting(MEETING_LINK, why, at=HOUR)
    for gone in (Absent(), Gone()):
        also = (MEETING_ASK,) if is_asked else ()
        asked = tuple(ask for ask in asks(told(reserve, booking=gone)) if ask != RESERVE_ASK)
        assert asked == also


@pytest.mark.parametrize("sight", [Gone(), dragged(), series(EVENT)])
def test_r8_12_what_may_have_to_be_made_again_is_made_from_what_there_is(sight: Any) -> None:
    known = {"outlook": sight, "is_read": True}

    assert asks(told(**known)) == (ITEM_ASK,)
    assert asks(told(**known, booking=ITEM)) == ()
    assert asks(told(**known, is_stale=True)) == ()
    assert asks(told(MEETING_LINK, **known)) == ()


def test_r11_5_an_item_whose_event_has_an_unknown_text_is_asked_for() -> None:
    unknown = replace(LINK, base=replace(BASE, text=""))

    assert asks(told(unknown)) == (ITEM_ASK,)
    silent = replace(MEETING_LINK, base=replace(base_of(MEETING_LINK), text=""))
    assert asks(told(silent)) == ()
    assert asks(told(NEW)) == ()


@pytest.mark.parametrize(
    ("event", "is_asked"),
    [
        (EVENT, False),
        (moved(EVENT, at(8)), True),
        (replace(EVENT, is_all_day=True), True),
    ],
)
def test_r8_1_an_event_that_would_move_its_item_is_read_by_itself_first(
    event: OutlookItem, *, is_asked: bool
) -> None:
    assert asks(told(booking=ITEM, outlook=event)) == ((EVENT_ASK,) if is_asked else ())
    assert asks(told(booking=ITEM, outlook=event, is_read=True)) == ()
    assert asks(told(booking=ITEM, outlook=event, is_stored=False)) == ()
    alone = replace(LINK, base=None)
    assert asks(told(alone, booking=ITEM, outlook=event)) == ()


@pytest.mark.parametrize(
    ("event", "is_asked"),
    [(MEETING, False), (moved(MEETING, at(8)), False), (replace(MEETING, is_declined=True), True)],
)
def test_r7_1_a_meeting_that_would_take_its_reserve_away_is_read_by_itself_first(
    event: OutlookItem, *, is_asked: bool
) -> None:
    known = told(MEETING_LINK, outlook=event)
    assert asks(known) == ((MEETING_ASK,) if is_asked else ())
    assert asks(replace(known, link=STRANGER)) == ()


@pytest.mark.parametrize(
    ("case", "is_asked"),
    [
        (told(booking=Gone()), True),
        (told(booking=replace(ITEM, location_id=SOUTH)), True),
        (told(booking=replace(ITEM, version="v2")), False),
        (told(NEW, booking=Gone()), False),
        (told(booking=Trouble(code="x")), False),
        (told(booking=Gone(), is_stale=True), False),
    ],
)
def test_r8_12_an_event_that_has_to_go_is_looked_for_where_it_is(
    case: Case, *, is_asked: bool
) -> None:
    assert asks(case) == ((EVENT_ASK,) if is_asked else ())


@pytest.mark.parametrize("why", [Why.UNPROVEN, Why.HELD])
def test_r8_10_an_item_that_is_told_of_while_its_event_is_missing_has_it_looked_for(
    why: Why,
) -> None:
    link = waiting(LINK, why, at=HOUR)
    scene = replace(SCENE, held=None) if why is Why.UNPROVEN else asked(SCENE)

    assert asks(told(link, booking=ITEM), scene=scene) == (EVENT_ASK,)
    assert asks(told(link), scene=scene) == ()


@pytest.mark.parametrize(
    ("made", "since", "is_asked"),
    [
        (NOW - MINUTE, NOW - 31 * SECOND, True),
        (NOW - MINUTE, NOW - 30 * SECOND, True),
        (NOW - MINUTE, NOW - 29 * SECOND, False),
        (NOW - MINUTE, None, False),
        (None, NOW - HOUR, False),
    ],
)
def test_r8_10_what_the_feed_need_not_tell_of_is_asked_for(
    made: datetime | None, since: datetime | None, *, is_asked: bool
) -> None:
    link = replace(LINK, made=made)

    assert asks(told(link), since=since) == ((EVENT_ASK,) if is_asked else ())
    assert asks(told(link, is_stored=False), since=since) == ()
    assert asks(told(replace(link, base=None)), since=since) == ()


def test_r6_1_what_has_ended_is_asked_for_by_nobody_and_what_is_left_over_when_it_is_missed() -> (
    None
):
    left = to_be_deleted(LINK, EVENT.id)
    ask = AskEvent(key=left.key, calendar_id=HERE, item_id=EVENT.id)

    assert asks(told(ended(LINK, EVENT.id, NOW), outlook=Absent())) == ()
    assert asks(told(left)) == ()
    assert asks(told(left, outlook=EVENT)) == ()
    assert asks(told(left, outlook=Absent())) == (ask,)
    read = told(left, outlook=Absent(is_read=True))
    assert asks(read, scene=LISTED) == (search(link=left, mark="k:None:"),)


# what is not there


def test_r8_10_what_is_not_found_is_looked_for_in_all_calendars_one_after_the_other() -> None:
    def absent(*searched: Any, **more: Any) -> Case:
        return told(outlook=Absent(is_read=True, searched=frozenset(searched), **more))

    assert asks(absent(), scene=LISTED) == (search(),)
    assert asks(absent(HERE), scene=OPEN) == (AskCalendars(),)
    assert asks(absent(HERE), scene=LISTED) == (search(THERE), search(FARTHER))
    assert asks(absent(HERE, THERE), scene=LISTED) == (search(FARTHER),)
    assert asks(absent(HERE, THERE, FARTHER), scene=LISTED) == ()
    assert asks(absent(HERE), scene=replace(SCENE, others=Trouble(code="x"))) == ()
    assert asks(absent(code="http_403"), scene=LISTED) == ()


def test_r8_10_a_meeting_is_looked_for_in_the_synced_calendar_only() -> None:
    absent = Absent(is_read=True)
    mark = "k:reserve:g"

    assert asks(told(MEETING_LINK, outlook=absent), scene=OPEN) == (
        search(link=MEETING_LINK, mark=mark),
    )
    searched = replace(absent, searched=frozenset({HERE}))
    assert asks(told(MEETING_LINK, outlook=searched), scene=OPEN) == ()


def test_r8_17_an_occurrence_is_asked_of_its_master() -> None:
    absent = Absent(is_read=True)
    ask = AskMaster(key=MEETING_LINK.key, item_id=SERIES)

    assert asks(told(OCCURRENCE_LINK, outlook=Absent())) == (MEETING_ASK,)
    assert asks(told(OCCURRENCE_LINK, outlook=absent), scene=OPEN) == (ask,)
    answered_already = told(OCCURRENCE_LINK, outlook=absent, master=Gone())
    assert asks(answered_already, scene=OPEN) == ()


def test_r11_5_an_event_that_may_have_been_made_is_looked_for_everywhere() -> None:
    begun = replace(BEGUN, booking_id=ITEM.id)
    here = search(link=begun)

    assert asks(told(begun, booking=ITEM), scene=LISTED) == (here,)
    absent = Absent(is_read=True, searched=frozenset({HERE}))
    assert asks(told(begun, booking=ITEM, outlook=absent), scene=OPEN) == (AskCalendars(),)
    for sight in (Absent(code="http_403"), EVENT, Gone(), Trouble(code="x")):
        assert asks(told(begun, booking=ITEM, outlook=sight), scene=LISTED) == ()
    assert asks(told(begun), scene=LISTED) == (ITEM_ASK, here)


def test_r11_5_a_reserve_that_may_have_been_made_is_looked_for_by_its_reference() -> None:
    ask = AskReserve(key=RESERVE_BEGUN.key, ref=f"k:{RESERVE_BEGUN.key}:g", interval=at(4))

    assert asks(told(RESERVE_BEGUN)) == (ask, MEETING_ASK)
    assert asks(told(RESERVE_BEGUN, outlook=MEETING)) == (ask,)
    assert asks(told(RESERVE_BEGUN, is_stale=True)) == (ask,)
    assert asks(told(RESERVE_BEGUN, booking=Gone(), outlook=MEETING)) == ()
    assert asks(told(RESERVE_BEGUN, booking=Gone(), outlook=Absent())) == (MEETING_ASK,)
    nowhere = replace(RESERVE_BEGUN, outlook_id=None)
    assert asks(told(nowhere)) == (ask,)
    known = replace(RESERVE_BEGUN, booking_id=RESERVE.id)
    assert asks(told(known, outlook=MEETING)) == (RESERVE_ASK,)


def test_each_question_is_asked_once() -> None:
    absent = Absent(is_read=True, searched=frozenset({HERE}))
    other = replace(LINK, key=outlook_key(OutlookItemId("other")))

    assert asks(told(outlook=absent), told(other, outlook=absent), scene=OPEN) == (AskCalendars(),)


# --- what an answer means ---


def after(case: Case, ask: Ask, answer: Answer, scene: Scene = LISTED) -> Case:
    return answered(scene_of(case, scene=scene), ask, answer).cases[case.link.key]


TROUBLE = Trouble(code="http_500", wait=5)


def test_an_item_is_what_was_answered() -> None:
    case = told(booking=Absent())

    assert after(case, ITEM_ASK, TROUBLE) == replace(case, booking=TROUBLE)
    assert after(case, ITEM_ASK, None) == replace(case, booking=Gone())
    assert after(case, ITEM_ASK, ITEM) == replace(case, booking=ITEM)
    old = replace(LINK, base=replace(BASE, booking=replace(BASE.booking, older=("v0",))))
    stale = after(told(old), ITEM_ASK, replace(ITEM, version="v0"))
    assert stale == told(old, is_stale=True)


def test_r11_5_a_reserve_of_ours_that_was_found_is_the_link_s() -> None:
    case = told(RESERVE_BEGUN)
    ask = AskReserve(key=RESERVE_BEGUN.key, ref="r", interval=at(4))

    assert after(case, ask, TROUBLE) == replace(case, booking=TROUBLE)
    assert after(case, ask, None) == replace(case, booking=Gone())
    assert after(case, ask, RESERVE) == told(
        replace(RESERVE_BEGUN, booking_id=RESERVE.id), booking=RESERVE
    )


def test_r8_10_an_event_is_what_was_answered_and_a_404_is_no_proof_yet() -> None:
    missed = told(outlook=Absent())

    assert after(missed, EVENT_ASK, EVENT) == told(outlook=EVENT, is_read=True)
    assert after(missed, EVENT_ASK, None) == told(outlook=Absent(is_read=True))
    assert after(missed, EVENT_ASK, TROUBLE) == told(outlook=Absent(code="http_500"))
    assert after(told(), EVENT_ASK, TROUBLE) == told(outlook=TROUBLE)
    assert after(told(), EVENT_ASK, None) == told(outlook=Absent(is_read=True))


def test_r8_10_a_404_about_what_the_feed_shows_is_a_contradiction() -> None:
    shown = told(outlook=moved(EVENT, at(8)), is_shown=True)
    trouble = Trouble(code="not_readable")

    contradicted = after(shown, EVENT_ASK, None)
    assert contradicted == replace(shown, outlook=trouble, is_read=True)
    missed_since = replace(shown, outlook=Absent())
    assert after(missed_since, EVENT_ASK, None).outlook == Absent(is_read=True)
    unshown = replace(shown, is_shown=False)
    assert after(unshown, EVENT_ASK, None).outlook == Absent(is_read=True)


@pytest.mark.parametrize(
    ("why", "code", "sight", "goes_on"),
    [
        (Why.UNREADABLE, "not_readable", None, True),
        (Why.UNREADABLE, "not_readable", Absent(), False),
        (Why.UNREADABLE, "http_500", None, False),
        (Why.REFUSED, "not_readable", None, False),
    ],
)
def test_r8_10_a_feed_that_has_shown_it_contradicts_until_it_tells_of_its_end(
    why: Why, code: str, sight: Any, *, goes_on: bool
) -> None:
    case = told(waiting(LINK, why, code=code), outlook=sight)

    found = after(case, EVENT_ASK, None).outlook

    assert found == (Trouble(code="not_readable") if goes_on else Absent(is_read=True))


def test_r8_17_an_occurrence_is_proven_to_be_gone_by_its_master_s_own_answer() -> None:
    ask = AskMaster(key=MEETING_LINK.key, item_id=SERIES)
    searched = frozenset({HERE})
    case = told(OCCURRENCE_LINK, outlook=Absent(is_read=True, searched=searched))
    master = replace(MEETING, id=SERIES, kind=OutlookKind.MASTER)

    assert after(case, ask, master) == replace(case, master=master, outlook=Gone())
    assert after(case, ask, None) == replace(case, master=Gone(), outlook=Gone())
    assert after(case, ask, TROUBLE) == replace(
        case,
        master=TROUBLE,
        outlook=Absent(is_read=True, searched=searched, code="http_500"),
    )


def found(event: OutlookItem, mark: str | None = MARK, created: Any = AGO) -> Found:
    return Found(item=event, mark=mark, created=created)


NOT_THERE = Absent(is_read=True, searched=frozenset({HERE}))
FRESH = replace(EVENT, id=OutlookItemId("fresh"), etag="w2", modified=NOW)


def test_r8_10_an_event_that_is_found_is_followed_to_where_it_is() -> None:
    missed = told(outlook=Absent(is_read=True))

    assert after(missed, search(), (found(FRESH),)) == Case(
        link=replace(LINK, outlook_id=FRESH.id, made=NOW), outlook=FRESH, is_read=True
    )
    unread = replace(FRESH, problem="unreadable_time")
    assert after(missed, search(), (found(unread),)) == told(
        outlook=Trouble(code="unreadable_time")
    )
    away = replace(missed, outlook=NOT_THERE)
    there = Elsewhere(calendar_id=THERE, outlook_id=FRESH.id, event=FRESH)
    assert after(away, search(THERE), (found(FRESH),)) == told(outlook=there)
    begun = told(BEGUN, outlook=NOT_THERE)
    adopted = after(begun, search(THERE, BEGUN), (found(FRESH),))
    assert adopted == told(replace(BEGUN, uid="uid"), outlook=there)
    bare = after(away, search(THERE), (found(replace(FRESH, uid="uid")),))
    assert bare.link.uid == "uid"
    unmarked = after(
        told(BEGUN, outlook=NOT_THERE), search(THERE, BEGUN), (found(replace(FRESH, uid=None)),)
    )
    assert unmarked.link.uid is None


@pytest.mark.parametrize(
    "other",
    [(), (found(replace(EVENT, uid="of a copy")),), TROUBLE],
    ids=["nothing", "a copy", "trouble"],
)
@pytest.mark.parametrize("problem", [None, "unreadable_time"])
def test_r8_10_what_was_found_stays_found_whatever_another_calendar_holds(
    problem: str | None, other: Any
) -> None:
    there = found(replace(FRESH, uid="uid", problem=problem))
    missed = told(replace(LINK, uid="uid"), outlook=NOT_THERE)
    seen = after(missed, search(THERE), (there,))

    assert after(seen, search(CalendarId("third")), other) == seen


def test_r8_10_nothing_anywhere_is_noted_by_calendar() -> None:
    missed = told(outlook=Absent(is_read=True))

    assert after(missed, search(), ()) == told(outlook=NOT_THERE)
    both = frozenset({HERE, THERE})
    away = told(outlook=NOT_THERE)
    assert after(away, search(THERE), ()).outlook == replace(NOT_THERE, searched=both)
    assert after(away, search(THERE), TROUBLE).outlook == replace(NOT_THERE, code="http_500")
    begun = told(BEGUN)
    assert after(begun, search(link=BEGUN), ()).outlook == NOT_THERE
    assert after(begun, search(link=BEGUN), TROUBLE).outlook == Absent(
        is_read=True, code="http_500"
    )
    for sight in (EVENT, dragged()):
        known = told(outlook=sight)
        assert after(known, search(THERE), ()) == known
        assert after(known, search(THERE), TROUBLE) == known


@pytest.mark.parametrize(
    ("link", "answer", "picked"),
    [
        # By its uid, where that is known: a copy bears the mark and has another (R8.11).
        (LINK, [found(FRESH), found(replace(EVENT, uid="copy"))], "fresh"),
        (LINK, [found(replace(FRESH, uid="copy"))], None),
        (LINK, [found(FRESH, mark=None)], "fresh"),
        # Else the oldest with its mark.
        (BEGUN, [found(FRESH, created=NOW), found(EVENT, created=AGO)], "event"),
        (BEGUN, [found(EVENT, created=NOW), found(FRESH, created=AGO)], "fresh"),
        (BEGUN, [found(FRESH, created=None), found(EVENT, created=NOW)], "event"),
        (BEGUN, [found(FRESH, created=AGO), found(EVENT, created=AGO)], "event"),
        (BEGUN, [found(FRESH, created=None), found(EVENT, created=None)], "event"),
        (BEGUN, [found(FRESH, mark="k:item:other")], None),
        (BEGUN, [found(FRESH, mark=None)], None),
    ],
)
def test_r8_11_the_event_of_a_link_is_told_from_its_copies(
    link: Link, answer: list[Found], picked: str | None
) -> None:
    case = told(link, outlook=Absent(is_read=True))

    seen = after(case, search(link=link), tuple(answer)).outlook

    if picked is None:
        assert seen == NOT_THERE
    else:
        assert isinstance(seen, OutlookItem)
        assert seen.id == picked


def test_r8_10_the_other_calendars_are_known_for_everybody_who_is_looked_for() -> None:
    scene = scene_of(told(), scene=OPEN)

    assert answered(scene, AskCalendars(), (THERE, FARTHER)) == replace(
        scene, others=(THERE, FARTHER)
    )
    assert answered(scene, AskCalendars(), TROUBLE).others == TROUBLE
    assert answered(scene, AskCalendars(), ()).others == ()
    assert answered(scene, AskCalendars(), None).others == ()


def test_an_answer_that_fits_no_question_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="AskItem is answered by OutlookItem"):
        after(told(), ITEM_ASK, EVENT)


def test_r8_10_what_was_taken_for_new_is_this_link_s_event_under_its_new_id() -> None:
    missed = told(outlook=Absent(is_read=True))
    new = Case(
        link=replace(STRANGER, key=outlook_key(FRESH.id), outlook_id=FRESH.id), is_stored=False
    )
    occurrence = Case(
        link=replace(STRANGER, key=outlook_key(SERIES), outlook_id=SERIES, series=FRESH.id),
        is_stored=False,
    )
    other = Case(link=replace(STRANGER, key=outlook_key(MEETING.id)), is_stored=False)
    stored = replace(new, link=replace(new.link, key=outlook_key(EVENT.id)), is_stored=True)
    scene = scene_of(missed, new, occurrence, other, stored, scene=LISTED)

    followed = answered(scene, search(), (found(FRESH),))

    assert followed.cases.keys() == {LINK.key, other.link.key, stored.link.key}
    away = replace(scene, cases={**scene.cases, LINK.key: told(outlook=NOT_THERE)})
    assert answered(away, search(THERE), (found(FRESH),)).cases.keys() == scene.cases.keys()


# --- what is proven once nothing is left to ask ---


@pytest.mark.parametrize(
    ("link", "absent", "others", "proof"),
    [
        (LINK, Absent(is_read=True, searched=frozenset({HERE, THERE, FARTHER})),
         (THERE, FARTHER), Gone()),
        (LINK, NOT_THERE, (), Gone()),
        (LINK, Absent(is_read=True, searched=frozenset({HERE, THERE})),
         (THERE, FARTHER), None),
        (LINK, Absent(is_read=True, searched=frozenset({THERE, FARTHER})),
         (THERE, FARTHER), None),
        (LINK, replace(NOT_THERE, is_read=False), (), None),
        (LINK, replace(NOT_THERE, code="http_403"), (), None),
        (LINK, NOT_THERE, None, None),
        (LINK, NOT_THERE, TROUBLE, replace(NOT_THERE, code="http_500")),
        (MEETING_LINK, NOT_THERE, None, Gone()),
        (MEETING_LINK, NOT_THERE, TROUBLE, Gone()),
        (MEETING_LINK, Absent(is_read=True), (), None),
        (OCCURRENCE_LINK, NOT_THERE, (), None),
    ],
)  # fmt: skip
def test_r8_10_a_deletion_is_proven_when_it_was_looked_for_everywhere_in_vain(
    link: Link, absent: Absent, others: Any, proof: Any
) -> None:
    before = told(link, outlook=absent)
    scene = scene_of(before, scene=replace(SCENE, others=others))

    (case,) = proven(scene).cases.values()

    assert case == (before if proof is None else replace(before, outlook=proof))


def test_r8_10_each_missing_event_is_judged_by_itself() -> None:
    occurrence = told(OCCURRENCE_LINK, outlook=NOT_THERE)
    unread = told(replace(LINK, key=outlook_key(EVENT.id)), outlook=Absent())
    elsewhere = told(
        replace(LINK, key=outlook_key(FRESH.id)),
        outlook=Absent(is_read=True, searched=frozenset({THERE})),
    )
    missing = told(outlook=NOT_THERE)

    cases = proven(scene_of(occurrence, unread, elsewhere, missing)).cases

    assert cases[LINK.key].outlook == Gone()
    assert [cases[case.link.key] for case in (occurrence, unread, elsewhere)] == [
        occurrence, unread, elsewhere,
    ]  # fmt: skip


def test_r11_5_a_reserve_that_may_have_been_made_is_looked_for_wherever_its_meeting_was() -> None:
    """Seed 17006600: it moved between the first try and the one that took effect."""
    (ask, _) = asks(told(replace(RESERVE_BEGUN, interval=at(9))))

    assert isinstance(ask, AskReserve)
    assert ask.interval == Interval(at(4).start, at(9).end)
