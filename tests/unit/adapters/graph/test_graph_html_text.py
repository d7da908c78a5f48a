"""The text of HTML bodies, whatever somebody sent."""

from time import process_time

import pytest

from sync.outside.graph.html_text import LIMIT, text_of


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


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<!", "<a ", "<a '", '<a b="', "<a =", "</", "<?", "&", "&#1", "<head>", "<script>"],
)
def test_case_84_no_body_takes_long(piece: str) -> None:
    body = (piece * LIMIT)[:LIMIT]
    begun = process_time()

    text_of(body)

    # The standard library's parser needs minutes for some of these.
    assert process_time() - begun < 2
