"""The booking product's published contract, and the check of requests and answers against it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

CONTRACT_FILE = Path(__file__).with_name("booking-api.openapi.yaml")
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
PROBLEM_STATUSES = frozenset({400, 401, 403, 404, 429, 500, 502, 503, 504})
"""Statuses that any operation may answer with a Problem, listed for it or not."""

_formats = FormatChecker(formats=["email"])


@_formats.checks("date-time")
def _is_rfc3339(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


class ContractBroken(Exception):  # noqa: N818 - the word that the error tree uses
    """A request or an answer does not keep the contract; the message names what broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of an operation, `place` being path, query or header."""

    name: str
    place: str
    required: bool
    is_integer: bool
    default: object
    validator: Draft202012Validator


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the contract.

    Attributes:
        operation_id: its name in the contract.
        method: in capitals.
        path: template with `{names}`, below the server's address.
        parameters: of path, query and header.
        body: what the JSON body must be; None takes no body.
        answers: status to what the JSON answer must be; None for an answer without a body.
    """

    operation_id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Draft202012Validator | None
    answers: Mapping[int, Draft202012Validator | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that keeps the contract: parameters by name (integers as such), and the body."""

    operation_id: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Contract:
    """The contract, read once from its file.

    Args:
        file: an OpenAPI 3.1 document without recursive schemas.
    """

    def __init__(self, file: Path = CONTRACT_FILE) -> None:
        self._document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        whole = self._inlined(self._document)
        self._problem = _validator(whole["components"]["schemas"]["Problem"])
        self._webhook = _validator(
            whole["webhooks"]["changed"]["post"]["requestBody"]["content"]["application/json"][
                "schema"
            ]
        )
        self.operations = tuple(
            _operation(method, path, entry)
            for path, entry in whole["paths"].items()
            for method in ("get", "post", "patch", "delete")
            if method in entry
        )

    def check_request(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Call:
        """Check a request and read its parameters.

        Args:
            operation: the operation asked for.
            path: the names of its template, decoded.
            query: decoded.
            headers: any, looked up without regard to case by the mapping itself.
            body: as it came.

        Raises:
            ContractBroken: with the parameter or the place in the body that broke it.
        """
        for name, value in path.items():
            if not ID_PATTERN.fullmatch(value):
                raise ContractBroken(f"path parameter {name}: an id is 1 to 64 of A-Z a-z 0-9 - _")
        unknown = set(query) - {p.name for p in operation.parameters if p.place == "query"}
        if unknown:
            raise ContractBroken(f"unknown query parameters: {', '.join(sorted(unknown))}")
        return Call(
            operation_id=operation.operation_id,
            path=path,
            query=_read_parameters(operation, "query", query),
            headers=_read_parameters(operation, "header", headers),
            body=_read_body(operation, body),
        )

    def check_answer(self, operation: Operation, status: int, body: object) -> None:
        """Check an answer of our own.

        Args:
            operation: the operation answered.
            status: of the answer.
            body: the JSON value, None for no body.

        Raises:
            ContractBroken: the simulator itself is wrong.
        """
        if status in operation.answers:
            validator = operation.answers[status]
        elif status in PROBLEM_STATUSES:
            validator = self._problem
        else:
            raise ContractBroken(f"{operation.operation_id} must not answer {status}")
        if validator is None:
            if body is not None:
                raise ContractBroken(f"{operation.operation_id} {status} takes no body")
            return
        _check(validator, body, f"answer {status} of {operation.operation_id}")

    def check_webhook(self, body: object) -> None:
        """Check a webhook of our own.

        Raises:
            ContractBroken: the simulator itself is wrong.
        """
        _check(self._webhook, body, "webhook")

    def _inlined(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._inlined(part) for part in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            target = self._document
            for step in reference.removeprefix("#/").split("/"):
                target = target[step]
            return self._inlined(target)
        return {key: self._inlined(part) for key, part in node.items()}


def _validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=_formats)


def _operation(method: str, path: str, entry: Any) -> Operation:
    described = entry[method]
    body = described.get("requestBody")
    return Operation(
        operation_id=described["operationId"],
        method=method.upper(),
        path=path,
        parameters=tuple(
            _parameter(raw)
            for raw in (*entry.get("parameters", ()), *described.get("parameters", ()))
        ),
        body=_validator(body["content"]["application/json"]["schema"]) if body else None,
        answers={
            int(status): _validator(next(iter(answer["content"].values()))["schema"])
            if "content" in answer
            else None
            for status, answer in described["responses"].items()
        },
    )


def _parameter(raw: Any) -> Parameter:
    return Parameter(
        name=raw["name"],
        place=raw["in"],
        required=raw.get("required", False),
        is_integer=raw["schema"].get("type") == "integer",
        default=raw["schema"].get("default"),
        validator=_validator(raw["schema"]),
    )


def _read_parameters(operation: Operation, place: str, given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.place != place:
            continue
        text = given.get(parameter.name)
        if text is None:
            if parameter.required:
                raise ContractBroken(f"{place} parameter {parameter.name} is required")
            if parameter.default is not None:
                values[parameter.name] = parameter.default
            continue
        value: object = text
        if parameter.is_integer and re.fullmatch(r"-?\d{1,9}", text):
            value = int(text)
        _check(parameter.validator, value, f"{place} parameter {parameter.name}")
        values[parameter.name] = value
    return values


def _read_body(operation: Operation, body: bytes) -> Mapping[str, Any]:
    if operation.body is None:
        if body:
            raise ContractBroken(f"{operation.operation_id} takes no body")
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ContractBroken("the body is no JSON") from error
    _check(operation.body, value, "body")
    if not isinstance(value, dict):
        raise ContractBroken("the body must be an object")
    return value


def _check(validator: Draft202012Validator, value: object, where: str) -> None:
    error = next(validator.iter_errors(value), None)
    if error is not None:
        raise ContractBroken(f"{where} at {error.json_path}: {error.message}")
