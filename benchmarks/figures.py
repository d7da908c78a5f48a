"""What a benchmark found: named figures, kept as JSON, compared with those kept before."""

import json
from pathlib import Path

RESULTS = Path(__file__).parent / "results"

type Figures = dict[str, float]


def load(name: str) -> Figures:
    """Gives the stored figures of a benchmark; empty where there are none."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def save(name: str, figures: Figures) -> None:
    """Stores figures in the place of older ones."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")


def show(name: str, figures: Figures, to_reach: Figures) -> str:
    """Gives a table of figures, with what is to be reached and was stored before beside them."""
    before = load(name)
    width = max(map(len, figures), default=0)
    lines = [name]
    for key, value in figures.items():
        line = f"  {key:{width}}  {value:>10g}"
        if key in to_reach:
            line += f"   to reach {to_reach[key]:g}"
        if key in before:
            line += f"   stored {before[key]:g}"
            if before[key]:
                line += f" ({value / before[key]:.2f} times)"
        lines.append(line)
    return "\n".join(lines)


def median(values: list[float]) -> float:
    """Gives the middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def percentile(values: list[float], part: float) -> float:
    """Gives the value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * part / 100))]
