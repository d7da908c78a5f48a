"""The booking product's screens for Connect-Up, over a connector that only answers."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
import pytest
from aiohttp import web

from simulators.booking import BookingSimulator
from simulators.common.serving import LoopbackServer

ACCOUNT, HANA, LUIS, SAM, VERA = "acc-1", "st-hana", "st-luis", "st-sam", "st-vera"
KEY = "key-of-the-servers"
TOO_SOON = "Sam Taylor was sent an invitation a moment ago. Another one goes from 10:41 (EST)."


@dataclass
class Answering:
    """A connector that notes what it is asked.

    Attributes:
        rows: of the staff list.
        calls: method, path, acting person, body.
        answers: by method and end of the path: status and JSON, in place of a plain yes.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    enabled: list[str] = field(default_factory=lambda: ["loc-north"])
    calls: list[tuple[str, str, str | None, Any]] = field(default_factory=list)
    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["x-functions-key"] == KEY
        body = await request.json() if request.can_read_body else None
        acting = request.headers.get("X-Acting-Staff-Id")
        path = request.path.removeprefix(f"/api/accounts/{ACCOUNT}")
        self.calls.append((request.method, path, acting, body))
        if (special := self.answers.get((request.method, path.rpartition("/")[2]))) is not None:
            status, said = special
            return web.json_response(said, status=status)
        if path.endswith("/invitation"):
            return web.Response(status=202)
        if path == "/locations":
            return web.json_response({"location_ids": self.enabled})
        return web.json_response({"value": self.rows})

    def writes(self) -> list[tuple[str, str, str | None, Any]]:
        return [call for call in self.calls if call[0] != "GET"]


def row(staff: str, state: str = "inactive", **more: Any) -> dict[str, Any]:
    active = state not in {"inactive", "disconnecting"}
    return {"staff_id": staff, "active": active, "state": state, "can_activate": True} | more


@pytest.fixture
def connector() -> Answering:
    return Answering()


@pytest.fixture
async def browser(connector: Answering) -> AsyncIterator[httpx.AsyncClient]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", connector.answer)
    server = LoopbackServer(application)
    booking = BookingSimulator()
    booking.seed(weeks=1)
    booking.connector.url = await server.start("127.0.0.1", 0)
    booking.connector.function_key = KEY
    await booking.start()
    async with httpx.AsyncClient(base_url=booking.url, follow_redirects=True) as client:
        yield client
    await booking.stop()
    await server.stop()


async def become(browser: httpx.AsyncClient, staff: str) -> None:
    await browser.post("/log-in", data={"staff": f"{ACCOUNT}/{staff}"})


async def cell(browser: httpx.AsyncClient, staff: str) -> str:
    """Gives what the column says of somebody, without markup."""
    page = (await browser.get("/staff")).text
    found = re.search(rf'<span id="is-{staff}">(.*?)</span>', page, re.DOTALL)
    assert found is not None, page
    return unescape(re.sub(r"<[^>]+>", " ", found[1]))


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (row(SAM), "Not activated"),
        (row(SAM, "invited", invitation="sent"), "Invited, not signed in yet"),
        (row(SAM, "invited", invitation="no_email"), "No e-mail address: cannot be invited"),
        (row(SAM, "starting", invitation="sent"), "First sync under way"),
        (row(SAM, "active", last_sync_at="2026-11-23T15:30:00Z"), "Last sync 23 November, 10:30."),
        (row(SAM, "active", waiting=1), "1 item could not be synced yet."),
        (
            row(SAM, "reconnect_needed", problem={"code": "x", "message": "Microsoft refuses."}),
            "Needs attention: Microsoft refuses.",
        ),
        (
            row(SAM, can_activate=False, location_ids=["loc-north"]),
            "the plugin is not enabled at North Clinic.",
        ),
    ],
)
async def test_r3_2_the_column_says_how_somebody_is(
    connector: Answering, browser: httpx.AsyncClient, shown: dict[str, Any], said: str
) -> None:
    connector.rows = [shown]
    await become(browser, HANA)

    assert said in await cell(browser, SAM)


