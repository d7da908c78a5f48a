"""Activity as a person reads it: equal lines are one, and what is over says so (R12.1). Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sync.engine.links import Link, Why
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction
from sync.engine.waits import IN_TROUBLE
from sync.people.people import Held
from sync.words import LinkKey, msgid

#: From so many items on, lines that differ in nothing but the item are one.
MANY = 3
#: So many items of one line are named.
NAMED = 100
#: Said before what a line said of something that has ended.
OVER = msgid("This is over.")
_STANDS = IN_TROUBLE | {Why.LEFT_ALONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One of the items that a line stands for; ``start`` is when it begins, where that is known."""

    title: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of activity as it is read (contract: Activity).

    ``count`` is of items, where the line stands for several; ``items`` are the first of them in
    the order of time, ``more`` is how many other titles stand behind the one that
    is named. ``is_over``: what it says does not hold any more.
    """

    at: datetime
    direction: Direction
    action: ActivityAction
    result: ActivityResult
    title: str
    reason: str = ""
    start: datetime | None = None
    count: int | None = None
    items: tuple[Named, ...] = ()
    more: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds now: the question that waits for an answer, and the Links."""

    held: Held | None
    links: Mapping[LinkKey, Link]

    def is_over(self, entry: ActivityEntry) -> bool:
        """Says whether what a line says waits does not wait any more."""
        if entry.action is ActivityAction.HELD:
            return self.held is None or entry.at < self.held.since
        if entry.waits_for is None:
            return False
        link = self.links.get(entry.waits_for)
        hold = None if link is None else link.hold
        return hold is None or _STANDS.isdisjoint({hold.why, hold.standing.why})


def of_one_sync(
    found: Iterable[tuple[str, ActivityEntry]],
) -> Iterator[tuple[str, tuple[ActivityEntry, ...]]]:
    """Parts lines, newest first, by the sync that wrote them, each with the place of its last.

    A sync gives all its lines one time.
    """
    for _, group in groupby(found, key=lambda line: line[1].at):
        lines = tuple(group)
        yield lines[-1][0], tuple(entry for _, entry in lines)


def merged(entries: Sequence[ActivityEntry], standing: Standing) -> tuple[Line, ...]:
    """Makes one line of equal ones of one sync: a series, or many items of one kind."""
    kinds: dict[tuple[object, ...], list[ActivityEntry]] = {}
    for entry in entries:
        alike = entry.direction, entry.action, entry.result, entry.reason, standing.is_over(entry)
        kinds.setdefault(alike, []).append(entry)
    lines: list[Line] = []
    for group in kinds.values():
        titles = dict.fromkeys(entry.title for entry in group)
        by_title = [[entry for entry in group if entry.title == title] for title in titles]
        is_over = standing.is_over(group[0])
        lines += [
            _line(some, is_over=is_over) for some in ([group] if len(titles) >= MANY else by_title)
        ]
    return tuple(lines)


def _line(alike: Sequence[ActivityEntry], *, is_over: bool) -> Line:
    first = alike[0]
    line = Line(
        at=first.at,
        direction=first.direction,
        action=first.action,
        result=first.result,
        title=first.title,
        reason=f"{OVER} {first.reason}".strip() if is_over else first.reason,
        start=first.start,
        count=first.count,
        is_over=is_over,
    )
    if len(alike) == 1:
        return line
    inner = sorted(alike, key=lambda entry: (entry.start is None, entry.start or entry.at))
    is_one = all(entry.title == first.title for entry in alike)
    has_items = all(entry.count is None for entry in alike)
    items = tuple(Named(title=entry.title, start=entry.start) for entry in inner[:NAMED])
    return replace(
        line,
        title=first.title if is_one else inner[0].title,
        more=0 if is_one else len(alike) - 1,
        start=inner[0].start,
        count=sum(entry.count or 1 for entry in alike),
        items=items if has_items else (),
    )
