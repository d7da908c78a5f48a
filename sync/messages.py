"""What people read, in their language: one catalogue of messages (R12.7).

A message is written in English where it is decided, and its English text is its key: in
``sync/catalogue`` each other language has a ``.po`` file for translators. Nothing is said before
somebody reads it: until then a sentence stays English and remembers what was put into it, so that
the same sentence can go to a log, a test and a page in French.
"""

import gettext
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from sync.kept_texts import BECAME, FORMS, Form
from sync.words import Interval, msgid

CATALOGUE = Path(__file__).parent / "catalogue"
#: English names the day before the month without a comma, so that 3 November and 11 March can't be
#: taken for each other; that is how Australia writes it.
_LOCALES = {"en": "en_AU", "es": "es", "fr": "fr", "de": "de"}
LANGUAGES = tuple(_LOCALES)
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")
_COMMA = re.compile(r", ")
_COLON = re.compile(r": ")
#: Sentences of one message, and what commas or colons part in one, at most. Without a limit a text
#: of somebody else that is full of them would cost a page its time.
_MOST_PARTS = 5
_CLOCK = "HH:mm"
#: Units of "how long ago" and their seconds, the largest first.
_UNITS: tuple[tuple[Literal["day", "hour", "minute"], int], ...] = (
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
)
#: Forty days are said as days: Babel would make months of them from here on.
_NO_LIMIT = 1_000_000
#: Characters of a header that are looked at.
_HEADER_LIMIT = 500
#: A text of more characters is no message of ours: somebody else may have written it, so that
#: looking for messages in it has to end soon.
_TEXT_LIMIT = 2_000


class Said(str):
    """A message with the values that it was made with; as a text it is English.

    Attributes:
        message: The key; with ``many`` it is what is said of one.
        many: What is said of any other number; ``None`` where the message has no number.
        values: By the names of the placeholders; ``many`` is chosen by ``count``.
    """

    __slots__ = ("many", "message", "values")

    message: str
    many: str | None
    values: Mapping[str, object]

    def __new__(cls, message: str, many: str | None, values: Mapping[str, object]) -> Self:
        """Makes the English text."""
        made = super().__new__(cls, ENGLISH.fill(message, many, values))
        made.message, made.many, made.values = message, many, values
        return made


def said(message: str, **values: object) -> str:
    """Gives a message to be said later.

    Args:
        message: Its key; without values also a text that was kept.
        values: Texts that stay as they are, numbers, times, and other messages.
    """
    if not values and isinstance(message, Said):
        return message
    return Said(message, None, values)


def said_many(one: str, many: str, count: int, **values: object) -> str:
    """Gives a message that depends on a number, which stands in it as ``{count}``."""
    return Said(one, many, {"count": count, **values})


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant; ``zone`` is an IANA name."""

    at: datetime
    zone: str

    def shown_in(self, language: "Language") -> str:
        """Gives it as a text."""
        return language.when(self.at, self.zone)


@dataclass(frozen=True, slots=True)
class MomentInFull:
    """An instant with its zone, for whoever has no page around it that names the zone."""

    at: datetime
    zone: str

    def shown_in(self, language: "Language") -> str:
        """Gives it as a text."""
        return language.in_full(self.at, self.zone)


@dataclass(frozen=True, slots=True)
class SpanInFull:
    """A span with its zone."""

    interval: Interval
    zone: str

    def shown_in(self, language: "Language") -> str:
        """Gives it as a text."""
        return language.span_in_full(self.interval, self.zone)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Names: ``A, B or C``."""

    names: Sequence[str]

    def shown_in(self, language: "Language") -> str:
        """Gives them as a text."""
        return format_list(list(self.names), style="or", locale=language.locale)


@dataclass(frozen=True, slots=True)
class Several:
    """Messages one after another: ``A, B, C``."""

    messages: Sequence[str]

    def shown_in(self, language: "Language") -> str:
        """Gives them as a text."""
        return ", ".join(language.say(message) for message in self.messages)


