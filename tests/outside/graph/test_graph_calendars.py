"""Graph JSON to calendars."""

from typing import Any

import pytest

from sync.errors import ContractBroken
from sync.outside.graph.calendars import calendar, own_addresses


def raw_calendar(**changes: Any) -> dict[str, Any]:
    return {
        "id": "AQMk=",
        "name": "Calendar",
        "isDefaultCalendar": True,
        "canShare": True,
        "canEdit": True,
        "owner": {"name": "Ann", "address": "Ann@example.org"},
    } | changes


@pytest.mark.parametrize(
    ("changes", "is_own", "can_edit"),
    [
        ({}, True, True),
        ({"canShare": False}, False, True),
        ({"owner": {"address": "ben@example.org"}}, False, True),
        ({"owner": None}, False, True),
        ({"canEdit": False}, True, False),
    ],
)
def test_r5_1_a_calendar_is_own_where_it_may_be_shared_and_the_owner_is_the_person(
    changes: dict[str, Any], *, is_own: bool, can_edit: bool
) -> None:
    read = calendar(raw_calendar(**changes), frozenset({"ann@example.org"}))

    assert (read.is_own, read.can_edit) == (is_own, can_edit)


def test_aliases_and_the_default_calendars_owner_are_the_persons_own() -> None:
    me = {"mail": "A@example.org", "userPrincipalName": "b@example.org"}
    others = raw_calendar(isDefaultCalendar=False, owner={"address": "d@example.org"})
    default = raw_calendar(owner={"address": "C@example.org"})

    assert own_addresses(me, [others, default]) == {
        "a@example.org",
        "b@example.org",
        "c@example.org",
    }


@pytest.mark.parametrize("calendar_id", [None, "", 7, "\ud800"])
def test_a_calendar_without_an_id_breaks_the_contract(calendar_id: object) -> None:
    with pytest.raises(ContractBroken):
        calendar({"name": "x", "id": calendar_id}, frozenset())


def test_case_82_half_a_character_in_a_name_can_be_shown_and_stored() -> None:
    read = calendar(raw_calendar(name="\ud83d work", owner={"address": "\ud800"}), frozenset())

    assert (read.name, read.owner_address) == ("\ufffd work", "\ufffd")


@pytest.mark.parametrize("owner", ["ann@example.org", 7, [], {"address": 7}])
def test_an_owner_of_another_shape_is_nobody(owner: Any) -> None:
    raw = raw_calendar(owner=owner, name=7)

    assert not calendar(raw, frozenset({"ann@example.org"})).is_own
    assert own_addresses({"mail": 7}, [raw]) == frozenset()
