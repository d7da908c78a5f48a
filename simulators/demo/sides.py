"""One person's items on both sides, in the same words, and which of them belong together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from simulators.booking.model import Account, Item, ItemKind, ItemStatus, StaffMember
from simulators.booking.schedule import Schedule
from simulators.microsoft365.model import User
from simulators.microsoft365.state import State
from simulators.microsoft365.week import Shown, places_of, shown_in

BACK = timedelta(days=8)
AHEAD = timedelta(days=100)
"""How far around today both sides are looked at: more than the connector's own window."""


class Side(StrEnum):
    """Where an item stands."""

    BOOKING = "booking"
    OUTLOOK = "outlook"

    @property
    def label(self) -> str:
        """The side's name on the page."""
        return "Booking" if self is Side.BOOKING else "Outlook"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.OUTLOOK if self is Side.BOOKING else Side.BOOKING


class Kind(StrEnum):
    """What an item is, wherever it stands; a copy has the kind of what it stands for."""

    APPOINTMENT = "appointment"
    RESERVE = "reserve"
    EVENT = "event"
    MEETING = "meeting"

    @property
    def colour(self) -> str:
        """The name of its colour in the style sheet."""
        return {"appointment": "teal", "reserve": "violet", "event": "grey"}.get(self, "blue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Staff Member, and the mailbox of the profile's address if there is one."""

    account: Account
    member: StaffMember
    mailbox: User | None

    @property
    def key(self) -> str:
        """The id that a link to this person bears."""
        return f"{self.account.id}/{self.member.id}"

    @property
    def zone(self) -> ZoneInfo:
        """The clock that the page shows."""
        return ZoneInfo(self.member.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideItem:
    """One item on one side.

    Attributes:
        key: the booking item's id, or the Outlook event's immutable id.
        origin: the side on which it was born.
        start: naive, on the person's clock.
        end: the same, exclusive.
        notes: what else there is to say, in words.
        gone: whether it is cancelled.
        movable: whether people may move it where it stands.
        partner: key of the copy, or of the original, on the other side, also when that has just
            gone; None if there never was one.
    """

    key: str
    side: Side
    kind: Kind
    origin: Side
    title: str
    start: datetime
    end: datetime
    all_day: bool = False
    private: bool = False
    notes: tuple[str, ...] = ()
    gone: bool = False
    movable: bool = True
    partner: str | None = None

    @property
    def is_copy(self) -> bool:
        """Whether it stands for an item of the other side."""
        return self.origin is not self.side

    @property
    def stretchable(self) -> bool:
        """Whether its end can be dragged: it stands on one day, at hours of it."""
        return self.movable and not self.all_day and self.start.date() == self.end.date()

    @property
    def hours(self) -> str:
        """When on its day."""
        return "all day" if self.all_day else f"{self.start:%H:%M} to {self.end:%H:%M}"


def both_sides(
    person: Person, schedule: Schedule, state: State, today: date, known: dict[str, str]
) -> dict[str, SideItem]:
    """Reads what both calendars hold around a day, and finds the pairs.

    A copy in Outlook bears the id of what it stands for in an extended property. A Reserve that
    stands for a Meeting has an external reference; it belongs to the Meeting of the same time.

    Args:
        person: whose.
        schedule: the person's in the booking product.
        state: the mailboxes.
        today: the day around which to look, on the person's clock.
        known: for each copy seen so far, the key of what it stands for; those found now are added.

    Returns:
        All items by key.
    """
    booking = [_of_booking(item, person.zone) for item in _around(schedule, person.zone, today)]
    shown = _of_outlook(person, state, today)
    outlook = _copies(shown, {item.key: item for item in booking}, known)
    return _pairs(booking, outlook, known)


def _around(schedule: Schedule, zone: ZoneInfo, today: date) -> list[Item]:
    begin, end = (datetime.combine(day, time(), zone) for day in (today - BACK, today + AHEAD))
    return [item for item in schedule.items() if item.overlaps(begin, end)]


def _of_booking(item: Item, zone: ZoneInfo) -> SideItem:
    made_of_meeting = item.kind is ItemKind.RESERVE and item.external_ref is not None
    notes = [item.kind.value]
    if made_of_meeting:
        notes.append("from Outlook")
    if item.status is not ItemStatus.BOOKED:
        notes.append(item.status.value.replace("_", "-"))
    return SideItem(
        key=item.id,
        side=Side.BOOKING,
        kind=Kind.MEETING if made_of_meeting else Kind(item.kind.value),
        origin=Side.OUTLOOK if made_of_meeting else Side.BOOKING,
        title=item.shown_title or "(no title)",
        start=item.start.astimezone(zone).replace(tzinfo=None),
        end=item.end.astimezone(zone).replace(tzinfo=None),
        notes=tuple(notes),
        gone=item.status is ItemStatus.CANCELLED,
        movable=item.status is not ItemStatus.CANCELLED,
    )


def _of_outlook(person: Person, state: State, today: date) -> list[Shown]:
    if person.mailbox is None:
        return []
    days = [today - BACK + timedelta(days=n) for n in range((BACK + AHEAD).days)]
    return [
        shown
        for place in places_of(state, person.mailbox)
        if place.own
        for shown in shown_in(state, person.mailbox, place, days, person.member.time_zone)
    ]


def _copies(
    shown: Iterable[Shown], originals: dict[str, SideItem], known: dict[str, str]
) -> list[SideItem]:
    """Reads events; of several that bear the same mark, the oldest is the copy."""
    taken: set[str] = set()
    found = []
    for one in sorted(shown, key=lambda each: each.instance.event.key):
        content = one.instance.content
        named = {part for value in content.extended.values() for part in value.split(":")}
        of = next((key for key in sorted(named) if key in originals and key not in taken), None)
        if of is not None:
            taken.add(of)
            known[one.item_id] = of
        else:
            # What it stands for was deleted a moment ago: only Reserves are.
            of = known.get(one.item_id)
        found.append(
            SideItem(
                key=one.item_id,
                side=Side.OUTLOOK,
                kind=_kind(of, originals),
                origin=Side.OUTLOOK if of is None else Side.BOOKING,
                title=one.title,
                start=one.start,
                end=one.end,
                all_day=content.is_all_day,
                private=content.sensitivity == "private",
                notes=_notes(one, is_copy=of is not None),
                gone=content.is_cancelled,
                movable=one.place.editable,
                partner=of,
            )
        )
    return found


def _kind(of: str | None, originals: dict[str, SideItem]) -> Kind:
    if of is None:
        return Kind.MEETING
    return originals[of].kind if of in originals else Kind.RESERVE


def _notes(one: Shown, *, is_copy: bool) -> tuple[str, ...]:
    notes = [note for note in one.notes if note != "made by the connector"]
    if is_copy:
        notes.insert(0, "from booking")
    if not one.place.calendar.is_default:
        notes.append(f"in {one.place.name}")
    return tuple(notes)


def _pairs(
    booking: Sequence[SideItem], outlook: Sequence[SideItem], known: dict[str, str]
) -> dict[str, SideItem]:
    items = {item.key: item for item in (*booking, *outlook)}
    for item in outlook:
        if item.partner in items:
            items[item.partner] = replace(items[item.partner], partner=item.key)
    free = {
        (item.start, item.end): item.key
        for item in outlook
        if item.partner is None and item.key not in known.values()
    }
    for item in booking:
        if item.origin is Side.BOOKING:
            continue
        if known.get(item.key) not in items and (item.start, item.end) in free:
            known[item.key] = free.pop((item.start, item.end))
        meeting = known.get(item.key)
        items[item.key] = replace(item, partner=meeting)
        if meeting in items:
            items[meeting] = replace(items[meeting], partner=item.key)
    # What lost its copy a moment ago is still told as going because of it.
    copies = {original: copy for copy, original in known.items()}
    for key, item in items.items():
        if item.partner is None and key in copies:
            items[key] = replace(item, partner=copies[key])
    return items


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Gives the instant of a naive time on a person's clock, aware UTC."""
    return wall.replace(tzinfo=zone).astimezone(UTC)
