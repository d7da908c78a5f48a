"""A site for each test."""

import warnings
from collections.abc import Iterator

import pytest

from sync.app import use_app

with warnings.catch_warnings():
    # Microsoft's SDK calls its own classes deprecated when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tests.site.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    yield Site()
    use_app(None)
