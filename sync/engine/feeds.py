"""What one round of both change feeds brought, or of both calendars in full. Only values."""

from collections.abc import Mapping
from dataclasses import dataclass

from sync.engine.items import BookingItem, OutlookItem
from sync.words import BookingItemId, OutlookItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRead:
    """What the booking product's feed or listing brought; ``is_full``: all of the horizon."""

    items: tuple[BookingItem, ...]
    deleted: frozenset[BookingItemId] = frozenset()
    unreadable: frozenset[BookingItemId] = frozenset()
    is_full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRead:
    """What Outlook's feed or view brought.

    ``series`` names for each series told of all its occurrences: a known one that is not among
    them may have been deleted. ``is_full``: all of the horizon. ``late`` are events of which
    the feed before a full read told last, also in a calendar that the person leaves (R5.9).
    """

    items: tuple[OutlookItem, ...]
    removed: frozenset[OutlookItemId] = frozenset()
    series: Mapping[OutlookItemId, frozenset[OutlookItemId]]
    is_full: bool = False
    late: frozenset[OutlookItemId] = frozenset()
