"""What every ``BookingGateway`` reads."""

from datetime import timedelta

import pytest

from sync.engine.items import BookingItem, BookingKind, BookingStatus
from sync.errors import ContractBroken, Gone, ResyncRequired, Unreadable
from sync.people.people import AccessType
from sync.words import BookingItemId, Interval
from tests.ports.suites.booking_office import ANN, BEN, NOBODY, NOWHERE, WINDOW, Office, at, made


class ReadingContract:
    """Accounts, people, listings, changes, and what can't be read."""

    # --- Accounts and people ---

    async def test_an_account_is_read_with_its_preferences(self, office: Office) -> None:
        account = await office.gateway.account(ANN.account_id)

        assert account is not None
        assert (account.id, account.idle_logout_minutes) == ("acc-1", 30)

    async def test_an_unknown_account_is_nothing(self, office: Office) -> None:
        assert await office.gateway.account(NOWHERE.account_id) is None
        assert await office.gateway.locations(NOWHERE.account_id) == ()
        assert (await office.gateway.staff(NOWHERE.account_id)).members == {}

    async def test_locations_are_listed(self, office: Office) -> None:
        locations = await office.gateway.locations(ANN.account_id)

        assert [location.id for location in locations] == ["loc-1"]

    async def test_all_staff_members_are_listed(self, office: Office) -> None:
        listed = await office.gateway.staff(ANN.account_id)

        assert set(listed.members) == {"ann", "ben"}

    async def test_r11_8_a_profile_that_can_not_be_read_is_named_and_spoils_no_list(
        self, office: Office
    ) -> None:
        office.garble_profile(BEN)

        listed = await office.gateway.staff(ANN.account_id)

        assert set(listed.members) == {ANN.staff_id}
        assert listed.unreadable == {BEN.staff_id}
        with pytest.raises(ContractBroken):
            await office.gateway.staff_member(BEN)

    async def test_a_profile_tells_address_access_and_locations(self, office: Office) -> None:
        ann = await office.gateway.staff_member(ANN)
        ben = await office.gateway.staff_member(BEN)

        assert ann is not None
        assert ben is not None
        assert (ann.email, ben.email) == ("ann@example.org", None)
        assert ann.access_type is AccessType.STAFF
        assert ann.location_ids == {"loc-1"}

    async def test_an_unknown_or_removed_staff_member_is_nothing(self, office: Office) -> None:
        office.remove_staff(BEN)

        assert await office.gateway.staff_member(NOBODY) is None
        assert await office.gateway.staff_member(NOWHERE) is None
        assert await office.gateway.staff_member(BEN) is None

    # --- listings ---

    async def test_items_are_read_with_all_that_is_shown(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        blocked = office.block(ANN, at(2))
        office.add_event(ANN, at(3))

        listing = await office.gateway.items(ANN, WINDOW)

        appointment, lunch, yoga = listing.items
        assert (appointment.id, appointment.kind) == (booked, BookingKind.APPOINTMENT)
        assert appointment.interval == at(1)
        assert (appointment.customer_name, appointment.service_name) == ("Kim", "Massage")
        assert [(shown.label, shown.value) for shown in appointment.fields] == [("Room", "2")]
        assert (lunch.id, lunch.kind, lunch.title) == (blocked, BookingKind.RESERVE, "Lunch")
        assert lunch.external_ref is None
        assert (yoga.kind, yoga.title) == (BookingKind.EVENT, "Yoga")

    async def test_r7_1_a_listing_holds_what_overlaps_the_half_open_span(
        self, office: Office
    ) -> None:
        office.block(ANN, at(0))
        inside = office.block(ANN, at(1))
        across = office.block(ANN, at(2, hours=2))
        office.block(ANN, at(4))

        listing = await office.gateway.items(ANN, Interval(at(1).start, at(3).start))

        assert [item.id for item in listing.items] == [inside, across]

    async def test_a_cancelled_item_stays_listed_and_readable(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        office.cancel(ANN, booked)

        listing = await office.gateway.items(ANN, WINDOW)
        item = await office.gateway.item(ANN, booked)

        assert [found.status for found in listing.items] == [BookingStatus.CANCELLED]
        assert item is not None
        assert item.status is BookingStatus.CANCELLED

    async def test_one_schedule_does_not_show_anothers_items(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        assert (await office.gateway.items(BEN, WINDOW)).items == ()
        assert await office.gateway.item(BEN, booked) is None

    async def test_an_unknown_item_is_nothing(self, office: Office) -> None:
        assert await office.gateway.item(ANN, BookingItemId("none")) is None
        assert await office.gateway.item(NOBODY, BookingItemId("none")) is None

    async def test_the_schedule_of_nobody_is_gone(self, office: Office) -> None:
        with pytest.raises(Gone):
            await office.gateway.items(NOBODY, WINDOW)

    # --- changes ---

    async def test_nothing_changed_after_a_listing(self, office: Office) -> None:
        office.book(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert (changes.items, changes.deleted) == ((), frozenset())

    async def test_changes_tell_each_item_once_in_its_newest_state(self, office: Office) -> None:
        moved = office.book(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)
        office.move(ANN, moved, at(5))
        office.move(ANN, moved, at(7))
        new = office.block(ANN, at(2))

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert {item.id: item.interval for item in changes.items} == {moved: at(7), new: at(2)}
        assert changes.deleted == frozenset()

    async def test_changes_beyond_the_listed_span_are_told_too(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)
        office.move(ANN, booked, at(24 * 120))

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert [item.interval for item in changes.items] == [at(24 * 120)]

    async def test_a_save_without_a_difference_is_a_new_version(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)
        office.save(ANN, booked)

        (changed,) = (await office.gateway.changes(ANN, listing.cursor)).items

        assert changed.version != listing.items[0].version
        assert changed.interval == at(1)

    async def test_a_deleted_item_is_told_as_deleted(self, office: Office) -> None:
        blocked = office.block(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)
        office.delete(ANN, blocked)

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert changes.items == ()
        assert changes.deleted == {blocked}

    async def test_a_cancelled_item_is_told_with_its_status(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)
        office.cancel(ANN, booked)

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert [item.status for item in changes.items] == [BookingStatus.CANCELLED]
        assert changes.deleted == frozenset()

    async def test_a_reassigned_item_goes_from_one_feed_to_the_other(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        of_ann = await office.gateway.items(ANN, WINDOW)
        of_ben = await office.gateway.items(BEN, WINDOW)
        office.reassign(ANN, booked, BEN)

        from_ann = await office.gateway.changes(ANN, of_ann.cursor)
        to_ben = await office.gateway.changes(BEN, of_ben.cursor)

        assert from_ann.deleted == {booked}
        assert [item.id for item in to_ben.items] == [booked]

    async def test_the_feed_goes_on_from_its_own_cursor(self, office: Office) -> None:
        listing = await office.gateway.items(ANN, WINDOW)
        first = office.block(ANN, at(1))
        changes = await office.gateway.changes(ANN, listing.cursor)
        second = office.block(ANN, at(2))

        later = await office.gateway.changes(ANN, changes.cursor)
        again = await office.gateway.changes(ANN, listing.cursor)

        assert [item.id for item in later.items] == [second]
        assert [item.id for item in again.items] == [first, second]

    async def test_the_feed_reports_our_own_writes(self, office: Office) -> None:
        listing = await office.gateway.items(ANN, WINDOW)
        item = await made(office, at(1))

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert changes.items == (item,)

    async def test_a_cursor_that_is_too_old_asks_for_a_full_read(self, office: Office) -> None:
        listing = await office.gateway.items(ANN, WINDOW)
        office.expire_cursors(ANN)

        with pytest.raises(ResyncRequired):
            await office.gateway.changes(ANN, listing.cursor)
        fresh = await office.gateway.items(ANN, WINDOW)
        assert (await office.gateway.changes(ANN, fresh.cursor)).items == ()

    async def test_the_feed_of_somebody_removed_is_gone(self, office: Office) -> None:
        listing = await office.gateway.items(BEN, WINDOW)
        office.remove_staff(BEN)

        with pytest.raises(Gone):
            await office.gateway.changes(BEN, listing.cursor)

    # --- what can't be read (R11.8) ---

    async def test_r11_8_an_unreadable_item_is_named_and_the_rest_is_read(
        self, office: Office
    ) -> None:
        ill, well = office.book(ANN, at(1)), office.book(ANN, at(3))
        listing = await office.gateway.items(ANN, WINDOW)
        office.garble(ill)
        office.save(ANN, ill)
        office.save(ANN, well)

        listed = await office.gateway.items(ANN, WINDOW)
        changes = await office.gateway.changes(ANN, listing.cursor)

        for answer in (listed, changes):
            assert [item.id for item in answer.items] == [well]
            assert answer.unreadable == {ill}
        with pytest.raises(Unreadable):
            await office.gateway.item(ANN, ill)

    # --- time: what was written when (R8.15) ---

    async def test_r8_15_an_item_tells_when_it_was_modified(self, office: Office) -> None:
        booked = office.book(ANN, at(5))
        (before,) = (await office.gateway.items(ANN, WINDOW)).items
        office.pass_time(1)

        moved = await office.gateway.update_item(ANN, booked, interval=at(6))

        assert isinstance(moved, BookingItem)
        assert before.modified is not None
        assert moved.modified is not None
        assert timedelta(minutes=59) < moved.modified - before.modified < timedelta(minutes=61)

    async def test_r8_15_a_product_may_not_say_when_an_item_was_modified(
        self, office: Office
    ) -> None:
        office.keep_modified_secret()

        item = await made(office, at(1))

        assert item.modified is None
        assert await office.gateway.item(ANN, item.id) == item

    async def test_r8_15_late_reads_show_the_old_state_and_the_feed_skips_nothing(
        self, office: Office
    ) -> None:
        moved, deleted = office.book(ANN, at(30)), office.block(ANN, at(32))
        listing = await office.gateway.items(ANN, WINDOW)
        office.lag(1800)
        written = await office.gateway.update_item(ANN, moved, interval=at(40))
        office.delete(ANN, deleted)
        new = office.block(ANN, at(50))

        late = await office.gateway.changes(ANN, listing.cursor)
        listed = await office.gateway.items(ANN, WINDOW)
        asked = [await office.gateway.item(ANN, each) for each in (moved, deleted, new)]

        assert (late.items, late.deleted) == ((), frozenset())
        assert listed.items == listing.items
        assert asked == [*listing.items, None]
        office.pass_time(1)
        changes = await office.gateway.changes(ANN, late.cursor)
        again = await office.gateway.changes(ANN, listed.cursor)
        assert {item.id: item.interval for item in changes.items} == {moved: at(40), new: at(50)}
        assert changes.deleted == {deleted}
        assert again.items == changes.items
        assert await office.gateway.item(ANN, moved) == written
