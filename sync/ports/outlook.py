"""One person's Outlook calendars."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.engine.items import EventContent, Found, OutlookItem, Refusal
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    Changed,
    ContractBroken,
    Gone,
    MailboxLost,
    ResyncRequired,
    Unreadable,
)
from sync.people.people import (
    Subscription,
)
from sync.ports.raising import may_raise
from sync.words import Calendar, CalendarId, Interval, OutlookItemId, PersonKey

#: What every question to Outlook may end with.
_ANY = (AuthorizationLost, MailboxLost, Unreadable, ContractBroken)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRound:
    """One finished round of the Outlook change feed (or a full read).

    Attributes:
        items: Newest state of each reported item, occurrences joined with their series. Masters
            are in it too, with ``kind`` MASTER.
        removed: Ids that the feed called removed: no proof of anything (R8.10).
        series: For each series mentioned, all ids of its occurrences and exceptions in the
            round: a known one that is missing may have been deleted.
        cursor: Where the next round starts; ``None`` where the feed could not give one.
    """

    items: tuple[OutlookItem, ...]
    removed: frozenset[OutlookItemId]
    series: dict[OutlookItemId, frozenset[OutlookItemId]]
    cursor: str | None


class CalendarGateway(Protocol):
    """One person's Outlook, reached with that person's tokens.

    Every method may raise ``AuthorizationLost`` (the token service refuses for good, nothing else)
    and ``MailboxLost``; those with a calendar id ``CalendarLost`` where the calendar itself answers
    404. What Graph refuses or garbles for one object, list or calendar (400, 401 in spite of a
    fresh token, 403, an answer that can't be read) is ``Unreadable``.
    """

    @may_raise(*_ANY)
    async def calendars(self) -> tuple[Calendar, ...]:
        """Lists all calendars, also shared and read-only ones."""
        ...

    @may_raise(*_ANY, CalendarLost)
    async def read_all(
        self, calendar_id: CalendarId, interval: Interval, *, plain: bool = False
    ) -> OutlookRound:
        """Reads everything that overlaps ``interval`` and starts a change feed over it.

        ``plain``: by the plain view at once, which tells no removals and gives no cursor.
        """
        ...

    @may_raise(*_ANY, CalendarLost, ResyncRequired)
    async def read_changes(self, calendar_id: CalendarId, cursor: str) -> OutlookRound:
        """Reads what changed since the cursor.

        Raises:
            ResyncRequired: The cursor is not accepted any more.
        """
        ...

    @may_raise(*_ANY, CalendarLost)
    async def get_event(
        self, calendar_id: CalendarId, item_id: OutlookItemId
    ) -> OutlookItem | None:
        """Asks for one item by the calendar's own path; ``None`` is the answer 404 for the item."""
        ...

    @may_raise(*_ANY, CalendarLost)
    async def find(
        self, calendar_id: CalendarId, *, mark: str, uid: str | None
    ) -> tuple[Found, ...]:
        """Lists a calendar's events that bear exactly this mark or this ``iCalUId`` (R8.10).

        Singles and masters; in any order, each once. ``uid`` ``None`` searches by mark alone.
        """
        ...

    @may_raise(*_ANY, CalendarLost)
    async def create_event(
        self,
        calendar_id: CalendarId,
        *,
        content: EventContent,
        interval: Interval,
        mark: str,
        transaction_id: str,
    ) -> OutlookItem | Refusal:
        """Makes an event without attendees that shows as busy (R6.3).

        A repeat with the same ``transaction_id`` (a UUID) answers with the first event.
        """
        ...

    @may_raise(*_ANY, CalendarLost, Gone, Changed)
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
        """Writes the time of an event (never as all-day), its text, or both: no more (R6.5).

        ``keeps_zone``: the time is written in the zone in which the event was made.

        Raises:
            Gone: It is not there (404, 410).
            Changed: Its etag is not ``etag`` any more.
        """
        ...

    @may_raise(*_ANY, Gone, Changed)
    async def delete_event(self, item_id: OutlookItemId) -> Refusal | None:
        """Deletes an event wherever it is.

        Raises:
            Gone: It is not there (404, 410): deleted, or it has another id by now (R8.10).
            Changed: Graph met a parallel write.
        """
        ...

    @may_raise(*_ANY, CalendarLost)
    async def subscribe(
        self, calendar_id: CalendarId, *, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Makes the one subscription for this calendar; an older one of ours is deleted first.

        The answer's ``expires_at`` is what Graph granted; it names the calendar.
        """
        ...

    @may_raise(*_ANY, Gone)
    async def renew(self, subscription: Subscription, expires_at: datetime) -> Subscription:
        """Prolongs and reauthorizes a subscription.

        Raises:
            Gone: It has ended; a new one has to be made.
        """
        ...

    @may_raise(*_ANY)
    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription; one that is gone already is fine."""
        ...


class CalendarGateways(Protocol):
    """Opens Outlook for a person."""

    def open(self, person: PersonKey) -> CalendarGateway:
        """Gives the person's gateway; tokens are fetched at the first call."""
        ...
