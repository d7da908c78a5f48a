"""What the person learns of a sync: lines of activity, and what could not be done as they wished.

Only values may live here. No text in them is private (R7.3).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.words import Interval, LinkKey


class Direction(StrEnum):
    """Which side was written to (contract: Activity.direction)."""

    TO_OUTLOOK = "to_outlook"
    TO_BOOKING = "to_booking"
    BOTH = "both"


class ActivityAction(StrEnum):
    """What an activity line says was done (contract: Activity.action)."""

    CREATED = "created"
    UPDATED = "updated"
    MOVED = "moved"
    DELETED = "deleted"
    PUT_BACK = "put_back"
    LEFT_OUT = "left_out"
    STARTED = "started"
    RESYNCED = "resynced"
    SETTINGS_CHANGED = "settings_changed"
    DISCONNECTED = "disconnected"
    RECONNECTED = "reconnected"
    HELD = "held"
    ANSWERED = "answered"


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
    ``state`` tells this try from others: a Link notes it, so that a try is told once.
    """

    title: str
    tried: str
    reason: str
    now: str
    state: str
    old: Interval | None = None
    new: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry:
    """One line of the person's activity (R12.1); ``title`` is never private.

    ``count`` is of items, where it stands for many. ``waits_for`` is the Link of which it says that
    it waits: no longer true once that does not.
    """

    at: datetime
    direction: Direction
    action: ActivityAction
    result: ActivityResult
    title: str
    reason: str = ""
    start: datetime | None = None
    count: int | None = None
    waits_for: LinkKey | None = None
