"""Starts an account's backfill."""

from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy

from xerosync.backfill.messages import BackfillInput, BackfillProgress, PreviewInput
from xerosync.core.temporal import (
    BACKFILL,
    BACKFILL_PREVIEW,
    BULK_PRIORITY,
    NO_ANSWER,
    SEQUENCE_ACCOUNT,
    TASK_QUEUE,
    TemporalUnavailableError,
)


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
    try:
        await client.start_workflow(
            BACKFILL_PREVIEW,
            start,
            id=preview_id(start.account_id),
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=TypedSearchAttributes([SearchAttributePair(SEQUENCE_ACCOUNT, start.account_id)]),
            static_summary=f"Preview a backfill of account {start.account_id}",
            priority=BULK_PRIORITY,
        )
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not start the preview: {error}") from error


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
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not start the backfill: {error}") from error
