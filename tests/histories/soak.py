"""Plays many histories and says which seeds fail: ``python -m tests.histories.soak --seeds 1000``.

Ends with 1 where a seed failed. Each failing seed is printed with what happened in it, and is
played again with ``--first SEED --seeds 1``.
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import batched

from tests.histories.simulation import play

#: Histories that a worker plays before it reports.
BATCH = 200


def play_all(seeds: tuple[int, ...]) -> tuple[Counter[str], dict[int, str]]:
    """Plays seeds one after another; gives the faults by kind, and the failures by seed."""
    faults: Counter[str] = Counter()
    failures: dict[int, str] = {}
    for seed in seeds:
        try:
            faults.update(play(seed).faults)
        except AssertionError as error:
            failures[seed] = str(error)
    return faults, failures


def main(arguments: list[str] | None = None) -> int:
    """Plays what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(description="Plays seeded histories against the oracle.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=2, help="processes side by side")
    chosen = parser.parse_args(arguments)

    faults: Counter[str] = Counter()
    failures: dict[int, str] = {}
    begun = time.monotonic()
    batches = list(batched(range(chosen.first, chosen.first + chosen.seeds), BATCH, strict=False))
    with ProcessPoolExecutor(max_workers=chosen.workers) as pool:
        for some_faults, some_failures in pool.map(play_all, batches):
            faults.update(some_faults)
            failures.update(some_failures)
            for told in some_failures.values():
                sys.stdout.write(f"{told}\n\n")
                sys.stdout.flush()
    summary = {
        "histories": chosen.seeds,
        "first": chosen.first,
        "seconds": round(time.monotonic() - begun),
        "faults": sum(faults.values()),
        "by kind": by_kind(faults),
        "failing seeds": sorted(failures),
    }
    sys.stdout.write(json.dumps(summary, indent=2) + "\n")
    return 1 if failures else 0


def by_kind(faults: Counter[str]) -> dict[str, int]:
    """Sums faults up over the ports that they hit, most frequent first."""
    kinds: Counter[str] = Counter()
    for name, count in faults.items():
        kinds[name.split(" on ")[0]] += count
    return dict(kinds.most_common())


if __name__ == "__main__":
    sys.exit(main())
