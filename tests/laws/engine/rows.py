"""A pair of each table of section 8, in step since an hour, and what a test changes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sync.engine.actions import CreateEvent, CreateReserve
from sync.engine.cases import Case, Scene
from sync.engine.items import (
    BookingField,
    BookingItem,
    BookingKind,
    Elsewhere,
    OutlookItem,
    OutlookKind,
)
from sync.engine.links import (
    Base,
    Hold,
    Intent,
    Kind,
    Known,
    Link,
    Op,
    Side,
    Why,
    booking_key,
    outlook_key,
)
from sync.engine.texts import (
    booking_title,
    event_content,
    event_fingerprint,
    reserve_content,
    reserve_fingerprint,
)
from sync.people.people import AccessType, Held, HeldAnswer
from sync.words import BookingItemId, CalendarId, Interval, LocationId, OutlookItemId
from tests.fakes.clock import START
from tests.laws.engine.test_turns_and_looks import SCENE as BARE
from tests.stories.sync.moments import at

NOW = START
AGO = NOW - timedelta(hours=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

SCENE = replace(
    BARE, policy=replace(BARE.policy, enabled_locations=frozenset({LocationId("north")}))
)
VIEWER = replace(SCENE, policy=replace(SCENE.policy, access_type=AccessType.VIEW_ONLY))
SOUTH = LocationId("south")
THERE = CalendarId("there")

# --- born in the booking product ---

ITEM = BookingItem(
    id=BookingItemId("item"),
    kind=BookingKind.APPOINTMENT,
    version="v1",
    interval=at(4),
    customer_name="Ada",
    service_name="Cut",
    fields=(BookingField(label="Phone", value="1"),),
)
BLOCK = BookingItem(
    id=ITEM.id, kind=BookingKind.RESERVE, version="v1", interval=at(4), title="Block"
)
EVENT = OutlookItem(
    id=OutlookItemId("event"),
    etag="w1",
    interval=at(4),
    subject="Ada in Outlook",
    uid="uid",
    modified=AGO,
)
CONTENT = event_content(ITEM, SCENE.product)
LINK = Link(
    key=booking_key(ITEM.id),
    origin=Side.BOOKING,
    kind=Kind.APPOINTMENT,
    interval=at(4),
    booking_id=ITEM.id,
    outlook_id=EVENT.id,
    uid=EVENT.uid,
    generation="g",
    made=AGO,
    base=Base(
        booking=Known(version="v1", interval=at(4)),
        outlook=Known(version="w1", interval=at(4), modified=AGO),
        interval=at(4),
        text=event_fingerprint(CONTENT),
    ),
)
#: An item that has no event yet, and one whose event may have been made.
NEW = replace(LINK, outlook_id=None, uid=None, generation="", made=None, base=None)
BEGUN = replace(
    NEW,
    generation="g",
    intent=Intent(
        op=Op.CREATE,
        side=Side.OUTLOOK,
        interval=at(4),
        text=event_fingerprint(CONTENT),
        version="v1",
    ),
)

# --- born in Outlook ---

MEETING = OutlookItem(
    id=OutlookItemId("meeting"),
    etag="w1",
    interval=at(4),
    subject="Lunch",
    body="Soup",
    uid="uid",
    modified=AGO,
)
SAID = reserve_content(MEETING, details=True)
MEETING_LINK = Link(
    key=outlook_key(MEETING.id),
    origin=Side.OUTLOOK,
    kind=Kind.MEETING,
    interval=at(4),
    booking_id=BookingItemId("reserve"),
    outlook_id=MEETING.id,
    uid=MEETING.uid,
    generation="g",
    made=AGO,
    base=Base(
        booking=Known(version="v1", interval=at(4)),
        outlook=Known(version="w1", interval=at(4), modified=AGO),
        interval=at(4),
        text=reserve_fingerprint(SAID),
    ),
)
RESERVE = BookingItem(
    id=BookingItemId("reserve"),
    kind=BookingKind.RESERVE,
    version="v1",
    interval=at(4),
    title=SAID.title,
    notes=SAID.notes,
    external_ref="k:reserve:g",
)
STRANGER = replace(MEETING_LINK, booking_id=None, generation="", base=None)
RESERVE_BEGUN = replace(
    STRANGER,
    generation="g",
    intent=Intent(
        op=Op.CREATE,
        side=Side.BOOKING,
        interval=at(4),
        text=reserve_fingerprint(SAID),
        version="w1",
    ),
)


def booked(link: Link = LINK, **known: Any) -> Case:
    """Gives a pair of the first table; both sides are as they were where nothing is said."""
    return Case(link=link, **{"booking": ITEM, "outlook": EVENT, "is_read": True, **known})


def met(link: Link = MEETING_LINK, **known: Any) -> Case:
    """Gives a pair of the second table; both sides are as they were where nothing is said."""
    return Case(link=link, **{"booking": RESERVE, "outlook": MEETING, "is_read": True, **known})


def base_of(link: Link) -> Base:
    """Gives what both sides of a pair agreed on."""
    assert link.base is not None
    return link.base


def waiting(link: Link, why: Why, *, at: timedelta | None = None, **more: Any) -> Link:
    """Gives a Link that waits since an hour, until so long from now."""
    hold = Hold(why=why, since=AGO, at=None if at is None else NOW + at, **more)
    return replace(link, hold=hold)


def unread(code: str, seconds: float = 10, **more: Any) -> Hold:
    """Gives the first wait for what can't be read."""
    until = NOW + timedelta(seconds=seconds)
    return Hold(why=Why.UNREADABLE, since=NOW, at=until, tries=1, code=code, **more)


