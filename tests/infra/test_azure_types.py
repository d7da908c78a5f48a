"""The Bicep files against Microsoft's published types: each property's name, kind and choices."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.azure_types import used_types
from tests.infra.test_bicep import FILES, parsed

Types = dict[str, Any]
#: What Bicep itself reads on a resource.
BICEP = {"parent", "scope", "dependsOn"}
PLAIN = {"string": str, "int": int, "bool": bool}


@cache
def published() -> Types:
    text = Path(__file__).with_name("azure-types.json").read_text(encoding="utf-8")
    types: Types = json.loads(text)
    return types


def type_of(number: Any) -> Any:
    return published()["types"][number] if isinstance(number, int) else number


def faults(value: Any, wanted: Any, place: str, symbols: set[str]) -> Iterator[str]:
    """Finds what a type does not allow; what is computed is left to the compiler."""
    kind = type_of(wanted)
    if kind == "any" or is_computed(value, symbols):
        return
    match kind:
        case str():
            if not isinstance(value, PLAIN[kind]) or (kind == "int" and isinstance(value, bool)):
                yield f"{place} is no {kind}"
        case {"is": literal}:
            if value != literal:
                yield f"{place} is {value!r}, not {literal!r}"
        case {"any of": choices}:
            # Beside its literals, a choice that may grow has "string": no reason to let slips pass.
            literals = [each for each in choices if each != "string"]
            found = [list(faults(value, each, place, symbols)) for each in literals]
            if all(found):
                yield f"{place} is none of its choices: {value!r}"
        case {"each": item}:
            if not isinstance(value, list):
                yield f"{place} is no list"
            else:
                for number, each in enumerate(value):
                    yield from faults(each, item, f"{place}[{number}]", symbols)
        case {"has": properties}:
            if not isinstance(value, dict):
                yield f"{place} is no object"
            else:
                yield from object_faults(value, properties, kind, place, symbols)


def object_faults(
    value: Types, properties: Types, more: Types, place: str, symbols: set[str]
) -> Iterator[str]:
    if "by" in more:
        case = type_of(more["cases"][value[more["by"]]])
        properties = properties | case["has"]
    known = {name.rstrip("!"): each for name, each in properties.items()}
    for name in properties:
        if name.endswith("!") and name.rstrip("!") not in value:
            yield f"{place}.{name.rstrip('!')} is missing"
    for name, each in value.items():
        if name in known:
            yield from faults(each, known[name], f"{place}.{name}", symbols)
        elif "more" in more:
            yield from faults(each, more["more"], f"{place}.{name}", symbols)
        else:
            yield f"{place}.{name} is not known"


def is_computed(value: Any, symbols: set[str]) -> bool:
    if isinstance(value, dict):
        return bool({"operator", "function"} & set(value))
    # The parser tells a name from a text no more than by what the names are.
    return isinstance(value, str) and (value in symbols or "${" in value)


def every_resource() -> Iterator[tuple[str, str, Types, set[str]]]:
    for file in FILES:
        document = parsed(file)
        symbols = {
            name
            for part in ("parameters", "variables", "resources", "modules")
            for name in document.get(part, {})
        }
        for symbol, resource in document.get("resources", {}).items():
            config = resource["config"]
            if not resource["existing"]:
                inner = config.get("config", config)
                loops = {"queueName", "roleId", "alert"} if "loop_type" in config else set()
                name = f"{resource['type']}@{resource['api_version']}"
                yield f"{file}: {symbol}", name, inner, symbols | loops


def faults_of(name: str, config: Types, symbols: set[str], place: str = "it") -> list[str]:
    written = {key: each for key, each in config.items() if key not in BICEP}
    return list(faults(written, published()["resources"][name], place, symbols))


def test_the_extract_has_every_type_in_use_and_no_other() -> None:
    assert set(published()["resources"]) == used_types()


@pytest.mark.parametrize(
    ("place", "name", "config", "symbols"),
    [pytest.param(*each, id=each[0]) for each in every_resource()],
)
def test_every_property_is_one_that_azure_knows(
    place: str, name: str, config: Types, symbols: set[str]
) -> None:
    assert not faults_of(name, config, symbols, place)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sku": {"name": "Standard_XRS"}}, "it.sku.name is none of its choices"),
        ({"sku": "Standard_LRS"}, "it.sku is no object"),
        ({"sku": {}}, "it.sku.name is missing"),
        (
            {"properties": {"supportsHttpsTrafficOnly": "true"}},
            "supportsHttpsTrafficOnly is no bool",
        ),
        ({"properties": {"supportHttpsTrafficOnly": True}}, "supportHttpsTrafficOnly is not known"),
        ({"properties": {"encryption": {"keySource": []}}}, "keySource is none of its choices"),
        ({"zones": {}}, "it.zones is not known"),
        ({"properties": {"routingPreference": []}}, "routingPreference is no object"),
        ({"tags": {"some": 1}}, "it.tags.some is no string"),
    ],
)
def test_a_slip_is_found(change: Types, fault: str) -> None:
    account = {
        "name": "account1",
        "location": "here",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
    }
    name = "Microsoft.Storage/storageAccounts@2023-05-01"

    assert not faults_of(name, account, set())
    (found,) = faults_of(name, account | change, set())
    assert re.search(re.escape(fault), found)
