"""One Staff Member's schedule: its items, and the feed of what changed in it."""

import base64
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from simulators.booking.keeping import Keeping
from simulators.booking.model import Item, ItemStatus, ProblemType, Refusal
from simulators.common.clock import SimulatedClock
from simulators.common.history import History

FEED_LENGTH = 10_000
"""Changes that a feed remembers; a cursor from before them is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one item; `item` None means that it is no longer in this schedule."""

    item_id: str
    item: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of items; exactly one of the two cursors is given."""

    items: tuple[Item, ...]
    next_cursor: str | None
    changes_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """A page of changes, and the cursor from which to ask on."""

    changes: tuple[Change, ...]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A line of the feed, and from when on it is told."""

    number: int
    item_id: str
    since: datetime


class Schedule:
    """Items and change feed of one Staff Member.

    Args:
        generation: told apart in cursors, so that those of an earlier life are refused.
        numbers: gives rising numbers, shared by all schedules: versions and feed places.
        clock: what time it is.
        keeping: gives how saves are kept and when they are seen.
    """

    def __init__(
        self,
        generation: str,
        numbers: "count[int]",
        clock: SimulatedClock,
        keeping: Callable[[], Keeping],
    ) -> None:
        self._generation = generation
        self._numbers = numbers
        self._clock = clock
        self._keeping = keeping
        self._history: History[str, Item] = History()
        self._items: dict[str, Item] = {}
        self._feed: deque[_Entry] = deque()
        self._oldest = self._newest = next(numbers)

    def items(self) -> list[Item]:
        """Give all items, oldest start first, cancelled ones too."""
        return sorted(self._items.values(), key=lambda item: (item.start, item.id))

    def get(self, item_id: str) -> Item:
        """Give one item.

        Raises:
            Refusal: not_found.
        """
        found = self._items.get(item_id)
        if found is None:
            raise Refusal(ProblemType.NOT_FOUND, f"There is no item {item_id} in this schedule.")
        return found

    def read(self, item_id: str) -> Item:
        """Give one item as a reader sees it, which may be older.

        Raises:
            Refusal: not_found.
        """
        found = self._seen(item_id)
        if found is None:
            raise Refusal(ProblemType.NOT_FOUND, f"There is no item {item_id} in this schedule.")
        return found

    def holds(self, item_id: str) -> bool:
        """Say whether the item is in this schedule."""
        return item_id in self._items

    def save(self, item: Item) -> Item:
        """Keep the item under a new version, even if nothing in it differs, and report it."""
        number = next(self._numbers)
        modified = self._keeping().modified(self._clock.now())
        saved = replace(item, version=f"v{number}", modified=modified)
        self._items[item.id] = saved
        self._report(number, item.id)
        return saved

    def remove(self, item_id: str) -> None:
        """Take the item out of the schedule, and report it."""
        del self._items[item_id]
        self._report(next(self._numbers), item_id)

    def taken_by(self, start: datetime, end: datetime, *, besides: str) -> tuple[Item, ...]:
        """Give the items, not the cancelled ones, that take time of `[start, end)`."""
        return tuple(
            item
            for item in self._items.values()
            if item.status is not ItemStatus.CANCELLED
            and item.id != besides
            and item.overlaps(start, end)
        )

    def listing(self, start: datetime, end: datetime, *, limit: int, cursor: str | None) -> Listing:
        """Give a page of the items that overlap `[start, end)`, oldest first.

        Args:
            start: first instant.
            end: first instant no longer wanted.
            limit: items on a page.
            cursor: of the page before; None for the first page.

        Raises:
            Refusal: bad_request for a cursor that is not one of this listing's.
        """
        window = [start.isoformat(), end.isoformat()]
        began, place = self._newest_seen(), None
        if cursor is not None:
            state = self._open(cursor)
            if state.get("window") != window:
                raise Refusal(ProblemType.BAD_REQUEST, "The cursor belongs to another listing.")
            began, place = state["began"], (datetime.fromisoformat(state["start"]), state["id"])
        found = [
            item
            for item in self._all_seen()
            if item.overlaps(start, end) and (place is None or (item.start, item.id) > place)
        ]
        page = tuple(found[:limit])
        if len(found) > limit:
            last = page[-1]
            place_now = {"start": last.start.isoformat(), "id": last.id}
            return Listing(
                items=page,
                next_cursor=self._seal({"window": window, "began": began, **place_now}),
                changes_cursor=None,
            )
        return Listing(items=page, next_cursor=None, changes_cursor=self._seal({"after": began}))

    def changes(self, cursor: str, *, limit: int) -> ChangePage:
        """Give what changed after the cursor, each item once and in its newest state.

        Args:
            cursor: from a listing or from an earlier call.
            limit: feed entries looked at in one call.

        Raises:
            Refusal: cursor_expired, or bad_request for what is no cursor.
        """
        after = self._open(cursor).get("after")
        if not isinstance(after, int):
            raise Refusal(ProblemType.BAD_REQUEST, "This is no cursor of the change feed.")
        if after < self._oldest:
            raise Refusal(ProblemType.CURSOR_EXPIRED, "The cursor is too old; list the items.")
        newest = self._newest_seen()
        entries = [entry for entry in self._feed if after < entry.number <= newest]
        page = entries[:limit]
        in_order = list(dict.fromkeys(entry.item_id for entry in reversed(page)))[::-1]
        return ChangePage(
            changes=tuple(
                Change(item_id=item_id, item=self._seen(item_id)) for item_id in in_order
            ),
            cursor=self._seal({"after": page[-1].number if page else after}),
            more=len(entries) > limit,
        )

    def expire_cursors(self) -> None:
        """Make every change cursor given out so far too old."""
        self._feed.clear()
        self._oldest = self._newest = next(self._numbers)

    def _report(self, number: int, item_id: str) -> None:
        now = self._clock.now()
        since = now + timedelta(seconds=self._keeping().stale_seconds)
        self._newest = number
        self._feed.append(_Entry(number=number, item_id=item_id, since=since))
        if len(self._feed) > FEED_LENGTH:
            self._oldest = self._feed.popleft().number
        self._history.note(item_id, self._items.get(item_id), since=since, now=now)

    def _newest_seen(self) -> int:
        now = self._clock.now()
        hidden = next((entry.number for entry in self._feed if entry.since > now), None)
        return self._newest if hidden is None else hidden - 1

    def _seen(self, item_id: str) -> Item | None:
        return self._history.seen(item_id, self._clock.now())

    def _all_seen(self) -> list[Item]:
        found = self._history.all_seen(self._clock.now())
        return sorted(found, key=lambda item: (item.start, item.id))

    def _seal(self, state: dict[str, Any]) -> str:
        text = json.dumps({"schedule": self._generation, **state}, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _open(self, cursor: str) -> dict[str, Any]:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            state = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        except ValueError as error:
            raise Refusal(ProblemType.BAD_REQUEST, "This is no cursor.") from error
        if not isinstance(state, dict):
            raise Refusal(ProblemType.BAD_REQUEST, "This is no cursor.")
        if state.get("schedule") != self._generation:
            raise Refusal(ProblemType.CURSOR_EXPIRED, "The cursor is of another schedule.")
        return state
