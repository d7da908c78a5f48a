"""What every ``BookingGateway`` has to do: run on the fake and on the real one.

A subclass gives the fixture ``office``: the booking product with somebody in it who acts there.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

import pytest

from sync.domain.model import (
    AccountId,
    BookingItem,
    BookingItemId,
    BookingKind,
    BookingStatus,
    Interval,
    PersonKey,
    Refusal,
    ReserveContent,
    StaffId,
)
from sync.domain.people import AccessType
from sync.errors import Changed, Gone, ResyncRequired
from sync.ports import BookingGateway

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
BEN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ben"))
NOBODY = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("nobody"))
NOWHERE = PersonKey(account_id=AccountId("acc-9"), staff_id=StaffId("ann"))
WINDOW = Interval(NOW, NOW + timedelta(days=90))


def at(hour: float, hours: float = 1) -> Interval:
    """Gives a span that begins so many hours after ``NOW``."""
    start = NOW + timedelta(hours=hour)
    return Interval(start, start + timedelta(hours=hours))


class Office(ABC):
    """Somebody in the booking product, where it is ``NOW``.

    There are the Account ``acc-1`` (one item at a time) with the Location ``loc-1``, and in it
    ``ann`` (``ann@example.org``) and ``ben`` (no address), both with empty schedules.
    """

    gateway: BookingGateway

    @abstractmethod
    def book(self, person: PersonKey, interval: Interval) -> BookingItemId:
        """Books an Appointment of ``Kim`` for ``Massage`` with the field ``Room``: ``2``."""

    @abstractmethod
    def block(self, person: PersonKey, interval: Interval) -> BookingItemId:
        """Makes a Reserve ``Lunch`` by hand."""

    @abstractmethod
    def add_event(self, person: PersonKey, interval: Interval) -> BookingItemId:
        """Makes a group Event ``Yoga``."""

    @abstractmethod
    def move(self, person: PersonKey, item_id: BookingItemId, interval: Interval) -> None:
        """Moves an item."""

    @abstractmethod
    def save(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Saves an item as it is."""

    @abstractmethod
    def cancel(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Cancels an item."""

    @abstractmethod
    def delete(self, person: PersonKey, item_id: BookingItemId) -> None:
        """Deletes an item for good."""

    @abstractmethod
    def reassign(self, person: PersonKey, item_id: BookingItemId, to: PersonKey) -> None:
        """Gives an item to somebody else."""

    @abstractmethod
    def remove_staff(self, person: PersonKey) -> None:
        """Removes a Staff Member."""

    @abstractmethod
    def expire_cursors(self, person: PersonKey) -> None:
        """Makes all cursors too old."""

    @abstractmethod
    def forbid_everything(self) -> None:
        """Permits the connector no write any more."""

    @abstractmethod
    def allow_overlaps(self) -> None:
        """Turns the Account's overbooking preference on."""

    @abstractmethod
    def pass_time(self, hours: float) -> None:
        """Lets time go by."""


async def reserve(
    office: Office, interval: Interval, *, key: str = "k", title: str = "Busy", notes: str = ""
) -> BookingItem | Refusal:
    """Makes a Reserve for Ann as the connector does."""
    return await office.gateway.create_reserve(
        ANN,
        content=ReserveContent(title=title, notes=notes),
        interval=interval,
        external_ref=f"ref-{key}",
        idempotency_key=key,
    )


async def made(office: Office, interval: Interval, *, key: str = "k") -> BookingItem:
    """Makes a Reserve that must not be refused."""
    item = await reserve(office, interval, key=key)
    assert isinstance(item, BookingItem)
    return item


class BookingGatewayContract:
    """The suite."""

    @pytest.fixture
    def office(self) -> Office:
        raise NotImplementedError

    # --- Accounts and people ---

    async def test_an_account_is_read_with_its_preferences(self, office: Office) -> None:
        account = await office.gateway.account(ANN.account_id)

        assert account is not None
        assert (account.id, account.idle_logout_minutes) == ("acc-1", 30)

    async def test_an_unknown_account_is_nothing(self, office: Office) -> None:
        assert await office.gateway.account(NOWHERE.account_id) is None
        assert await office.gateway.locations(NOWHERE.account_id) == ()
        assert await office.gateway.staff(NOWHERE.account_id) == ()

    async def test_locations_are_listed(self, office: Office) -> None:
        locations = await office.gateway.locations(ANN.account_id)

        assert [location.id for location in locations] == ["loc-1"]

    async def test_all_staff_members_are_listed(self, office: Office) -> None:
        members = await office.gateway.staff(ANN.account_id)

        assert {member.id for member in members} == {"ann", "ben"}

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

    # --- making a Reserve ---

    async def test_a_reserve_is_made_as_given(self, office: Office) -> None:
        item = await reserve(office, at(1), key="k1", title="Dentist 🦷", notes="bring card")

        assert isinstance(item, BookingItem)
        assert (item.kind, item.interval) == (BookingKind.RESERVE, at(1))
        assert (item.title, item.notes, item.external_ref) == ("Dentist 🦷", "bring card", "ref-k1")
        assert await office.gateway.item(ANN, item.id) == item

    async def test_r11_5_the_same_key_makes_one_reserve(self, office: Office) -> None:
        first = await reserve(office, at(1), key="same")
        second = await reserve(office, at(5), key="same", title="Other")

        assert first == second
        assert len((await office.gateway.items(ANN, WINDOW)).items) == 1

    async def test_the_same_key_answers_literally_even_if_the_reserve_is_gone(
        self, office: Office
    ) -> None:
        first = await made(office, at(1), key="same")
        office.delete(ANN, first.id)

        assert await made(office, at(1), key="same") == first
        assert await office.gateway.item(ANN, first.id) is None

    async def test_a_key_is_forgotten_after_a_day(self, office: Office) -> None:
        first = await made(office, at(48), key="same")
        office.delete(ANN, first.id)
        office.pass_time(25)

        assert (await made(office, at(48), key="same")).id != first.id

    async def test_a_refusal_is_not_remembered_for_the_key(self, office: Office) -> None:
        blocked = office.block(ANN, at(1))
        refusal = await reserve(office, at(1), key="same")
        office.delete(ANN, blocked)

        assert isinstance(refusal, Refusal)
        assert isinstance(await reserve(office, at(1), key="same"), BookingItem)

    async def test_r8_7_a_taken_time_is_refused(self, office: Office) -> None:
        office.book(ANN, at(1))

        refusal = await reserve(office, at(1.5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "slot_taken"
        assert refusal.detail

    async def test_times_that_only_touch_are_not_taken(self, office: Office) -> None:
        office.book(ANN, at(1))

        assert isinstance(await reserve(office, at(2)), BookingItem)

    async def test_a_cancelled_item_takes_no_time(self, office: Office) -> None:
        office.cancel(ANN, office.book(ANN, at(1)))

        assert isinstance(await reserve(office, at(1)), BookingItem)

    async def test_r8_7_overbooking_lets_items_overlap(self, office: Office) -> None:
        office.allow_overlaps()
        office.book(ANN, at(1))

        assert isinstance(await reserve(office, at(1)), BookingItem)

    async def test_r8_13_a_time_in_the_past_is_refused(self, office: Office) -> None:
        refusal = await reserve(office, at(-5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_permitted"

    async def test_a_span_without_length_is_refused(self, office: Office) -> None:
        refusal = await reserve(office, at(1, hours=0))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "bad_request"

    async def test_a_title_that_is_too_long_is_refused(self, office: Office) -> None:
        refusal = await reserve(office, at(1), title="x" * 256)

        assert isinstance(refusal, Refusal)
        assert refusal.code == "bad_request"

    async def test_a_reserve_for_nobody_is_gone(self, office: Office) -> None:
        with pytest.raises(Gone):
            await office.gateway.create_reserve(
                NOBODY,
                content=ReserveContent(title="Busy"),
                interval=at(1),
                external_ref="ref",
                idempotency_key="k",
            )

    async def test_a_key_or_reference_beyond_the_contract_is_our_own_fault(
        self, office: Office
    ) -> None:
        with pytest.raises(ValueError, match="too long"):
            await reserve(office, at(1), key="k" * 129)

    # --- moving and writing ---

    async def test_r8_1_an_appointment_is_moved(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        moved = await office.gateway.update_item(ANN, booked, interval=at(5))

        assert isinstance(moved, BookingItem)
        assert (moved.id, moved.interval, moved.customer_name) == (booked, at(5), "Kim")
        assert await office.gateway.item(ANN, booked) == moved

    async def test_a_reserves_text_is_written(self, office: Office) -> None:
        item = await made(office, at(1))

        written = await office.gateway.update_item(
            ANN,
            item.id,
            interval=at(1),
            content=ReserveContent(title="Reserved", notes=""),
            version=item.version,
        )

        assert isinstance(written, BookingItem)
        assert (written.title, written.notes or "") == ("Reserved", "")
        assert written.version != item.version

    async def test_a_move_leaves_text_and_reference_alone(self, office: Office) -> None:
        item = await made(office, at(1))

        moved = await office.gateway.update_item(ANN, item.id, interval=at(3))

        assert isinstance(moved, BookingItem)
        assert (moved.title, moved.external_ref) == (item.title, item.external_ref)

    async def test_r8_1_a_move_onto_a_taken_time_is_refused(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        office.book(ANN, at(5))

        refusal = await office.gateway.update_item(ANN, booked, interval=at(5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "slot_taken"
        unmoved = await office.gateway.item(ANN, booked)
        assert unmoved is not None
        assert unmoved.interval == at(1)

    async def test_r8_13_a_move_into_the_past_is_refused(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        refusal = await office.gateway.update_item(ANN, booked, interval=at(-5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_permitted"

    async def test_an_item_may_overlap_its_own_old_time(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        assert isinstance(
            await office.gateway.update_item(ANN, booked, interval=at(1.5)), BookingItem
        )

    async def test_an_appointments_text_can_not_be_written(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        refusal = await office.gateway.update_item(
            ANN, booked, interval=at(1), content=ReserveContent(title="No")
        )

        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_permitted"

    async def test_a_version_that_is_not_the_newest_is_refused_as_changed(
        self, office: Office
    ) -> None:
        booked = office.book(ANN, at(1))
        (before,) = (await office.gateway.items(ANN, WINDOW)).items
        office.save(ANN, booked)

        with pytest.raises(Changed):
            await office.gateway.update_item(ANN, booked, interval=at(5), version=before.version)
        with pytest.raises(Changed):
            await office.gateway.remove_item(ANN, booked, version=before.version)

    async def test_an_item_that_is_gone_can_not_be_moved(self, office: Office) -> None:
        cancelled = office.book(ANN, at(1))
        office.cancel(ANN, cancelled)

        for item_id in (cancelled, BookingItemId("none")):
            with pytest.raises(Gone):
                await office.gateway.update_item(ANN, item_id, interval=at(5))

    async def test_a_group_event_can_not_be_moved_or_removed(self, office: Office) -> None:
        event = office.add_event(ANN, at(1))

        moved = await office.gateway.update_item(ANN, event, interval=at(5))
        removed = await office.gateway.remove_item(ANN, event)

        assert isinstance(moved, Refusal)
        assert isinstance(removed, Refusal)

    # --- removing ---

    async def test_r8_2_removing_an_appointment_cancels_it(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        assert await office.gateway.remove_item(ANN, booked) is None

        item = await office.gateway.item(ANN, booked)
        assert item is not None
        assert item.status is BookingStatus.CANCELLED

    async def test_r8_2_removing_a_reserve_deletes_it(self, office: Office) -> None:
        item = await made(office, at(1))

        assert await office.gateway.remove_item(ANN, item.id, version=item.version) is None

        assert await office.gateway.item(ANN, item.id) is None

    async def test_removing_what_is_gone_is_fine(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        for _ in range(2):
            assert await office.gateway.remove_item(ANN, booked) is None
        assert await office.gateway.remove_item(ANN, BookingItemId("none")) is None
        assert await office.gateway.remove_item(NOBODY, booked) is None

    # --- a booking product that permits nothing ---

    async def test_writes_that_are_not_permitted_are_refused(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        office.forbid_everything()

        refusals = (
            await reserve(office, at(5)),
            await office.gateway.update_item(ANN, booked, interval=at(5)),
            await office.gateway.remove_item(ANN, booked),
        )

        for refusal in refusals:
            assert isinstance(refusal, Refusal)
            assert refusal.code == "not_permitted"
            assert refusal.detail
        assert [item.id for item in (await office.gateway.items(ANN, WINDOW)).items] == [booked]
