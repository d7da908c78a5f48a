"""A world for each test."""

import pytest

from tests.simulation.world import World


@pytest.fixture
def world() -> World:
    return World()
