"""The simulated Microsoft Graph calendar service."""

from simulators.microsoft365.server import GraphSimulator

__all__ = ["GraphSimulator"]
