"""One running product for each module."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from simulators.host.process import ROOT
from tests.e2e.ingestion import Ingestion, open_ingestion
from tests.e2e.product import Product, open_product


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """Starts the product before a module's first test and ends it after its last."""
    async with open_product(tmp_path_factory.mktemp("run")) as running:
        yield running


@pytest.fixture(scope="module")
def ingestion() -> Iterator[Ingestion]:
    """Stands in for Application Insights."""
    with open_ingestion() as taken:
        yield taken


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exporting(
    tmp_path_factory: pytest.TempPathFactory, ingestion: Ingestion
) -> AsyncIterator[Product]:
    """Starts the product as on Azure: all that it logs, counts and traces is exported."""
    folder = tmp_path_factory.mktemp("run")
    async with open_product(
        folder, on_storage=None, app_dir=ROOT, storage=None, **ingestion.settings
    ) as running:
        yield running
