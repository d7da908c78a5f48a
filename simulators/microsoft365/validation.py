"""Checks requests against the published description of the calendar paths.

The description (graph-calendar.openapi.json) is turned once into plain JSON Schema: inheritance
is flattened, so that a member which the type does not have is found, and enumerations take any
case, as the service does.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

from simulators.common.openapi import ContractBroken, Document, check
from simulators.microsoft365.errors import bad_request

DESCRIPTION = Path(__file__).with_name("graph-calendar.openapi.json")
_ANNOTATION = "@|^odata"
_PREFIX = "#/components/schemas/"


class Description:
    """The description of the paths, compiled."""

    def __init__(self) -> None:
        raw: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
        schemas = raw["components"]["schemas"]
        flat = {name: _flat(schemas, schema) for name, schema in schemas.items()}
        document = Document(
            raw | {"components": raw["components"] | {"schemas": flat}}, OAS30Validator
        )
        self._operations = {(each.method, _shape(each.path)): each for each in document.operations}

    @property
    def operations(self) -> list[tuple[str, str]]:
        """All methods and path shapes that are described, ids as `{id}`."""
        return sorted(self._operations)

    def check_body(self, method: str, shape: str, body: dict[str, Any]) -> None:
        """Check a body against the type that the operation takes.

        Args:
            method: HTTP method.
            shape: The path with `{id}` for ids; one that isn't described is let through.
            body: The JSON.

        Raises:
            GraphError: 400 BadRequest that names the member.
        """
        operation = self._operations.get((method, shape))
        if operation is None or operation.body is None:
            return
        try:
            check(operation.body, body, "the request")
        except ContractBroken as broken:
            raise bad_request(str(broken)[:500]) from broken

    def check_query(self, method: str, shape: str, query: dict[str, str]) -> None:
        """Check the parameters: those required are there, numbers and flags are such.

        Raises:
            GraphError: 400 BadRequest that names the parameter.
        """
        operation = self._operations.get((method, shape))
        for parameter in operation.parameters if operation else ():
            name, value = parameter.name, query.get(parameter.name.lower())
            if parameter.place != "query":
                continue
            if value is None:
                if parameter.required:
                    raise bad_request(
                        f"This request requires a time window specified by the query string "
                        f"parameters StartDateTime and EndDateTime ({name} is missing)."
                    )
            elif (parameter.kind == "integer" and not value.isdigit()) or (
                parameter.kind == "boolean" and value.lower() not in ("true", "false")
            ):
                raise bad_request(f"Invalid value '{value}' for '{name}' query option.")


def _flat(raw: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Turn a type into plain JSON Schema without inheritance."""
    if "enum" in schema:
        choices = "|".join(re.escape(str(value)) for value in schema["enum"])
        return {"type": "string", "pattern": f"^(?i:{choices})$"}
    members: dict[str, Any] = {}
    _collect(raw, schema, members)
    if not members:
        return schema
    return {
        "type": "object",
        "properties": {name: _nullable(member) for name, member in members.items()},
        "patternProperties": {_ANNOTATION: {}},
        "additionalProperties": False,
    }


def _collect(raw: dict[str, Any], schema: dict[str, Any], members: dict[str, Any]) -> None:
    """Gather the members of a type and of all that it inherits."""
    if "$ref" in schema:
        _collect(raw, raw[schema["$ref"].removeprefix(_PREFIX)], members)
    for part in schema.get("allOf", ()):
        _collect(raw, part, members)
    members.update(schema.get("properties", {}))


def _nullable(member: dict[str, Any]) -> dict[str, Any]:
    """Turn the generator's way of saying "or null" into one that admits null and no more."""
    if "items" in member:
        return {**member, "items": _nullable(member["items"]), "nullable": True}
    if member.get("type") == "boolean":
        # A flag may come as a text: a widely used client sends them so.
        return {"anyOf": [member, {"type": "string", "pattern": "^(?i:true|false)$"}]}
    if "anyOf" not in member:
        return member
    real = [option for option in member["anyOf"] if "$ref" in option]
    return {"anyOf": [*real, {"type": "string", "nullable": True, "enum": [None]}]} if real else {}


def _shape(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{id}", template)


@lru_cache(maxsize=1)
def description() -> Description:
    """Load the description once for all simulators of a process."""
    return Description()
