"""Messages, and what they are in each language (R12.7)."""

import gettext
import re
from datetime import UTC, datetime, timedelta

import pytest
from babel.messages.pofile import read_po

from sync import messages
from sync.engine.reasons import SkipReason, explain
from sync.kept_texts import APPOINTMENTS, FAILING_SINCE, FORMS, ITEMS_WAIT, NO_ACCESS_THERE
from sync.messages import (
    CATALOGUE,
    ENGLISH,
    LANGUAGES,
    Alternatives,
    Language,
    Moment,
    Several,
    accepted_language,
    known_language,
    language,
    language_for,
    said,
    said_many,
)
from tests.properties import given, st

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GERMAN, FRENCH, SPANISH = (language(code) for code in ("de", "fr", "es"))


class Marked(gettext.NullTranslations):
    """Puts marks around what is a message, and leaves it English."""

    def __init__(self, known: frozenset[str]) -> None:
        super().__init__()
        self._known = known

    def gettext(self, message: str) -> str:
        return f"[{message}]" if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def marked(*texts: str) -> Language:
    return Language("de", Marked(frozenset(texts)))


def test_r12_7_a_message_is_english_until_somebody_reads_it() -> None:
    message = said_many("{count} item waits.", "{count} items wait.", 2_000)

    assert message == "2,000 items wait."
    assert f"{message:>3}" == "2,000 items wait."
    assert GERMAN.say(message) == "2.000 Elemente stehen noch aus."


def test_r12_7_plurals_are_those_of_the_language() -> None:
    def zero(spoken: Language) -> str:
        return spoken.say(said_many("{count} item", "{count} items", 0))

    assert zero(ENGLISH) == "0 items"
    # French has no plural of nothing.
    assert zero(FRENCH) == FRENCH.say(said_many("{count} item", "{count} items", 1)).replace(
        "1", "0"
    )


def test_r12_7_values_are_shown_and_texts_of_others_stay_as_they_are() -> None:
    inner = said("Updated")
    text = said(
        "{a} {b} {c} {d} {e}",
        a=inner,
        b="Updated",
        c=Moment(NOON, "Europe/Berlin"),
        d=Alternatives(("Mitte", "Nord")),
        e=Several((said("Moved"), said("Deleted"))),
    )

    assert GERMAN.say(text) == (
        "Aktualisiert Updated Di., 24. Nov. 2026, 13:00 Mitte oder Nord Verschoben, Gelöscht"
    )


def test_r12_7_what_no_message_can_hold_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="float"):
        said("{price}", price=1.5)


@pytest.mark.parametrize("text", ["", "{", "{name}", "100 % {count}", "Dr. Smith is out. Call."])
def test_r12_7_anybodys_text_goes_through_as_it_is(text: str) -> None:
    for code in LANGUAGES:
        assert language(code).say(text) == text
        assert language(code).say(said(text)) == text


@pytest.mark.parametrize(
    ("code", "when", "full", "ago", "number"),
    [
        (
            "en",
            "Tue 24 Nov 2026, 13:00",
            "Tuesday 24 November 2026, 13:00 (CET)",
            "3 days ago",
            ",",
        ),
        (
            "de",
            "Di., 24. Nov. 2026, 13:00",
            "Dienstag, 24. November 2026, 13:00 (CET)",
            "vor 3",
            ".",
        ),
        (
            "fr",
            "mar. 24 nov. 2026, 13:00",
            "mardi 24 novembre 2026, 13:00 (CET)",
            "il y a 3",
            "\u202f",
        ),
        ("es", "mar, 24 nov 2026, 13:00", "martes, 24 de noviembre de 2026, 13:00", "hace 3", "."),
    ],
)
def test_r12_7_dates_and_numbers_are_those_of_cldr(
    code: str, when: str, full: str, ago: str, number: str
) -> None:
    spoken = language(code)

    assert spoken.when(NOON, "Europe/Berlin") == when
    assert spoken.in_full(NOON, "Europe/Berlin").startswith(full)
    assert spoken.ago(NOON - timedelta(days=3), NOON).startswith(ago)
    assert spoken.ago(NOON, NOON) == spoken.say("just now")
    assert spoken.number(12_345) == f"12{number}345"


@pytest.mark.parametrize("reason", SkipReason)
def test_r12_7_reasons_with_their_advice_are_said_whole(reason: SkipReason) -> None:
    whole, sentence = explain(reason).in_full, explain(reason).sentence

    for spoken in (GERMAN, FRENCH, SPANISH):
        advice = explain(reason).advice
        expected = (
            f"{spoken.say(sentence)} {spoken.say(advice)}" if advice else spoken.say(sentence)
        )
        assert spoken.say(whole) == expected != whole


