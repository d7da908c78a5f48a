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

from simulators.microsoft365.errors import bad_request

DESCRIPTION = Path(__file__).with_name("graph-calendar.openapi.json")
_ANNOTATION = "@|^odata"
_PREFIX = "#/components/schemas/"


class Description:
    """The description of the paths, compiled.

    Args:
        path: The OpenAPI 3.0 document.
    """

    def __init__(self, path: Path = DESCRIPTION) -> None:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        raw = document["components"]["schemas"]
        self._schemas = {name: self._flat(raw, schema) for name, schema in raw.items()}
        self._parameters = document["components"]["parameters"]
        self._operations: dict[tuple[str, str], dict[str, Any]] = {}
        for template, item in document["paths"].items():
            for method in ("get", "post", "patch", "delete"):
                if method in item:
                    self._operations[method.upper(), _shape(template)] = item[method]
        self._validators: dict[str, OAS30Validator] = {}

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
        if operation is None or "requestBody" not in operation:
            return
        ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        name = ref.removeprefix(_PREFIX)
        for error in self._validator(name).iter_errors(body):
            place = ".".join(str(part) for part in error.absolute_path)
            raise bad_request(f"{place or name}: {error.message}"[:500])

    def check_query(self, method: str, shape: str, query: dict[str, str]) -> None:
        """Check the parameters: those required are there, numbers and flags are such.

        Raises:
            GraphError: 400 BadRequest that names the parameter.
        """
        operation = self._operations.get((method, shape))
        if operation is None:
            return
        for entry in operation.get("parameters", ()):
            parameter = self._resolved(entry)
            if parameter["in"] != "query":
                continue
            name, kind = parameter["name"], parameter["schema"].get("type")
            value = query.get(name.lower())
            if value is None:
                if parameter.get("required"):
                    raise bad_request(
                        f"This request requires a time window specified by the query string "
                        f"parameters StartDateTime and EndDateTime ({name} is missing)."
                    )
            elif (kind == "integer" and not value.isdigit()) or (
                kind == "boolean" and value.lower() not in ("true", "false")
            ):
                raise bad_request(f"Invalid value '{value}' for '{name}' query option.")

    def _resolved(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in entry:
            return entry
        found: dict[str, Any] = self._parameters[entry["$ref"].rsplit("/", 1)[1]]
        return found

    def _validator(self, name: str) -> OAS30Validator:
        if name not in self._validators:
            schema = {"$ref": f"{_PREFIX}{name}", "components": {"schemas": self._schemas}}
            self._validators[name] = OAS30Validator(schema)
        return self._validators[name]

    def _flat(self, raw: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
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
