"""Alerts and the workbook: each looks for what the product really tells, and each has its page."""

import ast
import json
import re
from functools import cache
from typing import Any

import pytest
from opentelemetry.metrics import Counter, Histogram, NoOpMeter, NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider

from sync.telemetry import Telemetry
from tests.infra.test_azure_types import published, type_of
from tests.infra.test_bicep import INFRA, ROOT, parsed, the_only

#: What the functions host itself logs, of what dies before we could tell.
OF_THE_HOST = {"Moving message to queue", "-poison"}
PAGE = (ROOT / "docs" / "operations.md").read_text()


class Names(NoOpMeter):
    """Notes which instruments are made."""

    def __init__(self) -> None:
        super().__init__("")
        self.names: list[str] = []

    def create_counter(self, name: str, unit: str = "", description: str = "") -> Counter:
        self.names.append(name)
        return super().create_counter(name, unit, description)

    def create_histogram(self, name: str, *args: Any, **more: Any) -> Histogram:
        self.names.append(name)
        return super().create_histogram(name, *args, **more)


class Naming(NoOpMeterProvider):
    """Gives the one meter that notes."""

    def __init__(self) -> None:
        self.meter = Names()

    def get_meter(self, *_: Any, **__: Any) -> Names:
        return self.meter


def numbers() -> list[str]:
    naming = Naming()
    Telemetry(NoOpTracerProvider(), naming)
    return naming.meter.names


@cache
def alerts() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parsed("app/alerts.bicep")["variables"]["alerts"]["value"]
    return rows


@cache
def shown() -> dict[str, str]:
    """Gives the workbook's queries by name."""
    items = json.loads((INFRA / "app/workbook.json").read_text())["items"]
    return {each["name"]: each["content"]["query"] for each in items if each["type"] == 3}


@cache
def told() -> frozenset[str]:
    """Gives every text and name that stands in the product's code."""
    words: set[str] = set()
    for folder in ("sync", "notifications"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    words.add(node.value)
    return frozenset(words)


QUERIES = [*((each["name"], each["query"]) for each in alerts()), *shown().items()]


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    part = PAGE.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    sections = dict(re.findall(r"^### (.+)\n\n(.+(?:\n(?!###).*)*)", part, re.MULTILINE))

    assert list(sections) == [each["title"] for each in alerts()]
    for alert in alerts():
        text = sections[alert["title"]]
        assert text.startswith(f"Severity {alert['severity']}. "), alert["title"]
        assert "\n- Look at: " in text, alert["title"]
        assert "\n- Do: " in text, alert["title"]


@pytest.mark.parametrize(("name", "query"), QUERIES, ids=[name for name, _ in QUERIES])
def test_a_query_names_only_what_is_told(name: str, query: str) -> None:
    del name
    words = set(re.findall(r'"([^"]*)"', query)) - OF_THE_HOST
    joints = {each for each in words if each in {" ", " within "}}
    digits = {each for each in words if each.isdigit()}
    beside = set(re.findall(r"Properties\.(\w+)", query))

    assert words - joints - digits - told() == set()
    assert beside - told() == set()
    assert set(re.findall(r"connect_up\.\w+", query)) <= set(numbers())


def test_every_number_is_explained_and_looked_at() -> None:
    looked_at = "\n".join(query for _, query in QUERIES)

    assert re.findall(r"^\| `(connect_up\.\w+)` \|", PAGE, re.MULTILINE) != []
    assert set(re.findall(r"^\| `(connect_up\.\w+)` \|", PAGE, re.MULTILINE)) == set(numbers())
    assert [each for each in numbers() if each not in looked_at] == []


def test_poison_and_failing_functions_and_silence_raise_an_alert() -> None:
    queries = {each["name"]: each["query"] for each in alerts()}

    assert '"poisoned"' in queries["poison"]
    assert "-poison" in queries["poison"]
    assert "Success == false" in queries["failures"]
    assert next(each["operator"] for each in alerts() if each["name"] == "sweep") == "LessThan"


def test_an_alert_is_of_the_kind_that_azure_takes() -> None:
    rule = type_of(published()["resources"][_rule()])["has"]["properties!"]
    criterion = type_of(type_of(type_of(type_of(rule)["has"]["criteria"])["has"]["allOf"])["each"])
    known = criterion["has"]["operator"]
    operators = {type_of(each)["is"] for each in type_of(known)["any of"] if each != "string"}

    assert len({each["name"] for each in alerts()}) == len(alerts())
    for alert in alerts():
        assert alert["operator"] in operators
        assert alert["severity"] in range(5)
        # A window is no shorter than the time between two looks, or something is missed.
        assert alert["window"] in {"PT15M", "PT30M", "PT1H"}
    assert the_only("Microsoft.Insights/scheduledQueryRules")["properties"][
        "evaluationFrequency"
    ] == ("PT15M")


def test_the_workbook_asks_the_workspace() -> None:
    workbook = the_only("Microsoft.Insights/workbooks")["properties"]["serializedData"]["function"]
    text = (INFRA / "app/workbook.json").read_text()

    assert workbook["type"] == "replace"
    assert workbook["parameters"]["old_string"] == "{workspace}"
    assert '"{workspace}"' in text
    assert set(re.findall(r"\{(\w[\w:]*)\}", text)) == {"workspace", "TimeRange:grain"}


def _rule() -> str:
    names: list[str] = [each for each in published()["resources"] if "scheduledQueryRules" in each]
    return names[0]
