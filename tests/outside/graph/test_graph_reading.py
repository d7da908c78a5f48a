"""Rounds of the change feed, without a service."""

from typing import Any

import pytest

from sync.errors import ContractBroken
from sync.outside.graph.reading import EndlessRound, Page, Pages, follow
from sync.ports import limits
from tests.outside.graph.samples import event, master, occurrence, removed


def collected(*pages: list[dict[str, Any]]) -> Pages:
    found = Pages()
    for page in pages:
        found.add({"value": page})
    return found


def test_case_33_the_last_word_on_an_id_counts() -> None:
    told = collected(
        [event("a", subject="old"), removed("b"), event("c")],
        [event("a", subject="new"), event("b"), removed("c")],
    ).round({}, "next")

    assert {item.id: item.subject for item in told.items} == {"a": "new", "b": "Lunch"}
    assert told.removed == {"c"}
    assert told.cursor == "next"


def test_a_series_is_told_with_its_instances_and_its_master() -> None:
    pages = collected([occurrence("o1"), master("S="), occurrence("o2")])

    told = pages.round({}, None)

    assert pages.missing_masters() == ()
    assert told.series == {"S=": {"o1", "o2"}}
    assert {item.subject for item in told.items} == {"Team"}


def test_a_series_without_instances_in_the_window_is_told_as_empty() -> None:
    assert collected([master("S=")]).round({}, None).series == {"S=": frozenset()}


def test_a_missing_master_is_named_and_joined_when_it_was_asked_for() -> None:
    pages = collected([occurrence("o1"), occurrence("o2")])

    assert pages.missing_masters() == ("S=",)
    told = pages.round({"S=": master("S=")}, None)
    assert {item.id: item.subject for item in told.items} == {"o1": "Team", "o2": "Team"}


def test_a_master_that_is_gone_leaves_its_occurrences_unreadable() -> None:
    told = collected([occurrence("o1"), event("a")]).round({}, None)

    assert {item.id: item.problem is None for item in told.items} == {"o1": False, "a": True}


def test_a_series_told_anew_in_one_round_loses_what_it_lost() -> None:
    told = collected(
        [master("S="), occurrence("o1"), occurrence("o2")],
        [{**master("S="), "@odata.etag": 'W/"k2"'}, occurrence("o2")],
    ).round({}, None)

    assert told.series == {"S=": {"o2"}}
    assert {item.id for item in told.items} == {"S=", "o2"}


def test_a_series_replayed_in_parts_loses_nothing() -> None:
    told = collected(
        [master("S="), occurrence("o1"), occurrence("o2")], [master("S="), occurrence("o2")]
    ).round({}, None)

    assert told.series == {"S=": {"o1", "o2"}}


def test_an_occurrence_called_removed_is_no_instance() -> None:
    told = collected([master("S="), occurrence("o1"), occurrence("o2")], [removed("o1")]).round(
        {}, None
    )

    assert told.series == {"S=": {"o2"}}
    assert told.removed == {"o1"}


async def test_r11_8_what_has_no_id_is_passed_over_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ill: list[Any] = [
        {},
        "x",
        7,
        {"id": 5, "subject": "canary"},
        {"id": "\ud800"},
        {"@removed": {}},
    ]

    told = collected([*ill, event("a")], ill).round({}, None)

    assert [item.id for item in told.items] == ["a"]
    (record,) = caplog.records
    assert (record.getMessage(), record.__dict__["count"]) == ("graph.items_without_id", 12)
    assert "canary" not in str(record.__dict__)


def test_a_series_named_by_a_number_asks_for_no_master() -> None:
    pages = collected([occurrence("o1") | {"seriesMasterId": 7}])

    assert pages.missing_masters() == ()
    (item,) = pages.round({}, None).items
    assert item.problem is not None


@pytest.mark.parametrize("page", [{}, {"value": None}, {"value": {}}, {"value": "x"}])
def test_a_page_that_is_none_breaks_the_contract(page: Page) -> None:
    with pytest.raises(ContractBroken):
        Pages().add(page)


# --- following links ---


class Service:
    """Gives pages by link."""

    def __init__(self, **pages: Page) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def fetch(self, link: str) -> Page:
        self.asked.append(link)
        return self.pages[link]


async def test_links_are_followed_to_the_delta_link() -> None:
    service = Service(
        two={"value": [], "@odata.nextLink": "three"},
        three={"value": [event("b")], "@odata.deltaLink": "later"},
    )

    pages, cursor = await follow({"value": [event("a")], "@odata.nextLink": "two"}, service.fetch)

    assert service.asked == ["two", "three"]
    assert cursor == "later"
    assert {item.id for item in pages.round({}, None).items} == {"a", "b"}


async def test_a_list_without_a_delta_link_gives_no_cursor() -> None:
    _, cursor = await follow({"value": []}, Service().fetch)

    assert cursor is None


async def test_a_link_that_comes_again_has_no_end() -> None:
    service = Service(two={"value": [event("b")], "@odata.nextLink": "two"})

    with pytest.raises(EndlessRound):
        await follow({"value": [event("a")], "@odata.nextLink": "two"}, service.fetch)


async def test_the_same_page_under_new_links_has_no_end() -> None:
    count = 0

    async def fetch(_: str) -> Page:
        nonlocal count
        count += 1
        return {"value": [event("a")], "@odata.nextLink": f"link{count}"}

    with pytest.raises(EndlessRound):
        await follow({"value": [event("a")], "@odata.nextLink": "first"}, fetch)
    assert count == 1


async def test_too_many_pages_have_no_end() -> None:
    count = 0

    async def fetch(_: str) -> Page:
        nonlocal count
        count += 1
        return {"value": [], "@odata.nextLink": f"link{count}"}

    with pytest.raises(EndlessRound):
        await follow({"value": [], "@odata.nextLink": "first"}, fetch)
    assert count == limits.PAGES
