"""Names from outside in mails (R9.7)."""

import re

import pytest

from notifications.names import account_name, plain_name, unlinked

#: What the bolder mail programs make links of, also across characters of no width.
LINKED = re.compile(r"://\S|\w\W*[.\u3002\uff0e\uff61]\W*[^\W\d]|\d+\.\d+\.\d+\.\d+", re.IGNORECASE)


@pytest.mark.parametrize(
    "name",
    [
        "evil.com",
        "Click evil.com now",
        "http://evil.com/path",
        "HTTPS://EVIL.COM",
        "http://localhost/x",
        "www.evil.com",
        "ftp://evil.example",
        "evil.com.",
        "a.b.c.evil.com?x=1.html",
        "evil\u3002com",
        "evil\uff0ecom",
        "evil.\u200dcom",
        "evil.\u200b\u2060com",
        "evil.рф",
        "http://127.0.0.1/x",
        "127.0.0.1",
        "me@evil.com",
        "http://\u200devil",
    ],
)
def test_r9_7_no_name_becomes_a_link(name: str) -> None:
    # No program reads across a blank.
    assert [word for word in plain_name(name).split(" ") if LINKED.search(word)] == []


@pytest.mark.parametrize(
    "name",
    ["Kim Adler - Massage", "Massage 9.30", "Dr. Smith", "St. John, Jr.", "50/50", "v1.2", "Zoë"],
)
def test_a_usual_name_stays_as_it_is(name: str) -> None:
    assert plain_name(name) == name


def test_r9_7_a_name_is_cut_at_eighty_characters_with_a_mark() -> None:
    assert plain_name("x" * 80) == "x" * 80
    assert plain_name("x" * 81) == "x" * 79 + "…"
    assert len(plain_name("a.b" * 100)) <= 80


def test_r9_7_a_sentence_is_not_cut() -> None:
    assert unlinked("word " * 40 + "evil.com") == "word " * 40 + "evil. com"


@pytest.mark.parametrize(
    "name", ["ann@microsoft.example", "o'neil.j+cal@sub.contoso.example", "a_b#EXT#@x.example"]
)
def test_r9_6_the_address_of_an_account_stays_as_it_is(name: str) -> None:
    assert account_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["http://evil.com/x@y.com", "evil.com", "ann@y.com see www.evil.com", "a/evil.com@y.com"],
)
def test_r9_7_an_account_by_another_name_becomes_no_link(name: str) -> None:
    shown = account_name(name)

    assert [word for word in shown.split(" ") if LINKED.search(word)] == []
    assert len(account_name(name * 40)) <= 80
