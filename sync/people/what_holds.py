"""What holds now: the acting person's profile, the Account, where the plugin works (section 2)."""

from sync.people.enrolment import Reach
from sync.people.not_permitted import not_permitted, unknown_staff
from sync.people.people import Account, StaffMember
from sync.ports import BookingGateway, LocationRepository
from sync.words import AccountId, LocationId, PersonKey, StaffId, msgid


async def read_acting(
    booking: BookingGateway, account_id: AccountId, acting: StaffId
) -> StaffMember:
    """Reads the profile of the person for whom something is asked.

    Raises:
        Rejected: 403 ``not_permitted``: the Account has no such person.
    """
    found = await booking.staff_member(PersonKey(account_id=account_id, staff_id=acting))
    if found is None:
        raise not_permitted(msgid("The person for whom this is asked is not one of this Account."))
    return found


async def read_account(booking: BookingGateway, account_id: AccountId) -> Account:
    """Reads an Account.

    Raises:
        Rejected: 404 ``unknown_staff``: there is none.
    """
    found = await booking.account(account_id)
    if found is None:
        raise unknown_staff()
    return found


async def read_reach(
    booking: BookingGateway, locations: LocationRepository, account_id: AccountId
) -> Reach:
    """Reads where the plugin serves an Account."""
    stored = await locations.get(account_id)
    chosen = frozenset[LocationId]() if stored is None else stored.value.location_ids
    existing = frozenset(place.id for place in await booking.locations(account_id))
    return Reach(chosen=chosen, existing=existing)
