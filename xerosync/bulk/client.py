"""Bulk acts in Temporal, as the edge starts them."""

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy

from xerosync.bulk.messages import BulkInput
from xerosync.core.temporal import (
    BULK,
    BULK_PRIORITY,
    NO_ANSWER,
    SEQUENCE_ACCOUNT,
    TASK_QUEUE,
    TemporalUnavailableError,
)


def bulk_workflow_id(account_id: str, bulk_id: str) -> str:
    """Return the workflow id of a bulk act."""
    return f"bulk/{account_id}/{bulk_id}"


async def start_bulk(client: Client, account_id: str, bulk_id: str) -> None:
    """Start the workflow of a bulk act that is being confirmed.

    One that runs already comes from a confirmation that was broken off, and may have seen that: it makes way.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    await _start(client, account_id, bulk_id, WorkflowIDConflictPolicy.TERMINATE_EXISTING)


async def go_on_with_bulk(client: Client, account_id: str, bulk_id: str) -> None:
    """Make sure that a workflow does what is left of a confirmed bulk act: the one that runs, or a new one.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    await _start(client, account_id, bulk_id, WorkflowIDConflictPolicy.USE_EXISTING)


async def _start(client: Client, account_id: str, bulk_id: str, if_one_runs: WorkflowIDConflictPolicy) -> None:
    try:
        await client.start_workflow(
            BULK,
            BulkInput(account_id=account_id, bulk_id=bulk_id),
            id=bulk_workflow_id(account_id, bulk_id),
            task_queue=TASK_QUEUE,
            id_conflict_policy=if_one_runs,
            search_attributes=TypedSearchAttributes([SearchAttributePair(SEQUENCE_ACCOUNT, account_id)]),
            static_summary=f"Bulk act {bulk_id} of account {account_id}",
            priority=BULK_PRIORITY,
        )
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not start the bulk act: {error}") from error
