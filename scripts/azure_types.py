"""Cuts Microsoft's published types down to what infra/ uses: for tests/infra/azure-types.json.

`python -m scripts.azure_types CHECKOUT` with a checkout of github.com/Azure/bicep-types-az prints
the extract. What nobody may set and all descriptions are left out.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_REQUIRED, _READ_ONLY = 1, 2
_PLAIN = {
    "StringType": "string",
    "IntegerType": "int",
    "BooleanType": "bool",
    "AnyType": "any",
    "NullType": "null",
}
_USED = re.compile(r"'(Microsoft\.[\w./]+@[\w-]+)'")

_SOURCE = "github.com/Azure/bicep-types-az, MIT licence, Copyright (c) Microsoft Corporation"

Extract = dict[str, Any]


def used_types() -> set[str]:
    """Gives the resource types that the Bicep files name, each with its API version."""
    return {
        name
        for path in (ROOT / "infra").rglob("*.bicep")
        for name in _USED.findall(path.read_text(encoding="utf-8"))
    }


class _Cutter:
    """Follows the types of one published file; each is written once and then named by number."""

    def __init__(self, published: list[Extract], written: list[Any]) -> None:
        self._published = published
        self._written = written
        self._numbers: dict[int, int] = {}

    def cut(self, reference: Extract) -> Any:
        number = int(reference["$ref"].removeprefix("#/"))
        kind = self._published[number]
        if kind["$type"] in _PLAIN:
            return _PLAIN[kind["$type"]]
        if number not in self._numbers:
            self._numbers[number] = len(self._written)
            self._written.append(None)
            self._written[self._numbers[number]] = self._content(kind)
        return self._numbers[number]

    def _content(self, kind: Extract) -> Extract:
        match kind["$type"]:
            case "StringLiteralType":
                return {"is": kind["value"]}
            case "UnionType":
                return {"any of": [self.cut(each) for each in kind["elements"]]}
            case "ArrayType":
                return {"each": self.cut(kind["itemType"])}
            case "ObjectType":
                more = kind.get("additionalProperties")
                content: Extract = {"has": self._properties(kind["properties"])}
                return content | ({"more": self.cut(more)} if more else {})
            case "DiscriminatedObjectType":
                return {
                    "has": self._properties(kind["baseProperties"]),
                    "by": kind["discriminator"],
                    "cases": {name: self.cut(each) for name, each in kind["elements"].items()},
                }
            case other:
                raise ValueError(f"a kind of type that is not known here: {other}")

    def _properties(self, properties: dict[str, Extract]) -> Extract:
        return {
            f"{name}!" if each["flags"] & _REQUIRED else name: self.cut(each["type"])
            for name, each in properties.items()
            if not each["flags"] & _READ_ONLY or each["flags"] & _REQUIRED
        }


def extract(checkout: Path) -> Extract:
    """Gives the types in use: for each resource the number of its type, and the types by number.

    Raises:
        ValueError: Microsoft publishes no such type.
    """
    resources: Extract = {}
    written: list[Any] = []
    for name in sorted(used_types()):
        published, body = _find(checkout, name)
        resources[name] = _Cutter(published, written).cut(body)
    return {"source": _SOURCE, "resources": resources, "types": written}


def _find(checkout: Path, name: str) -> tuple[list[Extract], Extract]:
    kind, _, version = name.partition("@")
    namespace = kind.partition("/")[0].lower()
    for path in sorted(checkout.glob(f"generated/*/{namespace}/{version}/types.json")):
        published = json.loads(path.read_text(encoding="utf-8"))
        for each in published:
            if each["$type"] == "ResourceType" and each["name"].lower() == name.lower():
                return published, each["body"]
    raise ValueError(f"Microsoft publishes no type {name}")


def as_text(cut: Extract) -> str:
    """Writes an extract with each type on a line, so that a newer one shows what is different."""
    types = ",\n".join(json.dumps(each) for each in cut["types"])
    head = json.dumps({"source": cut["source"], "resources": cut["resources"]}, indent=2)
    return f'{head.removesuffix("\n}")},\n  "types": [\n{types}\n]}}\n'


if __name__ == "__main__":
    sys.stdout.write(as_text(extract(Path(sys.argv[1]))))
