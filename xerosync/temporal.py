"""Everything named in Temporal: task queue, ids, search attributes, retry policies, timeouts; and connecting to it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
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
    Priority,
    RetryPolicy,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from xerosync.model.backfill import BackfillInput, BackfillProgress
from xerosync.model.budget import Lane
from xerosync.model.documents import DocumentRef
from xerosync.model.errors import MisconfiguredError, RetryLaterError, XerosyncError
from xerosync.model.messages import Release, SweepInput, SweepResult, SyncInput, SyncState, XeroView

TASK_QUEUE = "xerosync"

INVOICE_SYNC = "InvoiceSyncWorkflow"
SENT_SWEEP = "SentSweepWorkflow"
BACKFILL = "BackfillWorkflow"
RECONCILE = "ReconcileWorkflow"
CUSTOMER_IMPORT = "CustomerImportWorkflow"
CUSTOMER_PUSH = "CustomerPushWorkflow"

XERO_SYNC_STATE = SearchAttributeKey.for_keyword("XeroSyncState")
XERO_HOLD = SearchAttributeKey.for_keyword("XeroHold")
DOCUMENT_KIND = SearchAttributeKey.for_keyword("DocumentKind")
DOCUMENT_NUMBER = SearchAttributeKey.for_keyword("DocumentNumber")
SEQUENCE_ACCOUNT = SearchAttributeKey.for_keyword("SequenceAccount")
SEQUENCE_CUSTOMER = SearchAttributeKey.for_keyword("SequenceCustomer")

SEARCH_ATTRIBUTES: Mapping[str, str] = {
    key.name: "Keyword"
    for key in (XERO_SYNC_STATE, XERO_HOLD, DOCUMENT_KIND, DOCUMENT_NUMBER, SEQUENCE_ACCOUNT, SEQUENCE_CUSTOMER)
}
"""Name and type of each search attribute, as the server must have them."""

FIRST_RETRY, LAST_RETRY = timedelta(seconds=2), timedelta(minutes=10)
"""The waits before the first and the latest retries; each between them is twice as long as the one before."""

ACTIVITY_RETRY = RetryPolicy(initial_interval=FIRST_RETRY, backoff_coefficient=2, maximum_interval=LAST_RETRY)
"""No limit of attempts: the error decides whether to try again, not the count."""

ACTIVITY_TIMEOUT = timedelta(minutes=5)
"""Start to close of one attempt; it may spend under a minute waiting for budget."""

HEARTBEAT_TIMEOUT = timedelta(seconds=15)
"""How soon the work of a killed worker moves on."""

SWEEP_TIMEOUT = timedelta(minutes=30)

IMPORT_TIMEOUT = timedelta(minutes=30)
"""Start to close of one page of an import: 1,000 customers take a minute at Sequence's limit, if nobody else asks."""

LIVE_PRIORITY = Priority(priority_key=3)
"""Temporal's own default, said out loud: what was started as bulk work has it from when somebody waits for it."""

BULK_PRIORITY = Priority(priority_key=5)
"""Bulk work lets everything else go first; activities inherit it from their workflow."""


def document_workflow_id(ref: DocumentRef) -> str:
    """Return the workflow id of a document: part of the contract with the billing system."""
    return f"invoice-sync/{ref.account_id}/{ref.kind}/{ref.document_id}"


def sweep_id(account_id: str) -> str:
    """Return the id of an account's sweep: of its Schedule and, with Temporal's suffix, of its workflows."""
    return f"sent-sweep/{account_id}"


def backfill_id(account_id: str) -> str:
    """Return the id of an account's backfill: one at a time."""
    return f"backfill/{account_id}"


def customer_import_id(account_id: str) -> str:
    """Return the id of an account's import of customers: one at a time."""
    return f"customer-import/{account_id}"


def customer_push_id(account_id: str, customer_id: str) -> str:
    """Return the id of a customer's push: part of the contract with the billing system."""
    return f"customer-push/{account_id}/{customer_id}"


class TemporalUnavailableError(RetryLaterError):
    """Temporal does not answer."""


async def connect(*, lazy: bool = False, **overrides: str) -> Client:
    """Connect to Temporal as the `TEMPORAL_…` variables say, `overrides` (target_host, namespace) before them.

    A `lazy` client connects when it is first used: RuntimeError tells then that Temporal does not answer.

    Raises:
        MisconfiguredError: a `TEMPORAL_…` variable is wrong, or there is no such namespace.
        TemporalUnavailableError: Temporal does not answer there.
    """
    try:
        configured = ClientConfig.load_client_connect_config()
    except (RuntimeError, OSError) as error:
        raise MisconfiguredError(f"Correct the TEMPORAL_… variables or Temporal's file of profiles: {error}.") from None
    config = {"target_host": "127.0.0.1:7233", **configured, **overrides}
    try:
        client = await Client.connect(**config, data_converter=pydantic_data_converter, lazy=lazy)  # pyright: ignore[reportArgumentType] - keys come from envconfig
        if lazy:
            return client
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except (RuntimeError, RPCError) as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            raise MisconfiguredError(
                f"Temporal has no namespace {config.get('namespace')}: correct TEMPORAL_NAMESPACE, or create it with "
                f"`temporal operator namespace create --namespace {config.get('namespace')}`."
            ) from None
        raise TemporalUnavailableError(
            f"Temporal does not answer at {config['target_host']}: start it, or correct TEMPORAL_ADDRESS (and "
            "TEMPORAL_TLS and its like, if it wants those)."
        ) from error
    return client


