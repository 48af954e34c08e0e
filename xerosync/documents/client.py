"""The document workflows and sweeps in Temporal, as the rest of the product starts and signals them."""

from collections.abc import Sequence
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowHandle,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from xerosync.core.account_workflows import listed_by, start_workflow
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError, XerosyncError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.temporal import (
    ACCOUNT_SWEEP,
    BULK_PRIORITY,
    DOCUMENT_KIND,
    INVOICE_SYNC,
    LIVE_PRIORITY,
    NO_ANSWER,
    SEQUENCE_ACCOUNT,
    TASK_QUEUE,
    XERO_SYNC_STATE,
    TemporalUnavailableError,
)
from xerosync.documents.messages import Release, SweepInput, SweepResult, SyncInput, SyncState
from xerosync.documents.ports import Workflows
from xerosync.documents.views import XeroView

_SIGNALS_AT_ONCE = 20
_LONGEST_NAME = 150
"""Bytes of a document's name in a summary: Temporal takes 400 in all, and a codec adds to them."""


async def release(workflows: Workflows, refs: Sequence[DocumentRef], reason: HoldReason) -> None:
    """Signal to documents that what held them is fixed."""

    async def one(ref: DocumentRef) -> None:
        await workflows.signal(ref, "release", Release(reason=reason))

    await some_at_once(one, refs, _SIGNALS_AT_ONCE)


def document_workflow_id(ref: DocumentRef) -> str:
    """Return the workflow id of a document: part of the contract with the billing system."""
    return f"invoice-sync/{ref.account_id}/{ref.kind}/{ref.document_id}"


def sweep_id(account_id: str) -> str:
    """Return the id of an account's sweep: of its Schedule and, with Temporal's suffix, of its workflows."""
    return f"account-sweep/{account_id}"


def initial_search_attributes(ref: DocumentRef) -> TypedSearchAttributes:
    """Return what is known of a document before anything was read: set at start, it costs no event."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(XERO_SYNC_STATE, SyncState.PENDING.value),
            SearchAttributePair(DOCUMENT_KIND, ref.kind.value),
            SearchAttributePair(SEQUENCE_ACCOUNT, ref.account_id),
        ]
    )


def _summary(ref: DocumentRef, number: str | None) -> str:
    """Say in a line what a workflow is about, no longer than Temporal takes."""
    named = f"{ref.kind.words} {' '.join(number.split())}" if number else str(ref)
    return f"Keep {named.encode()[:_LONGEST_NAME].decode(errors='ignore')} in step with Xero"


class DocumentWorkflows:
    """The document workflows as others reach them: started by signals, informed of changes, released."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def handle(self, ref: DocumentRef) -> WorkflowHandle[object, object]:
        """Return the handle of a document's newest run."""
        return self._client.get_workflow_handle(document_workflow_id(ref))

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None, *, number: str | None = None
    ) -> None:
        """Signal a document's workflow, starting it where none runs: none can be lost, none need be first.

        `name` is `finalized`, `sent`, `voided` or `amended`, without payload; `changed_in_xero` with the view;
        `release` with what to release. A `number` that is known is in the summary of a workflow that this starts.

        Raises:
            TemporalUnavailableError: Temporal does not answer.
        """
        try:
            await self._client.start_workflow(
                INVOICE_SYNC,
                SyncInput(**ref.model_dump()),
                id=document_workflow_id(ref),
                task_queue=TASK_QUEUE,
                start_signal=name,
                start_signal_args=[payload] if payload else [],
                search_attributes=initial_search_attributes(ref),
                static_summary=_summary(ref, number),
            )
        except NO_ANSWER as error:
            raise TemporalUnavailableError(f"Temporal did not take the signal {name} for {ref}: {error}") from error

    async def start(self, ref: DocumentRef, number: str | None = None, *, listed_after: str | None = None) -> None:
        """Start a document's workflow in the bulk lane, unless one runs. `number` as in `signal`.

        `listed_after` is the cursor of Sequence's list behind which it stands.

        Raises:
            TemporalUnavailableError: Temporal does not answer.
        """
        try:
            await self._client.start_workflow(
                INVOICE_SYNC,
                SyncInput(**ref.model_dump(), lane=Lane.BULK, listed_after=listed_after),
                id=document_workflow_id(ref),
                task_queue=TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=initial_search_attributes(ref),
                static_summary=_summary(ref, number),
                priority=BULK_PRIORITY,
            )
        except NO_ANSWER as error:
            raise TemporalUnavailableError(f"Temporal did not start the workflow of {ref}: {error}") from error


