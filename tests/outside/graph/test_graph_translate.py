"""Graph JSON to the domain's values."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.engine.items import OutlookItem, OutlookKind
from sync.errors import ContractBroken
from sync.outside.graph.translate import (
    IMPOSSIBLE_TIME,
    MARK_PROPERTY,
    SERIES_MISSING,
    UNKNOWN_ZONE,
    UNREADABLE_TIME,
    found_events,
    is_master,
    mark_of,
    outlook_item,
)
from sync.words import Interval, OutlookItemId, ShowAs
from tests.outside.graph.samples import event, master, occurrence
from tests.properties import given, settings, st

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
    ("value", "read"),
    [
        ("oof", ShowAs.OOF),
        ("brandNew", ShowAs.UNKNOWN),
        ("unknown", ShowAs.UNKNOWN),
        (None, ShowAs.BUSY),
    ],
)
def test_r7_1_an_unknown_show_as_survives_and_none_is_busy(value: str | None, read: ShowAs) -> None:
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
        ({"start": "2026-11-24T09:00:00Z"}, UNREADABLE_TIME),
        ({"start": {"dateTime": 7, "timeZone": "UTC"}}, UNREADABLE_TIME),
        ({"start": {"dateTime": "2026-11-24T09:00:00", "timeZone": None}}, UNKNOWN_ZONE),
        ({"start": {"dateTime": "2026-11-24T09:00:00", "timeZone": 7}}, UNKNOWN_ZONE),
        ({"start": {"dateTime": "2026-11-24T12:00:00", "timeZone": "UTC"}}, IMPOSSIBLE_TIME),
        ({"start": {"dateTime": "0001-01-01T00:00:00", "timeZone": "UTC"}}, IMPOSSIBLE_TIME),
        ({"start": {"dateTime": "1999-12-31T23:59:59", "timeZone": "UTC"}}, IMPOSSIBLE_TIME),
        ({"end": {"dateTime": "2101-01-01T00:00:00", "timeZone": "UTC"}}, IMPOSSIBLE_TIME),
        ({"end": {"dateTime": "9999-12-31T23:59:59", "timeZone": "UTC"}}, IMPOSSIBLE_TIME),
        (
            {"start": {"dateTime": "0001-01-01T00:00:00", "timeZone": "Tokyo Standard Time"}},
            UNREADABLE_TIME,
        ),
    ],
)
def test_r7_6_and_case_28_an_item_that_can_not_be_read_bears_its_problem(
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


@pytest.mark.parametrize("left_out", ["showAs", "sensitivity", "isAllDay"])
def test_a_series_that_leaves_out_what_decides_is_as_good_as_none(left_out: str) -> None:
    series = master()
    del series[left_out]

    assert outlook_item(occurrence("o1"), series).problem == SERIES_MISSING


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


def test_r7_6_years_at_the_edge_can_be_true() -> None:
    utc = {"timeZone": "UTC"}
    raw = event(
        start={"dateTime": "2000-01-01T00:00:00", **utc},
        end={"dateTime": "2100-12-31T23:59:59", **utc},
    )

    assert outlook_item(raw).problem is None


def test_the_master_of_a_birthday_may_have_begun_long_ago() -> None:
    utc = {"timeZone": "UTC"}
    began: dict[str, Any] = {
        "isAllDay": True,
        "start": {"dateTime": "1961-05-01T00:00:00", **utc},
        "end": {"dateTime": "1961-05-02T00:00:00", **utc},
    }

    assert outlook_item(master(**began)).problem is None
    assert outlook_item(event(**began)).problem == IMPOSSIBLE_TIME


def test_an_all_day_event_needs_no_zone() -> None:
    item = outlook_item(
        event(
            isAllDay=True,
            start={"dateTime": "2026-11-24T00:00:00", "timeZone": None},
            end={"dateTime": "2026-11-25T00:00:00"},
        )
    )

    assert (item.is_all_day, item.problem) == (True, None)


ODD = [
    {"responseStatus": "declined"},
    {"responseStatus": {"response": {}}},
    {"attendees": "ann@example.org"},
    {"attendees": {}},
    {"body": "Bring a pen"},
    {"subject": {"text": "Lunch"}},
    {"showAs": 2},
    {"showAs": []},
    {"sensitivity": 0},
    {"isAllDay": "no"},
    {"isCancelled": 0},
    {"isOrganizer": "yes"},
    {"type": 3},
    {"type": []},
    {"seriesMasterId": 7},
    {"seriesMasterId": "\ud800"},
]


@pytest.mark.parametrize("odd", ODD)
def test_case_66_a_member_of_another_kind_is_the_items_own_problem(odd: dict[str, Any]) -> None:
    item = outlook_item(event(**odd))

    assert item.problem == f"unreadable_{next(iter(odd))}"
    assert (item.id, item.etag) == ("AAMk1=", 'W/"k1"')


@pytest.mark.parametrize("odd", ODD)
def test_r7_3_private_text_stays_outside_also_of_what_can_not_be_read(odd: dict[str, Any]) -> None:
    item = outlook_item(event(**{"sensitivity": "private", **odd}))

    assert (item.subject, item.body) == (None, None)
    assert "Lunch" not in repr(item)
    assert "Bring" not in repr(item)


@pytest.mark.parametrize(
    "name", ["subject", "body", "responseStatus", "attendees", "seriesMasterId", "showAs", "type"]
)
def test_a_member_that_is_null_is_no_problem(name: str) -> None:
    assert outlook_item(event() | {name: None}).problem is None


def test_case_17_half_an_emoji_is_replaced() -> None:
    raw = event(subject="Lunch \ud83c", body={"contentType": "text", "content": "\udf89 pen"})

    item = outlook_item(raw)

    assert (item.subject, item.body, item.problem) == ("Lunch \ufffd", "\ufffd pen", None)


@pytest.mark.parametrize(
    ("etag", "key", "read"),
    [(None, None, ""), (7, None, ""), ('W/"\u00fc"', "k7", 'W/"k7"'), ("a\nb", None, "")],
)
def test_an_etag_that_no_header_can_hold_is_none(etag: Any, key: Any, read: str) -> None:
    assert outlook_item(event(**{"@odata.etag": etag, "changeKey": key})).etag == read


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["UTC", "2026-11-24T09:00:00", "0001-01-01T00:00:00Z", "normal"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["dateTime", "timeZone", "response", "content", "id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.dictionaries(
        st.sampled_from([*event(), "changeKey", "iCalUId", "lastModifiedDateTime"]),
        JSON,
        max_size=5,
    ),
    series=st.none() | st.dictionaries(st.sampled_from([*event()]), JSON),
)
def test_r11_8_whatever_an_event_holds_it_is_read_or_has_a_problem(
    changes: dict[str, Any], series: dict[str, Any] | None
) -> None:
    raw = event(**{**changes, "id": "AAMk1="})

    item = outlook_item(raw, series)

    assert item.id == "AAMk1="
    assert item.problem is not None or item.interval.start.year >= 2000 or is_master(raw)
    repr(item).encode()


# --- which and when ---


def test_uid_and_time_of_the_last_change_are_read() -> None:
    raw = event(iCalUId="040000008200E0", lastModifiedDateTime="2026-11-20T08:00:00.1234567Z")

    item = outlook_item(raw)

    assert item.uid == "040000008200E0"
    assert item.modified == datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)


def test_r8_15_a_change_in_the_year_9999_makes_nothing_older_than_itself() -> None:
    assert outlook_item(event(lastModifiedDateTime="9999-12-31T23:59:59Z")).modified is None


@pytest.mark.parametrize("said", [None, "", 7, "soon", "0001-01-01T00:00:00Z", {}, "\ud800"])
def test_what_is_not_told_of_them_is_nothing(said: Any) -> None:
    item = outlook_item(event(lastModifiedDateTime=said, iCalUId=None if said == "soon" else said))

    assert item.modified is None
    assert item.problem is None
    assert item.uid in {None, "0001-01-01T00:00:00Z"}


def test_a_short_occurrence_has_the_uid_and_the_change_of_its_series() -> None:
    series = master(iCalUId="U", lastModifiedDateTime="2026-11-20T08:00:00Z")
    item = outlook_item(occurrence("o1"), series)
    changed = outlook_item(
        event(
            "o2", type="exception", seriesMasterId="S=", lastModifiedDateTime="2026-11-21T08:00:00Z"
        ),
        series,
    )

    assert (item.uid, item.modified) == ("U", datetime(2026, 11, 20, 8, tzinfo=UTC))
    assert (changed.uid, changed.modified) == ("U", datetime(2026, 11, 21, 8, tzinfo=UTC))


# --- searches ---


def marked(item_id: str, mark: str | None, uid: str | None = None) -> dict[str, Any]:
    held = [] if mark is None else [{"id": MARK_PROPERTY, "value": mark}]
    return event(item_id, iCalUId=uid, singleValueExtendedProperties=held)


def test_r8_10_what_two_searches_bring_is_joined_and_compared_again() -> None:
    by_mark = [marked("ours", "m", "U"), marked("copy", "m", "V"), marked("other case", "M", "W")]
    by_uid = [marked("ours", "m", "U"), marked("bare", None, "U"), marked("other case", "M", "u")]

    found = found_events(by_mark, by_uid, mark="m", uid="U")

    assert {one.item.id: one.mark for one in found} == {"ours": "m", "copy": "m", "bare": None}
    assert {one.created for one in found} == {datetime(2026, 11, 20, 8, tzinfo=UTC)}


def test_an_event_that_came_without_its_properties_is_believed_to_the_filter_for_marks() -> None:
    (found,) = found_events([event("a")], [event("b")], mark="m", uid="U")

    assert (found.item.id, found.mark) == ("a", "m")


def test_a_search_with_an_event_that_has_no_id_proves_nothing() -> None:
    with pytest.raises(ContractBroken):
        found_events([{"subject": "x"}], [], mark="m", uid=None)


@pytest.mark.parametrize("held", [None, "m", {}, [7], [{"id": 7}], [{"id": MARK_PROPERTY}]])
def test_properties_of_another_shape_hold_no_mark(held: Any) -> None:
    assert mark_of(event(singleValueExtendedProperties=held)) is None


def test_a_mark_is_read_by_its_property_in_any_case() -> None:
    held = [{"id": "String 0x1", "value": "x"}, {"id": MARK_PROPERTY.upper(), "value": "m"}]

    assert mark_of(event(singleValueExtendedProperties=held)) == "m"
    assert mark_of(event()) is None
