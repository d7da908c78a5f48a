"""The pages in a frame of the host's site, and log-ins in a window of their own (R12.8).

A browser keeps the cookies of a frame apart: frame and window are two clients here.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest

from simulators.host.http_functions import _response
from simulators.host.worker import HttpAnswer
from sync.app import use_app
from sync.people.people import AccessType
from sync.ports import Prompt
from sync.site.frames import GRANT_TIME, TICKET_TIME
from sync.words import PersonKey
from tests.fakes.outside import settings_of
from tests.site.site import Answer, Client, Site

HOST = "https://app.example.org"
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
OURS = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def framed() -> Iterator[Site]:
    yield Site(settings_of(frame_ancestors=f"{HOST} https://admin.example.org"))
    use_app(None)


async def show(frame: Client, path: str) -> Answer:
    """Opens an address in the frame and follows where it leads."""
    answer = await frame.get(path, **FRAME)
    for _ in range(5):
        if answer.status not in {302, 303}:
            break
        assert answer.location.startswith("/"), "no log-in is shown in a frame"
        answer = await frame.get(answer.location, **FRAME)
    return answer


def link(answer: Answer) -> str:
    """Gives the link to the window of its own."""
    found = re.search(r'<a class="button" href="([^"]+)" target="_blank"', answer.text)
    assert found is not None
    return unescape(found[1])


async def go_on(frame: Client, answer: Answer, **headers: str) -> Answer:
    """Presses the button of the page that waits, as its script does."""
    return await frame.send(
        "POST", "/frame/session", headers=FRAME | headers, body=_form(answer.hidden)
    )


def _form(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


async def in_window(site: Site, address: str, **headers: str) -> Answer:
    """Opens a link of the frame in a window of its own and goes through the log-ins."""
    window = Client()
    answer = await window.get(address, **(OURS | headers))
    answer = await site.follow(window, answer)
    if answer.steps == ["/auth/microsoft"]:
        answer = await site.walk(window, "/auth/microsoft")
    if "Yes, connect them" in answer.text:
        answer = await site.follow(window, await window.post("/connect", answer.hidden))
    return answer


async def known(site: Site, name: str = "anna") -> PersonKey:
    """Gives somebody who is activated, and who logs in where somebody is asked."""
    person = site.add(name)
    await site.activate(person)
    site.accept(person)
    return person


async def test_r12_8_only_what_belongs_into_a_frame_may_be_framed(framed: Site) -> None:
    _, anna = await framed.connected()
    boss = Client()
    await framed.log_in_as(
        boss, framed.add("boss", AccessType.HQ_ADMIN), "/auth/booking?next=/plugin"
    )
    inside = [
        await anna.get("/settings"),
        await anna.post("/settings", {}),
        await boss.get("/plugin"),
        await anna.get("/plugin"),
        await anna.post("/auth/log-out", {"csrf_token": "of an older page"}),
        await show(Client(), "/settings"),
    ]
    outside = [await anna.get("/unsubscribe?token=x"), await anna.get("/frame/done")]

    for answer in inside:
        policy = answer.headers["content-security-policy"]
        assert f"frame-ancestors {HOST} https://admin.example.org;" in policy
    for answer in outside:
        assert "frame-ancestors 'none';" in answer.headers["content-security-policy"]
    assert not any("x-frame-options" in answer.headers for answer in (*inside, *outside))


async def test_r12_8_without_the_setting_nothing_is_framed_and_cookies_are_lax(site: Site) -> None:
    _, anna = await site.connected()

    answer = await anna.get("/settings", **FRAME)

    assert "frame-ancestors 'none';" in answer.headers["content-security-policy"]
    assert all("SameSite=Lax" in line for line in answer.cookies)
    assert all("Partitioned" not in line for line in answer.cookies)
    assert (await Client().get("/connect", **FRAME)).location.startswith("https://")


async def test_r12_8_cookies_are_partitioned_on_their_way_through_azure(framed: Site) -> None:
    answer = await framed.log_in_as(Client(), framed.add("anna"))

    cookies = tuple(SimpleCookie(line) for line in answer.cookies)
    sent = _response(HttpAnswer(status=200, headers={}, cookies=cookies, body=b""))
    lines = sent.headers.getall("Set-Cookie")

    assert [line for line in lines if line.startswith("__Host-connectup_session=")]
    for line in lines:
        parts = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"path=/", "partitioned", "secure", "httponly", "samesite=none"} <= parts
        assert {part for part in parts if part.startswith("domain")} == {"domain="}


async def test_r12_8_a_log_in_in_a_window_of_its_own_logs_the_frame_in(framed: Site) -> None:
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")

    end = await in_window(framed, link(page))
    on = await go_on(frame, page)

    assert "You are logged in" in end.text
    assert (on.status, on.location) == (303, "/settings")
    assert "anna@contoso.example" in (await show(frame, "/settings")).text


async def test_r12_8_the_administrators_page_comes_back_as_itself(framed: Site) -> None:
    framed.accept(framed.add("boss", AccessType.HQ_ADMIN))
    frame = Client()
    page = await show(frame, "/plugin")

    await in_window(framed, link(page))
    on = await go_on(frame, page)

    assert on.location == "/plugin"
    assert "Calendar sync administration" in (await show(frame, "/plugin")).text


async def test_r12_8_before_the_log_in_there_is_nothing_to_go_on_with(framed: Site) -> None:
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")

    early = await go_on(frame, page)
    await in_window(framed, link(early))

    assert early.status == 200
    assert "not done in the other window yet" in early.text
    assert (await go_on(frame, early)).status == 303


@pytest.mark.parametrize("site_of", ["cross-site", "same-site", "none", ""])
async def test_r12_8_a_link_that_did_not_come_from_the_frame_logs_nobody_in_there(
    framed: Site, site_of: str
) -> None:
    """An attacker's frame, its link sent to somebody else, who then logs in."""
    await known(framed)
    attacker = Client()
    page = await show(attacker, "/settings")

    await in_window(framed, link(page), **{"Sec-Fetch-Site": site_of})

    assert (await go_on(attacker, page)).status == 200
    assert (await attacker.get("/api/me")).status == 401


