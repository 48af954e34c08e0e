"""Starts an account's backfill."""

from temporalio.client import Client, WorkflowHandle

from xerosync.backfill.messages import BackfillInput, BackfillProgress, PreviewInput
from xerosync.core.account_workflows import start_workflow
from xerosync.core.temporal import BACKFILL, BACKFILL_PREVIEW


def backfill_id(account_id: str) -> str:
    """Return the id of an account's backfill: one at a time."""
    return f"backfill/{account_id}"


def preview_id(account_id: str) -> str:
    """Return the id of a preview of an account's backfill: one at a time."""
    return f"backfill-preview/{account_id}"


async def start_preview(client: Client, start: PreviewInput) -> None:
    """Start a preview of an account's backfill, unless one runs.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    await start_workflow(
        client,
        BACKFILL_PREVIEW,
        start,
        account_id=start.account_id,
        workflow_id=preview_id(start.account_id),
        summary=f"Preview a backfill of account {start.account_id}",
    )


async def start_backfill(client: Client, start: BackfillInput) -> WorkflowHandle[object, BackfillProgress]:
    """Start an account's backfill, or return the one that runs.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    return await start_workflow(
        client,
        BACKFILL,
        start,
        account_id=start.account_id,
        workflow_id=backfill_id(start.account_id),
        summary=f"Backfill account {start.account_id}",
        result_type=BackfillProgress,
    )
