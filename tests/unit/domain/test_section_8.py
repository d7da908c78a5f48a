"""Section 8, row by row, as plans: each action whole, with its rule and what is told of it."""

from dataclasses import replace

import pytest

from sync.domain.actions import (
    Action,
    CreateEvent,
    DeleteEvent,
    DeleteReserve,
    DropLink,
    KeepLink,
    MoveBookingItem,
    MoveMeeting,
    RemoveBookingItem,
    Tell,
    UpdateEvent,
    UpdateReserve,
)
from sync.domain.content import event_content, event_fingerprint, reserve_content
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    BookingKind,
    CalendarId,
    Elsewhere,
    Link,
    LinkState,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
)
from sync.domain.people import AccessType, OnOutlookDelete, SyncSettings
from sync.domain.planner import plan
from sync.domain.reasons import SkipReason
from sync.domain.rules import Policy
from sync.domain.window import Window
from tests.fakes.clock import START
from tests.simulation.moments import at, on_day
from tests.strategies import NORTH, PRODUCT, Sides, linked_event, linked_reserve

POLICY = Policy(
    settings=SyncSettings(calendar_id=CalendarId("c"), contact_email="a@example.com"),
    access_type=AccessType.STAFF,
    enabled_locations=frozenset({NORTH}),
    window=Window(now=START, days=90),
)
ITEM = BookingItem(
    id=BookingItemId("b1"),
    kind=BookingKind.APPOINTMENT,
    version="v1",
    interval=at(2),
    customer_name="Ada",
    service_name="Cut",
)
LINK, EVENT = linked_event(ITEM, 1)
MEETING = OutlookItem(id=OutlookItemId("o1"), etag="e1", interval=at(5), subject="Lunch", body="x")
PAIR, RESERVE = linked_reserve(MEETING, 1, POLICY)
DRAGGED = Elsewhere(calendar_id=CalendarId("d"), outlook_id=OutlookItemId("e1-dragged"))
BACK = "The event is back in Outlook as it was."
VIEW_ONLY = "Your access is view only, so nothing from Outlook reaches the schedule."


def planned(
    item: BookingItem | None, event: OutlookItem | Elsewhere | None, policy: Policy = POLICY
) -> tuple[Action, ...]:
    """Plans for the pair of an Appointment; ``None`` is proven gone."""
    booking = {} if item is None else {item.id: item}
    outlook = {} if event is None else {EVENT.id: event}
    return plan(
        Sides(
            policy=policy, booking=dict(booking), outlook=dict(outlook), links={LINK.key: LINK}
        ).snapshot()
    ).actions


def met(
    meeting: OutlookItem | None, reserve: BookingItem | None, link: Link = PAIR
) -> tuple[Action, ...]:
    """Plans for the pair of a Meeting; ``None`` is proven gone."""
    booking = {} if reserve is None else {RESERVE.id: reserve}
    outlook: dict[OutlookItemId, OutlookItem | Elsewhere] = {}
    if meeting is not None:
        outlook[meeting.id] = meeting
    return plan(
        Sides(
            policy=POLICY, booking=dict(booking), outlook=outlook, links={link.key: link}
        ).snapshot()
    ).actions


def remade(
    item: BookingItem, *, rule: str, tell: Tell | None, leftover: str | None = None
) -> Action:
    """Gives the action that makes an event again."""
    content = event_content(item, PRODUCT)
    return CreateEvent(
        link=replace(
            LINK,
            state=LinkState.CREATING,
            generation="n1",
            booking_version=item.version,
            interval=item.interval,
            content=event_fingerprint(content),
            outlook_id=None,
            outlook_etag=None,
            leftover=None if leftover is None else OutlookItemId(leftover),
            seen_at=START,
        ),
        rule=rule,
        title="Ada - Cut",
        tell=tell,
        content=content,
        interval=item.interval,
        version=item.version,
        is_put_back=True,
    )


def put_back(event: OutlookItem, *, rule: str, tell: Tell) -> Action:
    """Gives the action that writes an event's time as it was."""
    return UpdateEvent(
        link=replace(LINK, outlook_etag=event.etag),
        rule=rule,
        title="Ada - Cut",
        tell=tell,
        content=None,
        interval=at(2),
        version="v1",
        is_put_back=True,
    )


def test_r8_8_same_and_same_is_nothing() -> None:
    assert planned(ITEM, EVENT) == ()
    assert met(MEETING, RESERVE) == ()


def test_changed_and_same_updates_the_event() -> None:
    changed = replace(ITEM, version="v2", interval=at(4), customer_name="Grace")

    (action,) = planned(changed, EVENT)

    assert action == UpdateEvent(
        link=LINK,
        rule="R6.1",
        title="Grace - Cut",
        content=event_content(changed, PRODUCT),
        interval=at(4),
        version="v2",
    )


