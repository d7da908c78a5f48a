"""The Outlook in memory under the contract of the real gateway."""

from datetime import timedelta

import pytest

from sync.engine.items import EventContent, OutlookItem, Refusal
from sync.errors import AuthorizationLost, Changed, MailboxLost, Unavailable, Unreadable
from sync.words import CalendarId, Interval, OutlookItemId, PersonKey, ShowAs
from tests.fakes.clock import FakeClock
from tests.fakes.outlook import FakeOutlook
from tests.ports.suites.booking_gateway import ANN, BEN
from tests.ports.suites.calendar_gateway import (
    MARK,
    NOW,
    STATE,
    WINDOW,
    CalendarGatewayContract,
    Desk,
    at,
    found,
    made,
    read,
)


class FakeDesk(Desk):
    """The fake, acted upon directly."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.fake = FakeOutlook(self.clock)
        self.calendar = self.fake.add_person(ANN)
        self.second = self.fake.add_calendar(ANN, "Second")
        self.fake.add_calendar(ANN, "Ben", owner="ben@example.org", can_edit=False)
        self.fake.add_person(BEN)
        self.gateway = self.fake.open(ANN)

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
        return self.fake.meet(
            ANN,
            interval,
            calendar=calendar,
            subject=subject,
            body=body or None,
            show_as=show_as,
            has_attendees=attended,
        )

    def weekly(self, interval: Interval, count: int, *, subject: str = "Team") -> OutlookItemId:
        return self.fake.repeat(ANN, interval, count=count, subject=subject)

    def occurrences(self, series_id: OutlookItemId) -> tuple[OutlookItemId, ...]:
        return self.fake.occurrences(ANN, series_id)

    def move(self, item_id: OutlookItemId, interval: Interval) -> None:
        self.fake.move(ANN, item_id, interval)

    def make_private(self, item_id: OutlookItemId) -> None:
        self.fake.make_private(ANN, item_id)

    def make_all_day(self, item_id: OutlookItemId) -> None:
        self.fake.make_all_day(ANN, item_id)

    def make_series(self, item_id: OutlookItemId) -> None:
        self.fake.make_series(ANN, item_id)

    def decline(self, item_id: OutlookItemId) -> None:
        self.fake.edit(ANN, item_id, is_declined=True)

    def delete(self, item_id: OutlookItemId) -> None:
        self.fake.delete(ANN, item_id)

    def drag(self, item_id: OutlookItemId, calendar: CalendarId) -> OutlookItemId:
        return self.fake.drag(ANN, item_id, calendar)

    def copy(self, item_id: OutlookItemId) -> OutlookItemId:
        return self.fake.copy(ANN, item_id)

    def restore(self, item_id: OutlookItemId) -> OutlookItemId:
        return self.fake.restore(ANN, item_id)

    def move_mailbox(self, *, keeps_marks: bool = True) -> None:
        self.fake.move_mailbox(ANN, keeps_marks=keeps_marks)

    def lag(self, seconds: float) -> None:
        self.fake.lag(ANN, seconds)

    def spoil(self, item_id: OutlookItemId) -> None:
        self.fake.spoil(ANN, item_id)

    def ail(self, thing: str) -> None:
        self.fake.trouble[thing] = lambda: Unreadable("no", code="http_403")

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def delete_calendar(self, calendar: CalendarId) -> None:
        self.fake.delete_calendar(ANN, calendar)

    def lose_mailbox(self) -> None:
        self.fake.lose(ANN, MailboxLost)

    def refuse_tokens(self) -> None:
        self.fake.lose(ANN, AuthorizationLost)

    def expire_cursors(self) -> None:
        self.fake.expire_cursors(ANN)

    def forget_transactions(self) -> None:
        self.fake.forgets_transactions = True

    def end_subscriptions(self) -> None:
        self.fake.end_subscriptions(ANN)

    def subscriptions(self) -> tuple[str, ...]:
        return tuple(subscription.id for subscription in self.fake.subscriptions(ANN))


class TestFakeOutlook(CalendarGatewayContract):
    """The contract, and what only the fake offers."""

    @pytest.fixture
    def desk(self) -> FakeDesk:
        return FakeDesk()

    async def test_a_hook_before_a_call_stops_it(self, desk: FakeDesk) -> None:
        def fail(call: str, person: PersonKey) -> None:
            raise Unavailable(f"{call} {person}")

        desk.fake.before = fail

        with pytest.raises(Unavailable, match=r"create_event acc-1:ann"):
            await made(desk, at(1))
        assert desk.fake.items(ANN) == ()

    async def test_a_hook_after_a_call_leaves_its_effect(self, desk: FakeDesk) -> None:
        def fail(call: str, person: PersonKey) -> None:
            raise Unavailable(f"{call} {person}")

        desk.fake.after = fail

        with pytest.raises(Unavailable):
            await made(desk, at(1))
        assert len(desk.fake.items(ANN)) == 1

    async def test_calls_and_writes_are_counted(self, desk: FakeDesk) -> None:
        await desk.gateway.calendars()
        await made(desk, at(1))

        assert desk.fake.calls == {"calendars": 1, "create_event": 1}
        assert desk.fake.writes == 1

    async def test_a_stale_feed_tells_later(self, desk: FakeDesk) -> None:
        _, cursor = await read(desk)
        item = desk.meet(at(1))
        desk.fake.stale.add(ANN)

        late = await desk.gateway.read_changes(desk.calendar, cursor)
        desk.fake.stale.clear()
        assert late.cursor is not None
        caught_up = await desk.gateway.read_changes(desk.calendar, late.cursor)

        assert late.items == ()
        assert [told.id for told in caught_up.items] == [item]

    async def test_a_repeating_feed_tells_old_changes_again(self, desk: FakeDesk) -> None:
        item = desk.meet(at(1))
        _, cursor = await read(desk)
        desk.fake.repeats = 5

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert [told.id for told in changes.items] == [item]

    async def test_r8_10_a_false_removal_is_told_once(self, desk: FakeDesk) -> None:
        item = desk.meet(at(1))
        _, cursor = await read(desk)
        desk.fake.false_removals.add(item)

        first = await desk.gateway.read_changes(desk.calendar, cursor)
        second = await desk.gateway.read_changes(desk.calendar, cursor)

        assert first.removed == {item}
        assert second.removed == frozenset()
        assert await desk.gateway.get_event(desk.calendar, item) is not None

    async def test_chosen_items_are_refused(self, desk: FakeDesk) -> None:
        event = await made(desk, at(1))
        no = Refusal(code="bad_request", detail="No.")
        desk.fake.refused = {event.id: no, "Never": no}

        assert await desk.gateway.update_event(desk.calendar, event.id, interval=at(2)) == no
        assert await desk.gateway.delete_event(event.id) == no
        assert no == await desk.gateway.create_event(
            desk.calendar,
            content=EventContent(subject="Never", body_html=""),
            interval=at(1),
            mark=MARK,
            transaction_id="00000000-0000-4000-8000-000000000009",
        )

    async def test_a_live_subscription_is_told_of_changes(self, desk: FakeDesk) -> None:
        told: list[tuple[str, str]] = []
        desk.fake.on_change = lambda subscription, state: told.append((subscription, state))
        made_one = await desk.gateway.subscribe(
            desk.calendar, client_state=STATE, expires_at=NOW + timedelta(days=1)
        )
        desk.meet(at(1))
        desk.meet(at(1), calendar=desk.second)
        desk.clock.advance(timedelta(days=2).total_seconds())
        desk.meet(at(5))

        assert told == [(made_one.id, STATE)]

    async def test_a_renewed_calendar_id_keeps_the_events(self, desk: FakeDesk) -> None:
        event = await made(desk, at(1))

        renewed = desk.fake.renew_calendar_id(ANN, desk.calendar)

        assert set(await found(desk, calendar=renewed)) == {event.id}

    async def test_a_feed_under_a_renewed_id_tells_what_no_read_showed_yet(
        self, desk: FakeDesk
    ) -> None:
        moved, deleted = desk.meet(at(1)), desk.meet(at(2))
        desk.fake.lag(ANN, 3)
        desk.fake.move(ANN, moved, at(5))
        desk.fake.delete(ANN, deleted)
        renewed = desk.fake.renew_calendar_id(ANN, desk.calendar)
        full = await desk.gateway.read_all(renewed, Interval(NOW, NOW + timedelta(days=90)))

        desk.clock.advance(3)
        changes = await desk.gateway.read_changes(renewed, str(full.cursor))

        assert [item.interval for item in full.items] == [at(1), at(2)]
        assert [item.interval for item in changes.items] == [at(5)]
        assert changes.removed == {deleted}

    async def test_a_dragged_series_goes_as_a_whole(self, desk: FakeDesk) -> None:
        series = desk.weekly(at(1), 3)

        dragged = desk.drag(series, desk.second)

        full = await desk.gateway.read_all(desk.second, Interval(NOW, NOW + timedelta(days=90)))
        assert set(full.series) == {dragged}
        assert len(full.series[dragged]) == 3
        assert desk.fake.marked(ANN, MARK) == ()

    async def test_a_moved_mailbox_may_tell_of_it_in_the_feed(self, desk: FakeDesk) -> None:
        event = await made(desk, at(1))
        _, cursor = await read(desk)

        renamed = desk.fake.move_mailbox(ANN, feed_tells=True)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)
        assert changes.removed == {event.id}
        assert [item.id for item in changes.items] == [renamed[event.id]]
        assert changes.items[0].modified == event.modified

    async def test_r10_6_trouble_ends_when_it_is_taken_away(self, desk: FakeDesk) -> None:
        ill = desk.meet(at(1))
        desk.ail(ill)

        del desk.fake.trouble[ill]

        assert await desk.gateway.get_event(desk.calendar, ill) is not None

    async def test_case_55_the_list_of_one_person_may_be_in_trouble(self, desk: FakeDesk) -> None:
        desk.ail(f"calendars {ANN}")

        with pytest.raises(Unreadable):
            await desk.gateway.calendars()
        assert await desk.fake.open(BEN).calendars()

    async def test_case_52_a_vanished_event_is_shown_by_the_feed_alone(
        self, desk: FakeDesk
    ) -> None:
        always, once = desk.meet(at(1)), desk.meet(at(2))
        desk.fake.vanished.add(always)
        desk.fake.vanished_once.add(once)

        answers = [
            await desk.gateway.get_event(desk.calendar, item)
            for item in (always, always, once, once)
        ]

        assert [answer is None for answer in answers] == [True, True, True, False]
        assert {item.id for item in (await read(desk))[0].items} == {always, once}

    async def test_case_66_a_spoilt_item_is_told_with_its_problem(self, desk: FakeDesk) -> None:
        item = desk.meet(at(1))
        desk.fake.spoil(ANN, item)

        (told,) = (await read(desk))[0].items
        desk.fake.spoil(ANN, item, None)
        mended = await desk.gateway.get_event(desk.calendar, item)

        assert told.problem == "unreadable_time"
        assert told.interval != at(1)
        assert mended is not None
        assert (mended.problem, mended.interval) == (None, at(1))

    async def test_case_70_a_write_may_fail_for_good(self, desk: FakeDesk) -> None:
        event = await made(desk, at(1))
        desk.fake.write_trouble[event.id] = lambda: Changed("412")

        with pytest.raises(Changed):
            await desk.gateway.update_event(desk.calendar, event.id, interval=at(2))
        with pytest.raises(Changed):
            await desk.gateway.delete_event(event.id)
        assert await desk.gateway.get_event(desk.calendar, event.id) == event

    async def test_case_71_one_bad_moment_passes(self, desk: FakeDesk) -> None:
        desk.fake.lose_next(ANN, [MailboxLost("404"), Unreadable("403")])

        with pytest.raises(MailboxLost):
            await desk.gateway.calendars()
        with pytest.raises(Unreadable):
            await desk.gateway.calendars()
        assert await desk.gateway.calendars()

    async def test_a_plain_read_gives_no_cursor(self, desk: FakeDesk) -> None:
        item = desk.meet(at(1))

        plain = await desk.gateway.read_all(desk.calendar, WINDOW, plain=True)

        assert plain.cursor is None
        assert [told.id for told in plain.items] == [item]

    async def test_r8_14_written_times_may_be_rounded(self, desk: FakeDesk) -> None:
        desk.fake.rounding = lambda span: Interval(span.start, span.start + timedelta(hours=2))

        event = await made(desk, at(1))

        assert event.interval == at(1, hours=2)

    async def test_r8_15_the_end_of_a_lag_shows_everything(self, desk: FakeDesk) -> None:
        _, cursor = await read(desk)
        desk.lag(60)
        item = desk.meet(at(1))
        desk.lag(0)

        changes = await desk.gateway.read_changes(desk.calendar, cursor)

        assert [told.id for told in changes.items] == [item]

    async def test_modified_is_told_as_finely_as_wanted(self, desk: FakeDesk) -> None:
        desk.clock.advance(0.25)
        coarse = await made(desk, at(1))
        desk.fake.modified_grain = timedelta(0)
        fine = await desk.gateway.update_event(desk.calendar, coarse.id, interval=at(2))

        assert isinstance(fine, OutlookItem)
        assert coarse.modified == NOW
        assert fine.modified == NOW + timedelta(seconds=0.25)
