"""Records spans with OpenTelemetry.

Its own variables are kept to: OTEL_TRACES_SAMPLER for a share of the traces, OTEL_SERVICE_NAME and
OTEL_RESOURCE_ATTRIBUTES for names.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanContext, Tracer
from temporalio.client import Interceptor

from xerosync.traces.cleaning import CleaningExporter
from xerosync.traces.spans import Span, SpanValue, record_with
from xerosync.traces.workflows import PROPAGATOR, WorkflowTraces

SERVICE = "xerosync"


@asynccontextmanager
async def recording(exporter: SpanExporter) -> AsyncGenerator[Sequence[Interceptor]]:
    """Record spans while the block runs and give them to `exporter`, cleaned; yield what Temporal's client needs."""
    resource = Resource({"service.name": SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(CleaningExporter(exporter)))
    tracer = provider.get_tracer(SERVICE)
    record_with(_Recorder(tracer))
    try:
        yield (WorkflowTraces(tracer),)
    finally:
        record_with(None)
        await asyncio.to_thread(provider.shutdown)


class _Recorder:
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, after: Sequence[str] | None, notes: Mapping[str, SpanValue]) -> Generator[Span]:
        context, links = None, list[Link]()
        if after is not None:
            context = _context(after[0]) if after else Context()
            links = [Link(_place(each)) for each in after[1:]]
        with self._tracer.start_as_current_span(name, context, attributes=notes, links=links) as recorded:
            yield _Recorded(recorded)

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier)
        return carrier.get("traceparent")

    def trace_id(self) -> str | None:
        place = trace.get_current_span().get_span_context()
        return trace.format_trace_id(place.trace_id) if place.is_valid else None


class _Recorded:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, key: str, value: SpanValue) -> None:
        self._span.set_attribute(key, value)

    def link(self, traceparent: str | None) -> None:
        if traceparent:
            self._span.add_link(_place(traceparent))


def _context(traceparent: str) -> Context:
    return PROPAGATOR.extract({"traceparent": traceparent}, Context())


def _place(traceparent: str) -> SpanContext:
    return trace.get_current_span(_context(traceparent)).get_span_context()
