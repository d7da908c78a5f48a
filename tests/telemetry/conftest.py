"""A site for each test that asks for one."""

from tests.site.conftest import site

__all__ = ["site"]
