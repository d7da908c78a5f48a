"""A history is held to what a story is: the product itself never breaks."""

from tests.stories.sync.conftest import nothing_breaks_but_ports, world

__all__ = ["nothing_breaks_but_ports", "world"]
