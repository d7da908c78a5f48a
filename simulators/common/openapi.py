"""OpenAPI documents, read into operations, and the check of values against their schemas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.protocols import Validator

METHODS = ("get", "post", "patch", "delete")


class ContractBroken(Exception):  # noqa: N818 - the word that the error tree uses
    """A request or an answer does not keep the contract; the message names what broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of an operation: `place` is path, query or header, `kind` its JSON type."""

    name: str
    place: str
    required: bool
    kind: str | None
    default: object
    schema: Validator


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a document.

    Attributes:
        operation_id: its name.
        method: in capitals.
        path: template with `{names}`, below the server's address.
        parameters: of path, query and header.
        body: what the JSON body must be; None takes no body.
        answers: status (as the document writes it) to what the JSON answer must be; None for an
            answer without a body.
    """

    operation_id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Validator | None
    answers: Mapping[str, Validator | None]


class Document:
    """One document, 3.0 or 3.1 as the validators say.

    Args:
        document: its JSON; schemas may refer to each other.
        make: gives the validator of a schema whose references start at its own root.
    """

    def __init__(self, document: Any, make: Callable[[Any], Validator]) -> None:
        self._document = document
        self._make = make
        self.operations = tuple(
            self._operation(method, path, item)
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        )

    def validator(self, schema: Any) -> Validator:
        """Give the check of a schema of this document."""
        return self._make({"components": self._document["components"], **schema})

    def _operation(self, method: str, path: str, item: Any) -> Operation:
        described = item[method]
        body = described.get("requestBody")
        parameters = (*item.get("parameters", ()), *described.get("parameters", ()))
        return Operation(
            operation_id=described["operationId"],
            method=method.upper(),
            path=path,
            parameters=tuple(self._parameter(self._resolved(raw)) for raw in parameters),
            body=self._content(body) if body else None,
            answers={
                status: self._content(self._resolved(answer))
                for status, answer in described["responses"].items()
            },
        )

    def _parameter(self, raw: Any) -> Parameter:
        return Parameter(
            name=raw["name"],
            place=raw["in"],
            required=raw.get("required", False),
            kind=raw["schema"].get("type"),
            default=raw["schema"].get("default"),
            schema=self.validator(raw["schema"]),
        )

    def _content(self, described: Any) -> Validator | None:
        for media in described.get("content", {}).values():
            return self.validator(media["schema"])
        return None

    def _resolved(self, node: Any) -> Any:
        if "$ref" not in node:
            return node
        found = self._document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found


def check(validator: Validator, value: Any, where: str) -> None:
    """Hold a value against its schema.

    Args:
        validator: the schema's.
        value: JSON.
        where: what the value is, for the message.

    Raises:
        ContractBroken: with the place that broke it.
    """
    error = next(iter(validator.iter_errors(value)), None)
    if error is not None:
        raise ContractBroken(f"{where} at {error.json_path}: {error.message}")
