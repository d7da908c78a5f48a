"""What Hypothesis draws: items on both sides, Links between them, and Snapshots of all that.

The sides are related: one state is drawn, then perturbed on either side, so that the rows of
section 8 are met and not only items that know nothing of each other.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from sync.domain.content import (
    Product,
    event_content,
    event_fingerprint,
    reserve_content,
    reserve_fingerprint,
)
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    BookingKind,
    BookingStatus,
    CalendarId,
    Elsewhere,
    Gone,
    Interval,
    Link,
    LinkState,
    LocationId,
    Origin,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
    ShowAs,
    booking_key,
    outlook_key,
)
from sync.domain.people import AccessType, OnOutlookDelete, SyncSettings
from sync.domain.rules import Policy
from sync.domain.snapshot import Snapshot
from sync.domain.window import Window
from tests.fakes.clock import START

#: Stands in every private text.
CANARY = "canary-5d1c"
PRODUCT = Product(name="DaySmart Appointments", tag="DA")
NORTH = LocationId("north")
HORIZON = Interval(START, START + timedelta(days=104))

#: Starts of items in hours: passed, under way, near, at the Window's end, beyond, beyond the feeds.
HOURS = (-30, -1, 0, 1, 2, 5, 24, 2158, 2159, 2160, 2162, 2400, 2600)


@dataclass(slots=True)
class Sides:
    """Both sides and the Links, as they are in truth."""

    policy: Policy
    booking: dict[BookingItemId, BookingItem] = field(default_factory=dict)
    outlook: dict[OutlookItemId, OutlookItem | Elsewhere] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)

    def snapshot(self, *, nonce: str = "n1", retry: bool = True) -> Snapshot:
        """Gives a Snapshot that knows everything: what is not there is proven gone."""
        booking: dict[BookingItemId, BookingItem | Gone] = dict(self.booking)
        outlook: dict[OutlookItemId, OutlookItem | Gone | Elsewhere] = dict(self.outlook)
        for link in self.links.values():
            if link.booking_id is not None:
                booking.setdefault(link.booking_id, Gone())
            if link.outlook_id is not None and link.state is not LinkState.ENDED:
                outlook.setdefault(link.outlook_id, Gone())
        return Snapshot(
            policy=self.policy,
            product=PRODUCT,
            nonce=nonce,
            links=tuple(self.links.values()),
            booking=booking,
            outlook=outlook,
            horizon=HORIZON,
            retry=retry,
        )


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """Draws a span with length on a coarse grid, so that spans meet and are equal now and then."""
    start: datetime = START + timedelta(hours=draw(st.sampled_from(HOURS)))
    return Interval(start, start + timedelta(hours=draw(st.sampled_from((0.5, 1, 30)))))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draws choices and rights."""
    settings = SyncSettings(
        calendar_id=CalendarId("c"),
        contact_email="a@example.com",
        sync_reserves=draw(st.booleans()),
        sync_meetings=draw(st.sampled_from((True, True, True, False))),
        sync_meeting_details=draw(st.booleans()),
        on_outlook_delete=draw(st.sampled_from(OnOutlookDelete)),
    )
    return Policy(
        settings=settings,
        access_type=draw(st.sampled_from((AccessType.STAFF, *AccessType))),
        enabled_locations=frozenset({NORTH}),
        window=Window(now=START, days=90),
    )


@st.composite
def booking_items(draw: st.DrawFn, number: int) -> BookingItem:
    """Draws an item that people made."""
    kind = draw(st.sampled_from((BookingKind.APPOINTMENT, *BookingKind)))
    return BookingItem(
        id=BookingItemId(f"b{number}"),
        kind=kind,
        version=draw(st.sampled_from(("v1", "v2"))),
        interval=draw(intervals()),
        status=draw(st.sampled_from((BookingStatus.BOOKED, *BookingStatus))),
        title=f"Block {number}",
        customer_name=draw(st.sampled_from((None, "Ada", "Grace"))),
        service_name="Cut",
        location_id=draw(st.sampled_from((None, NORTH, LocationId("south")))),
    )


@st.composite
def meetings(draw: st.DrawFn, number: int) -> OutlookItem:
    """Draws a Meeting; a private one still holds text here, which must go nowhere."""
    is_normal = draw(st.sampled_from((True, True, False)))
    item_id = OutlookItemId(f"o{number}")
    kind = draw(st.sampled_from((OutlookKind.SINGLE, *OutlookKind)))
    is_part = kind in {OutlookKind.OCCURRENCE, OutlookKind.EXCEPTION}
    return OutlookItem(
        id=item_id,
        etag=draw(st.sampled_from(("e1", "e2"))),
        interval=draw(intervals()),
        kind=kind,
        series_id=OutlookItemId("o-series") if is_part else None,
        subject=draw(st.sampled_from((None, "Lunch", "Team"))) if is_normal else CANARY,
        body=draw(st.sampled_from((None, "Agenda"))) if is_normal else CANARY,
        show_as=draw(st.sampled_from((ShowAs.BUSY, ShowAs.BUSY, ShowAs.FREE))),
        is_normal=is_normal,
        is_all_day=draw(_seldom),
        is_cancelled=draw(_seldom),
        is_declined=draw(_seldom),
        is_organizer=draw(st.booleans()),
        has_attendees=draw(st.booleans()),
        problem=draw(st.sampled_from((None, None, None, None, "time zone"))),
    )


