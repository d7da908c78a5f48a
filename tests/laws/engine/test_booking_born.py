"""The first table of section 8 beyond its rows: what waits, is in doubt, or can't be read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.actions import (
    CreateEvent,
    Decision,
    DeleteEvent,
    Drop,
    Note,
    RemoveItem,
    Skip,
    Wait,
    WriteEvent,
    WriteItem,
)
from sync.engine.booking_born import decide
from sync.engine.booking_born_moves import put_back
from sync.engine.cases import Absent, BookingSight, Case, OutlookSight, Scene, Trouble
from sync.engine.items import (
    BookingField,
    BookingItem,
    BookingStatus,
    Elsewhere,
    Gone,
    OutlookItem,
)
from sync.engine.links import Base, Hold, Known, Link, Op, Side, Why
from sync.engine.reasons import SkipReason
from sync.engine.telling import Tell
from sync.engine.texts import event_content, event_fingerprint
from sync.engine.waits import ended, to_be_deleted
from sync.engine.what_was_tried import span_of, try_state
from sync.people.people import HeldAnswer
from sync.words import CalendarId, OutlookItemId
from tests.laws.engine.rows import (
    AGO,
    BEGUN,
    BLOCK,
    CONTENT,
    DAY,
    EVENT,
    ITEM,
    LINK,
    MINUTE,
    NEW,
    NOW,
    SCENE,
    SECOND,
    SOUTH,
    all_day,
    asked,
    base_of,
    booked,
    dragged,
    event_made,
    moved,
    series,
    unread,
    waiting,
    writing,
)
from tests.stories.sync.moments import at, on_day

BACK = "The event is back in Outlook as it was."
RENAMED = replace(ITEM, version="v2", fields=(BookingField(label="Phone", value="2"),))
LATER = replace(ITEM, version="v2", interval=at(6))
LEFT = to_be_deleted(LINK, EVENT.id)
BASE = base_of(LINK)
CANCELLED = replace(ITEM, version="v2", status=BookingStatus.CANCELLED)
ELSEWHERE_ITEM = replace(ITEM, version="v2", location_id=SOUTH)


def made_again(rule: str, tell: Tell | None, *left: Link, **more: object) -> CreateEvent:
    """Gives the creation of an event that has to be made anew."""
    return event_made(LINK, ITEM, rule, tell=tell, is_put_back=True, left=left, **more)


def waits(hold: Hold, link: Link = LINK) -> Wait:
    return Wait(link=link, rule="R11.8", hold=hold)


# --- what is only remembered, and what is left over ---


@pytest.mark.parametrize(
    ("until", "step"),
    [
        (SECOND, None),
        (timedelta(0), Drop(link=waiting(LINK, Why.ENDED, at=timedelta(0)), rule="R6.1")),
    ],
)
def test_r6_1_a_deleted_event_is_remembered_for_its_time(until: timedelta, step: Decision) -> None:
    case = booked(waiting(LINK, Why.ENDED, at=until))

    assert decide(case, SCENE) == step


@pytest.mark.parametrize(
    ("link", "sight", "step"),
    [
        (LEFT, None, DeleteEvent(link=LEFT, rule="R8.12", title="An item of your schedule",
                                 outlook_id=EVENT.id)),
        (LEFT, EVENT, DeleteEvent(link=LEFT, rule="R8.12", title="Ada in Outlook",
                                  outlook_id=EVENT.id)),
        (LEFT, dragged(), DeleteEvent(link=LEFT, rule="R8.12", title="An item of your schedule",
                                      outlook_id=OutlookItemId("dragged"))),
        (LEFT, Gone(), Drop(link=LEFT, rule="R8.12")),
        (LEFT, Absent(), waits(unread("not_searched"), LEFT)),
        (LEFT, Absent(code="http_403"), waits(unread("http_403"), LEFT)),
        (waiting(LEFT, Why.REFUSED, at=SECOND), None, None),
        (waiting(LEFT, Why.REFUSED, at=SECOND), Gone(),
         Drop(link=waiting(LEFT, Why.REFUSED, at=SECOND), rule="R8.12")),
        (waiting(LEFT, Why.REFUSED, at=-SECOND), None,
         DeleteEvent(link=waiting(LEFT, Why.REFUSED, at=-SECOND), rule="R8.12",
                     title="An item of your schedule", outlook_id=EVENT.id)),
    ],
)  # fmt: skip
def test_r8_12_what_is_left_over_of_an_event_is_deleted_by_the_id_it_has(
    link: Link, sight: OutlookSight, step: Decision
) -> None:
    assert decide(Case(link=link, outlook=sight), SCENE) == step


# --- an item without an event ---


def test_r6_1_a_new_item_gets_its_event_under_a_mark_of_its_own() -> None:
    case = booked(NEW, outlook=None, is_stored=False)

    assert decide(case, SCENE) == event_made(NEW, ITEM, "R6.1")


@pytest.mark.parametrize("sight", [None, Absent()])
@pytest.mark.parametrize("link", [NEW, LINK])
def test_r11_8_an_item_that_nobody_has_read_gets_nothing(link: Link, sight: BookingSight) -> None:
    assert decide(booked(link, booking=sight, outlook=None), SCENE) is None


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (CANCELLED, SkipReason.BOOKING_CANCELLED),
        (replace(ITEM, interval=at(-6)), SkipReason.PAST),
        (ELSEWHERE_ITEM, SkipReason.LOCATION_NOT_ENABLED),
    ],
)
@pytest.mark.parametrize("is_stored", [True, False])
def test_r6_1_what_takes_no_part_is_left_out_for_its_reason_and_not_kept(
    item: BookingItem, reason: SkipReason, *, is_stored: bool
) -> None:
    case = booked(NEW, booking=item, outlook=None, is_stored=is_stored)

    step: Decision = Drop(link=NEW, rule="R6.1") if is_stored else Skip(item=item, reason=reason)
    assert decide(case, SCENE) == step


@pytest.mark.parametrize("is_stored", [True, False])
def test_r6_1_an_item_that_is_gone_and_had_no_event_is_forgotten(*, is_stored: bool) -> None:
    case = booked(NEW, booking=Gone(), outlook=None, is_stored=is_stored)

    assert decide(case, SCENE) == (Drop(link=NEW, rule="R6.1") if is_stored else None)


@pytest.mark.parametrize(
    ("sight", "code"),
    [
        (Absent(), "not_searched"),
        (Absent(code="http_403"), "http_403"),
        (Trouble(code="http_500"), "http_500"),
    ],
)
def test_r11_5_a_creation_in_doubt_is_not_repeated_while_its_search_is_not_answered(
    sight: OutlookSight, code: str
) -> None:
    step = decide(booked(BEGUN, outlook=sight), SCENE)

    assert step == waits(unread(code, 30), BEGUN)


def test_r11_5_an_event_that_nobody_recorded_is_taken_on_as_it_was_written() -> None:
    step = decide(booked(BEGUN), SCENE)

    assert step == Note(
        link=replace(
            LINK,
            made=NOW,
            base=Base(
                booking=Known(version="v1", interval=at(4)),
                outlook=Known(version="w1", interval=at(4), modified=AGO),
                interval=at(4),
                text=event_fingerprint(CONTENT),
            ),
        ),
        rule="R11.5",
    )


def test_r11_5_an_event_that_nobody_recorded_follows_what_was_done_since() -> None:
    adopted = replace(LINK, made=NOW)

    assert decide(booked(waiting(BEGUN, Why.STALE), booking=LATER), SCENE) == WriteEvent(
        link=adopted,
        rule="R6.1",
        title="Ada - Cut",
        outlook_id=EVENT.id,
        etag="w1",
        shows=at(6),
        interval=at(6),
        booking=LATER,
    )
    assert decide(booked(BEGUN, booking=Gone()), SCENE) == DeleteEvent(
        link=adopted, rule="R6.1", title="Ada in Outlook", outlook_id=EVENT.id
    )


def test_r8_12_an_event_dragged_away_before_anybody_recorded_it_is_made_again() -> None:
    told = Tell(
        title="Ada - Cut",
        tried="You moved the event into another calendar.",
        reason="Only the calendar that is synced can show the schedule.",
        now="The event is back in the synced calendar.",
        state="elsewhere dragged",
        old=at(4),
    )
    left = to_be_deleted(BEGUN, OutlookItemId("dragged"))

    assert decide(booked(BEGUN, outlook=dragged()), SCENE) == event_made(
        BEGUN, ITEM, "R8.12", tell=told, is_put_back=True, left=(left,)
    )


@pytest.mark.parametrize("item", [Gone(), CANCELLED, ELSEWHERE_ITEM])
def test_r8_12_an_event_dragged_away_whose_item_has_ended_is_deleted_there(
    item: BookingSight,
) -> None:
    step = decide(booked(BEGUN, booking=item, outlook=dragged()), SCENE)

    assert isinstance(step, DeleteEvent)
    noted = replace(BEGUN, outlook_id=OutlookItemId("dragged"))
    assert (step.rule, step.outlook_id, step.link) == ("R8.12", "dragged", noted)


@pytest.mark.parametrize(
    ("link", "step"),
    [
        (BEGUN, waits(Hold(why=Why.STALE, since=NOW, at=NOW + 30 * SECOND), BEGUN)),
        (waiting(BEGUN, Why.STALE, at=SECOND), None),
        (waiting(BEGUN, Why.UNREADABLE, at=SECOND), None),
        (waiting(BEGUN, Why.STALE, at=timedelta(0)),
         event_made(BEGUN, ITEM, "R11.5", generation="g")),
    ],
)  # fmt: skip
def test_r8_10_a_creation_in_doubt_is_repeated_after_two_searches_under_the_same_mark(
    link: Link, step: Decision
) -> None:
    assert decide(booked(link, outlook=Gone()), SCENE) == step
    if isinstance(step, CreateEvent):
        return
    # Nor is it forgotten before that, whatever became of its item.
    for item in (Gone(), CANCELLED):
        assert decide(booked(link, booking=item, outlook=Gone()), SCENE) == step


def test_r11_5_a_creation_in_doubt_whose_item_has_ended_is_forgotten_after_two_searches() -> None:
    link = waiting(BEGUN, Why.STALE, at=timedelta(0))

    step = decide(booked(link, booking=Gone(), outlook=Gone()), SCENE)

    assert step == Drop(link=link, rule="R6.1")


def test_r11_9_how_often_a_creation_was_tried_in_vain_is_kept() -> None:
    link = waiting(BEGUN, Why.UNREADABLE, at=-SECOND, tries=3, code="http_500")

    step = decide(booked(link, outlook=Gone()), SCENE)

    hold = Hold(why=Why.UNREADABLE, since=AGO, at=NOW + 30 * SECOND, tries=3, code="http_500")
    assert step == event_made(BEGUN, ITEM, "R11.5", generation="g", hold=hold)


@pytest.mark.parametrize(
    ("of", "until", "is_tried"),
    [("v1", MINUTE, False), ("v1", timedelta(0), True), ("v0", MINUTE, True)],
)
def test_r7_5_a_refused_creation_is_tried_again_when_it_is_due_or_the_item_is_another(
    of: str, until: timedelta, *, is_tried: bool
) -> None:
    link = waiting(NEW, Why.REFUSED, at=until, of=of, tries=2)

    step = decide(booked(link, outlook=None), SCENE)

    again = event_made(NEW, ITEM, "R6.1", hold=link.hold)
    assert step == (again if is_tried else Skip(item=ITEM, reason=SkipReason.REFUSED))


def test_r11_4_an_item_beyond_the_window_is_remembered_until_it_enters() -> None:
    far = replace(ITEM, interval=on_day(95))
    hold = Hold(why=Why.BEYOND, since=NOW, at=far.interval.start - 90 * DAY)
    beyond = replace(NEW, interval=far.interval, hold=hold)

    assert decide(booked(NEW, booking=far, outlook=None), SCENE) == Note(link=beyond, rule="R11.4")
    known = replace(beyond, hold=replace(hold, since=AGO))
    assert decide(booked(known, booking=far, outlook=None), SCENE) == Skip(
        item=far, reason=SkipReason.BEYOND_WINDOW
    )
    farther = replace(far, interval=on_day(96))
    assert decide(booked(known, booking=farther, outlook=None), SCENE) == Note(
        link=replace(
            known,
            interval=farther.interval,
            hold=replace(hold, since=AGO, at=farther.interval.start - 90 * DAY),
        ),
        rule="R11.4",
    )


@pytest.mark.parametrize("is_stored", [True, False])
def test_r11_4_what_lies_beyond_the_horizon_is_left_to_a_later_full_read(
    *, is_stored: bool
) -> None:
    far = replace(ITEM, interval=on_day(120))

    step = decide(booked(NEW, booking=far, outlook=None, is_stored=is_stored), SCENE)

    skip = Skip(item=far, reason=SkipReason.BEYOND_WINDOW)
    assert step == (Drop(link=NEW, rule="R11.4") if is_stored else skip)


# --- a pair ---


@pytest.mark.parametrize(
    ("link", "known", "step"),
    [
        (LINK, {}, None),
        (writing(LINK, Op.WRITE, Side.OUTLOOK), {}, LINK),
        (waiting(LINK, Why.PUT_BACK), {}, LINK),
        (waiting(LINK, Why.UNREADABLE), {}, LINK),
        (waiting(LINK, Why.STALE), {"outlook": None}, None),
        (waiting(LINK, Why.WAITS), {"outlook": None}, None),
        (waiting(LINK, Why.REFUSED), {"outlook": None}, None),
        (waiting(LINK, Why.PUT_BACK), {"outlook": None}, None),
        (waiting(LINK, Why.UNPROVEN), {"outlook": None}, LINK),
        (waiting(LINK, Why.HELD), {"outlook": None}, LINK),
    ],
)
def test_r11_4_what_has_passed_on_both_sides_is_left_as_it_is_and_stays_linked(
    link: Link, known: dict[str, object], step: Link | None
) -> None:
    passed = replace(BASE, booking=replace(BASE.booking, interval=at(-6)), interval=at(-6))
    item, event = replace(ITEM, interval=at(-6)), replace(EVENT, interval=at(-6))
    there = replace(link, base=passed, interval=at(-6))
    case = booked(there, **{"booking": item, "outlook": event, **known})

    rested = None if step is None else replace(step, base=passed, interval=at(-6))
    note = None if rested is None else Note(link=rested, rule="R11.4")
    assert decide(case, SCENE) == note


@pytest.mark.parametrize("sight", [Trouble(code="http_500"), Absent(code="http_500")])
def test_r11_4_r11_8_what_has_passed_and_can_not_be_looked_for_is_not_at_rest(
    sight: OutlookSight,
) -> None:
    """It was told of: it may have been moved ahead (seed 46003320)."""
    passed = replace(BASE, booking=replace(BASE.booking, interval=at(-6)), interval=at(-6))
    link = replace(LINK, base=passed, interval=at(-6))

    for item in (None, replace(ITEM, interval=at(-6))):
        step = decide(booked(link, booking=item, outlook=sight), SCENE)
        assert step == waits(unread("http_500"), link)
    unasked = booked(link, booking=None, outlook=Absent())
    assert decide(unasked, SCENE) is None


@pytest.mark.parametrize("hours", [-6, 8])
def test_r8_12_what_is_gone_is_looked_at_wherever_its_event_is(hours: int) -> None:
    passed = replace(BASE, booking=replace(BASE.booking, interval=at(-6)), interval=at(-6))
    link = replace(LINK, base=passed, interval=at(-6))
    there = Elsewhere(
        calendar_id=CalendarId("there"),
        outlook_id=EVENT.id,
        event=replace(EVENT, interval=at(hours)),
    )

    step = decide(booked(link, booking=Gone(), outlook=there), SCENE)

    # Moved ahead in another calendar by the person, it would stay there for good.
    assert isinstance(step, DeleteEvent) is (hours > 0)


def test_r11_4_a_pair_at_rest_is_known_to_be_where_its_item_is() -> None:
    link = replace(LINK, interval=at(400))

    assert decide(booked(link), SCENE) == Note(link=LINK, rule="R8.8")
    assert decide(booked(link, booking=None), SCENE) is None


def test_r8_1_a_passed_event_that_is_moved_ahead_is_a_move_like_any_other() -> None:
    passed = replace(BASE, booking=replace(BASE.booking, interval=at(-6)))
    case = booked(
        replace(LINK, base=passed),
        booking=replace(ITEM, interval=at(-6)),
        outlook=moved(EVENT, at(8)),
    )

    assert isinstance(decide(case, SCENE), WriteItem)


def test_r6_1_an_item_that_takes_no_part_takes_along_an_event_that_can_be_found() -> None:
    kept = booked(booking=replace(BLOCK, version="v2", external_ref="mine"))

    assert decide(kept, SCENE) == DeleteEvent(
        link=LINK, rule="R6.1", title="Ada in Outlook", outlook_id=EVENT.id
    )
    for code in ("", "http_403"):
        step = decide(replace(kept, outlook=Absent(code=code)), SCENE)
        assert step == waits(unread(code or "not_searched"))


def test_r12_1_an_event_that_was_not_seen_is_deleted_under_its_item_s_title() -> None:
    step = decide(booked(booking=CANCELLED, outlook=None), SCENE)

    assert step == DeleteEvent(link=LINK, rule="R6.1", title="Ada - Cut", outlook_id=EVENT.id)


def test_r8_10_an_event_made_a_moment_ago_is_deleted_by_its_id_whatever_a_search_says() -> None:
    young = replace(LINK, made=NOW - 29 * SECOND)
    old = replace(LINK, made=NOW - 30 * SECOND)

    step = decide(booked(young, booking=Gone(), outlook=Gone()), SCENE)

    assert isinstance(step, DeleteEvent)
    assert step.outlook_id == EVENT.id
    settled = decide(booked(old, booking=Gone(), outlook=Gone()), SCENE)
    assert settled == Drop(link=old, rule="R6.1")


# changed | same, moved or deleted


def written(item: BookingItem, **more: object) -> WriteEvent:
    content = event_content(item, SCENE.product)
    parts: dict[str, object] = {
        "rule": "R6.1", "etag": "w1", "interval": None, "content": None, **more,
    }  # fmt: skip
    parts["content"] = content if parts["content"] else None
    return WriteEvent(
        link=LINK,
        title="Ada - Cut",
        outlook_id=EVENT.id,
        shows=item.interval,
        booking=item,
        **parts,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("sight", [EVENT, None])
def test_r8_8_a_save_with_identical_values_is_only_noted(sight: OutlookSight) -> None:
    told = replace(LINK, told="told", intent=writing(LINK, Op.WRITE, Side.OUTLOOK).intent)

    step = decide(booked(told, booking=replace(ITEM, version="v2"), outlook=sight), SCENE)

    known = Known(version="v2", interval=at(4), older=("v1",))
    assert step == Note(link=replace(LINK, base=replace(BASE, booking=known)), rule="R8.8")


def test_r8_10_a_save_with_identical_values_ends_no_wait_for_an_event_that_was_not_seen() -> None:
    link = waiting(writing(LINK, Op.WRITE, Side.OUTLOOK), Why.UNPROVEN)

    step = decide(booked(link, booking=replace(ITEM, version="v2"), outlook=None), SCENE)

    known = Known(version="v2", interval=at(4), older=("v1",))
    assert step == Note(
        link=replace(link, intent=None, base=replace(BASE, booking=known)), rule="R8.8"
    )


def test_r8_14_a_time_that_outlook_rounded_is_not_written_with_a_text() -> None:
    rounded = replace(BASE, outlook=replace(BASE.outlook, interval=at(4.01)))
    link = replace(LINK, base=rounded)
    event = replace(EVENT, interval=at(4.01))

    step = decide(booked(link, booking=RENAMED, outlook=event), SCENE)

    assert step == replace(written(RENAMED, content=True), link=link)


def test_r8_3_an_all_day_event_is_written_to_also_where_its_time_is_the_item_s() -> None:
    event = all_day(EVENT)

    step = decide(booked(booking=replace(LATER, interval=event.interval), outlook=event), SCENE)

    assert isinstance(step, WriteEvent)
    assert step.interval == event.interval


@pytest.mark.parametrize("item", [LATER, ITEM])
def test_r8_10_an_event_made_a_moment_ago_is_looked_for_again_before_it_counts_as_deleted(
    item: BookingItem,
) -> None:
    young = replace(LINK, made=NOW - 10 * SECOND)

    step = decide(booked(young, booking=item, outlook=Gone()), SCENE)

    assert step == waits(Hold(why=Why.STALE, since=NOW, at=NOW + 20 * SECOND), young)


@pytest.mark.parametrize("item", [LATER, ITEM])
@pytest.mark.parametrize(
    ("sight", "code"),
    [
        (Trouble(code="http_500"), "http_500"),
        (Absent(), "not_searched"),
        (Absent(code="http_403"), "http_403"),
    ],
)
def test_r11_8_an_event_that_can_not_be_read_waits_and_its_item_stays(
    item: BookingItem, sight: OutlookSight, code: str
) -> None:
    assert decide(booked(booking=item, outlook=sight), SCENE) == waits(unread(code))


def test_r11_8_an_item_that_can_not_be_read_waits_and_its_event_stays() -> None:
    case = booked(booking=Trouble(code="http_500", wait=90), outlook=Gone())

    assert decide(case, SCENE) == waits(unread("http_500", 90))


def test_r7_5_a_write_that_was_refused_is_tried_again_when_it_is_due() -> None:
    link = waiting(LINK, Why.REFUSED, at=MINUTE, of="v2")

    assert decide(booked(link, booking=LATER), SCENE) == Skip(item=LATER, reason=SkipReason.REFUSED)
    due = waiting(LINK, Why.REFUSED, at=-MINUTE, of="v2")
    assert decide(booked(due, booking=LATER), SCENE) == replace(
        written(LATER, interval=at(6)), link=due
    )


@pytest.mark.parametrize("event", [moved(EVENT, at(8)), all_day(EVENT)])
def test_r11_9_a_put_back_that_was_refused_waits_unless_the_person_did_something_else(
    event: OutlookItem,
) -> None:
    of = try_state(event)

    assert (
        decide(booked(waiting(LINK, Why.REFUSED, at=MINUTE, of=of), outlook=event), SCENE) is None
    )
    for link in (
        waiting(LINK, Why.REFUSED, at=-MINUTE, of=of),
        waiting(LINK, Why.REFUSED, at=MINUTE, of="another try"),
    ):
        step = decide(booked(link, outlook=event), SCENE)
        assert isinstance(step, WriteItem | WriteEvent)


def test_r11_9_a_deletion_that_was_refused_waits_until_it_is_due() -> None:
    refused = waiting(LINK, Why.REFUSED, at=MINUTE)

    assert decide(booked(refused, booking=Gone()), SCENE) is None
    for link in (
        waiting(LINK, Why.REFUSED, at=-MINUTE),
        # What was refused was something else.
        waiting(LINK, Why.REFUSED, at=MINUTE, of="v2"),
    ):
        assert isinstance(decide(booked(link, booking=Gone()), SCENE), DeleteEvent)


def test_r9_3_what_was_told_of_an_event_that_waits_stays_told_until_it_is_seen() -> None:
    link = replace(waiting(LINK, Why.REFUSED, at=MINUTE), told="x")

    assert decide(booked(link, outlook=None), SCENE) is None
    assert decide(booked(link), SCENE) == Note(link=LINK, rule="R8.8")


# same | something


def test_r8_14_an_event_that_does_not_show_what_was_agreed_on_is_written() -> None:
    unknown = replace(LINK, base=replace(BASE, text=""))

    assert decide(booked(unknown), SCENE) == replace(
        written(ITEM, rule="R8.14", content=True), link=unknown, title="Ada in Outlook"
    )
    rounded = replace(LINK, base=replace(BASE, interval=at(5)))
    # It stands there already, though nobody has recorded it (R6.5).
    assert decide(booked(rounded), SCENE) == Note(link=LINK, rule="R8.8")
    elsewhere = replace(BASE, interval=at(5), outlook=replace(BASE.outlook, interval=at(6)))
    behind = replace(LINK, base=elsewhere)
    assert decide(booked(behind, outlook=replace(EVENT, interval=at(6))), SCENE) == replace(
        written(ITEM, rule="R8.14", interval=at(4)), link=behind, title="Ada in Outlook"
    )
    assert decide(booked(rounded, booking=None, outlook=None), SCENE) == replace(
        written(ITEM, rule="R8.14", interval=at(4)),
        link=rounded,
        title="An item of your schedule",
        booking=None,
    )
    refused = waiting(behind, Why.REFUSED, at=MINUTE, of="v1")
    assert decide(booked(refused, outlook=replace(EVENT, interval=at(6))), SCENE) is None
    nowhere = replace(rounded, outlook_id=None)
    assert not isinstance(decide(booked(nowhere, outlook=None), SCENE), WriteEvent)


@pytest.mark.parametrize(
    ("sight", "etag"), [(replace(EVENT, etag="w2", subject=None), "w2"), (None, "w1")]
)
def test_r8_14_it_is_written_on_condition_of_what_was_seen_and_named_as_it_can_be(
    sight: OutlookSight, etag: str
) -> None:
    unknown = replace(LINK, base=replace(BASE, text=""))

    step = decide(booked(unknown, outlook=sight), SCENE)

    assert step == replace(written(ITEM, rule="R8.14", content=True), link=unknown, etag=etag)


def test_r8_14_a_time_counts_also_where_the_version_stayed() -> None:
    item = replace(ITEM, interval=at(6))

    assert decide(booked(booking=item), SCENE) == replace(
        written(item, rule="R8.14", interval=at(6)), title="Ada in Outlook"
    )
    dated = replace(ITEM, modified=NOW)
    known = Known(version="v1", interval=at(4), modified=NOW)
    assert decide(booked(booking=dated), SCENE) == Note(
        link=replace(LINK, base=replace(BASE, booking=known)), rule="R8.8"
    )


def test_r8_14_our_own_move_whose_event_is_back_is_followed_by_the_event() -> None:
    link = writing(LINK, Op.WRITE, Side.BOOKING, at(6.25))

    step = decide(booked(link, booking=LATER), SCENE)

    known = Known(version="v2", interval=at(6), older=("v1",))
    assert step == replace(
        written(LATER, rule="R8.14", interval=at(6)),
        link=replace(link, base=replace(BASE, booking=known)),
        title="Ada in Outlook",
    )


def test_r8_14_our_own_move_that_came_back_rounded_is_followed_by_the_event() -> None:
    link = writing(LINK, Op.WRITE, Side.BOOKING, at(6.25))
    event = moved(EVENT, at(6.25))

    step = decide(booked(link, booking=LATER, outlook=event), SCENE)

    known = Known(version="v2", interval=at(6), older=("v1",))
    base = replace(BASE, booking=known)
    # The move that the person made stands; what the booking product made of it is its answer.
    assert step == WriteItem(
        link=replace(link, base=base),
        rule="R8.1",
        title="Ada in Outlook",
        tell=Tell(
            title="Ada in Outlook",
            tried="You moved the event in Outlook.",
            reason="",
            now=BACK,
            state=f"singleInstance False {span_of(at(6.25))}",
            old=at(4),
            new=at(6.25),
        ),
        booking_id=ITEM.id,
        version="v2",
        shows=at(6.25),
        interval=at(6.25),
        event=event,
    )


def test_r8_8_what_both_sides_give_back_is_noted_and_ends_what_was_told_and_waited_for() -> None:
    event = replace(EVENT, etag="w2", modified=NOW)
    link = replace(waiting(LINK, Why.PUT_BACK, of="x"), told="x")

    step = decide(booked(link, outlook=event), SCENE)

    known = Known(version="w2", interval=at(4), modified=NOW, older=("w1",))
    assert step == Note(link=replace(LINK, base=replace(BASE, outlook=known)), rule="R8.8")
    assert decide(booked(replace(LINK, told="x")), SCENE) == Note(link=LINK, rule="R8.8")
    assert decide(booked(waiting(LINK, Why.UNREADABLE)), SCENE) == Note(link=LINK, rule="R8.8")


def test_r8_10_what_an_event_is_waited_for_ends_only_when_it_was_seen() -> None:
    link = waiting(LINK, Why.UNPROVEN, at=MINUTE)

    assert decide(booked(link, outlook=None), SCENE) is None
    assert decide(booked(link), SCENE) == Note(link=LINK, rule="R8.8")


def test_r8_15_a_read_older_than_our_own_write_is_looked_at_again() -> None:
    step = decide(booked(outlook=None, is_stale=True), SCENE)

    assert step == waits(Hold(why=Why.STALE, since=NOW, at=NOW + 20 * SECOND, tries=1))


def moved_tell(reason: str = "") -> Tell:
    return Tell(
        title="Ada in Outlook",
        tried="You moved the event in Outlook.",
        reason=reason,
        now=BACK,
        state=f"singleInstance False {span_of(at(8))}",
        old=at(4),
        new=at(8),
    )


def back(rule: str, tell: Tell | None, link: Link = LINK) -> WriteEvent:
    return WriteEvent(
        link=link,
        rule=rule,
        title="Ada in Outlook",
        tell=tell,
        outlook_id=EVENT.id,
        etag="w2",
        shows=at(4),
        interval=at(4),
        is_put_back=True,
    )


def test_r8_1_a_move_of_an_item_that_is_not_known_waits() -> None:
    nowhere = replace(LINK, booking_id=None)

    assert decide(booked(nowhere, outlook=moved(EVENT, at(8))), SCENE) is None


def test_r8_14_a_put_back_goes_to_where_the_booking_product_has_the_item_now() -> None:
    now = replace(BASE, booking=Known(version="v2", interval=at(4.25), older=("v1",)))
    event = moved(EVENT, at(8))
    move = decide(booked(outlook=event), SCENE)
    assert isinstance(move, WriteItem)

    step = put_back(
        booked(outlook=event), replace(move, link=replace(LINK, base=now)), "No.", SCENE
    )

    assert step == replace(
        back("R8.1", moved_tell("No."), replace(LINK, base=now)),
        shows=at(4.25),
        interval=at(4.25),
    )


def test_r9_3_a_private_event_is_named_by_its_item() -> None:
    for event in (moved(EVENT, at(8)), all_day(EVENT)):
        step = decide(booked(outlook=replace(event, is_normal=False, subject=None)), SCENE)

        assert isinstance(step, WriteItem | WriteEvent)
        assert step.tell is not None
        assert (step.title, step.tell.title) == ("Ada - Cut", "Ada - Cut")


def test_r8_1_a_put_back_that_was_cut_short_is_done_and_not_told_again() -> None:
    event = moved(EVENT, at(8))
    link = waiting(LINK, Why.PUT_BACK, of=moved_tell().state)

    assert decide(booked(link, outlook=event), SCENE) == back("R8.1", None, link)
    another = waiting(LINK, Why.PUT_BACK, of="another try")
    assert isinstance(decide(booked(another, outlook=event), SCENE), WriteItem)


def test_r8_12_an_event_dragged_away_is_made_again_and_the_dragged_one_goes() -> None:
    tell = Tell(
        title="Ada - Cut",
        tried="You moved the event into another calendar.",
        reason="Only the calendar that is synced can show the schedule.",
        now="The event is back in the synced calendar.",
        state="elsewhere dragged",
        old=at(4),
    )

    left = (to_be_deleted(LINK, OutlookItemId("dragged")), ended(LINK, EVENT.id, NOW))
    assert decide(booked(outlook=dragged()), SCENE) == made_again("R8.12", tell, *left)
    waited = waiting(LINK, Why.UNREADABLE, at=MINUTE)
    assert decide(booked(waited, outlook=dragged()), SCENE) == made_again("R8.12", tell, *left)
    shown = replace(BASE, outlook=replace(BASE.outlook, interval=at(4.01)))
    rounded = decide(booked(replace(LINK, base=shown), outlook=dragged()), SCENE)
    assert rounded == made_again("R8.12", replace(tell, old=at(4.01)), *left)


@pytest.mark.parametrize("sight", [Gone(), dragged(), series(EVENT)])
def test_r8_15_what_would_be_made_again_waits_for_an_item_that_was_read_too_old(
    sight: OutlookSight,
) -> None:
    case = booked(booking=None, outlook=sight)

    assert decide(case, SCENE) == waits(
        Hold(why=Why.STALE, since=NOW, at=NOW + 20 * SECOND, tries=1)
    )
    for why in (Why.UNPROVEN, Why.HELD):
        link = waiting(LINK, why, at=MINUTE)
        hold = Hold(why=Why.STALE, since=NOW, at=NOW + 20 * SECOND, tries=1, over=link.hold)
        assert decide(booked(link, booking=None, outlook=sight), SCENE) == waits(hold, link)


# --- same | deleted (R8.2, R8.10) ---

DELETED = Tell(
    title="Ada - Cut",
    tried="You deleted the event in Outlook.",
    reason="",
    now=BACK,
    state="gone",
    old=at(4),
)


def removed(link: Link) -> RemoveItem:
    return RemoveItem(
        link=link,
        rule="R8.2",
        title="Ada - Cut",
        tell=DELETED,
        booking_id=ITEM.id,
        version="v1",
    )


@pytest.mark.parametrize(
    ("link", "is_proven"),
    [
        (LINK, False),
        (waiting(LINK, Why.UNPROVEN), True),
        (waiting(LINK, Why.HELD), True),
        (waiting(LINK, Why.STALE), False),
        (waiting(LINK, Why.UNREADABLE, over=Hold(why=Why.UNPROVEN, since=AGO)), True),
        (waiting(LINK, Why.STALE, over=Hold(why=Why.HELD, since=AGO)), True),
        (waiting(LINK, Why.UNREADABLE), False),
        (waiting(LINK, Why.UNREADABLE, over=Hold(why=Why.REFUSED, since=AGO)), False),
        (replace(LINK, hold=Hold(why=Why.UNPROVEN, since=NOW - 59 * SECOND)), False),
        (replace(LINK, hold=Hold(why=Why.UNPROVEN, since=NOW - 60 * SECOND)), True),
    ],
)
def test_r8_10_an_appointment_is_cancelled_only_when_a_second_look_proves_it(
    link: Link, *, is_proven: bool
) -> None:
    step = decide(booked(link, outlook=Gone()), SCENE)

    if is_proven:
        assert step == removed(link)
        return
    was_looked = link.hold is not None and link.hold.why is Why.UNPROVEN
    since = NOW - 59 * SECOND if was_looked else NOW
    assert step == waits(Hold(why=Why.UNPROVEN, since=since, at=since + MINUTE), link)


def test_r8_10_the_second_look_can_be_switched_off() -> None:
    at_once = replace(SCENE, cancel_after=timedelta(0))

    assert decide(booked(outlook=Gone()), at_once) == removed(LINK)


def again(rule: str, tell: Tell | None, link: Link = LINK) -> CreateEvent:
    return event_made(
        link, ITEM, rule, tell=tell, is_put_back=True, was_deleted=True,
        left=(ended(LINK, EVENT.id, NOW),),
    )  # fmt: skip


HELD_LINK = waiting(LINK, Why.HELD)


@pytest.mark.parametrize(
    ("scene", "link", "is_put_back"),
    [
        (asked(SCENE, HeldAnswer.PUT_BACK), HELD_LINK, True),
        (asked(SCENE, None, DAY), HELD_LINK, True),
        (asked(SCENE, None, DAY - SECOND), HELD_LINK, False),
        (asked(SCENE, HeldAnswer.CANCEL), HELD_LINK, False),
        (asked(SCENE, HeldAnswer.CANCEL, 2 * DAY), HELD_LINK, False),
        (asked(SCENE, HeldAnswer.PUT_BACK), waiting(LINK, Why.UNPROVEN), False),
        (SCENE, HELD_LINK, False),
    ],
)
def test_r11_7_what_was_asked_about_follows_the_answer_and_unanswered_is_put_back(
    scene: Scene, link: Link, *, is_put_back: bool
) -> None:
    step = decide(booked(link, outlook=Gone()), scene)

    assert step == (again("R8.2", None) if is_put_back else removed(link))


def test_r11_5_a_creation_that_was_begun_keeps_what_it_was_begun_with() -> None:
    link = waiting(BEGUN, Why.STALE, at=timedelta(0))

    step = decide(booked(link, booking=LATER, outlook=Gone()), SCENE)

    assert isinstance(step, CreateEvent)
    assert step.content == event_content(LATER, SCENE.product)
    assert (step.link.generation, step.link.intent) == ("g", BEGUN.intent)


def test_r8_10_what_a_call_in_doubt_came_to_is_noted_with_the_first_look() -> None:
    """Seeds 11001259 and 14007006."""
    followed = replace(LATER, interval=at(8))
    link = writing(LINK, Op.WRITE, Side.BOOKING, at(8))

    step = decide(booked(link, booking=followed, outlook=Gone()), SCENE)

    assert isinstance(step, Wait)
    assert step.hold.why is Why.UNPROVEN
    assert step.link.intent is None
    assert step.link.base is not None
    assert step.link.base.booking.interval == at(8)
