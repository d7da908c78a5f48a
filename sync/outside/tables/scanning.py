"""Reading many rows, as plain JSON.

The client turns each row into an object of its own with times and types that ours don't have;
half of the CPU of a question went there. So the answer is read as it comes, and what signs,
repeats and sends the question is the client's pipeline.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.data.tables.aio import TableClient

from sync.errors import Unavailable
from sync.outside.tables.rows import Row
from sync.ports import Stored

_OK = 200
_NAME = re.compile(r"@(\w+)")
_CONTINUATION = "x-ms-continuation-"
_NEXT = ("NextPartitionKey", "NextRowKey")
_TIMESTAMP = "Timestamp"
_ANNOTATION = "odata."


class _Page(msgspec.Struct):
    """One answer; there may be more of them."""

    value: list[dict[str, Any]]


async def scan(
    table: TableClient,
    condition: str,
    values: Mapping[str, str],
    *,
    columns: tuple[str, ...] | None = None,
    limit: int | None = None,
) -> list[Stored[Row]]:
    """Reads the rows that fit a condition, sorted by key, with their etags.

    Args:
        table: The table's client.
        condition: A filter; ``@name`` in it stands for one of ``values``.
        values: By name.
        columns: Which to read; all without it. Without ``Timestamp`` etags are unknown.
        limit: How many rows to read at most.

    Raises:
        HttpResponseError: The storage failed, as the client raises it.
        Unavailable: It answered with something else than rows.
    """
    query = {"$filter": _NAME.sub(lambda name: _literal(values[name[1]]), condition)}
    if columns is not None:
        query["$select"] = ",".join(columns)
    if limit is not None:
        query["$top"] = str(limit)
    rows: list[Stored[Row]] = []
    following: dict[str, str] = {}
    while True:
        page, following = await _ask(table, query | following)
        rows += [_stored(each) for each in page]
        if not following or (limit is not None and len(rows) >= limit):
            return rows[:limit]


async def _ask(
    table: TableClient, query: Mapping[str, str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    account = table.url.partition("?")[0].rstrip("/")
    request = HttpRequest(
        "GET",
        f"{account}/{table.table_name}()?{urlencode(query, quote_via=quote)}",
        headers={
            "x-ms-version": table.api_version,
            "DataServiceVersion": "3.0",
            "Accept": "application/json;odata=minimalmetadata",
        },
    )
    # Streamed, because the client would make objects of it first.
    response = await table._client.send_request(request, stream=True)  # noqa: SLF001
    content = await response.read()
    if response.status_code != _OK:
        raise HttpResponseError(response=response)
    try:
        page = msgspec.json.decode(content, type=_Page)
    except msgspec.DecodeError as error:
        raise Unavailable("the storage answered a question with no rows") from error
    headers = response.headers
    following = {
        name: headers[_CONTINUATION + name] for name in _NEXT if headers.get(_CONTINUATION + name)
    }
    return page.value, following


def _stored(entity: dict[str, Any]) -> Stored[Row]:
    # The storage leaves the etag out where the time of the last write says the same.
    timestamp = quote(entity.pop(_TIMESTAMP, ""), safe="")
    etag = entity.get("odata.etag") or f"W/\"datetime'{timestamp}'\""
    row = {name: value for name, value in entity.items() if not name.startswith(_ANNOTATION)}
    return Stored(value=row, etag=etag)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
