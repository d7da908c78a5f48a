"""What every ``LedgerRepository`` has to do: run on the fake and on the tables.

A subclass gives the fixture ``ledger``, empty and with the clock of the fixture ``clock``.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sync.engine.links import (
    Base,
    Hold,
    Intent,
    Kind,
    Known,
    Link,
    Op,
    Side,
    Why,
    booking_key,
    outlook_key,
)
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction, Tell
from sync.errors import LeaseLost
from sync.ports import Cursors, Lease, Ledger, LedgerChange, LedgerRepository, Opened
from sync.words import (
    AccountId,
    BookingItemId,
    CalendarId,
    Interval,
    LinkKey,
    OutlookItemId,
    PersonKey,
    StaffId,
)
from tests.fakes.clock import START, FakeClock

ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
BEN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ben"))
HOUR = timedelta(hours=1)
INTERVAL = Interval(START, START + HOUR)
WEEK = timedelta(weeks=1)
CURSORS = Cursors(outlook="outlook", booking="booking", anchored=INTERVAL, read_at=START)
INTENT = Intent(op=Op.WRITE, side=Side.OUTLOOK, interval=INTERVAL, text="wanted")
HOLD = Hold(why=Why.BEYOND, since=START)


def link(number: int, *, at: datetime = START) -> Link:
    """Gives a Link of an Appointment of an hour whose sides agree."""
    item_id = BookingItemId(f"item-{number:04}")
    interval = Interval(at, at + HOUR)
    return Link(
        key=booking_key(item_id),
        origin=Side.BOOKING,
        kind=Kind.APPOINTMENT,
        interval=interval,
        booking_id=item_id,
        outlook_id=OutlookItemId(f"event-{number:04}"),
        base=Base(
            booking=Known(version="1", interval=interval),
            outlook=Known(version="e1", interval=interval),
            interval=interval,
            text="written",
        ),
    )


def entry(title: str, *, age: timedelta = timedelta()) -> ActivityEntry:
    """Gives an activity line of so long ago."""
    return ActivityEntry(
        at=START - age,
        direction=Direction.TO_OUTLOOK,
        action=ActivityAction.CREATED,
        result=ActivityResult.OK,
        title=title,
        start=START,
    )


def tell(title: str) -> Tell:
    """Gives something to tell."""
    return Tell(title=title, tried="moved", reason="taken", now="put back", state="s", old=INTERVAL)


async def opened(ledger: LedgerRepository, person: PersonKey = ANN, seconds: float = 60) -> Opened:
    """Opens a ledger that is free."""
    found = await ledger.open(person, seconds=seconds)
    assert found is not None
    return found


async def taken(ledger: LedgerRepository, person: PersonKey = ANN, seconds: float = 60) -> Lease:
    """Takes a lease that is free."""
    return (await opened(ledger, person, seconds)).lease


def sorted_links(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Puts Links into the order of their keys: the ledger promises none."""
    return tuple(sorted(links, key=lambda each: each.key))


async def links_of(ledger: LedgerRepository, person: PersonKey = ANN) -> tuple[Link, ...]:
    """Reads all Links in the order of their keys."""
    return sorted_links((await ledger.read(person)).links)


