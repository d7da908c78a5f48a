"""What stays when an event gets another id, and what late reads show."""

from datetime import timedelta

import pytest

from sync.engine.items import OutlookItem
from sync.errors import (
    ResyncRequired,
)
from tests.ports.suites.outlook_desk import MARK, NOW, Desk, at, found, made, read


class IdentityContract:
    """Ids, uids, marks; times and lag."""

    # --- identity: what stays when an id changes ---

    async def test_case_48_an_event_dragged_away_and_back_has_a_new_id_and_its_old_uid(
        self, desk: Desk
    ) -> None:
        event = await made(desk, at(1))
        back = desk.drag(desk.drag(event.id, desk.second), desk.calendar)

        here = await found(desk, uid=event.uid)

        assert back != event.id
        assert await desk.gateway.get_event(desk.calendar, event.id) is None
        assert (here[back].item.uid, here[back].mark) == (event.uid, MARK)
        assert await found(desk, calendar=desk.second, uid=event.uid) == {}

    async def test_case_49_an_undone_deletion_brings_a_new_id_and_the_old_uid(
        self, desk: Desk
    ) -> None:
        event = await made(desk, at(1))
        _, cursor = await read(desk)
        desk.delete(event.id)
        restored = desk.restore(event.id)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)
        here = await found(desk)

        assert restored != event.id
        assert changes.removed == {event.id}
        assert [item.id for item in changes.items] == [restored]
        assert set(here) == {restored}
        assert (here[restored].item.uid, here[restored].item.interval) == (event.uid, at(1))

    async def test_case_50_a_moved_mailbox_has_other_ids_and_no_cursor(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        series = desk.weekly(at(2), 2)
        before = set(desk.occurrences(series))
        _, cursor = await read(desk)
        desk.move_mailbox()

        with pytest.raises(ResyncRequired):
            await desk.gateway.read_changes(desk.calendar, cursor)
        full, _ = await read(desk)
        here = await found(desk, uid=event.uid)

        assert len(full.items) == 4
        assert not {item.id for item in full.items} & {event.id, series, *before}
        (moved,) = here.values()
        assert moved.item.id != event.id
        assert (moved.item.uid, moved.mark) == (event.uid, MARK)
        assert (await made(desk, at(1))).id == moved.item.id

    async def test_case_50_a_moved_mailbox_may_lose_its_marks(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.move_mailbox(keeps_marks=False)

        (moved,) = (await found(desk, uid=event.uid)).values()

        assert moved.mark is None
        assert await found(desk) == {}

    async def test_occurrences_are_told_with_a_uid(self, desk: Desk) -> None:
        desk.weekly(at(1), 3)

        full, _ = await read(desk)

        assert all(item.uid for item in full.items)

    # --- time: what was written when ---

    async def test_r8_15_each_write_is_told_with_its_time(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.pass_time(60)
        desk.move(event.id, at(2))

        asked = await desk.gateway.get_event(desk.calendar, event.id)
        (told,) = (await read(desk))[0].items
        assert asked is not None
        desk.pass_time(60)
        written = await desk.gateway.update_event(desk.calendar, event.id, interval=at(3))

        assert isinstance(written, OutlookItem)
        assert event.modified == NOW
        assert asked.modified == told.modified == NOW + timedelta(seconds=60)
        assert written.modified == NOW + timedelta(seconds=120)

    async def test_case_59_late_reads_show_the_old_state_with_its_old_etag(
        self, desk: Desk
    ) -> None:
        event = await made(desk, at(1))
        _, cursor = await read(desk)
        desk.lag(3)
        desk.pass_time(5)
        written = await desk.gateway.update_event(desk.calendar, event.id, interval=at(2))
        assert isinstance(written, OutlookItem)

        late = await desk.gateway.read_changes(desk.calendar, cursor)
        asked = await desk.gateway.get_event(desk.calendar, event.id)
        searched = await found(desk)
        (listed,) = (await read(desk))[0].items

        assert late.items == ()
        assert asked == searched[event.id].item == listed
        assert (asked.interval, asked.etag, asked.modified) == (
            event.interval,
            event.etag,
            event.modified,
        )
        desk.pass_time(4)
        assert late.cursor is not None
        caught_up = await desk.gateway.read_changes(desk.calendar, late.cursor)
        assert [item.interval for item in caught_up.items] == [at(2)]
        assert await desk.gateway.get_event(desk.calendar, event.id) == written

    async def test_r8_15_late_reads_do_not_show_what_is_new_and_go_on_showing_what_is_gone(
        self, desk: Desk
    ) -> None:
        old = desk.meet(at(1))
        desk.lag(3)
        _, cursor = await read(desk)
        new = await made(desk, at(2))
        await desk.gateway.delete_event(old)

        assert await desk.gateway.get_event(desk.calendar, new.id) is None
        assert await desk.gateway.get_event(desk.calendar, old) is not None
        assert await found(desk) == {}
        desk.pass_time(4)
        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert [item.id for item in changes.items] == [new.id]
        assert changes.removed == {old}
