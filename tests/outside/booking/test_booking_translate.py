import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Raw

from sync.engine.items import BookingField, BookingItem, BookingKind, BookingStatus, ReserveContent
from sync.errors import ContractBroken
from sync.outside.booking import translate, wire
from sync.people.people import AccessType
from sync.words import BookingItemId, Interval, LocationId

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
END = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

ITEM: dict[str, Any] = {
    "id": "apt-1",
    "kind": "appointment",
    "version": "v7",
    "start": "2026-11-23T09:00:00-05:00",
    "end": "2026-11-23T10:00:00-05:00",
    "status": "booked",
}


def raw(**changes: Any) -> bytes:
    return json.dumps({**ITEM, **changes}).encode()


def test_r6_4_an_item_is_read_as_instants() -> None:
    item = translate.item(raw())

    assert item == BookingItem(
        id=BookingItemId("apt-1"),
        kind=BookingKind.APPOINTMENT,
        version="v7",
        interval=Interval(START, END),
    )


def test_all_that_an_item_shows_is_read() -> None:
    item = translate.item(
        raw(
            customer={"name": "Kim", "phone": "1"},
            service={"name": "Massage"},
            location_id="loc-1",
            fields=[{"label": "Room", "value": "2"}, {"label": "Note", "value": None}],
            external_ref="ref",
            title="T",
            notes="N",
            status="no_show",
            colour="green",
        )
    )

    assert (item.customer_name, item.service_name) == ("Kim", "Massage")
    assert item.location_id == LocationId("loc-1")
    assert item.fields == (
        BookingField(label="Room", value="2"),
        BookingField(label="Note", value=None),
    )
    assert (item.external_ref, item.title, item.notes) == ("ref", "T", "N")
    assert item.status is BookingStatus.NO_SHOW


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-11-23T09:00:00-05:00", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2026-11-23T09:00:00", None),
        ("lately", None),
        (7, None),
        (None, None),
        ({}, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
    ],
)
def test_r8_15_when_an_item_was_modified_is_read_where_it_can_be(
    said: object, read: datetime | None
) -> None:
    assert translate.item(raw(modified=said)).modified == read
    assert translate.item(raw()).modified is None


def test_optional_members_may_be_null() -> None:
    nothing = dict.fromkeys(
        ("title", "notes", "customer", "service", "location_id", "fields", "external_ref")
    )

    assert translate.item(raw(**nothing)) == translate.item(raw())


UNREADABLE = [
    {"kind": "holiday"},
    {"status": "maybe"},
    {"start": "2026-11-23T09:00:00"},
    {"start": "tomorrow"},
    {"end": "2026-11-23T08:00:00-05:00"},
    {"start": "0001-01-01T00:00:00+14:00"},
    {"start": "1999-12-31T23:59:59Z"},
    {"end": "2101-01-01T00:00:00Z"},
    {"id": "a/b"},
    {"id": "a\n"},
    {"id": ""},
    {"version": 7},
    {"version": "two\nlines"},
    {"customer": {"first": "Kim"}},
]


@pytest.mark.parametrize("changes", UNREADABLE)
def test_an_item_of_another_shape_is_refused_without_its_contents(changes: dict[str, Any]) -> None:
    with pytest.raises(ContractBroken) as caught:
        translate.item(raw(title="canary", **changes))

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("changes", UNREADABLE)
def test_one_unreadable_item_does_not_take_the_others_with_it(changes: dict[str, Any]) -> None:
    page = [Raw(raw(id="one")), Raw(raw(**{"id": "two", **changes})), Raw(raw(id="three"))]

    items, unreadable = translate.readable_items(page)

    assert [item.id for item in items] == ["one", "three"]
    assert len(unreadable) == 1


def test_an_unreadable_item_is_named_by_its_id_where_it_has_one() -> None:
    page = [Raw(raw(kind="holiday")), Raw(b'{"id": 5}'), Raw(b'"text"')]

    assert translate.readable_items(page) == ((), ("apt-1", "?", "?"))


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[]", b"{}", b"null"])
def test_an_answer_of_another_shape_is_a_broken_contract(body: bytes) -> None:
    with pytest.raises(ContractBroken, match="listItems"):
        translate.read(body, wire.ItemPageWire, what="listItems")


def test_r12_7_the_language_of_a_profile_is_read() -> None:
    body = (
        b'{"id": "ann", "name": "Ann", "access_type": "staff", "location_ids": [], '
        b'"time_zone": "UTC", "language": "fr-CA"}'
    )

    raw = translate.read(body, wire.StaffMemberWire, what="getStaffMember")

    assert translate.staff_member(raw).language == "fr-CA"


def test_an_empty_address_is_none() -> None:
    member = wire.StaffMemberWire(
        id="ann",
        name="Ann",
        access_type=AccessType.STAFF,
        location_ids=("loc-1", "loc-1"),
        time_zone="UTC",
        email="",
    )

    assert translate.staff_member(member).email is None
    assert translate.staff_member(member).language is None
    assert translate.staff_member(member).location_ids == {"loc-1"}


def test_deep_brackets_spoil_their_item_alone() -> None:
    deep = b'{"id": "deep", "title": ' + b"[" * 100_000

    with pytest.raises(ContractBroken):
        translate.item(deep)


def test_r6_5_writing_a_text_says_the_text_only() -> None:
    assert translate.item_update(None, ReserveContent(title="T", notes="N")) == {
        "title": "T",
        "notes": "N",
    }


def test_a_move_says_the_time_only() -> None:
    assert translate.item_update(Interval(START, END), None) == {
        "start": "2026-11-23T14:00:00+00:00",
        "end": "2026-11-23T15:00:00+00:00",
    }


def test_r7_3_writing_a_reserve_anew_empties_its_notes() -> None:
    body = translate.item_update(Interval(START, END), ReserveContent(title="Reserved"))

    assert (body["title"], body["notes"]) == ("Reserved", "")


def test_a_new_reserve_without_notes_says_none() -> None:
    body = translate.new_reserve(Interval(START, END), ReserveContent(title="Busy"), "ref")

    assert "notes" not in body
    assert body["external_ref"] == "ref"
