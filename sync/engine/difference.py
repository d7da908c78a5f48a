"""What a plan would add, change and remove: the preview, and a change of settings. Pure.

The plan itself says it (``plan.py``): what is shown before is what is written after (R5.6, R5.9).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.engine.actions import (
    TO_OUTLOOK,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    RemoveItem,
    Skip,
    Write,
)
from sync.engine.cases import Scene
from sync.engine.items import BookingItem, BookingStatus
from sync.engine.plan import plan
from sync.words import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An item with the title that it has on the side in question."""

    title: str
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would happen to one side, each kind by start."""

    added: tuple[Named, ...]
    changed: tuple[Named, ...]
    removed: tuple[Named, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What would happen to both sides, and what would newly take no part.

    ``taken`` are Meetings that could not block their time as far as can be seen: an Appointment, a
    Reserve of somebody's own or a group Event stands there. The booking product has the last word
    (R8.7).
    """

    to_outlook: Change
    to_booking: Change
    left_out: tuple[Skip, ...]
    taken: tuple[Named, ...]


def difference(wanted: Scene, current: Scene | None = None) -> Difference:
    """Says what choices would do.

    Args:
        wanted: Both sides read in full, under the choices that are thought of.
        current: The same under the choices that stand; what a sync does under them anyway is no
            difference. ``None`` where nothing is synced yet.
    """
    todo = plan(wanted)
    anyway = None if current is None else plan(current)
    under_way = set() if anyway is None else {(type(a), a.link.key) for a in anyway.writes}
    left_out = set() if anyway is None else {(skip.item.id, skip.reason) for skip in anyway.skips}
    writes = [each for each in todo.writes if (type(each), each.link.key) not in under_way]
    return Difference(
        to_outlook=_change(each for each in writes if isinstance(each, TO_OUTLOOK)),
        to_booking=_change(each for each in writes if not isinstance(each, TO_OUTLOOK)),
        left_out=tuple(skip for skip in todo.skips if (skip.item.id, skip.reason) not in left_out),
        taken=_by_start(
            Named(title=write.title, interval=write.meeting.interval)
            for write in writes
            if isinstance(write, CreateReserve) and _is_taken(write.meeting.interval, wanted)
        ),
    )


def _is_taken(interval: Interval, scene: Scene) -> bool:
    items = (case.booking for case in scene.cases.values())
    return any(
        item.interval.overlaps(interval)
        for item in items
        if isinstance(item, BookingItem)
        # What was made from a Meeting goes with it: by the same change, or because it did.
        and item.external_ref is None
        and item.status is not BookingStatus.CANCELLED
    )


def _change(writes: Iterable[Write]) -> Change:
    added, changed, removed = list[Named](), list[Named](), list[Named]()
    for write in writes:
        match write:
            case CreateEvent():
                added.append(Named(title=write.title, interval=write.item.interval))
            case CreateReserve():
                added.append(Named(title=write.title, interval=write.meeting.interval))
            case DeleteEvent() | RemoveItem():
                removed.append(Named(title=write.title, interval=write.link.interval))
            case _:
                changed.append(Named(title=write.title, interval=write.shows))
    return Change(added=_by_start(added), changed=_by_start(changed), removed=_by_start(removed))


def _by_start(items: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(items, key=lambda each: (each.interval.start, each.title)))
