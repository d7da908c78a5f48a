"""The command: runs benchmarks one after the other, and compares or stores what they find.

``scale`` measures nothing: it reckons from the stored figures, and ``--save`` writes its page.
"""

import argparse
import importlib
import json
import subprocess
import sys

from benchmarks import scale_page
from benchmarks.bench_budgets import TO_REACH
from benchmarks.figures import load, save, show
from benchmarks.others.vdirsyncer import PROGRAMS, is_installed
from simulators.host.process import ROOT

NAMES = ("plan", "startup", "calls", "latency", "cpu", "budgets")
#: Reckoned, so after all that is measured.
SCALE = "scale"
#: Takes long, and needs what the others do not: it runs where it is named.
NAMED_ONLY = ("compare",)


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        choices=[*NAMES, SCALE, *NAMED_ONLY, []],
        help="all but compare, where none is named",
    )
    parser.add_argument("--save", action="store_true", help="store the figures, and draw them")
    parser.add_argument("--draw", action="store_true", help="draw what is stored, and no more")
    given = parser.parse_args()
    for name in () if given.draw else given.names or (*NAMES, SCALE):
        if name == SCALE:
            _reckon(is_saved=given.save)
            continue
        module = importlib.import_module(f"benchmarks.bench_{name}")
        figures = module.run()
        print(show(name, figures, getattr(module, "TO_REACH", {})), flush=True)
        if given.save:
            save(name, figures)
    if given.draw or (given.save and is_installed()):
        _draw()
    return 0


def _reckon(*, is_saved: bool) -> None:
    """Shows the tables of docs/scale.md, or writes them there."""
    if is_saved:
        scale_page.write()
    print(scale_page.section(), flush=True)


def _draw() -> None:
    """Draws the plots of docs/benchmarks.md, where matplotlib is installed."""
    figures = {"compare": load("compare"), "budgets": load("budgets"), "to_reach": TO_REACH}
    subprocess.run(  # noqa: S603
        [PROGRAMS / "python", "-m", "benchmarks.plots"],
        cwd=ROOT,
        input=json.dumps(figures),
        text=True,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
