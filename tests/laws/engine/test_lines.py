"""Activity as a person reads it (R12.1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sync.engine.lines import NAMED, Line, Standing, merged, of_one_sync
from sync.engine.links import Hold, Kind, Link, Side, Why
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction
from sync.people.people import Held
from sync.words import Interval, LinkKey

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = LinkKey("b-1")
NOTHING = Standing(held=None, links={})


def entry(title: str, hour: int = 1, **changes: object) -> ActivityEntry:
    """Gives a line about an item that begins so many hours from now."""
    plain = ActivityEntry(
        at=NOW,
        direction=Direction.TO_OUTLOOK,
        action=ActivityAction.CREATED,
        result=ActivityResult.OK,
        title=title,
        start=NOW + hour * HOUR,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def said(lines: tuple[Line, ...]) -> list[tuple[str, int, int | None, list[str]]]:
    return [
        (line.title, line.more, line.count, [item.title for item in line.items]) for line in lines
    ]


def test_r12_1_a_series_is_one_line_that_opens() -> None:
    lines = merged([entry("Team", hour) for hour in (5, 3, 4)], NOTHING)

    assert said(lines) == [("Team", 0, 3, ["Team"] * 3)]
    assert [item.start for item in lines[0].items] == [NOW + hour * HOUR for hour in (3, 4, 5)]
    assert lines[0].start == NOW + 3 * HOUR


def test_r12_1_many_items_of_one_kind_are_one_line_and_few_are_named_each() -> None:
    three = [entry("Kim", 3), entry("Bob", 2), entry("Ada", 1)]

    assert said(merged(three, NOTHING)) == [("Ada", 2, 3, ["Ada", "Bob", "Kim"])]
    assert said(merged(three[:2], NOTHING)) == [("Kim", 0, None, []), ("Bob", 0, None, [])]


def test_r12_1_what_differs_in_more_than_the_item_stays_apart() -> None:
    lines = merged(
        [
            entry("Kim"),
            entry("Kim", direction=Direction.TO_BOOKING),
            entry("Kim", action=ActivityAction.MOVED),
            entry("Kim", result=ActivityResult.FAILED),
            entry("Kim", reason="Because."),
        ],
        NOTHING,
    )

    assert len(lines) == 5


def test_r12_1_a_line_names_no_more_items_than_can_be_read() -> None:
    (line,) = merged([entry(f"Customer {number}") for number in range(NAMED + 5)], NOTHING)

    assert (line.count, len(line.items)) == (NAMED + 5, NAMED)


def test_r12_1_what_was_removed_bit_by_bit_is_counted_together_and_does_not_open() -> None:
    lines = merged([entry("Reserves", count=24), entry("Reserves", count=2)], NOTHING)

    assert said(lines) == [("Reserves", 0, 26, [])]


def test_lines_belong_to_one_sync_by_their_time() -> None:
    earlier = NOW - HOUR
    found = [("c", entry("c")), ("b", entry("b")), ("a", entry("a", at=earlier))]

    assert [(place, len(lines)) for place, lines in of_one_sync(found)] == [("b", 2), ("a", 1)]


def test_r12_1_what_waited_says_that_it_is_over_once_it_does_not() -> None:
    waits = entry("Kim", result=ActivityResult.REFUSED, reason="It is taken.", waits_for=KEY)
    link = Link(
        key=KEY, origin=Side.BOOKING, kind=Kind.APPOINTMENT, interval=Interval(NOW, NOW + HOUR)
    )
    taken = replace(link, hold=Hold(why=Why.TAKEN, since=NOW))
    alone = replace(link, hold=Hold(why=Why.LEFT_ALONE, since=NOW))
    ended = replace(link, hold=Hold(why=Why.ENDED, since=NOW))

    def line(*links: Link, of: ActivityEntry = waits) -> tuple[bool, str]:
        (found,) = merged([of], Standing(held=None, links={each.key: each for each in links}))
        return found.is_over, found.reason

    assert line(taken) == line(alone) == (False, "It is taken.")
    assert line(link) == line(ended) == line() == (True, "This is over. It is taken.")
    assert line(of=replace(waits, waits_for=None)) == (False, "It is taken.")


def test_r11_7_r12_1_a_question_is_over_once_another_or_none_is_asked() -> None:
    asked = entry("7 appointments", action=ActivityAction.HELD)

    def is_over(held: Held | None) -> bool:
        (line,) = merged([asked], Standing(held=held, links={}))
        return line.is_over

    assert not is_over(Held(since=NOW, count=7))
    assert is_over(Held(since=NOW + HOUR, count=3))
    assert is_over(None)