_seldom = st.sampled_from((False, False, False, False, True))


def linked_event(item: BookingItem, number: int) -> tuple[Link, OutlookItem]:
    """Gives the pair that a creation leaves behind."""
    content = event_content(item, PRODUCT)
    event = OutlookItem(
        id=OutlookItemId(f"e{number}"),
        etag="e1",
        interval=item.interval,
        subject=content.subject,
        body=content.body_html,
    )
    link = Link(
        key=booking_key(item.id),
        origin=Origin.BOOKING,
        state=LinkState.LINKED,
        interval=item.interval,
        booking_id=item.id,
        booking_version=item.version,
        outlook_id=event.id,
        outlook_etag=event.etag,
        content=event_fingerprint(content),
        generation="g0",
    )
    return link, event


def linked_reserve(meeting: OutlookItem, number: int, policy: Policy) -> tuple[Link, BookingItem]:
    """Gives the pair that a creation leaves behind."""
    content = reserve_content(meeting, details=policy.settings.sync_meeting_details)
    reserve = BookingItem(
        id=BookingItemId(f"r{number}"),
        kind=BookingKind.RESERVE,
        version="v1",
        interval=meeting.interval,
        title=content.title,
        notes=content.notes,
        external_ref=f"c:{outlook_key(meeting.id)}:g0",
    )
    link = Link(
        key=outlook_key(meeting.id),
        origin=Origin.OUTLOOK,
        state=LinkState.LINKED,
        interval=meeting.interval,
        booking_id=reserve.id,
        booking_version=reserve.version,
        outlook_id=meeting.id,
        outlook_etag=meeting.etag,
        series_id=meeting.series_id,
        content=reserve_fingerprint(content),
        generation="g0",
    )
    return link, reserve


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    """Draws both sides with some pairs, then lets people do something to either side."""
    drawn = Sides(policy=draw(policies()))
    for number in range(draw(st.integers(0, 4))):
        item = draw(booking_items(number))
        drawn.booking[item.id] = item
        if draw(st.booleans()):
            link, event = linked_event(item, number)
            drawn.links[link.key] = _aged(draw, link)
            drawn.outlook[event.id] = event
    for number in range(draw(st.integers(0, 4))):
        meeting = draw(meetings(number))
        drawn.outlook[meeting.id] = meeting
        if draw(st.booleans()):
            link, reserve = linked_reserve(meeting, number, drawn.policy)
            drawn.links[link.key] = _aged(draw, link)
            drawn.booking[reserve.id] = reserve
    _disturb(draw, drawn)
    return drawn


def _aged(draw: st.DrawFn, link: Link) -> Link:
    """Puts a Link into a state in which a history may have left it."""
    state = draw(st.sampled_from((LinkState.LINKED, LinkState.LINKED, *LinkState)))
    if state in {LinkState.LINKED, LinkState.ENDED}:
        return link
    if link.origin is Origin.BOOKING:
        if state not in {LinkState.CREATING, LinkState.PARKED, LinkState.UPCOMING}:
            return link
        return replace(link, state=state, outlook_id=None, outlook_etag=None)
    return replace(link, state=state, booking_id=None, booking_version=None)


def _disturb(draw: st.DrawFn, drawn: Sides) -> None:
    for item_id, item in list(drawn.booking.items()):
        match draw(st.sampled_from(("same", "same", "move", "text", "gone"))):
            case "move":
                drawn.booking[item_id] = replace(item, interval=draw(intervals()), version="v9")
            case "text":
                drawn.booking[item_id] = replace(
                    item, title="Edited", customer_name="Edited", version="v9"
                )
            case "gone":
                del drawn.booking[item_id]
            case _:
                pass
    for event_id, event in list(drawn.outlook.items()):
        if not isinstance(event, OutlookItem):
            continue
        match draw(st.sampled_from(("same", "same", "move", "hide", "shape", "gone", "drag"))):
            case "move":
                drawn.outlook[event_id] = replace(event, interval=draw(intervals()), etag="e9")
            case "hide":
                drawn.outlook[event_id] = replace(
                    event, is_normal=False, subject=CANARY, body=CANARY, etag="e9"
                )
            case "shape":
                shape = draw(st.sampled_from((OutlookKind.MASTER, OutlookKind.SINGLE)))
                drawn.outlook[event_id] = replace(
                    event, kind=shape, is_all_day=shape is OutlookKind.SINGLE, etag="e9"
                )
            case "gone":
                del drawn.outlook[event_id]
            case "drag":
                drawn.outlook[event_id] = Elsewhere(
                    calendar_id=CalendarId("d"), outlook_id=OutlookItemId(f"{event_id}-dragged")
                )
            case _:
                pass
