"""The in-memory booking product under the contract of the real gateway."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.items import BookingField, BookingKind, Refusal, ReserveContent
from sync.errors import Changed, Unavailable, Unreadable
from sync.people.people import AccessType, Account, Location, StaffMember
from sync.words import BookingItemId, Interval, LocationId, PersonKey, StaffId
from tests.fakes.booking import WRITES, FakeBooking, Policy
from tests.fakes.clock import FakeClock
from tests.ports.suites.booking_gateway import (
    ANN,
    BEN,
    NOW,
    WINDOW,
    BookingGatewayContract,
    Office,
    at,
    made,
)

ACCOUNT = Account(
    id=ANN.account_id, name="Practice", time_zone="America/New_York", idle_logout_minutes=30
)


class FakeOffice(Office):
    """The fake, acted upon directly."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.fake = FakeBooking(self.clock)
        self.gateway = self.fake
        self.fake.put_account(ACCOUNT)
        place = Location(id=LocationId("loc-1"), name="Main", time_zone="America/New_York")
        self.fake.put_location(ACCOUNT.id, place)
        member = StaffMember(
            id=StaffId("ann"),
            name="Ann",
            access_type=AccessType.STAFF,
            location_ids=frozenset({place.id}),
            time_zone="America/New_York",
            email="ann@example.org",
        )
        self.fake.put_staff(ACCOUNT.id, member)
        self.fake.put_staff(ACCOUNT.id, replace(member, id=StaffId("ben"), name="Ben", email=None))

    def book(self, person: PersonKey, interval: Interval) -> BookingItemId:
        fields = [BookingField(label="Room", value="2")]
        return self.fake.book(person, interval, customer="Kim", service="Massage", fields=fields).id

    def block(self, person: PersonKey, interval: Interval) -> BookingItemId:
        return self.fake.block(person, interval, title="Lunch").id

    def add_event(self, person: PersonKey, interval: Interval) -> BookingItemId:
        return self.fake.block(person, interval, title="Yoga", kind=BookingKind.EVENT).id

    def move(self, person: PersonKey, item_id: BookingItemId, interval: Interval) -> None:
        self.fake.move(person, item_id, interval)

    def save(self, person: PersonKey, item_id: BookingItemId) -> None:
        self.fake.edit(person, item_id)

    def cancel(self, person: PersonKey, item_id: BookingItemId) -> None:
        self.fake.cancel(person, item_id)

    def delete(self, person: PersonKey, item_id: BookingItemId) -> None:
        self.fake.delete(person, item_id)

    def reassign(self, person: PersonKey, item_id: BookingItemId, to: PersonKey) -> None:
        self.fake.reassign(person, item_id, to)

    def remove_staff(self, person: PersonKey) -> None:
        self.fake.remove_staff(person)

    def expire_cursors(self, person: PersonKey) -> None:
        self.fake.expire_cursors(person)

    def forbid_everything(self) -> None:
        self.fake.policy = Policy(refuse_calls=frozenset(WRITES))

    def allow_overlaps(self) -> None:
        self.fake.put_account(ACCOUNT, overbooking=True)

    def keep_a_grid(self, minutes: int) -> None:
        self.fake.grain = timedelta(minutes=minutes)

    def trim_texts(self, notes_limit: int) -> None:
        self.fake.trims, self.fake.notes_limit = True, notes_limit

    def keep_modified_secret(self) -> None:
        self.fake.says_modified = False

    def garble(self, item_id: BookingItemId) -> None:
        self.fake.unreadable.add(item_id)

    def garble_profile(self, person: PersonKey) -> None:
        self.fake.unreadable_people.add(person)

    def lag(self, seconds: float) -> None:
        self.fake.stale_reads = seconds

    def pass_time(self, hours: float) -> None:
        self.clock.advance(timedelta(hours=hours).total_seconds())


