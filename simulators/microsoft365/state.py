"""The mailboxes of the simulated service: plain Python, no HTTP.

Everything that changes an event goes through here, so that the journal, the change keys, the
mails to attendees and the change notifications can never be forgotten.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from simulators.microsoft365.clock import SimClock
from simulators.microsoft365.ids import IdMint
from simulators.microsoft365.model import (
    Calendar,
    Change,
    ChangeType,
    Content,
    Event,
    Instance,
    LoggedRequest,
    Mail,
    Recurrence,
    Role,
    Tombstone,
    User,
)
from simulators.microsoft365.recurrence import first_start, instances, occurrence_at


class State:
    """All users, calendars and events, and what was done to them.

    Args:
        seed: Makes ids repeatable.
        url_safe_ids: Whether ids need no escaping in a path; without it they do.

    Attributes:
        clock: The service's time.
        tokens: Access tokens that are good without an identity service, to user ids.
        mails: What attendees would have been sent, oldest first.
        listeners: Called with every `Change`, in the middle of the write.
        requests: The last requests that came in by HTTP, oldest first.
    """

    def __init__(self, *, seed: int = 0, url_safe_ids: bool = False) -> None:
        self._seed = seed
        self._url_safe_ids = url_safe_ids
        self.clock = SimClock()
        self.listeners: list[Callable[[Change], None]] = []
        self.tokens: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything but the listeners and the clock."""
        self.mint = IdMint(self._seed, url_safe=self._url_safe_ids)
        self.users: dict[str, User] = {}
        self.calendars: dict[int, Calendar] = {}
        self.events: dict[int, Event] = {}
        self.deleted: dict[str, Event] = {}
        self.tombstones: list[Tombstone] = []
        self.mails: list[Mail] = []
        self.requests: deque[LoggedRequest] = deque(maxlen=20_000)
        self.seq = 0
        self.tokens.clear()
        self._next_key = 0
        self._ids: dict[str, tuple[int, datetime | None]] = {}
        self._transactions: dict[tuple[str, str], int] = {}

    def request_counts(self, address: str | None = None) -> Counter[str]:
        """Count the logged requests by method and path shape, of all or of one person."""
        return Counter(
            f"{request.method} {request.shape}"
            for request in self.requests
            if address in (None, request.user)
        )

    # People and calendars

    def add_user(
        self, address: str, name: str, *, time_zone: str = "UTC", user_id: str | None = None
    ) -> User:
        """Make a person with a mailbox and its default calendar."""
        user = User(
            user_id=user_id or self.mint.plain_id(), address=address, name=name, time_zone=time_zone
        )
        self.users[user.user_id] = user
        self.add_calendar(user, "Calendar", is_default=True)
        return user

    def find_user(self, id_or_address: str) -> User | None:
        """Find a person by id or, without case, by address."""
        if id_or_address in self.users:
            return self.users[id_or_address]
        wanted = id_or_address.lower()
        return next((u for u in self.users.values() if u.address.lower() == wanted), None)

    def add_calendar(
        self, user: User, name: str, *, is_default: bool = False, read_only: bool = False
    ) -> Calendar:
        """Make a calendar; `read_only` stands for subscribed ones such as holidays."""
        calendar = Calendar(
            key=self._key(),
            owner=user.user_id,
            calendar_id=self.mint.item_id("AQMkAD"),
            immutable_id=self.mint.item_id("AQMkAI"),
            name=name,
            change_key=self.mint.change_key(),
            is_default=is_default,
            read_only=read_only,
        )
        self.calendars[calendar.key] = calendar
        return calendar

    def calendars_of(self, user: User) -> list[Calendar]:
        """List a person's calendars, the own ones first, then those shared with them."""
        own = [c for c in self.calendars.values() if c.owner == user.user_id]
        return own + [c for c in self.calendars.values() if user.user_id in c.shares]

    def default_calendar(self, user: User) -> Calendar:
        """Give the calendar into which new events go."""
        return next(c for c in self.calendars_of(user) if c.is_default and c.owner == user.user_id)

    def find_calendar(self, user: User, calendar_id: str) -> Calendar | None:
        """Find a calendar by the id under which this person sees it, of either kind."""
        for calendar in self.calendars_of(user):
            if calendar.owner == user.user_id:
                if calendar_id in (calendar.calendar_id, calendar.immutable_id):
                    return calendar
            elif calendar.share_ids[user.user_id] == calendar_id:
                return calendar
        return None

    def rename_calendar(self, calendar: Calendar, name: str) -> None:
        """Give a calendar another name."""
        calendar.name = name
        calendar.change_key = self.mint.change_key()

    def delete_calendar(self, calendar: Calendar) -> None:
        """Remove a calendar with all its events; no change notification tells of it."""
        del self.calendars[calendar.key]
        for event in [e for e in self.events.values() if e.calendar == calendar.key]:
            del self.events[event.key]

    def share_calendar(self, calendar: Calendar, user: User, role: Role) -> None:
        """Let another person read or write a calendar; it appears in their list."""
        calendar.shares[user.user_id] = role
        calendar.share_ids.setdefault(user.user_id, self.mint.item_id("AQMkAS"))

    def unshare_calendar(self, calendar: Calendar, user: User) -> None:
        """Take a shared calendar away again."""
        calendar.shares.pop(user.user_id, None)

    def renew_calendar_id(self, calendar: Calendar) -> None:
        """Change a calendar's id by itself, as rarely happens (GD#5580)."""
        calendar.calendar_id = self.mint.item_id("AQMkAD")
        calendar.immutable_id = self.mint.item_id("AQMkAI")

    def can_edit(self, user: User, calendar: Calendar) -> bool:
        """Tell whether a person may write into a calendar."""
        if calendar.owner == user.user_id:
            return not calendar.read_only
        return calendar.shares.get(user.user_id) == "write"

    # Finding events

    def find_instance(self, item_id: str) -> Instance | None:
        """Find what an id of either kind stands for now; an id of before a move finds nothing."""
        found = self._ids.get(item_id)
        event = self.events.get(found[0]) if found else None
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
    ) -> Event:
        """Put a new event into a calendar, and mail its attendees."""
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
        if transaction_id is not None:
            self._transactions[calendar.owner, transaction_id] = event.key
        self._remember_ids(event)
        self._changed(event, "created")
        self._mail("invitation", event, content, content.attendees)
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
        self._mail_change(event, before, content)
        for exception in exceptions:
            self._mail("update", event, exception, exception.attendees)

    def change_occurrence(self, event: Event, original: datetime, content: Content) -> None:
        """Make an occurrence an exception with its own content."""
        event.exceptions[original] = content
        self._changed(event, "updated")
        self._mail("update", event, content, content.attendees)

    def delete_event(self, event: Event) -> None:
        """Take an event or a whole series away."""
        self._bury(event)
        del self.events[event.key]
        self.deleted[event.immutable_id] = event
        self._tell(event, "deleted")
        self._mail("cancellation", event, event.content, event.content.attendees)

    def delete_occurrence(self, event: Event, original: datetime) -> None:
        """Cancel one occurrence of a series; when none is left the series goes too."""
        instance = occurrence_at(event, original)
        event.exceptions.pop(original, None)
        event.cancelled.add(original)
        self._changed(event, "updated")
        if instance is not None:
            self._mail("cancellation", event, instance.content, instance.content.attendees)

    def move_event(self, event: Event, calendar: Calendar) -> None:
        """Drag an event into another calendar: its ordinary id changes, the immutable one not."""
        self._bury(event)
        self._tell(event, "deleted")
        event.left.add(event.calendar)
        event.calendar = calendar.key
        event.rest_id = self.mint.item_id("AAMkAD")
        event.entered_seq = self.seq + 1
        self._remember_ids(event)
        self._changed(event, "created")

    def copy_event(self, event: Event, calendar: Calendar) -> Event:
        """Copy as Outlook does: extended properties and transaction id come along."""
        copied = self.create_event(calendar, event.content, recurrence=event.recurrence)
        copied.transaction_id = event.transaction_id
        return copied

    def touch(self, event: Event) -> None:
        """Change an event's change key although nothing in it changed."""
        self._changed(event, "updated")

    # Inside

    def _key(self) -> int:
        self._next_key += 1
        return self._next_key

    def _remember_ids(self, event: Event) -> None:
        self._ids[event.rest_id] = self._ids[event.immutable_id] = (event.key, None)

    def _bury(self, event: Event) -> None:
        self.seq += 1
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

    def _changed(self, event: Event, change_type: ChangeType) -> None:
        self.seq += 1
        event.changed_seq = self.seq
        event.change_key = self.mint.change_key()
        event.modified = self.clock.now()
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

    def _mail_change(self, event: Event, before: Content, after: Content) -> None:
        """Mail everybody, or only those added and removed where nothing else changed."""
        old = {_address(a): a for a in before.attendees}
        new = {_address(a): a for a in after.attendees}
        added = [one for address, one in new.items() if address not in old]
        removed = [one for address, one in old.items() if address not in new]
        self._mail("invitation", event, after, added)
        self._mail("cancellation", event, after, removed)
        if replace(before, attendees=()) != replace(after, attendees=()):
            kept = [one for address, one in new.items() if address in old]
            self._mail("update", event, after, kept)

    def _mail(
        self, kind: str, event: Event, content: Content, attendees: Iterable[dict[str, object]]
    ) -> None:
        if content.organizer is not None:
            return
        sender = self.users[self.calendars[event.calendar].owner].address
        for attendee in attendees:
            to = _address(attendee)
            self.mails.append(
                Mail(to=to, sender=sender, kind=kind, subject=content.subject)  # type: ignore[arg-type]
            )


def _address(attendee: dict[str, object]) -> str:
    email = attendee.get("emailAddress")
    return str(email.get("address", "")) if isinstance(email, dict) else ""


def _from_first(content: Content, recurrence: Recurrence | None) -> Content:
    """Move a series' own time to its first occurrence, which the pattern may put later."""
    if recurrence is None:
        return content
    first = first_start(recurrence, content.start)
    if first is None:
        return content
    return replace(content, start=first, end=content.end + (first - content.start))
