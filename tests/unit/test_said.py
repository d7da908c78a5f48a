"""Messages found in texts, and where looking for them ends (R12.7)."""

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from sync import messages
from sync.kept_texts import FORMS
from sync.messages import CATALOGUE, LANGUAGES, Language, language


def keys() -> list[str]:
    with (CATALOGUE / "de.po").open("rb") as source:
        catalogue = read_po(source, locale="de")
    found: list[str] = []
    for message in catalogue:
        found += message.id if isinstance(message.id, list | tuple) else [message.id]
    return [key for key in found if key]


def test_r12_7_no_message_has_more_parts_or_characters_than_are_looked_at() -> None:
    parts = max(
        len(pattern.split(key))
        for key in keys()
        for pattern in (messages._SENTENCE_END, messages._COMMA, messages._COLON)
    )

    assert parts <= messages._MOST_PARTS
    assert max(map(len, keys())) < messages._TEXT_LIMIT / 2


def test_r12_7_several_messages_in_a_row_are_each_said() -> None:
    text = "This invitation has expired. Please log in. Kim Adler says no. Please log in."

    said = language("de").say(text)

    assert said.count(language("de").say("Please log in.")) == 2
    assert "Please log in." not in said
    assert "Kim Adler says no." in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 created", "1 erstellt"),
        ("1234 created", "1.234 erstellt"),
        ("1,234,567 created", "1.234.567 erstellt"),
        (", created", ", created"),
        (", items wait.", ", items wait."),
        ("1,2,3 created", "1,2,3 created"),
        ("\u0663 created", "\u0663 created"),
        (f"{'9' * 40} created", f"{'9' * 40} created"),
    ],
)
def test_r12_7_a_kept_number_is_one_as_it_is_written_here(text: str, said: str) -> None:
    assert language("de").say(text) == said


@given(
    text=st.lists(
        st.sampled_from([*keys(), *(form.text for form in FORMS)])
        | st.sampled_from(["{", "}", "{count}", "%s", ",", "1", "12,345", "\x00", "\ud800"])
        | st.text(max_size=5)
    ).flatmap(lambda parts: st.sampled_from([" ", ", ", ": ", ""]).map(lambda gap: gap.join(parts)))
)
def test_r12_7_whatever_resembles_messages_can_be_said(text: str) -> None:
    for code in LANGUAGES:
        assert isinstance(language(code).say(text), str)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"a{number}: There is no such field." for number in range(5_000)),
        "A. " * 600,
        "a: " * 600,
        "a, " * 600,
        "x" * 200_000,
    ],
    ids=lambda text: f"{text[:9]} {len(text)}",
)
def test_r12_7_looking_for_messages_in_somebody_elses_text_ends_soon(
    monkeypatch: pytest.MonkeyPatch, code: str, text: str
) -> None:
    looked: list[int] = []
    known = Language._known

    def count(self: Language, part: str) -> str | None:
        looked.append(len(part))
        return known(self, part)

    monkeypatch.setattr(Language, "_known", count)

    assert language(code).say(text) == text
    assert sum(looked) < 100_000
