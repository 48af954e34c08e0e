"""A collector of traces, as OpenTelemetry's protocol has it (OTLP over HTTP), that keeps what it is sent."""

import contextlib
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector:
    """What was sent: as it came, and span by span."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list[bytes])

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def traces_with(self, name: str) -> list[list[Span]]:
        """Return the traces in which a span has this name, each with all of its spans."""
        spans = self.spans()
        ids = dict.fromkeys(span.trace_id for span in spans if span.name == name)
        return [[span for span in spans if span.trace_id == trace_id] for trace_id in ids]


def way_to(name: str, trace: Iterable[Span]) -> list[str]:
    """Return the names of the spans from the root of a trace down to the first of this name."""
    spans = {span.span_id: span for span in trace}
    at = next((span for span in spans.values() if span.name == name), None)
    way: list[str] = []
    while at:
        way.insert(0, at.name)
        at = spans.get(at.parent_span_id)
    return way


@contextlib.contextmanager
def collecting() -> Generator[Collector]:
    """Serve a collector on loopback while the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces":
                collector.bodies.append(body)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
