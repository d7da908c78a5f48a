"""Who takes part: each item is in, or out for one reason (R6.1, R7.1, R2.4).

Only yes-or-no questions about one item under a policy may live here.
"""

from dataclasses import dataclass
from hashlib import sha256

from sync.engine.items import BookingItem, BookingKind, BookingStatus, OutlookItem, OutlookKind
from sync.engine.reasons import SkipReason
from sync.engine.window import Window
from sync.people.people import AccessType, SyncSettings
from sync.words import LocationId

#: Raised by a release whose rules judge items otherwise: everybody is compared in full once.
RULES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Under what choices and rights a person's items are judged."""

    settings: SyncSettings
    access_type: AccessType
    enabled_locations: frozenset[LocationId]
    window: Window

    @property
    def fingerprint(self) -> str:
        """Changes when items have to be judged afresh although none of them changed (R2.5)."""
        parts = (
            str(RULES),
            "outwards" if self.access_type is AccessType.VIEW_ONLY else "both",
            ",".join(sorted(self.enabled_locations)),
            str(self.settings.sync_reserves),
            str(self.settings.sync_meetings),
            str(self.settings.sync_meeting_details),
            ",".join(sorted(self.settings.show_as)),
            str(self.window.days),
        )
        return sha256("|".join(parts).encode()).hexdigest()[:16]


def inwards_reason(policy: Policy) -> SkipReason | None:
    """Says why no Meeting at all becomes a Reserve; ``None`` where Meetings may (R2.4, R5.5)."""
    if policy.access_type is AccessType.VIEW_ONLY:
        return SkipReason.VIEW_ONLY
    if not policy.settings.sync_meetings:
        return SkipReason.MEETINGS_NOT_CHOSEN
    return None


def booking_reason(item: BookingItem, policy: Policy) -> SkipReason | None:
    """Says why an item of the booking product has no event, the Window apart (R6.1)."""
    if item.kind is BookingKind.EVENT:
        return SkipReason.GROUP_EVENT
    if item.external_ref is not None:
        # The booking product gives back what the connector set on the Reserves that it made.
        return SkipReason.MADE_FROM_MEETING
    if item.status is BookingStatus.CANCELLED:
        return SkipReason.BOOKING_CANCELLED
    if item.kind is BookingKind.RESERVE and not policy.settings.sync_reserves:
        return SkipReason.RESERVES_NOT_CHOSEN
    if item.location_id is not None and item.location_id not in policy.enabled_locations:
        return SkipReason.LOCATION_NOT_ENABLED
    return None


def outlook_reason(item: OutlookItem, policy: Policy) -> SkipReason | None:
    """Says why a Meeting has no Reserve, the Window apart (R7.1)."""
    inwards = inwards_reason(policy)
    if inwards is not None:
        return inwards
    if item.problem is not None:
        return SkipReason.UNREADABLE
    if item.kind is OutlookKind.MASTER:
        return SkipReason.SERIES_MASTER
    if item.is_all_day:
        return SkipReason.ALL_DAY
    if item.is_cancelled:
        return SkipReason.CANCELLED
    if item.is_declined:
        return SkipReason.DECLINED
    if item.show_as not in policy.settings.show_as:
        return SkipReason.SHOW_AS
    if not item.interval.has_length:
        return SkipReason.NO_LENGTH
    return None


def window_reason(item: BookingItem | OutlookItem, window: Window) -> SkipReason | None:
    """Says on which side of the Window an item lies; ``None`` while it takes part."""
    if window.holds(item.interval):
        return None
    return SkipReason.BEYOND_WINDOW if window.is_beyond(item.interval) else SkipReason.PAST


def left_out_reason(item: object, policy: Policy) -> SkipReason | None:
    """Says why an item of the schedule has no event now; ``None``: it has one."""
    if not isinstance(item, BookingItem):
        return SkipReason.BOOKING_CANCELLED
    return booking_reason(item, policy) or window_reason(item, policy.window)
