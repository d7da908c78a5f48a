"""One person's gateway to the Outlook in memory."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate

from sync.engine.items import EventContent, Found, OutlookItem, OutlookKind, Refusal
from sync.errors import CalendarLost, Changed, Gone, ResyncRequired
from sync.people.people import Subscription
from sync.ports import OutlookRound
from sync.words import Calendar, CalendarId, Interval, OutlookItemId, PersonKey, ShowAs
from tests.fakes.outlook_store import (
    Mailbox,
    OutlookStore,
    Stored,
    Troubles,
    View,
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
        if self.mailbox.failures:
            raise self.mailbox.failures.pop(0)
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
        _trouble(self.outlook.trouble, "calendars", f"calendars {self.person}")
        return tuple(self.mailbox.calendars.values())

    @_port
    async def read_all(
        self, calendar_id: CalendarId, interval: Interval, *, plain: bool = False
    ) -> OutlookRound:
        """Reads everything that overlaps ``interval``; by the ``plain`` view without a cursor."""
        self._must_have(calendar_id)
        now, mailbox = self.outlook.clock.now(), self.mailbox
        cursor = _cursor(calendar_id, mailbox.visible_end(now), interval, mailbox.generation)
        return self._round(
            mailbox.visible_in(calendar_id, now), set(), interval, None if plain else cursor
        )

    @_port
    async def read_changes(self, calendar_id: CalendarId, cursor: str) -> OutlookRound:
        """Reads what changed since the cursor, in the calendar that it is of, as Graph does."""
        self._must_have(calendar_id)
        mailbox, outlook = self.mailbox, self.outlook
        place, since, interval, generation = _read_cursor(cursor)
        if generation < mailbox.generation:
            raise ResyncRequired("the cursor is not accepted any more")
        if self.person in outlook.stale:
            return OutlookRound(items=(), removed=frozenset(), series={}, cursor=cursor)
        now = outlook.clock.now()
        end = max(mailbox.visible_end(now), since)
        lines = mailbox.journal[max(since - outlook.repeats, 0) : end]
        changed = dict.fromkeys(event_id for at, event_id in lines if at == place)
        found: list[View] = []
        removed: set[OutlookItemId] = set()
        for event_id in changed:
            view = mailbox.visible(event_id, now)
            if view is None or view.calendar != place:
                # Made and taken away between two rounds: nothing is told of it.
                if mailbox.buried.get((place, event_id), 0) <= since:
                    removed.add(event_id)
            elif event_id not in outlook.false_removals and _in_window(view, interval):
                found.append(view)
            else:
                removed.add(event_id)
        for event_id in sorted(outlook.false_removals):
            view = mailbox.visible(event_id, now)
            if view is not None and view.calendar == place:
                outlook.false_removals.discard(event_id)
                removed.add(event_id)
        following = _cursor(place, end, interval, mailbox.generation)
        return self._round(found, removed, interval, following)

    @_port
    async def get_event(
        self, calendar_id: CalendarId, item_id: OutlookItemId
    ) -> OutlookItem | None:
        """Asks for one item of a calendar."""
        self._must_have(calendar_id)
        outlook = self.outlook
        _trouble(outlook.trouble, item_id)
        if item_id in outlook.vanished or item_id in outlook.vanished_once:
            outlook.vanished_once.discard(item_id)
            return None
        view = self.mailbox.visible_of(item_id, outlook.clock.now())
        if view is None or view.calendar != calendar_id:
            return None
        return _shown(view, item_id)

    @_port
    async def find(
        self, calendar_id: CalendarId, *, mark: str, uid: str | None
    ) -> tuple[Found, ...]:
        """Searches a calendar for events with the mark or the uid."""
        self._must_have(calendar_id)
        views = self.mailbox.visible_in(calendar_id, self.outlook.clock.now())
        return tuple(
            Found(item=_shown(view, view.item.id), mark=view.mark, created=view.born)
            for view in views
            if view.mark == mark or (uid is not None and view.item.uid == uid)
        )

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
            self._rounded(interval),
            mark=mark,
            transaction=transaction_id,
            **text_fields(content),
        )
        return _shown(stored.view(), stored.item.id)

    @_port
    async def update_event(
        self,
        calendar_id: CalendarId,
        item_id: OutlookItemId,
        *,
        interval: Interval | None = None,
        content: EventContent | None = None,
        etag: str | None = None,
        keeps_zone: bool = False,
    ) -> OutlookItem | Refusal:
        """Writes time, text or both of an event; there are no zones here to keep."""
        del keeps_zone
        self._must_have(calendar_id)
        outlook, mailbox = self.outlook, self.mailbox
        _trouble(outlook.write_trouble, item_id)
        stored = outlook.find(mailbox, item_id)
        if stored is None or stored.calendar != calendar_id:
            raise Gone("the event is not in the calendar")
        if etag is not None and etag != stored.item.etag:
            raise Changed("the event is not as it was read")
        if item_id in outlook.refused:
            return outlook.refused[item_id]
        changes: dict[str, Any] = {}
        if interval is not None:
            if _crosses(stored, item_id, interval):
                return CROSSING
            changes |= {"interval": self._rounded(interval), "is_all_day": False}
        if content is not None:
            changes |= text_fields(content)
        outlook.write(mailbox, stored, item_id, changes)
        return _shown(stored.view(), item_id)

    @_port
    async def delete_event(self, item_id: OutlookItemId) -> Refusal | None:
        """Deletes an event wherever it is."""
        _trouble(self.outlook.write_trouble, item_id)
        stored = self.outlook.find(self.mailbox, item_id)
        if stored is None:
            raise Gone("the event is not there")
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
            calendar_id=calendar_id,
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
        watch.subscription = replace(subscription, expires_at=until)
        return watch.subscription

    @_port
    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription."""
        self.mailbox.watches.pop(subscription_id, None)

    def _must_have(self, calendar_id: CalendarId) -> None:
        _trouble(self.outlook.trouble, calendar_id)
        if calendar_id not in self.mailbox.calendars:
            raise CalendarLost("the calendar answers 404")

    def _rounded(self, interval: Interval) -> Interval:
        rounding = self.outlook.rounding
        return interval if rounding is None else rounding(interval)

    def _round(
        self,
        found: list[View],
        removed: set[OutlookItemId],
        interval: Interval,
        cursor: str | None,
    ) -> OutlookRound:
        items: list[OutlookItem] = []
        series: dict[OutlookItemId, frozenset[OutlookItemId]] = {}
        for view in found:
            master = view.item
            if view.instances is None:
                if master.interval.overlaps(interval):
                    items.append(shown(master, master))
                continue
            inside = [i for i in view.instances.values() if i.interval.overlaps(interval)]
            if not inside:
                continue
            series[master.id] = frozenset(instance.id for instance in inside)
            told = [shown(instance, master) for instance in inside]
            if master.id in self.outlook.trouble:
                items += [_without_master(instance) for instance in told]
            else:
                items += [shown(master, master), *told]
        return OutlookRound(
            items=tuple(items), removed=frozenset(removed), series=series, cursor=cursor
        )


