"""Where the items of some days stand on a page: columns of days, side by side where they overlap.

Wall-clock times only; whoever calls has chosen the time zone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

FIRST_HOUR = 7
LAST_HOUR = 19
SHORTEST = 20
"""Minutes that an item takes on the page at least, so that its title can be read."""
_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An item to be placed, `[start, end)` in naive wall-clock time; `all_day` has no hours."""

    key: str
    start: datetime
    end: datetime
    all_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One day's part of an item.

    Attributes:
        key: the item.
        top: minutes from the grid's first hour.
        length: minutes that it takes on the page.
        lane: its place among those that overlap, from 0.
        lanes: how many places there are.
    """

    key: str
    top: int
    length: int
    lane: int
    lanes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One column: what has hours, sorted by start, and the keys of what lasts all day."""

    day: date
    blocks: tuple[Block, ...]
    all_day: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Columns of days, all from `first_hour` to before `last_hour` (0 to 24)."""

    first_hour: int
    last_hour: int
    days: tuple[Day, ...]

    @property
    def hours(self) -> range:
        """The hours that the grid shows."""
        return range(self.first_hour, self.last_hour)


def days_from(first: date, count: int) -> tuple[date, ...]:
    """Gives a number of days in a row."""
    return tuple(first + timedelta(days=n) for n in range(count))


def lay_out(spans: Iterable[Span], days: Sequence[date], *, hours: range | None = None) -> Grid:
    """Places items on days; what lies elsewhere is left out.

    Args:
        spans: the items, in any order.
        days: the columns.
        hours: what the grid shows at least; the usual working day without.
    """
    shown = hours or range(FIRST_HOUR, LAST_HOUR)
    known = tuple(spans)
    parts = {day: _parts(known, day) for day in days}
    timed = [part for found in parts.values() for part in found]
    first = min([shown.start, *(begin // 60 for _, begin, _ in timed)])
    last = max([shown.stop, *(-(-end // 60) for _, _, end in timed)])
    return Grid(
        first_hour=first,
        last_hour=last,
        days=tuple(
            Day(
                day=day,
                blocks=_blocks(parts[day], first * 60),
                all_day=tuple(
                    span.key
                    for span in known
                    if span.all_day and span.start.date() <= day < span.end.date()
                ),
            )
            for day in days
        ),
    )


def _parts(spans: Sequence[Span], day: date) -> list[tuple[str, int, int]]:
    """Gives key, first and last minute of what has hours on a day, sorted by start."""
    midnight = datetime.combine(day, time())
    found = []
    for span in spans:
        begin = int((span.start - midnight).total_seconds() // 60)
        end = int((span.end - midnight).total_seconds() // 60)
        touches = begin < _DAY and (end > 0 or begin >= 0)
        if span.all_day or not touches:
            continue
        begin = min(max(begin, 0), _DAY - SHORTEST)
        found.append((span.key, begin, max(min(end, _DAY), begin + SHORTEST)))
    return sorted(found, key=lambda part: (part[1], -part[2], part[0]))


def _blocks(parts: Sequence[tuple[str, int, int]], origin: int) -> tuple[Block, ...]:
    """Gives each part the first free lane; a run of overlapping parts shares the width."""
    blocks: list[Block] = []
    run: list[tuple[str, int, int, int]] = []
    ends: list[int] = []

    def close() -> None:
        blocks.extend(
            Block(key=key, top=begin - origin, length=end - begin, lane=lane, lanes=len(ends))
            for key, begin, end, lane in run
        )
        run.clear()
        ends.clear()

    for key, begin, end in parts:
        if ends and begin >= max(ends):
            close()
        lane = next((n for n, until in enumerate(ends) if until <= begin), len(ends))
        if lane == len(ends):
            ends.append(end)
        else:
            ends[lane] = end
        run.append((key, begin, end, lane))
    close()
    return tuple(blocks)
