"""Graph JSON to the domain's values."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.adapters.graph.translate import (
    MARK_PROPERTY,
    SERIES_MISSING,
    UNKNOWN_ZONE,
    UNREADABLE_TIME,
    calendar,
    mark_of,
    oldest_with_mark,
    outlook_item,
    own_addresses,
)
from sync.domain.model import Interval, OutlookItem, OutlookItemId, OutlookKind, ShowAs
from sync.errors import ContractBroken
from tests.unit.adapters.graph.samples import event, master, occurrence

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_full_event_is_read() -> None:
    assert outlook_item(event()) == OutlookItem(
        id=OutlookItemId("AAMk1="),
        etag='W/"k1"',
        interval=Interval(NINE, TEN),
        subject="Lunch",
        body="Bring a pen\nand paper",
    )


@pytest.mark.parametrize("sensitivity", ["personal", "private", "confidential", "brandNew", None])
def test_r7_3_text_that_is_not_of_normal_sensitivity_stays_outside(sensitivity: str | None) -> None:
    item = outlook_item(event(sensitivity=sensitivity))

    assert (item.is_normal, item.subject, item.body) == (False, None, None)
    assert "Lunch" not in repr(item)
    assert "pen" not in repr(item)


def test_a_sensitivity_that_is_not_told_is_taken_as_private() -> None:
    raw = event()
    del raw["sensitivity"]

    assert not outlook_item(raw).is_normal


@pytest.mark.parametrize(("subject", "read"), [(None, None), ("", None), ("🎉", "🎉")])
def test_an_empty_subject_is_none(subject: str | None, read: str | None) -> None:
    assert outlook_item(event(subject=subject)).subject == read


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ({"contentType": "text", "content": "Agenda\r\n1. Rent\r\n"}, "Agenda\n1. Rent"),
        (
            {
                "contentType": "html",
                "content": "<html><head><style>p{}</style></head><body><p>Agenda</p>\r\n"
                "<div>1.&nbsp;Rent &amp; heat<br>2. Keys</div></body></html>",
            },
            "Agenda\n1. Rent & heat\n2. Keys",
        ),
        ({"contentType": "html", "content": "<html><body></body></html>"}, None),
        (None, None),
    ],
)
def test_r7_2_a_body_is_read_as_text_also_where_graph_sends_html(
    body: Any, read: str | None
) -> None:
    assert outlook_item(event(body=body)).body == read


@pytest.mark.parametrize(
    ("value", "read"), [("oof", ShowAs.OOF), ("brandNew", ShowAs.UNKNOWN), (None, ShowAs.UNKNOWN)]
)
def test_an_unknown_show_as_survives(value: str | None, read: ShowAs) -> None:
    assert outlook_item(event(showAs=value)).show_as is read


def test_flags_are_read() -> None:
    item = outlook_item(
        event(
            isCancelled=True,
            isOrganizer=False,
            attendees=[{"type": "required"}],
            responseStatus={"response": "declined"},
        )
    )

    assert item.is_cancelled
    assert item.is_declined
    assert item.has_attendees
    assert not item.is_organizer


def test_an_all_day_event_spans_its_dates_whatever_the_zone_says() -> None:
    item = outlook_item(
        event(
            isAllDay=True,
            start={"dateTime": "2026-11-24T00:00:00.0000000", "timeZone": "Tonga Standard Time"},
            end={"dateTime": "2026-11-26T00:00:00.0000000", "timeZone": "Tonga Standard Time"},
        )
    )

    days = Interval(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC))
    assert (item.is_all_day, item.interval) == (True, days)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "Mars"}}, UNKNOWN_ZONE),
        ({"start": {"dateTime": "soon", "timeZone": "UTC"}}, UNREADABLE_TIME),
        ({"start": None}, UNREADABLE_TIME),
        ({"start": {"dateTime": "2026-11-24T12:00:00", "timeZone": "UTC"}}, UNREADABLE_TIME),
    ],
)
def test_case_28_an_item_that_can_not_be_read_bears_its_problem(
    changes: dict[str, Any], problem: str
) -> None:
    assert outlook_item(event(**changes)).problem == problem


def test_an_old_custom_zone_of_origin_does_no_harm() -> None:
    raw = event(originalStartTimeZone="tzone://Microsoft/Custom")

    assert outlook_item(raw).problem is None


def test_r7_4_a_short_occurrence_takes_its_text_from_the_series() -> None:
    item = outlook_item(occurrence("o1"), master(showAs="oof", isCancelled=True))

    assert (item.kind, item.series_id) == (OutlookKind.OCCURRENCE, "S=")
    assert (item.subject, item.show_as, item.is_cancelled) == ("Team", ShowAs.OOF, True)
    assert item.interval.start.day == 25


def test_r7_3_a_short_occurrence_of_a_private_series_is_private() -> None:
    item = outlook_item(occurrence("o1"), master(sensitivity="private"))

    assert (item.is_normal, item.subject, item.body) == (False, None, None)


def test_a_short_occurrence_without_its_series_can_not_be_read() -> None:
    item = outlook_item(occurrence("o1"))

    assert (item.problem, item.is_normal) == (SERIES_MISSING, False)


def test_an_exceptions_own_members_win() -> None:
    raw = occurrence("o1", type="exception", subject="Moved", isAllDay=False)

    item = outlook_item(raw, master(showAs="oof"))

    assert (item.kind, item.subject, item.show_as) == (OutlookKind.EXCEPTION, "Moved", ShowAs.OOF)


def test_an_event_without_an_id_breaks_the_contract() -> None:
    with pytest.raises(ContractBroken):
        outlook_item({"subject": "x"})


def test_an_etag_is_made_from_the_change_key_where_it_is_missing() -> None:
    raw = event(changeKey="k7")
    del raw["@odata.etag"]

    assert outlook_item(raw).etag == 'W/"k7"'


# --- marks ---


def marked(item_id: str, created: str, mark: str | None) -> dict[str, Any]:
    held = [] if mark is None else [{"id": MARK_PROPERTY, "value": mark}]
    return event(item_id, createdDateTime=created, singleValueExtendedProperties=held)


def test_r8_11_the_oldest_event_with_the_very_mark_is_ours() -> None:
    found = oldest_with_mark(
        [
            marked("copy", "2026-11-21T08:00:00Z", "m"),
            marked("ours", "2026-11-20T08:00:00Z", "m"),
            marked("other case", "2026-11-19T08:00:00Z", "M"),
        ],
        "m",
    )

    assert found is not None
    assert found["id"] == "ours"
    assert oldest_with_mark([], "m") is None


def test_a_mark_is_read_by_its_property_in_any_case() -> None:
    held = [{"id": "String 0x1", "value": "x"}, {"id": MARK_PROPERTY.upper(), "value": "m"}]

    assert mark_of(event(singleValueExtendedProperties=held)) == "m"
    assert mark_of(event()) is None


# --- calendars ---


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


def test_a_calendar_without_an_id_breaks_the_contract() -> None:
    with pytest.raises(ContractBroken):
        calendar({"name": "x"}, frozenset())
