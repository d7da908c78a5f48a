"""The calendar's side of the plain sync on the ``O365`` package, which has no change feed.

Its calls block: those at a time run in threads, each with an account of its own.
"""

import asyncio
import threading
from datetime import UTC
from importlib import import_module
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from benchmarks.others.plain import Entry, Task


class O365Calendar:
    """A person's calendar; ids are those of Graph, escaped for a path.

    The package puts ids into paths as they are, and an id may hold a slash.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._local = threading.local()
        self._events: dict[str, Any] = {}

    async def read(self, cursor: str | None) -> tuple[list[Entry], str | None]:  # noqa: ARG002
        """Reads the whole view; there is never a cursor."""
        return await asyncio.to_thread(self._read), None

    async def create(self, entry: Entry) -> str:
        """Makes an event."""
        return await asyncio.to_thread(self._create, entry)

    async def move(self, entry_id: str, entry: Entry) -> None:
        """Moves an event that this round has read."""
        await asyncio.to_thread(self._move, self._events[entry_id], entry)

    async def close(self) -> None:
        """The threads' accounts close with them."""

    def _read(self) -> list[Entry]:
        found = self._calendar().get_events(
            limit=None, start_recurring=self._task.begin, end_recurring=self._task.end
        )
        self._events = {quote(event.object_id, safe=""): event for event in found}
        return [
            Entry(
                id=event_id,
                start=event.start.astimezone(UTC),
                end=event.end.astimezone(UTC),
                title=event.subject,
            )
            for event_id, event in self._events.items()
        ]

    def _create(self, entry: Entry) -> str:
        event = self._calendar().new_event(subject=entry.title)
        event.start, event.end = _local(entry)
        event.body = entry.text
        assert event.save()
        return quote(event.object_id, safe="")

    def _move(self, event: Any, entry: Entry) -> None:
        event.object_id = quote(event.object_id, safe="")
        event.start, event.end = _local(entry)
        assert event.save()

    def _calendar(self) -> Any:
        """Gives the calendar of this thread."""
        if not hasattr(self._local, "calendar"):
            schedule = _account(self._task).schedule()
            calendar = schedule.calendar_constructor(parent=schedule)
            calendar.calendar_id = quote(self._task.calendar, safe="")
            self._local.calendar = calendar
        return self._local.calendar


def _account(task: Task) -> Any:
    """Opens an account that talks to another Graph, with a token that somebody else got."""
    # The package ships no types.
    library, connection, tokens = map(
        import_module, ("O365", "O365.connection", "O365.utils.token")
    )

    class Protocol(connection.MSGraphProtocol):  # type: ignore[misc, name-defined]
        _protocol_url = task.graph.removesuffix("v1.0")

    class Ready(tokens.MemoryTokenBackend):  # type: ignore[misc, name-defined]
        def get_access_token(self, *, username: str | None = None) -> dict[str, str]:
            return {"secret": task.token, "username": username or "person"}

    return library.Account(
        ("id", "secret"),
        protocol=Protocol(timezone="UTC"),
        token_backend=Ready(),
        # By default it waits 0.2 s before each call.
        requests_delay=0,
    )


def _local(entry: Entry) -> tuple[Any, Any]:
    """The package takes zones with a name only."""
    zone = ZoneInfo("UTC")
    return entry.start.astimezone(zone), entry.end.astimezone(zone)
