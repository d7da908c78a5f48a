"""What both calendars hold, as it was read from the booking product or from Outlook.

Only values may live here; nothing in this module decides anything.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.words import BookingItemId, CalendarId, Interval, LocationId, OutlookItemId, ShowAs


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An event that a search brought: with its mark (``None``: it bears none) and its age."""

    item: OutlookItem
    mark: str | None
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Gone:
    """Proof that an item does not exist any more: it was asked for and is not there (R8.10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Proof that the person dragged an event into another calendar of theirs (R8.12).

    ``event`` is what was read of it there; ``None`` where that can't be judged by.
    """

    calendar_id: CalendarId
    outlook_id: OutlookItemId
    event: OutlookItem | None = None


def deletion_of(event_id: str) -> str:
    """Names the end of an event, as the version by which its echo is known (R8.8)."""
    return f"deleted {event_id}"


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