class Language:
    """One of the languages of the product.

    Args:
        code: Of ``LANGUAGES``.
        translations: Of the messages.
    """

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.code = code
        self._translations = translations
        self.locale = Locale.parse(_LOCALES[code])

    def say(self, text: str) -> str:
        """Says a message, kept or just made; what is none, the booking product's say, as it is."""
        if isinstance(text, Said) and text.values:
            return self.fill(text.message, text.many, text.values)
        text = str(text)
        if self is ENGLISH or len(text) > _TEXT_LIMIT:
            return text
        return self._known(text) or self._in_parts(text)

    def _known(self, text: str) -> str | None:
        """Says a text that is one message; ``None`` where it is not."""
        # The empty key has the catalogue's own head.
        found = self._translations.gettext(text) if text else text
        if found != text or not text:
            return found
        for form in FORMS:
            count = form.count(text)
            if count is not None:
                return self.fill(form.text, form.many, {"count": count})
            values = form.values(text)
            if values is not None:
                return self._refilled(form, values)
        return None

    def _refilled(self, form: Form, values: Mapping[str, str]) -> str | None:
        spoken = {name: self.say(value) for name, value in values.items()}
        # Two words with a colon between them may be anybody's.
        is_ours = form is not BECAME or spoken != values
        return self.fill(form.text, None, spoken) if is_ours else None

    def _in_parts(self, text: str) -> str:
        for gap, pattern in ((" ", _SENTENCE_END), (", ", _COMMA), (": ", _COLON)):
            said = gap.join(self._longest(pattern.split(text), gap))
            if said != text:
                return said
        return text

    def _longest(self, parts: Sequence[str], gap: str) -> Iterator[str]:
        """Says parts of a text, as many at once as are one message."""
        at = 0
        while at < len(parts):
            for end in range(min(len(parts), at + _MOST_PARTS), at, -1):
                found = self._known(gap.join(parts[at:end]))
                if found is not None:
                    break
            else:
                found, end = parts[at], at + 1
            yield found
            at = end

    def fill(self, message: str, many: str | None, values: Mapping[str, object]) -> str:
        """Says a message with its values."""
        pattern = self.pattern(message, many, values)
        # A text without values may be anybody's, and may hold braces.
        shown = {name: self.show(value) for name, value in values.items()}
        return pattern.format(**shown) if shown else pattern

    def pattern(self, message: str, many: str | None, values: Mapping[str, object]) -> str:
        """Gives a message before its values are put in."""
        if many is None:
            return self._translations.gettext(message)
        number = values["count"]
        if not isinstance(number, int):
            raise TypeError("the count of a message is a number")
        return self._translations.ngettext(message, many, number)

    def show(self, value: object) -> str:
        """Gives a value as a text; a plain text is nobody's message and stays as it is."""
        match value:
            case Said():
                return self.say(value)
            case str():
                return value
            case int():
                return self.number(value)
            case Moment() | MomentInFull() | SpanInFull() | Alternatives() | Several():
                return value.shown_in(self)
            case _:
                raise TypeError(f"a message has no place for a {type(value).__name__}")

    def number(self, number: int) -> str:
        """Says a number."""
        return format_decimal(number, locale=self.locale)

    def when(self, moment: datetime, zone: str) -> str:
        """Says an instant in a zone: ``Tue 24 Nov 2026, 09:00``."""
        local = moment.astimezone(zone_of(zone))
        return self._dated(self._format(local, self._pattern("yMMMEd")), self._clock(local))

    def briefly(self, moment: datetime, zone: str) -> str:
        """Says an instant of the last months in a zone: without weekday and year."""
        local = moment.astimezone(zone_of(zone))
        return self._dated(self._format(local, self._pattern("MMMd")), self._clock(local))

    def span(self, start: datetime, end: datetime, zone: str) -> str:
        """Says a span in a zone; the day once where both ends share it."""
        first, last = (moment.astimezone(zone_of(zone)) for moment in (start, end))
        if first.date() == last.date():
            return f"{self.when(start, zone)}\N{EN DASH}{self._clock(last)}"
        return f"{self.when(start, zone)} \N{EN DASH} {self.when(end, zone)}"

    def ago(self, moment: datetime, now: datetime) -> str:
        """Says how long ago an instant was, in the largest unit of which there is a whole one."""
        seconds = int((now - moment).total_seconds())
        for unit, size in _UNITS:
            if seconds >= size:
                whole = timedelta(seconds=-(seconds // size * size))
                return format_timedelta(
                    whole, unit, threshold=_NO_LIMIT, add_direction=True, locale=self.locale
                )
        return self.say(JUST_NOW)

    def in_full(self, moment: datetime, zone: str) -> str:
        """Says an instant for a mail: ``Tuesday 24 November 2026, 09:00 (EST)``."""
        local = moment.astimezone(zone_of(zone))
        return f"{self._in_full(local)} ({_zone_name(local)})"

    def span_in_full(self, interval: Interval, zone: str) -> str:
        """Says a span for a mail: ``Tuesday 24 November 2026, 09:00 to 10:00 (EST)``."""
        start, end = (at.astimezone(zone_of(zone)) for at in (interval.start, interval.end))
        first = self._in_full(start)
        last = self._clock(end) if start.date() == end.date() else self._in_full(end)
        # Across a clock change the same hour may come twice: each end then names its own.
        if _zone_name(start) != _zone_name(end):
            first = f"{first} ({_zone_name(start)})"
        last = f"{last} ({_zone_name(end)})"
        return self.say(said("{start} to {end}", start=first, end=last))

    def _in_full(self, local: datetime) -> str:
        known = self.locale.datetime_skeletons.get("yMMMMEEEEd")
        pattern = known or self.locale.date_formats["full"]
        return self._dated(self._format(local, str(pattern)), self._clock(local))

    def _pattern(self, skeleton: str) -> str:
        return str(self.locale.datetime_skeletons[skeleton])

    def _format(self, local: datetime, pattern: str) -> str:
        return format_datetime(local.replace(tzinfo=None), pattern, locale=self.locale)

    def _clock(self, local: datetime) -> str:
        # 24 hours with two digits in all languages: the columns of a page line up.
        return self._format(local, _CLOCK)

    def _dated(self, day: str, clock: str) -> str:
        return str(self.locale.datetime_formats["medium"]).format(clock, day)


def zone_of(name: str) -> tzinfo:
    """Gives the time zone of an IANA name, UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    # ZoneInfo answers an unknown name with KeyError, a malformed one with ValueError, and one
    # that names a folder of its data with OSError.
    except (KeyError, ValueError, OSError):
        return UTC


def _zone_name(local: datetime) -> str:
    name = local.tzname() or "UTC"
    if name[0] not in "+-":
        return name
    # Zones without letters of their own are named by their offset: "+0545".
    return f"UTC{name[:3]}:{name[3:] or '00'}"


#: Less than a minute ago.
JUST_NOW = msgid("just now")
ENGLISH = Language("en", gettext.NullTranslations())


@cache
def language(code: str) -> Language:
    """Gives one of the languages; a catalogue is read when it is first asked for.

    Raises:
        KeyError: It is none of ``LANGUAGES``.
    """
    if code == ENGLISH.code:
        return ENGLISH
    if code not in LANGUAGES:
        raise KeyError(code)
    with (CATALOGUE / f"{code}.po").open("rb") as source:
        catalogue = read_po(source, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, gettext.GNUTranslations(compiled))


def language_for(profile: str | None, otherwise: str | None) -> Language:
    """Gives the language for a person: of the profile, else another that is known, else English.

    Args:
        profile: The BCP 47 tag of the profile, where it has one.
        otherwise: One of ``LANGUAGES``: what the browser asks for, or asked for at the last visit.
    """
    return language(known_language(profile) or otherwise or ENGLISH.code)


def known_language(tag: str | None) -> str | None:
    """Gives the language of a BCP 47 tag; ``None`` where it is none of ours."""
    code = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else None


def accepted_language(header: str) -> str | None:
    """Gives the first of our languages that a browser asks for (``Accept-Language``)."""
    wanted: list[tuple[float, str]] = []
    for part in header[:_HEADER_LIMIT].split(","):
        tag, _, weight = part.partition(";")
        code = known_language(tag)
        try:
            worth = float(weight.partition("q=")[2] or 1)
        except ValueError:
            continue
        if code is not None and worth > 0:
            wanted.append((-worth, code))
    return min(wanted, key=lambda one: one[0])[1] if wanted else None
