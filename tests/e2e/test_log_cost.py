"""What logs, numbers and traces weigh: the figures of docs/operations.md, measured anew."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest

from tests.e2e.ingestion import Ingestion
from tests.e2e.product import Product, eventually, meeting, open_synced, tomorrow

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
TIMES = 4
#: What a figure may differ from the page's before it has to be written anew.
ABOUT = 0.25


@pytest.fixture(scope="module")
def product(exporting: Product) -> Product:
    return exporting


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Bytes as they are exported; ``sweep`` is what the sixteen parts weigh without anybody."""

    lines: int
    spans: int
    sweep_lines: int
    sweep_spans: int

    @classmethod
    def of(cls, ingestion: Ingestion) -> Self:
        lines, spans = ingestion.envelopes("Message"), ingestion.envelopes("RemoteDependency")
        return cls(
            lines=_weigh(lines),
            spans=_weigh(spans),
            sweep_lines=_weigh([e for e in lines if _said(e, "message") == "sweep.shard_finished"]),
            sweep_spans=_weigh([e for e in spans if _said(e, "name") == "account job"]),
        )


def _said(envelope: dict[str, Any], name: str) -> str:
    return str(envelope["data"]["baseData"][name])


def _weigh(envelopes: list[dict[str, Any]]) -> int:
    return sum(len(json.dumps(each)) for each in envelopes)


async def exported(product: Product, ingestion: Ingestion) -> Weight:
    """Weighs what was exported so far; what waits goes as the functions end."""
    await product.functions.stop()
    await product.functions.start()
    return Weight.of(ingestion)


async def change(product: Product, staff: str, subject: str, start: datetime) -> None:
    """Makes a Meeting and waits for its Reserve, and for all that follows."""
    product.run.graph.acts.create(f"{staff[3:]}@practice.example", meeting(subject, start))
    await eventually(lambda: product.reserve(staff, subject))
    await product.quiet()


def on_the_page() -> dict[str, list[float]]:
    """Reads the table of kilobytes."""
    row = re.compile(r"^\| (a .+?) \| ([\d.]+) kB \| ([\d.]+) kB \|$", re.MULTILINE)
    return {name: [float(lines), float(spans)] for name, lines, spans in row.findall(PAGE)}


async def test_a_change_a_look_and_a_sweep_weigh_what_the_page_says(
    product: Product, ingestion: Ingestion
) -> None:
    staff = product.hire("Iris")
    async with open_synced(product, staff):
        begun = await exported(product, ingestion)
        for number in range(TIMES):
            await change(product, staff, f"Number {number}", tomorrow(9 + number))
        changed = await exported(product, ingestion)
        for _ in range(TIMES):
            await product.sweep()
        swept = await exported(product, ingestion)

    lines, spans = swept.lines - changed.lines, swept.spans - changed.spans
    part_lines = swept.sweep_lines - changed.sweep_lines
    part_spans = swept.sweep_spans - changed.sweep_spans
    measured = {
        "a change": [changed.lines - begun.lines, changed.spans - begun.spans],
        "a look without changes": [lines - part_lines, spans - part_spans],
        "a sweep": [part_lines, part_spans],
    }
    found = {name: [each / TIMES / 1_000 for each in both] for name, both in measured.items()}
    assert found == {
        name: pytest.approx(figures, rel=ABOUT) for name, figures in on_the_page().items()
    }
