"""Values of the booking product as the contract's JSON; absent members are left out."""

from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from simulators.booking.model import PROBLEM_STATUS, Item, ProblemType, StaffMember
from simulators.booking.schedule import Change
from simulators.common.errors import ControlError


def plain(value: Any) -> Any:
    """Give an Account, Location or policy as JSON values (arrays are lists)."""
    return msgspec.json.decode(msgspec.json.encode(value))


def staff_to_wire(member: StaffMember) -> dict[str, Any]:
    """Give a profile as the contract has it: without a language where none is known."""
    wire: dict[str, Any] = plain(member)
    return {name: value for name, value in wire.items() if (name, value) != ("language", None)}


def item_to_wire(item: Item, zone: ZoneInfo) -> dict[str, Any]:
    """Give an item as the contract has it, its instants with the offset of `zone`."""
    wire = plain(item)
    for name, instant in (("start", item.start), ("end", item.end), ("modified", item.modified)):
        if instant is not None:
            wire[name] = instant.astimezone(zone).isoformat()
    return {name: value for name, value in wire.items() if value is not None and value != []}


def change_to_wire(change: Change, zone: ZoneInfo) -> dict[str, Any]:
    """Give an entry of the change feed as the contract has it."""
    if change.item is None:
        return {"id": change.item_id, "deleted": True}
    return {"id": change.item_id, "deleted": False, "item": item_to_wire(change.item, zone)}


def problem(kind: ProblemType, detail: str, status: int | None = None) -> dict[str, Any]:
    """Give an RFC 9457 problem in the contract's words.

    Args:
        kind: the contract's word.
        detail: a sentence for people.
        status: where it isn't the word's own.
    """
    return {
        "type": kind.value,
        "title": kind.value.replace("_", " ").capitalize(),
        "status": status or PROBLEM_STATUS[kind],
        "detail": detail,
    }


def read_as[T](kind: type[T], values: dict[str, Any]) -> T:
    """Read a control request's JSON as one of our dataclasses.

    Raises:
        ControlError: an unknown member, or one of the wrong shape.
    """
    unknown = set(values) - {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    if unknown:
        raise ControlError(f"unknown members: {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert(values, kind)
    except (msgspec.ValidationError, ValueError, KeyError) as error:
        raise ControlError(f"{kind.__name__}: {error}") from error


def patched[T](value: T, changes: dict[str, Any]) -> T:
    """Give a copy of one of our dataclasses with some members as in the JSON `changes`.

    Raises:
        ControlError: an unknown member, or one of the wrong shape.
    """
    return read_as(type(value), msgspec.to_builtins(value) | changes)
