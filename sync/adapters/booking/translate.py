"""Between the booking product's JSON and the domain's values; pure.

An item that breaks the contract is left out and named: left out of a change feed it is an item of
which nothing new is known, and of a full listing a missing one, for which the loader asks by id.
That answer then raises, so nothing is ever deleted because it could not be read (R8.10).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

import msgspec

from sync.adapters.booking import wire
from sync.domain.model import (
    AccountId,
    BookingField,
    BookingItem,
    BookingItemId,
    Interval,
    LocationId,
    ReserveContent,
    StaffId,
)
from sync.domain.people import Account, Location, StaffMember
from sync.errors import ContractBroken

UNNAMED = "?"


class ItemUpdate(TypedDict, total=False):
    """The body that moves an item, or changes a Reserve's title and notes."""

    start: str
    end: str
    title: str
    notes: str


class NewReserve(ItemUpdate):
    """The body that makes a Reserve."""

    external_ref: str


def read[T](body: bytes, shape: type[T], *, what: str) -> T:
    """Reads a whole answer.

    Raises:
        ContractBroken: It has another shape; the message names ``what``, never contents.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContractBroken(f"booking: the answer to {what} has another shape") from error


def account(body: bytes) -> Account:
    """Reads an Account.

    Raises:
        ContractBroken: It has another shape.
    """
    raw = read(body, wire.AccountWire, what="getAccount")
    return Account(
        id=AccountId(raw.id),
        name=raw.name,
        time_zone=raw.time_zone,
        idle_logout_minutes=raw.idle_logout_minutes,
    )


def locations(body: bytes) -> tuple[Location, ...]:
    """Reads all Locations of an Account.

    Raises:
        ContractBroken: One of them has another shape: what is missing here would be taken away
            from people (R2.5).
    """
    page = read(body, wire.LocationsWire, what="listLocations")
    return tuple(
        Location(id=LocationId(raw.id), name=raw.name, time_zone=raw.time_zone)
        for raw in page.value
    )


def staff_member(raw: wire.StaffMemberWire) -> StaffMember:
    """Gives a profile; an empty e-mail address is none."""
    return StaffMember(
        id=StaffId(raw.id),
        name=raw.name,
        access_type=raw.access_type,
        location_ids=frozenset(LocationId(id_) for id_ in raw.location_ids),
        time_zone=raw.time_zone,
        email=raw.email or None,
    )


def item(body: bytes | msgspec.Raw) -> BookingItem:
    """Reads one item.

    Raises:
        ContractBroken: It has another shape, or ends before it starts.
    """
    try:
        raw = msgspec.json.decode(body, type=wire.ItemWire)
        interval = Interval(raw.start, raw.end)
    # Instants at the edge of the calendar overflow when they are turned into UTC.
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise ContractBroken(f"booking: the item {item_id(body)} has another shape") from error
    return BookingItem(
        id=BookingItemId(raw.id),
        kind=raw.kind,
        version=raw.version,
        interval=interval,
        status=raw.status,
        title=raw.title,
        notes=raw.notes,
        customer_name=raw.customer.name if raw.customer else None,
        service_name=raw.service.name if raw.service else None,
        location_id=LocationId(raw.location_id) if raw.location_id else None,
        fields=tuple(
            BookingField(label=shown.label, value=shown.value) for shown in raw.fields or ()
        ),
        external_ref=raw.external_ref,
    )


def readable_items(
    raws: Iterable[msgspec.Raw],
) -> tuple[tuple[BookingItem, ...], tuple[str, ...]]:
    """Reads the items of a page one by one.

    Returns:
        The items that could be read, in order, and the ids of the others (``?`` where even the
        id can't be read).
    """
    items: list[BookingItem] = []
    unreadable: list[str] = []
    for raw in raws:
        try:
            items.append(item(raw))
        except ContractBroken:
            unreadable.append(item_id(raw))
    return tuple(items), tuple(unreadable)


def item_id(body: bytes | msgspec.Raw) -> str:
    """Gives the id of an item of whatever shape, ``?`` where there is none."""
    try:
        return msgspec.json.decode(body, type=wire.IdWire).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return UNNAMED


def instant(moment: datetime) -> str:
    """Writes an instant as RFC 3339 with an offset."""
    return moment.isoformat()


def item_update(interval: Interval, content: ReserveContent | None) -> ItemUpdate:
    """Gives the body that moves an item and, with ``content``, writes title and notes anew."""
    times = ItemUpdate(start=instant(interval.start), end=instant(interval.end))
    if content is None:
        return times
    return {**times, "title": content.title, "notes": content.notes}


def new_reserve(interval: Interval, content: ReserveContent, external_ref: str) -> NewReserve:
    """Gives the body that makes a Reserve; notes that don't go along are left out."""
    body = NewReserve(
        start=instant(interval.start),
        end=instant(interval.end),
        title=content.title,
        external_ref=external_ref,
    )
    if content.notes:
        body["notes"] = content.notes
    return body