async def test_r12_8_no_other_frame_can_take_the_session(framed: Site) -> None:
    await known(framed)
    frame, other = Client(), Client()
    page, others = await show(frame, "/settings"), await show(other, "/settings")

    await in_window(framed, link(page))

    assert (await go_on(other, page)).status == 200
    assert (await go_on(other, others)).status == 200
    assert (await other.get("/api/me")).status == 401
    assert (await go_on(frame, page)).status == 303


async def test_r12_8_a_session_is_taken_once(framed: Site) -> None:
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    copied = Client(dict(frame.cookies))
    await in_window(framed, link(page))
    await go_on(frame, page)

    again = await go_on(copied, page)

    assert again.status == 200
    assert (await copied.get("/api/me")).status == 401


async def test_r12_8_a_grant_is_over_soon_and_with_the_log_out(framed: Site) -> None:
    anna = await known(framed)
    slow, left = Client(), Client()
    page = await show(slow, "/settings")
    await in_window(framed, link(page))
    framed.clock.advance(GRANT_TIME.total_seconds())
    too_late = await go_on(slow, page)
    page = await show(left, "/settings")
    await in_window(framed, link(page))
    await framed.app.session_ends.end_all(anna)

    assert too_late.status == 200
    assert (await go_on(left, page)).status == 200
    assert (await left.get("/api/me")).status == 401


async def test_r12_8_a_link_is_over_after_half_an_hour_and_can_not_be_made_up(
    framed: Site,
) -> None:
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    altered = link(page)[:-2]
    framed.clock.advance(TICKET_TIME.total_seconds())

    ends = [await in_window(framed, address) for address in (link(page), altered)]

    assert all("You are logged in" not in end.text for end in ends)
    assert (await go_on(frame, page)).status == 200


async def test_r12_8_another_site_can_not_make_the_frame_go_on(framed: Site) -> None:
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    await in_window(framed, link(page))

    answer = await go_on(frame, page, **{"Sec-Fetch-Site": "cross-site"})

    assert answer.status == 200
    assert (await frame.get("/api/me")).status == 401


async def test_r12_8_microsoft_is_signed_in_to_in_a_window_of_its_own(framed: Site) -> None:
    """Somebody is logged in already: the page waits for the sign-in all the same."""
    anna = await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    await in_window(framed, link(page))
    await go_on(frame, page)
    framed.accept(anna, "other@contoso.example")

    page = await show(frame, "/auth/microsoft")
    early = await go_on(frame, page)
    end = await in_window(framed, link(page))
    on = await go_on(frame, early)

    assert urlsplit(link(page)).path == "/auth/microsoft"
    assert early.status == 200
    assert "You are logged in" in end.text
    assert on.location == "/settings"
    assert "other@contoso.example" in (await show(frame, "/settings")).text


