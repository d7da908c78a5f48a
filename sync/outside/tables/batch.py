"""Transactions on one partition, written and read as bytes.

The client's own transactions are built and taken apart by ``email.message``: 7 ms of CPU, five
times as much as the request itself. So the body is put together here, and what signs, repeats and
sends it is the client's pipeline.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import msgspec
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.data.tables.aio import TableClient

from sync.errors import Unavailable
from sync.outside.azure_storage import SERVER_ERRORS
from sync.outside.tables.rows import Row

MAX_OPERATIONS = 100
ANY = "*"

_ACCEPTED = 202
_SUCCESS = range(200, 300)
_ANSWER = b"HTTP/1.1 "
_ETAG = re.compile(rb"(?im)^etag: *(.+?)\r?$")
_CODE = re.compile(rb'"code": *"(\w+)"')
_INDEX = re.compile(rb'"value": *"(\d+):')


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One write of a transaction.

    Attributes:
        method: ``PUT`` writes a row whole, ``PATCH`` some of its columns, ``POST`` a new one.
        row: With its keys.
        etag: That the row must have; ``*`` says that it must be there, ``None`` nothing.
    """

    method: str
    row: Row
    etag: str | None = None


class TransactionRefused(Exception):  # noqa: N818 - says what happened, as all our errors do
    """Nothing of a transaction was written.

    Attributes:
        status: Of the operation that was refused.
        code: The storage's word for it.
        index: Which operation, counted from 0.
    """

    def __init__(self, *, status: int, code: str, index: int) -> None:
        super().__init__(f"operation {index} was refused: {status} {code}")
        self.status = status
        self.code = code
        self.index = index


def create(row: Row) -> Operation:
    """Writes a row that must not be there yet."""
    return Operation(method="POST", row=row)


def upsert(row: Row) -> Operation:
    """Writes a row whatever was there."""
    return Operation(method="PUT", row=row)


def merge(row: Row, etag: str = ANY) -> Operation:
    """Writes some columns of a row that must be there, with this etag."""
    return Operation(method="PATCH", row=row, etag=etag)


def delete(partition: str, row: str) -> Operation:
    """Deletes a row that must be there."""
    return Operation(method="DELETE", row={"PartitionKey": partition, "RowKey": row}, etag=ANY)


async def submit(table: TableClient, operations: Sequence[Operation]) -> list[str]:
    """Carries out all operations or none, and gives the rows' new etags (of deletions none).

    Raises:
        TransactionRefused: A row is not as an operation wants it.
        HttpResponseError: The storage failed, as the client raises it.
        Unavailable: It failed within the transaction.
        ValueError: More operations than one transaction takes.
    """
    if len(operations) > MAX_OPERATIONS:
        raise ValueError(f"a transaction of {len(operations)} rows, at most {MAX_OPERATIONS} go")
    account = table.url.partition("?")[0].rstrip("/")
    boundary = f"batch_{uuid4()}"
    request = HttpRequest(
        "POST",
        f"{account}/$batch",
        headers={
            "x-ms-version": table.api_version,
            "DataServiceVersion": "3.0",
            "MaxDataServiceVersion": "3.0;NetFx",
            "Content-Type": f"multipart/mixed; boundary={boundary}",
            "Accept": "application/json",
        },
        content=_body(f"{account}/{table.table_name}", boundary, operations),
    )
    # Streamed, because the client would try to make sense of the parts.
    response = await table._client.send_request(request, stream=True)  # noqa: SLF001
    content = await response.read()
    if response.status_code != _ACCEPTED:
        raise HttpResponseError(response=response)
    return _etags(content)


def _body(table: str, boundary: str, operations: Sequence[Operation]) -> bytes:
    changes = f"changeset_{uuid4()}"
    pieces = [f"--{boundary}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n".encode()]
    for number, operation in enumerate(operations):
        content = b"" if operation.method == "DELETE" else msgspec.json.encode(operation.row)
        condition = "" if operation.etag is None else f"If-Match: {operation.etag}\r\n"
        # The answer to a creation repeats the row unless it is told not to.
        wish = "Prefer: return-no-content\r\n" if operation.method == "POST" else ""
        pieces.append(
            f"--{changes}\r\n"
            "Content-Type: application/http\r\n"
            "Content-Transfer-Encoding: binary\r\n"
            f"Content-ID: {number}\r\n\r\n"
            f"{operation.method} {table}{_place(operation)} HTTP/1.1\r\n"
            "Accept: application/json;odata=minimalmetadata\r\n"
            "Content-Type: application/json\r\n"
            "DataServiceVersion: 3.0\r\n"
            f"{condition}{wish}"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
        )
        pieces += (content, b"\r\n")
    pieces.append(f"--{changes}--\r\n--{boundary}--\r\n".encode())
    return b"".join(pieces)


def _place(operation: Operation) -> str:
    if operation.method == "POST":
        return ""
    partition, row = (
        quote(operation.row[key].replace("'", "''"), safe="") for key in ("PartitionKey", "RowKey")
    )
    return f"(PartitionKey='{partition}',RowKey='{row}')"


def _etags(content: bytes) -> list[str]:
    answers = content.split(_ANSWER)[1:]
    etags: list[str] = []
    for answer in answers:
        status = int(answer[:3])
        if status not in _SUCCESS:
            code, index = _CODE.search(answer), _INDEX.search(answer)
            if status >= SERVER_ERRORS:
                raise Unavailable(f"the storage failed in a transaction with status {status}")
            raise TransactionRefused(
                status=status,
                code="" if code is None else code[1].decode(),
                index=0 if index is None else int(index[1]),
            )
        etag = _ETAG.search(answer)
        etags.append("" if etag is None else etag[1].decode())
    if not etags:
        raise Unavailable("the storage answered a transaction with nothing")
    return etags
