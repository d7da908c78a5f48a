"""One short seeded history under faults, over HTTP: both sides agree afterwards (case 47).

Longer ones: ``python -m tests.e2e.chaos --seeds 20``.
"""

from pathlib import Path

from tests.e2e.chaos import play
from tests.e2e.product import open_product


async def test_case_47_random_edits_and_faults_over_http_end_in_agreement(tmp_path: Path) -> None:
    async with open_product(tmp_path) as product:
        assert await play(product, 7, steps=24) == []
