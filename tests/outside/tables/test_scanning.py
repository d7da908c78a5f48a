"""What a row of an answer is."""

from sync.outside.tables.scanning import _stored


def test_an_etag_that_is_left_out_follows_from_the_time_of_the_last_write() -> None:
    found = _stored({"RowKey": "r", "V": 2, "Timestamp": "2026-11-23T08:00:00.1234567Z"})

    assert found.value == {"RowKey": "r", "V": 2}
    assert found.etag == "W/\"datetime'2026-11-23T08%3A00%3A00.1234567Z'\""


def test_an_etag_that_is_given_counts() -> None:
    found = _stored(
        {
            "odata.etag": "W/\"datetime'x'\"",
            "RowKey": "r",
            "N@odata.type": "Edm.Int64",
            "Timestamp": "2026-11-23T08:00:00Z",
        }
    )

    assert found.etag == "W/\"datetime'x'\""
