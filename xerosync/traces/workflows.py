"""Carries a trace through Temporal, by Temporal's own interceptor: signal, workflow, activity.

Temporal's knows one trace a workflow, that of its start. A document lives for months, so here what a workflow does
belongs to the trace of the signal that came last: one trace a cause. Where several signals lead to one activity, each
of the others gets a span in its own trace that names the activity's. And what an activity starts or signals (a sweep,
a backfill) begins a trace of its own that names the activity's: else a backfill of 10,000 documents were one trace.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.propagators.textmap import CarrierValT
from opentelemetry.trace import Link, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    WorkflowHandle,
)
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.converter import DefaultPayloadConverter
from temporalio.worker import (
    ContinueAsNewInput,
    HandleSignalInput,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

PROPAGATOR = TraceContextTextMapPropagator()
"""Two ids and a flag. Temporal's own would carry baggage too, which may hold anything."""

_Carrier = dict[str, CarrierValT]
"""A place in a trace, as Temporal's interceptor hands it on."""

_MOST_SIGNALS = 20
"""How many signals before the last one are remembered while an activity runs."""


@contextmanager
def _within(carrier: _Carrier | None) -> Generator[None]:
    """Let what the block records belong to this place in a trace, if there is one."""
    if not carrier:
        yield
        return
    token = contexts.attach(PROPAGATOR.extract(carrier, contexts.get_current()))
    try:
        yield
    finally:
        contexts.detach(token)


class TraceHeaders(DefaultPayloadConverter):
    """Reads what came as the header of a trace. What can't be read is no trace: no document may wait for that."""

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type[Any]] | None = None) -> list[Any]:
        """Return each header as texts by name, an empty one for what is something else."""
        try:
            found = super().from_payloads(payloads, type_hints)
        except Exception:  # noqa: BLE001 - whoever signals may write anything there
            found = [None] * len(payloads)
        return [_texts(each) for each in found]


def _texts(header: object) -> dict[str, str]:
    if not isinstance(header, dict):
        return {}
    return {key: value for key, value in header.items() if isinstance(key, str) and isinstance(value, str)}


class WorkflowTraces(TracingInterceptor):
    """For Temporal's client; a worker of that client has it by itself."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__(tracer)
        self.text_map_propagator = PROPAGATOR
        self.payload_converter = TraceHeaders()

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - Temporal's name
        """Put both interceptors around the client's calls."""
        return _OwnTraces(super().intercept_client(next), self.tracer)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's name
    ) -> type[TracingWorkflowInboundInterceptor]:
        """Return what goes around each workflow."""
        super().workflow_interceptor_class(input)
        return _CauseOfWorkflow


class _OwnTraces(OutboundInterceptor):
    """Begins a trace for whatever an activity starts or signals."""

    def __init__(self, inner: OutboundInterceptor, tracer: Tracer) -> None:
        super().__init__(inner)
        self._tracer = tracer

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - Temporal's
        with self._trace(input.start_signal or input.workflow):
            return await super().start_workflow(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:  # noqa: A002 - Temporal's
        with self._trace(input.signal):
            await super().signal_workflow(input)

    @contextmanager
    def _trace(self, what: str) -> Generator[None]:
        if not activity.in_activity():
            yield
            return
        by = trace.get_current_span().get_span_context()
        name = f"{activity.info().activity_type} asks for {what}"
        with self._tracer.start_as_current_span(name, contexts.Context(), links=[Link(by)] if by.is_valid else None):
            yield


class _CauseOfWorkflow(TracingWorkflowInboundInterceptor):
    """Knows under which trace a workflow acts: that of the signal it got last, at first that of its start.

    `_waiting` are the traces of the signals for which no activity was begun yet, that of the last one included.
    """

    def __init__(self, next: WorkflowInboundInterceptor) -> None:  # noqa: A002 - Temporal's name
        super().__init__(_Acts(next, self))
        self.text_map_propagator = PROPAGATOR
        self.payload_converter = TraceHeaders()
        self._waiting: list[_Carrier] = []
        self._heard_at = 0
        self._activity: ActivityHandle[Any] | None = None

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - Temporal's name
        carrier = self._carrier_in(input.headers)
        if carrier:
            # Temporal's "context of the workflow", from which also the main run's acts are taken below.
            self._workflow_context_carrier = carrier
            self._remember(carrier)
        with self._top_level_workflow_context(success_is_complete=False):
            self._completed_span(f"HandleSignal:{input.signal}", kind=SpanKind.SERVER)
            await self.next.handle_signal(input)

    @contextmanager
    def acting(self) -> Generator[None]:
        """Let what the block starts belong to the cause."""
        with _within(self._load_workflow_context_carrier()):
            yield

    def begun(self, activity: ActivityHandle[Any], name: str, headers: Mapping[str, Payload]) -> None:
        """Name the span of an activity that was begun in the traces of the other signals that led to it."""
        self._activity = activity
        others, self._waiting = self._waiting[:-1], []
        span = self._carrier_in(headers)
        for each in others if span else ():
            with _within(each):
                self._completed_span(f"{name}, one for several signals", link_context_carrier=span)

    def _remember(self, carrier: _Carrier) -> None:
        """Remember a signal, and forget those before it that led to nothing: no activity ran, and none was begun."""
        is_later = workflow.time_ns() != self._heard_at  # time stands still within a workflow task
        if is_later and (self._activity is None or self._activity.done()):
            self._waiting.clear()
        self._heard_at = workflow.time_ns()
        self._waiting = [*self._waiting[-_MOST_SIGNALS:], carrier]

    def _carrier_in(self, headers: Mapping[str, Payload]) -> _Carrier | None:
        header = headers.get(self.header_key)
        return self.payload_converter.from_payloads([header])[0] if header else None


class _Acts(WorkflowInboundInterceptor):
    """Puts the cause around what a workflow starts, before Temporal's interceptor looks at it."""

    def __init__(self, inner: WorkflowInboundInterceptor, cause: _CauseOfWorkflow) -> None:
        super().__init__(inner)
        self._cause = cause

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_ActsOutbound(outbound, self._cause))


class _ActsOutbound(WorkflowOutboundInterceptor):
    def __init__(self, inner: WorkflowOutboundInterceptor, cause: _CauseOfWorkflow) -> None:
        super().__init__(inner)
        self._cause = cause

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        with self._cause.acting():
            started = super().start_activity(input)
        self._cause.begun(started, input.activity, input.headers)
        return started

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:  # noqa: A002 - Temporal's name
        with self._cause.acting():
            super().continue_as_new(input)
