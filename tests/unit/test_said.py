"""Messages found in texts, and where looking for them ends (R12.7)."""

import pytest
from babel.messages.pofile import read_po

from sync import messages
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

    assert parts <= messages._PARTS_OF_ONE
    assert max(map(len, keys())) < messages._TEXT_LIMIT / 2


def test_r12_7_several_messages_in_a_row_are_each_said() -> None:
    text = "This invitation has expired. Please log in. Kim Adler says no. Please log in."

    said = language("de").say(text)

    assert said.count(language("de").say("Please log in.")) == 2
    assert "Please log in." not in said
    assert "Kim Adler says no." in said


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
