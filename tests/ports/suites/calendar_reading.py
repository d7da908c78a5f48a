"""What every ``CalendarGateway`` reads."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.engine.items import OutlookKind
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    MailboxLost,
    ResyncRequired,
    Unreadable,
)
from sync.words import Interval, OutlookItemId, ShowAs
from tests.ports.suites.outlook_desk import (
    MARK,
    NOW,
    STATE,
    WINDOW,
    Desk,
    at,
    found,
    made,
    only,
    read,
)


class ReadingContract:
    """Calendars, full reads, changes, and what can't be read."""

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
        there = await found(desk, calendar=desk.second)

        assert changes.removed == {event.id}
        assert dragged != event.id
        assert await desk.gateway.get_event(desk.calendar, event.id) is None
        assert await desk.gateway.get_event(desk.calendar, dragged) is None
        assert await found(desk) == {}
        assert set(there) == {dragged}
        assert there[dragged].item.uid == event.uid

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

    # --- what is ill, and nothing else (R10.6) ---

    async def test_case_64_an_event_that_is_refused_leaves_the_others_alone(
        self, desk: Desk
    ) -> None:
        ill, well = desk.meet(at(1)), desk.meet(at(2))
        desk.ail(ill)

        for _ in range(2):
            with pytest.raises(Unreadable):
                await desk.gateway.get_event(desk.calendar, ill)
        assert await desk.gateway.get_event(desk.calendar, well) is not None
        assert {item.id for item in (await read(desk))[0].items} == {ill, well}
        assert await desk.gateway.calendars()

    async def test_case_65_a_refused_master_leaves_its_occurrences_unreadable(
        self, desk: Desk
    ) -> None:
        series = desk.weekly(at(1), 3)
        first, second, third = desk.occurrences(series)
        _, cursor = await read(desk)
        desk.move(second, at(9))
        meeting = desk.meet(at(3))
        desk.ail(series)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        told = {item.id: item for item in changes.items}
        assert set(told) == {first, second, third, meeting}
        assert {told[id_].problem for id_ in (first, third)} == {"series_missing"}
        assert {told[id_].subject for id_ in (first, third)} == {None}
        assert [told[first].interval, told[third].interval] == [at(1), at(15)]
        assert [told[second].problem, told[meeting].problem] == [None, None]
        assert changes.series == {series: {first, second, third}}
        assert changes.cursor is not None

    async def test_case_55_a_refused_calendar_or_list_is_its_own_trouble(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.ail(desk.second)
        desk.ail("calendars")

        with pytest.raises(Unreadable):
            await found(desk, calendar=desk.second)
        with pytest.raises(Unreadable):
            await desk.gateway.calendars()
        assert set(await found(desk)) == {event.id}

    async def test_case_66_an_item_where_nothing_can_be_is_told_with_its_problem(
        self, desk: Desk
    ) -> None:
        ill, well = desk.meet(at(1)), desk.meet(at(2))
        _, cursor = await read(desk)
        desk.spoil(ill)

        (told,) = (await desk.gateway.read_changes(desk.calendar, cursor)).items
        full = {item.id: item.problem is None for item in (await read(desk))[0].items}

        assert (told.id, told.problem is None) == (ill, False)
        assert full == {ill: False, well: True}
        assert await desk.gateway.get_event(desk.calendar, ill) == told

    # --- what is lost ---

    async def test_r10_4_a_calendar_that_is_gone_is_told(self, desk: Desk) -> None:
        desk.delete_calendar(desk.second)

        with pytest.raises(CalendarLost):
            await desk.gateway.read_all(desk.second, WINDOW)
        with pytest.raises(CalendarLost):
            await desk.gateway.get_event(desk.second, OutlookItemId("AAMk="))
        with pytest.raises(CalendarLost):
            await desk.gateway.find(desk.second, mark=MARK, uid=None)
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
