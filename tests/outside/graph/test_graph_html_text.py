"""The text of HTML bodies, whatever somebody sent."""

import re

import pytest

from sync.outside.graph import html_text
from sync.outside.graph.html_text import LIMIT, TAGS, TEXT, text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<p>Agenda</p>\r\n<div>1.&nbsp;Rent &amp; heat<br>2. Keys</div>",
            "Agenda\n1. Rent & heat\n2. Keys",
        ),
        ("<!-- hidden > --><b>bold</b>er", "bolder"),
        ("a <!-- without an end", "a"),
        ("<script>if (a < b) {}</script>c<style>p > a {}</STYLE>d", "cd"),
        ("<script>without an end", ""),
        ("<head><title>T</title></head><body>x", "x"),
        ("<head>x", "x"),
        ("<a title='a > b' href=\"c>d\">Link</a>", "Link"),
        ("a <x 'b>c", "a c"),
        ("3 < 4 and <3", "3 < 4 and <3"),
        ("&lt;b&gt; &#65; &#x42;", "<b> A B"),
        ("one\ntwo", "one two"),
        ("", ""),
    ],
)
def test_text_is_what_a_person_reads(html: str, text: str) -> None:
    assert text_of(html) == text


def test_a_number_of_thousands_of_digits_is_no_character() -> None:
    assert text_of(f"a &#{'9' * 6000}; b") == "a \ufffd b"


class Counted:
    """A pattern that counts how often it is asked and over how many characters it goes."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.asked = 0
        self.read = 0

    def search(self, text: str, at: int) -> re.Match[str] | None:
        found = self.pattern.search(text, at)
        self.asked += 1
        self.read += (len(text) if found is None else found.end()) - at
        return found


PIECES = ("<!--", "<!-- -->", "<!", "<a ", "<a '", '<a b="', "<a =", "</", "<?", "&", "&#1")
TAGGED = ("<p>", "<p>x", "<head>", "<head></head>", "<style></style>", "<title>", "x<br>", "<b/>")


@pytest.mark.parametrize("piece", [*PIECES, *TAGGED])
def test_case_84_a_body_is_gone_over_once_and_cut_before(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = Counted(html_text._TAG)
    silent = {name: Counted(pattern) for name, pattern in html_text._SILENT.items()}
    monkeypatch.setattr(html_text, "_TAG", tag)
    monkeypatch.setattr(html_text, "_SILENT", silent)

    text_of(piece * LIMIT)

    read = tag.read + sum(one.read for one in silent.values())
    assert read <= 2 * LIMIT
    assert tag.asked <= TAGS + 1


@pytest.mark.parametrize(
    "html",
    [
        "x" * LIMIT + "canary",
        "<i>x</i>" * LIMIT + "canary",
        "<p>" * (TAGS + 1) + "canary",
        "x" * TEXT + "<p>x<p>canary",
        "x" * (LIMIT - 100) + "<p>canary",
    ],
)
def test_case_84_what_comes_too_late_is_not_read(html: str) -> None:
    text = text_of(html)

    assert "canary" not in text
    assert len(text) <= 2 * TEXT


def test_a_long_body_behind_long_styles_is_read() -> None:
    styles = f"<head><style>{'p { margin: 0 } ' * 10_000}</style></head>"

    assert text_of(f"{styles}<p>Agenda</p>" + "<p>1</p>" * 2_000) == "\n".join(
        ["Agenda", *["1"] * 2_000]
    )
