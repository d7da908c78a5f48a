"""What the simulated mailboxes hold.

Times of an event are kept as wall-clock time plus zone name, as Outlook keeps them, so that a
series follows the clock changes of its own zone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from simulators.microsoft365.zones import to_utc

type Role = Literal["read", "write"]
type EventKind = Literal["singleInstance", "occurrence", "exception", "seriesMaster"]
type ChangeType = Literal["created", "updated", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A series' pattern and range (Graph: recurrencePattern, recurrenceRange).

    Dates are ISO strings; weekdays are Graph's lower-case names; `index` is first to last.
    Unused members hold Graph's defaults, which answers print as they are.
    """

    type: str
    interval: int = 1
    month: int = 0
    day_of_month: int = 0
    days_of_week: tuple[str, ...] = ()
    first_day_of_week: str = "sunday"
    index: str = "first"
    range_type: str
    start_date: str
    end_date: str = "0001-01-01"
    number_of_occurrences: int = 0
    recurrence_time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything on an event that a person or a program may write.

    Args:
        start: Wall-clock start without zone; midnight for an all-day event.
        start_zone: Name of the zone of `start`, as it was written.
        end: Wall-clock end, exclusive.
        end_zone: Name of the zone of `end`.
        body: The body as the server keeps it, always HTML.
        attendees: Graph attendee objects, empty for an appointment.
        organizer: Graph emailAddress of the organiser; None means the calendar's owner.
        response: The owner's own answer (`organizer`, `accepted`, `declined`, ...).
        extended: Single-value extended properties, id to value.
        more: Further members in Graph's own spelling (categories, location, reminders).
    """

    subject: str = ""
    body: str = ""
    start: datetime
    start_zone: str = "UTC"
    end: datetime
    end_zone: str = "UTC"
    is_all_day: bool = False
    is_cancelled: bool = False
    show_as: str = "busy"
    sensitivity: str = "normal"
    importance: str = "normal"
    attendees: tuple[dict[str, Any], ...] = ()
    organizer: dict[str, Any] | None = None
    response: str = "organizer"
    extended: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def starts_at(self) -> datetime:
        """The instant of the start, aware UTC."""
        return to_utc(self.start, self.start_zone)

    @property
    def ends_at(self) -> datetime:
        """The instant of the end, aware UTC."""
        return to_utc(self.end, self.end_zone)


@dataclass(slots=True, kw_only=True)
class Event:
    """One stored event: a single one, or a series with what was changed in it.

    Args:
        key: Internal number, stable for ever, never on the wire.
        rest_id: The ordinary id; a move to another calendar gives a new one.
        immutable_id: The id under `Prefer: IdType="ImmutableId"`.
        changed_seq: Place of the last change in the journal.
        entered_seq: Place in the journal where it came into its present calendar.
        generation: Grows when a changed pattern gives all occurrences new ids.
        exceptions: Changed occurrences by the instant where the pattern has them (UTC).
        cancelled: Deleted occurrences by that same instant.
        hidden_reads: How many more reads answer 404 although the event is there.
        left: Keys of calendars that it has left once.
        odd: Graph JSON that answers show over what the event holds, however wrong it is.
        is_literal: Whether `odd` is all that they show.
    """

    key: int
    calendar: int
    rest_id: str
    immutable_id: str
    ical_uid: str
    content: Content
    created: datetime
    modified: datetime
    change_key: str
    changed_seq: int
    entered_seq: int
    transaction_id: str | None = None
    recurrence: Recurrence | None = None
    generation: int = 0
    exceptions: dict[datetime, Content] = field(default_factory=dict)
    cancelled: set[datetime] = field(default_factory=set)
    hidden_reads: int = 0
    left: set[int] = field(default_factory=set)
    odd: dict[str, Any] | None = None
    is_literal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One thing that a calendar shows: an event itself, or one occurrence of a series.

    Args:
        original: The instant at which the pattern has it (UTC); None unless part of a series.
    """

    event: Event
    kind: EventKind
    content: Content
    original: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stays of an event in a calendar that it left, for the change feed.

    Args:
        entered_seq: Where in the journal it had come in: both after a token means unreported.
        occurrence_ids: Of a series, its occurrences' ordinary and immutable ids.
    """

    seq: int
    calendar: int
    key: int
    rest_id: str
    immutable_id: str
    entered_seq: int
    occurrence_ids: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Calendar:
    """One calendar of a mailbox.

    Args:
        read_only: A calendar that nobody can edit, such as a subscribed one.
        shares: Who else sees it, by user id, with their role.
        share_ids: The id under which each of them sees it.
    """

    key: int
    owner: str
    calendar_id: str
    immutable_id: str
    name: str
    change_key: str
    is_default: bool = False
    read_only: bool = False
    color: str = "auto"
    shares: dict[str, Role] = field(default_factory=dict)
    share_ids: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class User:
    """One person with a mailbox; `time_zone` is a Windows zone name."""

    user_id: str
    address: str
    name: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that Exchange would have sent to an attendee because of a write."""

    to: str
    sender: str
    kind: Literal["invitation", "update", "cancellation", "response"]
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the store, as subscriptions see it: of a series only the master (5.6)."""

    change_type: ChangeType
    calendar: int
    owner: str
    rest_id: str
    immutable_id: str
    change_key: str