class TestFakeBooking(BookingGatewayContract):
    """The contract, and what only the fake offers."""

    @pytest.fixture
    def office(self) -> FakeOffice:
        return FakeOffice()

    async def test_a_hook_before_a_call_stops_it(self, office: FakeOffice) -> None:
        def fail(call: str, person: PersonKey | None) -> None:
            raise Unavailable(f"{call} {person}")

        office.fake.before = fail

        with pytest.raises(Unavailable, match=r"create_reserve acc-1:ann"):
            await made(office, at(1))
        assert office.fake.schedule(ANN) == ()

    async def test_a_hook_after_a_call_leaves_its_effect(self, office: FakeOffice) -> None:
        def fail(call: str, person: PersonKey | None) -> None:
            raise Unavailable(f"{call} {person}")

        office.fake.after = fail

        with pytest.raises(Unavailable):
            await made(office, at(1))
        assert len(office.fake.schedule(ANN)) == 1

    async def test_calls_and_writes_are_counted(self, office: FakeOffice) -> None:
        await office.gateway.items(ANN, WINDOW)
        await made(office, at(1))

        assert office.fake.calls == {"items": 1, "create_reserve": 1}
        assert office.fake.writes == 1

    async def test_a_stale_feed_tells_later(self, office: FakeOffice) -> None:
        listing = await office.gateway.items(ANN, WINDOW)
        booked = office.book(ANN, at(1))
        office.fake.stale.add(ANN)

        late = await office.gateway.changes(ANN, listing.cursor)
        office.fake.stale.clear()
        caught_up = await office.gateway.changes(ANN, late.cursor)

        assert late.items == ()
        assert [item.id for item in caught_up.items] == [booked]

    async def test_a_repeating_feed_tells_old_changes_again(self, office: FakeOffice) -> None:
        booked = office.book(ANN, at(1))
        listing = await office.gateway.items(ANN, WINDOW)
        office.fake.repeats = 5

        changes = await office.gateway.changes(ANN, listing.cursor)

        assert [item.id for item in changes.items] == [booked]

    async def test_a_multiple_account_takes_appointments_at_one_time_but_no_reserve(
        self, office: FakeOffice
    ) -> None:
        office.fake.put_account(ACCOUNT, multiple=True)
        office.book(ANN, at(1))
        other = office.book(ANN, at(5))

        together = await office.gateway.update_item(ANN, other, interval=at(1))
        blocked = await office.gateway.create_reserve(
            ANN,
            content=ReserveContent(title="Busy"),
            interval=at(1),
            external_ref="r",
            idempotency_key="k",
        )

        assert together is not None
        assert [item.interval for item in office.fake.schedule(ANN)] == [at(1), at(1)]
        assert blocked == Refusal(code="slot_taken", detail="The time is taken.")

    async def test_a_location_that_is_removed_is_taken_from_people(
        self, office: FakeOffice
    ) -> None:
        office.fake.remove_location(ANN.account_id, LocationId("loc-1"))

        ben = await office.gateway.staff_member(BEN)

        assert ben is not None
        assert ben.location_ids == frozenset()

    async def test_r10_6_trouble_stays_with_one_item(self, office: FakeOffice) -> None:
        ill, well = office.book(ANN, at(1)), office.book(ANN, at(3))
        office.fake.trouble[ill] = lambda: Unavailable("500")

        for _ in range(2):
            with pytest.raises(Unavailable):
                await office.gateway.item(ANN, ill)
        assert await office.gateway.item(ANN, well) is not None
        assert len((await office.gateway.items(ANN, WINDOW)).items) == 2

    async def test_case_70_a_write_may_fail_for_good(self, office: FakeOffice) -> None:
        booked = office.book(ANN, at(1))
        office.fake.write_trouble[booked] = lambda: Changed("412")

        with pytest.raises(Changed):
            await office.gateway.update_item(ANN, booked, interval=at(2))
        with pytest.raises(Changed):
            await office.gateway.remove_item(ANN, booked)

    async def test_case_71_one_bad_moment_passes(self, office: FakeOffice) -> None:
        office.fake.failures = [Unreadable("401"), Unreadable("403")]

        for _ in range(2):
            with pytest.raises(Unreadable):
                await office.gateway.items(ANN, WINDOW)
        assert (await office.gateway.items(ANN, WINDOW)).items == ()
