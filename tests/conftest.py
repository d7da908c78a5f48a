"""What every test runs under: the storage emulator's fixtures.

Sockets other than loopback and local pipes are closed by the options in pyproject.toml.
"""

pytest_plugins = ["tests.plugins.azurite"]
