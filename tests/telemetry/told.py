"""What is told to operators, taken down in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    InMemoryMetricReader,
    NumberDataPoint,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sync import telemetry
from sync.monitor import Stories


class Told:
    """What was told so far."""

    def __init__(self, kept: float) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        tracers = TracerProvider()
        self.stories = Stories(SimpleSpanProcessor(self._spans), kept)
        tracers.add_span_processor(self.stories)
        telemetry.use(tracers, MeterProvider([self._reader]))

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """The spans that were passed on, by name."""
        return {each.name: each for each in self._spans.get_finished_spans()}

    def numbers(self, name: str) -> Counter[tuple[str, ...]]:
        """Gives a number's sums, by the words beside it in their order."""
        sums: Counter[tuple[str, ...]] = Counter()
        for metric, words, value in self.points():
            if metric == name:
                sums[tuple(words.values())] += value
        return sums

    def points(self) -> list[tuple[str, dict[str, str], int]]:
        """Gives every number: its name, the words beside it, its sum."""
        data = self._reader.get_metrics_data()
        return [
            (
                metric.name,
                {name: str(word) for name, word in (point.attributes or {}).items()},
                int(point.sum if isinstance(point, HistogramDataPoint) else point.value),
            )
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
            if isinstance(point, HistogramDataPoint | NumberDataPoint)
        ]


@contextmanager
def taken_down(kept: float = 1.0) -> Iterator[Told]:
    """Takes down what is told until the block ends; ``kept`` is the share of quiet stories."""
    try:
        yield Told(kept)
    finally:
        telemetry.use_nothing()
