"""One trace from a webhook to the call to Xero, over the processes of edge and worker, as a collector gets it."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import SignalWithStartWorkflowExecutionRequest
from temporalio.client import Client

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_namespace
from tests.integration.collector import Collector, collecting, way_to
from tests.integration.office import Office
from tests.integration.program import STARTER, WORKER, run, running
from tests.patience import until
from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import INVOICE_SYNC, TASK_QUEUE
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import SyncState
from xerosync.operations.sequence_hook import register, unregister

NAME = "Mary Somerville"


@dataclass(frozen=True)
class Traced:
    """Edge and worker, in processes of their own, which send their traces to a collector."""

    office: Office
    collector: Collector
    settings: Mapping[str, str]

    async def whole(self, ref: DocumentRef, name: str) -> list[Span]:
        """Wait for the trace that names a document and has a span of this name; return all of its spans."""
        found: list[list[Span]] = []

        async def came() -> bool:
            traces = self.collector.traces_with(name)
            found[:] = [
                trace for trace in traces if ref.document_id in str(trace) and way_to(name, trace)[0] == "webhook"
            ]
            return bool(found)

        await until(came)
        return found[0]


@pytest.fixture(scope="module")
async def traced(
    whole_office: Office, embedded: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Traced]:
    with collecting() as collector:
        settings = {
            **whole_office.environment,
            "TEMPORAL_NAMESPACE": await a_namespace(embedded),
            "XEROSYNC_SWEEP_INTERVAL": "PT12H",
            "XEROSYNC_HEALTH_PORT": "0",
            "XEROSYNC_SERVE_PORT": "0",
            "XEROSYNC_TRACES_URL": collector.url,
            "XEROSYNC_LOG_FORMAT": "json",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        folder = tmp_path_factory.mktemp("traced")
        async with (
            running(folder=folder, settings=settings, script=WORKER) as worker,
            running("serve", folder=folder, settings=settings, script=STARTER) as edge,
        ):
            assert "worker started" in await worker.errors_until("worker started")
            started = await edge.errors_until("edge started")
            [url] = re.findall(r'"url": "(http://127[^"]+)", "public_url"', started)
            await register(whole_office.services, whole_office.account_id, url)
            yield Traced(whole_office, collector, settings)
            await unregister(whole_office.services, whole_office.account_id, url)


async def test_each_webhook_is_one_trace_down_to_the_call_to_xero(traced: Traced) -> None:
    office = traced.office
    ref = await office.final(await office.customer(NAME))
    await office.reach([ref], SyncState.PUSHED)
    trace = await traced.whole(ref, "PUT Invoices")
    assert way_to("HandleSignal:finalized", trace)[-2:] == [
        "SignalWithStartWorkflow:InvoiceSyncWorkflow",
        "HandleSignal:finalized",
    ]
    way = way_to("PUT Invoices", trace)
    assert way == [
        "webhook",
        "hint delivered",
        "SignalWithStartWorkflow:InvoiceSyncWorkflow",
        "StartActivity:push_document",
        "RunActivity:push_document",
        "create Invoices, one of a call",
        "create Invoices",
        "PUT Invoices",
    ]
    await office.act(ref, "send")
    await office.reach([ref], SyncState.SETTLED)
    # The workflow is still the first one's, the trace is the second's.
    trace = await traced.whole(ref, "RunActivity:apply_sent")
    assert way_to("RunActivity:apply_sent", trace) == [*way[:3], "StartActivity:apply_sent", "RunActivity:apply_sent"]
    assert not [span for span in trace if span.name == "RunActivity:push_document"]
    assert way_to("HandleSignal:sent", trace) == [*way[:3], "HandleSignal:sent"]
    assert way_to("POST Invoices", trace)[:3] == way[:3]
    await office.assert_once([ref], sent=True)


async def test_no_trace_names_a_person_or_holds_a_text_of_theirs(traced: Traced) -> None:
    office = traced.office
    customer_id = await office.customer(f"{NAME} again")
    ref = await office.final(customer_id)
    await traced.whole(ref, "PUT Invoices")
    document = await office.look(ref)
    sent = b"".join(traced.collector.bodies)
    for word in (NAME, customer_id, office.linked[customer_id], document["invoiceNumber"], "accounts@", "High Street"):
        assert word.encode() not in sent
    assert "Bearer" not in sent.decode("latin-1")


async def test_what_a_sweep_wakes_is_a_trace_of_its_own_that_names_the_sweep(traced: Traced, tmp_path: Path) -> None:
    office = traced.office
    ref = await office.final(await office.customer())
    await office.reach([ref], SyncState.PUSHED)
    link = await office.link(ref)
    assert link.xero
    sent = await office.people.xero.post(
        f"/_sandbox/Invoices/{link.xero.xero_id}/sent", params={"tenant": office.people.tenant_id}, json={}
    )
    assert sent.is_success
    swept = await run("sweep", folder=tmp_path, settings=traced.settings, script=STARTER)
    assert swept.code == 0, swept.err
    await office.reach([ref], SyncState.SETTLED)

    async def came() -> bool:
        return bool(traced.collector.traces_with(name) and traced.collector.traces_with("RunActivity:report_sent"))

    name = "sweep_xero asks for changed_in_xero"
    await until(came)
    [trace] = traced.collector.traces_with(name)
    assert way_to("RunActivity:report_sent", trace)[:2] == [name, "SignalWithStartWorkflow:InvoiceSyncWorkflow"]
    [root] = [span for span in trace if span.name == name]
    [sweep] = traced.collector.traces_with("RunActivity:sweep_xero")
    assert [link.trace_id for link in root.links] == [sweep[0].trace_id]


@pytest.mark.parametrize(
    "header",
    [
        Payload(metadata={"encoding": b"json/plain"}, data=b"\xff"),
        Payload(metadata={"encoding": b"binary/theirs"}, data=b"{}"),
        Payload(metadata={"encoding": b"json/plain"}, data=b'["traceparent"]'),
        Payload(metadata={"encoding": b"json/plain"}, data=b'{"traceparent": 1, "tracestate": "x"}'),
        Payload(metadata={"encoding": b"json/plain"}, data=b'{"traceparent": "00-1-1-1"}'),
    ],
)
async def test_what_somebody_else_writes_into_the_header_of_a_trace_holds_up_no_document(
    traced: Traced, header: Payload
) -> None:
    office, namespace = traced.office, traced.settings["TEMPORAL_NAMESPACE"]
    temporal = await Client.connect(traced.settings["TEMPORAL_ADDRESS"], namespace=namespace)
    ref = await office.final(await office.customer())
    start = SignalWithStartWorkflowExecutionRequest(
        namespace=namespace,
        workflow_id=document_workflow_id(ref),
        workflow_type=WorkflowType(name=INVOICE_SYNC),
        task_queue=TaskQueue(name=TASK_QUEUE),
        input=Payloads(payloads=await temporal.data_converter.encode([ref.model_dump()])),
        signal_name="finalized",
        header=Header(fields={"_tracer-data": header}),
        request_id=document_workflow_id(ref),
    )
    await temporal.workflow_service.signal_with_start_workflow_execution(start)
    await office.reach([ref], SyncState.PUSHED)


async def test_a_line_of_the_log_names_its_trace(traced: Traced, tmp_path: Path) -> None:
    settings = {
        **traced.office.environment,
        "XEROSYNC_TRACES_URL": "http://127.0.0.1:1",
        "XEROSYNC_HEALTH_PORT": "0",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "XEROSYNC_LOG_FORMAT": "json",
    }
    async with running(
        "serve", folder=tmp_path, settings=settings | {"XEROSYNC_SERVE_PORT": "0"}, script=STARTER
    ) as it:
        [url] = re.findall(r'"url": "(http://127[^"]+)", "public_url"', await it.errors_until("edge started"))
        answer = await traced.office.people.xero.post(f"{url}/webhooks/xero", content=b"{}")
        assert answer.status_code == 401
        refused = await it.errors_until("delivery refused")
        assert re.search(r'"trace_id": "[0-9a-f]{32}"', refused.splitlines()[-1])
        # It goes on without a collector, and says so once, in a sentence.
        lost = (await it.errors_until("traces are lost")).splitlines()[-1]
        assert "correct XEROSYNC_TRACES_URL" in lost
        assert (await traced.office.people.xero.post(f"{url}/webhooks/xero", content=b"{}")).status_code == 401
        ended = await it.stop()
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert "traces are lost" not in ended.err


async def test_an_address_that_is_none_is_one_sentence(office: Office, tmp_path: Path) -> None:
    ended = await run(folder=tmp_path, settings={**office.environment, "XEROSYNC_TRACES_URL": "here"}, script=WORKER)
    assert ended.code == 2
    assert ended.err == (
        "XEROSYNC_TRACES_URL must be an address that begins with https:// (or http:// for a stand-in), not 'here'.\n"
    )
