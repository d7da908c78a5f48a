"""Notices what changes on either side, and how long after the change that it comes from."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from simulators.demo.sides import Kind, Person, Side, SideItem

FRESH = timedelta(seconds=6)
"""How long something new stays highlighted."""
LONGEST_WAY = timedelta(minutes=5)
"""A change older than this is no cause of one that is seen now."""
MOST_AT_ONCE = 4
"""More changes of one sort than this, seen together, are told in one line."""
LOG_LENGTH = 40


class Happening(StrEnum):
    """What became of an item."""

    APPEARED = "appeared"
    MOVED = "moved"
    CHANGED = "changed"
    WENT = "went"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One change of one item; `echo_of` is the change on the other side that it comes from."""

    at: datetime
    happening: Happening
    item: SideItem
    echo_of: "Seen | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the log; numbers rise from 1, `at` is on the person's clock."""

    number: int
    at: str
    side: Side
    text: str


@dataclass(slots=True)
class Watch:
    """What was seen of one person's calendars.

    Attributes:
        pairs: Reserves and the Meetings that they stand for, as far as known.
        items: both sides, as last seen.
        lines: the newest lines of the log, oldest first.
    """

    pairs: dict[str, str] = field(default_factory=dict)
    items: dict[str, SideItem] | None = None
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    _last: dict[str, Seen] = field(default_factory=dict)
    _told: int = 0

    def look(self, person: Person, items: dict[str, SideItem], now: datetime) -> None:
        """Compares with what was there before; the first look tells nothing.

        Args:
            person: whose calendars.
            items: both sides as they are.
            now: aware.
        """
        before, self.items = self.items, items
        if before is None:
            return
        found = [
            self._seen(happening, item, now) for happening, item in _differences(before, items)
        ]
        for side in Side:
            for happening in Happening:
                seen = [s for s in found if (s.item.side, s.happening) == (side, happening)]
                texts = [_sentence(one) for one in seen]
                if len(seen) > MOST_AT_ONCE:
                    texts = [f"{len(seen)} items {happening.value}."]
                for text in texts:
                    self._told += 1
                    at = now.astimezone(person.zone).strftime("%H:%M:%S")
                    self.lines.append(Line(number=self._told, at=at, side=side, text=text))

    def is_fresh(self, key: str, now: datetime) -> bool:
        """Says whether an item has just arrived or changed."""
        last = self._last.get(key)
        return last is not None and now - last.at < FRESH

    def _seen(self, happening: Happening, item: SideItem, now: datetime) -> Seen:
        cause = self._last.get(item.partner or "")
        if cause is not None and (cause.echo_of is not None or now - cause.at > LONGEST_WAY):
            cause = None
        seen = Seen(at=now, happening=happening, item=item, echo_of=cause)
        self._last[item.key] = seen
        if cause is not None:
            # A cause has one echo: what follows is a change of its own.
            self._last[cause.item.key] = replace(cause, echo_of=seen)
        return seen


def _differences(
    before: Mapping[str, SideItem], after: Mapping[str, SideItem]
) -> list[tuple[Happening, SideItem]]:
    found = []
    for key, item in after.items():
        old = before.get(key)
        if old is None or (old.gone and not item.gone):
            if not item.gone:
                found.append((Happening.APPEARED, item))
        elif item.gone:
            if not old.gone:
                found.append((Happening.WENT, item))
        elif (old.start, old.end, old.all_day) != (item.start, item.end, item.all_day):
            found.append((Happening.MOVED, item))
        elif (old.title, old.private) != (item.title, item.private):
            found.append((Happening.CHANGED, item))
    found += [
        (Happening.WENT, item) for key, item in before.items() if key not in after and not item.gone
    ]
    return found


def _sentence(seen: Seen) -> str:
    item = seen.item
    when = f"{item.start:%a %d %b}, {item.hours}"
    what = {
        Happening.APPEARED: f"appeared on {when}",
        Happening.MOVED: f"is now on {when}",
        Happening.CHANGED: "has changed" + (" and is private" if item.private else ""),
        Happening.WENT: "is gone",
    }[seen.happening]
    text = f"“{item.title}” {what}"
    if seen.echo_of is None:
        return f"{text}."
    seconds = (seen.at - seen.echo_of.at).total_seconds()
    return f"{text}, {seconds:.1f} s after it was {_participle(seen.echo_of)}."


def _participle(seen: Seen) -> str:
    side = seen.item.side
    where = "in the booking product" if side is Side.BOOKING else "in Outlook"
    match seen.happening:
        case Happening.APPEARED if side is Side.OUTLOOK:
            return "made in Outlook"
        case Happening.APPEARED:
            return "booked" if seen.item.kind is Kind.APPOINTMENT else "blocked"
        case Happening.WENT:
            return f"cancelled {where}" if side is Side.BOOKING else f"deleted {where}"
        case _:
            return f"{seen.happening.value} {where}"