def test_r8_1_same_and_moved_moves_the_item() -> None:
    moved = replace(EVENT, interval=at(7), etag="e2")

    (action,) = planned(ITEM, moved)

    assert action == MoveBookingItem(
        link=replace(LINK, outlook_etag="e2"),
        rule="R8.1",
        title="Ada - Cut",
        tell=Tell(
            title="Ada - Cut",
            tried="You moved the event in Outlook.",
            reason="",
            now=BACK,
            state=f"singleInstance False {at(7).start.isoformat()} {at(7).end.isoformat()}",
            old=at(2),
            new=at(7),
        ),
        booking_id=ITEM.id,
        version="v1",
        interval=at(7),
        outlook_etag="e2",
        put_back=at(2),
    )


def test_r2_4_for_who_may_only_view_both_are_put_back() -> None:
    viewer = replace(POLICY, access_type=AccessType.VIEW_ONLY)
    moved = replace(EVENT, interval=at(7), etag="e2")
    tell = Tell(
        title="Ada - Cut",
        tried="You moved the event in Outlook.",
        reason=VIEW_ONLY,
        now=BACK,
        state=f"singleInstance False {at(7).start.isoformat()} {at(7).end.isoformat()}",
        old=at(2),
        new=at(7),
    )
    gone = replace(tell, tried="You deleted the event in Outlook.", state="gone", new=None)

    assert planned(ITEM, moved, viewer) == (put_back(moved, rule="R2.4", tell=tell),)
    assert planned(ITEM, None, viewer) == (remade(ITEM, rule="R2.4", tell=gone),)


def test_r8_2_same_and_deleted_removes_the_item_or_makes_the_event_again() -> None:
    settings = replace(POLICY.settings, on_outlook_delete=OnOutlookDelete.PUT_BACK)
    tell = Tell(
        title="Ada - Cut",
        tried="You deleted the event in Outlook.",
        reason="",
        now=BACK,
        state="gone",
        old=at(2),
    )

    assert planned(ITEM, None) == (
        RemoveBookingItem(
            link=LINK, rule="R8.2", title="Ada - Cut", tell=tell, booking_id=ITEM.id, version="v1"
        ),
    )
    assert planned(ITEM, None, replace(POLICY, settings=settings)) == (
        remade(ITEM, rule="R8.2", tell=None),
    )


@pytest.mark.parametrize("kind", [OutlookKind.SINGLE, OutlookKind.MASTER])
def test_r8_9_all_day_is_put_back_and_a_series_made_again(kind: OutlookKind) -> None:
    is_series = kind is OutlookKind.MASTER
    event = replace(EVENT, kind=kind, is_all_day=not is_series, etag="e2")
    tell = Tell(
        title="Ada - Cut",
        tried="You made the event repeat." if is_series else "You made the event last all day.",
        reason="An item of the schedule has one start and one end.",
        now=BACK,
        state=f"{kind} {not is_series} {at(2).start.isoformat()} {at(2).end.isoformat()}",
        old=at(2),
    )

    expected = (
        remade(ITEM, rule="R8.9", tell=tell, leftover="e1")
        if is_series
        else put_back(event, rule="R8.9", tell=tell)
    )
    assert planned(ITEM, event) == (expected,)


def test_r8_12_a_dragged_event_is_made_again_and_the_dragged_one_removed() -> None:
    tell = Tell(
        title="Ada - Cut",
        tried="You moved the event into another calendar.",
        reason="Only the calendar that is synced can show the schedule.",
        now="The event is back in the synced calendar.",
        state="elsewhere e1-dragged",
        old=at(2),
    )

    assert planned(ITEM, DRAGGED) == (remade(ITEM, rule="R8.12", tell=tell, leftover="e1-dragged"),)


def test_r8_3_changed_and_moved_or_deleted_booking_wins() -> None:
    changed = replace(ITEM, version="v2", interval=at(4))
    moved = replace(EVENT, interval=at(7), etag="e2")
    tell = Tell(
        title="Ada - Cut",
        tried="You moved the event in Outlook.",
        reason="It was changed in the booking product at the same time.",
        now="It stands as in the booking product.",
        state=f"v2 singleInstance False {at(7).start.isoformat()} {at(7).end.isoformat()}",
        old=at(2),
        new=at(7),
    )
    deleted = replace(tell, tried="You deleted the event in Outlook.", state="v2 gone", new=None)

    assert planned(changed, moved) == (
        UpdateEvent(
            link=replace(LINK, outlook_etag="e2"),
            rule="R8.3",
            title="Ada - Cut",
            tell=tell,
            content=event_content(changed, PRODUCT),
            interval=at(4),
            version="v2",
            is_put_back=True,
        ),
    )
    assert planned(changed, None) == (remade(changed, rule="R8.3", tell=deleted),)


