"""The OData parameters that the calendar service takes: $filter, $select, $expand, $orderby.

Source: Graph, concepts/query-parameters; singleValueLegacyExtendedProperty get.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulators.microsoft365.errors import bad_request

type Shown = dict[str, Any]
type Test = Callable[[Shown, dict[str, str]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<mark>[(),:])|(?P<word>[^\s(),:']+(?::\d[^\s(),']*)?))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and a > b,
    "ge": lambda a, b: a is not None and a >= b,
    "lt": lambda a, b: a is not None and a < b,
    "le": lambda a, b: a is not None and a <= b,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
    "contains": lambda a, b: b in a,
}
_NOT_FILTERABLE = frozenset({"uid", "body", "attendees", "transactionid"})
_EXPAND_ID = re.compile(r"id\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
_TIME = re.compile(r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$")


class _Parser:
    """Reads a filter by recursive descent into one test."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise _unreadable(text)
            self._tokens.append(match.group(0).strip())
            place = match.end()
        self._text = text
        self._place = 0

    def _peek(self) -> str:
        return self._tokens[self._place].lower() if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        if self._place >= len(self._tokens):
            raise _unreadable(self._text)
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, wanted: str) -> None:
        if self._next().lower() != wanted:
            raise _unreadable(self._text)

    def whole(self) -> Test:
        test = self._either()
        if self._place != len(self._tokens):
            raise _unreadable(self._text)
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._peek() == "or":
            self._next()
            tests.append(self._both())
        return lambda shown, extended: any(test(shown, extended) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._peek() == "and":
            self._next()
            tests.append(self._one())
        return lambda shown, extended: all(test(shown, extended) for test in tests)

    def _one(self) -> Test:
        token = self._next()
        lowered = token.lower()
        if lowered == "not":
            denied = self._one()
            return lambda shown, extended: not denied(shown, extended)
        if token == "(":
            inner = self._either()
            self._expect(")")
            return inner
        if lowered == "singlevalueextendedproperties/any":
            return self._any()
        if lowered in _FUNCTIONS:
            return self._function(lowered)
        return self._comparison(token)

    def _function(self, name: str) -> Test:
        self._expect("(")
        path = self._next()
        self._expect(",")
        value = str(_literal(self._next())).lower()
        self._expect(")")
        compare = _FUNCTIONS[name]
        return lambda shown, _: compare(str(_member(shown, path) or "").lower(), value)

    def _comparison(self, path: str) -> Test:
        operator = self._next().lower()
        if operator not in _COMPARE or path.split("/", 1)[0].lower() in _NOT_FILTERABLE:
            raise bad_request(
                f"The expression on '{path}' is not supported.", code="UnsupportedEntityExpression"
            )
        value = _comparable(_literal(self._next()))
        compare = _COMPARE[operator]
        return lambda shown, _: compare(_comparable(_member(shown, path)), value)

    def _any(self) -> Test:
        """Read `Any(ep: ep/id eq '…' and ep/value eq '…')`."""
        self._expect("(")
        variable = self._next().lower()
        self._expect(":")
        wanted_id: str | None = None
        values: list[Callable[[str], bool]] = []
        while True:
            token = self._next().lower()
            if token in _FUNCTIONS:
                compare = _FUNCTIONS[token]
                self._expect("(")
                self._expect(f"{variable}/value")
                self._expect(",")
                sought = str(_literal(self._next())).lower()
                self._expect(")")
                values.append(lambda v, c=compare, s=sought: c(v.lower(), s))  # type: ignore[misc]
            elif token == f"{variable}/id":
                self._expect("eq")
                wanted_id = str(_literal(self._next()))
            elif token == f"{variable}/value":
                operator = self._next().lower()
                if operator not in ("eq", "ne"):
                    raise _unreadable(self._text)
                sought = str(_literal(self._next())).lower()
                same = operator == "eq"
                values.append(lambda v, same=same, s=sought: (v.lower() == s) is same)  # type: ignore[misc]
            else:
                raise _unreadable(self._text)
            if self._next().lower() != "and":
                break
        if self._tokens[self._place - 1] != ")" or wanted_id is None or not values:
            raise _unreadable(self._text)
        found_id = wanted_id
        return lambda _, extended: (
            found_id in extended and all(test(extended[found_id]) for test in values)
        )


def _unreadable(text: str) -> Exception:
    return bad_request(f"Invalid filter clause: {text}")


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    return {"true": True, "false": False, "null": None}.get(token.lower(), token)


def _comparable(value: Any) -> Any:
    """Make times comparable however many digits they have; texts compare without case."""
    if not isinstance(value, str):
        return value
    if _TIME.match(value):
        return datetime.fromisoformat(value).replace(tzinfo=None).isoformat()
    return value.lower()


def _member(shown: Shown, path: str) -> Any:
    value: Any = shown
    for part in path.split("/"):
        if not isinstance(value, dict):
            return None
        by_lower = {name.lower(): member for name, member in value.items()}
        if part.lower() not in by_lower:
            raise bad_request(f"Could not find a property named '{part}'.")
        value = by_lower[part.lower()]
    return value


def read_filter(text: str | None) -> Test | None:
    """Read `$filter` into a test over an event's JSON and its extended properties.

    Raises:
        GraphError: 400; unreadable, or on a member that can't be filtered.
    """
    return None if text is None else _Parser(text).whole()


def expanded_properties(text: str | None) -> tuple[str, ...]:
    """Give the ids of the extended properties that `$expand` names by its inner filter.

    Raises:
        GraphError: 400, another member is to be expanded.
    """
    if text is None:
        return ()
    if not text.lower().startswith("singlevalueextendedproperties"):
        raise bad_request(f"Could not find a property named '{text}' to expand.")
    return tuple(found.replace("''", "'") for found in _EXPAND_ID.findall(text))


def select(shown: Shown, names: str | None) -> Shown:
    """Keep the members that `$select` names; id, etag and annotations always stay."""
    if not names:
        return shown
    wanted = {name.strip().lower() for name in names.split(",")}
    expanded = "singlevalueextendedproperties"
    return {
        name: value
        for name, value in shown.items()
        if name.lower() in wanted
        or name == "id"
        or name.startswith("@")
        or name.lower() == expanded
    }


def order(items: list[Shown], text: str | None) -> list[Shown]:
    """Sort by `$orderby`, several keys apart by commas, `desc` honoured.

    Raises:
        GraphError: 400, there is no such member.
    """
    for part in reversed([part.strip() for part in (text or "").split(",") if part.strip()]):
        path, _, direction = part.partition(" ")
        items = sorted(
            items,
            key=lambda shown, path=path: str(_member(shown, path) or ""),  # type: ignore[misc]
            reverse=direction.strip().lower() == "desc",
        )
    return items
