"""Headers, cookies, static files, words."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.colours import accent_on
from sync.messages import ENGLISH
from sync.people.people import ConnectionState
from sync.site.headers import page_headers, read_cookie, set_cookie
from sync.site.pages import wording
from sync.site.pages.host_style import DARK, LIGHT
from sync.site.pages.statics import find_static, static_address

STATIC = Path(__file__).parents[2] / "sync" / "site" / "pages" / "static"


def test_pages_may_load_from_themselves_only_and_never_be_framed() -> None:
    policy = page_headers(("https://login.example/tenant", "https://booking.example/oidc"))[
        "Content-Security-Policy"
    ]

    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'self' https://login.example https://booking.example;" in policy
    assert "unsafe" not in policy


def test_pages_are_never_stored_or_sniffed() -> None:
    headers = page_headers(())

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_out_of_reach_for_scripts_and_other_sites(*, secure: bool) -> None:
    line = set_cookie("name", "value", seconds=60, secure=secure)

    name = "__Host-name" if secure else "name"
    assert line.startswith(f"{name}=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
    assert line.endswith("; Secure") is secure
    assert "Domain" not in line


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("a=1; name=value; b=2", "value"),
        ('name="value"', "value"),
        ("other=1; broken; =x; name=value", "value"),
        ("name=of before frames were allowed; name=value", "value"),
        ("xname=value", None),
        ("name=", None),
        ("", None),
    ],
)
def test_a_cookie_is_found_among_others(header: str, found: str | None) -> None:
    assert read_cookie(header, "name", secure=False) == found


def test_r4_5_over_https_only_a_cookie_of_this_very_host_is_read() -> None:
    header = "name=slipped in; __Host-name=own"

    assert read_cookie(header, "name", secure=True) == "own"
    assert read_cookie("name=slipped in", "name", secure=True) is None


def test_a_static_address_carries_the_contents_hash() -> None:
    address = static_address("app.css")
    found = find_static(address.removeprefix("/static/"))

    assert found is not None
    assert found[0].body == (STATIC / "app.css").read_bytes()
    assert found[1]


@pytest.mark.parametrize("name", ["../views.py", "app.0000000000000000.css", "", "nothing.css"])
def test_nothing_else_is_served(name: str) -> None:
    assert find_static(name) is None


def test_the_plain_name_is_served_but_not_kept_for_ever() -> None:
    found = find_static("app.css")

    assert found is not None
    assert not found[1]


def _rgb(colour: str) -> tuple[float, ...]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )


def _contrast(one: str, other: str) -> float:
    light, dark = sorted(
        (
            0.2126 * red + 0.7152 * green + 0.0722 * blue
            for red, green, blue in (_rgb(one), _rgb(other))
        ),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def test_r12_4_every_text_has_enough_contrast_in_both_schemes() -> None:
    blocks = re.findall(r":root \{(.*?)\}", (STATIC / "app.css").read_text(), re.DOTALL)
    pairs = [
        ("ink", "card"),
        ("ink", "ground"),
        ("muted", "card"),
        ("muted", "ground"),
        ("accent", "card"),
        ("accent-ink", "accent"),
        ("card", "bad"),
        *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "accent")),
        ("bad", "card"),
    ]

    for block in blocks:
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for text, ground in pairs:
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert _contrast(colours["field-line"], colours["card"]) >= 3


def test_r12_8_the_hosts_accent_is_made_for_the_grounds_that_pages_have() -> None:
    blocks = re.findall(r":root \{(.*?)\}", (STATIC / "app.css").read_text(), re.DOTALL)
    colours = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]

    assert [(each["card"], each["ground"]) for each in colours] == [LIGHT, DARK]
    for each, grounds in zip(colours, (LIGHT, DARK), strict=True):
        # What is hovered over has the soft ground, and the text of everything else.
        assert _contrast(each["ink"], accent_on("#7f7f7f", grounds).soft) >= 4.5


def test_every_state_has_words_and_a_colour() -> None:
    assert set(wording.STATES) == set(wording.STATE_TONES) == set(ConnectionState)


def test_times_are_said_in_a_zone_across_a_clock_change() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert ENGLISH.when(before, "Europe/Berlin") == "Sun 25 Oct 2026, 02:30"
    assert ENGLISH.when(before + timedelta(hours=1), "Europe/Berlin").endswith("02:30")
    assert ENGLISH.when(before, "Nowhere/Unknown") == "Sun 25 Oct 2026, 00:30"


def test_a_span_says_a_shared_day_once() -> None:
    start = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    assert (
        ENGLISH.span(start, start + timedelta(hours=1), "UTC")
        == "Mon 23 Nov 2026, 08:00\N{EN DASH}09:00"
    )
    assert ENGLISH.span(start, start + timedelta(days=1), "UTC").count("2026") == 2
