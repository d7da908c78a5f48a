"""Window, guard, marks, policy and the words for what was tried, example by example."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest

from sync.engine.actions import DeleteEvent
from sync.engine.cases import Case, OutlookSight, Scene
from sync.engine.items import (
    BookingItem,
    BookingKind,
    BookingStatus,
    Elsewhere,
    Gone,
    OutlookItem,
    OutlookKind,
    deletion_of,
)
from sync.engine.links import Base, Kind, Known, Link, Side
from sync.engine.marks import event_mark, reserve_ref, transaction_id
from sync.engine.plan import Plan, is_mass_deletion
from sync.engine.reasons import SkipReason, explain
from sync.engine.taking_part import (
    Policy,
    booking_reason,
    inwards_reason,
    outlook_reason,
    window_reason,
)
from sync.engine.texts import Product
from sync.engine.what_was_tried import shape_of, title_of, try_state, what_was_tried
from sync.engine.window import Window
from sync.people.people import AccessType, SyncSettings
from sync.words import (
    AccountId,
    BookingItemId,
    Calendar,
    CalendarId,
    ConnectionId,
    Interval,
    LinkKey,
    LocationId,
    OutlookItemId,
    PersonKey,
    ShowAs,
    StaffId,
)
from tests.fakes.clock import START
from tests.stories.sync.moments import at, on_day

WINDOW = Window(now=START, days=90)
SETTINGS = SyncSettings(calendar_id=CalendarId("c"), contact_email="a@example.com")
POLICY = Policy(
    settings=SETTINGS,
    access_type=AccessType.STAFF,
    enabled_locations=frozenset({LocationId("north")}),
    window=WINDOW,
)
EVENT = OutlookItem(id=OutlookItemId("o"), etag="e", interval=at(2), subject="Lunch")
ITEM = BookingItem(
    id=BookingItemId("b"), kind=BookingKind.RESERVE, version="v", interval=at(2), title="Block"
)
LINK = Link(
    key=LinkKey("b-b"),
    origin=Side.BOOKING,
    kind=Kind.RESERVE,
    interval=at(2),
    booking_id=BookingItemId("b"),
    generation="g1",
)
BASE = Base(
    booking=Known(version="v", interval=at(2)),
    outlook=Known(version="e", interval=at(2)),
    interval=at(2),
    text="t",
)
CONNECTION = ConnectionId("c1")


# --- the Window (R7.1, R11.4) ---


@pytest.mark.parametrize(
    ("span", "holds", "passed", "beyond"),
    [
        (at(-1), False, True, False),
        (at(-0.5), True, False, False),
        (at(0), True, False, False),
        (on_day(89.99), True, False, False),
        (on_day(90), False, False, True),
        (on_day(95), False, False, True),
        (Interval(START, START), True, False, False),
        (Interval(at(-1).start, at(-1).start), False, True, False),
        (Interval(on_day(90).start, on_day(90).start), False, False, True),
    ],
)
def test_r7_1_case_30_the_window_is_half_open(
    *, span: Interval, holds: bool, passed: bool, beyond: bool
) -> None:
    assert WINDOW.holds(span) is holds
    assert WINDOW.has_passed(span) is passed
    assert WINDOW.is_beyond(span) is beyond


def test_an_interval_is_aware_in_order_and_utc() -> None:
    with pytest.raises(ValueError, match="aware"):
        Interval(datetime(2026, 1, 1), START)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="aware"):
        Interval(START, datetime(2027, 1, 1))  # noqa: DTZ001 - the same
    with pytest.raises(ValueError, match="before it starts"):
        Interval(START, START - timedelta(seconds=1))
    east = timezone(timedelta(hours=2))
    elsewhere = Interval(START.astimezone(east), at(0).end.astimezone(east))
    assert elsewhere == at(0)
    assert elsewhere.start.tzinfo is UTC
    assert elsewhere.end.tzinfo is UTC


@pytest.mark.parametrize(
    ("one", "other", "shares"),
    [
        (at(2), at(2), True),
        (at(2), at(2.5), True),
        (at(2), at(3), False),
        (at(3), at(2), False),
        (at(2), at(1.5, length=2), True),
        (at(2, length=0), at(2), True),
        (at(2, length=0), at(1), False),
        (at(2, length=0), at(1.5), True),
        (at(2, length=0), at(2.5), False),
    ],
)
def test_r7_1_two_spans_share_time_by_one_half_open_rule(
    *, one: Interval, other: Interval, shares: bool
) -> None:
    assert one.overlaps(other) is shares


def test_what_has_no_length_is_searched_for_a_minute() -> None:
    instant = at(2, length=0)

    assert (instant.has_length, at(2).has_length) == (False, True)
    assert instant.searched() == Interval(instant.start, instant.start + timedelta(minutes=1))
    assert at(2).searched() == at(2)


def test_r5_1_only_an_own_calendar_that_can_be_edited_may_be_chosen() -> None:
    own = Calendar(id=CalendarId("c"), name="C", owner_address="a@example.com")

    assert own.may_be_chosen
    assert not replace(own, is_own=False).may_be_chosen
    assert not replace(own, can_edit=False).may_be_chosen


def test_ids_are_written_as_they_are_stored() -> None:
    person = PersonKey(account_id=AccountId("a"), staff_id=StaffId("s"))

    assert str(person) == "a:s"
    assert deletion_of("e1") == "deleted e1"


# --- the guard (R11.7) ---


@pytest.mark.parametrize(
    ("removals", "linked", "is_mass"),
    [(10, 10, False), (11, 11, True), (11, 21, True), (11, 22, False), (12, 22, True)],
)
def test_r11_7_more_than_half_and_more_than_ten_is_a_mass_deletion(
    *, removals: int, linked: int, is_mass: bool
) -> None:
    removal = DeleteEvent(link=LINK, rule="R6.1", title="", outlook_id=OutlookItemId("o"))
    writes = (removal,) * removals
    both = [replace(LINK, key=LinkKey(f"b-{n}"), base=BASE) for n in range(linked)]
    one = [replace(LINK, key=LinkKey(f"o-{n}")) for n in range(30)]
    scene = Scene(
        policy=POLICY,
        product=Product(name="P", tag="P"),
        connection_id=CONNECTION,
        calendar_id=CalendarId("c"),
        horizon=Interval(START, on_day(104).end),
        nonce="n",
        cancel_after=timedelta(seconds=60),
        held_for=timedelta(days=1),
        cases={link.key: Case(link=link) for link in both + one},
    )

    todo = Plan(writes=writes, lots={}, notes=(), skips=(), held=None)

    assert is_mass_deletion(todo, scene) is is_mass


# --- marks (R6.3, R8.11) ---


def test_r6_3_marks_name_the_connection_the_item_and_the_generation() -> None:
    assert event_mark(CONNECTION, LINK) == "c1:b:g1"
    assert reserve_ref(CONNECTION, LINK) == "c1:b-b:g1"
    assert transaction_id(CONNECTION, LINK) == "a7a6aa09-b5a2-5bdc-8289-3d4148a2df2b"
    assert transaction_id(CONNECTION, replace(LINK, generation="g2")) != transaction_id(
        CONNECTION, LINK
    )


# --- who takes part (R6.1, R7.1) ---


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"kind": BookingKind.EVENT}, SkipReason.GROUP_EVENT),
        ({"external_ref": "x"}, SkipReason.MADE_FROM_MEETING),
        ({"status": BookingStatus.CANCELLED}, SkipReason.BOOKING_CANCELLED),
        ({"status": BookingStatus.NO_SHOW}, None),
        ({"location_id": LocationId("north")}, None),
        ({"location_id": LocationId("south")}, SkipReason.LOCATION_NOT_ENABLED),
    ],
)
def test_r6_1_an_item_takes_part_or_is_out_for_one_reason(
    change: dict[str, object], reason: SkipReason | None
) -> None:
    assert booking_reason(replace(ITEM, **change), POLICY) is reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"problem": "zone"}, SkipReason.UNREADABLE),
        ({"kind": OutlookKind.MASTER}, SkipReason.SERIES_MASTER),
        ({"is_all_day": True}, SkipReason.ALL_DAY),
        ({"is_cancelled": True}, SkipReason.CANCELLED),
        ({"is_declined": True}, SkipReason.DECLINED),
        ({"show_as": ShowAs.TENTATIVE}, SkipReason.SHOW_AS),
        ({"show_as": ShowAs.OOF}, None),
        ({"interval": Interval(START, START)}, SkipReason.NO_LENGTH),
    ],
)
def test_r7_1_a_meeting_takes_part_or_is_out_for_one_reason(
    change: dict[str, object], reason: SkipReason | None
) -> None:
    assert outlook_reason(replace(EVENT, **change), POLICY) is reason  # type: ignore[arg-type]


def test_r2_4_r5_5_nothing_goes_inwards_without_the_right_or_the_choice() -> None:
    viewer = replace(POLICY, access_type=AccessType.VIEW_ONLY)
    without = replace(POLICY, settings=replace(SETTINGS, sync_meetings=False))

    assert inwards_reason(POLICY) is None
    assert outlook_reason(EVENT, viewer) is SkipReason.VIEW_ONLY
    assert outlook_reason(EVENT, without) is SkipReason.MEETINGS_NOT_CHOSEN
    no_reserves = replace(POLICY, settings=replace(SETTINGS, sync_reserves=False))
    assert booking_reason(ITEM, no_reserves) is SkipReason.RESERVES_NOT_CHOSEN
    appointment = replace(ITEM, kind=BookingKind.APPOINTMENT)
    assert booking_reason(appointment, no_reserves) is None


def test_r7_1_the_window_has_two_sides() -> None:
    assert window_reason(EVENT, WINDOW) is None
    assert window_reason(replace(EVENT, interval=at(-3)), WINDOW) is SkipReason.PAST
    assert window_reason(replace(ITEM, interval=on_day(91)), WINDOW) is SkipReason.BEYOND_WINDOW


def test_r2_5_a_policy_is_another_when_items_have_to_be_judged_afresh() -> None:
    others = [
        replace(POLICY, access_type=AccessType.VIEW_ONLY),
        replace(POLICY, enabled_locations=frozenset()),
        replace(POLICY, window=Window(now=START, days=30)),
        *(
            replace(POLICY, settings=replace(SETTINGS, **{name: False}))  # type: ignore[arg-type]
            for name in ("sync_reserves", "sync_meetings", "sync_meeting_details")
        ),
        replace(POLICY, settings=replace(SETTINGS, show_as=frozenset({ShowAs.FREE}))),
    ]
    prints = {each.fingerprint for each in others} | {POLICY.fingerprint}

    assert len(prints) == len(others) + 1
    same = replace(POLICY, access_type=AccessType.HQ_ADMIN, window=Window(now=at(5).start, days=90))
    assert same.fingerprint == POLICY.fingerprint
    assert len(POLICY.fingerprint) == 16


def test_r2_5_the_fingerprint_of_a_policy_is_stored_and_so_the_same_in_each_release() -> None:
    both = frozenset({LocationId("north"), LocationId("south")})

    assert replace(POLICY, enabled_locations=both).fingerprint == "d2cc4e696291d784"


def test_r12_2_whoever_asks_why_reads_what_to_do_and_no_number_of_a_rule() -> None:
    assert "set a Day Off" in explain(SkipReason.ALL_DAY).in_full
    assert "Ask an administrator" in explain(SkipReason.LOCATION_NOT_ENABLED).in_full
    assert "in your settings" in explain(SkipReason.MEETINGS_NOT_CHOSEN).in_full
    for reason in SkipReason:
        said = explain(reason).in_full

        assert said.startswith(explain(reason).sentence)
        assert said.endswith(".")
        assert re.search(r"R\d", said) is None


def test_r12_2_each_reason_has_a_rule_and_a_sentence() -> None:
    for reason in SkipReason:
        assert explain(reason).rule.startswith("R")
        assert explain(reason).sentence.endswith(".")


# --- what was tried (R9.3) ---


@pytest.mark.parametrize(
    ("event", "shape"),
    [
        (EVENT, None),
        (replace(EVENT, kind=OutlookKind.MASTER), "You made the event repeat."),
        (replace(EVENT, is_all_day=True), "You made the event last all day."),
    ],
)
def test_r8_9_what_an_event_was_made_into(event: OutlookItem, shape: str | None) -> None:
    assert shape_of(event) == shape


def test_r9_3_what_was_tried_is_said_and_told_apart() -> None:
    moved = replace(EVENT, interval=at(9))
    dragged = Elsewhere(calendar_id=CalendarId("d"), outlook_id=OutlookItemId("o2"))

    assert what_was_tried(BASE, None, at(2)) is None
    assert what_was_tried(BASE, Gone(), at(2)) == "You deleted the event in Outlook."
    assert what_was_tried(BASE, dragged, at(2)) == "You moved the event into another calendar."
    assert what_was_tried(BASE, EVENT, at(5)) is None
    assert what_was_tried(BASE, moved, at(9)) is None
    assert what_was_tried(BASE, moved, at(5)) == "You moved the event in Outlook."
    all_day = replace(moved, is_all_day=True)
    assert what_was_tried(BASE, all_day, at(9)) == "You made the event last all day."
    seen: list[OutlookSight] = [
        EVENT,
        moved,
        all_day,
        replace(EVENT, kind=OutlookKind.MASTER),
        dragged,
        Gone(),
    ]
    assert len({try_state(each) for each in seen}) == len(seen)
    assert try_state(None) == try_state(Gone())


def test_r9_3_the_title_is_as_in_outlook_and_never_private() -> None:
    private = replace(EVENT, is_normal=False)

    assert title_of(ITEM, EVENT) == "Lunch"
    assert title_of(ITEM, private) == "Block"
    assert title_of(ITEM, replace(EVENT, subject=None)) == "Block"
    assert title_of(ITEM, None) == "Block"
    assert title_of(Gone(), private) == "An item of your schedule"
    assert title_of(None, Gone()) == "An item of your schedule"


def test_r11_9_a_refusal_says_that_it_is_tried_again() -> None:
    assert "tried again by itself" in explain(SkipReason.REFUSED).sentence


def test_r2_5_whatever_judges_an_item_otherwise_has_another_fingerprint() -> None:
    """Else nobody looks again at what has not changed."""
    items = [
        replace(ITEM, kind=kind, location_id=place)
        for kind in BookingKind
        for place in (None, LocationId("north"), LocationId("south"))
    ]
    events = [replace(EVENT, show_as=show_as, body="Agenda") for show_as in ShowAs]
    verdicts: dict[str, tuple[object, ...]] = {}
    for access, places, reserves, meetings, details, show_as, days in product(
        AccessType,
        (frozenset[LocationId](), POLICY.enabled_locations),
        (True, False),
        (True, False),
        (True, False),
        (frozenset({ShowAs.BUSY}), frozenset({ShowAs.BUSY, ShowAs.OOF}), frozenset({ShowAs.FREE})),
        (30, 90),
    ):
        settings = replace(
            SETTINGS,
            sync_reserves=reserves,
            sync_meetings=meetings,
            sync_meeting_details=details,
            show_as=show_as,
        )
        policy = Policy(
            settings=settings,
            access_type=access,
            enabled_locations=places,
            window=Window(now=START, days=days),
        )
        said = (
            *(booking_reason(item, policy) for item in items),
            *(outlook_reason(event, policy) for event in events),
            *(window_reason(replace(item, interval=on_day(60)), policy.window) for item in items),
            details,
        )
        assert verdicts.setdefault(policy.fingerprint, said) == said
