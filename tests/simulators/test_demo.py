"""The demo page: both calendars of one person, and what is seen arriving on either side."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from simulators.booking import BookingSimulator
from simulators.booking.model import Account, Item, Location, StaffMember
from simulators.booking.oidc import SESSION_COOKIE
from simulators.demo import DemoServer
from simulators.demo.sides import Kind, Person, Side, SideItem
from simulators.demo.watch import FRESH, MOST_AT_ONCE, Watch
from simulators.mailbox import MailboxSimulator
from simulators.microsoft365 import GraphSimulator

ZONE = "America/New_York"
SAM = "acc-1/st-sam"
ADDRESS = "sam@practice.example"
CONNECTOR = "http://127.0.0.1:1"
MARK = "String {7c1a3a52-3c0e-4b5e-9a53-0d9f0c3d8f11} Name Reference"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Stage:
    booking: BookingSimulator
    graph: GraphSimulator
    server: DemoServer
    browser: httpx.AsyncClient
    day: str

    def at(self, clock: str) -> str:
        return f"{self.day}T{clock}"

    async def act(self, **form: str) -> httpx.Response:
        return await self.browser.post("/acts", data=form, params={"staff": SAM})

    async def ask(self, **form: str) -> dict[str, Any]:
        answer = await self.browser.post(
            "/acts", data=form, params={"staff": SAM}, headers={"Accept": "application/json"}
        )
        said: dict[str, Any] = answer.json()
        return said

    async def state(self, **query: str) -> dict[str, Any]:
        query = {"staff": SAM, "from": self.day} | query
        state: dict[str, Any] = (await self.browser.get("/api/state", params=query)).json()
        return state

    async def book(self, clock: str = "10:00") -> str:
        said = await self.ask(
            side="booking",
            act="book",
            customer="Ana",
            service="Haircut",
            start=self.at(clock),
            minutes="45",
        )
        return str(said["item"])

    async def meet(self, clock: str = "14:00", **more: str) -> str:
        said = await self.ask(
            side="outlook", act="create", subject="Dentist", start=self.at(clock), minutes="60",
            **more,
        )  # fmt: skip
        return str(said["item"])

    def item(self, key: str) -> Item:
        return self.booking.state.item("acc-1", "st-sam", key)

    def copy_to_outlook(self, item: Item) -> str:
        """Does what the connector would."""
        times = {
            name: {"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
            for name, at in (("start", item.start), ("end", item.end))
        }
        mark = {"id": MARK, "value": f"connection:{item.id}:1"}
        event = {"subject": "Ana - Haircut", "singleValueExtendedProperties": [mark], **times}
        return self.graph.acts.create(ADDRESS, event)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    booking, graph, mailbox = BookingSimulator(), GraphSimulator(), MailboxSimulator()
    booking.state.put_account(Account(id="acc-1", time_zone=ZONE))
    booking.state.put_location("acc-1", Location(id="loc-1", time_zone=ZONE))
    sam = StaffMember(
        id="st-sam", name="Sam Taylor", email=ADDRESS, location_ids=("loc-1",), time_zone=ZONE
    )
    booking.state.put_staff("acc-1", sam)
    booking.state.put_staff("acc-1", replace(sam, id="st-nora", name="Nora Ames", email=None))
    graph.state.add_user(ADDRESS, "Sam Taylor", time_zone="Eastern Standard Time")
    server = DemoServer(booking=booking, graph=graph, mailbox=mailbox, connector_url=CONNECTOR)
    for part in (booking, graph, mailbox):
        await part.start()
    url = await server.start()
    day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    async with httpx.AsyncClient(base_url=url) as browser:
        yield Stage(booking=booking, graph=graph, server=server, browser=browser, day=day)
    for each in (server, mailbox, graph, booking):
        await each.stop()


def texts(state: dict[str, Any]) -> list[str]:
    return [f"{line['label']}: {line['text']}" for line in state["lines"]]


async def test_the_page_says_what_it_is_and_what_comes_next(stage: Stage) -> None:
    page = await stage.browser.get("/")

    assert page.status_code == 200
    assert "Both calendars, side by side" in page.text
    assert "Connect Sam now" in page.text
    for link in (f"{CONNECTOR}/settings", f"{CONNECTOR}/plugin", "/outlook/faults"):
        assert link in page.text


async def test_somebody_without_an_address_is_shown_too(stage: Stage) -> None:
    page = await stage.browser.get("/", params={"staff": "acc-1/st-nora"})

    assert page.status_code == 200
    assert "Nora has no mailbox" in page.text


async def test_both_sides_show_the_same_days(stage: Stage) -> None:
    await stage.book()
    await stage.meet()

    fragments = (await stage.state())["fragments"]

    assert "Ana - Haircut" in fragments["booking"]
    assert "Dentist" in fragments["outlook"]
    days = [re.findall(r'data-day="([^"]+)"', fragments[side]) for side in ("booking", "outlook")]
    assert days[0] == days[1]
    assert days[0][0] == stage.day


async def test_an_arriving_copy_is_highlighted_and_told_with_the_time_it_took(
    stage: Stage,
) -> None:
    item = stage.item(await stage.book())
    stage.copy_to_outlook(item)

    state = await stage.state()

    assert re.fullmatch(
        r"Outlook: “Ana - Haircut” appeared on .*, 10:00 to 10:45, \d+\.\d s after it was booked\.",
        texts(state)[-1],
    )
    assert re.search(r'class="item teal copy fresh"', state["fragments"]["outlook"])


async def test_a_copied_copy_is_a_meeting(stage: Stage) -> None:
    item = stage.item(await stage.book())
    first = stage.copy_to_outlook(item)
    stage.graph.acts.copy(first)

    shown = (await stage.state())["fragments"]["outlook"]

    assert len(re.findall(r'class="item teal copy', shown)) == 1
    assert len(re.findall(r'class="item blue', shown)) == 1


async def test_a_reserve_is_told_as_the_meetings_own_even_when_both_go(stage: Stage) -> None:
    key = await stage.meet()
    event = stage.graph.acts.instance(key).content
    reserve = Item(
        id="rsv-9",
        kind=stage.item(await stage.book()).kind.RESERVE,
        start=event.starts_at,
        end=event.ends_at,
        title="Dentist",
        external_ref="connection:o-1:1",
    )
    stage.booking.state.add_item("acc-1", "st-sam", reserve)
    arrived = texts(await stage.state())[-1]
    await stage.ask(side="outlook", act="remove", item=key)
    stage.booking.state.delete_item("acc-1", "st-sam", "rsv-9")

    gone = texts(await stage.state())[-1]

    assert arrived.endswith("s after it was made in Outlook.")
    assert gone.startswith("Booking: “Dentist” is gone,")
    assert gone.endswith("s after it was deleted in Outlook.")


async def test_an_appointment_that_goes_because_its_copy_went_says_so(stage: Stage) -> None:
    booked = await stage.book()
    copy = stage.copy_to_outlook(stage.item(booked))
    await stage.ask(side="outlook", act="remove", item=copy)
    await stage.ask(side="booking", act="remove", item=booked)

    gone = texts(await stage.state())[-1]

    assert gone.startswith("Booking: “Ana - Haircut” is gone,")
    assert gone.endswith("s after it was deleted in Outlook.")


@pytest.mark.parametrize(
    ("act", "start"), [("shift:60", "11:00"), ("shift:-60", "09:00"), ("move", "16:30")]
)
async def test_items_of_both_sides_are_moved(stage: Stage, act: str, start: str) -> None:
    booked, met = await stage.book(), await stage.meet("10:00")

    await stage.ask(side="booking", act=act, item=booked, start=stage.at("16:30"))
    await stage.ask(side="outlook", act=act, item=met, start=stage.at("16:30"))

    fragments = (await stage.state())["fragments"]
    assert f"{start} to" in fragments["booking"]
    assert f"{start} to" in fragments["outlook"]


@pytest.mark.parametrize(("act", "end"), [("stretch:15", "11:00"), ("stretch:-30", "10:15")])
async def test_items_of_both_sides_are_made_longer_and_shorter(
    stage: Stage, act: str, end: str
) -> None:
    booked, met = await stage.book(), await stage.meet("10:00")
    await stage.ask(side="outlook", act="stretch:-15", item=met)

    await stage.ask(side="booking", act=act, item=booked)
    await stage.ask(side="outlook", act=act, item=met)

    fragments = (await stage.state())["fragments"]
    assert f"10:00 to {end}" in fragments["booking"]
    assert f"10:00 to {end}" in fragments["outlook"]


async def test_an_all_day_meeting_goes_to_the_next_day(stage: Stage) -> None:
    key = await stage.meet(all_day="on")

    await stage.ask(side="outlook", act="shift:1440", item=key)

    content = stage.graph.acts.instance(key).content
    expected = datetime.fromisoformat(stage.day) + timedelta(days=1)
    assert (content.is_all_day, content.start) == (True, expected)


async def test_a_meeting_is_made_private_and_all_day_and_deleted(stage: Stage) -> None:
    key = await stage.meet()

    await stage.ask(side="outlook", act="private", item=key)
    await stage.ask(side="outlook", act="all-day", item=key)
    content = stage.graph.acts.instance(key).content
    await stage.ask(side="outlook", act="remove", item=key)

    assert (content.sensitivity, content.is_all_day) == ("private", True)
    assert stage.graph.state.find_instance(key) is None


async def test_an_appointment_is_cancelled_and_a_reserve_deleted(stage: Stage) -> None:
    booked = await stage.book()
    blocked = await stage.ask(
        side="booking", act="block", title="Paperwork", start=stage.at("16:00"), minutes="30"
    )

    await stage.ask(side="booking", act="remove", item=booked)
    await stage.ask(side="booking", act="remove", item=blocked["item"])

    assert stage.item(booked).status.value == "cancelled"
    assert not stage.booking.state.schedule("acc-1", "st-sam").holds(blocked["item"])


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"side": "booking", "act": "book", "minutes": "45"}, "no date and time"),
        ({"side": "booking", "act": "dance", "item": "rsv-1"}, "The booking product refuses"),
        ({"side": "outlook", "act": "remove", "item": "x"}, "It is not there any more."),
        ({"side": "moon", "act": "book"}, "moon"),
    ],
)
async def test_what_cannot_be_done_is_said(stage: Stage, form: dict[str, str], said: str) -> None:
    assert said in (await stage.ask(**form))["error"]


async def test_an_item_is_not_made_shorter_than_nothing(stage: Stage) -> None:
    booked = await stage.book()

    said = await stage.ask(side="booking", act="stretch:-45", item=booked)

    assert said["error"] == "An item takes 1 to 1440 minutes."
    assert stage.item(booked).end - stage.item(booked).start == timedelta(minutes=45)


async def test_a_taken_time_is_refused_on_the_page_without_scripts(stage: Stage) -> None:
    form = {"side": "booking", "act": "book", "start": stage.at("10:00"), "minutes": "45"}
    first = await stage.act(**form)

    second = await stage.act(**form)

    assert first.status_code == 303
    assert second.status_code == 409
    assert "The booking product refuses: The time is taken." in second.text


async def test_the_time_offered_is_free_on_both_sides(stage: Stage) -> None:
    await stage.book("08:00")
    await stage.meet("08:45")

    assert (await stage.state())["offer"] == stage.at("09:45")


async def test_a_chosen_item_can_be_changed_by_plain_forms(stage: Stage) -> None:
    key = await stage.book()

    page = await stage.browser.get("/", params={"staff": SAM, "item": key, "from": stage.day})
    sheet = page.text[page.text.index('id="chosen"') :]

    assert 'value="shift:60"' in sheet
    assert "Cancel Appointment" in sheet
    action = re.search(r'action="([^"]+)"', sheet)
    assert action is not None
    assert unescape(action[1]).startswith("/acts?staff=")


async def test_one_click_logs_in_to_the_booking_product_as_that_person(stage: Stage) -> None:
    answer = await stage.browser.post("/as", data={"staff": SAM, "to": "schedule"})
    token = answer.cookies[SESSION_COOKIE]

    async with httpx.AsyncClient(cookies={SESSION_COOKIE: token}) as browser:
        page = await browser.get(answer.headers["location"])

    assert answer.status_code == 303
    assert "Schedule of Sam Taylor" in page.text
    assert any("connectup_session=" in line for line in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    "form", [{"staff": "acc-1/nobody", "to": "plugin"}, {"staff": SAM, "to": "elsewhere"}]
)
async def test_no_other_door_opens(stage: Stage, form: dict[str, str]) -> None:
    assert (await stage.browser.post("/as", data=form)).status_code == 400


NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
PERSON = Person(
    account=Account(id="acc-1"), member=StaffMember(id="st-sam", time_zone=ZONE), mailbox=None
)


def appointment(key: str = "apt-1", **more: Any) -> SideItem:
    known: dict[str, Any] = {
        "key": key,
        "side": Side.BOOKING,
        "kind": Kind.APPOINTMENT,
        "origin": Side.BOOKING,
        "title": "Ana - Haircut",
        "start": datetime(2026, 11, 24, 10),  # noqa: DTZ001 - wall clock
        "end": datetime(2026, 11, 24, 11),  # noqa: DTZ001 - wall clock
    }
    return SideItem(**(known | more))


def seen(*rounds: list[SideItem]) -> Watch:
    """Looks at one state after another, two seconds apart, beginning with nothing."""
    watch = Watch()
    for number, items in enumerate(([], *rounds)):
        watch.look(PERSON, {item.key: item for item in items}, NOW + number * timedelta(seconds=2))
    return watch


def test_what_is_there_at_first_is_no_news() -> None:
    watch = Watch()

    watch.look(PERSON, {"apt-1": appointment()}, NOW)

    assert not watch.lines


def test_a_change_is_told_on_the_persons_own_clock() -> None:
    (line,) = seen([appointment()]).lines

    assert line.at == "11:00:02"
    assert line.text == "“Ana - Haircut” appeared on Tue 24 Nov, 10:00 to 11:00."


def test_the_time_it_took_is_told_once() -> None:
    event = appointment("event", side=Side.OUTLOOK, kind=Kind.APPOINTMENT, partner="apt-1")
    item = appointment(partner="event")
    later = replace(event, end=event.end + timedelta(hours=1))

    lines = seen([appointment()], [item, event], [item, later]).lines

    assert [line.text.rpartition(", ")[2] for line in lines] == [
        "10:00 to 11:00.",
        "2.0 s after it was booked.",
        "10:00 to 12:00.",
    ]


def test_another_end_is_told_as_another_length() -> None:
    event = appointment("event", side=Side.OUTLOOK, partner="apt-1")
    item = appointment(partner="event")
    hour = timedelta(hours=1)

    lines = seen(
        [item, event],
        [item, replace(event, end=event.end + hour)],
        [replace(item, end=item.end + hour), replace(event, end=event.end + hour)],
    ).lines

    assert lines[-1].text.endswith("10:00 to 12:00, 2.0 s after it was resized in Outlook.")


def test_a_cancelled_item_is_gone() -> None:
    lines = seen([appointment()], [appointment(gone=True)], []).lines

    assert [line.text for line in lines][1:] == ["“Ana - Haircut” is gone."]


def test_many_changes_at_once_are_one_line() -> None:
    items = [appointment(f"apt-{n}") for n in range(MOST_AT_ONCE + 1)]

    assert [line.text for line in seen(items).lines] == ["5 items appeared."]


def test_something_new_is_fresh_for_some_seconds() -> None:
    watch = seen([appointment()])
    arrived = NOW + timedelta(seconds=2)

    assert watch.is_fresh("apt-1", arrived)
    assert not watch.is_fresh("apt-1", arrived + FRESH)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: make chromium")
async def test_a_browser_sees_a_copy_arrive_without_reloading(stage: Stage) -> None:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        page = await chromium.new_page(viewport={"width": 390, "height": 844})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{stage.server.url}/?staff={SAM}&from={stage.day}")
        await page.get_by_text("Book an Appointment", exact=True).click()
        await page.get_by_role("button", name="Book", exact=True).click()
        booked = page.locator("#booking .item", has_text="Ana Lopez")
        await booked.wait_for()
        (item,) = stage.booking.state.schedule("acc-1", "st-sam").items()

        stage.copy_to_outlook(item)

        await page.locator("#outlook .item.fresh", has_text="Ana").wait_for()
        await page.locator("#log li", has_text="s after it was booked").wait_for()
        await booked.press("Enter")
        await page.locator("#act-later").press("Enter")
        await page.locator("#log li", has_text="09:00 to 09:45").wait_for()
        focused = await page.evaluate("document.activeElement.id")
        width = await page.evaluate("document.documentElement.scrollWidth")
        await chromium.close()

    assert problems == []
    assert focused == "act-later"
    assert width == 390


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: make chromium")
async def test_the_calendars_come_first_and_an_end_is_dragged_or_pressed(stage: Stage) -> None:
    await stage.meet(all_day="on")
    await stage.meet(all_day="on", show_as="oof")
    await stage.book("09:00")
    await stage.meet("09:00")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        page = await chromium.new_page(viewport={"width": 390, "height": 844})
        await page.goto(f"{stage.server.url}/?staff={SAM}&from={stage.day}")
        on_a_phone = await page.evaluate(_TOPS, [".panes > section", ".log"])
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.get_by_text("Book an Appointment", exact=True).click()
        days = await page.evaluate(_TOPS, [".timed[data-day]:nth-of-type(2)"])
        await page.get_by_text("Book an Appointment", exact=True).click()
        on_a_desk = await page.evaluate(_TOPS, [".panes > section", ".log"])
        await page.evaluate("document.activeElement.blur()")
        for side in ("booking", "outlook"):
            item = page.locator(f"#{side} .timed .item").first
            box = await item.bounding_box()
            assert box is not None
            x, end = box["x"] + box["width"] / 2, box["y"] + box["height"] - 2
            hour = await page.evaluate("document.querySelector('.hours li').offsetHeight")
            await page.mouse.move(x, end)
            await page.mouse.down()
            await page.mouse.move(x, end + hour / 2, steps=4)
            await page.mouse.up()
            until = "10:15" if side == "booking" else "10:30"
            await item.filter(has_text=f"09:00 to {until}").wait_for()
            await item.press("Shift+ArrowUp")
            until = "10:00" if side == "booking" else "10:15"
            await item.filter(has_text=f"09:00 to {until}").wait_for()
        chosen = await page.locator("#chosen-title").count()
        await chromium.close()

    assert days[0] == days[3]
    assert on_a_phone[0] == on_a_phone[1] < 844 / 2 < on_a_phone[2]
    assert on_a_desk[0] == on_a_desk[1] < 900 / 2 < on_a_desk[2]
    assert chosen == 0


_TOPS = """(names) => [...document.querySelectorAll(names.join())]
  .map((one) => one.getBoundingClientRect().top)"""