async def test_r12_8_of_two_frames_of_one_site_both_go_on(framed: Site) -> None:
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    await in_window(framed, link(page))

    first, second = await go_on(frame, page), await go_on(frame, page)

    assert [first.location, second.location] == ["/settings", "/settings"]


async def test_r12_8_what_was_pressed_in_the_frame_comes_back_after_the_log_in(
    framed: Site,
) -> None:
    """R4.6 holds in a frame, too."""
    anna = await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    await in_window(framed, link(page))
    await go_on(frame, page)
    fields = (await show(frame, "/settings")).hidden
    pressed = fields | {"contact_email": "new@example.com", "action": "mail"}
    await framed.app.session_ends.end_all(anna)

    ended = await frame.post("/settings", pressed)
    page = await show(frame, ended.location)
    await in_window(framed, link(page))
    on = await go_on(frame, page)
    back = await show(frame, on.location)

    assert "new@example.com" in back.text
    assert "nothing has changed" in back.text


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
async def test_r4_6_a_form_of_another_site_takes_the_place_of_nothing(
    framed: Site, site_of: str
) -> None:
    anna, client = await framed.connected()
    _, colleague = await framed.connected("bert")
    own, theirs = [(await each.get("/settings")).hidden for each in (client, colleague)]
    framed.clock.advance(3_600)
    pressed = own | {"contact_email": "new@example.com", "action": "mail"}
    await client.post("/settings", pressed)
    before = dict(client.cookies)

    for path in ("/settings", "/plugin"):
        foreign = await client.send(
            "POST", path, headers={"Sec-Fetch-Site": site_of}, body=_form(theirs)
        )
        assert (foreign.status, foreign.cookies) == (303, ())

    assert client.cookies == before
    framed.log_in.alive = anna
    back = await framed.walk(client, "/settings")
    assert "new@example.com" in back.text


@pytest.mark.usefixtures("framed")
@pytest.mark.parametrize("kind", ["iframe", "frame", "object", "embed"])
async def test_r12_8_no_log_in_is_shown_in_whatever_holds_a_page(kind: str) -> None:
    for path in ("/connect", "/auth/booking", "/auth/microsoft"):
        answer = await Client().get(path, **(FRAME | {"Sec-Fetch-Dest": kind}))
        assert (answer.status, 'target="_blank"' in answer.text) == (200, True)


async def test_r12_8_after_a_log_out_in_the_frame_the_window_asks_who_one_is(
    framed: Site,
) -> None:
    """R4.5 holds in a frame, too."""
    await known(framed)
    frame = Client()
    page = await show(frame, "/settings")
    await in_window(framed, link(page))
    await go_on(frame, page)
    token = (await frame.get("/api/me")).json["csrf_token"]
    out = await frame.post("/auth/log-out", {"csrf_token": token})

    page = await show(frame, out.location)
    await in_window(framed, link(page))
    asked = framed.log_in.prompts[-1]
    await go_on(frame, page)
    again = await show(frame, "/auth/booking")
    await in_window(framed, link(again))

    assert asked is Prompt.ALWAYS
    assert framed.log_in.prompts[-1] is None


async def test_r12_8_an_invitation_opened_in_a_frame_is_carried_into_the_window(
    framed: Site,
) -> None:
    path = await framed.activate(framed.add("anna"))

    page = await show(Client(), path)

    carried = urlsplit(link(page))
    token = parse_qs(urlsplit(path).query)["invitation"]
    assert carried.path == "/connect"
    assert parse_qs(carried.query)["invitation"] == token


async def test_r12_8_whoever_types_an_address_goes_on_with_no_frame(framed: Site) -> None:
    """Somebody closed the frame's window half way; the next one begins at the top."""
    await known(framed)
    frame, window = Client(), Client()
    page = await show(frame, "/settings")
    await window.get(link(page), **OURS)

    start = await window.get("/auth/booking", **{"Sec-Fetch-Site": "none"})
    await framed.follow(window, start)
    framed.clock.advance(timedelta(minutes=1).total_seconds())

    assert (await window.get("/api/me")).status == 200
    assert (await go_on(frame, page)).status == 200


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
async def test_r12_8_a_form_of_another_site_takes_no_cookie_away(
    framed: Site, site_of: str
) -> None:
    anna, client = await framed.connected()
    await framed.app.session_ends.end_all(anna)

    answer = await client.send(
        "POST", "/auth/log-out", headers={"Sec-Fetch-Site": site_of}, body=b""
    )

    assert answer.cookies == ()
