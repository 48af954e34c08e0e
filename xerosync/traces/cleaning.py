"""What of a span leaves the process: its name, times, place in the trace, and a few attributes that name nobody.

Temporal's interceptor records exceptions with their messages and ids of workflows. Messages may quote what people
wrote, and the id of a customer's workflow is the customer's; so what leaves is listed here, and all else stays.
"""

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status

WORKFLOW_ID = "temporalWorkflowID"

LEAVES = frozenset(
    {"temporalRunID", "temporalActivityID", "http.response.status_code", "error.type", "items", "provider", "system"}
)
"""Attributes that leave as they are."""

NAMED_BY_ACCOUNT = ("invoice-sync/", "account-sweep/", "backfill/", "backfill-preview/", "bulk/", "reconcile/")
"""Workflows whose ids name an account or a document. Those of customers are not among them."""


class CleaningExporter(SpanExporter):
    """Hands spans on, cleaned."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand on what of the spans may leave."""
        return self._inner.export([cleaned(span) for span in spans])

    def shutdown(self) -> None:
        """End the exporter within."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Let the exporter within send what it keeps; `timeout_millis` is how long that may take."""
        return self._inner.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """Return a span with nothing in it but what may leave. Of an exception its class is left."""
    attributes = {key: value for key, value in (span.attributes or {}).items() if key in LEAVES}
    workflow_id = str((span.attributes or {}).get(WORKFLOW_ID, ""))
    if workflow_id.startswith(NAMED_BY_ACCOUNT):
        attributes[WORKFLOW_ID] = workflow_id
    for event in span.events:
        if error := (event.attributes or {}).get("exception.type"):
            attributes["error.type"] = str(error)
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
