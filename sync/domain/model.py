"""What both calendars hold.

Only values may live here: what was read from the booking product or from Outlook. Nothing in this
module decides anything.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
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

    def searched(self) -> "Interval":
        """Gives a span whose search by overlap finds this one, with or without length."""
        if self.has_length:
            return self
        return Interval(self.start, self.start + timedelta(minutes=1))

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

    ``version`` changes with every change of the item; ``modified`` is when it last did, where the
    booking product can say. ``external_ref`` is what the connector gave when it made the Reserve;
    ``None`` for items that people made.
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
    modified: datetime | None = None


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
    item can't be read (an unknown time zone, say); its ``interval`` then means nothing. ``uid`` is
    Graph's ``iCalUId`` (of an occurrence that has none, its master's); ``modified`` is
    ``lastModifiedDateTime``; both are ``None`` where Graph doesn't say.
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
    uid: str | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Proof that an item does not exist any more: it was asked for and is not there (R8.10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Proof that the person dragged an event into another calendar of theirs (R8.12)."""

    calendar_id: CalendarId
    outlook_id: OutlookItemId


def deletion_of(event_id: str) -> str:
    """Names the end of an event, as the version by which its echo is known (R8.8)."""
    return f"deleted {event_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """An Outlook calendar of the signed-in person."""

    id: CalendarId
    name: str
    owner_address: str
    is_default: bool = False
    is_own: bool = True
    can_edit: bool = True

    @property
    def may_be_chosen(self) -> bool:
        """Says whether it may be synced (R5.1)."""
        return self.is_own and self.can_edit


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
