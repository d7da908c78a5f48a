"""Notices what changes on either side, and how long after the change that it comes from."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from simulators.demo import reasons
from simulators.demo.reasons import NotTaken
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
    RESIZED = "resized"
    CHANGED = "changed"
    WENT = "went"
    PUT_BACK = "put back"


_OF_MANY = {
    Happening.MOVED: "were moved",
    Happening.RESIZED: "were made longer or shorter",
    Happening.CHANGED: "have changed",
    Happening.WENT: "are gone",
    Happening.PUT_BACK: "were put back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One change of one item.

    Attributes:
        at: when it was seen.
        happening: what became of the item.
        item: as it is since, or was before it went.
        echo_of: the change on the other side that it comes from.
        because: why it was put back or left out, in words; empty for an ordinary change.
    """

    at: datetime
    happening: Happening
    item: SideItem
    echo_of: "Seen | None" = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the log.

    Attributes:
        number: rises from 1.
        at: on the person's clock.
        tag: of what it tells, for the style sheet: a side, or `mail`.
        label: the same for people.
        text: a sentence.
    """

    number: int
    at: str
    tag: str
    label: str
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
    _by_hand: dict[str, Seen] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    _told: int = 0

    def look(
        self,
        person: Person,
        items: dict[str, SideItem],
        now: datetime,
        *,
        is_connected: bool = False,
        not_taken: Iterable[NotTaken] = (),
    ) -> list[Seen]:
        """Compares with what was there before; the first look tells nothing.

        Args:
            person: whose calendars.
            items: both sides as they are.
            now: aware.
            is_connected: whether anything is synced; else nothing is left out.
            not_taken: what the booking product has refused since the last look.

        Returns:
            What has changed.
        """
        before, self.items = self.items, items
        if before is None:
            return []
        for one in not_taken:
            self._tell_refusal(person, one, now)
        found = [
            self._seen(happening, item, person, now, is_connected=is_connected)
            for happening, item in _differences(before, items)
        ]
        for side in Side:
            for happening in Happening:
                seen = [s for s in found if (s.item.side, s.happening) == (side, happening)]
                texts = [_sentence(one) for one in seen]
                if len(seen) > MOST_AT_ONCE:
                    texts = [f"{len(seen)} items {_OF_MANY.get(happening, happening)}."]
                for text in texts:
                    self.tell(person, side.value, side.label, text, now)
        return found

    def tell(self, person: Person, tag: str, label: str, text: str, now: datetime) -> None:
        """Adds a line to the log."""
        self._told += 1
        at = now.astimezone(person.zone).strftime("%H:%M:%S")
        self.lines.append(Line(number=self._told, at=at, tag=tag, label=label, text=text))

    def is_fresh(self, key: str, now: datetime) -> bool:
        """Says whether an item has just arrived or changed."""
        last = self._last.get(key)
        return last is not None and now - last.at < FRESH

    def _tell_refusal(self, person: Person, one: NotTaken, now: datetime) -> None:
        text = one.sentence(self.items or {})
        # The connector tries again whenever something changes; that is no news.
        if self._refused.get(one.item or text) != one.detail:
            self._refused[one.item or text] = one.detail
            self.tell(person, Side.BOOKING.value, Side.BOOKING.label, text, now)

    def _seen(
        self,
        happening: Happening,
        item: SideItem,
        person: Person,
        now: datetime,
        *,
        is_connected: bool,
    ) -> Seen:
        cause = self._last.get(item.partner or "")
        if cause is not None and (cause.echo_of is not None or now - cause.at > LONGEST_WAY):
            cause = None
        original = (item.partner or item.key) if item.is_copy else item.key
        tried = self._by_hand.pop(original, None)
        seen = Seen(at=now, happening=happening, item=item, echo_of=cause)
        if cause is None and tried is not None and self._is_back(seen, tried):
            because = reasons.put_back(tried.item, person, self._refused.pop(original, None))
            seen = replace(seen, happening=Happening.PUT_BACK, because=because)
        elif cause is None and item.is_copy:
            self._by_hand[original] = seen
        elif happening is not Happening.WENT and is_connected:
            seen = replace(seen, because=reasons.left_out(item, person))
        if seen.happening is not Happening.PUT_BACK and item.is_copy:
            self._refused.pop(original, None)
        self._last[item.key] = seen
        if cause is not None:
            # A cause has one echo: what follows is a change of its own.
            self._last[cause.item.key] = replace(cause, echo_of=seen)
        return seen

    def _is_back(self, seen: Seen, tried: Seen) -> bool:
        """Says whether a copy that somebody has changed stands again where its original stands."""
        item, original = seen.item, (self.items or {}).get(seen.item.partner or "")
        if not item.is_copy or original is None or original.gone:
            return False
        is_late = seen.at - tried.at > LONGEST_WAY
        same = (item.start, item.end, item.all_day) == (original.start, original.end, False)
        moves = {Happening.MOVED, Happening.RESIZED, Happening.APPEARED}
        return same and not is_late and seen.happening in moves


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
        elif (old.start, old.all_day) != (item.start, item.all_day):
            found.append((Happening.MOVED, item))
        elif old.end != item.end:
            found.append((Happening.RESIZED, item))
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
        Happening.RESIZED: f"is now on {when}",
        Happening.CHANGED: "has changed" + (" and is private" if item.private else ""),
        Happening.WENT: "is gone",
        Happening.PUT_BACK: f"is put back on {when}",
    }[seen.happening]
    text = f"“{item.title}” {what}"
    if seen.echo_of is None:
        return f"{text}. {seen.because}".strip()
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
        case Happening.WENT if side is Side.BOOKING and seen.item.kind is Kind.APPOINTMENT:
            return f"cancelled {where}"
        case Happening.WENT:
            return f"deleted {where}"
        case Happening.MOVED if seen.item.all_day:
            return f"made all-day {where}"
        case Happening.CHANGED if seen.item.private:
            return f"made private {where}"
        case _:
            return f"{seen.happening.value} {where}"
