"""What the planner sees and what it answers.

Only these values may live here; ``planner.py`` and the two tables decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.domain.actions import Action
from sync.domain.content import Product
from sync.domain.model import (
    BookingItem,
    BookingItemId,
    Elsewhere,
    Gone,
    Interval,
    Link,
    LinkKey,
    OutlookItem,
    OutlookItemId,
)
from sync.domain.reasons import SkipReason
from sync.domain.rules import Policy

#: How often a twin that the other side calls impossible is tried before it stays parked.
MAX_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Both sides and the Links at one moment.

    An item of a Link that is in neither mapping is as it was when both sides last agreed. Whoever
    makes a Snapshot answers for four things: what is called ``Gone`` or ``Elsewhere`` was asked
    for by itself (R8.10); the origin's item of each Link in state CREATING is in it; the booking
    item of an event that is gone, elsewhere or a series is in it; and so is the Meeting of a
    Reserve that was moved.

    Attributes:
        policy: Choices, rights and Window.
        product: How the booking product is named.
        nonce: A new generation, for twins that this plan makes.
        links: All Links of the person, in any order.
        booking: Reported or asked-for items of the booking product.
        outlook: The same for Outlook.
        horizon: The span that the change feeds were opened over; what lies outside is met by a
            later full read (R11.4).
        found: Twins found by their mark, for Links in state CREATING (R11.5).
        retry: Something changed since the last sync: what was refused is tried again (R7.5).
        is_resync: A person asked for a full comparison: what is parked is tried as well.
    """

    policy: Policy
    product: Product
    nonce: str
    links: tuple[Link, ...]
    booking: Mapping[BookingItemId, BookingItem | Gone]
    outlook: Mapping[OutlookItemId, OutlookItem | Gone | Elsewhere]
    horizon: Interval
    found: Mapping[LinkKey, OutlookItem | Elsewhere | BookingItem] = field(default_factory=dict)
    retry: bool = False
    is_resync: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One item that takes no part, and why."""

    item: BookingItem | OutlookItem
    reason: SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do, what frees time before what takes it; and what was left out."""

    actions: tuple[Action, ...]
    skips: tuple[Skip, ...]


#: What the decision about one Link or one item may be; ``None`` is: nothing.
type Step = Action | Skip | None
