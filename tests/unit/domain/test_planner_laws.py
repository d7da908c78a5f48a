"""What holds for every plan, whatever the sides look like (section 8, R7.3, R8.8, R8.10, R8.11).

``carry_out`` pretends that each action worked: it changes both sides and the Links as the executor
would, so that the planner meets its own work again.
"""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.actions import (
    Action,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    DeleteReserve,
    DropLink,
    KeepLink,
    MoveBookingItem,
    MoveMeeting,
    RemoveBookingItem,
    UpdateEvent,
    UpdateReserve,
)
from sync.domain.content import event_fingerprint, reserve_fingerprint
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    BookingKind,
    BookingStatus,
    Elsewhere,
    Gone,
    Link,
    LinkState,
    Origin,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
)
from sync.domain.people import AccessType, OnOutlookDelete
from sync.domain.planner import plan
from sync.domain.snapshot import Snapshot
from tests.strategies import CANARY, Sides, sides

#: Rounds in which everything has to have settled.
ROUNDS = 4


@given(sides())
def test_r8_8_whatever_people_did_the_plans_come_to_an_end(drawn: Sides) -> None:
    for number in range(ROUNDS):
        for action in plan(drawn.snapshot(nonce=f"n{number}")).actions:
            carry_out(action, drawn, number)

    assert plan(drawn.snapshot(nonce="last")).actions == ()


@given(sides())
def test_r8_8_where_nothing_was_reported_nothing_is_written(drawn: Sides) -> None:
    told = drawn.snapshot()
    doubtful = {LinkState.CREATING}
    links = tuple(link for link in told.links if link.state not in doubtful)
    allowed = {DeleteReserve, DropLink}

    silent = replace(told, links=links, booking={}, outlook={})

    for action in plan(silent).actions:
        # Only a change of rights or choices asks for something without a report (R2.5).
        assert type(action) in allowed
        assert action.rule in {"R2.4", "R5.5"}


@given(sides(), st.integers())
def test_the_order_inside_a_batch_means_nothing(drawn: Sides, seed: int) -> None:
    told = drawn.snapshot()
    shuffle = Random(seed)  # noqa: S311 - any order will do
    links, booked, met = list(told.links), list(told.booking.items()), list(told.outlook.items())
    for batch in (links, booked, met):
        shuffle.shuffle(batch)

    mixed = replace(told, links=tuple(links), booking=dict(booked), outlook=dict(met))

    assert sorted(map(repr, plan(told).actions)) == sorted(map(repr, plan(mixed).actions))
    assert sorted(map(repr, plan(told).skips)) == sorted(map(repr, plan(mixed).skips))


@given(sides())
def test_r8_10_nothing_is_deleted_without_proof(drawn: Sides) -> None:
    told = drawn.snapshot()

    for action in plan(told).actions:
        match action:
            case RemoveBookingItem():
                assert action.link.outlook_id is not None
                assert isinstance(told.outlook[action.link.outlook_id], Gone)
                assert told.policy.access_type is not AccessType.VIEW_ONLY
                assert told.policy.settings.on_outlook_delete is OnOutlookDelete.CANCEL
            case DeleteEvent():
                assert action.link.booking_id is not None
                assert not takes_part(told.booking[action.link.booking_id], told)
            case DeleteReserve():
                assert action.link.outlook_id is not None
                assert not qualifies(told.outlook[action.link.outlook_id], told)
            case _:
                pass


@given(sides())
def test_r8_11_nothing_is_touched_that_no_link_names(drawn: Sides) -> None:
    told = drawn.snapshot()
    events = {link.outlook_id for link in told.links if link.origin is Origin.BOOKING}
    events |= {x.outlook_id for x in told.outlook.values() if isinstance(x, Elsewhere)}
    meetings = {link.outlook_id for link in told.links if link.origin is Origin.OUTLOOK}
    reserves = {link.booking_id for link in told.links if link.origin is Origin.OUTLOOK}
    items = {link.booking_id for link in told.links if link.origin is Origin.BOOKING}

    for action in plan(told).actions:
        match action:
            case UpdateEvent() | CreateEvent():
                assert action.link.outlook_id in events | {None}
                assert action.link.leftover in events | {None}
            case DeleteEvent():
                assert action.outlook_id in events
            case MoveMeeting():
                assert action.outlook_id in meetings
            case UpdateReserve() | DeleteReserve():
                assert action.booking_id in reserves
            case MoveBookingItem() | RemoveBookingItem():
                assert action.booking_id in items
            case _:
                pass


