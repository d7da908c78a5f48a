"""What every ``CalendarGateway`` has to do: run on the fake and on the real one.

A subclass gives the fixture ``desk``: one person's Outlook, with the person at it.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

import pytest

from sync.domain.model import (
    CalendarId,
    EventContent,
    Interval,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
    Refusal,
    ShowAs,
)
from sync.errors import AuthorizationLost, CalendarLost, Changed, Gone, MailboxLost, ResyncRequired
from sync.ports import CalendarGateway, OutlookRound

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


def only(items: tuple[OutlookItem, ...], kind: OutlookKind) -> list[OutlookItem]:
    """Picks items of a kind, by time."""
    return sorted((i for i in items if i.kind is kind), key=lambda i: i.interval.start)


class CalendarGatewayContract:
    """The suite."""

    # --- calendars ---

    async def test_r5_1_calendars_tell_whether_they_are_own_and_editable(self, desk: Desk) -> None:
        calendars = await desk.gateway.calendars()

        assert [(c.is_own, c.can_edit, c.is_default) for c in calendars] == [
            (True, True, True),
            (True, True, False),
            (False, False, False),
        ]
        assert [c.id for c in calendars[:2]] == [desk.calendar, desk.second]
        assert [c.owner_address for c in calendars] == [
            "ann@example.org",
            "ann@example.org",
            "ben@example.org",
        ]

    # --- full reads ---

    async def test_a_full_read_holds_what_overlaps_the_window(self, desk: Desk) -> None:
        under_way = desk.meet(at(-0.01))
        inside = desk.meet(at(3))
        desk.meet(at(-2))
        desk.meet(at(90))

        full, _ = await read(desk)

        assert {item.id for item in full.items} == {under_way, inside}
        assert full.removed == frozenset()

    async def test_an_item_is_read_with_its_text_and_time(self, desk: Desk) -> None:
        desk.meet(at(1), subject="Lunch", body="Bring a pen", show_as=ShowAs.OOF)

        (item,) = (await read(desk))[0].items

        assert (item.subject, item.body) == ("Lunch", "Bring a pen")
        assert (item.interval, item.show_as, item.kind) == (at(1), ShowAs.OOF, OutlookKind.SINGLE)
        assert (item.is_normal, item.is_all_day, item.is_organizer) == (True, False, True)
        assert (item.has_attendees, item.is_cancelled, item.is_declined) == (False, False, False)
        assert item.problem is None

    async def test_r7_3_a_private_item_leaves_without_its_text(self, desk: Desk) -> None:
        secret = desk.meet(at(1), subject="Doctor", body="Room 5")
        desk.make_private(secret)

        (item,) = (await read(desk))[0].items
        asked = await desk.gateway.get_event(desk.calendar, secret)

        assert asked == item
        assert (item.is_normal, item.subject, item.body) == (False, None, None)

    async def test_an_all_day_item_is_its_date(self, desk: Desk) -> None:
        desk.make_all_day(desk.meet(at(1)))

        (item,) = (await read(desk))[0].items

        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        assert item.is_all_day
        assert item.interval == Interval(midnight, midnight + timedelta(days=1))

    async def test_a_declined_invitation_and_attendees_are_told(self, desk: Desk) -> None:
        desk.decline(desk.meet(at(1), attended=True))

        (item,) = (await read(desk))[0].items

        assert (item.is_declined, item.has_attendees) == (True, True)

    async def test_r7_4_occurrences_are_joined_with_their_series(self, desk: Desk) -> None:
        series = desk.weekly(at(1), 3)

        full, _ = await read(desk)

        occurrences = only(full.items, OutlookKind.OCCURRENCE)
        assert [item.interval for item in occurrences] == [at(1), at(8), at(15)]
        assert {item.subject for item in occurrences} == {"Team"}
        assert {item.series_id for item in occurrences} == {series}
        assert [item.id for item in only(full.items, OutlookKind.MASTER)] == [series]
        assert full.series == {series: frozenset(desk.occurrences(series))}

    # --- changes ---

    async def test_nothing_changed_tells_nothing(self, desk: Desk) -> None:
        desk.meet(at(1))
        _, cursor = await read(desk)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert (changes.items, changes.removed, changes.series) == ((), frozenset(), {})
        assert changes.cursor is not None

    async def test_new_and_moved_items_are_told(self, desk: Desk) -> None:
        moved = desk.meet(at(1))
        desk.meet(at(2))
        _, cursor = await read(desk)
        desk.move(moved, at(5))
        new = desk.meet(at(6))

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert {item.id: item.interval for item in changes.items} == {moved: at(5), new: at(6)}

    async def test_each_round_goes_on_from_the_one_before(self, desk: Desk) -> None:
        _, cursor = await read(desk)
        desk.meet(at(1))
        first = await desk.gateway.read_changes(desk.calendar, cursor)
        assert first.cursor is not None
        second = desk.meet(at(2))

        changes = await desk.gateway.read_changes(desk.calendar, first.cursor)
        again = await desk.gateway.read_changes(desk.calendar, cursor)

        assert [item.id for item in changes.items] == [second]
        assert len(again.items) == 2

    async def test_r8_8_an_own_write_is_told_with_the_etag_it_was_answered_with(
        self, desk: Desk
    ) -> None:
        _, cursor = await read(desk)
        written = await made(desk, at(1))

        (told,) = (await desk.gateway.read_changes(desk.calendar, cursor)).items

        assert (told.id, told.etag, told.interval) == (written.id, written.etag, written.interval)

    async def test_a_deleted_item_is_told_as_removed(self, desk: Desk) -> None:
        item = desk.meet(at(1))
        _, cursor = await read(desk)
        desk.delete(item)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert changes.removed == {item}
        assert await desk.gateway.get_event(desk.calendar, item) is None

    async def test_r8_10_an_item_that_left_the_window_is_told_as_removed_but_is_there(
        self, desk: Desk
    ) -> None:
        item = desk.meet(at(1))
        _, cursor = await read(desk)
        desk.move(item, at(120))

        changes = await desk.gateway.read_changes(desk.calendar, cursor)
        asked = await desk.gateway.get_event(desk.calendar, item)

        assert changes.removed == {item}
        assert asked is not None
        assert asked.interval == at(120)

    async def test_a_foreign_removal_names_an_id_never_seen(self, desk: Desk) -> None:
        _, cursor = await read(desk)
        far = desk.meet(at(120))

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert changes.items == ()
        assert changes.removed == {far}

    async def test_r8_12_a_dragged_item_has_another_id_elsewhere(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        _, cursor = await read(desk)
        dragged = desk.drag(event.id, desk.second)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)
        found = await desk.gateway.find_elsewhere(desk.calendar, MARK)

        assert changes.removed == {event.id}
        assert dragged != event.id
        assert await desk.gateway.get_event(desk.calendar, event.id) is None
        assert await desk.gateway.get_event(desk.calendar, dragged) is None
        assert found is not None
        assert (found.calendar_id, found.outlook_id) == (desk.second, dragged)

    async def test_r7_4_a_changed_series_is_told_whole_without_what_was_deleted(
        self, desk: Desk
    ) -> None:
        series = desk.weekly(at(1), 4)
        first, second, third, fourth = desk.occurrences(series)
        _, cursor = await read(desk)
        desk.delete(second)
        desk.move(third, at(16))

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert changes.removed == frozenset()
        assert changes.series == {series: {first, third, fourth}}
        (moved,) = only(changes.items, OutlookKind.EXCEPTION)
        assert (moved.id, moved.interval, moved.subject) == (third, at(16), "Team")
        assert await desk.gateway.get_event(desk.calendar, second) is None

    async def test_a_deleted_series_is_told_by_its_master_alone(self, desk: Desk) -> None:
        series = desk.weekly(at(1), 3)
        (first, *_) = desk.occurrences(series)
        _, cursor = await read(desk)
        desk.delete(series)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert series in changes.removed
        assert await desk.gateway.get_event(desk.calendar, first) is None

    async def test_r8_9_an_event_turned_into_a_series_is_a_master_then(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        _, cursor = await read(desk)
        desk.make_series(event.id)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)
        asked = await desk.gateway.get_event(desk.calendar, event.id)

        assert event.id in changes.series
        assert asked is not None
        assert asked.kind is OutlookKind.MASTER

    async def test_a_dead_cursor_asks_for_a_full_read(self, desk: Desk) -> None:
        _, cursor = await read(desk)
        desk.expire_cursors()

        with pytest.raises(ResyncRequired):
            await desk.gateway.read_changes(desk.calendar, cursor)

    # --- writes ---

    async def test_r6_3_an_event_is_busy_and_has_nobody_to_mail(self, desk: Desk) -> None:
        written = await made(desk, at(1))

        (item,) = (await read(desk))[0].items

        assert item.id == written.id
        assert (item.subject, item.interval, item.show_as) == ("Kim - Massage", at(1), ShowAs.BUSY)
        assert not item.has_attendees
        assert "From DA" in (item.body or "")

    async def test_r11_5_a_repeated_creation_answers_with_the_first_event(self, desk: Desk) -> None:
        first = await made(desk, at(1))

        again = await made(desk, at(1))

        assert again.id == first.id
        assert len((await read(desk))[0].items) == 1

    async def test_r11_5_a_mark_finds_the_event_where_transactions_are_forgotten(
        self, desk: Desk
    ) -> None:
        first = await made(desk, at(1))
        desk.forget_transactions()
        second = await made(desk, at(1))

        found = await desk.gateway.find_by_mark(desk.calendar, MARK)

        assert second.id != first.id
        assert found is not None
        assert found.id == first.id

    async def test_a_mark_is_matched_whole(self, desk: Desk) -> None:
        await made(desk, at(1), mark=f"{MARK}1")

        assert await desk.gateway.find_by_mark(desk.calendar, MARK) is None
        assert await desk.gateway.find_elsewhere(desk.calendar, MARK) is None

    async def test_a_mark_with_a_quote_is_data(self, desk: Desk) -> None:
        mark = "o'mark' or 1 eq 1"
        written = await made(desk, at(1), mark=mark)
        await made(desk, at(2), transaction="00000000-0000-4000-8000-000000000002")

        found = await desk.gateway.find_by_mark(desk.calendar, mark)

        assert found is not None
        assert found.id == written.id

    async def test_r8_11_a_copy_bears_the_mark_but_is_found_after_the_original(
        self, desk: Desk
    ) -> None:
        event = await made(desk, at(1))
        copied = desk.copy(event.id)

        found = await desk.gateway.find_by_mark(desk.calendar, MARK)
        desk.delete(event.id)
        left = await desk.gateway.find_by_mark(desk.calendar, MARK)

        assert found is not None
        assert found.id == event.id
        assert left is not None
        assert left.id == copied

    async def test_an_update_writes_time_and_text(self, desk: Desk) -> None:
        event = await made(desk, at(1))

        updated = await desk.gateway.update_event(
            desk.calendar,
            event.id,
            interval=at(4),
            content=EventContent(subject="Lee - Massage", body_html="<p>New</p>"),
            etag=event.etag,
        )

        assert isinstance(updated, OutlookItem)
        assert (updated.id, updated.subject, updated.interval) == (
            event.id,
            "Lee - Massage",
            at(4),
        )
        assert updated.etag != event.etag
        assert await desk.gateway.get_event(desk.calendar, event.id) == updated

    async def test_an_update_of_the_time_leaves_the_text(self, desk: Desk) -> None:
        event = await made(desk, at(1))

        updated = await desk.gateway.update_event(desk.calendar, event.id, interval=at(4))

        assert isinstance(updated, OutlookItem)
        assert (updated.subject, updated.body) == (event.subject, event.body)

    async def test_r8_9_an_update_takes_an_all_day_event_back(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.make_all_day(event.id)

        updated = await desk.gateway.update_event(desk.calendar, event.id, interval=at(1))

        assert isinstance(updated, OutlookItem)
        assert (updated.is_all_day, updated.interval) == (False, at(1))

    async def test_an_update_of_what_changed_meanwhile_is_told(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.move(event.id, at(2))

        with pytest.raises(Changed):
            await desk.gateway.update_event(
                desk.calendar, event.id, interval=at(4), etag=event.etag
            )
        asked = await desk.gateway.get_event(desk.calendar, event.id)
        assert asked is not None
        assert asked.interval == at(2)

    async def test_an_update_of_what_is_gone_is_told(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.delete(event.id)

        with pytest.raises(Gone):
            await desk.gateway.update_event(desk.calendar, event.id, interval=at(4))

    async def test_an_occurrence_can_not_pass_its_neighbour(self, desk: Desk) -> None:
        series = desk.weekly(at(1), 3)
        _, second, _ = desk.occurrences(series)

        refusal = await desk.gateway.update_event(desk.calendar, second, interval=at(15))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "erroroccurrencecrossingboundary"
        assert "occurrence" in refusal.detail

    async def test_deleting_works_in_any_calendar_and_twice(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        dragged = desk.drag(event.id, desk.second)

        for _ in range(2):
            assert await desk.gateway.delete_event(dragged) is None

        assert await desk.gateway.find_elsewhere(desk.calendar, MARK) is None

    # --- what is lost ---

    async def test_r10_4_a_calendar_that_is_gone_is_told(self, desk: Desk) -> None:
        desk.delete_calendar(desk.second)

        with pytest.raises(CalendarLost):
            await desk.gateway.read_all(desk.second, WINDOW)
        with pytest.raises(CalendarLost):
            await desk.gateway.get_event(desk.second, OutlookItemId("AAMk="))
        with pytest.raises(CalendarLost):
            await desk.gateway.find_by_mark(desk.second, MARK)
        with pytest.raises(CalendarLost):
            await desk.gateway.subscribe(
                desk.second, client_state=STATE, expires_at=NOW + timedelta(days=6)
            )

    async def test_r10_4_a_change_feed_of_a_calendar_that_is_gone_tells_so(
        self, desk: Desk
    ) -> None:
        full = await desk.gateway.read_all(desk.second, WINDOW)
        assert full.cursor is not None
        desk.delete_calendar(desk.second)

        with pytest.raises(CalendarLost):
            await desk.gateway.read_changes(desk.second, full.cursor)

    async def test_r10_4_a_mailbox_that_is_gone_is_told(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.lose_mailbox()

        with pytest.raises(MailboxLost):
            await desk.gateway.read_all(desk.calendar, WINDOW)
        with pytest.raises(MailboxLost):
            await desk.gateway.get_event(desk.calendar, event.id)
        with pytest.raises(MailboxLost):
            await desk.gateway.delete_event(event.id)
        with pytest.raises(MailboxLost):
            await desk.gateway.calendars()

    async def test_r10_3_refused_tokens_are_told(self, desk: Desk) -> None:
        desk.refuse_tokens()

        with pytest.raises(AuthorizationLost):
            await desk.gateway.read_all(desk.calendar, WINDOW)
        with pytest.raises(AuthorizationLost):
            await made(desk, at(1))

    # --- subscriptions ---

    async def test_r11_3_there_is_one_subscription_for_a_calendar(self, desk: Desk) -> None:
        until = NOW + timedelta(days=6)
        await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=until)

        second = await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=until)

        assert desk.subscriptions() == (second.id,)
        assert (second.client_state, second.expires_at) == (STATE, until)

    async def test_r11_3_a_subscription_is_renewed(self, desk: Desk) -> None:
        made_one = await desk.gateway.subscribe(
            desk.calendar, client_state=STATE, expires_at=NOW + timedelta(days=2)
        )

        renewed = await desk.gateway.renew(made_one, NOW + timedelta(days=6))

        assert (renewed.id, renewed.client_state) == (made_one.id, STATE)
        assert renewed.expires_at == NOW + timedelta(days=6)

    async def test_r11_3_a_subscription_that_has_ended_is_gone(self, desk: Desk) -> None:
        made_one = await desk.gateway.subscribe(
            desk.calendar, client_state=STATE, expires_at=NOW + timedelta(days=2)
        )
        desk.end_subscriptions()

        with pytest.raises(Gone):
            await desk.gateway.renew(made_one, NOW + timedelta(days=6))
        await desk.gateway.unsubscribe(made_one.id)

    async def test_unsubscribing_ends_the_subscription(self, desk: Desk) -> None:
        made_one = await desk.gateway.subscribe(
            desk.calendar, client_state=STATE, expires_at=NOW + timedelta(days=2)
        )

        await desk.gateway.unsubscribe(made_one.id)

        assert desk.subscriptions() == ()
