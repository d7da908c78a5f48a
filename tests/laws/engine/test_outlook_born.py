"""The second table of section 8 beyond its rows: what waits, is in doubt, or can't be read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync.engine.actions import (
    CreateReserve,
    Decision,
    Drop,
    Note,
    RemoveItem,
    Skip,
    Wait,
    WriteItem,
)
from sync.engine.cases import Absent, OutlookSight, Scene, Trouble
from sync.engine.items import Gone, OutlookItem, OutlookKind
from sync.engine.links import Base, Hold, Known, Link, Op, Side, Why
from sync.engine.outlook_born import decide
from sync.engine.reasons import SkipReason
from sync.engine.telling import Tell
from sync.engine.texts import reserve_content, reserve_fingerprint
from sync.engine.what_was_tried import span_of
from sync.words import OutlookItemId
from tests.laws.engine.rows import (
    AGO,
    DAY,
    MEETING,
    MEETING_LINK,
    MINUTE,
    NOW,
    RESERVE,
    RESERVE_BEGUN,
    SAID,
    SCENE,
    SECOND,
    STRANGER,
    VIEWER,
    base_of,
    dragged,
    met,
    moved,
    reserve_made,
    unread,
    waiting,
    writing,
)
from tests.stories.sync.moments import at, on_day

BASE = base_of(MEETING_LINK)
SILENT = replace(
    SCENE,
    policy=replace(SCENE.policy, settings=replace(SCENE.policy.settings, sync_meetings=False)),
)
STATE = f"{reserve_fingerprint(SAID)} {span_of(at(4))}"
RENAMED = replace(MEETING, etag="w2", modified=NOW, subject="Dinner")
LATER = moved(MEETING, at(8))
FREE = replace(MEETING, etag="w2", is_cancelled=True)
FAR = moved(MEETING, on_day(95))
FARTHEST = moved(MEETING, on_day(120))


def waits(hold: Hold, link: Link = MEETING_LINK) -> Wait:
    return Wait(link=link, rule="R11.8", hold=hold)


def removed(rule: str, title: str = "Lunch", link: Link = MEETING_LINK) -> RemoveItem:
    return RemoveItem(link=link, rule=rule, title=title, booking_id=RESERVE.id)


# --- what can't be read ---


@pytest.mark.parametrize("link", [MEETING_LINK, STRANGER])
def test_r11_8_what_can_not_be_read_waits_and_its_twin_stays(link: Link) -> None:
    trouble = Trouble(code="http_500", wait=60)

    assert decide(met(link, booking=trouble), SCENE) == waits(unread("http_500", 60), link)
    assert decide(met(link, outlook=trouble), SCENE) == waits(unread("http_500", 60), link)
    assert decide(met(link, outlook=Absent()), SCENE) == waits(unread("not_searched"), link)
    assert decide(met(link, outlook=Absent(code="http_403")), SCENE) == waits(
        unread("http_403"), link
    )


@pytest.mark.parametrize(("scene", "rule"), [(VIEWER, "R2.4"), (SILENT, "R5.5")])
def test_r2_4_r5_5_where_no_meeting_takes_part_its_reserve_goes_whatever_a_read_says(
    scene: Scene, rule: str
) -> None:
    case = met(outlook=Trouble(code="http_500"))

    assert decide(case, scene) == removed(rule, "A meeting in Outlook")
    assert decide(met(outlook=None), scene) == removed(rule, "A meeting in Outlook")
    assert decide(met(), scene) == removed(rule)


# --- a Meeting without a Reserve ---


def test_r7_1_a_new_meeting_gets_its_reserve_under_a_key_of_its_own() -> None:
    case = met(STRANGER, booking=None, is_stored=False)

    assert decide(case, SCENE) == reserve_made(STRANGER, MEETING)


def test_r7_4_an_occurrence_is_known_by_its_series_and_keeps_the_uid_that_it_had() -> None:
    occurrence = replace(
        MEETING, kind=OutlookKind.OCCURRENCE, series_id=OutlookItemId("series"), uid=None
    )

    step = decide(met(STRANGER, booking=None, outlook=occurrence), SCENE)

    assert step == reserve_made(STRANGER, occurrence, uid="uid")
    renewed = replace(occurrence, uid="another")
    assert decide(met(STRANGER, booking=None, outlook=renewed), SCENE) == reserve_made(
        STRANGER, renewed
    )


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize(
    ("meeting", "reason", "rule"),
    [
        (FREE, SkipReason.CANCELLED, "R7.1"),
        (moved(MEETING, at(-6)), SkipReason.PAST, "R7.1"),
        (FARTHEST, SkipReason.BEYOND_WINDOW, "R11.4"),
    ],
)
def test_r7_1_what_takes_no_part_is_left_out_for_its_reason_and_not_kept(
    meeting: OutlookItem, reason: SkipReason, rule: str, *, is_stored: bool
) -> None:
    case = met(STRANGER, booking=None, outlook=meeting, is_stored=is_stored)

    skip = Skip(item=meeting, reason=reason)
    assert decide(case, SCENE) == (Drop(link=STRANGER, rule=rule) if is_stored else skip)


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize("sight", [Gone(), dragged()])
def test_r7_1_a_meeting_that_is_gone_or_dragged_away_is_forgotten(
    sight: OutlookSight, *, is_stored: bool
) -> None:
    case = met(STRANGER, booking=None, outlook=sight, is_stored=is_stored)

    assert decide(case, SCENE) == (Drop(link=STRANGER, rule="R7.1") if is_stored else None)


def test_r2_4_what_was_only_remembered_is_forgotten_where_no_meeting_takes_part() -> None:
    case = met(STRANGER, booking=None, outlook=None)

    assert decide(case, SCENE) is None
    assert decide(case, VIEWER) == Drop(link=STRANGER, rule="R2.4")
    assert decide(replace(case, is_stored=False), VIEWER) is None


@pytest.mark.parametrize("sight", [Gone(), FREE])
@pytest.mark.parametrize(
    ("link", "since"),
    [
        (RESERVE_BEGUN, NOW),
        (replace(RESERVE_BEGUN, hold=Hold(why=Why.STALE, since=NOW - 29 * SECOND)),
         NOW - 29 * SECOND),
        (replace(RESERVE_BEGUN, hold=Hold(why=Why.UNREADABLE, since=NOW - 29 * SECOND)),
         NOW - 29 * SECOND),
        (waiting(RESERVE_BEGUN, Why.REFUSED), NOW),
    ],
)  # fmt: skip
def test_r11_5_a_reserve_that_may_have_been_made_is_looked_for_again_before_it_is_forgotten(
    link: Link, since: Any, sight: OutlookSight
) -> None:
    hold = Hold(why=Why.STALE, since=since, at=since + 30 * SECOND)

    assert decide(met(link, booking=Gone(), outlook=sight), SCENE) == waits(hold, link)
    unstored = met(link, booking=Gone(), outlook=sight, is_stored=False)
    assert not isinstance(decide(unstored, SCENE), Wait)


@pytest.mark.parametrize(
    "link",
    [
        replace(RESERVE_BEGUN, hold=Hold(why=Why.STALE, since=NOW - 30 * SECOND)),
        writing(STRANGER, Op.DELETE, Side.BOOKING),
    ],
)
def test_r11_5_a_reserve_that_was_looked_for_long_enough_is_forgotten(link: Link) -> None:
    step = decide(met(link, booking=Gone(), outlook=Gone()), SCENE)

    assert step == Drop(link=link, rule="R7.1")


def test_r11_4_a_meeting_beyond_the_window_is_remembered_until_it_enters() -> None:
    hold = Hold(why=Why.BEYOND, since=NOW, at=FAR.interval.start - 90 * DAY)
    begun = replace(STRANGER, told="told", intent=RESERVE_BEGUN.intent)
    beyond = replace(STRANGER, interval=FAR.interval, hold=hold)

    def far(link: Link) -> Decision:
        return decide(met(link, booking=None, outlook=FAR, is_stored=False), SCENE)

    assert far(begun) == Note(link=beyond, rule="R11.4")
    known = replace(beyond, hold=replace(hold, since=AGO))
    assert far(known) == Skip(item=FAR, reason=SkipReason.BEYOND_WINDOW)
    assert far(waiting(STRANGER, Why.TAKEN)) == Note(link=beyond, rule="R11.4")


@pytest.mark.parametrize(
    ("why", "of", "changes", "reason"),
    [
        (Why.TAKEN, STATE, {}, SkipReason.TIME_TAKEN),
        (Why.TAKEN, STATE, {"retry": True}, None),
        (Why.TAKEN, STATE, {"is_resync": True}, None),
        (Why.TAKEN, "another", {}, None),
        (Why.REFUSED, STATE, {"retry": True}, SkipReason.REFUSED),
        (Why.REFUSED, STATE, {"is_resync": True}, None),
        (Why.LEFT_ALONE, STATE, {"retry": True, "is_resync": True}, SkipReason.LEFT_ALONE),
        (Why.LEFT_ALONE, "another", {}, None),
        (Why.UNREADABLE, STATE, {}, None),
        (Why.WAITS, STATE, {}, None),
    ],
)
def test_r7_5_r8_6_what_was_refused_or_left_alone_is_tried_again_when_it_may(
    why: Why, of: str, changes: dict[str, Any], reason: SkipReason | None
) -> None:
    link = waiting(STRANGER, why, of=of)

    step = decide(met(link, booking=None), replace(SCENE, **changes))

    if reason is not None:
        assert step == Skip(item=MEETING, reason=reason)
        return
    # What has changed since is left alone no more, whatever becomes of the call.
    begun = replace(link, hold=None) if why is Why.LEFT_ALONE else link
    assert step == reserve_made(begun, MEETING)


def test_r11_5_a_creation_in_doubt_is_repeated_under_its_key_and_remembers_what_was_asked() -> None:
    case = met(RESERVE_BEGUN, booking=Gone())

    assert decide(case, SCENE) == reserve_made(RESERVE_BEGUN, MEETING, "R8.4", generation="g")
    again = decide(replace(case, outlook=RENAMED), SCENE)
    assert isinstance(again, CreateReserve)
    assert again.content == reserve_made(RESERVE_BEGUN, RENAMED, "R8.4").content
    assert (again.link.generation, again.link.intent) == ("g", RESERVE_BEGUN.intent)


def test_r11_5_a_reserve_that_nobody_recorded_is_taken_on_as_it_was_written() -> None:
    reserve = replace(RESERVE, modified=NOW)
    link = waiting(RESERVE_BEGUN, Why.STALE)

    assert decide(met(link, booking=reserve, outlook=None), SCENE) == Note(
        link=replace(
            MEETING_LINK,
            base=Base(
                booking=Known(version="v1", interval=at(4), modified=NOW),
                outlook=Known(version="w1", interval=at(4)),
                interval=at(4),
                text=BASE.text,
            ),
        ),
        rule="R11.5",
    )
    gone = decide(met(link, outlook=Gone()), SCENE)
    assert isinstance(gone, RemoveItem)
    assert gone.booking_id == RESERVE.id
    assert gone.link.intent is None


# --- a pair ---


def test_r11_8_a_reserve_that_is_asked_for_changes_nothing() -> None:
    assert decide(met(booking=Absent()), SCENE) is None


@pytest.mark.parametrize(
    ("link", "known", "kept"),
    [
        (waiting(MEETING_LINK, Why.PUT_BACK), {}, MEETING_LINK),
        (replace(MEETING_LINK, told="x"), {}, MEETING_LINK),
        (writing(MEETING_LINK, Op.WRITE, Side.BOOKING), {}, MEETING_LINK),
        (waiting(MEETING_LINK, Why.PUT_BACK), {"outlook": None}, None),
        (replace(MEETING_LINK, told="x"), {"outlook": None}, None),
        (writing(MEETING_LINK, Op.WRITE, Side.BOOKING), {"outlook": None}, MEETING_LINK),
        (writing(MEETING_LINK, Op.WRITE, Side.BOOKING), {"booking": None}, MEETING_LINK),
        (writing(MEETING_LINK, Op.WRITE, Side.BOOKING),
         {"booking": None, "outlook": None}, None),
    ],
)  # fmt: skip
def test_r8_8_what_a_meeting_waited_for_ends_when_it_is_seen_to_be_in_step(
    link: Link, known: dict[str, Any], kept: Link | None
) -> None:
    step = decide(met(link, **known), SCENE)

    assert step == (None if kept is None else Note(link=kept, rule="R8.8"))


def test_r8_8_what_the_office_s_side_says_anew_is_noted_and_no_wait_forgotten() -> None:
    link = replace(waiting(writing(MEETING_LINK, Op.WRITE, Side.BOOKING), Why.STALE), told="x")

    step = decide(met(link, booking=replace(RESERVE, version="v2"), outlook=None), SCENE)

    known = Known(version="v2", interval=at(4), older=("v1",))
    assert step == Note(
        link=replace(link, intent=None, base=replace(BASE, booking=known)), rule="R8.8"
    )


@pytest.mark.parametrize(
    ("link", "step"),
    [
        (MEETING_LINK, None),
        (writing(MEETING_LINK, Op.WRITE, Side.BOOKING), MEETING_LINK),
        (waiting(MEETING_LINK, Why.REFUSED), MEETING_LINK),
    ],
)
def test_r11_4_what_has_passed_on_both_sides_is_left_as_it_is_and_stays_linked(
    link: Link, step: Link | None
) -> None:
    passed = replace(BASE, outlook=replace(BASE.outlook, interval=at(-6)))
    case = met(
        replace(link, base=passed),
        booking=replace(RESERVE, interval=at(-6)),
        outlook=replace(MEETING, interval=at(-6)),
    )

    assert decide(case, SCENE) == (
        None if step is None else Note(link=replace(step, base=passed), rule="R11.4")
    )


@pytest.mark.parametrize("why", [Why.UNREADABLE, Why.STALE, Why.WAITS, Why.REFUSED, Why.PUT_BACK])
def test_r11_4_a_passed_meeting_that_waits_may_have_been_moved_ahead(why: Why) -> None:
    link = replace(
        waiting(MEETING_LINK, why, at=MINUTE),
        base=replace(BASE, outlook=replace(BASE.outlook, interval=at(-6))),
    )

    assert decide(met(link, booking=None, outlook=None), SCENE) is None


def test_r11_4_a_meeting_that_comes_back_from_the_past_is_followed() -> None:
    passed = replace(BASE, outlook=replace(BASE.outlook, interval=at(-6)))
    case = met(replace(MEETING_LINK, base=passed), booking=replace(RESERVE, interval=at(-6)))

    assert isinstance(decide(case, SCENE), WriteItem)


def test_r8_5_our_own_move_into_the_past_leaves_nothing_to_do() -> None:
    link = writing(MEETING_LINK, Op.WRITE, Side.OUTLOOK, at(-6))
    meeting, reserve = moved(MEETING, at(-6)), replace(RESERVE, version="v2", interval=at(-6))

    step = decide(met(link, booking=reserve, outlook=meeting), SCENE)

    assert isinstance(step, Note)
    assert step.link.intent is None
    assert step.link.base == replace(
        BASE,
        booking=Known(version="v2", interval=at(-6), older=("v1",)),
        outlook=Known(version="w2", interval=at(-6), modified=NOW, older=("w1",)),
    )


def test_r2_4_a_passed_meeting_of_who_may_only_view_gives_its_time_back_though_both_moved() -> None:
    case = met(booking=replace(RESERVE, interval=at(-6)), outlook=moved(MEETING, at(-6)))

    assert isinstance(decide(case, VIEWER), RemoveItem)


@pytest.mark.parametrize(("sight", "rule"), [(dragged(), "R8.4"), (FREE, "R7.1")])
def test_r8_4_a_meeting_without_a_known_reserve_is_forgotten_when_it_ends(
    sight: OutlookSight, rule: str
) -> None:
    nowhere = replace(MEETING_LINK, booking_id=None)

    assert decide(met(nowhere, booking=None, outlook=sight), SCENE) == Drop(link=nowhere, rule=rule)
    assert decide(met(booking=Gone(), outlook=sight), SCENE) == Drop(link=MEETING_LINK, rule=rule)


def test_r8_15_a_reserve_made_a_moment_ago_is_deleted_by_its_id_whatever_a_read_says() -> None:
    young = replace(MEETING_LINK, made=NOW - 10 * SECOND)

    assert decide(met(young, booking=Gone(), outlook=Gone()), SCENE) == removed(
        "R8.4", "A meeting in Outlook", young
    )
    assert decide(met(young, booking=Gone(), outlook=LATER), SCENE) == waits(
        Hold(why=Why.STALE, since=NOW, at=NOW + 20 * SECOND), young
    )


def test_r11_4_a_meeting_that_left_the_window_is_remembered() -> None:
    hold = Hold(why=Why.BEYOND, since=NOW, at=FAR.interval.start - 90 * DAY)
    link = replace(MEETING_LINK, told="x")
    after = replace(link, interval=FAR.interval, booking_id=None, base=None, hold=hold, told="")

    assert decide(met(link, outlook=FAR), SCENE) == replace(
        removed("R11.4", link=link), after=after
    )
    assert decide(met(link, booking=Gone(), outlook=FAR), SCENE) == Note(link=after, rule="R11.4")


def test_r11_9_a_removal_that_was_refused_waits_until_it_is_due() -> None:
    link = waiting(MEETING_LINK, Why.REFUSED, at=SECOND)
    due = waiting(MEETING_LINK, Why.REFUSED, at=timedelta(0))

    assert decide(met(link, outlook=Gone()), SCENE) is None
    assert decide(met(due, outlook=Gone()), SCENE) == removed("R8.4", "A meeting in Outlook", due)
    # What was refused was something else.
    other = waiting(MEETING_LINK, Why.REFUSED, at=SECOND, of="a state of the Meeting")
    assert decide(met(other, outlook=Gone()), SCENE) == removed(
        "R8.4", "A meeting in Outlook", other
    )


# changed | same, changed or deleted (R8.4)


def written(meeting: OutlookItem, **more: Any) -> WriteItem:
    content = reserve_content(meeting, details=True)
    parts = {"interval": None, **more}
    return WriteItem(
        link=parts.pop("link", MEETING_LINK),
        rule="R8.4",
        title=content.title,
        booking_id=RESERVE.id,
        shows=meeting.interval,
        event=meeting,
        **parts,
    )


def test_r8_4_a_changed_meeting_whose_reserve_was_deleted_gets_another_one() -> None:
    link = waiting(writing(MEETING_LINK, Op.WRITE, Side.BOOKING), Why.REFUSED)

    for case in (
        met(link, booking=Gone(), outlook=LATER),
        met(replace(link, booking_id=None), booking=None, outlook=LATER),
    ):
        assert decide(case, SCENE) == reserve_made(
            replace(MEETING_LINK, booking_id=None), LATER, "R8.4"
        )


def test_r11_5_our_own_deletion_whose_answer_was_lost_is_not_the_office_s() -> None:
    ours = writing(MEETING_LINK, Op.DELETE, Side.BOOKING)

    assert decide(met(ours, booking=Gone()), SCENE) == reserve_made(MEETING_LINK, MEETING, "R8.4")


def test_r11_5_our_own_write_whose_record_was_lost_is_taken_for_agreed() -> None:
    link = replace(waiting(writing(MEETING_LINK, Op.WRITE, Side.BOOKING), Why.REFUSED), told="x")
    reserve = replace(RESERVE, version="v2", interval=at(8))

    assert decide(met(link, booking=reserve, outlook=LATER), SCENE) == Note(
        link=replace(
            MEETING_LINK,
            interval=at(8),
            base=Base(
                booking=Known(version="v2", interval=at(8), older=("v1",)),
                outlook=Known(version="w2", interval=at(8), modified=NOW, older=("w1",)),
                interval=at(8),
                text=BASE.text,
            ),
        ),
        rule="R11.5",
    )
    # The booking product may give nothing back for a text that is empty.
    silent = replace(RENAMED, body=None)
    bare = replace(RESERVE, version="v2", title="Dinner", notes=None)
    assert isinstance(decide(met(booking=bare, outlook=silent), SCENE), Note)
    for other in (
        replace(bare, title="Lunch"),
        replace(bare, title=None),
        replace(bare, notes="Soup"),
        replace(bare, interval=at(6)),
    ):
        assert isinstance(decide(met(booking=other, outlook=silent), SCENE), WriteItem)


def test_r7_5_a_refused_update_is_tried_again_when_it_is_due_or_the_meeting_is_another() -> None:
    state = f"{BASE.text} {span_of(at(8))}"

    refused = waiting(MEETING_LINK, Why.REFUSED, at=MINUTE, of=state)
    assert decide(met(refused, outlook=LATER), SCENE) == Skip(item=LATER, reason=SkipReason.REFUSED)
    for link in (
        waiting(MEETING_LINK, Why.REFUSED, at=-MINUTE, of=state),
        waiting(MEETING_LINK, Why.REFUSED, at=MINUTE, of="another"),
    ):
        assert decide(met(link, outlook=LATER), SCENE) == written(LATER, interval=at(8), link=link)


# same | moved (R8.5), same | deleted (R8.6), same | same


OFFICE = replace(RESERVE, version="v2", interval=at(6))
MOVED = Tell(
    title="Lunch",
    tried="You moved its reserved time in the booking product.",
    reason="The meeting is somebody else's, has attendees or is part of a series, so it can "
    "only be moved in Outlook.",
    now="The reserved time is back where the meeting is.",
    state=span_of(at(6)),
    old=at(4),
    new=at(6),
)


def put_back(link: Link, meeting: OutlookItem, tell: Tell | None) -> WriteItem:
    return WriteItem(
        link=link,
        rule="R8.5",
        title="Lunch",
        tell=tell,
        booking_id=RESERVE.id,
        shows=at(4),
        interval=at(4),
        event=meeting,
        is_put_back=True,
    )


def test_r8_5_a_put_back_of_a_reserve_that_was_cut_short_is_done() -> None:
    cut_short = waiting(MEETING_LINK, Why.PUT_BACK)

    assert decide(met(cut_short, booking=OFFICE), SCENE) == put_back(cut_short, MEETING, MOVED)


def test_r11_9_a_reserve_that_can_not_be_put_back_is_tried_again_when_it_is_due() -> None:
    meeting = replace(MEETING, has_attendees=True)
    refused = waiting(MEETING_LINK, Why.REFUSED, at=MINUTE, of=OFFICE.version)

    step = decide(met(refused, booking=OFFICE, outlook=meeting), SCENE)

    assert step == Skip(item=meeting, reason=SkipReason.REFUSED)
    for link in (
        waiting(MEETING_LINK, Why.REFUSED, at=-MINUTE, of=OFFICE.version),
        # The office has done something else since.
        waiting(MEETING_LINK, Why.REFUSED, at=MINUTE, of="v1"),
    ):
        case = met(link, booking=OFFICE, outlook=meeting)
        assert decide(case, SCENE) == put_back(link, meeting, MOVED)


def test_r8_5_a_reserve_is_not_judged_without_its_meeting() -> None:
    assert decide(met(booking=OFFICE, outlook=None), SCENE) is None


def test_r8_15_a_meeting_that_was_read_too_old_is_looked_at_again() -> None:
    hold = Hold(why=Why.STALE, since=NOW, at=NOW + 20 * SECOND, tries=1)

    for reserve in (RESERVE, OFFICE, Gone(), None):
        case = met(booking=reserve, outlook=None, is_stale=True)
        assert decide(case, SCENE) == waits(hold)
    assert decide(met(is_stale=True), SCENE) is None


def test_r8_6_a_meeting_is_left_alone_though_its_reserve_was_about_to_be_written() -> None:
    begun = writing(MEETING_LINK, Op.WRITE, Side.BOOKING)
    hold = Hold(why=Why.LEFT_ALONE, since=NOW, of=STATE)

    assert decide(met(begun, booking=Gone()), SCENE) == Note(
        link=replace(MEETING_LINK, booking_id=None, base=None, hold=hold),
        rule="R8.6",
        title="Lunch",
        left_out=SkipReason.LEFT_ALONE,
    )


def test_r8_15_a_reserve_made_a_moment_ago_is_looked_for_again_before_it_counts_as_deleted() -> (
    None
):
    young = replace(MEETING_LINK, made=NOW - 29 * SECOND)

    assert decide(met(young, booking=Gone()), SCENE) == waits(
        Hold(why=Why.STALE, since=NOW, at=NOW + SECOND), young
    )
    old = replace(MEETING_LINK, made=NOW - 30 * SECOND)
    assert isinstance(decide(met(old, booking=Gone()), SCENE), Note)


def test_r2_4_r8_6_what_is_left_alone_is_so_however_it_reads_while_no_meeting_takes_part() -> None:
    link = waiting(STRANGER, Why.LEFT_ALONE, of=STATE)
    covered = replace(link, hold=Hold(why=Why.UNREADABLE, since=AGO, over=link.hold))

    for sight in (Trouble(code="http_500"), None, MEETING):
        case = met(covered, booking=None, outlook=sight)
        assert decide(case, SILENT) == Note(link=link, rule="R8.6")
        assert decide(replace(case, link=link), SILENT) is None


@pytest.mark.parametrize("why", [Why.REFUSED, Why.PUT_BACK])
def test_r8_15_a_reserve_that_was_read_too_old_ends_no_wait(why: Why) -> None:
    link = waiting(MEETING_LINK, why, of="v2")

    step = decide(met(link, booking=None, is_stale=True), SCENE)

    at_ = NOW + 20 * SECOND
    assert step == waits(Hold(why=Why.STALE, since=NOW, at=at_, tries=1, over=link.hold), link)


def test_r8_6_what_was_left_alone_without_a_state_is_as_it_is_seen_first() -> None:
    """A release before this one kept none."""
    link = waiting(STRANGER, Why.LEFT_ALONE)
    assert link.hold is not None

    step = decide(met(link, booking=None), SCENE)

    assert step == Note(link=replace(link, hold=replace(link.hold, of=STATE)), rule="R8.6")