@given(sides())
def test_r6_1_a_mirror_is_never_mirrored(drawn: Sides) -> None:
    told = drawn.snapshot()
    ours = {link.outlook_id for link in told.links if link.origin is Origin.BOOKING}

    for action in plan(told).actions:
        if isinstance(action, CreateEvent):
            assert action.link.booking_id is not None
            item = told.booking[action.link.booking_id]
            assert isinstance(item, BookingItem)
            assert item.external_ref is None
        if isinstance(action, CreateReserve):
            assert action.link.outlook_id not in ours


@given(sides())
def test_r6_1_r7_1_nothing_new_is_made_outside_the_window(drawn: Sides) -> None:
    told = drawn.snapshot()
    fresh = {link.key for link in told.links}

    for action in plan(told).actions:
        if isinstance(action, CreateEvent) and action.link.key not in fresh:
            assert told.policy.window.holds(action.interval)
        if isinstance(action, CreateReserve):
            assert told.policy.window.holds(action.interval)


@given(sides())
def test_r11_4_what_has_passed_on_both_sides_is_left_as_it_is(drawn: Sides) -> None:
    told = drawn.snapshot()
    window = told.policy.window

    for action in plan(told).actions:
        link = action.link
        if link.state is not LinkState.LINKED or not window.has_passed(link.interval):
            continue
        known = [
            side.interval
            for side in (
                told.booking.get(link.booking_id or BookingItemId("")),
                told.outlook.get(link.outlook_id or OutlookItemId("")),
            )
            if isinstance(side, BookingItem | OutlookItem)
        ]
        assert not all(window.has_passed(interval) for interval in known)


@given(sides())
def test_r7_3_no_private_text_is_in_any_action(drawn: Sides) -> None:
    assert CANARY not in repr(plan(drawn.snapshot()).actions)


@given(sides())
def test_r2_4_who_may_only_view_changes_nothing_in_the_booking_product(drawn: Sides) -> None:
    drawn.policy = replace(drawn.policy, access_type=AccessType.VIEW_ONLY)

    for action in plan(drawn.snapshot()).actions:
        is_inwards = isinstance(
            action,
            CreateReserve | UpdateReserve | MoveBookingItem | RemoveBookingItem | MoveMeeting,
        )
        assert not is_inwards


@given(sides())
def test_every_item_is_acted_on_kept_or_left_out_for_a_reason(drawn: Sides) -> None:
    """Total over items that no Link names: each has an action or a reason."""
    told = drawn.snapshot()
    todo = plan(told)
    named = {str(link.booking_id) for link in told.links}
    named |= {str(link.outlook_id) for link in told.links}
    acted = {str(action.link.booking_id) for action in todo.actions}
    acted |= {str(action.link.outlook_id) for action in todo.actions}
    acted |= {str(skip.item.id) for skip in todo.skips}

    for item in (*told.booking.values(), *told.outlook.values()):
        if isinstance(item, BookingItem | OutlookItem) and str(item.id) not in named:
            assert str(item.id) in acted


def takes_part(item: BookingItem | Gone, told: Snapshot) -> bool:
    """R6.1, in the words of the rule."""
    return (
        isinstance(item, BookingItem)
        and item.kind is not BookingKind.EVENT
        and item.external_ref is None
        and item.status is not BookingStatus.CANCELLED
        and (item.kind is BookingKind.APPOINTMENT or told.policy.settings.sync_reserves)
        and item.location_id in {None, *told.policy.enabled_locations}
    )


