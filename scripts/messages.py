"""Keeps the catalogue in step with what is said (R12.7): ``make messages``.

Every message is found where it is written, in Python and in templates; each language's file keeps
its translations, gets the new messages empty, and loses those that nobody says any more.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from sync.messages import CATALOGUE, ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("sync", "notifications")
_METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.jinja", "jinja2")]
_KEYWORDS: dict[str, Any] = {
    "msgid": None,
    "said": None,
    "said_many": (1, 2),
    "Form": {1: None, 2: (1, 2)},
    "_": None,
    "_n": (1, 2),
}
_OPTIONS = {"**.html": {"extensions": ""}, "**.jinja": {"extensions": ""}}


def extracted() -> Catalog:
    """Gives all messages, in the order of the files."""
    found = Catalog()
    for path, message in _messages():
        found.add(message, locations=[(path, 0)])
    return found


def _messages() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for place in PLACES:
        where = ROOT / place
        for path, _, message, _, _ in extract_from_dir(
            where, _METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
        ):
            yield f"{place}/{path}", message


def updated(code: str, found: Catalog) -> bytes:
    """Gives the file of a language as it has to be."""
    known = _read(code)
    known.update(found, no_fuzzy_matching=True)
    known.obsolete.clear()
    for message in known:
        if message.id and message.fuzzy:
            # A guess is no translation: the text got or lost a plural.
            message.flags.discard("fuzzy")
            message.string = tuple("" for _ in message.string or ()) if message.pluralizable else ""
    written = BytesIO()
    # Without numbers of lines and dates: a file changes only where its messages do.
    write_po(written, known, width=100, omit_header=True, include_lineno=False, sort_by_file=True)
    return written.getvalue()


def _read(code: str) -> Catalog:
    path = CATALOGUE / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as source:
        return read_po(source, locale=code)


def main() -> int:
    """Writes the files of all languages; says what is missing."""
    found = extracted()
    for code in LANGUAGES:
        if code == ENGLISH.code:
            continue
        path = CATALOGUE / f"{code}.po"
        path.write_bytes(updated(code, found))
        catalogue = _read(code)
        missing = [message for message in catalogue if message.id and not _is_said(message.string)]
        said = f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {len(missing)} to translate"
        sys.stdout.write(f"{said}\n")
    return 0


def _is_said(translated: object) -> bool:
    return all(translated) if isinstance(translated, tuple | list) else bool(translated)


if __name__ == "__main__":
    sys.exit(main())
