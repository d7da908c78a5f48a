"""The pages name what the code has: rules, actions, reasons, errors, log events, tables, timers.

Read from the source with ``ast`` where a name exists in the source only.
"""

import ast
import re
from collections.abc import Iterator
from inspect import getmembers, isclass
from pathlib import Path
from typing import get_args

import pytest

from sync import __version__, errors
from sync.config import SettingsError
from sync.engine.actions import Action, Drop, Note, Wait, Write
from sync.engine.reasons import SkipReason, explain
from sync.outside.tables import client as tables

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
#: How many rules of each section are built.
SECTIONS = {2: 7, 3: 6, 4: 7, 5: 9, 6: 5, 7: 6, 8: 17, 9: 8, 10: 6, 11: 11, 12: 9}
RULES = [
    f"R{section}.{number}" for section, last in SECTIONS.items() for number in range(1, last + 1)
]
_RULE_ROW = re.compile(r"^\| (R\d+\.\d+) \| .+? \| `(.+?)` \| `(.+?)` \|$", re.MULTILINE)
_EVENT_ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| (\w+) \| ", re.MULTILINE)
_LINK = re.compile(r"`((?:docs|sync|notifications|simulators|tests|scripts|infra)/[\w./-]+)`")
_TEST = re.compile(r"`(test_\w+)`")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def sources() -> Iterator[ast.Module]:
    for folder in ("sync", "notifications"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text(encoding="utf-8"))


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Walks every call of the product, with the last part of the name that is called."""
    for module in sources():
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Name(id=name) | ast.Attribute(attr=name):
                        yield name, node


def text_of(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def codes(*callees: str) -> set[str]:
    """Gives the constants that are passed as ``code`` to one of these."""
    return {
        code
        for name, call in calls()
        if name in callees
        for keyword in call.keywords
        if keyword.arg == "code" and (code := text_of(keyword.value)) is not None
    }


def test_every_rule_has_a_line_of_its_own() -> None:
    assert [rule for rule, _, _ in _RULE_ROW.findall(page("rules.md"))] == RULES


@pytest.mark.parametrize(
    ("rule", "decided_in", "told_by"), _RULE_ROW.findall(page("rules.md")), ids=lambda part: part
)
def test_a_rule_is_named_where_it_is_decided_and_by_its_tests(
    rule: str, decided_in: str, told_by: str
) -> None:
    source = (ROOT / decided_in).read_text(encoding="utf-8")
    tests = (ROOT / told_by).read_text(encoding="utf-8")
    number = rule.removeprefix("R").replace(".", "_")

    assert decided_in.startswith(("sync/", "notifications/"))
    assert re.search(rf"{re.escape(rule)}(?!\d)", source), f"{decided_in} doesn't name {rule}"
    # A row of section 8 names its rules beside what happens.
    is_told = rf'def test_\w*r{number}_|"(?:R[\d.]+ )*{re.escape(rule)}(?: R[\d.]+)*"'
    assert re.search(is_told, tests), f"no test of {told_by} tells of {rule}"


def test_every_action_is_explained() -> None:
    actions = {*get_args(Write.__value__), Note, Wait, Drop}
    named = set(
        re.findall(r"^\| `(\w+)` \| (?:Outlook|booking|neither) \|", page("rules.md"), re.MULTILINE)
    )

    # The union of all actions is just these: a new one has to be added to this test and the page.
    assert get_args(Action.__value__) == (Write, Note, Wait, Drop)
    assert named >= {action.__name__ for action in actions}


def test_every_reason_is_explained() -> None:
    rows = page("rules.md").partition("## Reasons")[2]

    missing = [reason for reason in SkipReason if f"`{reason}`" not in rows]

    assert missing == []
    assert {explain(reason).rule for reason in SkipReason} <= set(RULES)


def test_every_error_has_its_reaction() -> None:
    classes = {
        name
        for name, one in getmembers(errors, isclass)
        if issubclass(one, errors.SyncError) and one is not errors.SyncError
    }

    missing = {*classes, SettingsError.__name__} - set(re.findall(r"`(\w+)`", page("errors.md")))

    assert missing == set()


def test_every_type_of_problem_is_explained() -> None:
    positions = {"problem": 1, "_gone": 0}
    positional = {
        text
        for name, call in calls()
        if name in positions
        for text in map(text_of, call.args[positions[name] : positions[name] + 1])
        if text is not None
    }
    # What the mail service refuses is noted for administrators and reaches no caller.
    types = (codes("Rejected") | positional) - {"mail_refused"}

    explained = set(re.findall(r"`([a-z_]+)`", page("errors.md").partition("## Types")[2]))

    assert {"calendar_in_use", "not_found", "invitation_expired"} <= types
    assert types - explained == set()


def test_every_problem_of_a_connection_says_what_to_do() -> None:
    assert codes("Problem") - set(re.findall(r"`([a-z_]+)`", page("operations.md"))) == set()


def test_every_log_event_is_explained_with_its_level() -> None:
    logged = {
        (text.split(" ", maxsplit=1)[0], "error" if name == "exception" else name)
        for name, call in calls()
        if name in LEVELS
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id.lower() in {"log", "_log", "logger", "_logger"}
        for text in map(text_of, call.args[:1])
        if text is not None
    }

    assert set(_EVENT_ROW.findall(page("operations.md"))) == logged


def test_every_table_queue_and_timer_is_named() -> None:
    architecture, operations = page("architecture.md"), page("operations.md")

    names = {
        value
        for name, value in vars(tables).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }

    assert {tables.LEDGER, tables.CONNECTIONS} <= names
    assert [table for table in sorted(names) if f"`{table}`" not in architecture] == []
    for name in ("sync-jobs-poison", "account-jobs-poison", "mail-jobs-poison"):
        assert f"`{name}`" in operations
    for name in ("sweep", "renewal", "SWEEP_SCHEDULE", "RENEWAL_SCHEDULE"):
        assert f"`{name}`" in operations


@pytest.mark.parametrize(
    "path", [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md"))], ids=lambda path: path.name
)
def test_every_file_that_a_page_names_is_there(path: Path) -> None:
    named = {name.rstrip("/") for name in _LINK.findall(path.read_text(encoding="utf-8"))}

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_test_that_a_page_names_is_there() -> None:
    """A page that says what holds a rule names the test, wherever that lies."""
    named = {name for path in DOCS.rglob("*.md") for name in _TEST.findall(path.read_text("utf-8"))}
    tests = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text("utf-8"))
    }

    assert named
    assert named <= tests


def test_the_changelog_begins_with_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    first = re.search(r"^## (.+)$", changelog, re.MULTILINE)

    assert first is not None
    assert __version__ in first[1]
