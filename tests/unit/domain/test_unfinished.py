"""Links that are not a pair: begun, refused, parked, upcoming, left alone; each plan whole."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.domain.actions import (
    Action,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    DeleteReserve,
    DropLink,
    KeepLink,
    UpdateReserve,
)
from sync.domain.content import (
    event_content,
    event_fingerprint,
    reserve_content,
    reserve_fingerprint,
)
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    Elsewhere,
    Gone,
    Interval,
    Link,
    LinkState,
    Origin,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
    outlook_key,
)
from sync.domain.people import AccessType
from sync.domain.planner import plan
from sync.domain.reasons import SkipReason
from sync.domain.rules import Policy
from sync.domain.snapshot import Plan, Skip, Snapshot
from tests.fakes.clock import START
from tests.simulation.moments import at, on_day
from tests.strategies import HORIZON, PRODUCT
from tests.unit.domain.test_section_8 import (
    DRAGGED,
    EVENT,
    ITEM,
    LINK,
    MEETING,
    PAIR,
    POLICY,
    RESERVE,
)

BEGUN = replace(LINK, state=LinkState.CREATING, outlook_id=None, outlook_etag=None)
PARKED = replace(BEGUN, state=LinkState.PARKED, tries=1, reason="bad")
AHEAD = replace(BEGUN, state=LinkState.UPCOMING, interval=on_day(95))
WAITS = replace(
    PAIR, state=LinkState.WAITING, booking_id=None, booking_version=None, reason="slot_taken"
)
VIEWER = replace(POLICY, access_type=AccessType.VIEW_ONLY)


def decided(
    link: Link | None,
    *,
    item: BookingItem | Gone | None = None,
    event: OutlookItem | Gone | None = None,
    found: OutlookItem | Elsewhere | BookingItem | None = None,
    policy: Policy = POLICY,
    retry: bool = False,
    is_resync: bool = False,
) -> Plan:
    """Plans for one Link; a side that is ``None`` was not reported."""
    event_id = event.id if isinstance(event, OutlookItem) else MEETING.id
    return plan(
        Snapshot(
            policy=policy,
            product=PRODUCT,
            nonce="n1",
            links=() if link is None else (link,),
            booking={} if item is None else {ITEM.id: item},
            outlook={} if event is None else {event_id: event},
            horizon=HORIZON,
            found={} if link is None or found is None else {link.key: found},
            retry=retry,
            is_resync=is_resync,
        )
    )


def made(link: Link, item: BookingItem = ITEM, *, rule: str, generation: str) -> Action:
    content = event_content(item, PRODUCT)
    return CreateEvent(
        link=replace(
            link,
            state=LinkState.CREATING,
            generation=generation,
            booking_version=item.version,
            interval=item.interval,
            content=event_fingerprint(content),
            outlook_id=None,
            outlook_etag=None,
            seen_at=START,
        ),
        rule=rule,
        title="Ada - Cut",
        content=content,
        interval=item.interval,
        version=item.version,
    )


def blocked(link: Link, meeting: OutlookItem = MEETING, *, rule: str, generation: str) -> Action:
    content = reserve_content(meeting, details=True)
    return CreateReserve(
        link=replace(
            link,
            state=LinkState.CREATING,
            generation=generation,
            interval=meeting.interval,
            content=reserve_fingerprint(content),
            outlook_etag=meeting.etag,
            series_id=meeting.series_id,
            booking_id=None,
            booking_version=None,
        ),
        rule=rule,
        title=content.title,
        content=content,
        interval=meeting.interval,
        etag=meeting.etag,
    )


# --- born in the booking product ---


def test_r6_1_a_new_item_is_made_remembered_or_left_out() -> None:
    fresh = Link(
        key=LINK.key,
        origin=Origin.BOOKING,
        state=LinkState.UPCOMING,
        interval=at(2),
        booking_id=ITEM.id,
    )
    far, too_far = replace(ITEM, interval=on_day(95)), replace(ITEM, interval=on_day(120))
    passed = replace(ITEM, interval=at(-5))

    assert decided(None, item=ITEM).actions == (made(fresh, rule="R6.1", generation="n1"),)
    assert decided(None, item=far).actions == (
        KeepLink(link=replace(fresh, interval=on_day(95)), rule="R11.4", title=""),
    )
    assert decided(None, item=too_far) == Plan(
        actions=(), skips=(Skip(item=too_far, reason=SkipReason.BEYOND_WINDOW),)
    )
    assert decided(None, item=passed).skips == (Skip(item=passed, reason=SkipReason.PAST),)


def test_r11_4_an_upcoming_item_is_made_moved_along_or_forgotten() -> None:
    far, too_far = replace(ITEM, interval=on_day(95)), replace(ITEM, interval=on_day(120))
    later = replace(ITEM, interval=on_day(96))

    assert decided(AHEAD).actions == ()
    assert decided(AHEAD, item=ITEM).actions == (made(AHEAD, rule="R6.1", generation="n1"),)
    assert decided(AHEAD, item=far) == Plan(
        actions=(), skips=(Skip(item=far, reason=SkipReason.BEYOND_WINDOW),)
    )
    assert decided(AHEAD, item=later).actions == (
        KeepLink(link=replace(AHEAD, interval=on_day(96)), rule="R11.4", title=""),
    )
    assert decided(AHEAD, item=too_far).actions == (DropLink(link=AHEAD, rule="R11.4", title=""),)
    assert decided(AHEAD, item=Gone()).actions == (DropLink(link=AHEAD, rule="R6.1", title=""),)


def test_r11_5_a_begun_event_is_found_made_or_forgotten() -> None:
    adopted = replace(
        BEGUN, state=LinkState.LINKED, outlook_id=EVENT.id, outlook_etag="e1", unseen=True
    )
    begun = made(BEGUN, rule="R11.5", generation="g0")
    passed = replace(ITEM, interval=at(-5))

    assert decided(BEGUN, item=ITEM, found=EVENT).actions == (
        KeepLink(link=adopted, rule="R11.5", title=""),
    )
    assert decided(BEGUN, item=ITEM).actions == (begun,)
    assert decided(BEGUN).actions == ()
    assert decided(BEGUN, item=Gone()).actions == (DropLink(link=BEGUN, rule="R6.1", title=""),)
    assert decided(BEGUN, item=passed).actions == (DropLink(link=BEGUN, rule="R6.1", title=""),)
    far = replace(ITEM, interval=on_day(95))
    assert decided(BEGUN, item=far).actions == (made(BEGUN, far, rule="R11.5", generation="g0"),)


def test_r8_12_what_a_begun_event_left_or_became_is_removed() -> None:
    left = replace(BEGUN, leftover=OutlookItemId("old"))
    gone = DeleteEvent(
        link=left, rule="R8.12", title="An item of your schedule", outlook_id=OutlookItemId("old")
    )

    assert decided(left, item=Gone()).actions == (gone,)
    assert decided(BEGUN, item=Gone(), found=DRAGGED).actions == (
        replace(gone, link=BEGUN, outlook_id=DRAGGED.outlook_id),
    )
    (again,) = decided(BEGUN, item=ITEM, found=DRAGGED).actions
    assert isinstance(again, CreateEvent)
    assert (again.rule, again.link.generation) == ("R8.12", "n1")
    assert again.link.leftover == DRAGGED.outlook_id


def test_case_39_a_parked_item_is_tried_again_within_bounds() -> None:
    again = made(PARKED, rule="R6.1", generation="n1")
    spent = replace(PARKED, tries=3)
    changed = replace(ITEM, version="v2")

    refused = Plan(actions=(), skips=(Skip(item=ITEM, reason=SkipReason.REFUSED),))
    assert decided(PARKED).actions == ()
    assert decided(PARKED, item=ITEM) == refused
    assert decided(PARKED, item=ITEM, retry=True).actions == (again,)
    assert decided(spent, item=ITEM, retry=True) == refused
    assert decided(spent, item=ITEM, is_resync=True).actions == (
        made(spent, rule="R6.1", generation="n1"),
    )
    assert decided(spent, item=changed).actions == (
        made(replace(spent, tries=0), changed, rule="R6.1", generation="n1"),
    )
    assert decided(PARKED, item=Gone()).actions == (DropLink(link=PARKED, rule="R6.1", title=""),)
    far = replace(ITEM, interval=on_day(95))
    upcoming = replace(PARKED, state=LinkState.UPCOMING, interval=on_day(95), reason=None)
    assert decided(PARKED, item=far).actions == (KeepLink(link=upcoming, rule="R11.4", title=""),)


def test_r6_1_an_ended_event_is_forgotten_after_two_days() -> None:
    ended = Link(
        key=outlook_key(EVENT.id),
        origin=Origin.BOOKING,
        state=LinkState.ENDED,
        interval=at(2),
        outlook_id=EVENT.id,
        seen_at=START - timedelta(days=2) + timedelta(seconds=1),
    )
    old = replace(ended, seen_at=START - timedelta(days=2))

    assert decided(ended, event=EVENT) == Plan(actions=(), skips=())
    for each in (old, replace(ended, seen_at=None)):
        assert decided(each, event=EVENT).actions == (DropLink(link=each, rule="R6.1", title=""),)


# --- born in Outlook ---


def test_r7_1_a_new_meeting_is_made_remembered_or_left_out() -> None:
    part = replace(
        MEETING, kind=OutlookKind.OCCURRENCE, series_id=OutlookItemId("series"), interval=at(6)
    )
    fresh = Link(
        key=outlook_key(MEETING.id),
        origin=Origin.OUTLOOK,
        state=LinkState.UPCOMING,
        interval=part.interval,
        outlook_id=MEETING.id,
        series_id=OutlookItemId("series"),
        unseen=True,
    )
    far, too_far = replace(part, interval=on_day(95)), replace(part, interval=on_day(120))

    assert decided(None, event=part).actions == (
        blocked(fresh, part, rule="R7.1", generation="n1"),
    )
    assert decided(None, event=far).actions == (
        KeepLink(link=replace(fresh, interval=on_day(95)), rule="R11.4", title=""),
    )
    assert decided(None, event=too_far).skips == (
        Skip(item=too_far, reason=SkipReason.BEYOND_WINDOW),
    )


def test_r11_4_an_upcoming_meeting_is_made_or_forgotten() -> None:
    ahead = replace(WAITS, state=LinkState.UPCOMING, interval=on_day(95), content="", reason=None)
    far = replace(MEETING, interval=on_day(95))

    assert decided(ahead).actions == ()
    assert decided(ahead, event=far).actions == ()
    assert decided(ahead, event=MEETING).actions == (blocked(ahead, rule="R7.1", generation="n1"),)
    assert decided(ahead, event=Gone()).actions == (DropLink(link=ahead, rule="R7.1", title=""),)
    free = replace(MEETING, interval=Interval(at(5).start, at(5).start))
    assert decided(ahead, event=free).actions == (DropLink(link=ahead, rule="R7.1", title=""),)


def test_r11_5_a_begun_reserve_is_found_made_or_forgotten() -> None:
    begun = replace(WAITS, state=LinkState.CREATING, reason=None)
    adopted = replace(begun, state=LinkState.LINKED, booking_id=RESERVE.id, booking_version="v1")

    assert decided(begun, event=MEETING, found=RESERVE).actions == (
        KeepLink(link=adopted, rule="R11.5", title=""),
    )
    assert decided(begun, event=Gone(), found=RESERVE).actions == (
        DeleteReserve(link=adopted, rule="R8.4", title="Reserved", booking_id=RESERVE.id),
    )
    assert decided(begun, event=MEETING).actions == (blocked(begun, rule="R7.1", generation="g0"),)
    assert decided(begun).actions == ()
    assert decided(begun, policy=VIEWER).actions == (DropLink(link=begun, rule="R2.4", title=""),)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (LinkState.WAITING, SkipReason.TIME_TAKEN),
        (LinkState.PARKED, SkipReason.REFUSED),
        (LinkState.DETACHED, SkipReason.LEFT_ALONE),
    ],
)
def test_r7_5_r8_6_what_was_refused_or_left_alone_waits_for_its_change(
    state: LinkState, reason: SkipReason
) -> None:
    link = replace(WAITS, state=state)
    changed = replace(MEETING, interval=at(6))
    again = (blocked(link, rule="R7.1", generation="n1"),)
    rests = Plan(actions=(), skips=(Skip(item=MEETING, reason=reason),))

    assert decided(link).actions == ()
    assert decided(link, policy=VIEWER).actions == (DropLink(link=link, rule="R2.4", title=""),)
    assert decided(link, event=MEETING) == rests
    assert decided(link, event=Gone()).actions == (DropLink(link=link, rule="R7.1", title=""),)
    assert decided(link, event=changed).actions == (
        blocked(link, changed, rule="R7.1", generation="n1"),
    )
    tried = decided(link, event=MEETING, retry=True)
    resynced = decided(link, event=MEETING, is_resync=True)
    spent = replace(link, tries=3)
    match state:
        case LinkState.DETACHED:
            assert (tried, resynced) == (rests, rests)
        case LinkState.WAITING:
            assert (tried.actions, resynced.actions) == (again, again)
        case _:
            assert (tried.actions, resynced.actions) == (again, again)
            assert decided(spent, event=MEETING, retry=True) == rests


def test_r11_5_a_reserve_that_is_as_it_should_be_is_not_written_again() -> None:
    changed = replace(MEETING, interval=at(6), etag="e2")
    content = reserve_content(changed, details=True)
    own = replace(RESERVE, interval=at(6), version="v2")
    link = replace(PAIR, booking_id=ITEM.id, reason="x")
    agreed = replace(
        link,
        outlook_etag="e2",
        interval=at(6),
        content=reserve_fingerprint(content),
        booking_version="v2",
        reason=None,
    )

    assert decided(link, event=changed, item=own).actions == (
        KeepLink(link=agreed, rule="R11.5", title=""),
    )
    other = replace(own, notes="theirs")
    assert isinstance(decided(link, event=changed, item=other).actions[0], UpdateReserve)
    assert decided(link, event=changed, item=Gone()).actions == (
        blocked(replace(link, outlook_etag="e2"), changed, rule="R8.4", generation="n1"),
    )
    lost = replace(PAIR, booking_id=None)
    assert decided(lost, event=changed).actions == (
        blocked(replace(lost, outlook_etag="e2"), changed, rule="R8.4", generation="n1"),
    )


def test_r8_10_a_meeting_that_cannot_be_read_keeps_its_reserve() -> None:
    unreadable = replace(MEETING, problem="zone")
    link = replace(PAIR, booking_id=BookingItemId("b1"))

    assert decided(link, event=unreadable) == Plan(
        actions=(), skips=(Skip(item=unreadable, reason=SkipReason.UNREADABLE),)
    )


def test_r8_8_a_new_etag_of_a_meeting_only_refreshes_the_link() -> None:
    touched = replace(MEETING, etag="e2")

    assert decided(PAIR, event=touched).actions == (
        KeepLink(link=replace(PAIR, outlook_etag="e2"), rule="R8.8", title=""),
    )
    assert decided(PAIR, event=MEETING).actions == ()
