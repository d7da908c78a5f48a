"""Everything that people read is a message, and every message is there in each language (R12.7)."""

import ast
import re
import string
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from scripts.messages import extracted, updated
from sync.messages import CATALOGUE, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
OTHERS = tuple(code for code in LANGUAGES if code != "en")
TEMPLATES = sorted(ROOT.glob("sync/site/pages/templates/*.html"))
SCRIPTS = sorted(ROOT.glob("sync/site/pages/static/*.js"))
WRITTEN = [
    path
    for room in ("sync/people", "sync/site", "notifications")
    for path in sorted((ROOT / room).rglob("*.py"))
    # Other servers read what is answered there, operators what was refused and deleted.
    if path.name not in {"webhooks.py", "acs.py", "personal_data.py"}
]
#: What only machines or operators read: logs, errors of ours, refusals that no page can cause.
UNREAD = frozenset(
    {"bad_request", "info", "warning", "error", "fields", "wraps", "Blueprint", "getLogger"}
)
_PLACE = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r"</?\w+[^>]*>")
#: A sentence or a label: words with a blank between them, beginning with a capital.
_READABLE = re.compile(r"[A-Z][\w'-]* [\w'(]+")


def catalogue(code: str) -> Catalog:
    """Reads what the product reads."""
    with (CATALOGUE / f"{code}.po").open("rb") as source:
        return read_po(source, locale=code)


def forms(message: Message) -> Iterator[tuple[str, str]]:
    """Gives each form of a message beside its translation."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    translated = message.string
    said = [translated] if isinstance(translated, str) else list(translated or ())
    assert len(said) >= len(ids), f"no translation: {ids[0]}"
    yield ids[0], said[0]
    for other in said[1:]:
        yield ids[-1], other


@pytest.fixture(scope="module")
def found() -> Catalog:
    return extracted()


@pytest.mark.parametrize("code", OTHERS)
def test_r12_7_the_file_of_each_language_has_what_is_said_and_nothing_else(
    code: str, found: Catalog
) -> None:
    """``make messages`` would change nothing."""
    assert updated(code, found) == (CATALOGUE / f"{code}.po").read_bytes()


@pytest.mark.parametrize("code", OTHERS)
def test_r12_7_every_message_is_translated_with_its_placeholders_and_markup(code: str) -> None:
    wrong = [
        (key, said)
        for message in catalogue(code)
        if message.id
        for key, said in forms(message)
        if not said.strip()
        or sorted(set(_PLACE.findall(said))) != sorted(set(_PLACE.findall(key)))
        or sorted(_TAG.findall(said)) != sorted(_TAG.findall(key))
        or said != said.strip()
    ]

    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_r12_7_a_translation_has_placeholders_that_can_be_filled(code: str) -> None:
    for message in catalogue(code):
        for _, said in forms(message) if message.id else ():
            names = [name for _, name, _, _ in string.Formatter().parse(said) if name is not None]
            assert all(name.isidentifier() for name in names), said


class _Shown(HTMLParser):
    """Collects what a browser would show or read aloud of markup."""

    ALOUD = frozenset({"alt", "aria-label", "placeholder", "title", "data-label"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in self.ALOUD]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_r12_7_no_text_of_a_template_escapes_the_catalogue(path: Path) -> None:
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    shown = _Shown()
    # What an expression gives is judged where it is made; here it is only where it stands.
    shown.feed(
        "".join(
            part.data
            if isinstance(part, nodes.TemplateData)
            else "\N{OBJECT REPLACEMENT CHARACTER}"
            for output in tree.find_all(nodes.Output)
            for part in output.nodes
        )
    )
    literals = {
        str(node.value)
        for call in tree.find_all(nodes.Output)
        for node in call.find_all(nodes.Const)
        if isinstance(node.value, str) and _READABLE.match(node.value)
    }
    said = {
        str(argument.value)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "_n"}
        for argument in call.args
        if isinstance(argument, nodes.Const)
    }

    names = {"Connect-Up for Outlook 365", "Outlook"}
    # A block inside of a tag has attributes in it, and no text.
    texts = [text.strip() for text in shown.texts if '="' not in text]
    words = [text for text in texts if re.search(r"[^\W\d_]{2}", text)]
    assert [word for word in words if word not in names] == []
    assert literals - said - names == set()


def test_r12_8_no_sentence_of_any_language_names_the_product() -> None:
    brand = "Connect-Up <small>for Outlook 365</small>"

    said = {
        text
        for code in OTHERS
        for message in catalogue(code)
        if message.id
        for form in forms(message)
        for text in form
    }

    assert {text for text in said if "Connect-Up" in text} == {brand}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_r12_7_no_text_stands_in_a_script(path: Path) -> None:
    code = re.sub(r"^\s*//.*$|\s//\s.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    literals = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)

    assert [text for pair in literals for text in pair if _READABLE.match(text)] == []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_r12_7_no_sentence_of_the_code_escapes_the_catalogue(path: Path, found: Catalog) -> None:
    keys = {
        form
        for message in found
        if message.id
        for form in ([message.id] if isinstance(message.id, str) else message.id)
    }
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = {id(node) for unread in _unread(tree) for node in ast.walk(unread)}
    sentences = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in passed
        and _READABLE.match(node.value)
    }

    assert sentences - keys - {"Connect-Up for Outlook 365", "Unknown value"} == set()


def _unread(tree: ast.Module) -> Iterator[ast.AST]:
    """Gives docstrings, and what is said to machines and operators only."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                yield node
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                # Errors of ours never reach a page: the class says what is shown (sync.errors).
                if name in UNREAD or (name[:1].isupper() and name not in SHOWN):
                    yield from (arg for arg in node.args if isinstance(arg, ast.Constant))
                    yield from node.args if name in UNREAD else ()
            case _:
                pass


#: Classes whose texts people read, though they are positional.
SHOWN = frozenset({"Reason", "Problem", "Note", "Step", "Rejected", "Refused", "Button", "Row"})
