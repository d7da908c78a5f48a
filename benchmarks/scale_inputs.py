"""What the model of scale starts from: read where it stands, so that nothing stands twice.

Measured figures are those of ``benchmarks/results`` and of the table in docs/operations.md that a
test holds; settings and their defaults those of docs/settings.md, ``host.json`` and ``infra``.
"""

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.figures import Figures, load
from benchmarks.scale import Habits, Measured, Model, Setup, Work, mean
from sync.people.side_by_side import AT_ONCE
from sync.people.subscriptions import LENGTH, RENEW_BEFORE
from sync.people.sweep import SHARDS

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "tests" / "ports" / "storage" / "released" / "1.1.json"
#: Milliseconds that a call takes, of the two at which durations were measured.
LATENCY = 250

HABITS = Habits(
    changes_a_day=20,
    from_booking=0.5,
    booking_mix={
        "Appointment booked": 0.35,
        "Appointment moved": 0.25,
        "Appointment cancelled": 0.15,
        "Appointment saved as it was": 0.25,
    },
    outlook_mix={
        "Meeting made": 0.35,
        "Meeting moved": 0.25,
        "Meeting deleted": 0.15,
        "Meeting recoloured": 0.15,
        "event dragged": 0.1,
    },
    working_days=22,
    days=30,
    peak_share=0.15,
    posts_a_change=3,
    post_seconds=0.1,
    call_seconds=LATENCY / 1_000,
    mails_a_month=2,
    mail_megabytes=0.05,
    account_people=10,
    account_requests=4,
    account_calls=2,
    items_a_month=20 * 0.35 * 22,
    id_characters=400,
    cpu_used=0.7,
    host_bytes=1_200,
)


def model() -> Model:
    """Gives the model of what was measured and is set by default."""
    return Model(habits=HABITS, measured=_measured(), setup=_setup())


def _measured() -> Measured:
    budgets, weights = load("budgets"), _weights()
    sample = json.loads(SAMPLE.read_text())["rows"]["ledger"]
    activity = next(row for row in sample if row["RowKey"].startswith("act-"))
    week = next(row for row in sample if row["RowKey"].startswith("links-"))
    return Measured(
        look=_work(
            budgets,
            "job that finds nothing",
            seconds=f"idle round at {LATENCY} ms a call, product: s",
            calls=_calls("Appointment saved as it was"),
            weight=weights["a look without changes"],
        ),
        change=_work(
            budgets,
            "change with its echo",
            seconds=f"one change at {LATENCY} ms a call, product: s",
            calls={side: _mean_calls(side) for side in ("graph", "booking")},
            weight=weights["a change"],
        ),
        sweep_log_bytes=weights["a sweep"][0],
        sweep_trace_bytes=weights["a sweep"][1],
        activity_characters=len(json.dumps(activity)),
        link_characters=len(week["Text0"]) / len(json.loads(week["Text0"])),
        instance_log_bytes=float(
            _find(r"at most ([\d.]+) GB a month for an instance", "operations")
        )
        * 10**9,
    )


def _work(
    budgets: Figures, name: str, *, seconds: str, calls: Figures, weight: tuple[float, float]
) -> Work:
    return Work(
        requests=budgets[f"{name}: storage requests"],
        cpu=budgets[f"{name}: CPU ms"] / 1_000,
        seconds=load("compare")[seconds],
        graph=calls["graph"],
        booking=calls["booking"],
        log_bytes=weight[0],
        trace_bytes=weight[1],
    )


def _calls(act: str) -> Figures:
    figures = load("calls")
    return {side: figures[f"{act}: {side}"] for side in ("graph", "booking")}


def _mean_calls(side: str) -> float:
    booking = mean(HABITS.booking_mix, {act: _calls(act)[side] for act in HABITS.booking_mix})
    outlook = mean(HABITS.outlook_mix, {act: _calls(act)[side] for act in HABITS.outlook_mix})
    return HABITS.from_booking * booking + (1 - HABITS.from_booking) * outlook


def _weights() -> dict[str, tuple[float, float]]:
    """Reads the table of kilobytes, which a test measures anew."""
    row = re.compile(r"^\| (a .+?) \| ([\d.]+) kB \| ([\d.]+) kB \|$", re.MULTILINE)
    return {
        name: (float(lines) * 1_000, float(traces) * 1_000)
        for name, lines, traces in row.findall(_page("operations"))
    }


def _setup() -> Setup:
    host: dict[str, Any] = json.loads((ROOT / "host.json").read_text())
    queues = host["extensions"]["queues"]
    function = (ROOT / "infra" / "app" / "function.bicep").read_text()
    return Setup(
        max_age=float(_default("SYNC_MAX_AGE_SECONDS")),
        sweep_every=_seconds_of(_default("SWEEP_SCHEDULE")),
        renewal_every=_seconds_of(_default("RENEWAL_SCHEDULE")),
        renewed_every=(LENGTH - RENEW_BEFORE).total_seconds(),
        shards=SHARDS,
        side_by_side=AT_ONCE,
        job_limit=_seconds(host["functionTimeout"]),
        traces_kept=float(_default("TRACES_KEPT_PERCENT")) / 100,
        jobs_at_once=queues["batchSize"] + queues["newBatchThreshold"],
        posts_at_once=float(_group(r"http: \{ perInstanceConcurrency: (\d+) \}", function)),
        poll_seconds=_seconds(queues["maxPollingInterval"]),
        memory_gb=float(_group(r"instanceMemoryMB: (\d+)", function)) / 1_024,
        instances=float(_find(r"\| `MAXIMUM_INSTANCE_COUNT` \|.*?\| `(\d+)` \|", "operations")),
    )


def _default(name: str) -> str:
    return _find(rf"^\| `{name}` \| .+? \| `([^`]+)` \|", "settings")


def _seconds_of(schedule: str) -> float:
    """Gives the seconds between two rounds of a timer that comes every so many minutes.

    Raises:
        ValueError: It comes otherwise.
    """
    return 60 * float(_group(r"^0 \*/(\d+) \* \* \* \*$", schedule))


def _seconds(span: str) -> float:
    """Reads ``hh:mm:ss``."""
    hours, minutes, seconds = map(float, span.split(":"))
    return 3_600 * hours + 60 * minutes + seconds


def _page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def _find(pattern: str, page: str) -> str:
    return _group(pattern, _page(page))


def _group(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise ValueError(f"nothing fits {pattern}")
    return found[1]