def qualifies(meeting: OutlookItem | Gone | Elsewhere, told: Snapshot) -> bool:
    """R7.1, in the words of the rule."""
    return (
        isinstance(meeting, OutlookItem)
        and told.policy.settings.sync_meetings
        and told.policy.access_type is not AccessType.VIEW_ONLY
        and meeting.kind is not OutlookKind.MASTER
        and not (meeting.is_all_day or meeting.is_cancelled or meeting.is_declined)
        and meeting.show_as in told.policy.settings.show_as
        and told.policy.window.holds(meeting.interval)
    )


# --- pretending that each action worked ---


def carry_out(action: Action, drawn: Sides, number: int) -> None:  # noqa: PLR0915 - a table
    """Changes both sides and the Links as a successful action does."""
    link = action.link
    match action:
        case CreateEvent():
            if link.leftover is not None:
                _take_away(drawn, link.leftover)
            event = OutlookItem(
                id=OutlookItemId(f"new-{link.key}-{number}"), etag="w", interval=action.interval
            )
            drawn.outlook[event.id] = event
            _keep(drawn, link, LinkState.LINKED, outlook_id=event.id, outlook_etag="w")
        case UpdateEvent():
            assert link.outlook_id is not None
            before = drawn.outlook[link.outlook_id]
            assert isinstance(before, OutlookItem)
            drawn.outlook[link.outlook_id] = replace(
                before, interval=action.interval, is_all_day=False, problem=None, etag="w"
            )
            content = event_fingerprint(action.content) if action.content else link.content
            _keep(
                drawn,
                link,
                LinkState.LINKED,
                interval=action.interval,
                booking_version=action.version,
                outlook_etag="w",
                content=content,
            )
        case DeleteEvent():
            _take_away(drawn, action.outlook_id)
            del drawn.links[link.key]
        case MoveMeeting():
            meeting = drawn.outlook[action.outlook_id]
            assert isinstance(meeting, OutlookItem)
            moved = replace(meeting, interval=action.interval, etag="w")
            drawn.outlook[action.outlook_id] = moved
            _keep(
                drawn,
                link,
                LinkState.LINKED,
                interval=action.interval,
                outlook_etag="w",
                booking_version=action.version,
            )
        case CreateReserve():
            made = BookingItem(
                id=BookingItemId(f"new-{link.key}-{number}"),
                kind=BookingKind.RESERVE,
                version="w",
                interval=action.interval,
                title=action.content.title,
                notes=action.content.notes,
                external_ref=f"c:{link.key}:{link.generation}",
            )
            drawn.booking[made.id] = made
            _keep(drawn, link, LinkState.LINKED, booking_id=made.id, booking_version="w")
        case UpdateReserve():
            reserve = drawn.booking[action.booking_id]
            title = action.content.title if action.content else reserve.title
            notes = action.content.notes if action.content else reserve.notes
            drawn.booking[action.booking_id] = replace(
                reserve, interval=action.interval, version="w", title=title, notes=notes
            )
            fingerprint = reserve_fingerprint(action.content) if action.content else link.content
            _keep(
                drawn,
                link,
                LinkState.LINKED,
                interval=action.interval,
                booking_version="w",
                content=fingerprint,
            )
        case DeleteReserve():
            drawn.booking.pop(action.booking_id, None)
            del drawn.links[link.key]
            if action.then is not None:
                drawn.links[link.key] = action.then
        case MoveBookingItem():
            item = drawn.booking[action.booking_id]
            drawn.booking[action.booking_id] = replace(item, interval=action.interval, version="w")
            _keep(drawn, link, LinkState.LINKED, interval=action.interval, booking_version="w")
        case RemoveBookingItem():
            drawn.booking.pop(action.booking_id, None)
            del drawn.links[link.key]
        case KeepLink():
            drawn.links[link.key] = link
        case DropLink():
            del drawn.links[link.key]


def _take_away(drawn: Sides, outlook_id: OutlookItemId) -> None:
    for key, side in list(drawn.outlook.items()):
        if key == outlook_id or (isinstance(side, Elsewhere) and side.outlook_id == outlook_id):
            del drawn.outlook[key]


def _keep(drawn: Sides, link: Link, state: LinkState, **changes: object) -> None:
    kept = replace(link, state=state, leftover=None, **changes)  # type: ignore[arg-type]
    drawn.links[link.key] = replace(kept, told=None)
