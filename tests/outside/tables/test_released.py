"""What the Links of release 1.0 are today."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.engine.links import Base, Hold, Intent, Kind, Known, Link, Op, Side, Why, outlook_key
from sync.errors import ContractBroken
from sync.outside.tables.released import links_of_1_0
from sync.words import BookingItemId, Interval, LinkKey, OutlookItemId
from tests.outside.tables.released_rows import (
    CREATING,
    DETACHED,
    ENDED,
    HALF,
    LINKED,
    MEETING,
    PARKED,
    UPCOMING,
    WAITING,
)

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
INTERVAL = Interval(NINE, NINE + timedelta(hours=1))
SEEN = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)


def test_what_was_linked_has_a_base() -> None:
    assert links_of_1_0(LINKED) == (
        Link(
            key=LinkKey("b-item-1"),
            origin=Side.BOOKING,
            kind=Kind.APPOINTMENT,
            interval=INTERVAL,
            booking_id=BookingItemId("item-1"),
            outlook_id=OutlookItemId("event-1"),
            made=SEEN,
            base=Base(
                booking=Known(version="3", interval=INTERVAL),
                outlook=Known(version='W/"e1"', interval=INTERVAL),
                interval=INTERVAL,
                text="f1",
            ),
        ),
    )


def test_what_was_born_in_outlook_is_a_meeting() -> None:
    (meeting,) = links_of_1_0(MEETING)

    assert (meeting.kind, meeting.origin) == (Kind.MEETING, Side.OUTLOOK)
    assert (meeting.series, meeting.told, meeting.generation) == ("series-2", "told-2", "g")
    assert meeting.made is None


def test_r8_12_what_was_being_made_has_intents_for_itself_and_its_leftover() -> None:
    link, leftover = links_of_1_0(CREATING)

    assert link.intent == Intent(op=Op.CREATE, side=Side.OUTLOOK, interval=INTERVAL, text="f3")
    assert (link.base, link.hold, link.generation) == (None, None, "g3")
    assert leftover.key == outlook_key(OutlookItemId("event-left"))
    assert (leftover.outlook_id, leftover.booking_id) == ("event-left", None)
    assert leftover.intent == Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=INTERVAL)


@pytest.mark.parametrize(
    ("text", "hold"),
    [
        (WAITING, Hold(why=Why.TAKEN, since=SEEN, of="state-4", tries=2, code="slot_taken")),
        (PARKED, Hold(why=Why.REFUSED, since=SEEN, at=SEEN, tries=2, code="bad")),
        (UPCOMING, Hold(why=Why.BEYOND, since=SEEN)),
        (DETACHED, Hold(why=Why.LEFT_ALONE, since=SEEN)),
        (ENDED, Hold(why=Why.ENDED, since=SEEN, at=SEEN + timedelta(days=2))),
        (HALF, Hold(why=Why.UNPROVEN, since=SEEN, at=SEEN)),
    ],
)
def test_whatever_waited_has_a_hold_and_no_base(text: str, hold: Hold) -> None:
    (link,) = links_of_1_0(text)

    assert link.hold == hold
    assert link.base is None
    assert link.intent is None


def test_what_is_no_link_is_refused_without_being_repeated() -> None:
    with pytest.raises(ContractBroken) as error:
        links_of_1_0(LINKED.replace('"linked"', '"canary"'))
    assert "canary" not in str(error.value)
