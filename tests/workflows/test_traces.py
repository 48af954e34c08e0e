"""Whose trace an activity belongs to where several signals led to it, and how it is found from the others' traces."""

import asyncio
from datetime import timedelta

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.workflows.house import House
from xerosync.traces import spans
from xerosync.traces.recording import recording

QUEUE = "traced"
JOINED = "work, one for several signals"


class Work:
    """Work that goes on until it may end."""

    def __init__(self) -> None:
        self.began: asyncio.Queue[int] = asyncio.Queue()
        self.may_end = asyncio.Event()

    @activity.defn(name="work")
    async def do(self) -> None:
        self.began.put_nowait(1)
        await self.may_end.wait()


@workflow.defn
class Waiting:
    """Works once for all the signals that came until then; `note` leads to nothing."""

    def __init__(self) -> None:
        self._is_asked = False
        self._noted = 0
        self._is_over = False

    @workflow.signal
    def go(self) -> None:
        self._is_asked = True

    @workflow.signal
    def note(self) -> None:
        self._noted += 1

    @workflow.signal
    def end(self) -> None:
        self._is_over = True

    @workflow.query
    def noted(self) -> int:
        return self._noted

    @workflow.run
    async def run(self) -> None:
        while not self._is_over:
            await workflow.wait_condition(lambda: self._is_asked or self._is_over)
            if self._is_asked:
                self._is_asked = False
                await workflow.execute_activity("work", start_to_close_timeout=timedelta(minutes=5))


async def test_the_signals_that_an_activity_serves_besides_the_last_one_name_it_from_their_own_traces(
    house: House,
) -> None:
    exporter, work = InMemorySpanExporter(), Work()
    async with recording(exporter) as interceptors:
        client = Client(
            house.client.service_client, data_converter=house.client.data_converter, interceptors=interceptors
        )
        handle = await client.start_workflow("Waiting", id="waiting", task_queue=QUEUE)

        async def signal(name: str, cause: str) -> None:
            with spans.span(cause, after=()):
                await handle.signal(name)

        await signal("go", "first")
        await signal("go", "second")
        async with Worker(
            client,
            task_queue=QUEUE,
            workflows=[Waiting],
            activities=[work.do],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            # The second comes in one workflow task with the first, the third and fourth while an activity runs.
            await work.began.get()
            await signal("go", "third")
            await signal("go", "fourth")
            work.may_end.set()
            await work.began.get()
            # This one leads to nothing, and the next one comes later.
            await signal("note", "fifth")
            while not await handle.query("noted", result_type=int):
                await asyncio.sleep(0.02)
            work.may_end.clear()
            await signal("go", "sixth")
            await work.began.get()
            work.may_end.set()
            await signal("end", "seventh")
            await handle.result()
    found = exporter.get_finished_spans()
    causes = {trace_of(span): span.name for span in found if span.parent is None}
    begun = [span for span in found if span.name == "StartActivity:work"]
    assert [causes[trace_of(span)] for span in begun] == ["second", "fourth", "sixth"]
    joined = [span for span in found if span.name == JOINED]
    assert [causes[trace_of(span)] for span in joined] == ["first", "third"]
    named = [[(link.context.trace_id, link.context.span_id) for link in span.links] for span in joined]
    assert named == [[(trace_of(span), span.context.span_id)] for span in begun[:2] if span.context]


def trace_of(span: ReadableSpan) -> int:
    assert span.context
    return span.context.trace_id
