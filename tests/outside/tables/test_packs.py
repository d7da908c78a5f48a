"""Which row a Link lies in, and what a change of Links touches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sync.engine.links import Link
from sync.outside.tables.packs import (
    HELD,
    MAX_LINKS,
    Packs,
    changed,
    home_of,
    is_ahead,
    merged,
    passed_from,
    read_pack,
    write_pack,
)
from sync.words import Interval
from tests.fakes.clock import START
from tests.ports.suites.ledger import HOLD, INTENT, WEEK, link
from tests.properties import given, st

times = st.datetimes(
    datetime(1, 1, 1),  # noqa: DTZ001
    datetime(9999, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def until(end: datetime) -> Link:
    """Gives a Link that ends then."""
    return replace(link(1), interval=Interval(end, end), base=None)


def after(packs: Packs, *keep: Link, drop: tuple[Link, ...] = ()) -> Packs:
    """Gives the packs after a change, without those that are empty."""
    touched = packs | changed(packs, keep, [each.key for each in drop])
    return {row: pack for row, pack in touched.items() if pack}


@given(times, times)
def test_later_weeks_sort_first(one: datetime, other: datetime) -> None:
    if one <= other:
        assert home_of(until(one)) >= home_of(until(other))


def test_a_week_begins_on_monday() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)

    rows = {home_of(until(monday + timedelta(hours=hour))) for hour in range(7 * 24)}

    assert len(rows) == 1
    assert home_of(until(monday - timedelta(microseconds=1))) > rows.pop()


def test_the_week_before_has_not_passed() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    for now in (monday, monday + WEEK - timedelta(microseconds=1)):
        assert is_ahead(until(monday - WEEK), now)
        assert not is_ahead(until(monday - WEEK - timedelta(microseconds=1)), now)


def test_all_that_waits_is_ahead_and_before_what_passed() -> None:
    old = link(1, at=START - 50 * WEEK)

    assert home_of(replace(old, hold=HOLD)) == home_of(replace(old, intent=INTENT)) == HELD
    assert is_ahead(replace(old, hold=HOLD), START)
    assert f"{HELD}.9" < "lease" < passed_from(START)


def test_a_pack_is_read_as_it_was_written() -> None:
    pack = {each.key: each for each in (link(1), replace(link(2), hold=HOLD))}

    assert read_pack(write_pack(pack)) == pack


def test_a_link_stays_in_its_pack_and_new_ones_fill_the_first_with_room() -> None:
    packs = after({}, *(link(number) for number in range(MAX_LINKS + 2)))
    first, second = sorted(packs)
    packs = after(packs, drop=(link(0),))

    touched = changed(packs, [replace(link(MAX_LINKS), told="t")], [])
    filled = changed(packs, [link(MAX_LINKS + 5)], [])

    assert second == f"{first}.1"
    assert list(touched) == [second]
    assert list(filled) == [first]


def test_only_rows_that_change_are_touched() -> None:
    packs = after({}, link(1), link(2, at=START + WEEK), replace(link(3), hold=HOLD))

    assert changed(packs, [], [link(9).key]) == {}
    assert list(changed(packs, [replace(link(1), told="t")], [])) == [home_of(link(1))]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(-3, 3), st.sampled_from([None, HOLD]), st.booleans()
        )
    )
)
def test_whatever_happens_each_link_lies_once_where_it_belongs(
    steps: list[tuple[int, int, object, bool]],
) -> None:
    packs: Packs = {}
    expected: dict[str, Link] = {}
    for number, weeks, hold, is_kept in steps:
        each = link(number, at=START + weeks * WEEK)
        each = replace(each, hold=HOLD) if hold else each
        if is_kept:
            packs = after(packs, each)
            expected[each.key] = each
        else:
            packs = after(packs, drop=(each,))
            expected.pop(each.key, None)

    found = [(row, each) for row, pack in packs.items() for each in pack.values()]
    assert {each.key: each for _, each in found} == expected
    assert len(found) == len(expected)
    assert all(row == home_of(each) for row, each in found)


def test_of_a_link_twice_the_one_that_waits_counts_then_the_later() -> None:
    early, late = link(1), link(1, at=START + WEEK)
    held = replace(early, hold=HOLD)
    packs: Packs = {home_of(each): {each.key: each} for each in (early, late, held)}

    assert merged(packs) == (held,)
    del packs[HELD]
    assert merged(packs) == (late,)
    assert after(packs, early) == {home_of(early): {early.key: early}}
