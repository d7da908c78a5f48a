"""The mailboxes of the simulated service: plain Python, no HTTP.

Everything that changes an event goes through here, so that the journal, the change keys, the
mails to attendees and the change notifications can never be forgotten.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from simulators.common.clock import SimulatedClock
from simulators.common.request_log import RequestLog
from simulators.microsoft365.directory import Directory
from simulators.microsoft365.ids import IdMint
from simulators.microsoft365.lag import Lag
from simulators.microsoft365.mails import mails, mails_of_change
from simulators.microsoft365.model import (
    Calendar,
    Change,
    ChangeType,
    Content,
    Event,
    Instance,
    Mail,
    Recurrence,
    Tombstone,
    User,
)
from simulators.microsoft365.recurrence import first_start, instances, occurrence_at


class State(Directory):
    """All users, calendars and events, and what was done to them.

    Args:
        url_safe_ids: Whether ids need no escaping in a path; without it they do.

    Attributes:
        clock: The service's time.
        tokens: Access tokens that are good without an identity service, to user ids.
        mails: What attendees would have been sent, oldest first.
        listeners: Called with every `Change`, in the middle of the write.
        requests: The requests that came in by HTTP, by method and path shape.
        lag: What reads see while writes are hidden for a while.
        generations: Grows for a person whose mailbox moved, so that older change tokens die.
    """

    def __init__(self, *, url_safe_ids: bool = False) -> None:
        self._url_safe_ids = url_safe_ids
        self.clock = SimulatedClock()
        self.lag = Lag(self.clock)
        self.listeners: list[Callable[[Change], None]] = []
        self.tokens: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything but the listeners and the clock."""
        self.clear(IdMint(url_safe=self._url_safe_ids))
        self.events: dict[int, Event] = {}
        self.deleted: dict[str, Event] = {}
        self.tombstones: list[Tombstone] = []
        self.mails: list[Mail] = []
        self.requests = RequestLog()
        self.seq = 0
        self.generations: Counter[str] = Counter()
        self.tokens.clear()
        self.lag.forget()
        self._ids: dict[str, tuple[int, datetime | None]] = {}
        self._transactions: dict[tuple[str, str], int] = {}

    # Writing calendars

    def delete_calendar(self, calendar: Calendar) -> None:
        """Remove a calendar with all its events; no change notification tells of it."""
        del self.calendars[calendar.key]
        for event in [e for e in self.events.values() if e.calendar == calendar.key]:
            del self.events[event.key]
            self.lag.drop(event.key)

    # Finding events

    def find_instance(self, item_id: str) -> Instance | None:
        """Find what an id of either kind stands for now; an id of before a move finds nothing."""
        return self._instance(item_id, self.events.get)

    def shown_instance(self, item_id: str) -> Instance | None:
        """Find what a read sees under an id, which may be older than what is there."""
        return self._instance(item_id, self.shown_event)

    def shown_event(self, key: int) -> Event | None:
        """Find an event by its internal number as a read sees it."""
        return self.lag.shown(key) if self.lag.is_on() else self.events.get(key)

    def _instance(self, item_id: str, events: Callable[[int], Event | None]) -> Instance | None:
        found = self._ids.get(item_id)
        event = events(found[0]) if found else None
        if found is None or event is None:
            return None
        original = found[1]
        if original is None:
            alive = item_id in (event.rest_id, event.immutable_id)
            return self.whole(event) if alive else None
        instance = occurrence_at(event, original)
        if instance is None or item_id not in self.ids_of(instance):
            return None
        return instance

    def whole(self, event: Event) -> Instance:
        """Give an event itself: a single one, or the master of its series."""
        if event.recurrence is None:
            return Instance(event=event, kind="singleInstance", content=event.content)
        return Instance(event=event, kind="seriesMaster", content=event.content)

    def ids_of(self, instance: Instance) -> tuple[str, str]:
        """Give the ordinary and the immutable id of what a calendar shows."""
        event = instance.event
        if instance.original is None:
            return event.rest_id, event.immutable_id
        place = f":{event.generation}:{instance.original.isoformat()}"
        rest_id = self.mint.derived("AAMkAO", event.rest_id + place)
        immutable_id = self.mint.derived("AAkALO", event.immutable_id + place)
        self._ids[rest_id] = self._ids[immutable_id] = (event.key, instance.original)
        return rest_id, immutable_id

    def events_in(self, calendar: Calendar) -> list[Event]:
        """List the singles and masters of a calendar, oldest first."""
        return [e for e in self.events.values() if e.calendar == calendar.key]

    def shown_in(self, calendar: Calendar) -> list[Event]:
        """List the singles and masters that a read sees in a calendar, oldest first."""
        return self.lag.shown_in(calendar.key) if self.lag.is_on() else self.events_in(calendar)

    def repeated(self, user_id: str, transaction_id: str) -> Event | None:
        """Find the living event that an earlier POST with this transaction id made."""
        key = self._transactions.get((user_id, transaction_id))
        return None if key is None else self.events.get(key)

    def repeated_and_deleted(self, user_id: str, transaction_id: str) -> Event | None:
        """Find the event of an earlier POST with this transaction id, deleted since."""
        key = self._transactions.get((user_id, transaction_id))
        return next((event for event in self.deleted.values() if event.key == key), None)

    # Writing events

    def create_event(
        self,
        calendar: Calendar,
        content: Content,
        *,
        recurrence: Recurrence | None = None,
        transaction_id: str | None = None,
        is_copy: bool = False,
    ) -> Event:
        """Put a new event into a calendar, and mail its attendees.

        The transaction id of a copy still stands for the event that it was copied from.
        """
        now = self.clock.now()
        event = Event(
            key=self._key(),
            calendar=calendar.key,
            rest_id=self.mint.item_id("AAMkAD"),
            immutable_id=self.mint.item_id("AAkALg"),
            ical_uid=f"040000008200E00074C5B7101A82E008{self.mint.plain_id().replace('-', '')}",
            content=_from_first(content, recurrence),
            created=now,
            modified=now,
            change_key="",
            changed_seq=0,
            entered_seq=self.seq + 1,
            transaction_id=transaction_id,
            recurrence=recurrence,
        )
        self.events[event.key] = event
        if transaction_id is not None and not is_copy:
            self._transactions[calendar.owner, transaction_id] = event.key
        self._remember_ids(event)
        self._changed(event, "created")
        self.mails += mails("invitation", self._sender(event), content, content.attendees)
        return event

    def change_event(
        self, event: Event, content: Content, *, recurrence: Recurrence | None
    ) -> None:
        """Write an event's or a whole series' content.

        A changed time or pattern of a series throws its exceptions away and gives its occurrences
        new ids.
        """
        before = event.content
        times = (content.start, content.end, content.start_zone, content.is_all_day)
        moved = times != (before.start, before.end, before.start_zone, before.is_all_day)
        exceptions = list(event.exceptions.values())
        if recurrence != event.recurrence or (moved and recurrence is not None):
            event.exceptions.clear()
            event.cancelled.clear()
            event.generation += 1
        event.recurrence = recurrence
        event.content = _from_first(content, recurrence)
        self._changed(event, "updated")
        self.mails += mails_of_change(self._sender(event), before, content)
        for exception in exceptions:
            self.mails += mails("update", self._sender(event), exception, exception.attendees)

    def change_occurrence(self, event: Event, original: datetime, content: Content) -> None:
        """Make an occurrence an exception with its own content."""
        event.exceptions[original] = content
        self._changed(event, "updated")
        self.mails += mails("update", self._sender(event), content, content.attendees)

    def delete_event(self, event: Event) -> None:
        """Take an event or a whole series away."""
        self._bury(event)
        del self.events[event.key]
        self.deleted[event.immutable_id] = event
        self._tell(event, "deleted")
        content = event.content
        self.mails += mails("cancellation", self._sender(event), content, content.attendees)

    def delete_occurrence(self, event: Event, original: datetime) -> None:
        """Cancel one occurrence of a series; when none is left the series goes too."""
        instance = occurrence_at(event, original)
        event.exceptions.pop(original, None)
        event.cancelled.add(original)
        self._changed(event, "updated")
        if instance is not None:
            content = instance.content
            self.mails += mails("cancellation", self._sender(event), content, content.attendees)

    def delete(self, instance: Instance) -> None:
        """Take away what a calendar shows: an event, a whole series, or one occurrence."""
        if instance.original is None:
            self.delete_event(instance.event)
        else:
            self.delete_occurrence(instance.event, instance.original)

    def move_event(self, event: Event, calendar: Calendar) -> None:
        """Drag an event into another calendar: its ordinary id changes, the immutable one not."""
        self._bury(event)
        self._tell(event, "deleted")
        event.left.add(event.calendar)
        event.calendar = calendar.key
        self._enter(event)

    def restore_event(self, item_id: str) -> Event:
        """Undo a deletion: the event comes back under a new ordinary id, and is the old one.

        Raises:
            KeyError: Nothing that was deleted had this id.
        """
        event = next(
            (e for e in self.deleted.values() if item_id in (e.rest_id, e.immutable_id)), None
        )
        if event is None:
            raise KeyError(item_id)
        del self.deleted[event.immutable_id]
        self.events[event.key] = event
        self._enter(event)
        return event

    def move_mailbox(
        self, user: User, *, drop_property: str | None = None, feed_tells: bool = False
    ) -> None:
        """Move a mailbox to another server: all ids of events change at once, of both kinds.

        Args:
            user: Whose.
            drop_property: Name of an extended property that gets lost on the way.
            feed_tells: Whether change tokens stay good, and tell old ids as removed.
        """
        own = {c.key for c in self.calendars.values() if c.owner == user.user_id}
        for event in [e for e in self.events.values() if e.calendar in own]:
            self._bury(event)
            event.rest_id = self.mint.item_id("AAMkAD")
            event.immutable_id = self.mint.item_id("AAkALg")
            event.entered_seq = self.seq + 1
            if drop_property is not None:
                kept = {k: v for k, v in event.content.extended.items() if k != drop_property}
                event.content = replace(event.content, extended=kept)
            self._remember_ids(event)
            # Nobody changed anything: its time of change stays.
            self._changed(event, "updated", at=event.modified)
        if not feed_tells:
            self.generations[user.user_id] += 1

    def copy_event(self, event: Event, calendar: Calendar) -> Event:
        """Copy as Outlook does: extended properties and transaction id come along."""
        return self.create_event(
            calendar,
            event.content,
            recurrence=event.recurrence,
            transaction_id=event.transaction_id,
            is_copy=True,
        )

    def make_odd(
        self, event: Event, odd: dict[str, Any] | None, *, is_literal: bool = False
    ) -> None:
        """Let answers show JSON over an event, or in its place; an id in it is the event's."""
        event.odd, event.is_literal = odd, is_literal
        if odd and isinstance(odd.get("id"), str):
            event.rest_id = event.immutable_id = odd["id"]
            self._remember_ids(event)
        self._changed(event, "updated")

    def touch(self, event: Event) -> None:
        """Change an event's change key although nothing in it changed."""
        self._changed(event, "updated")

    # Inside

    def _remember_ids(self, event: Event) -> None:
        self._ids[event.rest_id] = self._ids[event.immutable_id] = (event.key, None)

    def _enter(self, event: Event) -> None:
        """Let an event come into its calendar under a new ordinary id."""
        event.rest_id = self.mint.item_id("AAMkAD")
        event.entered_seq = self.seq + 1
        self._remember_ids(event)
        self._changed(event, "created")

    def _bury(self, event: Event) -> None:
        self.seq += 1
        self.lag.note(self.calendars[event.calendar].owner, event, self.seq, is_there=False)
        now = self.clock.now()
        shown: Iterable[Instance] = ()
        if event.recurrence is not None:
            shown = instances(event, now - timedelta(days=60), now + timedelta(days=400))
        self.tombstones.append(
            Tombstone(
                seq=self.seq,
                calendar=event.calendar,
                key=event.key,
                rest_id=event.rest_id,
                immutable_id=event.immutable_id,
                entered_seq=event.entered_seq,
                occurrence_ids=tuple(self.ids_of(instance) for instance in shown),
            )
        )

    def _changed(
        self, event: Event, change_type: ChangeType, *, at: datetime | None = None
    ) -> None:
        self.seq += 1
        event.changed_seq = self.seq
        event.change_key = self.mint.change_key()
        event.modified = at or self.clock.now()
        self.lag.note(self.calendars[event.calendar].owner, event, self.seq, is_there=True)
        self._tell(event, change_type)

    def _tell(self, event: Event, change_type: ChangeType) -> None:
        change = Change(
            change_type=change_type,
            calendar=event.calendar,
            owner=self.calendars[event.calendar].owner,
            rest_id=event.rest_id,
            immutable_id=event.immutable_id,
            change_key=event.change_key,
        )
        for listener in self.listeners:
            listener(change)

    def _sender(self, event: Event) -> str:
        return self.users[self.calendars[event.calendar].owner].address


def _from_first(content: Content, recurrence: Recurrence | None) -> Content:
    """Move a series' own time to its first occurrence, which the pattern may put later."""
    if recurrence is None:
        return content
    first = first_start(recurrence, content.start)
    if first is None:
        return content
    return replace(content, start=first, end=content.end + (first - content.start))