@pytest.mark.parametrize(("event", "outlook_id"), [(EVENT, "e1"), (DRAGGED, "e1-dragged")])
def test_gone_and_anything_deletes_the_event(
    event: OutlookItem | Elsewhere, outlook_id: str
) -> None:
    (action,) = planned(None, event)

    assert isinstance(action, DeleteEvent)
    assert (action.rule, action.outlook_id) == ("R6.1", outlook_id)
    assert planned(None, None) == (DropLink(link=LINK, rule="R6.1", title=""),)


def test_r8_8_identical_values_and_a_new_etag_only_refresh_the_link() -> None:
    saved, touched = replace(ITEM, version="v2"), replace(EVENT, etag="e2")

    assert planned(saved, EVENT) == (
        KeepLink(link=replace(LINK, booking_version="v2"), rule="R8.8", title=""),
    )
    assert planned(ITEM, touched) == (
        KeepLink(link=replace(LINK, outlook_etag="e2"), rule="R8.8", title=""),
    )


# --- born in Outlook ---


@pytest.mark.parametrize("reserve", [RESERVE, replace(RESERVE, interval=at(9), version="v9")])
def test_r8_4_a_changed_meeting_wins(reserve: BookingItem) -> None:
    changed = replace(MEETING, interval=at(6), subject="Dinner", etag="e2")

    (action,) = met(changed, reserve)

    assert action == UpdateReserve(
        link=replace(PAIR, outlook_etag="e2"),
        rule="R8.4",
        title="Dinner",
        booking_id=RESERVE.id,
        content=reserve_content(changed, details=True),
        interval=at(6),
        etag="e2",
    )


def test_r8_4_a_meeting_that_is_gone_takes_its_reserve_along() -> None:
    assert met(None, RESERVE) == (
        DeleteReserve(link=PAIR, rule="R8.4", title="Reserved", booking_id=RESERVE.id),
    )
    assert met(None, None) == (DropLink(link=PAIR, rule="R8.4", title=""),)


def test_r11_4_a_meeting_that_left_the_window_is_remembered() -> None:
    later = replace(MEETING, interval=on_day(95), etag="e2")
    upcoming = replace(
        PAIR,
        state=LinkState.UPCOMING,
        interval=on_day(95),
        booking_id=None,
        booking_version=None,
        content="",
    )

    assert met(later, RESERVE) == (
        DeleteReserve(link=PAIR, rule="R11.4", title="Lunch", booking_id=RESERVE.id, then=upcoming),
    )
    assert met(later, None) == (KeepLink(link=upcoming, rule="R11.4", title=""),)


def test_r8_5_a_moved_reserve_moves_the_meeting_or_is_put_back() -> None:
    moved = replace(RESERVE, interval=at(9), version="v2")
    tell = Tell(
        title="Lunch",
        tried="You moved its reserved time in the booking product.",
        reason="",
        now="The reserved time is back where the meeting is.",
        state=f"{at(9).start.isoformat()} {at(9).end.isoformat()}",
        old=at(5),
        new=at(9),
    )
    somebody_elses = replace(MEETING, is_organizer=False)
    why = (
        "The meeting is somebody else's, has attendees or is part of a series, so it can only be "
        "moved in Outlook."
    )

    assert met(MEETING, moved) == (
        MoveMeeting(
            link=PAIR,
            rule="R8.5",
            title="Lunch",
            tell=tell,
            outlook_id=MEETING.id,
            etag="e1",
            interval=at(9),
            version="v2",
        ),
    )
    assert met(somebody_elses, moved) == (
        UpdateReserve(
            link=PAIR,
            rule="R8.5",
            title="Lunch",
            tell=replace(tell, reason=why),
            booking_id=RESERVE.id,
            content=None,
            interval=at(5),
            etag="e1",
            is_put_back=True,
        ),
    )


def test_r8_6_a_deleted_reserve_leaves_the_meeting_alone() -> None:
    detached = replace(PAIR, state=LinkState.DETACHED, booking_id=None, booking_version=None)

    assert met(MEETING, None) == (
        KeepLink(link=detached, rule="R8.6", title="Lunch", left_out=SkipReason.LEFT_ALONE),
    )
    assert met(MEETING, None, detached) == ()


def test_r8_13_a_text_edited_in_the_booking_product_stays() -> None:
    edited = replace(RESERVE, title="Own words", version="v2")

    assert met(MEETING, edited) == (
        KeepLink(link=replace(PAIR, booking_version="v2"), rule="R8.13", title=""),
    )
