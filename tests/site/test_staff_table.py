"""What is missing for whom, and who comes first in the administrators' table (R12.9)."""

from dataclasses import replace
from typing import Any

import pytest

from sync.people.people import AccessType, ConnectionState, Location, Problem
from sync.people.staff_list import StaffStatus
from sync.site.pages.plugin_views import StaffRow, StaffTable
from sync.site.pages.staff_table import GROUPS, PAGE_ROWS, Filters, Readers, groups_of, table
from sync.words import LocationId, StaffId

NORTH, SOUTH = LocationId("north"), LocationId("south")
READERS = Readers(
    places=tuple(
        Location(id=id_, name=f"Salon {id_.title()}", time_zone="UTC") for id_ in (NORTH, SOUTH)
    ),
    enabled=frozenset({NORTH}),
    can_enable=True,
    product="Acme",
)


def somebody(name: str = "Anna", **more: Any) -> StaffStatus:
    known: dict[str, Any] = {
        "staff_id": StaffId(name.lower()),
        "name": name,
        "access_type": AccessType.STAFF,
        "location_ids": (NORTH,),
        "can_activate": True,
    }
    return StaffStatus(**known | more)


def invited(word: str) -> StaffStatus:
    return somebody(active=True, state=ConnectionState.INVITED, invitation=word)


def made(*statuses: StaffStatus, **filters: Any) -> StaffTable:
    return table(statuses, Filters(**filters), READERS, frozenset())


def row_of(status: StaffStatus, readers: Readers = READERS) -> StaffRow:
    (row,) = table((status,), Filters(), readers, frozenset()).rows
    return row


def said(status: StaffStatus, readers: Readers = READERS) -> str:
    return " ".join(f"{note.text} {note.press}".strip() for note in row_of(status, readers).notes)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (somebody(), ""),
        (invited("sent"), "Invitation sent."),
        (invited("none"), "send an invitation"),
        (invited("expired"), "send it again"),
        (invited("failed"), "Check the address in the profile"),
        (invited("no_email"), "No e-mail address: cannot be invited"),
        (somebody(active=True, state=ConnectionState.AUTHORIZED), "choose a calendar"),
        (somebody(active=True, state=ConnectionState.RECONNECT_NEEDED), "sign in with Microsoft"),
        (somebody(state=ConnectionState.DISCONNECTING), "is being removed"),
        (somebody(active=True, state=ConnectionState.ACTIVE, waiting=2), "2 items wait"),
        (somebody(left_behind=1), "1 item left behind"),
        (
            somebody(
                active=True,
                state=ConnectionState.ACTIVE,
                problem=Problem(code="unreachable", message="It fails."),
            ),
            "It fails.",
        ),
    ],
)
def test_r12_9_what_is_missing_is_said_for_each(status: StaffStatus, words: str) -> None:
    assert words in said(status)
    assert bool(words) is bool(said(status))


def test_r12_9_who_can_not_be_activated_shows_why_and_what_to_press() -> None:
    status = somebody(location_ids=(SOUTH,), can_activate=False)
    nowhere = replace(status, location_ids=())

    assert said(status).endswith("none of their Locations. Enable Salon South")
    assert "An HQ administrator can: Enable Salon South" in said(
        status, replace(READERS, can_enable=False)
    )
    assert "Works at no Location. That is changed in Acme." in said(nowhere)
    assert groups_of(row_of(status)) == ("unable",)


def test_r2_2_locations_of_other_administrators_have_no_name_in_the_table() -> None:
    own = replace(READERS, places=READERS.places[:1])
    status = somebody(location_ids=(NORTH, SOUTH))

    assert row_of(status).places == ("Salon North", "Salon South")
    assert row_of(status, own).places == ("Salon North", "elsewhere")


def test_r12_9_what_needs_attention_comes_first() -> None:
    fine = somebody("Aaron", active=True, state=ConnectionState.ACTIVE)
    waits = somebody("Mia", active=True, state=ConnectionState.ACTIVE, waiting=1)
    fails = somebody("Zoe", active=True, state=ConnectionState.RECONNECT_NEEDED)

    shown = made(fine, waits, fails)
    narrowed = made(fine, waits, fails, state="attention")

    assert [row.name for row in shown.rows] == ["Zoe", "Mia", "Aaron"]
    assert [row.name for row in narrowed.rows] == ["Zoe", "Mia"]
    assert {group.key: group.count for group in shown.groups} == {
        "": 3,
        "attention": 2,
        "active": 2,
        "reconnect_needed": 1,
    }


def test_r12_3_what_is_over_needs_no_attention() -> None:
    past = somebody(
        last_sync_result="failed", problem=Problem(code="x", message="It failed."), waiting=3
    )

    assert groups_of(row_of(past)) == ("inactive",)


def test_r12_9_every_state_is_a_group() -> None:
    assert set(GROUPS) == {"", "attention", "unable", *ConnectionState}
    for state in ConnectionState:
        assert groups_of(row_of(somebody(active=True, state=state, invitation="sent")))[0] == state


def test_r12_9_a_thousand_people_stand_on_pages() -> None:
    crowd = [somebody(f"P{number:04}") for number in range(1_000)]

    first, last, beyond = (made(*crowd, page=page) for page in (1, 20, 99))

    assert (len(first.rows), first.pages, len(first.matching)) == (PAGE_ROWS, 20, 1_000)
    assert last.rows[-1].name == "P0999"
    assert beyond.page == 20


def test_r12_9_search_takes_each_word_and_a_location() -> None:
    people = (
        somebody("Anna Berg"),
        somebody("Berta Annan", location_ids=(SOUTH,)),
        somebody("Carl"),
    )

    assert [row.name for row in made(*people, words="BER ann").rows] == [
        "Anna Berg",
        "Berta Annan",
    ]
    assert [row.name for row in made(*people, location="south").rows] == ["Berta Annan"]
    assert made(*people, words="ann").total == 3


def test_r12_9_who_is_selected_and_not_shown_is_carried_along() -> None:
    people = (somebody("Anna"), somebody("Carl"))
    chosen = frozenset({"anna", "carl", "stranger"})

    shown = table(people, Filters(words="ann"), READERS, chosen)

    assert shown.chosen == {"anna", "carl"}
    assert shown.hidden == ("carl",)


def test_r12_9_an_address_names_what_is_shown() -> None:
    assert Filters().address() == "/plugin"
    assert Filters(words="a b", state="active", page=2).address(done="x") == (
        "/plugin?done=x&words=a+b&state=active&page=2"
    )
