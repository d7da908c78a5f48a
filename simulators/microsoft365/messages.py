"""Requests and answers as the handlers see them, free of any web framework.

The same handlers serve HTTP and the inner requests of `$batch`.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from simulators.microsoft365.errors import GraphError, bad_request
from simulators.microsoft365.model import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the Prefer headers ask for (RFC 7240: several in one header or in several).

    Args:
        time_zone: Zone for start and end in answers.
        body_type: `html` or `text`.
        immutable_ids: Whether ids are the immutable ones.
        max_page_size: Wished page size of a change feed.
        applied: What goes into Preference-Applied.
    """

    time_zone: str = "UTC"
    body_type: str = "html"
    immutable_ids: bool = False
    max_page_size: int | None = None
    applied: tuple[str, ...] = ()


def read_preferences(lines: list[str]) -> Preferences:
    """Read all Prefer headers of a request; unknown preferences are passed over."""
    values: dict[str, Any] = {}
    applied: list[str] = []
    for part in (part.strip() for line in lines for part in line.split(",")):
        name, _, value = part.partition("=")
        value = value.strip().strip('"')
        match name.strip().lower():
            case "outlook.timezone":
                values["time_zone"] = value
            case "outlook.body-content-type":
                values["body_type"] = value.lower()
            case "idtype":
                values["immutable_ids"] = value.lower() == "immutableid"
            case "odata.maxpagesize" if value.isdigit():
                values["max_page_size"] = max(1, int(value))
            case _:
                continue
        applied.append(part)
    return Preferences(applied=tuple(applied), **values)


@dataclass(slots=True, kw_only=True)
class Request:
    """One request to the service.

    Args:
        segments: The path after the version, split at `/` and unescaped once.
        query: Parameters with lower-case names.
        headers: Header values by lower-case name; of several Prefer headers all, with commas.
        base_url: Where answers' links point, up to and with the version.
        user: Whose token it bears; set once it is checked.
    """

    method: str
    raw_path: str
    segments: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base_url: str
    user: User | None = None
    preferences: Preferences = field(default_factory=Preferences)

    @property
    def person(self) -> User:
        """The signed-in person."""
        if self.user is None:
            raise RuntimeError("the token has not been checked yet")
        return self.user

    @property
    def users(self) -> tuple[str, ...]:
        """Id and address of the signed-in person, for switches."""
        return (self.user.user_id, self.user.address) if self.user is not None else ()

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object.

        Raises:
            GraphError: 400, the body is none.
        """
        try:
            read = json.loads(self.body)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise bad_request("Unable to read JSON request payload.")
        return read

    def number(self, name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
        """Read a whole-number parameter.

        Raises:
            GraphError: 400, it is none or out of its limits.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit() or not least <= int(text) <= most:
            raise bad_request(f"Invalid value '{text}' for {name}.", code="ErrorInvalidUrlQuery")
        return int(text)


def make_request(
    *,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes,
    base_url: str,
) -> Request:
    """Take a request target apart.

    Args:
        method: HTTP method.
        target: Path after the version and query, both still escaped.
        headers: All header lines.
        body: The raw body.
        base_url: Where links of the answer start.
    """
    raw_path, _, raw_query = target.partition("?")
    merged: dict[str, str] = {}
    for name, value in headers:
        known = merged.get(name.lower())
        merged[name.lower()] = value if known is None else f"{known}, {value}"
    return Request(
        method=method.upper(),
        raw_path=raw_path,
        segments=tuple(unquote(part) for part in raw_path.strip("/").split("/")),
        query={k.lower(): v for k, v in parse_qsl(raw_query, keep_blank_values=True)},
        headers=merged,
        body=body,
        base_url=base_url,
        preferences=read_preferences([merged["prefer"]] if "prefer" in merged else []),
    )


@dataclass(slots=True, kw_only=True)
class Response:
    """One answer; `payload` None means an empty body."""

    status: int = 200
    payload: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def error_json(error: GraphError, now: datetime, request: Request) -> Any:
    """Shape a refusal, with the ids that a log would name and the caller's own among them."""
    if error.body is not None:
        return error.body
    request_id = str(uuid.uuid4())
    inner = {
        "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": request.headers.get("client-request-id", request_id),
    }
    return {"error": {"code": error.code, "message": error.message, "innerError": inner}}
