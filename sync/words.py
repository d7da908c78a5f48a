"""The few values that every room names: ids, a person, a span of time, a calendar.

Nothing may live here that only one room needs, and nothing that decides about an item.
"""

from dataclasses import dataclass
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


#: When something is whose time can't be read.
NOWHERE = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))


class ShowAs(StrEnum):
    """How an Outlook item shows in free/busy views; ``UNKNOWN`` is any value not listed."""

    FREE = "free"
    TENTATIVE = "tentative"
    BUSY = "busy"
    OOF = "oof"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"


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


def msgid(message: str) -> str:
    """Marks a text as a message of the catalogue (R12.7); it stays a plain text."""
    return message
