"""What other choices would do to both calendars (R5.6, R5.9), from the plan itself."""

from dataclasses import replace
from typing import Any

import pytest

from sync.engine.cases import Scene
from sync.engine.difference import Difference, Named, difference
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.items import BookingItem, BookingKind, BookingStatus, OutlookItem
from sync.engine.links import Base, Kind, Known, Link, Side, booking_key, outlook_key
from sync.engine.merge import merge
from sync.engine.reasons import SkipReason
from sync.engine.texts import event_content, event_fingerprint
from sync.people.people import SyncSettings
from sync.words import BookingItemId, OutlookItemId
from tests.laws.engine.test_turns_and_looks import CALENDAR, SCENE
from tests.stories.sync.moments import at

CUT = BookingItem(
    id=BookingItemId("cut"), kind=BookingKind.APPOINTMENT, version="1", interval=at(2), title="Cut"
)
LUNCH = BookingItem(
    id=BookingItemId("lunch"), kind=BookingKind.RESERVE, version="1", interval=at(4), title="Lunch"
)
SUPPLIER = OutlookItem(
    id=OutlookItemId("supplier"), etag="1", interval=at(6), subject="Supplier", uid="u-supplier"
)


def scene(
    settings: SyncSettings,
    *links: Link,
    events: tuple[OutlookItem, ...] = (),
    booked: tuple[BookingItem, ...] = (),
) -> Scene:
    """Both sides in full, an Appointment, a Reserve and a Meeting, under choices."""
    return merge(
        replace(SCENE, policy=replace(SCENE.policy, settings=settings)),
        links,
        BookingRead(items=(CUT, LUNCH, *booked), is_full=True),
        OutlookRead(items=(SUPPLIER, *events), series={}, is_full=True),
    )


def twin_of(item: BookingItem) -> OutlookItem:
    return OutlookItem(
        id=OutlookItemId(f"event-{item.id}"),
        etag="e",
        interval=item.interval,
        subject=item.title,
        uid=f"u-{item.id}",
    )


def link_of(item: BookingItem) -> Link:
    return Link(
        key=booking_key(item.id),
        origin=Side.BOOKING,
        kind=Kind.RESERVE if item.kind is BookingKind.RESERVE else Kind.APPOINTMENT,
        interval=item.interval,
        booking_id=item.id,
        outlook_id=twin_of(item).id,
        uid=twin_of(item).uid,
        base=Base(
            booking=Known(version="1", interval=item.interval),
            outlook=Known(version="e", interval=item.interval),
            interval=item.interval,
            text=event_fingerprint(event_content(item, SCENE.product)),
        ),
    )


def settings(**chosen: bool) -> SyncSettings:
    return SyncSettings(calendar_id=CALENDAR, contact_email="a@example.com", **chosen)  # type: ignore[arg-type]


def counts(found: Difference) -> dict[str, tuple[int, int, int]]:
    return {
        side: (len(change.added), len(change.changed), len(change.removed))
        for side, change in (("outlook", found.to_outlook), ("booking", found.to_booking))
    }


def test_r5_6_before_the_first_sync_everything_is_added() -> None:
    found = difference(scene(settings()))

    assert counts(found) == {"outlook": (2, 0, 0), "booking": (1, 0, 0)}
    assert [each.interval for each in found.to_outlook.added] == [at(2), at(4)]


@pytest.mark.parametrize("kind", list(BookingKind))
@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({}, True),
        ({"status": BookingStatus.CANCELLED}, False),
        ({"external_ref": "connection:meeting:1"}, False),
        ({"interval": at(7)}, False),
    ],
    ids=["booked", "cancelled", "made from a meeting", "touching"],
)
def test_r5_6_r12_2_a_time_is_taken_by_whatever_stands_in_the_schedule(
    kind: BookingKind, changes: dict[str, Any], *, is_taken: bool
) -> None:
    standing = BookingItem(
        id=BookingItemId("standing"), kind=kind, version="1", interval=SUPPLIER.interval
    )

    found = difference(scene(settings(), booked=(replace(standing, **changes),)))

    assert [each.title for each in found.taken] == (["Supplier"] if is_taken else [])


def test_r5_9_the_same_choices_make_no_difference_though_a_sync_has_something_to_do() -> None:
    found = difference(scene(settings()), scene(settings()))

    assert counts(found) == {"outlook": (0, 0, 0), "booking": (0, 0, 0)}
    assert found.left_out == ()


def test_r5_9_reserves_left_out_are_removed_from_outlook_and_nothing_else() -> None:
    links, events = (link_of(CUT), link_of(LUNCH)), (twin_of(CUT), twin_of(LUNCH))

    found = difference(
        scene(settings(sync_reserves=False), *links, events=events),
        scene(settings(), *links, events=events),
    )

    assert counts(found) == {"outlook": (0, 0, 1), "booking": (0, 0, 0)}
    assert found.to_outlook.removed[0].interval == LUNCH.interval


def test_r5_9_reserves_taken_in_are_added_to_outlook_and_nothing_else() -> None:
    found = difference(scene(settings()), scene(settings(sync_reserves=False)))

    assert counts(found) == {"outlook": (1, 0, 0), "booking": (0, 0, 0)}
    assert found.to_outlook.added[0].interval == LUNCH.interval


def test_r5_9_meetings_left_out_give_their_time_back() -> None:
    link = meeting_link()

    found = difference(scene(settings(sync_meetings=False), link), scene(settings(), link))

    assert counts(found) == {"outlook": (0, 0, 0), "booking": (0, 0, 1)}


def test_r5_9_what_takes_no_part_any_more_is_named_with_its_reason() -> None:
    found = difference(scene(settings(sync_meetings=False)), scene(settings()))

    assert [skip.reason for skip in found.left_out] == [SkipReason.MEETINGS_NOT_CHOSEN]


def test_r5_9_what_is_written_anew_is_changed_and_each_kind_is_in_order() -> None:
    cut, lunch = link_of(CUT), link_of(LUNCH)
    assert cut.base is not None
    unknown = replace(cut, base=replace(cut.base, text=""))
    gone = replace(lunch, kind=Kind.APPOINTMENT)
    twin = replace(SUPPLIER, id=OutlookItemId("second"), uid="u-second", subject="Another")
    early = replace(twin, id=OutlookItemId("first"), uid="u-first", interval=at(3))

    found = difference(
        scene(
            settings(sync_reserves=False),
            unknown,
            gone,
            events=(twin_of(CUT), twin_of(LUNCH), twin, early),
        )
    )

    assert counts(found) == {"outlook": (0, 1, 1), "booking": (3, 0, 0)}
    assert found.to_outlook.changed == (Named(title="Cut", interval=at(2)),)
    assert found.to_outlook.removed == (Named(title="Lunch", interval=at(4)),)
    assert [(each.title, each.interval) for each in found.to_booking.added] == [
        ("Another", at(3)), ("Another", at(6)), ("Supplier", at(6)),
    ]  # fmt: skip


def meeting_link() -> Link:
    return Link(
        key=outlook_key(SUPPLIER.id),
        origin=Side.OUTLOOK,
        kind=Kind.MEETING,
        interval=SUPPLIER.interval,
        booking_id=BookingItemId("reserve"),
        outlook_id=SUPPLIER.id,
        uid=SUPPLIER.uid,
        base=Base(
            booking=Known(version="1", interval=SUPPLIER.interval),
            outlook=Known(version="1", interval=SUPPLIER.interval),
            interval=SUPPLIER.interval,
            text="t",
        ),
    )
