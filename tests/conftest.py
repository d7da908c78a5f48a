"""What every test runs under: property-test profiles and the storage emulator's fixtures.

Sockets other than loopback and local pipes are closed by the options in pyproject.toml.
"""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.plugins.azurite"]

settings.register_profile("dev", deadline=None, max_examples=60)
settings.register_profile(
    "ci",
    deadline=timedelta(seconds=10),
    max_examples=1000,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile(
    "deterministic", deadline=None, max_examples=60, derandomize=True, database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
