"""What both calendars hold, and the Link between them.

Only values may live here: what was read from the booking product or from Outlook, and what the two
sides looked like when they last agreed. Nothing in this module decides anything.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

AccountId = NewType("AccountId", str)
StaffId = NewType("StaffId", str)
LocationId = NewType("LocationId", str)
BookingItemId = NewType("BookingItemId", str)
OutlookItemId = NewType("OutlookItemId", str)
CalendarId = NewType("CalendarId", str)
ConnectionId = NewType("ConnectionId", str)
LinkKey = NewType("LinkKey", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """Names one Staff Member over all Accounts."""

    account_id: AccountId
    staff_id: StaffId

    def __str__(self) -> str:
        return f"{self.account_id}:{self.staff_id}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open span ``[start, end)`` of UTC instants; ``start == end`` means without length.

    Raises:
        ValueError: An end before the start, or a time without a zone.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs aware datetimes")
        if self.end < self.start:
            raise ValueError("an interval can't end before it starts")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    @property
    def has_length(self) -> bool:
        """Says whether any time lies inside."""
        return self.end > self.start

    def overlaps(self, other: "Interval") -> bool:
        """Says whether both share time; a span without length counts as the instant it names.

        Source: R7.1, one half-open rule on both sides.
        """
        if not self.has_length:
            return other.start <= self.start < other.end
        return self.start < other.end and self.end > other.start


class BookingKind(StrEnum):
    """What an item of the booking product is."""

    APPOINTMENT = "appointment"
    RESERVE = "reserve"
    EVENT = "event"


class BookingStatus(StrEnum):
    """How an item of the booking product stands; a cancelled one counts as gone."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingField:
    """One labelled value that the booking product shows on an item."""

    label: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingItem:
    """An Appointment, Reserve or Event as the booking product reported it.

    ``version`` changes with every change of the item. ``external_ref`` is what the connector gave
    when it made the Reserve; ``None`` for items that people made.
    """

    id: BookingItemId
    kind: BookingKind
    version: str
    interval: Interval
    status: BookingStatus = BookingStatus.BOOKED
    title: str | None = None
    notes: str | None = None
    customer_name: str | None = None
    service_name: str | None = None
    location_id: LocationId | None = None
    fields: tuple[BookingField, ...] = ()
    external_ref: str | None = None


class ShowAs(StrEnum):
    """How an Outlook item shows in free/busy views; ``UNKNOWN`` is any value not listed."""

    FREE = "free"
    TENTATIVE = "tentative"
    BUSY = "busy"
    OOF = "oof"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"


class OutlookKind(StrEnum):
    """What an Outlook item is within a series (R7.4; Graph: event ``type``)."""

    SINGLE = "singleInstance"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"
    MASTER = "seriesMaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookItem:
    """An item of the Outlook calendar, joined with its series where it has one.

    ``subject`` and ``body`` are ``None`` where Outlook has none and always where the item is not
    of normal sensitivity: private text stays outside (R7.3). For an all-day item ``interval``
    spans its dates at midnight UTC: they are dates, not instants. ``problem`` names why the
    item can't be read (an unknown time zone, say); its ``interval`` then means nothing.
    """

    id: OutlookItemId
    etag: str
    interval: Interval
    kind: OutlookKind = OutlookKind.SINGLE
    series_id: OutlookItemId | None = None
    subject: str | None = None
    body: str | None = None
    show_as: ShowAs = ShowAs.BUSY
    is_normal: bool = True
    is_all_day: bool = False
    is_cancelled: bool = False
    is_declined: bool = False
    is_organizer: bool = True
    has_attendees: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Proof that an item does not exist any more: it was asked for and is not there (R8.10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Proof that the person dragged an event into another calendar of theirs (R8.12)."""

    calendar_id: CalendarId
    outlook_id: OutlookItemId


class Origin(StrEnum):
    """The side on which a linked item was born."""

    BOOKING = "booking"
    OUTLOOK = "outlook"


class LinkState(StrEnum):
    """Where a Link stands.

    CREATING: the twin is about to be written, or was and nobody knows (R11.5).
    LINKED: both sides exist and agreed when last seen.
    DETACHED: the Reserve was deleted in the booking product; the Meeting is left alone (R8.6).
    WAITING: the twin was refused; tried again when something changes (R7.5).
    PARKED: writing the twin failed for good; its reason is kept, the rest flows.
    UPCOMING: the item lies beyond the Window; no twin yet (R11.4).
    ENDED: the event that ``outlook_id`` names was ours and is deleted; a late report of it must not
        be taken for a Meeting (R6.1).
    """

    CREATING = "creating"
    LINKED = "linked"
    DETACHED = "detached"
    WAITING = "waiting"
    PARKED = "parked"
    UPCOMING = "upcoming"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That an item on one side stands for an item on the other, and what both were at last.

    ``interval`` is the time on which both sides agreed (for UPCOMING, WAITING and PARKED: the time
    of the origin's item). ``booking_version`` and ``outlook_etag`` are as last answered.
    ``content`` is the fingerprint of the text last written to the twin (a Reserve's or an event's).
    ``told`` is the fingerprint of the state about which the person was last told (R7.5).
    ``generation`` is new each time the twin is made anew; it keeps creation keys apart.
    ``unseen`` says that no saved cursor is known to cover what ``outlook_id`` names: made and
    deleted between two rounds, it would never be reported (Graph: event delta).
    ``leftover`` names an event that has to be deleted before the twin is made again (R8.12).
    """

    key: LinkKey
    origin: Origin
    state: LinkState
    interval: Interval
    booking_id: BookingItemId | None = None
    booking_version: str | None = None
    outlook_id: OutlookItemId | None = None
    outlook_etag: str | None = None
    series_id: OutlookItemId | None = None
    content: str = ""
    generation: str = ""
    unseen: bool = False
    leftover: OutlookItemId | None = None
    told: str | None = None
    tries: int = 0
    reason: str | None = None
    seen_at: datetime | None = None


def booking_key(item_id: BookingItemId) -> LinkKey:
    """Gives the key of the Link that an item born in the booking product has."""
    return LinkKey(f"b-{item_id}")


def outlook_key(item_id: OutlookItemId) -> LinkKey:
    """Gives the key of the Link that a Meeting has: Graph ids hold characters no table key may."""
    return LinkKey(f"o-{sha256(item_id.encode()).hexdigest()[:40]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """An Outlook calendar of the signed-in person.

    ``is_own`` and ``can_edit`` decide whether it may be chosen (R5.1).
    """

    id: CalendarId
    name: str
    owner_address: str
    is_default: bool = False
    is_own: bool = True
    can_edit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContent:
    """What is written into an Outlook event: ``subject`` as text, ``body_html`` as safe HTML."""

    subject: str
    body_html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveContent:
    """What is written into a Reserve; ``notes`` is empty where details don't go along."""

    title: str
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The other side's no to one write: an outcome, not an error.

    ``code`` is the machine's word (``slot_taken``, ``not_permitted``, ``bad_request``, or Graph's
    error code); ``detail`` a sentence for the person, without private text.
    """

    code: str
    detail: str = field(default="")
