"""The connection to the tables: opened at the first use, one for each event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.core.pipeline.policies import (
    AsyncRedirectPolicy,
    DistributedTracingPolicy,
    HttpLoggingPolicy,
    NetworkTraceLoggingPolicy,
    ProxyPolicy,
    RequestIdPolicy,
)
from azure.data.tables.aio import TableClient, TableServiceClient

from sync.config import StorageSettings
from sync.outside.azure_storage import CLIENT_OPTIONS, credential, open_transport, storage_faults
from sync.outside.tables.batch import TransactionRefused

CLAIMS = "claims"
CONNECTIONS = "connections"
FLOWS = "flows"
LEDGER = "ledger"
LOCATIONS = "locations"
MAIL_LIMITS = "maillimits"
SENT_MAILS = "sentmails"
SUBSCRIPTIONS = "subscriptions"
TOKEN_CACHES = "tokencaches"  # noqa: S105 - a table's name

_TABLE_NOT_FOUND = "TableNotFound"
_NOT_FOUND = 404

# Nobody reads what these do (logs of the client are off), and each costs at every request.
_UNUSED = (
    AsyncRedirectPolicy,
    DistributedTracingPolicy,
    HttpLoggingPolicy,
    NetworkTraceLoggingPolicy,
    ProxyPolicy,
    RequestIdPolicy,
)


class _LeanService(TableServiceClient):
    """The client with fewer policies; one that stops asking for them only costs more."""

    def _configure_policies(self, **kwargs: Any) -> list[Any]:
        policies = super()._configure_policies(**kwargs)
        return [policy for policy in policies if not isinstance(policy, _UNUSED)]


class Tables:
    """Gives a client for each table, and makes a table when it turns out to be missing.

    Args:
        settings: Where the storage is.
        options: How patient the client is.
    """

    def __init__(
        self, settings: StorageSettings, *, options: Mapping[str, Any] = CLIENT_OPTIONS
    ) -> None:
        self._settings = settings
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: TableServiceClient | None = None
        self._clients: dict[str, TableClient] = {}
        self._lock = asyncio.Lock()
        self._made: set[str] = set()

    async def ask[T](self, name: str, question: Callable[[TableClient], Awaitable[T]]) -> T:
        """Puts a question to a table, once more after the table had to be made.

        Raises:
            Throttled, Unavailable: The storage could not be asked.
        """
        async with storage_faults():
            try:
                return await question(self._open(name))
            except (HttpResponseError, TransactionRefused) as error:
                if not _lacks_table(error):
                    raise
            await self.create(name)
            return await question(self._open(name))

    async def create(self, name: str) -> None:
        """Makes a table if it is missing; of many who find it missing at once, one does."""
        service = self._connection()
        async with self._lock:
            if name in self._made:
                return
            async with storage_faults():
                with suppress(ResourceExistsError):
                    await service.create_table(name)
            self._made.add(name)

    async def close(self) -> None:
        """Closes the connection; the next use opens it again."""
        service, self._service = self._service, None
        self._clients = {}
        if service is not None:
            await service.close()

    def _open(self, name: str) -> TableClient:
        service = self._connection()
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = service.get_table_client(name)
        return client

    def _connection(self) -> TableServiceClient:
        # An HTTP session belongs to the loop it was opened in: another loop gets its own.
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._service, self._clients = loop, None, {}
            self._lock = asyncio.Lock()
        if self._service is None:
            self._service = self._connect()
        return self._service

    def _connect(self) -> TableServiceClient:
        options = {**self._options, "transport": open_transport(**self._options)}
        if self._settings.connection_string is not None:
            return _LeanService.from_connection_string(self._settings.connection_string, **options)
        return _LeanService(
            self._settings.table_url,
            credential=credential(self._settings),
            **options,
        )


def _lacks_table(error: HttpResponseError | TransactionRefused) -> bool:
    if isinstance(error, TransactionRefused):
        return error.code == _TABLE_NOT_FOUND
    # Only some of the client's methods read the code out of the answer; the text has it always.
    return error.status_code == _NOT_FOUND and _TABLE_NOT_FOUND in str(error)
