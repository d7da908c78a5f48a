"""The booking product's published contract, and the check of requests and answers against it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from simulators.common.openapi import ContractBroken, Document, Operation, check

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that keeps the contract: parameters by name (integers as such), and the body."""

    operation_id: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Contract:
    """The contract, read once from its file."""

    def __init__(self) -> None:
        raw: Any = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
        document = Document(raw, partial(Draft202012Validator, format_checker=_formats))
        changed = raw["webhooks"]["changed"]["post"]["requestBody"]["content"]
        self._webhook = document.validator(changed["application/json"]["schema"])
        self._problem = document.validator({"$ref": "#/components/schemas/Problem"})
        self.operations = document.operations

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
        if str(status) in operation.answers:
            validator = operation.answers[str(status)]
        elif status in PROBLEM_STATUSES:
            validator = self._problem
        else:
            raise ContractBroken(f"{operation.operation_id} must not answer {status}")
        if validator is not None:
            check(validator, body, f"answer {status} of {operation.operation_id}")
        elif body is not None:
            raise ContractBroken(f"{operation.operation_id} {status} takes no body")

    def check_webhook(self, body: object) -> None:
        """Check a webhook of our own.

        Raises:
            ContractBroken: the simulator itself is wrong.
        """
        check(self._webhook, body, "webhook")


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
        if parameter.kind == "integer" and re.fullmatch(r"-?\d{1,9}", text):
            value = int(text)
        check(parameter.schema, value, f"{place} parameter {parameter.name}")
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
    check(operation.body, value, "body")
    if not isinstance(value, dict):
        raise ContractBroken("the body must be an object")
    return value