def test_r12_7_what_was_kept_with_values_is_read_in_any_language() -> None:
    kept = (
        "This is over. Outlook calendar: changed. Reserves to Outlook: yes. "
        "In Outlook: 1 created, 1,200 moved. In the booking calendar: 2 deleted."
    )

    assert GERMAN.say(kept) == (
        "Das hat sich erledigt. Outlook-Kalender: geändert. "
        f"{GERMAN.say('Reserves to Outlook')}: ja. In Outlook: 1 erstellt, 1.200 verschoben. "
        "Im Buchungskalender: 2 gelöscht."
    )


@pytest.mark.parametrize("form", FORMS)
def test_r12_7_every_form_reads_what_it_wrote(form: object) -> None:
    (form,) = [each for each in FORMS if each is form]
    for count in (1, 2, 1_234):
        names = re.findall(r"\{(\w+)\}", form.text + (form.many or ""))
        text = (
            form.of(count) if form.many else form.text.format(**dict.fromkeys(names, "2026-11-24"))
        )
        found = form.values(text)

        assert found is not None
        assert set(found) == set(names)


def test_r12_7_a_form_of_one_is_not_that_of_many() -> None:
    assert (ITEMS_WAIT.of(1), ITEMS_WAIT.of(2)) == ("1 item waits.", "2 items wait.")
    assert APPOINTMENTS.of(1) == "1 appointment"
    assert SPANISH.say(NO_ACCESS_THERE.of(3)) != SPANISH.say(NO_ACCESS_THERE.of(1))
    assert "2026-11-24 12:00 UTC" in FRENCH.say(
        FAILING_SINCE["unforeseen"].text.format(since="2026-11-24 12:00 UTC")
    )


def test_r12_7_parts_that_are_known_are_said_in_what_others_wrote() -> None:
    spoken = marked("Why not.", "Wrong.")

    assert (
        spoken.say("Why not. Slot 3 is closed. Wrong.") == "[Why not.] Slot 3 is closed. [Wrong.]"
    )
    assert spoken.say("contact_email: Wrong.") == "contact_email: [Wrong.]"


class Counted(gettext.NullTranslations):
    """Counts how often a message is looked for."""

    count = 0

    def gettext(self, message: str) -> str:
        self.count += 1
        return message


@pytest.mark.parametrize("piece", [", ", ": ", "a: ", "A. ", "a: b, ", "A: b! ", "A: b, c: d? "])
def test_r12_7_anybodys_long_text_costs_little(piece: str) -> None:
    # As long as a sentence of the booking product may be.
    counted = Counted()
    text = (piece * 300)[:299] + "."

    assert Language("de", counted).say(text) == text
    assert counted.count < 10 * len(text)


def test_r12_7_messages_of_several_sentences_are_known_among_others() -> None:
    several = [
        message.id
        for message in read_po((CATALOGUE / "de.po").read_bytes().splitlines(keepends=True))
        if isinstance(message.id, str) and re.search(r"[.!?] [A-Z]", message.id)
    ]
    assert several

    for whole in several:
        if "{" not in whole and "<" not in whole:
            assert GERMAN.say(f"Slot 3 is closed. {whole}") == (
                f"Slot 3 is closed. {GERMAN.say(whole)}"
            )


@pytest.mark.parametrize(
    "text", [", created", "a, , created", f"{'9' * 5_000} created", "1,2 moved"]
)
def test_r12_7_what_looks_like_a_number_and_is_none_goes_through_as_it_is(text: str) -> None:
    assert GERMAN.say(text) == text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de-CH, fr;q=0.9", "de"),
        ("nl, fr;q=0.8, de;q=0.9", "de"),
        ("es-419,es;q=0.9", "es"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0, fr", "fr"),
        ("DE_at", "de"),
        ("*", None),
        ("", None),
        ("nl", None),
        (";;q=,,de;q=x, fr;q=0.1", "fr"),
        ("x" * 100_000 + ", de", None),
    ],
)
def test_r12_7_a_browser_is_understood(header: str, code: str | None) -> None:
    assert accepted_language(header) == code


@pytest.mark.parametrize(
    ("profile", "otherwise", "code"),
    [
        ("fr-CA", "de", "fr"),
        ("nl", "de", "de"),
        (None, "es", "es"),
        (None, None, "en"),
        ("", None, "en"),
        ("german", None, "en"),
    ],
)
def test_r12_7_the_profile_counts_before_the_browser(
    profile: str | None, otherwise: str | None, code: str
) -> None:
    assert language_for(profile, otherwise).code == code


def test_r12_7_a_language_that_is_none_of_ours_is_not_read_from_disk() -> None:
    assert known_language("../../etc") is None
    with pytest.raises(KeyError):
        language("../de")


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

    spoken = language("de").say(text)

    assert spoken.count(language("de").say("Please log in.")) == 2
    assert "Please log in." not in spoken
    assert "Kim Adler says no." in spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
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
def test_r12_7_a_kept_number_is_one_as_it_is_written_here(text: str, spoken: str) -> None:
    assert language("de").say(text) == spoken


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
