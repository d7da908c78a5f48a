"""The connection to the tables: opened at the first use, one for each event loop."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient, TableServiceClient

from sync.adapters.azure_storage import CLIENT_OPTIONS, credential, storage_faults
from sync.config import StorageSettings

CLAIMS = "claims"
CONNECTIONS = "connections"
FLOWS = "flows"
LEDGER = "ledger"
LOCATIONS = "locations"
SENT_MAILS = "sentmails"
SUBSCRIPTIONS = "subscriptions"
TOKEN_CACHES = "tokencaches"  # noqa: S105 - a table's name
WAKES = "wakes"

TABLES = (
    CLAIMS,
    CONNECTIONS,
    FLOWS,
    LEDGER,
    LOCATIONS,
    SENT_MAILS,
    SUBSCRIPTIONS,
    TOKEN_CACHES,
    WAKES,
)


class Tables:
    """Gives a client for each table and makes tables that are missing.

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

    async def open(self, name: str) -> TableClient:
        """Gives the client of a table, which is there when this returns.

        Raises:
            Throttled, Unavailable: The storage could not be asked.
        """
        self._follow_loop()
        client = self._clients.get(name)
        if client is None:
            if self._service is None:
                self._service = self._connect()
            service = self._service
            with storage_faults(), suppress(ResourceExistsError):
                await service.create_table(name)
            client = self._clients[name] = service.get_table_client(name)
        return client

    async def create_all(self) -> None:
        """Makes all tables that are missing."""
        for name in TABLES:
            await self.open(name)

    async def close(self) -> None:
        """Closes the connection; the next use opens it again."""
        service, self._service = self._service, None
        self._clients = {}
        if service is not None:
            await service.close()

    def _follow_loop(self) -> None:
        # An HTTP session belongs to the loop it was opened in: another loop gets its own.
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._service, self._clients = loop, None, {}

    def _connect(self) -> TableServiceClient:
        if self._settings.connection_string is not None:
            return TableServiceClient.from_connection_string(
                self._settings.connection_string, **self._options
            )
        return TableServiceClient(
            f"https://{self._settings.account_name}.table.core.windows.net",
            credential=credential(self._settings),
            **self._options,
        )
