"""A newcomer's whole way, from the administrator's click to a calendar without traces."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from simulators.booking.model import ItemField
from tests.e2e.product import (
    Member,
    Product,
    answered,
    eventually,
    meeting,
    open_member,
    open_synced,
    tomorrow,
)
from tests.e2e.section_8 import ROWS, Played, open_played

_HOUR = timedelta(hours=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_r3_4_from_the_invitation_through_both_log_ins_to_the_settings_page(
    product: Product,
) -> None:
    staff = product.hire("Ines")
    await product.activate(staff)
    await product.activate(staff)
    link = await product.invitation("ines@practice.example")
    for _ in range(2):  # as mail scanners do
        assert (await product.servers.get(link)).status_code == 200

    async with open_member(product, staff) as ines:
        visitor = ines.visitor
        await visitor.open(link)
        assert "Connect your Outlook calendar" in visitor.text
        await visitor.follow("/auth/microsoft")
        await visitor.press(ines.address)
        assert "Permissions requested" in visitor.text
        await visitor.press("accept")
        await visitor.press(ines.name)
        assert f"Microsoft account {ines.address}" in visitor.text
        assert (await ines.me())["microsoft_account"] is None
        await visitor.press("Yes, connect them")

        assert visitor.shown.url.path == "/settings"
        account = re.search(r'<strong class="account-name">(.*?)</strong>', visitor.shown.text)
        assert account is not None
        assert account.group(1) == ines.address
        me = await ines.me()
        assert (me["state"], me["microsoft_account"]) == ("authorized", ines.address)
        calendars = (await ines.call("GET", "/calendars")).json()["value"]
        assert [one["name"] for one in calendars] == ["Calendar"]

    used = await product.servers.get(link)
    assert used.status_code == 410
    assert "used already" in used.text
    invited = [one for one in product.mails(ines.address) if _has_link(one["text"])]
    assert len(invited) == 1


async def test_r4_2_refused_consent_ends_on_a_page_that_says_what_to_do(product: Product) -> None:
    staff = product.hire("Olga")
    await product.activate(staff)
    async with open_member(product, staff) as olga:
        await olga.visitor.open(await product.invitation(olga.address))
        await olga.visitor.follow("/auth/microsoft")
        await olga.visitor.press(olga.address)

        await olga.visitor.press("refuse")

        assert olga.visitor.shown.status_code == 400
        assert "You did not allow access" in olga.visitor.text
        await olga.visitor.follow("Try again")
        await olga.visitor.press(olga.address)
        await olga.visitor.press("accept")
        await olga.visitor.press(olga.name)
        await olga.visitor.press("Yes, connect them")
        assert olga.visitor.shown.url.path == "/settings"


async def test_case_78_and_79_at_a_shared_computer_nobody_is_taken_for_the_one_before(
    product: Product,
) -> None:
    booking, connector = product.run.booking.url, product.run.base_url
    first, second = product.hire("Petra"), product.hire("Quim")
    await product.activate(first, second)
    async with open_member(product, first) as petra:
        visitor = petra.visitor
        await petra.sign_in()
        copied = dict(visitor.browser.cookies)
        # Petra logs out of the booking product only; Quim logs in there and comes from his profile.
        await visitor.open(booking)
        await visitor.press("Log out")
        await visitor.press("Quim Novak")
        await visitor.open(f"{booking}/profile")
        await visitor.follow("Connect Outlook")

        assert "Sign in with Microsoft" in visitor.text
        assert "Quim Novak" in visitor.text
        assert petra.address not in visitor.text

        await visitor.press("log out")
        await visitor.follow("/auth/booking")
        assert "Choose who you are." in visitor.text
        await visitor.press("Petra Novak")
        assert petra.address in visitor.text

        await visitor.press("log out")
        async with httpx.AsyncClient(cookies=copied) as thief:
            assert (await thief.get(f"{connector}/api/me")).status_code == 401


async def test_r3_4_somebody_elses_invitation_survives_the_log_in_of_the_invited_one(
    product: Product,
) -> None:
    staff = product.hire("Ruth")
    await product.activate(staff)
    async with open_member(product, staff) as ruth:
        visitor = ruth.visitor
        await visitor.open(await product.invitation(ruth.address))
        await visitor.follow("/auth/microsoft")
        await visitor.press(ruth.address)
        await visitor.press("accept")
        await visitor.press("Sam Taylor")
        assert visitor.shown.status_code == 403

        await visitor.follow("Log in as somebody else")
        await visitor.press(ruth.name)
        await visitor.press("Yes, connect them")

        assert (await ruth.me())["microsoft_account"] == ruth.address


async def test_r5_7_the_first_sync_does_what_the_preview_said_and_shows_its_progress(
    product: Product,
) -> None:
    sam = product.run.practice.staff_id
    await product.activate(sam)
    async with open_member(product, sam) as member:
        await member.sign_in()
        await member.visitor.press("preview")
        assert "Nothing has been changed." in member.visitor.text
        preview = (await member.call("POST", "/preview", await member.choices())).json()
        assert not product.ours(member.address)
        assert not product.made(sam)
        # Slow enough that the bar is seen to move.
        product.run.graph.faults.set("latency", user=member.address, method="POST", ms=60)

        await member.visitor.press("start")
        bars = await _bars(member)
        product.run.graph.faults.clear("latency")
        me = await member.in_state("active")

        assert len({bar["done"] for bar in bars}) > 2
        assert all(0 <= bar["done"] <= bar["total"] for bar in bars)
        assert len(product.ours(member.address)) == preview["to_outlook"]["count"] > 20
        # Whose time is taken is for the booking product to say (R8.7): it waits.
        made = len(product.made(sam)) + len(me["waiting"])
        assert made == preview["to_booking"]["count"] > 5
        assert me["last_sync"]["result"] == ("partial" if me["waiting"] else "ok")
        await member.visitor.open(f"{product.run.base_url}/settings")
        assert "Resync" in member.visitor.text
        assert "Disconnect Calendar" in member.visitor.text
        reasons = {one["rule"] for one in preview["left_out"]}
        assert "R7.1" in reasons


async def test_r6_2_r7_1_each_side_shows_the_other_as_the_rules_say(product: Product) -> None:
    staff = product.hire("Rosa")
    state, acts, account = product.run.booking.state, product.run.graph.acts, product.account
    at = tomorrow(15)
    state.book_appointment(
        account,
        staff,
        start=at,
        end=at + timedelta(minutes=45),
        customer="Ada <b>Byron</b>",
        service="Check-up",
        fields=(
            ItemField(label="Phone", value="555-0100"),
            ItemField(label="E-mail", value=None),
            ItemField(label="Notes", value="one\ntwo <script>alert(1)</script>"),
        ),
    )
    state.add_reserve(account, staff, start=at + _HOUR, end=at + 2 * _HOUR, title="Stock-taking")
    state.add_event(account, staff, start=at + 3 * _HOUR, end=at + 4 * _HOUR, title="Yoga class")
    address = "rosa@practice.example"
    body = {"contentType": "html", "content": "<p>Bring <b>notes</b></p>"}
    for wanted in (
        meeting("Supplier", at + timedelta(days=1), body=body),
        meeting("Doctor", at + timedelta(days=2), sensitivity="private", body=body),
        meeting("Reading", at + timedelta(days=3), showAs="free"),
        meeting("Maybe", at + timedelta(days=4), showAs="tentative"),
        meeting("Far away", at + timedelta(days=5), showAs="oof"),
        meeting("Holiday", tomorrow(0, days=7), 1440, isAllDay=True),
    ):
        acts.create(address, wanted)

    async with open_synced(product, staff):
        appointment = product.event(address, "Ada <b>Byron</b> - Check-up")
        assert appointment is not None
        assert appointment["showAs"] == "busy"
        assert appointment["attendees"] == []
        text = appointment["body"]["content"]
        for line in (
            "From DaySmart Appointments (DA)",
            "Phone: 555-0100",
            "Notes: one two &lt;script&gt;alert(1)&lt;/script&gt;",
        ):
            assert line in text
        assert "E-mail" not in text
        assert "<script>" not in text
        assert product.event(address, "Stock-taking") is not None
        assert product.event(address, "Yoga class") is None

        titles = {one.title: one.notes for one in product.made(staff)}
        assert set(titles) == {"Supplier", "Reserved", "Far away"}
        assert titles["Supplier"] == "Bring notes"
        assert not titles["Reserved"]


async def test_r11_1_what_is_new_arrives_on_the_other_side_by_itself(product: Product) -> None:
    staff, address = product.hire("Emil"), "emil@practice.example"
    at = tomorrow(14)
    async with open_synced(product, staff):
        product.run.booking.state.book_appointment(
            product.account, staff, start=at, end=at + _HOUR, customer="Ada", service="Cut"
        )
        event = await eventually(lambda: product.event(address, "Ada - Cut"))
        assert event["start"]["dateTime"].startswith(f"{at:%Y-%m-%dT%H:%M}")

        at += timedelta(days=1)
        product.run.graph.acts.create(address, meeting("Supplier", at))
        reserve = await eventually(lambda: product.reserve(staff, "Supplier"))
        assert (reserve.start, reserve.end) == (at, at + _HOUR)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(product: Product) -> AsyncIterator[Played]:
    """Plays the marked rows of section 8."""
    async with open_played(product) as rows:
        yield rows


@pytest.mark.parametrize("place", range(len(ROWS)), ids=[row.told_of(born) for row, born in ROWS])
async def test_section_8(played: Played, place: int) -> None:
    row, _ = ROWS[place]
    ends = [] if row.ends is None else [played.span(place, row.ends)]

    await eventually(lambda: played.in_booking(place) == ends and played.in_outlook(place) == ends)

    reasons = [] if row.told is None else [row.told.reason]
    texts = played.told(place)
    assert len(texts) == len(reasons)
    assert all(reason in text for reason, text in zip(reasons, texts, strict=True))


async def test_r8_8_a_quiet_sweep_and_a_resync_write_nothing(product: Product) -> None:
    staff, address = product.hire("Nils"), "nils@practice.example"
    at = tomorrow(14)
    product.run.booking.state.book_appointment(
        product.account, staff, start=at, end=at + _HOUR, customer="Ada"
    )
    product.run.graph.acts.create(address, meeting("Supplier", at + timedelta(days=1)))
    async with open_synced(product, staff) as nils:
        before, calls = product.writes(), product.calls()

        await product.sweep()
        assert product.calls() != calls
        assert (await nils.call("POST", "/resync")).status_code == 202
        await eventually(lambda: _resynced(product, address))
        await nils.in_state("active")
        await product.quiet()

        assert product.writes() == before


async def test_r10_1_disconnecting_leaves_no_trace_and_connecting_again_no_doubles(
    product: Product,
) -> None:
    staff, address = product.hire("Vito"), "vito@practice.example"
    state, acts, account = product.run.booking.state, product.run.graph.acts, product.account
    at = tomorrow(14)
    async with open_synced(product, staff) as vito:
        appointment = state.book_appointment(
            account, staff, start=at, end=at + _HOUR, customer="Ada", service="Cut"
        )
        hand_made = state.add_reserve(account, staff, start=at + _HOUR, end=at + 2 * _HOUR)
        native = acts.create(address, meeting("Supplier", at + timedelta(days=1)))
        await eventually(lambda: len(product.ours(address)) == 2 and product.made(staff))
        await product.quiet()
        kept = await vito.me()

        await vito.visitor.open(f"{product.run.base_url}/settings")
        await vito.visitor.press("disconnect")
        assert "2 events" in vito.visitor.text
        assert "1 reserve" in vito.visitor.text
        await vito.visitor.press("Disconnect Calendar")
        me = await vito.in_state("authorized")
        await product.quiet()

        assert not product.ours(address)
        assert [one["id"] for one in product.events(address)] == [native]
        assert {one.id for one in product.items(staff)} == {appointment.id, hand_made.id}
        assert me["settings"] == kept["settings"]
        assert not product.subscriptions(address)

        for _ in range(2):
            await vito.start()
            await vito.in_state("active")
            assert len(product.ours(address)) == 2
            assert len(product.events(address)) == 3
            assert len(product.made(staff)) == 1
            assert len(product.items(staff)) == 3
            assert (await vito.call("DELETE", "/sync")).status_code == 202
            await vito.in_state("authorized")
        assert len(product.events(address)) == 1


def _has_link(text: str) -> bool:
    return "/connect?invitation=" in text


def _starts(product: Product, address: str, subject: str, minute: str) -> bool:
    event = product.event(address, subject)
    return event is not None and event["start"]["dateTime"].startswith(minute)


def _resynced(product: Product, address: str) -> bool:
    told = ("in sync", "were compared")
    subjects = [mail["subject"] for mail in product.mails(address)]
    return sum(any(words in subject for words in told) for subject in subjects) == 2


async def _bars(member: Member) -> list[dict[str, int]]:
    """Looks at the progress until the first sync has ended."""
    seen: list[dict[str, int]] = []

    async def ended() -> bool:
        me = await member.me()
        if me.get("progress"):
            seen.append(me["progress"])
        return bool(me["state"] == "active")

    await answered(ended, within=90)
    return seen
