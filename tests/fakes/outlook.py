"""Outlook in memory: what people do in their calendars, and how Graph tells of it.

It keeps what hurts in the field: removals that prove nothing, series that are sent again whole, ids
that change on a drag, an undo, a move of the mailbox, marks and transaction ids that copies carry
along, feeds and single reads that are late, errors that stay with one object.
``tests/ports/suites/calendar_gateway.py`` holds it to what the real gateway does.
Everything is deterministic: ids count, time is the clock's.
"""

from collections.abc import Iterable
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sync.engine.items import OutlookItem, OutlookKind
from sync.errors import SyncError
from sync.people.people import Subscription
from sync.ports import CalendarGateway
from sync.words import Calendar, CalendarId, Interval, OutlookItemId, PersonKey
from tests.fakes.outlook_gateway import FakeGateway
from tests.fakes.outlook_store import Mailbox, OutlookStore

WEEK = timedelta(days=7)


class FakeOutlook(OutlookStore):
    """Fulfils ``CalendarGateways`` for any number of people.

    Args:
        clock: For the expiry of subscriptions.

    Attributes:
        before: Told of each call and person before its effect; what it raises, the call raises.
        after: The same after the effect: a call that timed out after it took effect.
        on_change: Told a live subscription's id and client state at each change it watches.
        calls: Calls by name since the fake was made; clear it as you like.
        stale: People whose change feed lags: it reports nothing, and keeps the cursor.
        repeats: How many changes before the cursor the feed reports again.
        forgets_transactions: Whether a repeated creation makes another event.
        false_removals: Ids that the feed calls removed at its next round, once each.
        refused: Events that can't be changed or deleted, and subjects that can't be created.
        longest: How far ahead a subscription may end.
        trouble: What fails for good, and nothing else does: an event's or series' id (reading it;
            a feed shows the occurrences of such a series without what their master holds), a
            calendar's id (all calls with it), ``"calendars"`` or ``"calendars <person>"`` (the
            list); each with what makes the error.
        write_trouble: The same for changing and deleting single events.
        vanished: Ids that a single read answers with 404 while feed and searches show them.
        vanished_once: The same for one read each.
        rounding: What becomes of the times that the connector writes.
        modified_grain: How finely ``modified`` is told (Graph's own clock ticks finer, but
            two writes of one second can look alike); zero: as finely as the clock.
    """

    def open(self, person: PersonKey) -> CalendarGateway:
        """Gives the person's gateway."""
        return FakeGateway(self, person)

    # --- people and calendars ---

    def add_person(self, person: PersonKey, address: str = "") -> CalendarId:
        """Makes a mailbox with a default calendar; gives the calendar's id."""
        mailbox = Mailbox(address=address or f"{person.staff_id}@example.org")
        self.mailboxes[person] = mailbox
        return self.add_calendar(person, "Calendar", is_default=True)

    def add_calendar(
        self, person: PersonKey, name: str, *, owner: str | None = None, **flags: bool
    ) -> CalendarId:
        """Makes a calendar; with ``owner`` one that somebody else shares."""
        mailbox = self.mailboxes[person]
        calendar = Calendar(
            id=CalendarId(f"AQMk/{self.number()}="),
            name=name,
            owner_address=owner or mailbox.address,
            **({"is_own": owner is None} | flags),
        )
        mailbox.calendars[calendar.id] = calendar
        return calendar.id

    def delete_calendar(self, person: PersonKey, calendar_id: CalendarId) -> None:
        """Deletes a calendar with everything in it."""
        mailbox = self.mailboxes[person]
        del mailbox.calendars[calendar_id]
        for event_id in [e for e, s in mailbox.events.items() if s.calendar == calendar_id]:
            del mailbox.events[event_id], mailbox.past[event_id]

    def renew_calendar_id(self, person: PersonKey, calendar_id: CalendarId) -> CalendarId:
        """Changes a calendar's id by itself (R10.4); what is in it stays, and what is still hidden.

        Its journal goes on under the new id: a feed opened under it tells of what no read showed.
        """
        mailbox = self.mailboxes[person]
        new = CalendarId(f"AQMk/{self.number()}=")
        mailbox.calendars[new] = replace(mailbox.calendars.pop(calendar_id), id=new)
        for stored in mailbox.events.values():
            if stored.calendar == calendar_id:
                stored.calendar = new
        for event_id, states in mailbox.past.items():
            mailbox.past[event_id] = [
                (at, replace(view, calendar=new) if view and view.calendar == calendar_id else view)
                for at, view in states
            ]
        mailbox.journal = [
            (new if place == calendar_id else place, event_id)
            for place, event_id in mailbox.journal
        ]
        for place, event_id in [each for each in mailbox.buried if each[0] == calendar_id]:
            mailbox.buried[new, event_id] = mailbox.buried.pop((place, event_id))
        return new

    def lose(self, person: PersonKey, error: type[SyncError] | None) -> None:
        """Makes every call of a person fail so (``AuthorizationLost``), or mends it again."""
        self.mailboxes[person].lost = error

    def lose_next(self, person: PersonKey, errors: Iterable[SyncError]) -> None:
        """Makes the person's next calls fail with these, one after another; then all is well."""
        self.mailboxes[person].failures += errors

    def lag(self, person: PersonKey, seconds: float) -> None:
        """Hides each write from now on for so long, whoever writes, from all reads.

        Zero ends it: what is still hidden is visible at once.
        """
        mailbox = self.mailboxes[person]
        mailbox.lag = timedelta(seconds=seconds)
        if not seconds:
            now = self.clock.now()
            mailbox.shown_at = [min(at, now) for at in mailbox.shown_at]
            for event_id, states in mailbox.past.items():
                mailbox.past[event_id] = [(min(at, now), view) for at, view in states]

    def move_mailbox(
        self, person: PersonKey, *, keeps_marks: bool = True, feed_tells: bool = False
    ) -> dict[OutlookItemId, OutlookItemId]:
        """Moves the mailbox to another server: all ids of events change at once, uids stay.

        Args:
            person: Whose.
            keeps_marks: Whether the marks survive.
            feed_tells: Whether cursors stay good and the feed tells the old ids as removed beside
                the new ones; otherwise they are not accepted any more.

        Returns:
            The new id of each event, series and occurrence by its old one.
        """
        mailbox = self.mailboxes[person]
        renamed: dict[OutlookItemId, OutlookItemId] = {}
        for stored in list(mailbox.events.values()):
            before = [stored.item.id, *(stored.instances or ())]
            self.bury(mailbox, stored)
            if not keeps_marks:
                stored.mark = None
            self.revive(mailbox, stored, is_change=False)
            after = [stored.item.id, *(stored.instances or ())]
            renamed.update(zip(before, after, strict=True))
        if not feed_tells:
            self.expire_cursors(person)
        return renamed

    def expire_cursors(self, person: PersonKey) -> None:
        """Makes all cursors given out so far too old."""
        self.mailboxes[person].generation += 1

    def end_subscriptions(self, person: PersonKey) -> None:
        """Ends all subscriptions of a person."""
        self.mailboxes[person].watches.clear()

    def subscriptions(self, person: PersonKey) -> tuple[Subscription, ...]:
        """Lists the live subscriptions of a person."""
        now = self.clock.now()
        watches = self.mailboxes[person].watches.values()
        return tuple(w.subscription for w in watches if w.subscription.expires_at > now)

    # --- what the person does in a calendar ---

    def meet(
        self,
        person: PersonKey,
        interval: Interval,
        *,
        calendar: CalendarId | None = None,
        **fields: Any,
    ) -> OutlookItemId:
        """Makes a Meeting; ``fields`` are those of ``OutlookItem``."""
        fields.setdefault("subject", "Meeting")
        return self.insert(person, calendar or self.default(person), interval, **fields).item.id

    def repeat(
        self,
        person: PersonKey,
        interval: Interval,
        *,
        every: timedelta = WEEK,
        count: int = 10,
        calendar: CalendarId | None = None,
        **fields: Any,
    ) -> OutlookItemId:
        """Makes a series of ``count`` occurrences; gives the master's id."""
        item_id = self.meet(person, interval, calendar=calendar, **fields)
        self.make_series(person, item_id, every=every, count=count)
        return item_id

    def make_series(
        self, person: PersonKey, item_id: OutlookItemId, *, every: timedelta = WEEK, count: int = 3
    ) -> None:
        """Turns a single event into a series that begins with it."""
        mailbox = self.mailboxes[person]
        stored = mailbox.events[item_id]
        first = stored.item
        stored.instances = {}
        for place in range(count):
            occurrence_id = OutlookItemId(f"{item_id}.{self.number()}")
            shift = every * place
            stored.instances[occurrence_id] = replace(
                first,
                id=occurrence_id,
                kind=OutlookKind.OCCURRENCE,
                series_id=item_id,
                interval=Interval(first.interval.start + shift, first.interval.end + shift),
            )
            mailbox.series_of[occurrence_id] = item_id
        stored.item = replace(first, kind=OutlookKind.MASTER)
        self.changed(mailbox, stored)

    def occurrences(self, person: PersonKey, series_id: OutlookItemId) -> tuple[OutlookItemId, ...]:
        """Lists the ids of a series' occurrences and exceptions, in the pattern's order."""
        return tuple(self.mailboxes[person].events[series_id].instances or ())

    def move(self, person: PersonKey, item_id: OutlookItemId, interval: Interval) -> None:
        """Moves an event or occurrence; a master takes its occurrences along."""
        self.edit(person, item_id, interval=interval)

    def edit(self, person: PersonKey, item_id: OutlookItemId, **changes: Any) -> None:
        """Changes an event, an occurrence (it becomes an exception) or a whole series."""
        mailbox = self.mailboxes[person]
        stored = self.find(mailbox, item_id)
        if stored is None:
            raise KeyError(item_id)
        self.write(mailbox, stored, item_id, changes)

    def touch(self, person: PersonKey, item_id: OutlookItemId) -> None:
        """Changes an event's etag though nothing in it changed."""
        self.edit(person, item_id)

    def make_private(self, person: PersonKey, item_id: OutlookItemId) -> None:
        """Marks an event as private."""
        self.edit(person, item_id, is_normal=False)

    def make_all_day(self, person: PersonKey, item_id: OutlookItemId) -> None:
        """Turns an event into one of the whole day on which it starts."""
        mailbox = self.mailboxes[person]
        start = self.item_of(mailbox, item_id).interval.start
        day = datetime(start.year, start.month, start.day, tzinfo=UTC)
        span = Interval(day, day + timedelta(days=1))
        self.edit(person, item_id, is_all_day=True, interval=span)

    def delete(self, person: PersonKey, item_id: OutlookItemId) -> None:
        """Deletes an event, a whole series or one occurrence."""
        mailbox = self.mailboxes[person]
        stored = self.find(mailbox, item_id)
        if stored is None:
            raise KeyError(item_id)
        self.remove(mailbox, stored, item_id)

    def drag(
        self, person: PersonKey, item_id: OutlookItemId, calendar: CalendarId
    ) -> OutlookItemId:
        """Drags an event into another calendar; gives its new id."""
        mailbox = self.mailboxes[person]
        stored = mailbox.events[item_id]
        self.bury(mailbox, stored)
        stored.calendar = calendar
        self.revive(mailbox, stored)
        return stored.item.id

    def restore(self, person: PersonKey, item_id: OutlookItemId) -> OutlookItemId:
        """Undoes the deletion of an event or series; gives its new id. Mark and uid are the old."""
        mailbox = self.mailboxes[person]
        stored = mailbox.deleted.pop(item_id)
        self.revive(mailbox, stored)
        return stored.item.id

    def spoil(
        self, person: PersonKey, item_id: OutlookItemId, problem: str | None = "unreadable_time"
    ) -> None:
        """Makes Outlook tell values of an event that nobody can read; ``None`` mends it."""
        self.edit(person, item_id, problem=problem)

    def copy(
        self, person: PersonKey, item_id: OutlookItemId, *, calendar: CalendarId | None = None
    ) -> OutlookItemId:
        """Copies a single event as Outlook does: its mark and transaction id come along.

        Its uid is its own.
        """
        mailbox = self.mailboxes[person]
        stored = mailbox.events[item_id]
        kept = ("id", "etag", "interval", "uid", "modified")
        fields = {f.name: getattr(stored.item, f.name) for f in dataclass_fields(OutlookItem)}
        copied = self.insert(
            person,
            calendar or stored.calendar,
            stored.item.interval,
            mark=stored.mark,
            **{name: value for name, value in fields.items() if name not in kept},
        )
        copied.transaction = stored.transaction
        return copied.item.id

    def items(
        self, person: PersonKey, calendar: CalendarId | None = None
    ) -> tuple[OutlookItem, ...]:
        """Gives what the person sees in a calendar, true text and all, oldest start first."""
        wanted = calendar or self.default(person)
        shown: list[OutlookItem] = []
        for stored in self.mailboxes[person].events.values():
            if stored.calendar == wanted:
                shown += [stored.item] if stored.instances is None else stored.instances.values()
        return tuple(sorted(shown, key=lambda item: (item.interval.start, item.id)))

    def marked(self, person: PersonKey, mark: str) -> tuple[OutlookItemId, ...]:
        """Lists the events with a mark over all calendars, oldest first."""
        found = [s for s in self.mailboxes[person].events.values() if s.mark == mark]
        return tuple(s.item.id for s in sorted(found, key=lambda s: s.created))
