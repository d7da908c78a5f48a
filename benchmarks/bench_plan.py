"""Time to merge and plan, by the number of Links: nothing changed, and one in ten moved.

Beside it stands how often the same Links could be read from their JSON in that time: a ratio that
carries over to other machines.
"""

from datetime import UTC, datetime, timedelta
from time import process_time

from benchmarks.figures import Figures, median
from sync.engine.cases import Scene
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.items import BookingItem, BookingKind, OutlookItem
from sync.engine.links import Base, Kind, Known, Link, Side, booking_key
from sync.engine.merge import merge
from sync.engine.plan import Plan, plan
from sync.engine.taking_part import Policy
from sync.engine.texts import Product, event_content, event_fingerprint
from sync.engine.window import Window
from sync.outside.tables.rows import from_json, to_json
from sync.people.people import AccessType, SyncSettings
from sync.words import BookingItemId, CalendarId, ConnectionId, Interval, OutlookItemId

SIZES = (100, 1_000, 5_000)
RUNS = 9
_NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
_PRODUCT = Product(name="DaySmart Appointments", tag="DA")
_MINUTE = timedelta(minutes=20)

type _Sides = tuple[Scene, tuple[Link, ...], BookingRead, OutlookRead]


def run() -> Figures:
    """Measures; in milliseconds, the median of some runs."""
    figures: Figures = {}
    for size in SIZES:
        for name, moved in (("nothing changed", 0), ("a tenth moved", 10)):
            sides = _sides(size, moved)
            wanted = size // moved if moved else 0
            assert len(_planned(sides).writes) == wanted
            times = []
            for _ in range(RUNS):
                began = process_time()
                _planned(sides)
                times.append(process_time() - began)
            figures[f"{size} Links, {name}: ms"] = round(median(times) * 1000, 2)
            if not moved:
                figures[f"{size} Links, {name}: times reading them"] = round(
                    median(times) / _time_of_reading(sides[1]), 2
                )
    return figures


def _time_of_reading(links: tuple[Link, ...]) -> float:
    text, times = to_json(list(links)), []
    for _ in range(RUNS):
        began = process_time()
        from_json(text, tuple[Link, ...])
        times.append(process_time() - began)
    return median(times)


def _planned(sides: _Sides) -> Plan:
    return plan(merge(*sides))


def _sides(size: int, moved: int) -> _Sides:
    """Gives a full reading of both sides; each ``moved``-th Appointment has moved."""
    items, events, links = [], [], []
    for number in range(size):
        start = _NOW + timedelta(minutes=20 * (number + 1))
        where = Interval(start, start + _MINUTE)
        later = Interval(start + _MINUTE, start + 2 * _MINUTE)
        has_moved = moved > 0 and number % moved == 0
        item = BookingItem(
            id=BookingItemId(f"apt-{number}"),
            kind=BookingKind.APPOINTMENT,
            version="v2" if has_moved else "v1",
            interval=later if has_moved else where,
            customer_name=f"Customer {number}",
            service_name="Cut",
        )
        event = OutlookItem(id=OutlookItemId(f"event-{number}"), etag="e1", interval=where)
        base = Base(
            booking=Known(version="v1", interval=where),
            outlook=Known(version="e1", interval=where),
            interval=where,
            text=event_fingerprint(event_content(item, _PRODUCT)),
        )
        link = Link(
            key=booking_key(item.id),
            origin=Side.BOOKING,
            kind=Kind.APPOINTMENT,
            interval=where,
            booking_id=item.id,
            outlook_id=event.id,
            generation="g",
            base=base,
        )
        items.append(item)
        events.append(event)
        links.append(link)
    scene = Scene(
        policy=Policy(
            settings=SyncSettings(calendar_id=CalendarId("c"), contact_email="a@b.example"),
            access_type=AccessType.STAFF,
            enabled_locations=frozenset(),
            window=Window(now=_NOW, days=90),
        ),
        product=_PRODUCT,
        connection_id=ConnectionId("k"),
        calendar_id=CalendarId("c"),
        horizon=Interval(_NOW, _NOW + timedelta(days=104)),
        nonce="n",
        cancel_after=timedelta(minutes=1),
        held_for=timedelta(days=1),
    )
    booking = BookingRead(items=tuple(items), is_full=True)
    return scene, tuple(links), booking, OutlookRead(items=tuple(events), series={}, is_full=True)
