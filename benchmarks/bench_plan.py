"""Time to plan, by the number of Links: nothing changed, and one in ten moved."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

from benchmarks.figures import Figures, median
from sync.domain.content import Product, event_content, event_fingerprint
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    BookingKind,
    CalendarId,
    Interval,
    Link,
    LinkState,
    Origin,
    OutlookItem,
    OutlookItemId,
    booking_key,
)
from sync.domain.people import AccessType, SyncSettings
from sync.domain.planner import plan
from sync.domain.rules import Policy
from sync.domain.snapshot import Snapshot
from sync.domain.window import Window

SIZES = (100, 1_000, 5_000)
RUNS = 9
_NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
_PRODUCT = Product(name="DaySmart Appointments", tag="DA")
_MINUTE = timedelta(minutes=20)


def run() -> Figures:
    """Measures; in milliseconds, the median of some runs."""
    figures: Figures = {}
    for size in SIZES:
        for name, moved in (("nothing changed", 0), ("a tenth moved", 10)):
            snapshot = _snapshot(size, moved)
            wanted = size // moved if moved else 0
            assert len(plan(snapshot).actions) == wanted
            times = []
            for _ in range(RUNS):
                began = perf_counter()
                plan(snapshot)
                times.append(perf_counter() - began)
            figures[f"{size} Links, {name}: ms"] = round(median(times) * 1000, 2)
    return figures


def _snapshot(size: int, moved: int) -> Snapshot:
    """Gives a full reading of both sides; each ``moved``-th Appointment has moved."""
    items, events, links = {}, {}, []
    for number in range(size):
        start = _NOW + timedelta(minutes=20 * (number + 1))
        where = Interval(start, start + _MINUTE)
        item = BookingItem(
            id=BookingItemId(f"apt-{number}"),
            kind=BookingKind.APPOINTMENT,
            version="v1",
            interval=where,
            customer_name=f"Customer {number}",
            service_name="Cut",
        )
        event = OutlookItem(id=OutlookItemId(f"event-{number}"), etag="e1", interval=where)
        links.append(
            Link(
                key=booking_key(item.id),
                origin=Origin.BOOKING,
                state=LinkState.LINKED,
                interval=where,
                booking_id=item.id,
                booking_version="v1",
                outlook_id=event.id,
                outlook_etag="e1",
                content=event_fingerprint(event_content(item, _PRODUCT)),
                generation="g",
            )
        )
        if moved and number % moved == 0:
            later = Interval(start + _MINUTE, start + 2 * _MINUTE)
            item = BookingItem(
                id=item.id,
                kind=item.kind,
                version="v2",
                interval=later,
                customer_name=item.customer_name,
                service_name=item.service_name,
            )
        items[item.id] = item
        events[event.id] = event
    window = Window(now=_NOW, days=90)
    return Snapshot(
        policy=Policy(
            settings=SyncSettings(calendar_id=CalendarId("c"), contact_email="a@b.example"),
            access_type=AccessType.STAFF,
            enabled_locations=frozenset(),
            window=window,
        ),
        product=_PRODUCT,
        nonce="n",
        links=tuple(links),
        booking=items,
        outlook=events,
        horizon=Interval(_NOW, _NOW + timedelta(days=104)),
    )
