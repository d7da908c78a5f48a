"""Cold starts: importing the functions, the first request, and reading Graph's pages."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx

from benchmarks.figures import Figures, median
from simulators.host.process import ROOT
from tests.e2e.product import open_product

RUNS = 5
EVENTS = (10, 500)
_EXAMPLE = ROOT / "local.settings.example.json"

_OURS = """
from sync.outside.graph.reading import Pages
import json
def read(page):
    pages = Pages()
    pages.add(json.loads(page))
    return pages.round({}, None)
"""
_MODELS = """
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.users.item.calendar_view.delta.delta_get_response import DeltaGetResponse
def read(page):
    node = JsonParseNodeFactory().get_root_parse_node("application/json", page)
    return node.get_object_value(DeltaGetResponse.create_from_discriminator_value(node))
"""
_TIMED = """
import sys
from pathlib import Path
from time import perf_counter
began = perf_counter()
{code}
imported = perf_counter()
read(Path(sys.argv[1]).read_bytes())
first = perf_counter()
read(Path(sys.argv[2]).read_bytes())
print(imported - began, first - imported, perf_counter() - first)
"""


def run() -> Figures:
    """Measures; medians of some fresh processes, in milliseconds."""
    figures: Figures = {}
    with TemporaryDirectory() as folder:
        figures |= _imports(Path(folder))
        figures |= _pages(Path(folder))
    return figures | asyncio.run(_requests())


def _imports(folder: Path) -> Figures:
    bare = median([_process("pass", {}) for _ in range(RUNS)])
    warm = median([_process("import function_app", {}) for _ in range(RUNS)])
    whole = "import function_app, sync.bootstrap"
    app = median([_process(whole, {}) for _ in range(RUNS)])
    # An empty cache that may not be written to: a package that was shipped without __pycache__.
    without = {"PYTHONPYCACHEPREFIX": str(folder / "none"), "PYTHONDONTWRITEBYTECODE": "1"}
    cold = median([_process("import function_app", without) for _ in range(RUNS)])
    all_cold = _process(whole, without)
    return {
        "import function_app: ms": _ms(warm - bare),
        "import function_app without __pycache__: ms": _ms(cold - bare),
        "import of everything: ms": _ms(app - bare),
        "import of everything without __pycache__: ms": _ms(all_cold - bare),
    }


def _process(code: str, settings: dict[str, str]) -> float:
    environment = os.environ | json.loads(_EXAMPLE.read_text())["Values"] | settings
    if "PYTHONDONTWRITEBYTECODE" not in settings:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)  # noqa: S603
    return perf_counter() - began


def _pages(folder: Path) -> Figures:
    small, large = (folder / f"{count}.json" for count in EVENTS)
    for path, count in zip((small, large), EVENTS, strict=True):
        path.write_text(json.dumps({"value": [_event(number) for number in range(count)]}))
    figures: Figures = {}
    for name, code in (("our reading", _OURS), ("the SDK's models", _MODELS)):
        times = [_timed(code, small, large) for _ in range(RUNS)]
        imported, first, later = (median([one[n] for one in times]) for n in range(3))
        figures[f"{name}: import, ms"] = _ms(imported)
        figures[f"{name}: first page of {EVENTS[0]} events, ms"] = _ms(first)
        figures[f"{name}: page of {EVENTS[1]} events, ms"] = _ms(later)
    return figures


def _timed(code: str, small: Path, large: Path) -> tuple[float, ...]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", _TIMED.format(code=code), str(small), str(large)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(float(part) for part in done.stdout.split())


async def _requests() -> Figures:
    """Times a host that starts: until it listens, its first and its second page."""
    with TemporaryDirectory() as folder:
        async with open_product(Path(folder)) as product:
            starts: list[float] = []
            firsts: list[float] = []
            seconds: list[float] = []
            for _ in range(RUNS):
                await product.functions.kill()
                began = perf_counter()
                await product.functions.start()
                starts.append(perf_counter() - began)
                # After a log-out the page is shown at once, without a look at the provider.
                client = httpx.AsyncClient(
                    base_url=product.run.base_url, timeout=30, cookies={"connectup_ask": "1"}
                )
                async with client:
                    for times in (firsts, seconds):
                        began = perf_counter()
                        (await client.get("/connect")).raise_for_status()
                        times.append(perf_counter() - began)
    return {
        "host: start until it listens, ms": _ms(median(starts)),
        "host: first page, ms": _ms(median(firsts)),
        "host: second page, ms": _ms(median(seconds)),
    }


def _event(number: int) -> dict[str, object]:
    text = f"Agenda of meeting {number}. " * 20
    moment = f"2026-12-{1 + number % 28:02}T{number % 24:02}"
    return {
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": f'W/"k{number}"',
        "id": f"AAMkAGI{number:06}=",
        "createdDateTime": "2026-11-20T08:00:00Z",
        "subject": f"Meeting {number}",
        "bodyPreview": text[:255],
        "body": {"contentType": "text", "content": text},
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "showAs": "busy",
        "type": "singleInstance",
        "seriesMasterId": None,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "attendees": [
            {
                "type": "required",
                "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
                "emailAddress": {"name": f"Guest {guest}", "address": f"g{guest}@example.com"},
            }
            for guest in range(3)
        ],
        "start": {"dateTime": f"{moment}:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": f"{moment}:30:00.0000000", "timeZone": "UTC"},
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
