"""What the storage says to a transaction; what is sent, the emulator has to understand."""

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient

from sync.errors import Unavailable
from sync.outside.tables.batch import TransactionRefused, _etags, submit, upsert

REFUSED = (
    b"--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n"
    b"--changesetresponse_1\r\nContent-Type: application/http\r\n"
    b"Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 %b\r\n"
    b"Content-Type: application/json;odata=minimalmetadata;charset=utf-8\r\n\r\n"
    b'{"odata.error":{"code":"%b","message":{"lang":"en-US","value":"%bThe text"}}}\r\n'
    b"--changesetresponse_1--\r\n--batchresponse_1--\r\n"
)


def test_each_operation_has_its_etag() -> None:
    content = (
        b"--b\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"datetime'1'\"\r\n\r\n\r\n"
        b"--b\r\n\r\nHTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\n\r\n\r\n"
        b"--b\r\n\r\nHTTP/1.1 204 No Content\r\netag: W/\"datetime'2'\"\r\n\r\n\r\n--b--\r\n"
    )

    assert _etags(content) == ["W/\"datetime'1'\"", "", "W/\"datetime'2'\""]


@pytest.mark.parametrize(("said", "index"), [(b"3:", 3), (b"12:", 12), (b"", 0)])
def test_a_refusal_names_its_operation(said: bytes, index: int) -> None:
    content = REFUSED % (b"404 Not Found", b"ResourceNotFound", said)

    with pytest.raises(TransactionRefused) as error:
        _etags(content)

    assert (error.value.status, error.value.code) == (404, "ResourceNotFound")
    assert error.value.index == index


@pytest.mark.parametrize("content", [REFUSED % (b"500 Oops", b"InternalError", b"0:"), b""])
def test_a_failure_within_a_transaction_passes(content: bytes) -> None:
    with pytest.raises(Unavailable):
        _etags(content)


async def test_a_transaction_has_a_hundred_rows_at_most() -> None:
    table = TableClient(
        "http://127.0.0.1/account",
        table_name="table",
        credential=AzureNamedKeyCredential("name", "a2V5"),
    )
    operation = upsert({"PartitionKey": "p", "RowKey": "r"})

    with pytest.raises(ValueError, match="101 rows"):
        await submit(table, [operation] * 101)
    await table.close()
