"""What a plan may ask for: six calls, one for each thing that can be done to a side, and notes.

Each action names the rule that asks for it and carries all that its one call needs. Only values may
live here; the tables decide, ``carry.py`` calls, ``settle.py`` says what the answer means.
"""

from dataclasses import dataclass

from sync.engine.items import BookingItem, EventContent, OutlookItem, ReserveContent
from sync.engine.links import Hold, Link
from sync.engine.reasons import SkipReason
from sync.engine.telling import Tell
from sync.words import BookingItemId, Interval, OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Action:
    """What all actions share: the Link as it stands, the rule, the title where people see it."""

    link: Link
    rule: str
    title: str = ""
    tell: Tell | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEvent(_Action):
    """Makes the event of an Appointment or Reserve (R6.1); ``item`` is what it shows.

    ``left`` are Links to be written with it: what the person made of the old event, to be deleted
    (R8.9, R8.12), and its id, of which a late report means nothing. ``was_deleted``: the person
    deleted that one.
    """

    item: BookingItem
    content: EventContent
    is_put_back: bool = False
    was_deleted: bool = False
    left: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEvent(_Action):
    """Writes an event's time, its text, or both: what differs and no more (R6.5).

    ``shows`` is the time that the event stands for afterwards, ``interval`` the same where it has
    to be written. ``booking`` is the item that it was decided from, ``event`` the event.
    ``is_meeting``: a Meeting follows its Reserve (R8.5).
    """

    outlook_id: OutlookItemId
    etag: str | None
    shows: Interval
    interval: Interval | None
    content: EventContent | None = None
    booking: BookingItem | None = None
    event: OutlookItem | None = None
    is_put_back: bool = False
    is_meeting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEvent(_Action):
    """Deletes an event of ours, wherever it is."""

    outlook_id: OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateReserve(_Action):
    """Makes the Reserve of a Meeting (R7.1)."""

    meeting: OutlookItem
    content: ReserveContent


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteItem(_Action):
    """Moves an item, or writes a Reserve's time and text as far as they differ (R6.5).

    ``version`` is the precondition, ``None`` where Outlook wins whatever was done (R8.4). ``event``
    is the Outlook side that it was decided from.
    """

    booking_id: BookingItemId
    shows: Interval
    interval: Interval | None
    content: ReserveContent | None = None
    version: str | None = None
    event: OutlookItem | None = None
    is_put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveItem(_Action):
    """Cancels an Appointment, or deletes a Reserve.

    ``after``: the Link to keep then (a Meeting that left the Window or whose new time is taken).
    """

    booking_id: BookingItemId
    version: str | None = None
    after: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(_Action):
    """Writes the Link as given and calls nobody.

    ``left_out`` is the reason to show in the activity where a person should learn of it.
    """

    left_out: SkipReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(_Action):
    """Keeps the Link waiting for a reason; its twin stays as it is.

    ``left_out`` as in ``Note``.
    """

    hold: Hold
    left_out: SkipReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(_Action):
    """Forgets a Link that stands for nothing any more."""


type Write = CreateEvent | WriteEvent | DeleteEvent | CreateReserve | WriteItem | RemoveItem
type Action = Write | Note | Wait | Drop

#: What is called out to the booking product; the rest of the writes go to Outlook.
TO_BOOKING = (CreateReserve, WriteItem, RemoveItem)
TO_OUTLOOK = (CreateEvent, WriteEvent, DeleteEvent)
WRITES = (*TO_OUTLOOK, *TO_BOOKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One item that takes no part, and why."""

    item: BookingItem | OutlookItem
    reason: SkipReason


#: What is decided about one case; ``None`` is: nothing.
type Decision = Action | Skip | None
