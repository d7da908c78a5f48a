"""A very small town under faults and kills, over HTTP: both sides agree afterwards (case 47).

Larger ones: `docs/reliability.md`; longer histories: ``python -m tests.e2e.chaos --seeds 20``.
"""

from tests.reliability.__main__ import play


async def test_case_47_random_edits_faults_and_kills_over_http_end_in_agreement() -> None:
    assert await play("kills", seed=7, people=2, moments=2) == []
