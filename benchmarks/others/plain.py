"""A plain two-way sync of one schedule with one calendar, as a short script does it.

What is new on one side is made on the other, what has moved is moved, and one JSON file remembers
the pairs. There are no deletions, no conditional writes, no repeats and no private events; if it
dies before the file is written, the next round makes everything again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

import httpx

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Whose round it is; crosses to the process that runs it as JSON.

    Attributes:
        graph: Base URL of Graph, with its version.
        token: Access token of the person.
        calendar: Id of the calendar.
        schedule: URL of the Staff Member in the booking product's API.
        booking_token: For that API.
        begin: Of the span that is synced, RFC 3339 in UTC.
        end: Of the span.
        state: Path of the file that remembers the pairs.
    """

    graph: str
    token: str
    calendar: str
    schedule: str
    booking_token: str
    begin: str
    end: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item of either side; times in UTC."""

    id: str
    start: datetime
    end: datetime
    title: str
    text: str = ""


class Side(Protocol):
    """One of the two calendars."""

    async def read(self, cursor: str | None) -> tuple[list[Entry], str | None]:
        """Gives what there is, or what changed since the cursor; and the next cursor."""
        ...

    async def create(self, entry: Entry) -> str:
        """Makes an entry; gives its id."""
        ...

    async def move(self, entry_id: str, entry: Entry) -> None:
        """Gives an entry the times of another."""
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...


@dataclass(slots=True, kw_only=True)
class Pair:
    """Two entries that are one, and when they last were."""

    ids: list[str]
    times: list[str]


@dataclass(slots=True, kw_only=True)
class State:
    """What is remembered between rounds; the schedule is side 0, the calendar side 1."""

    cursors: list[str | None] = field(default_factory=lambda: [None, None])
    pairs: list[Pair] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the file; an empty state where there is none."""
        if not path.is_file():
            return cls()
        raw = json.loads(path.read_text())
        return cls(cursors=raw["cursors"], pairs=[Pair(**pair) for pair in raw["pairs"]])

    def save(self, path: Path) -> None:
        """Writes the file."""
        pairs = [{"ids": pair.ids, "times": pair.times} for pair in self.pairs]
        path.write_text(json.dumps({"cursors": self.cursors, "pairs": pairs}))


type Write = Callable[[], Awaitable[None]]


async def sync_round(path: Path, sides: tuple[Side, Side], *, at_once: int) -> None:
    """Reads both sides and writes what is missing.

    Args:
        path: Of the file with the state.
        sides: The schedule and the calendar.
        at_once: Calls at a time on each side; with 1 there is one call in flight altogether.
    """
    state = State.load(path)
    reads = [side.read(cursor) for side, cursor in zip(sides, state.cursors, strict=True)]
    found = await asyncio.gather(*reads) if at_once > 1 else [await read for read in reads]
    lanes = [list(_writes(state, found[n][0], n, sides[1 - n])) for n in (0, 1)]
    if at_once > 1:
        await asyncio.gather(*(_run(lane, at_once) for lane in lanes))
    else:
        for lane in lanes:
            await _run(lane, 1)
    state.cursors = [cursor for _, cursor in found]
    state.save(path)


def _writes(state: State, entries: list[Entry], place: int, other: Side) -> Iterable[Write]:
    """Gives what has to be written to the other side."""
    known = {pair.ids[place]: pair for pair in state.pairs}
    for entry in entries:
        times = [entry.start.isoformat(), entry.end.isoformat()]
        pair = known.get(entry.id)
        if pair is None:
            yield _creation(state, entry, times, place, other)
        elif pair.times != times:
            yield _move(pair, entry, times, place, other)


def _creation(state: State, entry: Entry, times: list[str], place: int, other: Side) -> Write:
    async def create() -> None:
        made = await other.create(entry)
        ids = [entry.id, made] if place == 0 else [made, entry.id]
        state.pairs.append(Pair(ids=ids, times=times))

    return create


def _move(pair: Pair, entry: Entry, times: list[str], place: int, other: Side) -> Write:
    async def move() -> None:
        await other.move(pair.ids[1 - place], entry)
        pair.times = times

    return move


async def _run(writes: list[Write], at_once: int) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(write: Write) -> None:
        async with gate:
            await write()

    if at_once > 1:
        await asyncio.gather(*map(one, writes))
    else:
        for write in writes:
            await write()


class Schedule:
    """A Staff Member's schedule in the booking product."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {task.booking_token}"}, timeout=30
        )

    async def read(self, cursor: str | None) -> tuple[list[Entry], str | None]:
        """Lists the span, or reads the changes since the cursor."""
        if cursor is not None:
            page = await self._call("GET", "/changes", params={"cursor": cursor})
            return _entries(one.get("item") for one in page["value"]), page["cursor"]
        query = {"from": self._task.begin, "to": self._task.end, "limit": str(PAGE_SIZE)}
        page = await self._call("GET", "/items", params=query)
        items: list[dict[str, Any]] = page["value"]
        while "next_cursor" in page:
            page = await self._call("GET", "/items", params=query | {"cursor": page["next_cursor"]})
            items += page["value"]
        return _entries(items), page["changes_cursor"]

    async def create(self, entry: Entry) -> str:
        """Makes a Reserve."""
        body = _times(entry) | {"title": entry.title, "external_ref": entry.id}
        # A key has at most 128 characters; the ids of events differ in their last ones.
        headers = {"Idempotency-Key": entry.id[-128:]}
        made: str = (await self._call("POST", "/reserves", json=body, headers=headers))["id"]
        return made

    async def move(self, entry_id: str, entry: Entry) -> None:
        """Moves an item."""
        await self._call("PATCH", f"/items/{entry_id}", json=_times(entry))

    async def close(self) -> None:
        """Closes connections."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self._http.request(method, self._task.schedule + path, **more)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def _entries(items: Iterable[dict[str, Any] | None]) -> list[Entry]:
    return [_entry(item) for item in items if item is not None and item["status"] != "cancelled"]


def _entry(item: dict[str, Any]) -> Entry:
    fields = item.get("fields", ())
    names = [item[part]["name"] for part in ("customer", "service") if part in item]
    return Entry(
        id=item["id"],
        start=datetime.fromisoformat(item["start"]).astimezone(UTC),
        end=datetime.fromisoformat(item["end"]).astimezone(UTC),
        title=item.get("title") or " - ".join(names),
        text="".join(f"<p>{one['label']}: {one['value']}</p>" for one in fields),
    )


def _times(entry: Entry) -> dict[str, str]:
    return {"start": entry.start.isoformat(), "end": entry.end.isoformat()}
