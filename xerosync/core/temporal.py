"""Everything named in Temporal: task queue, ids, search attributes, retry policies, timeouts; and connecting to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import (
    Client,
    Interceptor,
    WorkflowExecutionStatus,
)
from temporalio.common import (
    Priority,
    RetryPolicy,
    SearchAttributeKey,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.core.payload_codec import AccountCodec
from xerosync.core.plaintext import may_be_plaintext

TASK_QUEUE = "xerosync"
INVOICE_SYNC = "InvoiceSyncWorkflow"
ACCOUNT_SWEEP = "AccountSweepWorkflow"
BACKFILL = "BackfillWorkflow"
BACKFILL_PREVIEW = "BackfillPreviewWorkflow"
BULK = "BulkWorkflow"
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


class TemporalUnavailableError(RetryLaterError):
    """Temporal does not answer."""


NO_ANSWER = (RPCError, RuntimeError)
"""What Temporal's client raises without an answer: RuntimeError where it is lazy and never reached Temporal yet."""


class RunState(StrEnum):
    """How the newest run of a workflow stands.

    BROKEN_OFF: it failed, or somebody terminated it. UNKNOWN: Temporal has none; it was never started, is long over, or
    Temporal lost it.
    """

    RUNNING = "running"
    COMPLETED = "completed"
    BROKEN_OFF = "broken_off"
    UNKNOWN = "unknown"


_STATES = {
    WorkflowExecutionStatus.RUNNING: RunState.RUNNING,
    WorkflowExecutionStatus.CONTINUED_AS_NEW: RunState.RUNNING,
    WorkflowExecutionStatus.COMPLETED: RunState.COMPLETED,
}

_STATE_TIMEOUT = timedelta(seconds=5)


async def run_state(client: Client, workflow_id: str) -> RunState:
    """Return how the newest run of a workflow stands.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        described = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=_STATE_TIMEOUT)
    except NO_ANSWER as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            return RunState.UNKNOWN
        raise TemporalUnavailableError(f"Temporal does not say whether {workflow_id} runs: {error}.") from error
    return RunState.BROKEN_OFF if described.status is None else _STATES.get(described.status, RunState.BROKEN_OFF)


async def connect(
    *,
    lazy: bool = False,
    plaintext_hosts: Collection[str] = (),
    codec: AccountCodec | None = None,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    **overrides: str,
) -> Client:
    """Connect to Temporal as the `TEMPORAL_…` variables say, `overrides` (target_host, namespace) before them.

    A `lazy` client connects when it is first used: RuntimeError tells then that Temporal does not answer. Only this
    machine and `plaintext_hosts` are reached without TLS. A `codec` encrypts payloads, and reads encrypted ones.
    `runtime` is Temporal's core to use; None is the SDK's own. `interceptors` go around its calls, and around what a
    worker of it does.

    Raises:
        MisconfiguredError: a `TEMPORAL_…` variable is wrong, TLS is missing, or there is no such namespace.
        TemporalUnavailableError: Temporal does not answer there.
    """
    try:
        configured = ClientConfig.load_client_connect_config()
    except (RuntimeError, OSError) as error:
        raise MisconfiguredError(f"Correct the TEMPORAL_… variables or Temporal's file of profiles: {error}.") from None
    config = {"target_host": "127.0.0.1:7233", **configured, **overrides}
    _check_tls(config, plaintext_hosts)
    try:
        client = await Client.connect(
            **config,  # pyright: ignore[reportArgumentType] - keys come from envconfig
            data_converter=data_converter(codec),
            interceptors=interceptors,
            lazy=lazy,
            runtime=runtime,
        )
    except (RuntimeError, RPCError) as error:
        raise _unavailable(str(config["target_host"])) from error
    if not lazy:
        await check_answers(client)
    return client


async def check_answers(client: Client) -> None:
    """Fail with one sentence where Temporal does not answer, before anything is begun that needs it.

    Raises:
        MisconfiguredError: there is no such namespace.
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except NO_ANSWER as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            raise MisconfiguredError(
                f"Temporal has no namespace {client.namespace}: correct TEMPORAL_NAMESPACE, or create it with "
                f"`temporal operator namespace create --namespace {client.namespace}`."
            ) from None
        raise _unavailable(client.service_client.config.target_host) from error


def _unavailable(address: str) -> TemporalUnavailableError:
    return TemporalUnavailableError(
        f"Temporal does not answer at {address}: start it, or correct TEMPORAL_ADDRESS (and TEMPORAL_TLS and its like, "
        "if it wants those)."
    )


def data_converter(codec: AccountCodec | None) -> DataConverter:
    """Return what turns values into payloads and back. Where payloads are encrypted, so are messages of failures."""
    if codec is None or not codec.encrypts:
        return replace(pydantic_data_converter, payload_codec=codec)
    return replace(
        pydantic_data_converter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def _check_tls(config: Mapping[str, Any], plaintext_hosts: Collection[str]) -> None:
    # The client encrypts by itself where it has an API key, unless TLS is turned off.
    is_encrypted = bool(config.get("tls", config.get("api_key")))
    host = str(config["target_host"]).rpartition(":")[0]
    if not is_encrypted and not may_be_plaintext(host, plaintext_hosts):
        raise MisconfiguredError(
            f"TEMPORAL_ADDRESS reaches {host} without TLS: set TEMPORAL_TLS=true (and TEMPORAL_TLS_SERVER_CA_CERT_PATH "
            f"for an authority of your own), or name {host} in XEROSYNC_PLAINTEXT_HOSTS if nobody else is in the "
            "network between."
        )


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


async def pause_schedule(client: Client, schedule_id: str, why: str) -> None:
    """Let a Schedule rest, if there is one of that id; a worker that starts leaves it so.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.get_schedule_handle(schedule_id).pause(note=why)
    except NO_ANSWER as error:
        if not (isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND):
            raise TemporalUnavailableError(f"Temporal did not pause the Schedule {schedule_id}: {error}.") from error


async def resume_schedule(client: Client, schedule_id: str, why: str) -> None:
    """Let a Schedule run again.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    try:
        await client.get_schedule_handle(schedule_id).unpause(note=why)
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not resume the Schedule {schedule_id}: {error}.") from error