async def keep_sweeping(client: Client, account_id: str, every: timedelta) -> None:
    """Make sure that an account's sweep runs `every` so often: create its Schedule, or set its interval."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            ACCOUNT_SWEEP,
            SweepInput(account_id=account_id),
            id=sweep_id(account_id),
            task_queue=TASK_QUEUE,
            typed_search_attributes=listed_by(account_id),
            static_summary=_sweep_summary(account_id),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)], jitter=every / 10),
        # SKIP: a sweep that outlasts the interval is not doubled.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
    )
    try:
        await client.create_schedule(sweep_id(account_id), schedule)
    except ScheduleAlreadyRunningError:

        def update(current: ScheduleUpdateInput) -> ScheduleUpdate:
            current.description.schedule.spec = schedule.spec
            return ScheduleUpdate(schedule=current.description.schedule)

        try:
            await client.get_schedule_handle(sweep_id(account_id)).update(update)
        except NO_ANSWER as error:
            raise TemporalUnavailableError(f"Temporal did not set the sweep of {account_id}: {error}.") from error
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not take the sweep of {account_id}: {error}.") from error


async def sweep_now(client: Client, account_id: str) -> None:
    """Trigger an account's sweep at once; behind one that runs already, at most one more waits.

    Raises:
        MisconfiguredError: the account has no sweep.
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.get_schedule_handle(sweep_id(account_id)).trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)
    except NO_ANSWER as error:
        raise _of_schedule(error, account_id) from error


def announced_sweep_id(account_id: str) -> str:
    """Return the id of the sweep of what only Temporal could keep."""
    return f"{sweep_id(account_id)}/announced"


async def sweep_announced(client: Client, account_id: str) -> None:
    """Sweep an account at once for what Xero's webhook announced and no store could keep. The last one is enough.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    await start_workflow(
        client,
        ACCOUNT_SWEEP,
        SweepInput(account_id=account_id, is_announced=True),
        account_id=account_id,
        workflow_id=announced_sweep_id(account_id),
        summary=_sweep_summary(account_id),
        # One that runs may have begun to read before this was announced.
        if_one_runs=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        priority=LIVE_PRIORITY,
    )


async def sweep_runs(client: Client, account_id: str) -> Sequence[WorkflowHandle[object, SweepResult]]:
    """Return the last sweeps of an account, the oldest first, those that run among them. Raises like `sweep_now`."""
    try:
        described = await client.get_schedule_handle(sweep_id(account_id)).describe()
    except NO_ANSWER as error:
        raise _of_schedule(error, account_id) from error
    started = [recent.action for recent in described.info.recent_actions]
    return [
        # By its run: two sweeps that begin within a second have one id.
        client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id, result_type=SweepResult)
        for action in started
        if isinstance(action, ScheduleActionExecutionStartWorkflow)
    ]


def _sweep_summary(account_id: str) -> str:
    return f"Sweep account {account_id}"


def _of_schedule(error: RPCError | RuntimeError, account_id: str) -> XerosyncError:
    if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
        return MisconfiguredError(
            f"Account {account_id} has no sweep yet: `starter.py connect` makes it, and so does a worker that starts."
        )
    return TemporalUnavailableError(f"Temporal did not take the sweep of {account_id}: {error}.")
