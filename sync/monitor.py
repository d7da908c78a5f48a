"""Where logs, numbers and traces go on Azure: Application Insights, and what of them goes there.

Its libraries take a second to import, so only whoever exports imports this. The providers are
ours alone: set as OpenTelemetry's global ones, or made by the functions worker, they would also
export what libraries tell of their calls, with addresses and the tokens of change feeds (R7.3).
"""

import logging
import traceback
from collections import defaultdict
from typing import override

from azure.monitor.opentelemetry.exporter import (
    AzureMonitorLogExporter,
    AzureMonitorMetricExporter,
    AzureMonitorTraceExporter,
)
from opentelemetry.context import Context
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sync import telemetry

#: Spans of one story that wait for its end; what comes after them is told where it fails.
MOST = 1_000
_OURS = ("sync", "notifications")
#: What exports lines must not make new ones by it.
_EXPORTERS = ("azure", "opentelemetry")
_IDS = 1 << 64


def export_to(connection_string: str, *, kept: float) -> None:
    """Has all of it exported; called once in a process. The identity is the environment's.

    Args:
        connection_string: Of Application Insights.
        kept: The share of stories without a failure that is exported, 0 to 1.
    """
    resource = Resource.create({"service.name": telemetry.NAME})
    tracers = TracerProvider(resource=resource)
    to_spans = AzureMonitorTraceExporter(
        connection_string=connection_string, tracer_provider=tracers
    )
    tracers.add_span_processor(Stories(BatchSpanProcessor(to_spans), kept))
    to_numbers = AzureMonitorMetricExporter(connection_string=connection_string)
    meters = MeterProvider([PeriodicExportingMetricReader(to_numbers)], resource=resource)
    lines = LoggerProvider(resource=resource)
    to_lines = AzureMonitorLogExporter(connection_string=connection_string)
    lines.add_log_record_processor(BatchLogRecordProcessor(to_lines))
    telemetry.use(tracers, meters)
    logging.getLogger().addHandler(Lines(logger_provider=lines))


class Stories(SpanProcessor):
    """Passes a story's spans on when its first one ends: if one of them failed, or by its share.

    A story is what happens in this process under one span whose parent, if it has one, lies
    elsewhere. The share goes by the trace's id, so that of a trace all stories are kept or none,
    but for those that fail. A process that dies takes the story under way with it.

    Args:
        behind: Takes the spans.
        kept: The share of stories without a failure that is passed on, 0 to 1.
    """

    def __init__(self, behind: SpanProcessor, kept: float) -> None:
        self._behind = behind
        self._kept = kept
        self._first: dict[int, int] = {}
        self._ended: defaultdict[int, list[ReadableSpan]] = defaultdict(list)

    @override
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        above = span.parent
        own = span.get_span_context().span_id
        is_first = above is None or above.is_remote
        self._first[own] = own if is_first or above is None else self._first.get(above.span_id, own)

    @override
    def on_end(self, span: ReadableSpan) -> None:
        own = span.get_span_context()
        if own is None:
            return
        first = self._first.pop(own.span_id, own.span_id)
        if len(self._ended[first]) < MOST or not span.status.is_ok:
            self._ended[first].append(span)
        # What was given up may end after the story: it is one of its own.
        if first in self._first:
            return
        story = self._ended.pop(first)
        is_drawn = own.trace_id % _IDS < self._kept * _IDS
        if is_drawn or not all(each.status.is_ok for each in story):
            for each in story:
                self._behind.on_end(each)

    @override
    def shutdown(self) -> None:
        self._behind.shutdown()

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._behind.force_flush(timeout_millis)


class Lines(LoggingHandler):
    """Exports log lines as ``exported`` has them."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        line = exported(record)
        if line is not None:
            super().emit(line)


def exported(record: logging.LogRecord) -> logging.LogRecord | None:
    """Gives what of a log line leaves the process; ``None`` where nothing does.

    Our own lines, with the place of an error and without its message; of a library only that it
    warned, and where. What libraries say, and the messages of errors, may quote what they were
    given.
    """
    if record.name.partition(".")[0] in _OURS:
        if not record.exc_info:
            return record
        line = logging.makeLogRecord(vars(record) | {"exc_info": None, "exc_text": None})
    elif record.levelno < logging.WARNING or record.name.startswith(_EXPORTERS):
        return None
    else:
        line = logging.LogRecord(
            record.name, record.levelno, record.pathname, record.lineno, "library.warned", (), None
        )
        line.logger = record.name
        line.place = f"{record.module}:{record.lineno}"
    kind, _, place = record.exc_info or (None, None, None)
    if kind is not None:
        line.error = kind.__name__
        line.stack = "".join(traceback.format_tb(place))
    return line
