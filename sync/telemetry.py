"""What operators are told beside the log: a few numbers, and traces from a post to the write.

Nothing of a person, a calendar, an address or a token is in either (R7.3): all that is said is one
of a few words, or a number. Until ``use`` says where they go, both go nowhere and cost next to
nothing. Libraries are given no provider: what they would tell of their calls, whole addresses
among it, is never made, whichever library comes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from opentelemetry import trace
from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.trace import (
    Link,
    NoOpTracerProvider,
    Span,
    SpanKind,
    StatusCode,
    TracerProvider,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

NAME = "connect-up"
#: A job that waits longer begins a trace of its own: what is looked at again and again would
#: otherwise be one trace without an end.
ONE_STORY = 600.0
#: A message that fails so often is poisoned by the host (``maxDequeueCount`` in host.json).
LAST_TRY = 5
#: What has ended a job well; the spans of any other end are failures, and kept.
GOOD_ENDS = frozenset({"done", "busy"})

#: Seconds from a change to its write, and what is said of them; beyond is ``longer``.
_WITHIN = ((10.0, "10s"), (60.0, "1min"), (600.0, "10min"), (3_600.0, "1h"))
#: Whatever was last changed before that came into sight now, with the Window or by another choice.
_LATE_AT_MOST = 86_400.0
_OUTCOMES = ((500, "failed"), (429, "throttled"), (400, "refused"))
_carrier = TraceContextTextMapPropagator()


class Telemetry:
    """Where spans and numbers go; each number answers a question of ``docs/operations.md``."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self.tracer = tracers.get_tracer(NAME)
        meter = meters.get_meter(NAME)
        self.changes = meter.create_counter(
            "connect_up.changes", description="Changes carried over, by side and time taken"
        )
        self.jobs = meter.create_counter(
            "connect_up.jobs", description="Tries of jobs that ended, by queue, cause and end"
        )
        self.calls = meter.create_counter(
            "connect_up.calls", description="Calls of either side, by how they ended"
        )
        self.mails = meter.create_counter(
            "connect_up.mails", description="Mails by kind and what became of them"
        )
        self.subscriptions = meter.create_counter(
            "connect_up.subscriptions", description="Subscriptions that end soon, by days left"
        )
        self.held = meter.create_counter(
            "connect_up.held", description="Cancellations that are held until an answer"
        )
        self.waiting = meter.create_histogram(
            "connect_up.waiting", description="Items of one person that wait, at the end of a sync"
        )


_nowhere = Telemetry(NoOpTracerProvider(), NoOpMeterProvider())
_to = [_nowhere]


def use(tracers: TracerProvider, meters: MeterProvider) -> None:
    """Says where spans and numbers go from now on."""
    _to[:] = [Telemetry(tracers, meters)]


def use_nothing() -> None:
    """Lets spans and numbers go nowhere again."""
    _to[:] = [_nowhere]


def changed(side: str, since: datetime | None, now: datetime) -> None:
    """Counts a change that stands on ``side`` now and was made on the other at ``since``."""
    seconds = None if since is None else (now - since).total_seconds()
    if seconds is None or seconds > _LATE_AT_MOST:
        return
    within = next((name for bound, name in _WITHIN if seconds <= bound), "longer")
    _to[0].changes.add(1, {"to": side, "within": within})


def waiting(items: int) -> None:
    """Notes how many items of a person wait as their sync ends."""
    _to[0].waiting.record(items)


def held(items: int) -> None:
    """Counts cancellations about which a person is asked (R11.7)."""
    _to[0].held.add(items)


def mailed(kind: str, outcome: str) -> None:
    """Counts a mail: ``sent``, ``skipped``, ``refused`` or ``waits``."""
    _to[0].mails.add(1, {"kind": kind, "outcome": outcome})


def ends_soon(ends_at: datetime, now: datetime) -> None:
    """Counts a subscription that is to be renewed, by whole days left."""
    left = (ends_at - now).days
    _to[0].subscriptions.add(1, {"days_left": "ended" if left < 0 else str(left)})


@dataclass(slots=True)
class Job:
    """How a job goes: the cause is one of its queue's, the end a word of ``_ended``."""

    cause: str = "unread"
    outcome: str = "done"


@contextmanager
def job(queue: str, *, trace_parent: str, tries: int) -> Iterator[Job]:
    """Counts one try of a job, and makes the spans within parts of the trace that queued it.

    Args:
        queue: ``sync``, ``account`` or ``mail``.
        trace_parent: What ``carried`` gave when it was queued; may be empty.
        tries: The how-manieth it is.
    """
    going = Job()
    host = trace.get_current_span().get_span_context()
    parent = _carrier.extract({"traceparent": trace_parent}) if trace_parent else None
    links = [Link(host)] if parent is not None and host.is_valid else []
    with _to[0].tracer.start_as_current_span(
        f"{queue} job",
        context=parent,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield going
        except BaseException:
            going.outcome = "poisoned" if tries >= LAST_TRY else "again"
            raise
        finally:
            said = {"queue": queue, "cause": going.cause, "outcome": going.outcome}
            _to[0].jobs.add(1, said)
            span.set_attributes(said)
            if going.outcome not in GOOD_ENDS:
                span.set_status(StatusCode.ERROR, going.outcome)


@contextmanager
def post(side: str) -> Iterator[None]:
    """Makes the span of a post: what is queued within is part of its trace."""
    with _span(f"{side} post", SpanKind.INTERNAL) as span:
        try:
            yield
        except Exception:
            span.set_status(StatusCode.ERROR, "failed")
            raise


@dataclass(slots=True)
class Call:
    """A call under way; ``status`` is the answer's, ``None`` while there is none."""

    status: int | None = None

    @property
    def outcome(self) -> str:
        """Says in one word how it ended."""
        if self.status is None:
            return "unanswered"
        return next((name for least, name in _OUTCOMES if self.status >= least), "ok")


@contextmanager
def call(side: str, method: str) -> Iterator[Call]:
    """Counts a call of ``outlook`` or ``booking``, with a span; who calls notes the status."""
    made = Call()
    with _span(f"{side} {method}", SpanKind.CLIENT) as span:
        try:
            yield made
        finally:
            _to[0].calls.add(1, {"side": side, "outcome": made.outcome})
            span.set_attribute("status", made.status or 0)
            if made.outcome in {"failed", "unanswered"}:
                span.set_status(StatusCode.ERROR, made.outcome)


def carried(delay: float) -> str:
    """Gives what a queued message says of the trace that it belongs to; empty where to none."""
    carrier: dict[str, str] = {}
    if delay <= ONE_STORY:
        _carrier.inject(carrier)
    return carrier.get("traceparent", "")


@contextmanager
def _span(name: str, kind: SpanKind) -> Iterator[Span]:
    with _to[0].tracer.start_as_current_span(
        name, kind=kind, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span
