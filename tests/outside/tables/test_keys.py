"""Keys: allowed characters, order, shards."""

import re
from datetime import UTC, datetime, timedelta

from sync.outside.tables.keys import (
    account_partition,
    activity_end,
    activity_row,
    key_part,
    person_partition,
    shard_bounds,
    shard_of,
    tell_row,
)
from sync.words import AccountId, PersonKey, StaffId
from tests.properties import given, st

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)
times = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
numbers = st.integers(0, 10**10 - 1)


@given(texts, texts)
def test_a_key_holds_only_what_tables_allow(account: str, staff: str) -> None:
    person = PersonKey(account_id=AccountId(account), staff_id=StaffId(staff))
    for key in (person_partition(person), key_part(staff)):
        assert re.fullmatch(r"[A-Za-z0-9_~:-]{1,300}", key)


@given(texts, texts)
def test_different_ids_have_different_keys(one: str, other: str) -> None:
    assert (key_part(one) == key_part(other)) == (one == other)


def test_plain_ids_can_be_read_in_their_keys() -> None:
    person = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann_2"))

    assert person_partition(person) == f"{account_partition(person.account_id)}:ann_2"
    assert account_partition(person.account_id)[2:] == "-acc-1"


@given(texts)
def test_an_account_lies_within_its_shards_bounds(account: str) -> None:
    account_id = AccountId(account)
    first, end = shard_bounds(shard_of(account_id))

    assert first <= account_partition(account_id) < end


def test_shards_follow_each_other_without_a_gap() -> None:
    bounds = [shard_bounds(shard) for shard in range(16)]

    assert [end for _, end in bounds[:-1]] == [first for first, _ in bounds[1:]]


@given(times, times, numbers, numbers)
def test_activity_sorts_newest_first(
    one: datetime, other: datetime, number: int, after: int
) -> None:
    if (one, number) == (other, after):
        return

    assert (activity_row(one, number) < activity_row(other, after)) == (
        (one, number) > (other, after)
    )


@given(times, numbers)
def test_the_end_of_activity_divides_to_the_microsecond(at: datetime, number: int) -> None:
    end = activity_end(at)

    assert activity_row(at, number) < end < activity_row(at - timedelta(microseconds=1), number)


@given(numbers, numbers)
def test_tells_sort_as_they_were_told(one: int, other: int) -> None:
    assert (tell_row(one) < tell_row(other)) == (one < other)
