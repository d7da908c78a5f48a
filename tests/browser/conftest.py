"""One Chromium and one running product for each module, a stage for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from scripts.browser import NO_CHROMIUM, find_chromium, open_chromium
from tests.browser.stage import Stage, open_stage
from tests.e2e.product import Product, open_product


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Starts the browser before a module's first test and ends it after its last."""
    path = find_chromium()
    if path is None:
        pytest.skip(NO_CHROMIUM)
    async with open_chromium(path) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Serves the App over fakes."""
    async with open_stage() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """Starts the whole product before a module's first test and ends it after its last."""
    async with open_product(tmp_path_factory.mktemp("run")) as running:
        yield running
