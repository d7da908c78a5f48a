"""The command: runs benchmarks one after the other, and compares or stores what they find."""

import argparse
import importlib
import sys

from benchmarks.figures import save, show

NAMES = ("plan", "startup", "calls", "latency", "cpu", "budgets")
#: Takes long, and needs what the others do not: it runs where it is named.
NAMED_ONLY = ("compare",)


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        choices=[*NAMES, *NAMED_ONLY, []],
        help="all but compare, where none is named",
    )
    parser.add_argument("--save", action="store_true", help="store the figures")
    given = parser.parse_args()
    for name in given.names or NAMES:
        module = importlib.import_module(f"benchmarks.bench_{name}")
        figures = module.run()
        print(show(name, figures, getattr(module, "TO_REACH", {})), flush=True)
        if given.save:
            save(name, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