async def check_search_attributes(client: Client) -> None:
    """Fail with one sentence where the namespace lacks a search attribute.

    Raises:
        MisconfiguredError: names what is missing and the command that adds it.
    """
    from temporalio.api.enums.v1 import IndexedValueType  # noqa: PLC0415 - protobuf modules are slow to load
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest  # noqa: PLC0415

    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    missing = [name for name in SEARCH_ATTRIBUTES if answer.custom_attributes.get(name) != keyword]
    if missing:
        commands = " ".join(f"--name {name} --type Keyword" for name in missing)
        raise MisconfiguredError(
            f"Temporal lacks the search attributes {', '.join(missing)}: "
            f"run `temporal operator search-attribute create {commands}`."
        )


def initial_search_attributes(ref: DocumentRef) -> TypedSearchAttributes:
    """Return what is known of a document before anything was read: set at start, it costs no event."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(XERO_SYNC_STATE, SyncState.PENDING.value),
            SearchAttributePair(DOCUMENT_KIND, ref.kind.value),
            SearchAttributePair(SEQUENCE_ACCOUNT, ref.account_id),
        ]
    )


class DocumentWorkflows:
    """The document workflows as others reach them: started by signals, told of changes, released."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def handle(self, ref: DocumentRef) -> WorkflowHandle[object, object]:
        """Return the handle of a document's newest run."""
        return self._client.get_workflow_handle(document_workflow_id(ref))

    async def signal(self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None) -> None:
        """Signal a document's workflow, starting it where none runs: none can be lost, none need be first.

        `name` is `finalized`, `sent`, `voided` or `amended`, without payload; `changed_in_xero` with the view;
        `release` with what to release.

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
                static_summary=f"Keep {ref} in step with Xero",
            )
        except RPCError as error:
            raise TemporalUnavailableError(f"Temporal did not take the signal {name} for {ref}: {error}") from error

    async def start(self, ref: DocumentRef) -> None:
        """Start a document's workflow in the bulk lane, unless one runs.

        Raises:
            TemporalUnavailableError: Temporal does not answer.
        """
        try:
            await self._client.start_workflow(
                INVOICE_SYNC,
                SyncInput(**ref.model_dump(), lane=Lane.BULK),
                id=document_workflow_id(ref),
                task_queue=TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=initial_search_attributes(ref),
                static_summary=f"Keep {ref} in step with Xero",
                priority=BULK_PRIORITY,
            )
        except RPCError as error:
            raise TemporalUnavailableError(f"Temporal did not start the workflow of {ref}: {error}") from error


async def start_backfill(client: Client, start: BackfillInput) -> WorkflowHandle[object, BackfillProgress]:
    """Start an account's backfill, or return the one that runs.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        return await client.start_workflow(
            BACKFILL,
            start,
            id=backfill_id(start.account_id),
            task_queue=TASK_QUEUE,
            result_type=BackfillProgress,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=TypedSearchAttributes([SearchAttributePair(SEQUENCE_ACCOUNT, start.account_id)]),
            static_summary=f"Backfill account {start.account_id}",
            priority=BULK_PRIORITY,
        )
    except RPCError as error:
        raise TemporalUnavailableError(f"Temporal did not start the backfill: {error}") from error


async def keep_sweeping(client: Client, account_id: str, every: timedelta) -> None:
    """Make sure that an account's sweep runs `every` so often: create its Schedule, or set its interval."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            SENT_SWEEP,
            SweepInput(account_id=account_id),
            id=sweep_id(account_id),
            task_queue=TASK_QUEUE,
            typed_search_attributes=TypedSearchAttributes([SearchAttributePair(SEQUENCE_ACCOUNT, account_id)]),
            static_summary=f"Sweep Xero for account {account_id}",
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
        except RPCError as error:
            raise TemporalUnavailableError(f"Temporal did not set the sweep of {account_id}: {error}.") from error
    except RPCError as error:
        raise TemporalUnavailableError(f"Temporal did not take the sweep of {account_id}: {error}.") from error


async def pause_schedule(client: Client, schedule_id: str, why: str) -> None:
    """Let a Schedule rest, if there is one of that id; a worker that starts leaves it so.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.get_schedule_handle(schedule_id).pause(note=why)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise TemporalUnavailableError(f"Temporal did not pause the Schedule {schedule_id}: {error}.") from error


async def resume_schedule(client: Client, schedule_id: str, why: str) -> None:
    """Let a Schedule run again.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.get_schedule_handle(schedule_id).unpause(note=why)
    except RPCError as error:
        raise TemporalUnavailableError(f"Temporal did not resume the Schedule {schedule_id}: {error}.") from error


async def sweep_now(client: Client, account_id: str) -> None:
    """Trigger an account's sweep at once; behind one that runs already, at most one more waits.

    Raises:
        MisconfiguredError: the account has no sweep.
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.get_schedule_handle(sweep_id(account_id)).trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)
    except RPCError as error:
        raise _of_schedule(error, account_id) from error


async def sweep_runs(client: Client, account_id: str) -> Sequence[WorkflowHandle[object, SweepResult]]:
    """Return the last sweeps of an account, the oldest first, those that run among them. Raises like `sweep_now`."""
    try:
        described = await client.get_schedule_handle(sweep_id(account_id)).describe()
    except RPCError as error:
        raise _of_schedule(error, account_id) from error
    started = [recent.action for recent in described.info.recent_actions]
    return [
        # By its run: two sweeps that begin within a second have one id.
        client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id, result_type=SweepResult)
        for action in started
        if isinstance(action, ScheduleActionExecutionStartWorkflow)
    ]


def _of_schedule(error: RPCError, account_id: str) -> XerosyncError:
    if error.status is RPCStatusCode.NOT_FOUND:
        return MisconfiguredError(
            f"Account {account_id} has no sweep yet: `starter.py connect` makes it, and so does a worker that starts."
        )
    return TemporalUnavailableError(f"Temporal did not take the sweep of {account_id}: {error}.")
