"""One person's gateway to the Outlook in memory."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate

from sync.domain.model import (
    Calendar,
    CalendarId,
    Elsewhere,
    EventContent,
    Interval,
    OutlookItem,
    OutlookItemId,
    PersonKey,
    Refusal,
)
from sync.domain.people import Subscription
from sync.errors import CalendarLost, Changed, Gone, ResyncRequired
from sync.ports import OutlookRound
from tests.fakes.outlook_store import (
    Mailbox,
    OutlookStore,
    Stored,
    Watch,
    shown,
    text_fields,
)

CROSSING = Refusal(
    code="erroroccurrencecrossingboundary",
    detail="Outlook does not let an occurrence pass the one before or after it in its series.",
)


def _port[S: "FakeGateway", **P, T](
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Counts a call, fails it where the mailbox is lost, and runs the hooks around its effect."""
    name = method.__name__

    @wraps(method)
    async def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        outlook = self.outlook
        outlook.calls[name] += 1
        if outlook.before is not None:
            outlook.before(name, self.person)
        lost = self.mailbox.lost
        if lost is not None:
            raise lost(name)
        result = await method(self, *args, **kwargs)
        if outlook.after is not None:
            outlook.after(name, self.person)
        return result

    return wrapper


class FakeGateway:
    """Fulfils ``CalendarGateway`` for one person."""

    def __init__(self, outlook: OutlookStore, person: PersonKey) -> None:
        self.outlook = outlook
        self.person = person

    @property
    def mailbox(self) -> Mailbox:
        """Gives the person's mailbox."""
        return self.outlook.mailboxes[self.person]

    @_port
    async def calendars(self) -> tuple[Calendar, ...]:
        """Lists all calendars."""
        return tuple(self.mailbox.calendars.values())

    @_port
    async def read_all(self, calendar_id: CalendarId, interval: Interval) -> OutlookRound:
        """Reads everything that overlaps ``interval``."""
        self._must_have(calendar_id)
        mailbox = self.mailbox
        found = [stored for stored in mailbox.events.values() if stored.calendar == calendar_id]
        cursor = _cursor(calendar_id, len(mailbox.journal), interval)
        return self._round(found, frozenset(), interval, cursor)

    @_port
    async def read_changes(self, calendar_id: CalendarId, cursor: str) -> OutlookRound:
        """Reads what changed since the cursor."""
        self._must_have(calendar_id)
        mailbox, outlook = self.mailbox, self.outlook
        place, since, interval = _read_cursor(cursor)
        if place != calendar_id or since < mailbox.oldest:
            raise ResyncRequired("the cursor is not accepted any more")
        if self.person in outlook.stale:
            return OutlookRound(items=(), removed=frozenset(), series={}, cursor=cursor)
        begin = max(since - outlook.repeats, mailbox.oldest, 0)
        changed = dict.fromkeys(
            event_id for at, event_id in mailbox.journal[begin:] if at == calendar_id
        )
        found: list[Stored] = []
        removed: set[OutlookItemId] = set()
        for event_id in changed:
            stored = mailbox.events.get(event_id)
            if stored is None or stored.calendar != calendar_id:
                # Made and taken away between two rounds: nothing is told of it.
                if mailbox.buried.get((calendar_id, event_id), 0) <= since:
                    removed.add(event_id)
            elif event_id in outlook.false_removals:
                outlook.false_removals.discard(event_id)
                removed.add(event_id)
            elif _in_window(stored, interval):
                found.append(stored)
            else:
                removed.add(event_id)
        for event_id in sorted(outlook.false_removals):
            stored = mailbox.events.get(event_id)
            if stored is not None and stored.calendar == calendar_id:
                outlook.false_removals.discard(event_id)
                removed.add(event_id)
        following = _cursor(calendar_id, len(mailbox.journal), interval)
        return self._round(found, frozenset(removed), interval, following)

    @_port
    async def get_event(
        self, calendar_id: CalendarId, item_id: OutlookItemId
    ) -> OutlookItem | None:
        """Asks for one item of a calendar."""
        self._must_have(calendar_id)
        stored = self.outlook.find(self.mailbox, item_id)
        if stored is None or stored.calendar != calendar_id:
            return None
        return self._shown(stored, item_id)

    @_port
    async def find_by_mark(self, calendar_id: CalendarId, mark: str) -> OutlookItem | None:
        """Searches a calendar for the oldest event with the mark."""
        self._must_have(calendar_id)
        stored = self._oldest(mark, calendar_id)
        return None if stored is None else self._shown(stored, stored.item.id)

    @_port
    async def find_elsewhere(self, calendar_id: CalendarId, mark: str) -> Elsewhere | None:
        """Searches the other own calendars for an event with the mark."""
        for calendar in self.mailbox.calendars.values():
            if calendar.id == calendar_id or not (calendar.is_own and calendar.can_edit):
                continue
            stored = self._oldest(mark, calendar.id)
            if stored is not None:
                return Elsewhere(calendar_id=calendar.id, outlook_id=stored.item.id)
        return None

    @_port
    async def create_event(
        self,
        calendar_id: CalendarId,
        *,
        content: EventContent,
        interval: Interval,
        mark: str,
        transaction_id: str,
    ) -> OutlookItem | Refusal:
        """Makes an event, or finds the one that the same transaction made."""
        self._must_have(calendar_id)
        outlook, mailbox = self.outlook, self.mailbox
        if content.subject in outlook.refused:
            return outlook.refused[content.subject]
        first = None
        if not outlook.forgets_transactions:
            first = mailbox.events.get(mailbox.transactions.get(transaction_id, OutlookItemId("")))
        stored = first or outlook.insert(
            self.person,
            calendar_id,
            interval,
            mark=mark,
            transaction=transaction_id,
            **text_fields(content),
        )
        return self._shown(stored, stored.item.id)

    @_port
    async def update_event(
        self,
        calendar_id: CalendarId,
        item_id: OutlookItemId,
        *,
        interval: Interval,
        content: EventContent | None = None,
        etag: str | None = None,
    ) -> OutlookItem | Refusal:
        """Writes time and text of an event."""
        self._must_have(calendar_id)
        outlook, mailbox = self.outlook, self.mailbox
        stored = outlook.find(mailbox, item_id)
        if stored is None or stored.calendar != calendar_id:
            raise Gone("the event is not in the calendar")
        if etag is not None and etag != stored.item.etag:
            raise Changed("the event is not as it was read")
        if item_id in outlook.refused:
            return outlook.refused[item_id]
        if _crosses(stored, item_id, interval):
            return CROSSING
        changes: dict[str, Any] = {"interval": interval, "is_all_day": False}
        if content is not None:
            changes |= text_fields(content)
        outlook.write(mailbox, stored, item_id, changes)
        return self._shown(stored, item_id)

    @_port
    async def delete_event(self, item_id: OutlookItemId) -> Refusal | None:
        """Deletes an event wherever it is."""
        stored = self.outlook.find(self.mailbox, item_id)
        if stored is None:
            return None
        if item_id in self.outlook.refused:
            return self.outlook.refused[item_id]
        self.outlook.remove(self.mailbox, stored, item_id)
        return None

    @_port
    async def subscribe(
        self, calendar_id: CalendarId, *, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Makes the one subscription for a calendar."""
        self._must_have(calendar_id)
        watches = self.mailbox.watches
        for older in [key for key, watch in watches.items() if watch.calendar == calendar_id]:
            del watches[older]
        subscription = Subscription(
            id=f"sub-{self.outlook.number()}",
            expires_at=min(expires_at, self.outlook.clock.now() + self.outlook.longest),
            client_state=client_state,
        )
        watches[subscription.id] = Watch(subscription, calendar_id)
        return subscription

    @_port
    async def renew(self, subscription: Subscription, expires_at: datetime) -> Subscription:
        """Prolongs a subscription."""
        now = self.outlook.clock.now()
        watch = self.mailbox.watches.get(subscription.id)
        if watch is None or watch.subscription.expires_at <= now:
            raise Gone("the subscription has ended")
        until = min(expires_at, now + self.outlook.longest)
        watch.subscription = replace(watch.subscription, expires_at=until)
        return watch.subscription

    @_port
    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription."""
        self.mailbox.watches.pop(subscription_id, None)

    def _must_have(self, calendar_id: CalendarId) -> None:
        if calendar_id not in self.mailbox.calendars:
            raise CalendarLost("the calendar answers 404")

    def _oldest(self, mark: str, calendar_id: CalendarId) -> Stored | None:
        found = [
            stored
            for stored in self.mailbox.events.values()
            if stored.mark == mark and stored.calendar == calendar_id
        ]
        return min(found, key=lambda stored: stored.created, default=None)

    def _shown(self, stored: Stored, item_id: OutlookItemId) -> OutlookItem:
        if stored.instances is not None and item_id != stored.item.id:
            return shown(stored.instances[item_id], stored.item.etag)
        return shown(stored.item, stored.item.etag)

    def _round(
        self,
        found: list[Stored],
        removed: frozenset[OutlookItemId],
        interval: Interval,
        cursor: str,
    ) -> OutlookRound:
        items: list[OutlookItem] = []
        series: dict[OutlookItemId, frozenset[OutlookItemId]] = {}
        for stored in found:
            etag = stored.item.etag
            if stored.instances is None:
                if stored.item.interval.overlaps(interval):
                    items.append(shown(stored.item, etag))
                continue
            inside = [i for i in stored.instances.values() if i.interval.overlaps(interval)]
            if inside:
                items.append(shown(stored.item, etag))
                items += [shown(instance, etag) for instance in inside]
                series[stored.item.id] = frozenset(instance.id for instance in inside)
        return OutlookRound(items=tuple(items), removed=removed, series=series, cursor=cursor)


def _in_window(stored: Stored, interval: Interval) -> bool:
    if stored.instances is None:
        return stored.item.interval.overlaps(interval)
    return any(i.interval.overlaps(interval) for i in stored.instances.values())


def _crosses(stored: Stored, item_id: OutlookItemId, interval: Interval) -> bool:
    """Says whether an occurrence would come onto or past a neighbour's day."""
    if stored.instances is None or item_id not in stored.instances:
        return False
    ids = list(stored.instances)
    place = ids.index(item_id)
    day = interval.start.date()
    before = stored.instances[ids[place - 1]] if place else None
    following = stored.instances[ids[place + 1]] if place + 1 < len(ids) else None
    return (before is not None and day <= before.interval.start.date()) or (
        following is not None and day >= following.interval.start.date()
    )


def _cursor(calendar_id: CalendarId, place: int, interval: Interval) -> str:
    return f"{calendar_id} {place} {interval.start.isoformat()} {interval.end.isoformat()}"


def _read_cursor(cursor: str) -> tuple[CalendarId, int, Interval]:
    calendar_id, place, start, end = cursor.split(" ")
    span = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    return CalendarId(calendar_id), int(place), span
