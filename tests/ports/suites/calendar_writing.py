"""What every ``CalendarGateway`` writes."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.engine.items import EventContent, OutlookItem, OutlookKind, Refusal
from sync.errors import (
    Changed,
    Gone,
)
from sync.words import Interval, ShowAs
from tests.ports.suites.outlook_desk import MARK, NOW, STATE, Desk, at, found, made, read


class WritingContract:
    """Events and subscriptions."""

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

    async def test_r11_5_a_mark_finds_the_events_where_transactions_are_forgotten(
        self, desk: Desk
    ) -> None:
        first = await made(desk, at(1))
        desk.forget_transactions()
        desk.pass_time(1)
        second = await made(desk, at(1))

        both = await found(desk)

        assert set(both) == {first.id, second.id}
        born = [both[item.id].created for item in (first, second)]
        assert born[0] is not None
        assert born[1] is not None
        assert born[0] < born[1]

    async def test_r8_10_an_event_is_found_by_its_mark_or_its_uid_and_told_whole(
        self, desk: Desk
    ) -> None:
        event = await made(desk, at(1))
        meeting = desk.meet(at(2))
        asked = await desk.gateway.get_event(desk.calendar, meeting)
        assert asked is not None

        by_mark = await found(desk, uid=None)
        by_uid = await found(desk, "none", uid=asked.uid)
        by_both = await found(desk, uid=asked.uid)
        by_nothing = await found(desk, "none", uid="none")

        assert set(by_mark) == {event.id}
        assert (by_mark[event.id].item, by_mark[event.id].mark) == (event, MARK)
        assert set(by_uid) == {meeting}
        assert (by_uid[meeting].item, by_uid[meeting].mark) == (asked, None)
        assert set(by_both) == {event.id, meeting}
        assert by_nothing == {}

    async def test_r8_10_a_series_is_found_by_its_master(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.make_series(event.id)

        (result,) = (await found(desk, uid=event.uid)).values()

        assert (result.item.id, result.item.kind) == (event.id, OutlookKind.MASTER)

    async def test_a_mark_is_matched_whole(self, desk: Desk) -> None:
        await made(desk, at(1), mark=f"{MARK}1")

        assert await found(desk) == {}
        assert await found(desk, calendar=desk.second) == {}

    async def test_a_mark_and_a_uid_with_a_quote_are_data(self, desk: Desk) -> None:
        mark = "o'mark' or 1 eq 1"
        written = await made(desk, at(1), mark=mark)
        await made(desk, at(2), transaction="00000000-0000-4000-8000-000000000002")

        assert set(await found(desk, mark, uid=mark)) == {written.id}

    async def test_r8_11_a_copy_bears_the_mark_and_a_uid_of_its_own(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        copied = desk.copy(event.id)

        both = await found(desk, uid=event.uid)
        desk.delete(event.id)
        left = await found(desk, uid=event.uid)

        assert set(both) == {event.id, copied}
        assert both[event.id].item.uid == event.uid
        assert both[copied].item.uid not in {None, event.uid}
        assert [(one.item.id, one.mark) for one in left.values()] == [(copied, MARK)]

    # --- changing and deleting ---

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

    async def test_an_update_of_the_text_leaves_the_time(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        desk.make_all_day(event.id)
        content = EventContent(subject="Lee - Massage", body_html="<p>New</p>")

        updated = await desk.gateway.update_event(desk.calendar, event.id, content=content)

        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        assert isinstance(updated, OutlookItem)
        assert (updated.subject, updated.is_all_day) == ("Lee - Massage", True)
        assert updated.interval == Interval(midnight, midnight + timedelta(days=1))

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

    async def test_deleting_works_in_any_calendar(self, desk: Desk) -> None:
        event = await made(desk, at(1))
        dragged = desk.drag(event.id, desk.second)

        assert await desk.gateway.delete_event(dragged) is None

        assert await found(desk, calendar=desk.second) == {}

    async def test_r8_10_deleting_what_is_not_there_says_so(self, desk: Desk) -> None:
        deleted, dragged = await made(desk, at(1)), desk.meet(at(2))
        await desk.gateway.delete_event(deleted.id)
        desk.drag(dragged, desk.second)

        for item in (deleted.id, dragged):
            with pytest.raises(Gone):
                await desk.gateway.delete_event(item)

    # --- subscriptions ---

    async def test_r11_3_there_is_one_subscription_for_a_calendar(self, desk: Desk) -> None:
        until = NOW + timedelta(days=6)
        await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=until)

        second = await desk.gateway.subscribe(desk.calendar, client_state=STATE, expires_at=until)
        assert second.calendar_id == desk.calendar

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