async def titles(ledger: LedgerRepository, *, limit: int = 10) -> list[str]:
    """Reads the titles of all activity, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await ledger.activity(ANN, cursor=cursor, limit=limit)
        found += [line.title for _, line in page]
        assert len(page) <= limit
        if not page:
            return found
        cursor = page[-1][0]


class LedgerContract:
    """The suite."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    # --- the lease ---

    async def test_r11_2_a_lease_is_held_by_one(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)

        assert await ledger.open(ANN, seconds=60) is None
        assert lease.person == ANN
        assert lease.expires_at == START + timedelta(minutes=1)

    async def test_r11_2_of_many_who_ask_at_once_one_gets_the_lease(
        self, ledger: LedgerRepository
    ) -> None:
        first = await asyncio.gather(*(ledger.open(ANN, seconds=60) for _ in range(12)))
        held = [found.lease for found in first if found is not None]
        assert len(held) == 1
        await ledger.close(held[0])

        second = await asyncio.gather(*(ledger.open(ANN, seconds=60) for _ in range(12)))

        assert sum(found is not None for found in second) == 1

    async def test_a_lease_is_one_persons(self, ledger: LedgerRepository) -> None:
        await taken(ledger, ANN)

        assert await ledger.open(BEN, seconds=60) is not None

    async def test_a_released_lease_can_be_taken_at_once(self, ledger: LedgerRepository) -> None:
        await ledger.close(await taken(ledger))

        assert await ledger.open(ANN, seconds=60) is not None

    async def test_a_lease_that_ran_out_can_be_taken_under_a_new_token(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        old = await taken(ledger, seconds=60)
        clock.advance(60)

        new = await taken(ledger)

        assert new.token != old.token

    async def test_r11_5_a_lease_that_a_clock_an_hour_ahead_has_dated_holds_up_nobody(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        clock.advance(3600)
        old = await taken(ledger, seconds=60)
        clock.advance(-3600)

        await taken(ledger)

        with pytest.raises(LeaseLost):
            await ledger.record(old, LedgerChange(keep=(link(1),)))

    async def test_r11_5_a_lease_that_was_never_given_back_shows_at_the_next(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        first = await opened(ledger, seconds=60)
        await ledger.close(first.lease)
        second = await opened(ledger, seconds=60)
        clock.advance(60)

        third = await opened(ledger)

        assert [first.was_cut, second.was_cut, third.was_cut] == [False, False, True]

    async def test_a_prolonged_lease_keeps_its_token_and_is_held_longer(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        lease = await taken(ledger, seconds=60)
        clock.advance(50)

        prolonged = await ledger.prolong(lease, seconds=60)
        clock.advance(50)

        assert prolonged.token == lease.token
        assert prolonged.expires_at == START + timedelta(seconds=110)
        assert await ledger.open(ANN, seconds=60) is None

    async def test_a_lease_that_ran_out_but_was_not_taken_still_holds(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        lease = await taken(ledger, seconds=60)
        clock.advance(3600)

        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await ledger.prolong(lease, seconds=60)

        assert await ledger.open(ANN, seconds=60) is None

    async def test_a_released_lease_holds_no_more(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.close(lease)

        with pytest.raises(LeaseLost):
            await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await ledger.close(lease)

    async def test_r11_2_a_lease_taken_over_fences_every_write(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        old = await taken(ledger, seconds=60)
        await ledger.record(old, LedgerChange(keep=(link(1),), tells=(tell("t"),)))
        clock.advance(61)
        await taken(ledger)

        with pytest.raises(LeaseLost):
            await ledger.record(old, LedgerChange(keep=(link(2),), activity=(entry("e"),)))
        with pytest.raises(LeaseLost):
            await ledger.record(old, LedgerChange(drop=(link(1).key,)))
        with pytest.raises(LeaseLost):
            await ledger.forget_cursors(old)
        with pytest.raises(LeaseLost):
            await ledger.bundle_tells(old, "bundle")
        with pytest.raises(LeaseLost):
            await ledger.prolong(old, seconds=60)

        assert await ledger.read(ANN) == Ledger(links=(link(1),), cursors=None)
        assert await titles(ledger) == []
        assert await ledger.open_bundles(ANN) == ()

    async def test_releasing_a_lost_lease_leaves_the_new_holder_alone(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        old = await taken(ledger, seconds=60)
        clock.advance(61)
        new = await taken(ledger)

        await ledger.close(old)

        assert await ledger.open(ANN, seconds=60) is None
        await ledger.record(new, LedgerChange(keep=(link(1),)))

    # --- Links and cursors ---

    async def test_nothing_is_kept_for_a_new_person(self, ledger: LedgerRepository) -> None:
        assert await ledger.read(ANN) == Ledger(links=(), cursors=None)
        assert await ledger.activity(ANN, cursor=None, limit=5) == ()
        assert await ledger.open_bundles(ANN) == ()

    async def test_a_link_comes_back_with_all_it_had(self, ledger: LedgerRepository) -> None:
        item_id = OutlookItemId("AAMkAG/+=#?\\Äö" * 20)
        odd = Interval(START + timedelta(microseconds=1), START + HOUR)
        full = Link(
            key=outlook_key(item_id),
            origin=Side.OUTLOOK,
            kind=Kind.MEETING,
            interval=odd,
            booking_id=BookingItemId("b/1"),
            outlook_id=item_id,
            uid="040000008200E00074C5B7101A82E008" * 4,
            series=OutlookItemId("series"),
            generation="3",
            made=START,
            base=Base(
                booking=Known(version="7", interval=odd, older=("5", "6")),
                outlook=Known(version='W/"äöü"', interval=INTERVAL, modified=START),
                interval=odd,
                text="fingerprint",
            ),
            intent=replace(INTENT, op=Op.DELETE),
            hold=Hold(
                why=Why.TAKEN,
                since=START,
                at=START,
                of="o",
                tries=2**40,
                code="slot_taken",
                over=HOLD,
            ),
            told="told",
            leaves=CalendarId("before"),
        )
        lease = await taken(ledger)

        await ledger.record(lease, LedgerChange(keep=(full,)))

        assert await links_of(ledger) == (full,)

    async def test_a_key_with_any_characters_goes(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        keys = [LinkKey(text) for text in ("b-a/b", "b-a\\b", "b-#?", "b-ä\n", "b-" + "x" * 900)]
        links = tuple(replace(link(1), key=key) for key in keys)

        await ledger.record(lease, LedgerChange(keep=links))
        await ledger.record(lease, LedgerChange(drop=tuple(keys[1:])))

        assert await links_of(ledger) == links[:1]

    async def test_a_link_is_replaced_and_dropped(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1), link(2))))
        replaced = replace(link(1), base=None, told="told")

        await ledger.record(lease, LedgerChange(keep=(replaced,), drop=(link(2).key,)))

        assert await links_of(ledger) == (replaced,)

    async def test_r11_5_a_link_has_an_intent_and_then_has_none(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1), link(2), link(3))))
        intended = (replace(link(1), intent=INTENT), replace(link(2), hold=HOLD))

        await ledger.record(lease, LedgerChange(keep=intended))
        await ledger.close(lease)
        again = await opened(ledger)
        assert sorted_links(again.ledger.links) == (*intended, link(3))
        moved = link(1, at=START + 3 * WEEK)
        await ledger.record(again.lease, LedgerChange(keep=(moved,), drop=(link(2).key,)))

        assert await links_of(ledger) == (moved, link(3))
        await ledger.close(again.lease)
        assert sorted_links((await opened(ledger)).ledger.links) == (moved, link(3))

    async def test_links_are_read_while_one_of_their_spans_is_ahead(
        self, ledger: LedgerRepository
    ) -> None:
        past = link(1, at=START - 3 * WEEK)
        waiting = replace(link(2, at=START - 3 * WEEK), hold=HOLD)
        assert past.base is not None
        moved = replace(
            link(3, at=START - 3 * WEEK),
            base=replace(past.base, outlook=Known(version="e", interval=INTERVAL)),
        )
        last_week, far = link(4, at=START - WEEK), link(5, at=START + 80 * WEEK)
        links = (past, waiting, moved, last_week, far)
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=links))
        await ledger.close(lease)

        ahead = (await opened(ledger)).ledger.links

        assert sorted_links(ahead) == links[1:]
        assert await ledger.passed(ANN) == (past,)
        assert await links_of(ledger) == links

    async def test_weeks_pass(self, ledger: LedgerRepository, clock: FakeClock) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1), link(2, at=START + WEEK))))
        await ledger.close(lease)
        clock.advance(WEEK.total_seconds())
        one = await opened(ledger)
        await ledger.close(one.lease)

        clock.advance(WEEK.total_seconds())
        two = await opened(ledger)

        assert sorted_links(one.ledger.links) == (link(1), link(2, at=START + WEEK))
        assert two.ledger.links == (link(2, at=START + WEEK),)
        assert await ledger.passed(ANN) == (link(1),)

    async def test_a_link_of_a_week_that_has_passed_is_written_and_dropped(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        past = tuple(link(number, at=START - 5 * WEEK) for number in range(4))
        await ledger.record(lease, LedgerChange(keep=past))
        await ledger.close(lease)
        lease = await taken(ledger)

        touched = replace(past[1], told="told")
        await ledger.record(lease, LedgerChange(keep=(touched,)))
        await ledger.record(lease, LedgerChange(drop=(past[2].key,)))
        assert sorted_links(await ledger.passed(ANN)) == (past[0], touched, past[3])
        await ledger.record(lease, LedgerChange(keep=(link(3),)))

        assert await links_of(ledger) == (past[0], touched, link(3))
        assert sorted_links(await ledger.passed(ANN)) == (past[0], touched)

    async def test_hundreds_of_links_of_one_week_are_kept(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        links = tuple(link(number) for number in range(1080))
        for start in range(0, len(links), 60):
            await ledger.record(lease, LedgerChange(keep=links[start : start + 60]))

        assert await links_of(ledger) == links
        await ledger.close(lease)
        again = await opened(ledger)
        assert sorted_links(again.ledger.links) == links
        touched = replace(links[700], told="told")
        await ledger.record(again.lease, LedgerChange(keep=(touched,), drop=(links[3].key,)))

        expected = tuple(touched if each.key == touched.key else each for each in links)
        assert await links_of(ledger) == (*expected[:3], *expected[4:])

    async def test_hundreds_of_links_wait_at_once(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        links = tuple(replace(link(number), intent=INTENT) for number in range(600))
        for start in range(0, len(links), 100):
            await ledger.record(lease, LedgerChange(keep=links[start : start + 100]))
        done = tuple(link(number) for number in range(500))
        await ledger.record(lease, LedgerChange(keep=done))

        await ledger.close(lease)
        assert sorted_links((await opened(ledger)).ledger.links) == (*done, *links[500:])

    async def test_dropping_what_is_not_there_does_not_hold_up_the_rest(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        gone = tuple(link(number).key for number in range(5))

        await ledger.record(lease, LedgerChange(keep=(link(7),), drop=gone))

        assert await links_of(ledger) == (link(7),)

    async def test_links_are_one_persons(self, ledger: LedgerRepository) -> None:
        await ledger.record(await taken(ledger, ANN), LedgerChange(keep=(link(1),)))

        assert await links_of(ledger, BEN) == ()

    async def test_a_record_takes_sixty_lines_and_no_more(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        full = LedgerChange(keep=(link(1),), activity=(entry("e"),) * 30, tells=(tell("t"),) * 30)

        await ledger.record(lease, full)
        with pytest.raises(ValueError, match="61 lines"):
            await ledger.record(lease, replace(full, activity=(entry("e"),) * 31))

        assert await links_of(ledger) == (link(1),)
        assert await titles(ledger) == ["e"] * 30

    async def test_a_record_names_a_link_once(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)

        with pytest.raises(ValueError, match="twice"):
            await ledger.record(lease, LedgerChange(keep=(link(1),), drop=(link(1).key,)))
        with pytest.raises(ValueError, match="twice"):
            await ledger.record(lease, LedgerChange(keep=(link(1), link(1))))

    async def test_an_empty_record_is_fine(self, ledger: LedgerRepository) -> None:
        await ledger.record(await taken(ledger), LedgerChange())

        assert await ledger.read(ANN) == Ledger(links=(), cursors=None)

    async def test_records_of_one_lease_at_once_are_all_written(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)

        await asyncio.gather(
            *(
                ledger.record(
                    lease, LedgerChange(keep=(link(number),), activity=(entry(f"{number}"),))
                )
                for number in range(8)
            )
        )

        assert len(await links_of(ledger)) == 8
        assert len(await titles(ledger)) == 8

    async def test_cursors_of_any_length_are_kept_and_forgotten(
        self, ledger: LedgerRepository
    ) -> None:
        long = Cursors(
            outlook="ö" * 100_000, booking="b" * 40_000, anchored=INTERVAL, read_at=START
        )
        none = replace(CURSORS, outlook=None)

        for cursors in (long, CURSORS, none):
            await ledger.close(await taken(ledger), cursors=cursors)
            found = await opened(ledger)
            assert found.ledger.cursors == cursors
            assert (await ledger.read(ANN)).cursors == cursors
            await ledger.close(found.lease)
        found = await opened(ledger)
        assert found.ledger.cursors == none
        await ledger.forget_cursors(found.lease)
        await ledger.forget_cursors(found.lease)
        await ledger.close(found.lease)

        assert (await opened(ledger)).ledger.cursors is None

    async def test_r8_4_outlooks_cursor_is_forgotten_and_the_booking_products_stays(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        await ledger.forget_cursors(lease, only_outlook=True)
        await ledger.close(lease)
        assert (await ledger.read(ANN)).cursors is None

        await ledger.close(await taken(ledger), cursors=CURSORS)
        found = await opened(ledger)
        await ledger.forget_cursors(found.lease, only_outlook=True)
        await ledger.forget_cursors(found.lease, only_outlook=True)
        await ledger.close(found.lease)

        assert (await opened(ledger)).ledger.cursors == replace(CURSORS, outlook=None)

    # --- wishes ---

    async def test_r11_2_the_first_wish_needs_a_job_and_the_others_not(
        self, ledger: LedgerRepository
    ) -> None:
        assert await ledger.want(ANN)
        assert [await ledger.want(ANN) for _ in range(5)] == [False] * 5
        assert await ledger.want(BEN)

    async def test_r11_2_a_storm_needs_one_job(self, ledger: LedgerRepository) -> None:
        first = await asyncio.gather(*(ledger.want(ANN) for _ in range(50)))
        await taken(ledger)
        second = await asyncio.gather(*(ledger.want(ANN) for _ in range(50)))

        assert first.count(True) == 1
        assert second.count(True) == 1

    async def test_r11_2_a_wish_after_the_start_needs_another_job(
        self, ledger: LedgerRepository
    ) -> None:
        await ledger.want(ANN)

        await taken(ledger)

        assert await ledger.want(ANN)
        assert not await ledger.want(ANN)

    async def test_r11_3_a_wish_that_no_job_came_for_counts_as_lost(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        await ledger.want(ANN)
        clock.advance(59)
        assert not await ledger.want(ANN)

        clock.advance(1)

        assert await ledger.want(ANN)
        assert not await ledger.want(ANN)

    async def test_r11_2_closing_tells_of_a_job_turned_away_since_opening(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        # The job of a wish comes by itself: only one that was turned away needs another.
        await ledger.want(ANN)
        assert not await ledger.close(lease, cursors=CURSORS)

        lease = await taken(ledger)
        assert await ledger.open(ANN, seconds=60) is None

        assert await ledger.close(lease, cursors=replace(CURSORS, booking="new"))
        found = await opened(ledger)
        assert found.ledger.cursors == replace(CURSORS, booking="new")
        assert not await ledger.close(found.lease)

    async def test_a_lease_that_was_lost_closes_nothing(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        old = await taken(ledger)
        clock.advance(61)
        new = await taken(ledger)
        assert await ledger.open(ANN, seconds=60) is None

        assert not await ledger.close(old, cursors=CURSORS)

        assert (await ledger.read(ANN)).cursors is None
        assert await ledger.close(new)

    # --- echoes ---

    async def test_our_own_versions_are_known(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        assert not await ledger.wrote(ANN, "e1")

        await ledger.record(lease, LedgerChange(echoes=('W/"e1"', "7")))

        assert await ledger.wrote(ANN, 'W/"e1"')
        assert await ledger.wrote(ANN, "7")
        assert not await ledger.wrote(ANN, "8")
        assert not await ledger.wrote(BEN, "7")

    async def test_a_version_that_was_heard_is_known_before_it_is_recorded(
        self, ledger: LedgerRepository
    ) -> None:
        ledger.heard(ANN, "e1")

        assert await ledger.wrote(ANN, "e1")
        assert not await ledger.wrote(BEN, "e1")

    async def test_while_a_sync_runs_nobody_knows_what_it_is_about_to_note(
        self, ledger: LedgerRepository
    ) -> None:
        assert await ledger.wrote(ANN, "e1") is False
        lease = await taken(ledger)
        assert await ledger.wrote(ANN, "e1") is None
        assert await ledger.wrote(BEN, "e1") is False
        await ledger.record(lease, LedgerChange(echoes=("e1",)))
        assert await ledger.wrote(ANN, "e1") is True

        await ledger.close(lease)

        assert await ledger.wrote(ANN, "e1") is True
        assert await ledger.wrote(ANN, "e2") is False
        await taken(ledger)
        assert await ledger.wrote(ANN, "e1") is True

    async def test_the_newest_versions_are_known(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        for number in range(25):
            await ledger.record(
                lease, LedgerChange(echoes=tuple(f"{number}.{part}" for part in range(10)))
            )

        assert not await ledger.wrote(ANN, "4.9")
        assert await ledger.wrote(ANN, "5.0")
        assert await ledger.wrote(ANN, "24.9")

    # --- activity ---

    async def test_r12_1_activity_is_read_newest_first_page_by_page(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(
            lease, LedgerChange(activity=(entry("old", age=HOUR), entry("a"), entry("b")))
        )
        await ledger.record(
            lease, LedgerChange(activity=(entry("c"), entry("older", age=2 * HOUR)))
        )

        page = await ledger.activity(ANN, cursor=None, limit=2)
        # What is written meanwhile doesn't move the pages.
        await ledger.record(lease, LedgerChange(activity=(entry("d"),)))
        rest = await ledger.activity(ANN, cursor=page[-1][0], limit=9)

        assert [line for _, line in page] == [entry("c"), entry("b")]
        assert [line for _, line in rest] == [
            entry("a"),
            entry("old", age=HOUR),
            entry("older", age=2 * HOUR),
        ]

    async def test_r12_1_a_deed_is_one_line_however_often_it_is_written(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        begun = replace(entry("begun"), action=ActivityAction.RESYNCED)
        other = replace(begun, title="other", action=ActivityAction.SETTINGS_CHANGED)
        ended = replace(begun, title="ended", count=3)
        await ledger.record(lease, LedgerChange(deeds=(begun, other), activity=(entry("a"),)))
        await ledger.record(lease, LedgerChange(deeds=(ended, other), activity=(entry("b"),)))

        found = [line for _, line in await ledger.activity(ANN, cursor=None, limit=9)]

        assert found[:2] == [entry("b"), entry("a")]
        assert sorted(line.title for line in found[2:]) == ["ended", "other"]
        assert sorted(await titles(ledger, limit=1)) == ["a", "b", "ended", "other"]

    async def test_activity_keeps_its_order_over_leases(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        for title in ("a", "b", "c", "d"):
            lease = await taken(ledger)
            await ledger.record(lease, LedgerChange(activity=(entry(title),)))
            if title != "b":
                await ledger.close(lease)
            else:
                clock.advance(61)

        assert await titles(ledger, limit=1) == ["d", "c", "b", "a"]

    async def test_activity_older_than_ninety_days_is_not_shown(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(activity=(entry("old", age=HOUR), entry("new"))))
        clock.advance(timedelta(days=90).total_seconds())

        assert await titles(ledger) == ["new"]

    # --- tells ---

    async def test_r9_3_tells_are_bundled_and_read_in_their_order(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(tells=(tell("a"), tell("a"))))
        await ledger.record(lease, LedgerChange(tells=(tell("b"),)))

        assert await ledger.open_bundles(ANN) == ()
        assert await ledger.bundle_tells(lease, "first") == 3
        await ledger.record(lease, LedgerChange(tells=(tell("c"),)))
        assert await ledger.bundle_tells(lease, "second") == 1

        assert await ledger.tells(ANN, "first") == (tell("a"), tell("a"), tell("b"))
        assert await ledger.tells(ANN, "second") == (tell("c"),)
        assert await ledger.open_bundles(ANN) == ("first", "second")

    async def test_bundling_again_adds_to_the_bundle(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(tells=(tell("a"),)))
        assert await ledger.bundle_tells(lease, "bundle") == 1
        assert await ledger.bundle_tells(lease, "bundle") == 1
        await ledger.record(lease, LedgerChange(tells=(tell("b"),)))

        assert await ledger.bundle_tells(lease, "bundle") == 2

    async def test_nothing_to_tell_makes_no_bundle(self, ledger: LedgerRepository) -> None:
        assert await ledger.bundle_tells(await taken(ledger), "bundle") == 0
        assert await ledger.open_bundles(ANN) == ()

    async def test_a_bundle_of_hundreds_is_fine(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        for _ in range(4):
            await ledger.record(lease, LedgerChange(tells=(tell("t"),) * 60))

        assert await ledger.bundle_tells(lease, "bundle") == 240
        await ledger.forget_bundle(ANN, "bundle")

        assert await ledger.tells(ANN, "bundle") == ()

    async def test_a_bundle_is_forgotten_alone_and_repeatably(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        for title in ("a", "b"):
            await ledger.record(lease, LedgerChange(tells=(tell(title),)))
            await ledger.bundle_tells(lease, title)

        await ledger.forget_bundle(ANN, "a")
        await ledger.forget_bundle(ANN, "a")

        assert await ledger.open_bundles(ANN) == ("b",)

    # --- forgetting ---

    async def test_r12_1_old_activity_goes_without_a_lease_and_says_whether_more_is_left(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        assert not await ledger.trim(ANN)
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(activity=(entry("old"),)))
        clock.advance(timedelta(days=50).total_seconds())
        later = replace(entry("new"), at=clock.now())
        await ledger.record(lease, LedgerChange(activity=(later,)))
        await ledger.close(lease)

        clock.advance(timedelta(days=41).total_seconds())
        assert await ledger.trim(ANN)
        assert await titles(ledger, limit=9) == ["new"]
        clock.advance(timedelta(days=50).total_seconds())

        assert not await ledger.trim(ANN)

    async def test_erasing_ends_the_lease_and_leaves_nothing_of_one_person(
        self, ledger: LedgerRepository
    ) -> None:
        lease, other = await taken(ledger), await taken(ledger, BEN)
        change = LedgerChange(keep=(link(1),), activity=(entry("a"),), tells=(tell("a"),))
        await ledger.record(lease, change)
        await ledger.record(other, change)

        await ledger.erase(ANN)
        await ledger.erase(ANN)

        with pytest.raises(LeaseLost):
            await ledger.record(lease, change)
        assert not await ledger.close(lease)
        assert (await ledger.read(ANN)).links == ()
        assert await titles(ledger, limit=9) == []
        assert len((await ledger.read(BEN)).links) == 1

    async def test_forgetting_leaves_the_lease_and_activity(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.record(
            lease,
            LedgerChange(
                keep=tuple(link(number) for number in range(60)),
                activity=(entry("e"),),
                tells=(tell("t"),),
            ),
        )
        await ledger.record(
            lease, LedgerChange(keep=tuple(link(number) for number in range(60, 130)))
        )
        await ledger.close(lease, cursors=CURSORS)
        lease = await taken(ledger)
        await ledger.bundle_tells(lease, "bundle")

        await ledger.forget(ANN)
        await ledger.forget(ANN)

        assert await ledger.read(ANN) == Ledger(links=(), cursors=None)
        assert await ledger.open_bundles(ANN) == ()
        assert await titles(ledger) == ["e"]
        assert await ledger.open(ANN, seconds=60) is None
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        assert await links_of(ledger) == (link(1),)
