"""When something waits and how long, and what a Link remembers of its sides."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sync.engine.actions import CreateReserve, Wait, WriteItem
from sync.engine.backoff import wait_after
from sync.engine.cases import Absent, Case, Scene, Trouble, is_due, is_settling, leaving
from sync.engine.items import Gone, OutlookItem, Refusal
from sync.engine.links import (
    Hold,
    Intent,
    Kind,
    Known,
    Link,
    Op,
    Side,
    Why,
    booking_key,
    given_back,
    is_begun,
    may_have_twin,
    outlook_key,
    removal_counts,
)
from sync.engine.outlook_born_actions import beyond_window, meeting_state
from sync.engine.reasons import SkipReason, explain
from sync.engine.refusals import after_refused_creation, after_refused_update
from sync.engine.telling import Tell
from sync.engine.waits import (
    at_least,
    ended,
    is_looked_for_twice,
    is_to_be_gone,
    read_again,
    reason_of,
    refused,
    stale,
    to_be_deleted,
    unproven,
    unreadable,
    unwritten,
)
from sync.engine.what_was_tried import is_own_move, must_be_remade, span_of
from sync.people.people import HeldAnswer, Leaving
from sync.words import (
    AccountId,
    BookingItemId,
    CalendarId,
    Interval,
    OutlookItemId,
    PersonKey,
    StaffId,
)
from tests.laws.engine.rows import (
    AGO,
    BEGUN,
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
    SAID,
    SCENE,
    SECOND,
    STRANGER,
    THERE,
    asked,
    base_of,
    booked,
    dragged,
    met,
    series,
    waiting,
    writing,
)
from tests.stories.sync.moments import at, on_day

PERSON = PersonKey(account_id=AccountId("a"), staff_id=StaffId("s"))


# --- how long (R11.9) ---


def until(hold: Hold) -> timedelta:
    assert hold.at is not None
    return hold.at - NOW


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 10), (1, 20), (2, 40), (8, 2560), (9, 3600), (300, 3600)]
)
def test_r11_9_what_can_not_be_read_is_asked_for_with_growing_distance_up_to_an_hour(
    tries: int, seconds: int
) -> None:
    link = waiting(LINK, Why.UNREADABLE, tries=tries, code="before")

    hold = unreadable(booked(link), "http_500", NOW)

    assert hold == Hold(
        why=Why.UNREADABLE,
        since=AGO,
        at=NOW + seconds * SECOND,
        tries=tries + 1,
        code="http_500",
    )


def test_r11_9_another_wait_begins_anew() -> None:
    link = waiting(LINK, Why.REFUSED, tries=5)

    hold = unreadable(booked(link), "http_500", NOW)

    assert (hold.since, hold.tries, until(hold)) == (NOW, 1, 10 * SECOND)


@pytest.mark.parametrize(
    ("booking", "outlook", "seconds"),
    [
        (ITEM, EVENT, 10),
        (Trouble(code="x", wait=90), EVENT, 90),
        (ITEM, Trouble(code="x", wait=90), 90),
        (Trouble(code="x", wait=50), Trouble(code="x", wait=90), 90),
        (Trouble(code="x", wait=90), Trouble(code="x", wait=50), 90),
        (Trouble(code="x", wait=5), EVENT, 10),
        (Trouble(code="x", wait=9000), EVENT, 3600),
    ],
)
def test_r11_9_what_a_side_asks_for_is_waited_up_to_an_hour(
    booking: Any, outlook: Any, seconds: int
) -> None:
    hold = unreadable(booked(booking=booking, outlook=outlook), "x", NOW)

    assert until(hold) == seconds * SECOND


@pytest.mark.parametrize(
    ("sight", "code"),
    [(EVENT, "not_readable"), (None, "not_readable"), (Absent(), "http_500")],
)
def test_r8_10_other_trouble_does_not_make_the_feed_s_word_forgotten(sight: Any, code: str) -> None:
    link = waiting(LINK, Why.UNREADABLE, code="not_readable")

    assert unreadable(booked(link, outlook=sight), "http_500", NOW).code == code
    other = waiting(LINK, Why.REFUSED, code="not_readable")
    assert unreadable(booked(other, outlook=sight), "http_500", NOW).code == "http_500"


@pytest.mark.parametrize(
    ("why", "stays"),
    [
        (Why.UNPROVEN, True),
        (Why.HELD, True),
        (Why.TAKEN, False),
        (Why.REFUSED, False),
        (Why.STALE, False),
    ],
)
def test_r8_10_a_cancellation_that_could_not_be_written_stays_proven(
    why: Why, *, stays: bool
) -> None:
    link = waiting(LINK, why)

    hold = unwritten(booked(link), "http_500", NOW)

    assert (hold.over, until(hold)) == (link.hold if stays else None, 10 * SECOND)
    assert until(unwritten(booked(link), "http_500", NOW, wait=90)) == 90 * SECOND


@pytest.mark.parametrize(
    ("why", "of", "known", "tries"),
    [
        (Why.REFUSED, "v1", "v1", 3),
        (Why.REFUSED, "", "v1", 3),
        (Why.REFUSED, "v1", "v2", 1),
        (Why.REFUSED, "v1", "", 3),
        (Why.UNREADABLE, "v1", "v1", 1),
    ],
)
def test_r11_9_a_refusal_of_another_version_begins_anew(
    why: Why, of: str, known: str, tries: int
) -> None:
    case = booked(waiting(LINK, why, of=of, tries=2))

    hold = refused(case, "not_permitted", known, NOW)

    assert hold == Hold(
        why=Why.REFUSED,
        since=AGO if tries == 3 else NOW,
        at=NOW + 10 * SECOND * 2 ** (tries - 1),
        of=known,
        tries=tries,
        code="not_permitted",
    )


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 20), (1, 40), (7, 2560), (8, 3600), (300, 3600)]
)
def test_r8_15_what_was_read_too_old_is_looked_at_again_with_growing_distance(
    tries: int, seconds: int
) -> None:
    link = waiting(LINK, Why.STALE, tries=tries) if tries else waiting(LINK, Why.REFUSED, tries=3)

    assert stale(booked(link), NOW) == Hold(
        why=Why.STALE,
        since=NOW,
        at=NOW + seconds * SECOND,
        tries=tries + 1,
        over=None if tries else link.hold,
    )


KNOWN = [Why.TAKEN, Why.REFUSED, Why.LEFT_ALONE, Why.PUT_BACK, Why.WAITS]


@pytest.mark.parametrize("why", KNOWN)
def test_r8_6_r8_15_what_can_not_be_read_for_now_is_not_forgotten(why: Why) -> None:
    """Two troubles one after another, of either kind, leave what was known before them."""
    link = waiting(LINK, why, of="state", tries=2)
    for first in (unreadable(booked(link), "http_500", NOW), stale(booked(link), NOW)):
        troubled = replace(link, hold=first)
        for second in (unreadable(booked(troubled), "x", NOW), stale(booked(troubled), NOW)):
            again = read_again(booked(replace(link, hold=second)))

            assert again.link == link


@pytest.mark.parametrize(
    "known",
    [
        {"outlook": Trouble(code="http_500")},
        {"outlook": None},
        {"booking": Absent()},
        {"is_stale": True},
        {"is_over": True},
    ],
)
def test_r8_15_what_was_known_stands_again_only_when_both_sides_are_known(
    known: dict[str, Any],
) -> None:
    link = waiting(LINK, Why.REFUSED, of="state")
    troubled = replace(link, hold=unreadable(booked(link), "http_500", NOW))

    assert read_again(booked(troubled, **known)).link == troubled
    assert read_again(booked(troubled)).link == link


def test_r8_10_a_deletion_is_remembered_unless_something_shows_the_event() -> None:
    for why in (Why.UNPROVEN, Why.HELD):
        link = waiting(LINK, why)

        assert unreadable(booked(link), "http_500", NOW).over == link.hold
        assert unreadable(booked(link, is_shown=True), "http_500", NOW).over is None


@pytest.mark.parametrize(
    ("link", "since", "seconds"),
    [
        (LINK, NOW, 60),
        (waiting(LINK, Why.REFUSED), NOW, 60),
        (waiting(LINK, Why.UNPROVEN), AGO, -3540),
        (waiting(LINK, Why.HELD), AGO, -3540),
    ],
)
def test_r8_10_the_second_look_comes_a_minute_after_the_first_and_never_at_once(
    link: Link, since: datetime, seconds: int
) -> None:
    hold = unproven(booked(link), SCENE)

    assert hold == Hold(why=Why.UNPROVEN, since=since, at=NOW + max(seconds, 1) * SECOND)


def test_a_wait_lasts_at_least_so_long() -> None:
    hold = Hold(why=Why.STALE, since=NOW)

    assert until(at_least(hold, MINUTE, NOW)) == MINUTE
    assert until(at_least(replace(hold, at=NOW + HOUR), MINUTE, NOW)) == HOUR
    assert until(at_least(replace(hold, at=NOW + SECOND), MINUTE, NOW)) == MINUTE


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (Why.TAKEN, SkipReason.TIME_TAKEN),
        (Why.UNPROVEN, SkipReason.TO_BE_PROVEN),
        (Why.STALE, SkipReason.ON_ITS_WAY),
        (Why.ENDED, SkipReason.ON_ITS_WAY),
    ],
)
def test_r12_2_what_waits_has_its_reason(why: Why, reason: SkipReason) -> None:
    assert reason_of(replace(LINK, hold=Hold(why=why, since=NOW))) is reason


def test_r11_9_a_sync_that_failed_waits_longer_each_time_and_never_over_an_hour() -> None:
    grown = [wait_after(attempt, None, PERSON) for attempt in range(1, 40)]

    bare = [1, 2, 4, 8, 16, 32, *[40] * 14, 80, 160, 320, 640, 1280, 2560, *[3600] * 13]
    for seconds, about in zip(grown, bare, strict=True):
        assert max(1, about * 0.85) <= seconds <= min(3600, about * 1.15)
    assert wait_after(2000, None, PERSON) <= 3600
    assert wait_after(1, None, PERSON) >= 1


def test_r11_9_what_the_other_side_asks_for_is_waited_and_no_more_than_an_hour() -> None:
    assert wait_after(1, 90, PERSON) == 90
    assert wait_after(1, 9000, PERSON) == 3600
    assert wait_after(20, 5, PERSON) > 5
    assert wait_after(1, 0.0, PERSON) == wait_after(1, None, PERSON)


def test_r11_9_not_everybody_comes_back_at_once() -> None:
    people = [PersonKey(account_id=AccountId("a"), staff_id=StaffId(str(n))) for n in range(300)]

    spread = [wait_after(10, None, person) / 40 for person in people]

    assert spread == [wait_after(10, None, person) / 40 for person in people]
    assert 0.85 <= min(spread) < 0.86
    assert 1.14 < max(spread) <= 1.15
    assert wait_after(9, None, people[0]) != wait_after(10, None, people[0])


# --- when it is looked at again ---


@pytest.mark.parametrize(
    ("hold", "scene", "due"),
    [
        (None, SCENE, False),
        (Hold(why=Why.STALE, since=AGO, at=NOW), SCENE, True),
        (Hold(why=Why.STALE, since=AGO, at=NOW + SECOND), SCENE, False),
        (Hold(why=Why.STALE, since=AGO), replace(SCENE, retry=True, is_resync=True), False),
        (Hold(why=Why.TAKEN, since=AGO), SCENE, False),
        (Hold(why=Why.TAKEN, since=AGO), replace(SCENE, retry=True), True),
        (Hold(why=Why.TAKEN, since=AGO), replace(SCENE, is_resync=True), True),
        (Hold(why=Why.REFUSED, since=AGO), replace(SCENE, retry=True), False),
        (Hold(why=Why.REFUSED, since=AGO), replace(SCENE, is_resync=True), True),
        (Hold(why=Why.UNREADABLE, since=AGO), replace(SCENE, retry=True), False),
        (Hold(why=Why.UNREADABLE, since=AGO), replace(SCENE, is_resync=True), True),
        (Hold(why=Why.HELD, since=AGO), SCENE, True),
        (Hold(why=Why.HELD, since=AGO), asked(SCENE), False),
        (Hold(why=Why.HELD, since=AGO), asked(SCENE, HeldAnswer.CANCEL), True),
        (Hold(why=Why.HELD, since=AGO), asked(SCENE, since=DAY), True),
        (Hold(why=Why.HELD, since=AGO), asked(SCENE, since=DAY - SECOND), False),
    ],
)
def test_r7_5_r11_7_what_waits_is_looked_at_again_when_its_reason_may_be_over(
    hold: Hold | None, scene: Scene, *, due: bool
) -> None:
    assert is_due(booked(replace(LINK, hold=hold)), scene) is due


@pytest.mark.parametrize(
    ("made", "settles"),
    [(None, False), (NOW - 30 * SECOND, False), (NOW - 29 * SECOND, True), (NOW, True)],
)
def test_r8_10_an_event_settles_for_half_a_minute(made: datetime | None, *, settles: bool) -> None:
    assert is_settling(replace(LINK, made=made), NOW) is settles


@pytest.mark.parametrize(
    ("link", "twice"),
    [
        (BEGUN, False),
        (waiting(BEGUN, Why.STALE), False),
        (waiting(BEGUN, Why.STALE, at=SECOND), False),
        (waiting(BEGUN, Why.STALE, at=timedelta(0)), True),
        (waiting(BEGUN, Why.UNREADABLE, at=-SECOND), True),
        (waiting(BEGUN, Why.REFUSED, at=-SECOND), False),
    ],
)
def test_r11_5_a_creation_in_doubt_is_looked_for_twice(link: Link, *, twice: bool) -> None:
    assert is_looked_for_twice(link, SCENE) is twice


def test_r6_1_what_is_remembered_of_an_event_says_nothing_of_its_item() -> None:
    known = Link(
        key=outlook_key(OutlookItemId("old")),
        origin=Side.BOOKING,
        kind=Kind.APPOINTMENT,
        interval=at(4),
        outlook_id=OutlookItemId("old"),
        uid="uid",
    )
    gone = ended(LINK, OutlookItemId("old"), NOW, code="cancelled")
    left = to_be_deleted(LINK, OutlookItemId("old"))

    assert gone == replace(
        known, hold=Hold(why=Why.ENDED, since=NOW, at=NOW + 2 * DAY, code="cancelled")
    )
    assert left == replace(known, intent=Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=at(4)))
    assert is_to_be_gone(Case(link=gone))
    assert is_to_be_gone(Case(link=left))
    assert not is_to_be_gone(booked())
    assert (gone.has_ended, left.is_leftover) == (True, True)
    assert (left.has_ended, gone.is_leftover) == (False, False)
    assert not writing(LINK, Op.DELETE, Side.OUTLOOK).is_leftover
    assert not writing(replace(LINK, booking_id=None), Op.WRITE, Side.OUTLOOK).is_leftover


# --- what a side is known as (R8.14, R8.15) ---


def known(version: str, *older: str, **more: Any) -> Known:
    return Known(**{"version": version, "interval": at(4), "older": older, **more})


def test_r8_15_a_version_remembers_the_newest_four_that_it_replaced() -> None:
    assert known("b").follows(known("a")) == known("b", "a")
    assert known("c").follows(known("b", "a")) == known("c", "a", "b")
    assert known("f").follows(known("e", "a", "b", "c", "d")) == known("f", "b", "c", "d", "e")
    # Back to a version that was before: it is the newest now.
    assert known("a").follows(known("b", "a", "z")) == known("a", "z", "b")


def test_r8_14_the_same_version_said_again_is_the_same_unless_its_time_is_another() -> None:
    before = known("a", "z")

    assert known("a").follows(before) is before
    later = known("a", modified=NOW)
    assert later.follows(before) == known("a", "z", modified=NOW)
    moved = known("a", interval=at(5))
    assert moved.follows(before) == known("a", "z", interval=at(5))


def test_r8_15_what_a_write_replaced_is_remembered_although_nobody_agreed_on_it() -> None:
    now = known("b", "a")

    assert now.after(None) is now
    assert now.after("") is now
    assert now.after("b") is now
    assert now.after("a") is now
    assert now.after("c") == known("b", "a", "c")
    assert known("f", "a", "b", "c", "d").after("e") == known("f", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("version", "modified", "newer"),
    [
        ("b", AGO - HOUR, False),
        ("a", NOW, False),
        ("a", AGO, True),
        ("a", None, True),
        ("x", AGO - SECOND, True),
        ("x", AGO, False),
        ("x", NOW, False),
        ("x", None, False),
    ],
)
def test_r8_15_a_read_counts_only_if_it_is_not_older(
    version: str, modified: datetime | None, *, newer: bool
) -> None:
    assert known("b", "a", modified=AGO).is_newer_than(version, modified) is newer


def test_r8_15_a_side_that_can_not_say_when_is_known_by_its_versions() -> None:
    assert not known("b", "a").is_newer_than("x", AGO)
    assert known("b", "a").is_newer_than("a", None)


def test_r8_14_what_both_sides_give_back_is_the_same_where_nothing_differs() -> None:
    base = base_of(LINK)
    item, event = replace(ITEM, version="v2"), replace(EVENT, etag="w2")
    booking = Known(version="v2", interval=at(4), older=("v1",))
    outlook = Known(version="w2", interval=at(4), modified=AGO, older=("w1",))

    assert given_back(base, ITEM, EVENT) is base
    assert given_back(base, None, None) is base
    assert given_back(base, item, EVENT) == replace(base, booking=booking)
    assert given_back(base, None, event) == replace(base, outlook=outlook)
    assert given_back(base, item, event) == replace(base, booking=booking, outlook=outlook)


def test_sides_and_keys() -> None:
    assert Side.BOOKING.other is Side.OUTLOOK
    assert Side.OUTLOOK.other is Side.BOOKING
    assert booking_key(BookingItemId("1")) == "b-1"
    key = outlook_key(OutlookItemId("AAMk/=+"))
    assert key == "o-e48174903c56dbbf0b90928cc17dd2f093a515b7"
    assert key != outlook_key(OutlookItemId("aamk/=+"))
    assert outlook_key(OutlookItemId("\ud83d")).startswith("o-")


@pytest.mark.parametrize(
    ("link", "may"),
    [
        (LINK, True),
        (NEW, False),
        (BEGUN, True),
        (writing(NEW, Op.WRITE, Side.OUTLOOK), False),
        (replace(NEW, outlook_id=EVENT.id), True),
        (ended(LINK, EVENT.id, NOW), False),
        (waiting(LINK, Why.STALE), True),
        (MEETING_LINK, True),
        (STRANGER, False),
        (RESERVE_BEGUN, True),
    ],
)
def test_r10_1_a_link_says_whether_something_of_ours_may_exist(link: Link, *, may: bool) -> None:
    assert may_have_twin(link) is may


def test_r11_5_a_creation_may_have_taken_effect_on_its_side() -> None:
    assert is_begun(BEGUN, Side.OUTLOOK)
    assert not is_begun(BEGUN, Side.BOOKING)
    assert is_begun(RESERVE_BEGUN, Side.BOOKING)
    assert not is_begun(NEW, Side.OUTLOOK)
    assert not is_begun(writing(LINK, Op.WRITE, Side.OUTLOOK), Side.OUTLOOK)


# --- what was tried ---


@pytest.mark.parametrize(
    ("asked_for", "answered", "own"),
    [
        (at(6), at(6), True),
        (at(6), at(6 - 29 / 60), True),
        (at(6), at(6 + 29 / 60), True),
        (at(6), at(6.5), False),
        (at(6), at(5.5), False),
        (at(6), at(6, length=1.5), False),
        (at(6), at(6, length=1 + 29 / 60), True),
    ],
)
def test_r8_14_a_change_within_the_grid_of_our_own_move_is_its_answer(
    asked_for: Any, answered: Any, *, own: bool
) -> None:
    item = replace(ITEM, version="v2", interval=answered)

    assert is_own_move(writing(LINK, Op.WRITE, Side.BOOKING, asked_for), item) is own
    for op, side in (
        (Op.WRITE, Side.OUTLOOK), (Op.DELETE, Side.BOOKING), (Op.CREATE, Side.BOOKING),
    ):  # fmt: skip
        assert not is_own_move(writing(LINK, op, side, asked_for), item)
    assert not is_own_move(LINK, item)


@pytest.mark.parametrize(
    ("sight", "lost"),
    [
        (Gone(), True), (dragged(), True), (series(EVENT), True),
        (EVENT, False), (Absent(), False), (None, False),
    ],
)  # fmt: skip
def test_r8_9_what_can_not_be_put_right_has_to_be_made_again(sight: Any, *, lost: bool) -> None:
    assert must_be_remade(sight) is lost


def test_r11_4_a_meeting_beyond_the_window_keeps_when_it_began_to_wait() -> None:
    far = replace(MEETING, interval=on_day(95))
    link = waiting(replace(STRANGER, told="x"), Why.BEYOND)

    after = beyond_window(link, far, SCENE)

    hold = Hold(why=Why.BEYOND, since=AGO, at=far.interval.start - 90 * DAY)
    assert after == replace(STRANGER, interval=far.interval, hold=hold)
    other = beyond_window(waiting(STRANGER, Why.TAKEN), far, SCENE)
    assert other.hold == replace(hold, since=NOW)


# --- a refused Reserve (R7.5) ---

STATE = f"{base_of(MEETING_LINK).text} {span_of(at(4))}"
CREATION = CreateReserve(
    link=RESERVE_BEGUN, rule="R7.1", title="Lunch", meeting=MEETING, content=SAID
)
TAKEN = Refusal(code="slot_taken", detail="x")
NO = Refusal(code="not_permitted", detail="You may not.")


def tell(reason: str, stands: str) -> Tell:
    return Tell(
        title="Lunch",
        tried="Your Outlook meeting should block this time.",
        reason=reason,
        now=f"{stands} It is tried again when something changes.",
        state=STATE,
        new=at(4),
    )


IS_TAKEN = "The booking product says that this time is taken."


@pytest.mark.parametrize(
    ("hold", "since"),
    [
        (None, NOW),
        (Hold(why=Why.TAKEN, since=AGO, of=STATE), AGO),
        (Hold(why=Why.TAKEN, since=AGO, of="another"), NOW),
    ],
)
def test_r7_5_a_taken_time_is_told_once_for_each_state_of_the_meeting(
    hold: Hold | None, since: datetime
) -> None:
    link = replace(RESERVE_BEGUN, intent=None, hold=hold, interval=at(1))

    step = after_refused_creation(met(link), CREATION, TAKEN, SCENE)

    waits = Wait(
        link=replace(link, interval=at(4)),
        rule="R7.5",
        title="Lunch",
        tell=tell(IS_TAKEN, "The meeting is in Outlook only."),
        hold=Hold(why=Why.TAKEN, since=since, of=STATE, code="slot_taken"),
    )
    assert step == waits
    told = replace(link, told=STATE)
    again = after_refused_creation(met(told), CREATION, TAKEN, SCENE)
    assert again == replace(waits, link=replace(waits.link, told=STATE), tell=None)


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [(NO, "You may not."), (replace(NO, detail=""), explain(SkipReason.REFUSED).sentence)],
)
def test_r7_5_another_refusal_waits_with_growing_distance(refusal: Refusal, reason: str) -> None:
    link = waiting(RESERVE_BEGUN, Why.REFUSED, of=STATE, tries=1)

    step = after_refused_creation(met(link), CREATION, refusal, SCENE)

    now = "The meeting is in Outlook only. It is tried again by itself."
    assert step.tell is not None
    assert (step.tell.reason, step.tell.now) == (reason, now)
    assert step.hold == Hold(
        why=Why.REFUSED,
        since=AGO,
        at=NOW + 20 * SECOND,
        of=STATE,
        tries=2,
        code="not_permitted",
    )


@pytest.mark.parametrize(
    ("event", "shows", "tried"),
    [
        (MEETING, at(4), "You changed the meeting in Outlook."),
        (None, at(4), "You changed the meeting in Outlook."),
        (replace(MEETING, interval=at(8)), at(8), "You moved the meeting in Outlook."),
    ],
)
def test_r7_5_a_reserve_that_may_not_follow_stays_as_it_was(
    event: OutlookItem | None, shows: Interval, tried: str
) -> None:
    action = WriteItem(
        link=MEETING_LINK, rule="R8.4", title="Lunch", booking_id=RESERVE.id,
        shows=shows, interval=shows, event=event,
    )  # fmt: skip
    state = span_of(shows) if event is None else meeting_state(event, SCENE)

    step = after_refused_update(met(), action, NO, SCENE)

    assert step.tell == Tell(
        title="Lunch",
        tried=tried,
        reason="You may not.",
        now="Its reserved time is as it was before. It is tried again by itself.",
        state=state,
        old=at(4),
        new=shows,
    )
    assert step.hold == Hold(
        why=Why.REFUSED,
        since=NOW,
        at=NOW + 10 * SECOND,
        of=state,
        tries=1,
        code="not_permitted",
    )
    known_of = replace(MEETING_LINK, told=state)
    assert after_refused_update(met(known_of), action, NO, SCENE).tell is None


# --- another calendar (R5.9) and what a removal counts (R10.1) ---

MOVING = replace(SCENE, leaving=Leaving(calendar_id=THERE, since=NOW))


@pytest.mark.parametrize(
    ("link", "leaves"),
    [
        (LINK, THERE),
        (replace(LINK, made=None), THERE),
        (replace(LINK, made=NOW), THERE),
        (replace(LINK, made=NOW + SECOND), None),
        (replace(LINK, leaves=CalendarId("older")), CalendarId("older")),
        (replace(LINK, leaves=SCENE.calendar_id), THERE),
        (waiting(LINK, Why.ENDED), None),
        (MEETING_LINK, None),
    ],
)
def test_r5_9_what_was_made_before_the_choice_leaves_the_calendar_of_before(
    link: Link, leaves: CalendarId | None
) -> None:
    assert leaving(link, MOVING) == replace(link, leaves=leaves)
    there = None if link.leaves == SCENE.calendar_id else link.leaves
    assert leaving(link, SCENE) == replace(link, leaves=there)


def test_r10_1_a_removal_counts_events_and_reserves_of_ours_with_a_window_those_ahead() -> None:
    unmade = replace(MEETING_LINK, booking_id=None)
    passed = replace(LINK, interval=at(-6))
    links = (LINK, NEW, passed, waiting(LINK, Why.ENDED), MEETING_LINK, unmade)

    assert removal_counts(links) == (2, 1)
    assert removal_counts(links, SCENE.policy.window) == (1, 1)
    assert removal_counts((replace(MEETING_LINK, interval=at(-6)),), SCENE.policy.window) == (0, 0)
