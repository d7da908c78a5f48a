"""Rows of one table, with the storage's answers turned into ours."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.core.pipeline import PipelineResponse
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.data.tables import UpdateMode

from sync.errors import AlreadyExists, Changed
from sync.outside.tables.batch import (
    MAX_OPERATIONS,
    Operation,
    TransactionRefused,
    delete,
    submit,
)
from sync.outside.tables.client import Tables
from sync.outside.tables.rows import Row
from sync.outside.tables.scanning import scan
from sync.ports import Stored

NOT_FOUND = 404
PRECONDITION_FAILED = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How the deletion of a row ended.

    ``is_doubtful`` is: it was gone at a repetition by the client, whose first try may have been
    what deleted it.
    """

    was_there: bool
    is_doubtful: bool


class SingleRows:
    """One table, row by row; every method may raise ``Throttled`` or ``Unavailable``."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self._name = name

    async def get(
        self, partition: str, row: str, *, columns: tuple[str, ...] | None = None
    ) -> Stored[Row] | None:
        """Reads a row, or some columns of it."""
        select = None if columns is None else list(columns)
        try:
            entity = await self._tables.ask(
                self._name, lambda table: table.get_entity(partition, row, select=select)
            )
        except ResourceNotFoundError:
            return None
        return Stored(value=dict(entity), etag=str(entity.metadata["etag"]))

    async def create(self, row: Row) -> str:
        """Writes a row that must not exist yet, and gives its etag.

        Raises:
            AlreadyExists: It does.
        """
        try:
            answer = await self._tables.ask(self._name, lambda table: table.create_entity(row))
        except ResourceExistsError as error:
            raise AlreadyExists(f"a row of {self._name} is there already") from error
        return str(answer["etag"])

    async def replace(self, row: Row, etag: str) -> str:
        """Writes a row that must still have this etag, and gives the new one.

        Raises:
            Changed: It has another, or is gone.
        """
        try:
            answer = await self._tables.ask(
                self._name,
                lambda table: table.update_entity(
                    row,
                    mode=UpdateMode.REPLACE,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                ),
            )
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            raise Changed(f"a row of {self._name} has changed") from error
        return str(answer["etag"])

    async def upsert(self, row: Row) -> str:
        """Writes a row whatever was there, and gives its etag."""
        answer = await self._tables.ask(
            self._name, lambda table: table.upsert_entity(row, mode=UpdateMode.REPLACE)
        )
        return str(answer["etag"])

    async def delete(self, partition: str, row: str, *, etag: str | None = None) -> None:
        """Deletes a row if it is there, with ``etag`` only while it has it."""
        condition: dict[str, Any] = {}
        if etag is not None:
            condition = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        with suppress(ResourceModifiedError):
            await self._tables.ask(
                self._name, lambda table: table.delete_entity(partition, row, **condition)
            )

    async def delete_known(self, partition: str, row: str, etag: str) -> None:
        """Deletes a row that must still have this etag.

        Raises:
            Changed: It has another, or is gone.
        """
        try:
            await self.transact([replace(delete(partition, row), etag=etag)])
        except TransactionRefused as refused:
            if refused.status not in {NOT_FOUND, PRECONDITION_FAILED}:
                raise
            raise Changed(f"a row of {self._name} has changed") from refused

    async def take(self, partition: str, row: str) -> Taken:
        """Deletes a row, and says whether it was there."""
        # The client keeps silent about a missing row, so its answers are looked at.
        answers: list[PipelineResponse[HttpRequest, AsyncHttpResponse]] = []
        await self._tables.ask(
            self._name,
            lambda table: table.delete_entity(partition, row, raw_response_hook=answers.append),
        )
        was_there = answers[-1].http_response.status_code != NOT_FOUND
        is_repeated = bool(answers[-1].context.get("history"))
        return Taken(was_there=was_there, is_doubtful=is_repeated and not was_there)

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
        return [
            found.value
            for found in await self.scan(condition, columns=columns, limit=limit, **values)
        ]

    async def scan(
        self,
        condition: str,
        *,
        columns: tuple[str, ...] | None = None,
        limit: int | None = None,
        **values: str,
    ) -> list[Stored[Row]]:
        """Reads the rows of ``query`` with their etags."""
        return await self._tables.ask(
            self._name, lambda table: scan(table, condition, values, columns=columns, limit=limit)
        )

    async def transact(self, operations: Sequence[Operation]) -> list[str]:
        """Carries out operations on one partition, all or none, and gives the rows' etags.

        Raises:
            TransactionRefused: A row is not as an operation wants it.
        """
        return await self._tables.ask(self._name, lambda table: submit(table, operations))

    async def forget(self, partition: str, before: datetime) -> None:
        """Deletes the rows of a partition that were last written before a time."""
        # The storage's own time of the last write: it is there in rows of every release.
        time = before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        old = await self.query(
            f"PartitionKey eq @partition and Timestamp lt datetime'{time}'",
            columns=("PartitionKey", "RowKey"),
            partition=partition,
        )
        await self.delete_all(old)

    async def delete_all(self, rows: list[Row]) -> None:
        """Deletes rows, sorted by key; those that are gone already are fine."""
        for _, of_partition in groupby(rows, key=lambda row: str(row["PartitionKey"])):
            await self._delete_of_one(list(of_partition))

    async def _delete_of_one(self, rows: list[Row]) -> None:
        left = [delete(row["PartitionKey"], row["RowKey"]) for row in rows]
        while left:
            try:
                await self.transact(left[:MAX_OPERATIONS])
            except TransactionRefused as refused:
                if refused.status != NOT_FOUND:
                    raise
                del left[refused.index]
            else:
                del left[:MAX_OPERATIONS]
