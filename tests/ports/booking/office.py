"""The simulated booking product, acted upon in its own process, and the gateway that calls it."""

from dataclasses import replace
from datetime import timedelta

from simulators.booking.connector_acts import Policy
from simulators.booking.model import (
    Account,
    AppointmentVersion,
    ItemField,
    Location,
    StaffMember,
)
from simulators.booking.model import ItemStatus as Status
from simulators.booking.simulator import API_TOKEN, BookingSimulator
from simulators.common.clock import SimulatedClock
from simulators.common.faults import FaultRule
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.http_client import BoundedClient
from sync.words import BookingItemId, Interval, PersonKey
from tests.ports.suites.booking_gateway import NOW, Office

ACCOUNT = Account(id="acc-1", time_zone="America/New_York", idle_logout_minutes=30)


class SimulatedOffice(Office):
    """Fills the simulator with the contract's people, and acts there."""

    def __init__(self, simulator: BookingSimulator, client: BoundedClient) -> None:
        self.simulator = simulator
        self.state = simulator.state
        self.gateway = HttpBookingGateway(
            client=client, base_url=simulator.api_url, token=API_TOKEN
        )
        self.state.put_account(ACCOUNT)
        self.state.put_location("acc-1", Location(id="loc-1", name="Main"))
        ann = StaffMember(id="ann", name="Ann", email="ann@example.org", location_ids=("loc-1",))
        self.state.put_staff("acc-1", ann)
        self.state.put_staff("acc-1", replace(ann, id="ben", name="Ben", email=None))

    def book(self, person: PersonKey, interval: Interval) -> BookingItemId:
        item = self.state.book_appointment(
            person.account_id,
            person.staff_id,
            start=interval.start,
            end=interval.end,
            customer="Kim",
            service="Massage",
            fields=[ItemField(label="Room", value="2")],
            force=True,
        )
        return BookingItemId(item.id)

    def block(self, person: PersonKey, interval: Interval) -> BookingItemId:
        item = self.state.add_reserve(
            person.account_id,
            person.staff_id,
            start=interval.start,
            end=interval.end,
            title="Lunch",
            force=True,
        )
        return BookingItemId(item.id)

    def add_event(self, person: PersonKey, interval: Interval) -> BookingItemId:
        item = self.state.add_event(
            person.account_id,
            person.staff_id,
            start=interval.start,
            end=interval.end,
            title="Yoga",
        )
        return BookingItemId(item.id)

    def move(self, person: PersonKey, item_id: BookingItemId, interval: Interval) -> None:
        self.state.move(
            person.account_id,
            person.staff_id,
            item_id,
            start=interval.start,
            end=interval.end,
            force=True,
        )

    def save(self, person: PersonKey, item_id: BookingItemId) -> None:
        item = self.state.item(person.account_id, person.staff_id, item_id)
        self.state.save_item(person.account_id, person.staff_id, item)

    def cancel(self, person: PersonKey, item_id: BookingItemId) -> None:
        self.state.set_status(person.account_id, person.staff_id, item_id, Status.CANCELLED)

    def delete(self, person: PersonKey, item_id: BookingItemId) -> None:
        self.state.delete_item(person.account_id, person.staff_id, item_id)

    def reassign(self, person: PersonKey, item_id: BookingItemId, to: PersonKey) -> None:
        self.state.reassign(person.account_id, person.staff_id, item_id, to_staff_id=to.staff_id)

    def remove_staff(self, person: PersonKey) -> None:
        self.state.remove_staff(person.account_id, person.staff_id)

    def expire_cursors(self, person: PersonKey) -> None:
        self.state.expire_cursors(person.account_id, person.staff_id)

    def forbid_everything(self) -> None:
        self.simulator.acts.policy = Policy(refuse_all=True)

    def allow_overlaps(self) -> None:
        single = AppointmentVersion.SINGLE
        self.state.put_account(replace(ACCOUNT, appointment_version=single, overbooking=True))

    def keep_a_grid(self, minutes: int) -> None:
        self.state.keeping = replace(self.state.keeping, grid_minutes=minutes)

    def trim_texts(self, notes_limit: int) -> None:
        self.state.keeping = replace(self.state.keeping, trims=True, notes_limit=notes_limit)

    def keep_modified_secret(self) -> None:
        self.state.keeping = replace(self.state.keeping, says_modified=False)

    def garble(self, item_id: BookingItemId) -> None:
        self.simulator.api.faults.add(FaultRule(kind="garbled", item=item_id))

    def garble_profile(self, person: PersonKey) -> None:
        self.simulator.api.faults.add(FaultRule(kind="garbled", item=person.staff_id))

    def lag(self, seconds: float) -> None:
        self.state.keeping = replace(self.state.keeping, stale_seconds=seconds)

    def pass_time(self, hours: float) -> None:
        self.simulator.clock.offset += timedelta(hours=hours)


def clock_at_now() -> SimulatedClock:
    """Gives a simulated clock that begins at the contract's ``NOW``."""
    clock = SimulatedClock()
    clock.set(NOW)
    return clock
