"""A site for each test that asks for one."""

from tests.unit.triggers.conftest import site

__all__ = ["site"]
