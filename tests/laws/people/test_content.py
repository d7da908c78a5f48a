"""What is written on either side, example by example (R6.2, R7.2, R7.3)."""

import pytest

from sync.engine.items import (
    BookingField,
    BookingItem,
    BookingKind,
    EventContent,
    OutlookItem,
    ReserveContent,
)
from sync.engine.texts import (
    NOTES_LIMIT,
    SUBJECT_LIMIT,
    TITLE_LIMIT,
    Product,
    booking_title,
    event_content,
    event_fingerprint,
    meeting_title,
    reserve_content,
    reserve_fingerprint,
)
from sync.words import BookingItemId, Interval, OutlookItemId
from tests.fakes.clock import START

SPAN = Interval(START, START)
PRODUCT = Product(name="Book & Co", tag="BC")


def appointment(customer: str | None, service: str | None, *fields: BookingField) -> BookingItem:
    return BookingItem(
        id=BookingItemId("b"),
        kind=BookingKind.APPOINTMENT,
        version="v",
        interval=SPAN,
        customer_name=customer,
        service_name=service,
        fields=fields,
    )


def reserve(title: str | None) -> BookingItem:
    return BookingItem(
        id=BookingItemId("b"), kind=BookingKind.RESERVE, version="v", interval=SPAN, title=title
    )


def meeting(subject: str | None, body: str | None = None, *, is_normal: bool = True) -> OutlookItem:
    return OutlookItem(
        id=OutlookItemId("o"),
        etag="e",
        interval=SPAN,
        subject=subject,
        body=body,
        is_normal=is_normal,
    )


@pytest.mark.parametrize(
    ("customer", "service", "title"),
    [
        ("Ada", "Cut", "Ada - Cut"),
        ("  Ada \n Love ", "Cut", "Ada Love - Cut"),
        (None, "Cut", "Cut"),
        ("Ada", "", "Ada"),
        (None, None, "Appointment"),
    ],
)
def test_r6_2_an_appointment_is_named_by_customer_and_service(
    customer: str | None, service: str | None, title: str
) -> None:
    assert booking_title(appointment(customer, service)) == title


@pytest.mark.parametrize(
    ("own", "title"), [("Stock", "Stock"), (None, "Reserve"), (" \t ", "Reserve")]
)
def test_r6_2_a_reserve_has_its_own_title(own: str | None, title: str) -> None:
    assert booking_title(reserve(own)) == title


def test_r6_2_the_body_names_the_source_and_each_field_that_has_a_value() -> None:
    item = appointment(
        "Ada",
        "Cut",
        BookingField(label="Phone", value=" 12\r\n34 "),
        BookingField(label="Mail", value=None),
        BookingField(label="Note", value="   "),
        BookingField(label="Price\nlist", value="5"),
    )

    body = event_content(item, PRODUCT).body_html

    assert body == "From Book &amp; Co (BC)<br>\nPhone: 12 34<br>\nPrice list: 5"


def test_r6_2_case_8_text_of_the_booking_product_never_becomes_markup() -> None:
    item = appointment(
        "<b>Ada</b>", "Cut", BookingField(label="<i>", value="<script>alert('x')</script>")
    )

    content = event_content(item, PRODUCT)

    assert content.subject == "<b>Ada</b> - Cut"
    assert "<script" not in content.body_html
    assert "&lt;i&gt;: &lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in content.body_html


@pytest.mark.parametrize(
    ("subject", "title"), [("Lunch", "Lunch"), (None, "(no title)"), ("  ", "(no title)")]
)
def test_r7_2_a_meeting_keeps_its_subject(subject: str | None, title: str) -> None:
    assert meeting_title(meeting(subject)) == title


def test_r7_3_a_meeting_that_is_not_normal_is_reserved_without_notes() -> None:
    private = meeting("Doctor", "Results", is_normal=False)

    assert meeting_title(private) == "Reserved"
    assert reserve_content(private, details=True) == ReserveContent(title="Reserved")


