"""A practice for each test."""

import pytest

from tests.stories.people.practice import Practice


@pytest.fixture
def practice() -> Practice:
    return Practice()
