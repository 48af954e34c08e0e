"""Bulk acts in Temporal, as the edge starts them."""

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from xerosync.bulk.messages import BulkInput
from xerosync.core.account_workflows import start_workflow
from xerosync.core.temporal import BULK


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
    await start_workflow(
        client,
        BULK,
        BulkInput(account_id=account_id, bulk_id=bulk_id),
        account_id=account_id,
        workflow_id=bulk_workflow_id(account_id, bulk_id),
        summary=f"Bulk act {bulk_id} of account {account_id}",
        if_one_runs=if_one_runs,
    )
