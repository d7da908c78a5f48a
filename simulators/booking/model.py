"""The values that the booking product keeps, and how it refuses."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from simulators.common.errors import Refused

TITLE_LIMIT = 255
NOTES_LIMIT = 4000


class AppointmentVersion(StrEnum):
    """How many Appointments a time slot of the Account takes."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class AccessType(StrEnum):
    """What a Staff Member may do in the booking product."""

    HQ_ADMIN = "hq_admin"
    LOCATION_ADMIN = "location_admin"
    STAFF = "staff"
    VIEW_ONLY = "view_only"


ADMINISTRATORS = frozenset({AccessType.HQ_ADMIN, AccessType.LOCATION_ADMIN})


class ItemKind(StrEnum):
    """What stands in a schedule."""

    APPOINTMENT = "appointment"
    RESERVE = "reserve"
    EVENT = "event"


class ItemStatus(StrEnum):
    """What became of an item."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


STATUS_ACTS = {
    "cancel": ItemStatus.CANCELLED,
    "complete": ItemStatus.COMPLETED,
    "no-show": ItemStatus.NO_SHOW,
    "rebook": ItemStatus.BOOKED,
}
"""What office people do with an item, and what becomes of it."""


class ProblemType(StrEnum):
    """The contract's words for refusals."""

    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    NOT_PERMITTED = "not_permitted"
    NOT_FOUND = "not_found"
    SLOT_TAKEN = "slot_taken"
    VERSION_MISMATCH = "version_mismatch"
    CURSOR_EXPIRED = "cursor_expired"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


PROBLEM_STATUS = {
    ProblemType.BAD_REQUEST: 400,
    ProblemType.UNAUTHORIZED: 401,
    ProblemType.NOT_PERMITTED: 403,
    ProblemType.NOT_FOUND: 404,
    ProblemType.SLOT_TAKEN: 409,
    ProblemType.VERSION_MISMATCH: 412,
    ProblemType.CURSOR_EXPIRED: 410,
    ProblemType.RATE_LIMITED: 429,
    ProblemType.UNAVAILABLE: 503,
}


class Refusal(Refused):
    """The booking product says no.

    Args:
        kind: the contract's word for it.
        detail: a sentence for people.
    """

    def __init__(self, kind: ProblemType, detail: str) -> None:
        super().__init__(detail)
        self.kind, self.status = kind, PROBLEM_STATUS[kind]
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One customer of the booking product; `idle_logout_minutes` is at least 1."""

    id: str
    name: str = "Practice"
    time_zone: str = "America/New_York"
    appointment_version: AppointmentVersion = AppointmentVersion.SINGLE
    overbooking: bool = False
    idle_logout_minutes: int = 60

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)
        if self.idle_logout_minutes < 1:
            raise ValueError("idle_logout_minutes must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place of the Account."""

    id: str
    name: str = "Location"
    time_zone: str = "America/New_York"

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A person with a schedule; `email` and `language` are None where the profile has none."""

    id: str
    name: str = "Staff Member"
    email: str | None = None
    access_type: AccessType = AccessType.STAFF
    location_ids: tuple[str, ...] = ()
    time_zone: str = "America/New_York"
    language: str | None = None

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A customer or a service."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemField:
    """One line that the product shows on an item; `value` None means that it is empty."""

    label: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What stands in one schedule from `start` to before `end` (aware; kept in UTC).

    Attributes:
        id: known in the whole Account.
        kind: Appointment, Reserve or Event.
        version: another one after every save; empty until the schedule gives it one.
        status: a cancelled item is treated as gone.
        title: of Reserves and Events.
        notes: of Reserves.
        customer: of Appointments.
        service: of Appointments.
        location_id: where; None when it has no place.
        fields: what the product shows, in its order; empty leaves the member out of the wire.
        external_ref: as the connector gave it.
        modified: when it was last saved, in whole seconds; None where the product doesn't say.
    """

    id: str
    kind: ItemKind
    start: datetime
    end: datetime
    version: str = ""
    status: ItemStatus = ItemStatus.BOOKED
    title: str | None = None
    notes: str | None = None
    customer: Named | None = None
    service: Named | None = None
    location_id: str | None = None
    fields: tuple[ItemField, ...] = ()
    external_ref: str | None = None
    modified: datetime | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("start and end need an offset")
        # Two times of one zone compare by the clock on the wall: wrong when it is set back.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise ValueError("start must be before end")
        if self.title is not None and len(self.title) > TITLE_LIMIT:
            raise ValueError(f"a title has at most {TITLE_LIMIT} characters")
        if self.notes is not None and len(self.notes) > NOTES_LIMIT:
            raise ValueError(f"notes have at most {NOTES_LIMIT} characters")

    @property
    def shown_title(self) -> str:
        """What people read: customer and service, or the title; empty where there is nothing."""
        who = " - ".join(named.name for named in (self.customer, self.service) if named)
        return who or self.title or ""

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Say whether the item takes any time of the half-open `[start, end)`."""
        return self.start < end and start < self.end


class NoticeType(StrEnum):
    """What a webhook is about."""

    ITEMS_CHANGED = "items.changed"
    STAFF_CHANGED = "staff.changed"
    STAFF_REMOVED = "staff.removed"
    LOCATION_CHANGED = "location.changed"
    LOCATION_REMOVED = "location.removed"
    ACCOUNT_CHANGED = "account.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One change that the outside is told of: who should be looked at, never what changed.

    Where one item changed, it is named, with its version if it is still there.
    """

    type: NoticeType
    account_id: str
    staff_id: str | None = None
    location_id: str | None = None
    item_id: str | None = None
    version: str | None = None