def replaced(known: Known | None, version: str) -> tuple[str, ...]:
    """Gives what a version has replaced of what both sides agreed on, if anything."""
    return () if known is None or known.version == version else (known.version,)


def writing(link: Link, op: Op, side: Side, where: Interval | None = None) -> Link:
    """Gives a Link with a call whose end nobody recorded."""
    return replace(link, intent=Intent(op=op, side=side, interval=where or link.interval))


def moved(event: OutlookItem, where: Interval, **more: Any) -> OutlookItem:
    """Gives an event that the person has moved."""
    return replace(event, interval=where, etag="w2", modified=NOW, **more)


def all_day(event: OutlookItem) -> OutlookItem:
    """Gives an event that the person has made last all day."""
    midnight = NOW.replace(hour=0)
    return moved(event, Interval(midnight, midnight + DAY), is_all_day=True)


def series(event: OutlookItem) -> OutlookItem:
    """Gives an event that the person has made repeat."""
    return replace(event, kind=OutlookKind.MASTER, etag="w2", modified=NOW)


def dragged(name: str = "dragged") -> Elsewhere:
    """Gives the proof that an event is in another calendar."""
    return Elsewhere(calendar_id=THERE, outlook_id=OutlookItemId(name))


def asked(scene: Scene, answer: HeldAnswer | None = None, since: timedelta = HOUR) -> Scene:
    """Gives a scene in which a question about cancellations stands since so long (R11.7)."""
    return replace(scene, held=Held(since=NOW - since, count=6, answer=answer))


def event_made(link: Link, item: BookingItem, rule: str, **more: Any) -> CreateEvent:
    """Gives the creation of an item's event, under a new mark where nothing else is said."""
    content = event_content(item, SCENE.product)
    intent = Intent(
        op=Op.CREATE,
        side=Side.OUTLOOK,
        interval=item.interval,
        text=event_fingerprint(content),
        version=item.version,
        older=replaced(None if link.base is None else link.base.booking, item.version),
    )
    fresh = replace(
        link,
        interval=item.interval,
        outlook_id=None,
        uid=None,
        generation=more.pop("generation", "n"),
        base=None,
        intent=intent,
        hold=more.pop("hold", None),
    )
    return CreateEvent(
        link=fresh,
        rule=rule,
        title=booking_title(item),
        item=item,
        content=content,
        **more,
    )


def reserve_made(
    link: Link, meeting: OutlookItem, rule: str = "R7.1", **more: Any
) -> CreateReserve:
    """Gives the creation of a Meeting's Reserve, under a new key where nothing else is said."""
    content = reserve_content(meeting, details=True)
    intent = Intent(
        op=Op.CREATE,
        side=Side.BOOKING,
        interval=meeting.interval,
        text=reserve_fingerprint(content),
        version=meeting.etag,
        older=replaced(None if link.base is None else link.base.outlook, meeting.etag),
    )
    parts = {"generation": "n", "uid": meeting.uid, **more}
    return CreateReserve(
        link=replace(
            link,
            interval=meeting.interval,
            series=meeting.series_id,
            booking_id=None,
            base=None,
            intent=intent,
            **parts,
        ),
        rule=rule,
        title=content.title,
        meeting=meeting,
        content=content,
    )
