"""The demo page: both calendars of one person side by side, and what arrives where."""

from simulators.demo.server import DemoServer

__all__ = ["DemoServer"]
