"""Who may do what (section 2)."""

import pytest

from sync.people.people import AccessType, StaffMember
from sync.people.rights import (
    is_administrator,
    is_served,
    looks_after,
    may_enable,
    others_places,
    outranks,
)
from sync.words import LocationId, StaffId

NORTH, SOUTH = LocationId("north"), LocationId("south")


def somebody(access_type: AccessType, *locations: LocationId) -> StaffMember:
    return StaffMember(
        id=StaffId("s"),
        name="S",
        access_type=access_type,
        location_ids=frozenset(locations),
        time_zone="UTC",
    )


@pytest.mark.parametrize(
    ("access_type", "enables", "administers", "at_own", "elsewhere"),
    [
        (AccessType.HQ_ADMIN, True, True, True, True),
        (AccessType.LOCATION_ADMIN, False, True, True, False),
        (AccessType.STAFF, False, False, False, False),
        (AccessType.VIEW_ONLY, False, False, False, False),
    ],
)
def test_r2_1_r2_2_rights_follow_the_access_type_and_the_locations(
    *, access_type: AccessType, enables: bool, administers: bool, at_own: bool, elsewhere: bool
) -> None:
    acting = somebody(access_type, NORTH)

    assert may_enable(acting) is enables
    assert is_administrator(acting) is administers
    assert looks_after(acting, frozenset({NORTH, SOUTH})) is at_own
    assert looks_after(acting, frozenset({SOUTH})) is elsewhere


def test_r2_5_the_plugin_serves_who_exists_and_works_at_an_enabled_location() -> None:
    staff = somebody(AccessType.STAFF, NORTH)

    assert is_served(staff, frozenset({NORTH, SOUTH}))
    assert not is_served(staff, frozenset({SOUTH}))
    assert not is_served(staff, frozenset())
    assert not is_served(None, frozenset({NORTH}))


def test_r2_7_access_types_stand_in_an_order() -> None:
    order = [
        somebody(kind)
        for kind in (
            AccessType.VIEW_ONLY,
            AccessType.STAFF,
            AccessType.LOCATION_ADMIN,
            AccessType.HQ_ADMIN,
        )
    ]

    for place, one in enumerate(order):
        assert [outranks(other.access_type, one) for other in order] == [
            number > place for number in range(len(order))
        ]


def test_r2_7_only_an_administrator_of_locations_leaves_places_to_others() -> None:
    both = frozenset({NORTH, SOUTH})

    assert others_places(both, somebody(AccessType.LOCATION_ADMIN, NORTH)) == {SOUTH}
    assert others_places(both, somebody(AccessType.HQ_ADMIN, NORTH)) == frozenset()