def test_r7_2_notes_are_the_body_only_where_details_are_chosen() -> None:
    item = meeting("Lunch", "  one \r\n two\rthree\n\n")

    assert reserve_content(item, details=True).notes == "one\n two\nthree"
    assert reserve_content(item, details=False).notes == ""
    assert reserve_content(meeting("Lunch"), details=True).notes == ""


def test_case_17_long_texts_are_cut_with_a_visible_mark() -> None:
    exact, long = "x" * TITLE_LIMIT, "x" * (TITLE_LIMIT + 1)
    notes = reserve_content(meeting("t", "y" * 1_000_000), details=True).notes

    assert meeting_title(meeting(exact)) == exact
    assert meeting_title(meeting(long)) == "x" * (TITLE_LIMIT - 1) + "…"
    assert booking_title(reserve("z" * 300)) == "z" * (SUBJECT_LIMIT - 1) + "…"
    assert meeting_title(meeting("X" * 300)) == "X" * (TITLE_LIMIT - 1) + "…"
    assert booking_title(appointment("z" * 300, "Cut")) == "z" * (SUBJECT_LIMIT - 1) + "…"
    assert len(notes) == NOTES_LIMIT
    assert notes.endswith("… [cut: the whole text is in Outlook]")
    assert (SUBJECT_LIMIT, TITLE_LIMIT, NOTES_LIMIT) == (255, 255, 4000)


def test_case_17_a_cut_tears_no_emoji_and_lone_surrogates_are_replaced() -> None:
    family = "\N{MAN}\u200d\N{WOMAN}"
    start = "x" * (TITLE_LIMIT - 3)

    assert meeting_title(meeting(start + family + "xx")) == start + "\N{MAN}…"
    assert meeting_title(meeting("a\ud83d")) == "a\ufffd"
    assert meeting_title(meeting("a\x00b\x85c\x7fd\x9fe")) == "a b c d e"
    assert meeting_title(meeting("a\tb\u00a0c")) == "a b c"
    assert reserve_content(meeting("t", "a\tb\x01c"), details=True).notes == "a\tb c"


CONTROLS = [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in "\t\n\r"]


@pytest.mark.parametrize(
    ("characters", "shown"),
    [
        ("".join(CONTROLS), " "),
        ("\ud800\udbff\udc00\udfff", "\ufffd"),
        ("\t ~\u00a0\ud7ff\ue000", None),
    ],
)
def test_case_17_what_breaks_tables_and_mails_becomes_a_space_and_nothing_else_does(
    characters: str, shown: str | None
) -> None:
    for character in characters:
        notes = reserve_content(meeting("t", f"a{character}\x01b"), details=True).notes

        assert notes == f"a{shown or character} b"


def test_r7_2_a_text_just_as_long_as_it_may_be_is_not_cut() -> None:
    assert reserve_content(meeting("t", "y" * NOTES_LIMIT), details=True).notes == "y" * NOTES_LIMIT
    exact = "z" * SUBJECT_LIMIT
    assert booking_title(reserve(exact)) == exact
    assert booking_title(appointment(None, exact)) == exact


def test_fingerprints_are_stored_and_so_the_same_in_each_release() -> None:
    event = EventContent(subject="Ada \N{EM DASH} \ud83d", body_html="b")

    assert event_fingerprint(event) == "9dc3b79d7e10702542248ebcc4e5539b"
    assert (
        reserve_fingerprint(ReserveContent(title="a", notes="b"))
        == "59b271ae1bbcb1d31d41929817f4b16f"
    )


def test_fingerprints_tell_texts_apart_and_where_they_are_parted() -> None:
    one = event_fingerprint(EventContent(subject="ab", body_html="c"))

    assert one == event_fingerprint(EventContent(subject="ab", body_html="c"))
    assert one != event_fingerprint(EventContent(subject="a", body_html="bc"))
    assert one != event_fingerprint(EventContent(subject="ab", body_html="d"))
    assert reserve_fingerprint(ReserveContent(title="a", notes="b")) != reserve_fingerprint(
        ReserveContent(title="a", notes="c")
    )
    assert reserve_fingerprint(ReserveContent(title="ab")) != reserve_fingerprint(
        ReserveContent(title="a", notes="b")
    )
    assert len(one) == 32
