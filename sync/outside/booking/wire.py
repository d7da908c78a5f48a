"""The JSON of the booking product as structs (contract: booking-api.openapi.yaml).

Members that the contract doesn't name are passed over, so that the other side may add some. An
optional member may be null. A page keeps its items raw: one that breaks the contract must not
take the others with it.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Raw, Struct

from sync.engine.items import BookingKind, BookingStatus
from sync.people.people import AccessType

type Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
#: Goes out again as a header, bare.
type Version = Annotated[str, Meta(pattern=r"\A[!-~]{1,200}\Z")]
type Instant = Annotated[datetime, Meta(tz=True)]


class AccountWire(Struct, frozen=True):
    """An Account; what the connector has no use for is left unread."""

    id: Id
    name: str
    time_zone: str
    idle_logout_minutes: Annotated[int, Meta(ge=1)]


class LocationWire(Struct, frozen=True):
    """A Location."""

    id: Id
    name: str
    time_zone: str


class StaffMemberWire(Struct, frozen=True):
    """A Staff Member."""

    id: Id
    name: str
    access_type: AccessType
    location_ids: tuple[Id, ...]
    time_zone: str
    email: str | None = None
    language: str | None = None


class NamedWire(Struct, frozen=True):
    """A customer or a service."""

    name: str


class FieldWire(Struct, frozen=True):
    """One labelled value of an item."""

    label: str
    value: str | None = None


class ItemWire(Struct, frozen=True):
    """An Appointment, Reserve or Event."""

    id: Id
    kind: BookingKind
    version: Version
    start: Instant
    end: Instant
    status: BookingStatus
    title: str | None = None
    notes: str | None = None
    customer: NamedWire | None = None
    service: NamedWire | None = None
    location_id: str | None = None
    fields: tuple[FieldWire, ...] | None = None
    external_ref: str | None = None
    #: Read apart: a time stamp that can't be read is none, and spoils no item.
    modified: Raw = Raw()


class LocationsWire(Struct, frozen=True):
    """All Locations of an Account."""

    value: tuple[LocationWire, ...]


class StaffPageWire(Struct, frozen=True):
    """A page of Staff Members, each still raw."""

    value: tuple[Raw, ...]
    next_cursor: str | None = None


class ItemPageWire(Struct, frozen=True):
    """A page of items, each still raw."""

    value: tuple[Raw, ...]
    next_cursor: str | None = None
    changes_cursor: str | None = None


class ChangeWire(Struct, frozen=True):
    """One change; the item is still raw, and empty where there is none."""

    id: Id
    deleted: bool
    item: Raw = Raw()


class ChangePageWire(Struct, frozen=True):
    """A page of changes, in order."""

    value: tuple[ChangeWire, ...]
    cursor: str
    more: bool


class ProblemWire(Struct, frozen=True):
    """A problem (RFC 9457)."""

    type: str = ""
    detail: str | None = None


class IdWire(Struct, frozen=True):
    """The one member that is looked for in an item that can't be read."""

    id: Id


class WebhookDataWire(Struct, frozen=True):
    """Who should be looked at."""

    account_id: Id
    staff_id: Id | None = None
    location_id: Id | None = None
    item_id: str | None = None
    version: str | None = None
