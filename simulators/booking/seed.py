"""A small practice to try things with: one Account, two Locations, a person of each access type."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators.booking.model import (
    AccessType,
    Account,
    ItemField,
    ItemStatus,
    Location,
    StaffMember,
)
from simulators.booking.state import BookingState

ZONE = "America/New_York"
CUSTOMERS = ("Ada Byron", "Grace Hopper", "Mary Jackson", "Alan Kay", "Edith Clarke", "Joan O'Hara")
SERVICES = ("Check-up", "Cleaning", "Consultation", "Follow-up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """The ids of what was seeded; one Staff Member of each access type, one without an e-mail."""

    account_id: str = "acc-1"
    north_id: str = "loc-north"
    south_id: str = "loc-south"
    hq_admin_id: str = "st-hana"
    location_admin_id: str = "st-luis"
    staff_id: str = "st-sam"
    view_only_id: str = "st-vera"
    without_email_id: str = "st-nora"


def seed_practice(
    state: BookingState,
    *,
    now: datetime,
    weeks: int = 6,
) -> Practice:
    """Fill the state with a small practice.

    Args:
        state: goes from empty to filled; what has the same ids is saved anew.
        now: schedules begin in the week before it.
        weeks: how far they go on after it.

    Returns:
        The ids.
    """
    practice = Practice()
    both = (practice.north_id, practice.south_id)
    state.put_account(Account(id=practice.account_id, name="Riverside Practice", time_zone=ZONE))
    for location_id, name in ((practice.north_id, "North Clinic"), (both[1], "South Clinic")):
        state.put_location(practice.account_id, Location(id=location_id, name=name, time_zone=ZONE))
    people: tuple[tuple[str, str, AccessType, tuple[str, ...]], ...] = (
        (practice.hq_admin_id, "Hana Quinn", AccessType.HQ_ADMIN, both),
        (practice.location_admin_id, "Luis Adams", AccessType.LOCATION_ADMIN, both[:1]),
        (practice.staff_id, "Sam Taylor", AccessType.STAFF, both[:1]),
        (practice.view_only_id, "Vera Olson", AccessType.VIEW_ONLY, both[1:]),
    )
    for staff_id, name, access_type, locations in people:
        state.put_staff(
            practice.account_id,
            StaffMember(
                id=staff_id,
                name=name,
                email=f"{staff_id.removeprefix('st-')}@practice.example",
                access_type=access_type,
                location_ids=locations,
                time_zone=ZONE,
            ),
        )
    nora = StaffMember(
        id=practice.without_email_id, name="Nora Ames", location_ids=both[1:], time_zone=ZONE
    )
    state.put_staff(practice.account_id, nora)
    for number, (staff_id, _, _, locations) in enumerate(people):
        if not state.schedule(practice.account_id, staff_id).items():
            _fill(
                state,
                account_id=practice.account_id,
                staff_id=staff_id,
                location_id=locations[0],
                now=now,
                weeks=weeks,
                number=number,
            )
    return practice


def _fill(
    state: BookingState,
    *,
    account_id: str,
    staff_id: str,
    location_id: str,
    now: datetime,
    weeks: int,
    number: int,
) -> None:
    today = now.astimezone(ZoneInfo(ZONE)).date()
    for count, day in enumerate(_working_days(today, weeks)):
        turn = count + number
        for place, hour in enumerate((9, 10, 14)[: 1 + turn % 3]):
            customer = CUSTOMERS[(turn + place) % len(CUSTOMERS)]
            start, end = _at(day, hour, 45)
            appointment = state.book_appointment(
                account_id,
                staff_id,
                start=start,
                end=end,
                customer=customer,
                service=SERVICES[(turn + place) % len(SERVICES)],
                location_id=location_id,
                fields=(
                    ItemField(label="Phone", value=f"555-01{turn % 100:02d}"),
                    ItemField(label="E-mail", value=None),
                    ItemField(label="Notes", value="First visit" if turn % 4 == 0 else None),
                ),
            )
            if end <= now:
                status = ItemStatus.NO_SHOW if turn % 5 == 0 else ItemStatus.COMPLETED
                state.set_status(account_id, staff_id, appointment.id, status)
        if turn % 3 == 0:
            start, end = _at(day, 12, 60)
            state.add_reserve(account_id, staff_id, start=start, end=end, title="Lunch")
        if turn % 5 == 4:
            start, end = _at(day, 16, 90)
            state.add_event(account_id, staff_id, start=start, end=end, title="Yoga class")


def _working_days(today: date, weeks: int) -> Iterator[date]:
    for days in range(-7, weeks * 7):
        day = today + timedelta(days=days)
        if day.weekday() < 5:
            yield day


def _at(day: date, hour: int, minutes: int) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(hour), ZoneInfo(ZONE))
    return start, start + timedelta(minutes=minutes)
