"""Single rows, with the storage's answers turned into ours."""

from contextlib import suppress
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableTransactionError, UpdateMode

from sync.adapters.azure_storage import storage_faults
from sync.adapters.tables.client import Tables
from sync.adapters.tables.rows import Row
from sync.errors import AlreadyExists, Changed
from sync.ports import Stored

NOT_FOUND = 404
MAX_BATCH = 100


class SingleRows:
    """One table, row by row; every method may raise ``Throttled`` or ``Unavailable``."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self._name = name

    async def get(self, partition: str, row: str) -> Stored[Row] | None:
        """Reads a row."""
        table = await self._tables.open(self._name)
        try:
            with storage_faults():
                entity = await table.get_entity(partition, row)
        except ResourceNotFoundError:
            return None
        return Stored(value=dict(entity), etag=str(entity.metadata["etag"]))

    async def create(self, row: Row) -> str:
        """Writes a row that must not exist yet, and gives its etag.

        Raises:
            AlreadyExists: It does.
        """
        table = await self._tables.open(self._name)
        try:
            with storage_faults():
                return str((await table.create_entity(row))["etag"])
        except ResourceExistsError as error:
            raise AlreadyExists(f"a row of {self._name} is there already") from error

    async def replace(self, row: Row, etag: str) -> str:
        """Writes a row that must still have this etag, and gives the new one.

        Raises:
            Changed: It has another, or is gone.
        """
        return await self._update(row, etag, UpdateMode.REPLACE)

    async def merge(self, row: Row, etag: str) -> str:
        """Writes some columns of a row under the same condition."""
        return await self._update(row, etag, UpdateMode.MERGE)

    async def upsert(self, row: Row) -> str:
        """Writes a row whatever was there, and gives its etag."""
        table = await self._tables.open(self._name)
        with storage_faults():
            return str((await table.upsert_entity(row, mode=UpdateMode.REPLACE))["etag"])

    async def delete(self, partition: str, row: str, *, etag: str | None = None) -> None:
        """Deletes a row if it is there, with ``etag`` only while it has it."""
        table = await self._tables.open(self._name)
        condition: dict[str, Any] = {}
        if etag is not None:
            condition = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        with storage_faults(), suppress(ResourceModifiedError):
            await table.delete_entity(partition, row, **condition)

    async def take(self, partition: str, row: str) -> bool:
        """Deletes a row; ``False`` where it was gone already."""
        table = await self._tables.open(self._name)
        # As a transaction, because the client's plain delete keeps silent about a missing row.
        operation = ("delete", {"PartitionKey": partition, "RowKey": row})
        try:
            with storage_faults():
                await table.submit_transaction([operation])
        except TableTransactionError as error:
            if error.status_code == NOT_FOUND:
                return False
            raise
        return True

    async def query(
        self,
        condition: str,
        *,
        columns: tuple[str, ...] | None = None,
        limit: int | None = None,
        **values: str,
    ) -> list[Row]:
        """Reads the rows that fit a condition, sorted by key.

        Args:
            condition: A filter; ``@name`` in it stands for one of ``values``.
            columns: Which to read; all without it.
            limit: How many rows to read at most.
            values: By name.
        """
        table = await self._tables.open(self._name)
        rows: list[Row] = []
        with storage_faults():
            found = table.query_entities(
                condition,
                parameters=values,
                select=None if columns is None else list(columns),
                results_per_page=limit,
            )
            async for entity in found:
                rows.append(dict(entity))
                if len(rows) == limit:
                    break
        return rows

    async def delete_all(self, rows: list[Row]) -> None:
        """Deletes rows of one partition; those that are gone already are fine."""
        table = await self._tables.open(self._name)
        left: list[tuple[str, Row]] = [("delete", row) for row in rows]
        while left:
            batch = left[:MAX_BATCH]
            try:
                with storage_faults():
                    await table.submit_transaction(batch)
            except TableTransactionError as error:
                if error.status_code != NOT_FOUND:
                    raise
                del left[error.index]
            else:
                del left[:MAX_BATCH]

    async def _update(self, row: Row, etag: str, mode: UpdateMode) -> str:
        table = await self._tables.open(self._name)
        try:
            with storage_faults():
                answer = await table.update_entity(
                    row, mode=mode, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            raise Changed(f"a row of {self._name} has changed") from error
        return str(answer["etag"])
