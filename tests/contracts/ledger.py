"""What every ``LedgerRepository`` has to do: run on the fake and on the tables.

A subclass gives the fixture ``ledger``, empty and with the clock of the fixture ``clock``.
"""

import asyncio
from datetime import timedelta

import pytest

from sync.domain.actions import ActivityAction, ActivityEntry, ActivityResult, Direction, Tell
from sync.domain.model import (
    AccountId,
    BookingItemId,
    Interval,
    Link,
    LinkKey,
    LinkState,
    Origin,
    OutlookItemId,
    PersonKey,
    StaffId,
    booking_key,
    outlook_key,
)
from sync.errors import LeaseLost
from sync.ports import Cursors, Lease, Ledger, LedgerChange, LedgerRepository
from tests.fakes.clock import START, FakeClock

ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
BEN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ben"))
HOUR = timedelta(hours=1)
INTERVAL = Interval(START, START + HOUR)
CURSORS = Cursors(outlook="outlook", booking="booking", anchored=INTERVAL)


def link(number: int) -> Link:
    """Gives a Link of an Appointment."""
    item_id = BookingItemId(f"item-{number:04}")
    return Link(
        key=booking_key(item_id),
        origin=Origin.BOOKING,
        state=LinkState.LINKED,
        interval=INTERVAL,
        booking_id=item_id,
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


async def taken(ledger: LedgerRepository, person: PersonKey = ANN, seconds: float = 60) -> Lease:
    """Takes a lease that is free."""
    lease = await ledger.acquire(person, seconds=seconds)
    assert lease is not None
    return lease


async def titles(ledger: LedgerRepository, *, limit: int = 10) -> list[str]:
    """Reads the titles of all activity, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = await ledger.activity(ANN, cursor=cursor, limit=limit)
        found += [line.title for line in page]
        assert len(page) <= limit
        if cursor is None:
            return found


class LedgerContract:
    """The suite."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    # --- the lease ---

    async def test_r11_2_a_lease_is_held_by_one(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)

        assert await ledger.acquire(ANN, seconds=60) is None
        assert lease.person == ANN
        assert lease.expires_at == START + timedelta(minutes=1)

    async def test_r11_2_of_many_who_ask_at_once_one_gets_the_lease(
        self, ledger: LedgerRepository
    ) -> None:
        first = await asyncio.gather(*(ledger.acquire(ANN, seconds=60) for _ in range(12)))
        held = [lease for lease in first if lease is not None]
        assert len(held) == 1
        await ledger.release(held[0])

        second = await asyncio.gather(*(ledger.acquire(ANN, seconds=60) for _ in range(12)))

        assert sum(lease is not None for lease in second) == 1

    async def test_a_lease_is_one_persons(self, ledger: LedgerRepository) -> None:
        await taken(ledger, ANN)

        assert await ledger.acquire(BEN, seconds=60) is not None

    async def test_a_released_lease_can_be_taken_at_once(self, ledger: LedgerRepository) -> None:
        await ledger.release(await taken(ledger))

        assert await ledger.acquire(ANN, seconds=60) is not None

    async def test_a_lease_that_ran_out_can_be_taken_under_a_new_token(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        old = await taken(ledger, seconds=60)
        clock.advance(60)

        new = await taken(ledger)

        assert new.token != old.token

    async def test_a_prolonged_lease_keeps_its_token_and_is_held_longer(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        lease = await taken(ledger, seconds=60)
        clock.advance(50)

        prolonged = await ledger.prolong(lease, seconds=60)
        clock.advance(50)

        assert prolonged.token == lease.token
        assert prolonged.expires_at == START + timedelta(seconds=110)
        assert await ledger.acquire(ANN, seconds=60) is None

    async def test_a_lease_that_ran_out_but_was_not_taken_still_holds(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        lease = await taken(ledger, seconds=60)
        clock.advance(3600)

        await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await ledger.prolong(lease, seconds=60)

        assert await ledger.acquire(ANN, seconds=60) is None

    async def test_a_released_lease_holds_no_more(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.release(lease)

        with pytest.raises(LeaseLost):
            await ledger.record(lease, LedgerChange(keep=(link(1),)))
        await ledger.release(lease)

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
            await ledger.save_cursors(old, CURSORS)
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

        await ledger.release(old)

        assert await ledger.acquire(ANN, seconds=60) is None
        await ledger.record(new, LedgerChange(keep=(link(1),)))

    # --- Links and cursors ---

    async def test_nothing_is_kept_for_a_new_person(self, ledger: LedgerRepository) -> None:
        assert await ledger.read(ANN) == Ledger(links=(), cursors=None)
        assert await ledger.activity(ANN, cursor=None, limit=5) == ((), None)
        assert await ledger.open_bundles(ANN) == ()

    async def test_a_link_comes_back_with_all_it_had(self, ledger: LedgerRepository) -> None:
        item_id = OutlookItemId("AAMkAG/+=#?\\Äö" * 20)
        full = Link(
            key=outlook_key(item_id),
            origin=Origin.OUTLOOK,
            state=LinkState.WAITING,
            interval=Interval(START + timedelta(microseconds=1), START + HOUR),
            booking_id=BookingItemId("b/1"),
            booking_version="7",
            outlook_id=item_id,
            outlook_etag='W/"äöü"',
            series_id=OutlookItemId("series"),
            content="fingerprint",
            generation="3",
            leftover=OutlookItemId("left"),
            told="told",
            tries=2**40,
            reason="slot_taken",
            seen_at=START + timedelta(microseconds=123_456),
        )
        lease = await taken(ledger)

        await ledger.record(lease, LedgerChange(keep=(full,)))

        assert (await ledger.read(ANN)).links == (full,)

    async def test_a_key_with_any_characters_goes(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        odd = link(1)
        keys = [LinkKey(text) for text in ("b-a/b", "b-a\\b", "b-#?", "b-ä\n", "b-" + "x" * 900)]
        links = tuple(
            Link(key=key, origin=odd.origin, state=odd.state, interval=odd.interval) for key in keys
        )

        await ledger.record(lease, LedgerChange(keep=links))
        await ledger.record(lease, LedgerChange(drop=tuple(keys[1:])))

        assert (await ledger.read(ANN)).links == links[:1]

    async def test_a_link_is_replaced_and_dropped(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(keep=(link(1), link(2))))
        replaced = Link(
            key=link(1).key,
            origin=Origin.BOOKING,
            state=LinkState.DETACHED,
            interval=INTERVAL,
        )

        await ledger.record(lease, LedgerChange(keep=(replaced,), drop=(link(2).key,)))

        assert (await ledger.read(ANN)).links == (replaced,)

    async def test_dropping_what_is_not_there_does_not_hold_up_the_rest(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        gone = tuple(link(number).key for number in range(5))

        await ledger.record(lease, LedgerChange(keep=(link(7),), drop=gone))

        assert (await ledger.read(ANN)).links == (link(7),)

    async def test_links_are_one_persons(self, ledger: LedgerRepository) -> None:
        await ledger.record(await taken(ledger, ANN), LedgerChange(keep=(link(1),)))

        assert (await ledger.read(BEN)).links == ()

    async def test_a_record_takes_ninety_rows_and_no_more(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        many = tuple(link(number) for number in range(88))
        full = LedgerChange(keep=many, activity=(entry("e"),), tells=(tell("t"),))

        await ledger.record(lease, full)
        with pytest.raises(ValueError, match="91 rows"):
            await ledger.record(lease, LedgerChange(keep=many, activity=(entry("e"),) * 3))

        assert (await ledger.read(ANN)).links == many
        assert await titles(ledger) == ["e"]

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

        assert len((await ledger.read(ANN)).links) == 8
        assert len(await titles(ledger)) == 8

    async def test_cursors_of_any_length_are_kept_and_forgotten(
        self, ledger: LedgerRepository
    ) -> None:
        lease = await taken(ledger)
        long = Cursors(outlook="ö" * 100_000, booking="b" * 40_000, anchored=INTERVAL)

        await ledger.save_cursors(lease, long)
        assert (await ledger.read(ANN)).cursors == long
        await ledger.save_cursors(lease, CURSORS)
        assert (await ledger.read(ANN)).cursors == CURSORS
        await ledger.save_cursors(lease, None)
        await ledger.save_cursors(lease, None)

        assert (await ledger.read(ANN)).cursors is None

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

        page, cursor = await ledger.activity(ANN, cursor=None, limit=2)
        # What is written meanwhile doesn't move the pages.
        await ledger.record(lease, LedgerChange(activity=(entry("d"),)))
        rest, end = await ledger.activity(ANN, cursor=cursor, limit=9)

        assert page == (entry("c"), entry("b"))
        assert rest == (entry("a"), entry("old", age=HOUR), entry("older", age=2 * HOUR))
        assert end is None

    async def test_a_page_that_is_just_full_is_the_last(self, ledger: LedgerRepository) -> None:
        lease = await taken(ledger)
        await ledger.record(lease, LedgerChange(activity=(entry("a"), entry("b"))))

        _, cursor = await ledger.activity(ANN, cursor=None, limit=2)

        assert cursor is None

    async def test_activity_keeps_its_order_over_leases(
        self, ledger: LedgerRepository, clock: FakeClock
    ) -> None:
        for title in ("a", "b", "c", "d"):
            lease = await taken(ledger)
            await ledger.record(lease, LedgerChange(activity=(entry(title),)))
            if title != "b":
                await ledger.release(lease)
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
        for _ in range(3):
            await ledger.record(lease, LedgerChange(tells=(tell("t"),) * 80))

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
        await ledger.save_cursors(lease, CURSORS)
        await ledger.bundle_tells(lease, "bundle")

        await ledger.forget(ANN)
        await ledger.forget(ANN)

        assert await ledger.read(ANN) == Ledger(links=(), cursors=None)
        assert await ledger.open_bundles(ANN) == ()
        assert await titles(ledger) == ["e"]
        assert await ledger.acquire(ANN, seconds=60) is None
        await ledger.record(lease, LedgerChange(keep=(link(1),)))
