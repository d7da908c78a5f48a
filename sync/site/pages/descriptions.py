"""The two published descriptions (OpenAPI 3.1): as files, and as what a page shows of them.

The page shows what the YAML says and nothing else: ``$ref`` of parameters and responses are
followed, those of schemas stay links to the schema's own section.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "openapi"
_METHODS = ("get", "put", "post", "patch", "delete")
#: Limits that a schema may name, as they are said on the page.
_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "maxLength": "longest",
    "maxItems": "most items",
    "minProperties": "fewest members",
    "default": "default",
}

type Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFile:
    """A description as it is served; ``etag`` is the start of its content's SHA-256."""

    name: str
    text: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a value is: ``words`` (``string``, ``list of``), then the schema ``ref``, may be empty.

    ``note`` says what is allowed: values, limits, the default.
    """

    words: str
    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a member of a body; ``name`` of a nested one is ``outer.inner``.

    ``place`` is where a parameter goes (``path``, ``query``, ``header``), empty for a member.
    """

    name: str
    kind: Kind
    required: bool
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent or answered; ``fields`` are empty where ``kind`` names a schema."""

    media: str
    kind: Kind
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """One status that an operation may answer with."""

    status: str
    note: str
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationView:
    """One method of one path; ``security`` names the schemes that it asks for, empty for none."""

    id: str
    method: str
    path: str
    summary: str
    note: str
    security: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: Body | None
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaView:
    """A named schema."""

    name: str
    kind: Kind
    note: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """One description; ``name`` is its file's, ``schemes`` are name and meaning."""

    name: str
    title: str
    version: str
    note: str
    schemes: tuple[tuple[str, str], ...]
    operations: tuple[OperationView, ...]
    webhooks: tuple[OperationView, ...]
    schemas: tuple[SchemaView, ...]


@cache
def _files() -> dict[str, ContractFile]:
    found: dict[str, ContractFile] = {}
    for path in sorted(_FOLDER.glob("*.yaml"), reverse=True):
        text = path.read_text(encoding="utf-8")
        etag = sha256(text.encode()).hexdigest()[:16]
        found[path.name] = ContractFile(name=path.name, text=text, etag=etag)
    return found


def find_contract(name: str) -> ContractFile | None:
    """Finds a description by its file's name; ``None`` where there is none."""
    return _files().get(name)


@cache
def contract_views() -> tuple[ContractView, ...]:
    """Gives both descriptions for the page, the connector's own first."""
    return tuple(read_contract(file.name, file.text) for file in _files().values())


def read_contract(name: str, text: str) -> ContractView:
    """Reads a description.

    Args:
        name: The file's name.
        text: YAML.
    """
    document: Node = yaml.safe_load(text)
    components: Node = document["components"]
    schemes: dict[str, Node] = components.get("securitySchemes", {})
    return ContractView(
        name=name,
        title=document["info"]["title"],
        version=document["info"]["version"],
        note=document["info"].get("description", ""),
        schemes=tuple((key, _scheme(value)) for key, value in schemes.items()),
        operations=tuple(_operations(document, document["paths"])),
        webhooks=tuple(_operations(document, document.get("webhooks", {}))),
        schemas=tuple(
            SchemaView(
                name=key,
                kind=_kind(value),
                note=value.get("description", ""),
                fields=tuple(_fields(value)),
            )
            for key, value in components["schemas"].items()
        ),
    )


def _operations(document: Node, paths: dict[str, Node]) -> Iterator[OperationView]:
    for path, shared in paths.items():
        for method in _METHODS:
            if method not in shared:
                continue
            operation: Node = shared[method]
            parameters = [*shared.get("parameters", ()), *operation.get("parameters", ())]
            responses: dict[str, Node] = operation["responses"]
            # An empty list of its own means that anybody may call, whatever holds for the others.
            ways: list[Node] = (
                operation["security"] if "security" in operation else document.get("security", [])
            )
            yield OperationView(
                id=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation.get("summary", ""),
                note=operation.get("description", ""),
                security=tuple(name for way in ways for name in way),
                parameters=tuple(_parameter(_resolve(document, each)) for each in parameters),
                body=_body(operation.get("requestBody", {})),
                answers=tuple(
                    _answer(status, _resolve(document, each)) for status, each in responses.items()
                ),
            )


def _parameter(node: Node) -> Field:
    return Field(
        name=node["name"],
        kind=_kind(node["schema"]),
        required=bool(node.get("required")),
        note=node.get("description", ""),
        place=node["in"],
    )


def _answer(status: str, node: Node) -> AnswerView:
    return AnswerView(status=status, note=node.get("description", ""), body=_body(node))


def _body(node: Node) -> Body | None:
    for media, content in node.get("content", {}).items():
        schema: Node = content["schema"]
        return Body(media=media, kind=_kind(schema), fields=tuple(_fields(schema)))
    return None


def _fields(schema: Node, outer: str = "") -> Iterator[Field]:
    """Walks the members of an object, and of objects within it that have no name of their own."""
    required = set(schema.get("required", ()))
    members: dict[str, Node] = schema.get("properties", {})
    for key, member in members.items():
        yield Field(
            name=outer + key,
            kind=_kind(member),
            required=key in required,
            note=member.get("description", ""),
        )
        if "items" in member:
            yield from _fields(member["items"], f"{outer}{key}[].")
        else:
            yield from _fields(member, f"{outer}{key}.")


def _kind(schema: Node) -> Kind:
    if "$ref" in schema:
        return Kind(words="", ref=_last(schema["$ref"]))
    if "items" in schema:
        inner = _kind(schema["items"])
        limits = _note({name: value for name, value in schema.items() if name != "items"})
        note = ", ".join(part for part in (inner.note, limits) if part)
        return Kind(words=f"list of {inner.words}".strip(), ref=inner.ref, note=note)
    given: Any = schema.get("type", "string" if "enum" in schema else "anything")
    words = " or ".join(given) if isinstance(given, list) else str(given)
    if "format" in schema:
        words += f" ({schema['format']})"
    return Kind(words=words, note=_note(schema))


def _note(schema: Node) -> str:
    parts = []
    if "enum" in schema:
        parts.append("one of " + ", ".join(f"`{value}`" for value in schema["enum"]))
    if schema.get("uniqueItems"):
        parts.append("each once")
    for name, words in _LIMITS.items():
        if name in schema:
            value = schema[name]
            said = ", ".join(str(one) for one in value) if isinstance(value, list) else value
            parts.append(f"{words} `{said}`")
    if "examples" in schema:
        parts.append("such as " + ", ".join(f"`{value}`" for value in schema["examples"]))
    return ", ".join(parts)


def _scheme(node: Node) -> str:
    if node["type"] == "http":
        said = f"header `Authorization`, {node['scheme']}"
    else:
        said = f"{node['in']} `{node['name']}`"
    note = node.get("description", "")
    return f"{said}: {note}" if note else said


def _resolve(document: Node, node: Node) -> Node:
    if "$ref" not in node:
        return node
    found: Any = document
    for part in str(node["$ref"]).removeprefix("#/").split("/"):
        found = found[part]
    return _resolve(document, found)


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
