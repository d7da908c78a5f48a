"""Hypothesis with our profiles; tests that use it take it from here, the others don't import it.

``HYPOTHESIS_PROFILE`` names the profile: ``dev``, ``ci`` (`make test-all`) or ``deterministic``.
"""

import os
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

__all__ = ["HealthCheck", "given", "settings", "st"]

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
