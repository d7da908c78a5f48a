"""Draws the stored figures as SVG files into ``docs/images``; needs requirements-bench.txt.

Reads ``{"compare": {...}, "budgets": {...}, "to_reach": {...}}`` from its input: figures by name,
as ``benchmarks/results`` keeps them. It runs where matplotlib is installed and the product is not.
"""

import json
import re
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

IMAGES = Path(__file__).parent.parent / "docs" / "images"
#: By the end of a figure's name: the end of the file's, and the title.
MEASURES = {
    "s": ("seconds", "Seconds"),
    "CPU ms": ("cpu", "Milliseconds of CPU"),
    "calls": ("calls", "Calls to Graph (vdirsyncer: to the CalDAV server)"),
}
_KEY = re.compile(r"(.+) at (\d+) ms a call, (?!product to )(.+): (s|CPU ms|calls)")
_OURS, _OTHER = ("#1f6f8b", "#8fc1d4"), ("#666666", "#bbbbbb")


def draw_compare(figures: dict[str, float], measure: str) -> None:
    """Draws what each took, one field for each work, a darker bar for the longer latency."""
    fields: dict[str, dict[str, dict[int, float]]] = {}
    for key, value in figures.items():
        if (found := _KEY.fullmatch(key)) and found[4] == measure:
            by_latency = fields.setdefault(found[1], {}).setdefault(found[3], {})
            by_latency[int(found[2])] = value
    name, title = MEASURES[measure]
    figure, places = plt.subplots(1, len(fields), figsize=(11, 3.4), sharey=True)
    for place, (work, bars) in zip(places, fields.items(), strict=True):
        for row, (who, values) in enumerate(bars.items()):
            for step, latency in enumerate(sorted(values, reverse=True)):
                colour = (_OURS if who == "product" else _OTHER)[step]
                drawn = place.barh(row + 0.4 * step - 0.2, values[latency], 0.38, color=colour)
                place.bar_label(drawn, fmt=_label, fontsize=7)
        place.set_yticks(range(len(bars)), list(bars), fontsize=8)
        place.set_title(work, fontsize=9)
        place.margins(x=0.2)
        place.tick_params(axis="x", labelsize=7)
    places[0].invert_yaxis()
    figure.suptitle(f"{title}: 250 ms a call (dark) and 50 ms a call (light)", fontsize=10)
    _save(figure, f"compare-{name}")


def _label(value: float) -> str:
    return f" {value:,.0f}" if value >= 100 else f" {value:.3g}"


def draw_budgets(measured: dict[str, float], to_reach: dict[str, float]) -> None:
    """Draws each budget's measured value as a multiple of what is to be reached."""
    names = [name for name in to_reach if name in measured]
    ratios = [measured[name] / to_reach[name] for name in names]
    figure, place = plt.subplots(figsize=(9, 0.32 * len(names) + 1))
    colours = [_OURS[0] if ratio <= 1 else "#b8722c" for ratio in ratios]
    drawn = place.barh(names, ratios, color=colours)
    texts = [f" {measured[name]:g} of {to_reach[name]:g}" for name in names]
    place.bar_label(drawn, texts, fontsize=7)
    place.axvline(1, color="#888888", linewidth=0.8, zorder=0)
    place.set_xscale("log", base=2)
    place.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    place.margins(x=0.15)
    place.tick_params(labelsize=8)
    place.invert_yaxis()
    place.set_title("Measured, to what is to be reached (1: reached)", fontsize=10)
    _save(figure, "budgets")


def _save(figure: plt.Figure, name: str) -> None:
    # Neither a date nor random ids: the same figures give the same file.
    figure.savefig(IMAGES / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Draws all plots."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"})
    given: dict[str, dict[str, float]] = json.load(sys.stdin)
    for measure in MEASURES:
        draw_compare(given["compare"], measure)
    draw_budgets(given["budgets"], given["to_reach"])


if __name__ == "__main__":
    main()
