"""Between the booking product's JSON and the engine's values; pure.

An item that breaks the contract, or can't be true (R7.6), is named as unreadable: it waits, its
twin stays, and the others of its page flow (R8.10, R11.8).
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypedDict

import msgspec

from sync.engine.items import BookingField, BookingItem, ReserveContent
from sync.errors import ContractBroken
from sync.outside.booking import wire
from sync.people.people import Account, Location, StaffMember
from sync.words import AccountId, BookingItemId, Interval, LocationId, StaffId

UNNAMED = "?"
_EARLIEST, _LATEST = 2000, 2100
#: Minutes of ten years: products say "never" by the largest number that they have, which no time
#: can be counted on by.
_LONGEST_IDLE = 10 * 365 * 24 * 60
_HALF_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_HALVES = re.compile("[\ud800-\udfff]")


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
        return _decoded(body, shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractBroken(f"booking: the answer to {what} has another shape") from error


def _decoded[T](body: bytes | msgspec.Raw, shape: type[T]) -> T:
    """Reads JSON, also where it holds halves of characters: they spoil no page (R11.8).

    They are left where a program cut a text within an emoji; the decoder takes none.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError:
        if not _HALF_ESCAPE.search(bytes(body)):
            raise
    try:
        text = json.dumps(json.loads(bytes(body)), ensure_ascii=False)
    except ValueError as error:
        raise msgspec.DecodeError("no JSON at all") from error
    return msgspec.json.decode(_HALVES.sub("\ufffd", text), type=shape)


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
        idle_logout_minutes=min(raw.idle_logout_minutes, _LONGEST_IDLE),
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
    """Gives a profile; an e-mail address without a sign is none."""
    return StaffMember(
        id=StaffId(raw.id),
        name=raw.name,
        access_type=raw.access_type,
        location_ids=frozenset(LocationId(id_) for id_ in raw.location_ids),
        time_zone=raw.time_zone,
        email=(raw.email or "").strip() or None,
        language=raw.language or None,
    )


def readable_staff(
    raws: Iterable[msgspec.Raw],
) -> tuple[dict[StaffId, StaffMember], frozenset[StaffId]]:
    """Reads the profiles of a page one by one; gives those that could be read, and other ids."""
    members: dict[StaffId, StaffMember] = {}
    unreadable: set[StaffId] = set()
    for raw in raws:
        try:
            found = staff_member(_decoded(raw, wire.StaffMemberWire))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            unreadable.add(StaffId(item_id(raw)))
        else:
            members[found.id] = found
    return members, frozenset(unreadable - {UNNAMED})


def item(body: bytes | msgspec.Raw) -> BookingItem:
    """Reads one item.

    Raises:
        ContractBroken: It has another shape, ends before it starts, or lies in no year in which
            anybody has appointments (R7.6).
    """
    try:
        raw = _decoded(body, wire.ItemWire)
        interval = Interval(raw.start, raw.end)
    # Instants at the edge of the calendar overflow when they are turned into UTC.
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise ContractBroken(f"booking: the item {item_id(body)} has another shape") from error
    if interval.start.year < _EARLIEST or interval.end.year > _LATEST:
        raise ContractBroken(f"booking: the item {item_id(body)} lies in an impossible year")
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
        modified=_moment(raw.modified),
    )


def _moment(raw: msgspec.Raw) -> datetime | None:
    """Reads when an item was modified; ``None`` where the product doesn't say, or in riddles."""
    try:
        moment: datetime = msgspec.json.decode(raw, type=wire.Instant).astimezone(UTC)
    except (msgspec.DecodeError, ValueError, OverflowError):
        return None
    # One from the year 9999 would make all that is read later older than it (R8.15, R7.6).
    return moment if _EARLIEST <= moment.year <= _LATEST else None


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
    """Gives the id of an item or profile of whatever shape, ``?`` where there is none."""
    try:
        return msgspec.json.decode(body, type=wire.IdWire).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNNAMED


def instant(moment: datetime) -> str:
    """Writes an instant as RFC 3339 with an offset."""
    return moment.isoformat()


def item_update(interval: Interval | None, content: ReserveContent | None) -> ItemUpdate:
    """Gives the body that moves an item, writes title and notes anew, or both: no more (R6.5)."""
    body = ItemUpdate()
    if interval is not None:
        body |= {"start": instant(interval.start), "end": instant(interval.end)}
    if content is not None:
        body |= {"title": content.title, "notes": content.notes}
    return body


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
