"""Temporal without a server: workflows activated in this process, activities run as tasks of a worker that may die."""

import asyncio
import contextvars
import copy
import dataclasses
import inspect
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MethodType
from typing import Any

from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.failure.v1 import Failure
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.common import (
    MetricMeter,
    Priority,
    SearchAttributes,
    TypedSearchAttributes,
    _CompositeEvent,  # pyright: ignore[reportPrivateUsage] - as its worker does
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
)

from tests.simulation.scheduler import WORKER, SeededLoop
from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import INVOICE_SYNC, TASK_QUEUE
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import Release, SyncInput
from xerosync.documents.views import XeroView

_RESTART = 15.0
"""Seconds after which a dead worker's activities run again: their heartbeat timeout."""

_MOST_STEPS = 200
"""Attempts of one document within an hour beyond which it goes round in circles: each costs calls."""

_FIRST_RETRY = timedelta(seconds=2)


_ANY_ACTIVITY = dataclasses.replace(ActivityEnvironment.default_info(), heartbeat_timeout=timedelta(seconds=_RESTART))
_NEVER = _CompositeEvent(thread_event=threading.Event(), async_event=asyncio.Event())
"""Workers of a run are killed; none is asked to stop."""


class _Innermost(ActivityInboundInterceptor):
    def __init__(self) -> None:
        """End the chain of interceptors."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        return await input.fn(*input.args)


@dataclass
class _Run:
    id: str
    type: str
    instance: WorkflowInstance
    jobs: list[WorkflowActivationJob] = field(default_factory=list[WorkflowActivationJob])
    events: int = 0
    is_open: bool = True


@dataclass
class _Task:
    """An activity that was scheduled and has not ended."""

    run: _Run
    seq: int
    name: str
    arguments: Sequence[Payload]
    began: datetime
    attempt: int = 1
    heartbeat: Sequence[Any] = ()
    is_running: bool = False


class Server:
    """Runs workflows by id; `log` takes a line for each thing that happens, and what more it tells."""

    def __init__(
        self,
        loop: SeededLoop,
        workflows: Sequence[type],
        now: Callable[[], datetime],
        log: Callable[[str, object], None],
    ) -> None:
        self._loop, self._now, self._log = loop, now, log
        self._definitions = {d.name: d for each in workflows if (d := workflow._Definition.must_from_class(each))}
        self._converter = pydantic_data_converter.payload_converter
        self._failures = DefaultFailureConverter()
        self._open: dict[str, _Run] = {}
        self._tasks: dict[tuple[int, int], _Task] = {}
        self._context = contextvars.copy_context()
        self._activities: dict[str, MethodType] = {}
        self._boundary: Interceptor | None = None
        self._attempts: Counter[str] = Counter()
        self._attempts_in: datetime | None = None
        self._worker = 0
        self._runs = 0
        self.on_attempt: Callable[[], None] | None = None
        """Called as an attempt at an activity begins."""

        self.failed: list[str] = []
        """What ended in failure, or could not be activated: there should be nothing."""

    @property
    def open(self) -> Collection[str]:
        """Ids of workflows that run."""
        return self._open.keys()

    @property
    def is_busy(self) -> bool:
        """Whether an activity runs or waits for its next attempt, or a workflow has something to take in."""
        return bool(self._tasks) or any(run.jobs for run in self._open.values())

    def start_worker(self, boundary: Interceptor, *groups: object) -> None:
        """Let a new worker, with all activities among the methods of each group, take over what is open."""
        self._worker += 1
        self._boundary = boundary
        self._activities = {
            name: getattr(group, name)
            for group in groups
            for name, function in inspect.getmembers_static(type(group), inspect.isfunction)
            if hasattr(function, "__temporal_activity_definition")
        }

    def kill_worker(self) -> None:
        """Kill the worker at whatever await each of its activities is; the next one takes them up again later."""
        self._log(f"worker {self._worker} dies with {len(self._tasks)} activities", "")
        self._loop.kill(self._worker)
        for task in self._tasks.values():
            # What waits for its next attempt waits in Temporal.
            if task.is_running:
                self._again(_RESTART, task)

    def signal(self, workflow_id: str, kind: str, start: Any, name: str, *payloads: Any) -> None:
        """Signal a workflow, starting it where none runs."""
        run = self._open.get(workflow_id) or self.start(workflow_id, kind, start)
        job = WorkflowActivationJob()
        job.signal_workflow.signal_name = name
        job.signal_workflow.originating_event_id = run.events + 1
        job.signal_workflow.input.extend(self._converter.to_payloads(payloads))
        self._log(f"signal {name} to {workflow_id}", "")
        self._deliver(run, job)

    def start(self, workflow_id: str, kind: str, start: Any) -> _Run:
        """Start a workflow."""
        return self._start(workflow_id, kind, self._converter.to_payloads([start]))

    def _start(self, workflow_id: str, kind: str, arguments: Sequence[Payload]) -> _Run:
        self._runs += 1
        info = _info(workflow_id, kind, f"run-{self._runs}", self._now())
        details = WorkflowInstanceDetails(
            payload_converter_factory=pydantic_data_converter._new_payload_converter,  # pyright: ignore[reportPrivateUsage] - as its worker does
            failure_converter_class=DefaultFailureConverter,
            interceptor_classes=[],
            defn=self._definitions[kind],
            info=info,
            randomness_seed=self._runs,
            extern_functions={},
            disable_eager_activity_execution=True,
            worker_level_failure_exception_types=[],
            patch_activation_callback=None,
            last_completion_result=Payloads(),
            last_failure=None,
        )
        run = _Run(workflow_id, kind, UnsandboxedWorkflowRunner().create_instance(details))
        self._open[workflow_id] = run
        job = WorkflowActivationJob()
        job.initialize_workflow.workflow_type = kind
        job.initialize_workflow.workflow_id = workflow_id
        job.initialize_workflow.arguments.extend(arguments)
        self._deliver(run, job)
        return run

    def _deliver(self, run: _Run, job: WorkflowActivationJob) -> None:
        run.jobs.append(job)
        # Not in the sender's context: what was accepted comes, whoever dies.
        self._loop.call_soon(self._activate, run, context=self._context.copy())

    def _activate(self, run: _Run) -> None:
        if not run.jobs or not run.is_open:
            return
        activation = WorkflowActivation(run_id=run.instance.get_info().run_id, history_length=run.events)
        activation.timestamp.FromDatetime(self._now())
        activation.jobs.extend(run.jobs)
        run.events += 3 + len(run.jobs)
        run.jobs.clear()
        try:
            completion = run.instance.activate(activation)
        finally:
            # The workflow's own loop leaves none behind.
            asyncio._set_running_loop(self._loop)
        if completion.HasField("failed"):
            self.failed.append(f"{run.id}: {completion.failed.failure.message}")
            self._close(run)
        for command in completion.successful.commands:
            self._obey(run, command)

    def _obey(self, run: _Run, command: Any) -> None:
        match command.WhichOneof("variant"):
            case "schedule_activity":
                asked = command.schedule_activity
                task = _Task(run, asked.seq, asked.activity_type, list(asked.arguments), self._now())
                self._tasks[id(run), task.seq] = task
                self._later(0, task)
            case "complete_workflow_execution":
                self._log(f"settled {run.id}", "")
                self._close(run)
            case "continue_as_new_workflow_execution":
                self._close(run)
                self._start(run.id, run.type, command.continue_as_new_workflow_execution.arguments)
            case "fail_workflow_execution":
                self.failed.append(f"{run.id}: {command.fail_workflow_execution.failure.message}")
                self._close(run)
            case "start_timer":
                job = WorkflowActivationJob()
                job.fire_timer.seq = command.start_timer.seq
                wait = command.start_timer.start_to_fire_timeout.ToTimedelta().total_seconds()
                self._loop.call_later(wait, self._deliver, run, job, context=self._context.copy())
            case _:
                # Search attributes are the instance's own; an activity that is abandoned ends by itself.
                pass

    def _close(self, run: _Run) -> None:
        run.is_open = False
        self._open.pop(run.id, None)
        for key in [key for key in self._tasks if key[0] == id(run)]:
            del self._tasks[key]

    def _later(self, wait: float, task: _Task) -> None:
        self._loop.call_later(wait, self._begin, task, task.attempt, context=self._context.copy())

    def _begin(self, task: _Task, attempt: int) -> None:
        if (id(task.run), task.seq) not in self._tasks or task.attempt != attempt:
            return
        context = self._context.copy()
        context.run(WORKER.set, self._worker)
        task.is_running = True
        self._loop.create_task(self._attempt(task), context=context)

    def _again(self, wait: float, task: _Task) -> None:
        """Try it once more after so many seconds."""
        task.attempt += 1
        task.is_running = False
        self._later(wait, task)

    def _count_attempt(self, task: _Task) -> None:
        if task.run.type != INVOICE_SYNC:
            return
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        if self._attempts_in != hour:
            self._attempts_in = hour
            self._attempts.clear()
        self._attempts[task.run.id] += 1
        if self._attempts[task.run.id] == _MOST_STEPS:
            self.failed.append(f"{task.run.id} goes round in circles: {_MOST_STEPS} steps within an hour")

    def _enter(self, task: _Task) -> None:
        """Make an attempt known to what runs in its context, as a worker does."""
        info = copy.copy(_ANY_ACTIVITY)
        # Not by `dataclasses.replace`, which passes on each of its thirty fields.
        vars(info).update(
            activity_type=task.name,
            attempt=task.attempt,
            scheduled_time=task.began,
            started_time=self._now(),
            heartbeat_details=tuple(task.heartbeat),
            workflow_id=task.run.id,
        )

        def beat(*details: Any) -> None:
            task.heartbeat = details

        context = activity._Context(  # pyright: ignore[reportPrivateUsage] - as its worker does
            info=lambda: info,
            heartbeat=beat,
            cancelled_event=_NEVER,
            worker_shutdown_event=_NEVER,
            shield_thread_cancel_exception=None,
            payload_converter_class_or_instance=self._converter,
            runtime_metric_meter=MetricMeter.noop,
            client=None,
            cancellation_details=activity._ActivityCancellationDetailsHolder(),  # pyright: ignore[reportPrivateUsage] - as its worker does
        )
        activity._Context.set(context)  # pyright: ignore[reportPrivateUsage] - as its worker does

    async def _attempt(self, task: _Task) -> None:
        self._count_attempt(task)
        if self.on_attempt:
            self.on_attempt()
        boundary, function = self._boundary, self._activities[task.name]
        assert boundary is not None, "no worker was started"
        self._enter(task)
        given = self._converter.from_payloads(task.arguments, _hints(type(function.__self__), task.name))
        inbound = boundary.intercept_activity(_Innermost())  # type: ignore[call-arg]
        asked = ExecuteActivityInput(fn=function, args=given, executor=None, headers={})
        job = WorkflowActivationJob()
        resolved = job.resolve_activity
        resolved.seq = task.seq
        try:
            result = await inbound.execute_activity(asked)
        except ApplicationError as error:
            self._log(f"{task.name} of {task.run.id}: {error.type}", error)
            if not error.non_retryable:
                self._again((error.next_retry_delay or _FIRST_RETRY).total_seconds(), task)
                return
            failure = Failure(message="Activity task failed")
            failure.activity_failure_info.activity_type.name = task.name
            self._failures.to_failure(error, self._converter, failure.cause)
            resolved.result.failed.failure.CopyFrom(failure)
        else:
            self._log(f"{task.name} of {task.run.id}", result)
            resolved.result.completed.result.CopyFrom(self._converter.to_payload(result))
        if self._tasks.pop((id(task.run), task.seq), None):
            self._deliver(task.run, job)


@dataclass(frozen=True)
class ServerWorkflows:
    """The port through which the product signals documents, to this server."""

    server: Server

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None, *, number: str | None = None
    ) -> None:
        """Signal a document's workflow, starting it where none runs."""
        del number
        await asyncio.sleep(0)
        self.deliver(ref, name, payload)

    def deliver(self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None) -> None:
        """Signal it now."""
        start = SyncInput(account_id=ref.account_id, kind=ref.kind, document_id=ref.document_id)
        given = () if payload is None else (payload,)
        self.server.signal(document_workflow_id(ref), INVOICE_SYNC, start, name, *given)


@lru_cache
def _hints(group: type, name: str) -> list[Any]:
    """Return what an activity's arguments are to be decoded as."""
    _, *parameters = inspect.signature(getattr(group, name), eval_str=True).parameters.values()
    return [each.annotation for each in parameters]


def _info(workflow_id: str, kind: str, run_id: str, now: datetime) -> workflow.Info:
    none: SearchAttributes = {}
    return workflow.Info(
        attempt=1,
        continued_run_id=None,
        cron_schedule=None,
        execution_timeout=None,
        first_execution_run_id=run_id,
        headers={},
        namespace="simulation",
        original_execution_run_id=run_id,
        parent=None,
        root=None,
        priority=Priority(),
        raw_memo={},
        retry_policy=None,
        run_id=run_id,
        run_timeout=None,
        search_attributes=none,
        start_time=now.astimezone(UTC),
        workflow_start_time=now.astimezone(UTC),
        task_queue=TASK_QUEUE,
        task_timeout=timedelta(seconds=10),
        typed_search_attributes=TypedSearchAttributes([]),
        workflow_id=workflow_id,
        workflow_type=kind,
    )
