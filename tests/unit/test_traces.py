"""Traces: nothing while off; what is recorded names nobody; what a call does for several is found from each."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from tests.unit.batching import CONNECTION, Wire, commit
from xerosync.core.errors import MisconfiguredError
from xerosync.core.rate_limits import Lane
from xerosync.metrics.counts import System
from xerosync.traces import sending, spans
from xerosync.traces.http import TracedClient
from xerosync.traces.opening import open_traces
from xerosync.traces.recording import recording
from xerosync.xero.calls.group_commit import Item

ROOT = Path(__file__).parents[2]


class Recorded:
    """What was recorded, once recording ended."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.name == name]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def trace_of(span: ReadableSpan) -> int:
    assert span.context
    return span.context.trace_id


async def test_off_is_nothing(recorded: Recorded) -> None:
    async with open_traces(None) as interceptors:
        assert interceptors == ()
        with spans.span("work", after=["00-1-1-01"], items=1) as span:
            span.note("items", 2)
            span.link(None)
            assert (spans.traceparent(), spans.trace_id()) == (None, None)
        assert spans.span("work") is spans.span("other work")
    assert not recorded.exporter.get_finished_spans()


def test_off_loads_nothing_of_opentelemetry() -> None:
    code = (
        "import sys, worker, starter, xerosync.web.serve\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'requests'))])"
    )
    done = subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_missing_packages_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "xerosync.traces.sending", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(MisconfiguredError, match=r"XEROSYNC_TRACES_URL needs packages that are not installed"):
        async with open_traces("http://127.0.0.1:1"):
            pass


async def test_what_people_wrote_stays(recorded: Recorded) -> None:
    with pytest.raises(ValueError, match="Ada"):  # noqa: PT012 - the span must see it pass
        async with recording(recorded.exporter):
            with spans.span("work", items=3, person="Ada Lovelace", temporalWorkflowID="customer-push/a/customer-1"):
                raise ValueError("Ada Lovelace owes 12.50")
    [span] = recorded.named("work")
    assert span.attributes == {"items": 3, "error.type": "ValueError"}
    assert not span.status.is_ok
    assert (span.status.description, span.events) == (None, ())
    assert "Ada" not in span.to_json()


async def test_the_workflow_of_a_document_is_named(recorded: Recorded) -> None:
    async with recording(recorded.exporter):
        with spans.span("work", temporalWorkflowID="invoice-sync/a/invoice/1"):
            pass
    assert recorded.named("work")[0].attributes == {"temporalWorkflowID": "invoice-sync/a/invoice/1"}


async def test_a_call_for_three_is_in_the_first_ones_trace_and_found_from_the_others(recorded: Recorded) -> None:
    wire = Wire()
    wire.gate.clear()
    batches = commit(wire)

    async def one(key: str) -> None:
        with spans.span(f"step {key}", after=()):
            await batches.submit(CONNECTION, Item(key, b""), Lane.LIVE)

    async with recording(recorded.exporter):
        before = asyncio.create_task(one("before"))
        await wire.called(1)
        tasks = [asyncio.create_task(one(key)) for key in "abc"]
        await asyncio.sleep(0)
        wire.gate.set()
        await asyncio.gather(before, *tasks)
    assert wire.calls == [["before"], ["a", "b", "c"]]
    alone, together = sorted(recorded.named("echo"), key=lambda span: span.start_time or 0)
    steps = {key: recorded.named(f"step {key}")[0] for key in ("before", *"abc")}
    # Not in the trace of the call before, whose end began this one.
    assert (trace_of(alone), trace_of(together)) == (trace_of(steps["before"]), trace_of(steps["a"]))
    assert (together.attributes or {})["items"] == 3
    assert [link.context.trace_id for link in together.links] == [trace_of(steps["b"]), trace_of(steps["c"])]
    waiting = {trace_of(span): span for span in recorded.named("echo, one of a call")}
    for key in "bc":
        [link] = waiting[trace_of(steps[key])].links
        assert together.context
        assert (link.context.trace_id, link.context.span_id) == (together.context.trace_id, together.context.span_id)


@pytest.fixture
async def traced_client() -> AsyncIterator[TracedClient]:
    systems = {"http://xero/api.xro/2.0": System.XERO, "http://xero": System.IDENTITY}
    transport = httpx.MockTransport(lambda request: httpx.Response(404 if "Invoices" in request.url.path else 200))
    async with TracedClient(systems, transport=transport) as client:
        yield client


async def test_a_call_is_named_without_ids_and_queries(recorded: Recorded, traced_client: TracedClient) -> None:
    async with recording(recorded.exporter):
        await traced_client.get("http://xero/api.xro/2.0/Invoices/1234/History", params={"where": "Ada"})
        await traced_client.get("http://xero/connections")
        await traced_client.get("http://elsewhere/Ada")
    names = [(span.name, dict(span.attributes or {})) for span in recorded.exporter.get_finished_spans()]
    assert names == [
        ("GET Invoices/History", {"system": "xero", "http.response.status_code": 404}),
        ("GET connections", {"system": "xero_identity", "http.response.status_code": 200}),
        ("GET", {"system": "other", "http.response.status_code": 200}),
    ]


def test_a_collector_that_takes_nothing_is_said_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    now, result = [0.0], [SpanExportResult.FAILURE]
    exporter = sending.CollectorExporter("http://127.0.0.1:1", clock=lambda: now[0])
    assert exporter.address == "http://127.0.0.1:1/v1/traces"
    assert sending.CollectorExporter("http://c/v1/traces").address == "http://c/v1/traces"
    monkeypatch.setattr(exporter._inner, "export", lambda _: result[0])
    with capture_logs() as lines:
        for now[0] in (0.0, 60.0, 3599.0, 3600.0):
            exporter.export([])
        result[0] = SpanExportResult.SUCCESS
        exporter.export([])
        exporter.export([])
    assert [line["event"].partition(":")[0] for line in lines] == ["traces are lost"] * 2 + ["traces are taken again"]
