"""The host's name, logo, colour and ways on every page (R12.8)."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from sync.app import use_app
from sync.people.people import AccessType
from tests.fakes.outside import settings_of
from tests.site.site import Answer, Client, Site

LOOK = {
    "host_name": "Salon & Planner",
    "host_logo_url": "https://static.example.org/logo.svg?a=1&b=2",
    "host_colour": "#ffd54a",
    "support_url": "https://help.example.org/?topic=outlook",
    "return_url": "https://app.example.org/profile",
}


@pytest.fixture
def hosted() -> Iterator[Site]:
    yield Site(settings_of(**LOOK))
    use_app(None)


async def pages(site: Site) -> dict[str, Answer]:
    """Opens one page of each kind, dead ends among them."""
    _, anna = await site.connected()
    boss, stranger = Client(), Client()
    await site.log_in_as(boss, site.add("boss", AccessType.HQ_ADMIN), "/auth/booking?next=/plugin")
    site.log_in.alive = None
    return {
        "settings": await anna.get("/settings"),
        "plugin": await boss.get("/plugin"),
        "door": await site.walk(stranger, "/connect"),
        "dead end": await stranger.get("/auth/microsoft/callback?code=c&state=other"),
        "nowhere": await stranger.get("/nowhere"),
        "of a mail": await stranger.get("/unsubscribe?token=forged"),
    }


async def test_r12_8_every_page_shows_the_host_and_its_ways(hosted: Site) -> None:
    for name, answer in (await pages(hosted)).items():
        text = unescape(answer.text)
        header = text.partition("<header")[2].partition("</header>")[0]
        footer = text.partition("<footer")[2].partition("</footer>")[0]

        assert re.search(r"<title>.* · Salon & Planner</title>", text), name
        assert "Connect-Up" not in text, name
        assert f'src="{LOOK["host_logo_url"]}"' in header, name
        assert "mark.svg" not in header, name
        assert f'href="{LOOK["return_url"]}"' in header, name
        assert f'href="{LOOK["support_url"]}"' in footer, name
        assert f'href="{LOOK["return_url"]}"' in footer, name


@pytest.mark.usefixtures("hosted")
async def test_r12_8_a_dead_end_offers_help_beside_its_steps() -> None:
    answer = await Client().get("/auth/microsoft/callback?code=c&state=other")

    steps = answer.text.partition('<p class="actions">')[2].partition("</p>")[0]
    assert LOOK["support_url"] in steps


async def test_r12_8_pictures_come_from_the_logos_origin_and_nothing_else_does(
    hosted: Site,
) -> None:
    for answer in (await pages(hosted)).values():
        policy = answer.headers["content-security-policy"]
        rules = {rule.partition(" ")[0]: rule for rule in policy.split("; ")}

        assert rules["img-src"] == "img-src 'self' data: https://static.example.org"
        assert [name for name, rule in rules.items() if "static." in rule] == ["img-src"]
        assert "unsafe" not in policy


@pytest.mark.usefixtures("hosted")
async def test_r12_8_the_accent_is_a_style_sheet_that_can_be_read() -> None:
    page = await Client().get("/nowhere")
    address = re.search(r'href="(/static/host\.[0-9a-f]{16}\.css)"', page.text)
    assert address is not None

    sheet = await Client().get(address[1])

    accents = re.findall(r"--accent: (#[0-9a-f]{6}); --accent-ink: (#[0-9a-f]{6})", sheet.text)
    assert sheet.headers["content-type"] == "text/css"
    assert "immutable" in sheet.headers["cache-control"]
    assert len(accents) == 2
    assert accents[0][0] != LOOK["host_colour"]
    assert accents[1] == (LOOK["host_colour"], "#000000")
    assert " style=" not in page.text


async def test_r12_8_without_settings_nothing_comes_from_elsewhere(site: Site) -> None:
    for name, answer in (await pages(site)).items():
        assert "Connect-Up for Outlook 365</title>" in answer.text, name
        assert "img-src 'self' data:;" in answer.headers["content-security-policy"], name
        for word in ("host.", "Get help", "Back to"):
            assert word not in answer.text, name
    assert (await Client().get("/static/host.css")).status == 404