async def test_r3_2_who_cannot_be_activated_cannot_be_ticked(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.rows = [row(SAM, can_activate=False), row(VERA)]
    await become(browser, HANA)

    page = (await browser.get("/staff")).text

    boxes = {
        staff: "disabled" in box
        for staff, box in re.findall(r'name="on" value="([^"]+)"([^>]*)', page)
    }
    assert boxes == {SAM: True, VERA: False}


async def test_r2_3_only_administrators_see_the_column(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    await become(browser, SAM)

    page = (await browser.get("/staff")).text

    assert "Hana Quinn" in page
    assert "Update" not in page
    assert connector.calls == []


async def test_r2_2_a_location_administrator_sees_the_rows_that_the_connector_gives(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.rows = [row(SAM)]
    await become(browser, LUIS)

    page = (await browser.get("/staff")).text

    assert ("GET", "/staff", LUIS, None) in connector.calls
    assert re.findall(r'name="on" value="([^"]+)"', page) == [SAM]
    assert "Not at your Locations" in page


async def test_r3_2_update_sends_only_what_was_ticked_or_unticked_here(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.rows = [row(SAM, "active"), row(VERA), row(LUIS, "invited")]
    await become(browser, HANA)

    # Luis is active and was not when this list was shown: somebody else has activated him.
    answer = await browser.post("/staff", data={"on": [SAM, VERA], "was": [SAM]})

    patch = ("PATCH", "/staff", HANA, {"activate": [VERA], "deactivate": []})
    assert connector.writes() == [patch]
    assert "Connect-Up was updated." in answer.text


async def test_r3_3_deactivating_asks_first_and_says_whose_other_places_it_touches(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.rows = [row(HANA, "active"), row(SAM, "active")]
    await become(browser, LUIS)

    asked = await browser.post("/staff", data={"on": [SAM], "was": [HANA, SAM]})
    nothing_yet = connector.writes()
    await browser.post("/staff", data={"on": [SAM], "was": [HANA, SAM], "confirmed": "yes"})

    assert nothing_yet == []
    assert "Deactivate Hana Quinn?" in asked.text
    assert "also works at South Clinic" in asked.text
    patch = ("PATCH", "/staff", LUIS, {"activate": [], "deactivate": [HANA]})
    assert connector.writes() == [patch]


async def test_r3_5_who_was_refused_is_named_with_the_reason(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    refused = [{"staff_id": VERA, "code": "plugin_not_enabled", "message": "Enable South first."}]
    connector.answers["PATCH", "staff"] = (200, {"value": [], "refused": refused})
    await become(browser, HANA)

    page = (await browser.post("/staff", data={"on": [SAM, VERA]})).text

    assert "Vera Olson: Enable South first." in page


async def test_r3_6_email_invitation_says_what_the_connector_answers(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.rows = [row(SAM, "invited", invitation="expired")]
    await become(browser, HANA)
    offered = (await browser.get(f"/staff/{SAM}")).text

    sent = await browser.post(f"/staff/{SAM}/invitation")
    problem = {"type": "too_many_invitations", "title": "x", "status": 429, "detail": TOO_SOON}
    connector.answers["POST", "invitation"] = (429, problem)
    refused = await browser.post(f"/staff/{SAM}/invitation")

    assert "Email invitation" in offered
    assert "on its way to sam@practice.example" in sent.text
    assert (refused.status_code, TOO_SOON in refused.text) == (429, True)
    assert connector.writes()[0] == ("POST", f"/staff/{SAM}/invitation", HANA, None)


async def test_r3_6_nobody_else_is_offered_to_invite(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.rows = [row(VERA, "active")]
    await become(browser, HANA)
    syncing = (await browser.get(f"/staff/{VERA}")).text
    await become(browser, SAM)
    plain = (await browser.get(f"/staff/{VERA}")).text

    assert "Syncing" in syncing
    assert "Email invitation" not in syncing + plain
    assert "Connect-Up</dt>" not in plain


async def test_r3_1_an_hq_admin_enables_locations_from_the_plugins_page(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    await become(browser, HANA)
    page = (await browser.get("/connect-up")).text

    saved = await browser.post("/connect-up", data={"location": ["loc-north", "loc-south"]})

    assert re.findall(r'name="location" value="([^"]+)" checked', page) == ["loc-north"]
    put = ("PUT", "/locations", HANA, {"location_ids": ["loc-north", "loc-south"]})
    assert connector.writes() == [put]
    assert "The Locations were saved." in saved.text


@pytest.mark.parametrize("staff", [LUIS, SAM])
async def test_r2_1_others_read_what_the_plugin_does_and_enable_nothing(
    browser: httpx.AsyncClient, staff: str
) -> None:
    await become(browser, staff)

    page = (await browser.get("/connect-up")).text

    assert "What it never syncs" in page
    assert "Save Locations" not in page


async def test_a_connector_that_is_away_is_said_and_the_list_stays(
    connector: Answering, browser: httpx.AsyncClient
) -> None:
    connector.answers["GET", "staff"] = (503, {"detail": "Come again in 5 seconds."})
    await become(browser, HANA)

    page = await browser.get("/staff")

    assert page.status_code == 200
    assert "Come again in 5 seconds." in page.text
    assert "Sam Taylor" in page.text
