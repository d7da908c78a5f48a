"""The planner: what both sides are, and were when they last agreed, gives what to do.

Pure and total: the same Snapshot gives the same Plan, and each item that is not acted on has a
reason. The two tables of SPEC.md section 8 are ``booking_born.py`` and ``outlook_born.py``; here
stands only the walk over all Links and over all items that no Link names.
"""

from collections.abc import Iterator
from datetime import timedelta

from sync.domain import booking_born, outlook_born
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
from sync.domain.model import BookingItem, Elsewhere, Link, LinkState, Origin, OutlookItem
from sync.domain.reasons import SkipReason
from sync.domain.snapshot import Plan, Skip, Snapshot, Step

#: How long a deleted event of ours is remembered, so that a late report of it means nothing.
_ENDED_KEPT = timedelta(days=2)

# What frees time goes before what takes it, so that a chain of moves isn't refused for its order.
_ORDER: dict[type[Action], int] = {
    KeepLink: 0,
    DropLink: 0,
    RemoveBookingItem: 1,
    DeleteReserve: 1,
    DeleteEvent: 2,
    MoveBookingItem: 3,
    UpdateReserve: 4,
    MoveMeeting: 5,
    UpdateEvent: 5,
    CreateEvent: 6,
    CreateReserve: 6,
}


def plan(snapshot: Snapshot) -> Plan:
    """Decides what to do about every Link, and about every item that no Link names."""
    steps = [*_of_links(snapshot), *_of_new_items(snapshot)]
    actions = [step for step in steps if step is not None and not isinstance(step, Skip)]
    return Plan(
        actions=tuple(sorted(actions, key=lambda action: _ORDER[type(action)])),
        skips=tuple(step for step in steps if isinstance(step, Skip)),
    )


def _of_links(snapshot: Snapshot) -> Iterator[Step]:
    for link in snapshot.links:
        if link.state is LinkState.ENDED:
            yield _of_ended(link, snapshot)
        elif link.origin is Origin.BOOKING:
            yield booking_born.of_link(link, snapshot)
        else:
            yield outlook_born.of_link(link, snapshot)


def _of_ended(link: Link, snapshot: Snapshot) -> Step:
    now = snapshot.policy.window.now
    if link.seen_at is not None and now - link.seen_at < _ENDED_KEPT:
        return None
    return DropLink(link=link, rule="R6.1", title="")


def _of_new_items(snapshot: Snapshot) -> Iterator[Step]:
    links = snapshot.links
    twins = {twin.id for twin in snapshot.found.values() if not isinstance(twin, Elsewhere)}
    booked = {link.booking_id for link in links if link.booking_id is not None}
    for item in snapshot.booking.values():
        if isinstance(item, BookingItem) and item.id not in booked and item.id not in twins:
            yield booking_born.of_new(item, snapshot, None)

    named = {link.outlook_id for link in links if link.outlook_id is not None}
    named |= {link.leftover for link in links if link.leftover is not None}
    ours = named - {link.outlook_id for link in links if link.origin is Origin.OUTLOOK}
    ours |= {twin.id for twin in snapshot.found.values() if isinstance(twin, OutlookItem)}
    for meeting in snapshot.outlook.values():
        if not isinstance(meeting, OutlookItem) or meeting.id in named or meeting.id in twins:
            continue
        if meeting.series_id in ours:
            # An event of ours was made a series: its occurrences are ours as well (R8.9).
            yield Skip(item=meeting, reason=SkipReason.OWN_EVENT)
        else:
            yield outlook_born.of_new(meeting, snapshot, None)
