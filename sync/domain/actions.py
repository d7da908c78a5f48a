"""What a plan may ask for, and what became of it.

Each action names the rule that asks for it and carries all that its one gateway call needs. Only
values may live here; the planner decides, the executor carries out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.domain.model import (
    BookingItemId,
    EventContent,
    Interval,
    Link,
    LinkKey,
    OutlookItemId,
    Refusal,
    ReserveContent,
)
from sync.domain.reasons import SkipReason


class Direction(StrEnum):
    """Which side an action writes to (contract: Activity.direction)."""

    TO_OUTLOOK = "to_outlook"
    TO_BOOKING = "to_booking"


class ActivityAction(StrEnum):
    """What an activity line says was done (contract: Activity.action)."""

    CREATED = "created"
    UPDATED = "updated"
    MOVED = "moved"
    DELETED = "deleted"
    PUT_BACK = "put_back"
    LEFT_OUT = "left_out"


class ActivityResult(StrEnum):
    """How it ended (contract: Activity.result)."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """What the person is told about one item that could not be updated from Outlook (R9.3).

    ``title`` is the item's title as in Outlook and never private. ``tried`` is what the person
    tried, ``reason`` why it was refused, ``now`` where the item stands; all plain sentences.
    ``old``/``new`` are the times before and after the try, ``None`` where no time was tried.
    ``state`` tells this try from others: it goes into the Link with the record of the tell, so that
    a try is told once even if its put back is cut short.
    """

    title: str
    tried: str
    reason: str
    now: str
    state: str
    old: Interval | None = None
    new: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Action:
    """What all actions share: the Link they are about (as it stands), the rule, the title."""

    link: Link
    rule: str
    title: str
    tell: Tell | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEvent(_Action):
    """Makes the Outlook event of an Appointment or Reserve (R6.1).

    ``link`` is in state CREATING with the generation to write; its ``leftover`` is deleted first
    (an event that became a series, or was dragged into another calendar).
    """

    content: EventContent
    interval: Interval
    version: str
    is_put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateEvent(_Action):
    """Writes text and time, or with ``content`` ``None`` the time only (a put back)."""

    content: EventContent | None
    interval: Interval
    version: str
    is_put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEvent(_Action):
    """Deletes the event of an item that is gone or takes no part any more."""

    outlook_id: OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMeeting(_Action):
    """Moves a Meeting after its Reserve was moved (R8.5); refused, the Reserve is put back."""

    outlook_id: OutlookItemId
    etag: str
    interval: Interval
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateReserve(_Action):
    """Makes the Reserve of a Meeting (R7.1); ``link`` is in state CREATING."""

    content: ReserveContent
    interval: Interval
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReserve(_Action):
    """Writes a Reserve anew (R8.4), or with ``content`` ``None`` puts its time back (R8.5)."""

    booking_id: BookingItemId
    content: ReserveContent | None
    interval: Interval
    etag: str | None
    is_put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteReserve(_Action):
    """Deletes a Reserve whose Meeting is gone or takes no part any more.

    ``then`` is the Link to keep afterwards (a Meeting that left the Window), ``None`` to drop it.
    """

    booking_id: BookingItemId
    then: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveBookingItem(_Action):
    """Moves an Appointment or Reserve as its event was moved (R8.1).

    Refused, the event is put back to ``put_back`` and ``tell`` with the refusal is told.
    """

    booking_id: BookingItemId
    version: str
    interval: Interval
    outlook_etag: str
    put_back: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveBookingItem(_Action):
    """Cancels an Appointment or deletes a Reserve as its event was deleted (R8.2).

    Refused, the event is made again from what the booking product then answers.
    """

    booking_id: BookingItemId
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepLink(_Action):
    """Writes the Link as given and nothing else: adopted, refreshed, detached, upcoming.

    ``left_out`` is the reason to show in the activity where a person should learn of it.
    """

    left_out: SkipReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropLink(_Action):
    """Forgets a Link whose items are both gone."""


type Write = (
    CreateEvent
    | UpdateEvent
    | DeleteEvent
    | MoveMeeting
    | CreateReserve
    | UpdateReserve
    | DeleteReserve
    | MoveBookingItem
    | RemoveBookingItem
)
type Action = Write | KeepLink | DropLink

#: What takes an item away on either side: the actions that the guard counts (R11.7).
REMOVALS = (DeleteEvent, DeleteReserve, RemoveBookingItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry:
    """One line of the person's activity (R12.1); ``title`` is never private."""

    at: datetime
    direction: Direction
    action: ActivityAction
    result: ActivityResult
    title: str
    reason: str = ""
    start: datetime | None = None


class Outcome(StrEnum):
    """What became of one action."""

    DONE = "done"
    REFUSED = "refused"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The record of one action carried out: what to write into the ledger, in one transaction.

    ``link`` is the Link to keep, ``None`` to drop it (with ``STALE``: to leave it as it is).
    ``also`` are further Links to keep. ``refusal`` is the other side's no. ``again`` asks for
    another round before the cursors are saved.
    """

    outcome: Outcome
    key: LinkKey
    link: Link | None
    also: tuple[Link, ...] = ()
    again: bool = False
    activity: tuple[ActivityEntry, ...] = ()
    tells: tuple[Tell, ...] = ()
    refusal: Refusal | None = None
