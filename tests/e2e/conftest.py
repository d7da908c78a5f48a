"""One running product for each module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.product import Product, open_product


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """Starts the product before a module's first test and ends it after its last."""
    async with open_product(tmp_path_factory.mktemp("run")) as running:
        yield running
