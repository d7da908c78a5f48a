"""A person at their Outlook, whatever stands behind it, and how the contract's tests act there."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

from sync.engine.items import EventContent, Found, OutlookItem, OutlookKind
from sync.ports import CalendarGateway, OutlookRound
from sync.words import CalendarId, Interval, OutlookItemId, ShowAs

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WINDOW = Interval(NOW, NOW + timedelta(days=90))
MARK = "connect-up:con-1:b-1001"
STATE = "state-of-the-client"


def at(day: float, hours: float = 1) -> Interval:
    """Gives a span that begins so many days after ``NOW``."""
    start = NOW + timedelta(days=day)
    return Interval(start, start + timedelta(hours=hours))


class Desk(ABC):
    """One person at their Outlook, where it is ``NOW``.

    There are the default calendar, the own calendar ``Second``, one that a colleague shares for
    reading, and nothing in them.
    """

    gateway: CalendarGateway
    calendar: CalendarId
    second: CalendarId

    @abstractmethod
    def meet(
        self,
        interval: Interval,
        *,
        subject: str = "Lunch",
        body: str = "",
        show_as: ShowAs = ShowAs.BUSY,
        attended: bool = False,
        calendar: CalendarId | None = None,
    ) -> OutlookItemId:
        """Makes a Meeting; ``attended`` invites somebody."""

    @abstractmethod
    def weekly(self, interval: Interval, count: int, *, subject: str = "Team") -> OutlookItemId:
        """Makes a weekly series of so many occurrences; gives the master's id."""

    @abstractmethod
    def occurrences(self, series_id: OutlookItemId) -> tuple[OutlookItemId, ...]:
        """Lists a series' occurrences by time."""

    @abstractmethod
    def move(self, item_id: OutlookItemId, interval: Interval) -> None:
        """Drags an item to another time."""

    @abstractmethod
    def make_private(self, item_id: OutlookItemId) -> None:
        """Marks an item as private."""

    @abstractmethod
    def make_all_day(self, item_id: OutlookItemId) -> None:
        """Turns an item into one of the whole day."""

    @abstractmethod
    def make_series(self, item_id: OutlookItemId) -> None:
        """Turns a single item into a weekly series of three."""

    @abstractmethod
    def decline(self, item_id: OutlookItemId) -> None:
        """Declines an invitation."""

    @abstractmethod
    def delete(self, item_id: OutlookItemId) -> None:
        """Deletes an item, a series or one occurrence."""

    @abstractmethod
    def drag(self, item_id: OutlookItemId, calendar: CalendarId) -> OutlookItemId:
        """Drags an item into another calendar; gives its new id."""

    @abstractmethod
    def copy(self, item_id: OutlookItemId) -> OutlookItemId:
        """Copies an item within its calendar; gives the copy's id."""

    @abstractmethod
    def restore(self, item_id: OutlookItemId) -> OutlookItemId:
        """Undoes a deletion; gives the item's new id."""

    @abstractmethod
    def move_mailbox(self, *, keeps_marks: bool = True) -> None:
        """Moves the mailbox to another server."""

    @abstractmethod
    def lag(self, seconds: float) -> None:
        """Hides each write from all reads for so long."""

    @abstractmethod
    def spoil(self, item_id: OutlookItemId) -> None:
        """Puts an item's time where it can't be."""

    @abstractmethod
    def ail(self, thing: str) -> None:
        """Makes Graph refuse for good to read an event, a series, a calendar, ``calendars``."""

    @abstractmethod
    def pass_time(self, seconds: float) -> None:
        """Lets time go by."""

    @abstractmethod
    def delete_calendar(self, calendar: CalendarId) -> None:
        """Deletes a calendar."""

    @abstractmethod
    def lose_mailbox(self) -> None:
        """Takes the mailbox's licence away."""

    @abstractmethod
    def refuse_tokens(self) -> None:
        """Makes Microsoft refuse all tokens of the person."""

    @abstractmethod
    def expire_cursors(self) -> None:
        """Makes all cursors too old."""

    @abstractmethod
    def forget_transactions(self) -> None:
        """Makes repeated creations make events again."""

    @abstractmethod
    def end_subscriptions(self) -> None:
        """Ends all subscriptions."""

    @abstractmethod
    def subscriptions(self) -> tuple[str, ...]:
        """Lists the ids of the live subscriptions."""


async def made(
    desk: Desk,
    interval: Interval,
    *,
    mark: str = MARK,
    transaction: str = "00000000-0000-4000-8000-000000000001",
    subject: str = "Kim - Massage",
) -> OutlookItem:
    """Makes an event as the connector does; it must not be refused."""
    item = await desk.gateway.create_event(
        desk.calendar,
        content=EventContent(subject=subject, body_html="<p>From DA</p>"),
        interval=interval,
        mark=mark,
        transaction_id=transaction,
    )
    assert isinstance(item, OutlookItem)
    return item


async def read(desk: Desk) -> tuple[OutlookRound, str]:
    """Reads the Window in full; gives the cursor too."""
    first = await desk.gateway.read_all(desk.calendar, WINDOW)
    assert first.cursor is not None
    return first, first.cursor


async def found(
    desk: Desk,
    mark: str = MARK,
    *,
    uid: str | None = None,
    calendar: CalendarId | None = None,
) -> dict[OutlookItemId, Found]:
    """Searches a calendar; gives what is found by its id, each once."""
    results = await desk.gateway.find(calendar or desk.calendar, mark=mark, uid=uid)
    by_id = {result.item.id: result for result in results}
    assert len(by_id) == len(results)
    return by_id


def only(items: tuple[OutlookItem, ...], kind: OutlookKind) -> list[OutlookItem]:
    """Picks items of a kind, by time."""
    return sorted((i for i in items if i.kind is kind), key=lambda i: i.interval.start)
