"""The pages that stand for Outlook: what people do by form arrives in the mailbox."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest

from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.model import Content

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA = "ada@practice.example"
ADDRESS = f"/outlook/people/{ADA}"
ZONE = "Eastern Standard Time"
LUNCH = {
    "subject": "Lunch <b>",
    "start": "2026-11-24T12:00",
    "end": "2026-11-24T13:00",
    "show_as": "busy",
    "body": "Bring the plan",
}


@dataclass
class Desk:
    simulator: GraphSimulator
    browser: httpx.AsyncClient

    async def send(self, path: str = "", **form: str) -> httpx.Response:
        return await self.browser.post(ADDRESS + path, data=form)

    async def make(self, **form: str) -> str:
        answer = await self.send(**(LUNCH | form))
        assert answer.status_code == 303, answer.text
        shown = await self.browser.get(answer.headers["location"])
        found = re.search(r'name="item" value="([^"]+)"', shown.text)
        assert found is not None
        return unescape(found[1])

    async def do(self, act: str, item: str, **form: str) -> httpx.Response:
        return await self.send(f"/{act}", item=item, week="2026-11-23", **form)

    def content(self, item: str) -> Content:
        return self.simulator.acts.instance(item).content


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    simulator = GraphSimulator()
    simulator.state.clock.set(NOW, hold=True)
    simulator.state.add_user(ADA, "Ada Berg", time_zone=ZONE)
    base = await simulator.start()
    async with httpx.AsyncClient(base_url=base.removesuffix("/v1.0")) as browser:
        yield Desk(simulator=simulator, browser=browser)
    await simulator.stop()


async def test_the_first_page_leads_to_every_mailbox(desk: Desk) -> None:
    page = await desk.browser.get("/", follow_redirects=True)

    assert page.status_code == 200
    assert ADDRESS in page.text


async def test_an_event_is_made_at_the_mailboxs_own_clock_and_shown_as_text(desk: Desk) -> None:
    item = await desk.make()

    page = await desk.browser.get(ADDRESS)
    content = desk.content(item)

    assert content.starts_at == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert content.show_as == "busy"
    assert "Lunch &lt;b&gt;" in page.text
    assert "12:00 to 13:00" in page.text


async def test_another_week_shows_only_its_own_events(desk: Desk) -> None:
    await desk.make()

    page = await desk.browser.get(f"{ADDRESS}?week=2026-12-03")

    assert "Mon 30 Nov" in page.text
    assert "Lunch" not in page.text


async def test_saving_the_form_as_it_was_writes_nothing(desk: Desk) -> None:
    item = await desk.make()
    before = desk.simulator.acts.instance(item).event.change_key

    answer = await desk.do("save", item, **LUNCH)

    assert answer.status_code == 303
    assert desk.simulator.acts.instance(item).event.change_key == before


async def test_a_changed_form_writes_what_differs(desk: Desk) -> None:
    item = await desk.make()
    form = LUNCH | {"start": "2026-11-25T09:30", "end": "2026-11-25T10:00", "private": "on"}

    await desk.do("save", item, **(form | {"body": "Other", "show_as": "oof"}))

    content = desk.content(item)
    assert content.starts_at == datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
    assert content.sensitivity == "private"
    assert content.show_as == "oof"
    assert "Other" in content.body
    assert content.subject == LUNCH["subject"]


async def test_an_event_is_moved_made_private_made_all_day_and_deleted(desk: Desk) -> None:
    item = await desk.make()

    await desk.do("move", item, start="2026-11-27T08:00", end="2026-11-27T09:15")
    moved = desk.content(item)
    await desk.do("private", item)
    await desk.do("all-day", item)
    changed = desk.content(item)
    await desk.do("delete", item)

    assert moved.starts_at == datetime(2026, 11, 27, 13, tzinfo=UTC)
    assert (changed.sensitivity, changed.is_all_day) == ("private", True)
    assert desk.simulator.state.find_instance(item) is None


async def test_an_all_day_event_ends_with_the_day_that_the_form_names(desk: Desk) -> None:
    item = await desk.make(all_day="on", start="2026-11-24T10:00", end="2026-11-25T11:00")

    content = desk.content(item)

    assert content.is_all_day
    assert (content.start.day, content.end.day) == (24, 26)


async def test_a_weekly_series_shows_an_occurrence_in_each_of_its_weeks(desk: Desk) -> None:
    await desk.make(weeks="3")

    weeks = ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"]
    pages = [(await desk.browser.get(f"{ADDRESS}?week={week}")).text for week in weeks]

    assert ["Lunch" in page for page in pages] == [True, True, True, False]


async def test_an_occurrence_is_deleted_alone(desk: Desk) -> None:
    master = await desk.make(weeks="2")
    page = await desk.browser.get(ADDRESS)
    occurrence = re.search(r'data-item="([^"]+)"', page.text)
    assert occurrence is not None

    await desk.do("delete", unescape(occurrence[1]))

    assert len(desk.simulator.acts.instance(master).event.cancelled) == 1


async def test_an_event_is_copied_and_dragged_to_another_calendar(desk: Desk) -> None:
    desk.simulator.acts.add_calendar(ADA, "Front desk")
    other = desk.simulator.acts.calendar(ADA, "Front desk")
    item = await desk.make()

    await desk.do("copy", item)
    await desk.do("drag", item, calendar=other.calendar_id)

    acts, state = desk.simulator.acts, desk.simulator.state
    assert [e.immutable_id for e in state.events_in(other)] == [item]
    assert len(state.events_in(acts.calendar(ADA))) == 1


async def test_an_invitation_is_answered(desk: Desk) -> None:
    event = {
        "subject": "Regional",
        "start": {"dateTime": "2026-11-24T10:00:00", "timeZone": ZONE},
        "end": {"dateTime": "2026-11-24T11:00:00", "timeZone": ZONE},
    }
    organizer = {"name": "Office", "address": "office@example.com"}
    item = desk.simulator.acts.create(ADA, event, organizer=organizer)

    await desk.do("respond", item, response="declined")

    assert desk.content(item).response == "declined"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"end": "2026-11-24T11:00"}, "The end must be after the start."),
        ({"start": "soon"}, "The start is no date and time: soon."),
        ({"weeks": "99"}, "A series has 1 to 52 weeks."),
        ({"show_as": "somehow"}, "showAs"),
    ],
)
async def test_a_form_that_makes_no_sense_says_so_and_makes_nothing(
    desk: Desk, form: dict[str, str], said: str
) -> None:
    answer = await desk.send(**(LUNCH | form))

    assert answer.status_code == 400
    assert said in answer.text
    assert not desk.simulator.state.events


async def test_an_event_that_is_gone_says_so(desk: Desk) -> None:
    answer = await desk.do("delete", "nothing")

    assert answer.status_code == 400
    assert "It is not there any more." in answer.text


async def test_nobodys_mailbox_is_404(desk: Desk) -> None:
    assert (await desk.browser.get("/outlook/people/nobody@example.com")).status_code == 404


async def test_the_service_is_still_where_it_was(desk: Desk) -> None:
    desk.simulator.state.tokens["good"] = desk.simulator.acts.user(ADA).user_id

    answer = await desk.browser.get("/v1.0/me", headers={"Authorization": "Bearer good"})

    assert answer.json()["mail"] == ADA


async def test_a_switch_is_put_on_for_one_person_and_off_again(desk: Desk) -> None:
    faults = desk.simulator.faults
    form = {"name": "latency", "act": "on", "ms": "250", "user": ADA, "times": "2"}

    put_on = await desk.browser.post("/outlook/faults", data=form)
    board = await desk.browser.get("/outlook/faults")
    on = faults.listed()
    await desk.browser.post("/outlook/faults", data={"name": "latency", "act": "off"})

    assert put_on.status_code == 303
    assert "latency (on)" in board.text
    assert [(one["name"], one["user"], one["times"]) for one in on] == [("latency", ADA, 2)]
    assert on[0]["values"] == {"ms": 250}
    assert faults.listed() == []


@pytest.mark.parametrize("form", [{"name": "gravity"}, {"name": "latency", "ms": "long"}])
async def test_a_switch_that_makes_no_sense_is_refused(desk: Desk, form: dict[str, str]) -> None:
    answer = await desk.browser.post("/outlook/faults", data=form)

    assert answer.status_code == 400
    assert desk.simulator.faults.listed() == []
