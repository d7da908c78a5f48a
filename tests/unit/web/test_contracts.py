"""The published descriptions: the files that are held by tests, and all of them on the page."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sync.site.pages.descriptions import Field, contract_views, find_contract, read_contract
from sync.site.pages.render import contracts_page
from sync.site.pages.views import Shell

ROOT = Path(__file__).parents[3]
AGREED = ROOT / "tests" / "contracts" / "connector-api.openapi.yaml"
SERVED = {
    "connector.yaml": ROOT / "sync" / "site" / "pages" / "openapi" / "connector.yaml",
    "booking.yaml": ROOT / "simulators" / "booking" / "booking-api.openapi.yaml",
}
SHELL = Shell(product="DaySmart Appointments")
PAGE = contracts_page(SHELL, contract_views())
SMALL = """
openapi: 3.1.0
info: { title: "<b>T</b>", version: "1" }
paths:
  /x/{id}:
    parameters: [ { name: id, in: path, required: true, schema: { type: string } } ]
    get:
      operationId: readX
      responses: { "200": { description: "<script>alert(1)</script>", content: { application/json: { schema: { $ref: "#/components/schemas/X" } } } } }
components:
  schemas:
    X:
      type: object
      required: [id]
      properties:
        id: { type: string, maxLength: 64 }
        when: { type: [string, "null"], format: date-time }
        sizes: { type: array, uniqueItems: true, items: { enum: [small, big] }, default: [small, big] }
        parts: { type: array, items: { type: object, required: [n], properties: { n: { type: integer, minimum: 1 } } } }
        other: { $ref: "#/components/schemas/X" }
"""  # noqa: E501 - as the descriptions are written


@pytest.mark.parametrize("name", SERVED)
def test_a_description_is_found_as_it_was_written(name: str) -> None:
    found = find_contract(name)

    assert found is not None
    assert found.text == SERVED[name].read_text(encoding="utf-8")


def test_what_is_described_is_what_was_agreed_on() -> None:
    """Of the agreed contract, not all is served yet: what is, is described as agreed."""
    described, agreed = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (SERVED["connector.yaml"], AGREED)
    )

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                wanted = agreed["paths"][path][method]
                assert operation["operationId"] == wanted["operationId"]
                assert operation["security"] == wanted["security"]
                assert operation["responses"].keys() <= wanted["responses"].keys()
    for name, schema in described["components"]["schemas"].items():
        wanted = agreed["components"]["schemas"][name]
        assert schema.get("properties", {}).keys() <= wanted.get("properties", {}).keys()
        assert schema.get("required") == wanted.get("required")


def test_the_connectors_own_description_comes_first() -> None:
    assert [view.name for view in contract_views()] == ["connector.yaml", "booking.yaml"]


@pytest.mark.parametrize("name", SERVED)
def test_each_operation_parameter_and_schema_stands_on_the_page(name: str) -> None:
    document: Any = yaml.safe_load(SERVED[name].read_text(encoding="utf-8"))
    prefix = name.replace(".", "-")
    shown = set(re.findall(r'id="([\w.-]+)"', PAGE))

    operations = {
        operation["operationId"]
        for path in (*document["paths"].values(), *document.get("webhooks", {}).values())
        for method, operation in path.items()
        if method != "parameters"
    }
    assert {f"{prefix}-{one}" for one in operations} <= shown
    assert {f"{prefix}-schema-{one}" for one in document["components"]["schemas"]} <= shown
    for path in document["paths"]:
        assert f"<code>{path}</code>" in PAGE
    for parameter in document["components"]["parameters"].values():
        assert f"<code>{parameter['name']}</code>" in PAGE


def test_every_link_on_the_page_leads_somewhere_and_every_id_is_there_once() -> None:
    ids = re.findall(r'\bid="([^"]+)"', PAGE)
    targets = set(re.findall(r'href="#([^"]+)"', PAGE))

    assert len(ids) == len(set(ids))
    assert targets <= set(ids)


def test_the_page_has_neither_script_nor_style_of_its_own_nor_anything_from_elsewhere() -> None:
    assert "<script" not in PAGE
    assert "<style" not in PAGE
    assert 'style="' not in PAGE
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', PAGE)


def test_a_schema_becomes_members_with_their_limits() -> None:
    (schema,) = read_contract("x.yaml", SMALL).schemas

    assert [
        (one.name, one.kind.words, one.kind.ref, one.kind.note, one.required)
        for one in schema.fields
    ] == [
        ("id", "string", "", "longest `64`", True),
        ("when", "string or null (date-time)", "", "", False),
        (
            "sizes",
            "list of string",
            "",
            "one of `small`, `big`, each once, default `small, big`",
            False,
        ),
        ("parts", "list of object", "", "", False),
        ("parts[].n", "integer", "", "at least `1`", True),
        ("other", "", "X", "", False),
    ]


def test_parameters_of_a_path_belong_to_each_of_its_operations() -> None:
    (operation,) = read_contract("x.yaml", SMALL).operations

    (parameter,) = operation.parameters
    assert isinstance(parameter, Field)
    assert (parameter.name, parameter.place, parameter.required) == ("id", "path", True)


def test_text_of_a_description_never_becomes_markup() -> None:
    shown = contracts_page(SHELL, (read_contract("x.yaml", SMALL),))

    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "&lt;b&gt;T&lt;/b&gt;" in shown
