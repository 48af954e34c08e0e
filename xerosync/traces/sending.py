"""Sends spans to a collector, by OTLP over HTTP.

OpenTelemetry's own variables are kept to: OTEL_EXPORTER_OTLP_HEADERS for a key, OTEL_EXPORTER_OTLP_CERTIFICATE for an
authority of one's own.
"""

import logging
from collections.abc import Callable, Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from xerosync.core.clock import seconds

PATH = "/v1/traces"

SEND_SECONDS = 5
"""How long sending may take, tries again among it; also the last time of a process that ends."""

SAY_EVERY_SECONDS = 3600
"""How often it is said that a collector takes no spans, while it does not."""

log = structlog.get_logger()


class CollectorExporter(SpanExporter):
    """Sends to the collector at a URL, and says in one sentence that it does not take what is sent."""

    def __init__(self, url: str, clock: Callable[[], float] = seconds) -> None:
        self.address = url if url.endswith(PATH) else url + PATH
        # It would say so itself, at every try.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        self._inner = OTLPSpanExporter(endpoint=self.address, timeout=SEND_SECONDS)
        self._clock = clock
        self._said_at: float | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans. What the collector does not take is lost."""
        result = self._inner.export(spans)
        if result is SpanExportResult.SUCCESS:
            if self._said_at is not None:
                log.info("traces are taken again", url=self.address)
            self._said_at = None
        elif self._said_at is None or self._clock() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = self._clock()
            log.warning(
                "traces are lost: the collector does not take them; start it, or correct XEROSYNC_TRACES_URL",
                url=self.address,
            )
        return result

    def shutdown(self) -> None:
        """Send nothing more."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Keep nothing back; what was exported is sent."""
        return self._inner.force_flush(timeout_millis)