def _trouble(troubles: Troubles, *keys: str) -> None:
    """Fails a call where one of the objects that it asks for is in trouble."""
    for key in keys:
        if key in troubles:
            error = troubles[key]()
            raise error


def _shown(view: View, item_id: OutlookItemId) -> OutlookItem:
    if view.instances is not None and item_id != view.item.id:
        return shown(view.instances[item_id], view.item)
    return shown(view.item, view.item)


def _without_master(item: OutlookItem) -> OutlookItem:
    """Gives an occurrence whose master can't be read: the feed tells hardly more than its time.

    An exception comes with members of its own (FACTS 3.3).
    """
    if item.kind is OutlookKind.EXCEPTION:
        return item
    return OutlookItem(
        id=item.id,
        etag=item.etag,
        interval=item.interval,
        kind=item.kind,
        series_id=item.series_id,
        show_as=ShowAs.UNKNOWN,
        is_normal=False,
        problem="series_missing",
    )


def _in_window(view: View, interval: Interval) -> bool:
    if view.instances is None:
        return view.item.interval.overlaps(interval)
    return any(i.interval.overlaps(interval) for i in view.instances.values())


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


def _cursor(calendar_id: CalendarId, place: int, interval: Interval, generation: int) -> str:
    start, end = interval.start.isoformat(), interval.end.isoformat()
    return f"{calendar_id} {place} {start} {end} {generation}"


def _read_cursor(cursor: str) -> tuple[CalendarId, int, Interval, int]:
    calendar_id, place, start, end, generation = cursor.split(" ")
    span = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    return CalendarId(calendar_id), int(place), span, int(generation)
